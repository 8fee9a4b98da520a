/* Frames of a Battery-Emulator: heads and records, whole, cut, of other types and versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "espnow/battery_emulator.h"

/* A BATTERY frame: key 53 u16 3521, key 54 i16 -12, key 08 float 41.5, key 02 text "garage" with
 * its length in a byte, key 92 two u16 with the length in two. */
static const uint8_t frame[] = {'B', 'E',  2,    2,    0x24, 0x0a, 1,    1,    0x39, 0x30, 0,
                                0,   0x53, 0x02, 0xc1, 0x0d, 0x54, 0x22, 0xf4, 0xff, 0x08, 0x44,
                                0,   0,    0x26, 0x42, 0x02, 0x9e, 6,    'g',  'a',  'r',  'a',
                                'g', 'e',  0x92, 0xdf, 4,    0,    0x10, 0x0f, 0x11, 0x0f};

static struct vb_reader opened(const uint8_t *bytes, size_t size)
{
    struct vb_emulator_head head;
    struct vb_reader reader;
    assert_true(vb_emulator_head_read(bytes, size, &head, &reader));
    assert_int_equal(head.kind, VB_EMULATOR_BATTERY);
    assert_int_equal(head.id, 0x0a24);
    assert_int_equal(head.battery, 1);
    assert_int_equal(head.flags, VB_EMULATOR_MORE_FOLLOW);
    assert_int_equal(head.uptime_s, 12345);
    return reader;
}

static void head_and_records_are_read(void **state)
{
    (void)state;
    struct vb_reader reader = opened(frame, sizeof frame);
    struct vb_emulator_record record;
    int64_t integer;
    float fraction;
    assert_true(vb_emulator_record_read(&reader, &record));
    assert_int_equal(record.key, 0x53);
    assert_true(vb_emulator_integer(&record, &integer));
    assert_int_equal(integer, 3521);
    assert_false(vb_emulator_float(&record, &fraction));
    assert_true(vb_emulator_record_read(&reader, &record));
    assert_true(vb_emulator_integer(&record, &integer));
    assert_int_equal(integer, -12);
    assert_true(vb_emulator_record_read(&reader, &record));
    assert_false(vb_emulator_integer(&record, &integer));
    assert_true(vb_emulator_float(&record, &fraction));
    assert_true(fraction == 41.5f);
    assert_true(vb_emulator_record_read(&reader, &record));
    assert_int_equal(record.type, VB_EMULATOR_TEXT);
    assert_int_equal(record.size, 6);
    assert_memory_equal(record.bytes, "garage", 6);
    assert_true(vb_emulator_record_read(&reader, &record));
    assert_int_equal(record.type, VB_EMULATOR_U16S);
    assert_int_equal(record.size, 4);
    assert_false(vb_emulator_record_read(&reader, &record));
    assert_false(reader.failed);
}

static void a_frame_truncated_within_a_record_is_reported_as_such(void **state)
{
    (void)state;
    static const size_t ends[] = {12, 16, 20, 26, 35, sizeof frame}; /* of whole records */
    size_t next = 0;
    for (size_t size = VB_EMULATOR_HEAD_BYTES; size <= sizeof frame; size++) {
        struct vb_reader reader = opened(frame, size);
        struct vb_emulator_record record;
        while (vb_emulator_record_read(&reader, &record))
            continue;
        assert_int_equal(reader.failed, size != ends[next]);
        next += size == ends[next] ? 1 : 0;
    }
    assert_int_equal(next, VB_COUNT_OF(ends));
}

static void a_frame_of_another_version_than_2_is_refused(void **state)
{
    (void)state;
    struct vb_emulator_head head;
    struct vb_reader reader;
    uint8_t other[sizeof frame];
    for (size_t size = 0; size < VB_EMULATOR_HEAD_BYTES; size++) {
        assert_false(vb_emulator_is(frame, size));
        assert_false(vb_emulator_head_read(frame, size, &head, &reader));
    }
    memcpy(other, frame, sizeof frame);
    other[2] = 3;
    assert_true(vb_emulator_is(other, sizeof other));
    assert_false(vb_emulator_head_read(other, sizeof other, &head, &reader));
    assert_int_equal(head.version, 3);
    other[1] = 'e';
    assert_false(vb_emulator_is(other, sizeof other));
}

static void numbers_of_every_size_are_read(void **state)
{
    (void)state;
    static const uint8_t bytes[9] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    struct vb_emulator_record record = {.type = VB_EMULATOR_SIGNED, .bytes = bytes};
    int64_t value;
    for (record.size = 1; record.size <= 8; record.size++) {
        assert_true(vb_emulator_integer(&record, &value));
        assert_int_equal(value, -2);
    }
    assert_false(vb_emulator_integer(&record, &value)); /* of 9 bytes */
    record.size = 0;
    assert_false(vb_emulator_integer(&record, &value));
    record = (struct vb_emulator_record){.type = VB_EMULATOR_UNSIGNED, .bytes = bytes, .size = 4};
    assert_true(vb_emulator_integer(&record, &value));
    assert_int_equal(value, 0xfffffffe);
    record.size = 8;
    assert_false(vb_emulator_integer(&record, &value)); /* beyond int64_t */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_records_are_read),
        cmocka_unit_test(a_frame_truncated_within_a_record_is_reported_as_such),
        cmocka_unit_test(a_frame_of_another_version_than_2_is_refused),
        cmocka_unit_test(numbers_of_every_size_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
