/* Fine distinctions of the alarms: first values, unconfirmed values, and what lasts long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "../fixtures/alarms_bench.h"

/* A summary of the pack at rest, except for its voltage. */
static void take_summary(uint32_t pack_mv)
{
    struct vb_reading reading = next_reading();
    reading.flags |= VB_READING_SUMMARY;
    reading.pack_mv = pack_mv;
    take(&reading);
}

static void take_temperature(int16_t dc)
{
    struct vb_reading reading = next_reading();
    reading.temp_count = 1;
    reading.temp_dc[0] = dc;
    take(&reading);
}

static uint32_t contradictions(void)
{
    return bench.alarms.contradicted.count;
}

/* --- the first value -------------------------------------------------------------------------- */

/* Without a predecessor a value within its limits is believed, and one beyond them must wait. */
static void E6_the_first_voltage_of_a_pack_is_measured_by_its_limits(void **state)
{
    static const struct {
        uint32_t pack_mv;
        uint32_t contradicted; /* by the next, which is an ordinary one */
    } cases[] = {{44000, 1}, {45000, 0}, {59000, 0}, {67200, 0}, {67300, 1}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        (void)set_up(state);
        take_summary(cases[i].pack_mv);
        assert_int_equal(bench.alarms.pack_mv, cases[i].contradicted ? 0 : cases[i].pack_mv);
        take_summary(59200);
        assert_int_equal(contradictions(), cases[i].contradicted);
    }
}

static void E6_a_voltage_within_the_limits_that_came_from_nowhere_waits(void **state)
{
    (void)state;
    take_quiet(3);
    take_summary(65000);
    take_summary(59200);
    assert_int_equal(contradictions(), 1);
    assert_int_equal(bench.alarms.contradicted.first.value, 65000);
}

static void E6_the_first_temperature_is_measured_by_its_limits(void **state)
{
    static const struct {
        int16_t dc;
        uint32_t contradicted;
    } cases[] = {{-10, 1}, {0, 0}, {250, 0}, {450, 0}, {460, 1}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        (void)set_up(state);
        take_temperature(cases[i].dc);
        take_temperature(210);
        assert_int_equal(contradictions(), cases[i].contradicted);
    }
}

static void E6_a_temperature_within_the_limits_that_came_from_nowhere_waits(void **state)
{
    (void)state;
    take_temperature(210);
    take_temperature(400);
    take_temperature(210);
    assert_int_equal(contradictions(), 1);
    take_temperature(400); /* and one that comes twice is true */
    take_temperature(400);
    assert_int_equal(contradictions(), 1);
}

/* --- what is no contradiction ----------------------------------------------------------------- */

static void E6_a_cell_that_comes_back_contradicts_nothing(void **state)
{
    (void)state;
    take_quiet(3);
    for (unsigned i = 0; i < 15; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = VB_CELL_NOT_AVAILABLE;
        take(&reading);
    }
    take_quiet(3);
    assert_int_equal(contradictions(), 0);
}

static void E6_a_load_that_comes_and_goes_contradicts_nothing(void **state)
{
    (void)state;
    take_quiet(3);
    struct vb_reading reading = next_reading();
    pack_move(&reading, -200);
    take(&reading);
    take_quiet(3);
    assert_int_equal(contradictions(), 1); /* the pack's voltage, and none of its cells */
    assert_int_equal(bench.alarms.contradicted.first.what, VB_ODD_PACK);
}

/* Its three numbers are no cells, so no sum of them is another voltage. */
static void E6_a_summary_of_three_cells_is_not_held_against_the_pack(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_count = 3;
        reading.pack_mv = 11100;
        if (i >= 5) {
            reading.flags |= VB_READING_SUMMARY;
            reading.pack_mv = 11390; /* 2.6 % more than the cells were */
        }
        take(&reading);
        if (i >= 5)
            assert_int_equal(bench.alarms.pack_mv, 11390);
    }
    assert_int_equal(begun(VB_ALARM_SUM_MISMATCH), 0);
}

/* --- the pack --------------------------------------------------------------------------------- */

static void E6_limits_of_a_pack_of_unknown_size_hold_for_any(void **state)
{
    (void)state;
    struct vb_alarm_limits limits = pack_limits();
    limits.cell_count = 0;
    limits.pack_max_mv = 58000;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(3);
    assert_int_equal(begun(VB_ALARM_PACK_OVER_VOLTAGE), 1);
}

