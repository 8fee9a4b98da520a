/* Weak cells, from made-up packs of which everything is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "voltbeacon/core/random.h"
#include "voltbeacon/pack/weak_cells.h"

enum {
    CELLS = 12,
    WEAK = 4, /* has twice the resistance, */
    LOW = 7,  /* and this one is 12 mV below the rest */
    STEP_MS = 1000,
    LOW_LOAD_MA = 5000
};

static const double resistance_mohm = 0.5;
static const uint64_t wall_start_ms = 1795372800000u;

struct bench {
    struct vb_weak_cells weak;
    struct vb_random random;
    struct vb_weak_cell_result results[VB_CELLS_MAX];
    uint32_t sequence;
    int32_t current_ma;
    int32_t last_current_ma;
};

static struct bench bench;

static int set_up(void **state)
{
    (void)state;
    memset(&bench, 0, sizeof bench);
    vb_random_seed(&bench.random, 7);
    vb_weak_cells_init(&bench.weak, LOW_LOAD_MA);
    return 0;
}

static double cell_mohm(unsigned cell)
{
    return cell == WEAK ? 2 * resistance_mohm : resistance_mohm;
}

/* The cells before torn_at were measured before the current changed. */
static struct vb_reading make_reading(unsigned torn_at)
{
    struct vb_reading reading = {.sequence = ++bench.sequence,
                                 .flags = VB_READING_HAS_CURRENT,
                                 .cell_count = CELLS,
                                 .current_ma = bench.current_ma};
    for (unsigned i = 0; i < CELLS; i++) {
        const int32_t current_ma = i < torn_at ? bench.last_current_ma : bench.current_ma;
        const double mv = 3700 + cell_mohm(i) * current_ma / 1000 - (i == LOW ? 12 : 0);
        reading.cell_mv[i] = (uint16_t)lround(mv);
    }
    return reading;
}

static void take(const struct vb_reading *reading)
{
    vb_weak_cells_reading(&bench.weak, reading, NULL, bench.sequence * STEP_MS,
                          wall_start_ms + bench.sequence * (uint64_t)STEP_MS);
}

/* Rest, and loads up to 100 A either way, of three sweeps each. */
static void use(unsigned sweeps, bool torn)
{
    for (unsigned i = 0; i < sweeps; i++) {
        bench.last_current_ma = bench.current_ma;
        if (i % 3 == 0)
            bench.current_ma =
                i % 2 == 0 ? 0 : (int32_t)vb_random_between(&bench.random, 0, 200000) - 100000;
        const bool tears = torn && i % 3 == 0;
        const struct vb_reading reading =
            make_reading(tears ? vb_random_between(&bench.random, 0, CELLS) : 0);
        take(&reading);
    }
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
}

static void expect_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%g is not within %g of %g", found, tolerance, expected);
}

/* --- what must not be believed ---------------------------------------------------------------- */

static void nothing_is_known_of_a_pack_at_rest_but_its_deviations(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        const struct vb_reading reading = make_reading(0);
        take(&reading);
    }
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
    assert_true(isnan(bench.results[WEAK].resistance_mohm));
    assert_true(isnan(bench.results[WEAK].deviation_load_mv));
    expect_near(bench.results[LOW].deviation_rest_mv, -11, 0.01);
    assert_int_equal(bench.results[LOW].rank, 1);
}

static void impossible_values_and_repeated_sweeps_teach_nothing(void **state)
{
    (void)state;
    use(300, false);
    const struct vb_weak_cells before = bench.weak;
    struct vb_reading reading = make_reading(0);
    reading.sequence = bench.weak.last.sequence;
    take(&reading);
    assert_memory_equal(&before, &bench.weak, sizeof before);
    reading = make_reading(0);
    reading.cell_mv[2] = 0;
    take(&reading);
    assert_int_equal(bench.weak.cells[2].rest.count + bench.weak.cells[2].load.count,
                     before.cells[2].rest.count + before.cells[2].load.count);
    assert_true(bench.weak.cells[3].share.count == before.cells[3].share.count);
}

static void a_gap_is_no_step(void **state)
{
    (void)state;
    use(30, false);
    const float steps = bench.weak.pack.count;
    bench.sequence += 100;
    bench.current_ma += 50000;
    const struct vb_reading reading = make_reading(0);
    take(&reading);
    assert_true(bench.weak.pack.count == steps);
}

