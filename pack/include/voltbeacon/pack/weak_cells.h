/* Which cells are weak: learnt from readings in normal use, over days and weeks.
 *
 * Three things per cell: its distance from the mean at rest and under load, its resistance from the
 * steps of current and voltage that occur in normal use, and how long it was balanced. The method
 * is in docs/alarms.md. Everything learnt can be saved as plain numbers. */
#ifndef VOLTBEACON_WEAK_CELLS_H
#define VOLTBEACON_WEAK_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/alarms_state.h"

VB_C_BEGIN

/* A line through the origin, fitted incrementally; a step far off the line weighs no more than one
 * at the edge of the usual. */
struct vb_line_fit {
    float count;   /* steps */
    float xx;      /* sum of squares */
    float xy;      /* sum of products */
    float scatter; /* running mean of |y - slope x| */
};

/* Readings and their deviations from the mean, in 1/16 mV: integers, so nothing is lost. */
struct vb_deviations {
    uint32_t count;
    int32_t sum_16ths;
};

/* What is learnt about one cell. */
struct vb_weak_cell {
    struct vb_deviations rest;
    struct vb_deviations load;
    uint32_t balancing_cs;    /* 1/100 s: enough for more than a year; saturates */
    struct vb_line_fit share; /* the cell's voltage steps over those of the mean */
};

/* What is kept of the previous sweep. */
struct vb_weak_last {
    uint32_t sequence;
    uint32_t at_ms;
    bool has_current;
    int32_t current_ma;
    uint8_t balancing[VB_CELL_BITS];
};

/* The last sweep with the same current as the one before. */
struct vb_weak_settled {
    uint32_t at_ms;
    int32_t current_ma;
    int32_t mean_uv;
    uint16_t cell_mv[VB_CELLS_MAX];
};

enum {
    VB_WEAK_CELL_NUMBERS = 9, /* of one cell, when saved */
    VB_WEAK_PACK_NUMBERS = 6  /* of the pack */
};

struct vb_weak_cells {
    uint8_t cell_count;     /* of the readings; 0: none yet. Another count restarts learning */
    uint64_t since_wall_ms; /* when learning began; 0 = not known */
    uint32_t since_ms;
    int32_t low_load_ma;
    struct vb_line_fit pack; /* the mean's voltage steps (mV) over the current's (A) */
    uint64_t load_sum_ma;    /* of the readings under load, absolute */
    uint32_t load_count;
    struct vb_weak_cell cells[VB_CELLS_MAX];
    bool has_last;
    struct vb_weak_last last;
    bool has_settled;
    struct vb_weak_settled settled;
};

/* The results for one cell. Unknown values are NAN. */
struct vb_weak_cell_result {
    uint8_t index; /* from 0 */
    uint8_t rank;  /* 1 = the weakest; cells without data come last */
    float deviation_rest_mv;
    float deviation_load_mv; /* while the pack is discharged */
    float resistance_mohm;
    float resistance_uncertainty_mohm; /* one standard error */
    uint32_t resistance_steps;
    float balancing_hours;
};

/* low_load_ma: up to this current, in or out, the pack counts as at rest. */
void vb_weak_cells_init(struct vb_weak_cells *weak, int32_t low_load_ma);

/* A new sample, taken at this time (as in alarms.h); one with the sequence of the last changes
 * nothing. Values that the alarms have set aside (alarms->sweep; NULL: none) are not learnt
 * from. */
void vb_weak_cells_reading(struct vb_weak_cells *weak, const struct vb_reading *reading,
                           const struct vb_sweep *sweep, uint32_t now_ms, uint64_t wall_ms);

/* Whether anything is known about a cell: then ranks mean something. */
bool vb_weak_cells_knows(const struct vb_weak_cells *weak);

/* The results for one cell without its rank, which is 0; cell < cell_count. */
struct vb_weak_cell_result vb_weak_cells_result(const struct vb_weak_cells *weak, uint8_t cell);
/* Sets the first cell_count of ranks. */
void vb_weak_cells_ranks(const struct vb_weak_cells *weak, uint8_t ranks[VB_CELLS_MAX]);

/* Both, for all cells. Sets results[0 .. return value) in the order of the cells and returns
 * cell_count. */
uint8_t vb_weak_cells_results(const struct vb_weak_cells *weak,
                              struct vb_weak_cell_result results[VB_CELLS_MAX]);

/* For saving, and loading into a fresh struct. All finite. */
void vb_weak_cells_save_pack(const struct vb_weak_cells *weak,
                             double numbers[VB_WEAK_PACK_NUMBERS]);
void vb_weak_cells_save_cell(const struct vb_weak_cells *weak, uint8_t cell,
                             double numbers[VB_WEAK_CELL_NUMBERS]);

/* Loads what was saved: the pack first (with its cell_count and since), then each cell. False if a
 * number cannot come from saving; nothing is changed then. */
VB_MUST_USE bool vb_weak_cells_load_pack(struct vb_weak_cells *weak, uint8_t cell_count,
                                         uint64_t since_wall_ms,
                                         const double numbers[VB_WEAK_PACK_NUMBERS]);
VB_MUST_USE bool vb_weak_cells_load_cell(struct vb_weak_cells *weak, uint8_t cell,
                                         const double numbers[VB_WEAK_CELL_NUMBERS]);

VB_C_END

#endif
