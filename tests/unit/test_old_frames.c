/* Frames of the older designs on the same channel: each is counted as foreign and changes nothing,
 * whoever sends it. So both designs can run side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_bench.h"

enum { RECEIVER = 1, TYPES = 256, ESPNOW_BYTES_MAX = 250, UNPACKED = 24 };

/* What the old headers lay out, behind the type's byte; the review gives no type a number, so each
 * is tried. Compilers pack version_beacon_t into 21 bytes, and make 24 of it unpacked. */
static const struct {
    const char *name;
    uint8_t size;
    uint8_t bytes[UNPACKED];
} old_frames[] = {
    {"version_beacon_t", 20, {0, 5, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0}},
    {"version_beacon_t packed", 21, {0, 5, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}},
    {"version_beacon_t unpacked", UNPACKED, {0, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0,
                                             0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}},
    {"config_section_request_t", 16, {0, 1, 5}},
    {"config_section_request_t unpacked", UNPACKED, {0, 0, 0, 0, 1, 0, 0, 0, 5}},
    {"mqtt_config_request_t", 1, {0}},
    {"beacon_ack_t", 9, {0, 7, 0, 0, 0, 0x10, 0x27}},
    {"mqtt_config_ack_t", 179, {0, 1, 192, 168, 1, 221, 0x5b, 0x07, 'h', 'o', 'm', 'e'}},
    {"battery_cells_chunk_t", 81, {0, 0, 3, 0, 32, 0x10, 0x27, 0, 0, 0x74, 0x0e, 0x75, 0x0e}},
    {"FullConfigSnapshot, a fragment", ESPNOW_BYTES_MAX, {0, 1, 192, 168, 1, 221}},
};

static struct bench bench;
static struct vb_receiver receiver_before;
static struct vb_transmitter transmitter_before;

static struct vb_receiver *receiver(void)
{
    return &bench.world.nodes[RECEIVER].receiver.device.core;
}

static struct vb_transmitter *transmitter(void)
{
    return &bench.world.nodes[0].transmitter.device.core;
}

static uint32_t sum(const uint32_t *refused)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < VB_ERR_COUNT; i++)
        all += refused[i];
    return all;
}

static int begun(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    return 0;
}

/* What a peer is, but for how many frames named its address and were refused, and when last. */
static struct vb_peer peer_now(void)
{
    struct vb_peer peer = *bench_peer(&bench, RECEIVER);
    memset(peer.refused, 0, sizeof peer.refused);
    peer.changed.types[VB_EVENT_REFUSED] = 0;
    return peer;
}

static void assert_unchanged(const struct vb_peer *before)
{
    const struct vb_peer peer = peer_now();
    struct vb_receiver r = *receiver();
    struct vb_transmitter t = *transmitter();
    memcpy(r.refused, receiver_before.refused, sizeof r.refused);
    memcpy(t.refused, transmitter_before.refused, sizeof t.refused);
    r.events = receiver_before.events; /* that they were refused is told */
    t.events = transmitter_before.events;
    r.commit_at_ms = receiver_before.commit_at_ms; /* it goes with the time while nothing waits */
    assert_memory_equal(&peer, before, sizeof peer);
    assert_memory_equal(&r, &receiver_before, sizeof r);
    assert_memory_equal(&t, &transmitter_before, sizeof t);
}

/* To both, from src; counted, and refused as foreign but where its type is our own first byte. */
static void send(const struct vb_mac *src, const uint8_t *bytes, size_t size)
{
    const struct vb_world_node *to_receiver = &bench.world.nodes[RECEIVER];
    const struct vb_world_node *to_transmitter = &bench.world.nodes[0];
    const uint32_t counted = sum(receiver()->refused) + sum(transmitter()->refused);
    const enum vb_err heard =
        vb_receiver_input(receiver(), vb_world_node_now_ms(to_receiver, bench.world.now_ms), src,
                          &vb_mac_broadcast, bytes, size);
    const enum vb_err taken = vb_transmitter_input(
        transmitter(), vb_world_node_now_ms(to_transmitter, bench.world.now_ms), src,
        &vb_mac_broadcast, bytes, size);
    if (bytes[0] != VB_FRAME_MAGIC) {
        assert_int_equal(heard, VB_ERR_FOREIGN);
        assert_int_equal(taken, VB_ERR_FOREIGN);
    } else { /* too short, or its last four bytes are not its checksum */
        assert_true(heard == VB_ERR_TRUNCATED || heard == VB_ERR_CHECKSUM);
        assert_int_equal(taken, heard);
    }
    assert_int_equal(sum(receiver()->refused) + sum(transmitter()->refused), counted + 2);
}

static void send_all_types(const struct vb_mac *src, uint8_t *bytes, size_t size)
{
    for (unsigned type = 0; type < TYPES; type++) {
        bytes[0] = (uint8_t)type;
        send(src, bytes, size);
    }
}

static void old_frames_are_counted_and_change_nothing(void **state)
{
    static const struct vb_mac old_board = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
    /* The old firmware's frames, of a board that runs both, bear the same addresses. */
    const struct vb_mac *const senders[] = {&old_board, &bench.world.nodes[0].mac,
                                            &bench.world.nodes[RECEIVER].mac};
    (void)state;
    const struct vb_peer before = peer_now();
    receiver_before = *receiver();
    transmitter_before = *transmitter();
    for (unsigned who = 0; who < VB_COUNT_OF(senders); who++) {
        for (unsigned i = 0; i < VB_COUNT_OF(old_frames); i++) {
            uint8_t bytes[ESPNOW_BYTES_MAX] = {0};
            memcpy(bytes, old_frames[i].bytes, sizeof old_frames[i].bytes);
            send_all_types(senders[who], bytes, old_frames[i].size);
        }
    }
    assert_unchanged(&before);
}

static void an_old_pair_on_the_channel_disturbs_no_sync(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 60; second++) {
        for (unsigned i = 0; i < VB_COUNT_OF(old_frames); i++) {
            uint8_t bytes[ESPNOW_BYTES_MAX] = {0};
            memcpy(bytes, old_frames[i].bytes, sizeof old_frames[i].bytes);
            bytes[0] = (uint8_t)(second * 4 + i);
            send(&bench.world.nodes[0].mac, bytes, old_frames[i].size);
        }
        vb_world_run(&bench.world, 1000);
        assert_int_equal(bench_peer(&bench, RECEIVER)->link, VB_LINK_CONNECTED);
        assert_true(bench_in_sync(&bench, 0, RECEIVER));
    }
    assert_int_equal(bench.sent[RECEIVER][VB_MESSAGE_REQUEST], 0);
}

/* They are no sign of life: one who sends only these is offline. */
static void an_old_transmitter_does_not_keep_a_new_one_alive(void **state)
{
    (void)state;
    vb_world_power_off(&bench.world, 0);
    for (unsigned second = 0; second < 60; second++) {
        uint8_t bytes[ESPNOW_BYTES_MAX] = {0x10, 5};
        (void)vb_receiver_input(
            receiver(), vb_world_node_now_ms(&bench.world.nodes[RECEIVER], bench.world.now_ms),
            &bench.world.nodes[0].mac, &vb_mac_broadcast, bytes, old_frames[0].size);
        vb_world_run(&bench.world, 1000);
    }
    assert_int_equal(bench_peer(&bench, RECEIVER)->link, VB_LINK_OFFLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(old_frames_are_counted_and_change_nothing, begun),
        cmocka_unit_test_setup(an_old_pair_on_the_channel_disturbs_no_sync, begun),
        cmocka_unit_test_setup(an_old_transmitter_does_not_keep_a_new_one_alive, begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
