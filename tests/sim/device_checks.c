#include "device_checks.h"

#include <inttypes.h>
#include <string.h>

#include "checkers.h"
#include "voltbeacon/core/section.h"

enum {
    CELL_MIN_MV = 2800,  /* the battery section's default, which no scenario changes */
    PAUSE_MS = 2000,     /* a receiver that did not run for so long has not listened ... */
    HEARD_IN_MS = 1000,  /* ... and judges when a beacon, and so much more, has had its time */
    TICK_MS = 1000,      /* ... at its next one: a frame in between may be another's */
    LOOKS_UNTIL_TOLD = 2 /* one that was silent when first heard of is reported within 1 s */
};

void device_checks_init(struct device_checks *checks)
{
    memset(checks, 0, sizeof *checks);
}

void device_checks_power(struct device_checks *checks, const struct vb_world_node *node)
{
    struct device_check *check = &checks->nodes[node->index];
    check->versions = 0;
    check->configured = 0;
    check->writes = node->store.commits;
    check->writes_ms = 0;
    memset(check->who, 0, sizeof check->who);
    memset(check->silent_looks, 0, sizeof check->silent_looks);
    memset(check->reboots, 0, sizeof check->reboots);
    memset(check->begun_at, 0, sizeof check->begun_at);
}

void device_checks_reading(struct device_checks *checks, const struct vb_world_node *node)
{
    checks->nodes[node->index].readings += node->wall_known;
}

/* ---- 10: applied ---- */

/* The committed values of a transmitter's section; false where it has none. */
static bool committed(const struct vb_world_node *node, uint8_t section, union vb_values *values)
{
    const struct vb_cache *live = &node->transmitter.device.core.live;
    for (uint8_t i = 0; i < live->count; i++) {
        const struct vb_cache_entry *entry = &live->entries[i];
        if (entry->id == section)
            return vb_section_decode(vb_section_by_id(section), live->bytes + entry->offset,
                                     entry->size, values, NULL) == VB_ERR_OK;
    }
    return false;
}

static uint32_t versions_of(const struct vb_cache *cache)
{
    uint32_t sum = 1;
    for (uint8_t i = 0; i < cache->count; i++)
        sum = sum * 31 + cache->entries[i].version;
    return sum;
}

static bool mqtt_applied(const struct vb_world_node *node)
{
    const struct vb_broker_settings *in_force = &node->seams.broker_settings;
    const struct vb_transmitter *core = &node->transmitter.device.core;
    union vb_values values;
    size_t password_size = 0;
    const uint8_t *password = vb_transmitter_secret(core, VB_SECTION_MQTT, 5, &password_size);
    if (!committed(node, VB_SECTION_MQTT, &values))
        return true;
    return in_force->enabled == values.mqtt.enabled && in_force->port == values.mqtt.port &&
           in_force->keepalive_s == values.mqtt.keepalive_s &&
           strcmp(in_force->server, values.mqtt.server) == 0 &&
           strcmp(in_force->username, values.mqtt.username) == 0 &&
           strcmp(in_force->prefix, values.mqtt.prefix) == 0 &&
           strlen(in_force->password) == password_size &&
           (password == NULL || memcmp(in_force->password, password, password_size) == 0);
}

static bool rest_applied(const struct vb_world_node *node)
{
    union vb_values values;
    bool right = true;
    if (committed(node, VB_SECTION_CAN, &values))
        right = memcmp(&node->seams.can, &values.can, sizeof values.can) == 0;
    if (committed(node, VB_SECTION_NETWORK, &values))
        right = right && node->seams.network_values.mode == values.network.mode &&
                memcmp(node->seams.network_values.address, values.network.address, 4) == 0;
    if (committed(node, VB_SECTION_TELEMETRY, &values))
        right = right &&
                node->transmitter.device.telemetry.interval_ms == values.telemetry.interval_ms &&
                node->transmitter.device.telemetry.path == values.telemetry.path;
    return right;
}

static void check_transmitter(struct checkers *checkers, const struct vb_world_node *node)
{
    struct device_check *check = &checkers->devices.nodes[node->index];
    const uint32_t versions = versions_of(&node->transmitter.device.core.live);
    if (versions == check->versions && node->seams.configured == check->configured)
        return;
    check->versions = versions;
    check->configured = node->seams.configured;
    checkers->devices.applied_seen++;
    if (!mqtt_applied(node) || !rest_applied(node))
        checkers_fail(checkers, "10 applied: node %u does not act on what is committed",
                      node->index);
}

