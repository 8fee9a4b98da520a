#include "receiver_watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/system/log.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/core/settings.h"

enum {
    TICK_MS = 1000,
    LINK_NOTE_TICKS = 5,
    WEAK_SAVE_MS = 600000 /* an SD card takes a few kB every 10 minutes for years */
};

/* == Who ===================================================================================== */

struct vb_watched *vb_watch_find(struct vb_watch *watch, const struct vb_mac *mac)
{
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        if (watch->watched[i] != NULL && vb_mac_equal(&watch->watched[i]->mac, mac))
            return watch->watched[i];
    }
    return NULL;
}

static struct vb_alarms_values alarm_settings(const struct vb_watch *watch)
{
    struct vb_alarms_values values;
    vb_settings_values(watch->settings, VB_SECTION_ALARMS, &values);
    return values;
}

/* What is cached of the battery; its defaults while nothing is. */
static struct vb_battery_values battery_of(const struct vb_watch *watch, const struct vb_mac *mac)
{
    const struct vb_peer *peer = vb_receiver_peer(watch->core, mac);
    const struct vb_section *section = vb_section_by_id(VB_SECTION_BATTERY);
    const struct vb_cache_entry *entry =
        peer == NULL ? NULL : vb_cache_find(&peer->cache, section->id);
    struct vb_battery_values values;
    struct vb_decode_notes notes;
    if (entry == NULL || vb_section_decode(section, vb_cache_bytes(&peer->cache, entry),
                                           entry->size, &values, &notes) != VB_ERR_OK)
        vb_section_defaults(section, &values);
    return values;
}

static struct vb_alarm_limits limits_of(const struct vb_watch *watch, const struct vb_mac *mac)
{
    const struct vb_alarms_values alarms = alarm_settings(watch);
    const struct vb_battery_values battery = battery_of(watch, mac);
    return vb_alarm_limits(&battery, &alarms);
}

/* == Occurrences ============================================================================= */

static unsigned open_slot(const struct vb_alarm *alarm)
{
    if (alarm->kind < VB_ALARM_CELL_KINDS)
        return (unsigned)alarm->kind * VB_CELLS_MAX + alarm->cell;
    return VB_ALARM_CELL_KINDS * VB_CELLS_MAX + alarm->kind - VB_ALARM_CELL_KINDS;
}

/* What was read from a file may name no cell where there has to be one. */
static bool has_slot(const struct vb_alarm *alarm)
{
    return alarm->kind >= VB_ALARM_CELL_KINDS || alarm->cell < VB_CELLS_MAX;
}

static void count_open(const struct vb_watch *watch, struct vb_watched *watched)
{
    watched->tally = (struct vb_alarm_tally){.open = 0};
    for (unsigned i = 0; i < VB_ALARM_SLOTS; i++) {
        const struct vb_occurrence *occurrence =
            watched->open_ids[i] == 0 ? NULL : vb_event_log_find(watch->log, watched->open_ids[i]);
        if (occurrence == NULL)
            continue;
        watched->tally.open++;
        if (occurrence->alarm.level > watched->tally.worst)
            watched->tally.worst = occurrence->alarm.level;
    }
}

void vb_watch_tell(struct vb_watch *watch, const struct vb_occurrence *occurrence)
{
    struct vb_watched *watched =
        occurrence->mac_known ? vb_watch_find(watch, &occurrence->mac) : NULL;
    if (watched != NULL)
        vb_watch_record_occurrence(watched, occurrence);
    vb_push_occurrence(watch->push, occurrence);
}

static void log_alarm(const struct vb_occurrence *occurrence, const char *what)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);
    const enum vb_alarm_level level = (enum vb_alarm_level)occurrence->alarm.level;
    vb_log(level == VB_ALARM_INFO ? VB_LOG_INFO : VB_LOG_WARNING, "%s: %s %s: %s", mac,
           vb_alarm_level_name(level), what, occurrence->text);
}

/* The transmitter is not heard any more (since_ms), or again (0): whether its other alarms last is
 * not known, or is for the next reading to say. */