/* The cells' sum is off by this much for this many sweeps. */
static void take_sum_off(unsigned count, uint32_t off_mv)
{
    for (unsigned i = 0; i < count; i++) {
        struct vb_reading reading = next_reading();
        reading.pack_mv += off_mv;
        take(&reading);
    }
}

static void E6_a_sum_that_worsens_after_hundreds_of_sweeps_is_known_by_its_worst(void **state)
{
    (void)state;
    take_sum_off(256, 1500);
    take_sum_off(1, 2500);
    const struct vb_alarm *open =
        vb_alarms_open(&bench.alarms, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
    assert_non_null(open);
    assert_true(open->worst_value > 2.4f);
}

static void E6_an_absent_sensor_stays_absent_however_long(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        take_temperature(i % 2 == 0 ? -400 : VB_TEMP_NOT_AVAILABLE);
        if (i % 2 == 0)
            assert_int_equal(vb_alarms_sensor_is_absent(&bench.alarms, 0), i >= 19);
    }
    vb_alarms_readings_elsewhere(
        &bench.alarms); /* what is there when they come back is not known */
    take_temperature(-400);
    take_temperature(-400);
    assert_false(vb_alarms_sensor_is_absent(&bench.alarms, 0));
}

static void E6_a_reading_without_sensors_ends_no_alarm_of_them(void **state)
{
    (void)state;
    take_temperature(440);
    take_temperature(480);
    assert_int_equal(begun(VB_ALARM_TEMPERATURE_HIGH), 1);
    bench.count = 0;
    struct vb_reading reading = next_reading();
    reading.temp_count = 0;
    take(&reading);
    expect_nothing();
}

static void E6_readings_that_stop_after_the_first_are_told_in_time_whenever_that_was(void **state)
{
    (void)state;
    bench.sequence = 10000;
    take_quiet(1);
    const uint32_t stopped_ms = bench.alarms.limits.readings_stopped_ms;
    vb_alarms_tick(&bench.alarms, now_ms() + stopped_ms, wall_ms() + stopped_ms);
    fetch();
    expect_nothing();
    vb_alarms_tick(&bench.alarms, now_ms() + stopped_ms + 1, wall_ms() + stopped_ms + 1);
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
}

static float stopped_for(void)
{
    const struct vb_alarm *stopped =
        vb_alarms_open(&bench.alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    assert_non_null(stopped);
    return stopped->now_value;
}

/* Readings have stopped, and then the link is lost as well, at the moment that is returned. */
static uint32_t stop_and_lose_link(void)
{
    take_quiet(3);
    const uint32_t at_ms = now_ms() + bench.alarms.limits.readings_stopped_ms + 1;
    vb_alarms_tick(&bench.alarms, at_ms, wall_ms());
    fetch();
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, at_ms, wall_ms());
    fetch();
    return at_ms;
}

/* It continues alongside the lost link that came later, and still says for how long. */
static void readings_that_stopped_before_the_link_was_lost_are_counted_on(void **state)
{
    (void)state;
    const uint32_t at_ms = stop_and_lose_link();
    const float before = stopped_for();
    vb_alarms_tick(&bench.alarms, at_ms + 60000, wall_ms());
    fetch();
    assert_true(stopped_for() > before);
}

static void lose_link_for(uint32_t ms)
{
    const uint32_t lost_ms = now_ms();
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, lost_ms + 30000, wall_ms());
    fetch();
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, lost_ms + ms, wall_ms());
    fetch();
    bench.count = 0;
}

/* Afterwards beacons come first: readings are sent only to receivers that are heard. */
static void what_was_not_heard_while_the_link_was_lost_has_not_stopped(void **state)
{
    (void)state;
    take_quiet(3);
    const uint32_t stopped_ms = bench.alarms.limits.readings_stopped_ms;
    const uint32_t back_ms = now_ms() + 24 * 3600000;
    lose_link_for(24 * 3600000);
    vb_alarms_tick(&bench.alarms, back_ms + stopped_ms, wall_ms());
    fetch();
    expect_nothing();
    vb_alarms_tick(&bench.alarms, back_ms + stopped_ms + 1, wall_ms());
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
}

static void a_link_that_was_not_lost_is_no_reading(void **state)
{
    (void)state;
    take_quiet(3);
    const uint32_t stopped_ms = bench.alarms.limits.readings_stopped_ms;
    vb_alarms_link(&bench.alarms, VB_LINK_DEGRADED, now_ms() + stopped_ms - 1, wall_ms());
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, now_ms() + stopped_ms, wall_ms());
    vb_alarms_tick(&bench.alarms, now_ms() + stopped_ms + 1, wall_ms());
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
}

