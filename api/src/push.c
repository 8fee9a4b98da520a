#include "voltbeacon/api/push.h"

#include <string.h>

#include "objects.h"

enum { TRANSMITTER_BIT = 1 << 0 };

const struct vb_section *vb_transmitter_section_at(uint8_t n)
{
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER && n-- == 0)
            return &vb_sections[i];
    }
    return NULL;
}

void vb_push_init(struct vb_push *push, const struct vb_api *api)
{
    VB_ASSERT(api->receiver->config.peer_count <= VB_PUSH_PEERS_MAX);
    VB_ASSERT(api->receiver->config.edit_count <= VB_PUSH_EDITS_MAX);
    *push = (struct vb_push){.api = api};
}

/* ---- Who has to hear what ---- */

/* The transmitter itself and all its sections. */
static uint16_t whole_peer(void)
{
    uint16_t bits = TRANSMITTER_BIT;
    for (uint8_t i = 0; vb_transmitter_section_at(i) != NULL; i++)
        bits = (uint16_t)(bits | 1u << vb_transmitter_section_at(i)->id);
    return bits;
}

static void mark_peer(struct vb_push *push, uint8_t peer, uint16_t bits)
{
    for (struct vb_push_client *client = push->clients; client != NULL; client = client->next) {
        if (client->kind == VB_PUSH_STATE)
            client->peers[peer] |= bits;
    }
}

static void mark_edit(struct vb_push *push, uint8_t slot)
{
    for (struct vb_push_client *client = push->clients; client != NULL; client = client->next) {
        if (client->kind == VB_PUSH_STATE)
            client->edits |= 1u << slot;
    }
}

static void mark_reading(struct vb_push *push, uint8_t peer)
{
    const struct vb_mac *mac = &push->api->receiver->config.peers[peer].mac;
    for (struct vb_push_client *client = push->clients; client != NULL; client = client->next) {
        if (client->kind == VB_PUSH_CELLS && (!client->only_one || vb_mac_equal(&client->mac, mac)))
            client->readings |= (uint64_t)1 << peer;
    }
}

void vb_push_receiver(struct vb_push *push)
{
    for (struct vb_push_client *client = push->clients; client != NULL; client = client->next)
        client->receiver |= client->kind == VB_PUSH_STATE;
}

/* An edit in conflict shows the section's values: it changes with them. */
static void mark_section(struct vb_push *push, uint8_t peer, uint8_t section)
{
    const struct vb_receiver_config *config = &push->api->receiver->config;
    mark_peer(push, peer, (uint16_t)(whole_peer() & (TRANSMITTER_BIT | 1u << section)));
    for (uint8_t slot = 0; slot < config->edit_count; slot++) {
        const struct vb_edit *edit = &config->edits[slot];
        if (edit->id != 0 && edit->state == VB_EDIT_STATE_CONFLICT && edit->section == section &&
            vb_mac_equal(&edit->mac, &config->peers[peer].mac))
            mark_edit(push, slot);
    }
}

/* peer_count where it is not followed. */
static uint8_t peer_index(const struct vb_receiver_config *config, const struct vb_mac *mac)
{
    uint8_t peer = 0;
    while (peer < config->peer_count &&
           !(config->peers[peer].used && vb_mac_equal(&config->peers[peer].mac, mac)))
        peer++;
    return peer;
}

static void mark_changes(struct vb_push *push, uint8_t peer, const struct vb_changes *changes)
{
    const bool all = vb_changes_has(changes, VB_EVENT_ADOPTED) ||
                     vb_changes_has(changes, VB_EVENT_LINK) ||
                     vb_changes_has(changes, VB_EVENT_STORE_REPLACED) ||
                     vb_changes_has(changes, VB_EVENT_CLONED);
    const bool itself = vb_changes_has(changes, VB_EVENT_BEACON) ||
                        vb_changes_has(changes, VB_EVENT_RUNTIME) ||
                        vb_changes_has(changes, VB_EVENT_REBOOT);
    if (all)
        mark_peer(push, peer, whole_peer());
    else if (itself)
        mark_peer(push, peer, TRANSMITTER_BIT);
    for (uint8_t section = 1; section <= VB_MARKS_MAX; section++) {
        if ((changes->sections >> section & 1) != 0)
            mark_section(push, peer, section);
    }
    if (vb_changes_has(changes, VB_EVENT_READING))
        mark_reading(push, peer);
}

