/* Cells compared with each other: packs in two groups, several weak cells, sweeps torn by a load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/alarms_bench.h"

/* A number of sweeps in which the cells of the mask are lower by mv. */
static void take_lowered(unsigned count, uint32_t mask, int mv)
{
    for (unsigned i = 0; i < count; i++) {
        struct vb_reading reading = next_reading();
        for (unsigned cell = 0; cell < PACK_CELLS; cell++) {
            if ((mask >> cell & 1) != 0) {
                reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] - mv);
                reading.pack_mv -= (uint32_t)mv;
            }
        }
        take(&reading);
    }
}

/* --- groups ----------------------------------------------------------------------------------- */

static const uint32_t every_other = 0x5555;
static const uint32_t lower_half = 0x00ff;

static void E6_half_a_pack_far_from_the_other_half_is_an_alarm_of_the_pack(void **state)
{
    static const int distances_mv[] = {70, 100, 200, 400, 850};
    for (unsigned i = 0; i < 2 * VB_COUNT_OF(distances_mv); i++) {
        const int mv = distances_mv[i / 2];
        (void)set_up(state);
        take_quiet(10);
        take_lowered(10, i % 2 == 0 ? every_other : lower_half, mv);
        const struct vb_alarm *alarm =
            expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
        assert_int_equal(alarm->level, mv >= 200 ? VB_ALARM_ALERT : VB_ALARM_WARNING);
        assert_true(alarm->now_value >= (float)mv && alarm->now_value <= (float)mv + 3);
        take_lowered(50, i % 2 == 0 ? every_other : lower_half, mv);
        expect_nothing();
        take_quiet(15);
        (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
    }
}

/* A pack that was like this when first seen, and one whose half sinks so slowly that no sweep ever
 * differs from the previous one. */
static void E6_a_pack_is_in_two_groups_however_it_came_to_be(void **state)
{
    (void)state;
    take_lowered(10, every_other, 850);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
    (void)set_up(state);
    for (int mv = 0; mv < 400; mv++)
        take_lowered(1, lower_half, mv);
    assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 1);
    const struct vb_alarm *open =
        vb_alarms_open(&bench.alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
    assert_int_equal(open->level, VB_ALARM_ALERT);
    assert_true(open->worst_value >= 399);
}

static void E6_a_cell_is_found_beside_another_that_is_worse(void **state)
{
    (void)state;
    take_quiet(10);
    take_lowered(1, 1 << 3 | 1 << 12, 30);
    take_lowered(20, 1 << 3, 60);
    bench.count = 0;
    (void)set_up(state);
    take_quiet(10);
    for (unsigned i = 0; i < 12; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[3] = (uint16_t)(reading.cell_mv[3] - 400);
        reading.cell_mv[12] = (uint16_t)(reading.cell_mv[12] - 40);
        take(&reading);
    }
    assert_int_equal(begun(VB_ALARM_IMBALANCE), 2);
    assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 0); /* the two explain it */
}

static void E6_a_module_names_the_pack_and_no_cells_at_random(void **state)
{
    static const uint32_t masks[] = {0xf, 0x1f, 0xf0f0, 0x7f};
    static const int distances_mv[] = {100, 150, 400};
    for (unsigned i = 0; i < VB_COUNT_OF(masks) * VB_COUNT_OF(distances_mv); i++) {
        const uint32_t mask = masks[i / VB_COUNT_OF(distances_mv)];
        (void)set_up(state);
        take_quiet(10);
        take_lowered(40, mask, distances_mv[i % VB_COUNT_OF(distances_mv)]);
        assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 1);
        assert_int_equal(begun(VB_ALARM_IMBALANCE), 0);
    }
}

