/* The black box: what it takes down of a transmitter, and when it is written to a file. */
#include "receiver_watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "linux/system/log.h"

void vb_watch_record_reading(struct vb_watched *watched, const struct vb_reading *reading,
                             uint64_t now_wall_ms, uint32_t age_ms)
{
    if (watched->recorded && reading->sequence == watched->recorded_sequence)
        return; /* a repeated sweep is no new sample */
    const struct vb_recorded_reading recorded = {
        .at_ms = now_wall_ms, .age_ms = age_ms, .reading = *reading};
    watched->recorded = true;
    watched->recorded_sequence = reading->sequence;
    (void)vb_black_box_reading(&watched->box, &recorded);
}

void vb_watch_record_occurrence(struct vb_watched *watched, const struct vb_occurrence *occurrence)
{
    char text[VB_RECORDING_LINE_BYTES_MAX];
    const uint64_t now_wall_ms = vb_wall_ms();
    struct vb_json json = vb_recording_line_begin(now_wall_ms, text);
    vb_occurrence_json(&json, "event", occurrence, now_wall_ms);
    vb_black_box_note(&watched->box, now_wall_ms, text, vb_recording_line_end(&json));
}

void vb_watch_record_link(struct vb_watched *watched, const struct vb_peer *peer)
{
    char text[VB_RECORDING_LINE_BYTES_MAX];
    const uint64_t now_wall_ms = vb_wall_ms();
    const struct vb_quality *quality = &peer->quality;
    struct vb_json json = vb_recording_line_begin(now_wall_ms, text);
    vb_json_object(&json, "link");
    vb_json_string(&json, "state", vb_link_name(peer->link));
    vb_json_integer(&json, "beacons", quality->beacons);
    vb_json_integer(&json, "beacons_lost", quality->beacons_lost);
    vb_json_integer(&json, "readings", quality->readings);
    vb_json_integer(&json, "readings_lost", quality->readings_lost);
    vb_json_integer(&json, "refused", quality->refused);
    vb_json_integer(&json, "reboots", quality->reboots);
    vb_json_object_end(&json);
    vb_black_box_note(&watched->box, now_wall_ms, text, vb_recording_line_end(&json));
}

/* ---- Files ---- */

/* "2026-11-22T200000Z-021a2b3c4d5e-imbalance-cell17.jsonl" */
static void make_name(char name[VB_RECORDING_NAME_SIZE], const struct vb_mac *mac, const char *what,
                      unsigned cell)
{
    char when[24];
    char where[16] = "";
    const time_t now_s = (time_t)(vb_wall_ms() / 1000);
    struct tm utc;
    gmtime_r(&now_s, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H%M%SZ", &utc);
    if (cell != VB_ALARM_NOWHERE)
        snprintf(where, sizeof where, "-cell%u", cell + 1);
    const uint8_t *b = mac->bytes;
    snprintf(name, VB_RECORDING_NAME_SIZE, "%s-%02x%02x%02x%02x%02x%02x-%s%s.jsonl", when, b[0],
             b[1], b[2], b[3], b[4], b[5], what, where);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '_')
            *at = '-';
    }
}

static bool begin(struct vb_watch *watch, struct vb_watched *watched, uint32_t after_ms)
{
    struct vb_recording_entry *entry = &watched->capture.entry;
    entry->mac_known = true;
    entry->mac = watched->mac;
    const bool begun = vb_capture_begin(&watched->capture, watch->folder, &watched->box,
                                        vb_now_ms(), vb_wall_ms(), after_ms);
    if (begun)
        vb_loop_timer(watch->loop, VB_CAPTURE_PUMP_MS, vb_watch_pump, watch);
    else
        vb_log(VB_LOG_ERROR, "recording %s cannot be begun: too many are under way", entry->name);
    return begun;
}

const char *vb_watch_record_alert(struct vb_watch *watch, struct vb_watched *watched,
                                  const struct vb_occurrence *occurrence)
{
    struct vb_capture *capture = &watched->capture;
    if (watch->folder == NULL || watched->box.reading_count == 0)
        return NULL;
    if (capture->active) {
        vb_capture_prolong(capture, vb_now_ms(), VB_CAPTURE_AFTER_MS);
        return capture->entry.name;
    }
    make_name(capture->entry.name, &watched->mac, vb_occurrence_kind_name(occurrence),
              occurrence->alarm.cell);
    snprintf(capture->entry.reason, sizeof capture->entry.reason, "%s", occurrence->text);
    return begin(watch, watched, VB_CAPTURE_AFTER_MS) ? capture->entry.name : NULL;
}

enum vb_err vb_watch_record_on_demand(void *ctx, const struct vb_mac *mac, uint32_t seconds,
                                      struct vb_recording_entry *entry)
{
    struct vb_watch *watch = ctx;
    struct vb_watched *watched = vb_watch_find(watch, mac);
    if (watched == NULL || watched->box.reading_count == 0)
        return VB_ERR_NOT_FOUND;
    struct vb_capture *capture = &watched->capture;
    if (capture->active) {
        *entry = capture->entry;
        return VB_ERR_BUSY;
    }
    make_name(capture->entry.name, mac, "on-demand", VB_ALARM_NOWHERE);
    snprintf(capture->entry.reason, sizeof capture->entry.reason, "On demand.");
    if (!begin(watch, watched, seconds * 1000))
        return VB_ERR_STORE;
    *entry = capture->entry;
    return VB_ERR_OK;
}

void vb_watch_pump(void *ctx)
{
    struct vb_watch *watch = ctx;
    bool more = false;
    for (unsigned i = 0; i < VB_WATCHED_MAX; i++) {
        struct vb_watched *watched = watch->watched[i];
        if (watched != NULL && watched->capture.active)
            more |= vb_capture_pump(&watched->capture, watch->folder, &watched->box, vb_now_ms());
    }
    if (more)
        vb_loop_timer(watch->loop, VB_CAPTURE_PUMP_MS, vb_watch_pump, watch);
}
