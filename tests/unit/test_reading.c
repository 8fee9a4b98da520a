/* Readings: their raw form, what is said of them, and the ring of the last ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "voltbeacon/core/reading.h"

enum {
    NOW_MS = 100000,
    /* Where fields stand in the raw form. */
    AT_FLAGS = 6,
    AT_PACK = 13,
    AT_CURRENT = 17,
    AT_SOC = 21,
    AT_CELL_COUNT = 23,
    AT_TEMP_COUNT = 24,
    AT_CELLS = 25
};

static struct vb_reading small_reading(void)
{
    return (struct vb_reading){
        .sequence = 0x01020304,
        .wall_ms = 0x0a0b0c0d0e0fu,
        .flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT |
                 VB_READING_HAS_SOC,
        .cell_count = 3,
        .temp_count = 2,
        .soc_permille = 621,
        .pack_mv = 11400,
        .current_ma = -1500,
        .cell_mv = {3800, VB_CELL_NOT_AVAILABLE, 3799},
        .temp_dc = {-55, VB_TEMP_NOT_AVAILABLE},
        .balancing = {0x05},
    };
}

static struct vb_reading large_reading(void)
{
    struct vb_reading reading = small_reading();
    reading.cell_count = VB_CELLS_MAX;
    reading.temp_count = VB_TEMPS_MAX;
    for (unsigned i = 0; i < VB_CELLS_MAX; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + i);
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++)
        reading.temp_dc[i] = (int16_t)(200 - 20 * (int)i);
    memset(reading.balancing, 0xa5, sizeof reading.balancing);
    return reading;
}

static size_t encode_small(uint8_t bytes[VB_READING_BYTES_MAX])
{
    const struct vb_reading reading = small_reading();
    return vb_reading_encode(&reading, 250, bytes);
}

static void expect_refused(const uint8_t *bytes, size_t size, enum vb_err err)
{
    struct vb_reading reading;
    struct vb_reading before;
    memset(&reading, 0x5a, sizeof reading);
    before = reading;
    assert_int_equal(vb_reading_decode(bytes, size, NOW_MS, &reading), err);
    assert_memory_equal(&reading, &before, sizeof reading);
}

static void expect_refused_with(size_t at, uint8_t value)
{
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = encode_small(bytes);
    bytes[at] = value;
    expect_refused(bytes, size, VB_ERR_MALFORMED);
}

static void every_cut_is_refused_as_truncated_and_changes_nothing(void **state)
{
    (void)state;
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = encode_small(bytes);
    for (size_t cut = 0; cut < size; cut++)
        expect_refused(bytes, cut, VB_ERR_TRUNCATED);
}

static void a_byte_too_many_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = encode_small(bytes);
    bytes[size] = 0;
    expect_refused(bytes, size + 1, VB_ERR_MALFORMED);
}

static void unknown_flags_are_refused(void **state)
{
    (void)state;
    expect_refused_with(AT_FLAGS, 0x2f);
    expect_refused_with(AT_FLAGS, 0x80);
}

static void a_summary_of_other_than_three_cells_is_refused(void **state)
{
    (void)state;
    const struct vb_reading four = {.cell_count = 4};
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(&four, 0, bytes);
    bytes[AT_FLAGS] = VB_READING_SUMMARY;
    expect_refused(bytes, size, VB_ERR_MALFORMED);
}

