/* Places: who leaves one, who waits for one, and what is kept of both across a restart.
 *
 * Key "forgotten", kept with a checksum: {mac, length u8, name}*. Key "<mac>+0" of each place whose
 * transmitter has answered a hello: when it was last heard (wall clock), for how long it was silent
 * while this receiver ran, and {section id, when verified}*. It is written with every change of its
 * sections, at the end, and once an hour. */
#include "receiver_parts.h"

#include <string.h>

#include "voltbeacon/core/kept.h"

enum {
    UNPLACED_MS = 600000, /* not heard for this long: no longer waits for a place */
    RECORD_S = 3600,
    DAY_S = 86400,
    FORGOTTEN_BYTES = VB_FORGOTTEN_MAX * (VB_MAC_BYTES + 1 + VB_OUTSIDE_NAME_SIZE)
};

static const char forgotten_key[] = "forgotten";

const char *vb_outside_why_name(enum vb_outside_why why)
{
    switch (why) {
    case VB_OUTSIDE_NONE:
        return "none";
    case VB_OUTSIDE_UNPLACED:
        return "unplaced";
    case VB_OUTSIDE_GIVEN_UP:
        return "given_up";
    case VB_OUTSIDE_FORGOTTEN:
        return "forgotten";
    }
    return "none";
}

/* ---- Wall clock ---- */

void vb_receiver_wall(struct vb_receiver *r, uint32_t now_ms, uint64_t wall_ms)
{
    r->places.wall_ms = wall_ms;
    r->places.wall_at_ms = now_ms;
}

static uint32_t wall_s(const struct vb_receiver *r, uint32_t now_ms)
{
    return r->places.wall_ms == 0
               ? 0
               : (uint32_t)((r->places.wall_ms + vb_time_until(r->places.wall_at_ms, now_ms)) /
                            1000);
}

/* The wall time of an age from this run; otherwise what was known before. */
static uint32_t moment_s(const struct vb_receiver *r, const struct vb_age *age, uint32_t before_s,
                         uint32_t now_ms)
{
    const uint32_t age_ms = vb_age_ms(age, now_ms);
    const uint32_t now_s = wall_s(r, now_ms);
    return age_ms == VB_AGE_UNKNOWN || now_s <= age_ms / 1000 ? before_s : now_s - age_ms / 1000;
}

uint32_t vb_peer_heard_s(const struct vb_receiver *r, const struct vb_peer *peer, uint32_t now_ms)
{
    return moment_s(r, &peer->frame_age, peer->heard_s, now_ms);
}

enum vb_verified vb_peer_verified(const struct vb_receiver *r, const struct vb_peer *peer,
                                  uint8_t section, uint32_t now_ms, uint32_t *age_ds)
{
    VB_ASSERT(section <= VB_MARKS_MAX);
    const struct vb_peer_section *held = &peer->sections[section];
    const uint32_t age_ms = vb_age_ms(&held->verified_age, now_ms);
    const uint32_t now_s = wall_s(r, now_ms);
    *age_ds = age_ms / 100;
    if (age_ms != VB_AGE_UNKNOWN)
        return VB_VERIFIED_AT;
    if (held->verified_s == 0)
        return VB_VERIFIED_NEVER;
    if (now_s == 0)
        return VB_VERIFIED_NO_CLOCK;
    if (now_s - held->verified_s > UINT32_MAX / 10) /* of a second to come it wraps */
        return VB_VERIFIED_AHEAD;
    *age_ds = (now_s - held->verified_s) * 10;
    return VB_VERIFIED_AT;
}

/* ---- Those without a place ---- */

/* VB_OUTSIDE_MAX where it is not listed. */
static unsigned index_of(const struct vb_receiver *r, const struct vb_mac *mac)
{
    const struct vb_outside *outside = r->places.outside;
    unsigned i = 0;
    while (i < VB_OUTSIDE_MAX &&
           (outside[i].why == VB_OUTSIDE_NONE || !vb_mac_equal(&outside[i].mac, mac)))
        i++;
    return i;
}

