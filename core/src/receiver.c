#include "receiver_parts.h"

#include <string.h>

enum {
    ANNOUNCES_MAX = 4,       /* hellos to all after a boot ... */
    ANNOUNCE_FIRST_MS = 150, /* ... this far apart, then doubling */
    HELLO_APART_MS = 200,    /* hellos to one device, while its state is not known */
    CANDIDATE_MS = 2000      /* not answered by then: its place may be taken */
};

const char *vb_sync_name(enum vb_sync sync)
{
    switch (sync) {
    case VB_SYNC_UNKNOWN:
        return "unknown";
    case VB_SYNC_UNVERIFIABLE:
        return "unverifiable";
    case VB_SYNC_STALE:
        return "stale";
    case VB_SYNC_FETCHING:
        return "fetching";
    case VB_SYNC_VERIFIED:
        return "verified";
    }
    return "unknown";
}

void vb_receiver_init(struct vb_receiver *r, const struct vb_receiver_config *config,
                      uint32_t now_ms)
{
    VB_ASSERT(config->peer_count > 0 && config->ring_capacity > 0 && config->edit_count > 0);
    memset(r, 0, sizeof *r);
    r->config = *config;
    vb_scratch_init(&r->scratch, config->scratch);
    r->room = vb_room_of(config->seal, config->frame_bytes_max);
    vb_random_seed(&r->random, config->seed);
    memset(config->peers, 0, sizeof *config->peers * config->peer_count);
    memset(config->edits, 0, sizeof *config->edits * config->edit_count);
    r->ticked_ms = now_ms;
    r->commit_at_ms = now_ms;
    r->announce_due = true;
    r->announce_at_ms = now_ms;
    r->announce_nonce = vb_random_nonzero_u32(&r->random);
    r->places.unread = config->store != NULL;
    if (config->store != NULL)
        vb_receiver_cache_load(r, now_ms);
}

/* ---- Peers ---- */

struct vb_peer *vb_receiver_find(const struct vb_receiver *r, const struct vb_mac *mac)
{
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        if (peer->used && vb_mac_equal(&peer->mac, mac))
            return peer;
    }
    return NULL;
}

const struct vb_peer *vb_receiver_peer(const struct vb_receiver *r, const struct vb_mac *mac)
{
    return vb_receiver_find(r, mac);
}

static bool has_edits(const struct vb_receiver *r, const struct vb_peer *peer)
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        const struct vb_edit *edit = &r->config.edits[i];
        if (edit->id != 0 && edit->state == VB_EDIT_STATE_PENDING &&
            vb_mac_equal(&edit->mac, &peer->mac))
            return true;
    }
    return false;
}

/* A free place. If there is none: the place of the longest-followed device that was asked and never
 * answered. */
static struct vb_peer *take_place(struct vb_receiver *r, uint32_t now_ms)
{
    struct vb_peer *oldest = NULL;
    uint32_t oldest_ms = CANDIDATE_MS;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        if (!peer->used)
            return peer;
        const uint32_t age_ms = vb_age_ms(&peer->followed, now_ms);
        if (peer->known || age_ms < oldest_ms || has_edits(r, peer))
            continue;
        oldest = peer;
        oldest_ms = age_ms;
    }
    return oldest != NULL && vb_receiver_make_room(r, now_ms, oldest) ? oldest : NULL;
}

struct vb_peer *vb_receiver_adopt(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    const struct vb_receiver_config *config = &r->config;
    struct vb_peer *peer = take_place(r, now_ms);
    if (peer == NULL)
        return NULL;
    const size_t i = (size_t)(peer - config->peers);
    /* Readers that still hold a cursor into this place's ring continue from here. */
    const uint32_t pushes = peer->ring.pushes;
    memset(peer, 0, sizeof *peer);
    peer->used = true;
    peer->mac = *mac;
    vb_age_restart(&peer->followed, now_ms);
    vb_age_unknown(&peer->beacon_age, now_ms);
    vb_age_unknown(&peer->frame_age, now_ms);
    vb_age_unknown(&peer->hello_age, now_ms);
    vb_age_unknown(&peer->boot.since, now_ms);
    peer->asks = VB_ASKS_MAX; /* nothing to ask for before it was heard */
    vb_cache_init(&peer->cache, config->cache_bytes + i * config->cache_size, config->cache_size);
    vb_reading_ring_init(&peer->ring, config->readings + i * config->ring_capacity,
                         config->ring_capacity);
    peer->ring.pushes = pushes;
    for (unsigned id = 0; id <= VB_MARKS_MAX; id++)
        vb_age_unknown(&peer->sections[id].verified_age, now_ms);
    vb_receiver_placed(r, now_ms, peer);
    vb_receiver_tell(r, now_ms, peer, VB_EVENT_ADOPTED, 0);
    return peer;
}

