/* Turns alarms into occurrences in the event store: each begins once, may rise in level, ends, and
 * continues across a restart. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "receiver_device_parts.h"

/* == Stored occurrences ====================================================================== */

static const struct vb_occurrence *kept_of(const struct vb_receiver_device *device, uint64_t id)
{
    const struct vb_event_store *events = device->config.ports.events;
    return id == 0 ? NULL : events->find(events->ctx, id);
}

static bool change(const struct vb_receiver_device *device, const struct vb_occurrence *occurrence)
{
    const struct vb_event_store *events = device->config.ports.events;
    return events->change(events->ctx, occurrence);
}

void vb_watch_count(const struct vb_receiver_device *device, struct vb_watched *watched)
{
    struct vb_alarm_tally *tally = &watched->tally;
    const struct vb_alarm *alarm;
    *tally = (struct vb_alarm_tally){.open = 0};
    for (unsigned i = 0; (alarm = vb_alarms_at(&watched->alarms, i)) != NULL; i++) {
        const struct vb_occurrence *kept = kept_of(device, alarm->id);
        if (kept == NULL)
            continue;
        tally->open++;
        tally->worst = alarm->level > tally->worst ? alarm->level : tally->worst;
        if (kept->acknowledged)
            continue;
        tally->unacknowledged++;
        if (alarm->level > tally->worst_unacknowledged)
            tally->worst_unacknowledged = alarm->level;
    }
}

/* == Times that were unknown or wrong ======================================================== */

static bool set_time(uint64_t *wall_ms, uint64_t up_ms, uint64_t offset_ms)
{
    const bool happened = up_ms != 0; /* since this start; older ones cannot be dated */
    if (!happened || *wall_ms == up_ms + offset_ms)
        return false;
    *wall_ms = up_ms + offset_ms;
    return true;
}

static void date_one(struct vb_receiver_device *device, const struct vb_occurrence *kept)
{
    const uint64_t offset_ms = device->clock.wall_ms - device->up_ms;
    struct vb_occurrence dated = *kept;
    bool any = set_time(&dated.alarm.begin_wall_ms, dated.begin_up_ms, offset_ms);
    any |= set_time(&dated.alarm.worst_wall_ms, dated.worst_up_ms, offset_ms);
    any |= set_time(&dated.alarm.end_wall_ms, dated.end_up_ms, offset_ms);
    any |= set_time(&dated.acknowledged_ms, dated.acknowledged_up_ms, offset_ms);
    any |= set_time(&dated.last_known_ms, dated.last_known_up_ms, offset_ms);
    if (!any)
        return;
    (void)change(device, &dated);
    vb_push_occurrence(&device->push, &dated);
}

void vb_watch_date(struct vb_receiver_device *device, int64_t step_ms)
{
    const struct vb_event_store *events = device->config.ports.events;
    const struct vb_occurrence *kept = events->before(events->ctx, UINT64_MAX);
    for (; kept != NULL; kept = events->before(events->ctx, kept->id))
        date_one(device, kept);
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        if (device->watched[i].used)
            vb_alarms_clock_was_set(&device->watched[i].alarms, step_ms);
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
                                       .ended = true,
                                       .alarm = {.level = (uint8_t)level,
                                                 .cell = VB_ALARM_NOWHERE,
                                                 .sensor = VB_ALARM_NOWHERE,
                                                 .now_value = NAN,
                                                 .worst_value = NAN,
                                                 .threshold = NAN,
                                                 .begin_wall_ms = now_wall_ms,
                                                 .end_wall_ms = now_wall_ms},
                                       .begin_up_ms = device->up_ms,
                                       .end_up_ms = device->up_ms};
    if (mac != NULL)
        occurrence.mac = *mac;
    snprintf(occurrence.text, sizeof occurrence.text, "%s", text);
    occurrence.id = events->add(events->ctx, &occurrence);
    vb_watch_tell(device, &occurrence);
}

/* == What changes ============================================================================ */

