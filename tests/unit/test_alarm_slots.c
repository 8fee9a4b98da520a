/* The table of open alarms: what it keeps when there is no room, and a clock that is set late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "../../pack/src/alarms_parts.h"
#include "../fixtures/alarms_bench.h"

enum { FEW_SLOTS = VB_ALARM_SLOTS_MIN + 2 }; /* three of them for cells */

static void set_up_few(void)
{
    const struct vb_alarm_limits limits = pack_limits();
    vb_alarms_init(&bench.alarms, &limits, bench.slots, FEW_SLOTS);
}

/* The first `count` cells above their limit: by 5 mV, which is an info, or by 50, an alert. */
static void take_over(unsigned count, unsigned alerts)
{
    struct vb_reading reading = next_reading();
    pack_move(&reading, 4150 - PACK_MV);
    for (unsigned cell = 0; cell < count; cell++)
        reading.cell_mv[cell] = cell < alerts ? 4250 : 4205;
    take_again(&reading, 2);
}

static unsigned count_open(void)
{
    unsigned count = 0;
    while (vb_alarms_at(&bench.alarms, count) != NULL)
        count++;
    return count;
}

/* --- no room ---------------------------------------------------------------------------------- */

static void E6_an_alarm_without_a_slot_is_counted_and_reported_once_there_is_room(void **state)
{
    (void)state;
    set_up_few();
    take_over(5, 0);
    assert_int_equal(bench.count, 3);
    assert_int_equal(bench.alarms.without_place, 2);
    bench.count = 0;
    take_over(0, 0);
    take_over(0, 0);
    assert_int_equal(bench.count, 3);
    assert_int_equal(bench.changes[0].step, VB_ALARM_ENDED);
    assert_int_equal(bench.alarms.without_place, 0);
    bench.count = 0;
    take_over(2, 0);
    assert_int_equal(bench.count, 2);
    assert_int_equal(bench.changes[0].step, VB_ALARM_BEGAN);
}

static void E6_an_alert_takes_the_place_of_an_info_and_an_alarm_of_the_pack_always_has_one(
    void **state)
{
    (void)state;
    set_up_few();
    take_over(3, 0);
    assert_int_equal(begun(VB_ALARM_CELL_OVER_VOLTAGE), 3);
    bench.count = 0;
    struct vb_reading reading = next_reading();
    pack_move(&reading, 4150 - PACK_MV);
    for (unsigned cell = 0; cell < 4; cell++)
        reading.cell_mv[cell] = cell == 3 ? 4240 : 4205;
    take_again(&reading, 3);
    assert_int_equal(bench.count, 2);
    assert_int_equal(bench.changes[0].step, VB_ALARM_ENDED);
    assert_int_equal(bench.changes[0].alarm.level, VB_ALARM_INFO);
    assert_int_equal(bench.changes[1].step, VB_ALARM_BEGAN);
    assert_int_equal(bench.changes[1].alarm.cell, 3);
    bench.count = 0;
    take_again(&reading, 4); /* nobody pushes anybody out again */
    expect_nothing();
    assert_true(bench.alarms.without_place > 0);
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), wall_ms());
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
}

/* A cell whose alarm made way is still known to be missing: the rest is judged without it. */
static void E6_an_imbalance_that_found_no_slot_begins_with_the_next_judged_sweep(void **state)
{
    (void)state;
    set_up_few();
    take_quiet(10);
    for (unsigned i = 0; i < 30; i++) {
        struct vb_reading reading = next_reading();
        for (unsigned cell = 0; cell < 3; cell++)
            reading.cell_mv[cell] = VB_CELL_NOT_AVAILABLE;
        reading.cell_mv[CELL] = (uint16_t)(reading.cell_mv[CELL] - 60);
        take(&reading);
        assert_int_equal(begun(VB_ALARM_CELL_NOT_AVAILABLE), i < 9 ? 0 : 3);
    }
    assert_int_equal(begun(VB_ALARM_IMBALANCE), 1);
    assert_int_equal(bench.count, 5); /* and one of the three made way */
    assert_int_equal(bench.alarms.without_place, 1);
}

static void open_alarms_are_found_named_and_listed(void **state)
{
    (void)state;
    take_over(3, 1);
    assert_int_equal(count_open(), 3);
    vb_alarms_name(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, 1, 77);
    vb_alarms_name(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, 5, 78); /* is not open */
    vb_alarms_name(&bench.alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE, 79);
    assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, 1)->id, 77);
    assert_null(vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, 5));
    bench.count = 0;
    take_over(0, 0);
    assert_int_equal(bench.count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bench.changes[i].alarm.id, bench.changes[i].alarm.cell == 1 ? 77 : 0);
    assert_int_equal(count_open(), 0);
}