static void what_had_stopped_before_a_lost_link_is_counted_over_it(void **state)
{
    (void)state;
    const uint32_t at_ms = stop_and_lose_link();
    const float before = stopped_for();
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, at_ms + 300000, wall_ms());
    fetch();
    vb_alarms_tick(&bench.alarms, at_ms + 300000, wall_ms());
    fetch();
    assert_true(stopped_for() >= before + 300); /* seconds */
}

/* A day without a link, and a day of a receiver that was paused. */
static void one_long_gap_is_no_usual_interval(void **state)
{
    for (unsigned lost = 0; lost < 2; lost++) {
        (void)set_up(state);
        take_quiet(20);
        const uint32_t usual_ms = bench.alarms.interval_ms;
        if (lost != 0)
            lose_link_for(24 * 3600000);
        bench.sequence += 24 * 3600000 / usual_ms;
        take_quiet(1);
        assert_true(bench.alarms.interval_ms < 2 * usual_ms);
    }
}

static bool stopped_after(uint32_t ms)
{
    vb_alarms_tick(&bench.alarms, now_ms() + ms, wall_ms());
    fetch();
    return bench.count > 0 && bench.changes[0].alarm.kind == VB_ALARM_READINGS_STOPPED;
}

/* After a start no reading has arrived yet: whether one is missing is judged by the usual interval,
 * or if that is unknown, by the longest possible. */
static void what_never_came_has_stopped_when_it_is_overdue(void **state)
{
    static const struct {
        bool read;
        uint32_t usual_ms; /* 0: not known */
        uint32_t limit_ms;
    } cases[] = {{false, 0, 120000},     {true, 0, 3600000},   {false, 50000, 150000},
                 {true, 50000, 150000},  {true, 1000, 120000}, {false, 1000, 120000},
                 {true, 600000, 1800000}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        (void)set_up(state);
        if (cases[i].usual_ms != 0)
            vb_alarms_usual_interval(&bench.alarms, cases[i].usual_ms);
        vb_alarms_source(&bench.alarms, cases[i].read, now_ms());
        vb_alarms_source(&bench.alarms, cases[i].read, now_ms() + 1000); /* since the first */
        assert_false(stopped_after(cases[i].limit_ms));
        assert_true(stopped_after(cases[i].limit_ms + 1));
    }
}

static void after_one_reading_the_next_of_a_battery_that_is_read_may_be_an_hour_away(void **state)
{
    for (unsigned read = 0; read < 2; read++) {
        (void)set_up(state);
        take_quiet(1);
        vb_alarms_source(&bench.alarms, read != 0, now_ms());
        bench.count = 0;
        assert_int_equal(stopped_after(130000), read == 0);
    }
}

/* Readings that waited while a receiver slept arrive all at once. */
static void readings_in_one_moment_are_two_readings(void **state)
{
    (void)state;
    take_quiet(1);
    const struct vb_reading next = pack_reading(bench.sequence + 1);
    take(&next);
    vb_alarms_source(&bench.alarms, true, now_ms());
    bench.count = 0;
    assert_true(stopped_after(bench.alarms.limits.readings_stopped_ms + 1));
}

/* --- the balance ------------------------------------------------------------------------------ */

static void E6_one_calm_sweep_right_after_the_begin_ends_no_imbalance(void **state)
{
    (void)state;
    take_quiet(10);
    while (begun(VB_ALARM_IMBALANCE) == 0)
        take_off(1, 80);
    bench.count = 0;
    take_quiet(2);
    expect_nothing();
    take_quiet(1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_IMBALANCE, CELL);
}

/* Every other cell is lower by mv. */
static void take_split(unsigned count, int mv)
{
    for (unsigned i = 0; i < count; i++) {
        struct vb_reading reading = next_reading();
        for (unsigned cell = 0; cell < PACK_CELLS; cell += 2)
            reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] - mv);
        reading.pack_mv -= (uint32_t)(mv * PACK_CELLS / 2);
        take(&reading);
    }
}

static void E6_one_calm_sweep_right_after_the_begin_ends_no_spread(void **state)
{
    (void)state;
    unsigned sweeps = 0;
    while (begun(VB_ALARM_CELL_SPREAD) == 0 && sweeps++ < 100)
        take_split(1, 90);
    assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 1);
    bench.count = 0;
    take_split(3, 0);
    expect_nothing();
    take_split(1, 0);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
}

