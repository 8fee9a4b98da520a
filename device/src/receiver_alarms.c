/* Alarms become occurrences in the event store: each begins once, rises, ends, and goes on over a
 * restart. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "receiver_device_parts.h"

/* == Open alarms ============================================================================= */

/* NULL where that alarm is not open. */
static struct vb_open_alarm *find_open(const struct vb_watched *watched,
                                       const struct vb_alarm *alarm)
{
    for (uint16_t i = 0; i < watched->open_count; i++) {
        struct vb_open_alarm *open = &watched->open[i];
        if (open->kind == alarm->kind && open->cell == alarm->cell)
            return open;
    }
    return NULL;
}

/* False where all places are taken. */
static bool add_open(struct vb_receiver_device *device, struct vb_watched *watched,
                     const struct vb_alarm *alarm, uint64_t id)
{
    if (watched->open_count == device->config.sizes.open_alarms)
        return false;
    watched->open[watched->open_count++] =
        (struct vb_open_alarm){.kind = alarm->kind, .cell = alarm->cell, .id = id};
    return true;
}

static void remove_open(struct vb_watched *watched, struct vb_open_alarm *open)
{
    *open = watched->open[--watched->open_count];
    watched->open_overflowed = watched->open_overflowed && watched->open_count > 0;
}

static const struct vb_occurrence *kept_of(const struct vb_receiver_device *device, uint64_t id)
{
    const struct vb_event_store *events = device->config.ports.events;
    return events->find(events->ctx, id);
}

static bool change(const struct vb_receiver_device *device, const struct vb_occurrence *occurrence)
{
    const struct vb_event_store *events = device->config.ports.events;
    return events->change(events->ctx, occurrence);
}

static void count_open(const struct vb_receiver_device *device, struct vb_watched *watched)
{
    watched->tally = (struct vb_alarm_tally){.open = 0};
    for (uint16_t i = 0; i < watched->open_count; i++) {
        const struct vb_occurrence *occurrence = kept_of(device, watched->open[i].id);
        if (occurrence == NULL)
            continue;
        watched->tally.open++;
        if (occurrence->alarm.level > watched->tally.worst)
            watched->tally.worst = occurrence->alarm.level;
    }
}

/* == Telling ================================================================================= */

void vb_watch_tell(struct vb_receiver_device *device, const struct vb_occurrence *occurrence)
{
    struct vb_watched *watched =
        occurrence->mac_known ? vb_watch_find(device, &occurrence->mac) : NULL;
    if (watched != NULL)
        vb_watch_record_occurrence(device, watched, occurrence);
    vb_push_occurrence(&device->push, occurrence);
}

static void log_alarm(const struct vb_receiver_device *device,
                      const struct vb_occurrence *occurrence, const char *what)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);
    const enum vb_alarm_level level = (enum vb_alarm_level)occurrence->alarm.level;
    vb_log_sink_say(&device->config.ports.log,
                    level == VB_ALARM_INFO ? VB_LOG_INFO : VB_LOG_WARNING, "%s: %s %s: %s", mac,
                    vb_alarm_level_name(level), what, occurrence->text);
}

void vb_watch_state(struct vb_receiver_device *device, const struct vb_mac *mac,
                    enum vb_state_kind state, enum vb_alarm_level level, const char *text)
{
    const struct vb_event_store *events = device->config.ports.events;
    const uint64_t now_wall_ms = device->clock.wall_ms;
    struct vb_occurrence occurrence = {.type = VB_OCCURRENCE_STATE,
                                       .state = (uint8_t)state,
                                       .mac_known = mac != NULL,
                                       .alarm = {.level = (uint8_t)level,
                                                 .cell = VB_ALARM_NOWHERE,
                                                 .sensor = VB_ALARM_NOWHERE,
                                                 .now_value = NAN,
                                                 .worst_value = NAN,
                                                 .threshold = NAN,
                                                 .begin_wall_ms = now_wall_ms,
                                                 .end_wall_ms = now_wall_ms}};
    if (mac != NULL)
        occurrence.mac = *mac;
    snprintf(occurrence.text, sizeof occurrence.text, "%s", text);
    occurrence.id = events->add(events->ctx, &occurrence);
    vb_watch_tell(device, &occurrence);
}

/* == What changes ============================================================================ */

/* The transmitter is not heard any more (since_ms), or again (0): whether its other alarms last is
 * not known, or is for the next reading to say. */
static void mark_last_known(struct vb_receiver_device *device, const struct vb_watched *watched,
                            uint64_t since_ms)
{
    for (uint16_t i = 0; i < watched->open_count; i++) {
        const struct vb_occurrence *kept = kept_of(device, watched->open[i].id);
        if (kept == NULL || kept->alarm.kind == VB_ALARM_LINK_LOST)
            continue;
        struct vb_occurrence occurrence = *kept;
        occurrence.last_known_ms = since_ms;
        (void)change(device, &occurrence);
        vb_watch_tell(device, &occurrence);
    }
}

