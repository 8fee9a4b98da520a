/* The load on a simulated pack over time: a house with solar panels, or a car. */
#ifndef VOLTBEACON_SOURCES_MODEL_LOAD_H
#define VOLTBEACON_SOURCES_MODEL_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/random.h"

enum vb_model_profile {
    VB_MODEL_HOUSE, /* charges by day, discharges in the evening; clouds and appliances */
    VB_MODEL_DRIVE, /* stop, cruise, accelerate, regenerate; charges when nearly empty */
    VB_MODEL_STEPS  /* rest, discharge, rest, charge, 20 s each: nothing is left to chance */
};

struct vb_model_load {
    enum vb_model_profile profile;
    struct vb_random random;
    uint64_t changes_at_ms; /* the next random step */
    double cloud;           /* house: share of the sunlight that gets through */
    double appliance_a;     /* house: switched on, >= 0 */
    double pedal_a;         /* drive: the driver's wish */
    bool plugged;           /* drive: at the charger */
};

void vb_model_load_init(struct vb_model_load *load, enum vb_model_profile profile, uint64_t seed);

/* The current demanded, in A, positive = charging. at_ms is the source's time, which paces the
 * random steps; day_s the pack's time of day, 0 to 86400; soc 0 to 1. */
double vb_model_load_current(struct vb_model_load *load, uint64_t at_ms, double day_s, double soc);

/* Ambient temperature at that time of day, in degC. */
double vb_model_ambient(double day_s);

#endif