static void a_wild_current_cannot_tilt_the_fit(void **state)
{
    (void)state;
    use(300, false);
    for (unsigned i = 0; i < 5; i++) {
        struct vb_reading reading = make_reading(0);
        reading.current_ma = i < 3 ? 511500 : INT32_MAX; /* sentinels that slipped through */
        take(&reading);
    }
    use(300, false);
    expect_near(bench.results[0].resistance_mohm, resistance_mohm, 0.05);
}

static void what_cannot_have_been_saved_is_refused(void **state)
{
    double pack[VB_WEAK_PACK_NUMBERS];
    double cell[VB_WEAK_CELL_NUMBERS];
    (void)state;
    use(60, false);
    vb_weak_cells_save_pack(&bench.weak, pack);
    vb_weak_cells_save_cell(&bench.weak, 0, cell);
    struct vb_weak_cells fresh;
    vb_weak_cells_init(&fresh, LOW_LOAD_MA);
    assert_false(vb_weak_cells_load_cell(&fresh, 0, cell)); /* before the pack */
    assert_false(vb_weak_cells_load_pack(&fresh, 0, 1, pack));
    assert_false(vb_weak_cells_load_pack(&fresh, VB_CELLS_MAX + 1, 1, pack));
    for (unsigned i = 0; i < VB_WEAK_PACK_NUMBERS; i++) {
        const double good = pack[i];
        pack[i] = (double)NAN;
        assert_false(vb_weak_cells_load_pack(&fresh, CELLS, 1, pack));
        pack[i] = good;
    }
    assert_int_equal(fresh.cell_count, 0);
    assert_true(vb_weak_cells_load_pack(&fresh, CELLS, 1, pack));
    assert_false(vb_weak_cells_load_cell(&fresh, CELLS, cell));
    cell[1] = 0; /* steps without squares */
    assert_false(vb_weak_cells_load_cell(&fresh, 0, cell));
}

/* --- what is learnt --------------------------------------------------------------------------- */

static void the_resistance_of_each_cell_is_found_and_how_sure_it_is(void **state)
{
    (void)state;
    use(900, false);
    for (unsigned i = 0; i < CELLS; i++) {
        const struct vb_weak_cell_result *cell = &bench.results[i];
        expect_near(cell->resistance_mohm, cell_mohm(i), 0.03);
        assert_true(cell->resistance_uncertainty_mohm < 0.03);
        assert_true(cell->resistance_steps > 50);
    }
    assert_int_equal(bench.results[WEAK].rank, 1);
    assert_true(bench.results[WEAK].deviation_load_mv < -5);
}

static void sweeps_torn_by_the_load_do_not_tilt_the_resistance(void **state)
{
    (void)state;
    use(900, true);
    const struct vb_weak_cell_result *cell = &bench.results[WEAK];
    assert_int_equal(cell->rank, 1);
    expect_near(cell->resistance_mohm, 2 * resistance_mohm, 0.02);
}

static void balancing_is_counted_in_hours_without_gaps(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= 1800; i++) {
        struct vb_reading reading = make_reading(0);
        reading.balancing[0] = 1 << 2;
        take(&reading);
    }
    bench.sequence += 7200;
    const struct vb_reading reading = make_reading(0);
    take(&reading);
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
    expect_near(bench.results[2].balancing_hours, 0.5, 1e-6);
    assert_true(bench.results[3].balancing_hours == 0);
}

static void what_is_saved_goes_on_where_it_was(void **state)
{
    double pack[VB_WEAK_PACK_NUMBERS];
    double cell[VB_WEAK_CELL_NUMBERS];
    struct vb_weak_cells fresh;
    struct vb_weak_cell_result again[VB_CELLS_MAX];
    (void)state;
    use(600, false);
    vb_weak_cells_init(&fresh, LOW_LOAD_MA);
    vb_weak_cells_save_pack(&bench.weak, pack);
    assert_true(vb_weak_cells_load_pack(&fresh, CELLS, bench.weak.since_wall_ms, pack));
    for (uint8_t i = 0; i < CELLS; i++) {
        vb_weak_cells_save_cell(&bench.weak, i, cell);
        assert_true(vb_weak_cells_load_cell(&fresh, i, cell));
    }
    assert_int_equal(vb_weak_cells_results(&fresh, again), CELLS);
    assert_memory_equal(again, bench.results, CELLS * sizeof again[0]);
    assert_true(fresh.since_wall_ms == wall_start_ms + STEP_MS);
    bench.weak = fresh;
    use(30, false);
    assert_true(bench.weak.cells[0].rest.count > fresh.cells[0].rest.count);
    assert_true(bench.weak.since_wall_ms == fresh.since_wall_ms);
}

