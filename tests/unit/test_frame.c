#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

static const struct vb_mac transmitter = {{0x02, 0x56, 0x62, 0, 0, 1}};
static const struct vb_mac receiver = {{0x02, 0x56, 0x62, 0, 0, 2}};

enum {
    PAYLOAD_BYTES = 20,
    FRAME_BYTES = VB_FRAME_HEAD_BYTES + PAYLOAD_BYTES + VB_CRC_TRAILER_BYTES
};

static const struct vb_frame ordinary = {.message = VB_MESSAGE_DATA,
                                         .ack_wanted = true,
                                         .epoch = 0xfffe,
                                         .seq = 0x01020304,
                                         .payload_size = PAYLOAD_BYTES};

static void build(uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    for (uint8_t i = 0; i < PAYLOAD_BYTES; i++)
        bytes[VB_FRAME_HEAD_BYTES + i] = (uint8_t)(0xa0 + i);
    assert_int_equal(vb_frame_finish(&vb_room_plain, &ordinary, &transmitter, &receiver, bytes),
                     FRAME_BYTES);
}

/* Writes the trailer that the bytes as they stand should have. */
static void sign(uint8_t *bytes, size_t size)
{
    const size_t body = size - VB_CRC_TRAILER_BYTES;
    uint32_t crc = vb_crc32(0, transmitter.bytes, VB_MAC_BYTES);
    crc = vb_crc32(vb_crc32(crc, receiver.bytes, VB_MAC_BYTES), bytes, body);
    for (unsigned i = 0; i < VB_CRC_TRAILER_BYTES; i++)
        bytes[body + i] = (uint8_t)(crc >> 8 * i);
}

static enum vb_err opened(const uint8_t *bytes, size_t size)
{
    struct vb_frame frame;
    uint8_t *copy = malloc(size > 0 ? size : 1); /* guarded to the byte */
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const enum vb_err err =
        vb_frame_open(&vb_room_plain, copy, size, &transmitter, &receiver, &frame);
    free(copy);
    return err;
}

/* ---- Faults ---- */

static void a_frame_cut_at_any_length_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    build(bytes);
    struct vb_frame frame;
    assert_int_equal(opened(bytes, 0), VB_ERR_FOREIGN);
    /* Though the buffer begins as a frame does. */
    assert_int_equal(vb_frame_open(&vb_room_plain, bytes, 0, &transmitter, &receiver, &frame),
                     VB_ERR_FOREIGN);
    for (size_t size = 1; size < FRAME_BYTES; size++) {
        const bool has_trailer = size >= VB_FRAME_HEAD_BYTES + VB_CRC_TRAILER_BYTES;
        assert_int_equal(opened(bytes, size), has_trailer ? VB_ERR_CHECKSUM : VB_ERR_TRUNCATED);
    }
}

static void any_flipped_bit_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    build(bytes);
    for (size_t bit = 0; bit < 8 * FRAME_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(opened(bytes, FRAME_BYTES), VB_ERR_OK);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(opened(bytes, FRAME_BYTES), VB_ERR_OK);
}

static void another_protocol_on_the_same_radio_is_foreign(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    build(bytes);
    for (unsigned first = 0; first < 256; first++) {
        bytes[0] = (uint8_t)first;
        sign(bytes, FRAME_BYTES);
        assert_int_equal(opened(bytes, FRAME_BYTES), first == 0xc1 ? VB_ERR_OK : VB_ERR_FOREIGN);
    }
}

static void a_frame_above_250_bytes_is_too_long_though_its_trailer_matches(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX + 1] = {VB_FRAME_MAGIC, VB_MESSAGE_DATA};
    sign(bytes, VB_FRAME_BYTES_MAX);
    assert_int_equal(opened(bytes, VB_FRAME_BYTES_MAX), VB_ERR_OK);
    sign(bytes, sizeof bytes);
    assert_int_equal(opened(bytes, sizeof bytes), VB_ERR_TOO_LONG);
}

