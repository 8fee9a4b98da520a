/* Alarms: what begins one, what ends it, that it is reported once, and that a restart does not
 * split an occurrence in two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../fixtures/alarms_bench.h"

/* --- faults that must not be believed --------------------------------------------------------- */

static void E6_a_quiet_pack_raises_nothing(void **state)
{
    (void)state;
    take_quiet(500);
    expect_nothing();
}

static void E6_a_torn_sweep_raises_no_imbalance(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 40; i++) {
        struct vb_reading reading = next_reading();
        for (unsigned cell = 0; cell < 5 && i % 2 == 0; cell++)
            reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] + 110);
        take(&reading);
    }
    expect_nothing();
}

static void E6_a_cell_that_sags_under_load_raises_no_imbalance(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 40; i++) {
        struct vb_reading reading = next_reading();
        reading.current_ma = -45000;
        reading.cell_mv[CELL] = (uint16_t)(reading.cell_mv[CELL] - 80);
        take(&reading);
    }
    expect_nothing();
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_LOAD);
}

static void a_sweep_of_impossible_values_is_kept_out_of_everything(void **state)
{
    static const uint16_t impossible_mv[] = {0, 5001, 8190, VB_CELL_NOT_AVAILABLE};
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < VB_COUNT_OF(impossible_mv); i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = impossible_mv[i];
        take(&reading);
        assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_INCOMPLETE);
        assert_int_equal(bench.alarms.balance.series.count, PACK_CELLS - 1);
        assert_true(abs(bench.alarms.balance.series.mean_uv - PACK_MV * 1000) < 4000);
    }
    take_quiet(1);
    expect_nothing();
}

static void a_repeated_sweep_is_no_new_sample(void **state)
{
    (void)state;
    take_quiet(10);
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = VB_CELL_NOT_AVAILABLE;
    for (unsigned i = 0; i < 100; i++)
        take(&reading);
    expect_nothing();
    assert_int_equal(bench.alarms.cells[CELL].missing_sweeps, 1);
}

static void a_summary_names_no_cell(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 30; i++) {
        struct vb_reading summary = {.sequence = ++bench.sequence,
                                     .flags = VB_READING_SUMMARY,
                                     .cell_count = 3,
                                     .cell_mv = {2000, 4800, 3700}};
        take(&summary);
    }
    expect_nothing();
    assert_int_equal(bench.alarms.cell_count, PACK_CELLS);
}

static void limits_of_a_pack_of_another_size_are_not_applied(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    limits.cell_count = 96;
    limits.pack_min_mv = 270000;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(10);
    expect_nothing();
    limits.cell_count = PACK_CELLS;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(1);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE);
    limits.cell_count = 96;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE);
}

static void a_restored_alarm_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct vb_alarm alarm = {.kind = VB_ALARM_KINDS};
    assert_false(vb_alarms_restore(&bench.alarms, &alarm));
    alarm = (struct vb_alarm){.kind = VB_ALARM_IMBALANCE, .cell = VB_ALARM_NOWHERE};
    assert_false(vb_alarms_restore(&bench.alarms, &alarm));
    alarm = (struct vb_alarm){.kind = VB_ALARM_LINK_LOST, .level = VB_ALARM_ALERT + 1};
    assert_false(vb_alarms_restore(&bench.alarms, &alarm));
    alarm.level = VB_ALARM_WARNING;
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    assert_false(vb_alarms_restore(&bench.alarms, &alarm)); /* twice the same */
}

/* --- cells ------------------------------------------------------------------------------------ */

static void E6_an_imbalance_names_its_cell_and_ends_with_its_cause(void **state)
{
    (void)state;
    take_quiet(10);
    take_off(10, -80);
    const struct vb_alarm *alarm = expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL);
    assert_int_equal(alarm->level, VB_ALARM_ALERT);
    assert_true(alarm->worst_value < -75 && alarm->worst_value > -85);
    assert_true(alarm->threshold < -30 && alarm->threshold > -45);
    assert_int_equal(alarm->end_wall_ms, 0);
    const uint64_t begin_wall_ms = alarm->begin_wall_ms;
    take_off(50, -80);
    expect_nothing();
    take_quiet(10);
    alarm = expect_change(VB_ALARM_ENDED, VB_ALARM_IMBALANCE, CELL);
    assert_int_equal(alarm->begin_wall_ms, begin_wall_ms);
    assert_true(alarm->end_wall_ms > begin_wall_ms && alarm->end_wall_ms <= wall_ms());
}

