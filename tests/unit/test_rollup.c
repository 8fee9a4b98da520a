/* Roll-up: what counts, what is left out, and that it comes back from its bytes as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/pack/rollup.h"
#include "voltbeacon/pack/rollup_bytes.h"

static struct vb_rollup rollup;

static int fresh(void **state)
{
    (void)state;
    vb_rollup_clear(&rollup);
    return 0;
}

static struct vb_reading reading_of(uint16_t first_mv, uint16_t second_mv)
{
    return (struct vb_reading){
        .flags = VB_READING_TOGETHER, .cell_count = 2, .cell_mv = {first_mv, second_mv}};
}

static void add_cells(uint16_t first_mv, uint16_t second_mv)
{
    const struct vb_reading reading = reading_of(first_mv, second_mv);
    vb_rollup_add(&rollup, &reading);
}

static void expect_range(const struct vb_rollup_value *value, uint32_t count, int32_t min,
                         int32_t mean_tenths, int32_t max)
{
    assert_int_equal(value->count, count);
    assert_int_equal(value->min, min);
    assert_int_equal(vb_rollup_mean_tenths(value), mean_tenths);
    assert_int_equal(value->max, max);
}

/* == What is left out ======================================================================== */

static void E7_a_cell_without_a_possible_value_is_left_out_the_others_count(void **state)
{
    (void)state;
    static const uint16_t impossible[] = {VB_CELL_NOT_AVAILABLE, VB_CELL_MV_MAX, 5001, 0};
    for (size_t i = 0; i < VB_COUNT_OF(impossible); i++)
        add_cells(impossible[i], 3700);
    assert_int_equal(rollup.cells_mv[0].count, 0);
    expect_range(&rollup.cells_mv[1], VB_COUNT_OF(impossible), 3700, 37000, 3700);
    add_cells(5000, 1);
    expect_range(&rollup.cells_mv[0], 1, 5000, 50000, 5000);
    assert_int_equal(rollup.cells_mv[1].min, 1);
}

