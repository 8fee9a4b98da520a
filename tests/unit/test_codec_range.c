/* The range coder, and bodies made with it that no writer makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../core/src/codec_range.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/random.h"

enum { BYTES_MAX = 200, NUMBERS = 40 };

static const uint16_t halves[] = {0, 2048, VB_RANGE_TOTAL};
static const uint16_t differs[] = {0, 3840, VB_RANGE_TOTAL};

static void what_was_put_comes_back_and_the_stream_ends_there(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 1);
    for (unsigned round = 0; round < 1000; round++) {
        uint8_t bytes[BYTES_MAX];
        uint32_t counts[NUMBERS];
        int32_t numbers[NUMBERS];
        struct vb_range_writer writer = vb_range_writer_of(bytes, sizeof bytes);
        for (unsigned i = 0; i < NUMBERS; i++) {
            const uint64_t any = vb_random_u64(&random);
            counts[i] = (uint32_t)any >> (any >> 59);
            numbers[i] = (int32_t)(any >> 32 & 0x3ff) - 512;
            vb_range_put(&writer, differs, counts[i] % 2);
            vb_range_put_bits(&writer, counts[i], 32);
            vb_range_put_number(&writer, numbers[i]);
        }
        const size_t size = vb_range_finish(&writer);
        if (size == 0)
            continue; /* it did not fit */
        struct vb_range_reader reader = vb_range_reader_of(bytes, size);
        for (unsigned i = 0; i < NUMBERS; i++) {
            assert_int_equal(vb_range_get(&reader, differs), counts[i] % 2);
            assert_int_equal(vb_range_get_bits(&reader, 32), counts[i]);
            assert_int_equal(vb_range_get_number(&reader), numbers[i]);
        }
        assert_true(vb_range_done(&reader));
    }
}

static void a_stream_of_the_first_choices_is_one_byte(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= 20; count++) {
        uint8_t bytes[BYTES_MAX];
        struct vb_range_writer writer = vb_range_writer_of(bytes, sizeof bytes);
        for (unsigned i = 0; i < count; i++)
            vb_range_put(&writer, halves, 0);
        assert_int_equal(vb_range_finish(&writer), 1);
        assert_int_equal(bytes[0], 0);
    }
}

static void a_stream_that_does_not_fit_says_so_and_stays_within_its_bytes(void **state)
{
    (void)state;
    uint8_t bytes[BYTES_MAX];
    memset(bytes, 0xa5, sizeof bytes);
    struct vb_range_writer writer = vb_range_writer_of(bytes, 8);
    for (unsigned i = 0; i < 20; i++)
        vb_range_put_bits(&writer, 0xffffffff, 32);
    assert_int_equal(vb_range_finish(&writer), 0);
    assert_int_equal(bytes[8], 0xa5);
}

/* The interval does not divide evenly: what is left over at its end is nobody's. */
static void a_run_is_the_same_stream_as_its_choices_one_by_one(void **state)
{
    (void)state;
    static const uint16_t starts[] = {0, 3000, 3900, 4090, 4095, VB_RANGE_TOTAL};
    struct vb_random random;
    vb_random_seed(&random, 2);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t choices[NUMBERS];
        for (unsigned i = 0; i < NUMBERS; i++)
            choices[i] = (uint8_t)vb_random_between(&random, 0, 4);
        uint8_t apart[BYTES_MAX];
        uint8_t together[BYTES_MAX];
        const size_t capacity = vb_random_between(&random, 1, 60); /* some are too small */
        struct vb_range_writer one = vb_range_writer_of(apart, capacity);
        struct vb_range_writer run = vb_range_writer_of(together, capacity);
        for (unsigned i = 0; i < NUMBERS; i++)
            vb_range_put(&one, starts, choices[i]);
        vb_range_put_run(&run, starts, choices, NUMBERS);
        const size_t size = vb_range_finish(&one);
        assert_int_equal(vb_range_finish(&run), size);
        assert_memory_equal(together, apart, size);
    }
}

