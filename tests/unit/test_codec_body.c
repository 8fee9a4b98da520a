/* Bodies that no writer makes, and what is left of a reading by them. The codec's inner functions
 * are called, so that a body is wrong in one thing alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../core/src/codec_body.h"

enum {
    BYTES_MAX = 400,
    FLAG_OF_NOBODY = 1 << 5,
    COMMON_MAX = 0xffff,
    AT_3700_MV = 4 * 3700 /* what is common to all cells, in quarters */
};

static const uint16_t halves[] = {0, 2048, VB_RANGE_TOTAL};
static const uint16_t differs[] = {0, 3840, VB_RANGE_TOTAL};

struct stream {
    uint8_t bytes[BYTES_MAX];
    struct vb_range_writer writer;
    uint32_t age_ms;
};

static void begin(struct stream *stream)
{
    stream->age_ms = 0;
    stream->writer = vb_range_writer_of(stream->bytes, sizeof stream->bytes);
}

static struct vb_range_reader end(struct stream *stream)
{
    const size_t size = vb_range_finish(&stream->writer);
    assert_true(size > 0);
    return vb_range_reader_of(stream->bytes, size);
}

/* ---- The head ---- */

static void a_half_refers_to_nothing_and_what_stands_alone_corrects_nothing(void **state)
{
    (void)state;
    static const uint16_t parts[] = {0, 3968, 4032, VB_RANGE_TOTAL};
    static const uint16_t refers[] = {0, 256, VB_RANGE_TOTAL};
    static const uint16_t corrections[] = {0, 3712, 3968, VB_RANGE_TOTAL};
    static const uint16_t corrections_alone[] = {0, 2560, 4095, VB_RANGE_TOTAL};
    for (unsigned i = 0; i < 3 * 2 * VB_CORRECTION_COUNT; i++) {
        const uint8_t part = (uint8_t)(i % 3);
        const uint8_t distance = (uint8_t)(i / 3 % 2);
        const uint8_t correction = (uint8_t)(i / 6);
        struct stream stream;
        begin(&stream);
        vb_range_put(&stream.writer, parts, part);
        vb_range_put(&stream.writer, refers, distance > 0);
        if (distance > 0)
            vb_range_put_bits(&stream.writer, distance - 1u, 6);
        vb_range_put(&stream.writer, distance > 0 ? corrections : corrections_alone, correction);
        struct vb_range_reader reader = end(&stream);
        struct vb_body_head head;
        vb_body_head_read(&reader, &head);
        assert_int_equal(head.part, part);
        assert_int_equal(head.distance, distance);
        assert_int_equal(head.correction, correction);
        const bool plain = distance == 0 && correction == VB_CORRECTION_NONE;
        const bool whole =
            part == VB_BODY_WHOLE && (distance > 0 || correction != VB_CORRECTION_HALF);
        assert_int_equal(reader.failed, !plain && !whole);
    }
}

/* ---- What follows it, up to a wall clock that is not known ---- */

struct shape {
    uint8_t part;
    uint8_t cell_count;
    uint8_t temp_count;
    uint8_t flags;
};

static void put_shape(struct stream *stream, const struct shape *shape)
{
    begin(stream);
    vb_range_put_bits(&stream->writer, shape->cell_count, 8);
    vb_range_put_bits(&stream->writer, shape->temp_count, 6);
    vb_range_put_bits(&stream->writer, shape->flags, 6);
}

/* All cells are as expected, and these are missing. */
static void put_cells(struct stream *stream, const uint8_t *missing, unsigned missing_count,
                      int32_t common)
{
    vb_range_put_bits(&stream->writer, 0, 3);
    vb_range_put(&stream->writer, differs, missing_count > 0);
    if (missing_count > 0)
        vb_range_put_bits(&stream->writer, missing_count, 8);
    for (unsigned i = 0; i < missing_count; i++)
        vb_range_put_bits(&stream->writer, missing[i], 8);
    vb_range_put_number(&stream->writer, common);
}

static void put_no_balancing(struct stream *stream)
{
    vb_range_put(&stream->writer, halves, 0);
}

static void put_temps_as_expected(struct stream *stream)
{
    vb_range_put_bits(&stream->writer, 0, 3);
}

/* Reads the body over *reading. True if it is one that a writer makes. */
static bool read_over(struct stream *stream, uint8_t part, struct vb_reading *reading)
{
    static const uint16_t wall_alone[] = {0, 1, 3584, VB_RANGE_TOTAL};
    if (part != VB_BODY_SECOND) {
        vb_range_put_bits(&stream->writer, 1, 32); /* sequence */
        vb_range_put(&stream->writer, wall_alone, 2);
        vb_range_put_count(&stream->writer, stream->age_ms);
    }
    struct vb_range_reader reader = end(stream);
    const struct vb_body_head head = {.part = part};
    uint32_t age_ms = 0;
    (void)vb_body_read(&reader, NULL, &head, reading, &age_ms);
    return vb_range_done(&reader);
}

