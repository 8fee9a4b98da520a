/* The same protocol under trailers of other sizes and in smaller frames: what a frame holds, what
 * is refused, and that everything still passes. Without a seal the wire is what it was:
 * test_vectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sync_changes.h"
#include "world/world_seal.h"

#include <cmocka.h>

enum { KEY = 0x5ea1ed };

static struct bench bench;
static struct vb_world *const world = &bench.world;
static struct vb_world_seal seal;
static struct vb_world_seal other;

static const struct vb_mac transmitter = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac receiver = {{2, 0, 0, 0, 0, 2}};

/* Every trailer in every size of frames. 4 without a seal is the protocol as it always was. */
static const struct frames {
    uint8_t overhead_bytes; /* 0 = no seal */
    uint16_t frame_bytes_max;
    uint8_t payload_bytes;
    uint8_t fragment_bytes;
} frames[] = {
    {0, 0, 238, 200},   {0, 250, 238, 200},  {0, 1470, 238, 200}, {0, 128, 116, 87},
    {4, 250, 238, 200}, {16, 250, 226, 197}, {32, 250, 210, 181}, {4, 128, 116, 87},
    {16, 128, 104, 75}, {32, 128, 88, 59},   {32, 120, 80, 51},
};

static const struct vb_seal *seal_of(const struct frames *of)
{
    if (of->overhead_bytes == 0)
        return NULL;
    vb_world_seal_init(&seal, KEY, of->overhead_bytes, true);
    return &seal.port;
}

/* ---- What a frame holds ---- */

static void payload_and_fragments_are_what_link_and_seal_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        const struct vb_room room = vb_room_of(seal_of(&frames[i]), frames[i].frame_bytes_max);
        assert_int_equal(room.payload_bytes_max, frames[i].payload_bytes);
        assert_int_equal(room.fragment_bytes, frames[i].fragment_bytes);
        assert_true(room.frame_bytes_max <= VB_FRAME_BYTES_MAX);
        assert_int_equal(room.payload_bytes_max + room.trailer_bytes + VB_FRAME_HEAD_BYTES,
                         room.frame_bytes_max);
    }
    const struct vb_room room = vb_room_of(NULL, 0);
    assert_memory_equal(&room, &vb_room_plain, sizeof room);
}

static void all_fragments_of_all_sizes_fit_and_leave_no_gap(void **state)
{
    (void)state;
    static const uint8_t noise[VB_FRAGMENT_BYTES_MAX] = {1, 2, 3};
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        const struct vb_room room = vb_room_of(seal_of(&frames[i]), frames[i].frame_bytes_max);
        for (uint16_t total = 0; total <= room.section_bytes_max; total++) {
            const uint8_t count = vb_fragment_count(&room, total);
            size_t covered = 0;
            assert_in_range(count, 1, VB_FRAGMENTS_MAX);
            for (uint8_t index = 0; index < count; index++) {
                assert_int_equal(covered, index * room.fragment_bytes);
                covered += vb_fragment_size(&room, total, index);
            }
            assert_int_equal(covered, total);
            assert_int_equal(vb_fragments_all(&room, total), UINT32_MAX >> (32 - count));
        }
        /* The longest heads there are: of a record, and of an edit. */
        uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
        struct vb_writer writer = vb_writer_of(bytes, room.payload_bytes_max);
        vb_data_head_write(&writer, &(struct vb_data_head){.store_id = 1, .boot = 1});
        vb_record_write(&writer, &(struct vb_record){.id = 1,
                                                     .version = UINT32_MAX,
                                                     .total = room.section_bytes_max,
                                                     .bytes = noise,
                                                     .size = room.fragment_bytes});
        assert_false(writer.failed);
        writer = vb_writer_of(bytes, room.payload_bytes_max);
        vb_edit_part_write(&writer, &(struct vb_edit_part){.id = 1,
                                                           .base_version = UINT32_MAX,
                                                           .total = VB_EDIT_BYTES_MAX,
                                                           .bytes = noise,
                                                           .size = room.fragment_bytes});
        assert_false(writer.failed);
    }
}

/* ---- Frames ---- */

static size_t closed(const struct vb_room *room, size_t payload_size,
                     uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    const struct vb_frame frame = {
        .message = VB_MESSAGE_DATA, .epoch = 3, .seq = 9, .payload_size = payload_size};
    for (size_t i = 0; i < payload_size; i++)
        bytes[VB_FRAME_HEAD_BYTES + i] = (uint8_t)(i + 1);
    return vb_frame_finish(room, &frame, &transmitter, &receiver, bytes);
}