enum vb_sync vb_peer_sync(const struct vb_peer *peer, uint8_t section)
{
    VB_ASSERT(section <= VB_MARKS_MAX);
    if (vb_cache_find(&peer->cache, section) == NULL)
        return VB_SYNC_UNKNOWN;
    if (peer->link == VB_LINK_OFFLINE)
        return VB_SYNC_STALE;
    if (vb_peer_unverifiable(peer) || peer->boot.state == VB_BOOT_CLONED)
        return VB_SYNC_UNVERIFIABLE;
    if (peer->sections[section].verified)
        return VB_SYNC_VERIFIED;
    return vb_peer_fetching(peer) ? VB_SYNC_FETCHING : VB_SYNC_STALE;
}

enum vb_sync vb_peer_sync_worst(const struct vb_peer *peer)
{
    enum vb_sync worst = VB_SYNC_VERIFIED;
    bool any = false;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if (peer->sections[id].mark == 0 && vb_cache_find(&peer->cache, id) == NULL)
            continue;
        const enum vb_sync sync = vb_peer_sync(peer, id);
        worst = sync < worst ? sync : worst;
        any = true;
    }
    return any ? worst : VB_SYNC_UNKNOWN;
}

uint32_t vb_peer_verified_ms(const struct vb_peer *peer, uint8_t section, uint32_t now_ms)
{
    VB_ASSERT(section <= VB_MARKS_MAX);
    return vb_age_ms(&peer->sections[section].verified_age, now_ms);
}

uint32_t vb_peer_next_beacon_ms(const struct vb_receiver *r, const struct vb_peer *peer,
                                uint32_t now_ms)
{
    const uint32_t age_ms = vb_age_ms(&peer->beacon_age, now_ms);
    const uint32_t rest_ms = r->config.timing.beacon_rest_max;
    return age_ms >= rest_ms ? 0 : rest_ms - age_ms;
}

/* ---- Events ---- */

void vb_receiver_report(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                        struct vb_event event)
{
    event.mac = peer->mac;
    event.at_ms = now_ms;
    vb_events_push(&r->events, &event);
    vb_changes_note(&peer->changed, r->events.revision, (enum vb_event_type)event.type,
                    event.section);
}

void vb_receiver_tell(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                      enum vb_event_type type, uint32_t a)
{
    vb_receiver_report(r, now_ms, peer, (struct vb_event){.type = (uint8_t)type, .a = a});
}

void vb_receiver_report_sections(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        const enum vb_sync sync = vb_peer_sync(peer, id);
        if (!section->changed && section->reported == sync)
            continue;
        const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
        section->changed = false;
        section->reported = (uint8_t)sync;
        vb_receiver_report(r, now_ms, peer,
                           (struct vb_event){.type = VB_EVENT_SECTION,
                                             .section = id,
                                             .detail = (uint8_t)sync,
                                             .a = entry == NULL ? 0 : entry->version});
    }
}

uint64_t vb_receiver_revision(const struct vb_receiver *r)
{
    return r->events.revision;
}

struct vb_changes vb_receiver_changes(const struct vb_receiver *r, uint64_t seen)
{
    return vb_changes_since(&r->events.changed, seen);
}

struct vb_changes vb_peer_changes(const struct vb_peer *peer, uint64_t seen)
{
    return vb_changes_since(&peer->changed, seen);
}

bool vb_receiver_event(struct vb_receiver *r, struct vb_event *event)
{
    return vb_events_pop(&r->events, event);
}

