/* How a receiver comes to hold what a transmitter has announced.
 *
 *          digest matches                digest differs
 *   VERIFIED <------------ what is heard ------------> FETCHING --- too many tries --->
 *                                                      |      ^     stale until the next beacon
 *                                all said to be the same      | anything new
 *                                                      v      |
 *                                                    UNVERIFIABLE
 *
 * Marks say what differs, the digest alone says whether anything does. */
#include "receiver_parts.h"

#include <string.h>

enum { TRIES_AGAIN = 3 }; /* after giving up, if nothing new is heard */

void vb_receiver_forget_state(struct vb_peer *peer)
{
    vb_fetch_become(peer, VB_FETCH_UNKNOWN);
    peer->request_tries = 0;
    peer->refuted = 0;
    peer->refetches = 0;
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++) {
        peer->sections[id].verified = false;
        peer->sections[id].requested = false;
        peer->sections[id].wanted = false;
    }
}

static bool newer_state(const struct vb_peer *peer, uint32_t seq)
{
    return !peer->seq_known || (int32_t)(seq - peer->state_seq) > 0;
}

/* ---- Content ---- */

static bool held_as(const struct vb_peer *peer, uint8_t id, uint8_t mark)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    return entry != NULL && peer->sections[id].store_id == peer->store_id &&
           vb_version_mark(entry->version) == mark;
}

/* Whether our copy of the record's version has these bytes at this offset. */
static bool same_content(const struct vb_peer *peer, const struct vb_record *record, size_t offset,
                         const uint8_t *bytes, size_t size)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, record->id);
    return entry != NULL && entry->version == record->version && entry->size == record->total &&
           peer->sections[record->id].store_id == peer->store_id &&
           memcmp(vb_cache_bytes(&peer->cache, entry) + offset, bytes, size) == 0;
}

/* One version with two contents: a store was restored, or is damaged. Report it once. */
static void check_differs(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                          const struct vb_record *record)
{
    struct vb_peer_section *section = &peer->sections[record->id];
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, record->id);
    if (entry == NULL || entry->version != record->version || section->differs ||
        section->store_id != peer->store_id)
        return;
    section->differs = true;
    vb_receiver_report(r, now_ms, peer,
                       (struct vb_event){.type = VB_EVENT_CONTENT_DIFFERS,
                                         .section = record->id,
                                         .a = record->version});
}

static void install(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                    const struct vb_record *record, const uint8_t *bytes)
{
    struct vb_peer_section *section = &peer->sections[record->id];
    if (!same_content(peer, record, 0, bytes, record->total)) {
        check_differs(r, now_ms, peer, record);
        enum vb_err err =
            vb_section_well_formed(bytes, record->total) ? VB_ERR_OK : VB_ERR_MALFORMED;
        if (err == VB_ERR_OK)
            err = vb_cache_put(&peer->cache, record->id, record->version, bytes, record->total);
        if (err != VB_ERR_OK) {
            vb_receiver_report(r, now_ms, peer,
                               (struct vb_event){.type = VB_EVENT_GAVE_UP,
                                                 .err = (int8_t)err,
                                                 .section = record->id});
            return;
        }
        section->store_id = peer->store_id;
        peer->said_same &= (uint16_t) ~(1u << record->id);
        section->changed = true;
        section->dirty = true;
    }
    section->wanted = !held_as(peer, record->id, section->mark);
}

/* Takes one fragment of a section that needs several. While another section has the buffer, the
 * fragment is dropped, and asked for again later. */
static void assemble(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                     const struct vb_record *record)
{
    if (!vb_turn_take(r, now_ms, peer, record))
        return;
    install(r, now_ms, peer, record, r->config.assembly);
    vb_turn_release(r, now_ms, peer);
}

/* Applies a change to our copy if it was based on that version; otherwise the whole section will be
 * asked for. The shared buffer must be free. */
static void take_delta(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                       const struct vb_record *record)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, record->id);
    if (entry == NULL || !vb_turn_spare(r, now_ms, peer) ||
        entry->version != record->base_version ||
        peer->sections[record->id].store_id != peer->store_id)
        return;
    const uint8_t *base = vb_cache_bytes(&peer->cache, entry);
    if (vb_section_hash(base, entry->size) != record->base_hash ||
        !vb_section_well_formed(record->bytes, record->size))
        return;
    const int size = vb_section_lay_over(base, entry->size, record->bytes, record->size,
                                         r->config.assembly, VB_SECTION_BYTES_MAX);
    if (size < 0 || vb_section_hash(r->config.assembly, (size_t)size) != record->hash)
        return;
    const struct vb_record whole = {
        .id = record->id, .version = record->version, .total = (uint16_t)size};
    install(r, now_ms, peer, &whole, r->config.assembly);
}

