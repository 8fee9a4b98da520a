#include "silence.h"

#include <string.h>

#include "checkers.h"

enum {
    LIVE_MS = 7000,    /* a source with a reading per second counts as live for so long */
    LOOKED_MS = 20000, /* a transmitter checks its source at least that often */
    MISSED = 3,        /* of the usual intervals */
    WEIGHT = 8,        /* of the interval that is learnt */
    LOOK_MS = 2000,    /* this checker sees a reading so late at the most */
    SLACK_MS = 6000,   /* ... and an alarm likewise */
    PAUSE_MS = 2000,
    KEPT_LOOKS = 3
};

void silence_init(struct silence_checks *checks)
{
    memset(checks, 0, sizeof *checks);
}

/* The receiver's state of it starts over, except for what was stored. */
static void begin(struct silence_pair *pair)
{
    pair->unseen = true;
    pair->readings = 0;
    pair->read_ms = 0;
    pair->gap_ms = 0;
    pair->stopped_ms = UINT32_MAX;
    pair->bound_ms = 0;
    pair->fell_ms = 0;
    pair->interval_ms = pair->interval_peak_ms;
    pair->unsure = pair->unsure || (pair->interval_ms != 0 && pair->looks < KEPT_LOOKS);
}

void silence_power(struct silence_checks *checks, const struct vb_world_node *node)
{
    struct silence_node *silence = &checks->nodes[node->index];
    silence->sampled_ms = 0;
    silence->sequence = node->transmitter.reading_sequence;
    silence->turned_ms = 0;
    for (unsigned i = 0; i < VB_WORLD_TRANSMITTERS_MAX; i++)
        begin(&silence->pairs[i]);
}

/* ---- Transmitters ---- */

static void check_transmitter(struct checkers *checkers, const struct vb_world_node *node)
{
    struct silence_node *silence = &checkers->silence.nodes[node->index];
    const struct vb_transmitter_device *device = &node->transmitter.device;
    const struct vb_broker_status *broker = &node->seams.broker_status;
    const struct vb_runtime *runtime = &device->core.runtime;
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (node->transmitter.reading_sequence != silence->sequence)
        silence->sampled_ms = own_ms + 1; /* 0 is none */
    silence->sequence = node->transmitter.reading_sequence;
    if (own_ms >= silence->turned_ms + LOOKED_MS)
        silence->judges_ms = own_ms + PAUSE_MS; /* what came meanwhile is read before its tick */
    silence->turned_ms = own_ms;
    if (!device->booted || own_ms < silence->judges_ms)
        return;
    const uint64_t age_ms =
        silence->sampled_ms == 0 ? UINT64_MAX : own_ms + 1 - silence->sampled_ms;
    const bool says_read = (runtime->flags & VB_RUNTIME_SOURCE_OK) != 0;
    if (says_read ? age_ms > LIVE_MS + LOOKED_MS : age_ms < LIVE_MS - 100)
        checkers_fail(checkers, "17 silence: node %u says that its battery is %sread", node->index,
                      says_read ? "" : "not ");
    const bool connected = (runtime->flags & VB_RUNTIME_MQTT_CONNECTED) != 0;
    const uint8_t fault = (runtime->flags & VB_RUNTIME_MQTT_FAULT) != 0 ? runtime->mqtt_fault : 0;
    if (connected != broker->connected || fault != broker->fault)
        checkers_fail(checkers, "17 silence: node %u says of its broker %u, fault %u: it is not so",
                      node->index, connected, fault);
    if (node->seams.available && age_ms > LIVE_MS + LOOKED_MS)
        checkers_fail(checkers, "17 silence: node %u calls readings available that do not come",
                      node->index);
}

/* ---- Receivers ---- */

static uint32_t stopped_setting_ms(const struct vb_world_node *node)
{
    struct vb_alarms_values alarms;
    vb_settings_values(&node->receiver.device.settings, VB_SECTION_ALARMS, &alarms);
    return alarms.readings_stopped_s * UINT32_C(1000);
}

