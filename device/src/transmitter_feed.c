/* Passes readings on from the source: to the link at the telemetry section's pace, to the broker
 * at the mqtt section's. Only the newest goes out; those in between are dropped. */
#include "transmitter_device_parts.h"
#include "voltbeacon/api/reading_json.h"

_Static_assert((int)VB_SCRATCH_BYTES >= (int)VB_READING_JSON_MAX, "a reading fits the scratch");

enum {
    SLACK_MS = 10,   /* timers are inexact: what is due within this goes now */
    GRACE_MS = 5000, /* a source may be this late and still be live */
    BEHIND_MS_MAX = 1000,
    GAP_WAITED_MS_MAX = 3600 * 1000,
    SPEED_AS_IT_IS = 1000
};

/* ---- Out ---- */

/* Whether it is time again: on average at most once per interval_ms, so a late one does not cost
 * the next. */
static bool due(uint32_t *next_ms, uint32_t now_ms, uint32_t interval_ms)
{
    const int32_t late_ms = (int32_t)(now_ms - *next_ms);
    if (late_ms + SLACK_MS < 0 && late_ms > -(int32_t)interval_ms - SLACK_MS)
        return false;
    const bool behind = late_ms > (int32_t)interval_ms || late_ms + SLACK_MS < 0;
    *next_ms = (behind ? now_ms : *next_ms) + interval_ms;
    return true;
}

bool vb_transmitter_to_broker(const struct vb_transmitter_device *device, uint32_t now_ms)
{
    switch ((enum vb_list_PATH)device->telemetry.path) {
    case VB_PATH_LINK:
        return false;
    case VB_PATH_MQTT:
    case VB_PATH_BOTH:
        return true;
    case VB_PATH_AUTO:
        return !vb_transmitter_heard(&device->core, now_ms);
    }
    return false;
}