/* From a buffer of exactly that size, so that reading on would be seen. */
static enum vb_err opened(const struct vb_room *room, const uint8_t *bytes, size_t size,
                          struct vb_frame *frame)
{
    uint8_t *exact = malloc(size + 1); /* a size of 0 is no NULL */
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    const enum vb_err err = vb_frame_open(room, exact, size, &transmitter, &receiver, frame);
    free(exact);
    return err;
}

static void a_sealed_frame_comes_back_and_is_marked_as_such(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        const struct vb_room room = vb_room_of(seal_of(&frames[i]), frames[i].frame_bytes_max);
        for (size_t payload = 0; payload <= room.payload_bytes_max; payload++) {
            uint8_t bytes[VB_FRAME_BYTES_MAX];
            struct vb_frame frame;
            const size_t size = closed(&room, payload, bytes);
            assert_int_equal(size, VB_FRAME_HEAD_BYTES + payload + room.trailer_bytes);
            assert_int_equal(bytes[1] >> 7, room.seal != NULL);
            assert_int_equal(vb_frame_open(&room, bytes, size, &transmitter, &receiver, &frame),
                             VB_ERR_OK);
            assert_int_equal(frame.message, VB_MESSAGE_DATA);
            assert_int_equal(frame.payload_size, payload);
            for (size_t at = 0; at < payload; at++)
                assert_int_equal(frame.payload[at], (uint8_t)(at + 1));
        }
    }
}

static void a_frame_with_any_bit_forged_or_any_end_cut_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        const struct vb_room room = vb_room_of(seal_of(&frames[i]), frames[i].frame_bytes_max);
        uint8_t bytes[VB_FRAME_BYTES_MAX];
        struct vb_frame frame;
        const size_t size = closed(&room, 20, bytes);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            const bool magic = bit < 8;
            const bool sealed = bit == 15;
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(opened(&room, bytes, size, &frame), magic    ? VB_ERR_FOREIGN
                                                                 : sealed ? VB_ERR_UNSUPPORTED
                                                                          : VB_ERR_CHECKSUM);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 0; cut < size; cut++) {
            const bool whole = cut >= (size_t)VB_FRAME_HEAD_BYTES + room.trailer_bytes;
            assert_int_equal(opened(&room, bytes, cut, &frame), cut == 0 ? VB_ERR_FOREIGN
                                                                : whole  ? VB_ERR_CHECKSUM
                                                                         : VB_ERR_TRUNCATED);
        }
        uint8_t longer[VB_FRAME_BYTES_MAX + 1] = {0};
        memcpy(longer, bytes, size);
        assert_int_equal(opened(&room, longer, room.frame_bytes_max + 1u, &frame), VB_ERR_TOO_LONG);
        assert_int_equal(vb_frame_open(&room, bytes, size, &receiver, &receiver, &frame),
                         VB_ERR_CHECKSUM);
    }
}

/* ---- Two devices that do not have the same seal ---- */

/* What the device of that index says of a frame closed in this room, and that it is counted. */
static enum vb_err refused(uint8_t node, const struct vb_room *room)
{
    const bool receives = node > 0;
    struct vb_world_flight flight = {
        .src = world->nodes[receives ? 0 : 1].mac, .dst = world->nodes[node].mac, .to = node};
    const struct vb_frame frame = {.message = receives ? VB_MESSAGE_GOODBYE : VB_MESSAGE_HELLO,
                                   .epoch = 1,
                                   .seq = 9999,
                                   .payload_size = 40};
    flight.bytes[VB_FRAME_HEAD_BYTES] = 7; /* its boot, or a nonce */
    flight.size = (uint16_t)vb_frame_finish(room, &frame, &flight.src, &flight.dst, flight.bytes);
    const uint32_t *counts = receives ? world->nodes[node].receiver.device.core.refused
                                      : world->nodes[node].transmitter.device.core.refused;
    uint32_t before[VB_ERR_COUNT];
    memcpy(before, counts, sizeof before);
    const enum vb_err err = vb_world_inject(world, node, &flight);
    assert_true(err != VB_ERR_OK);
    for (int reason = 0; reason < VB_ERR_COUNT; reason++)
        assert_int_equal(counts[reason], before[reason] + (reason == -(int)err ? 1 : 0));
    return err;
}

