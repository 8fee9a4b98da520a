/* A recording in the making: which pieces reach its store, and when they are safe there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/device/capture.h"

#define OFFSET_MS UINT64_C(1795377500000)

enum { PIECES_MAX = 128, BOX_READINGS = 400, BOX_NOTES = 400, CELLS = 96 };

static struct vb_recorded_reading slots[BOX_READINGS];
static struct vb_black_box_note notes[BOX_NOTES];
static struct vb_black_box box;
static struct vb_capture capture;
static char scratch[VB_RECORDING_CHUNK_BYTES_MAX];
static uint64_t now_ms;

/* The store: what came, and what was to be done with it. */
static unsigned steps[PIECES_MAX];
static unsigned pieces;
static unsigned lines;
static unsigned heads;
static char first_line[VB_RECORDING_LINE_BYTES_MAX];
static char last_line[VB_RECORDING_LINE_BYTES_MAX];
static bool full;   /* it takes nothing for now */
static bool failed; /* and never will */

static int store_begin(void *ctx, struct vb_recording_entry *entry)
{
    (void)ctx;
    (void)entry;
    return 3;
}

static bool store_write(void *ctx, int recording, const char *bytes, size_t size, uint64_t end_ms,
                        unsigned step)
{
    (void)ctx;
    (void)end_ms;
    assert_int_equal(recording, 3);
    assert_true(size <= VB_RECORDING_CHUNK_BYTES_MAX && pieces < PIECES_MAX);
    if (full)
        return false;
    steps[pieces++] = step;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        assert_non_null(end); /* a piece is whole lines */
        snprintf(last_line, sizeof last_line, "%.*s", (int)(end - bytes - (ptrdiff_t)at),
                 bytes + at);
        if (lines++ == 0)
            memcpy(first_line, last_line, sizeof first_line);
        heads += strstr(last_line, "voltbeacon_recording") != NULL;
        at = (size_t)(end - bytes) + 1;
    }
    return true;
}

static bool store_has_failed(void *ctx, int recording)
{
    (void)ctx;
    (void)recording;
    return failed;
}

static const struct vb_recording_store store = {
    .begin = store_begin, .write = store_write, .has_failed = store_has_failed};

static struct vb_capture_context context(void)
{
    return (struct vb_capture_context){
        .store = &store, .box = &box, .scratch = scratch, .now_ms = now_ms, .offset_ms = OFFSET_MS};
}

static void sample(unsigned count, uint32_t every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        now_ms += every_ms;
        struct vb_recorded_reading recorded = {
            .at_ms = now_ms, .reading = {.sequence = (uint32_t)now_ms, .cell_count = CELLS}};
        for (unsigned cell = 0; cell < CELLS; cell++)
            recorded.reading.cell_mv[cell] = 3700;
        assert_true(vb_black_box_reading(&box, &recorded));
    }
}

static void begin(uint32_t after_ms)
{
    const struct vb_capture_context now = context();
    memset(&capture, 0, sizeof capture);
    assert_true(vb_capture_begin(&capture, &now, after_ms));
}

static bool pump(void)
{
    const struct vb_capture_context now = context();
    return vb_capture_pump(&capture, &now);
}

static int fresh(void **state)
{
    (void)state;
    vb_black_box_init(&box, slots, BOX_READINGS, notes, BOX_NOTES);
    now_ms = 100000;
    pieces = lines = heads = 0;
    full = failed = false;
    return 0;
}

static void the_minute_before_is_safe_first_and_the_rest_every_five_seconds(void **state)
{
    (void)state;
    sample(5, 1000);
    begin(30000);
    assert_false(pump());
    assert_int_equal(pieces, 1);
    assert_int_equal(steps[0], VB_RECORDING_PUBLISH);
    assert_int_equal(lines, 1 + 5);
    for (unsigned second = 1; second <= 29; second++) {
        sample(1, 1000);
        assert_false(pump());
        assert_int_equal(pieces, 1 + second);
        assert_int_equal(steps[second], second % 5 == 0 ? VB_RECORDING_SYNC : VB_RECORDING_GO_ON);
    }
    sample(1, 1000);
    assert_false(pump());
    assert_int_equal(steps[30], VB_RECORDING_FINISH);
    assert_string_equal(last_line, "{\"end\":{\"lines\":36}}");
    assert_int_equal(lines, 1 + 5 + 30 + 1);
    assert_int_equal(heads, 1);
    assert_false(capture.active);
    assert_false(pump()); /* it is over */
    assert_int_equal(pieces, 31);
}

