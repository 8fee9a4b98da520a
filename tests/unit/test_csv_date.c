/* Dates as phones write them: what is one, in which order, and what moment it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/csv_date.h"

static void a_text_that_is_not_a_date_and_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "10/29/2023",
        "10/29/2023 ",
        "10/29/3 2:00:00",
        "10/29/023 2:00:00",
        "40/40/40 2:00:00",
        "10/29-2023 2:00:00",
        "10/32/2023 2:00:00",
        "13/13/2023 2:00:00",
        "2/29/2023 2:00:00",
        "0/1/2023 2:00:00",
        "10/29/1969 2:00:00",
        "10/29/2023 24:00:00",
        "10/29/2023 2:60:00",
        "10/29/2023 2:00:60",
        "10/29/2023 2:00:00 XM",
        "10/29/2023 13:00:00 PM",
        "10/29/2023 0:00:00 AM",
        "10/29/2023 2:00:00 AM x",
        "10/29/2023 2:00:00.",
        "2023-10-29T02:00:00Z+1",
        "2023-10-29T02:00:00+1",
        "2023-10-29T02:00:00+02:0",
        "2023-10-29T02:00:00+16:00",
        "2023-10-29T02:00:00 UTC",
        "10/29/2023 2:00:00 p. n.",
        "10/29/2023 2:00.00",
        "29/1023 2:00:00",
        "29 Uct 2023 2:00:00",
        "29 Oct Oct 2:00:00",
        "Oct 2023 2:00:00",
        "29Oct2023 2:00:00",
        "\xE5\xB9\xB4"
        "10 2:00:00",
        "10",
        "29 ",
        "2023-10-29 \xE5\x8D\x88\xE5\x89\x8D"
        "13:00:00",
        "2023-10-295 02:00:00",
        "1698537600",
    };
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct vb_csv_date date;
        if (vb_csv_date_parse(texts[i], &date))
            fail_msg("\"%s\" is taken for a date", texts[i]);
    }
}

/* A moment in an order of day, month and year; -1 = there is no such day in it. */
static int64_t in_order(const struct vb_csv_date *date, enum vb_csv_date_order order)
{
    int64_t ms = -1;
    return vb_csv_date_ms(date, order, &ms) ? ms : -1;
}

enum {
    M = VB_CSV_DATE_BIT(VB_CSV_DATE_MONTH_FIRST),
    D = VB_CSV_DATE_BIT(VB_CSV_DATE_DAY_FIRST),
    Y = VB_CSV_DATE_BIT(VB_CSV_DATE_YEAR_FIRST)
};

