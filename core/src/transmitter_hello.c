/* Hellos, and how much airtime their answers may use.
 *
 * Anybody can send hellos, from as many addresses as they like. So answers get a share of each
 * second, those to receivers with an account come first, and the few places for everybody else go
 * to whoever comes next, ahead of those already answered. The answer to a sender that has proven
 * nothing requests an acknowledgement: that opens an account. If there are more senders than
 * places, a beacon asks all of them at once. */
#include "transmitter_parts.h"

enum {
    ANSWERS_US = 40000,    /* per second, to everyone ... */
    CANDIDATES_US = 10000, /* ... of that, to senders that have proven nothing */
    ANSWER_APART_MS = 100, /* between two answers to one sender */
    CROWD_ASKED_MS = 1000, /* between two beacons that ask a crowd */
    GREETERS = VB_RECEIVERS_MAX + VB_CANDIDATES_MAX
};

/* How readily a place is given to another sender; 0: not at all. A waiting one keeps its place,
 * unless it has been answered before and sends again: so endless hellos keep nobody from a first
 * answer, and among those senders the one answered last loses its place first. */
static uint64_t ease(const struct vb_candidate *candidate, uint32_t now_ms)
{
    const uint32_t age_ms = vb_age_ms(&candidate->greeting.answered, now_ms);
    if (!candidate->used)
        return UINT64_MAX;
    if (!candidate->greeting.due)
        return (UINT64_C(1) << 32) + age_ms;
    return VB_AGE_UNKNOWN - age_ms;
}

static struct vb_greeting *place_of(struct vb_transmitter *t, uint32_t now_ms,
                                    const struct vb_mac *src)
{
    struct vb_candidate *place = &t->candidates[0];
    for (unsigned i = 0; i < VB_CANDIDATES_MAX; i++) {
        struct vb_candidate *candidate = &t->candidates[i];
        if (candidate->used && vb_mac_equal(&candidate->mac, src))
            return &candidate->greeting;
        if (ease(candidate, now_ms) > ease(place, now_ms))
            place = candidate;
    }
    if (ease(place, now_ms) == 0)
        return NULL;
    t->greetings.crowded = t->greetings.crowded || place->greeting.due;
    *place = (struct vb_candidate){.used = true, .mac = *src};
    vb_age_unknown(&place->greeting.answered, now_ms);
    return &place->greeting;
}

void vb_transmitter_hello_input(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                                const struct vb_hello *hello)
{
    struct vb_receiver_account *account = vb_transmitter_account(t, src);
    struct vb_greeting *greeting = account != NULL ? &account->greeting : place_of(t, now_ms, src);
    if (greeting == NULL) {
        t->greetings.crowded = true;
        return;
    }
    if (account != NULL && !greeting->due)
        vb_codec_receivers_changed(&t->codec); /* the sender may have rebooted */
    greeting->due = true;
    greeting->nonce = hello->nonce;
}

void vb_transmitter_candidate_proves(struct vb_transmitter *t, struct vb_receiver_account *account)
{
    for (unsigned i = 0; i < VB_CANDIDATES_MAX; i++) {
        struct vb_candidate *candidate = &t->candidates[i];
        if (!candidate->used || !vb_mac_equal(&candidate->mac, &account->mac))
            continue;
        account->greeting = candidate->greeting;
        *candidate = (struct vb_candidate){0};
    }
}

/* Milliseconds until there is airtime for an answer. */
static uint32_t air_wait_ms(const struct vb_transmitter *t, uint32_t now_ms, bool proven)
{
    const struct vb_greetings_air *air = &t->greetings;
    const uint32_t into_ms = now_ms - air->second_ms;
    const bool spent =
        air->used_us >= ANSWERS_US || (!proven && air->candidates_us >= CANDIDATES_US);
    const uint32_t own_ms = spent && into_ms < 1000 ? 1000 - into_ms : 0;
    const uint32_t all_ms = vb_airtime_wait_ms(&t->air, now_ms);
    return own_ms > all_ms ? own_ms : all_ms;
}

/* Milliseconds until the i-th of all possible senders is to be answered, receivers first. */
static uint32_t wait_ms(const struct vb_transmitter *t, uint32_t now_ms, unsigned i)
{
    const bool proven = i < VB_RECEIVERS_MAX;
    const struct vb_greeting *greeting =
        proven ? &t->receivers[i].greeting : &t->candidates[i - VB_RECEIVERS_MAX].greeting;
    if (!greeting->due)
        return VB_FOREVER_MS;
    const uint32_t age_ms = vb_age_ms(&greeting->answered, now_ms);
    const uint32_t apart_ms = age_ms < ANSWER_APART_MS ? ANSWER_APART_MS - age_ms : 0;
    const uint32_t air_ms = air_wait_ms(t, now_ms, proven);
    return apart_ms > air_ms ? apart_ms : air_ms;
}

struct vb_greeting *vb_transmitter_next_greeting(struct vb_transmitter *t, uint32_t now_ms,
                                                 struct vb_mac *from, bool *proven)
{
    for (unsigned i = 0; i < GREETERS; i++) {
        *proven = i < VB_RECEIVERS_MAX;
        if (wait_ms(t, now_ms, i) > 0)
            continue;
        *from = *proven ? t->receivers[i].mac : t->candidates[i - VB_RECEIVERS_MAX].mac;
        return *proven ? &t->receivers[i].greeting : &t->candidates[i - VB_RECEIVERS_MAX].greeting;
    }
    return NULL;
}

void vb_transmitter_greeted(struct vb_transmitter *t, uint32_t now_ms, struct vb_greeting *greeting,
                            bool proven, size_t frame_bytes)
{
    VB_ASSERT(greeting->due);
    struct vb_greetings_air *air = &t->greetings;
    const uint32_t took_us = vb_airtime_us(frame_bytes);
    greeting->due = false;
    vb_age_restart(&greeting->answered, now_ms);
    if (now_ms - air->second_ms >= 1000) {
        air->second_ms = now_ms;
        air->used_us = 0;
        air->candidates_us = 0;
    }
    air->used_us += took_us;
    if (!proven)
        air->candidates_us += took_us;
}

void vb_transmitter_hello_tick(struct vb_transmitter *t, uint32_t now_ms)
{
    struct vb_greetings_air *air = &t->greetings;
    vb_age_advance(&air->asked, now_ms);
    vb_age_advance(&air->crowd_asked, now_ms);
    for (unsigned i = 0; i < VB_CANDIDATES_MAX; i++) {
        struct vb_candidate *candidate = &t->candidates[i];
        if (!candidate->used)
            continue;
        vb_age_advance(&candidate->greeting.answered, now_ms);
        if (!candidate->greeting.due &&
            candidate->greeting.answered.age_ms >= t->config.timing.stream_silence)
            *candidate = (struct vb_candidate){0};
    }
    if (air->crowded && air->crowd_asked.age_ms >= CROWD_ASKED_MS) {
        vb_age_restart(&air->crowd_asked, now_ms);
        t->beacon_due = true;
    }
}

uint32_t vb_transmitter_hello_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms)
{
    uint32_t wait = VB_FOREVER_MS;
    for (unsigned i = 0; i < GREETERS; i++) {
        const uint32_t until = wait_ms(t, now_ms, i);
        wait = until < wait ? until : wait;
    }
    const uint32_t asked_ms = vb_age_ms(&t->greetings.crowd_asked, now_ms);
    const uint32_t until = asked_ms < CROWD_ASKED_MS ? CROWD_ASKED_MS - asked_ms : 0;
    return t->greetings.crowded && until < wait ? until : wait;
}