/* ---- Liveness ---- */

static void set_link(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                     enum vb_link_state link)
{
    const enum vb_link_state before = peer->link;
    if (link == before)
        return;
    vb_link_become(peer, link);
    if (link == VB_LINK_OFFLINE) {
        peer->boot.unanswered = 0;       /* the link may be another one by then */
        peer->boot.proof_wanted = false; /* nobody is there to ask */
        vb_receiver_spare_hello(peer);
        vb_receiver_forget_state(peer);
        vb_receiver_forget_keyframe(peer);
        vb_receiver_clone_ends(r, now_ms, peer);
    }
    vb_receiver_report(
        r, now_ms, peer,
        (struct vb_event){.type = VB_EVENT_LINK, .detail = (uint8_t)link, .a = before});
    vb_receiver_report_sections(r, now_ms, peer);
}

static enum vb_link_state link_after(const struct vb_timing *timing, uint32_t silent_ms)
{
    if (silent_ms >= timing->offline_after)
        return VB_LINK_OFFLINE;
    return silent_ms >= timing->degraded_after ? VB_LINK_DEGRADED : VB_LINK_CONNECTED;
}

static void hear(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                 const struct vb_frame *frame)
{
    vb_receiver_heard(r, peer);
    peer->old_frames = 0;
    vb_receiver_note_seq(peer, now_ms, frame->seq);
    vb_age_again(&peer->frame_age, now_ms, r->late_ms);
    if (frame->message == VB_MESSAGE_GOODBYE)
        return;
    peer->goodbye = false;
    const enum vb_link_state link = link_after(&r->config.timing, peer->frame_age.age_ms);
    if (link > peer->link) /* only the tick makes it worse: a newer frame may wait behind it */
        set_link(r, now_ms, peer, link);
    if (peer->link == VB_LINK_OFFLINE)
        vb_receiver_forget_state(peer); /* they may have changed in so long a silence */
    if (peer->fetch == VB_FETCH_UNKNOWN)
        vb_receiver_want_hello(peer, now_ms, HELLO_APART_MS);
}

void vb_receiver_was_heard(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                           const struct vb_age *age)
{
    vb_receiver_heard(r, peer);
    peer->frame_age = *age;
    set_link(r, now_ms, peer, link_after(&r->config.timing, vb_age_ms(age, now_ms)));
    vb_receiver_want_hello(peer, now_ms, HELLO_APART_MS);
}

static void tick_liveness(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    const struct vb_timing *timing = &r->config.timing;
    vb_age_advance(&peer->followed, now_ms);
    vb_age_advance(&peer->frame_age, now_ms);
    vb_age_advance(&peer->beacon_age, now_ms);
    vb_age_advance(&peer->hello_age, now_ms);
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++)
        vb_age_advance(&peer->sections[id].verified_age, now_ms);
    if (!peer->heard || peer->link == VB_LINK_OFFLINE)
        return;
    const uint32_t age_ms = peer->frame_age.age_ms;
    if (peer->asks < VB_ASKS_MAX && age_ms >= timing->ask_at[peer->asks]) {
        while (peer->asks < VB_ASKS_MAX && age_ms >= timing->ask_at[peer->asks])
            peer->asks++;
        vb_hello_become(peer, VB_HELLO_DUE);
    }
    set_link(r, now_ms, peer, link_after(timing, age_ms));
}

static void goodbye_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                          uint32_t seq)
{
    set_link(r, now_ms, peer, VB_LINK_OFFLINE);
    peer->nonce = 0; /* an answer that is still on its way was sent before the goodbye */
    peer->goodbye = true;
    vb_receiver_want_proof(peer, now_ms);
    peer->seq_known = true;
    peer->state_seq = seq;
}

/* ---- Input ---- */

static void want_ack(struct vb_peer *peer, const struct vb_frame *frame,
                     const struct vb_beacon *beacon)
{
    if (!frame->ack_wanted)
        return;
    peer->ack_due = true;
    peer->ack_number = beacon->number;
}

static void count_beacon(struct vb_peer *peer, uint8_t number)
{
    peer->quality.beacons++;
    if (peer->beacon_counted)
        peer->quality.beacons_lost += (uint8_t)(number - peer->beacon_number - 1);
    peer->beacon_counted = true;
    peer->beacon_number = number;
}