static void E7_impossible_pack_values_are_never_averaged_in(void **state)
{
    (void)state;
    struct vb_reading reading = reading_of(3700, 3700);
    reading.temp_count = 3;
    reading.temp_dc[0] = VB_TEMP_NOT_AVAILABLE;
    reading.temp_dc[1] = -601;
    reading.temp_dc[2] = 1501;
    reading.flags |= VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC;
    reading.pack_mv = 0;
    reading.current_ma = 2000001;
    reading.soc_permille = 1001;
    vb_rollup_add(&rollup, &reading);
    reading.pack_mv = 1600001;
    reading.current_ma = INT32_MIN;
    vb_rollup_add(&rollup, &reading);
    assert_int_equal(rollup.readings, 2);
    assert_int_equal(rollup.pack_mv.count, 0);
    assert_int_equal(rollup.current_ma.count, 0);
    assert_int_equal(rollup.soc_permille.count, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(rollup.temps_dc[i].count, 0);
}

static void E7_what_a_reading_does_not_have_is_not_taken_for_zero(void **state)
{
    (void)state;
    struct vb_reading reading = reading_of(3700, 3700);
    reading.pack_mv = 360000;
    vb_rollup_add(&rollup, &reading);
    assert_int_equal(rollup.pack_mv.count, 0);
    assert_int_equal(rollup.current_ma.count, 0);
    assert_int_equal(rollup.soc_permille.count, 0);
}

static void E7_the_three_numbers_of_a_summary_are_not_taken_for_cells(void **state)
{
    (void)state;
    struct vb_reading reading = reading_of(3600, 3800);
    reading.flags |= VB_READING_SUMMARY | VB_READING_HAS_CURRENT;
    reading.current_ma = -5000;
    vb_rollup_add(&rollup, &reading);
    assert_int_equal(rollup.cell_count, 0);
    expect_range(&rollup.current_ma, 1, -5000, -50000, -5000);
}

/* == Arithmetic ============================================================================== */

static void E7_lowest_mean_and_highest_are_those_of_the_readings(void **state)
{
    (void)state;
    add_cells(3700, 3650);
    add_cells(3703, 3650);
    add_cells(3690, 3651);
    expect_range(&rollup.cells_mv[0], 3, 3690, 36977, 3703); /* 3697.67 */
    expect_range(&rollup.cells_mv[1], 3, 3650, 36503, 3651); /* 3650.33 */
}

static void E7_a_negative_mean_is_rounded_to_the_nearest_too(void **state)
{
    (void)state;
    struct vb_rollup_value value = {.count = 3, .min = -2, .max = -1, .sum_tenths = -50};
    assert_int_equal(vb_rollup_mean_tenths(&value), -17); /* -1.67 */
    value = (struct vb_rollup_value){.count = 2, .min = -1, .max = 0, .sum_tenths = -10};
    assert_int_equal(vb_rollup_mean_tenths(&value), -5);
}

static void fill(struct vb_rollup *to, struct vb_random *random, unsigned readings)
{
    for (unsigned i = 0; i < readings; i++) {
        struct vb_reading reading =
            reading_of((uint16_t)(3000 + vb_random_between(random, 0, 1000)),
                       (uint16_t)(4990 + vb_random_between(random, 0, 20)));
        reading.flags |= VB_READING_HAS_CURRENT;
        reading.current_ma = (int32_t)vb_random_between(random, 0, 100000) - 50000;
        reading.temp_count = 1;
        reading.temp_dc[0] = (int16_t)((int)vb_random_between(random, 0, 200) - 100);
        vb_rollup_add(to, &reading);
    }
}

static void E7_a_minute_of_merged_tens_of_seconds_says_what_its_readings_say(void **state)
{
    (void)state;
    struct vb_rollup whole;
    struct vb_rollup part;
    struct vb_random random;
    struct vb_random again;
    vb_random_seed(&random, 7);
    vb_random_seed(&again, 7);
    vb_rollup_clear(&whole);
    for (unsigned i = 1; i <= 6; i++) {
        fill(&whole, &random, i * 10);
        vb_rollup_clear(&part);
        fill(&part, &again, i * 10);
        vb_rollup_merge(&rollup, &part);
    }
    assert_memory_equal(&rollup, &whole, sizeof whole);
}

static void E7_merging_keeps_what_only_one_of_the_two_has(void **state)
{
    (void)state;
    struct vb_rollup other;
    vb_rollup_clear(&other);
    const struct vb_reading lone = {.cell_count = 1, .cell_mv = {3500}, .temp_count = 1};
    vb_rollup_add(&other, &lone);
    add_cells(VB_CELL_NOT_AVAILABLE, 3700);
    vb_rollup_merge(&rollup, &other);
    assert_int_equal(rollup.readings, 2);
    assert_int_equal(rollup.cell_count, 2);
    expect_range(&rollup.cells_mv[0], 1, 3500, 35000, 3500);
    expect_range(&rollup.cells_mv[1], 1, 3700, 37000, 3700);
}

/* == Bytes =================================================================================== */

static void expect_back(const struct vb_rollup_value *values, uint8_t count, uint32_t readings,
                        size_t size_max)
{
    uint8_t bytes[VB_ROLLUP_BYTES_MAX];
    struct vb_rollup_value back[VB_CELLS_MAX];
    uint8_t counted = 0;
    const size_t size = vb_rollup_encode(values, count, readings, bytes);
    assert_true(size <= size_max);
    assert_int_equal(vb_rollup_decode(bytes, size, readings, back, VB_CELLS_MAX, &counted),
                     VB_ERR_OK);
    assert_int_equal(counted, count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(back[i].count, values[i].count);
        if (values[i].count > 0)
            expect_range(&back[i], values[i].count, values[i].min,
                         vb_rollup_mean_tenths(&values[i]), values[i].max);
    }
    for (size_t cut = 0; cut < size; cut++) { /* no prefix passes for the whole */
        assert_int_not_equal(vb_rollup_decode(bytes, cut, readings, back, VB_CELLS_MAX, &counted),
                             VB_ERR_OK);
        assert_int_equal(counted, 0);
    }
}

static void E7_a_quiet_pack_of_96_cells_takes_three_bytes_a_cell(void **state)
{
    (void)state;
    struct vb_reading reading = {.cell_count = 96};
    for (unsigned second = 0; second < 100; second++) {
        for (unsigned i = 0; i < 96; i++)
            reading.cell_mv[i] = (uint16_t)(3800 + i % 10 + second % 3);
        vb_rollup_add(&rollup, &reading);
    }
    expect_back(rollup.cells_mv, 96, rollup.readings, 300);
}

static void E7_bytes_bring_back_missing_negative_and_extreme_values(void **state)
{
    (void)state;
    struct vb_rollup_value values[VB_CELLS_MAX] = {
        [1] = vb_rollup_value_of(7, -1, -5, 0),
        [2] = vb_rollup_value_of(10, -VB_ROLLUP_NUMBER_MAX, -VB_ROLLUP_NUMBER_MAX,
                                 VB_ROLLUP_NUMBER_MAX),
        [3] = vb_rollup_value_of(10, -40, VB_ROLLUP_NUMBER_MAX, VB_ROLLUP_NUMBER_MAX),
        [4] = vb_rollup_value_of(1, -13, -130, -13),
    };
    expect_back(values, 6, 10, 64);
    expect_back(values, VB_CELLS_MAX, 10, VB_ROLLUP_BYTES_MAX);
    expect_back(values, 0, 1, 3);
}

static void expect_refused(const uint8_t *bytes, size_t size, uint32_t readings, enum vb_err err)
{
    struct vb_rollup_value values[4];
    uint8_t count = 77;
    assert_int_equal(vb_rollup_decode(bytes, size, readings, values, 4, &count), err);
    assert_int_equal(count, 0);
}

static void E7_the_example_of_the_docs_is_read_and_written_as_it_says(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x01, 0x02, 0x84, 0xc7, 0x04, 0x04, 0x02, 0x03, 0x07, 0x00, 0x01};
    struct vb_rollup_value values[2];
    uint8_t written[VB_ROLLUP_BYTES_MAX];
    uint8_t count;
    assert_int_equal(vb_rollup_decode(bytes, sizeof bytes, 100, values, 2, &count), VB_ERR_OK);
    assert_int_equal(count, 2);
    expect_range(&values[0], 100, 3729, 37312, 3735);
    expect_range(&values[1], 100, 3731, 37317, 3733);
    assert_int_equal(vb_rollup_encode(values, 2, 100, written), sizeof bytes);
    assert_memory_equal(written, bytes, sizeof bytes);
}