static struct vb_outside *find(struct vb_receiver *r, const struct vb_mac *mac)
{
    const unsigned i = index_of(r, mac);
    return i == VB_OUTSIDE_MAX ? NULL : &r->places.outside[i];
}

const struct vb_outside *vb_receiver_outside(const struct vb_receiver *r, const struct vb_mac *mac)
{
    const unsigned i = index_of(r, mac);
    return i == VB_OUTSIDE_MAX ? NULL : &r->places.outside[i];
}

bool vb_receiver_is_leftover(struct vb_receiver *r, const struct vb_mac *mac)
{
    struct vb_outside *outside = find(r, mac);
    if (outside == NULL || outside->why != VB_OUTSIDE_FORGOTTEN)
        return false;
    outside->erase = true;
    return true;
}

/* a = 1: it is listed for this reason from now on; 0: it is heard, or not any more.
 * b: how many places there are; 0 where new transmitters are not followed at all. */
static void report(struct vb_receiver *r, uint32_t now_ms, const struct vb_outside *outside,
                   uint32_t begins)
{
    const uint32_t places = r->config.adopt_new ? r->config.peer_count : 0;
    vb_events_push(&r->events, &(struct vb_event){.type = VB_EVENT_OUTSIDE,
                                                  .detail = outside->why,
                                                  .mac = outside->mac,
                                                  .a = begins,
                                                  .b = places,
                                                  .at_ms = now_ms});
}

/* Whether the store holds nothing of it that has yet to be erased. */
static bool erased(const struct vb_outside *outside)
{
    return !outside->erase && !outside->erasing;
}

/* How readily an entry may be reused for another device; 0: never. */
static unsigned ease(const struct vb_outside *outside, enum vb_outside_why other)
{
    switch ((enum vb_outside_why)outside->why) {
    case VB_OUTSIDE_NONE:
        return 4;
    case VB_OUTSIDE_UNPLACED:
        if (erased(outside))
            return !outside->heard ? 3 : other == VB_OUTSIDE_UNPLACED ? 0 : 1;
        break;
    case VB_OUTSIDE_GIVEN_UP:
        return erased(outside) ? 2 : 0;
    case VB_OUTSIDE_FORGOTTEN:
        break;
    }
    return 0;
}

/* A device's entry; a new one if it has none. NULL if there is no room. */
static struct vb_outside *enter(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac,
                                enum vb_outside_why why)
{
    struct vb_outside *place = find(r, mac);
    unsigned best = 0;
    for (unsigned i = 0; i < VB_OUTSIDE_MAX && place == NULL; i++)
        best = ease(&r->places.outside[i], why) > ease(&r->places.outside[best], why) ? i : best;
    if (place == NULL && ease(&r->places.outside[best], why) == 0)
        return NULL;
    if (place == NULL) {
        place = &r->places.outside[best];
        *place = (struct vb_outside){.mac = *mac};
        vb_age_unknown(&place->age, now_ms);
    }
    place->why = (uint8_t)why;
    place->number = ++r->places.number;
    return place;
}

/* Forgotten devices are bounded in number; the one silent for longest is dropped. */
static bool room_to_forget(struct vb_receiver *r)
{
    unsigned count = 0;
    struct vb_outside *oldest = NULL;
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &r->places.outside[i];
        if (outside->why != VB_OUTSIDE_FORGOTTEN)
            continue;
        count++;
        if (!outside->heard && erased(outside) &&
            (oldest == NULL || outside->age.age_ms > oldest->age.age_ms ||
             (outside->age.age_ms == oldest->age.age_ms && outside->number < oldest->number)))
            oldest = outside;
    }
    if (count < VB_FORGOTTEN_MAX)
        return true;
    if (oldest != NULL)
        oldest->why = VB_OUTSIDE_NONE;
    return oldest != NULL;
}

