#include "stranger.h"

#include <string.h>

#include "voltbeacon/core/message.h"

enum { FRAGMENT_TOTAL = 600 };

static uint32_t any(struct vb_random *dice)
{
    return vb_random_nonzero_u32(dice);
}

static const struct vb_room *room_of(const struct vb_world_node *node)
{
    return node->role == VB_WORLD_TRANSMITTER ? &node->transmitter.device.core.room
                                              : &node->receiver.device.core.room;
}

static void write_fragment(const struct vb_world_node *to, struct vb_random *dice,
                           struct vb_writer *writer)
{
    const struct vb_transmitter *core = &to->transmitter.device.core;
    const uint8_t bytes[VB_FRAGMENT_BYTES_MAX] = {1};
    struct vb_edit_part part = {.store_id = core->store_id,
                                .boot = core->boot,
                                .section = VB_SECTION_POWER_PROFILE,
                                .index = 0,
                                .total = FRAGMENT_TOTAL,
                                .bytes = bytes,
                                .size = core->room.fragment_bytes};
    part.id = (uint64_t)any(dice) << 32;
    part.id |= any(dice);
    part.base_version = any(dice);
    part.base_hash = any(dice);
    vb_edit_part_write(writer, &part);
}

static void write_beacon(struct vb_random *dice, struct vb_writer *writer)
{
    struct vb_beacon beacon = {.store_id = any(dice)};
    beacon.boot = any(dice);
    beacon.digest = any(dice);
    vb_beacon_write(writer, &beacon);
}

/* From one boot with consecutive frames: it is followed, and its fragments are accepted. */
static void write_trickle(const struct vb_world *world, const struct vb_room *room,
                          struct vb_frame *frame, struct vb_writer *writer)
{
    const uint8_t bytes[VB_FRAGMENT_BYTES_MAX] = {1};
    struct vb_beacon beacon = {
        .store_id = 0x5724a6e1u, .boot = 0x5724a6e2u, .mark_count = VB_SECTION_POWER_PROFILE};
    beacon.marks[VB_SECTION_POWER_PROFILE - 1] = vb_version_mark(7);
    vb_beacon_write(writer, &beacon);
    const size_t left = vb_writer_left(writer);
    struct vb_record record = {.id = VB_SECTION_POWER_PROFILE,
                               .form = VB_RECORD_WHOLE,
                               .version = 7,
                               .total = FRAGMENT_TOTAL,
                               .bytes = bytes,
                               .size = room->fragment_bytes};
    if (vb_record_size(&record) <= left)
        vb_record_write(writer, &record);
    frame->epoch = 1;
    frame->seq = (uint32_t)world->now_ms;
}

void stranger_speak(struct vb_world *world, struct vb_random *dice, uint8_t to,
                    enum stranger_word word, const struct vb_mac *as)
{
    static const uint8_t messages[STRANGER_WORDS] = {[STRANGER_HELLO] = VB_MESSAGE_HELLO,
                                                     [STRANGER_FRAGMENT] = VB_MESSAGE_EDIT,
                                                     [STRANGER_BEACON] = VB_MESSAGE_BEACON,
                                                     [STRANGER_TRICKLE] = VB_MESSAGE_BEACON};
    const struct vb_world_node *node = &world->nodes[to];
    struct vb_world_flight flight = {.src = {{0x02, 0x99, 0, 0, 0, 0}},
                                     .dst = node->mac,
                                     .from = VB_WORLD_ANY,
                                     .sent_ms = world->now_ms,
                                     .intact = true};
    struct vb_frame frame = {.message = messages[word]};
    const struct vb_room *room = room_of(node);
    struct vb_writer writer =
        vb_writer_of(flight.bytes + VB_FRAME_HEAD_BYTES, room->payload_bytes_max);
    if (word == STRANGER_TRICKLE)
        flight.src.bytes[4] = 1; /* not one of those whose frames contradict each other */
    if (word != STRANGER_BEACON)
        flight.src.bytes[5] = (uint8_t)vb_random_between(dice, 0, STRANGERS - 1);
    if (as != NULL)
        flight.src = *as;
    frame.epoch = (uint16_t)any(dice);
    frame.seq = any(dice);
    switch (word) {
    case STRANGER_HELLO:
        vb_write_u32(&writer, any(dice));
        vb_write_u8(&writer, 0);
        break;
    case STRANGER_FRAGMENT:
        write_fragment(node, dice, &writer);
        break;
    case STRANGER_TRICKLE:
        write_trickle(world, room, &frame, &writer);
        break;
    case STRANGER_BEACON:
    case STRANGER_WORDS:
        write_beacon(dice, &writer);
        break;
    }
    frame.payload_size = writer.at;
    flight.size = (uint16_t)vb_frame_finish(room, &frame, &flight.src, &flight.dst, flight.bytes);
    (void)vb_world_inject(world, to, &flight);
}
