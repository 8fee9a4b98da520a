/* The usual interval between readings is kept across a restart, in the event store's notes: without
 * it a pack that is rarely read would seem to have stopped after each. */
#include "receiver_device_parts.h"
#include "watched_note.h"

enum {
    SAVE_AGAIN_MS = 600000, /* as with weak cells: an SD card stands that for years */
    CHANGED_BY = 4          /* a change by a quarter of it is worth saving */
};

static const char name[] = "interval_ms";

void vb_watch_interval_load(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const uint32_t ms = vb_watched_noted(device, watched, name);
    if (ms == 0 || ms > VB_ALARM_INTERVAL_MS_MAX)
        return; /* none, or not one of ours: the next two readings teach it */
    vb_alarms_usual_interval(&watched->alarms, ms);
    watched->interval_saved_ms = ms;
    watched->interval_saved_up_ms = device->up_ms;
}

bool vb_watch_interval_save(struct vb_receiver_device *device, struct vb_watched *watched,
                            bool last)
{
    const uint32_t now_ms = watched->alarms.interval_ms < VB_ALARM_INTERVAL_MS_MAX
                                ? watched->alarms.interval_ms
                                : VB_ALARM_INTERVAL_MS_MAX;
    const uint32_t was_ms = watched->interval_saved_ms;
    const uint32_t by_ms = now_ms > was_ms ? now_ms - was_ms : was_ms - now_ms;
    if (by_ms <= was_ms / CHANGED_BY ||
        (was_ms != 0 && !last && device->up_ms - watched->interval_saved_up_ms < SAVE_AGAIN_MS))
        return true;
    if (!vb_watched_note(device, watched, name, now_ms))
        return false;
    watched->interval_saved_ms = now_ms;
    watched->interval_saved_up_ms = device->up_ms;
    return true;
}
