/* Readings at the transmitter: whether one is sent, encoded by the codec, and which keyframe the
 * receivers have. Of waiting readings only the newest is kept. */
#include "transmitter_parts.h"

enum { BOOT_STREAM_MS = 3000 /* how long readings are sent while nobody is heard */ };

/* The flags that the core itself sets. */
static void set_stream_flags(struct vb_transmitter *t, uint32_t now_ms, bool streaming)
{
    uint8_t flags = t->runtime.flags & (uint8_t) ~(VB_RUNTIME_STREAMING | VB_RUNTIME_THINNED);
    if (streaming)
        flags |= VB_RUNTIME_STREAMING;
    if (streaming && t->air.level != VB_AIRTIME_FULL)
        flags |= VB_RUNTIME_THINNED;
    if (flags == t->runtime.flags)
        return;
    t->runtime.flags = flags;
    VB_ASSERT(t->announced); /* nothing streams before */
    vb_transmitter_announce(t, now_ms, 0);
}

/* False if the link's frames are too small for it. */
static bool queue_reading(struct vb_transmitter *t, uint32_t now_ms,
                          const struct vb_reading *reading)
{
    const uint32_t age_ms = now_ms - reading->sampled_ms;
    const uint16_t number = (uint16_t)(t->reading_number + 1);
    t->body_next = 0;
    t->body_count = vb_codec_encode(&t->codec, number, reading, age_ms, t->bodies);
    if (t->body_count == 0)
        return false;
    t->reading_number = number;
    if (vb_codec_on_offer(&t->codec, number))
        vb_transmitter_offer_begins(t);
    return true;
}

static void queue_summary(struct vb_transmitter *t, uint32_t now_ms,
                          const struct vb_reading *reading)
{
    struct vb_reading summary;
    if (vb_reading_summarise(reading, &summary))
        (void)queue_reading(t, now_ms, &summary); /* three cells fit any frame */
}

void vb_transmitter_reading(struct vb_transmitter *t, uint32_t now_ms,
                            const struct vb_reading *reading)
{
    /* Right after a boot nobody has been heard yet, and a reading announces the boot soonest. */
    const bool booted = vb_age_ms(&t->told, now_ms) < BOOT_STREAM_MS;
    const bool wanted = t->announced && (booted || vb_transmitter_heard(t, now_ms));
    bool summary = false;
    const bool granted = wanted && vb_airtime_grant(&t->air, now_ms, &summary);
    set_stream_flags(t, now_ms, wanted);
    if (granted && (summary || !queue_reading(t, now_ms, reading)))
        queue_summary(t, now_ms, reading);
}

void vb_transmitter_stream_ends(struct vb_transmitter *t, uint32_t now_ms)
{
    set_stream_flags(t, now_ms, false);
}

void vb_transmitter_reading_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                                      const struct vb_reading_ack *ack)
{
    struct vb_receiver_account *account = vb_transmitter_account(t, src);
    if (account == NULL)
        return; /* no reason to write a keyframe, nor to refer to one */
    if ((ack->flags & VB_READING_ACK_REFUSED) != 0) {
        vb_codec_receivers_changed(&t->codec);
        return;
    }
    if (!vb_codec_on_offer(&t->codec, ack->number))
        return; /* late: another keyframe has replaced it */
    account->has_offer = true;
    if (vb_transmitter_all_have_offer(t))
        vb_codec_acked(&t->codec, ack->number);
}