void vb_push_look(struct vb_push *push)
{
    const struct vb_receiver *receiver = push->api->receiver;
    const struct vb_receiver_config *config = &receiver->config;
    const uint64_t now = vb_receiver_revision(receiver);
    if (now == push->seen)
        return;
    const struct vb_changes own = vb_receiver_changes(receiver, push->seen);
    if (vb_changes_has(&own, VB_EVENT_COMMITTED) || vb_changes_has(&own, VB_EVENT_COMMIT_FAILED) ||
        vb_changes_has(&own, VB_EVENT_ADOPTED) || vb_changes_has(&own, VB_EVENT_OUTSIDE))
        vb_push_receiver(push);
    for (uint8_t peer = 0; peer < config->peer_count; peer++) {
        const struct vb_changes changes = vb_peer_changes(&config->peers[peer], push->seen);
        if (config->peers[peer].used && changes.types != 0)
            mark_changes(push, peer, &changes);
    }
    for (uint8_t slot = 0; slot < config->edit_count; slot++) {
        if (vb_edit_changed(&config->edits[slot], push->seen))
            mark_edit(push, slot);
    }
    push->seen = now;
}

void vb_push_occurrence(struct vb_push *push, const struct vb_occurrence *occurrence)
{
    const struct vb_receiver_config *config = &push->api->receiver->config;
    const uint8_t peer = peer_index(config, &occurrence->mac);
    push->occurrences[push->occurrence_count++ % VB_PUSH_OCCURRENCES_MAX] = occurrence->id;
    if (occurrence->mac_known && peer < config->peer_count)
        mark_peer(push, peer, TRANSMITTER_BIT); /* it says how many alarms are open */
}

/* ---- Coming and going ---- */

static void mark_snapshot(struct vb_push_client *client, const struct vb_receiver_config *config)
{
    const bool state = client->kind == VB_PUSH_STATE;
    client->receiver = state;
    client->ready = state;
    for (uint8_t i = 0; i < config->peer_count; i++) {
        const struct vb_peer *peer = &config->peers[i];
        if (!peer->used)
            continue;
        if (state)
            client->peers[i] = whole_peer();
        else if (peer->ring.count > 0 &&
                 (!client->only_one || vb_mac_equal(&client->mac, &peer->mac)))
            client->readings |= (uint64_t)1 << i;
    }
    for (uint8_t i = 0; state && i < config->edit_count; i++) {
        if (config->edits[i].id != 0 && config->edits[i].state == VB_EDIT_STATE_PENDING)
            client->edits |= 1u << i;
    }
}

void vb_push_join(struct vb_push *push, struct vb_push_client *client, enum vb_push_kind kind,
                  const struct vb_mac *mac)
{
    memset(client, 0, sizeof *client);
    client->kind = kind;
    if (mac != NULL) {
        client->only_one = true;
        client->mac = *mac;
    }
    client->occurrences = push->occurrence_count; /* GET /api/v1/events tells what was before */
    mark_snapshot(client, &push->api->receiver->config);
    client->next = push->clients;
    push->clients = client;
}

void vb_push_leave(struct vb_push *push, struct vb_push_client *client)
{
    struct vb_push_client **at = &push->clients;
    while (*at != NULL && *at != client)
        at = &(*at)->next;
    VB_ASSERT(*at == client);
    *at = client->next;
}

static uint32_t occurrences_unheard(const struct vb_push *push, const struct vb_push_client *client)
{
    return client->kind == VB_PUSH_STATE ? push->occurrence_count - client->occurrences : 0;
}

bool vb_push_pending(const struct vb_push *push, const struct vb_push_client *client)
{
    if (client->kind == VB_PUSH_CELLS) /* asked at every turn, of every client */
        return client->readings != 0;
    bool pending = client->receiver || client->ready || client->edits != 0 ||
                   client->readings != 0 || occurrences_unheard(push, client) > 0;
    for (uint8_t i = 0; i < VB_PUSH_PEERS_MAX && !pending; i++)
        pending = client->peers[i] != 0;
    return pending;
}

/* ---- Messages ---- */

static void begin_message(struct vb_json *json, const char *type, const struct vb_mac *mac)
{
    char text[VB_MAC_TEXT_SIZE];
    vb_json_object(json, NULL);
    vb_json_string(json, "type", type);
    if (mac != NULL) {
        vb_mac_format(mac, text);
        vb_json_string(json, "mac", text);
    }
}

/* Takes the lowest bit out. */
static uint8_t take_bit(uint64_t *bits)
{
    uint8_t bit = 0;
    VB_ASSERT(*bits != 0);
    while ((*bits >> bit & 1) == 0)
        bit++;
    *bits &= *bits - 1;
    return bit;
}