/* A record of a state no older than the one we know. */
static void take_record(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                        const struct vb_record *record)
{
    struct vb_peer_section *section = &peer->sections[record->id];
    section->mark = vb_version_mark(record->version);
    if (record->form != VB_RECORD_WHOLE) {
        if (record->form == VB_RECORD_DELTA)
            take_delta(r, now_ms, peer, record);
        section->wanted = !held_as(peer, record->id, section->mark);
        return;
    }
    if (vb_fragment_count(&r->room, record->total) == 1)
        install(r, now_ms, peer, record, record->bytes);
    else if (vb_turn_holds(r, peer, record->id) ||
             !same_content(peer, record, record->offset, record->bytes, record->size))
        assemble(r, now_ms, peer, record);
}

/* A record in a later version's format counts as refused; those before it are taken. */
static void take_records(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                         const struct vb_records *records)
{
    for (uint8_t i = 0; i < records->count; i++) {
        const struct vb_record *record = &records->items[i];
        if (record->form == VB_RECORD_SAME)
            peer->said_same |= (uint16_t)(1u << record->id);
        take_record(r, now_ms, peer, record);
    }
    if (records->cut)
        r->refused[-VB_ERR_UNSUPPORTED]++;
}

/* ---- Verdict ---- */

static bool matches_announced(const struct vb_peer *peer)
{
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        const uint8_t mark = peer->sections[id].mark;
        const bool right =
            mark == 0 ? vb_cache_find(&peer->cache, id) == NULL : held_as(peer, id, mark);
        if (!right)
            return false;
    }
    return vb_cache_digest(&peer->cache, peer->store_id, peer->boot.name) == peer->digest;
}

/* Lets what was asked for be asked for again. */
static void forget_requests(struct vb_peer *peer)
{
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++)
        peer->sections[id].requested = false;
}

static void begin_fetch(const struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    bool any_wanted = false;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        section->verified = false;
        any_wanted = any_wanted || section->wanted;
        if (section->wanted && !section->requested)
            peer->request_due = true;
    }
    /* About to give up on a device that we do hear: try again now rather than after its next
     * beacon. It may not hear us, though. */
    const uint32_t tries_max = r->config.timing.request_tries;
    const bool in_vain = peer->request_tries >= tries_max;
    const bool begins = !vb_peer_fetching(peer) || in_vain;
    vb_fetch_become(peer, any_wanted ? VB_FETCH_WANTED : VB_FETCH_ALL);
    if (begins) {
        peer->request_tries =
            (uint8_t)(in_vain && tries_max > TRIES_AGAIN ? tries_max - TRIES_AGAIN : 0);
        peer->request_at_ms = now_ms;
        peer->request_due = true;
        forget_requests(peer);
    }
}

void vb_receiver_ask_again(struct vb_peer *peer)
{
    bool any_wanted = false;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        any_wanted = any_wanted || peer->sections[id].wanted;
    if (!any_wanted)
        return;
    forget_requests(peer);
    if (!vb_peer_fetching(peer))
        vb_fetch_become(peer, VB_FETCH_WANTED);
    peer->request_tries = 0;
    peer->request_due = true;
}

/* Compares our copy with the last announcement, and fetches what differs. */
static void judge(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    if (!matches_announced(peer)) {
        begin_fetch(r, now_ms, peer);
        return;
    }
    vb_turn_release(r, now_ms, peer);
    vb_fetch_become(peer, VB_FETCH_DONE);
    peer->request_tries = 0;
    peer->refetches = 0;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        section->wanted = false;
        section->requested = false;
        section->verified = section->mark != 0;
        section->differs = section->differs && !section->verified;
        if (section->verified)
            vb_age_again(&section->verified_age, now_ms, r->late_ms);
    }
}

/* ---- Beacons and hello acks ---- */

static void take_store(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                       uint32_t store_id)
{
    if (store_id == 0)
        return; /* not announced: still the one that this boot named */
    if (peer->store_id != 0 && peer->store_id != store_id) {
        vb_receiver_forget_readings(peer);
        vb_receiver_tell(r, now_ms, peer, VB_EVENT_STORE_REPLACED, store_id);
    }
    peer->store_id = store_id;
}

static void take_digest(const struct vb_receiver *r, struct vb_peer *peer, uint32_t digest)
{
    if (peer->digest == digest)
        return;
    peer->digest = digest;
    peer->refuted = 0;
    peer->said_same = 0;
    if (peer->request_tries >= r->config.timing.request_tries && vb_peer_fetching(peer))
        vb_fetch_become(peer, VB_FETCH_RESTING); /* that was in vain; this is another state */
    peer->request_tries = 0;
}

