/* Energy in and out of a pack: voltage times current, integrated over the real times of the
 * samples. A gap is not guessed at: nothing flowed that was not measured. */
#ifndef VOLTBEACON_ENERGY_H
#define VOLTBEACON_ENERGY_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

enum {
    VB_ENERGY_STEP_MS_MAX = 180000, /* a longer one is a gap: three times the slowest interval that
                                       readings are sent at (telemetry.interval_ms) */
    VB_ENERGY_STEP_MS_SURE = 10000, /* a shorter one never is */
    VB_ENERGY_STEPS_USUAL = 3       /* and between the two, one of over so many usual ones is */
};

/* Starts as {0}. */
struct vb_energy {
    bool known; /* there is a sample to integrate from */
    uint32_t at_ms;
    uint32_t usual_ms; /* the step before; 0 = none */
    double power_w;    /* positive = charging */
};

/* What flowed between two samples, in joules; both are 0 or more. */
struct vb_energy_step {
    double in_j;
    double out_j;
};

/* The step that ends with this reading, by its sampled_ms; nothing where it ends a gap. A reading
 * without a possible voltage and current begins one. Only new samples: one that comes twice is for
 * the caller to leave out. */
struct vb_energy_step vb_energy_add(struct vb_energy *energy, const struct vb_reading *reading);

VB_C_END

#endif