static bool is_read(struct stream *stream, uint8_t part)
{
    struct vb_reading reading = {0};
    return read_over(stream, part, &reading);
}

static void a_shape_that_no_reading_has_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct shape shape;
        bool good;
    } cases[] = {
        {{VB_BODY_WHOLE, 1, 0, 0}, true},
        {{VB_BODY_WHOLE, 0, 0, 0}, false},
        {{VB_BODY_WHOLE, VB_CELLS_MAX, VB_TEMPS_MAX, 0}, true},
        {{VB_BODY_WHOLE, VB_CELLS_MAX, VB_TEMPS_MAX + 1, 0}, false},
        {{VB_BODY_WHOLE, VB_CELLS_MAX + 1, 0, 0}, false},
        {{VB_BODY_WHOLE, 3, 0, FLAG_OF_NOBODY}, false},
        {{VB_BODY_WHOLE, 3, 0, VB_READING_SUMMARY}, true},
        {{VB_BODY_WHOLE, 4, 0, VB_READING_SUMMARY}, false},
        {{VB_BODY_WHOLE, 15, 0, 0}, true},
        {{VB_BODY_FIRST, 15, 0, 0}, false},
        {{VB_BODY_SECOND, 15, 0, 0}, false},
        {{VB_BODY_FIRST, 16, 0, 0}, true},
        {{VB_BODY_SECOND, 16, 0, 0}, true},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct stream stream;
        put_shape(&stream, &cases[i].shape);
        put_cells(&stream, NULL, 0, AT_3700_MV);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        assert_int_equal(is_read(&stream, cases[i].shape.part), cases[i].good);
    }
}

/* ---- Cells ---- */

/* The others are the other half's, or nobody's. */
static void a_half_marks_no_cell_but_its_own_as_missing(void **state)
{
    (void)state;
    static const struct {
        uint8_t part;
        uint8_t cell;
        bool own;
    } cases[] = {{VB_BODY_FIRST, 15, true},   {VB_BODY_FIRST, 16, false},
                 {VB_BODY_FIRST, 32, false},  {VB_BODY_SECOND, 15, false},
                 {VB_BODY_SECOND, 16, true},  {VB_BODY_SECOND, 31, true},
                 {VB_BODY_SECOND, 32, false}, {VB_BODY_SECOND, 191, false}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct stream stream;
        struct vb_reading reading = {0};
        put_shape(&stream, &(struct shape){cases[i].part, 32, 0, 0});
        put_cells(&stream, &cases[i].cell, 1, AT_3700_MV);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        assert_int_equal(read_over(&stream, cases[i].part, &reading), cases[i].own);
        assert_int_equal(reading.cell_mv[cases[i].cell] == VB_CELL_NOT_AVAILABLE, cases[i].own);
    }
}

static void behind_a_cell_that_is_missing_twice_no_other_is_missing(void **state)
{
    (void)state;
    static const uint8_t missing[] = {7, 7, 9};
    struct stream stream;
    struct vb_reading reading = {0};
    put_shape(&stream, &(struct shape){VB_BODY_WHOLE, 32, 0, 0});
    put_cells(&stream, missing, sizeof missing, AT_3700_MV);
    put_no_balancing(&stream);
    put_temps_as_expected(&stream);
    assert_false(read_over(&stream, VB_BODY_WHOLE, &reading));
    assert_int_equal(reading.cell_mv[7], VB_CELL_NOT_AVAILABLE);
    assert_int_not_equal(reading.cell_mv[9], VB_CELL_NOT_AVAILABLE);
}

/* Where none is there, nothing else tells that it is too far. */
static void what_is_common_to_all_cells_is_within_what_cells_can_have(void **state)
{
    (void)state;
    static const int32_t commons[] = {COMMON_MAX, -COMMON_MAX, COMMON_MAX + 1, -COMMON_MAX - 1};
    for (size_t i = 0; i < VB_COUNT_OF(commons); i++) {
        struct stream stream;
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, 1, 0, 0});
        vb_range_put_bits(&stream.writer, 0, 3);
        vb_range_put(&stream.writer, differs, 1);
        vb_range_put_bits(&stream.writer, 1, 8);
        vb_range_put_bits(&stream.writer, 1, 1); /* a bit for each cell, of which there is one */
        vb_range_put_number(&stream.writer, commons[i]);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        assert_int_equal(is_read(&stream, VB_BODY_WHOLE), i < 2);
    }
}

/* Eight cells are as many as one takes in the list: then they are marked. */
static void eight_cells_of_which_one_is_missing_are_marked_and_nine_are_listed(void **state)
{
    (void)state;
    for (uint8_t cell_count = 8; cell_count <= 9; cell_count++) {
        struct stream stream;
        struct vb_reading reading = {0};
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, cell_count, 0, 0});
        vb_range_put_bits(&stream.writer, 0, 3);
        vb_range_put(&stream.writer, differs, 1);
        vb_range_put_bits(&stream.writer, 1, 8);
        for (unsigned cell = 0; cell_count == 8 && cell < 8; cell++)
            vb_range_put_bits(&stream.writer, cell == 5, 1);
        if (cell_count == 9)
            vb_range_put_bits(&stream.writer, 5, 8);
        vb_range_put_number(&stream.writer, AT_3700_MV);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        assert_true(read_over(&stream, VB_BODY_WHOLE, &reading));
        for (unsigned cell = 0; cell < cell_count; cell++)
            assert_int_equal(reading.cell_mv[cell], cell == 5 ? VB_CELL_NOT_AVAILABLE : 3700);
    }
}