static void mark_last_known(struct vb_watch *watch, struct vb_watched *watched, uint64_t since_ms)
{
    for (unsigned i = 0; i < VB_ALARM_SLOTS; i++) {
        const struct vb_occurrence *kept =
            watched->open_ids[i] == 0 ? NULL : vb_event_log_find(watch->log, watched->open_ids[i]);
        if (kept == NULL || kept->alarm.kind == VB_ALARM_LINK_LOST)
            continue;
        struct vb_occurrence occurrence = *kept;
        occurrence.last_known_ms = since_ms;
        (void)vb_event_log_change(watch->log, &occurrence);
        vb_watch_tell(watch, &occurrence);
    }
}

static void begin_alarm(struct vb_watch *watch, struct vb_watched *watched,
                        struct vb_occurrence *occurrence)
{
    const unsigned slot = open_slot(&occurrence->alarm);
    occurrence->id = vb_event_log_add(watch->log, occurrence);
    watched->open_ids[slot] = occurrence->id;
    log_alarm(occurrence, "begins");
}

static void end_alarm(struct vb_watch *watch, struct vb_watched *watched,
                      const struct vb_occurrence *occurrence)
{
    const struct vb_alarm *alarm = &occurrence->alarm;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);
    watched->open_ids[open_slot(alarm)] = 0;
    (void)vb_event_log_change(watch->log, occurrence);
    vb_log(VB_LOG_INFO, "%s: alarm ended after %.0f s: %s", mac,
           (double)(int64_t)(alarm->end_wall_ms - alarm->begin_wall_ms) / 1000, occurrence->text);
}

/* An alert has begun, or an alarm has become one: what led to it is worth keeping. */
static void keep_alert(struct vb_watch *watch, struct vb_watched *watched,
                       struct vb_occurrence *occurrence)
{
    if (occurrence->alarm.level != VB_ALARM_ALERT || !alarm_settings(watch).black_box)
        return;
    const char *name = vb_watch_record_alert(watch, watched, occurrence);
    if (name == NULL)
        return;
    snprintf(occurrence->recording, sizeof occurrence->recording, "%s", name);
    (void)vb_event_log_change(watch->log, occurrence);
}

static void take_change(struct vb_watch *watch, struct vb_watched *watched,
                        const struct vb_alarm_change *change)
{
    const uint64_t id = watched->open_ids[open_slot(&change->alarm)];
    const struct vb_occurrence *kept = id == 0 ? NULL : vb_event_log_find(watch->log, id);
    struct vb_occurrence occurrence = {
        .type = VB_OCCURRENCE_ALARM, .mac_known = true, .mac = watched->mac};
    if (kept != NULL)
        occurrence = *kept;
    occurrence.alarm = change->alarm;
    occurrence.last_known_ms = 0;
    vb_alarm_text(&change->alarm, occurrence.text);
    switch ((enum vb_alarm_step)change->step) {
    case VB_ALARM_BEGAN:
        begin_alarm(watch, watched, &occurrence);
        keep_alert(watch, watched, &occurrence);
        break;
    case VB_ALARM_ROSE:
        (void)vb_event_log_change(watch->log, &occurrence);
        log_alarm(&occurrence, "reached");
        keep_alert(watch, watched, &occurrence);
        break;
    case VB_ALARM_ENDED:
        end_alarm(watch, watched, &occurrence);
        break;
    }
    count_open(watch, watched);
    vb_watch_tell(watch, &occurrence);
    if (change->alarm.kind == VB_ALARM_LINK_LOST)
        mark_last_known(watch, watched,
                        change->step == VB_ALARM_ENDED ? 0 : change->alarm.begin_wall_ms);
}

/* After everything that was handed to the alarms. */
static void take_changes(struct vb_watch *watch, struct vb_watched *watched)
{
    struct vb_alarm_change change;
    while (vb_alarms_next(&watched->alarms, &change))
        take_change(watch, watched, &change);
}

void vb_watch_state(struct vb_watch *watch, const struct vb_mac *mac, enum vb_state_kind state,
                    enum vb_alarm_level level, const char *text)
{
    const uint64_t now_wall_ms = vb_wall_ms();
    struct vb_occurrence occurrence = {.type = VB_OCCURRENCE_STATE,
                                       .state = (uint8_t)state,
                                       .mac_known = mac != NULL,
                                       .alarm = {.level = (uint8_t)level,
                                                 .cell = VB_ALARM_NOWHERE,
                                                 .sensor = VB_ALARM_NOWHERE,
                                                 .value = NAN,
                                                 .threshold = NAN,
                                                 .begin_wall_ms = now_wall_ms,
                                                 .end_wall_ms = now_wall_ms}};
    if (mac != NULL)
        occurrence.mac = *mac;
    snprintf(occurrence.text, sizeof occurrence.text, "%s", text);
    occurrence.id = vb_event_log_add(watch->log, &occurrence);
    vb_watch_tell(watch, &occurrence);
}

