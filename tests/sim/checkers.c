#include "checkers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/message.h"

const uint8_t check_runtime_ip[4] = {203, 0, 113, 77};

enum {
    NONCE_BYTES = 4,
    AT_EDIT = VB_FRAME_HEAD_BYTES, /* in a result: its edit's id, then the section */
    AT_OUTCOME = AT_EDIT + 13,
    CLONE_HELD_MS = 400000 /* frames of a clone come out of a socket that much later, at most */
};

static void forget_pair(struct checked_pair *pair)
{
    pair->heard_ms = VB_WORLD_NEVER_MS;
    pair->goodbye = false;
    pair->goodbye_ms = 0;
    pair->says_cloned = false;
    pair->life = 0;
    pair->told = 0;
    pair->told_sections = 0;
    pair->dropped = 0;
    pair->shown_hash = 0;
    pair->seen_stores = 0;
    truth_seen_init(&pair->seen);
}

void checkers_init(struct checkers *checkers, const struct vb_world *world)
{
    checkers->world = world;
    checkers->checks = 0;
    checkers->cloned_ms = VB_WORLD_NEVER_MS;
    checkers->failed = false;
    memset(checkers->sent, 0, sizeof checkers->sent);
    edit_book_init(&checkers->book);
    rates_init(&checkers->rates);
    device_checks_init(&checkers->devices);
    silence_init(&checkers->silence);
    pack_checks_init(&checkers->pack);
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX; i++) {
        truth_init(&checkers->truths[i]);
        checkers->window_ms[i] = 0;
        checkers->window_us[i] = 0;
        for (unsigned j = 0; j < VB_WORLD_NODES_MAX; j++)
            forget_pair(&checkers->pairs[i][j]);
    }
}

void checkers_fail(struct checkers *checkers, const char *format, ...)
{
    if (checkers->failed)
        return;
    checkers->failed = true;
    const int head = snprintf(checkers->text, sizeof checkers->text,
                              "at %" PRIu64 " ms: ", checkers->world->now_ms);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(checkers->text + head, sizeof checkers->text - (size_t)head, format, arguments);
    va_end(arguments);
}

static uint32_t little_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static uint8_t node_of(const struct vb_world *world, const struct vb_mac *mac)
{
    for (uint8_t i = 0; i < world->node_count; i++) {
        if (memcmp(&world->nodes[i].mac, mac, sizeof *mac) == 0)
            return i;
    }
    return VB_WORLD_NODES_MAX;
}

/* The state that a frame announces. */
struct told_state {
    uint32_t store_id; /* 0: not included */
    uint32_t boot;
    uint32_t digest;
};

static bool tells_state(const uint8_t *bytes)
{
    const uint8_t message = bytes[1] & 0x1f;
    return message == VB_MESSAGE_BEACON || message == VB_MESSAGE_DATA ||
           message == VB_MESSAGE_HELLO_ACK;
}

/* The state in a frame, as the transmitter sent it. */
static struct told_state state_in(const uint8_t *bytes, size_t size)
{
    const uint8_t message = bytes[1] & 0x1f;
    const size_t head = VB_FRAME_HEAD_BYTES + (message == VB_MESSAGE_HELLO_ACK ? NONCE_BYTES : 0);
    struct vb_reader reader = vb_reader_of(bytes + head, size - head);
    struct vb_data_head data;
    struct vb_beacon beacon;
    const enum vb_err err = message == VB_MESSAGE_DATA ? vb_data_head_read(&reader, &data)
                                                       : vb_beacon_read(&reader, &beacon);
    VB_ASSERT(err == VB_ERR_OK);
    if (message == VB_MESSAGE_DATA)
        return (struct told_state){data.store_id, data.boot, data.digest};
    return (struct told_state){beacon.store_id, beacon.boot, beacon.digest};
}

/* ---- 5: announced ---- */