static void check_own_settings(struct checkers *checkers, const struct vb_world_node *node)
{
    struct device_check *check = &checkers->devices.nodes[node->index];
    const struct vb_settings *settings = &node->receiver.device.settings;
    const struct vb_receiver_config *core = &node->receiver.device.core.config;
    const struct memory_history *history = &node->seams.history;
    const uint32_t versions = versions_of(&settings->live);
    struct vb_history_values kept;
    struct vb_receiver_values habits;
    struct vb_display_values display;
    if (versions == check->versions)
        return;
    check->versions = versions;
    checkers->devices.applied_seen++;
    vb_settings_values(settings, VB_SECTION_HISTORY, &kept);
    vb_settings_values(settings, VB_SECTION_RECEIVER, &habits);
    vb_settings_values(settings, VB_SECTION_DISPLAY, &display);
    if (history->settings.enabled != kept.enabled ||
        history->settings.keep_days[VB_TIER_1H] != kept.keep_1h_days ||
        history->settings.write_interval_ms != kept.write_interval_s * UINT32_C(1000) ||
        strcmp(history->zone, display.timezone) != 0 || core->persist != habits.persist_cache ||
        core->adopt_new != habits.adopt_new)
        checkers_fail(checkers, "10 applied: node %u does not act on its own settings",
                      node->index);
}

/* ---- 11: alarms ---- */

static unsigned open_alarms(const struct vb_world_node *node, const struct vb_mac *mac,
                            enum vb_alarm_kind kind, unsigned cell)
{
    const struct memory_events *events = &node->seams.events;
    const uint64_t count = events->count < MEMORY_EVENTS_MAX ? events->count : MEMORY_EVENTS_MAX;
    unsigned open = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct vb_occurrence *kept = &events->kept[i];
        open += kept->type == VB_OCCURRENCE_ALARM && !kept->ended && kept->alarm.kind == kind &&
                memcmp(&kept->mac, mac, sizeof *mac) == 0 &&
                (cell == VB_CELLS_MAX || kept->alarm.cell == cell);
    }
    return open;
}

unsigned device_checks_open(const struct vb_world_node *node, const struct vb_mac *mac,
                            enum vb_alarm_kind kind)
{
    return open_alarms(node, mac, kind, VB_CELLS_MAX);
}

/* The cell of a reading that is too low; VB_CELLS_MAX: none. */
static unsigned low_cell(const struct vb_reading *reading)
{
    unsigned cell = 0;
    while (cell < reading->cell_count && reading->cell_mv[cell] >= CELL_MIN_MV)
        cell++;
    return cell == reading->cell_count ? VB_CELLS_MAX : cell;
}

/* The n-th newest reading of the ring. */
static const struct vb_reading *reading_at(const struct vb_reading_ring *ring, unsigned n)
{
    return &ring->slots[(ring->next + 2u * ring->capacity - 1u - n) % ring->capacity];
}

/* Somebody else has the place, or nobody. */
static void begin_place(struct device_check *check, unsigned i, const struct vb_peer *peer)
{
    check->who[i] = peer->mac;
    check->silent_looks[i] = 0;
    check->reboots[i] = peer->quality.reboots;
    check->begun_at[i] = peer->quality.readings;
}

/* Readings of an earlier boot do not count; so many have arrived from this one. */
static uint32_t readings_of_boot(struct device_check *check, unsigned i, const struct vb_peer *peer)
{
    if (check->reboots[i] != peer->quality.reboots) {
        check->reboots[i] = peer->quality.reboots;
        check->begun_at[i] = peer->quality.readings;
    }
    return peer->quality.readings - check->begun_at[i];
}

