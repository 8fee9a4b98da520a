/* One sweep of the cells as a series: what its possible values say together. */
#ifndef VOLTBEACON_CELL_SERIES_H
#define VOLTBEACON_CELL_SERIES_H

#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/possible.h"

struct vb_cell_series {
    uint8_t count; /* cells with a possible value; 0: the rest means nothing */
    double mean_mv;
    double deviation_mv; /* standard deviation, of all cells and not of a sample of them */
    double gradient_mv;  /* of the line fitted over the cell index: its rise from the first cell to
                            the last */
};

/* Of the cells whose value is possible and whose bit in left_out (NULL: none) is not set: bit n & 7
 * of byte n / 8 is cell n. */
struct vb_cell_series vb_cell_series(const struct vb_reading *reading, const uint8_t *left_out);

#endif
