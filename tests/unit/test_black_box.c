/* The black box: what it holds, what it leaves out, and that a slow fetcher never gets it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "recordings/recording_lines.h"
#include "voltbeacon/device/black_box.h"

#define BEGIN_MS UINT64_C(100000)
#define OFFSET_MS UINT64_C(1795377500000)

static struct vb_recorded_reading slots[VB_BLACK_BOX_READINGS];
static struct vb_black_box_note notes[VB_BLACK_BOX_NOTES];
static struct vb_black_box box;

static int fresh(void **state)
{
    (void)state;
    vb_black_box_init(&box, slots, VB_BLACK_BOX_READINGS, notes, VB_BLACK_BOX_NOTES);
    return 0;
}

static bool put(uint64_t at_ms, uint32_t sequence)
{
    const struct vb_recorded_reading recorded = {
        .at_ms = at_ms,
        .reading = {.sequence = sequence, .cell_count = 2, .cell_mv = {3800, 3801}}};
    return vb_black_box_reading(&box, &recorded);
}

static void put_note(uint64_t at_ms, const char *text)
{
    char line[VB_RECORDING_LINE_BYTES_MAX];
    struct vb_json json = vb_recording_line_begin(at_ms, line);
    vb_json_string(&json, "note", text);
    vb_black_box_note(&box, at_ms, line, vb_recording_line_end(&json));
}

/* The sequence of the next line's reading, 0 for a note; -1 where there is none. */
static int64_t next_sequence(struct vb_black_box_cursor *cursor)
{
    char text[VB_RECORDING_LINE_BYTES_MAX];
    struct vb_recording_line line;
    struct vb_source_error reason;
    uint64_t at_ms;
    const size_t size = vb_black_box_next(&box, cursor, OFFSET_MS, &at_ms, text);
    if (size == 0)
        return -1;
    assert_int_equal(text[size - 1], '\n');
    const enum vb_recording_line_kind kind =
        vb_recording_line_parse(text, size - 1, &line, &reason);
    assert_true(kind == VB_RECORDING_READING || kind == VB_RECORDING_OTHER);
    assert_int_equal(line.recorded.at_ms, at_ms + OFFSET_MS);
    return kind == VB_RECORDING_READING ? (int64_t)line.recorded.reading.sequence : 0;
}

static void a_fetcher_that_was_overtaken_continues_with_the_oldest_still_held(void **state)
{
    (void)state;
    struct vb_black_box_cursor cursor = {0};
    for (uint32_t i = 1; i <= VB_BLACK_BOX_READINGS + 50; i++)
        assert_true(put(BEGIN_MS + i * 100, i));
    assert_int_equal(next_sequence(&cursor), 51);
    for (uint32_t i = 52; i <= VB_BLACK_BOX_READINGS + 50; i++)
        assert_int_equal(next_sequence(&cursor), i);
    assert_int_equal(next_sequence(&cursor), -1);
    put(BEGIN_MS + UINT64_C(1000000), 7);
    assert_int_equal(next_sequence(&cursor), 7);
}

static void a_line_names_the_cells_that_are_balanced_and_no_others(void **state)
{
    (void)state;
    struct vb_recorded_reading recorded = {.at_ms = BEGIN_MS,
                                           .reading = {.sequence = 1, .cell_count = 12}};
    recorded.reading.balancing[0] = 1u << 3;
    recorded.reading.balancing[1] = 1u << 2;
    assert_true(vb_black_box_reading(&box, &recorded));
    struct vb_black_box_cursor cursor = {0};
    char text[VB_RECORDING_LINE_BYTES_MAX];
    uint64_t at_ms;
    const size_t size = vb_black_box_next(&box, &cursor, OFFSET_MS, &at_ms, text);
    text[size - 1] = '\0';
    assert_non_null(strstr(text, "\"balancing\":[3,10]"));
}

static void an_empty_box_has_nothing(void **state)
{
    (void)state;
    struct vb_black_box_cursor cursor = vb_black_box_since(&box, 0);
    assert_int_equal(next_sequence(&cursor), -1);
}

static void a_note_too_long_is_left_out_and_the_others_stay(void **state)
{
    (void)state;
    char text[VB_BLACK_BOX_NOTE_BYTES_MAX + 10] = "{\"at\":1,";
    memset(text + 8, 'x', sizeof text - 8);
    vb_black_box_note(&box, BEGIN_MS, text, sizeof text);
    vb_black_box_note(&box, BEGIN_MS, "{}", 2); /* nothing stands behind its time */
    put_note(BEGIN_MS, "short");
    struct vb_black_box_cursor cursor = {0};
    assert_int_equal(next_sequence(&cursor), 0);
    assert_int_equal(next_sequence(&cursor), -1);
}

static void ten_a_second_are_all_held_however_unevenly_they_come(void **state)
{
    (void)state;
    static const int8_t jitter_ms[] = {0, 15, -15, 18, -18, 4};
    for (uint32_t i = 0; i < 300; i++)
        assert_true(put(BEGIN_MS + i * 100 + (uint64_t)(int64_t)jitter_ms[i % 6], i));
}

static void faster_ones_are_thinned_to_ten_a_second_so_that_the_minute_fits(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (uint32_t i = 0; i < 60000 / 10; i++) /* 100 a second */
        taken += put(BEGIN_MS + i * 10, i);
    assert_in_range(taken, 595, 605);
    struct vb_black_box_cursor cursor = vb_black_box_since(&box, BEGIN_MS);
    assert_int_equal(next_sequence(&cursor), 0);
}

static void lines_come_in_the_order_of_time_from_the_moment_that_is_asked_for(void **state)
{
    (void)state;
    put(BEGIN_MS, 1);
    put_note(BEGIN_MS + 50, "before");
    put(BEGIN_MS + 1000, 2);
    put_note(BEGIN_MS + 1500, "between");
    put(BEGIN_MS + 2000, 3);
    struct vb_black_box_cursor cursor = vb_black_box_since(&box, BEGIN_MS + 1000);
    assert_int_equal(next_sequence(&cursor), 2);
    assert_int_equal(next_sequence(&cursor), 0);
    assert_int_equal(next_sequence(&cursor), 3);
    assert_int_equal(next_sequence(&cursor), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fetcher_that_was_overtaken_continues_with_the_oldest_still_held,
                               fresh),
        cmocka_unit_test_setup(a_line_names_the_cells_that_are_balanced_and_no_others, fresh),
        cmocka_unit_test_setup(an_empty_box_has_nothing, fresh),
        cmocka_unit_test_setup(a_note_too_long_is_left_out_and_the_others_stay, fresh),
        cmocka_unit_test_setup(ten_a_second_are_all_held_however_unevenly_they_come, fresh),
        cmocka_unit_test_setup(faster_ones_are_thinned_to_ten_a_second_so_that_the_minute_fits,
                               fresh),
        cmocka_unit_test_setup(lines_come_in_the_order_of_time_from_the_moment_that_is_asked_for,
                               fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
