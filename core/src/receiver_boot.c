/* Which boot of a transmitter is believed; its states are in receiver_boot_state.c.
 *
 * Frames that fit what is known are accepted immediately, so that a change shows without delay.
 * What they do not prove is verified by a hello a moment later: a frame that anybody could have
 * sent is trusted no longer than that. */
#include "receiver_parts.h"

enum {
    OLD_FRAMES_MAX = 3,       /* in a row; then a hello asks who it is */
    NEWS_APART_MS = 200,      /* between hellos about a boot that seems to be new */
    DOUBT_APART_MS = 1000,    /* ... about one that seems to be older than known */
    CLONED_SILENT_MS = 45000, /* then one of the two is gone: three beacons missed */
    LATE_MS = 5000,           /* frames of the previous boot are ignored this long */
    SEQ_AHEAD_MAX = 64,       /* frames lost in a row until one is questioned */
    PROOF_AFTER_MS = 500,     /* ... doubling, while no answer comes */
    PROOF_TRIES_MAX = 6
};

/* ---- Hellos ---- */

uint32_t vb_receiver_hello_nonce(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    struct vb_peer_boot *boot = &peer->boot;
    if (peer->hello_to_all)
        vb_hello_in_vain(&boot->doubts);
    vb_hello_in_vain(&boot->unanswered);
    vb_hello_become(peer, VB_HELLO_NONE);
    peer->hello_to_all = false;
    vb_age_restart(&peer->hello_age, now_ms);
    if (peer->nonce != 0 && !boot->answered)
        return peer->nonce;
    peer->nonce = vb_random_nonzero_u32(&r->random);
    boot->answered = false;
    boot->challenges++;
    boot->mark = (struct vb_boot_mark){.state_known = peer->seq_known,
                                       .reading_known = peer->stream != VB_STREAM_NONE,
                                       .state_seq = peer->state_seq,
                                       .reading_seq = peer->reading_seq};
    return peer->nonce;
}

/* The other boot of this address may be another device, elsewhere. */
static void question(struct vb_peer *peer, uint32_t now_ms, uint32_t apart_ms)
{
    peer->hello_to_all = true;
    vb_receiver_want_hello(peer, now_ms, apart_ms);
}

/* A frame that does not seem to come from the known boot. An answer from the known boot proves
 * nothing about the other one: until that one answers itself, it is asked less and less often. */
static void doubt(struct vb_peer *peer, uint32_t now_ms, uint16_t epoch, uint32_t apart_ms)
{
    struct vb_peer_boot *boot = &peer->boot;
    if (boot->doubted != epoch)
        boot->doubts = 0;
    boot->doubted = epoch;
    question(peer, now_ms, vb_hello_backed_off_ms(apart_ms, boot->doubts));
}

void vb_receiver_count_old(struct vb_peer *peer, uint32_t now_ms, uint16_t epoch)
{
    if (++peer->old_frames < OLD_FRAMES_MAX)
        return;
    peer->old_frames = 0;
    doubt(peer, now_ms, epoch, DOUBT_APART_MS);
}

void vb_receiver_want_proof(struct vb_peer *peer, uint32_t now_ms)
{
    struct vb_peer_boot *boot = &peer->boot;
    const uint32_t at_ms = now_ms + PROOF_AFTER_MS;
    if (boot->state == VB_BOOT_CLONED)
        return;
    if (boot->proof_wanted && (int32_t)(boot->proof_at_ms - at_ms) <= 0)
        return; /* news after news puts it off no further */
    boot->proof_wanted = true;
    boot->proof_at_ms = at_ms;
    boot->proof_tries = 0;
}

void vb_receiver_spare_proof(struct vb_peer *peer)
{
    struct vb_peer_boot *boot = &peer->boot;
    /* It says nothing about the boot: a boot that is merely claimed gets one hello per beacon.
     */
    if (peer->known && (boot->state == VB_BOOT_PROVEN || boot->proof_tries > 0))
        boot->proof_wanted = false;
}

void vb_receiver_note_seq(struct vb_peer *peer, uint32_t now_ms, uint32_t seq)
{
    struct vb_peer_boot *boot = &peer->boot;
    const int32_t ahead = (int32_t)(seq - boot->newest_seq);
    if (ahead > SEQ_AHEAD_MAX)
        doubt(peer, now_ms, peer->epoch, DOUBT_APART_MS);
    if (ahead > 0)
        boot->newest_seq = seq;
}

