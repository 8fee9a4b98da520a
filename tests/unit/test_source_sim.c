/* The simulated pack as a source: options, pace, and that it behaves like a pack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sources/source.h"

static struct vb_source *open_text(const char *text)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    struct vb_source *source = vb_source_open(text, &options, &error);
    if (source == NULL)
        fail_msg("%s: %s", text, error.text);
    return source;
}

static void expect_refused(const char *text, const char *reason)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    assert_null(vb_source_open(text, &options, &error));
    if (strstr(error.text, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, reason);
}

static struct vb_reading next(struct vb_source *source)
{
    struct vb_reading reading;
    uint64_t at_ms = 0;
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    return reading;
}

static void options_that_do_not_exist_or_fit_are_refused_with_what_is_expected(void **state)
{
    (void)state;
    expect_refused("sim:cell=96", "has no option \"cell\"; expected NAME=VALUE with one of: cells");
    expect_refused("sim:hz", "has no option \"hz\"; expected NAME=VALUE");
    expect_refused("sim:cells=96,,seed=1", "has no option \"\"");
    expect_refused("sim:cells=0", "cells is \"0\", expected a number from 1 to 192");
    expect_refused("sim:cells=193", "cells is \"193\"");
    expect_refused("sim:cells=-1", "cells is \"-1\"");
    expect_refused("sim:cells=", "cells is \"\"");
    expect_refused("sim:cells=9x", "cells is \"9x\"");
    expect_refused("sim:temps=41", "temps is \"41\", expected a number from 0 to 40");
    expect_refused("sim:seed=4294967296", "seed is \"4294967296\"");
    expect_refused("sim:seed=18446744073709551617", "seed is \"18446744073709551617\"");
    expect_refused("sim:hz=0", "hz is \"0\"");
    expect_refused("sim:profile=boat", "profile is \"boat\", expected house or drive or steps");
    expect_refused("sim:cells=16,weak=17", "weak is 17, expected a cell from 1 to 16, or 0");
    expect_refused("sim:frozen=17,cells=16", "frozen is 17, expected a cell from 1 to 16, or 0");
    expect_refused("sim:missing=97", "missing is 97, expected a cell from 1 to 96, or 0");
    expect_refused("sim:torn=2", "torn is \"2\", expected a number from 0 to 1");
}

static void the_default_is_96_cells_at_10_hz(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim");
    const struct vb_source_description description = vb_source_describe(source);
    assert_int_equal(description.cell_count, 96);
    assert_int_equal(description.temp_count, 16);
    assert_int_equal(description.interval_ms, 100);
    assert_true(description.endless);
    assert_non_null(strstr(description.text, "cell 37 weak"));
    for (uint32_t i = 0; i < 30; i++) {
        struct vb_reading reading;
        uint64_t at_ms = 0;
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
        assert_int_equal(at_ms, i * 100);
        assert_int_equal(reading.sequence, i + 1);
        assert_int_equal(reading.cell_count, 96);
        assert_int_equal(reading.temp_count, 16);
        assert_int_equal(reading.flags, VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE |
                                            VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
    }
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

static void E1_any_pack_from_1_to_192_cells_can_be_had(void **state)
{
    (void)state;
    for (unsigned cells = 1; cells <= VB_CELLS_MAX; cells++) {
        char text[64];
        (void)snprintf(text, sizeof text, "sim:cells=%u,temps=%u", cells, cells % 41);
        struct vb_source *source = open_text(text);
        const struct vb_reading reading = next(source);
        assert_int_equal(reading.cell_count, cells);
        assert_int_equal(reading.temp_count, cells % 41);
        uint8_t bytes[VB_READING_BYTES_MAX];
        assert_true(vb_reading_encode(&reading, 0, bytes) > 0);
        vb_source_close(source);
    }
}

static void a_pace_that_does_not_divide_a_second_does_not_drift(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:cells=1,hz=7");
    struct vb_reading reading;
    uint64_t at_ms = 0;
    for (unsigned i = 0; i <= 700; i++)
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    assert_int_equal(at_ms, 100000);
    vb_source_close(source);
}

static void the_same_seed_gives_the_same_readings_another_seed_others(void **state)
{
    (void)state;
    struct vb_source *one = open_text("sim:seed=5");
    struct vb_source *same = open_text("sim:cells=96,seed=5,");
    struct vb_source *other = open_text("sim:seed=6");
    for (unsigned i = 0; i < 300; i++) {
        const struct vb_reading reading = next(one);
        const struct vb_reading again = next(same);
        const struct vb_reading differs = next(other);
        assert_memory_equal(&reading, &again, sizeof reading);
        assert_memory_not_equal(reading.cell_mv, differs.cell_mv, sizeof reading.cell_mv);
    }
    vb_source_close(one);
    vb_source_close(same);
    vb_source_close(other);
}

static void charging_raises_voltage_and_charge_and_discharging_lowers_them(void **state)
{
    (void)state;
    /* An hour a second: from 10 o'clock the sun charges, from 18 the evening discharges. */
    struct vb_source *source = open_text("sim:fast=1440,hz=10,soc=40");
    struct vb_reading before = next(source);
    unsigned charging = 0;
    unsigned discharging = 0;
    for (unsigned i = 0; i < 1200; i++) {
        const struct vb_reading reading = next(source);
        if (reading.current_ma > 10000) {
            charging++;
            assert_true(reading.soc_permille >= before.soc_permille);
        }
        if (reading.current_ma < -10000) {
            discharging++;
            assert_true(reading.soc_permille <= before.soc_permille);
        }
        before = reading;
    }
    assert_true(charging > 100);
    assert_true(discharging > 100);
    vb_source_close(source);
}