static void E6_switching_the_balance_off_ends_what_it_raised(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    (void)state;
    take_lowered(10, every_other, 100);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
    limits.balance.enabled = false;
    vb_alarms_set_limits(&bench.alarms, &limits);
    take_lowered(1, every_other, 100);
    (void)expect_change(VB_ALARM_ENDED, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
}

/* --- values ----------------------------------------------------------------------------------- */

static void E6_an_alarm_knows_its_value_now_its_worst_and_when_that_was(void **state)
{
    (void)state;
    take_quiet(10);
    take_off(10, -80);
    take_off(1, -90);
    const uint64_t worst_wall_ms = wall_ms();
    take_off(20, -40);
    bench.count = 0;
    const struct vb_alarm *open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_true(open->worst_value < -85 && open->now_value > -45 && open->now_value < -35);
    assert_int_equal(open->worst_wall_ms, worst_wall_ms);
    take_off(1, -10); /* within the warning, but not for three sweeps */
    open = vb_alarms_open(&bench.alarms, VB_ALARM_IMBALANCE, CELL);
    assert_true(open->now_value > -15 && open->worst_value < -80);
    take_off(2, -10);
    const struct vb_alarm *ended = expect_change(VB_ALARM_ENDED, VB_ALARM_IMBALANCE, CELL);
    assert_true(ended->worst_value < -80 && ended->now_value > -15);
}

static void E6_what_calm_sweeps_show_before_they_are_judged_is_known(void **state)
{
    (void)state;
    assert_int_equal(vb_alarms_calm_needed(&bench.alarms), 8);
    assert_int_equal(bench.alarms.unjudged.cell, VB_ALARM_NOWHERE);
    take_off(1, -700);
    assert_int_equal(bench.alarms.balance.calm_sweeps, 0); /* the cause is unknown */
    assert_int_equal(bench.alarms.unjudged.cell, CELL);
    assert_in_range(-bench.alarms.unjudged.off_mv, 650, 660); /* the mean is lower by a sixteenth */
    take_off(8, -700);
    assert_int_equal(bench.alarms.balance.calm_sweeps, 8);
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_IMBALANCE, CELL);
}

/* --- torn sweeps ------------------------------------------------------------------------------ */

/* CELL happens to read the same in a number of sweeps at rest. */
static struct vb_reading rest_at_one_value(void)
{
    struct vb_reading reading = next_reading();
    take(&reading);
    for (unsigned i = 0; i < 40; i++) {
        const uint16_t mv = reading.cell_mv[CELL];
        reading = next_reading();
        reading.cell_mv[CELL] = mv;
        take(&reading);
    }
    expect_nothing();
    return reading;
}

/* The load comes on after CELL was measured: all cells after it are lower. */
static struct vb_reading torn_behind_cell(struct vb_reading reading, int32_t current_ma, int mv)
{
    reading.sequence = ++bench.sequence;
    reading.current_ma = current_ma;
    for (unsigned i = CELL + 1; i < PACK_CELLS; i++)
        reading.cell_mv[i] = (uint16_t)(reading.cell_mv[i] - mv);
    return reading;
}

/* All but CELL are lower. */
static struct vb_reading torn_beside_cell(struct vb_reading reading, int32_t current_ma, int mv)
{
    const uint16_t held_mv = reading.cell_mv[CELL];
    reading.sequence = ++bench.sequence;
    reading.current_ma = current_ma;
    pack_move(&reading, -mv);
    reading.cell_mv[CELL] = held_mv;
    return reading;
}

static void E6_a_torn_sweep_after_a_long_rest_makes_no_cell_frozen(void **state)
{
    (void)state;
    struct vb_reading reading = rest_at_one_value();
    reading = torn_behind_cell(reading, -15000, 60);
    take(&reading);
    assert_true(bench.alarms.sweep.torn);
    expect_nothing();
    struct vb_reading loaded = next_reading();
    pack_move(&loaded, -60);
    loaded.current_ma = -15000;
    take_again(&loaded, 30);
    expect_nothing();
}

/* Loads that come on during two sweeps in a row and are off between them, like a heater's: the
 * first cells never see one. What the current shows depends on when it is read. */
static void E6_loads_that_come_and_go_within_sweeps_make_no_cell_frozen(void **state)
{
    static const int32_t currents_ma[][2] = {
        {-15000, 0}, /* at the end of the first, and at the beginning of the second */
        {0, 0},      /* never */
        {-15000, -15000}};
    static const int drops_mv[] = {15, 60};
    for (size_t i = 0; i < 2 * VB_COUNT_OF(currents_ma); i++) {
        (void)set_up(state);
        struct vb_reading rest = rest_at_one_value();
        for (unsigned round = 0; round < 3; round++) {
            for (unsigned k = 0; k < 2; k++) {
                const struct vb_reading torn =
                    torn_behind_cell(rest, currents_ma[i / 2][k], drops_mv[i % 2]);
                take(&torn);
            }
            take_again(&rest, 4);
        }
        assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
    }
}