static void note_heard(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    struct vb_outside *outside = find(r, mac);
    const bool begins = outside == NULL;
    if (begins)
        outside = enter(r, now_ms, mac, VB_OUTSIDE_UNPLACED);
    if (outside == NULL)
        return;
    vb_age_again(&outside->age, now_ms, r->late_ms);
    if (!outside->heard) {
        outside->heard = true;
        report(r, now_ms, outside, begins);
    }
}

/* What its owner ordered is written without delay. */
static void begin_commit(struct vb_receiver *r, uint32_t now_ms)
{
    r->commit_at_ms = now_ms;
    vb_receiver_cache_save(r, now_ms);
}

/* ---- Coming ---- */

/* Takes over what was known of it while it had no place. */
static void take_over(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                      const struct vb_outside *entry)
{
    struct vb_outside gone = *entry;
    gone.why = VB_OUTSIDE_NONE;
    r->places.dirty = r->places.dirty || entry->why == VB_OUTSIDE_FORGOTTEN;
    peer->known = entry->why != VB_OUTSIDE_UNPLACED; /* it had a place before */
    /* The store may still hold what is to go. */
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++) {
        peer->sections[id].dirty = true;
        peer->sections[id].old_form = true;
    }
    report(r, now_ms, &gone, 0);
    if (entry->heard)
        vb_receiver_was_heard(r, now_ms, peer, &entry->age);
}

void vb_receiver_placed(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    struct vb_outside *outside = find(r, &peer->mac);
    peer->adoption = ++r->places.adoptions;
    peer->silent_at_s = r->uptime_s;
    if (outside == NULL)
        return;
    take_over(r, now_ms, peer, outside);
    outside->why = VB_OUTSIDE_NONE;
}

/* Of the devices heard and waiting, the one that has waited longest; NULL: nobody waits. */
static struct vb_outside *first_in_line(struct vb_receiver *r)
{
    struct vb_outside *first = NULL;
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &r->places.outside[i];
        if (outside->why == VB_OUTSIDE_UNPLACED && outside->heard &&
            (first == NULL || outside->number < first->number))
            first = outside;
    }
    return first;
}

/* Its entry goes to the device that gives up its place. */
static struct vb_peer *place_listed(struct vb_receiver *r, uint32_t now_ms,
                                    struct vb_outside *outside)
{
    const struct vb_outside entry = *outside;
    outside->why = VB_OUTSIDE_NONE;
    struct vb_peer *peer = vb_receiver_adopt(r, now_ms, &entry.mac);
    if (peer == NULL)
        *outside = entry;
    else
        take_over(r, now_ms, peer, &entry);
    return peer;
}

/* Otherwise whoever sends most would get every free place. So the device that has waited longest is
 * next: it is sent a hello, and keeps the place if it answers. */
static struct vb_peer *place_in_turn(struct vb_receiver *r, uint32_t now_ms,
                                     const struct vb_mac *mac)
{
    struct vb_outside *first = first_in_line(r);
    if (first == NULL)
        return vb_receiver_adopt(r, now_ms, mac);
    struct vb_peer *peer = place_listed(r, now_ms, first);
    return peer != NULL && vb_mac_equal(&peer->mac, mac) ? peer : NULL;
}

struct vb_peer *vb_receiver_place(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    const unsigned i = index_of(r, mac);
    const enum vb_outside_why why =
        i == VB_OUTSIDE_MAX ? VB_OUTSIDE_NONE : (enum vb_outside_why)r->places.outside[i].why;
    struct vb_peer *peer = NULL;
    if (why == VB_OUTSIDE_GIVEN_UP)
        peer = vb_receiver_adopt(r, now_ms, mac);
    else if (why != VB_OUTSIDE_FORGOTTEN && r->config.adopt_new)
        peer = place_in_turn(r, now_ms, mac);
    if (peer == NULL)
        note_heard(r, now_ms, mac);
    return peer;
}

void vb_receiver_left_unplaced(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    struct vb_outside *outside = find(r, mac);
    if (outside == NULL || !outside->heard)
        return;
    outside->heard = false;
    report(r, now_ms, outside, 0);
}

