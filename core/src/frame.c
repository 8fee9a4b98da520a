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

size_t vb_frame_finish(const struct vb_frame *frame, const struct vb_mac *src,
                       const struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    VB_ASSERT(frame->message > 0 && frame->message <= MESSAGE_BITS);
    VB_ASSERT(frame->payload_size <= VB_PAYLOAD_BYTES_MAX);
    struct vb_writer writer = vb_writer_of(bytes, VB_FRAME_HEAD_BYTES);
    vb_write_u8(&writer, VB_FRAME_MAGIC);
    vb_write_u8(&writer, (uint8_t)(frame->message | (frame->ack_wanted ? ACK_WANTED_BIT : 0)));
    vb_write_u16(&writer, frame->epoch);
    vb_write_u32(&writer, frame->seq);
    const size_t body = VB_FRAME_HEAD_BYTES + frame->payload_size;
    const uint32_t crc = checksum(src, dst, bytes, body);
    writer = vb_writer_of(bytes + body, VB_FRAME_TRAILER_BYTES);
    vb_write_u32(&writer, crc);
    VB_ASSERT(!writer.failed);
    return body + VB_FRAME_TRAILER_BYTES;
}

enum vb_err vb_frame_open(const uint8_t *bytes, size_t size, const struct vb_mac *src,
                          const struct vb_mac *dst, struct vb_frame *frame)
{
    if (size == 0 || bytes[0] != VB_FRAME_MAGIC)
        return VB_ERR_FOREIGN;
    if (size < VB_FRAME_HEAD_BYTES + VB_FRAME_TRAILER_BYTES)
        return VB_ERR_TRUNCATED;
    if (size > VB_FRAME_BYTES_MAX)
        return VB_ERR_TOO_LONG;
    struct vb_reader reader = vb_reader_of(bytes, size);
    (void)vb_read_u8(&reader);
    const uint8_t kind = vb_read_u8(&reader);
    if ((kind & SEALED_BIT) != 0)
        return VB_ERR_UNSUPPORTED;
    frame->message = kind & MESSAGE_BITS;
    frame->ack_wanted = (kind & ACK_WANTED_BIT) != 0;
    frame->epoch = vb_read_u16(&reader);
    frame->seq = vb_read_u32(&reader);
    frame->payload_size = size - VB_FRAME_HEAD_BYTES - VB_FRAME_TRAILER_BYTES;
    frame->payload = vb_read_view(&reader, frame->payload_size);
    const uint32_t crc = vb_read_u32(&reader);
    VB_ASSERT(vb_reader_done(&reader));
    if (crc != checksum(src, dst, bytes, size - VB_FRAME_TRAILER_BYTES))
        return VB_ERR_CHECKSUM;
    if ((kind & RESERVED_BIT) != 0)
        return VB_ERR_UNSUPPORTED;
    return VB_ERR_OK;
}