static void frames_of_another_trailer_are_refused_and_counted_by_their_reason(void **state)
{
    (void)state;
    vb_world_seal_init(&seal, KEY, 16, true);
    bench_begin(&bench, 1, 1);
    vb_world_seal(world, &seal.port, VB_FRAME_BYTES_MAX);
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 3000);
    assert_true(bench_in_sync(&bench, 0, 1));
    for (uint8_t node = 0; node < 2; node++) {
        assert_int_equal(refused(node, &vb_room_plain), VB_ERR_UNSUPPORTED);
        vb_world_seal_init(&other, KEY + 1, 16, true);
        struct vb_room room = vb_room_of(&other.port, 0);
        assert_int_equal(refused(node, &room), VB_ERR_CHECKSUM);
        vb_world_seal_init(&other, KEY, 32, true);
        room = vb_room_of(&other.port, 0);
        assert_int_equal(refused(node, &room), VB_ERR_CHECKSUM);
        vb_world_seal_init(&other, KEY, 8, true);
        room = vb_room_of(&other.port, 0);
        assert_int_equal(refused(node, &room), VB_ERR_CHECKSUM);
    }
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_sealed_frame_is_unsupported_where_there_is_no_seal(void **state)
{
    (void)state;
    vb_world_seal_init(&other, KEY, 16, true);
    const struct vb_room room = vb_room_of(&other.port, 0);
    bench_at_rest(&bench, 1, 1);
    for (uint8_t node = 0; node < 2; node++)
        assert_int_equal(refused(node, &room), VB_ERR_UNSUPPORTED);
}

static void two_devices_of_different_seals_never_hear_each_other(void **state)
{
    (void)state;
    vb_world_seal_init(&seal, KEY, 16, true);
    vb_world_seal_init(&other, KEY, 32, true);
    bench_begin(&bench, 1, 1);
    world->nodes[0].seal = &seal.port;
    world->nodes[1].seal = &other.port;
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 60000);
    assert_null(bench_peer(&bench, 1));
    assert_true(world->nodes[1].receiver.device.core.refused[-VB_ERR_CHECKSUM] > 0);
    assert_true(world->nodes[0].transmitter.device.core.refused[-VB_ERR_CHECKSUM] +
                    world->nodes[0].transmitter.device.core.refused[-VB_ERR_TRUNCATED] >
                0);
}

/* ---- Everything passes ---- */

/* All of the power profile, the largest change that a page can make of any section. */
static struct change largest_change(uint32_t base)
{
    struct change change = {.section = VB_SECTION_POWER_PROFILE};
    const struct vb_section *schema = vb_section_by_id(change.section);
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    uint32_t items[48];
    for (unsigned i = 0; i < 48; i++)
        items[i] = base + i;
    vb_change_items(&writer, vb_field_by_name(schema, "charge_limit_w"), items, 48);
    vb_change_items(&writer, vb_field_by_name(schema, "discharge_limit_w"), items, 48);
    vb_change_items(&writer, vb_field_by_name(schema, "soc_reserve_pct"), (uint32_t[48]){7}, 48);
    vb_change_integer(&writer, vb_field_by_name(schema, "enabled"), 1);
    assert_false(writer.failed);
    change.size = writer.at;
    return change;
}

static void begin_with(const struct frames *of)
{
    bench_begin(&bench, 1, 2);
    vb_world_seal(world, seal_of(of), of->frame_bytes_max);
    for (uint8_t node = 0; node < 3; node++)
        vb_world_power_on(world, node);
}

static void sections_of_all_kinds_and_the_largest_edit_pass_under_any_trailer(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        begin_with(&frames[i]);
        vb_world_run(world, 5000);
        for (uint8_t node = 1; node < 3; node++)
            assert_true(bench_in_sync(&bench, 0, node));
        faults(&bench, 1, 0)->loss = 300;
        faults(&bench, 0, 1)->loss = 300;
        const uint64_t id = edit(&bench, 1, largest_change(1000));
        vb_world_run(world, 15000);
        assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_CONFIRMED);
        assert_int_equal(set(&bench, largest_change(2000)), VB_ERR_OK);
        vb_world_run(world, 20000);
        for (uint8_t node = 1; node < 3; node++)
            assert_true(bench_in_sync(&bench, 0, node));
    }
}

