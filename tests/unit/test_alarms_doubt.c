/* Implausible values: one is set aside, two in a row are believed, and a real fault waits no longer
 * than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/alarms_bench.h"
#include "voltbeacon/pack/weak_cells.h"

static void expect_contradicted(uint32_t count, enum vb_odd_what what, unsigned index,
                                int32_t value)
{
    assert_int_equal(bench.alarms.contradicted.count, count);
    assert_int_equal(bench.alarms.contradicted.first.what, what);
    assert_int_equal(bench.alarms.contradicted.first.index, index);
    assert_int_equal(bench.alarms.contradicted.first.value, value);
}

/* --- nonsense --------------------------------------------------------------------------------- */

static void E6_one_nonsense_value_of_a_cell_is_set_aside_and_counted(void **state)
{
    static const uint16_t nonsense_mv[] = {4900, 1200, 4215, 2780};
    for (unsigned i = 0; i < VB_COUNT_OF(nonsense_mv); i++) {
        (void)set_up(state);
        take_quiet(20);
        struct vb_reading reading = next_reading();
        reading.flags = VB_READING_HAS_CURRENT;
        reading.cell_mv[CELL] = nonsense_mv[i];
        take(&reading);
        assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_JUDGED); /* the rest is */
        take_quiet(1);
        expect_contradicted(1, VB_ODD_CELL, CELL, nonsense_mv[i]);
        assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_JUDGED);
        take_quiet(20);
        expect_nothing();
        assert_int_equal(bench.alarms.contradicted.count, 1);
    }
}

static void E6_one_sweep_of_nothing_but_nonsense_raises_nothing(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    pack_move(&reading, 1200);
    reading.temp_dc[0] = 1270;
    reading.temp_dc[1] = 1270;
    take(&reading);
    take_quiet(20);
    expect_nothing();
}

/* A LeafSpy row of 65535s next to cells that add up to what they always did. */
static void E6_one_nonsense_pack_voltage_is_set_aside_and_counted(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.pack_mv = 655350;
    reading.current_ma = -655350;
    take(&reading);
    take_quiet(1);
    expect_contradicted(1, VB_ODD_PACK, 0, 655350);
    take_quiet(20);
    expect_nothing();
}

/* In a pack of 16 cells no jump is large enough to notice, but the reading's own cells contradict
 * it.
 */
static void E6_a_pack_voltage_that_its_own_cells_contradict_waits(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    limits.pack_max_mv = PACK_CELLS * PACK_MV + 200;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.pack_mv += 1500;
    take(&reading);
    take_quiet(1);
    expect_contradicted(1, VB_ODD_PACK, 0, (int32_t)reading.pack_mv);
    expect_nothing();
    take_again(&reading, 1);
    expect_nothing();
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE);
}

static void E6_one_nonsense_temperature_is_set_aside_and_counted(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.temp_dc[1] = 1270;
    take(&reading);
    take_quiet(1);
    expect_contradicted(1, VB_ODD_SENSOR, 1, 1270);
    expect_nothing();
}

/* One sensor is hot, the other fine: a single odd value of the first ends nothing. */
static void one_value_of_a_hot_sensor_ends_no_alarm(int16_t dc)
{
    struct vb_reading reading = next_reading();
    reading.temp_dc[0] = 600;
    take_again(&reading, 4);
    assert_int_equal(begun(VB_ALARM_TEMPERATURE_HIGH) + begun(VB_ALARM_TEMPERATURE_SPREAD), 2);
    bench.count = 0;
    struct vb_reading odd = next_reading();
    odd.temp_dc[0] = dc;
    take(&odd);
    expect_nothing();
    const struct vb_alarm *high =
        vb_alarms_open(&bench.alarms, VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE);
    assert_non_null(high);
    assert_float_equal(high->now_value, 60, 0.01);
    take_again(&reading, 1);
    expect_nothing();
}

static void E6_a_wild_value_of_a_hot_sensor_ends_no_alarm(void **state)
{
    (void)state;
    take_quiet(20);
    one_value_of_a_hot_sensor_ends_no_alarm(-400);
    take_quiet(2);
    assert_int_equal(bench.count, 2); /* it has cooled down: both end */
}

