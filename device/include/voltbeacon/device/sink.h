/* Who wants to hear what a device does, besides the other end of the link: the log, the pages. A
 * sink is told and cannot answer; what it does with it is its own. */
#ifndef VOLTBEACON_DEVICE_SINK_H
#define VOLTBEACON_DEVICE_SINK_H

#include "voltbeacon/core/event.h"
#include "voltbeacon/core/reading.h"

/* Each function may be NULL. What is handed over is valid during the call only. */
struct vb_sink {
    void *ctx;
    void (*event)(void *ctx, const struct vb_event *event);
    /* A reading of the transmitter with this address, sampled_ms on the device's clock. */
    void (*reading)(void *ctx, const struct vb_mac *transmitter, const struct vb_reading *reading);
};

#endif
