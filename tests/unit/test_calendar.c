/* Moments in texts, as they are asked for and answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/system/time_zone.h"
#include "voltbeacon/api/calendar.h"
#include "voltbeacon/core/platform.h"

static void E7_what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "now",
        "-1",
        "1795478400.5",
        "253402300800",
        "99999999999999999999",
        "1969-12-31",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2100-02-29",
        "2026-1-1",
        "2026-11-22T",
        "2026-11-22T24:00",
        "2026-11-22T20",
        "2026-11-22T20:00:",
        "2026-11-22T20:00:61Z",
        "2026-11-22T20:00:00X",
        "2026-11-22T20:00:00+1",
        "2026-11-22T20:00:00+24:00",
        "2026-11-22T20:00:00Z ",
        "2026-11-22 20:00",
        "1970-01-01T00:30:00+01:00",
    };
    int64_t at_s;
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        if (vb_moment_parse(texts[i], &at_s))
            fail_msg("%s was taken for %lld", texts[i], (long long)at_s);
    }
}

static void E7_moments_are_read_in_all_their_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_s;
    } cases[] = {
        {"0", 0},
        {"1795478400", 1795478400},
        {"1970-01-01", 0},
        {"2026-11-24", 1795478400},
        {"2026-11-24T00:00Z", 1795478400},
        {"2026-11-24T00:00", 1795478400},
        {"2026-11-24T00:00:59.999Z", 1795478459},
        {"2026-11-24T01:30:00+01:30", 1795478400},
        {"2026-11-24T01:30:00 01:30", 1795478400},
        {"2026-11-23T19:00:00-05:00", 1795478400},
        {"2000-02-29", 951782400},
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        int64_t at_s = -1;
        assert_true(vb_moment_parse(cases[i].text, &at_s));
        assert_int_equal(at_s, cases[i].at_s);
    }
}

static void E7_every_day_of_four_centuries_is_written_as_it_is_read(void **state)
{
    (void)state;
    for (int32_t day = 0; day < 146097; day++) {
        char text[VB_DATE_TEXT_SIZE];
        int64_t at_s;
        vb_date_format(day, text);
        assert_true(vb_moment_parse(text, &at_s));
        assert_int_equal(at_s, (int64_t)day * 86400);
    }
}

static void E7_a_moment_is_written_in_UTC(void **state)
{
    (void)state;
    char text[VB_MOMENT_TEXT_SIZE];
    vb_moment_format(1795478400 + 20 * 3600 + 4 * 60 + 9, text);
    assert_string_equal(text, "2026-11-24T20:04:09Z");
}

static void E7_an_unknown_time_zone_is_reported_and_taken_as_UTC(void **state)
{
    (void)state;
    static const char *const names[] = {"",          "Mars/Olympus", "/etc/localtime",
                                        "../../etc", "Europe",       "Europe/../Europe/Vienna",
                                        "\xff\xfe"};
    for (size_t i = 0; i < VB_COUNT_OF(names); i++) {
        assert_false(vb_time_zone_set(names[i]));
        assert_string_equal(vb_time_zone_name(), "UTC");
    }
    assert_true(vb_time_zone_set("UTC"));
}

static void E7_days_begin_at_local_midnight_in_summer_and_in_winter(void **state)
{
    (void)state;
    assert_true(vb_time_zone_set("Europe/Vienna"));
    assert_int_equal(vb_time_zone_day(1795478400 - 3600), 20781);
    assert_int_equal(vb_time_zone_day(1795478400 - 3601), 20780);
    assert_int_equal(vb_time_zone_day(1782864000 - 7200), 20635); /* 2026-07-01 */
    assert_int_equal(vb_time_zone_day(1782864000 - 7201), 20634);
    assert_true(vb_time_zone_set("Asia/Kolkata"));
    assert_int_equal(vb_time_zone_day(1795478400 - 19800), 20781);
    assert_int_equal(vb_time_zone_day(1795478400 - 19801), 20780);
    assert_true(vb_time_zone_set("UTC"));
    assert_int_equal(vb_time_zone_day(0), 0);
    assert_int_equal(vb_time_zone_day(-1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(E7_what_is_no_moment_is_refused),
        cmocka_unit_test(E7_moments_are_read_in_all_their_forms),
        cmocka_unit_test(E7_every_day_of_four_centuries_is_written_as_it_is_read),
        cmocka_unit_test(E7_a_moment_is_written_in_UTC),
        cmocka_unit_test(E7_an_unknown_time_zone_is_reported_and_taken_as_UTC),
        cmocka_unit_test(E7_days_begin_at_local_midnight_in_summer_and_in_winter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