static const struct {
    const char *text;
    uint8_t orders; /* in which there is such a day */
    int64_t month_first_ms;
    int64_t day_first_ms;
} dates[] = {
    /* date -u -d "2023-10-29 14:00:05" +%s */
    {"10/29/2023 14:00:05", M, 1698588005000, -1},
    {"10/29/2023 2:00:05 PM", M, 1698588005000, -1},
    {"29/10/2023 2:00:05 pm", D, -1, 1698588005000},
    {"29.10.2023 14:00:05", D, 1698588005000, 1698588005000},
    {"2023-10-29T14:00:05.25", Y, 1698588005250, 1698588005250},
    {"2023/10/29 14:00:05.123456", Y, 1698588005123, 1698588005123},
    /* of 2023-04-08 and 2023-08-04, midnight */
    {"4/8/2023 0:00:00", M | D, 1680912000000, 1691107200000},
    {"4/8/2023 12:00:00 AM", M | D, 1680912000000, 1691107200000},
    {"5/5/2023 0:00:00", M | D, 1683244800000, 1683244800000},
    {"2/29/2024 0:00:00", M, 1709164800000, -1},
    {"1/1/1970 0:00:00", M | D, 0, 0},
    {"12/31/2099 23:59:59", M, 4102444799000, -1},
    {"2023-10-29T14:00:05Z", Y, 1698588005000, 1698588005000},
    {"2023-10-29T16:00:05.5+02:00", Y, 1698588005500, 1698588005500},
    {"2023-10-29 10:30:05 -0330", Y, 1698588005000, 1698588005000},
    {"29.10.2023 14.00.05", D, 1698588005000, 1698588005000},
    {"2023. 10. 29. 14:00:05", Y, 1698588005000, 1698588005000},
    {"10/29/2023, 2:00:05 p.m.", M, 1698588005000, -1},
    {"29/10/2023 2:00:05 p. m.", D, -1, 1698588005000},
    {"29/10/2023 14:00", D, -1, 1698588000000},
    {"2000-03-01 00:00:00", Y, 951868800000, 951868800000},
    /* years of two digits, which may be first */
    {"10/29/23 14:00:05", M, 1698588005000, -1},
    {"29/10/23 14:00:05", D | Y, -1, 1698588005000},
    {"29.10.23 14:00:05", D | Y, -1, 1698588005000},
    {"4/8/23 0:00:00", M | D, 1680912000000, 1691107200000},
    {"04/08/23 0:00:00", M | D | Y, 1680912000000, 1691107200000},
    {"23/4/8 0:00:00", Y, 1680912000000, 1680912000000},
    {"1/31/70 0:00:00", M, 2592000000, -1},
    {"1/31/69 0:00:00", M, 3126816000000, -1},
    /* months by their names */
    {"29 Oct 2023 14:00:05", D, 1698588005000, 1698588005000},
    {"29-OCT-23 14:00:05", D, 1698588005000, 1698588005000},
    {"29. Oktober 2023, 14:00:05", D, 1698588005000, 1698588005000},
    {"29 oct. 2023 14:00:05", D, 1698588005000, 1698588005000},
    {"29-ott-2023 14.00.05", D, 1698588005000, 1698588005000},
    {"29/out/2023 14:00:05", D, 1698588005000, 1698588005000},
    {"Oct 29, 2023 2:00:05 PM", M, 1698588005000, 1698588005000},
    {"October 29, 2023, 2:00:05\xE2\x80\xAFPM", M, 1698588005000, 1698588005000},
    {"8 avr. 2023 00:00:00", D, 1680912000000, 1680912000000},
    {"4 ao\xC3\xBBt 2023 00:00:00", D, 1691107200000, 1691107200000},
    /* signs behind the numbers, halves in front of the time */
    {"2023\xE5\xB9\xB4"
     "10\xE6\x9C\x88"
     "29\xE6\x97\xA5 14:00:05",
     Y, 1698588005000, 1698588005000},
    {"2023\xEB\x85\x84 10\xEC\x9B\x94 29\xEC\x9D\xBC 14:00:05", Y, 1698588005000, 1698588005000},
    {"2023. 10. 29. \xEC\x98\xA4\xED\x9B\x84 2:00:05", Y, 1698588005000, 1698588005000},
    {"2023/10/29 \xE5\x8D\x88\xE5\xBE\x8C"
     "2:00:05",
     Y, 1698588005000, 1698588005000},
};

static void each_way_to_write_a_moment_is_that_moment(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(dates); i++) {
        struct vb_csv_date date;
        if (!vb_csv_date_parse(dates[i].text, &date))
            fail_msg("\"%s\" is no date", dates[i].text);
        if (vb_csv_date_orders(&date) != dates[i].orders ||
            in_order(&date, VB_CSV_DATE_MONTH_FIRST) != dates[i].month_first_ms ||
            in_order(&date, VB_CSV_DATE_DAY_FIRST) != dates[i].day_first_ms)
            fail_msg("\"%s\" is taken for another moment", dates[i].text);
        if (dates[i].orders == D + Y)
            assert_int_equal(in_order(&date, VB_CSV_DATE_YEAR_FIRST), 1887458405000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_is_not_a_date_and_time_is_refused),
        cmocka_unit_test(each_way_to_write_a_moment_is_that_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