/* False where there is no place to keep it: it was said in the log then. */
static bool begin_alarm(struct vb_receiver_device *device, struct vb_watched *watched,
                        struct vb_occurrence *occurrence)
{
    const struct vb_event_store *events = device->config.ports.events;
    log_alarm(device, occurrence, "begins");
    if (watched->open_count < device->config.sizes.open_alarms)
        occurrence->id = events->add(events->ctx, occurrence);
    if (occurrence->id != 0)
        return add_open(device, watched, &occurrence->alarm, occurrence->id);
    if (!watched->open_overflowed)
        vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                        "so many alarms are open that no more are kept; the log alone has them");
    watched->open_overflowed = true;
    return false;
}

static void end_alarm(struct vb_receiver_device *device, struct vb_watched *watched,
                      const struct vb_occurrence *occurrence)
{
    const struct vb_alarm *alarm = &occurrence->alarm;
    struct vb_open_alarm *open = find_open(watched, alarm);
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);
    if (open != NULL)
        remove_open(watched, open);
    (void)change(device, occurrence);
    vb_log_sink_say(&device->config.ports.log, VB_LOG_INFO, "%s: alarm ended after %.0f s: %s", mac,
                    (double)(int64_t)(alarm->end_wall_ms - alarm->begin_wall_ms) / 1000,
                    occurrence->text);
}

/* An alert has begun, or an alarm has become one: what led to it is worth keeping. */
static void keep_alert(struct vb_receiver_device *device, struct vb_watched *watched,
                       struct vb_occurrence *occurrence)
{
    struct vb_alarms_values settings;
    vb_settings_values(&device->settings, VB_SECTION_ALARMS, &settings);
    if (occurrence->alarm.level != VB_ALARM_ALERT || !settings.black_box)
        return;
    const char *name = vb_watch_record_alert(device, watched, occurrence);
    if (name == NULL)
        return;
    snprintf(occurrence->recording, sizeof occurrence->recording, "%s", name);
    (void)change(device, occurrence);
}

static void take_change(struct vb_receiver_device *device, struct vb_watched *watched,
                        const struct vb_alarm_change *alarm_change)
{
    const struct vb_alarm *alarm = &alarm_change->alarm;
    const struct vb_open_alarm *open = find_open(watched, alarm);
    const struct vb_occurrence *kept = open == NULL ? NULL : kept_of(device, open->id);
    struct vb_occurrence occurrence = {
        .type = VB_OCCURRENCE_ALARM, .mac_known = true, .mac = watched->mac};
    if (kept != NULL)
        occurrence = *kept;
    occurrence.alarm = *alarm;
    occurrence.last_known_ms = 0;
    vb_alarm_text(alarm, alarm_change->step == VB_ALARM_ENDED ? VB_ALARM_OVER : VB_ALARM_NOW, NULL,
                  occurrence.text);
    switch ((enum vb_alarm_step)alarm_change->step) {
    case VB_ALARM_BEGAN:
        if (begin_alarm(device, watched, &occurrence))
            keep_alert(device, watched, &occurrence);
        break;
    case VB_ALARM_ROSE:
        (void)change(device, &occurrence);
        log_alarm(device, &occurrence, "reached");
        keep_alert(device, watched, &occurrence);
        break;
    case VB_ALARM_DATED:
        (void)change(device, &occurrence);
        break;
    case VB_ALARM_ENDED:
        end_alarm(device, watched, &occurrence);
        break;
    }
    count_open(device, watched);
    if (occurrence.id != 0)
        vb_watch_tell(device, &occurrence);
    if (alarm->kind == VB_ALARM_LINK_LOST)
        mark_last_known(device, watched,
                        alarm_change->step == VB_ALARM_ENDED ? 0 : alarm->begin_wall_ms);
}

void vb_watch_alarms(struct vb_receiver_device *device, struct vb_watched *watched)
{
    struct vb_alarm_change alarm_change;
    while (vb_alarms_next(&watched->alarms, &alarm_change))
        take_change(device, watched, &alarm_change);
}

/* == Over a restart ========================================================================== */

/* An alarm that nothing will end any more: its end was never written, or it is none of this
 * version's. */
static void close_orphan(const struct vb_receiver_device *device, const struct vb_occurrence *kept)
{
    struct vb_occurrence occurrence = *kept;
    occurrence.alarm.end_wall_ms = occurrence.alarm.begin_wall_ms;
    (void)change(device, &occurrence);
}

void vb_watch_restore(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_event_store *events = device->config.ports.events;
    const struct vb_occurrence *kept = events->before(events->ctx, UINT64_MAX);
    for (; kept != NULL; kept = events->before(events->ctx, kept->id)) {
        if (kept->type != VB_OCCURRENCE_ALARM || !vb_occurrence_is_open(kept) || !kept->mac_known ||
            !vb_mac_equal(&kept->mac, &watched->mac))
            continue;
        const bool goes_on = find_open(watched, &kept->alarm) == NULL &&
                             watched->open_count < device->config.sizes.open_alarms &&
                             vb_alarms_restore(&watched->alarms, &kept->alarm);
        if (!goes_on || !add_open(device, watched, &kept->alarm, kept->id))
            close_orphan(device, kept);
    }
    const struct vb_alarm *lost =
        vb_alarms_open(&watched->alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
    if (lost != NULL)
        mark_last_known(device, watched, lost->begin_wall_ms);
    count_open(device, watched);
}