enum vb_err vb_receiver_unforget(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    if (find(r, mac) == NULL)
        return VB_ERR_NOT_FOUND;
    if (r->places.unread)
        return VB_ERR_STORE;
    struct vb_peer *peer = vb_receiver_adopt(r, now_ms, mac);
    if (peer == NULL)
        return VB_ERR_BUSY;
    peer->known = true;
    peer->record_due = true; /* it keeps its place, heard or not */
    begin_commit(r, now_ms);
    return VB_ERR_OK;
}

/* ---- Going ---- */

static void take_name(const struct vb_peer *peer, char name[VB_OUTSIDE_NAME_SIZE])
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_METADATA);
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, VB_SECTION_METADATA);
    struct vb_metadata_values values;
    if (entry == NULL)
        return;
    const enum vb_err err =
        vb_section_decode(section, vb_cache_bytes(&peer->cache, entry), entry->size, &values, NULL);
    VB_ASSERT(err == VB_ERR_OK); /* nothing else is put into a cache */
    _Static_assert(sizeof values.device_name <= VB_OUTSIDE_NAME_SIZE, "a name fits");
    memcpy(name, values.device_name, sizeof values.device_name);
}

static void leave(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                  struct vb_outside *outside)
{
    const uint32_t pushes = peer->ring.pushes;
    outside->heard = peer->heard && peer->link != VB_LINK_OFFLINE;
    outside->age = peer->frame_age;
    outside->erase = r->config.store != NULL;
    outside->erasing = false;
    take_name(peer, outside->name);
    vb_turn_release(r, now_ms, peer);
    vb_receiver_edits_drop(r, now_ms, &peer->mac);
    memset(peer, 0, sizeof *peer);
    peer->ring.pushes = pushes; /* as in vb_receiver_adopt() */
    report(r, now_ms, outside, 1);
}

bool vb_receiver_make_room(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    VB_ASSERT(!peer->known);
    struct vb_outside *outside = enter(r, now_ms, &peer->mac, VB_OUTSIDE_UNPLACED);
    if (outside != NULL)
        leave(r, now_ms, peer, outside);
    return outside != NULL;
}

enum vb_err vb_receiver_forget(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    struct vb_peer *peer = vb_receiver_find(r, mac);
    struct vb_outside *outside = find(r, mac);
    if (peer == NULL && outside == NULL)
        return VB_ERR_NOT_FOUND;
    if (r->places.unread)
        return VB_ERR_STORE;
    if (peer == NULL && outside->why == VB_OUTSIDE_FORGOTTEN)
        return VB_ERR_OK;
    if (!room_to_forget(r))
        return VB_ERR_BUSY;
    outside = enter(r, now_ms, mac, VB_OUTSIDE_FORGOTTEN);
    if (outside == NULL)
        return VB_ERR_BUSY;
    if (peer != NULL)
        leave(r, now_ms, peer, outside);
    else
        report(r, now_ms, outside, 1);
    r->places.dirty = true;
    begin_commit(r, now_ms);
    return VB_ERR_OK;
}

void vb_receiver_forget_after(struct vb_receiver *r, uint16_t days)
{
    r->places.forget_after_days = days;
}

static uint32_t silent_s(const struct vb_receiver *r, const struct vb_peer *peer)
{
    const uint32_t since_s = r->uptime_s - peer->silent_at_s;
    return peer->silent_s > UINT32_MAX - since_s ? UINT32_MAX : peer->silent_s + since_s;
}

void vb_receiver_heard(const struct vb_receiver *r, struct vb_peer *peer)
{
    peer->heard = true;
    peer->asks = 0;
    peer->silent_s = 0;
    peer->silent_at_s = r->uptime_s;
}