/* All but the first two have seen the load, which this sweep's current does not show yet. */
static void E6_a_current_that_comes_a_sweep_late_makes_no_cell_frozen(void **state)
{
    (void)state;
    struct vb_reading reading = rest_at_one_value();
    reading.cell_mv[0] = PACK_MV;
    take_again(&reading, 25);
    struct vb_reading torn = reading;
    torn.sequence = ++bench.sequence;
    for (unsigned i = 1; i < PACK_CELLS; i++)
        torn.cell_mv[i] = (uint16_t)(torn.cell_mv[i] - 15);
    take(&torn);
    assert_false(bench.alarms.sweep.torn);
    assert_true(bench.alarms.sweep.doubtful);
    pack_move(&reading, -15);
    reading.current_ma = -15000;
    take_again(&reading, 20);
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
}

/* The last cells are back at rest before the current has ended: that explains their value. */
static void E6_a_value_taken_as_a_load_ends_is_not_frozen_by_it(void **state)
{
    (void)state;
    const struct vb_reading rest = rest_at_one_value();
    struct vb_reading loaded = rest;
    pack_move(&loaded, -60);
    loaded.current_ma = -15000;
    take_again(&loaded, 10);
    loaded.cell_mv[PACK_CELLS - 1] = rest.cell_mv[PACK_CELLS - 1];
    take_again(&loaded, 1);
    struct vb_reading again = rest;
    take_again(&again, 30);
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
}

/* Whether a torn sweep counts against CELL, whose neighbours were and are this far from it. */
static bool torn_sweep_counts(const int8_t were_mv[2], const int are_mv[2])
{
    struct vb_reading torn = rest_at_one_value();
    struct vb_cell_watch *watch = &bench.alarms.cells[CELL];
    torn = torn_beside_cell(torn, -15000, 60);
    for (unsigned side = 0; side < 2; side++) {
        watch->beside_mv[side] = were_mv[side];
        const unsigned beside = CELL - 1 + 2 * side;
        torn.cell_mv[beside] = (uint16_t)(torn.cell_mv[CELL] + are_mv[side]);
        bench.alarms.cells[beside].mv = torn.cell_mv[beside]; /* so that it is not doubted */
    }
    watch->mean_min = watch->mean_max = 1; /* far away */
    take(&torn);
    return watch->torn_moves == 1;
}

static void E6_a_torn_sweep_counts_where_those_beside_the_cell_have_moved(void **state)
{
    static const struct {
        int8_t were_mv[2];
        int are_mv[2];
        bool counts;
    } cases[] = {
        {{2, -2}, {-60, -60}, true},  {{2, -2}, {-6, -10}, true},
        {{2, -2}, {-5, -60}, false}, /* 7 mV: less than three quarters of 10 */
        {{2, -2}, {-60, -2}, false},  {{VB_BESIDE_UNKNOWN, -2}, {0, -60}, true},
        {{2, -2}, {-200, -60}, true}, /* farther than is kept */
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        (void)set_up(state);
        assert_int_equal(torn_sweep_counts(cases[i].were_mv, cases[i].are_mv), cases[i].counts);
    }
}

/* The value comes from the torn sweep itself, so its mean is no reference. */
static void E6_a_value_taken_in_a_torn_sweep_is_not_frozen_by_it(void **state)
{
    (void)state;
    take_quiet(30);
    struct vb_reading reading = torn_behind_cell(next_reading(), -15000, 60);
    for (unsigned i = 0; i <= CELL; i++)
        reading.cell_mv[i] = (uint16_t)(reading.cell_mv[i] - (i == CELL ? 60 : 0));
    take(&reading);
    for (unsigned i = 0; i < 40; i++) {
        struct vb_reading loaded = next_reading();
        pack_move(&loaded, -60);
        loaded.current_ma = -15000;
        loaded.cell_mv[CELL] = reading.cell_mv[CELL];
        take(&loaded);
    }
    expect_nothing();
}

/* A missing cell moves the mean of the rest: that is no movement either. */
static void E6_a_missing_cell_makes_no_other_frozen(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 40; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[CELL] = PACK_MV;
        reading.cell_mv[0] = i % 2 == 0 ? 3200 : VB_CELL_NOT_AVAILABLE;
        take(&reading);
    }
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
}

