/* Watches the transmitters that the core follows. It finds changes by comparing the core's state
 * with what it took before, never from events: events can be dropped, and this way a device that
 * was not called for a while catches up. */
#include <stdio.h>
#include <string.h>

#include "receiver_device_parts.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/section.h"

enum {
    LINK_NOTE_SECONDS = 5,
    INTERVALS_LIVE = 3, /* for packs read less often than a link degrades; the pages use the same */
    UNPLACED_HOUR_MS = 3600000,
    UNPLACED_AN_HOUR = 8,
    STRANGERS_AN_HOUR = 32, /* link changes of transmitters that never answered */
    WEAK_SAVE_MS = 600000   /* an SD card stands a few kB every 10 minutes for years */
};

/* == Who ===================================================================================== */

struct vb_watched *vb_watch_find(const struct vb_receiver_device *device, const struct vb_mac *mac)
{
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        if (device->watched[i].used && vb_mac_equal(&device->watched[i].mac, mac))
            return &device->watched[i];
    }
    return NULL;
}

static const struct vb_peer *peer_of(const struct vb_receiver_device *device,
                                     const struct vb_watched *watched)
{
    return &device->core.config.peers[watched - device->watched];
}

/* The cached battery section; NULL while there is none. */
static const struct vb_cache_entry *battery_entry(const struct vb_peer *peer)
{
    return vb_cache_find(&peer->cache, VB_SECTION_BATTERY);
}

static struct vb_alarm_limits limits_of(const struct vb_receiver_device *device,
                                        const struct vb_peer *peer)
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_BATTERY);
    const struct vb_cache_entry *entry = battery_entry(peer);
    struct vb_alarms_values alarms;
    struct vb_battery_values battery;
    struct vb_decode_notes notes;
    vb_settings_values(&device->settings, VB_SECTION_ALARMS, &alarms);
    if (entry == NULL || vb_section_decode(section, vb_cache_bytes(&peer->cache, entry),
                                           entry->size, &battery, &notes) != VB_ERR_OK)
        vb_section_defaults(section, &battery);
    return vb_alarm_limits(&battery, &alarms);
}

/* Slots for alarms: one more for each kind of the whole pack, which sizes do not limit. */
static uint16_t slot_count(const struct vb_receiver_device *device)
{
    return (uint16_t)(device->config.sizes.open_alarms + VB_ALARM_PACK_KINDS);
}

static void adopt(struct vb_receiver_device *device, struct vb_watched *watched,
                  const struct vb_peer *peer)
{
    const struct vb_alarm_limits limits = limits_of(device, peer);
    watched->used = true;
    watched->mac = peer->mac;
    watched->adoption = peer->adoption;
    watched->link = VB_LINK_OFFLINE;
    watched->weak_saved_up_ms = device->up_ms;
    vb_alarms_init(&watched->alarms, &limits, watched->slots, slot_count(device));
    vb_weak_cells_init(&watched->weak, limits.balance.low_load_ma);
    vb_watch_weak_load(device, watched);
    vb_watch_interval_load(device, watched);
    vb_watch_start_load(device, watched);
    vb_watch_restore(device, watched);
}

/* Clears all but the memory that belongs to the place. */
static void clear(const struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_receiver_sizes *sizes = &device->config.sizes;
    struct vb_alarm_slot *slots = watched->slots;
    const struct vb_black_box box = watched->box;
    memset(watched, 0, sizeof *watched);
    watched->slots = slots;
    if (device->scratch != NULL)
        vb_black_box_init(&watched->box, box.readings, sizes->box_readings, box.notes,
                          sizes->box_notes);
}

/* Each transmitter without a place deserves an event, but anyone can make up addresses. */
static void tell_unplaced(struct vb_receiver_device *device)
{
    const struct vb_outside *outside = device->core.places.outside;
    char text[VB_ALARM_TEXT_SIZE];
    if (device->up_ms >= device->unplaced_until_up_ms) {
        device->unplaced_until_up_ms = device->up_ms + UNPLACED_HOUR_MS;
        device->unplaced = 0;
        device->strangers = 0;
    }
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        if (outside[i].why != VB_OUTSIDE_UNPLACED || outside[i].number <= device->outside_seen ||
            device->unplaced++ >= UNPLACED_AN_HOUR)
            continue;
        snprintf(text, sizeof text,
                 device->core.config.adopt_new
                     ? "Heard but not followed: all %u places are taken. Forget one that is gone."
                     : "Heard but not followed: this receiver follows no new transmitters.",
                 device->config.sizes.peers);
        vb_watch_state(device, &outside[i].mac, VB_STATE_TRANSMITTER_UNPLACED, VB_ALARM_WARNING,
                       text);
    }
    device->outside_seen = device->core.places.number;
}

bool vb_watch_follow(struct vb_receiver_device *device)
{
    bool moved = false;
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        struct vb_watched *watched = &device->watched[i];
        const struct vb_peer *peer = &device->core.config.peers[i];
        if (watched->used && !(peer->used && peer->adoption == watched->adoption)) {
            vb_watch_forget(device, watched);
            vb_watch_end_recording(device, watched);
            clear(device, watched);
            moved = true;
        }
        if (peer->used && !watched->used) {
            adopt(device, watched, peer);
            moved = true;
        }
    }
    tell_unplaced(device);
    return moved;
}

