#include "voltbeacon/core/frame.h"

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"

/* Byte 1 of the header. */
enum { MESSAGE_BITS = 0x1f, ACK_WANTED_BIT = 0x40, SEALED_BIT = 0x80, RESERVED_BIT = 0x20 };

const char *vb_message_name(uint8_t message)
{
    switch ((enum vb_message)message) {
#define X(NAME, value, name) \
    case VB_MESSAGE_##NAME:  \
        return name;
        VB_MESSAGE_LIST(X)
#undef X
    }
    return "unknown message";
}

static uint32_t checksum(const struct vb_mac *src, const struct vb_mac *dst, const uint8_t *bytes,
                         size_t size)
{
    uint32_t crc = vb_crc32(0, src->bytes, VB_MAC_BYTES);
    crc = vb_crc32(crc, dst->bytes, VB_MAC_BYTES);
    return vb_crc32(crc, bytes, size);
}

static void close_with_crc(const struct vb_mac *src, const struct vb_mac *dst, uint8_t *bytes,
                           size_t size)
{
    struct vb_writer writer = vb_writer_of(bytes + size, VB_CRC_TRAILER_BYTES);
    vb_write_u32(&writer, checksum(src, dst, bytes, size));
    VB_ASSERT(!writer.failed);
}

static enum vb_err open_with_crc(const struct vb_mac *src, const struct vb_mac *dst,
                                 const uint8_t *bytes, size_t size)
{
    const size_t body = size - VB_CRC_TRAILER_BYTES;
    struct vb_reader reader = vb_reader_of(bytes + body, VB_CRC_TRAILER_BYTES);
    const uint32_t crc = vb_read_u32(&reader);
    if (crc != checksum(src, dst, bytes, body))
        return VB_ERR_CHECKSUM;
    return VB_ERR_OK;
}

size_t vb_frame_finish(const struct vb_room *room, const struct vb_frame *frame,
                       const struct vb_mac *src, const struct vb_mac *dst,
                       uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    const struct vb_seal *seal = room->seal;
    VB_ASSERT(frame->message > 0 && frame->message <= MESSAGE_BITS);
    VB_ASSERT(frame->payload_size <= room->payload_bytes_max);
    struct vb_writer writer = vb_writer_of(bytes, VB_FRAME_HEAD_BYTES);
    vb_write_u8(&writer, VB_FRAME_MAGIC);
    vb_write_u8(&writer, (uint8_t)(frame->message | (frame->ack_wanted ? ACK_WANTED_BIT : 0) |
                                   (seal != NULL ? SEALED_BIT : 0)));
    vb_write_u16(&writer, frame->epoch);
    vb_write_u32(&writer, frame->seq);
    VB_ASSERT(!writer.failed);
    const size_t body = VB_FRAME_HEAD_BYTES + frame->payload_size;
    if (seal == NULL)
        close_with_crc(src, dst, bytes, body);
    else
        seal->close(seal->ctx, src, dst, bytes, body);
    return body + room->trailer_bytes;
}

enum vb_err vb_frame_open(const struct vb_room *room, const uint8_t *bytes, size_t size,
                          const struct vb_mac *src, const struct vb_mac *dst,
                          struct vb_frame *frame)
{
    const struct vb_seal *seal = room->seal;
    const size_t around = (size_t)VB_FRAME_HEAD_BYTES + room->trailer_bytes;
    if (size == 0 || bytes[0] != VB_FRAME_MAGIC)
        return VB_ERR_FOREIGN;
    if (size < around)
        return VB_ERR_TRUNCATED;
    if (size > room->frame_bytes_max)
        return VB_ERR_TOO_LONG;
    struct vb_reader reader = vb_reader_of(bytes, size);
    (void)vb_read_u8(&reader);
    const uint8_t kind = vb_read_u8(&reader);
    if (((kind & SEALED_BIT) != 0) != (seal != NULL))
        return VB_ERR_UNSUPPORTED;
    frame->message = kind & MESSAGE_BITS;
    frame->ack_wanted = (kind & ACK_WANTED_BIT) != 0;
    frame->epoch = vb_read_u16(&reader);
    frame->seq = vb_read_u32(&reader);
    frame->payload = bytes + VB_FRAME_HEAD_BYTES;
    frame->payload_size = size - around;
    const enum vb_err err = seal == NULL
                                ? open_with_crc(src, dst, bytes, size)
                                : seal->open(seal->ctx, src, dst, bytes, size, &frame->payload);
    if (err != VB_ERR_OK)
        return err;
    return (kind & RESERVED_BIT) != 0 ? VB_ERR_UNSUPPORTED : VB_ERR_OK;
}