static void a_code_beyond_the_last_choice_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[16];
    memset(bytes, 0xff, sizeof bytes);
    struct vb_range_reader reader = vb_range_reader_of(bytes, sizeof bytes);
    assert_int_equal(vb_range_get_bits(&reader, 8), 0);
    assert_true(reader.failed);
    assert_int_equal(vb_range_get_bits(&reader, 32), 0);
    assert_int_equal(vb_range_get(&reader, differs), 0);
    assert_false(vb_range_done(&reader));
    reader = vb_range_reader_of(bytes, sizeof bytes);
    assert_int_equal(vb_range_get(&reader, halves), 0);
    assert_true(reader.failed);
}

/* ---- Bodies ---- */

/* A body that stands alone, up to its cells: part 0 whole, 1 first, 2 second. */
static struct vb_range_writer body_of(uint8_t bytes[BYTES_MAX], unsigned part, uint8_t cell_count)
{
    static const uint16_t parts[] = {0, 3968, 4032, VB_RANGE_TOTAL};
    static const uint16_t refers[] = {0, 256, VB_RANGE_TOTAL};
    static const uint16_t corrections[] = {0, 2560, 4095, VB_RANGE_TOTAL};
    struct vb_range_writer writer = vb_range_writer_of(bytes, BYTES_MAX);
    vb_range_put(&writer, parts, part);
    vb_range_put(&writer, refers, 0);
    vb_range_put(&writer, corrections, 0);
    vb_range_put_bits(&writer, cell_count, 8);
    vb_range_put_bits(&writer, 0, 6 + 6); /* no temperatures, no flags */
    vb_range_put_bits(&writer, 0, 3);     /* all cells are as expected */
    return writer;
}

/* What follows the cells that are missing: they are at 3.7 V, and nothing else is known. */
static enum vb_err decode_rest(struct vb_range_writer *writer, const uint8_t *bytes, bool scalars)
{
    static const uint16_t wall_alone[] = {0, 1, 3584, VB_RANGE_TOTAL};
    vb_range_put_number(writer, 4 * 3700);
    vb_range_put(writer, halves, 0); /* balancing */
    vb_range_put_bits(writer, 0, 3); /* temperatures */
    if (scalars) {
        vb_range_put_bits(writer, 1, 32); /* sequence */
        vb_range_put(writer, wall_alone, 2);
        vb_range_put_count(writer, 0); /* age */
    }
    const size_t size = vb_range_finish(writer);
    assert_true(size > 0);
    struct vb_codec_decoder decoder;
    struct vb_reading reading = {.cell_count = 32};
    struct vb_codec_part part;
    vb_codec_decoder_init(&decoder);
    return vb_codec_decode(&decoder, 1, bytes, size, 0, &reading, &part);
}

static void missing_cells_are_of_the_part_and_named_once(void **state)
{
    (void)state;
    static const struct {
        uint8_t part;
        uint8_t cells[2]; /* of a half, the second alone */
        enum vb_err err;
    } cases[] = {
        {0, {0, 31}, VB_ERR_OK},        {0, {31, 32}, VB_ERR_MALFORMED},
        {0, {7, 7}, VB_ERR_MALFORMED},  {1, {0, 15}, VB_ERR_OK},
        {1, {0, 16}, VB_ERR_MALFORMED}, {2, {0, 31}, VB_ERR_OK},
        {2, {0, 15}, VB_ERR_MALFORMED}, {2, {0, 32}, VB_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[BYTES_MAX];
        const bool half = cases[i].part != 0;
        /* So few that eight bits for each are less than a bit for every cell. */
        const unsigned listed = half ? 1 : 2;
        struct vb_range_writer writer = body_of(bytes, cases[i].part, 32);
        vb_range_put(&writer, differs, 1);
        vb_range_put_bits(&writer, listed, 8);
        for (unsigned k = 2 - listed; k < 2; k++)
            vb_range_put_bits(&writer, cases[i].cells[k], 8);
        assert_int_equal(decode_rest(&writer, bytes, cases[i].part != 2), cases[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back_and_the_stream_ends_there),
        cmocka_unit_test(a_stream_of_the_first_choices_is_one_byte),
        cmocka_unit_test(a_stream_that_does_not_fit_says_so_and_stays_within_its_bytes),
        cmocka_unit_test(a_run_is_the_same_stream_as_its_choices_one_by_one),
        cmocka_unit_test(a_code_beyond_the_last_choice_is_refused),
        cmocka_unit_test(missing_cells_are_of_the_part_and_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
