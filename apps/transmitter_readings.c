/* Readings, from the source to those who want them: the link at the section telemetry's pace, MQTT
 * at the section mqtt's. The newest goes out; what lies between is left out. */
#include "transmitter_daemon.h"

#include <stdio.h>
#include <string.h>

#include "linux/system/log.h"
#include "text.h"
#include "voltbeacon/api/reading_json.h"

enum {
    SLACK_MS = 10, /* timers are not exact: what is due within this goes now */
    GRACE_MS = 5000,
    GAP_WAITED_MS_MAX = 3600 * 1000
};

static void take_next(struct vb_transmitter_daemon *daemon);

/* Whether it is time again, at most once in interval_ms on average: a late one does not cost the
 * next. */
static bool due(uint32_t *next_ms, uint32_t now_ms, uint32_t interval_ms)
{
    const int32_t late_ms = (int32_t)(now_ms - *next_ms);
    if (late_ms + SLACK_MS < 0 && late_ms > -(int32_t)interval_ms - SLACK_MS)
        return false;
    const bool behind = late_ms > (int32_t)interval_ms || late_ms + SLACK_MS < 0;
    *next_ms = (behind ? now_ms : *next_ms) + interval_ms;
    return true;
}

static void publish(struct vb_transmitter_daemon *daemon, uint32_t now_ms,
                    const struct vb_reading *reading)
{
    char text[VB_READING_JSON_MAX];
    struct vb_json json = vb_json_of(text, sizeof text);
    const struct vb_reading_about about = {.mac = daemon->base.mac,
                                           .epoch = daemon->core.epoch,
                                           .now_ms = now_ms,
                                           .interval_ms = VB_INTERVAL_UNKNOWN};
    vb_reading_json(&json, reading, &about);
    if (!json.failed)
        vb_mqtt_publish(daemon->mqtt, "cells", text, json.at, false);
    uint8_t raw[VB_READING_BYTES_MAX];
    const size_t size = vb_reading_encode(reading, now_ms - reading->sampled_ms, raw);
    vb_mqtt_publish(daemon->mqtt, "cells/binary", raw, size, false);
}

static void deliver(struct vb_transmitter_daemon *daemon, uint32_t now_ms,
                    const struct vb_reading *reading)
{
    struct vb_readings *readings = &daemon->readings;
    const uint8_t path = daemon->telemetry.path;
    const bool heard = vb_transmitter_heard(&daemon->core, now_ms);
    const bool to_link = path != VB_PATH_MQTT;
    const bool to_mqtt =
        path == VB_PATH_MQTT || path == VB_PATH_BOTH || (path == VB_PATH_AUTO && !heard);
    if (to_link && due(&readings->send_at_ms, now_ms, daemon->telemetry.interval_ms))
        vb_transmitter_reading(&daemon->core, now_ms, reading);
    if (to_mqtt && (daemon->runtime.flags & VB_RUNTIME_MQTT_CONNECTED) != 0 &&
        due(&readings->publish_at_ms, now_ms, daemon->mqtt_values.publish_interval_ms))
        publish(daemon, now_ms, reading);
}

static void on_due(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    struct vb_readings *readings = &daemon->readings;
    const uint32_t now_ms = vb_now_ms();
    /* A sample that the source shows again does not get younger by it. */
    const uint32_t recorded_age_ms = (uint32_t)readings->next_at_ms - readings->next.sampled_ms;
    const uint32_t age_ms = (uint32_t)(recorded_age_ms / readings->speed);
    readings->next.sampled_ms = now_ms - age_ms;
    readings->next.wall_ms = vb_wall_ms() - age_ms;
    readings->last = readings->next;
    readings->taken++;
    deliver(daemon, now_ms, &readings->last);
    take_next(daemon);
}

static void take_next(struct vb_transmitter_daemon *daemon)
{
    struct vb_readings *readings = &daemon->readings;
    const uint32_t skipped = vb_source_skipped(readings->source)->count;
    switch (vb_source_next(readings->source, &readings->next, &readings->next_at_ms)) {
    case VB_SOURCE_READING:
        break;
    case VB_SOURCE_END:
        readings->ended = true;
        vb_log(VB_LOG_INFO, "the recording has ended; --loop begins it again");
        return;
    case VB_SOURCE_FAILED:
        readings->ended = true;
        vb_log(VB_LOG_ERROR, "no more readings: %s", vb_source_error(readings->source));
        return;
    }
    if (vb_source_skipped(readings->source)->count != skipped)
        vb_log(VB_LOG_WARNING, "%s; that row is left out",
               vb_source_skipped(readings->source)->reason.text);
    const uint32_t elapsed_ms = vb_now_ms() - readings->started_ms;
    const double at_ms = (double)readings->next_at_ms / readings->speed;
    double wait_ms = at_ms - (double)elapsed_ms;
    /* The machine slept, the clock ran 49 days, or the recording has a gap that nobody would sit
     * through: start anew from here. */
    if (wait_ms < -1000 || wait_ms > GAP_WAITED_MS_MAX) {
        readings->started_ms = vb_now_ms() - (uint32_t)(uint64_t)at_ms;
        wait_ms = 0;
    }
    vb_loop_timer(daemon->base.loop, wait_ms > 0 ? (uint32_t)wait_ms : 0, on_due, daemon);
}