static enum vb_err beacon_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                const struct vb_frame *frame, const struct vb_beacon *beacon,
                                const struct vb_records *records)
{
    const enum vb_err err =
        vb_receiver_state_input(r, now_ms, peer, frame->seq, beacon, records, false);
    if (err != VB_ERR_OK)
        return err;
    count_beacon(peer, beacon->number);
    vb_age_again(&peer->beacon_age, now_ms, r->late_ms);
    want_ack(peer, frame, beacon);
    return VB_ERR_OK;
}

static enum vb_err hello_ack_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                   const struct vb_frame *frame, const struct vb_beacon *state,
                                   const struct vb_records *records, bool fresh)
{
    const enum vb_err err =
        vb_receiver_state_input(r, now_ms, peer, frame->seq, state, records, fresh);
    if (err == VB_ERR_OK)
        want_ack(peer, frame, state);
    return err;
}

static enum vb_err dispatch(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                            const struct vb_frame *frame, bool fresh)
{
    const struct vb_payload *payload = &r->payload;
    const struct vb_records *records = &r->records;
    switch (payload->kind) {
    case VB_MESSAGE_BEACON:
        return beacon_input(r, now_ms, peer, frame, &payload->beacon, records);
    case VB_MESSAGE_HELLO_ACK: /* receiver_boot.c has checked the nonce */
        return hello_ack_input(r, now_ms, peer, frame, &payload->hello_ack.state, records, fresh);
    case VB_MESSAGE_DATA:
        return vb_receiver_data_input(r, now_ms, peer, frame->seq, &payload->data, records);
    case VB_MESSAGE_EDIT_RESULT:
        vb_receiver_result_input(r, now_ms, peer, &payload->edit_result);
        return VB_ERR_OK;
    case VB_MESSAGE_READING:
        return vb_receiver_reading_input(r, now_ms, peer, frame->seq, &payload->reading);
    case VB_MESSAGE_GOODBYE:
        goodbye_input(r, now_ms, peer, frame->seq);
        return VB_ERR_OK;
    default:
        return VB_ERR_UNSUPPORTED;
    }
}

static bool from_transmitter(uint8_t message)
{
    switch (message) {
    case VB_MESSAGE_BEACON:
    case VB_MESSAGE_HELLO_ACK:
    case VB_MESSAGE_DATA:
    case VB_MESSAGE_EDIT_RESULT:
    case VB_MESSAGE_READING:
    case VB_MESSAGE_GOODBYE:
        return true;
    default:
        return false;
    }
}

static enum vb_err take(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *src,
                        const struct vb_frame *frame)
{
    if (!from_transmitter(frame->message))
        return VB_ERR_UNSUPPORTED;
    enum vb_err err = vb_payload_read(&r->room, frame, &r->records, &r->payload);
    if (err != VB_ERR_OK)
        return err;
    struct vb_peer *peer = vb_receiver_find(r, src);
    if (peer == NULL && frame->message == VB_MESSAGE_GOODBYE)
        vb_receiver_left_unplaced(r, now_ms, src);
    else if (peer == NULL)
        peer = vb_receiver_place(r, now_ms, src);
    if (peer == NULL)
        return VB_ERR_NOT_ADOPTED;
    const struct vb_named named = vb_payload_named(&r->payload);
    bool fresh;
    err = vb_receiver_judge_boot(r, now_ms, peer, frame, &named, &fresh);
    if (err == VB_ERR_OK)
        err = dispatch(r, now_ms, peer, frame, fresh);
    if (err != VB_ERR_OK) {
        if (err == VB_ERR_OLD)
            vb_receiver_count_old(peer, now_ms, frame->epoch);
        if (err == VB_ERR_OLD && fresh) /* the answer does not cover what overtook it */
            vb_receiver_want_hello(peer, now_ms, HELLO_APART_MS);
        peer->quality.refused++;
        return err;
    }
    hear(r, now_ms, peer, frame);
    vb_receiver_report_sections(r, now_ms, peer);
    vb_receiver_edits_settle(r, now_ms, peer);
    return VB_ERR_OK;
}

