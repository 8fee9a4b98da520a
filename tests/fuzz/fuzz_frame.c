/* A frame from anywhere is opened; a payload from anywhere is framed, for a fuzzer hardly ever
 * finds the trailer that lets it in, and read by every decoder; a raw reading from anywhere is
 * decoded. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vb_mac source = {{0x02, 0, 0, 0, 0, 1}};

/* What a decoder accepts must lie within the protocol's limits. */

static void read_records(struct vb_reader *reader)
{
    struct vb_record record;
    while (vb_reader_left(reader) > 0 &&
           vb_record_read(reader, &vb_room_plain, &record) == VB_ERR_OK) {
        VB_ASSERT(record.id >= 1 && record.id <= VB_MARKS_MAX && record.version != 0);
        VB_ASSERT(record.size <= VB_FRAGMENT_BYTES_MAX && record.total <= VB_SECTION_BYTES_MAX);
    }
}

static void read_beacon(struct vb_reader reader)
{
    struct vb_beacon beacon;
    if (vb_beacon_read(&reader, &beacon) != VB_ERR_OK)
        return;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_beacon_write(&writer, &beacon);
    /* One beacon has one form: what was accepted is written again to the byte. */
    VB_ASSERT(!writer.failed && writer.at == reader.size);
    VB_ASSERT(memcmp(bytes, reader.bytes, reader.size) == 0);
    struct vb_reader records = vb_reader_of(beacon.records, beacon.records_size);
    read_records(&records);
}

static void read_request(struct vb_reader reader)
{
    struct vb_request_item item;
    (void)vb_read_u32(&reader);
    while (vb_reader_left(&reader) > 0 && vb_request_item_read(&reader, &item) == VB_ERR_OK)
        VB_ASSERT(item.id >= 1 && item.id <= VB_MARKS_MAX);
}

static void read_edits(struct vb_reader reader)
{
    struct vb_reader again = reader;
    struct vb_edit_part part;
    struct vb_edit_result result;
    if (vb_edit_part_read(&reader, &vb_room_plain, &part) == VB_ERR_OK)
        VB_ASSERT(part.size >= 1 && part.size <= VB_FRAGMENT_BYTES_MAX && part.id != 0);
    if (vb_edit_result_read(&again, &result) == VB_ERR_OK)
        VB_ASSERT(result.reasons.count <= VB_REASONS_MAX);
}

static void read_reading(struct vb_reader reader)
{
    struct vb_reader again = reader;
    struct vb_reading_part part;
    struct vb_reading_ack ack;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    if (vb_reading_part_read(&reader, &part) == VB_ERR_OK)
        VB_ASSERT(part.size >= 1 && part.size <= VB_CODEC_BODY_BYTES_MAX);
    if (vb_reading_ack_read(&again, &ack) != VB_ERR_OK)
        return;
    vb_reading_ack_write(&writer, &ack);
    VB_ASSERT(writer.at == again.size && memcmp(bytes, again.bytes, again.size) == 0);
}

static void read_payload(const uint8_t *payload, size_t size)
{
    const struct vb_reader reader = vb_reader_of(payload, size);
    struct vb_reader data = reader;
    struct vb_data_head head;
    read_beacon(reader);
    if (vb_data_head_read(&data, &head) == VB_ERR_OK)
        read_records(&data);
    read_request(reader);
    read_edits(reader);
    read_reading(reader);
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

static void read_framed(const uint8_t *payload, size_t size)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const struct vb_frame in = {.message = VB_MESSAGE_BEACON, .payload_size = size};
    struct vb_frame frame;
    memcpy(bytes + VB_FRAME_HEAD_BYTES, payload, size);
    const size_t frame_size =
        vb_frame_finish(&vb_room_plain, &in, &source, &vb_mac_broadcast, bytes);
    const enum vb_err err =
        vb_frame_open(&vb_room_plain, bytes, frame_size, &source, &vb_mac_broadcast, &frame);
    VB_ASSERT(err == VB_ERR_OK && frame.payload_size == size);
    read_payload(frame.payload, frame.payload_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_frame frame;
    if (vb_frame_open(&vb_room_plain, data, size, &source, &vb_mac_broadcast, &frame) == VB_ERR_OK)
        read_payload(frame.payload, frame.payload_size);
    if (size > 0 && size <= VB_PAYLOAD_BYTES_MAX)
        read_framed(data, size);
    read_raw_reading(data, size);
    return 0;
}
