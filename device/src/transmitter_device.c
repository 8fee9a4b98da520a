/* The transmitter device's life: input, output, and what its runtime status says. */
#include "transmitter_device_parts.h"

#include <string.h>

#include "voltbeacon/core/transmitter_facts.h"

enum { BOOT_AGAIN_MS = 10000 };

/* ---- Current status ---- */

static void set_flag(struct vb_runtime *runtime, uint8_t flag, bool on)
{
    runtime->flags = (uint8_t)(on ? runtime->flags | flag : runtime->flags & ~flag);
}

/* <prefix>/status is about the readings, not the connection: a client that shows the last readings
 * as current because it says "online" must be right to do so. */
static void tell_availability(struct vb_transmitter_device *device, uint32_t now_ms, bool live)
{
    const struct vb_broker *broker = device->config.broker;
    const bool available = live && vb_transmitter_to_broker(device, now_ms);
    if (broker == NULL || available == device->available)
        return;
    device->available = available;
    broker->available(broker->ctx, available);
}

void vb_transmitter_device_refresh(struct vb_transmitter_device *device, uint32_t now_ms)
{
    const struct vb_broker *broker = device->config.broker;
    struct vb_broker_status status = {0};
    if (!device->booted)
        return;
    const bool live = vb_transmitter_device_live(device, now_ms);
    if (broker != NULL)
        broker->status(broker->ctx, &status);
    set_flag(&device->runtime, VB_RUNTIME_MQTT_CONNECTED, status.connected);
    set_flag(&device->runtime, VB_RUNTIME_SOURCE_OK, live);
    set_flag(&device->runtime, VB_RUNTIME_MQTT_ONLY, device->telemetry.path == VB_PATH_MQTT);
    set_flag(&device->runtime, VB_RUNTIME_MQTT_FAULT, status.fault != VB_MQTT_FAULT_NONE);
    device->runtime.mqtt_fault = (uint8_t)status.fault;
    tell_availability(device, now_ms, live);
    vb_transmitter_runtime(&device->core, now_ms, &device->runtime);
    vb_transmitter_facts(&device->core, now_ms, &device->facts);
    if (!live || device->telemetry.path == VB_PATH_MQTT)
        vb_transmitter_stream_ends(&device->core, now_ms);
}

/* ---- In ---- */

/* No call has come since the source fell silent, or this device was itself paused: the status last
 * reported no longer holds. */
static bool is_stale(const struct vb_transmitter_device *device, uint32_t now_ms)
{
    const bool told = (device->runtime.flags & VB_RUNTIME_SOURCE_OK) != 0;
    return told != vb_transmitter_device_live(device, now_ms);
}

enum vb_err vb_transmitter_device_input(struct vb_transmitter_device *device,
                                        const struct vb_clock *clock,
                                        const struct vb_link_frame *frame)
{
    const struct vb_link *link = device->config.link;
    if (!device->booted)
        return VB_ERR_STORE;
    if (is_stale(device, clock->now_ms))
        vb_transmitter_device_tick(device, clock); /* so that the answer has the current state */
    vb_transmitter_late(&device->core, frame->age_ms);
    const enum vb_err err = vb_transmitter_input(&device->core, clock->now_ms, &frame->src,
                                                 &frame->dst, frame->bytes, frame->size);
    if (err == VB_ERR_OK && link->learn != NULL)
        link->learn(link->ctx, frame);
    return err;
}

void vb_transmitter_device_committed(struct vb_transmitter_device *device,
                                     const struct vb_clock *clock, uint32_t token,
                                     enum vb_err result)
{
    vb_transmitter_committed(&device->core, clock->now_ms, token, result);
}

void vb_transmitter_device_sent(struct vb_transmitter_device *device, const struct vb_clock *clock,
                                const struct vb_mac *dst, bool delivered)
{
    vb_transmitter_sent(&device->core, clock->now_ms, dst, delivered);
}

void vb_transmitter_device_broker(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock)
{
    vb_transmitter_device_refresh(device, clock->now_ms);
}

void vb_transmitter_device_address(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, bool ethernet_up,
                                   const uint8_t ip[4])
{
    set_flag(&device->runtime, VB_RUNTIME_ETHERNET_UP, ethernet_up);
    set_flag(&device->runtime, VB_RUNTIME_IP_KNOWN, ip != NULL);
    memset(device->runtime.ip, 0, sizeof device->runtime.ip);
    if (ip != NULL)
        memcpy(device->runtime.ip, ip, sizeof device->runtime.ip);
    vb_transmitter_device_refresh(device, clock->now_ms);
}