static void a_summary_is_lowest_highest_and_mean_E1a(void **state)
{
    (void)state;
    struct vb_reading reading = {.flags = VB_READING_TOGETHER, .cell_count = 4, .temp_count = 2};
    struct vb_reading summary;
    const uint16_t cells[] = {3700, VB_CELL_NOT_AVAILABLE, 3801, 3702};
    memcpy(reading.cell_mv, cells, sizeof cells);
    reading.balancing[0] = 5;
    assert_true(vb_reading_summarise(&reading, &summary));
    assert_int_equal(summary.cell_count, 3);
    assert_int_equal(summary.cell_mv[0], 3700);
    assert_int_equal(summary.cell_mv[1], 3801);
    assert_int_equal(summary.cell_mv[2], 3734);
    assert_int_equal(summary.balancing[0] | summary.temp_count, 0);
    uint8_t bytes[VB_READING_BYTES_MAX];
    struct vb_reading back;
    const size_t size = vb_reading_encode(&summary, 0, bytes);
    assert_int_equal(vb_reading_decode(bytes, size, 0, &back), VB_ERR_OK);
    assert_int_equal(back.flags, VB_READING_TOGETHER | VB_READING_SUMMARY);
    reading.cell_count = 1;
    reading.cell_mv[0] = VB_CELL_NOT_AVAILABLE;
    assert_false(vb_reading_summarise(&reading, &summary));
}

static void counts_out_of_range_are_refused(void **state)
{
    (void)state;
    expect_refused_with(AT_CELL_COUNT, 0);
    expect_refused_with(AT_CELL_COUNT, VB_CELLS_MAX + 1);
    expect_refused_with(AT_TEMP_COUNT, VB_TEMPS_MAX + 1);
}

static void a_state_of_charge_above_1000_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_READING_BYTES_MAX];
    struct vb_reading reading = small_reading();
    reading.soc_permille = 1000;
    const size_t size = vb_reading_encode(&reading, 0, bytes);
    assert_int_equal(vb_reading_decode(bytes, size, NOW_MS, &reading), VB_ERR_OK);
    bytes[AT_SOC]++;
    expect_refused(bytes, size, VB_ERR_MALFORMED);
}

static void a_cell_above_8191_mv_is_refused(void **state)
{
    (void)state;
    expect_refused_with(AT_CELLS + 1, 0x20);
    expect_refused_with(AT_CELLS + 5, 0xff);
}

static void a_balancing_bit_of_no_cell_is_refused(void **state)
{
    (void)state;
    expect_refused_with(AT_CELLS + 6, 0x08);
    expect_refused_with(AT_CELLS + 6, 0x80);
}

static void a_value_marked_unknown_but_present_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t flag;
        size_t at;
        size_t size;
    } fields[] = {{VB_READING_HAS_VOLTAGE, AT_PACK, 4},
                  {VB_READING_HAS_CURRENT, AT_CURRENT, 4},
                  {VB_READING_HAS_SOC, AT_SOC, 2}};
    for (size_t i = 0; i < VB_COUNT_OF(fields); i++) {
        uint8_t bytes[VB_READING_BYTES_MAX];
        const size_t size = encode_small(bytes);
        bytes[AT_FLAGS] &= (uint8_t)~fields[i].flag;
        expect_refused(bytes, size, VB_ERR_MALFORMED);
        struct vb_reading reading;
        memset(bytes + fields[i].at, 0, fields[i].size);
        assert_int_equal(vb_reading_decode(bytes, size, NOW_MS, &reading), VB_ERR_OK);
    }
}

static void unknown_values_are_zero_on_the_wire_whatever_the_struct_holds(void **state)
{
    (void)state;
    struct vb_reading reading = small_reading();
    uint8_t bytes[VB_READING_BYTES_MAX];
    reading.flags = 0;
    const size_t size = vb_reading_encode(&reading, 0, bytes);
    assert_int_equal(vb_reading_decode(bytes, size, NOW_MS, &reading), VB_ERR_OK);
    assert_int_equal(reading.pack_mv, 0);
    assert_int_equal(reading.current_ma, 0);
    assert_int_equal(reading.soc_permille, 0);
}