static void cells_stay_within_what_their_chemistry_allows(void **state)
{
    (void)state;
    static const char *const texts[] = {"sim:fast=1440", "sim:fast=1440,profile=drive",
                                        "sim:fast=1440,hz=1,profile=drive",
                                        "sim:fast=60,profile=drive,soc=0", "sim:fast=60,soc=100"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct vb_source *source = open_text(texts[i]);
        for (unsigned k = 0; k < 5000; k++) {
            const struct vb_reading reading = next(source);
            const struct vb_reading_stats stats = vb_reading_stats(&reading);
            assert_int_equal(stats.available_count, 96);
            assert_in_range(stats.min_mv, 2450, 4250);
            assert_in_range(stats.max_mv, 2450, 4250);
            assert_in_range(reading.soc_permille, 0, 1000);
            assert_in_range(reading.temp_dc[0] + 1000, 1000, 1700);
        }
        vb_source_close(source);
    }
}

static void the_weak_cell_is_the_lowest_when_the_pack_is_discharged(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:weak=12,hour=20,soc=40");
    struct vb_source *healthy = open_text("sim:weak=0,hour=20,soc=40");
    for (unsigned i = 0; i < 100; i++) {
        const struct vb_reading weak = next(source);
        const struct vb_reading whole = next(healthy);
        assert_true(weak.current_ma < 0);
        assert_int_equal(vb_reading_stats(&weak).min_index, 11);
        const struct vb_reading_stats stats = vb_reading_stats(&whole);
        assert_true(stats.max_mv - stats.min_mv < 47); /* what healthy packs show */
    }
    vb_source_close(source);
    vb_source_close(healthy);
}

static void a_demo_shows_movement_within_a_minute(void **state)
{
    (void)state;
    static const char *const texts[] = {"sim", "sim:profile=drive"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct vb_source *source = open_text(texts[i]);
        struct vb_reading before = next(source);
        unsigned steps = 0;
        for (unsigned k = 1; k < 600; k++) {
            const struct vb_reading reading = next(source);
            steps += abs(reading.current_ma - before.current_ma) > 1000;
            before = reading;
        }
        assert_in_range(steps, 2, 12);
        vb_source_close(source);
    }
}