static void refuse(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *src,
                   uint8_t message, enum vb_err err)
{
    struct vb_peer *peer = vb_receiver_find(r, src);
    r->refused[-err]++;
    vb_events_refused(&r->events, &(struct vb_event){.type = VB_EVENT_REFUSED,
                                                     .mac = *src,
                                                     .err = (int8_t)err,
                                                     .detail = message,
                                                     .at_ms = now_ms});
    if (peer == NULL)
        return;
    peer->refused[-err]++;
    vb_changes_note(&peer->changed, r->events.revision, VB_EVENT_REFUSED, 0);
}

void vb_receiver_late(struct vb_receiver *r, uint32_t late_ms)
{
    r->late_ms = late_ms;
}

enum vb_err vb_receiver_input(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *src,
                              const struct vb_mac *dst, const uint8_t *bytes, size_t size)
{
    struct vb_frame frame = {0};
    enum vb_err err = vb_frame_open(&r->room, bytes, size, src, dst, &frame);
    const bool addressed =
        vb_mac_equal(dst, &r->config.mac) || vb_mac_equal(dst, &vb_mac_broadcast);
    if (err == VB_ERR_OK && (!addressed || vb_mac_equal(src, &r->config.mac)))
        err = VB_ERR_NOT_ALLOWED;
    if (err == VB_ERR_OK)
        err = take(r, now_ms, src, &frame);
    if (err != VB_ERR_OK)
        refuse(r, now_ms, src, frame.message, err);
    r->late_ms = 0;
    vb_receiver_cache_save(r, now_ms);
    return err;
}

/* ---- Time ---- */

static bool all_have_answered(const struct vb_receiver *r)
{
    bool any = false;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        const struct vb_peer *peer = &r->config.peers[i];
        if (peer->used && peer->fetch == VB_FETCH_UNKNOWN)
            return false;
        any = any || peer->used;
    }
    return any;
}

static void tick_announce(struct vb_receiver *r, uint32_t now_ms)
{
    if (r->announces >= ANNOUNCES_MAX || !vb_time_reached(now_ms, r->announce_at_ms))
        return;
    if (all_have_answered(r))
        r->announces = ANNOUNCES_MAX;
    else
        r->announce_due = true;
}

void vb_receiver_tick(struct vb_receiver *r, uint32_t now_ms)
{
    r->uptime_ms += now_ms - r->ticked_ms;
    r->uptime_s += r->uptime_ms / 1000;
    r->uptime_ms %= 1000;
    r->ticked_ms = now_ms;
    vb_events_tick(&r->events, now_ms);
    tick_announce(r, now_ms);
    vb_turn_tick(r, now_ms);
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        if (!peer->used)
            continue;
        tick_liveness(r, now_ms, peer);
        vb_receiver_boot_tick(r, now_ms, peer);
        vb_receiver_fetch_tick(r, now_ms, peer);
    }
    vb_receiver_edits_tick(r, now_ms);
    vb_receiver_places_tick(r, now_ms);
    vb_receiver_cache_tick(r, now_ms);
    vb_receiver_cache_save(r, now_ms);
}

static uint32_t shorter(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t liveness_wakeup_ms(const struct vb_receiver *r, const struct vb_peer *peer,
                                   uint32_t now_ms)
{
    const struct vb_timing *timing = &r->config.timing;
    if (!peer->heard || peer->link == VB_LINK_OFFLINE)
        return VB_FOREVER_MS;
    const uint32_t age_ms = vb_age_ms(&peer->frame_age, now_ms);
    /* A deadline in the past that has not been acted on yet is due now. */
    uint32_t next_ms =
        peer->link == VB_LINK_CONNECTED ? timing->degraded_after : timing->offline_after;
    if (peer->asks < VB_ASKS_MAX)
        next_ms = shorter(next_ms, timing->ask_at[peer->asks]);
    return next_ms > age_ms ? next_ms - age_ms : 0;
}

uint32_t vb_receiver_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms)
{
    uint32_t wait = shorter(10000, vb_receiver_edits_wakeup_ms(r, now_ms));
    wait = shorter(wait, vb_turn_wakeup_ms(r, now_ms));
    if (r->announces < ANNOUNCES_MAX)
        wait = shorter(wait, vb_time_until(now_ms, r->announce_at_ms));
    if (vb_receiver_cache_dirty(r) && !r->committing)
        wait = shorter(wait, vb_time_until(now_ms, r->commit_at_ms));
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        const struct vb_peer *peer = &r->config.peers[i];
        if (!peer->used)
            continue;
        wait = shorter(wait, liveness_wakeup_ms(r, peer, now_ms));
        wait = shorter(wait, vb_receiver_boot_wakeup_ms(peer, now_ms));
        if (vb_peer_fetching(peer))
            wait = shorter(wait, vb_time_until(now_ms, peer->request_at_ms));
    }
    return wait;
}

