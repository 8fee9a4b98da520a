/* Which sweeps are judged for balance, and what is said of those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/quiet_pack.h"

enum { TEXT_SIZE = 80 };

static struct vb_imbalance imbalance;
static struct vb_imbalance_limits limits;
static const uint8_t none_left_out[(VB_CELLS_MAX + 7) / 8];
static uint32_t sequence;

static int set_up(void **state)
{
    (void)state;
    limits = pack_limits().balance;
    vb_imbalance_init(&imbalance);
    sequence = 0;
    return 0;
}

static struct vb_reading next_reading(void)
{
    return pack_reading(++sequence);
}

static enum vb_imbalance_verdict take(const struct vb_reading *reading)
{
    return vb_imbalance_take(&imbalance, &limits, reading, none_left_out);
}

static void take_quiet(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct vb_reading reading = next_reading();
        (void)take(&reading);
    }
}

static void expect_text(const char *expected)
{
    char text[TEXT_SIZE];
    vb_imbalance_verdict_text(&imbalance, text, sizeof text);
    assert_string_equal(text, expected);
}

static void E6_a_changed_load_is_named(void **state)
{
    (void)state;
    take_quiet(10);
    struct vb_reading reading = next_reading();
    reading.current_ma = -38500;
    assert_int_equal(take(&reading), VB_IMBALANCE_LOAD_CHANGED);
    expect_text("ignored: load changed 38 A during the sweep");
    reading = next_reading();
    reading.current_ma = -38500;
    assert_int_equal(take(&reading), VB_IMBALANCE_LOAD);
    expect_text("ignored: 39 A flowing");
    take_quiet(1);
    assert_int_equal(imbalance.verdict, VB_IMBALANCE_LOAD_CHANGED);
    take_quiet(1);
    assert_int_equal(imbalance.verdict, VB_IMBALANCE_JUDGED);
    expect_text("judged");
}

/* A car that is read every five minutes: what happened in between was not during the sweep. */
static void E6_a_load_of_long_ago_tears_no_sweep(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct vb_reading reading = next_reading();
        reading.sampled_ms = UINT32_MAX - 1000000 + i * (VB_IMBALANCE_CLOSE_MS + 1); /* wraps */
        reading.current_ma = i % 2 == 0 ? 9000 : -9000;
        assert_int_equal(take(&reading), i < 5 ? VB_IMBALANCE_TRAINING : VB_IMBALANCE_JUDGED);
    }
    for (unsigned i = 0; i < 10; i++) {
        struct vb_reading reading = next_reading();
        reading.sampled_ms = UINT32_MAX + i * (VB_IMBALANCE_CLOSE_MS + 1);
        reading.flags = 0;
        pack_move(&reading, i % 2 == 0 ? 90 : 0);
        assert_int_equal(take(&reading), VB_IMBALANCE_JUDGED);
    }
}

static void E6_without_a_current_the_mean_tells_of_the_load(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        struct vb_reading reading = next_reading();
        reading.flags = 0;
        if (i == 10)
            pack_move(&reading, -25);
        (void)take(&reading);
        if (i == 9 || i == 10)
            assert_int_equal(imbalance.verdict,
                             i == 9 ? VB_IMBALANCE_JUDGED : VB_IMBALANCE_VOLTAGE_MOVED);
        if (i == 10)
            expect_text("ignored: voltage moved 25 mV during the sweep");
    }
}

static void E6_a_gradient_is_a_tear_as_long_as_it_is_new(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 10; i++) {
        struct vb_reading reading = next_reading();
        for (unsigned cell = 0; cell < PACK_CELLS; cell++)
            reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] + 2 * cell);
        const enum vb_imbalance_verdict verdict = take(&reading);
        if (i < 3) {
            assert_int_equal(verdict, VB_IMBALANCE_GRADIENT);
            assert_true(imbalance.detail >= 29 && imbalance.detail <= 31);
        } else if (i >= 5) {
            assert_int_equal(verdict, VB_IMBALANCE_JUDGED);
        }
    }
    take_quiet(1); /* back to how it was is no tear */
    assert_int_equal(imbalance.verdict, VB_IMBALANCE_JUDGED);
}

static void E6_a_spread_is_a_tear_as_long_as_it_is_new(void **state)
{
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < 10; i++) {
        struct vb_reading reading = next_reading();
        reading.cell_mv[7] = (uint16_t)(reading.cell_mv[7] + 45);
        reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] + 45);
        const enum vb_imbalance_verdict verdict = take(&reading);
        if (i == 0)
            assert_int_equal(verdict, VB_IMBALANCE_JUMPED);
        if (i >= 5)
            assert_int_equal(verdict, VB_IMBALANCE_JUDGED);
    }
}

static void E6_the_first_five_sweeps_only_train(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        take_quiet(1);
        assert_int_equal(imbalance.verdict, VB_IMBALANCE_TRAINING);
        assert_int_equal(imbalance.detail, 4 - i);
        if (i == 3)
            expect_text("learning: 1 more sweep");
    }
    take_quiet(1);
    assert_int_equal(imbalance.verdict, VB_IMBALANCE_JUDGED);
}