static void E6_a_warning_that_worsens_is_the_same_occurrence(void **state)
{
    (void)state;
    take_quiet(10);
    take_off(20, 33);
    assert_int_equal(expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL)->level,
                     VB_ALARM_WARNING);
    take_off(20, 60);
    assert_int_equal(expect_change(VB_ALARM_ROSE, VB_ALARM_IMBALANCE, CELL)->level, VB_ALARM_ALERT);
    take_off(20, 33);
    expect_nothing();
}

static void E6_an_imbalance_at_its_threshold_does_not_flutter(void **state)
{
    (void)state;
    take_quiet(10);
    take_off(10, 40);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL);
    for (unsigned i = 0; i < 60; i++)
        take_off(1, i % 2 == 0 ? 26 : 29);
    expect_nothing();
}

static void E6_a_frozen_value_is_found_within_20_sweeps_of_changing_voltage(void **state)
{
    (void)state;
    take_quiet(10);
    take_stuck(20, PACK_MV + 20);
    const struct vb_alarm *alarm = expect_change(VB_ALARM_BEGAN, VB_ALARM_FROZEN_VALUE, CELL);
    assert_true(alarm->worst_value == PACK_MV + 20);
    assert_int_equal(alarm->begin_wall_ms, wall_ms());
    take_quiet(1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_FROZEN_VALUE, CELL);
}

static void E6_a_frozen_cell_that_the_others_leave_behind_is_no_imbalance_as_well(void **state)
{
    (void)state;
    take_quiet(10);
    take_stuck(100, PACK_MV + 2); /* 98 mV below the others in the end */
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_FROZEN_VALUE, CELL);
    take_quiet(10);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_FROZEN_VALUE, CELL);
}

static void E6_a_value_that_stays_while_all_stay_is_not_frozen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = PACK_MV;
        take(&reading);
    }
    expect_nothing();
}

static void E6_a_cell_without_a_value_is_told_after_ten_sweeps_and_the_rest_judged(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 12; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = VB_CELL_NOT_AVAILABLE;
        reading.cell_mv[CELL + 1] = (uint16_t)(reading.cell_mv[CELL + 1] + (i < 9 ? 0 : 1));
        take(&reading);
        assert_int_equal(bench.count, i < 9 ? 0 : 1);
    }
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_NOT_AVAILABLE, CELL);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_JUDGED);
    take_quiet(1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_NOT_AVAILABLE, CELL);
}

static void E6_a_cell_beyond_its_limit_is_reported_at_once_and_ends_with_hysteresis(void **state)
{
    static const struct {
        enum vb_alarm_kind kind;
        int limit_mv;
        int outwards;
    } cases[] = {{VB_ALARM_CELL_OVER_VOLTAGE, 4200, 1}, {VB_ALARM_CELL_UNDER_VOLTAGE, 2800, -1}};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        const int limit_mv = cases[i].limit_mv;
        const int out = cases[i].outwards;
        const int steps_mv[] = {limit_mv,       limit_mv, /* a jump that is confirmed */
                                limit_mv + out, limit_mv, limit_mv - 19 * out, limit_mv - 20 * out};
        for (unsigned k = 0; k < VB_COUNT_OF(steps_mv); k++) {
            struct vb_reading reading = next_reading();
            reading.cell_mv[CELL] = (uint16_t)steps_mv[k];
            take(&reading);
            if (k == 2) {
                const struct vb_alarm *alarm = expect_change(VB_ALARM_BEGAN, cases[i].kind, CELL);
                assert_true(alarm->worst_value == limit_mv + out && alarm->threshold == limit_mv);
            } else if (k == 5) {
                (void)expect_change(VB_ALARM_ENDED, cases[i].kind, CELL);
            } else {
                expect_nothing();
            }
        }
    }
}

