/* Energy: what flowed between samples, and nothing that was not measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "voltbeacon/pack/energy.h"

static struct vb_energy energy;
static double in_j;
static double out_j;

static int fresh(void **state)
{
    (void)state;
    energy = (struct vb_energy){0};
    in_j = 0;
    out_j = 0;
    return 0;
}

static void add_at(uint32_t at_ms, uint32_t pack_mv, int32_t current_ma)
{
    const struct vb_reading reading = {.sampled_ms = at_ms,
                                       .flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT,
                                       .pack_mv = pack_mv,
                                       .current_ma = current_ma};
    const struct vb_energy_step step = vb_energy_add(&energy, &reading);
    assert_true(step.in_j >= 0 && step.out_j >= 0);
    in_j += step.in_j;
    out_j += step.out_j;
}

#define expect_energy(expected_in_j, expected_out_j)         \
    do {                                                     \
        assert_float_equal(in_j, (expected_in_j), 0.001f);   \
        assert_float_equal(out_j, (expected_out_j), 0.001f); \
    } while (0)

static void E7_integration_skips_a_gap_and_starts_over_after_it(void **state)
{
    (void)state;
    add_at(0, 100000, 10000); /* 1 kW */
    add_at(100, 100000, 10000);
    add_at(60100, 100000, 10000); /* a minute of silence in a stream of ten a second */
    expect_energy(100, 0);
    add_at(60200, 100000, 10000); /* after a minute a short step is nothing to doubt */
    expect_energy(200, 0);
    add_at(60200 + 180001, 100000, 10000); /* whatever is usual */
    expect_energy(200, 0);
}

static void E7_a_pack_that_updates_every_40_s_has_no_gaps(void **state)
{
    (void)state;
    for (uint32_t at_s = 0; at_s <= 3600; at_s += 40)
        add_at(at_s * 1000, 360000, 10000);
    expect_energy(3600.0 * 3600, 0); /* 3.6 kWh */
}

static void E7_a_sample_without_voltage_or_current_makes_a_gap(void **state)
{
    (void)state;
    const struct vb_reading without = {.sampled_ms = 1000,
                                       .flags = VB_READING_HAS_CURRENT,
                                       .pack_mv = 100000,
                                       .current_ma = 10000};
    add_at(0, 100000, 10000);
    const struct vb_energy_step step = vb_energy_add(&energy, &without);
    assert_true(step.in_j == 0 && step.out_j == 0);
    add_at(2000, 100000, 10000);
    expect_energy(0, 0);
    add_at(2500, 100000, 2000001); /* not possible */
    add_at(3000, 100000, 10000);
    expect_energy(0, 0);
    add_at(4000, 100000, 10000);
    expect_energy(1000, 0);
}

static void E7_a_sample_that_does_not_come_after_the_last_adds_nothing(void **state)
{
    (void)state;
    add_at(1000, 100000, 10000);
    add_at(900, 100000, 10000);
    add_at(900, 100000, 10000);
    expect_energy(0, 0);
    add_at(1900, 100000, 10000);
    expect_energy(1000, 0);
}

static void E7_in_and_out_are_apart_also_where_the_current_turns(void **state)
{
    (void)state;
    add_at(0, 100000, 10000);
    add_at(1000, 100000, 20000);  /* 1.5 kW in, on average */
    add_at(3000, 100000, -20000); /* a second down to nothing, a second out */
    expect_energy(1500 + 1000, 1000);
    add_at(4000, 100000, -20000);
    expect_energy(2500, 3000);
    add_at(7000, 100000, 10000); /* two seconds out, one in */
    expect_energy(2500 + 500, 3000 + 2000);
}

static void E7_integration_continues_when_the_millisecond_clock_wraps(void **state)
{
    (void)state;
    add_at(UINT32_MAX - 499, 100000, 10000);
    add_at(500, 100000, 10000);
    expect_energy(1000, 0);
}

static void E7_an_old_sample_does_not_make_later_gaps_usual(void **state)
{
    (void)state;
    add_at(9900, 100000, 10000);
    add_at(10000, 100000, 10000);
    add_at(9950, 100000, 10000);         /* it lies before: begun from anew */
    add_at(9950 + 60000, 100000, 10000); /* a minute of silence is a gap all the same */
    expect_energy(100, 0);
}

static void E7_what_is_usual_is_no_gap_up_to_three_minutes_and_never_beyond(void **state)
{
    (void)state;
    add_at(0, 100000, 1000); /* 100 W */
    add_at(9000, 100000, 1000);
    add_at(9000 + 10000, 100000, 1000);
    expect_energy(1900, 0);
    for (uint32_t i = 1; i <= 3; i++) /* every two minutes and a half */
        add_at(19000 + i * 150000, 100000, 1000);
    const double before_j = in_j;
    add_at(469000 + 180001, 100000, 1000);
    assert_float_equal(in_j, before_j, 0.001f);
    add_at(649001 + 180000, 100000, 1000);
    assert_float_equal(in_j, before_j + 18000, 0.001f);
}

static void E7_a_step_of_up_to_ten_seconds_is_no_gap_however_quick_the_rest(void **state)
{
    (void)state;
    add_at(0, 100000, 1000);
    add_at(100, 100000, 1000);
    add_at(10100, 100000, 1000);
    expect_energy(10 + 1000, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E7_integration_skips_a_gap_and_starts_over_after_it, fresh),
        cmocka_unit_test_setup(E7_a_pack_that_updates_every_40_s_has_no_gaps, fresh),
        cmocka_unit_test_setup(E7_a_sample_without_voltage_or_current_makes_a_gap, fresh),
        cmocka_unit_test_setup(E7_a_sample_that_does_not_come_after_the_last_adds_nothing, fresh),
        cmocka_unit_test_setup(E7_in_and_out_are_apart_also_where_the_current_turns, fresh),
        cmocka_unit_test_setup(E7_integration_continues_when_the_millisecond_clock_wraps, fresh),
        cmocka_unit_test_setup(E7_an_old_sample_does_not_make_later_gaps_usual, fresh),
        cmocka_unit_test_setup(E7_what_is_usual_is_no_gap_up_to_three_minutes_and_never_beyond,
                               fresh),
        cmocka_unit_test_setup(E7_a_step_of_up_to_ten_seconds_is_no_gap_however_quick_the_rest,
                               fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
