/* Energy into and out of a pack: voltage times current, integrated over the actual times of the
 * samples. Gaps are not estimated: what was not measured did not flow. */
#ifndef VOLTBEACON_ENERGY_H
#define VOLTBEACON_ENERGY_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

enum {
    VB_ENERGY_STEP_MS_MAX = 180000, /* a longer one is a gap: three times the slowest interval for
                                       sending readings (telemetry.interval_ms) */
    VB_ENERGY_STEP_MS_SURE = 10000, /* a shorter one never is */
    VB_ENERGY_STEPS_USUAL = 3       /* in between, more than this many usual steps are one */
};

/* Initialise with {0}. */
struct vb_energy {
    bool known; /* there is a sample to integrate from */
    uint32_t at_ms;
    uint32_t usual_ms; /* the previous step; 0 = none */
    double power_w;    /* positive = charging */
};

/* The energy between two samples, in joules; both are 0 or more. */
struct vb_energy_step {
    double in_j;
    double out_j;
};

/* The step that ends with this reading, by its sampled_ms; zero if it ends a gap. A reading without
 * a possible voltage and current starts one. Only pass new samples: it is up to the caller to skip
 * repeated ones. */
struct vb_energy_step vb_energy_add(struct vb_energy *energy, const struct vb_reading *reading);

VB_C_END

#endif