/* Losing a low cell lifts the mean of the rest for good: nothing has moved. */
static void E6_a_cell_that_is_lost_or_doubted_makes_no_other_frozen(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.cell_mv[0] = 3300;
    take_again(&reading, 10);
    reading.cell_mv[0] = VB_CELL_NOT_AVAILABLE;
    take_again(&reading, 40);
    reading.cell_mv[0] = 3300;
    take_again(&reading, 3);
    reading.cell_mv[0] = 4190;
    take_again(&reading, 1);
    reading.cell_mv[0] = 3300;
    take_again(&reading, 40);
    assert_int_equal(begun(VB_ALARM_CELL_NOT_AVAILABLE), 1);
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
}

/* A low cell and a high one: whichever is missing, there are as many as in the previous sweep. */
static void E6_cells_that_are_lost_by_turns_make_no_other_frozen(void **state)
{
    struct vb_alarm_limits limits = pack_limits();
    for (unsigned off = 0; off < 2; off++) {
        (void)set_up(state);
        limits.balance.enabled =
            off == 0; /* a cell is frozen whether the balance is judged or not */
        vb_alarms_set_limits(&bench.alarms, &limits);
        for (unsigned i = 0; i < 40; i++) {
            struct vb_reading reading = next_reading();
            reading.cell_mv[0] = i % 2 == 0 ? 3000 : VB_CELL_NOT_AVAILABLE;
            reading.cell_mv[1] = i % 2 != 0 ? 4150 : VB_CELL_NOT_AVAILABLE;
            reading.cell_mv[CELL] = PACK_MV;
            /* Its neighbours are too far off to say anything in its favour. */
            reading.cell_mv[CELL - 1] = reading.cell_mv[CELL + 1] = PACK_MV + 150;
            take(&reading);
        }
        assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 0);
    }
}

static void E6_a_cell_that_misses_every_load_is_frozen(void **state)
{
    (void)state;
    struct vb_reading reading = rest_at_one_value();
    const uint16_t mv = reading.cell_mv[CELL];
    for (unsigned i = 0; i < 8; i++) {
        reading = next_reading();
        if (i % 2 == 0) {
            pack_move(&reading, -50);
            reading.current_ma = -20000;
        }
        reading.cell_mv[CELL] = mv;
        take(&reading);
        if (i < 4)
            expect_nothing();
    }
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_FROZEN_VALUE, CELL);
}

/* Down instead of up, and in a cell that holds its value. */
static void E6_a_frozen_cell_is_found_while_a_load_lasts_that_came_in_torn_sweeps(void **state)
{
    (void)state;
    struct vb_reading reading = rest_at_one_value();
    const uint16_t mv = reading.cell_mv[CELL];
    for (unsigned i = 0; i < 4; i++) {
        reading = next_reading();
        pack_move(&reading, -20 * ((int)i + 1));
        reading.current_ma = -10000 * ((int)i + 1);
        reading.cell_mv[CELL] = mv;
        take(&reading);
    }
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 1);
    take_quiet(3);
    bench.count = 0;
    reading = rest_at_one_value();
    for (unsigned i = 0; i < 3; i++) {
        reading.current_ma = 10000 * ((int)i + 1);
        const uint16_t held_mv = reading.cell_mv[CELL];
        pack_move(&reading, 20);
        reading.cell_mv[CELL] = held_mv;
        take_again(&reading, 1);
    }
    assert_int_equal(begun(VB_ALARM_FROZEN_VALUE), 1);
}

/* In eighths of a millivolt. */
static uint16_t mean_without_cell(const struct vb_cell_series *series, uint16_t mv)
{
    const int32_t others_uv = series->mean_uv * series->count - mv * 1000;
    return (uint16_t)((others_uv / (series->count - 1) + 62) / 125);
}