static void learn(struct silence_pair *pair, uint32_t gap_ms)
{
    const uint32_t was_ms = pair->interval_ms;
    if (was_ms == 0 || (pair->unsure && gap_ms > was_ms)) {
        pair->interval_ms = gap_ms;
    } else {
        const uint32_t most_ms = gap_ms < MISSED * was_ms ? gap_ms : MISSED * was_ms;
        pair->interval_ms = was_ms - was_ms / WEIGHT + most_ms / WEIGHT + 1;
    }
    if (was_ms == 0 || pair->unsure)
        pair->looks = 0;
    pair->unsure = false;
    if (pair->interval_ms > pair->interval_peak_ms)
        pair->interval_peak_ms = pair->interval_ms;
}

static void take_readings(struct silence_pair *pair, const struct vb_peer *peer, uint64_t own_ms)
{
    if (pair->gap_ms != 0)
        learn(pair, (uint32_t)(own_ms - pair->gap_ms) + LOOK_MS);
    pair->readings = peer->quality.readings;
    pair->read_ms = own_ms;
    pair->gap_ms = own_ms;
    pair->quiet_ms = own_ms;
    pair->stopped_ms = UINT32_MAX;
}

/* Whether something other than a source explains that no reading arrives. */
static bool is_excused(const struct vb_peer *peer)
{
    return peer->link == VB_LINK_OFFLINE || !peer->known || !peer->runtime_known ||
           (peer->runtime.flags & VB_RUNTIME_MQTT_ONLY) != 0;
}

static void note(struct silence_pair *pair, const struct vb_peer *peer, uint64_t own_ms)
{
    pair->cloned = pair->cloned || peer->boot.state == VB_BOOT_CLONED;
    if (pair->adoption != peer->adoption)
        begin(pair);
    pair->unseen = pair->unseen || is_excused(peer);
    if (pair->reboots != peer->quality.reboots) {
        pair->gap_ms = 0;
        pair->unseen = true;
    }
    pair->adoption = peer->adoption;
    pair->reboots = peer->quality.reboots;
    if (pair->readings != peer->quality.readings)
        take_readings(pair, peer, own_ms);
    else if (pair->unseen)
        pair->quiet_ms = own_ms;
}

/* The silence after which it is reported; UINT64_MAX: unknown. */
static uint64_t bound_ms(const struct silence_pair *pair, const struct vb_peer *peer,
                         uint32_t stopped_ms)
{
    const uint64_t usual_ms = (uint64_t)pair->interval_ms * MISSED;
    if (pair->unsure || (usual_ms == 0 && (peer->runtime.flags & VB_RUNTIME_SOURCE_OK) != 0))
        return UINT64_MAX;
    return usual_ms > stopped_ms ? usual_ms : stopped_ms;
}

/* A bound can drop below a silence that already lasts: the setting is lowered, or a transmitter
 * with an unknown interval says that its source is gone. The receiver could not have reported it
 * before, so its time counts from then on. Readings lower the bound too, but they end the silence.
 */
static void note_bound(struct silence_pair *pair, uint64_t most_ms, uint64_t own_ms)
{
    if (most_ms < pair->bound_ms)
        pair->fell_ms = own_ms;
    pair->bound_ms = most_ms;
}

