/* Where a transmitter's readings come from. Two kinds: a recording or simulated pack is polled for
 * its next reading and when that is due; a battery on a bus delivers readings when it has them,
 * with vb_transmitter_device_reading(). */
#ifndef VOLTBEACON_DEVICE_READING_SOURCE_H
#define VOLTBEACON_DEVICE_READING_SOURCE_H

#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/schema.h"

enum vb_source_result {
    VB_SOURCE_READING, /* one more reading */
    VB_SOURCE_LATER,   /* none yet: ask again, after others have had their turn */
    VB_SOURCE_END,     /* no more readings */
    VB_SOURCE_FAILED   /* broken; no more readings, and the port has reported why */
};

struct vb_reading_source {
    void *ctx;

    /* Usual time between two readings in ms, according to the source; 0 = not known. A source
     * without readings for long is not live. */
    uint32_t interval_ms;

    /* The next reading and when it is due, in ms since the source's start, never less than before.
     * reading->sampled_ms is on the same clock (its low 32 bits): *at_ms minus its age. NULL:
     * readings are delivered. */
    enum vb_source_result (*next)(void *ctx, struct vb_reading *reading, uint64_t *at_ms);

    /* Playback speed in thousandths of the source's own pace; 0 = 1000, unchanged. Only with
     * next. */
    uint32_t speed_permille;

    /* Section can, at the start and at each change. NULL: this source does not use it. */
    void (*configure)(void *ctx, const struct vb_can_values *values);
};

#endif