static void E6_a_full_cell_at_its_limit_is_worth_a_line_and_beyond_it_an_alert(void **state)
{
    static const struct {
        uint16_t mv;
        enum vb_alarm_level level;
    } cells[] = {{4201, VB_ALARM_INFO}, {4210, VB_ALARM_INFO}, {4211, VB_ALARM_ALERT},
                 {2799, VB_ALARM_INFO}, {2790, VB_ALARM_INFO}, {2789, VB_ALARM_ALERT}};
    for (unsigned i = 0; i < VB_COUNT_OF(cells); i++) {
        (void)set_up(state);
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = cells[i].mv;
        take(&reading);
        expect_nothing(); /* a value without predecessors may be nonsense */
        take_again(&reading, 1);
        const struct vb_alarm *alarm = expect_change(
            VB_ALARM_BEGAN,
            cells[i].mv > PACK_MV ? VB_ALARM_CELL_OVER_VOLTAGE : VB_ALARM_CELL_UNDER_VOLTAGE, CELL);
        assert_int_equal(alarm->level, cells[i].level);
        assert_true(alarm->worst_value == cells[i].mv);
    }
}

static void E6_a_cell_that_stays_beyond_its_limit_is_the_same_occurrence(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 4205;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    reading = next_reading();
    reading.cell_mv[CELL] = 4260;
    take(&reading);
    const struct vb_alarm *alarm = expect_change(VB_ALARM_ROSE, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    assert_int_equal(alarm->level, VB_ALARM_ALERT);
    assert_true(alarm->worst_value == 4260);
}

static void cells_that_are_no_more_have_no_alarm(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 4300;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    reading = next_reading();
    reading.cell_count = CELL;
    reading.flags = 0;
    take(&reading);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
}

/* --- the pack --------------------------------------------------------------------------------- */

static void E6_a_pack_beyond_its_limits_is_reported(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    pack_move(&reading, 495);
    reading.pack_mv = 67500;
    take_again(&reading, 2);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE);
    take_quiet(2);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE);
    pack_move(&reading, 2804 - 4197);
    reading.pack_mv = 44900; /* 6 mV a cell */
    take_again(&reading, 2);
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->level, VB_ALARM_INFO);
    reading.pack_mv = 44800; /* 12 mV a cell */
    take_again(&reading, 1);
    alarm = expect_change(VB_ALARM_ROSE, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->level, VB_ALARM_ALERT);
}

static void E6_a_pack_voltage_of_0_is_not_known_rather_than_low(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct vb_reading reading = next_reading();
        reading.pack_mv = 0;
        take(&reading);
    }
    expect_nothing();
}

static void E6_a_sum_that_stays_off_the_pack_voltage_is_reported(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 20; i++) {
        struct vb_reading reading = next_reading();
        if (i % 5 != 4) /* four in a row take time */
            reading.pack_mv += 2000;
        take(&reading);
    }
    expect_nothing();
    for (unsigned i = 0; i < 5; i++) {
        struct vb_reading reading = next_reading();
        reading.pack_mv += 2000;
        take(&reading);
    }
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
    assert_true(alarm->worst_value == 2.0);
    take_quiet(1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
}

/* Twice, so that they are believed whatever came before. */
static void take_temperatures(int16_t first_dc, int16_t second_dc)
{
    struct vb_reading reading = next_reading();
    reading.temp_dc[0] = first_dc;
    reading.temp_dc[1] = second_dc;
    take_again(&reading, 2);
}

static void E6_temperatures_name_their_sensor_and_broken_sensors_are_no_data(void **state)
{
    (void)state;
    take_temperatures(VB_TEMP_NOT_AVAILABLE, 2000);
    expect_nothing();
    take_temperatures(440, 451);
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->sensor, 1);
    assert_true(alarm->worst_value == 45.1f && alarm->threshold == 45.0f);
    take_temperatures(430, 430);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE);
    take_temperatures(100, 251);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_NOWHERE);
    take_temperatures(-1, -1);
    assert_int_equal(bench.count, 2); /* the spread ends */
    assert_int_equal(bench.changes[0].alarm.kind, VB_ALARM_TEMPERATURE_LOW);
    assert_int_equal(bench.changes[1].step, VB_ALARM_ENDED);
}