/* == Coming and going ======================================================================== */

/* An alarm that nothing will end any more: its end was never written, or it is none of this
 * version's. */
static void close_orphan(struct vb_watch *watch, const struct vb_occurrence *kept)
{
    struct vb_occurrence occurrence = *kept;
    occurrence.alarm.end_wall_ms = occurrence.alarm.begin_wall_ms;
    (void)vb_event_log_change(watch->log, &occurrence);
}

/* Open alarms go on being the same occurrence. */
static void restore_alarms(struct vb_watch *watch, struct vb_watched *watched)
{
    const struct vb_occurrence *kept = vb_event_log_before(watch->log, UINT64_MAX);
    for (; kept != NULL; kept = vb_event_log_before(watch->log, kept->id)) {
        if (kept->type != VB_OCCURRENCE_ALARM || !vb_occurrence_is_open(kept) || !kept->mac_known ||
            !vb_mac_equal(&kept->mac, &watched->mac))
            continue;
        uint64_t *open_id =
            has_slot(&kept->alarm) ? &watched->open_ids[open_slot(&kept->alarm)] : NULL;
        if (open_id != NULL && *open_id == 0 && vb_alarms_restore(&watched->alarms, &kept->alarm))
            *open_id = kept->id;
        else
            close_orphan(watch, kept);
    }
    const struct vb_alarm *lost =
        vb_alarms_open(&watched->alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    if (lost != NULL)
        mark_last_known(watch, watched, lost->begin_wall_ms);
    count_open(watch, watched);
}

/* A place for one more; that of one that is not followed any more where all are taken. */
static struct vb_watched **free_place(struct vb_watch *watch)
{
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        if (watch->watched[i] == NULL)
            return &watch->watched[i];
    }
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        struct vb_watched *watched = watch->watched[i];
        if (vb_receiver_peer(watch->core, &watched->mac) == NULL && !watched->capture.active) {
            free(watched);
            watch->watched[i] = NULL;
            return &watch->watched[i];
        }
    }
    return NULL;
}

/* NULL without memory or room. */
static struct vb_watched *adopt(struct vb_watch *watch, const struct vb_mac *mac)
{
    struct vb_watched **place = free_place(watch);
    struct vb_watched *watched = place == NULL ? NULL : calloc(1, sizeof *watched);
    if (watched == NULL) {
        vb_log(VB_LOG_ERROR, "there is no memory to watch one more transmitter for alarms");
        return NULL;
    }
    const struct vb_alarm_limits limits = limits_of(watch, mac);
    *place = watched;
    watched->mac = *mac;
    watched->weak_saved_ms = vb_now_ms();
    vb_alarms_init(&watched->alarms, &limits);
    vb_weak_cells_init(&watched->weak, limits.balance.low_load_ma);
    vb_black_box_init(&watched->box);
    vb_watch_weak_load(watch, watched);
    restore_alarms(watch, watched);
    return watched;
}

static struct vb_watched *watched_of(struct vb_watch *watch, const struct vb_mac *mac)
{
    struct vb_watched *watched = vb_watch_find(watch, mac);
    return watched != NULL || vb_receiver_peer(watch->core, mac) == NULL ? watched
                                                                         : adopt(watch, mac);
}

/* == What happens ============================================================================ */

static void take_reading(struct vb_watch *watch, struct vb_watched *watched,
                         const struct vb_reading *reading)
{
    const uint32_t now_ms = vb_now_ms();
    const uint64_t now_wall_ms = vb_wall_ms();
    const uint32_t age_ms = vb_time_until(reading->sampled_ms, now_ms);
    const uint64_t sampled_wall_ms = now_wall_ms - age_ms;
    vb_watch_record_reading(watched, reading, now_wall_ms, age_ms);
    vb_alarms_reading(&watched->alarms, reading, now_ms, sampled_wall_ms);
    vb_weak_cells_reading(&watched->weak, reading, sampled_wall_ms);
    watched->weak_changed = true;
    take_changes(watch, watched);
}