static void check_cells(struct checkers *checkers, const struct vb_world_node *node,
                        const struct vb_peer *peer, uint32_t of_boot)
{
    const struct vb_reading_ring *ring = &peer->ring;
    unsigned low[4];
    if (ring->count < VB_COUNT_OF(low) || of_boot < VB_COUNT_OF(low))
        return;
    for (unsigned i = 0; i < VB_COUNT_OF(low); i++) {
        const struct vb_reading *reading = reading_at(ring, i);
        if ((reading->flags & VB_READING_SUMMARY) != 0)
            return;
        low[i] = low_cell(reading);
    }
    const unsigned open = open_alarms(node, &peer->mac, VB_ALARM_CELL_UNDER_VOLTAGE, VB_CELLS_MAX);
    checkers->devices.alarms_seen += open;
    const bool same = low[0] == low[1] && low[1] == low[2] && low[2] == low[3];
    if (same && low[0] == VB_CELLS_MAX && open != 0)
        checkers_fail(checkers, "11 alarms: node %u still calls a cell of %02x too low",
                      node->index, peer->mac.bytes[5]);
    if (same && low[0] != VB_CELLS_MAX &&
        open_alarms(node, &peer->mac, VB_ALARM_CELL_UNDER_VOLTAGE, low[0]) != 1)
        checkers_fail(checkers, "11 alarms: node %u does not say that cell %u of %02x is too low",
                      node->index, low[0] + 1, peer->mac.bytes[5]);
}

static void check_silence(struct checkers *checkers, const struct vb_world_node *node,
                          const struct vb_peer *peer, uint8_t *looks)
{
    *looks = peer->link != VB_LINK_OFFLINE ? 0 : *looks < UINT8_MAX ? *looks + 1u : *looks;
    const unsigned lost = open_alarms(node, &peer->mac, VB_ALARM_LINK_LOST, VB_CELLS_MAX);
    const struct device_check *check = &checkers->devices.nodes[node->index];
    const bool told = node->receiver.device.up_ms > node->timing.offline_after + 1000 &&
                      check->turned_ms > check->judges_ms;
    const bool due = told && check->turned_ms > check->judges_ms + TICK_MS;
    if (lost > 1 || (lost == 1 && peer->link != VB_LINK_OFFLINE && told))
        checkers_fail(checkers, "11 alarms: node %u has %u alarms that %02x is not heard, which is",
                      node->index, lost, peer->mac.bytes[5]);
    if (lost == 0 && *looks > LOOKS_UNTIL_TOLD && due)
        checkers_fail(checkers, "11 alarms: node %u does not say that %02x is not heard",
                      node->index, peer->mac.bytes[5]);
}

static void check_alarms(struct checkers *checkers, const struct vb_world_node *node)
{
    struct device_check *check = &checkers->devices.nodes[node->index];
    const bool quiet = checkers->world->nodes[0].transmitter.quiet;
    const uint64_t second = checkers->world->now_ms / 1000;
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (own_ms >= check->turned_ms + PAUSE_MS)
        check->judges_ms = own_ms + node->timing.beacon_rest_max + HEARD_IN_MS;
    check->turned_ms = own_ms;
    if (second == check->second || node->wake_ms <= checkers->world->now_ms)
        return;
    check->second = second;
    for (unsigned i = 0; i < node->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &node->receiver.device.core.config.peers[i];
        if (!peer->used || !vb_mac_equal(&check->who[i], &peer->mac))
            begin_place(check, i, peer);
        if (!peer->used)
            continue;
        check_silence(checkers, node, peer, &check->silent_looks[i]);
        const uint32_t of_boot = readings_of_boot(check, i, peer);
        if (quiet)
            check_cells(checkers, node, peer, of_boot);
    }
}

/* ---- 12, 13: history and writes ---- */

static void check_history(struct checkers *checkers, const struct vb_world_node *node)
{
    const uint64_t readings = checkers->devices.nodes[node->index].readings;
    if (node->seams.history.added != readings)
        checkers_fail(checkers,
                      "12 history: node %u has filed %u of %" PRIu64 " readings that came",
                      node->index, node->seams.history.added, readings);
}

static void check_writes(struct checkers *checkers, const struct vb_world_node *node)
{
    struct device_check *check = &checkers->devices.nodes[node->index];
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (own_ms >= check->writes_ms + WRITES_WINDOW_MS) {
        check->writes_ms = own_ms;
        check->writes = node->store.commits;
    }
    if (node->store.commits - check->writes > WRITES_MAX)
        checkers_fail(checkers,
                      "13 writes: node %u has written its cache %" PRIu32 " times in %u ms",
                      node->index, node->store.commits - check->writes, WRITES_WINDOW_MS);
}

void device_checks_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    if (node->role == VB_WORLD_TRANSMITTER) {
        check_transmitter(checkers, node);
        return;
    }
    check_own_settings(checkers, node);
    check_alarms(checkers, node);
    check_history(checkers, node);
    check_writes(checkers, node);
}
