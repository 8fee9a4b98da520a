/* Weak cells as the API sees them. */
#ifndef VOLTBEACON_WEAK_CELLS_SOURCE_H
#define VOLTBEACON_WEAK_CELLS_SOURCE_H

#include "voltbeacon/core/mac.h"
#include "voltbeacon/pack/weak_cells.h"

struct vb_weak_cells_source {
    void *ctx;
    /* NULL while nothing has been learnt about this transmitter's cells. */
    const struct vb_weak_cells *(*of)(void *ctx, const struct vb_mac *mac);
};

#endif