/* The transmitter is about to announce a new state. */
static void enter_state(struct checkers *checkers, const struct vb_world_node *node,
                        struct truth *truth, uint64_t hash, uint32_t store_id, uint32_t boot)
{
    const struct vb_cache *live = &node->transmitter.device.core.live;
    for (uint8_t i = 0; i < live->count; i++) {
        const struct vb_cache_entry *entry = &live->entries[i];
        struct truth_content *content = truth_find_now(truth, store_id, entry->id, entry->version,
                                                       live->bytes + entry->offset, entry->size);
        if (content == NULL && !truth_store_was_durable(truth, store_id)) {
            /* A store that is only in memory: nothing else may ever be announced under its name. */
            truth_tell(truth, store_id, entry->id, entry->version, live->bytes + entry->offset,
                       entry->size);
            content = truth_find_now(truth, store_id, entry->id, entry->version,
                                     live->bytes + entry->offset, entry->size);
        }
        if (content == NULL) {
            checkers_fail(checkers,
                          "5 announced: node %u tells version %" PRIu32 " of section %u, which "
                          "was never durable",
                          node->index, entry->version, entry->id);
            return;
        }
        content->announced = true;
        const char *wrong =
            edit_book_announced(&checkers->book, node->index, store_id, live, entry);
        if (wrong != NULL)
            checkers_fail(checkers, "edits: one is %s, section %u of node %u", wrong, entry->id,
                          node->index);
        if (truth_rival(truth, content) != NULL)
            checkers_fail(checkers,
                          "5 announced: node %u has two contents for version %" PRIu32 " of "
                          "section %u",
                          node->index, entry->version, entry->id);
    }
    rates_cause(&checkers->rates, VB_WORLD_ANY);
    truth->digest = truth_digest(live, store_id, boot);
    truth->live_hash = hash;
    truth->live_store_id = store_id;
    truth->live_boot = boot;
    VB_ASSERT(truth->state_count < TRUTH_STATES_MAX);
    truth->states[truth->state_count++] = (struct truth_state){
        .store_id = store_id, .boot = boot, .hash = hash, .since_ms = checkers->world->now_ms};
}

static void enter_life(struct checkers *checkers, struct truth *truth, uint32_t store_id,
                       uint32_t boot, uint16_t epoch)
{
    const struct truth_life life = {.boot = boot, .store_id = store_id, .epoch = epoch};
    VB_ASSERT(truth->life_count < TRUTH_LIVES_MAX);
    if (truth->life_count > 0) {
        const struct truth_life *last = &truth->lives[truth->life_count - 1];
        if (last->boot == boot)
            return;
    }
    truth->lives[truth->life_count++] = life;
    rates_cause(&checkers->rates, VB_WORLD_ANY);
}

static void count_airtime(struct checkers *checkers, const struct vb_world_node *node, size_t size)
{
    const uint64_t now_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (now_ms >= checkers->window_ms[node->index] + AIRTIME_WINDOW_MS) {
        checkers->window_ms[node->index] = now_ms;
        checkers->window_us[node->index] = 0;
    }
    checkers->window_us[node->index] += AIRTIME_FRAME_US + AIRTIME_BYTE_US * (uint32_t)size;
    if (checkers->window_us[node->index] > AIRTIME_US_MAX)
        checkers_fail(checkers, "7 bounded: node %u has held the air for %" PRIu32 " us in %u ms",
                      node->index, checkers->window_us[node->index], AIRTIME_WINDOW_MS);
}