/* Where the others were while CELL held its value, and what a torn sweep adds to that. */
static void E6_what_a_torn_sweep_and_the_one_before_have_in_common_counts(void **state)
{
    (void)state;
    static struct bench before_it;
    struct vb_reading torn = rest_at_one_value();
    torn = torn_beside_cell(torn, -15000, 60);
    const uint16_t mv = torn.cell_mv[CELL];
    before_it = bench;
    take(&torn);
    assert_true(bench.alarms.sweep.torn);
    const int far = bench.alarms.limits.frozen_moved_mv * 8;
    const int now = mean_without_cell(&bench.alarms.balance.series, mv);
    const int before = mean_without_cell(&bench.alarms.before, mv);
    assert_true(before > now + 1); /* it fell: what they have in common is between the two */
    const struct {
        int min;
        int max;
        int moves;
        int then_min;
        int then_max;
        int then_moves;
    } cases[] = {
        {0, 0, 0, now, now, 0},                             /* nothing was known */
        {now, now, 0, now, now, 0},                         /* it is there already */
        {now - 1, now - 1, 0, now - 1, now, 0},             /* both are above */
        {before + 1, before + 1, 0, before, before + 1, 1}, /* both are below */
        {now - far, now, 0, now - far, now, 1},             /* far from the lowest */
        {now, now + far, 0, now, now + far, 1},             /* far from the highest */
        {now - far, now, 3, now - far, now, 3},             /* it is not counted on */
        {now + 1, now + 2, 3, now, now + 2, 3},             /* torn so often, it counts */
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        bench = before_it;
        struct vb_cell_watch *watch = &bench.alarms.cells[CELL];
        watch->mean_min = (uint16_t)cases[i].min;
        watch->mean_max = (uint16_t)cases[i].max;
        watch->torn_moves = (uint8_t)cases[i].moves;
        take(&torn);
        assert_int_equal(watch->mean_min, cases[i].then_min);
        assert_int_equal(watch->mean_max, cases[i].then_max);
        assert_int_equal(watch->torn_moves, cases[i].then_moves);
    }
}

/* The first sweep with its value does not tell how far the others were then; nor is anything known
 * if the previous sweep was of other cells. */
static void E6_a_torn_sweep_with_nothing_to_compare_it_with_adds_nothing(void **state)
{
    (void)state;
    static struct bench before_it;
    struct vb_reading torn = rest_at_one_value();
    torn = torn_beside_cell(torn, -15000, 60);
    before_it = bench;
    for (unsigned other = 0; other < 2; other++) {
        bench = before_it;
        struct vb_cell_watch *watch = &bench.alarms.cells[CELL];
        if (other != 0)
            bench.alarms.balance.series.count--;
        else
            watch->frozen_sweeps = 0;
        watch->mean_min = watch->mean_max = 1;
        take(&torn);
        assert_int_equal(watch->mean_min, 1);
        assert_int_equal(watch->mean_max, 1);
    }
}

static void E6_the_first_calm_sweep_replaces_what_torn_ones_showed(void **state)
{
    (void)state;
    struct vb_reading reading = rest_at_one_value();
    struct vb_cell_watch *watch = &bench.alarms.cells[CELL];
    for (unsigned calm = 0; calm < 2; calm++) {
        watch->calm = calm != 0;
        watch->mean_min = 1;
        watch->mean_max = 1;
        take_again(&reading, 1);
        assert_true(watch->calm);
        assert_int_equal(watch->mean_min == 1, calm);
    }
}

static void a_cell_that_may_be_frozen_is_in_no_spread(void **state)
{
    (void)state;
    take_quiet(10);
    take_stuck(15, PACK_MV);
    for (unsigned i = 0; i < 5; i++) {
        struct vb_reading reading = next_reading();
        pack_move(&reading, 90);
        reading.cell_mv[CELL] = PACK_MV;
        take(&reading);
    }
    assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 0);
    assert_int_equal(begun(VB_ALARM_IMBALANCE), 0);
}

static void sweeps_are_counted_for_ever_without_wrapping(void **state)
{
    (void)state;
    take_quiet(1);
    for (unsigned i = 0; i < PACK_CELLS; i++)
        bench.alarms.cells[i].frozen_sweeps = UINT16_MAX;
    struct vb_reading reading = next_reading();
    for (unsigned i = 0; i < PACK_CELLS; i++)
        reading.cell_mv[i] = bench.alarms.cells[i].mv;
    take(&reading);
    assert_int_equal(bench.alarms.cells[0].frozen_sweeps, UINT16_MAX);
}

static void a_sum_that_stays_off_for_long_is_one_alarm(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        struct vb_reading reading = next_reading();
        reading.pack_mv += 3000;
        take(&reading);
    }
    (void)expect_change(VB_ALARM_BEGAN, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
}

