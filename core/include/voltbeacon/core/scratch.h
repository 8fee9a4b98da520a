/* One buffer for data too large for the stack: owned by the caller, lent to one user at a time.
 *
 * Whoever borrows it returns it in the same function, before calling anything that may borrow it
 * too. Both are asserted, so no two users ever share its bytes. Nothing in it persists. */
#ifndef VOLTBEACON_SCRATCH_H
#define VOLTBEACON_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/store.h"

VB_C_BEGIN

enum {
    VB_SCRATCH_BYTES = VB_STORE_VALUE_MAX /* a stored value, a section's content, a reading as
                                             JSON */
};

struct vb_scratch {
    uint8_t *bytes; /* VB_SCRATCH_BYTES of them */
    bool lent;
};

/* bytes is owned by the caller and must outlive the scratch. */
void vb_scratch_init(struct vb_scratch *scratch, uint8_t *bytes);
uint8_t *vb_scratch_borrow(struct vb_scratch *scratch);
void vb_scratch_give_back(struct vb_scratch *scratch);

VB_C_END

#endif