static void a_restored_alarm_finds_a_slot_or_is_refused(void **state)
{
    struct vb_alarm alarm = {.kind = VB_ALARM_IMBALANCE, .worst_value = -50, .now_value = -50};
    (void)state;
    set_up_few();
    for (uint8_t cell = 0; cell < 4; cell++) {
        alarm.cell = cell;
        assert_int_equal(vb_alarms_restore(&bench.alarms, &alarm), cell < 3);
    }
    alarm = (struct vb_alarm){
        .kind = VB_ALARM_LINK_LOST, .cell = VB_ALARM_NOWHERE, .worst_value = (float)NAN, .id = 5};
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE)->id, 5);
}

/* --- a clock that is set late ----------------------------------------------------------------- */

static void E6_what_began_before_the_clock_was_set_is_dated_when_it_is(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    limits.balance.enabled = false;
    vb_alarms_set_limits(&bench.alarms, &limits);
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 4300;
    for (unsigned i = 0; i < 21; i++) {
        reading.sequence = ++bench.sequence;
        reading.cell_mv[CELL] = i == 5 ? 4310 : 4300;
        vb_alarms_reading(&bench.alarms, &reading, now_ms(), 0);
        fetch();
    }
    const struct vb_alarm *alarm = expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    assert_int_equal(alarm->begin_wall_ms, 0);
    assert_int_equal(alarm->begin_ms, now_ms() - 19 * PACK_INTERVAL_MS);
    take_again(&reading, 1); /* and now it is known how late it is */
    alarm = expect_change(VB_ALARM_DATED, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    assert_int_equal(alarm->begin_wall_ms, wall_ms() - 20 * PACK_INTERVAL_MS);
    assert_int_equal(alarm->worst_wall_ms, wall_ms() - 16 * PACK_INTERVAL_MS);
    take_again(&reading, 5);
    expect_nothing();
}

/* The clock is set between two ticks, by the reading that ends it, or never. */
static void E6_a_silence_that_began_without_a_clock_is_dated_however_it_continues(void **state)
{
    const struct vb_reading reading = next_reading();
    const uint32_t begin_ms = now_ms();
    (void)state;
    vb_alarms_reading(&bench.alarms, &reading, begin_ms, 0);
    vb_alarms_tick(&bench.alarms, begin_ms + 125000, 0);
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    bench.sequence += 200;
    take_quiet(1);
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_ENDED, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->begin_wall_ms, pack_wall_ms + begin_ms + 125000);
    assert_int_equal(alarm->end_wall_ms, wall_ms());

    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), 0);
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, now_ms() + 2000, 0);
    fetch();
    alarm = expect_change(VB_ALARM_ENDED, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->end_wall_ms, 0);
    assert_int_equal(alarm->begin_ms, now_ms());
    vb_alarms_link(&bench.alarms, VB_LINK_CONNECTED, now_ms() + 3000, wall_ms());
    fetch();
    expect_nothing();
}

/* A cell that made way finds its own slot taken in the very same sweep. */
static void E6_what_made_way_is_counted_in_the_same_sweep(void **state)
{
    (void)state;
    set_up_few();
    struct vb_reading reading = next_reading();
    pack_move(&reading, 4150 - PACK_MV);
    for (unsigned cell = 3; cell < 6; cell++)
        reading.cell_mv[cell] = 4205;
    take_again(&reading, 2);
    bench.count = 0;
    reading.cell_mv[0] = 4240;
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_OVER_VOLTAGE, 3);
    assert_int_equal(bench.alarms.without_place, 2);
    take_again(&reading, 1);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_OVER_VOLTAGE, 0);
    assert_int_equal(bench.alarms.without_place, 1);
}

/* Two of three make way for two of four; and what was dated in the same call is told once. */
static void E6_the_least_make_way_and_no_more_than_are_needed(void **state)
{
    (void)state;
    set_up_few();
    take_over(3, 1);
    bench.count = 0;
    struct vb_reading reading = next_reading();
    pack_move(&reading, 4150 - PACK_MV);
    for (unsigned cell = 0; cell < 5; cell++)
        reading.cell_mv[cell] = cell == 0 || cell >= 3 ? 4240 : 4205;
    take_again(&reading, 3);
    assert_int_equal(begun(VB_ALARM_CELL_OVER_VOLTAGE), 2);
    assert_int_equal(bench.count, 4);
    for (unsigned cell = 0; cell < 5; cell++)
        assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, cell) != NULL,
                         cell == 0 || cell >= 3);
    assert_int_equal(bench.alarms.without_place, 2);
}

