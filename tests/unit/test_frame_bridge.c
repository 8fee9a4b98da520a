/* What a bridge carries: each frame once, whole ones alone, what is for the same side not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bridge/frame_bridge.h"

enum { AIR = 0, NETWORK = 1 };

static const struct vb_mac garage = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac cellar = {{2, 0, 0, 0, 0, 2}};
static const struct vb_mac kitchen = {{2, 0, 0, 0, 0, 3}};

struct bench {
    struct vb_bridge bridge;
    uint32_t now_ms;
    uint32_t seq;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_bridge_frame frame;
};

static struct bench *start(void)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    vb_bridge_init(&bench.bridge);
    bench.now_ms = UINT32_MAX - 1000; /* the clock wraps in every test that goes on for long */
    return &bench;
}

/* The next frame of src. */
static void make(struct bench *bench, const struct vb_mac *src, const struct vb_mac *dst,
                 uint8_t message)
{
    const struct vb_frame frame = {
        .message = message, .seq = ++bench->seq, .payload_size = VB_PAYLOAD_BYTES_MAX};
    memset(bench->bytes + VB_FRAME_HEAD_BYTES, 0x5a, VB_PAYLOAD_BYTES_MAX);
    const size_t size = vb_frame_finish(&vb_room_plain, &frame, src, dst, bench->bytes);
    bench->frame =
        (struct vb_bridge_frame){.src = src, .dst = dst, .bytes = bench->bytes, .size = size};
}

static enum vb_bridge_verdict hear(struct bench *bench, unsigned side)
{
    return vb_bridge_input(&bench->bridge, bench->now_ms, side, &bench->frame);
}

static void a_frame_of_any_size_is_carried_once_in_either_direction(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(bench->frame.size, VB_FRAME_BYTES_MAX);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_AGAIN);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_AGAIN); /* by another bridge */
    make(bench, &cellar, &garage, VB_MESSAGE_EDIT);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_AGAIN);
    assert_int_equal(bench->bridge.counts[AIR][VB_BRIDGE_CARRIED], 1);
    assert_int_equal(bench->bridge.counts[AIR][VB_BRIDGE_AGAIN], 2);
    assert_int_equal(bench->bridge.counts[NETWORK][VB_BRIDGE_CARRIED], 1);
    assert_int_equal(bench->bridge.counts[NETWORK][VB_BRIDGE_AGAIN], 1);
}

/* Two bridges between the same two links: each sends a frame once at most, whatever they hear. */
static void two_bridges_make_no_loop(void **state)
{
    (void)state;
    static struct vb_bridge bridges[2];
    struct bench *bench = start();
    unsigned sent = 0;
    for (int i = 0; i < 2; i++)
        vb_bridge_init(&bridges[i]);
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_READING);
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned side = AIR; side <= NETWORK; side++) {
            for (int i = 0; i < 2; i++) {
                const bool carried = vb_bridge_input(&bridges[i], bench->now_ms, side,
                                                     &bench->frame) == VB_BRIDGE_CARRIED;
                sent += carried ? 1 : 0;
            }
        }
        bench->now_ms += 50;
    }
    assert_int_equal(sent, 2);
}

static void what_was_carried_is_forgotten_after_a_while(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    bench->now_ms += VB_BRIDGE_REMEMBERED_MS - 1;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_AGAIN);
    bench->now_ms += 1;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
}

static void more_than_can_be_told_apart_is_left(void **state)
{
    (void)state;
    struct bench *bench = start();
    for (unsigned i = 0; i < VB_BRIDGE_FRAMES_MAX; i++) {
        make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_READING);
        assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
        assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_AGAIN);
        bench->now_ms++;
    }
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_READING);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_NO_ROOM);
    bench->now_ms += VB_BRIDGE_REMEMBERED_MS;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
}

static void what_is_for_the_side_it_comes_from_stays_there(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    make(bench, &kitchen, &garage, VB_MESSAGE_BEACON_ACK);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_HERE);
    make(bench, &cellar, &garage, VB_MESSAGE_BEACON_ACK);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
    make(bench, &cellar, &kitchen, VB_MESSAGE_BEACON_ACK); /* to one that is not known there */
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
    /* Silent for long, it may be anywhere; and is where it is heard next. */
    bench->now_ms += VB_BRIDGE_DEVICE_MS;
    make(bench, &kitchen, &garage, VB_MESSAGE_BEACON_ACK);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
    make(bench, &cellar, &garage, VB_MESSAGE_BEACON_ACK);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_HERE);
}