/* When it was worst; 0: before this start. The wrapping clock is used only where it must be. */
static uint64_t worst_up_ms(const struct vb_receiver_device *device, const struct vb_alarm *alarm)
{
    const struct vb_clock *clock = &device->clock;
    if (alarm->worst_ms == 0)
        return 0;
    return device->up_ms - (clock->wall_ms != 0 && alarm->worst_wall_ms != 0
                                ? clock->wall_ms - alarm->worst_wall_ms
                                : (uint32_t)(clock->now_ms - alarm->worst_ms));
}

/* The stored occurrence of the alarm, or a new one, with the alarm's current state. */
static struct vb_occurrence occurrence_of(const struct vb_receiver_device *device,
                                          const struct vb_watched *watched,
                                          const struct vb_alarm *alarm)
{
    const struct vb_occurrence *kept = kept_of(device, alarm->id);
    struct vb_occurrence occurrence = {
        .type = VB_OCCURRENCE_ALARM, .mac_known = true, .mac = watched->mac};
    if (kept != NULL)
        occurrence = *kept;
    const uint64_t begin_wall_ms = occurrence.alarm.begin_wall_ms;
    occurrence.alarm = *alarm;
    if (kept != NULL)
        occurrence.alarm.begin_wall_ms = begin_wall_ms; /* vb_watch_date() knows better */
    occurrence.worst_up_ms = worst_up_ms(device, alarm);
    return occurrence;
}

/* Confirmed as still open or over, so no longer marked "last known". */
static void is_now(struct vb_occurrence *occurrence)
{
    occurrence->last_known = false;
    occurrence->last_known_ms = 0;
    occurrence->last_known_up_ms = 0;
}

/* The time of the last reading, on both clocks of an occurrence; where none has arrived in this
 * run, the time that an earlier run stored. */
static void date_last_known(const struct vb_receiver_device *device,
                            const struct vb_watched *watched, struct vb_occurrence *occurrence)
{
    const struct vb_peer *peer = &device->core.config.peers[watched - device->watched];
    const uint64_t wall_ms = device->clock.wall_ms;
    const uint64_t age_ms = device->up_ms - watched->read_up_ms;
    occurrence->last_known_up_ms = watched->read_up_ms;
    if (watched->read_up_ms != 0)
        occurrence->last_known_ms = wall_ms == 0 ? 0 : wall_ms - age_ms;
    else
        occurrence->last_known_ms = UINT64_C(1000) * peer->heard_s;
    if (occurrence->last_known_ms < occurrence->alarm.begin_wall_ms &&
        (watched->read_up_ms == 0 || wall_ms != 0))
        occurrence->last_known_ms = occurrence->alarm.begin_wall_ms; /* it was known then */
}

/* Alarms about silence: the receiver itself knows that they hold, and for how long. */
static bool is_silence(const struct vb_alarm *alarm)
{
    return alarm->kind == VB_ALARM_LINK_LOST || alarm->kind == VB_ALARM_READINGS_STOPPED;
}

void vb_watch_live_is(struct vb_receiver_device *device, struct vb_watched *watched, bool live)
{
    const struct vb_alarm *alarm;
    watched->silent = !live;
    watched->has_old = false;
    for (unsigned i = 0; (alarm = vb_alarms_at(&watched->alarms, i)) != NULL; i++) {
        const struct vb_occurrence *kept = kept_of(device, alarm->id);
        if (kept == NULL || is_silence(alarm) || kept->last_known == !live)
            continue;
        struct vb_occurrence occurrence = occurrence_of(device, watched, alarm);
        is_now(&occurrence);
        occurrence.last_known = !live;
        if (!live)
            date_last_known(device, watched, &occurrence);
        vb_alarm_text(alarm, live ? VB_ALARM_NOW : VB_ALARM_LAST_KNOWN, NULL, occurrence.text);
        (void)change(device, &occurrence);
        vb_watch_tell(device, &occurrence);
    }
}

/* An alarm raised and ended by readings begins and ends when they were sampled. */
static uint64_t happened_up_ms(const struct vb_receiver_device *device,
                               const struct vb_watched *watched, const struct vb_alarm *alarm)
{
    return is_silence(alarm) ? device->up_ms : watched->read_up_ms;
}