static void a_section_of_all_its_fragments_passes_with_losses_under_any_trailer(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        static uint8_t large[4 + VB_SECTION_BYTES_MAX];
        const struct vb_room room = vb_room_of(seal_of(&frames[i]), frames[i].frame_bytes_max);
        struct vb_writer writer = vb_writer_of(large, sizeof large);
        vb_write_u32(&writer, 7);
        for (uint8_t tag = 100; writer.at + 52 + 300 <= room.section_bytes_max; tag++) {
            vb_write_u8(&writer, tag);
            vb_write_varint(&writer, 50);
            for (unsigned byte = 0; byte < 50; byte++)
                vb_write_u8(&writer, (uint8_t)(tag + byte));
        }
        bench_begin(&bench, 1, 1);
        vb_world_seal(world, seal_of(&frames[i]), frames[i].frame_bytes_max);
        vb_world_store_plant(&world->nodes[0].store, "7", large, writer.at);
        vb_world_power_on(world, 0);
        vb_world_run(world, 10);
        faults(&bench, 0, 1)->loss = 300;
        vb_world_power_on(world, 1);
        vb_world_run(world, 60000);
        assert_true(bench_in_sync(&bench, 0, 1));
        assert_true(
            vb_fragment_count(
                &room,
                vb_transmitter_section(bench_transmitter(&bench), VB_SECTION_CAN + 1)->size) >= 19);
    }
}

/* The newest reading that the first receiver holds is that sample, to the millivolt. */
static void assert_newest_whole(uint8_t cells)
{
    struct vb_reading expected;
    const struct vb_reading *newest = vb_reading_ring_at(&bench_peer(&bench, 1)->ring, 0);
    assert_non_null(newest);
    assert_int_equal(newest->cell_count, cells);
    vb_world_reading(newest->sequence, cells, &expected);
    assert_memory_equal(newest->cell_mv, expected.cell_mv, cells * sizeof expected.cell_mv[0]);
}

static void readings_of_96_cells_pass_whole_under_any_trailer(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        begin_with(&frames[i]);
        vb_world_run(world, 3000);
        vb_world_stream(world, 0, 100);
        /* Samples with a pattern and without one, in turns of 16. */
        const bool small = frames[i].payload_bytes < 100;
        for (unsigned round = 0; round < 64; round++) {
            vb_world_run(world, 100);
            const struct vb_peer *peer = bench_peer(&bench, 1);
            const struct vb_reading *newest = vb_reading_ring_at(&peer->ring, 0);
            if (newest != NULL && !(small && (newest->flags & VB_READING_SUMMARY) != 0))
                assert_newest_whole(96);
        }
        const struct vb_peer *peer = bench_peer(&bench, 1);
        assert_int_equal(peer->quality.readings_lost, 0);
        assert_in_range(peer->quality.readings, 60, 66);
    }
}

static void a_reading_that_two_frames_cannot_hold_goes_out_as_its_summary(void **state)
{
    (void)state;
    enum { CELLS = 130 };
    const struct frames narrow = {32, 120, 80, 51};
    begin_with(&narrow);
    world->nodes[0].transmitter.reading_cells = CELLS;
    vb_world_run(world, 3000);
    vb_world_stream(world, 0, 100);
    unsigned summaries = 0;
    for (unsigned round = 0; round < 64; round++) {
        vb_world_run(world, 100);
        const struct vb_reading *newest = vb_reading_ring_at(&bench_peer(&bench, 1)->ring, 0);
        if (newest == NULL)
            continue;
        summaries += (newest->flags & VB_READING_SUMMARY) != 0;
        assert_int_equal(newest->cell_count, (newest->flags & VB_READING_SUMMARY) != 0 ? 3 : CELLS);
    }
    assert_in_range(summaries, 10, 64);
    assert_int_equal(bench_peer(&bench, 1)->quality.readings_lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_and_fragments_are_what_link_and_seal_leave),
        cmocka_unit_test(all_fragments_of_all_sizes_fit_and_leave_no_gap),
        cmocka_unit_test(a_sealed_frame_comes_back_and_is_marked_as_such),
        cmocka_unit_test(a_frame_with_any_bit_forged_or_any_end_cut_is_refused),
        cmocka_unit_test(frames_of_another_trailer_are_refused_and_counted_by_their_reason),
        cmocka_unit_test(a_sealed_frame_is_unsupported_where_there_is_no_seal),
        cmocka_unit_test(two_devices_of_different_seals_never_hear_each_other),
        cmocka_unit_test(sections_of_all_kinds_and_the_largest_edit_pass_under_any_trailer),
        cmocka_unit_test(a_section_of_all_its_fragments_passes_with_losses_under_any_trailer),
        cmocka_unit_test(readings_of_96_cells_pass_whole_under_any_trailer),
        cmocka_unit_test(a_reading_that_two_frames_cannot_hold_goes_out_as_its_summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