static void the_raw_form_is_byte_for_byte_as_documented(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0xfa, 0x00,                         /* age 250 ms */
        0x04, 0x03, 0x02, 0x01,             /* sequence */
        0x0f,                               /* flags */
        0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, /* wall clock */
        0x88, 0x2c, 0x00, 0x00,             /* 11400 mV */
        0x24, 0xfa, 0xff, 0xff,             /* -1500 mA */
        0x6d, 0x02,                         /* 62.1 % */
        0x03, 0x02,                         /* cells, temperatures */
        0xd8, 0x0e, 0xff, 0x1f, 0xd7, 0x0e, /* 3800, not available, 3799 mV */
        0x05,                               /* balancing */
        0xc9, 0xff, 0x00, 0x80,             /* -5.5 degC, not available */
    };
    uint8_t bytes[VB_READING_BYTES_MAX];
    assert_int_equal(encode_small(bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void a_reading_comes_back_as_it_went_with_its_age_taken_from_now(void **state)
{
    (void)state;
    const struct vb_reading sent = small_reading();
    struct vb_reading received;
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(&sent, 250, bytes);
    assert_int_equal(vb_reading_decode(bytes, size, NOW_MS, &received), VB_ERR_OK);
    assert_int_equal(received.sampled_ms, NOW_MS - 250);
    struct vb_reading expected = sent;
    expected.sampled_ms = NOW_MS - 250;
    assert_memory_equal(&received, &expected, sizeof received);
}

static void E1_192_cells_and_40_temperatures_fit(void **state)
{
    (void)state;
    const struct vb_reading sent = large_reading();
    struct vb_reading received;
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(&sent, 0, bytes);
    assert_int_equal(size, 25 + 384 + 24 + 80);
    assert_int_equal(vb_reading_decode(bytes, size, 0, &received), VB_ERR_OK);
    assert_memory_equal(received.cell_mv, sent.cell_mv, sizeof sent.cell_mv);
    assert_memory_equal(received.temp_dc, sent.temp_dc, sizeof sent.temp_dc);
    assert_memory_equal(received.balancing, sent.balancing, sizeof sent.balancing);
}

static void extreme_values_come_back(void **state)
{
    (void)state;
    struct vb_reading reading = small_reading();
    uint8_t bytes[VB_READING_BYTES_MAX];
    reading.sequence = UINT32_MAX;
    reading.wall_ms = (UINT64_C(1) << 48) - 1;
    reading.pack_mv = UINT32_MAX;
    reading.temp_dc[0] = INT16_MAX;
    static const int32_t currents_ma[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX};
    for (size_t i = 0; i < VB_COUNT_OF(currents_ma); i++) {
        struct vb_reading received;
        reading.current_ma = currents_ma[i];
        const size_t size = vb_reading_encode(&reading, 0, bytes);
        assert_int_equal(vb_reading_decode(bytes, size, 0, &received), VB_ERR_OK);
        assert_memory_equal(&received, &reading, sizeof received);
    }
}

static void an_age_saturates_and_goes_back_over_the_clocks_wrap(void **state)
{
    (void)state;
    const struct vb_reading reading = small_reading();
    struct vb_reading received;
    uint8_t bytes[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(&reading, 70000, bytes);
    assert_int_equal(vb_reading_decode(bytes, size, 10, &received), VB_ERR_OK);
    assert_int_equal((uint32_t)(10 - received.sampled_ms), 65535);
}

static void stats_of_no_available_cell_are_all_zero(void **state)
{
    (void)state;
    const struct vb_reading reading = {.cell_count = 2,
                                       .cell_mv = {VB_CELL_NOT_AVAILABLE, VB_CELL_NOT_AVAILABLE}};
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, 0);
    assert_int_equal(stats.min_mv, 0);
    assert_int_equal(stats.max_mv, 0);
    assert_int_equal(stats.avg_uv, 0);
}

static void E4_a_cell_that_is_not_available_is_outside_min_max_and_avg(void **state)
{
    (void)state;
    const struct vb_reading reading = small_reading();
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, 2);
    assert_int_equal(stats.min_index, 2);
    assert_int_equal(stats.min_mv, 3799);
    assert_int_equal(stats.max_index, 0);
    assert_int_equal(stats.max_mv, 3800);
    assert_int_equal(stats.avg_uv, 3799500);
}

static void stats_name_the_first_of_equal_cells_and_round_the_average(void **state)
{
    (void)state;
    const struct vb_reading reading = {.cell_count = 6,
                                       .cell_mv = {3701, 3700, 3702, 3700, 3702, 3700}};
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.min_index, 1);
    assert_int_equal(stats.max_index, 2);
    assert_int_equal(stats.avg_uv, 3700833);
}