static void cells_are_balanced_near_the_top_of_charge_alone(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:fast=1440");
    unsigned balanced = 0;
    for (unsigned i = 0; i < 1200; i++) {
        const struct vb_reading reading = next(source);
        unsigned bits = 0;
        for (unsigned cell = 0; cell < reading.cell_count; cell++)
            bits += vb_reading_balancing(&reading, cell);
        balanced += bits > 0;
        assert_true(bits == 0 || reading.soc_permille >= 899);
        assert_true(bits < reading.cell_count);
    }
    assert_true(balanced > 0);
    vb_source_close(source);
}

/* Whether the cell (from 0) has one value in all of the next readings. */
static bool is_still(struct vb_source *source, unsigned cell, unsigned count)
{
    const uint16_t first_mv = next(source).cell_mv[cell];
    bool still = true;
    for (unsigned i = 1; i < count; i++)
        still = next(source).cell_mv[cell] == first_mv && still;
    return still;
}

static void a_frozen_cell_keeps_its_value_while_its_fault_lasts(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:hz=10,frozen=17,after=3,lasts=4");
    assert_false(is_still(source, 16, 30));
    assert_true(is_still(source, 16, 40));
    assert_false(is_still(source, 16, 30));
    vb_source_close(source);

    source = open_text("sim:hz=10,frozen=17,profile=drive");
    assert_true(is_still(source, 16, 300));
    assert_false(is_still(source, 15, 300));
    vb_source_close(source);
}

static void a_lowered_and_a_missing_cell_are_so_while_their_fault_lasts(void **state)
{
    (void)state;
    struct vb_source *healthy = open_text("sim:hz=10,weak=0");
    struct vb_source *source = open_text("sim:hz=10,weak=0,lowered=96,missing=1,after=2,lasts=1");
    for (unsigned i = 0; i < 50; i++) {
        const struct vb_reading expected = next(healthy);
        const struct vb_reading reading = next(source);
        const bool faulty = i >= 20 && i < 30;
        assert_int_equal(reading.cell_mv[95], expected.cell_mv[95] - (faulty ? 80 : 0));
        assert_int_equal(reading.cell_mv[0], faulty ? VB_CELL_NOT_AVAILABLE : expected.cell_mv[0]);
        assert_memory_equal(reading.cell_mv + 1, expected.cell_mv + 1, 94 * sizeof(uint16_t));
    }
    vb_source_close(healthy);
    vb_source_close(source);
}

static void a_balancing_cell_is_bled_at_any_charge_and_loses_some(void **state)
{
    (void)state;
    struct vb_source *even = open_text("sim:hz=1,fast=60,profile=steps,soc=50");
    struct vb_source *source = open_text("sim:hz=1,fast=60,profile=steps,soc=50,balancing=5");
    double lost_mv = 0;
    for (unsigned i = 0; i < 2400; i++) {
        const struct vb_reading expected = next(even);
        const struct vb_reading reading = next(source);
        for (unsigned cell = 0; cell < 96; cell++)
            assert_int_equal(vb_reading_balancing(&reading, cell), cell == 4);
        lost_mv = expected.cell_mv[4] - reading.cell_mv[4];
    }
    assert_true(lost_mv > 10); /* 40 hours of 0.1 A: nearly 3 % of the charge */
    vb_source_close(even);
    vb_source_close(source);
}

static void the_steps_of_the_load_come_every_20_s_and_move_all_cells(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:hz=1,weak=0,profile=steps");
    static const int32_t expected_a[] = {0, -60, 0, 60, 0, -60};
    double before_mv = 0;
    for (unsigned i = 0; i < 120; i++) {
        const struct vb_reading reading = next(source);
        assert_in_range(reading.current_ma + 100000 - 1000 * expected_a[i / 20], 99500, 100500);
        const double mean_mv = vb_reading_stats(&reading).avg_uv / 1000.0;
        if (i == 20 || i == 60)
            assert_true(fabs(mean_mv - before_mv) > 15); /* 60 A over 0.39 mOhm: 23 mV */
        before_mv = mean_mv;
    }
    vb_source_close(source);
}