static void begin_alarm(struct vb_receiver_device *device, struct vb_watched *watched,
                        struct vb_occurrence *occurrence)
{
    const struct vb_event_store *events = device->config.ports.events;
    occurrence->begin_up_ms = happened_up_ms(device, watched, &occurrence->alarm);
    log_alarm(device, occurrence, "begins");
    occurrence->id = events->add(events->ctx, occurrence);
    if (occurrence->id == 0)
        vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                        "too many alarms are open to keep more; further ones are only in the log");
    vb_alarms_name(&watched->alarms, (enum vb_alarm_kind)occurrence->alarm.kind,
                   occurrence->alarm.cell, occurrence->id);
}

static void end_alarm(struct vb_receiver_device *device, const struct vb_watched *watched,
                      struct vb_occurrence *occurrence)
{
    struct vb_alarm *alarm = &occurrence->alarm;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);
    occurrence->ended = true;
    occurrence->end_up_ms = happened_up_ms(device, watched, alarm);
    if (is_silence(alarm)) /* not when the reading that ended it was sampled */
        alarm->end_wall_ms = device->clock.wall_ms;
    (void)change(device, occurrence);
    const bool here = occurrence->begin_up_ms != 0;
    const uint64_t begin_ms = here ? occurrence->begin_up_ms : alarm->begin_wall_ms;
    const uint64_t end_ms = here ? occurrence->end_up_ms : alarm->end_wall_ms;
    char after[sizeof " after 18446744073709551 s"] = "";
    if (begin_ms != 0 && (int64_t)(end_ms - begin_ms) >= 0) /* else a clock was wrong */
        snprintf(after, sizeof after, " after %.0f s", (double)(end_ms - begin_ms) / 1000);
    vb_log_sink_say(&device->config.ports.log, VB_LOG_INFO, "%s: alarm ended%s: %s", mac, after,
                    occurrence->text);
}

/* An alert has begun, or an alarm has risen to one: record what led to it. */
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
    const bool ended = alarm_change->step == VB_ALARM_ENDED;
    struct vb_occurrence occurrence = occurrence_of(device, watched, alarm);
    if (alarm_change->step == VB_ALARM_DATED)
        return; /* vb_watch_date() has dealt with it */
    is_now(&occurrence);
    occurrence.last_known = !ended && !is_silence(alarm) && !vb_watch_is_live(device, watched);
    if (occurrence.last_known) { /* by a sample that was delayed */
        watched->has_old = true;
        date_last_known(device, watched, &occurrence);
    }
    const enum vb_alarm_tense tense = occurrence.last_known ? VB_ALARM_LAST_KNOWN : VB_ALARM_NOW;
    vb_alarm_text(alarm, ended ? VB_ALARM_OVER : tense, NULL, occurrence.text);
    switch ((enum vb_alarm_step)alarm_change->step) {
    case VB_ALARM_BEGAN:
        begin_alarm(device, watched, &occurrence);
        if (occurrence.id != 0)
            keep_alert(device, watched, &occurrence);
        break;
    case VB_ALARM_ROSE:
        (void)change(device, &occurrence);
        log_alarm(device, &occurrence, "reached");
        keep_alert(device, watched, &occurrence);
        break;
    case VB_ALARM_ENDED:
        end_alarm(device, watched, &occurrence);
        break;
    case VB_ALARM_DATED:
        break;
    }
    vb_watch_count(device, watched);
    if (occurrence.id != 0)
        vb_watch_tell(device, &occurrence);
}

void vb_watch_alarms(struct vb_receiver_device *device, struct vb_watched *watched)
{
    struct vb_alarm_change alarm_change;
    while (vb_alarms_next(&watched->alarms, &alarm_change))
        take_change(device, watched, &alarm_change);
}

/* == Current values ========================================================================== */

