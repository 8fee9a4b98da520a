/* One sweep of the cells as a series: statistics of its possible values. In microvolts and
 * integers, so that they are cheap without a floating-point unit, and the same on every
 * machine. */
#ifndef VOLTBEACON_CELL_SERIES_H
#define VOLTBEACON_CELL_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/possible.h"

VB_C_BEGIN

enum { VB_CELL_BITS = (VB_CELLS_MAX + 7) / 8 }; /* bytes: bit n & 7 of byte n / 8 is cell n */

struct vb_cell_series {
    uint8_t count; /* cells with a possible value; 0: the rest is meaningless */
    int32_t mean_uv;
    int32_t deviation_uv; /* standard deviation of all cells, not of a sample */
    int32_t gradient_uv;  /* of the line fitted over the cell index: its rise from the first cell to
                             the last */
};

/* Over cells with a possible value whose bit in left_out (NULL: none) is not set. */
struct vb_cell_series vb_cell_series(const struct vb_reading *reading, const uint8_t *left_out);

/* What most of the cells show, whatever a few of them do. */
struct vb_cell_body {
    int32_t mean_uv;
    int32_t deviation_uv;
    bool split; /* too many are away from the rest to tell which ones are wrong */
};

/* The deviation of a series grows with the very cells that it should find. If it is larger than the
 * median distance from the median allows, it is limited to that, and the mean is taken over the
 * cells near the median only. The series has at least one cell (asserted). */
struct vb_cell_body vb_cell_body(const struct vb_reading *reading, const uint8_t *left_out,
                                 const struct vb_cell_series *series);

/* Sensors use bits in the same order. */
static inline bool vb_cell_bit(const uint8_t *bits, unsigned cell)
{
    return (bits[cell / 8] >> (cell % 8) & 1) != 0;
}

static inline void vb_cell_bit_set(uint8_t *bits, unsigned cell)
{
    bits[cell / 8] |= (uint8_t)(1u << (cell % 8));
}

VB_C_END

#endif
