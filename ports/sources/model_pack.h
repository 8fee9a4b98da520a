/* A simulated pack of NMC cells in series: charge, voltages, heat and balancing.
 *
 * Deterministic: the same config and steps give the same samples. Positive current charges. */
#ifndef VOLTBEACON_SOURCES_MODEL_PACK_H
#define VOLTBEACON_SOURCES_MODEL_PACK_H

#include <stdint.h>

#include "voltbeacon/core/random.h"
#include "voltbeacon/core/reading.h"

struct vb_model_pack_config {
    uint64_t seed;
    uint8_t cell_count;     /* 1 to VB_CELLS_MAX */
    uint8_t temp_count;     /* 0 to VB_TEMPS_MAX */
    uint8_t weak_cell;      /* from 1; 0 = none */
    uint8_t balancing_cell; /* bled all the time; from 1, 0 = none */
    uint8_t soc_percent;    /* to start with, 0 to 100 */
    double ambient_c;       /* likewise */
};

struct vb_model_cell {
    double capacity_ah;
    double charge_ah;
    double resistance_mohm;
    double open_circuit_mv;
};

struct vb_model_sensor {
    double celsius;
    double offset_c;
    double heat_share; /* of the pack's average heat; around 1 */
};

struct vb_model_pack {
    struct vb_model_pack_config config;
    struct vb_random random;
    double current_a;
    double slow_current_a; /* what polarises the cells: a slow average of the current */
    struct vb_model_cell cells[VB_CELLS_MAX];
    struct vb_model_sensor sensors[VB_TEMPS_MAX];
    uint8_t balancing[(VB_CELLS_MAX + 7) / 8];
};

void vb_model_pack_init(struct vb_model_pack *pack, const struct vb_model_pack_config *config);

/* Lets step_s seconds pass at the current demanded, or at as much of it as the fullest and the
 * emptiest cell allow. */
void vb_model_pack_step(struct vb_model_pack *pack, double asked_a, double ambient_c,
                        double step_s);

/* 0 to 1. */
double vb_model_pack_soc(const struct vb_model_pack *pack);

/* What the pack's monitor measures now, noise included; leaves sequence and times alone. */
void vb_model_pack_sample(struct vb_model_pack *pack, struct vb_reading *reading);

#endif
