/* The usual interval between readings is kept across a restart, in the event store's notes: without
 * it a pack that is rarely read would seem to have stopped after each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "receiver_device_parts.h"

enum {
    SAVE_AGAIN_MS = 600000, /* as with weak cells: an SD card stands that for years */
    CHANGED_BY = 4,         /* a change by a quarter of it is worth saving */
    TEXT_SIZE = 16
};

static void make_key(const struct vb_watched *watched, char key[VB_EVENT_NOTE_KEY_SIZE])
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&watched->mac, mac);
    snprintf(key, VB_EVENT_NOTE_KEY_SIZE, "interval_ms %s", mac);
}

void vb_watch_interval_load(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_event_store *events = device->config.ports.events;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char text[TEXT_SIZE];
    make_key(watched, key);
    const size_t size = events->noted(events->ctx, key, 0, text, sizeof text - 1);
    text[size] = '\0';
    char *end;
    const unsigned long ms = strtoul(text, &end, 10);
    if (*end != '\n' || ms == 0 || ms > VB_ALARM_INTERVAL_MS_MAX)
        return; /* none, or not one of ours: the next two readings teach it */
    vb_alarms_usual_interval(&watched->alarms, (uint32_t)ms);
    watched->interval_saved_ms = (uint32_t)ms;
    watched->interval_saved_up_ms = device->up_ms;
}

bool vb_watch_interval_save(struct vb_receiver_device *device, struct vb_watched *watched,
                            bool last)
{
    const struct vb_event_store *events = device->config.ports.events;
    const uint32_t now_ms = watched->alarms.interval_ms < VB_ALARM_INTERVAL_MS_MAX
                                ? watched->alarms.interval_ms
                                : VB_ALARM_INTERVAL_MS_MAX;
    const uint32_t was_ms = watched->interval_saved_ms;
    const uint32_t by_ms = now_ms > was_ms ? now_ms - was_ms : was_ms - now_ms;
    if (by_ms <= was_ms / CHANGED_BY ||
        (was_ms != 0 && !last && device->up_ms - watched->interval_saved_up_ms < SAVE_AGAIN_MS))
        return true;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char text[TEXT_SIZE];
    make_key(watched, key);
    const int size = snprintf(text, sizeof text, "%" PRIu32 "\n", now_ms);
    if (!events->note(events->ctx, key, 0, text, (size_t)size, true))
        return false;
    watched->interval_saved_ms = now_ms;
    watched->interval_saved_up_ms = device->up_ms;
    return true;
}
