/* The state of one transmitter's alarms: the parts of struct vb_alarms. */
#ifndef VOLTBEACON_ALARMS_STATE_H
#define VOLTBEACON_ALARMS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/alarm.h"
#include "voltbeacon/pack/cell_series.h"

/* One alarm that is open, or whose end has not been reported yet. */
struct vb_alarm_slot {
    struct vb_alarm alarm;
    int32_t worst_milli; /* worst_value in thousandths; INT32_MIN: none */
    bool used;
    bool open;    /* only if in use */
    bool dated;   /* its begin has become known, which is not reported yet */
    uint8_t told; /* what has been reported to the owner: 0 nothing, else 1 + level */
};

enum {
    VB_ALARM_SLOTS_MIN =
        VB_ALARM_PACK_KINDS + 1, /* one for each kind of the pack, the rest for cells */
    VB_ALARM_SLOTS_USUAL = 48,
    VB_ALARM_INTERVAL_MS_MAX =
        3600000, /* a longer gap of a recording is skipped when it is played */
    VB_ALARM_SLOTS = VB_ALARM_CELL_KINDS * VB_CELLS_MAX + VB_ALARM_PACK_KINDS /* the maximum */
};

/* What is remembered about one cell between sweeps. */
struct vb_cell_watch {
    uint16_t mv;             /* the value that it has kept; 0 = none yet */
    uint16_t frozen_sweeps;  /* how long; saturates */
    uint16_t missing_sweeps; /* saturates */
    uint8_t balance_streak;  /* consecutive judged sweeps in favour of a begin or an end */
    uint8_t open_kinds;      /* bit n: the cell's kind n is open */
    uint8_t torn_moves;      /* torn sweeps whose mean was far from these; saturates */
    bool calm;               /* the means include a sweep that no load has torn: */
    uint16_t mean_min; /* of the other cells, 1/8 mV, while it keeps its value; 0 = none yet */
    uint16_t mean_max;
    int8_t beside_mv[2]; /* distance of the cells before and after it; or unknown */
};

enum { VB_BESIDE_UNKNOWN = INT8_MIN };

/* An implausible value. */
enum vb_odd_what { VB_ODD_CELL, VB_ODD_PACK, VB_ODD_SENSOR };

struct vb_odd_value {
    uint8_t what;  /* enum vb_odd_what */
    uint8_t index; /* of the cell or sensor, from 0 */
    int32_t value; /* mV; for a sensor 0.1 degC */
};

/* Odd values that the next reading did not confirm: they were set aside. */
struct vb_contradictions {
    uint32_t count;            /* saturates */
    uint16_t by_last;          /* of these, by the last reading; */
    struct vb_odd_value first; /* the first of the last reading that contradicted any */
};

/* What is wrong with this sweep. */
struct vb_sweep {
    bool torn;                      /* measured while the load changed: its mean is meaningless */
    bool doubtful;                  /* it may be torn: not enough to call a cell frozen */
    bool partial;                   /* cells are left out that were present in the previous sweep */
    uint8_t left_out[VB_CELL_BITS]; /* cells that are missing or not believed yet */
    uint8_t doubted[VB_CELL_BITS];  /* implausible values; the next reading decides */
};

/* The cell farthest from the others in sweeps that only trained; VB_ALARM_NOWHERE:
 * none. */
struct vb_unjudged {
    uint8_t cell;
    int16_t off_mv; /* from the mean of the cells */
};

#endif