void checkers_sent(struct checkers *checkers, const struct vb_world_node *node,
                   const uint8_t *bytes, size_t size)
{
    count_airtime(checkers, node, size);
    checkers->sent[node->index][bytes[1] & 0x1f]++;
    rates_sent(checkers, node, bytes[1] & 0x1f);
    if ((bytes[1] & 0x1f) == VB_MESSAGE_EDIT_RESULT)
        edit_book_answered(&checkers->book, node->index,
                           little_endian(bytes + AT_EDIT) |
                               (uint64_t)little_endian(bytes + AT_EDIT + 4) << 32,
                           bytes[AT_OUTCOME] == VB_EDIT_APPLIED);
    if (node->role != VB_WORLD_TRANSMITTER || !tells_state(bytes))
        return;
    struct truth *truth = &checkers->truths[node->index];
    truth_settle(truth, node);
    const struct told_state told = state_in(bytes, size);
    const struct vb_transmitter *core = &node->transmitter.device.core;
    const uint64_t hash = truth_seen_hash(&truth->live, &core->live);
    if (told.store_id != 0 && told.store_id != core->store_id)
        checkers_fail(checkers, "5 announced: node %u tells a store that is not its own",
                      node->index);
    enter_life(checkers, truth, core->store_id, told.boot, (uint16_t)(bytes[2] | bytes[3] << 8));
    if (truth->state_count == 0 || hash != truth->live_hash ||
        core->store_id != truth->live_store_id || told.boot != truth->live_boot)
        enter_state(checkers, node, truth, hash, core->store_id, told.boot);
    if (told.digest != truth->digest)
        checkers_fail(checkers,
                      "5 announced: node %u tells a digest that is not that of its "
                      "sections",
                      node->index);
}

/* ---- 1, 2: what receivers hold ---- */

/* Announced by the transmitter, or by a clone of it. */
static bool was_committed(struct checkers *checkers, uint8_t transmitter, uint32_t store_id,
                          const struct vb_cache_entry *entry, const uint8_t *bytes)
{
    const uint8_t clone = vb_world_clone(checkers->world);
    if (truth_find(&checkers->truths[transmitter], store_id, entry->id, entry->version, bytes,
                   entry->size) != NULL)
        return true;
    return transmitter == vb_world_original(checkers->world) &&
           truth_find(&checkers->truths[clone], store_id, entry->id, entry->version, bytes,
                      entry->size) != NULL;
}

/* Which of the devices with the transmitter's address has that boot. */
static uint8_t device_of(const struct checkers *checkers, uint8_t transmitter, uint32_t boot)
{
    const uint8_t clone = vb_world_clone(checkers->world);
    const struct truth *truth = &checkers->truths[clone];
    for (unsigned i = 0; i < truth->life_count; i++) {
        if (truth->lives[i].boot == boot && transmitter == vb_world_original(checkers->world))
            return clone;
    }
    return transmitter;
}

static void check_shown(struct checkers *checkers, const struct vb_world_node *node,
                        const struct vb_peer *peer, uint8_t transmitter)
{
    for (uint8_t i = 0; i < peer->cache.count; i++) {
        const struct vb_cache_entry *entry = &peer->cache.entries[i];
        const uint32_t store_id = peer->sections[entry->id].store_id;
        if (!was_committed(checkers, transmitter, store_id, entry,
                           peer->cache.bytes + entry->offset))
            checkers_fail(checkers,
                          "1 shown: node %u shows version %" PRIu32 " of section %u of node %u, "
                          "which was never committed so",
                          node->index, entry->version, entry->id, transmitter);
    }
}

/* The log and the pages are told. */
static void check_told(struct checkers *checkers, const struct vb_world_node *node,
                       struct checked_pair *pair, uint8_t transmitter)
{
    const uint32_t dropped = node->receiver.device.core.events.dropped;
    const uint32_t silent = truth_seen_changed(&pair->seen) & ~pair->told_sections;
    if (silent != 0 && dropped == pair->dropped)
        checkers_fail(checkers,
                      "15 told: node %u shows sections %#" PRIx32 " of node %u otherwise than "
                      "before, and says nothing",
                      node->index, silent, transmitter);
    pair->told_sections = 0;
    pair->dropped = dropped;
}

static bool claims_sync(const struct vb_peer *peer)
{
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++) {
        if (peer->sections[id].verified)
            return peer->link != VB_LINK_OFFLINE && !vb_peer_unverifiable(peer) &&
                   peer->boot.state != VB_BOOT_CLONED;
    }
    return false;
}