/* All that have come since the last look; the ring holds the newest. */
static void take_readings(struct vb_watch *watch, struct vb_watched *watched)
{
    const struct vb_peer *peer = vb_receiver_peer(watch->core, &watched->mac);
    if (peer == NULL)
        return;
    uint32_t unseen = peer->quality.readings - watched->readings_seen;
    watched->readings_seen = peer->quality.readings;
    if (unseen > peer->ring.count)
        unseen = peer->ring.count;
    while (unseen > 0)
        take_reading(watch, watched, vb_reading_ring_at(&peer->ring, (uint16_t)--unseen));
}

static void take_link(struct vb_watch *watch, struct vb_watched *watched, enum vb_link_state link)
{
    static const struct {
        enum vb_state_kind state;
        enum vb_alarm_level level;
        const char *text;
    } states[] = {
        [VB_LINK_OFFLINE] = {VB_STATE_LINK_OFFLINE, VB_ALARM_WARNING, "Transmitter offline."},
        [VB_LINK_DEGRADED] = {VB_STATE_LINK_DEGRADED, VB_ALARM_INFO,
                              "Nothing heard of the transmitter for a while."},
        [VB_LINK_CONNECTED] = {VB_STATE_LINK_CONNECTED, VB_ALARM_INFO, "Transmitter connected."}};
    const struct vb_peer *peer = vb_receiver_peer(watch->core, &watched->mac);
    if (peer != NULL)
        vb_watch_record_link(watched, peer);
    vb_watch_state(watch, &watched->mac, states[link].state, states[link].level, states[link].text);
    watched->link_told = true;
    vb_alarms_link(&watched->alarms, link, vb_wall_ms());
    take_changes(watch, watched);
}

static void take_reboot(struct vb_watch *watch, struct vb_watched *watched, uint32_t epoch)
{
    char text[VB_ALARM_TEXT_SIZE];
    snprintf(text, sizeof text, "Transmitter has booted anew (boot %lu).", (unsigned long)epoch);
    vb_watch_state(watch, &watched->mac, VB_STATE_TRANSMITTER_REBOOTED, VB_ALARM_INFO, text);
    watched->recorded = false;
    vb_alarms_rebooted(&watched->alarms);
    take_changes(watch, watched);
}

static void set_limits(struct vb_watch *watch, struct vb_watched *watched)
{
    const struct vb_alarm_limits limits = limits_of(watch, &watched->mac);
    vb_alarms_set_limits(&watched->alarms, &limits);
    take_changes(watch, watched);
}

void vb_watch_event(struct vb_watch *watch, const struct vb_event *event)
{
    struct vb_watched *watched = watched_of(watch, &event->mac);
    if (watched == NULL)
        return;
    switch ((enum vb_event_type)event->type) {
    case VB_EVENT_LINK:
        take_link(watch, watched, (enum vb_link_state)event->detail);
        break;
    case VB_EVENT_READING:
        take_readings(watch, watched);
        break;
    case VB_EVENT_REBOOT:
        take_reboot(watch, watched, event->a);
        break;
    case VB_EVENT_SECTION:
        if (event->section == VB_SECTION_BATTERY)
            set_limits(watch, watched);
        break;
    case VB_EVENT_ADOPTED:
    case VB_EVENT_BEACON:
    case VB_EVENT_RUNTIME:
    case VB_EVENT_STORE_REPLACED:
    case VB_EVENT_EDIT:
    case VB_EVENT_READING_LOST:
    case VB_EVENT_REFUSED:
    case VB_EVENT_GAVE_UP:
    case VB_EVENT_COMMITTED:
    case VB_EVENT_COMMIT_FAILED:
    case VB_EVENT_REPAIRED:
    case VB_EVENT_REVERTED:
    case VB_EVENT_RECEIVER_HEARD:
    case VB_EVENT_RECEIVER_LOST:
        break;
    }
}

void vb_watch_settings(struct vb_watch *watch)
{
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        if (watch->watched[i] != NULL)
            set_limits(watch, watch->watched[i]);
    }
}

