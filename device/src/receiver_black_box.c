/* The black box: what it notes of a transmitter, and when that becomes a recording. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "receiver_device_parts.h"
#include "voltbeacon/api/calendar.h"

/* Added to the device's up_ms, gives ms since 1970 UTC; 0 = not known. */
static uint64_t wall_offset_ms(const struct vb_receiver_device *device)
{
    return device->clock.wall_ms == 0 ? 0 : device->clock.wall_ms - device->up_ms;
}

static struct vb_capture_context context_of(const struct vb_receiver_device *device,
                                            const struct vb_watched *watched)
{
    return (struct vb_capture_context){.store = device->config.ports.recordings,
                                       .box = &watched->box,
                                       .scratch = device->scratch,
                                       .now_ms = device->up_ms,
                                       .offset_ms = wall_offset_ms(device)};
}

/* == Notes =================================================================================== */

void vb_watch_record_reading(struct vb_receiver_device *device, struct vb_watched *watched,
                             const struct vb_reading *reading, uint32_t age_ms)
{
    if (device->scratch == NULL ||
        (watched->recorded && reading->sequence == watched->recorded_sequence))
        return; /* a repeated sweep is not a new sample */
    const struct vb_recorded_reading recorded = {
        .at_ms = device->up_ms, .age_ms = age_ms, .reading = *reading};
    watched->recorded = true;
    watched->recorded_sequence = reading->sequence;
    (void)vb_black_box_reading(&watched->box, &recorded);
}

void vb_watch_record_occurrence(struct vb_receiver_device *device, struct vb_watched *watched,
                                const struct vb_occurrence *occurrence)
{
    if (device->scratch == NULL)
        return;
    struct vb_json json = vb_recording_line_begin(device->up_ms, device->scratch);
    vb_occurrence_json(&json, "event", occurrence, device->clock.wall_ms);
    vb_black_box_note(&watched->box, device->up_ms, device->scratch, vb_recording_line_end(&json));
}

void vb_watch_record_link(struct vb_receiver_device *device, struct vb_watched *watched,
                          const struct vb_peer *peer)
{
    const struct vb_quality *quality = &peer->quality;
    if (device->scratch == NULL)
        return;
    struct vb_json json = vb_recording_line_begin(device->up_ms, device->scratch);
    vb_json_object(&json, "link");
    vb_json_string(&json, "state", vb_link_name(peer->link));
    vb_json_integer(&json, "beacons", quality->beacons);
    vb_json_integer(&json, "beacons_lost", quality->beacons_lost);
    vb_json_integer(&json, "readings", quality->readings);
    vb_json_integer(&json, "readings_lost", quality->readings_lost);
    vb_json_integer(&json, "refused", quality->refused);
    vb_json_integer(&json, "reboots", quality->reboots);
    vb_json_object_end(&json);
    vb_black_box_note(&watched->box, device->up_ms, device->scratch, vb_recording_line_end(&json));
}

/* == Recordings ============================================================================== */

/* "2026-11-22T200000Z-021a2b3c4d5e-imbalance-cell17.jsonl"; while the clock is not set the first
 * part is "up123s". */
static void make_name(const struct vb_receiver_device *device, char name[VB_RECORDING_NAME_SIZE],
                      const struct vb_mac *mac, const char *what, unsigned cell)
{
    char when[VB_MOMENT_TEXT_SIZE];
    char where[16] = "";
    const uint64_t wall_ms = device->clock.wall_ms;
    if (wall_ms == 0)
        snprintf(when, sizeof when, "up%" PRIu64 "s", device->up_ms / 1000);
    else
        vb_moment_format((int64_t)(wall_ms / 1000), when);
    if (cell != VB_ALARM_NOWHERE)
        snprintf(where, sizeof where, "-cell%u", cell + 1);
    const uint8_t *b = mac->bytes;
    snprintf(name, VB_RECORDING_NAME_SIZE, "%s-%02x%02x%02x%02x%02x%02x-%s%s.jsonl", when, b[0],
             b[1], b[2], b[3], b[4], b[5], what, where);
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        if (*from != ':')
            *to++ = (char)(*from == '_' ? '-' : *from);
    }
    *to = '\0';
}

static bool begin(struct vb_receiver_device *device, struct vb_watched *watched, uint32_t after_ms)
{
    const struct vb_capture_context context = context_of(device, watched);
    struct vb_recording_entry *entry = &watched->capture.entry;
    entry->mac_known = true;
    entry->mac = watched->mac;
    if (!vb_capture_begin(&watched->capture, &context, after_ms)) {
        vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                        "cannot start recording %s: too many are in progress", entry->name);
        return false;
    }
    device->pumping = true;
    device->pump_at_up_ms = device->up_ms + VB_CAPTURE_PUMP_MS;
    return true;
}

static bool has_readings(const struct vb_watched *watched)
{
    return watched->box.reading_count > 0;
}

const char *vb_watch_record_alert(struct vb_receiver_device *device, struct vb_watched *watched,
                                  const struct vb_occurrence *occurrence)
{
    struct vb_capture *capture = &watched->capture;
    if (!has_readings(watched))
        return NULL;
    if (capture->active) {
        vb_capture_prolong(capture, device->up_ms, VB_CAPTURE_AFTER_MS);
        return capture->entry.name;
    }
    make_name(device, capture->entry.name, &watched->mac, vb_occurrence_kind_name(occurrence),
              occurrence->alarm.cell);
    snprintf(capture->entry.reason, sizeof capture->entry.reason, "%s", occurrence->text);
    return begin(device, watched, VB_CAPTURE_AFTER_MS) ? capture->entry.name : NULL;
}

enum vb_err vb_watch_record_on_demand(void *ctx, const struct vb_mac *mac, uint32_t seconds,
                                      struct vb_recording_entry *entry)
{
    struct vb_receiver_device *device = ctx;
    struct vb_watched *watched = vb_watch_find(device, mac);
    if (watched == NULL || !has_readings(watched))
        return VB_ERR_NOT_FOUND;
    struct vb_capture *capture = &watched->capture;
    if (capture->active) {
        *entry = capture->entry;
        return VB_ERR_BUSY;
    }
    make_name(device, capture->entry.name, mac, "on-demand", VB_ALARM_NOWHERE);
    snprintf(capture->entry.reason, sizeof capture->entry.reason, "On demand.");
    if (!begin(device, watched, seconds * 1000))
        return VB_ERR_STORE;
    *entry = capture->entry;
    return VB_ERR_OK;
}

void vb_watch_pump(struct vb_receiver_device *device)
{
    device->pumping = false;
    for (uint8_t i = 0; i < device->config.sizes.peers; i++) {
        struct vb_watched *watched = &device->watched[i];
        const struct vb_capture_context context = context_of(device, watched);
        device->pumping |= vb_capture_pump(&watched->capture, &context);
    }
    device->pump_at_up_ms = device->up_ms + VB_CAPTURE_PUMP_MS;
}

void vb_watch_end_recording(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_capture_context context = context_of(device, watched);
    vb_capture_end(&watched->capture, &context);
}