/* Drops our copy of a section announced as gone, but only if the announcer has answered a hello.
 * True when something waits for such an answer. */
static bool take_marks(struct vb_peer *peer, const struct vb_beacon *beacon, bool fresh)
{
    bool waits = false;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        const uint8_t mark = id <= beacon->mark_count ? beacon->marks[id - 1] : 0;
        if (section->mark != mark)
            section->requested = false;
        section->mark = mark;
        section->wanted = mark != 0 && !held_as(peer, id, mark);
        if (mark != 0 || vb_cache_find(&peer->cache, id) == NULL)
            continue;
        if (!fresh) {
            waits = true;
        } else {
            vb_cache_remove(&peer->cache, id);
            section->changed = true;
            section->dirty = true;
        }
    }
    return waits;
}

/* True if they have changed. A beacon without room for them tells none: then the earlier ones
 * stand. */
static bool take_facts(struct vb_peer *peer, const struct vb_board_facts *facts)
{
    if (!vb_board_facts_told(facts) || vb_board_facts_equal(&peer->facts, facts))
        return false;
    peer->facts = *facts;
    return true;
}

static void take_runtime(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                         const struct vb_beacon *beacon, const struct vb_board_facts *facts)
{
    const bool other_facts = take_facts(peer, facts);
    const bool same = !other_facts && peer->runtime_known &&
                      peer->runtime.flags == beacon->runtime.flags &&
                      peer->runtime.mqtt_fault == beacon->runtime.mqtt_fault &&
                      memcmp(peer->runtime.ip, beacon->runtime.ip, sizeof peer->runtime.ip) == 0;
    peer->runtime = beacon->runtime;
    peer->runtime_known = true;
    peer->uptime_s = beacon->uptime_s;
    if (!same)
        vb_receiver_tell(r, now_ms, peer, VB_EVENT_RUNTIME, 0);
}

enum vb_err vb_receiver_state_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                    uint32_t seq, const struct vb_beacon *beacon,
                                    const struct vb_records *records, bool fresh)
{
    if (!newer_state(peer, seq))
        return VB_ERR_OLD;
    peer->seq_known = true;
    peer->state_seq = seq;
    if (beacon->store_id == 0 && peer->store_id == 0)
        return VB_ERR_OK; /* a hello asks whose content that is */
    if (!fresh && (peer->digest != beacon->digest || peer->boot.state == VB_BOOT_CLAIMED))
        vb_receiver_want_proof(peer, now_ms);
    take_store(r, now_ms, peer, beacon->store_id);
    take_digest(r, peer, beacon->digest);
    const bool gone = take_marks(peer, beacon, fresh);
    take_runtime(r, now_ms, peer, beacon, &records->facts);
    take_records(r, now_ms, peer, records);
    judge(r, now_ms, peer);
    if (gone) {
        peer->request_due = false;
        vb_receiver_want_hello(peer, now_ms, r->config.timing.request_retry);
    }
    vb_receiver_tell(r, now_ms, peer, VB_EVENT_BEACON, 0);
    return VB_ERR_OK;
}

/* ---- Section data ---- */

/* With small frames not all of them fit into one request. */
static bool all_said_same(const struct vb_peer *peer)
{
    for (uint8_t i = 0; i < peer->cache.count; i++) {
        if ((peer->said_same >> peer->cache.entries[i].id & 1) == 0)
            return false;
    }
    return true;
}

/* Every section was reported to match our copy, and still the digest differs. */
static void count_refetch(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    peer->said_same = 0;
    if (!vb_peer_unverifiable(peer))
        peer->refetches++;
    if (!vb_peer_unverifiable(peer))
        return;
    vb_fetch_become(peer, VB_FETCH_RESTING);
    vb_receiver_report(r, now_ms, peer,
                       (struct vb_event){.type = VB_EVENT_GAVE_UP, .err = VB_ERR_CHECKSUM});
}

enum vb_err vb_receiver_data_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                   uint32_t seq, const struct vb_data_head *head,
                                   const struct vb_records *records)
{
    if (!newer_state(peer, seq))
        return VB_ERR_OLD;
    peer->seq_known = true;
    peer->state_seq = seq;
    if (peer->fetch == VB_FETCH_UNKNOWN)
        return VB_ERR_OK; /* marks first: a hello asks for them */
    if (peer->digest != head->digest)
        vb_receiver_want_proof(peer, now_ms);
    take_store(r, now_ms, peer, head->store_id);
    take_digest(r, peer, head->digest);
    const bool asked_all = peer->fetch == VB_FETCH_ALL;
    take_records(r, now_ms, peer, records);
    /* Answers are arriving: wait for the rest, and do not give up for lack of tries. */
    peer->request_at_ms = now_ms + r->config.timing.request_retry;
    if (peer->request_tries >= r->config.timing.request_tries)
        peer->request_tries = (uint8_t)(r->config.timing.request_tries - 1);
    judge(r, now_ms, peer);
    if (vb_peer_fetching(peer) && asked_all && all_said_same(peer))
        count_refetch(r, now_ms, peer);
    return VB_ERR_OK;
}