/* == Time ==================================================================================== */

/* One that was offline at the start and stays so has no event to say so. */
static void tell_silence(struct vb_watch *watch, struct vb_watched *watched, uint32_t now_ms)
{
    const struct vb_peer *peer = vb_receiver_peer(watch->core, &watched->mac);
    const uint32_t patience_ms = watch->core->config.timing.offline_after;
    if (watched->link_told || peer == NULL || peer->link != VB_LINK_OFFLINE ||
        now_ms - watch->started_ms < patience_ms)
        return;
    watched->link_told = true;
    vb_alarms_link(&watched->alarms, VB_LINK_OFFLINE, vb_wall_ms());
    take_changes(watch, watched);
}

static void tick_one(struct vb_watch *watch, struct vb_watched *watched, uint32_t now_ms)
{
    const struct vb_peer *peer = vb_receiver_peer(watch->core, &watched->mac);
    if (peer == NULL)
        return;
    if (watch->ticks % LINK_NOTE_TICKS == 0)
        vb_watch_record_link(watched, peer);
    tell_silence(watch, watched, now_ms);
    vb_alarms_tick(&watched->alarms, now_ms, vb_wall_ms());
    take_changes(watch, watched);
    if (now_ms - watched->weak_saved_ms >= WEAK_SAVE_MS && vb_watch_weak_save(watch, watched))
        watched->weak_saved_ms = now_ms;
}

static void on_tick(void *ctx)
{
    struct vb_watch *watch = ctx;
    const uint32_t now_ms = vb_now_ms();
    watch->ticks++;
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        if (watch->watched[i] != NULL)
            tick_one(watch, watch->watched[i], now_ms);
    }
    vb_event_log_tick(watch->log, now_ms);
    vb_watch_pump(watch);
    vb_loop_timer(watch->loop, TICK_MS, on_tick, watch);
}

static void on_log_readable(void *ctx)
{
    vb_event_log_dispatch(((struct vb_watch *)ctx)->log);
}

/* == Life ==================================================================================== */

static void open_folder(struct vb_watch *watch, const char *data_dir)
{
    char error[512];
    const struct vb_recording_folder_options options = {.data_dir = data_dir};
    watch->folder = vb_recording_folder_open(&options, error, sizeof error);
    if (watch->folder == NULL)
        vb_log(VB_LOG_ERROR, "%s; alerts are not recorded", error);
}

bool vb_watch_start(struct vb_watch *watch, const struct vb_watch_options *options, char *error,
                    size_t error_size)
{
    const struct vb_event_log_options log = {.dir = options->data_dir,
                                             .commit_delay_ms = options->commit_delay_ms};
    *watch = (struct vb_watch){.loop = options->loop,
                               .push = options->push,
                               .core = options->core,
                               .settings = options->settings,
                               .started_ms = vb_now_ms()};
    watch->log = vb_event_log_open(&log, error, error_size);
    if (watch->log == NULL)
        return false;
    open_folder(watch, options->data_dir);
    for (uint8_t i = 0; i < watch->core->config.peer_count; i++) {
        if (watch->core->config.peers[i].used)
            (void)adopt(watch, &watch->core->config.peers[i].mac);
    }
    vb_watch_state(watch, NULL, VB_STATE_RECEIVER_STARTED, VB_ALARM_INFO, "Receiver started.");
    snprintf(error, error_size, "the event loop took no more");
    return vb_loop_watch(watch->loop, vb_event_log_fd(watch->log), on_log_readable, watch) &&
           vb_loop_timer(watch->loop, TICK_MS, on_tick, watch);
}

void vb_watch_stop(struct vb_watch *watch)
{
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        struct vb_watched *watched = watch->watched[i];
        if (watched == NULL)
            continue;
        if (!vb_watch_weak_save(watch, watched)) {
            vb_event_log_flush(watch->log); /* another's waits */
            (void)vb_watch_weak_save(watch, watched);
        }
        if (watched->capture.active)
            vb_capture_end(&watched->capture, watch->folder, &watched->box, vb_now_ms());
        free(watched);
        watch->watched[i] = NULL;
    }
    vb_recording_folder_close(watch->folder);
    vb_event_log_close(watch->log);
}