/* --- time and link ---------------------------------------------------------------------------- */

static void E6_readings_that_stop_are_reported_once_and_end_with_the_next(void **state)
{
    (void)state;
    take_quiet(3);
    for (uint32_t s = 1; s <= 300; s++) {
        vb_alarms_tick(&bench.alarms, now_ms() + s * 1000, wall_ms() + s * 1000);
        fetch();
        assert_int_equal(bench.count, s <= 120 ? 0 : 1);
    }
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    assert_true(alarm->worst_value == 121 && alarm->threshold == 120);
    take_quiet(1);
    alarm = expect_change(VB_ALARM_ENDED, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    assert_true(alarm->worst_value == 300);
}

static void a_pack_that_is_read_every_minute_has_not_stopped_after_two(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        bench.sequence += 60;
        const struct vb_reading reading = pack_reading(bench.sequence);
        take(&reading);
    }
    vb_alarms_tick(&bench.alarms, now_ms() + 179000, wall_ms());
    fetch();
    expect_nothing();
    vb_alarms_tick(&bench.alarms, now_ms() + 181000, wall_ms());
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
}

static void nothing_has_stopped_that_never_began(void **state)
{
    (void)state;
    vb_alarms_tick(&bench.alarms, 3600000, wall_ms());
    fetch();
    expect_nothing();
}

static void E6_a_lost_link_is_one_alarm_and_explains_the_silence(void **state)
{
    (void)state;
    take_quiet(3);
    vb_alarms_link(&bench.alarms, VB_LINK_DEGRADED, now_ms(), wall_ms());
    fetch();
    expect_nothing();
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), wall_ms());
    fetch();
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_BEGAN, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    assert_true(isnan(alarm->worst_value) && isnan(alarm->threshold));
    vb_alarms_tick(&bench.alarms, now_ms() + 600000, wall_ms());
    fetch();
    expect_nothing();
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, now_ms(), wall_ms());
    fetch();
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
}

/* --- restarts and settings -------------------------------------------------------------------- */

/* Hands alarms that were open before a restart to a new instance. */
static void restart_with(const struct vb_alarm *alarm)
{
    const struct vb_alarm restored = *alarm;
    const struct vb_alarm_limits limits = pack_limits();
    vb_alarms_init(&bench.alarms, &limits, bench.slots, VB_ALARM_SLOTS_USUAL);
    assert_true(vb_alarms_restore(&bench.alarms, &restored));
    fetch();
    expect_nothing();
}

static void E6_an_occurrence_continues_after_a_restart(void **state)
{
    (void)state;
    take_quiet(10);
    take_off(10, -80);
    const uint64_t begin_wall_ms = bench.changes[0].alarm.begin_wall_ms;
    restart_with(expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL));
    take_off(30, -80);
    expect_nothing();
    take_quiet(10);
    assert_int_equal(expect_change(VB_ALARM_ENDED, VB_ALARM_IMBALANCE, CELL)->begin_wall_ms,
                     begin_wall_ms);
}

static void E6_a_frozen_cell_continues_after_a_restart_only_at_its_value(void **state)
{
    (void)state;
    take_quiet(2);
    take_stuck(30, 3720);
    restart_with(expect_change(VB_ALARM_BEGAN, VB_ALARM_FROZEN_VALUE, CELL));
    take_stuck(30, 3720);
    expect_nothing();
    vb_alarms_rebooted(&bench.alarms);
    take_stuck(1, 3721);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_FROZEN_VALUE, CELL);
}

static void a_reboot_of_the_transmitter_restarts_its_sequence(void **state)
{
    (void)state;
    take_quiet(10);
    vb_alarms_rebooted(&bench.alarms);
    const struct vb_reading same_number = pack_reading(bench.sequence);
    take(&same_number);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_TRAINING);
}

