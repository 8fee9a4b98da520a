/* Readings at the receiver: chunks put together, checked, decoded, kept in the ring. A lost chunk
 * costs that reading alone, and is counted. */
#include "receiver_parts.h"

#include <string.h>

#include "voltbeacon/crc.h"

static void count_lost(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer, uint32_t lost)
{
    if (lost == 0)
        return;
    peer->quality.readings_lost += lost;
    vb_receiver_report(r, now_ms, peer,
                       (struct vb_event){.type = VB_EVENT_READING_LOST, .a = lost});
}

static void begin(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                  const struct vb_reading_chunk *chunk)
{
    if (peer->reading_known) {
        const uint32_t skipped = chunk->number - peer->reading_number - 1;
        count_lost(r, now_ms, peer, skipped + (peer->reading_missing != 0 ? 1 : 0));
    }
    peer->reading_known = true;
    peer->reading_number = chunk->number;
    peer->reading_crc = chunk->crc;
    peer->reading_total = chunk->total;
    peer->reading_missing = (uint8_t)((1u << chunk->count) - 1);
}

static enum vb_err complete(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    struct vb_reading reading;
    enum vb_err err = VB_ERR_CHECKSUM;
    if (vb_crc32c(0, peer->reading_bytes, peer->reading_total) == peer->reading_crc)
        err = vb_reading_decode(peer->reading_bytes, peer->reading_total, now_ms, &reading);
    if (err != VB_ERR_OK) {
        count_lost(r, now_ms, peer, 1);
        return err;
    }
    vb_reading_ring_push(&peer->ring, &reading);
    peer->quality.readings++;
    vb_receiver_report(r, now_ms, peer,
                       (struct vb_event){.type = VB_EVENT_READING, .a = peer->reading_number});
    return VB_ERR_OK;
}

enum vb_err vb_receiver_reading_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                      const struct vb_frame *frame)
{
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_reading_chunk chunk;
    const enum vb_err err = vb_reading_chunk_read(&reader, &chunk);
    VB_ASSERT(err == VB_ERR_OK); /* the payload has been checked whole */
    const int32_t ahead = (int32_t)(chunk.number - peer->reading_number);
    if (peer->reading_known && ahead < 0)
        return VB_ERR_OLD;
    if (!peer->reading_known || ahead > 0)
        begin(r, now_ms, peer, &chunk);
    const uint8_t bit = (uint8_t)(1u << chunk.index);
    if ((peer->reading_missing & bit) == 0)
        return VB_ERR_OLD; /* a duplicate */
    if (chunk.crc != peer->reading_crc || chunk.total != peer->reading_total)
        return VB_ERR_MALFORMED;
    const bool newer = peer->state_known && (int32_t)(frame->seq - peer->state_seq) > 0;
    if (newer && chunk.digest_low != (uint16_t)peer->digest)
        vb_receiver_refuted(r, now_ms, peer);
    memcpy(peer->reading_bytes + (size_t)chunk.index * VB_READING_CHUNK_BYTES, chunk.bytes,
           chunk.size);
    peer->reading_missing &= (uint8_t)~bit;
    return peer->reading_missing == 0 ? complete(r, now_ms, peer) : VB_ERR_OK;
}