/* == What is new ============================================================================= */

static void set_limits(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_alarm_limits limits = limits_of(device, peer_of(device, watched));
    vb_alarms_set_limits(&watched->alarms, &limits);
    vb_watch_alarms(device, watched);
}

void vb_watch_limits(struct vb_receiver_device *device)
{
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        if (device->watched[i].used)
            set_limits(device, &device->watched[i]);
    }
}

static void take_battery(struct vb_receiver_device *device, struct vb_watched *watched,
                         const struct vb_peer *peer)
{
    const struct vb_cache_entry *entry = battery_entry(peer);
    const uint32_t version = entry == NULL ? 0 : entry->version;
    const uint32_t crc =
        entry == NULL ? 0 : vb_crc32c(0, vb_cache_bytes(&peer->cache, entry), entry->size);
    if (version == watched->battery_version && crc == watched->battery_crc)
        return;
    watched->battery_version = version;
    watched->battery_crc = crc;
    (void)vb_settings_table_changed(&vb_receiver_settings_table, device, VB_SECTION_BATTERY);
}

static void take_reboot(struct vb_receiver_device *device, struct vb_watched *watched,
                        const struct vb_peer *peer)
{
    const bool rebooted = watched->reboots != peer->quality.reboots;
    watched->reboots = peer->quality.reboots;
    vb_watch_start(device, watched, peer, rebooted);
    if (!rebooted)
        return;
    watched->recorded = false;
    vb_alarms_rebooted(&watched->alarms);
    vb_watch_alarms(device, watched);
}

static void take_link(struct vb_receiver_device *device, struct vb_watched *watched,
                      const struct vb_peer *peer)
{
    static const struct {
        enum vb_state_kind state;
        enum vb_alarm_level level;
        const char *text;
    } states[] = {
        [VB_LINK_OFFLINE] = {VB_STATE_LINK_OFFLINE, VB_ALARM_WARNING, "Transmitter offline."},
        [VB_LINK_DEGRADED] = {VB_STATE_LINK_DEGRADED, VB_ALARM_INFO,
                              "Nothing heard from the transmitter for a while."},
        [VB_LINK_CONNECTED] = {VB_STATE_LINK_CONNECTED, VB_ALARM_INFO, "Transmitter connected."}};
    const enum vb_link_state link = peer->link;
    if (link == watched->link)
        return;
    if (link == VB_LINK_OFFLINE && device->up_ms < device->judges_from_up_ms)
        return; /* unknown: the transmitter was silent, or this device was not listening */
    watched->link = link;
    watched->link_told = true;
    vb_watch_record_link(device, watched, peer);
    const bool told = peer->known || device->strangers++ < STRANGERS_AN_HOUR;
    if (told)
        vb_watch_state(device, &watched->mac, states[link].state, states[link].level,
                       states[link].text);
    if (told || link != VB_LINK_OFFLINE)
        vb_alarms_link(&watched->alarms, link, device->clock.now_ms, device->clock.wall_ms);
    vb_watch_alarms(device, watched);
}

/* Dated by this device's clock: the transmitter's may not be set. */
static void file(struct vb_receiver_device *device, const struct vb_peer *peer,
                 const struct vb_reading *reading, uint64_t sampled_wall_ms)
{
    const struct vb_history_store *history = device->config.ports.history;
    if (history != NULL && sampled_wall_ms != 0)
        (void)history->add(history->ctx, &peer->mac, peer->epoch, reading, sampled_wall_ms);
}

static void take_reading(struct vb_receiver_device *device, struct vb_watched *watched,
                         const struct vb_peer *peer, const struct vb_reading *reading)
{
    const struct vb_clock *clock = &device->clock;
    const uint32_t age_ms = vb_time_until(reading->sampled_ms, clock->now_ms);
    const uint64_t sampled_wall_ms = clock->wall_ms == 0 ? 0 : clock->wall_ms - age_ms;
    const uint64_t read_up_ms = device->up_ms - age_ms; /* wraps where it is older than the start */
    watched->read_up_ms = read_up_ms == 0 ? 1 : read_up_ms;
    vb_watch_record_reading(device, watched, reading, age_ms);
    file(device, peer, reading, sampled_wall_ms);
    vb_alarms_late(&watched->alarms, age_ms);
    vb_alarms_reading(&watched->alarms, reading, clock->now_ms, sampled_wall_ms);
    vb_weak_cells_reading(&watched->weak, reading, &watched->alarms.sweep, reading->sampled_ms,
                          sampled_wall_ms);
    watched->weak_changed = true;
    vb_watch_alarms(device, watched);
}

