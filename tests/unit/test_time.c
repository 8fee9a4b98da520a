#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "voltbeacon/core/time.h"

#include <cmocka.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static void a_deadline_beyond_the_wrap_is_still_ahead(void **state)
{
    (void)state;
    const uint32_t now_ms = 0xfffffff0;
    const uint32_t deadline_ms = now_ms + 100; /* 84 after the wrap */
    assert_false(vb_time_reached(now_ms, deadline_ms));
    assert_int_equal(vb_time_until(now_ms, deadline_ms), 100);
    assert_true(vb_time_reached(deadline_ms, deadline_ms));
    assert_true(vb_time_reached(deadline_ms + 1, deadline_ms));
    assert_int_equal(vb_time_until(deadline_ms + 1, deadline_ms), 0);
}

static void forever_is_ahead_from_everywhere(void **state)
{
    (void)state;
    for (uint32_t step = 0; step < 64; step++) {
        const uint32_t now_ms = step * 0x04000001u;
        assert_false(vb_time_reached(now_ms, now_ms + VB_FOREVER_MS));
        assert_int_equal(vb_time_until(now_ms, now_ms + VB_FOREVER_MS), VB_FOREVER_MS);
    }
}

static void an_age_saturates_and_never_wraps_C1(void **state)
{
    (void)state;
    struct vb_age age;
    uint32_t now_ms = 0xfffff000;
    vb_age_restart(&age, now_ms);
    uint32_t before_ms = 0;
    for (unsigned day = 1; day <= 120; day++) {
        now_ms += DAY_MS;
        vb_age_advance(&age, now_ms);
        assert_true(vb_age_ms(&age, now_ms) >= before_ms);
        before_ms = vb_age_ms(&age, now_ms);
        if (day <= 49)
            assert_int_equal(before_ms, day * (uint32_t)DAY_MS);
    }
    assert_int_equal(before_ms, UINT32_MAX);
    assert_int_equal(vb_age_ms(&age, now_ms + 1), UINT32_MAX);
}

static void what_never_started_is_as_old_as_can_be(void **state)
{
    (void)state;
    struct vb_age age;
    vb_age_unknown(&age, 5);
    assert_int_equal(vb_age_ms(&age, 5), UINT32_MAX);
    assert_int_equal(vb_age_ms(&age, 1000), UINT32_MAX);
    vb_age_advance(&age, 2000);
    assert_int_equal(vb_age_ms(&age, 2000), UINT32_MAX);
    vb_age_restart(&age, 2000);
    assert_int_equal(vb_age_ms(&age, 2000), 0);
}

static void an_age_is_exact_over_the_wrap_of_the_clock(void **state)
{
    (void)state;
    struct vb_age age;
    vb_age_restart(&age, 0xfffffff0);
    assert_int_equal(vb_age_ms(&age, 0xfffffff0), 0);
    assert_int_equal(vb_age_ms(&age, 0x10), 0x20);
    vb_age_advance(&age, 0x10);
    assert_int_equal(vb_age_ms(&age, 0x15), 0x25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_beyond_the_wrap_is_still_ahead),
        cmocka_unit_test(forever_is_ahead_from_everywhere),
        cmocka_unit_test(an_age_saturates_and_never_wraps_C1),
        cmocka_unit_test(what_never_started_is_as_old_as_can_be),
        cmocka_unit_test(an_age_is_exact_over_the_wrap_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
