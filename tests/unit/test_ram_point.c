/* A point in 22 bytes: what was measured is always between its lowest and highest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "history/ram_point.h"
#include "voltbeacon/core/random.h"

static struct vb_history_view again(const struct vb_history_view *point)
{
    uint8_t bytes[VB_RAM_POINT_BYTES];
    struct vb_history_view read;
    uint16_t turn;
    vb_ram_point_write(point, 4095, bytes);
    assert_true(vb_ram_point_turn(bytes, &turn));
    assert_int_equal(turn, 4095);
    vb_ram_point_read(bytes, &read);
    return read;
}

static void expect(const struct vb_rollup_value *value, int32_t min, int32_t mean_tenths,
                   int32_t max)
{
    assert_true(value->count > 0);
    assert_int_equal(value->min, min);
    assert_int_equal(vb_rollup_mean_tenths(value), mean_tenths);
    assert_int_equal(value->max, max);
}

static void what_is_not_known_stays_so_and_zeros_are_no_point(void **state)
{
    const struct vb_history_view point = {.readings = 7};
    static const uint8_t empty[VB_RAM_POINT_BYTES];
    uint16_t turn;
    (void)state;
    const struct vb_history_view read = again(&point);
    assert_int_equal(read.readings, 7);
    assert_int_equal(read.pack_mv.count, 0);
    assert_int_equal(read.current_ma.count, 0);
    assert_int_equal(read.soc_permille.count, 0);
    assert_int_equal(read.all_cells_mv.count, 0);
    assert_int_equal(read.all_temps_dc.count, 0);
    assert_null(read.cells_mv);
    assert_false(vb_ram_point_turn(empty, &turn));
}

static void any_number_of_readings_makes_a_point(void **state)
{
    static const uint32_t numbers[] = {1, 15, 16, 4080, 4096, 65535};
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(numbers); i++) {
        const struct vb_history_view point = {.readings = numbers[i]};
        assert_int_equal(again(&point).readings, numbers[i]);
    }
}

static void the_ends_of_what_is_possible_are_kept(void **state)
{
    struct vb_history_view point = {.readings = 70000};
    (void)state;
    point.pack_mv = vb_rollup_value_of(5, 1, 16000000, 1600000);
    point.current_ma = vb_rollup_value_of(5, -2000000, -20000000, 2000000);
    point.soc_permille = vb_rollup_value_of(5, 0, 0, 1000);
    point.all_cells_mv = vb_rollup_value_of(5, 1, 50000, 5000);
    point.all_temps_dc = vb_rollup_value_of(5, -600, 15000, 1500);
    struct vb_history_view read = again(&point);
    assert_int_equal(read.readings, VB_RAM_POINT_READINGS_MAX);
    expect(&read.pack_mv, 0, 16000000, 1600000); /* outwards, and not beyond */
    expect(&read.current_ma, -2000000, -20000000, 2000000);
    expect(&read.soc_permille, 0, 0, 1000);
    expect(&read.all_cells_mv, 0, 50000, 5000);
    expect(&read.all_temps_dc, -600, 15000, 1500);
    point.soc_permille = vb_rollup_value_of(5, 1000, 10000, 1000);
    point.current_ma = vb_rollup_value_of(5, 0, 0, 0);
    read = again(&point);
    expect(&read.soc_permille, 1000, 10000, 1000);
    expect(&read.current_ma, 0, 0, 0); /* a pack at rest is at rest */
}

static void as_much_is_rounded_as_the_header_says(void **state)
{
    struct vb_history_view point = {.readings = 5};
    (void)state;
    point.pack_mv = vb_rollup_value_of(5, 358000, 3582130, 361000);
    point.current_ma = vb_rollup_value_of(5, -1300, -70, 7000);
    point.soc_permille = vb_rollup_value_of(5, 612, 6204, 635);
    point.all_cells_mv = vb_rollup_value_of(5, 3650, 37145, 4000);
    point.all_temps_dc = vb_rollup_value_of(5, -32, 3, 65);
    const struct vb_history_view read = again(&point);
    expect(&read.pack_mv, 358000, 3582250, 361050);
    expect(&read.current_ma, -1344, 0, 7040);
    expect(&read.soc_permille, 612, 6200, 636);
    expect(&read.all_cells_mv, 3650, 37145, 4003);
    expect(&read.all_temps_dc, -32, 0, 66);
}