static void raise_imbalance(unsigned cell, enum vb_alarm_level level)
{
    const struct vb_alarm_finding finding =
        vb_alarm_finding_of(VB_ALARM_IMBALANCE, level, cell, -80000, -30000);
    vb_alarms_raise(&bench.alarms, &finding);
}

/* One made way for an alert and one for a warning: both slots wait for an alert first. */
static void E6_what_made_way_is_kept_for_the_most_serious_that_asked(void **state)
{
    (void)state;
    set_up_few();
    for (unsigned cell = 0; cell < 3; cell++)
        raise_imbalance(cell, VB_ALARM_INFO);
    fetch();
    raise_imbalance(3, VB_ALARM_ALERT);
    raise_imbalance(4, VB_ALARM_WARNING);
    fetch();
    take_quiet(1);
    raise_imbalance(4, VB_ALARM_WARNING);
    raise_imbalance(5, VB_ALARM_WARNING);
    raise_imbalance(3, VB_ALARM_ALERT);
    assert_non_null(vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, 3));
    assert_null(vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, 4));
}

static void a_restored_value_that_no_pack_has_is_not_compared_with(void **state)
{
    const struct vb_alarm alarm = {
        .kind = VB_ALARM_CELL_OVER_VOLTAGE, .cell = CELL, .worst_value = 1e9f, .begin_wall_ms = 7};
    (void)state;
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    assert_false(vb_alarms_restore(&bench.alarms, &alarm));
    struct vb_reading reading = next_reading();
    reading.cell_mv[CELL] = 4300;
    take_again(&reading, 2);
    const struct vb_alarm *open = vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, CELL);
    assert_true(open->worst_value == 4300 && open->begin_wall_ms == 7);
}

/* One alarm is dated already when the clock is lost and found again. */
static void only_what_has_no_date_is_dated(void **state)
{
    (void)state;
    take_over(1, 0);
    bench.count = 0;
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), 0);
    fetch();
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    vb_alarms_tick(&bench.alarms, now_ms() + 1000, wall_ms() + 1000);
    fetch();
    const struct vb_alarm *alarm =
        expect_change(VB_ALARM_DATED, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    assert_int_equal(alarm->begin_wall_ms, wall_ms());
}

/* What an earlier start knew of it, or that it knew nothing, stays; and so does what has a date by
 * a clock that was another. */
static void what_was_worst_before_this_start_is_not_dated_by_it(void **state)
{
    struct vb_alarm alarm = {
        .kind = VB_ALARM_IMBALANCE, .worst_value = -50, .begin_wall_ms = 5, .worst_wall_ms = 7};
    (void)state;
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    alarm.cell = 1;
    alarm.worst_wall_ms = 0;
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    take_over(1, 0);
    const struct vb_alarm *over = vb_alarms_open(&bench.alarms, VB_ALARM_CELL_OVER_VOLTAGE, 0);
    assert_non_null(over);
    const uint64_t over_worst_ms = over->worst_wall_ms;
    vb_alarms_link(&bench.alarms, VB_LINK_OFFLINE, now_ms(), 0);
    fetch();
    vb_alarms_tick(&bench.alarms, now_ms() + 1000, wall_ms() + 3600000);
    assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, 0)->worst_wall_ms, 7);
    assert_int_equal(vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, 1)->worst_wall_ms, 0);
    assert_int_equal(over->worst_wall_ms, over_worst_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            E6_an_alarm_without_a_slot_is_counted_and_reported_once_there_is_room, set_up),
        cmocka_unit_test_setup(
            E6_an_alert_takes_the_place_of_an_info_and_an_alarm_of_the_pack_always_has_one, set_up),
        cmocka_unit_test_setup(E6_an_imbalance_that_found_no_slot_begins_with_the_next_judged_sweep,
                               set_up),
        cmocka_unit_test_setup(open_alarms_are_found_named_and_listed, set_up),
        cmocka_unit_test_setup(a_restored_alarm_finds_a_slot_or_is_refused, set_up),
        cmocka_unit_test_setup(E6_what_began_before_the_clock_was_set_is_dated_when_it_is, set_up),
        cmocka_unit_test_setup(
            E6_a_silence_that_began_without_a_clock_is_dated_however_it_continues, set_up),
        cmocka_unit_test_setup(E6_what_made_way_is_counted_in_the_same_sweep, set_up),
        cmocka_unit_test_setup(E6_the_least_make_way_and_no_more_than_are_needed, set_up),
        cmocka_unit_test_setup(E6_what_made_way_is_kept_for_the_most_serious_that_asked, set_up),
        cmocka_unit_test_setup(a_restored_value_that_no_pack_has_is_not_compared_with, set_up),
        cmocka_unit_test_setup(only_what_has_no_date_is_dated, set_up),
        cmocka_unit_test_setup(what_was_worst_before_this_start_is_not_dated_by_it, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