static void check_claim(struct checkers *checkers, const struct vb_world_node *node,
                        const struct vb_peer *peer, uint8_t transmitter, uint64_t hash)
{
    const struct truth *truth = &checkers->truths[transmitter];
    struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    unsigned state = truth->state_count;
    while (state > 0 && (truth->states[state - 1].hash != hash ||
                         truth->states[state - 1].boot != peer->boot.name ||
                         truth->states[state - 1].store_id != peer->store_id))
        state--;
    if (state == 0)
        checkers_fail(checkers, "2 in sync: node %u calls verified what node %u never announced",
                      node->index, transmitter);
    else if (state < pair->told)
        checkers_fail(checkers,
                      "2 in sync: node %u calls an older state of node %u verified than "
                      "it was told",
                      node->index, transmitter);
}

static uint64_t stores_hash(const struct vb_peer *peer)
{
    uint64_t hash = peer->store_id;
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++)
        hash = hash * 31 + peer->sections[id].store_id;
    return hash;
}

/* Once a receiver knows of a boot or of a new store, no late frame makes it believe an earlier
 * one. */
static void check_life(struct checkers *checkers, const struct vb_world_node *node,
                       const struct vb_peer *peer, uint8_t transmitter)
{
    const struct truth *truth = &checkers->truths[transmitter];
    struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    unsigned life = truth->life_count;
    while (life > 0 && (truth->lives[life - 1].boot != peer->boot.name ||
                        truth->lives[life - 1].epoch != peer->epoch))
        life--;
    if (!peer->epoch_known || life == 0)
        return; /* the store of this boot is not known yet */
    if (life < pair->life)
        checkers_fail(checkers, "2 in sync: node %u went back to an earlier boot of node %u",
                      node->index, transmitter);
    pair->life = life;
}

/* ---- 6: alive ---- */

static void check_link(struct checkers *checkers, const struct vb_world_node *node,
                       const struct vb_peer *peer, uint8_t transmitter)
{
    const struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    const bool heard = pair->heard_ms != VB_WORLD_NEVER_MS;
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    const uint64_t silent_ms = heard ? own_ms - pair->heard_ms : VB_WORLD_NEVER_MS;
    if (node->wake_ms <= checkers->world->now_ms)
        return; /* the verdict is a tick's, which is due */
    bool right = false;
    switch (peer->link) {
    case VB_LINK_CONNECTED:
        right = heard && !pair->goodbye && silent_ms <= node->timing.degraded_after;
        break;
    case VB_LINK_DEGRADED:
        right = heard && !pair->goodbye && silent_ms >= node->timing.degraded_after &&
                silent_ms <= node->timing.offline_after;
        break;
    case VB_LINK_OFFLINE:
        right = !heard || pair->goodbye || silent_ms >= node->timing.offline_after;
        break;
    }
    if (!right)
        checkers_fail(checkers, "6 alive: node %u calls node %u %u after %" PRIu64 " ms of silence",
                      node->index, transmitter, (unsigned)peer->link, silent_ms);
}

void checkers_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    device_checks_turned(checkers, node);
    silence_turned(checkers, node);
    pack_checks_turned(checkers, node);
    rates_turned(checkers, node);
    if (node->role == VB_WORLD_TRANSMITTER) {
        truth_settle(&checkers->truths[node->index], node);
        return;
    }
    for (unsigned i = 0; i < node->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &node->receiver.device.core.config.peers[i];
        if (!peer->used)
            continue;
        const uint8_t transmitter = node_of(checkers->world, &peer->mac);
        if (transmitter == VB_WORLD_NODES_MAX)
            continue; /* a stranger */
        struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
        const uint64_t hash = truth_seen_hash(&pair->seen, &peer->cache);
        const uint64_t stores = stores_hash(peer);
        const uint8_t device = device_of(checkers, transmitter, peer->boot.name);
        checkers->checks++;
        if (hash != pair->shown_hash || stores != pair->seen_stores)
            check_shown(checkers, node, peer, transmitter);
        check_told(checkers, node, pair, transmitter);
        pair->shown_hash = hash;
        pair->seen_stores = stores;
        if (vb_peer_unverifiable(peer))
            checkers_fail(checkers,
                          "2 in sync: node %u calls node %u unverifiable, which tells "
                          "nothing but the truth",
                          node->index, transmitter);
        if (claims_sync(peer))
            check_claim(checkers, node, peer, device, hash);
        check_life(checkers, node, peer, device);
        check_link(checkers, node, peer, transmitter);
    }
}