/* How far `read` is from what was: never inwards, and outwards by this part of the distance. */
static void expect_near(const struct vb_rollup_value *was, const struct vb_rollup_value *read,
                        int32_t unit, int32_t part)
{
    const int32_t mean = vb_rollup_mean_tenths(was);
    assert_in_range(vb_rollup_mean_tenths(read) + 100000000, mean - 5 * unit + 100000000,
                    mean + 5 * unit + 100000000);
    assert_true(read->min <= was->min && read->max >= was->max);
    assert_true(was->min - read->min <= 2 * unit + (mean / 10 - was->min) / part);
    assert_true(read->max - was->max <= 2 * unit + (was->max - mean / 10) / part);
}

static struct vb_random dice;

static int32_t between(int32_t low, int32_t high)
{
    return low + (int32_t)vb_random_between(&dice, 0, (uint32_t)(high - low));
}

static struct vb_rollup_value any(int32_t lowest, int32_t highest)
{
    const int32_t mean = between(lowest, highest);
    const int32_t min = between(between(lowest, mean), mean);
    const int32_t max = between(mean, between(mean, highest));
    return vb_rollup_value_of(5, min, mean * 10, max);
}

static void whatever_it_was_the_extremes_are_between_those_that_are_kept(void **state)
{
    (void)state;
    vb_random_seed(&dice, 7);
    for (unsigned i = 0; i < 200000; i++) {
        struct vb_history_view point = {.readings = 5};
        point.pack_mv = any(1, 1600000);
        point.current_ma = any(-2000000, 2000000);
        point.soc_permille = any(0, 1000);
        point.all_cells_mv = any(1, 5000);
        point.all_temps_dc = any(-600, 1500);
        const struct vb_history_view read = again(&point);
        expect_near(&point.pack_mv, &read.pack_mv, 25, 15);
        expect_near(&point.current_ma, &read.current_ma, 64, 15);
        expect_near(&point.soc_permille, &read.soc_permille, 1, 7);
        expect_near(&point.all_cells_mv, &read.all_cells_mv, 1, 63);
        expect_near(&point.all_temps_dc, &read.all_temps_dc, 1, 31);
    }
}

static void a_reading_counts_with_what_it_has(void **state)
{
    struct vb_history_view point = {0};
    struct vb_reading reading = {.flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT |
                                          VB_READING_HAS_SOC,
                                 .cell_count = 3,
                                 .temp_count = 2,
                                 .pack_mv = 11000,
                                 .current_ma = -5000,
                                 .soc_permille = 501,
                                 .cell_mv = {3600, VB_CELL_NOT_AVAILABLE, 3700},
                                 .temp_dc = {VB_TEMP_NOT_AVAILABLE, 215}};
    (void)state;
    vb_ram_point_add(&point, &reading);
    reading.cell_mv[1] = 3800;
    reading.temp_dc[0] = 225;
    vb_ram_point_add(&point, &reading);
    assert_int_equal(point.readings, 2);
    expect(&point.pack_mv, 11000, 110000, 11000);
    expect(&point.current_ma, -5000, -50000, -5000);
    expect(&point.soc_permille, 501, 5010, 501);
    expect(&point.all_cells_mv, 3600, 36750, 3800); /* the mean of 3650 and 3700 */
    expect(&point.all_temps_dc, 215, 2175, 225);

    reading.flags = VB_READING_SUMMARY; /* its cells are made up */
    reading.temp_count = 0;
    reading.cell_mv[0] = 1000;
    vb_ram_point_add(&point, &reading);
    assert_int_equal(point.readings, 3);
    assert_int_equal(point.pack_mv.count, 2);
    assert_int_equal(point.current_ma.count, 2);
    assert_int_equal(point.soc_permille.count, 2);
    expect(&point.all_cells_mv, 3600, 36750, 3800);
    expect(&point.all_temps_dc, 215, 2175, 225);
}

static void two_make_one(void **state)
{
    struct vb_history_view point = {.readings = 2};
    struct vb_history_view other = {.readings = 1};
    (void)state;
    point.all_cells_mv = vb_rollup_value_of(2, 3600, 36500, 3700);
    other.all_cells_mv = vb_rollup_value_of(1, 3500, 35000, 3650);
    other.soc_permille = vb_rollup_value_of(1, 500, 5000, 500);
    vb_ram_point_merge(&point, &other);
    assert_int_equal(point.readings, 3);
    expect(&point.all_cells_mv, 3500, 36000, 3700);
    expect(&point.soc_permille, 500, 5000, 500);
    assert_int_equal(point.pack_mv.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_stays_so_and_zeros_are_no_point),
        cmocka_unit_test(any_number_of_readings_makes_a_point),
        cmocka_unit_test(the_ends_of_what_is_possible_are_kept),
        cmocka_unit_test(as_much_is_rounded_as_the_header_says),
        cmocka_unit_test(whatever_it_was_the_extremes_are_between_those_that_are_kept),
        cmocka_unit_test(a_reading_counts_with_what_it_has),
        cmocka_unit_test(two_make_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