/* ---- Two devices under one address ---- */

static bool cloned(const struct vb_boot_answers seen[2])
{
    /* Each has answered a challenge made after the other's answer arrived, so both were alive at
     * the same time; and a boot's name is never used again. */
    return seen[0].name != 0 && seen[1].name != 0 &&
           (int16_t)(uint16_t)(seen[1].last - seen[0].first) > 0 &&
           (int16_t)(uint16_t)(seen[0].last - seen[1].first) > 0;
}

static void note_answer(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer, uint32_t name)
{
    struct vb_peer_boot *boot = &peer->boot;
    struct vb_boot_answers *place = NULL;
    for (unsigned i = 0; i < 2; i++) {
        if (boot->seen[i].name == name)
            place = &boot->seen[i];
    }
    if (place == NULL) {
        if (boot->state == VB_BOOT_CLONED)
            return; /* a third, or one of them restarted: wait until the old one is silent */
        place =
            boot->seen[0].name == boot->name && boot->name != 0 ? &boot->seen[1] : &boot->seen[0];
        *place = (struct vb_boot_answers){.name = name, .first = boot->challenges};
        vb_age_unknown(&place->heard, now_ms);
    }
    place->last = boot->challenges;
    vb_age_again(&place->heard, now_ms, r->late_ms);
    if (boot->state == VB_BOOT_CLONED || boot->state == VB_BOOT_UNKNOWN || !cloned(boot->seen))
        return;
    const struct vb_boot_answers *other = &boot->seen[place == &boot->seen[0]];
    if (vb_age_ms(&other->heard, now_ms) >= CLONED_SILENT_MS)
        return; /* there were two; one of them is gone */
    vb_boot_become(boot, VB_BOOT_CLONED);
    boot->proof_wanted = false;
    vb_receiver_report(r, now_ms, peer, (struct vb_event){.type = VB_EVENT_CLONED, .detail = 1});
    vb_receiver_report_sections(r, now_ms, peer);
}

void vb_receiver_clone_ends(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    struct vb_peer_boot *boot = &peer->boot;
    if (boot->state != VB_BOOT_CLONED)
        return;
    vb_boot_become(boot, VB_BOOT_CLAIMED);
    boot->seen[0].name = 0;
    boot->seen[1].name = 0;
    boot->doubts = 0;
    vb_receiver_report(r, now_ms, peer, (struct vb_event){.type = VB_EVENT_CLONED, .detail = 0});
    question(peer, now_ms, NEWS_APART_MS);
}

static enum vb_err judge_cloned(const struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                const struct vb_frame *frame, const struct vb_named *named)
{
    for (unsigned i = 0; i < 2; i++) {
        if (named->boot == peer->boot.seen[i].name)
            vb_age_again(&peer->boot.seen[i].heard, now_ms, r->late_ms);
    }
    const bool ours = frame->epoch == peer->epoch &&
                      (named->boot == 0 || named->boot == peer->boot.name) &&
                      (named->store_id == 0 || named->store_id == peer->store_id);
    return ours ? VB_ERR_OK : VB_ERR_OLD;
}

/* ---- Boots ---- */

/* Whether frames of the previous boot may still be in flight. */
static bool late_possible(const struct vb_peer_boot *boot, uint32_t now_ms)
{
    return vb_age_ms(&boot->since, now_ms) < LATE_MS;
}