static void E6_a_sensor_that_misses_a_reading_ends_no_alarm(void **state)
{
    (void)state;
    take_quiet(20);
    one_value_of_a_hot_sensor_ends_no_alarm(VB_TEMP_NOT_AVAILABLE);
    struct vb_reading reading = next_reading();
    reading.temp_dc[0] = VB_TEMP_NOT_AVAILABLE;
    take_again(&reading, 2);
    assert_int_equal(bench.count, 2); /* it is gone: nothing is known about it */
}

/* While a sensor's first value is unconfirmed, nothing is known that would keep an alarm open. */
static void E6_a_sensor_whose_first_value_is_wild_holds_no_alarm(void **state)
{
    struct vb_reading reading = next_reading();
    (void)state;
    reading.temp_dc[0] = -10;
    reading.temp_dc[1] = VB_TEMP_NOT_AVAILABLE;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE);
    reading.temp_dc[0] = 60;
    reading.temp_dc[1] = 1270;
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE);
}

/* Both fall from 30 and 24 degC, one of them so far that it is doubted: they were never apart. */
static void E6_a_value_that_is_held_begins_no_alarm(void **state)
{
    struct vb_reading reading = next_reading();
    (void)state;
    reading.temp_dc[0] = 300;
    reading.temp_dc[1] = 240;
    take_again(&reading, 20);
    reading.temp_dc[0] = 195;
    reading.temp_dc[1] = 144;
    take_again(&reading, 3);
    expect_nothing();
}

/* Of two odd values in a reading one may be true: each is judged by itself. */
static void E6_of_two_odd_values_the_one_that_is_set_aside_is_named(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    struct vb_odd_value first;
    reading.temp_dc[0] = 1270;
    reading.temp_dc[1] = 1280;
    take(&reading);
    assert_int_equal(vb_alarms_unconfirmed(&bench.alarms, &first), 2);
    assert_int_equal(first.what, VB_ODD_SENSOR);
    assert_int_equal(first.index, 0);
    assert_int_equal(first.value, 1270);
    struct vb_reading next = next_reading();
    next.temp_dc[1] = 1281;
    take(&next);
    expect_contradicted(1, VB_ODD_SENSOR, 0, 1270);
    assert_int_equal(bench.alarms.contradicted.by_last, 1);
    assert_int_equal(vb_alarms_unconfirmed(&bench.alarms, &first), 0);
    take_again(&next, 1);
    assert_int_equal(bench.alarms.contradicted.by_last, 0);
    assert_int_equal(bench.alarms.contradicted.count, 1);
}

/* It neither begins an alarm nor ends one. */
static void E6_one_nonsense_value_ends_no_alarm(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 4300;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    reading.cell_mv[CELL] = 3700;
    take_again(&reading, 1);
    reading.cell_mv[CELL] = 4300;
    take_again(&reading, 5);
    expect_nothing();
}

static void E6_what_is_set_aside_teaches_nothing_of_weak_cells(void **state)
{
    struct vb_weak_cells weak;
    (void)state;
    vb_weak_cells_init(&weak, 10000);
    assert_false(vb_weak_cells_knows(&weak));
    for (unsigned i = 0; i < 20; i++) {
        struct vb_reading reading = next_reading();
        if (i == 10)
            reading.cell_mv[CELL] = 4900;
        take(&reading);
        vb_weak_cells_reading(&weak, &reading, &bench.alarms.sweep, now_ms(), wall_ms());
    }
    assert_true(vb_weak_cells_knows(&weak));
    assert_int_equal(weak.cells[CELL].rest.count, 19);
    assert_int_equal(weak.cells[CELL + 1].rest.count, 20);
    assert_true(weak.cells[CELL].rest.sum_16ths < 19 * 2 * 16);
    assert_true(weak.cells[CELL + 1].rest.sum_16ths > -20 * 2 * 16);
}

/* --- true faults ------------------------------------------------------------------------------ */

static void E6_a_true_fast_fault_waits_for_one_reading_and_no_more(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 2200;
    take(&reading);
    expect_nothing();
    take_again(&reading, 1);
    const struct vb_alarm *alarm = expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_UNDER_VOLTAGE, CELL);
    assert_int_equal(alarm->level, VB_ALARM_ALERT);
    assert_int_equal(bench.alarms.contradicted.count, 0);
}