static void when_it_began_is_not_known_before_the_clock_is(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 2; i++) {
        const struct vb_reading reading = make_reading(0);
        vb_weak_cells_reading(&bench.weak, &reading, NULL, i * STEP_MS, 0);
        assert_true(bench.weak.since_wall_ms == 0);
    }
    use(1, false);
    assert_true(bench.weak.since_wall_ms == wall_start_ms + STEP_MS);
}

/* What a step is reckoned from has a current, and all its cells. */
static void only_a_whole_sweep_with_a_current_is_settled(void **state)
{
    (void)state;
    use(60, false);
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t before_ms = bench.weak.settled.at_ms;
        struct vb_reading reading = make_reading(0);
        take(&reading);
        assert_true(bench.weak.settled.at_ms != before_ms);
        const uint32_t settled_ms = bench.weak.settled.at_ms;
        reading = make_reading(0);
        if (i == 0)
            reading.flags = 0;
        else if (i == 1)
            reading.cell_mv[3] = 0;
        take(&reading);
        assert_int_equal(bench.weak.settled.at_ms != settled_ms, i == 2);
        reading = make_reading(0);
        take(&reading);
    }
}

static void where_no_load_was_seen_cells_rank_by_what_is_known_all_the_same(void **state)
{
    (void)state;
    uint8_t ranks[VB_CELLS_MAX];
    unsigned sum = 0;
    use(300, false);
    assert_true(bench.results[0].resistance_mohm > 0);
    bench.weak.load_count = 0;
    bench.weak.load_sum_ma = 0;
    vb_weak_cells_ranks(&bench.weak, ranks);
    for (unsigned i = 0; i < CELLS; i++)
        sum += ranks[i];
    assert_int_equal(sum, CELLS * (CELLS + 1u) / 2);
}

static void a_pack_of_another_size_is_learnt_from_scratch(void **state)
{
    (void)state;
    use(300, false);
    struct vb_reading reading = make_reading(0);
    reading.cell_count = CELLS - 1;
    take(&reading);
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS - 1);
    assert_true(bench.weak.cells[0].rest.count + bench.weak.cells[0].load.count <= 1);
}

/* --- edges ------------------------------------------------------------------------------------ */

/* Into a fresh struct: what a pack and its first cell were saved as. */
static bool load(const double pack[VB_WEAK_PACK_NUMBERS], const double cell[VB_WEAK_CELL_NUMBERS])
{
    vb_weak_cells_init(&bench.weak, LOW_LOAD_MA);
    return vb_weak_cells_load_pack(&bench.weak, CELLS, 0, pack) &&
           vb_weak_cells_load_cell(&bench.weak, 0, cell);
}

/* How many steps, and their squares: there are none without the other, and not more than ever. */
static void steps_never_taken_are_refused(void **state)
{
    (void)state;
    static const struct {
        double steps;
        double squares;
        bool sound;
    } fits[] = {{0, 0, true}, {10, 5, true}, {-1, 0, false}, {0, -1, false}, {2e9, 5, false}};
    double cell[VB_WEAK_CELL_NUMBERS] = {0};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        const double pack[VB_WEAK_PACK_NUMBERS] = {fits[i].steps, fits[i].squares};
        assert_true(load(pack, cell) == fits[i].sound);
    }
}

static void each_number_that_no_saving_writes_is_refused(void **state)
{
    static const double pack[VB_WEAK_PACK_NUMBERS] = {30, 9000, 4500, 1, 10, 500};
    static const double cell[VB_WEAK_CELL_NUMBERS] = {30, 9000, 9000, 1, 10, -20, 5, -30, 1000};
    static const bool pack_may_be_negative[VB_WEAK_PACK_NUMBERS] = {[2] = true};
    static const bool cell_may_be_negative[VB_WEAK_CELL_NUMBERS] = {
        [2] = true, [5] = true, [7] = true};
    static const double wild[] = {(double)NAN, (double)INFINITY, 1e16};
    (void)state;
    assert_true(load(pack, cell));
    for (unsigned i = 0; i < VB_WEAK_PACK_NUMBERS; i++) {
        double spoilt[VB_WEAK_PACK_NUMBERS];
        memcpy(spoilt, pack, sizeof spoilt);
        spoilt[i] = -1;
        assert_int_equal(load(spoilt, cell), pack_may_be_negative[i]);
        for (unsigned k = 0; k < VB_COUNT_OF(wild); k++) {
            spoilt[i] = wild[k];
            assert_false(load(spoilt, cell));
        }
    }
    for (unsigned i = 0; i < VB_WEAK_CELL_NUMBERS; i++) {
        double spoilt[VB_WEAK_CELL_NUMBERS];
        memcpy(spoilt, cell, sizeof spoilt);
        spoilt[i] = -1;
        assert_int_equal(load(pack, spoilt), cell_may_be_negative[i]);
        for (unsigned k = 0; k < VB_COUNT_OF(wild); k++) {
            spoilt[i] = wild[k];
            assert_false(load(pack, spoilt));
        }
    }
    const double many[VB_WEAK_PACK_NUMBERS] = {30, 9000, 4500, 1, 5e9, 500};
    assert_false(load(many, cell));
}

