/* What a transmitter knows of its receivers: who was heard, who acknowledged, who cannot be
 * reached.
 *
 *   REACHED --- asked, no answer in ack_wait, three times in a row ---> UNREACHABLE
 *      ^   \--- nothing heard for stream_silence ---> SILENT                |
 *      +------------------------ anything authentic heard <-----------------+
 *
 * That a broadcast was sent is no evidence of anything. */
#include "transmitter_parts.h"

enum { FAILURES_MAX = 3 };

struct vb_receiver_account *vb_transmitter_account(struct vb_transmitter *t, uint32_t now_ms,
                                                   const struct vb_mac *mac)
{
    struct vb_receiver_account *oldest = &t->receivers[0];
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (account->used && vb_mac_equal(&account->mac, mac))
            return account;
        const bool older = vb_age_ms(&account->heard, now_ms) > vb_age_ms(&oldest->heard, now_ms);
        if (oldest->used && (!account->used || older))
            oldest = account;
    }
    *oldest = (struct vb_receiver_account){.used = true, .mac = *mac, .silent = true};
    vb_age_unknown(&oldest->heard, now_ms);
    return oldest;
}

/* Whether it is there, as far as is known. */
static bool reached(const struct vb_receiver_account *account)
{
    return account->used && !account->silent && !account->unreachable;
}

bool vb_transmitter_heard(const struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (account->used && vb_age_ms(&account->heard, now_ms) < t->config.timing.stream_silence)
            return true;
    }
    return false;
}

static void report(struct vb_transmitter *t, uint32_t now_ms,
                   const struct vb_receiver_account *account, enum vb_event_type type)
{
    vb_events_push(&t->events, &(struct vb_event){.type = (uint8_t)type,
                                                  .mac = account->mac,
                                                  .detail = account->unreachable,
                                                  .at_ms = now_ms});
}

void vb_transmitter_hear(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src)
{
    struct vb_receiver_account *account = vb_transmitter_account(t, now_ms, src);
    const bool back = account->silent || account->unreachable;
    if (back)
        account->reached_since_ms = now_ms;
    vb_age_restart(&account->heard, now_ms);
    account->silent = false;
    account->unreachable = false;
    account->awaiting = false;
    account->failures = 0;
    if (back) {
        report(t, now_ms, account, VB_EVENT_RECEIVER_HEARD);
        vb_codec_receivers_changed(&t->codec);
    }
    if (t->trial && vb_time_reached(now_ms, t->trial_grace_ms))
        t->trial_heard = true;
}

/* ---- Acknowledgements ---- */

bool vb_transmitter_all_acked(const struct vb_transmitter *t)
{
    bool any = false;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (!reached(account))
            continue;
        if (!account->acked)
            return false;
        any = true;
    }
    return any;
}

void vb_transmitter_offer_begins(struct vb_transmitter *t)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++)
        t->receivers[i].has_offer = false;
}

bool vb_transmitter_all_have_offer(const struct vb_transmitter *t)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        if (reached(&t->receivers[i]) && !t->receivers[i].has_offer)
            return false;
    }
    return true;
}

bool vb_transmitter_ack_wanted(const struct vb_transmitter *t, uint32_t now_ms)
{
    /* Evidence is renewed after two thirds of the silence allowed: of each receiver, for another's
     * acknowledgements of readings say nothing of it. */
    const uint32_t renew_ms = t->config.timing.stream_silence / 3 * 2;
    bool any = false;
    bool doubt = false;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (!reached(account))
            continue;
        any = true;
        doubt = doubt || account->failures > 0 || vb_age_ms(&account->heard, now_ms) >= renew_ms;
    }
    return t->changing || t->trial || doubt || !any;
}

void vb_transmitter_expect_acks(struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (!reached(account) || account->awaiting)
            continue;
        account->awaiting = true;
        account->ack_due_ms = now_ms + t->config.timing.ack_wait;
    }
}

/* Once more, soon; after the third time it is not there, and whoever comes back is to find beacons
 * at once. */
static void fail(struct vb_transmitter *t, uint32_t now_ms, struct vb_receiver_account *account)
{
    account->awaiting = false;
    account->failures++;
    if (account->failures < FAILURES_MAX) {
        const uint32_t again_ms = now_ms + t->config.timing.ack_retry;
        if ((int32_t)(t->beacon_at_ms - again_ms) > 0)
            t->beacon_at_ms = again_ms;
        return;
    }
    account->unreachable = true;
    report(t, now_ms, account, VB_EVENT_RECEIVER_LOST);
    if (now_ms - account->reached_since_ms >= t->config.timing.stream_silence)
        vb_transmitter_announce(t, now_ms, 0); /* once; not for one that comes and goes */
}

void vb_transmitter_sent(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *dst,
                         bool delivered)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (!reached(account) || !vb_mac_equal(&account->mac, dst))
            continue;
        if (delivered)
            account->failures = 0;
        else
            fail(t, now_ms, account);
    }
}

/* ---- Time ---- */

void vb_transmitter_receivers_tick(struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (!account->used)
            continue;
        vb_age_advance(&account->heard, now_ms);
        if (account->awaiting && vb_time_reached(now_ms, account->ack_due_ms))
            fail(t, now_ms, account);
        if (!account->silent && account->heard.age_ms >= t->config.timing.stream_silence) {
            account->silent = true;
            if (!account->unreachable) /* else it has been said */
                report(t, now_ms, account, VB_EVENT_RECEIVER_LOST);
        }
        if (account->heard.age_ms >= t->config.timing.forget)
            account->used = false;
    }
}

uint32_t vb_transmitter_receivers_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms)
{
    uint32_t wait = VB_FOREVER_MS;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        const uint32_t until = vb_time_until(now_ms, account->ack_due_ms);
        if (account->used && account->awaiting && until < wait)
            wait = until;
    }
    return wait;
}