/* ---- What they hear ---- */

/* When it arrived, not when it was read. */
static void note_heard(struct checked_pair *pair, uint64_t own_ms, uint32_t waited_ms)
{
    const bool first = pair->heard_ms == VB_WORLD_NEVER_MS;
    if (first || waited_ms < own_ms - pair->heard_ms)
        pair->heard_ms = own_ms - waited_ms;
}

void checkers_heard(struct checkers *checkers, const struct vb_world_node *node,
                    const struct vb_world_flight *flight, enum vb_err err)
{
    if (!flight->intact && err == VB_ERR_OK)
        checkers_fail(checkers, "1 shown: node %u took a damaged frame", node->index);
    if (err == VB_ERR_OK)
        rates_heard(&checkers->rates, node, flight->bytes[1] & 0x1f);
    if (node->role != VB_WORLD_RECEIVER || (err != VB_ERR_OK && err != VB_ERR_NOT_ADOPTED))
        return;
    const uint8_t transmitter = node_of(checkers->world, &flight->src);
    if (transmitter == VB_WORLD_NODES_MAX)
        return; /* a stranger */
    struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    note_heard(pair, vb_world_node_own_ms(node, checkers->world->now_ms), flight->waited_ms);
    if (err == VB_ERR_NOT_ADOPTED) { /* it has no place: who gives it one knows that it was heard */
        pair->goodbye = (flight->bytes[1] & 0x1f) == VB_MESSAGE_GOODBYE;
        return;
    }
    /* Of two devices with one address, one takes over from the other: a late frame of the first is
     * news beside the second. */
    if (pair->goodbye && flight->sent_ms < pair->goodbye_ms && flight->from == pair->goodbye_of &&
        !pair->says_cloned)
        checkers_fail(checkers, "6 alive: node %u took a frame of before the goodbye of node %u",
                      node->index, transmitter);
    pair->goodbye_ms = flight->sent_ms;
    pair->goodbye_of = flight->from;
    pair->goodbye = (flight->bytes[1] & 0x1f) == VB_MESSAGE_GOODBYE;
    if (!tells_state(flight->bytes))
        return;
    const struct truth *truth = &checkers->truths[flight->from];
    struct checked_pair *told = &checkers->pairs[node->index][flight->from];
    unsigned state = truth->state_count;
    while (state > 0 && truth->states[state - 1].since_ms >= flight->sent_ms)
        state--;
    if (state > told->told)
        told->told = state;
}

/* ---- 4: whole ---- */

/* Whether every cell is from the sample that the reading names; for a summary, the lowest and the
 * highest. */
static bool of_one_sample(const struct vb_reading *reading, uint8_t cells, bool quiet)
{
    struct vb_reading sample;
    unsigned lowest = VB_CELL_MV_MAX;
    unsigned highest = 0;
    bool right = true;
    if (quiet)
        vb_world_quiet_reading(reading->sequence, cells, &sample);
    else
        vb_world_reading(reading->sequence, cells, &sample);
    const bool summary = (reading->flags & VB_READING_SUMMARY) != 0;
    for (unsigned cell = 0; cell < cells; cell++) {
        const unsigned mv = sample.cell_mv[cell];
        const bool has_value = mv != VB_CELL_NOT_AVAILABLE;
        lowest = has_value && mv < lowest ? mv : lowest;
        highest = has_value && mv > highest ? mv : highest;
        right = right && (summary || reading->cell_mv[cell] == mv);
    }
    right = right && reading->pack_mv == sample.pack_mv;
    if (summary)
        return right && reading->cell_mv[0] == lowest && reading->cell_mv[1] == highest;
    return right && reading->cell_count == cells && reading->temp_count == sample.temp_count &&
           memcmp(reading->temp_dc, sample.temp_dc, sample.temp_count * sizeof sample.temp_dc[0]) ==
               0;
}