static void E7_bytes_that_cannot_be_are_refused_with_the_reason(void **state)
{
    (void)state;
    const uint8_t other_form[] = {3, 0, 0};
    const uint8_t too_many[] = {1, 5, 0, 0, 0, 0, 0, 0};
    const uint8_t left_over[] = {1, 0, 0, 0};
    const uint8_t far_base[] = {1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f};
    const uint8_t far_mean[] = {1, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0};
    const uint8_t far_min[] = {1, 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0};
    const uint8_t far_max[] = {1, 1, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f};
    const uint8_t more_missing_than_read[] = {2, 1, 0, 1, 0, 0, 3};
    const uint8_t no_counts[] = {2, 1, 0, 1, 0, 0};
    expect_refused(other_form, sizeof other_form, 1, VB_ERR_UNSUPPORTED);
    expect_refused(too_many, sizeof too_many, 1, VB_ERR_TOO_LONG);
    expect_refused(left_over, sizeof left_over, 1, VB_ERR_MALFORMED);
    expect_refused(far_base, sizeof far_base, 1, VB_ERR_OUT_OF_RANGE);
    expect_refused(far_mean, sizeof far_mean, 1, VB_ERR_OUT_OF_RANGE);
    expect_refused(far_min, sizeof far_min, 1, VB_ERR_OUT_OF_RANGE);
    expect_refused(more_missing_than_read, sizeof more_missing_than_read, 3, VB_ERR_OUT_OF_RANGE);
    expect_refused(far_max, sizeof far_max, 1, VB_ERR_OUT_OF_RANGE);
    expect_refused(no_counts, sizeof no_counts, 0, VB_ERR_TRUNCATED);
    const uint8_t cut_off_counts[] = {2, 2, 0, 1, 0, 0, 1, 0, 0, 0};
    expect_refused(cut_off_counts, sizeof cut_off_counts, 2, VB_ERR_TRUNCATED);
    const uint8_t whole_and_more[] = {1, 1, 0, 1, 0, 0, 9};
    expect_refused(whole_and_more, sizeof whole_and_more, 1, VB_ERR_MALFORMED);
    expect_refused(NULL, 0, 1, VB_ERR_TRUNCATED);
}