/* Takes the readings that have arrived since the last look; the ring holds only the newest. */
static void take_readings(struct vb_receiver_device *device, struct vb_watched *watched,
                          const struct vb_peer *peer)
{
    uint32_t unseen = peer->quality.readings - watched->readings;
    watched->readings = peer->quality.readings;
    if (unseen > peer->ring.count)
        unseen = peer->ring.count;
    while (unseen > 0)
        take_reading(device, watched, peer, vb_reading_ring_at(&peer->ring, (uint16_t)--unseen));
}

/* Judged by the last reading alone, whatever else is heard. */
bool vb_watch_is_live(const struct vb_receiver_device *device, const struct vb_watched *watched)
{
    const uint64_t usual_ms = (uint64_t)watched->alarms.interval_ms * INTERVALS_LIVE;
    const uint64_t degraded_ms = device->config.timing.degraded_after;
    const uint64_t live_ms = usual_ms > degraded_ms ? usual_ms : degraded_ms;
    return watched->read_up_ms != 0 && watched->link != VB_LINK_OFFLINE &&
           device->up_ms - watched->read_up_ms < live_ms;
}

/* A pause of this device is no transmitter's silence. */
static void judge_live(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const bool live = vb_watch_is_live(device, watched);
    if (live && (watched->silent || watched->has_old))
        vb_watch_live_is(device, watched, true);
    else if (!live && !watched->silent && device->up_ms >= device->judges_from_up_ms)
        vb_watch_live_is(device, watched, false);
}

static void look_at(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_peer *peer = peer_of(device, watched);
    take_battery(device, watched, peer);
    take_reboot(device, watched, peer);
    take_link(device, watched, peer);
    take_readings(device, watched, peer);
    judge_live(device, watched);
}

void vb_watch_look(struct vb_receiver_device *device, const struct vb_mac *mac)
{
    const bool all = vb_watch_follow(device) || mac == NULL; /* a silent one may be new */
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        struct vb_watched *watched = &device->watched[i];
        if (watched->used && (all || vb_mac_equal(&watched->mac, mac)))
            look_at(device, watched);
    }
}

/* == Time ==================================================================================== */

/* A transmitter that is offline from the start has no link change that would report it. */
static void tell_silence(struct vb_receiver_device *device, struct vb_watched *watched)
{
    if (watched->link_told || device->up_ms < device->config.timing.offline_after ||
        device->up_ms < device->judges_from_up_ms)
        return;
    watched->link_told = true;
    vb_alarms_link(&watched->alarms, VB_LINK_OFFLINE, device->clock.now_ms, device->clock.wall_ms);
    vb_watch_alarms(device, watched);
}

static void note_source(struct vb_watched *watched, const struct vb_peer *peer, uint32_t now_ms)
{
    const uint8_t flags = peer->runtime.flags;
    if ((flags & VB_RUNTIME_MQTT_ONLY) != 0)
        vb_alarms_readings_elsewhere(&watched->alarms);
    else if (peer->known && peer->link != VB_LINK_OFFLINE)
        vb_alarms_source(&watched->alarms, (flags & VB_RUNTIME_SOURCE_OK) != 0, now_ms);
}

static void second_of(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_peer *peer = peer_of(device, watched);
    if (device->seconds % LINK_NOTE_SECONDS == 0)
        vb_watch_record_link(device, watched, peer);
    tell_silence(device, watched);
    note_source(watched, peer, device->clock.now_ms);
    vb_watch_alarms(device, watched);
    if (device->up_ms >= device->judges_from_up_ms)
        vb_alarms_tick(&watched->alarms, device->clock.now_ms, device->clock.wall_ms);
    vb_watch_alarms(device, watched);
    vb_watch_refresh(device, watched);
    if (device->up_ms - watched->weak_saved_up_ms >= WEAK_SAVE_MS &&
        vb_watch_weak_save(device, watched))
        watched->weak_saved_up_ms = device->up_ms;
    (void)vb_watch_interval_save(device, watched, false); /* retried in a second ... */
    (void)vb_watch_start_save(device, watched);           /* ... as is this */
}

void vb_watch_second(struct vb_receiver_device *device)
{
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        if (device->watched[i].used)
            second_of(device, &device->watched[i]);
    }
}

/* Saves three notes; the store takes one at a time, behind what is queued. False if it did not take
 * all in time. */
static bool save_learnt(struct vb_receiver_device *device, struct vb_watched *watched, bool waits)
{
    const struct vb_event_store *events = device->config.ports.events;
    for (unsigned flushes = 0;; flushes++) {
        if (vb_watch_start_save(device, watched) && vb_watch_interval_save(device, watched, true) &&
            vb_watch_weak_save(device, watched))
            return true;
        if (!waits || events->flush == NULL || flushes == 2)
            return false;
        events->flush(events->ctx);
    }
}

void vb_watch_stop(struct vb_receiver_device *device)
{
    bool waits = true; /* on a disk that hangs, wait once, not once per place */
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        struct vb_watched *watched = &device->watched[i];
        if (watched->used && !watched->silent)
            vb_watch_live_is(device, watched, false); /* tells the next start since when */
        if (!save_learnt(device, watched, waits))
            waits = false;
        vb_watch_end_recording(device, watched);
    }
}