/* ---- Output ---- */

struct vb_writer vb_receiver_payload(const struct vb_receiver *r, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    return vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, r->room.payload_bytes_max);
}

size_t vb_receiver_finish(struct vb_receiver *r, uint8_t message, const struct vb_writer *payload,
                          const struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    VB_ASSERT(!payload->failed);
    const struct vb_frame frame = {
        .message = message, .epoch = r->config.epoch, .seq = ++r->seq, .payload_size = payload->at};
    return vb_frame_finish(&r->room, &frame, &r->config.mac, dst, bytes);
}

static size_t output_hello(struct vb_receiver *r, uint32_t nonce, const struct vb_mac *dst,
                           uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    struct vb_writer writer = vb_receiver_payload(r, bytes);
    vb_write_u32(&writer, nonce);
    vb_write_varint(&writer, r->uptime_s);
    return vb_receiver_finish(r, VB_MESSAGE_HELLO, &writer, dst, bytes);
}

static size_t output_announce(struct vb_receiver *r, uint32_t now_ms, struct vb_mac *dst,
                              uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    r->announce_due = false;
    r->announce_at_ms = now_ms + ((uint32_t)ANNOUNCE_FIRST_MS << r->announces);
    r->announces++;
    *dst = vb_mac_broadcast;
    return output_hello(r, r->announce_nonce, dst, bytes);
}

static size_t output_ack(struct vb_receiver *r, struct vb_peer *peer, struct vb_mac *dst,
                         uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    peer->ack_due = false;
    struct vb_writer writer = vb_receiver_payload(r, bytes);
    vb_write_u8(&writer, peer->ack_number);
    vb_write_varint(&writer, r->uptime_s);
    *dst = peer->mac;
    return vb_receiver_finish(r, VB_MESSAGE_BEACON_ACK, &writer, dst, bytes);
}

static size_t output_reading_ack(struct vb_receiver *r, struct vb_peer *peer, struct vb_mac *dst,
                                 uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    peer->reading_ack_due = false;
    struct vb_writer writer = vb_receiver_payload(r, bytes);
    vb_reading_ack_write(&writer, &peer->reading_ack);
    *dst = peer->mac;
    return vb_receiver_finish(r, VB_MESSAGE_READING_ACK, &writer, dst, bytes);
}

static size_t output_peer(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                          struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (peer->ack_due)
        return output_ack(r, peer, dst, bytes);
    if (peer->reading_ack_due)
        return output_reading_ack(r, peer, dst, bytes);
    if (peer->hello == VB_HELLO_DUE) {
        *dst = peer->hello_to_all ? vb_mac_broadcast : peer->mac;
        return output_hello(r, vb_receiver_hello_nonce(r, now_ms, peer), dst, bytes);
    }
    return vb_receiver_request_output(r, now_ms, peer, dst, bytes);
}

size_t vb_receiver_output(struct vb_receiver *r, uint32_t now_ms, struct vb_mac *dst,
                          uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (r->announce_due)
        return output_announce(r, now_ms, dst, bytes);
    size_t size = vb_receiver_edit_output(r, now_ms, dst, bytes);
    for (unsigned i = 0; i < r->config.peer_count && size == 0; i++) {
        if (r->config.peers[i].used)
            size = output_peer(r, now_ms, &r->config.peers[i], dst, bytes);
    }
    return size;
}
