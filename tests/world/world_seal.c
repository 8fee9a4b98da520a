#include "world/world_seal.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"

/* The word at `at` of the trailer; they all differ. */
static uint32_t word_of(const struct vb_world_seal *seal, uint8_t at, const struct vb_mac *src,
                        const struct vb_mac *dst, const uint8_t *bytes, size_t size)
{
    uint32_t crc = vb_crc32(seal->key, &at, 1);
    crc = vb_crc32(crc, src->bytes, VB_MAC_BYTES);
    crc = vb_crc32(crc, dst->bytes, VB_MAC_BYTES);
    return vb_crc32(crc, bytes, size);
}

static void hide(const struct vb_world_seal *seal, uint8_t *payload, size_t size)
{
    for (size_t i = 0; i < size && seal->hides; i++)
        payload[i] ^= (uint8_t)(seal->key + 31 * i);
}

static void close_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                        uint8_t *bytes, size_t size)
{
    const struct vb_world_seal *seal = ctx;
    struct vb_writer writer = vb_writer_of(bytes + size, seal->port.overhead_bytes);
    hide(seal, bytes + VB_FRAME_HEAD_BYTES, size - VB_FRAME_HEAD_BYTES);
    for (uint8_t at = 0; at < seal->port.overhead_bytes; at += 4)
        vb_write_u32(&writer, word_of(seal, at, src, dst, bytes, size));
    VB_ASSERT(!writer.failed);
}

static enum vb_err open_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                              const uint8_t *bytes, size_t size, const uint8_t **payload)
{
    struct vb_world_seal *seal = ctx;
    VB_ASSERT(size >= (size_t)VB_FRAME_HEAD_BYTES + seal->port.overhead_bytes);
    const size_t body = size - seal->port.overhead_bytes;
    struct vb_reader reader = vb_reader_of(bytes + body, seal->port.overhead_bytes);
    for (uint8_t at = 0; at < seal->port.overhead_bytes; at += 4) {
        if (vb_read_u32(&reader) != word_of(seal, at, src, dst, bytes, body))
            return VB_ERR_CHECKSUM;
    }
    memset(seal->opened, 0, sizeof seal->opened); /* the previous one is no longer valid */
    memcpy(seal->opened, bytes + VB_FRAME_HEAD_BYTES, body - VB_FRAME_HEAD_BYTES);
    hide(seal, seal->opened, body - VB_FRAME_HEAD_BYTES);
    *payload = seal->opened;
    return VB_ERR_OK;
}

void vb_world_seal_init(struct vb_world_seal *seal, uint32_t key, uint8_t overhead_bytes,
                        bool hides)
{
    VB_ASSERT(overhead_bytes % 4 == 0);
    memset(seal, 0, sizeof *seal);
    seal->key = key;
    seal->hides = hides;
    seal->port = (struct vb_seal){
        .ctx = seal, .overhead_bytes = overhead_bytes, .close = close_frame, .open = open_frame};
}