static void the_head_says_how_many_cells_there_are_where_a_reading_does(void **state)
{
    (void)state;
    begin(30000); /* nothing is there yet */
    assert_false(pump());
    assert_non_null(strstr(first_line, "\"cells\":0"));
    (void)fresh(state);
    sample(1, 1000);
    begin(30000);
    assert_false(pump());
    assert_non_null(strstr(first_line, "\"cells\":96"));
}

/* A minute of ten readings a second is many times what a piece holds. */
static void what_does_not_fit_one_piece_comes_in_several_and_is_safe_with_the_last(void **state)
{
    (void)state;
    sample(300, 100);
    begin(30000);
    while (pump())
        assert_int_equal(steps[pieces - 1], VB_RECORDING_GO_ON);
    assert_true(pieces > 5);
    assert_int_equal(steps[pieces - 1], VB_RECORDING_PUBLISH);
    assert_int_equal(lines, 1 + 300);
    assert_int_equal(heads, 1);
}

static void nothing_new_is_no_piece_unless_something_is_to_be_made_safe(void **state)
{
    (void)state;
    sample(1, 1000);
    begin(30000);
    assert_false(pump());
    for (unsigned second = 1; second < 5; second++) {
        now_ms += 1000;
        assert_false(pump());
        assert_int_equal(pieces, 1);
    }
    now_ms += 1000;
    assert_false(pump());
    assert_int_equal(pieces, 2);
    assert_int_equal(steps[1], VB_RECORDING_SYNC);
    now_ms += 1000;
    assert_false(pump());
    assert_int_equal(pieces, 2);
}

static void what_the_store_does_not_take_comes_again_and_once(void **state)
{
    (void)state;
    sample(5, 1000);
    begin(30000);
    full = true;
    assert_true(pump()); /* soon again */
    sample(1, 1000);
    assert_true(pump());
    full = false;
    assert_false(pump());
    assert_int_equal(steps[0], VB_RECORDING_PUBLISH);
    assert_int_equal(lines, 1 + 6);
    assert_int_equal(heads, 1);
}

static void a_recording_that_has_failed_is_over(void **state)
{
    (void)state;
    sample(5, 1000);
    begin(30000);
    assert_false(pump());
    failed = true;
    assert_false(pump());
    assert_int_equal(steps[1], VB_RECORDING_FINISH);
    assert_false(capture.active);
}

static void an_end_at_once_writes_all_that_there_is(void **state)
{
    (void)state;
    sample(300, 100);
    begin(30000);
    const struct vb_capture_context now = context();
    vb_capture_end(&capture, &now);
    assert_int_equal(lines, 1 + 300 + 1);
    assert_false(capture.active);
    (void)fresh(state);
    sample(5, 1000);
    begin(30000);
    full = true; /* a disk that takes nothing does not hold up the end for ever */
    const struct vb_capture_context end = context();
    vb_capture_end(&capture, &end);
    assert_true(capture.active);
    assert_int_equal(pieces, 0);
}

static void prolonging_never_shortens_and_never_goes_beyond_the_most(void **state)
{
    (void)state;
    begin(120000);
    const uint64_t until_ms = capture.until_ms;
    vb_capture_prolong(&capture, now_ms, 30000);
    assert_int_equal(capture.until_ms, until_ms);
    vb_capture_prolong(&capture, now_ms + 110000, 30000);
    assert_int_equal(capture.until_ms, until_ms + 20000);
    vb_capture_prolong(&capture, now_ms + VB_CAPTURE_MS_MAX, 30000);
    assert_int_equal(capture.until_ms, capture.begun_ms + VB_CAPTURE_MS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_minute_before_is_safe_first_and_the_rest_every_five_seconds,
                               fresh),
        cmocka_unit_test_setup(the_head_says_how_many_cells_there_are_where_a_reading_does, fresh),
        cmocka_unit_test_setup(
            what_does_not_fit_one_piece_comes_in_several_and_is_safe_with_the_last, fresh),
        cmocka_unit_test_setup(nothing_new_is_no_piece_unless_something_is_to_be_made_safe, fresh),
        cmocka_unit_test_setup(what_the_store_does_not_take_comes_again_and_once, fresh),
        cmocka_unit_test_setup(a_recording_that_has_failed_is_over, fresh),
        cmocka_unit_test_setup(an_end_at_once_writes_all_that_there_is, fresh),
        cmocka_unit_test_setup(prolonging_never_shortens_and_never_goes_beyond_the_most, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