static void begin_boot(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                       const struct vb_frame *frame, uint32_t name, enum vb_boot_state state)
{
    struct vb_peer_boot *boot = &peer->boot;
    const bool reboot = peer->epoch_known &&
                        (frame->epoch != peer->epoch || (boot->name != 0 && boot->name != name));
    if (boot->state != state)
        vb_boot_become(boot, state);
    const bool follows = reboot && (int16_t)(uint16_t)(frame->epoch - peer->epoch) > 0;
    /* While late frames of the previous boot may still arrive, a boot that cannot be ordered
     * against it may start as far below it. */
    const bool still_unknown = boot->order_unknown && late_possible(boot, now_ms);
    peer->epoch_known = true;
    peer->epoch = frame->epoch;
    peer->goodbye = false;
    peer->seq_known = false;
    if (state != VB_BOOT_PROVEN)
        peer->nonce = 0; /* answers to the previous boot's hello are not fresh */
    vb_receiver_forget_readings(peer);
    peer->beacon_counted = false;
    boot->newest_seq = frame->seq;
    boot->order_unknown = !follows || still_unknown;
    boot->unanswered = 0;
    boot->doubts = 0;
    boot->ambiguous = false;
    if (boot->name != name) {
        boot->former = boot->name;
        vb_age_restart(&boot->since, now_ms);
        peer->facts = (struct vb_board_facts){0};
    }
    boot->name = name;
    if (!reboot)
        return;
    vb_receiver_forget_state(peer);
    vb_turn_release(r, now_ms, peer);
    peer->quality.reboots++;
    vb_receiver_tell(r, now_ms, peer, VB_EVENT_REBOOT, frame->epoch);
}

/* An answer with our nonce. Nothing heard before the nonce was made can be newer than it. */
static void take_proof(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                       const struct vb_frame *frame, const struct vb_named *named)
{
    struct vb_peer_boot *boot = &peer->boot;
    const struct vb_boot_mark mark = boot->mark;
    boot->answered = true;
    boot->ambiguous = false;
    boot->proof_wanted = false;
    peer->record_due = peer->record_due || (!peer->known && peer->cache.count > 0);
    peer->known = true;
    vb_receiver_spare_hello(peer);
    const bool other_store = peer->store_id != 0 && peer->store_id != named->store_id;
    if (!peer->epoch_known || peer->epoch != frame->epoch || other_store ||
        boot->name != named->boot) {
        /* Of two devices, the known one started a new store: still two. */
        begin_boot(r, now_ms, peer, frame, named->boot,
                   boot->state == VB_BOOT_CLONED ? VB_BOOT_CLONED : VB_BOOT_PROVEN);
        return;
    }
    if (mark.state_known && (int32_t)(mark.state_seq - frame->seq) >= 0)
        peer->seq_known = false;
    if (mark.reading_known && (int32_t)(mark.reading_seq - frame->seq) >= 0)
        vb_receiver_forget_readings(peer);
    if ((int32_t)(boot->newest_seq - frame->seq) > SEQ_AHEAD_MAX)
        boot->newest_seq = frame->seq;
    if (boot->state == VB_BOOT_CLAIMED)
        vb_boot_become(boot, VB_BOOT_PROVEN);
}

/* Whether this answers one of our hellos. A broadcast hello counts only until the device's epoch is
 * known, since its answer may be replayed later. */
static bool answers_hello(const struct vb_receiver *r, const struct vb_peer *peer, uint32_t nonce)
{
    return nonce != 0 &&
           (nonce == peer->nonce || (nonce == r->announce_nonce && !peer->epoch_known));
}

/* Whether it refers to the known boot, as far as it names one. */
static bool of_known_boot(const struct vb_peer *peer, const struct vb_frame *frame,
                          const struct vb_named *named)
{
    const bool same_store =
        named->store_id == 0 || peer->store_id == 0 || named->store_id == peer->store_id;
    const bool same_boot =
        named->boot == 0 || peer->boot.name == 0 || named->boot == peer->boot.name;
    return frame->epoch == peer->epoch && same_store && same_boot;
}

/* A transmitter that starts its store anew goes on under the same boot. */
static bool may_be_of_another_store(const struct vb_peer_boot *boot, const struct vb_frame *frame,
                                    const struct vb_named *named)
{
    return boot->ambiguous && frame->message == VB_MESSAGE_BEACON && named->store_id == 0;
}