static void check_reading(struct checkers *checkers, const struct vb_world_node *node,
                          const struct vb_event *event)
{
    for (unsigned i = 0; i < node->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &node->receiver.device.core.config.peers[i];
        if (!peer->used || memcmp(&peer->mac, &event->mac, sizeof peer->mac) != 0)
            continue;
        const unsigned newest = (peer->ring.next + peer->ring.capacity - 1u) % peer->ring.capacity;
        const struct vb_reading *reading = &peer->ring.slots[newest];
        const uint8_t transmitter = node_of(checkers->world, &peer->mac);
        const struct vb_world_node *from = &checkers->world->nodes[transmitter];
        if (!of_one_sample(reading, from->transmitter.reading_cells, from->transmitter.quiet))
            checkers_fail(checkers, "4 whole: node %u holds a reading mixed from several samples",
                          node->index);
        pack_checks_reading(checkers, node, peer, reading);
    }
}

static void check_edit(struct checkers *checkers, const struct vb_world_node *node,
                       const struct vb_event *event)
{
    struct booked_edit *edit = edit_book_find(&checkers->book, event->id);
    if (edit == NULL)
        return;
    const struct announced_content *last = &checkers->book.last[edit->transmitter][edit->section];
    if (last->store_id != edit->store_id)
        return; /* its outcome was lost with its store */
    edit->refused |= event->detail == VB_EDIT_STATE_REFUSED;
    edit->conflict |= event->detail == VB_EDIT_STATE_CONFLICT;
    if ((edit->refused || edit->conflict) && edit->applied > 0 && !edit->forgotten)
        checkers_fail(checkers, "edits: node %u calls one refused that was applied", node->index);
    /* With the version gone on it was overwritten in the very batch that applied it. */
    if (event->detail == VB_EDIT_STATE_CONFIRMED && edit->applied == 0 &&
        last->version == edit->version)
        checkers_fail(checkers, "edits: node %u calls one confirmed that was not applied",
                      node->index);
}

/* ---- 14: cloned ---- */

static void check_cloned(struct checkers *checkers, const struct vb_world_node *node,
                         const struct vb_event *event)
{
    const uint8_t transmitter = node_of(checkers->world, &event->mac);
    const bool was = checkers->cloned_ms != VB_WORLD_NEVER_MS &&
                     checkers->world->now_ms - checkers->cloned_ms < CLONE_HELD_MS;
    if (transmitter != vb_world_original(checkers->world) || !(was || checkers->world->cloned)) {
        checkers_fail(checkers, "14 cloned: node %u says that %02x is two devices, which is one",
                      node->index, event->mac.bytes[5]);
        return;
    }
    struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    if (pair->says_cloned == (event->detail == 1))
        checkers_fail(checkers, "14 cloned: node %u says again that %02x is %s", node->index,
                      event->mac.bytes[5], event->detail == 1 ? "two devices" : "one device");
    pair->says_cloned = event->detail == 1;
}

static void check_section(struct checkers *checkers, const struct vb_world_node *node,
                          const struct vb_event *event)
{
    const uint8_t transmitter = node_of(checkers->world, &event->mac);
    if (transmitter == VB_WORLD_NODES_MAX)
        return; /* a stranger */
    struct checked_pair *pair = &checkers->pairs[node->index][transmitter];
    pair->told_sections |= 1u << event->section;
    /* With two devices nobody knows whose settings are meant. */
    if (event->detail == VB_SYNC_VERIFIED && pair->says_cloned)
        checkers_fail(checkers, "14 cloned: node %u calls section %u of two devices verified",
                      node->index, event->section);
}