static void E7_possible_pack_values_are_averaged(void **state)
{
    (void)state;
    struct vb_reading reading = reading_of(3700, 3700);
    reading.flags |= VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC;
    reading.pack_mv = 7400;
    reading.current_ma = -20;
    reading.soc_permille = 1000;
    vb_rollup_add(&rollup, &reading);
    reading.soc_permille = 1001;
    vb_rollup_add(&rollup, &reading);
    expect_range(&rollup.pack_mv, 2, 7400, 74000, 7400);
    expect_range(&rollup.current_ma, 2, -20, -200, -20);
    expect_range(&rollup.soc_permille, 1, 1000, 10000, 1000);
}

static void E7_a_rollup_is_as_wide_as_its_widest_reading(void **state)
{
    (void)state;
    struct vb_reading wide = {.cell_count = 3, .cell_mv = {3700, 3701, 3702}, .temp_count = 2};
    wide.temp_dc[0] = 210;
    wide.temp_dc[1] = VB_TEMP_NOT_AVAILABLE;
    struct vb_reading narrow = {.cell_count = 1, .cell_mv = {3690}, .temp_count = 1};
    narrow.temp_dc[0] = 230;
    vb_rollup_add(&rollup, &wide);
    vb_rollup_add(&rollup, &narrow);
    assert_int_equal(rollup.cell_count, 3);
    assert_int_equal(rollup.temp_count, 2);
    expect_range(&rollup.temps_dc[0], 2, 210, 2200, 230);
    assert_int_equal(rollup.temps_dc[1].count, 0);
    struct vb_rollup other;
    vb_rollup_clear(&other);
    vb_rollup_add(&other, &narrow);
    vb_rollup_merge(&rollup, &other);
    assert_int_equal(rollup.cell_count, 3);
    assert_int_equal(rollup.temp_count, 2);
    expect_range(&rollup.cells_mv[0], 3, 3690, 36933, 3700);
    vb_rollup_merge(&other, &rollup);
    assert_int_equal(other.cell_count, 3);
    assert_int_equal(other.temp_count, 2);
    expect_range(&other.cells_mv[1], 1, 3701, 37010, 3701); /* it had none of its own */
}

static void E7_merging_a_higher_value_leaves_the_lowest(void **state)
{
    (void)state;
    struct vb_rollup other;
    vb_rollup_clear(&other);
    const struct vb_reading high = reading_of(3800, 3800);
    vb_rollup_add(&other, &high);
    add_cells(3600, 3600);
    vb_rollup_merge(&rollup, &other);
    expect_range(&rollup.cells_mv[0], 2, 3600, 37000, 3800);
    vb_rollup_clear(&other);
    const struct vb_reading half = reading_of(VB_CELL_NOT_AVAILABLE, 3800);
    vb_rollup_add(&other, &half);
    vb_rollup_merge(&rollup, &other); /* it has nothing of the first */
    expect_range(&rollup.cells_mv[0], 2, 3600, 37000, 3800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E7_a_cell_without_a_possible_value_is_left_out_the_others_count,
                               fresh),
        cmocka_unit_test_setup(E7_impossible_pack_values_are_never_averaged_in, fresh),
        cmocka_unit_test_setup(E7_what_a_reading_does_not_have_is_not_taken_for_zero, fresh),
        cmocka_unit_test_setup(E7_the_three_numbers_of_a_summary_are_not_taken_for_cells, fresh),
        cmocka_unit_test_setup(E7_lowest_mean_and_highest_are_those_of_the_readings, fresh),
        cmocka_unit_test_setup(E7_a_negative_mean_is_rounded_to_the_nearest_too, fresh),
        cmocka_unit_test_setup(E7_a_minute_of_merged_tens_of_seconds_says_what_its_readings_say,
                               fresh),
        cmocka_unit_test_setup(E7_merging_keeps_what_only_one_of_the_two_has, fresh),
        cmocka_unit_test_setup(E7_a_quiet_pack_of_96_cells_takes_three_bytes_a_cell, fresh),
        cmocka_unit_test_setup(E7_bytes_bring_back_missing_negative_and_extreme_values, fresh),
        cmocka_unit_test_setup(E7_the_example_of_the_docs_is_read_and_written_as_it_says, fresh),
        cmocka_unit_test_setup(E7_bytes_that_cannot_be_are_refused_with_the_reason, fresh),
        cmocka_unit_test_setup(E7_possible_pack_values_are_averaged, fresh),
        cmocka_unit_test_setup(E7_a_rollup_is_as_wide_as_its_widest_reading, fresh),
        cmocka_unit_test_setup(E7_merging_a_higher_value_leaves_the_lowest, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