static void new_limits_hold_from_the_next_reading_on(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    take_quiet(10);
    take_off(10, 50);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL);
    limits.balance.enabled = false;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_off(1, 50);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_IMBALANCE, CELL);
    limits.cell_max_mv = PACK_MV + 40;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_off(1, 50);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
}

static void an_open_alarm_can_be_asked_for(void **state)
{
    (void)state;
    assert_null(vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL));
    take_quiet(10);
    take_off(10, 50);
    take_off(10, 90);
    const struct vb_alarm *open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_non_null(open);
    assert_true(open->worst_value > 80); /* the worst so far */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E6_a_quiet_pack_raises_nothing, set_up),
        cmocka_unit_test_setup(E6_a_torn_sweep_raises_no_imbalance, set_up),
        cmocka_unit_test_setup(E6_a_cell_that_sags_under_load_raises_no_imbalance, set_up),
        cmocka_unit_test_setup(a_sweep_of_impossible_values_is_kept_out_of_everything, set_up),
        cmocka_unit_test_setup(a_repeated_sweep_is_no_new_sample, set_up),
        cmocka_unit_test_setup(a_summary_names_no_cell, set_up),
        cmocka_unit_test_setup(limits_of_a_pack_of_another_size_are_not_applied, set_up),
        cmocka_unit_test_setup(a_restored_alarm_that_cannot_be_is_refused, set_up),
        cmocka_unit_test_setup(E6_an_imbalance_names_its_cell_and_ends_with_its_cause, set_up),
        cmocka_unit_test_setup(E6_a_warning_that_worsens_is_the_same_occurrence, set_up),
        cmocka_unit_test_setup(E6_an_imbalance_at_its_threshold_does_not_flutter, set_up),
        cmocka_unit_test_setup(E6_a_frozen_value_is_found_within_20_sweeps_of_changing_voltage,
                               set_up),
        cmocka_unit_test_setup(
            E6_a_frozen_cell_that_the_others_leave_behind_is_no_imbalance_as_well, set_up),
        cmocka_unit_test_setup(E6_a_value_that_stays_while_all_stay_is_not_frozen, set_up),
        cmocka_unit_test_setup(
            E6_a_cell_without_a_value_is_told_after_ten_sweeps_and_the_rest_judged, set_up),
        cmocka_unit_test_setup(
            E6_a_cell_beyond_its_limit_is_reported_at_once_and_ends_with_hysteresis, set_up),
        cmocka_unit_test_setup(E6_a_full_cell_at_its_limit_is_worth_a_line_and_beyond_it_an_alert,
                               set_up),
        cmocka_unit_test_setup(E6_a_cell_that_stays_beyond_its_limit_is_the_same_occurrence,
                               set_up),
        cmocka_unit_test_setup(cells_that_are_no_more_have_no_alarm, set_up),
        cmocka_unit_test_setup(E6_a_pack_beyond_its_limits_is_reported, set_up),
        cmocka_unit_test_setup(E6_a_pack_voltage_of_0_is_not_known_rather_than_low, set_up),
        cmocka_unit_test_setup(E6_a_sum_that_stays_off_the_pack_voltage_is_reported, set_up),
        cmocka_unit_test_setup(E6_temperatures_name_their_sensor_and_broken_sensors_are_no_data,
                               set_up),
        cmocka_unit_test_setup(E6_readings_that_stop_are_reported_once_and_end_with_the_next,
                               set_up),
        cmocka_unit_test_setup(a_pack_that_is_read_every_minute_has_not_stopped_after_two, set_up),
        cmocka_unit_test_setup(nothing_has_stopped_that_never_began, set_up),
        cmocka_unit_test_setup(E6_a_lost_link_is_one_alarm_and_explains_the_silence, set_up),
        cmocka_unit_test_setup(E6_an_occurrence_continues_after_a_restart, set_up),
        cmocka_unit_test_setup(E6_a_frozen_cell_continues_after_a_restart_only_at_its_value,
                               set_up),
        cmocka_unit_test_setup(a_reboot_of_the_transmitter_restarts_its_sequence, set_up),
        cmocka_unit_test_setup(new_limits_hold_from_the_next_reading_on, set_up),
        cmocka_unit_test_setup(an_open_alarm_can_be_asked_for, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