void checkers_cloned(struct checkers *checkers)
{
    /* The outcome of an edit that both may apply is open, from now on or until now. */
    edit_book_restored(&checkers->book, vb_world_original(checkers->world));
    checkers->truths[vb_world_clone(checkers->world)].branch++;
    checkers->cloned_ms = checkers->world->now_ms;
}

void checkers_asleep(struct checkers *checkers, uint64_t until_ms)
{
    if (until_ms > checkers->slept_ms)
        checkers->slept_ms = until_ms;
}

bool checkers_says_cloned(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter)
{
    return checkers->pairs[receiver][transmitter].says_cloned;
}

void checkers_event(struct checkers *checkers, const struct vb_world_node *node,
                    const struct vb_event *event)
{
    if (node->role != VB_WORLD_RECEIVER)
        return;
    if (event->type == VB_EVENT_READING) {
        device_checks_reading(&checkers->devices, node);
        check_reading(checkers, node, event);
    }
    if (event->type == VB_EVENT_CLONED)
        check_cloned(checkers, node, event);
    if (event->type == VB_EVENT_SECTION)
        check_section(checkers, node, event);
    if (event->type == VB_EVENT_EDIT)
        check_edit(checkers, node, event);
}

/* ---- Stores and power ---- */

void checkers_durable(struct checkers *checkers, const struct vb_world_node *node,
                      enum vb_world_store_kind kind, const struct vb_world_row *row)
{
    for (size_t at = 0; at + sizeof check_runtime_ip <= row->size; at++) {
        if (memcmp(row->bytes + at, check_runtime_ip, sizeof check_runtime_ip) == 0)
            checkers_fail(checkers, "8 status: node %u has runtime status in its store, key %s",
                          node->index, row->key);
    }
    if (node->role != VB_WORLD_TRANSMITTER || kind != VB_WORLD_STORE_MAIN)
        return;
    truth_durable(&checkers->truths[node->index], row);
    if (strcmp(row->key, "+head") != 0)
        return;
    /* The last of a batch that makes or restores a store, or gives another name to one whose head
     * was damaged: what stands in it is durable under that. */
    for (unsigned i = 0; i < node->store.durable.count; i++)
        truth_durable(&checkers->truths[node->index], &node->store.durable.rows[i]);
    truth_settle(&checkers->truths[node->index], node);
}

void checkers_restored(struct checkers *checkers, uint8_t transmitter)
{
    checkers->truths[transmitter].branch++;
    edit_book_restored(&checkers->book, transmitter);
}

void checkers_power(struct checkers *checkers, const struct vb_world_node *node)
{
    device_checks_power(&checkers->devices, node);
    silence_power(&checkers->silence, node);
    pack_checks_power(checkers, node);
    rates_cause(&checkers->rates, node->role == VB_WORLD_RECEIVER ? VB_WORLD_ANY : node->index);
    if (node->role == VB_WORLD_TRANSMITTER) {
        /* Whatever it finds undamaged is durable, whoever put it there. */
        for (unsigned i = 0; i < node->store.durable.count; i++) {
            const struct vb_world_row *row = &node->store.durable.rows[i];
            if (vb_kept_is_whole(row->key, row->bytes, row->size))
                truth_durable(&checkers->truths[node->index], row);
        }
        truth_settle(&checkers->truths[node->index], node);
        edit_book_boot(&checkers->book, node->index);
        return;
    }
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX; i++)
        forget_pair(&checkers->pairs[node->index][i]);
}

bool checkers_in_sync(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter)
{
    const struct vb_world_node *to = &checkers->world->nodes[receiver];
    const struct vb_world_node *from = &checkers->world->nodes[transmitter];
    const struct vb_cache *live = &from->transmitter.device.core.live;
    for (unsigned i = 0; i < to->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &to->receiver.device.core.config.peers[i];
        if (!peer->used || memcmp(&peer->mac, &from->mac, sizeof peer->mac) != 0)
            continue;
        return claims_sync(peer) && from->transmitter.device.core.announced &&
               peer->store_id == from->transmitter.device.core.store_id &&
               peer->cache.used == live->used && truth_same_state(&peer->cache, live);
    }
    return false;
}

