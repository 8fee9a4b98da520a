/* Readings of a source made into a recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "recordings/recording_lines.h"
#include "voltbeacon/device/source_recorder.h"

static struct vb_recorder recorder;
static char text[VB_RECORDER_TEXT_BYTES];

static struct vb_reading reading(uint32_t sampled_ms)
{
    struct vb_reading made = {.sampled_ms = sampled_ms, .cell_count = 2};
    made.cell_mv[0] = 3700;
    made.cell_mv[1] = 3712;
    return made;
}

/* The next line of text; moves on behind it. */
static struct vb_recording_line line_at(size_t *at, size_t size, enum vb_recording_line_kind kind)
{
    struct vb_recording_line line;
    struct vb_source_error reason;
    const char *end = memchr(text + *at, '\n', size - *at);
    assert_non_null(end);
    assert_int_equal(
        vb_recording_line_parse(text + *at, (size_t)(end - text) - *at, &line, &reason), kind);
    *at = (size_t)(end - text) + 1;
    return line;
}

static void the_first_reading_brings_the_head(void **state)
{
    (void)state;
    struct vb_recording_head head;
    struct vb_source_error reason;
    vb_recorder_init(&recorder, "csv:a.csv", 0, UINT64_C(1795000000000));
    struct vb_reading first = reading(80);
    const size_t size = vb_recorder_reading(&recorder, &first, 100, text);
    const char *end = memchr(text, '\n', size);
    assert_true(vb_recording_head_parse(text, (size_t)(end - text), &head, &reason));
    assert_int_equal(head.begin_ms, UINT64_C(1795000000000));
    assert_int_equal(head.cell_count, 2);
    assert_string_equal(head.reason, "voltbeacon record of csv:a.csv");
    size_t at = (size_t)(end - text) + 1;
    const struct vb_recording_line line = line_at(&at, size, VB_RECORDING_READING);
    assert_int_equal(line.recorded.at_ms, UINT64_C(1795000000100));
    assert_int_equal(line.recorded.age_ms, 20);
    assert_int_equal(line.recorded.reading.cell_mv[1], 3712);
    assert_int_equal(at, size);

    struct vb_reading second = reading(200);
    const size_t next = vb_recorder_reading(&recorder, &second, 200, text);
    at = 0;
    assert_int_equal(line_at(&at, next, VB_RECORDING_READING).recorded.at_ms,
                     UINT64_C(1795000000200));
    assert_int_equal(at, next);
}

static void a_source_that_knows_the_time_is_believed(void **state)
{
    (void)state;
    vb_recorder_init(&recorder, "csv:a.csv", 0, UINT64_C(1795000000000));
    struct vb_reading first = reading(0);
    first.wall_ms = UINT64_C(1600000000000);
    vb_recorder_reading(&recorder, &first, 0, text);
    struct vb_reading second = reading(1000);
    second.wall_ms = UINT64_C(1600000099000); /* the first alone is looked at */
    size_t at = 0;
    const size_t size = vb_recorder_reading(&recorder, &second, 1000, text);
    assert_int_equal(line_at(&at, size, VB_RECORDING_READING).recorded.at_ms,
                     UINT64_C(1600000001000));
}

static void its_last_line_counts_those_before_it(void **state)
{
    (void)state;
    vb_recorder_init(&recorder, "sim", 0, 1);
    assert_int_equal(vb_recorder_end(&recorder, text), 0);
    for (uint32_t i = 0; i < 3; i++) {
        struct vb_reading some = reading(i);
        vb_recorder_reading(&recorder, &some, i, text);
    }
    size_t at = 0;
    const size_t size = vb_recorder_end(&recorder, text);
    assert_int_equal(line_at(&at, size, VB_RECORDING_END).line_count, 4);
    assert_int_equal(recorder.readings, 3);
}

static void it_ends_where_its_time_does(void **state)
{
    (void)state;
    vb_recorder_init(&recorder, "sim", 60000, 1);
    assert_true(vb_recorder_wants(&recorder, 0));
    assert_true(vb_recorder_wants(&recorder, 60000));
    assert_false(vb_recorder_wants(&recorder, 60001));
    vb_recorder_init(&recorder, "sim", 0, 1);
    assert_true(vb_recorder_wants(&recorder, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_reading_brings_the_head),
        cmocka_unit_test(a_source_that_knows_the_time_is_believed),
        cmocka_unit_test(its_last_line_counts_those_before_it),
        cmocka_unit_test(it_ends_where_its_time_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