static enum vb_err judge_other(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                               const struct vb_frame *frame, const struct vb_named *named)
{
    /* Boot counters of one store are in order; those of two stores do not tell which is the older
     * one. */
    struct vb_peer_boot *boot = &peer->boot;
    const bool newer = (int16_t)(uint16_t)(frame->epoch - peer->epoch) > 0;
    const bool other_boot = named->boot == 0 || named->boot != boot->name;
    const bool recent = late_possible(boot, now_ms);
    /* After a store was restored, which a receiver that has just started cannot know, a late frame
     * from before has the newer epoch. */
    const bool gone = named->boot != 0 && named->boot == boot->former;
    const bool believed = newer && other_boot && !gone && !(boot->order_unknown && recent);
    if (believed && (peer->store_id == 0 || peer->store_id == named->store_id)) {
        begin_boot(r, now_ms, peer, frame, named->boot, VB_BOOT_CLAIMED);
        return VB_ERR_OK;
    }
    const bool other_store = named->store_id != 0 && named->store_id != peer->store_id;
    if (gone && recent)
        return VB_ERR_OLD;
    if (frame->epoch == peer->epoch)
        boot->ambiguous = true;
    if (newer || other_store || (named->boot != 0 && other_boot))
        doubt(peer, now_ms, frame->epoch, newer ? NEWS_APART_MS : DOUBT_APART_MS);
    return VB_ERR_OLD;
}

enum vb_err vb_receiver_judge_boot(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                   const struct vb_frame *frame, const struct vb_named *named,
                                   bool *fresh)
{
    struct vb_peer_boot *boot = &peer->boot;
    *fresh = false;
    if (answers_hello(r, peer, named->nonce)) {
        boot->unanswered = 0;
        note_answer(r, now_ms, peer, named->boot);
        *fresh = !boot->answered || named->nonce != peer->nonce;
        if (boot->state == VB_BOOT_CLONED && named->boot != boot->name)
            *fresh = false;
    }
    if (*fresh) {
        take_proof(r, now_ms, peer, frame, named);
        return VB_ERR_OK;
    }
    if (boot->state == VB_BOOT_CLONED)
        return judge_cloned(r, now_ms, peer, frame, named);
    if (!peer->epoch_known) {
        begin_boot(r, now_ms, peer, frame, named->boot, VB_BOOT_CLAIMED);
        return VB_ERR_OK;
    }
    if (!of_known_boot(peer, frame, named))
        return judge_other(r, now_ms, peer, frame, named);
    if (boot->name == 0)
        boot->name = named->boot;
    if (may_be_of_another_store(boot, frame, named)) {
        /* Readings go on meanwhile: whoever waited for three in a row would never ask again. */
        doubt(peer, now_ms, frame->epoch, DOUBT_APART_MS);
        return VB_ERR_OLD;
    }
    const bool before_goodbye = peer->goodbye && (int32_t)(frame->seq - peer->state_seq) <= 0;
    return before_goodbye ? VB_ERR_OLD : VB_ERR_OK;
}

/* ---- Time ---- */

void vb_receiver_boot_tick(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    struct vb_peer_boot *boot = &peer->boot;
    vb_age_advance(&boot->since, now_ms);
    vb_age_advance(&boot->seen[0].heard, now_ms);
    vb_age_advance(&boot->seen[1].heard, now_ms);
    if (boot->state == VB_BOOT_CLONED) {
        if (boot->seen[0].heard.age_ms >= CLONED_SILENT_MS ||
            boot->seen[1].heard.age_ms >= CLONED_SILENT_MS) {
            vb_receiver_clone_ends(r, now_ms, peer);
            vb_receiver_report_sections(r, now_ms, peer);
        } else {
            question(peer, now_ms, VB_HELLO_CLONED_APART_MS);
        }
    }
    if (boot->proof_wanted && vb_time_reached(now_ms, boot->proof_at_ms)) {
        vb_receiver_want_hello(peer, now_ms, NEWS_APART_MS);
        boot->proof_tries++;
        boot->proof_wanted = boot->proof_tries < PROOF_TRIES_MAX;
        boot->proof_at_ms = now_ms + ((uint32_t)PROOF_AFTER_MS << boot->proof_tries);
    }
    if (peer->hello == VB_HELLO_WANTED && vb_time_reached(now_ms, peer->hello_at_ms))
        vb_hello_become(peer, VB_HELLO_DUE);
}

uint32_t vb_receiver_boot_wakeup_ms(const struct vb_peer *peer, uint32_t now_ms)
{
    const struct vb_peer_boot *boot = &peer->boot;
    uint32_t wait = VB_FOREVER_MS;
    if (peer->hello == VB_HELLO_WANTED)
        wait = vb_time_until(now_ms, peer->hello_at_ms);
    if (boot->proof_wanted) {
        const uint32_t until = vb_time_until(now_ms, boot->proof_at_ms);
        wait = until < wait ? until : wait;
    }
    return wait;
}
