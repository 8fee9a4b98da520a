/* Readings at the receiver: decoded, reassembled if they come in two parts, kept in the ring. A
 * lost frame costs only its own reading, and is counted. Keyframes are acknowledged, because later
 * readings may refer to them; a reading that refers to one we lack is refused with an error. */
#include "receiver_parts.h"

void vb_receiver_forget_keyframe(struct vb_peer *peer)
{
    vb_codec_decoder_init(&peer->codec);
    peer->reading_ack_due = false;
}

void vb_receiver_forget_readings(struct vb_peer *peer)
{
    vb_receiver_forget_keyframe(peer);
    vb_stream_become(peer, VB_STREAM_NONE);
}

static void count_lost(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer, uint32_t lost)
{
    if (lost == 0)
        return;
    peer->quality.readings_lost += lost;
    vb_receiver_tell(r, now_ms, peer, VB_EVENT_READING_LOST, lost);
}

static void begin(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer, uint16_t number,
                  uint8_t part_count)
{
    if (peer->stream != VB_STREAM_NONE) {
        const uint16_t gap = (uint16_t)(number - peer->reading_number - 1);
        const uint16_t skipped = gap <= INT16_MAX ? gap : 0; /* back: not of one stream */
        count_lost(r, now_ms, peer, skipped + (peer->stream != VB_STREAM_WHOLE ? 1u : 0u));
    }
    vb_stream_become(peer, VB_STREAM_BEGUN);
    peer->reading_number = number;
    peer->reading_missing = (uint8_t)((1u << part_count) - 1);
}

static void complete(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    vb_stream_become(peer, VB_STREAM_WHOLE);
    vb_reading_ring_push(&peer->ring, &peer->reading);
    peer->quality.readings++;
    vb_receiver_tell(r, now_ms, peer, VB_EVENT_READING, peer->reading_number);
}

static void answer(struct vb_peer *peer, uint16_t number, uint8_t flags)
{
    peer->reading_ack_due = true;
    peer->reading_ack = (struct vb_reading_ack){.number = number, .flags = flags};
}

/* Whether it can be the missing part of what has arrived. A part seen before is a duplicate. */
static enum vb_err judge_part(const struct vb_peer *peer, const struct vb_reading *reading,
                              const struct vb_codec_part *part)
{
    const struct vb_reading *begun = &peer->reading;
    if ((peer->reading_missing >> part->index & 1) == 0)
        return VB_ERR_OLD;
    const bool fits = vb_codec_same_origin(&peer->codec.origin, &peer->reading_origin) &&
                      reading->cell_count == begun->cell_count &&
                      reading->temp_count == begun->temp_count && reading->flags == begun->flags;
    return fits ? VB_ERR_OK : VB_ERR_MALFORMED;
}

/* A reading that refers to a keyframe we never got only proves that its sender is alive. */
static enum vb_err refuse(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                          uint16_t number, bool newer)
{
    if (newer) {
        begin(r, now_ms, peer, number, 0); /* no part of it is waited for */
        vb_stream_become(peer, VB_STREAM_REFUSED);
    }
    answer(peer, number, VB_READING_ACK_REFUSED);
    return VB_ERR_OK;
}

static enum vb_err take_body(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                             const struct vb_reading_part *body, bool newer)
{
    struct vb_reading reading = {0};
    if (!newer)
        reading = peer->reading;
    struct vb_codec_part part;
    enum vb_err err = vb_codec_decode(&peer->codec, body->number, body->body, body->size,
                                      now_ms - r->late_ms, &reading, &part);
    if (err == VB_ERR_OLD)
        return refuse(r, now_ms, peer, body->number, newer);
    if (err == VB_ERR_OK && !newer)
        err = judge_part(peer, &reading, &part);
    if (err != VB_ERR_OK)
        return err;
    if (newer) {
        begin(r, now_ms, peer, body->number, part.count);
        peer->reading_origin = peer->codec.origin;
    }
    peer->reading = reading;
    peer->reading_missing &= (uint8_t) ~(1u << part.index);
    if (part.keyframe)
        answer(peer, body->number, 0);
    if (peer->reading_missing == 0)
        complete(r, now_ms, peer);
    return VB_ERR_OK;
}

enum vb_err vb_receiver_reading_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                      uint32_t seq, const struct vb_reading_part *body)
{
    const bool known = peer->stream != VB_STREAM_NONE;
    const bool later = !known || (int32_t)(seq - peer->reading_seq) > 0;
    const bool another = !known || body->number != peer->reading_number;
    if (another ? !later : peer->stream == VB_STREAM_WHOLE)
        return VB_ERR_OLD;
    const bool agrees = body->digest_low == (uint16_t)peer->digest;
    if (!agrees && peer->boot.state == VB_BOOT_CLONED)
        return VB_ERR_OLD; /* the other device's: its digest depends on the boot */
    peer->codec.origin = (struct vb_codec_origin){
        .digest_low = body->digest_low, .believed = agrees && peer->fetch != VB_FETCH_UNKNOWN};
    const enum vb_err err = take_body(r, now_ms, peer, body, another);
    if (err != VB_ERR_OK)
        return err;
    if (later)
        peer->reading_seq = seq;
    const bool newer = peer->fetch != VB_FETCH_UNKNOWN && (int32_t)(seq - peer->state_seq) > 0;
    if (newer && !agrees)
        vb_receiver_refuted(r, now_ms, peer);
    else if (newer)
        vb_receiver_spare_proof(peer);
    return VB_ERR_OK;
}
