/* A frame from anywhere is opened, with a seal and without; a payload from anywhere is framed, for
 * a fuzzer hardly ever finds the trailer that lets it in, and read as every kind; a raw reading
 * from anywhere is decoded. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vb_mac source = {{0x02, 0, 0, 0, 0, 1}};

/* ---- What is read must lie within the protocol's limits ---- */

static void check_records(const struct vb_room *room, const struct vb_records *records)
{
    VB_ASSERT(records->count <= VB_RECORDS_MAX);
    for (uint8_t i = 0; i < records->count; i++) {
        const struct vb_record *record = &records->items[i];
        VB_ASSERT(record->id >= 1 && record->id <= VB_MARKS_MAX && record->version != 0);
        VB_ASSERT(record->total <= room->section_bytes_max);
        if (record->form == VB_RECORD_WHOLE)
            VB_ASSERT(record->size <= room->fragment_bytes &&
                      record->offset + record->size <= record->total);
        else
            VB_ASSERT(record->size <= VB_DELTA_BYTES_MAX && record->index == 0);
    }
}

/* The same facts are read again from what we write of them. */
static void check_facts(const struct vb_board_facts *facts)
{
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    struct vb_board_facts again;
    if (!vb_board_facts_told(facts))
        return;
    vb_board_facts_write(&writer, facts);
    struct vb_reader reader = vb_reader_of(bytes, writer.at);
    struct vb_record head;
    VB_ASSERT(vb_record_read(&reader, &vb_room_plain, &head) == VB_ERR_UNSUPPORTED);
    VB_ASSERT(head.form == VB_RECORD_FACTS && vb_board_facts_read(&reader, &again));
    VB_ASSERT(vb_board_facts_equal(&again, facts));
}

/* One beacon has one form: what was accepted is written again to the byte. */
static void check_beacon(const struct vb_beacon *beacon, const uint8_t *payload, size_t size)
{
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    VB_ASSERT(beacon->boot != 0);
    vb_beacon_write(&writer, beacon);
    VB_ASSERT(!writer.failed && writer.at == size && memcmp(bytes, payload, size) == 0);
}

static void check_request(const struct vb_section_request *request)
{
    VB_ASSERT(request->count <= VB_REQUEST_ITEMS_MAX);
    for (uint8_t i = 0; i < request->count; i++)
        VB_ASSERT(request->items[i].id >= 1 && request->items[i].id <= VB_MARKS_MAX);
}

static void check_edit(const struct vb_room *room, const struct vb_edit_part *part)
{
    VB_ASSERT(part->id != 0 && part->total <= VB_EDIT_BYTES_MAX);
    VB_ASSERT(part->size >= 1 && part->size <= room->fragment_bytes);
    VB_ASSERT(part->offset + part->size <= part->total);
}

static void check_reading_ack(const struct vb_reading_ack *ack, const uint8_t *payload, size_t size)
{
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_reading_ack_write(&writer, ack);
    VB_ASSERT(writer.at == size && memcmp(bytes, payload, size) == 0);
}

static void check_payload(const struct vb_room *room, const struct vb_payload *payload,
                          const struct vb_frame *frame)
{
    switch (payload->kind) {
    case VB_MESSAGE_BEACON:
        check_beacon(&payload->beacon, frame->payload, frame->payload_size);
        break;
    case VB_MESSAGE_HELLO_ACK:
        VB_ASSERT(payload->hello_ack.nonce != 0 && payload->hello_ack.state.store_id != 0);
        check_beacon(&payload->hello_ack.state, frame->payload + 4, frame->payload_size - 4);
        break;
    case VB_MESSAGE_DATA:
        VB_ASSERT(payload->data.store_id != 0 && payload->data.boot != 0);
        break;
    case VB_MESSAGE_REQUEST:
        check_request(&payload->request);
        break;
    case VB_MESSAGE_EDIT:
        check_edit(room, &payload->edit);
        break;
    case VB_MESSAGE_EDIT_RESULT:
        VB_ASSERT(payload->edit_result.reasons.count <= VB_REASONS_MAX);
        break;
    case VB_MESSAGE_READING:
        VB_ASSERT(payload->reading.size >= 1 && payload->reading.size <= VB_CODEC_BODY_BYTES_MAX);
        break;
    case VB_MESSAGE_READING_ACK:
        check_reading_ack(&payload->reading_ack, frame->payload, frame->payload_size);
        break;
    case VB_MESSAGE_HELLO:
        VB_ASSERT(payload->hello.nonce != 0);
        break;
    case VB_MESSAGE_GOODBYE:
        VB_ASSERT(payload->goodbye.boot != 0);
        break;
    default:
        VB_ASSERT(payload->kind == VB_MESSAGE_BEACON_ACK);
    }
}