/* An older version kept more than there is room for now, and a sum may be near its end. */
static void years_of_learning_keep_their_mean_and_learning_continues(void **state)
{
    static const double pack[VB_WEAK_PACK_NUMBERS] = {20000, 9e6, 4.5e6, 1, 2000000, 1e8};
    double cell[VB_WEAK_CELL_NUMBERS] = {20000, 9e6, 9e6, 1, 5e6, -4e7, 10, 1e9, 1e15};
    (void)state;
    assert_true(load(pack, cell));
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
    expect_near(bench.results[0].deviation_rest_mv, -8, 0.01);
    expect_near(bench.results[0].resistance_mohm, 0.5, 0.01);
    assert_true(bench.weak.cells[0].balancing_cs == UINT32_MAX);
    cell[4] = 2000000;
    cell[5] = -8.0 * 2000000;
    cell[6] = 100;
    cell[7] = 67108864; /* 2^30 sixteenths */
    assert_true(load(pack, cell));
    for (unsigned i = 0; i < 3; i++) {
        struct vb_reading reading = make_reading(0);
        reading.balancing[0] = 1;
        reading.current_ma = i == 2 ? -20000 : 0;
        take(&reading);
    }
    assert_in_range(bench.weak.cells[0].rest.count, 1000000, 1000002);
    assert_in_range(bench.weak.cells[0].load.count, 50, 51);
    assert_in_range(bench.weak.load_count, 1000000, 1000001);
    assert_true(bench.weak.cells[0].balancing_cs == UINT32_MAX);
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
    expect_near(bench.results[0].deviation_rest_mv, -8, 0.01);
    use(60, false);
    assert_true(bench.weak.pack.count < 10100);
}

/* Whichever part is not known yet. */
static void a_resistance_is_given_when_both_fits_know_it(void **state)
{
    static const struct {
        double pack[VB_WEAK_PACK_NUMBERS];
        double cell[VB_WEAK_CELL_NUMBERS];
        bool known;
    } cases[] = {
        {{30, 9000, 4500, 1, 0, 0}, {30, 9000, 9000, 1, 0, 0, 0, 0, 0}, true},
        {{19, 9000, 4500, 1, 0, 0}, {30, 9000, 9000, 1, 0, 0, 0, 0, 0}, false},
        {{30, 9000, 4500, 1, 0, 0}, {19, 9000, 9000, 1, 0, 0, 0, 0, 0}, false},
        {{30, 9000, -4500, 1, 0, 0}, {30, 9000, 9000, 1, 0, 0, 0, 0, 0}, false},
    };
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        assert_true(load(cases[i].pack, cases[i].cell));
        assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
        assert_int_equal(!isnan(bench.results[0].resistance_mohm), cases[i].known);
        assert_int_equal(vb_weak_cells_knows(&bench.weak), cases[i].known);
        assert_int_equal(bench.results[0].rank, 1);
    }
}

static void E6_cells_are_ranked_by_whatever_is_known_of_them(void **state)
{
    static const double pack[VB_WEAK_PACK_NUMBERS] = {30, 9000, 4500, 1, 10, 200};
    static const double at_load[VB_WEAK_CELL_NUMBERS] = {0, 0, 0, 0, 0, 0, 10, -300, 0};
    static const double by_fit[VB_WEAK_CELL_NUMBERS] = {30, 9000, 18000, 1, 0, 0, 0, 0, 0};
    static const double at_rest[VB_WEAK_CELL_NUMBERS] = {0, 0, 0, 0, 10, -50, 0, 0, 0};
    (void)state;
    assert_true(load(pack, at_rest));
    assert_true(vb_weak_cells_load_cell(&bench.weak, 4, at_load));
    assert_true(vb_weak_cells_load_cell(&bench.weak, 7, by_fit));
    assert_int_equal(vb_weak_cells_results(&bench.weak, bench.results), CELLS);
    assert_int_equal(bench.results[4].rank, 1); /* 30 mV under load */
    assert_int_equal(bench.results[7].rank, 2); /* 0.5 mohm more at 20 A */
    assert_int_equal(bench.results[0].rank, 3); /* 5 mV at rest */
    assert_int_equal(bench.results[1].rank, 4);
}