static void E6_three_weak_cells_are_named_and_are_a_matter_of_the_pack(void **state)
{
    (void)state;
    take_quiet(10);
    take_lowered(20, 1 << 2 | 1 << 7 | 1 << 13, 150);
    assert_int_equal(begun(VB_ALARM_IMBALANCE), 3);
    assert_int_equal(begun(VB_ALARM_CELL_SPREAD), 1);
}

/* After a restart only its alarm knows that a cell is missing. */
static void E6_a_pack_whose_missing_cell_is_known_is_judged_from_the_start(void **state)
{
    const struct vb_alarm alarm = {
        .kind = VB_ALARM_CELL_NOT_AVAILABLE, .level = VB_ALARM_WARNING, .cell = 3};
    (void)state;
    assert_true(vb_alarms_restore(&bench.alarms, &alarm));
    for (unsigned i = 0; i < 6; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[3] = VB_CELL_NOT_AVAILABLE;
        take(&reading);
    }
    assert_int_equal(bench.alarms.balance.verdict, VB_IMBALANCE_JUDGED);
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E6_half_a_pack_far_from_the_other_half_is_an_alarm_of_the_pack,
                               set_up),
        cmocka_unit_test_setup(E6_a_pack_is_in_two_groups_however_it_came_to_be, set_up),
        cmocka_unit_test_setup(E6_a_cell_is_found_beside_another_that_is_worse, set_up),
        cmocka_unit_test_setup(E6_a_module_names_the_pack_and_no_cells_at_random, set_up),
        cmocka_unit_test_setup(E6_switching_the_balance_off_ends_what_it_raised, set_up),
        cmocka_unit_test_setup(E6_an_alarm_knows_its_value_now_its_worst_and_when_that_was, set_up),
        cmocka_unit_test_setup(E6_what_calm_sweeps_show_before_they_are_judged_is_known, set_up),
        cmocka_unit_test_setup(E6_the_first_calm_sweep_replaces_what_torn_ones_showed, set_up),
        cmocka_unit_test_setup(E6_a_torn_sweep_with_nothing_to_compare_it_with_adds_nothing,
                               set_up),
        cmocka_unit_test_setup(E6_what_a_torn_sweep_and_the_one_before_have_in_common_counts,
                               set_up),
        cmocka_unit_test_setup(E6_a_torn_sweep_after_a_long_rest_makes_no_cell_frozen, set_up),
        cmocka_unit_test(E6_loads_that_come_and_go_within_sweeps_make_no_cell_frozen),
        cmocka_unit_test_setup(E6_a_current_that_comes_a_sweep_late_makes_no_cell_frozen, set_up),
        cmocka_unit_test_setup(E6_a_value_taken_as_a_load_ends_is_not_frozen_by_it, set_up),
        cmocka_unit_test(E6_a_torn_sweep_counts_where_those_beside_the_cell_have_moved),
        cmocka_unit_test_setup(E6_a_value_taken_in_a_torn_sweep_is_not_frozen_by_it, set_up),
        cmocka_unit_test_setup(E6_a_missing_cell_makes_no_other_frozen, set_up),
        cmocka_unit_test_setup(E6_a_cell_that_is_lost_or_doubted_makes_no_other_frozen, set_up),
        cmocka_unit_test(E6_cells_that_are_lost_by_turns_make_no_other_frozen),
        cmocka_unit_test_setup(E6_a_cell_that_misses_every_load_is_frozen, set_up),
        cmocka_unit_test_setup(
            E6_a_frozen_cell_is_found_while_a_load_lasts_that_came_in_torn_sweeps, set_up),
        cmocka_unit_test_setup(a_cell_that_may_be_frozen_is_in_no_spread, set_up),
        cmocka_unit_test_setup(sweeps_are_counted_for_ever_without_wrapping, set_up),
        cmocka_unit_test_setup(a_sum_that_stays_off_for_long_is_one_alarm, set_up),
        cmocka_unit_test_setup(E6_three_weak_cells_are_named_and_are_a_matter_of_the_pack, set_up),
        cmocka_unit_test_setup(E6_a_pack_whose_missing_cell_is_known_is_judged_from_the_start,
                               set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