static void peer_message(struct vb_json *json, const struct vb_api *api, const struct vb_peer *peer,
                         uint8_t bit, uint32_t now_ms)
{
    if (bit == 0) {
        begin_message(json, "transmitter", NULL);
        vb_transmitter_json(json, "transmitter", api, peer, now_ms);
    } else {
        begin_message(json, "section", &peer->mac);
        vb_section_json(json, "section", api->receiver, peer, vb_section_by_id(bit), now_ms);
    }
    vb_json_object_end(json);
}

/* The next message about a transmitter or one of its sections. False when there is none. */
static bool next_of_peers(const struct vb_api *api, struct vb_push_client *client, uint32_t now_ms,
                          struct vb_json *json)
{
    const struct vb_receiver_config *config = &api->receiver->config;
    for (uint8_t i = 0; i < config->peer_count; i++) {
        const uint8_t peer = (uint8_t)((client->peer_next + i) % config->peer_count);
        if (client->peers[peer] == 0)
            continue;
        uint64_t bits = client->peers[peer];
        const uint8_t bit = take_bit(&bits);
        client->peers[peer] = (uint16_t)bits;
        client->peer_next = (uint8_t)(bits != 0 ? peer : (peer + 1) % config->peer_count);
        peer_message(json, api, &config->peers[peer], bit, now_ms);
        return true;
    }
    return false;
}

static void edit_message(struct vb_json *json, const struct vb_api *api, uint8_t slot)
{
    const struct vb_edit *edit = &api->receiver->config.edits[slot];
    begin_message(json, "edit", &edit->mac);
    vb_edit_json(json, "edit", api->receiver, edit);
    vb_json_object_end(json);
}

static bool next_of_edits(const struct vb_api *api, struct vb_push_client *client,
                          struct vb_json *json)
{
    uint64_t bits = client->edits;
    if (bits == 0)
        return false;
    const uint8_t slot = take_bit(&bits);
    client->edits = (uint32_t)bits;
    edit_message(json, api, slot);
    return true;
}

/* Writes nothing if the occurrence is no longer kept. */
static void occurrence_message(struct vb_json *json, const struct vb_push *push, uint64_t id)
{
    const struct vb_occurrence_source *source = push->api->occurrences;
    const struct vb_occurrence *occurrence = source->find(source->ctx, id);
    if (occurrence == NULL)
        return;
    begin_message(json, "event", NULL);
    vb_occurrence_json(json, "event", occurrence, source->now_wall_ms(source->ctx));
    vb_json_object_end(json);
}

/* The next change of an event; or, to a client too far behind, that it has missed some. */
static bool next_of_occurrences(const struct vb_push *push, struct vb_push_client *client,
                                struct vb_json *json)
{
    while (occurrences_unheard(push, client) > 0 && json->at == 0) {
        if (occurrences_unheard(push, client) > VB_PUSH_OCCURRENCES_MAX) {
            client->occurrences = push->occurrence_count - VB_PUSH_OCCURRENCES_MAX;
            begin_message(json, "events_missed", NULL);
            vb_json_object_end(json);
        } else {
            const uint32_t number = client->occurrences++;
            occurrence_message(json, push, push->occurrences[number % VB_PUSH_OCCURRENCES_MAX]);
        }
    }
    return json->at > 0;
}

/* Drops what is pending for those no longer followed; the receiver's own message tells that. */
static void drop_gone(struct vb_push_client *client, const struct vb_receiver_config *config)
{
    for (uint8_t peer = 0; peer < config->peer_count; peer++) {
        if (config->peers[peer].used)
            continue;
        client->peers[peer] = 0;
        client->readings &= ~((uint64_t)1 << peer);
    }
}

size_t vb_push_next(const struct vb_push *push, struct vb_push_client *client, uint32_t now_ms,
                    char *text, size_t capacity)
{
    VB_ASSERT(capacity >= VB_PIECE_BYTES_MAX);
    const struct vb_api *api = push->api;
    struct vb_json json = vb_json_of(text, capacity);

    drop_gone(client, &api->receiver->config);
    if (client->receiver) {
        client->receiver = false;
        begin_message(&json, "receiver", NULL);
        vb_receiver_json(&json, "receiver", api, now_ms);
        vb_json_object_end(&json);
    } else if (client->readings != 0) {
        const uint8_t peer = take_bit(&client->readings);
        vb_cells_json(&json, &api->receiver->config.peers[peer], now_ms);
    } else if (!next_of_peers(api, client, now_ms, &json) && !next_of_edits(api, client, &json) &&
               !next_of_occurrences(push, client, &json) && client->ready) {
        client->ready = false;
        begin_message(&json, "ready", NULL);
        vb_json_object_end(&json);
    }
    VB_ASSERT(!json.failed);
    return json.at;
}