void vb_receiver_refuted(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    VB_ASSERT(peer->fetch != VB_FETCH_UNKNOWN);
    if (vb_peer_fetching(peer) || vb_peer_unverifiable(peer))
        return;
    if (peer->request_tries >= r->config.timing.request_tries) { /* until a hello is answered */
        vb_receiver_want_hello(peer, now_ms, r->config.timing.request_retry);
        return;
    }
    begin_fetch(r, now_ms, peer);
    /* We do not know yet what has changed. A hello costs less than asking for everything, and
     * usually brings the change. */
    peer->request_due = false;
    vb_hello_in_vain(&peer->refuted);
    const uint32_t apart_ms = vb_hello_backed_off_ms(r->config.timing.request_retry, peer->refuted);
    peer->request_at_ms = now_ms + apart_ms;
    vb_receiver_want_hello(peer, now_ms, apart_ms);
}

/* ---- Requests ---- */

static uint32_t backoff_ms(const struct vb_timing *timing, uint8_t tries)
{
    uint32_t wait_ms = timing->request_retry;
    for (uint8_t i = 1; i < tries && wait_ms < timing->request_retry_max; i++)
        wait_ms *= 2;
    return wait_ms < timing->request_retry_max ? wait_ms : timing->request_retry_max;
}

static void give_up(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    vb_fetch_become(peer, VB_FETCH_RESTING);
    forget_requests(peer);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if (peer->sections[id].wanted)
            vb_receiver_report(
                r, now_ms, peer,
                (struct vb_event){.type = VB_EVENT_GAVE_UP, .section = id, .err = VB_ERR_OFFLINE});
    }
    vb_receiver_report_sections(r, now_ms, peer);
}

/* Whether we hold a section announced as gone that no answer has confirmed yet. */
static bool gone_waits(const struct vb_peer *peer)
{
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if (peer->sections[id].mark == 0 && vb_cache_find(&peer->cache, id) != NULL)
            return true;
    }
    return false;
}

void vb_receiver_fetch_tick(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    if (!vb_peer_fetching(peer) || peer->request_due ||
        !vb_time_reached(now_ms, peer->request_at_ms))
        return;
    if (peer->request_tries >= r->config.timing.request_tries) {
        give_up(r, now_ms, peer);
        return;
    }
    if (gone_waits(peer)) /* the hello, or its answer, was lost */
        vb_receiver_want_hello(peer, now_ms, r->config.timing.request_retry);
    forget_requests(peer);
    peer->request_due = true;
}

static struct vb_request_item request_item(const struct vb_receiver *r, const struct vb_peer *peer,
                                           uint8_t id)
{
    struct vb_request_item item = {.id = id};
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    if (entry != NULL && peer->sections[id].store_id == peer->store_id) {
        item.have_version = entry->version;
        item.have_hash = vb_section_hash(vb_cache_bytes(&peer->cache, entry), entry->size);
    }
    if (vb_turn_holds(r, peer, id)) {
        item.partial_version = r->turn.version;
        item.missing = r->turn.missing;
    }
    return item;
}

size_t vb_receiver_request_output(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                  struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (!peer->request_due)
        return 0;
    peer->request_due = false;
    struct vb_writer writer = vb_receiver_payload(r, bytes);
    vb_write_u32(&writer, peer->store_id);
    const size_t head = writer.at;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        if (section->mark == 0 || section->requested ||
            (!section->wanted && peer->fetch != VB_FETCH_ALL))
            continue;
        const struct vb_request_item item = request_item(r, peer, id);
        struct vb_writer longer = writer;
        vb_request_item_write(&longer, &item);
        if (longer.failed) {
            peer->request_due = true; /* the rest of this round: in the next frame */
            break;
        }
        writer = longer;
        section->requested = true;
    }
    VB_ASSERT(!peer->request_due || writer.at > head);
    if (!peer->request_due)
        peer->request_tries++;
    peer->request_at_ms = now_ms + backoff_ms(&r->config.timing, peer->request_tries);
    if (writer.at == head)
        return 0;
    *dst = peer->mac;
    return vb_receiver_finish(r, VB_MESSAGE_REQUEST, &writer, dst, bytes);
}
