/* What the alarms of one transmitter remember: the parts of struct vb_alarms. */
#ifndef VOLTBEACON_ALARMS_STATE_H
#define VOLTBEACON_ALARMS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/alarm.h"
#include "voltbeacon/pack/cell_series.h"

/* One alarm that is open, or whose end is still to be told. */
struct vb_alarm_slot {
    struct vb_alarm alarm;
    int32_t worst_milli; /* worst_value in thousandths; INT32_MIN: none */
    bool used;
    bool open;    /* only where it is used */
    bool dated;   /* its begin has become known, which is still to be told */
    uint8_t told; /* what the owner has been told: 0 nothing, else 1 + level */
};

enum {
    VB_ALARM_SLOTS_MIN =
        VB_ALARM_PACK_KINDS + 1, /* one for each kind of the pack, the rest for cells */
    VB_ALARM_SLOTS_USUAL = 48,
    VB_ALARM_INTERVAL_MS_MAX =
        3600000, /* a longer gap of a recording is skipped when it is played */
    VB_ALARM_SLOTS = VB_ALARM_CELL_KINDS * VB_CELLS_MAX + VB_ALARM_PACK_KINDS /* all there can be */
};

/* What is remembered of one cell from sweep to sweep. */
struct vb_cell_watch {
    uint16_t mv;             /* the value it has not left; 0 = none yet */
    uint16_t frozen_sweeps;  /* since when; saturates */
    uint16_t missing_sweeps; /* saturates */
    uint8_t balance_streak;  /* judged sweeps in a row that speak for a begin or an end */
    uint8_t open_kinds;      /* bit n: kind n of the cell's kinds is open */
    uint8_t torn_moves;      /* torn sweeps whose mean was far from these; saturates */
    bool calm;               /* a sweep that no load has torn is among the means: */
    uint16_t mean_min; /* of the other cells, 1/8 mV, since it holds its value; 0 = none yet */
    uint16_t mean_max;
    int8_t beside_mv[2]; /* how far the cells before and behind it were from it; or unknown */
};

enum { VB_BESIDE_UNKNOWN = INT8_MIN };

/* A value that came from nowhere. */
enum vb_odd_what { VB_ODD_CELL, VB_ODD_PACK, VB_ODD_SENSOR };

struct vb_odd_value {
    uint8_t what;  /* enum vb_odd_what */
    uint8_t index; /* of the cell or sensor, from 0 */
    int32_t value; /* mV; of a sensor 0.1 degC */
};

/* Odd values that the next reading did not bear out: they were set aside. */
struct vb_contradictions {
    uint32_t count;            /* saturates */
    uint16_t by_last;          /* of these by the last reading; */
    struct vb_odd_value first; /* the first of the last reading that contradicted any */
};

/* What this sweep is no good for. */
struct vb_sweep {
    bool torn;                      /* measured while the load changed: its mean is of no moment */
    bool doubtful;                  /* it may be torn: nothing is frozen by it alone */
    bool partial;                   /* cells are left out that were there the sweep before */
    uint8_t left_out[VB_CELL_BITS]; /* cells that are missing or not believed yet */
    uint8_t doubted[VB_CELL_BITS];  /* values that came from nowhere; the next reading decides */
};

/* The cell farthest from the others in sweeps that only trained; cell VB_ALARM_NOWHERE: none.
 */
struct vb_unjudged {
    uint8_t cell;
    int16_t off_mv; /* from the mean of the cells */
};

#endif