static void E6_a_value_that_is_doubted_is_not_what_an_imbalance_is_now(void **state)
{
    (void)state;
    take_quiet(10);
    while (vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL) == NULL)
        take_off(1, -80);
    take_off(1, 800);
    const struct vb_alarm *open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_true(open->now_value < 0);
}

static void E6_balance_is_relearnt_after_being_switched_off(void **state)
{
    (void)state;
    struct vb_alarm_limits limits = pack_limits();
    limits.balance.enabled = false;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(10);
    assert_int_equal(bench.alarms.balance.calm_sweeps, 0);
    limits.balance.enabled = true;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_quiet(1);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_TRAINING);
}

/* The result of a sweep while nothing has been judged yet. */
static void E6_what_sweeps_show_before_they_are_judged_is_of_believed_cells(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    for (unsigned cell = 0; cell < PACK_CELLS; cell++)
        reading.cell_mv[cell] = PACK_MV; /* not a millivolt between them */
    take(&reading);
    assert_int_equal(bench.alarms.unjudged.cell, 0);
    assert_int_equal(bench.alarms.unjudged.off_mv, 0);
    (void)set_up(state);
    reading = next_reading();
    reading.cell_mv[5] = 4400; /* no previous value, and beyond the limits */
    take(&reading);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_TRAINING);
    assert_int_not_equal(bench.alarms.unjudged.cell, 5);
}

static struct vb_reading leaning(int mv_a_cell)
{
    struct vb_reading reading = next_reading();
    for (unsigned cell = 0; cell < PACK_CELLS; cell++)
        reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] + (int)cell * mv_a_cell);
    return reading;
}

static void E6_a_torn_sweep_shows_something_before_the_training_is_over_alone(void **state)
{
    (void)state;
    struct vb_reading reading = leaning(3);
    take(&reading);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_GRADIENT);
    assert_true(bench.alarms.unjudged.off_mv > 15 || bench.alarms.unjudged.off_mv < -15);
    (void)set_up(state);
    take_quiet(10);
    reading = leaning(3);
    take(&reading);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_GRADIENT);
    assert_in_range(bench.alarms.unjudged.off_mv + 5, 0, 10);
    (void)set_up(state);
    reading = next_reading();
    reading.current_ma = -60000; /* what the load does is no reason */
    reading.cell_mv[CELL] = (uint16_t)(reading.cell_mv[CELL] - 50);
    take(&reading);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_LOAD);
    assert_int_equal(bench.alarms.unjudged.cell, VB_ALARM_NOWHERE);
    (void)set_up(state);
    take_quiet(2);
    reading = next_reading();
    for (unsigned cell = 0; cell < PACK_CELLS; cell++) /* without a lean */
        reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] - ((cell + 1) / 2 % 2) * 90);
    take(&reading);
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_JUMPED);
    assert_true(bench.alarms.unjudged.off_mv > 35 || bench.alarms.unjudged.off_mv < -35);
}

/* --- slots ------------------------------------------------------------------------------------ */

static void an_alarm_without_a_value_takes_the_first_that_comes_as_its_worst(void **state)
{
    (void)state;
    struct vb_alarm alarm = {.kind = VB_ALARM_CELL_UNDER_VOLTAGE,
                             .level = VB_ALARM_INFO,
                             .cell = CELL,
                             .worst_value = NAN};
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    static const int16_t cell_mv[] = {2795, 2790, 2793};
    static const float worst_mv[] = {2795, 2790, 2790};
    for (size_t i = 0; i < VB_COUNT_OF(cell_mv); i++) {
        struct vb_reading reading = next_reading();
        pack_move(&reading, 2850 - PACK_MV);
        reading.cell_mv[CELL] = (uint16_t)cell_mv[i];
        take_again(&reading, 2);
        const struct vb_alarm *open =
            vb_alarms_open(&bench.alarms, VB_ALARM_CELL_UNDER_VOLTAGE, CELL);
        assert_non_null(open);
        assert_float_equal(open->worst_value, worst_mv[i], 0.01f);
    }
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), wall_ms());
    fetch();
    const struct vb_alarm *lost =
        vb_alarms_open(&bench.alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    assert_true(isnan(lost->now_value) && isnan(lost->worst_value));
}