static void read_as(const struct vb_room *room, struct vb_frame frame, uint8_t kind)
{
    static struct vb_records records;
    struct vb_payload payload;
    frame.message = kind;
    if (vb_payload_read(room, &frame, &records, &payload) != VB_ERR_OK)
        return;
    VB_ASSERT(payload.kind == kind);
    check_payload(room, &payload, &frame);
    check_records(room, &records);
    check_facts(&records.facts);
    (void)vb_payload_named(&payload);
}

static void read_as_every_kind(const struct vb_room *room, const struct vb_frame *frame)
{
    for (unsigned kind = 0; kind < 32; kind++)
        read_as(room, *frame, (uint8_t)kind);
}

static void read_raw_reading(const uint8_t *bytes, size_t size)
{
    struct vb_reading reading;
    uint8_t raw[VB_READING_BYTES_MAX];
    if (vb_reading_decode(bytes, size, 0, &reading) != VB_ERR_OK)
        return;
    const uint32_t age_ms = 0u - reading.sampled_ms;
    VB_ASSERT(vb_reading_encode(&reading, age_ms, raw) == size);
    VB_ASSERT(memcmp(raw, bytes, size) == 0);
}

/* ---- With a seal and without ---- */

enum { SEAL_BYTES = 16 };

static void close_with_sum(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                           uint8_t *bytes, size_t size)
{
    (void)ctx;
    for (unsigned i = 0; i < SEAL_BYTES; i++)
        bytes[size + i] = (uint8_t)(src->bytes[0] + dst->bytes[0] + size + i);
}

static enum vb_err open_with_sum(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                                 const uint8_t *bytes, size_t size, const uint8_t **payload)
{
    const size_t body = size - SEAL_BYTES;
    (void)ctx;
    *payload = bytes + VB_FRAME_HEAD_BYTES;
    for (unsigned i = 0; i < SEAL_BYTES; i++) {
        if (bytes[body + i] != (uint8_t)(src->bytes[0] + dst->bytes[0] + body + i))
            return VB_ERR_CHECKSUM;
    }
    return VB_ERR_OK;
}

static void frame_it(const struct vb_room *room, const uint8_t *payload, size_t size)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const struct vb_frame in = {.message = VB_MESSAGE_BEACON, .payload_size = size};
    struct vb_frame frame;
    if (size == 0 || size > room->payload_bytes_max)
        return;
    memcpy(bytes + VB_FRAME_HEAD_BYTES, payload, size);
    const size_t frame_size = vb_frame_finish(room, &in, &source, &vb_mac_broadcast, bytes);
    VB_ASSERT(frame_size <= room->frame_bytes_max);
    const enum vb_err err =
        vb_frame_open(room, bytes, frame_size, &source, &vb_mac_broadcast, &frame);
    VB_ASSERT(err == VB_ERR_OK && frame.payload_size == size);
    read_as_every_kind(room, &frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vb_seal seal = {
        .overhead_bytes = SEAL_BYTES, .close = close_with_sum, .open = open_with_sum};
    const struct vb_room rooms[] = {vb_room_plain, vb_room_of(&seal, VB_FRAME_BYTES_MAX),
                                    vb_room_of(&seal, 128)};
    for (unsigned i = 0; i < VB_COUNT_OF(rooms); i++) {
        struct vb_frame frame;
        if (vb_frame_open(&rooms[i], data, size, &source, &vb_mac_broadcast, &frame) == VB_ERR_OK)
            read_as_every_kind(&rooms[i], &frame);
        frame_it(&rooms[i], data, size);
    }
    read_raw_reading(data, size);
    return 0;
}
