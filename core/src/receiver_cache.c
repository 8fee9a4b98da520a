/* The write-through cache: link -> memory -> store. Bursts are coalesced, unchanged content is not
 * written.
 *
 * Key "<mac without colons>+<section id>", kept with a checksum (kept.h): store id, version, bytes.
 * Devices that have never answered a hello are not written: anybody can make them up. A key with a
 * "." dates from before there was a checksum. Damaged entries are skipped and fetched again; those
 * that cannot be read are left alone, and read again later. */
#include "receiver_parts.h"

#include <string.h>

#include "voltbeacon/core/kept.h"

enum {
    VALUE_HEAD_BYTES = 8,
    MAC_DIGITS = 12,
    REREAD_MS = 10000,
    FLUSH_RECORD_S = 60,
    RECORD_BYTES_MAX = VB_KEPT_HEAD_BYTES + 8 + 5 * VB_MARKS_MAX + VB_STORE_OP_BYTES,
    PLACES_BYTES_MAX = 1400 /* the forgotten, and the erased keys of one */
};

void vb_receiver_cache_key(char key[VB_STORE_KEY_SIZE], const struct vb_mac *mac, char mark,
                           uint8_t id)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (unsigned i = 0; i < VB_MAC_BYTES; i++) {
        key[at++] = digits[mac->bytes[i] >> 4];
        key[at++] = digits[mac->bytes[i] & 15];
    }
    key[at++] = mark;
    if (id >= 10)
        key[at++] = (char)('0' + id / 10);
    key[at++] = (char)('0' + id % 10);
    key[at] = '\0';
}

static bool parse_key(const char *key, struct vb_mac *mac, uint8_t *id)
{
    const size_t length = strlen(key);
    if (length < MAC_DIGITS + 2 || length > MAC_DIGITS + 3 ||
        (key[MAC_DIGITS] != '.' && key[MAC_DIGITS] != '+'))
        return false;
    char text[VB_MAC_TEXT_SIZE];
    for (unsigned i = 0; i < VB_MAC_BYTES; i++) {
        text[3 * i] = key[2 * i];
        text[3 * i + 1] = key[2 * i + 1];
        text[3 * i + 2] = ':';
    }
    unsigned value = 0;
    for (size_t i = MAC_DIGITS + 1; i < length; i++) {
        if (key[i] < '0' || key[i] > '9')
            return false;
        value = value * 10 + (unsigned)(key[i] - '0');
    }
    *id = (uint8_t)value;
    return value >= (key[MAC_DIGITS] == '+' ? 0u : 1u) && value <= VB_MARKS_MAX &&
           vb_mac_parse(text, VB_MAC_TEXT_SIZE - 1, mac);
}

/* ---- Loading ---- */

struct load {
    struct vb_receiver *r;
    uint32_t now_ms;
    bool said; /* that something cannot be read */
};

static void report(const struct load *load, enum vb_event_type type, const struct vb_mac *mac,
                   uint8_t id)
{
    vb_events_push(&load->r->events, &(struct vb_event){.type = (uint8_t)type,
                                                        .section = id,
                                                        .detail = VB_KEPT_CACHE,
                                                        .mac = *mac,
                                                        .at_ms = load->now_ms});
}

static struct vb_peer *place_of(const struct load *load, const struct vb_mac *mac)
{
    struct vb_peer *peer = vb_receiver_find(load->r, mac);
    return peer == NULL ? vb_receiver_adopt(load->r, load->now_ms, mac) : peer;
}

/* Loads what is stored of one section, or of the place. VB_ERR_CORRUPT: we never wrote that. */
static enum vb_err take(const struct load *load, const struct vb_mac *mac, uint8_t id,
                        const struct vb_kept *kept)
{
    if (id == 0) {
        struct vb_peer *peer = place_of(load, mac);
        if (peer == NULL)
            return VB_ERR_OK;
        peer->known = true;
        return vb_receiver_record_take(peer, kept->bytes, kept->size) ? VB_ERR_OK : VB_ERR_CORRUPT;
    }
    struct vb_reader reader = vb_reader_of(kept->bytes, kept->size);
    const uint32_t store_id = vb_read_u32(&reader);
    const uint32_t version = vb_read_u32(&reader);
    const size_t size = vb_reader_left(&reader);
    const uint8_t *bytes = vb_read_view(&reader, size);
    if (reader.failed || store_id == 0 || version == 0 || !vb_section_well_formed(bytes, size))
        return VB_ERR_CORRUPT;
    struct vb_peer *peer = place_of(load, mac);
    if (peer == NULL)
        return VB_ERR_OK;                   /* no place for it */
    peer->known = peer->known || kept->old; /* nobody wrote down who had answered */
    if (vb_cache_put(&peer->cache, id, version, bytes, size) != VB_ERR_OK)
        return VB_ERR_OK;
    peer->sections[id].store_id = store_id;
    peer->sections[id].changed = true;
    peer->sections[id].old_form = kept->old;
    peer->sections[id].dirty = kept->old; /* written anew, with a checksum */
    return VB_ERR_OK;
}