/* ---- Balancing ---- */

static void no_cell_beyond_the_last_is_balancing(void **state)
{
    (void)state;
    static const struct {
        uint8_t cell_count;
        uint8_t last_byte;
        bool good;
    } cases[] = {{12, 0x0f, true}, {12, 0x10, false}, {12, 0x80, false}, {16, 0xff, true}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct stream stream;
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, cases[i].cell_count, 0, 0});
        put_cells(&stream, NULL, 0, AT_3700_MV);
        vb_range_put(&stream.writer, halves, 1);
        vb_range_put_bits(&stream.writer, 0x5a, 8);
        vb_range_put_bits(&stream.writer, cases[i].last_byte, 8);
        put_temps_as_expected(&stream);
        assert_int_equal(is_read(&stream, VB_BODY_WHOLE), cases[i].good);
    }
}

/* ---- Temperatures ---- */

/* The first one is expected at 20 degC. */
static void a_temperature_beyond_what_a_reading_holds_is_refused(void **state)
{
    (void)state;
    static const struct {
        int32_t residual;
        bool good;
    } cases[] = {
        {INT16_MAX - 200, true},  {INT16_MAX - 199, false}, {INT16_MIN - 200, true},
        {INT16_MIN - 201, false}, {INT32_MAX, false},       {INT32_MIN, false},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct stream stream;
        struct vb_series series = {.count = 1, .residuals = {cases[i].residual}};
        const struct vb_series_code code = {.form = 1, .escapes = 1};
        series.symbols[0] = 17; /* the escape */
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, 1, 1, 0});
        put_cells(&stream, NULL, 0, AT_3700_MV);
        put_no_balancing(&stream);
        vb_series_code_write(&stream.writer, &code);
        vb_series_write(&stream.writer, &series, &code);
        struct vb_reading reading = {0};
        assert_int_equal(read_over(&stream, VB_BODY_WHOLE, &reading), cases[i].good);
        assert_int_equal(reading.temp_dc[0], cases[i].good ? 200 + cases[i].residual : 0);
    }
}

/* ---- Scalars ---- */

/* As many steps of 1 A as there are milliamperes in 32 bits, and one more. */
static void a_current_beyond_what_a_reading_holds_is_refused(void **state)
{
    (void)state;
    static const uint16_t units[] = {0, 2048, 3072, 3584, VB_RANGE_TOTAL};
    static const struct {
        int32_t steps;
        bool good;
    } cases[] = {{2147483, true}, {2147484, false}, {-2147483, true}, {-2147484, false}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct stream stream;
        struct vb_reading reading = {0};
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, 1, 0, VB_READING_HAS_CURRENT});
        vb_range_put(&stream.writer, units, 3);
        vb_range_put_number(&stream.writer, cases[i].steps);
        put_cells(&stream, NULL, 0, AT_3700_MV);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        assert_int_equal(read_over(&stream, VB_BODY_WHOLE, &reading), cases[i].good);
        assert_int_equal(reading.current_ma, cases[i].good ? cases[i].steps * 1000 : 0);
    }
}

static void an_age_of_more_than_16_bits_is_refused(void **state)
{
    (void)state;
    for (uint32_t age_ms = UINT16_MAX; age_ms <= UINT16_MAX + 1u; age_ms++) {
        struct stream stream;
        put_shape(&stream, &(struct shape){VB_BODY_WHOLE, 1, 0, 0});
        put_cells(&stream, NULL, 0, AT_3700_MV);
        put_no_balancing(&stream);
        put_temps_as_expected(&stream);
        stream.age_ms = age_ms;
        assert_int_equal(is_read(&stream, VB_BODY_WHOLE), age_ms == UINT16_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_refers_to_nothing_and_what_stands_alone_corrects_nothing),
        cmocka_unit_test(a_shape_that_no_reading_has_is_refused),
        cmocka_unit_test(a_half_marks_no_cell_but_its_own_as_missing),
        cmocka_unit_test(behind_a_cell_that_is_missing_twice_no_other_is_missing),
        cmocka_unit_test(what_is_common_to_all_cells_is_within_what_cells_can_have),
        cmocka_unit_test(eight_cells_of_which_one_is_missing_are_marked_and_nine_are_listed),
        cmocka_unit_test(no_cell_beyond_the_last_is_balancing),
        cmocka_unit_test(a_temperature_beyond_what_a_reading_holds_is_refused),
        cmocka_unit_test(a_current_beyond_what_a_reading_holds_is_refused),
        cmocka_unit_test(an_age_of_more_than_16_bits_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