static void a_summary_a_torn_sweep_and_a_doubted_cell_teach_nothing(void **state)
{
    struct vb_sweep sweep = {.torn = true};
    (void)state;
    use(30, false);
    const uint32_t count = bench.weak.cells[0].rest.count;
    struct vb_reading reading = make_reading(0);
    reading.flags = VB_READING_SUMMARY;
    take(&reading);
    reading = make_reading(0);
    reading.current_ma = 0;
    vb_weak_cells_reading(&bench.weak, &reading, &sweep, bench.sequence * STEP_MS, 1);
    assert_int_equal(bench.weak.cells[0].rest.count, count);
    sweep = (struct vb_sweep){.doubted = {1 << 0}};
    reading.sequence = ++bench.sequence;
    vb_weak_cells_reading(&bench.weak, &reading, &sweep, bench.sequence * STEP_MS, 1);
    assert_int_equal(bench.weak.cells[0].rest.count, count);
    sweep = (struct vb_sweep){.left_out = {1 << 0}};
    reading.sequence = ++bench.sequence;
    vb_weak_cells_reading(&bench.weak, &reading, &sweep, bench.sequence * STEP_MS, 1);
    assert_int_equal(bench.weak.cells[0].rest.count, count);
    assert_int_equal(bench.weak.cells[1].rest.count, count + 2);
    reading.sequence = ++bench.sequence;
    reading.cell_mv[0] = VB_CELL_NOT_AVAILABLE;
    take(&reading);
    assert_int_equal(bench.weak.cells[0].rest.count, count);
    assert_int_equal(bench.weak.cells[1].rest.count, count + 3);
}

/* The load changes with each reading for longer than a step may take. */
static void a_step_does_not_reach_over_a_long_unrest(void **state)
{
    (void)state;
    use(31, false);
    const float steps = bench.weak.pack.count;
    for (unsigned i = 0; i < 100; i++) {
        bench.current_ma = i % 2 == 0 ? -40000 : 0;
        const struct vb_reading reading = make_reading(0);
        take(&reading);
    }
    bench.current_ma = -80000;
    for (unsigned i = 0; i < 2; i++) {
        const struct vb_reading reading = make_reading(0);
        take(&reading);
    }
    assert_true(bench.weak.pack.count == steps);
}

static void two_samples_of_one_moment_are_no_time_and_learning_is_dated_late(void **state)
{
    (void)state;
    struct vb_reading reading = make_reading(0);
    vb_weak_cells_reading(&bench.weak, &reading, NULL, 5000, 0);
    assert_true(bench.weak.since_wall_ms == 0);
    reading.sequence = ++bench.sequence;
    reading.balancing[0] = 1;
    vb_weak_cells_reading(&bench.weak, &reading, NULL, 5000, 0);
    assert_false(bench.weak.has_settled);
    reading.sequence = ++bench.sequence;
    vb_weak_cells_reading(&bench.weak, &reading, NULL, 7000, wall_start_ms);
    assert_true(bench.weak.since_wall_ms == wall_start_ms - 2000);
    assert_int_equal(bench.weak.cells[0].balancing_cs, 200);
}

static void a_current_that_is_not_known_counts_as_rest_whatever_stands_there(void **state)
{
    (void)state;
    bench.current_ma = -80000;
    struct vb_reading reading = make_reading(0);
    reading.flags = 0;
    take(&reading);
    (void)vb_weak_cells_results(&bench.weak, bench.results);
    assert_true(!isnan(bench.results[LOW].deviation_rest_mv));
    assert_true(isnan(bench.results[LOW].deviation_load_mv));
    assert_int_equal(bench.weak.load_count, 0);
}

static void a_trickle_into_the_pack_is_rest(void **state)
{
    (void)state;
    bench.current_ma = 1000;
    const struct vb_reading reading = make_reading(0);
    take(&reading);
    (void)vb_weak_cells_results(&bench.weak, bench.results);
    assert_true(!isnan(bench.results[LOW].deviation_rest_mv));
}

