/* What a transmitter knows about its receivers: who was heard, who acknowledged, who cannot be
 * reached. The states of an account: receiver_account.c.
 *
 * That a broadcast was sent proves nothing; nor does a frame that anybody could have made up
 * without ever hearing this transmitter. */
#include "transmitter_parts.h"

enum {
    FAILURES_MAX = 3,
    ASKED_MS = 5000,     /* an acknowledgement counts for a request at most this old ... */
    ASKED_BEACONS = 4,   /* ... and for one of this many beacons */
    AGAIN_MAX_MS = 5000, /* unanswered beacons double their interval up to this */
};

struct vb_receiver_account *vb_transmitter_account(struct vb_transmitter *t,
                                                   const struct vb_mac *mac)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (account->state != VB_ACCOUNT_FREE && vb_mac_equal(&account->mac, mac))
            return account;
    }
    return NULL;
}

/* Opens an account in a free place, or in that of the longest-silent receiver. */
static struct vb_receiver_account *admit(struct vb_transmitter *t, uint32_t now_ms,
                                         const struct vb_mac *mac)
{
    struct vb_receiver_account *place = NULL;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (account->state == VB_ACCOUNT_FREE) {
            place = account;
            break;
        }
        if (account->state == VB_ACCOUNT_SILENT &&
            (place == NULL ||
             vb_age_ms(&account->heard, now_ms) > vb_age_ms(&place->heard, now_ms)))
            place = account;
    }
    if (place == NULL)
        return NULL;
    if (place->state == VB_ACCOUNT_SILENT)
        vb_account_become(place, VB_ACCOUNT_FREE);
    *place = (struct vb_receiver_account){.mac = *mac};
    vb_age_unknown(&place->heard, now_ms);
    vb_age_unknown(&place->greeting.answered, now_ms);
    vb_transmitter_candidate_proves(t, place);
    return place;
}

bool vb_transmitter_heard(const struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (account->state != VB_ACCOUNT_FREE &&
            vb_age_ms(&account->heard, now_ms) < t->config.timing.stream_silence)
            return true;
    }
    return false;
}

static void report(struct vb_transmitter *t, uint32_t now_ms,
                   const struct vb_receiver_account *account, enum vb_event_type type)
{
    vb_events_push(&t->events,
                   &(struct vb_event){.type = (uint8_t)type,
                                      .mac = account->mac,
                                      .detail = account->state == VB_ACCOUNT_UNREACHABLE,
                                      .at_ms = now_ms});
}

/* Whether the frame echoes something that only this boot of this transmitter has sent. */
static bool proves(const struct vb_transmitter *t, uint32_t now_ms,
                   const struct vb_payload *payload)
{
    switch (payload->kind) {
    case VB_MESSAGE_BEACON_ACK:
        return vb_age_ms(&t->greetings.asked, now_ms) < ASKED_MS &&
               (uint8_t)(t->beacon_number - payload->beacon_ack.number) < ASKED_BEACONS;
    case VB_MESSAGE_REQUEST:
        return payload->request.store_id == t->store_id;
    case VB_MESSAGE_EDIT:
        return payload->edit.boot == t->boot;
    case VB_MESSAGE_READING_ACK:
        return vb_codec_on_offer(&t->codec, payload->reading_ack.number);
    default:
        return false;
    }
}

void vb_transmitter_hear(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                         const struct vb_payload *payload)
{
    const bool proven = proves(t, now_ms, payload);
    if (proven && t->trial && vb_time_reached(now_ms - t->late_ms, t->trial_grace_ms))
        t->trial_heard = true;
    if (t->late_ms >= t->config.timing.stream_silence)
        return; /* the sender may be gone by now */
    struct vb_receiver_account *account = vb_transmitter_account(t, src);
    if (account == NULL && proven)
        account = admit(t, now_ms, src);
    if (account == NULL)
        return;
    const bool back = !vb_account_reached(account);
    if (back)
        account->reached_since_ms = now_ms;
    vb_age_again(&account->heard, now_ms, t->late_ms);
    vb_account_become(account, VB_ACCOUNT_REACHED);
    account->failures = 0;
    if (back) {
        report(t, now_ms, account, VB_EVENT_RECEIVER_HEARD);
        vb_codec_receivers_changed(&t->codec);
    }
}

/* ---- Acknowledgements ---- */