/* Whether memory is newer than the store by now. */
static bool known(struct vb_receiver *r, const struct vb_mac *mac, uint8_t id)
{
    const struct vb_peer *peer = vb_receiver_find(r, mac);
    return peer != NULL &&
           (peer->fetch != VB_FETCH_UNKNOWN || vb_cache_find(&peer->cache, id) != NULL);
}

/* What was reported about a transmitter, which need not have a place; NULL if there is no room. */
static struct vb_damage_told *told_of(struct vb_receiver *r, const struct vb_mac *mac)
{
    struct vb_damage_told *empty = NULL;
    for (unsigned i = 0; i < VB_DAMAGE_TOLD_MAX; i++) {
        struct vb_damage_told *told = &r->damage_told[i];
        if (told->ids != 0 && vb_mac_equal(&told->mac, mac))
            return told;
        if (told->ids == 0)
            empty = told;
    }
    if (empty != NULL)
        empty->mac = *mac;
    return empty;
}

/* A damaged entry stays until it is overwritten, and is found again by each retry of what could not
 * be read: report it once. */
static void is_damaged(const struct load *load, const struct vb_mac *mac, uint8_t id)
{
    _Static_assert(VB_MARKS_MAX < 16, "a bit for each");
    struct vb_damage_told *told = told_of(load->r, mac);
    if (told != NULL && (told->ids >> id & 1) != 0)
        return;
    if (told != NULL)
        told->ids |= (uint16_t)(1u << id);
    report(load, VB_EVENT_DAMAGED, mac, id);
}

static void cannot_read(struct load *load, const struct vb_mac *mac, uint8_t id)
{
    if (!load->said)
        report(load, VB_EVENT_UNREADABLE, mac, id);
    load->said = true;
    load->r->unreadable = true;
}

static void load_one(void *ctx, const char *listed)
{
    struct load *load = ctx;
    struct vb_mac mac;
    uint8_t id;
    if (!parse_key(listed, &mac, &id) || known(load->r, &mac, id) ||
        vb_receiver_is_leftover(load->r, &mac))
        return;
    char key[VB_STORE_KEY_SIZE];
    char old_key[VB_STORE_KEY_SIZE];
    vb_receiver_cache_key(key, &mac, '+', id);
    vb_receiver_cache_key(old_key, &mac, '.', id);
    uint8_t *buffer = vb_scratch_borrow(&load->r->scratch);
    struct vb_kept kept;
    enum vb_err err =
        vb_kept_get(load->r->config.store, key, old_key, buffer, VB_SCRATCH_BYTES, &kept);
    if (err == VB_ERR_OK)
        err = take(load, &mac, id, &kept);
    vb_scratch_give_back(&load->r->scratch);
    if (err == VB_ERR_CORRUPT)
        is_damaged(load, &mac, id);
    else if (err != VB_ERR_OK)
        cannot_read(load, &mac, id);
}

void vb_receiver_cache_load(struct vb_receiver *r, uint32_t now_ms)
{
    struct load load = {.r = r, .now_ms = now_ms, .said = r->unreadable};
    if (r->places.unread) /* else the list of the forgotten is newer in memory */
        vb_receiver_forgotten_load(r, now_ms);
    r->reread_at_ms = now_ms + REREAD_MS;
    if (!r->config.persist)
        return; /* retry what could not be read once the cache is kept again */
    r->unreadable = false;
    if (r->config.store->each(r->config.store->ctx, load_one, &load) != VB_ERR_OK)
        cannot_read(&load, &r->config.mac, 0);
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        if (r->config.peers[i].used)
            vb_receiver_report_sections(r, now_ms, &r->config.peers[i]);
    }
}

void vb_receiver_cache_tick(struct vb_receiver *r, uint32_t now_ms)
{
    const bool unread = r->unreadable || r->places.unread;
    if (unread && !r->committing && vb_time_reached(now_ms, r->reread_at_ms))
        vb_receiver_cache_load(r, now_ms);
}

/* ---- Saving ---- */

static bool peer_is_dirty(const struct vb_peer *peer)
{
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++) {
        if (peer->sections[id].dirty)
            return true;
    }
    return peer->record_due;
}

bool vb_receiver_cache_dirty(const struct vb_receiver *r)
{
    if (r->config.store == NULL)
        return false;
    if (vb_receiver_places_dirty(r))
        return true;
    for (unsigned i = 0; i < r->config.peer_count && r->config.persist; i++) {
        const struct vb_peer *peer = &r->config.peers[i];
        if (peer->used && peer_is_dirty(peer))
            return true;
    }
    return false;
}

bool vb_receiver_saved(const struct vb_receiver *r)
{
    return !r->committing && !vb_receiver_cache_dirty(r);
}