/* As a pack that is cut off reads. */
static void a_cell_of_0_mv_is_the_highest_where_no_other_is_known(void **state)
{
    (void)state;
    const struct vb_reading reading = {.cell_count = 3, .cell_mv = {VB_CELL_NOT_AVAILABLE, 0, 0}};
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, 2);
    assert_int_equal(stats.min_index, 1);
    assert_int_equal(stats.max_index, 1);
}

static void stats_hold_at_the_largest_pack(void **state)
{
    (void)state;
    struct vb_reading reading = {.cell_count = VB_CELLS_MAX};
    for (unsigned i = 0; i < VB_CELLS_MAX; i++)
        reading.cell_mv[i] = VB_CELL_MV_MAX;
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, VB_CELLS_MAX);
    assert_int_equal(stats.avg_uv, VB_CELL_MV_MAX * 1000);
}

static void E3_the_ring_overwrites_the_oldest(void **state)
{
    (void)state;
    enum { CAPACITY = 3 };
    struct vb_reading slots[CAPACITY];
    struct vb_reading_ring ring;
    vb_reading_ring_init(&ring, slots, CAPACITY);
    assert_null(vb_reading_ring_at(&ring, 0));
    for (uint32_t sequence = 1; sequence <= 7; sequence++) {
        const struct vb_reading reading = {.sequence = sequence};
        vb_reading_ring_push(&ring, &reading);
        for (uint16_t back = 0; back < CAPACITY; back++) {
            const struct vb_reading *held = vb_reading_ring_at(&ring, back);
            if (back >= sequence)
                assert_null(held);
            else
                assert_int_equal(held->sequence, sequence - back);
        }
        assert_null(vb_reading_ring_at(&ring, CAPACITY));
    }
}

static void a_cursor_gets_every_reading_once_and_hears_what_it_missed(void **state)
{
    (void)state;
    enum { CAPACITY = 4 };
    struct vb_reading slots[CAPACITY];
    struct vb_reading_ring ring;
    struct vb_reading_cursor cursor = {0};
    uint32_t missed = 9;
    vb_reading_ring_init(&ring, slots, CAPACITY);
    assert_null(vb_reading_ring_next(&ring, &cursor, &missed));
    assert_int_equal(missed, 0);
    ring.pushes = cursor.taken = 0xfffffffd; /* the count wraps on the way */
    uint32_t pushed = 0;
    uint32_t next = 0;
    for (uint32_t round = 0; round < 12; round++) {
        for (uint32_t i = 0; i < round; i++) {
            const struct vb_reading reading = {.sequence = pushed++};
            vb_reading_ring_push(&ring, &reading);
        }
        if (round > CAPACITY)
            next += round - CAPACITY;
        uint32_t expected_missed = round > CAPACITY ? round - CAPACITY : 0;
        const struct vb_reading *reading;
        while ((reading = vb_reading_ring_next(&ring, &cursor, &missed)) != NULL) {
            assert_int_equal(reading->sequence, next++);
            assert_int_equal(missed, expected_missed);
            expected_missed = 0;
        }
        assert_int_equal(next, pushed);
    }
}

static void a_cursor_begins_at_what_the_ring_holds_or_at_what_comes(void **state)
{
    (void)state;
    struct vb_reading slots[2];
    struct vb_reading_ring ring;
    uint32_t missed;
    vb_reading_ring_init(&ring, slots, 2);
    vb_reading_ring_push(&ring, &(struct vb_reading){.sequence = 1});
    struct vb_reading_cursor all = {0};
    struct vb_reading_cursor coming = {ring.pushes};
    assert_int_equal(vb_reading_ring_next(&ring, &all, &missed)->sequence, 1);
    assert_null(vb_reading_ring_next(&ring, &coming, &missed));
    vb_reading_ring_push(&ring, &(struct vb_reading){.sequence = 2});
    assert_int_equal(vb_reading_ring_next(&ring, &coming, &missed)->sequence, 2);
    assert_int_equal(vb_reading_ring_next(&ring, &all, &missed)->sequence, 2);
}