bool vb_transmitter_all_acked(const struct vb_transmitter *t)
{
    bool any = false;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (!vb_account_reached(account))
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
        if (vb_account_reached(&t->receivers[i]) && !t->receivers[i].has_offer)
            return false;
    }
    return true;
}

bool vb_transmitter_ack_wanted(const struct vb_transmitter *t, uint32_t now_ms)
{
    /* Evidence is renewed after two thirds of the allowed silence: for each receiver, since one's
     * acknowledgements of readings prove nothing about another. */
    const uint32_t renew_ms = t->config.timing.stream_silence / 3 * 2;
    bool any = false;
    bool doubt = false;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        if (!vb_account_reached(account))
            continue;
        any = true;
        doubt = doubt || account->failures > 0 || vb_age_ms(&account->heard, now_ms) >= renew_ms;
    }
    return t->changing || t->trial || doubt || !any || t->greetings.crowded;
}

void vb_transmitter_expect_acks(struct vb_transmitter *t, uint32_t now_ms)
{
    vb_age_restart(&t->greetings.asked, now_ms);
    bool missing = false;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        missing = missing || (vb_account_reached(account) && account->failures > 0);
        if (account->state != VB_ACCOUNT_REACHED)
            continue;
        vb_account_become(account, VB_ACCOUNT_AWAITED);
        account->ack_due_ms = now_ms + t->config.timing.ack_wait;
    }
    if (!missing)
        t->beacons_in_vain = 0;
    else if (t->beacons_in_vain < UINT8_MAX)
        t->beacons_in_vain++;
}

/* Two repeats settle whether one receiver is there. Of eight on lossy links there is always one
 * that has missed something: no reason for a beacon every 300 ms forever. */
static uint32_t again_ms(const struct vb_transmitter *t)
{
    uint32_t wait_ms = t->config.timing.ack_retry;
    for (unsigned i = FAILURES_MAX; i <= t->beacons_in_vain && wait_ms < AGAIN_MAX_MS; i++)
        wait_ms *= 2;
    return wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS;
}

/* Asks again soon; after the third time the receiver counts as gone, and should find beacons at
 * once when it returns. */
static void fail(struct vb_transmitter *t, uint32_t now_ms, struct vb_receiver_account *account)
{
    account->failures++;
    if (account->failures < FAILURES_MAX) {
        vb_account_become(account, VB_ACCOUNT_REACHED);
        const uint32_t again_at_ms = now_ms + again_ms(t);
        if ((int32_t)(t->beacon_at_ms - again_at_ms) > 0)
            t->beacon_at_ms = again_at_ms;
        return;
    }
    vb_account_become(account, VB_ACCOUNT_UNREACHABLE);
    report(t, now_ms, account, VB_EVENT_RECEIVER_LOST);
    if (now_ms - account->reached_since_ms >= t->config.timing.stream_silence)
        vb_transmitter_announce(t, now_ms, 0); /* once; not for one that comes and goes */
}

void vb_transmitter_sent(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *dst,
                         bool delivered)
{
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        struct vb_receiver_account *account = &t->receivers[i];
        if (!vb_account_reached(account) || !vb_mac_equal(&account->mac, dst))
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
        if (account->state == VB_ACCOUNT_FREE)
            continue;
        vb_age_advance(&account->heard, now_ms);
        vb_age_advance(&account->greeting.answered, now_ms);
        if (account->state == VB_ACCOUNT_AWAITED && vb_time_reached(now_ms, account->ack_due_ms))
            fail(t, now_ms, account);
        const bool said = account->state == VB_ACCOUNT_UNREACHABLE;
        if (account->state != VB_ACCOUNT_SILENT &&
            account->heard.age_ms >= t->config.timing.stream_silence) {
            vb_account_become(account, VB_ACCOUNT_SILENT);
            if (!said)
                report(t, now_ms, account, VB_EVENT_RECEIVER_LOST);
        }
        if (account->heard.age_ms >= t->config.timing.forget)
            vb_account_become(account, VB_ACCOUNT_FREE);
    }
}

uint32_t vb_transmitter_receivers_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms)
{
    uint32_t wait = VB_FOREVER_MS;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &t->receivers[i];
        const uint32_t until = vb_time_until(now_ms, account->ack_due_ms);
        if (account->state == VB_ACCOUNT_AWAITED && until < wait)
            wait = until;
    }
    return wait;
}