static void a_sealed_frame_and_a_reserved_bit_are_unsupported(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    for (unsigned bits = 0x20; bits <= 0x80; bits <<= 1) {
        build(bytes);
        bytes[1] = (uint8_t)((bytes[1] & 0x1f) | bits);
        sign(bytes, FRAME_BYTES);
        assert_int_equal(opened(bytes, FRAME_BYTES), bits == 0x40 ? VB_ERR_OK : VB_ERR_UNSUPPORTED);
    }
}

static void a_frame_for_or_from_somebody_else_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_frame frame;
    build(bytes);
    assert_int_equal(
        vb_frame_open(&vb_room_plain, bytes, FRAME_BYTES, &transmitter, &vb_mac_broadcast, &frame),
        VB_ERR_CHECKSUM);
    assert_int_equal(
        vb_frame_open(&vb_room_plain, bytes, FRAME_BYTES, &vb_mac_broadcast, &receiver, &frame),
        VB_ERR_CHECKSUM);
    assert_int_equal(
        vb_frame_open(&vb_room_plain, bytes, FRAME_BYTES, &receiver, &transmitter, &frame),
        VB_ERR_CHECKSUM);
}

static void random_bytes_are_refused(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 3);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[VB_FRAME_BYTES_MAX + 6];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)vb_random_u64(&random);
        bytes[0] = VB_FRAME_MAGIC;
        const size_t size = vb_random_between(&random, 0, sizeof bytes);
        assert_int_not_equal(opened(bytes, size), VB_ERR_OK);
    }
}

/* ---- What is finished is opened ---- */

static void what_is_finished_is_opened_again(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_frame frame;
    build(bytes);
    assert_int_equal(
        vb_frame_open(&vb_room_plain, bytes, FRAME_BYTES, &transmitter, &receiver, &frame),
        VB_ERR_OK);
    assert_int_equal(frame.message, ordinary.message);
    assert_true(frame.ack_wanted);
    assert_int_equal(frame.epoch, ordinary.epoch);
    assert_int_equal(frame.seq, ordinary.seq);
    assert_int_equal(frame.payload_size, PAYLOAD_BYTES);
    assert_ptr_equal(frame.payload, bytes + VB_FRAME_HEAD_BYTES);
}

static void payloads_of_every_size_fit(void **state)
{
    (void)state;
    for (size_t size = 0; size <= VB_PAYLOAD_BYTES_MAX; size++) {
        uint8_t bytes[VB_FRAME_BYTES_MAX];
        memset(bytes, (int)size, sizeof bytes);
        struct vb_frame frame = {.message = 31, .payload_size = size};
        const size_t whole =
            vb_frame_finish(&vb_room_plain, &frame, &transmitter, &vb_mac_broadcast, bytes);
        assert_int_equal(whole, size + 12);
        const enum vb_err err =
            vb_frame_open(&vb_room_plain, bytes, whole, &transmitter, &vb_mac_broadcast, &frame);
        assert_int_equal(err, VB_ERR_OK);
        assert_int_equal(frame.payload_size, size);
    }
}

static void every_message_has_a_name_and_a_later_one_is_unknown(void **state)
{
    (void)state;
    for (uint8_t message = 1; message <= 11; message++)
        assert_string_not_equal(vb_message_name(message), "unknown message");
    assert_string_equal(vb_message_name(VB_MESSAGE_BEACON), "beacon");
    assert_string_equal(vb_message_name(0), "unknown message");
    assert_string_equal(vb_message_name(12), "unknown message");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_cut_at_any_length_is_refused),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(another_protocol_on_the_same_radio_is_foreign),
        cmocka_unit_test(a_frame_above_250_bytes_is_too_long_though_its_trailer_matches),
        cmocka_unit_test(a_sealed_frame_and_a_reserved_bit_are_unsupported),
        cmocka_unit_test(a_frame_for_or_from_somebody_else_is_refused),
        cmocka_unit_test(random_bytes_are_refused),
        cmocka_unit_test(what_is_finished_is_opened_again),
        cmocka_unit_test(payloads_of_every_size_fit),
        cmocka_unit_test(every_message_has_a_name_and_a_later_one_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
