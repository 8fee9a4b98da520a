#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

/* Of a size that the sanitizer guards to the byte. */
static uint8_t *copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* ---- Faults ---- */

static void a_reader_of_nothing_fails_at_the_first_read(void **state)
{
    (void)state;
    struct vb_reader reader = vb_reader_of(NULL, 0);
    assert_true(vb_reader_done(&reader));
    assert_int_equal(vb_read_u8(&reader), 0);
    assert_true(reader.failed);
    assert_false(vb_reader_done(&reader));
    assert_int_equal(vb_reader_left(&reader), 0);
}

static void every_read_beyond_the_end_fails_and_yields_zero(void **state)
{
    (void)state;
    static const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    for (size_t size = 0; size < sizeof ones; size++) {
        uint8_t *bytes = copy_of(ones, size);
        struct vb_reader reader = vb_reader_of(bytes, size);
        assert_true(vb_read_u64(&reader) == 0 && reader.failed);
        reader = vb_reader_of(bytes, size);
        assert_null(vb_read_view(&reader, size + 1));
        assert_true(reader.failed);
        if (size < 4) {
            reader = vb_reader_of(bytes, size);
            assert_true(vb_read_u32(&reader) == 0 && reader.failed);
        }
        if (size < 2) {
            reader = vb_reader_of(bytes, size);
            assert_true(vb_read_u16(&reader) == 0 && reader.failed);
        }
        free(bytes);
    }
}

static void a_view_of_the_largest_size_does_not_wrap(void **state)
{
    (void)state;
    const uint8_t bytes[2] = {1, 2};
    struct vb_reader reader = vb_reader_of(bytes, sizeof bytes);
    assert_int_equal(vb_read_u8(&reader), 1);
    assert_null(vb_read_view(&reader, SIZE_MAX));
    assert_true(reader.failed);
}

static void a_failed_reader_stays_failed_though_bytes_are_left(void **state)
{
    (void)state;
    const uint8_t bytes[3] = {1, 2, 3};
    struct vb_reader reader = vb_reader_of(bytes, sizeof bytes);
    assert_int_equal(vb_read_u32(&reader), 0);
    assert_int_equal(vb_read_u8(&reader), 0);
    assert_int_equal(vb_read_varint(&reader), 0);
    assert_null(vb_read_view(&reader, 0));
    assert_int_equal(vb_reader_left(&reader), 0);
    assert_true(reader.failed);
}

static void a_varint_that_is_cut_overlong_or_too_large_fails(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[6];
        size_t size;
    } bad[] = {
        {{0x80}, 1},                               /* cut */
        {{0xff, 0xff, 0xff, 0xff}, 4},             /* cut */
        {{0x80, 0x00}, 2},                         /* 0 in two bytes */
        {{0xff, 0x00}, 2},                         /* 127 in two bytes */
        {{0x80, 0x80, 0x80, 0x80, 0x00}, 5},       /* 0 in five bytes */
        {{0xff, 0xff, 0xff, 0xff, 0x10}, 5},       /* 33 bits */
        {{0xff, 0xff, 0xff, 0xff, 0x7f}, 5},       /* 35 bits */
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 6}, /* six bytes */
    };
    for (size_t i = 0; i < VB_COUNT_OF(bad); i++) {
        uint8_t *bytes = copy_of(bad[i].bytes, bad[i].size);
        struct vb_reader reader = vb_reader_of(bytes, bad[i].size);
        assert_int_equal(vb_read_varint(&reader), 0);
        assert_true(reader.failed);
        free(bytes);
    }
}

static void a_writer_never_writes_beyond_its_capacity(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 8; capacity++) {
        uint8_t *bytes = copy_of((const uint8_t[8]){0}, capacity);
        struct vb_writer writer = vb_writer_of(bytes, capacity);
        vb_write_u64(&writer, UINT64_MAX);
        assert_true(writer.failed);
        assert_int_equal(writer.at, 0);
        free(bytes);
    }
}

static void a_failed_writer_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[3] = {0};
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_write_u8(&writer, 0xaa);
    vb_write_u32(&writer, 0x55555555);
    vb_write_u8(&writer, 0x55);
    assert_true(writer.failed);
    assert_int_equal(writer.at, 1);
    assert_int_equal(vb_writer_left(&writer), 0);
    assert_memory_equal(bytes, ((const uint8_t[3]){0xaa, 0, 0}), 3);
}

static void random_bytes_never_take_a_reader_out_of_its_buffer(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 1);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t noise[16];
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)(vb_random_u64(&random) | (round % 2 == 0 ? 0x80 : 0));
        const size_t size = vb_random_between(&random, 0, sizeof noise);
        uint8_t *bytes = copy_of(noise, size);
        struct vb_reader reader = vb_reader_of(bytes, size);
        for (unsigned reads = 0; reads < 8; reads++) {
            (void)vb_read_varint(&reader);
            (void)vb_read_view(&reader, vb_random_between(&random, 0, 3));
        }
        assert_true(reader.at <= size);
        free(bytes);
    }
}

/* ---- What is written is read ---- */

static void numbers_are_little_endian(void **state)
{
    (void)state;
    uint8_t bytes[15];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_write_u8(&writer, 0x01);
    vb_write_u16(&writer, 0x0302);
    vb_write_u32(&writer, 0x07060504);
    vb_write_u64(&writer, 0x0f0e0d0c0b0a0908);
    assert_false(writer.failed);
    assert_int_equal(vb_writer_left(&writer), 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], i + 1);
    struct vb_reader reader = vb_reader_of(bytes, sizeof bytes);
    assert_int_equal(vb_read_u8(&reader), 0x01);
    assert_int_equal(vb_read_u16(&reader), 0x0302);
    assert_int_equal(vb_read_u32(&reader), 0x07060504);
    assert_true(vb_read_u64(&reader) == 0x0f0e0d0c0b0a0908);
    assert_true(vb_reader_done(&reader));
}

static void a_varint_has_its_shortest_form_at_every_boundary(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= 32; bits++) {
        const uint32_t largest = (uint32_t)((1ull << bits) - 1);
        uint8_t bytes[5];
        struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
        vb_write_varint(&writer, largest);
        assert_false(writer.failed);
        assert_int_equal(writer.at, (bits + 6) / 7);
        assert_int_equal(vb_varint_size(largest), writer.at);
        struct vb_reader reader = vb_reader_of(bytes, writer.at);
        assert_int_equal(vb_read_varint(&reader), largest);
        assert_true(vb_reader_done(&reader));
    }
}

static void an_empty_view_is_no_failure(void **state)
{
    (void)state;
    const uint8_t byte = 7;
    struct vb_reader reader = vb_reader_of(&byte, 1);
    assert_non_null(vb_read_view(&reader, 0));
    assert_int_equal(vb_reader_left(&reader), 1);
    assert_int_equal(vb_read_u8(&reader), 7);
    assert_true(vb_reader_done(&reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_nothing_fails_at_the_first_read),
        cmocka_unit_test(every_read_beyond_the_end_fails_and_yields_zero),
        cmocka_unit_test(a_view_of_the_largest_size_does_not_wrap),
        cmocka_unit_test(a_failed_reader_stays_failed_though_bytes_are_left),
        cmocka_unit_test(a_varint_that_is_cut_overlong_or_too_large_fails),
        cmocka_unit_test(a_writer_never_writes_beyond_its_capacity),
        cmocka_unit_test(a_failed_writer_writes_nothing_more),
        cmocka_unit_test(random_bytes_never_take_a_reader_out_of_its_buffer),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_varint_has_its_shortest_form_at_every_boundary),
        cmocka_unit_test(an_empty_view_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