/* One that another bridge carries in is not believed to have moved while it is heard where it was.
 */
static void a_device_stays_on_the_side_where_it_was_heard_first(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
    make(bench, &cellar, &garage, VB_MESSAGE_EDIT);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_CARRIED);
}

/* Strangers who make up senders push out the longest unheard, and cost nothing but knowledge. */
static void the_longest_unheard_device_gives_way(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    for (unsigned i = 0; i < VB_BRIDGE_DEVICES_MAX; i++) {
        const struct vb_mac stranger = {{2, 1, 0, 0, 0, (uint8_t)i}};
        bench->now_ms++;
        make(bench, &stranger, &vb_mac_broadcast, VB_MESSAGE_HELLO);
        assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    }
    make(bench, &kitchen, &garage, VB_MESSAGE_EDIT);
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
}

static void what_is_damaged_or_foreign_is_not_carried(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    bench->bytes[20] ^= 1;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_DAMAGED);
    bench->bytes[20] ^= 1;
    bench->frame.src = &cellar; /* the trailer covers the addresses */
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_DAMAGED);
    bench->frame.src = &vb_mac_broadcast;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_FOREIGN);
    bench->frame.src = &garage;
    bench->frame.size = 5;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_DAMAGED);
    bench->frame.size = 0;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_FOREIGN);
    bench->frame.size = VB_FRAME_BYTES_MAX;
    bench->bytes[0] = 'B'; /* a Battery-Emulator's */
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_FOREIGN);
    bench->bytes[0] = VB_FRAME_MAGIC;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
}

/* Only its addressee can open it. */
static void a_sealed_frame_is_carried_as_it_is(void **state)
{
    (void)state;
    struct bench *bench = start();
    make(bench, &garage, &vb_mac_broadcast, VB_MESSAGE_BEACON);
    bench->bytes[1] |= 0x80;
    assert_int_equal(hear(bench, AIR), VB_BRIDGE_CARRIED);
    assert_int_equal(hear(bench, NETWORK), VB_BRIDGE_AGAIN);
}

static void links_of_different_frames_are_refused(void **state)
{
    (void)state;
    assert_null(vb_bridge_refuses(250, 250));
    assert_non_null(vb_bridge_refuses(250, 128));
    assert_non_null(vb_bridge_refuses(250, 1470));
}

static void a_receivers_message_is_distinguished_from_a_transmitters(void **state)
{
    (void)state;
    static const struct {
        uint8_t message;
        bool transmitters;
    } rows[] = {
        {VB_MESSAGE_BEACON, true},  {VB_MESSAGE_BEACON_ACK, false},  {VB_MESSAGE_REQUEST, false},
        {VB_MESSAGE_DATA, true},    {VB_MESSAGE_EDIT, false},        {VB_MESSAGE_EDIT_RESULT, true},
        {VB_MESSAGE_READING, true}, {VB_MESSAGE_HELLO, false},       {VB_MESSAGE_HELLO_ACK, true},
        {VB_MESSAGE_GOODBYE, true}, {VB_MESSAGE_READING_ACK, false}, {31, true}};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const uint8_t bytes[2] = {VB_FRAME_MAGIC, (uint8_t)(rows[i].message | 0xc0)};
        assert_int_equal(vb_bridge_is_transmitters(bytes, 2), rows[i].transmitters);
    }
    assert_true(vb_bridge_is_transmitters((const uint8_t[]){VB_FRAME_MAGIC}, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_any_size_is_carried_once_in_either_direction),
        cmocka_unit_test(two_bridges_make_no_loop),
        cmocka_unit_test(what_was_carried_is_forgotten_after_a_while),
        cmocka_unit_test(more_than_can_be_told_apart_is_left),
        cmocka_unit_test(what_is_for_the_side_it_comes_from_stays_there),
        cmocka_unit_test(a_device_stays_on_the_side_where_it_was_heard_first),
        cmocka_unit_test(the_longest_unheard_device_gives_way),
        cmocka_unit_test(what_is_damaged_or_foreign_is_not_carried),
        cmocka_unit_test(a_sealed_frame_is_carried_as_it_is),
        cmocka_unit_test(links_of_different_frames_are_refused),
        cmocka_unit_test(a_receivers_message_is_distinguished_from_a_transmitters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