/* A collapsing cell has a different value in each reading: it is believed all the same. */
static void E6_two_wild_values_in_a_row_are_believed(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 2200;
    take(&reading);
    reading.cell_mv[CELL] = 900;
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_UNDER_VOLTAGE, CELL);
}

/* A bad contact reads anything; no two of these values agree about a limit. */
static void E6_values_that_are_wild_on_opposite_sides_bear_nothing_out(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    for (unsigned i = 0; i < 3; i++) {
        reading.cell_mv[CELL] = i % 2 == 0 ? 4900 : 900;
        reading.pack_mv = i % 2 == 0 ? 90000 : 20000;
        reading.temp_dc[1] = i % 2 == 0 ? 1270 : -390;
        take_again(&reading, 1);
    }
    take_quiet(1);
    assert_int_equal(bench.alarms.contradicted.count, 9);
    take_quiet(20);
    expect_nothing();
    assert_int_equal(bench.alarms.contradicted.count, 9);
}

/* It jumped back beyond the other limit: only one of the two readings is beyond this one. */
static void E6_a_jump_within_the_limits_confirms_none_beyond_them(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    const uint32_t usual_mv = reading.pack_mv;
    reading.cell_mv[CELL] = 3200;
    reading.temp_dc[1] = 400;
    reading.pack_mv = usual_mv - 2000;
    take_again(&reading, 1);
    reading.cell_mv[CELL] = 2200;
    reading.temp_dc[1] = 1270;
    reading.pack_mv = 20000;
    take_again(&reading, 1);
    expect_nothing();
    take_again(&reading, 1);
    assert_int_equal(begun(VB_ALARM_CELL_UNDER_VOLTAGE), 1);
    assert_int_equal(begun(VB_ALARM_PACK_UNDER_VOLTAGE), 1);
    assert_int_equal(begun(VB_ALARM_TEMPERATURE_HIGH), 1);
}

/* A meter that is off has its alarm; an implausible value on top of that is still doubted. */
static void E6_a_pack_voltage_that_is_off_for_good_is_doubted_when_it_jumps(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.pack_mv += 3000;
    take_again(&reading, 6);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
    const uint32_t off_mv = reading.pack_mv;
    reading.pack_mv = 20000;
    take_again(&reading, 1);
    reading.pack_mv = off_mv;
    take_again(&reading, 1);
    expect_contradicted(1, VB_ODD_PACK, 0, 20000);
    take_again(&reading, 5);
    expect_nothing();
}

/* Three cells make no sum. */
static void E6_a_summary_between_does_not_make_what_is_off_for_good_doubtful_again(void **state)
{
    (void)state;
    take_quiet(20);
    struct vb_reading reading = next_reading();
    reading.pack_mv += 3000;
    take_again(&reading, 6);
    assert_true(bench.alarms.pack_against_sum);
    reading.flags |= VB_READING_SUMMARY;
    take_again(&reading, 1);
    reading.flags = (uint8_t)(reading.flags & ~VB_READING_SUMMARY);
    take_again(&reading, 1);
    assert_false(bench.alarms.pack_waits);
}

static void E6_on_a_plausible_way_an_alert_comes_at_once(void **state)
{
    (void)state;
    take_quiet(2);
    struct vb_reading reading = next_reading();
    for (int mv = PACK_MV; mv <= 4211; mv += 73) {
        reading.cell_mv[CELL] = (uint16_t)mv;
        take_again(&reading, 1);
    }
    assert_int_equal(reading.cell_mv[CELL], 4211);
    assert_int_equal(begun(VB_ALARM_CELL_OVER_VOLTAGE), 1);
    assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, CELL)->level,
                     VB_ALARM_ALERT);
}

static void E6_a_pack_that_comes_back_over_temperature_is_told_with_the_second_reading(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.temp_dc[0] = 600;
    reading.temp_dc[1] = 590;
    take(&reading);
    expect_nothing();
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE);
}

/* --- sensors that are not there --------------------------------------------------------------- */

static void E6_a_sensor_that_never_reads_but_minus_40_is_proposed_as_absent(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 25; i++) {
        struct vb_reading reading = next_reading();
        reading.temp_dc[1] = -400;
        take(&reading);
        assert_int_equal(vb_alarms_sensor_is_absent(&bench.alarms, 1), i >= 19);
        assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 0));
        assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 2)); /* not in the reading */
    }
    bench.count = 0;
    take_quiet(2); /* it exists after all */
    assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 1));
}