/* ---- A battery on a bus ---- */

static void on_reading(void *ctx, const struct vb_reading *reading)
{
    struct vb_transmitter_daemon *daemon = ctx;
    daemon->readings.last = *reading;
    daemon->readings.taken++;
    deliver(daemon, reading->sampled_ms, reading);
}

static bool start_battery(struct vb_transmitter_daemon *daemon, struct vb_source_error *why)
{
    struct vb_readings *readings = &daemon->readings;
    const struct vb_can_source_options options = {
        .loop = daemon->base.loop, .on_reading = on_reading, .ctx = daemon};
    readings->battery = vb_can_source_open(daemon->options->source, &options, why);
    if (readings->battery == NULL)
        return false;
    vb_log(VB_LOG_INFO, "source: %s", vb_can_source_describe(readings->battery).text);
    return true;
}

void vb_readings_can(struct vb_transmitter_daemon *daemon, const struct vb_can_values *values)
{
    struct vb_can_source_settings settings = {.listen_only = values->listen_only,
                                              .ignored_count = (uint8_t)values->ignored_ids_count};
    VB_ASSERT(values->ignored_ids_count <= VB_CAN_IGNORED_MAX);
    for (uint8_t i = 0; i < settings.ignored_count; i++)
        settings.ignored_ids[i] = values->ignored_ids[i];
    if (daemon->readings.battery != NULL)
        vb_can_source_configure(daemon->readings.battery, &settings);
}

static size_t battery_status(const struct vb_can_poll *poll, char *text, size_t length, size_t size)
{
    const struct vb_can_decoder *decoder = &poll->decoder;
    length = vb_append(text, length, size,
                       "can_battery=%s, %s\ncan_requests=%u\ncan_silences=%u\ncan_declined=%u\n"
                       "can_sweeps=%u\ncan_sweeps_repeated=%u\n",
                       decoder->battery->title, decoder->battery->variant_names[decoder->variant],
                       poll->requests, poll->silences, poll->declined, decoder->sweeps,
                       decoder->repeated);
    for (unsigned i = 0; i < VB_CAN_REFUSAL_COUNT; i++) {
        if (decoder->refusals[i] > 0)
            length = vb_append(text, length, size, "can_refused_%u=%u %s\n", i,
                               decoder->refusals[i], vb_can_refusal_text((enum vb_can_refusal)i));
    }
    for (unsigned i = 0; i < VB_ISOTP_FAULT_COUNT; i++) {
        if (decoder->answer.faults[i] > 0)
            length =
                vb_append(text, length, size, "isotp_refused_%u=%u %s\n", i,
                          decoder->answer.faults[i], vb_isotp_fault_text((enum vb_isotp_fault)i));
    }
    return length;
}

size_t vb_readings_status(const struct vb_transmitter_daemon *daemon, char *text, size_t length,
                          size_t size)
{
    const struct vb_readings *readings = &daemon->readings;
    if (readings->battery != NULL)
        return battery_status(vb_can_source_poll(readings->battery), text, length, size);
    const struct vb_source_skipped *skipped = vb_source_skipped(readings->source);
    if (skipped->count == 0)
        return length;
    return vb_append(text, length, size, "source_skipped=%u, last: %s\n", skipped->count,
                     skipped->reason.text);
}

/* ---- Life ---- */

static bool start_source(struct vb_transmitter_daemon *daemon, struct vb_source_error *why)
{
    struct vb_readings *readings = &daemon->readings;
    const struct vb_source_options options = {.loop = daemon->options->loop,
                                              .other_form = vb_can_source_form};
    readings->source = vb_source_open(daemon->options->source, &options, why);
    if (readings->source == NULL)
        return false;
    readings->speed = daemon->options->speed;
    readings->started_ms = vb_now_ms();
    vb_log(VB_LOG_INFO, "source: %s", vb_source_describe(readings->source).text);
    take_next(daemon);
    return true;
}

bool vb_readings_start(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    struct vb_source_error why;
    const bool started = vb_can_source_named(daemon->options->source) ? start_battery(daemon, &why)
                                                                      : start_source(daemon, &why);
    if (!started)
        snprintf(error, error_size, "--source: %s", why.text);
    return started;
}

void vb_readings_stop(struct vb_transmitter_daemon *daemon)
{
    vb_source_close(daemon->readings.source);
    vb_can_source_close(daemon->readings.battery);
}

static uint32_t usual_interval_ms(const struct vb_readings *readings)
{
    if (readings->battery != NULL)
        return vb_can_source_describe(readings->battery).interval_ms;
    return (uint32_t)(vb_source_describe(readings->source).interval_ms / readings->speed);
}

bool vb_readings_live(const struct vb_transmitter_daemon *daemon, uint32_t now_ms)
{
    const struct vb_readings *readings = &daemon->readings;
    if (readings->taken == 0 || readings->ended)
        return false;
    return now_ms - readings->last.sampled_ms < 2 * usual_interval_ms(readings) + GRACE_MS;
}