static void a_load_step_tears_a_reading_whose_cells_are_read_in_turn(void **state)
{
    (void)state;
    struct vb_source *source = open_text("sim:hz=1,weak=0,profile=steps,torn=1,seed=3");
    uint16_t spread_mv[80];
    for (unsigned i = 0; i < VB_COUNT_OF(spread_mv); i++) {
        const struct vb_reading reading = next(source);
        const struct vb_reading_stats stats = vb_reading_stats(&reading);
        assert_int_equal(reading.flags & VB_READING_TOGETHER, 0);
        spread_mv[i] = (uint16_t)(stats.max_mv - stats.min_mv);
    }
    for (unsigned step = 20; step < VB_COUNT_OF(spread_mv); step += 20)
        assert_true(spread_mv[step] > spread_mv[step - 1] + 10);
    assert_true(spread_mv[21] < spread_mv[20]);
    vb_source_close(source);
}

static void the_noise_of_a_cell_is_near_0_7_mv_and_independent(void **state)
{
    (void)state;
    /* At rest on a flat stretch two cells differ by their noise alone: sqrt(2) * 0.7 mV, and
     * 1/12 mV^2 of rounding for each. */
    struct vb_source *source = open_text("sim:cells=2,weak=0,soc=50,hz=100");
    double sum = 0;
    double sum_of_squares = 0;
    enum { COUNT = 2000 };
    for (unsigned i = 0; i < COUNT; i++) {
        const struct vb_reading reading = next(source);
        const double difference = reading.cell_mv[0] - reading.cell_mv[1];
        sum += difference;
        sum_of_squares += difference * difference;
    }
    const double variance = sum_of_squares / COUNT - (sum / COUNT) * (sum / COUNT);
    assert_true(fabs(sqrt(variance / 2) - sqrt(0.49 + 1.0 / 12)) < 0.2);
    vb_source_close(source);
}

static void a_reading_costs_less_than_50_us(void **state)
{
    (void)state;
    enum { COUNT = 2000, LIMIT_US = 50 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* sanitizers multiply the cost */
#endif
    struct vb_source *source = open_text("sim");
    const clock_t begin = clock();
    for (unsigned i = 0; i < COUNT; i++)
        next(source);
    const double us = (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC / COUNT;
    vb_source_close(source);
    print_message("%.1f us a reading\n", us);
    assert_true(us < LIMIT_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_do_not_exist_or_fit_are_refused_with_what_is_expected),
        cmocka_unit_test(the_default_is_96_cells_at_10_hz),
        cmocka_unit_test(E1_any_pack_from_1_to_192_cells_can_be_had),
        cmocka_unit_test(a_pace_that_does_not_divide_a_second_does_not_drift),
        cmocka_unit_test(the_same_seed_gives_the_same_readings_another_seed_others),
        cmocka_unit_test(charging_raises_voltage_and_charge_and_discharging_lowers_them),
        cmocka_unit_test(cells_stay_within_what_their_chemistry_allows),
        cmocka_unit_test(the_weak_cell_is_the_lowest_when_the_pack_is_discharged),
        cmocka_unit_test(a_demo_shows_movement_within_a_minute),
        cmocka_unit_test(cells_are_balanced_near_the_top_of_charge_alone),
        cmocka_unit_test(a_frozen_cell_keeps_its_value_while_its_fault_lasts),
        cmocka_unit_test(a_lowered_and_a_missing_cell_are_so_while_their_fault_lasts),
        cmocka_unit_test(a_balancing_cell_is_bled_at_any_charge_and_loses_some),
        cmocka_unit_test(the_steps_of_the_load_come_every_20_s_and_move_all_cells),
        cmocka_unit_test(a_load_step_tears_a_reading_whose_cells_are_read_in_turn),
        cmocka_unit_test(the_noise_of_a_cell_is_near_0_7_mv_and_independent),
        cmocka_unit_test(a_reading_costs_less_than_50_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