static void E6_a_sensor_that_is_set_as_absent_raises_nothing_and_ends_what_it_raised(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    struct vb_reading reading = next_reading();
    (void)state;
    reading.temp_dc[1] = -400;
    take_again(&reading, 2);
    assert_int_equal(begun(VB_ALARM_TEMPERATURE_LOW) + begun(VB_ALARM_TEMPERATURE_SPREAD), 2);
    bench.count = 0;
    limits.absent_sensors[0] = 1 << 1;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_again(&reading, 1);
    assert_int_equal(bench.count, 2);
    assert_int_equal(bench.changes[0].step, VB_ALARM_ENDED);
    bench.count = 0;
    take_again(&reading, 50);
    expect_nothing();
}

static void E6_alarms_end_where_no_sensor_is_left(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    struct vb_reading reading = next_reading();
    (void)state;
    reading.temp_count = 1;
    reading.temp_dc[0] = -400;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE);
    limits.absent_sensors[0] = 1 << 0;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE);
}

static void E6_sensors_are_set_as_absent_by_their_numbers_from_1(void **state)
{
    struct vb_battery_values battery;
    struct vb_alarms_values alarms;
    (void)state;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    vb_section_defaults(vb_section_by_id(VB_SECTION_ALARMS), &alarms);
    assert_int_equal(battery.absent_sensors_count, 0);
    battery.absent_sensors_count = 3;
    battery.absent_sensors[0] = 1;
    battery.absent_sensors[1] = VB_TEMPS_MAX;
    battery.absent_sensors[2] = VB_TEMPS_MAX + 1; /* no readable one */
    const struct vb_alarm_limits limits = vb_alarm_limits(&battery, &alarms);
    static const uint8_t expected[(VB_TEMPS_MAX + 7) / 8] = {[0] = 1 << 0, [4] = 1 << 7};
    assert_memory_equal(limits.absent_sensors, expected, sizeof expected);
    assert_int_equal(limits.spread_warn_mv, 60);
    assert_int_equal(limits.spread_alert_mv, 200);
}

/* --- edges ------------------------------------------------------------------------------------ */

static void few_cells_are_left_out_and_many_are_the_load(void **state)
{
    (void)state;
    for (unsigned cells = 1; cells <= 3; cells++) {
        (void)set_up(state);
        struct vb_reading reading = next_reading();
        reading.cell_count = 32; /* two are a sixteenth */
        for (unsigned i = 0; i < 32; i++)
            reading.cell_mv[i] = PACK_MV;
        reading.flags = VB_READING_HAS_CURRENT;
        take_again(&reading, 3);
        for (unsigned i = 0; i < cells; i++)
            reading.cell_mv[i] = PACK_MV - 200;
        take_again(&reading, 1);
        assert_int_equal(bench.alarms.sweep.left_out[0], cells <= 2 ? (1 << cells) - 1 : 0);
        assert_int_equal(bench.alarms.sweep.doubted[0], (1 << cells) - 1);
        assert_int_equal(bench.alarms.sweep.partial, cells <= 2);
    }
}

/* The number of cells is known only from the settings. */
static void a_pack_that_sends_summaries_alone_has_its_limits(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    limits.cell_count = 0;
    vb_alarms_set_limits(&bench.alarms, &limits);
    for (unsigned i = 0; i < 4; i++) {
        struct vb_reading summary = {.sequence = ++bench.sequence,
                                     .flags = VB_READING_SUMMARY | VB_READING_HAS_VOLTAGE,
                                     .cell_count = 3,
                                     .cell_mv = {3700, 3700, 3700},
                                     .pack_mv = i < 2 ? 60000 : 80000};
        take(&summary);
    }
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE);
}

static void contradictions_are_counted_for_ever_without_wrapping(void **state)
{
    (void)state;
    bench.alarms.contradicted.count = UINT32_MAX;
    take_quiet(5);
    struct vb_reading reading = next_reading();
    reading.temp_dc[0] = 900;
    take_again(&reading, 1);
    take_quiet(1);
    expect_contradicted(UINT32_MAX, VB_ODD_SENSOR, 0, 900);
}