const struct vb_occurrence *vb_watch_live(struct vb_receiver_device *device,
                                          const struct vb_occurrence *kept)
{
    const struct vb_watched *watched =
        kept == NULL || !vb_occurrence_is_open(kept) || !kept->mac_known
            ? NULL
            : vb_watch_find(device, &kept->mac);
    const struct vb_alarm *alarm =
        watched == NULL ? NULL
                        : vb_alarms_open(&watched->alarms, (enum vb_alarm_kind)kept->alarm.kind,
                                         kept->alarm.cell);
    if (alarm == NULL || alarm->id != kept->id)
        return kept;
    device->live = occurrence_of(device, watched, alarm);
    vb_alarm_text(alarm, kept->last_known ? VB_ALARM_LAST_KNOWN : VB_ALARM_NOW, NULL,
                  device->live.text);
    return &device->live;
}

void vb_watch_refresh(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_alarm *alarm = vb_alarms_at(&watched->alarms, watched->refreshed++);
    if (alarm == NULL) {
        watched->refreshed = 0;
        return;
    }
    const struct vb_occurrence *kept = kept_of(device, alarm->id);
    const bool moved =
        kept != NULL && fabsf(alarm->now_value - kept->alarm.now_value) > 0; /* false of NAN */
    if (moved)
        vb_push_occurrence(&device->push, kept);
}

/* == No longer followed ====================================================================== */

void vb_watch_forget(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_outside *outside = vb_receiver_outside(&device->core, &watched->mac);
    const struct vb_alarm *alarm;
    for (unsigned i = 0; (alarm = vb_alarms_at(&watched->alarms, i)) != NULL; i++) {
        const struct vb_occurrence *kept = kept_of(device, alarm->id);
        if (kept == NULL)
            continue;
        struct vb_occurrence occurrence = *kept;
        occurrence.ended = true;
        is_now(&occurrence);
        occurrence.alarm.end_wall_ms = device->clock.wall_ms;
        occurrence.end_up_ms = device->up_ms;
        vb_alarm_text(alarm, VB_ALARM_OVER, NULL, occurrence.text);
        (void)change(device, &occurrence);
        vb_watch_tell(device, &occurrence);
    }
    if (outside != NULL && outside->why == VB_OUTSIDE_UNPLACED)
        return; /* it never answered and made room; its missing place is reported elsewhere */
    if (outside != NULL && outside->why == VB_OUTSIDE_GIVEN_UP)
        vb_watch_state(
            device, &watched->mac, VB_STATE_TRANSMITTER_GIVEN_UP, VB_ALARM_WARNING,
            "Transmitter silent for so long that its place was given up; this ends its open "
            "alarms.");
    else
        vb_watch_state(device, &watched->mac, VB_STATE_TRANSMITTER_FORGOTTEN, VB_ALARM_INFO,
                       "Transmitter forgotten; this ends its open alarms.");
}

/* == Across a restart ======================================================================== */

/* Closes an alarm that nothing will end any more: its end was never written, or this version does
 * not have its kind. */
static void close_orphan(const struct vb_receiver_device *device, const struct vb_occurrence *kept)
{
    struct vb_occurrence occurrence = *kept;
    is_now(&occurrence);
    occurrence.ended = true;
    occurrence.alarm.end_wall_ms = occurrence.alarm.begin_wall_ms;
    (void)change(device, &occurrence);
}

void vb_watch_restore(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_event_store *events = device->config.ports.events;
    const struct vb_occurrence *kept = events->before(events->ctx, UINT64_MAX);
    for (; kept != NULL; kept = events->before(events->ctx, kept->id)) {
        if (!vb_occurrence_is_open(kept) || !kept->mac_known ||
            !vb_mac_equal(&kept->mac, &watched->mac))
            continue;
        struct vb_occurrence occurrence = *kept;
        struct vb_alarm alarm = occurrence.alarm;
        alarm.id = occurrence.id;
        alarm.begin_ms = device->clock.now_ms;
        alarm.worst_ms = 0;
        if (!vb_alarms_restore(&watched->alarms, &alarm))
            close_orphan(device, &occurrence);
    }
    vb_watch_live_is(device, watched, false); /* no reading has arrived yet */
    vb_watch_count(device, watched);
}