/* Its worst value is the one it was raised for, not one that is within the limit by now. */
static void an_imbalance_has_no_worst_value_that_is_no_imbalance(void **state)
{
    (void)state;
    const struct vb_alarm alarm = {
        .kind = VB_ALARM_IMBALANCE, .level = VB_ALARM_WARNING, .cell = CELL, .worst_value = NAN};
    take_quiet(10);
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    take_off(1, -10);
    const struct vb_alarm *open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_true(open != NULL && isnan(open->worst_value) && !isnan(open->now_value));
    take_off(8, -80);
    open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_true(open != NULL && open->worst_value < -70);
}

static void a_clock_that_is_set_moves_what_has_a_date_and_nothing_else(void **state)
{
    (void)state;
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, 1000, 0);
    fetch();
    vb_alarms_clock_was_set(&bench.alarms, 3600 * 1000);
    const struct vb_alarm *lost =
        vb_alarms_open(&bench.alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    assert_int_equal(lost->worst_wall_ms, 0);
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, 2000, pack_wall_ms);
    fetch();
    const uint64_t worst_ms = lost->worst_wall_ms;
    assert_int_equal(worst_ms, pack_wall_ms - 1000);
    vb_alarms_clock_was_set(&bench.alarms, 3600 * 1000);
    assert_int_equal(lost->worst_wall_ms, worst_ms + 3600 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(E6_the_first_voltage_of_a_pack_is_measured_by_its_limits),
        cmocka_unit_test_setup(what_was_not_heard_while_the_link_was_lost_has_not_stopped, set_up),
        cmocka_unit_test_setup(a_link_that_was_not_lost_is_no_reading, set_up),
        cmocka_unit_test_setup(what_had_stopped_before_a_lost_link_is_counted_over_it, set_up),
        cmocka_unit_test_setup(one_long_gap_is_no_usual_interval, set_up),
        cmocka_unit_test_setup(readings_in_one_moment_are_two_readings, set_up),
        cmocka_unit_test_setup(what_never_came_has_stopped_when_it_is_overdue, set_up),
        cmocka_unit_test_setup(
            after_one_reading_the_next_of_a_battery_that_is_read_may_be_an_hour_away, set_up),
        cmocka_unit_test_setup(readings_that_stopped_before_the_link_was_lost_are_counted_on,
                               set_up),
        cmocka_unit_test_setup(E6_a_voltage_within_the_limits_that_came_from_nowhere_waits, set_up),
        cmocka_unit_test(E6_the_first_temperature_is_measured_by_its_limits),
        cmocka_unit_test_setup(E6_a_temperature_within_the_limits_that_came_from_nowhere_waits,
                               set_up),
        cmocka_unit_test_setup(E6_a_cell_that_comes_back_contradicts_nothing, set_up),
        cmocka_unit_test_setup(E6_a_load_that_comes_and_goes_contradicts_nothing, set_up),
        cmocka_unit_test_setup(E6_a_summary_of_three_cells_is_not_held_against_the_pack, set_up),
        cmocka_unit_test_setup(E6_limits_of_a_pack_of_unknown_size_hold_for_any, set_up),
        cmocka_unit_test_setup(E6_a_sum_that_worsens_after_hundreds_of_sweeps_is_known_by_its_worst,
                               set_up),
        cmocka_unit_test_setup(E6_an_absent_sensor_stays_absent_however_long, set_up),
        cmocka_unit_test_setup(E6_a_reading_without_sensors_ends_no_alarm_of_them, set_up),
        cmocka_unit_test_setup(
            E6_readings_that_stop_after_the_first_are_told_in_time_whenever_that_was, set_up),
        cmocka_unit_test_setup(E6_one_calm_sweep_right_after_the_begin_ends_no_imbalance, set_up),
        cmocka_unit_test_setup(E6_one_calm_sweep_right_after_the_begin_ends_no_spread, set_up),
        cmocka_unit_test_setup(E6_a_value_that_is_doubted_is_not_what_an_imbalance_is_now, set_up),
        cmocka_unit_test_setup(E6_balance_is_relearnt_after_being_switched_off, set_up),
        cmocka_unit_test_setup(E6_what_sweeps_show_before_they_are_judged_is_of_believed_cells,
                               set_up),
        cmocka_unit_test_setup(E6_a_torn_sweep_shows_something_before_the_training_is_over_alone,
                               set_up),
        cmocka_unit_test_setup(an_alarm_without_a_value_takes_the_first_that_comes_as_its_worst,
                               set_up),
        cmocka_unit_test_setup(an_imbalance_has_no_worst_value_that_is_no_imbalance, set_up),
        cmocka_unit_test_setup(a_clock_that_is_set_moves_what_has_a_date_and_nothing_else, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
