/* Observers of a device, other than the other end of the link: the log, the pages. A sink is only
 * notified; what it does with that is up to it. */
#ifndef VOLTBEACON_DEVICE_SINK_H
#define VOLTBEACON_DEVICE_SINK_H

#include "voltbeacon/core/event.h"
#include "voltbeacon/core/reading.h"

/* Each function may be NULL. What is passed is valid only during the call. */
struct vb_sink {
    void *ctx;
    void (*event)(void *ctx, const struct vb_event *event);
    /* A reading of the transmitter with this address, sampled_ms on the device's clock. */
    void (*reading)(void *ctx, const struct vb_mac *transmitter, const struct vb_reading *reading);
};

#endif
