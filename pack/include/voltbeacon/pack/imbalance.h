/* Whether a sweep of the cells may be judged for balance, and if not, why.
 *
 * The cells of one sweep are not measured at the same moment, so a load that changes meanwhile
 * tears it, and under load cells differ by their resistance. The method is that of the Open Vehicle
 * Monitoring System: see docs/alarms.md. */
#ifndef VOLTBEACON_IMBALANCE_H
#define VOLTBEACON_IMBALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/cell_series.h"

VB_C_BEGIN

enum vb_imbalance_verdict {
    VB_IMBALANCE_NONE, /* no sweep yet */
    VB_IMBALANCE_JUDGED,
    VB_IMBALANCE_OFF,           /* by its setting */
    VB_IMBALANCE_INCOMPLETE,    /* detail: missing cells */
    VB_IMBALANCE_LOAD,          /* detail: the current, in mA */
    VB_IMBALANCE_LOAD_CHANGED,  /* detail: by how much, in mA */
    VB_IMBALANCE_VOLTAGE_MOVED, /* current unknown; detail: change of the mean, in mV */
    VB_IMBALANCE_GRADIENT,      /* detail: mV from the first cell to the last */
    VB_IMBALANCE_JUMPED,        /* detail: standard deviation above its mean, in mV */
    VB_IMBALANCE_TRAINING       /* detail: sweeps still needed */
};

enum {
    VB_IMBALANCE_AVERAGED = 5, /* sweeps that make up the usual values */
    /* A sweep takes up to 40 s, in a Leaf. The load longer ago than this tells nothing about
     * it. */
    VB_IMBALANCE_CLOSE_MS = 60000
};

struct vb_imbalance_limits {
    bool enabled;
    uint16_t gradient_max_mv;
    uint16_t jump_max_mv;
    uint16_t training_sweeps;
    int32_t low_load_ma;
    int32_t load_step_max_ma;
};

/* The state from sweep to sweep. */
struct vb_imbalance {
    uint8_t verdict; /* enum vb_imbalance_verdict, of the last sweep */
    bool torn;       /* that sweep is not of one moment, judged or not */
    bool looks_torn; /* judging by its cells alone, which differ under load anyway */
    bool incomplete; /* cells are missing that were not known to be */
    int32_t detail;
    struct vb_cell_series series; /* of the last sweep */
    uint16_t trained;             /* sweeps */
    uint32_t calm_sweeps;         /* that trained or were judged; saturates */
    uint8_t averaged;             /* how many of `usual` are set */
    uint8_t next;
    struct {
        int32_t deviation_uv;
        int32_t gradient_uv;
    } usual[VB_IMBALANCE_AVERAGED];
    bool has_last; /* the previous sweep: */
    uint32_t sampled_ms;
    bool has_current;
    int32_t current_ma;
    int32_t mean_uv;
};

void vb_imbalance_init(struct vb_imbalance *imbalance);

/* Takes the next new sweep; bits of left_out: cells known to be missing. Returns the verdict. */
enum vb_imbalance_verdict vb_imbalance_take(struct vb_imbalance *imbalance,
                                            const struct vb_imbalance_limits *limits,
                                            const struct vb_reading *reading,
                                            const uint8_t *left_out);

/* "judged", or "ignored: load changed 38 A during the sweep". Truncated to fit. */
void vb_imbalance_verdict_text(const struct vb_imbalance *imbalance, char *text, size_t capacity);

VB_C_END

#endif
