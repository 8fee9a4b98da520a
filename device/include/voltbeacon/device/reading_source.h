/* Where a transmitter's readings come from. Two kinds: a recording or a simulated pack is asked for
 * its next reading and when that is due; a battery on a bus brings readings when it has them, by
 * vb_transmitter_device_reading(). */
#ifndef VOLTBEACON_DEVICE_READING_SOURCE_H
#define VOLTBEACON_DEVICE_READING_SOURCE_H

#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/schema.h"

enum vb_source_result {
    VB_SOURCE_READING, /* one more reading */
    VB_SOURCE_LATER,   /* none yet: it is to be asked again, with others having their turn */
    VB_SOURCE_END,     /* there are no more */
    VB_SOURCE_FAILED   /* it is broken; there will be no more, and the port has said why */
};

struct vb_reading_source {
    void *ctx;

    /* Usual time between two readings in ms, as the source itself has it; 0 = not known. A source
     * that brings none for long is not live. */
    uint32_t interval_ms;

    /* The next reading and when it is due, in ms since the source's start, never less than before.
     * reading->sampled_ms is on the same clock (its low 32 bits): less than *at_ms by its age.
     * NULL: readings come by themselves. */
    enum vb_source_result (*next)(void *ctx, struct vb_reading *reading, uint64_t *at_ms);

    /* How fast they are to come, in thousandths of the source's own pace; 0 = 1000, as it is. Only
     * with next. */
    uint32_t speed_permille;

    /* Section can, at the start and at each change. NULL: it means nothing to this source. */
    void (*configure)(void *ctx, const struct vb_can_values *values);
};

#endif
