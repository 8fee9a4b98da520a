/* Which cells are weak: learnt from readings of normal use, over days and weeks.
 *
 * Three things of each cell: how far it is from the mean at rest and under load, its resistance
 * from the steps of current and voltage that normal use brings, and how long it was balanced.
 * docs/alarms.md tells the method. All that is learnt can be saved as plain numbers. */
#ifndef VOLTBEACON_WEAK_CELLS_H
#define VOLTBEACON_WEAK_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"

/* A line through the origin, fitted step by step; a step far off it weighs no more than one at the
 * edge of what is usual. */
struct vb_line_fit {
    double count;   /* steps */
    double xx;      /* sum of squares */
    double xy;      /* sum of products */
    double scatter; /* running mean of |y - slope x| */
};

/* What is learnt of one cell. */
struct vb_weak_cell {
    double rest_count;  /* readings */
    double rest_sum_mv; /* deviations from the mean */
    double load_count;
    double load_sum_mv;
    double balancing_ms;
    struct vb_line_fit share; /* the cell's voltage steps over the mean's */
};

enum {
    VB_WEAK_CELL_NUMBERS = 9, /* of one cell, when saved */
    VB_WEAK_PACK_NUMBERS = 6  /* of the pack */
};

struct vb_weak_cells {
    uint8_t cell_count;     /* of the readings; 0: none yet. Another count starts anew */
    uint64_t since_wall_ms; /* when learning began; 0 = not known */
    int32_t low_load_ma;
    struct vb_line_fit pack; /* the mean's voltage steps (mV) over the current's (A) */
    double load_sum_a;       /* of the readings under load, without sign */
    double load_count;
    struct vb_weak_cell cells[VB_CELLS_MAX];
    bool has_last;
    uint64_t last_wall_ms;
    struct vb_reading last;
    bool has_settled; /* the last reading whose current was that of the one before */
    uint64_t settled_wall_ms;
    struct vb_reading settled;
};

/* What is said of one cell. A value that is not known is NAN. */
struct vb_weak_cell_result {
    uint8_t index; /* from 0 */
    uint8_t rank;  /* 1 = the weakest */
    double deviation_rest_mv;
    double deviation_load_mv; /* while the pack is discharged */
    double resistance_mohm;
    double resistance_uncertainty_mohm; /* one standard error */
    uint32_t resistance_steps;
    double balancing_hours;
};

/* low_load_ma: up to this current, in or out, the pack is at rest. */
void vb_weak_cells_init(struct vb_weak_cells *weak, int32_t low_load_ma);

/* A new sample; one with the sequence of the last changes nothing. wall_ms as in the alarms. */
void vb_weak_cells_reading(struct vb_weak_cells *weak, const struct vb_reading *reading,
                           uint64_t wall_ms);

/* Sets results[0 .. return value), in the order of the cells; their number is cell_count. */
uint8_t vb_weak_cells_results(const struct vb_weak_cells *weak,
                              struct vb_weak_cell_result results[VB_CELLS_MAX]);

/* To be saved, and read again into a fresh struct. All finite. */
void vb_weak_cells_save_pack(const struct vb_weak_cells *weak,
                             double numbers[VB_WEAK_PACK_NUMBERS]);
void vb_weak_cells_save_cell(const struct vb_weak_cells *weak, uint8_t cell,
                             double numbers[VB_WEAK_CELL_NUMBERS]);

/* What was saved: the pack first (cell_count and since with it), then each cell. False where a
 * number is none that saving writes; nothing is changed then. */
VB_MUST_USE bool vb_weak_cells_load_pack(struct vb_weak_cells *weak, uint8_t cell_count,
                                         uint64_t since_wall_ms,
                                         const double numbers[VB_WEAK_PACK_NUMBERS]);
VB_MUST_USE bool vb_weak_cells_load_cell(struct vb_weak_cells *weak, uint8_t cell,
                                         const double numbers[VB_WEAK_CELL_NUMBERS]);

#endif
