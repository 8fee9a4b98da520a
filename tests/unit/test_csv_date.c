/* Dates as phones write them: what is one, in which order, and what moment it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/csv_date.h"

static void what_is_no_date_and_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "10/29/2023",
        "10/29/2023 ",
        "10/29/23 2:00:00",
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
        "29/10/23 2:00:00",
        "2023-10-295 02:00:00",
        "1698537600",
    };
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct vb_csv_date date;
        if (vb_csv_date_parse(texts[i], &date))
            fail_msg("\"%s\" is taken for a date", texts[i]);
    }
}

static void each_way_to_write_a_moment_is_that_moment(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum vb_csv_date_order order; /* that the text itself tells */
        int64_t month_first_ms;       /* -1 = no such day */
        int64_t day_first_ms;
    } dates[] = {
        /* date -u -d "2023-10-29 14:00:05" +%s */
        {"10/29/2023 14:00:05", VB_CSV_DATE_MONTH_FIRST, 1698588005000, -1},
        {"10/29/2023 2:00:05 PM", VB_CSV_DATE_MONTH_FIRST, 1698588005000, -1},
        {"29/10/2023 2:00:05 pm", VB_CSV_DATE_DAY_FIRST, -1, 1698588005000},
        {"29.10.2023 14:00:05", VB_CSV_DATE_DAY_FIRST, 1698588005000, 1698588005000},
        {"2023-10-29T14:00:05.25", VB_CSV_DATE_YEAR_FIRST, 1698588005250, 1698588005250},
        {"2023/10/29 14:00:05.123456", VB_CSV_DATE_YEAR_FIRST, 1698588005123, 1698588005123},
        /* of 2023-04-08 and 2023-08-04, midnight */
        {"4/8/2023 0:00:00", VB_CSV_DATE_UNKNOWN, 1680912000000, 1691107200000},
        {"4/8/2023 12:00:00 AM", VB_CSV_DATE_UNKNOWN, 1680912000000, 1691107200000},
        {"5/5/2023 0:00:00", VB_CSV_DATE_UNKNOWN, 1683244800000, 1683244800000},
        {"2/29/2024 0:00:00", VB_CSV_DATE_MONTH_FIRST, 1709164800000, -1},
        {"1/1/1970 0:00:00", VB_CSV_DATE_UNKNOWN, 0, 0},
        {"12/31/2099 23:59:59", VB_CSV_DATE_MONTH_FIRST, 4102444799000, -1},
        {"2023-10-29T14:00:05Z", VB_CSV_DATE_YEAR_FIRST, 1698588005000, 1698588005000},
        {"2023-10-29T16:00:05.5+02:00", VB_CSV_DATE_YEAR_FIRST, 1698588005500, 1698588005500},
        {"2023-10-29 10:30:05 -0330", VB_CSV_DATE_YEAR_FIRST, 1698588005000, 1698588005000},
        {"29.10.2023 14.00.05", VB_CSV_DATE_DAY_FIRST, 1698588005000, 1698588005000},
        {"2023. 10. 29. 14:00:05", VB_CSV_DATE_YEAR_FIRST, 1698588005000, 1698588005000},
        {"10/29/2023, 2:00:05 p.m.", VB_CSV_DATE_MONTH_FIRST, 1698588005000, -1},
        {"29/10/2023 2:00:05 p. m.", VB_CSV_DATE_DAY_FIRST, -1, 1698588005000},
        {"29/10/2023 14:00", VB_CSV_DATE_DAY_FIRST, -1, 1698588000000},
        {"2000-03-01 00:00:00", VB_CSV_DATE_YEAR_FIRST, 951868800000, 951868800000},
    };
    for (size_t i = 0; i < VB_COUNT_OF(dates); i++) {
        struct vb_csv_date date;
        int64_t ms = -1;
        if (!vb_csv_date_parse(dates[i].text, &date))
            fail_msg("\"%s\" is no date", dates[i].text);
        assert_int_equal(vb_csv_date_order_of(&date), dates[i].order);
        const bool month_first = vb_csv_date_ms(&date, VB_CSV_DATE_MONTH_FIRST, &ms);
        assert_int_equal(month_first ? ms : -1, dates[i].month_first_ms);
        const bool day_first = vb_csv_date_ms(&date, VB_CSV_DATE_DAY_FIRST, &ms);
        assert_int_equal(day_first ? ms : -1, dates[i].day_first_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_date_and_time_is_refused),
        cmocka_unit_test(each_way_to_write_a_moment_is_that_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
