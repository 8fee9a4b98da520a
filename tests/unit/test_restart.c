/* A program that ends is started again, until that has no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "linux/system/restart.h"

static void it_is_started_again_after_a_pause(void **state)
{
    (void)state;
    struct vb_restart restart = {0};
    vb_restart_started(&restart, 100);
    assert_true(vb_restart_ended(&restart, 200, false));
    assert_false(vb_restart_is_due(&restart, 202));
    assert_true(vb_restart_is_due(&restart, 203));
}

static void one_that_cannot_start_is_not_started_again(void **state)
{
    (void)state;
    struct vb_restart restart = {0};
    vb_restart_started(&restart, 100);
    assert_false(vb_restart_ended(&restart, 200, true));
}

static void one_that_ends_at_once_three_times_in_a_row_cannot_run(void **state)
{
    (void)state;
    struct vb_restart restart = {0};
    static const struct {
        int64_t ran_s;
        bool goes_on;
    } runs[] = {{4, true}, {4, true}, {5, true}, {0, true}, {0, true}, {4, false}};
    int64_t now_s = 100;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        vb_restart_started(&restart, now_s);
        now_s += runs[i].ran_s;
        assert_int_equal(vb_restart_ended(&restart, now_s, false), runs[i].goes_on);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_started_again_after_a_pause),
        cmocka_unit_test(one_that_cannot_start_is_not_started_again),
        cmocka_unit_test(one_that_ends_at_once_three_times_in_a_row_cannot_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