/* ---- Asked for by the scenario ---- */

static const struct vb_peer *peer_of(const struct checkers *checkers, uint8_t receiver,
                                     uint8_t transmitter)
{
    const struct vb_mac *mac = &checkers->world->nodes[transmitter].mac;
    const struct vb_world_receiver *to = &checkers->world->nodes[receiver].receiver;
    for (unsigned i = 0; i < to->sizes.peers; i++) {
        const struct vb_peer *peer = &to->device.core.config.peers[i];
        if (peer->used && memcmp(&peer->mac, mac, sizeof *mac) == 0)
            return peer;
    }
    return NULL;
}

void checkers_edit(struct checkers *checkers, uint8_t receiver, uint8_t transmitter, uint64_t id,
                   uint8_t tag, uint32_t value)
{
    if (checkers->world->cloned && transmitter == vb_world_original(checkers->world))
        return; /* either of the two may apply it */
    for (unsigned i = 0; i < VB_WORLD_EDITS_MAX; i++) {
        const struct vb_edit *edit =
            &checkers->world->nodes[receiver].receiver.device.core.config.edits[i];
        if (edit->id == id)
            edit_book_add(&checkers->book, &(struct booked_edit){.id = id,
                                                                 .store_id = edit->store_id,
                                                                 .version = edit->base_version,
                                                                 .value = value,
                                                                 .transmitter = transmitter,
                                                                 .section = edit->section,
                                                                 .tag = tag});
    }
}

static bool in_store(const struct vb_world_table *table, const struct vb_peer *peer,
                     const struct vb_cache_entry *entry)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct vb_world_row *row = &table->rows[i];
        const uint8_t *bytes = row->bytes + VB_KEPT_HEAD_BYTES;
        if (row->size == entry->size + 8u + VB_KEPT_HEAD_BYTES &&
            little_endian(bytes) == peer->sections[entry->id].store_id &&
            little_endian(bytes + 4) == entry->version &&
            memcmp(bytes + 8, peer->cache.bytes + entry->offset, entry->size) == 0)
            return true;
    }
    return false;
}

bool checkers_stored(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter)
{
    const struct vb_peer *peer = peer_of(checkers, receiver, transmitter);
    const struct vb_world_table *table = &checkers->world->nodes[receiver].store.durable;
    for (uint8_t i = 0; peer != NULL && i < peer->cache.count; i++) {
        if (!in_store(table, peer, &peer->cache.entries[i]))
            return false;
    }
    return peer != NULL;
}

bool checkers_edit_untold(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter)
{
    const struct vb_world_node *to = &checkers->world->nodes[receiver];
    const struct vb_world_node *from = &checkers->world->nodes[transmitter];
    const struct vb_transmitter *core = &from->transmitter.device.core;
    if (peer_of(checkers, receiver, transmitter) == NULL)
        return false;
    for (unsigned i = 0; i < VB_WORLD_EDITS_MAX; i++) {
        const struct vb_edit *edit = &to->receiver.device.core.config.edits[i];
        if (edit->id == 0 || edit->state != VB_EDIT_STATE_TIMED_OUT ||
            edit->store_id != core->store_id ||
            memcmp(&edit->mac, &from->mac, sizeof edit->mac) != 0)
            continue;
        for (unsigned k = 0; k < VB_EDIT_LEDGER_MAX; k++) {
            const struct vb_edit_ledger_row *row = &core->ledger[k];
            if (row->result.id == edit->id && memcmp(&row->from, &to->mac, sizeof to->mac) == 0)
                return true;
        }
    }
    return false;
}

uint32_t checkers_newest_reading(const struct checkers *checkers, uint8_t receiver,
                                 uint8_t transmitter)
{
    const struct vb_peer *peer = peer_of(checkers, receiver, transmitter);
    if (peer == NULL || peer->ring.count == 0)
        return 0;
    return peer->ring.slots[(peer->ring.next + peer->ring.capacity - 1u) % peer->ring.capacity]
        .sequence;
}