/* The device silent for longest, if that is too long. */
static void give_up(struct vb_receiver *r, uint32_t now_ms)
{
    struct vb_peer *oldest = NULL;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        if (peer->used && (oldest == NULL || silent_s(r, peer) > silent_s(r, oldest)))
            oldest = peer;
    }
    if (oldest == NULL || silent_s(r, oldest) / DAY_S < r->places.forget_after_days)
        return;
    struct vb_outside *outside = enter(r, now_ms, &oldest->mac, VB_OUTSIDE_GIVEN_UP);
    if (outside != NULL)
        leave(r, now_ms, oldest, outside);
}

/* ---- Time ---- */

void vb_receiver_places_tick(struct vb_receiver *r, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &r->places.outside[i];
        if (outside->why == VB_OUTSIDE_NONE)
            continue;
        vb_age_advance(&outside->age, now_ms);
        const bool gone = outside->why == VB_OUTSIDE_UNPLACED && erased(outside) &&
                          outside->age.age_ms >= UNPLACED_MS;
        const bool silent = outside->age.age_ms >= r->config.timing.offline_after;
        if (gone || (outside->heard && silent)) {
            outside->heard = false;
            report(r, now_ms, outside, 0);
        }
        if (gone)
            outside->why = VB_OUTSIDE_NONE;
    }
    if (r->places.forget_after_days > 0)
        give_up(r, now_ms);
    if (r->uptime_s - r->places.recorded_at_s >= RECORD_S)
        vb_receiver_records_due(r);
}

/* ---- The store ---- */

void vb_receiver_records_due(struct vb_receiver *r)
{
    r->places.recorded_at_s = r->uptime_s;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        const bool news = r->places.wall_ms != 0 || silent_s(r, peer) >= RECORD_S;
        peer->record_due = peer->record_due || (peer->known && peer->cache.count > 0 && news);
    }
}

void vb_receiver_record_put(const struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    char key[VB_STORE_KEY_SIZE];
    uint8_t value[VB_KEPT_HEAD_BYTES + 8 + 5 * VB_MARKS_MAX];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = VB_KEPT_HEAD_BYTES;
    peer->heard_s = vb_peer_heard_s(r, peer, now_ms);
    vb_write_u32(&writer, peer->heard_s);
    vb_write_u32(&writer, silent_s(r, peer));
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        struct vb_peer_section *section = &peer->sections[id];
        section->verified_s = moment_s(r, &section->verified_age, section->verified_s, now_ms);
        if (section->verified_s == 0 || vb_cache_find(&peer->cache, id) == NULL)
            continue;
        vb_write_u8(&writer, id);
        vb_write_u32(&writer, section->verified_s);
    }
    VB_ASSERT(!writer.failed);
    vb_receiver_cache_key(key, &peer->mac, '+', 0);
    vb_kept_put(r->config.store, key, value, writer.at);
    peer->record_due = false;
    peer->record_saving = true;
}

bool vb_receiver_record_take(struct vb_peer *peer, const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    const uint32_t heard_s = vb_read_u32(&reader);
    const uint32_t silence_s = vb_read_u32(&reader);
    if (reader.failed)
        return false;
    peer->heard_s = heard_s;
    peer->silent_s = silence_s;
    while (vb_reader_left(&reader) > 0) {
        const uint8_t id = vb_read_u8(&reader);
        const uint32_t verified_s = vb_read_u32(&reader);
        if (reader.failed || id == 0 || id > VB_MARKS_MAX)
            return false;
        peer->sections[id].verified_s = verified_s;
    }
    return true;
}

static void put_forgotten(struct vb_receiver *r)
{
    uint8_t value[VB_KEPT_HEAD_BYTES + FORGOTTEN_BYTES];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = VB_KEPT_HEAD_BYTES;
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        const struct vb_outside *outside = &r->places.outside[i];
        if (outside->why != VB_OUTSIDE_FORGOTTEN)
            continue;
        const size_t length = strlen(outside->name);
        vb_write_bytes(&writer, outside->mac.bytes, VB_MAC_BYTES);
        vb_write_u8(&writer, (uint8_t)length);
        vb_write_bytes(&writer, (const uint8_t *)outside->name, length);
    }
    VB_ASSERT(!writer.failed);
    vb_kept_put(r->config.store, forgotten_key, value, writer.at);
    r->places.dirty = false;
    r->places.saving = true;
}

