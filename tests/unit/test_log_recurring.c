/* What is tried again and again fills no disk with its failures: on a full one it made two lines a
 * second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "linux/system/log_recurring.h"

enum { SECOND_MS = 1000, HOUR_S = 3600 };

static const char cause[] = "cannot write to the store: the disk is full";
static const char effect[] = "storing a change failed";

static struct vb_log_recurring recurring;
static uint64_t now_ms;
static unsigned told;       /* lines by themselves ... */
static unsigned told_count; /* ... and hours' counts */
static unsigned counted;    /* what these counted */

static int nothing_yet(void **state)
{
    (void)state;
    recurring = (struct vb_log_recurring){0};
    now_ms = 1800000000000;
    told = told_count = counted = 0;
    return 0;
}

static void tell_due(void)
{
    struct vb_log_recurring_line line;
    while (vb_log_recurring_due(&recurring, now_ms, &line)) {
        told_count++;
        counted += line.held;
    }
}

static void say(enum vb_log_level level, const char *text)
{
    tell_due();
    told += !vb_log_recurring_holds(&recurring, now_ms, level, text);
}

static void fail_for(unsigned seconds)
{
    for (unsigned second = 0; second < seconds; second++) {
        say(VB_LOG_ERROR, cause);
        say(VB_LOG_ERROR, effect);
        now_ms += SECOND_MS;
    }
}

static void a_failure_every_second_is_logged_three_times_then_once_an_hour(void **state)
{
    (void)state;
    fail_for(24 * HOUR_S);
    assert_int_equal(told, 2 * VB_LOG_RECURRING_SAID);
    assert_in_range(told_count, 2 * 23, 2 * 24);
    now_ms += HOUR_S * SECOND_MS;
    tell_due(); /* the last hour is told though nothing comes any more */
    assert_int_equal(told + counted, 2 * 24 * HOUR_S);
    const unsigned before = told_count;
    now_ms += HOUR_S * SECOND_MS;
    tell_due();
    assert_int_equal(told_count, before);
}

static void one_that_comes_back_after_an_hour_is_news_again(void **state)
{
    (void)state;
    fail_for(10);
    now_ms += HOUR_S * SECOND_MS;
    tell_due();
    now_ms += HOUR_S * SECOND_MS;
    told = 0;
    say(VB_LOG_ERROR, cause);
    assert_int_equal(told, 1);
}

static void what_occurs_now_and_then_is_logged_each_time(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        say(VB_LOG_WARNING, cause);
        now_ms += 30 * 60 * SECOND_MS;
    }
    assert_int_equal(told, 100);
    assert_int_equal(told_count, 0);
}

static void news_that_is_neither_error_nor_warning_is_always_logged(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        say(VB_LOG_INFO, cause);
        say(VB_LOG_DEBUG, cause);
    }
    assert_int_equal(told, 200);
}

static void one_text_as_a_warning_and_as_an_error_is_two_lines(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 10; turn++) {
        say(VB_LOG_ERROR, cause);
        say(VB_LOG_WARNING, cause);
    }
    assert_int_equal(told, 2 * VB_LOG_RECURRING_SAID);
}

static void a_flood_of_new_lines_displaces_none_with_a_count_to_report(void **state)
{
    (void)state;
    fail_for(10);
    char text[64];
    for (unsigned line = 0; line < 1000; line++) {
        (void)snprintf(text, sizeof text, "line %u", line);
        say(VB_LOG_ERROR, text);
    }
    assert_int_equal(told, 2 * VB_LOG_RECURRING_SAID + 1000);
    now_ms += HOUR_S * SECOND_MS;
    tell_due();
    assert_int_equal(counted, 2 * (10 - VB_LOG_RECURRING_SAID));
}

static void with_all_places_taken_a_new_line_is_told_as_it_comes(void **state)
{
    (void)state;
    char text[64];
    for (unsigned turn = 0; turn < 10; turn++) {
        for (unsigned line = 0; line < VB_LOG_RECURRING_LINES; line++) {
            (void)snprintf(text, sizeof text, "line %u", line);
            say(VB_LOG_ERROR, text);
        }
    }
    assert_int_equal(told, VB_LOG_RECURRING_SAID * VB_LOG_RECURRING_LINES);
    told = 0;
    for (unsigned turn = 0; turn < 10; turn++)
        say(VB_LOG_ERROR, cause);
    assert_int_equal(told, 10);
}

static void a_clock_set_back_or_far_ahead_ends_the_hour(void **state)
{
    (void)state;
    fail_for(10);
    now_ms = 1000;
    tell_due();
    assert_int_equal(counted, 2 * (10 - VB_LOG_RECURRING_SAID));
    fail_for(10);
    now_ms = 1900000000000;
    tell_due();
    assert_int_equal(told + counted, 2 * 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_failure_every_second_is_logged_three_times_then_once_an_hour,
                               nothing_yet),
        cmocka_unit_test_setup(one_that_comes_back_after_an_hour_is_news_again, nothing_yet),
        cmocka_unit_test_setup(what_occurs_now_and_then_is_logged_each_time, nothing_yet),
        cmocka_unit_test_setup(news_that_is_neither_error_nor_warning_is_always_logged,
                               nothing_yet),
        cmocka_unit_test_setup(one_text_as_a_warning_and_as_an_error_is_two_lines, nothing_yet),
        cmocka_unit_test_setup(a_flood_of_new_lines_displaces_none_with_a_count_to_report,
                               nothing_yet),
        cmocka_unit_test_setup(with_all_places_taken_a_new_line_is_told_as_it_comes, nothing_yet),
        cmocka_unit_test_setup(a_clock_set_back_or_far_ahead_ends_the_hour, nothing_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