void vb_transmitter_device_facts(struct vb_transmitter_device *device, const struct vb_clock *clock,
                                 const struct vb_board_facts *facts)
{
    device->facts = *facts;
    vb_transmitter_device_refresh(device, clock->now_ms);
}

/* ---- Out ---- */

static void send_frames(struct vb_transmitter_device *device, uint32_t now_ms)
{
    const struct vb_link *link = device->config.link;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    for (size_t size; (size = vb_transmitter_output(&device->core, now_ms, &dst, bytes)) > 0;) {
        const enum vb_link_sent sent = link->send(link->ctx, &dst, bytes, size);
        if (sent == VB_LINK_DELIVERED || sent == VB_LINK_LOST)
            vb_transmitter_sent(&device->core, now_ms, &dst, sent == VB_LINK_DELIVERED);
    }
}

static void drain_events(struct vb_transmitter_device *device)
{
    const struct vb_sink *sink = device->config.sink;
    struct vb_event event;
    while (vb_transmitter_event(&device->core, &event)) {
        if (sink != NULL && sink->event != NULL)
            sink->event(sink->ctx, &event);
    }
}

void vb_transmitter_device_output(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock)
{
    if (!device->booted)
        return;
    drain_events(device);
    if (vb_transmitter_apply_changed(device))
        vb_transmitter_device_refresh(device, clock->now_ms);
    send_frames(device, clock->now_ms);
}

void vb_transmitter_device_goodbye(struct vb_transmitter_device *device)
{
    const struct vb_broker *broker = device->config.broker;
    vb_transmitter_goodbye(&device->core);
    if (device->available)
        broker->available(broker->ctx, false);
    device->available = false;
}

/* ---- Time ---- */

/* Nothing has been sent or decided yet, so a boot that failed can simply be tried again. */
static enum vb_err boot(struct vb_transmitter_device *device, const struct vb_clock *clock)
{
    const enum vb_err err = vb_transmitter_init(&device->core, &device->boot, clock->now_ms);
    device->boot_at_ms = clock->now_ms + BOOT_AGAIN_MS;
    device->booted = err == VB_ERR_OK;
    if (err != VB_ERR_OK)
        return err;
    vb_transmitter_apply_all(device);
    vb_transmitter_feed_start(device, clock->now_ms);
    vb_transmitter_device_refresh(device, clock->now_ms);
    return VB_ERR_OK;
}

void vb_transmitter_device_tick(struct vb_transmitter_device *device, const struct vb_clock *clock)
{
    if (!device->booted) {
        if (vb_time_reached(clock->now_ms, device->boot_at_ms))
            (void)boot(device, clock);
        return;
    }
    vb_age_advance(&device->sampled, clock->now_ms);
    vb_transmitter_tick(&device->core, clock->now_ms);
    vb_transmitter_feed_tick(device, clock);
    vb_transmitter_device_refresh(device, clock->now_ms);
}

uint32_t vb_transmitter_device_wakeup_ms(const struct vb_transmitter_device *device,
                                         const struct vb_clock *clock)
{
    const uint32_t now_ms = clock->now_ms;
    if (!device->booted)
        return vb_time_until(now_ms, device->boot_at_ms);
    const uint32_t waits[] = {vb_transmitter_wakeup_ms(&device->core, now_ms),
                              vb_transmitter_feed_wakeup_ms(device, now_ms),
                              vb_transmitter_silence_ms(device, now_ms)};
    uint32_t wait = VB_FOREVER_MS;
    for (unsigned i = 0; i < VB_COUNT_OF(waits); i++)
        wait = waits[i] < wait ? waits[i] : wait;
    return wait;
}

/* ---- Life ---- */

enum vb_err vb_transmitter_device_init(struct vb_transmitter_device *device,
                                       const struct vb_transmitter_device_config *config,
                                       const struct vb_clock *clock)
{
    VB_ASSERT(config->core != NULL && config->link != NULL);
    memset(device, 0, sizeof *device);
    device->config = *config;
    device->config.core = NULL;
    device->boot = *config->core;
    device->identity = *config->core->identity;
    device->boot.identity = &device->identity;
    device->boot.frame_bytes_max = config->link->frame_bytes_max;
    device->send_at_ms = clock->now_ms;
    device->publish_at_ms = clock->now_ms;
    vb_age_unknown(&device->sampled, clock->now_ms);
    return boot(device, clock);
}

bool vb_transmitter_device_goes_on(enum vb_err init)
{
    return init == VB_ERR_OK || init == VB_ERR_STORE;
}

bool vb_transmitter_device_is_booting(const struct vb_transmitter_device *device)
{
    return device->booted && !device->core.announced && !device->core.commit_retry;
}
