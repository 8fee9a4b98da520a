#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/loop/loop.h"
#include "linux/system/system_clock.h"

static void a_clock_that_was_never_set_is_not_known(void **state)
{
    (void)state;
    assert_int_equal(vb_wall_if_set(0), 0);
    assert_int_equal(vb_wall_if_set(12345), 0);
    assert_int_equal(vb_wall_if_set(1704067200000u - 1), 0);
    assert_int_equal(vb_wall_if_set(1704067200000u), 1704067200000u);
    assert_int_equal(vb_wall_if_set(1795372800000u), 1795372800000u);
}

static void this_moment_is_the_loops(void **state)
{
    (void)state;
    const uint32_t before_ms = vb_now_ms();
    const struct vb_clock clock = vb_system_clock();
    assert_in_range(clock.now_ms - before_ms, 0, 1000);
    assert_true(clock.wall_ms == 0 || vb_wall_ms() - clock.wall_ms < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_was_never_set_is_not_known),
        cmocka_unit_test(this_moment_is_the_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