static void publish(struct vb_transmitter_device *device, uint32_t now_ms,
                    const struct vb_reading *reading)
{
    const struct vb_broker *broker = device->config.broker;
    char *text = (char *)vb_scratch_borrow(&device->core.scratch);
    struct vb_json json = vb_json_of(text, VB_SCRATCH_BYTES);
    const struct vb_reading_about about = {.mac = device->core.config.mac,
                                           .epoch = device->core.epoch,
                                           .now_ms = now_ms,
                                           .interval_ms = VB_INTERVAL_UNKNOWN};
    vb_reading_json(&json, reading, &about);
    VB_ASSERT(!json.failed);
    broker->publish(broker->ctx, "cells", text, json.at, false);
    vb_scratch_give_back(&device->core.scratch);
    uint8_t raw[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(reading, now_ms - reading->sampled_ms, raw);
    broker->publish(broker->ctx, "cells/binary", raw, size, false);
}

void vb_transmitter_device_reading(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, const struct vb_reading *reading)
{
    const uint32_t now_ms = clock->now_ms;
    if (!device->booted)
        return;
    VB_ASSERT(reading->cell_count >= 1 && reading->cell_count <= VB_CELLS_MAX);
    VB_ASSERT(vb_time_reached(now_ms, reading->sampled_ms));
    device->sampled = (struct vb_age){.at_ms = now_ms, .age_ms = now_ms - reading->sampled_ms};
    device->readings++;
    vb_transmitter_device_refresh(device, now_ms);
    if (device->telemetry.path != VB_PATH_MQTT &&
        due(&device->send_at_ms, now_ms, device->telemetry.interval_ms))
        vb_transmitter_reading(&device->core, now_ms, reading);
    if (vb_transmitter_to_broker(device, now_ms) &&
        (device->runtime.flags & VB_RUNTIME_MQTT_CONNECTED) != 0 &&
        due(&device->publish_at_ms, now_ms, device->publish_interval_ms))
        publish(device, now_ms, reading);
}

/* ---- A polled source ---- */

static uint32_t speed_permille(const struct vb_reading_source *source)
{
    return source->speed_permille == 0 ? SPEED_AS_IT_IS : source->speed_permille;
}

/* Converts the source's milliseconds to ours. */
static uint64_t at_our_pace(const struct vb_reading_source *source, uint64_t ms)
{
    return ms * SPEED_AS_IT_IS / speed_permille(source);
}

static void take_next(struct vb_transmitter_device *device, uint32_t now_ms)
{
    const struct vb_reading_source *source = device->config.source;
    struct vb_feed *feed = &device->feed;
    const enum vb_source_result result = source->next(source->ctx, &feed->next, &feed->next_at_ms);
    feed->waiting = result == VB_SOURCE_READING;
    feed->looking = result == VB_SOURCE_LATER;
    device->ended = !feed->waiting && !feed->looking;
    feed->due_ms = now_ms;
    if (!feed->waiting)
        return;
    const uint64_t at_ms = at_our_pace(source, feed->next_at_ms);
    int64_t wait_ms = (int64_t)at_ms - (int64_t)(now_ms - feed->started_ms);
    /* The machine slept, the clock ran 49 days, or the recording has a gap that nobody would sit
     * through: take the time from here on. */
    if (wait_ms < -BEHIND_MS_MAX || wait_ms > GAP_WAITED_MS_MAX) {
        feed->started_ms = now_ms - (uint32_t)at_ms;
        wait_ms = 0;
    }
    feed->due_ms = now_ms + (wait_ms > 0 ? (uint32_t)wait_ms : 0);
}

void vb_transmitter_feed_start(struct vb_transmitter_device *device, uint32_t now_ms)
{
    const struct vb_reading_source *source = device->config.source;
    if (source == NULL || source->next == NULL)
        return;
    device->feed.started_ms = now_ms;
    take_next(device, now_ms);
}

/* One reading per tick, so that a recording that is behind does not hold up everything else. */
void vb_transmitter_feed_tick(struct vb_transmitter_device *device, const struct vb_clock *clock)
{
    struct vb_feed *feed = &device->feed;
    if (feed->looking)
        take_next(device, clock->now_ms);
    if (!feed->waiting || !vb_time_reached(clock->now_ms, feed->due_ms))
        return;
    /* A sample that the source repeats is not any newer for it. */
    const uint32_t recorded_age_ms = (uint32_t)feed->next_at_ms - feed->next.sampled_ms;
    const uint32_t age_ms = (uint32_t)at_our_pace(device->config.source, recorded_age_ms);
    feed->next.sampled_ms = clock->now_ms - age_ms;
    feed->next.wall_ms = clock->wall_ms > age_ms ? clock->wall_ms - age_ms : 0;
    vb_transmitter_device_reading(device, clock, &feed->next);
    take_next(device, clock->now_ms);
}

uint32_t vb_transmitter_feed_wakeup_ms(const struct vb_transmitter_device *device, uint32_t now_ms)
{
    return device->feed.waiting || device->feed.looking ? vb_time_until(now_ms, device->feed.due_ms)
                                                        : VB_FOREVER_MS;
}

/* ---- Liveness ---- */

static uint32_t silence_ms_max(const struct vb_transmitter_device *device)
{
    const struct vb_reading_source *source = device->config.source;
    const uint64_t usual_ms =
        source->next == NULL ? source->interval_ms : at_our_pace(source, source->interval_ms);
    const uint64_t max_ms = 2 * usual_ms + GRACE_MS;
    return max_ms < VB_FOREVER_MS ? (uint32_t)max_ms : VB_FOREVER_MS;
}

uint32_t vb_transmitter_silence_ms(const struct vb_transmitter_device *device, uint32_t now_ms)
{
    if (device->ended || device->config.source == NULL)
        return VB_FOREVER_MS;
    const uint32_t age_ms = vb_age_ms(&device->sampled, now_ms);
    const uint32_t max_ms = silence_ms_max(device);
    return age_ms < max_ms ? max_ms - age_ms : VB_FOREVER_MS;
}

bool vb_transmitter_device_live(const struct vb_transmitter_device *device, uint32_t now_ms)
{
    if (device->ended || device->config.source == NULL)
        return false; /* before the first reading the age is unknown, so not live */
    return vb_age_ms(&device->sampled, now_ms) < silence_ms_max(device);
}