static void the_mean_load_is_halved_with_its_count_and_only_when_there_is_no_room(void **state)
{
    (void)state;
    bench.current_ma = -40000;
    for (unsigned i = 0; i < 10; i++) {
        const struct vb_reading reading = make_reading(0);
        take(&reading);
    }
    assert_int_equal(bench.weak.load_count, 10);
    assert_int_equal(bench.weak.load_sum_ma, 400000);
}

static void a_first_sweep_that_is_numbered_0_teaches_like_any_other(void **state)
{
    (void)state;
    struct vb_reading reading = make_reading(0);
    reading.sequence = 0;
    take(&reading);
    assert_int_equal(bench.weak.cells[LOW].rest.count, 1);
}

/* 0 A where the current was not known is no load to step from. */
static void a_step_begins_where_the_current_was_known(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bench.current_ma = i < 2 ? 0 : -40000;
        struct vb_reading reading = make_reading(0);
        if (i == 0)
            reading.flags = 0;
        take(&reading);
    }
    assert_true(bench.weak.pack.count < 1);
}

static void cells_of_which_nothing_is_known_rank_as_they_stand_in_the_pack(void **state)
{
    (void)state;
    uint8_t ranks[VB_CELLS_MAX];
    bench.weak.cell_count = CELLS;
    vb_weak_cells_ranks(&bench.weak, ranks);
    for (unsigned i = 0; i < CELLS; i++)
        assert_int_equal(ranks[i], i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cells_of_which_nothing_is_known_rank_as_they_stand_in_the_pack,
                               set_up),
        cmocka_unit_test_setup(steps_never_taken_are_refused, set_up),
        cmocka_unit_test_setup(where_no_load_was_seen_cells_rank_by_what_is_known_all_the_same,
                               set_up),
        cmocka_unit_test_setup(only_a_whole_sweep_with_a_current_is_settled, set_up),
        cmocka_unit_test_setup(when_it_began_is_not_known_before_the_clock_is, set_up),
        cmocka_unit_test_setup(nothing_is_known_of_a_pack_at_rest_but_its_deviations, set_up),
        cmocka_unit_test_setup(impossible_values_and_repeated_sweeps_teach_nothing, set_up),
        cmocka_unit_test_setup(a_gap_is_no_step, set_up),
        cmocka_unit_test_setup(a_wild_current_cannot_tilt_the_fit, set_up),
        cmocka_unit_test_setup(what_cannot_have_been_saved_is_refused, set_up),
        cmocka_unit_test_setup(the_resistance_of_each_cell_is_found_and_how_sure_it_is, set_up),
        cmocka_unit_test_setup(sweeps_torn_by_the_load_do_not_tilt_the_resistance, set_up),
        cmocka_unit_test_setup(balancing_is_counted_in_hours_without_gaps, set_up),
        cmocka_unit_test_setup(what_is_saved_goes_on_where_it_was, set_up),
        cmocka_unit_test_setup(a_pack_of_another_size_is_learnt_from_scratch, set_up),
        cmocka_unit_test_setup(each_number_that_no_saving_writes_is_refused, set_up),
        cmocka_unit_test_setup(years_of_learning_keep_their_mean_and_learning_continues, set_up),
        cmocka_unit_test_setup(a_resistance_is_given_when_both_fits_know_it, set_up),
        cmocka_unit_test_setup(E6_cells_are_ranked_by_whatever_is_known_of_them, set_up),
        cmocka_unit_test_setup(a_summary_a_torn_sweep_and_a_doubted_cell_teach_nothing, set_up),
        cmocka_unit_test_setup(a_step_does_not_reach_over_a_long_unrest, set_up),
        cmocka_unit_test_setup(two_samples_of_one_moment_are_no_time_and_learning_is_dated_late,
                               set_up),
        cmocka_unit_test_setup(a_current_that_is_not_known_counts_as_rest_whatever_stands_there,
                               set_up),
        cmocka_unit_test_setup(a_trickle_into_the_pack_is_rest, set_up),
        cmocka_unit_test_setup(
            the_mean_load_is_halved_with_its_count_and_only_when_there_is_no_room, set_up),
        cmocka_unit_test_setup(a_first_sweep_that_is_numbered_0_teaches_like_any_other, set_up),
        cmocka_unit_test_setup(a_step_begins_where_the_current_was_known, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
