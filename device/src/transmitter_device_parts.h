/* What the files of the transmitter device share. */
#ifndef VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_PARTS_H
#define VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_PARTS_H

#include "voltbeacon/device/transmitter_device.h"

/* ---- transmitter_device.c ---- */

/* Updates the core and the broker: flags, availability. Costs nothing where nothing changed. */
void vb_transmitter_device_refresh(struct vb_transmitter_device *device, uint32_t now_ms);

/* ---- transmitter_apply.c ---- */

/* Puts every section that has a row in force. */
void vb_transmitter_apply_all(struct vb_transmitter_device *device);
/* Likewise, but only those whose version has changed. True where any had. */
bool vb_transmitter_apply_changed(struct vb_transmitter_device *device);

/* ---- transmitter_feed.c ---- */

/* Whether readings go to the broker now, by section telemetry and by who is heard. */
bool vb_transmitter_to_broker(const struct vb_transmitter_device *device, uint32_t now_ms);
/* Asks a polled source for its first reading. */
void vb_transmitter_feed_start(struct vb_transmitter_device *device, uint32_t now_ms);
void vb_transmitter_feed_tick(struct vb_transmitter_device *device, const struct vb_clock *clock);
uint32_t vb_transmitter_feed_wakeup_ms(const struct vb_transmitter_device *device, uint32_t now_ms);
/* Milliseconds until the newest reading is too old to call the source live; VB_FOREVER_MS where it
 * is so already, or no reading came. */
uint32_t vb_transmitter_silence_ms(const struct vb_transmitter_device *device, uint32_t now_ms);

#endif
