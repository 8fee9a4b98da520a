/* What the files of the transmitter device share. */
#ifndef VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_PARTS_H
#define VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_PARTS_H

#include "voltbeacon/device/transmitter_device.h"

/* ---- transmitter_device.c ---- */

/* Updates flags in the core and availability at the broker. Costs nothing if nothing changed. */
void vb_transmitter_device_refresh(struct vb_transmitter_device *device, uint32_t now_ms);

/* ---- transmitter_apply.c ---- */

/* Applies every section that has a row. */
void vb_transmitter_apply_all(struct vb_transmitter_device *device);
/* Likewise, but only those whose version has changed. True if any had. */
bool vb_transmitter_apply_changed(struct vb_transmitter_device *device);

/* ---- transmitter_feed.c ---- */

/* Whether readings go to the broker now: depends on the telemetry section and on who is heard. */
bool vb_transmitter_to_broker(const struct vb_transmitter_device *device, uint32_t now_ms);
/* Asks a polled source for its first reading. */
void vb_transmitter_feed_start(struct vb_transmitter_device *device, uint32_t now_ms);
void vb_transmitter_feed_tick(struct vb_transmitter_device *device, const struct vb_clock *clock);
uint32_t vb_transmitter_feed_wakeup_ms(const struct vb_transmitter_device *device, uint32_t now_ms);
/* Milliseconds until the newest reading is too old to call the source live; VB_FOREVER_MS if it is
 * so already, or if there has been no reading. */
uint32_t vb_transmitter_silence_ms(const struct vb_transmitter_device *device, uint32_t now_ms);

#endif