/* Of a place that is given to another transmitter. */
static void a_ring_that_starts_over_has_nothing_for_an_old_cursor(void **state)
{
    (void)state;
    enum { CAPACITY = 2 };
    struct vb_reading slots[CAPACITY];
    struct vb_reading_ring ring;
    struct vb_reading_cursor cursor = {.taken = 5};
    uint32_t missed;
    vb_reading_ring_init(&ring, slots, CAPACITY);
    assert_null(vb_reading_ring_next(&ring, &cursor, &missed));
    assert_null(vb_reading_ring_next(&ring, &cursor, &missed));
    assert_int_equal(missed, 0);
    const struct vb_reading reading = {.sequence = 7};
    vb_reading_ring_push(&ring, &reading);
    assert_int_equal(vb_reading_ring_next(&ring, &cursor, &missed)->sequence, 7);
    assert_int_equal(missed, 0);
}

static void a_ring_of_one_holds_the_newest(void **state)
{
    (void)state;
    struct vb_reading slot;
    struct vb_reading_ring ring;
    vb_reading_ring_init(&ring, &slot, 1);
    for (uint32_t sequence = 1; sequence <= 3; sequence++) {
        const struct vb_reading reading = {.sequence = sequence};
        vb_reading_ring_push(&ring, &reading);
        assert_int_equal(vb_reading_ring_at(&ring, 0)->sequence, sequence);
        assert_null(vb_reading_ring_at(&ring, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused_as_truncated_and_changes_nothing),
        cmocka_unit_test(a_byte_too_many_is_refused),
        cmocka_unit_test(unknown_flags_are_refused),
        cmocka_unit_test(a_summary_of_other_than_three_cells_is_refused),
        cmocka_unit_test(a_summary_is_lowest_highest_and_mean_E1a),
        cmocka_unit_test(counts_out_of_range_are_refused),
        cmocka_unit_test(a_state_of_charge_above_1000_is_refused),
        cmocka_unit_test(a_cell_above_8191_mv_is_refused),
        cmocka_unit_test(a_balancing_bit_of_no_cell_is_refused),
        cmocka_unit_test(a_value_marked_unknown_but_present_is_refused),
        cmocka_unit_test(unknown_values_are_zero_on_the_wire_whatever_the_struct_holds),
        cmocka_unit_test(the_raw_form_is_byte_for_byte_as_documented),
        cmocka_unit_test(a_reading_comes_back_as_it_went_with_its_age_taken_from_now),
        cmocka_unit_test(E1_192_cells_and_40_temperatures_fit),
        cmocka_unit_test(extreme_values_come_back),
        cmocka_unit_test(an_age_saturates_and_goes_back_over_the_clocks_wrap),
        cmocka_unit_test(stats_of_no_available_cell_are_all_zero),
        cmocka_unit_test(E4_a_cell_that_is_not_available_is_outside_min_max_and_avg),
        cmocka_unit_test(stats_name_the_first_of_equal_cells_and_round_the_average),
        cmocka_unit_test(a_cell_of_0_mv_is_the_highest_where_no_other_is_known),
        cmocka_unit_test(stats_hold_at_the_largest_pack),
        cmocka_unit_test(E3_the_ring_overwrites_the_oldest),
        cmocka_unit_test(a_cursor_gets_every_reading_once_and_hears_what_it_missed),
        cmocka_unit_test(a_cursor_begins_at_what_the_ring_holds_or_at_what_comes),
        cmocka_unit_test(a_ring_that_starts_over_has_nothing_for_an_old_cursor),
        cmocka_unit_test(a_ring_of_one_holds_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