/* Its sensor was absent, and then it fell to -40 for good: it is not proposed. */
static void a_sensor_that_fell_to_minus_40_is_not_proposed(void **state)
{
    (void)state;
    take_quiet(5);
    for (unsigned i = 0; i < 40; i++) {
        struct vb_reading reading = next_reading();
        reading.temp_dc[0] = -400;
        reading.temp_dc[1] = VB_TEMP_NOT_AVAILABLE;
        take(&reading);
    }
    assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 0));
    assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 1));
}

static void a_long_silence_saturates(void **state)
{
    (void)state;
    take_quiet(1);
    vb_alarms_tick(&bench.alarms, now_ms() + 3000000000u, wall_ms());
    fetch();
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    assert_true(alarm->now_value > 2147483 && alarm->now_value < 2147484);
}

static void a_pack_of_one_cell_has_no_others(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.cell_count = 1;
    reading.flags = 0;
    take_again(&reading, 60);
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E6_one_nonsense_value_of_a_cell_is_set_aside_and_counted, set_up),
        cmocka_unit_test_setup(E6_one_sweep_of_nothing_but_nonsense_raises_nothing, set_up),
        cmocka_unit_test_setup(E6_one_nonsense_pack_voltage_is_set_aside_and_counted, set_up),
        cmocka_unit_test_setup(E6_a_pack_voltage_that_its_own_cells_contradict_waits, set_up),
        cmocka_unit_test_setup(E6_one_nonsense_temperature_is_set_aside_and_counted, set_up),
        cmocka_unit_test_setup(E6_a_wild_value_of_a_hot_sensor_ends_no_alarm, set_up),
        cmocka_unit_test_setup(E6_a_sensor_that_misses_a_reading_ends_no_alarm, set_up),
        cmocka_unit_test_setup(E6_a_sensor_whose_first_value_is_wild_holds_no_alarm, set_up),
        cmocka_unit_test_setup(E6_a_value_that_is_held_begins_no_alarm, set_up),
        cmocka_unit_test_setup(E6_of_two_odd_values_the_one_that_is_set_aside_is_named, set_up),
        cmocka_unit_test_setup(E6_one_nonsense_value_ends_no_alarm, set_up),
        cmocka_unit_test_setup(E6_what_is_set_aside_teaches_nothing_of_weak_cells, set_up),
        cmocka_unit_test_setup(E6_a_true_fast_fault_waits_for_one_reading_and_no_more, set_up),
        cmocka_unit_test_setup(E6_two_wild_values_in_a_row_are_believed, set_up),
        cmocka_unit_test_setup(E6_values_that_are_wild_on_opposite_sides_bear_nothing_out, set_up),
        cmocka_unit_test_setup(E6_a_jump_within_the_limits_confirms_none_beyond_them, set_up),
        cmocka_unit_test_setup(E6_a_pack_voltage_that_is_off_for_good_is_doubted_when_it_jumps,
                               set_up),
        cmocka_unit_test_setup(
            E6_a_summary_between_does_not_make_what_is_off_for_good_doubtful_again, set_up),
        cmocka_unit_test_setup(E6_on_a_plausible_way_an_alert_comes_at_once, set_up),
        cmocka_unit_test_setup(
            E6_a_pack_that_comes_back_over_temperature_is_told_with_the_second_reading, set_up),
        cmocka_unit_test_setup(E6_a_sensor_that_never_reads_but_minus_40_is_proposed_as_absent,
                               set_up),
        cmocka_unit_test_setup(
            E6_a_sensor_that_is_set_as_absent_raises_nothing_and_ends_what_it_raised, set_up),
        cmocka_unit_test_setup(E6_alarms_end_where_no_sensor_is_left, set_up),
        cmocka_unit_test(E6_sensors_are_set_as_absent_by_their_numbers_from_1),
        cmocka_unit_test_setup(few_cells_are_left_out_and_many_are_the_load, set_up),
        cmocka_unit_test_setup(a_pack_that_sends_summaries_alone_has_its_limits, set_up),
        cmocka_unit_test_setup(contradictions_are_counted_for_ever_without_wrapping, set_up),
        cmocka_unit_test_setup(a_sensor_that_fell_to_minus_40_is_not_proposed, set_up),
        cmocka_unit_test_setup(a_long_silence_saturates, set_up),
        cmocka_unit_test_setup(a_pack_of_one_cell_has_no_others, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