static void put_section(struct vb_receiver *r, struct vb_peer *peer, uint8_t id)
{
    const struct vb_store *store = r->config.store;
    struct vb_peer_section *section = &peer->sections[id];
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    char key[VB_STORE_KEY_SIZE];
    if (section->old_form) {
        vb_receiver_cache_key(key, &peer->mac, '.', id);
        store->erase(store->ctx, key);
    }
    vb_receiver_cache_key(key, &peer->mac, '+', id);
    section->dirty = false;
    section->saving = true;
    if (entry == NULL) {
        store->erase(store->ctx, key);
        return;
    }
    uint8_t *value = vb_scratch_borrow(&r->scratch);
    struct vb_writer writer = vb_writer_of(value, VB_SCRATCH_BYTES);
    writer.at = VB_KEPT_HEAD_BYTES;
    vb_write_u32(&writer, section->store_id);
    vb_write_u32(&writer, entry->version);
    vb_write_bytes(&writer, vb_cache_bytes(&peer->cache, entry), entry->size);
    VB_ASSERT(!writer.failed);
    vb_kept_put(store, key, value, writer.at);
    vb_scratch_give_back(&r->scratch);
}

/* What put_section() adds to a batch. */
static size_t batch_bytes(const struct vb_peer *peer, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    const size_t value =
        entry == NULL ? 0 : VB_KEPT_HEAD_BYTES + VALUE_HEAD_BYTES + (size_t)entry->size;
    return value + (peer->sections[id].old_form ? 2 : 1) * (size_t)VB_STORE_OP_BYTES;
}

/* Writes what has changed, and when it was verified, as far as *room allows, and takes its bytes
 * off that. True when everything is written. */
static bool put_peer(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer, size_t *room)
{
    bool any = false;
    bool all = true;
    if (!peer_is_dirty(peer))
        return true;
    if (*room < RECORD_BYTES_MAX)
        return false;
    *room -= RECORD_BYTES_MAX;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        const size_t bytes = batch_bytes(peer, id);
        if (!peer->sections[id].dirty)
            continue;
        all = all && bytes <= *room;
        if (bytes > *room)
            continue;
        *room -= bytes;
        any = true;
        put_section(r, peer, id);
    }
    if (peer->record_due || (any && peer->known && peer->cache.count > 0))
        vb_receiver_record_put(r, now_ms, peer);
    return all;
}

void vb_receiver_cache_save(struct vb_receiver *r, uint32_t now_ms)
{
    if (r->committing || !vb_time_reached(now_ms, r->commit_at_ms))
        return;
    r->commit_at_ms = now_ms; /* else it would appear to lie ahead after 25 idle days */
    if (!vb_receiver_cache_dirty(r))
        return;
    size_t room = VB_STORE_BATCH_BYTES;
    bool all = true;
    if (vb_receiver_places_dirty(r))
        room -= PLACES_BYTES_MAX;
    vb_receiver_places_put(r);
    for (unsigned i = 0; i < r->config.peer_count && r->config.persist; i++) {
        if (r->config.peers[i].used)
            all = put_peer(r, now_ms, &r->config.peers[i], &room) && all;
    }
    r->committing = true;
    r->commit_at_ms = now_ms + (all ? r->config.timing.commit_coalesce : 0);
    r->commit_token++;
    r->config.store->commit(r->config.store->ctx, r->commit_token);
}

void vb_receiver_flush(struct vb_receiver *r, uint32_t now_ms)
{
    if (r->uptime_s - r->places.recorded_at_s >= FLUSH_RECORD_S)
        vb_receiver_records_due(r);
    r->commit_at_ms = now_ms;
    vb_receiver_cache_save(r, now_ms);
}

void vb_receiver_committed(struct vb_receiver *r, uint32_t now_ms, uint32_t token,
                           enum vb_err result)
{
    VB_ASSERT(r->committing && token == r->commit_token);
    r->committing = false;
    vb_receiver_places_committed(r, result == VB_ERR_OK);
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        for (unsigned id = 1; id <= VB_MARKS_MAX && peer->used; id++) {
            struct vb_peer_section *section = &peer->sections[id];
            if (section->saving && result != VB_ERR_OK)
                section->dirty = true;
            else if (section->saving)
                section->old_form = false;
            section->saving = false;
        }
    }
    if (result == VB_ERR_OK)
        r->commits++;
    else
        r->commits_failed++;
    const enum vb_event_type type =
        result == VB_ERR_OK ? VB_EVENT_COMMITTED : VB_EVENT_COMMIT_FAILED;
    vb_events_push(&r->events, &(struct vb_event){.type = (uint8_t)type,
                                                  .mac = r->config.mac,
                                                  .err = (int8_t)result,
                                                  .at_ms = now_ms});
    if (result != VB_ERR_OK)
        r->commit_at_ms = now_ms + r->config.timing.commit_retry;
    vb_receiver_cache_save(r, now_ms);
}

void vb_receiver_settings(struct vb_receiver *r, uint32_t now_ms, bool persist, bool adopt_new)
{
    const bool begins = persist && !r->config.persist;
    r->config.persist = persist;
    r->config.adopt_new = adopt_new;
    if (!begins)
        return;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        for (uint8_t id = 1; id <= VB_MARKS_MAX && peer->used; id++) {
            /* The store may hold entries long gone, but also some that could not be read. */
            if (!r->unreadable || known(r, &peer->mac, id))
                peer->sections[id].dirty = true;
        }
    }
    vb_receiver_cache_save(r, now_ms);
}