bool vb_receiver_places_dirty(const struct vb_receiver *r)
{
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        if (r->places.outside[i].why != VB_OUTSIDE_NONE && r->places.outside[i].erase)
            return true;
    }
    return r->places.dirty;
}

static void erase_all_of(const struct vb_store *store, const struct vb_mac *mac)
{
    char key[VB_STORE_KEY_SIZE];
    for (uint8_t id = 0; id <= VB_MARKS_MAX; id++) {
        vb_receiver_cache_key(key, mac, '+', id);
        store->erase(store->ctx, key);
        vb_receiver_cache_key(key, mac, '.', id);
        store->erase(store->ctx, key);
    }
}

void vb_receiver_places_put(struct vb_receiver *r)
{
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &r->places.outside[i];
        if (outside->why == VB_OUTSIDE_NONE || !outside->erase)
            continue;
        erase_all_of(r->config.store, &outside->mac);
        outside->erase = false;
        outside->erasing = true;
        break; /* one per bounded batch; the next waits its turn */
    }
    if (r->places.dirty)
        put_forgotten(r);
}

void vb_receiver_places_committed(struct vb_receiver *r, bool stored)
{
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &r->places.outside[i];
        outside->erase = outside->erase || (outside->erasing && !stored);
        outside->erasing = false;
    }
    r->places.dirty = r->places.dirty || (r->places.saving && !stored);
    r->places.saving = false;
    for (unsigned i = 0; i < r->config.peer_count; i++) {
        struct vb_peer *peer = &r->config.peers[i];
        peer->record_due = peer->record_due || (peer->record_saving && !stored);
        peer->record_saving = false;
    }
}

static bool read_forgotten(struct vb_receiver *r, uint32_t now_ms, const struct vb_kept *kept)
{
    struct vb_reader reader = vb_reader_of(kept->bytes, kept->size);
    while (vb_reader_left(&reader) > 0) {
        struct vb_mac mac;
        const uint8_t *address = vb_read_view(&reader, VB_MAC_BYTES);
        const size_t length = vb_read_u8(&reader);
        const uint8_t *name = vb_read_view(&reader, length);
        if (reader.failed || length >= VB_OUTSIDE_NAME_SIZE)
            return false;
        memcpy(mac.bytes, address, VB_MAC_BYTES);
        struct vb_outside *outside = enter(r, now_ms, &mac, VB_OUTSIDE_FORGOTTEN);
        if (outside == NULL)
            return false;
        memcpy(outside->name, name, length);
        struct vb_peer *peer = vb_receiver_find(r, &mac);
        if (peer != NULL) /* the list could not be read before */
            leave(r, now_ms, peer, outside);
    }
    return true;
}

void vb_receiver_forgotten_load(struct vb_receiver *r, uint32_t now_ms)
{
    uint8_t buffer[VB_KEPT_HEAD_BYTES + FORGOTTEN_BYTES];
    struct vb_kept kept;
    enum vb_err err =
        vb_kept_get(r->config.store, forgotten_key, forgotten_key, buffer, sizeof buffer, &kept);
    const bool told = r->places.unread_told;
    r->places.unread = err == VB_ERR_STORE;
    r->places.unread_told = err == VB_ERR_STORE;
    if (err == VB_ERR_OK && !read_forgotten(r, now_ms, &kept))
        err = VB_ERR_CORRUPT;
    if (err == VB_ERR_OK || err == VB_ERR_NOT_FOUND || (err == VB_ERR_STORE && told))
        return; /* a failure is reported once, however often it is retried */
    vb_events_push(&r->events, &(struct vb_event){.type = err == VB_ERR_STORE ? VB_EVENT_UNREADABLE
                                                                              : VB_EVENT_DAMAGED,
                                                  .detail = VB_KEPT_FORGOTTEN,
                                                  .mac = r->config.mac,
                                                  .at_ms = now_ms});
}