static void E6_an_incomplete_sweep_is_not_judged_unless_the_cell_is_known_to_be_missing(
    void **state)
{
    static const uint8_t left_out[(VB_CELLS_MAX + 7) / 8] = {1 << 3};
    (void)state;
    take_quiet(10);
    struct vb_reading reading = next_reading();
    reading.cell_mv[3] = VB_CELL_NOT_AVAILABLE;
    assert_int_equal(take(&reading), VB_IMBALANCE_INCOMPLETE);
    expect_text("ignored: 1 cell is missing");
    assert_int_equal(vb_imbalance_take(&imbalance, &limits, &reading, left_out),
                     VB_IMBALANCE_JUDGED);
    reading.cell_mv[4] = 0;
    reading.cell_mv[5] = 6000;
    assert_int_equal(vb_imbalance_take(&imbalance, &limits, &reading, left_out),
                     VB_IMBALANCE_INCOMPLETE);
    expect_text("ignored: 2 cells are missing");
}

static void a_current_that_no_pack_has_is_not_known(void **state)
{
    static const int32_t impossible_ma[] = {INT32_MIN, INT32_MAX, 2000001, -2000001};
    (void)state;
    take_quiet(10);
    for (unsigned i = 0; i < VB_COUNT_OF(impossible_ma); i++) {
        struct vb_reading reading = next_reading();
        reading.current_ma = impossible_ma[i];
        assert_int_equal(take(&reading), VB_IMBALANCE_JUDGED);
    }
}

static void a_pack_without_any_possible_cell_is_not_judged(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    for (unsigned i = 0; i < PACK_CELLS; i++)
        reading.cell_mv[i] = VB_CELL_NOT_AVAILABLE;
    assert_int_equal(take(&reading), VB_IMBALANCE_INCOMPLETE);
    assert_int_equal(imbalance.series.count, 0);
}

static void switched_off_is_reported(void **state)
{
    (void)state;
    limits.enabled = false;
    take_quiet(1);
    expect_text("ignored: switched off");
}

static void a_series_is_described_by_its_mean_deviation_and_gradient(void **state)
{
    (void)state;
    struct vb_reading reading = {.cell_count = 5,
                                 .cell_mv = {3700, 3710, 3720, 3730, VB_CELL_NOT_AVAILABLE}};
    const struct vb_cell_series series = vb_cell_series(&reading, NULL);
    assert_int_equal(series.count, 4);
    assert_int_equal(series.mean_uv, 3715000);
    assert_int_equal(series.deviation_uv, 11180); /* the root of 125 mV2 */
    assert_int_equal(series.gradient_uv, 40000);  /* 10 mV a cell, over five cells */
    static const uint8_t left_out[(VB_CELLS_MAX + 7) / 8] = {1 << 0};
    assert_int_equal(vb_cell_series(&reading, left_out).mean_uv, 3720000);
    reading.cell_count = 1;
    assert_int_equal(vb_cell_series(&reading, NULL).gradient_uv, 0);
}

static void every_verdict_has_a_text(void **state)
{
    static const struct {
        enum vb_imbalance_verdict verdict;
        int32_t detail;
        const char *text;
    } cases[] = {
        {VB_IMBALANCE_NONE, 0, "no sweep yet"},
        {VB_IMBALANCE_LOAD, 21500, "ignored: 22 A flowing"},
        {VB_IMBALANCE_GRADIENT, 94, "ignored: 94 mV from the first cell to the last"},
        {VB_IMBALANCE_JUMPED, 14, "ignored: spread jumped 14 mV"},
        {VB_IMBALANCE_TRAINING, 3, "learning: 3 more sweeps"},
    };
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        imbalance.verdict = (uint8_t)cases[i].verdict;
        imbalance.detail = cases[i].detail;
        expect_text(cases[i].text);
    }
}

static void a_current_that_was_not_known_is_no_step(void **state)
{
    (void)state;
    take_quiet(10);
    struct vb_reading reading = next_reading();
    reading.flags = 0;
    (void)take(&reading);
    reading = next_reading();
    reading.current_ma = 9000;
    assert_int_equal(take(&reading), VB_IMBALANCE_JUDGED);
}

static void a_pack_of_which_every_cell_is_known_to_be_missing_is_not_judged(void **state)
{
    uint8_t all[(VB_CELLS_MAX + 7) / 8];
    (void)state;
    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = 0xff;
    const struct vb_reading reading = next_reading();
    assert_int_equal(vb_imbalance_take(&imbalance, &limits, &reading, all),
                     VB_IMBALANCE_INCOMPLETE);
}

static void calm_sweeps_are_counted_for_ever_without_wrapping(void **state)
{
    (void)state;
    take_quiet(10);
    assert_int_equal(imbalance.calm_sweeps, 10);
    imbalance.calm_sweeps = UINT32_MAX;
    take_quiet(1);
    assert_int_equal(imbalance.calm_sweeps, UINT32_MAX);
}

