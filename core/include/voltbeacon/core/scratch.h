/* One buffer for what is too large for a stack: the caller's, lent to one use at a time.
 *
 * Who borrows it gives it back in the same function, before calling anything that may borrow it
 * too. Both are asserted, so no two uses ever share its bytes. Nothing in it lasts. */
#ifndef VOLTBEACON_SCRATCH_H
#define VOLTBEACON_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/store.h"

VB_C_BEGIN

enum {
    VB_SCRATCH_BYTES = VB_STORE_VALUE_MAX /* a store's value, a section's content, a
                                           reading as JSON */
};

struct vb_scratch {
    uint8_t *bytes; /* VB_SCRATCH_BYTES of them */
    bool lent;
};

/* bytes is the caller's, for as long as the scratch is used. */
void vb_scratch_init(struct vb_scratch *scratch, uint8_t *bytes);
uint8_t *vb_scratch_borrow(struct vb_scratch *scratch);
void vb_scratch_give_back(struct vb_scratch *scratch);

VB_C_END

#endif