static void check_pair(struct checkers *checkers, const struct vb_world_node *node,
                       const struct vb_peer *peer, struct silence_pair *pair)
{
    const struct silence_node *silence = &checkers->silence.nodes[node->index];
    const uint64_t own_ms = silence->turned_ms;
    const uint32_t setting_ms = stopped_setting_ms(node);
    pair->looks = (uint8_t)(pair->looks < UINT8_MAX ? pair->looks + 1 : pair->looks);
    pair->unseen = is_excused(peer);
    if (pair->cloned)
        return;
    const unsigned open = device_checks_open(node, &peer->mac, VB_ALARM_READINGS_STOPPED);
    checkers->silence.stopped_seen += open;
    if (setting_ms < pair->stopped_ms)
        pair->stopped_ms = setting_ms;
    if (open > 1 ||
        (open == 1 && pair->read_ms != 0 && own_ms + SLACK_MS < pair->read_ms + pair->stopped_ms))
        checkers_fail(checkers, "17 silence: node %u says that readings of %02x have stopped",
                      node->index, peer->mac.bytes[5]);
    const uint64_t most_ms = bound_ms(pair, peer, setting_ms);
    note_bound(pair, most_ms, own_ms);
    if (open == 0 && most_ms != UINT64_MAX && own_ms > silence->judges_ms + SLACK_MS &&
        own_ms > pair->fell_ms + SLACK_MS && own_ms > pair->quiet_ms + most_ms + SLACK_MS)
        checkers_fail(checkers,
                      "17 silence: node %u does not say that readings of %02x stopped %u ms ago "
                      "(bound %u, usual %u, flags %02x)",
                      node->index, peer->mac.bytes[5], (unsigned)(own_ms - pair->quiet_ms),
                      (unsigned)most_ms, (unsigned)pair->interval_ms, peer->runtime.flags);
}

/* The pair for a place held by one of the world's transmitters; NULL for any other. */
static struct silence_pair *pair_of(const struct vb_world *world, struct silence_node *silence,
                                    const struct vb_peer *peer)
{
    const uint8_t from = peer->mac.bytes[5];
    return peer->used && from < world->transmitter_count &&
                   vb_mac_equal(&peer->mac, &world->nodes[from].mac)
               ? &silence->pairs[from]
               : NULL;
}

/* A clock has jumped, or the device slept: what began just before that, and what it had not seen
 * yet, counts from now on. */
static void resume(struct silence_node *silence, const struct vb_world_node *node, uint64_t own_ms)
{
    silence->judges_ms = own_ms + node->timing.beacon_rest_max + PAUSE_MS;
    for (unsigned i = 0; i < VB_WORLD_TRANSMITTERS_MAX; i++) {
        if (silence->turned_ms < silence->pairs[i].quiet_ms + LOOK_MS)
            silence->pairs[i].quiet_ms = own_ms;
    }
}

static void check_receiver(struct checkers *checkers, const struct vb_world_node *node)
{
    struct silence_node *silence = &checkers->silence.nodes[node->index];
    const uint64_t second = checkers->world->now_ms / 1000;
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (own_ms >= silence->turned_ms + PAUSE_MS)
        resume(silence, node, own_ms);
    silence->turned_ms = own_ms;
    const bool looks = second != silence->second && node->wake_ms > checkers->world->now_ms;
    silence->second = looks ? second : silence->second;
    for (unsigned i = 0; i < node->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &node->receiver.device.core.config.peers[i];
        struct silence_pair *pair = pair_of(checkers->world, silence, peer);
        if (pair == NULL)
            continue;
        note(pair, peer, own_ms); /* at each turn: a clock may leap before the next look */
        if (looks)
            check_pair(checkers, node, peer, pair);
    }
}

void silence_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    if (node->role == VB_WORLD_TRANSMITTER)
        check_transmitter(checkers, node);
    else
        check_receiver(checkers, node);
}

void silence_at_rest(struct checkers *checkers)
{
    const struct vb_world *world = checkers->world;
    const uint8_t broker = VB_RUNTIME_MQTT_CONNECTED | VB_RUNTIME_MQTT_FAULT;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        for (uint8_t from = 0; from < world->transmitter_count; from++) {
            const struct vb_peer *peer = vb_world_peer(world, to, from);
            const struct vb_runtime *own = &world->nodes[from].transmitter.device.core.runtime;
            if (peer == NULL || ((peer->runtime.flags ^ own->flags) & broker) != 0 ||
                peer->runtime.mqtt_fault != own->mqtt_fault)
                checkers_fail(checkers, "17 silence: node %u does not know node %u's broker", to,
                              from);
        }
    }
}