/* Where most cells are, whatever a few of them do. */
static void the_body_of_a_pack_leaves_out_cells_that_are_far_away(void **state)
{
    (void)state;
    struct vb_reading reading = pack_reading(1);
    struct vb_cell_series series = vb_cell_series(&reading, NULL);
    struct vb_cell_body body = vb_cell_body(&reading, NULL, &series);
    assert_int_equal(body.mean_uv, series.mean_uv);
    assert_int_equal(body.deviation_uv, series.deviation_uv);
    reading.cell_mv[3] = 3200;
    series = vb_cell_series(&reading, NULL);
    body = vb_cell_body(&reading, NULL, &series);
    assert_true(series.deviation_uv > 100000);
    assert_in_range(body.deviation_uv, 10000, 13000);
    assert_in_range(body.mean_uv, 3700000, 3703000);
    assert_false(body.split);
    for (unsigned i = 0; i < 4; i++)
        reading.cell_mv[i] = 3200;
    series = vb_cell_series(&reading, NULL);
    body = vb_cell_body(&reading, NULL, &series);
    assert_true(body.split);
    assert_int_equal(body.deviation_uv, series.deviation_uv);
    for (unsigned i = 0; i < 8; i++)
        reading.cell_mv[i] = 3200;
    reading.cell_count = 15; /* an odd number has one in the middle */
    series = vb_cell_series(&reading, NULL);
    body = vb_cell_body(&reading, NULL, &series);
    assert_true(body.split);
}

static void E6_the_first_sweep_moved_from_nowhere(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    reading.flags = 0; /* no current is known, so the mean would tell */
    reading.sampled_ms = 100;
    assert_int_equal(take(&reading), VB_IMBALANCE_TRAINING);
}

/* Two halves 100 mV apart: their middle is between them, and so is half of the way to it. */
static void the_body_of_two_halves_is_the_whole(void **state)
{
    (void)state;
    struct vb_reading reading = next_reading();
    for (unsigned cell = 0; cell < PACK_CELLS; cell++)
        reading.cell_mv[cell] = cell % 2 == 0 ? 3700 : 3800;
    const struct vb_cell_series series = vb_cell_series(&reading, none_left_out);
    const struct vb_cell_body body = vb_cell_body(&reading, none_left_out, &series);
    assert_false(body.split);
    assert_int_equal(body.mean_uv, 3750000);
    assert_int_equal(body.deviation_uv, 50000);
}

static void the_body_is_without_what_is_left_out(void **state)
{
    (void)state;
    uint8_t left_out[(VB_CELLS_MAX + 7) / 8] = {0};
    struct vb_reading reading = next_reading();
    for (unsigned cell = 0; cell < PACK_CELLS; cell++)
        reading.cell_mv[cell] = 3700;
    reading.cell_mv[3] = 3200; /* far away */
    reading.cell_mv[5] = 3715; /* near, and left out */
    left_out[0] = 1u << 5;
    const struct vb_cell_series series = vb_cell_series(&reading, left_out);
    const struct vb_cell_body body = vb_cell_body(&reading, left_out, &series);
    assert_int_equal(body.mean_uv, 3700000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E6_a_changed_load_is_named, set_up),
        cmocka_unit_test_setup(E6_a_load_of_long_ago_tears_no_sweep, set_up),
        cmocka_unit_test_setup(E6_without_a_current_the_mean_tells_of_the_load, set_up),
        cmocka_unit_test_setup(E6_a_gradient_is_a_tear_as_long_as_it_is_new, set_up),
        cmocka_unit_test_setup(E6_a_spread_is_a_tear_as_long_as_it_is_new, set_up),
        cmocka_unit_test_setup(E6_the_first_five_sweeps_only_train, set_up),
        cmocka_unit_test_setup(
            E6_an_incomplete_sweep_is_not_judged_unless_the_cell_is_known_to_be_missing, set_up),
        cmocka_unit_test_setup(a_current_that_no_pack_has_is_not_known, set_up),
        cmocka_unit_test_setup(a_pack_without_any_possible_cell_is_not_judged, set_up),
        cmocka_unit_test_setup(switched_off_is_reported, set_up),
        cmocka_unit_test_setup(a_series_is_described_by_its_mean_deviation_and_gradient, set_up),
        cmocka_unit_test_setup(every_verdict_has_a_text, set_up),
        cmocka_unit_test_setup(a_current_that_was_not_known_is_no_step, set_up),
        cmocka_unit_test_setup(a_pack_of_which_every_cell_is_known_to_be_missing_is_not_judged,
                               set_up),
        cmocka_unit_test_setup(calm_sweeps_are_counted_for_ever_without_wrapping, set_up),
        cmocka_unit_test_setup(the_body_of_a_pack_leaves_out_cells_that_are_far_away, set_up),
        cmocka_unit_test_setup(E6_the_first_sweep_moved_from_nowhere, set_up),
        cmocka_unit_test_setup(the_body_of_two_halves_is_the_whole, set_up),
        cmocka_unit_test_setup(the_body_is_without_what_is_left_out, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
