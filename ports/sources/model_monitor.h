/* What a battery's monitor may get wrong: faults injected into the samples of a simulated pack, so
 * that there is something to raise an alarm about. Positions count as in model_pack.h. */
#ifndef VOLTBEACON_SOURCES_MODEL_MONITOR_H
#define VOLTBEACON_SOURCES_MODEL_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/random.h"
#include "voltbeacon/core/reading.h"

enum { VB_MODEL_LOWERED_MV = 80 };

/* Cells from 1; 0 = none. */
struct vb_model_monitor_config {
    uint64_t seed;
    uint8_t frozen_cell;  /* keeps showing its last value */
    uint8_t lowered_cell; /* shows VB_MODEL_LOWERED_MV less */
    uint8_t missing_cell; /* is not available */
    bool torn;            /* cells are read one after the other: a load step splits a reading */
    uint64_t after_ms;    /* when the faults of cells begin, since the source's start */
    uint64_t lasts_ms;    /* 0 = they stay */
};

struct vb_model_monitor {
    struct vb_model_monitor_config config;
    struct vb_random random;
    struct vb_reading before; /* as the pack measured it */
    uint16_t frozen_mv;       /* what the frozen cell shows */
};

void vb_model_monitor_init(struct vb_model_monitor *monitor,
                           const struct vb_model_monitor_config *config);

/* Turns the pack's sample at at_ms into what the monitor reports. To be called for every sample. */
void vb_model_monitor_apply(struct vb_model_monitor *monitor, uint64_t at_ms,
                            struct vb_reading *reading);

#endif
