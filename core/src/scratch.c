#include "voltbeacon/core/scratch.h"

#include <stddef.h>

#include "voltbeacon/core/platform.h"

void vb_scratch_init(struct vb_scratch *scratch, uint8_t *bytes)
{
    VB_ASSERT(bytes != NULL);
    scratch->bytes = bytes;
    scratch->lent = false;
}

uint8_t *vb_scratch_borrow(struct vb_scratch *scratch)
{
    VB_ASSERT(!scratch->lent);
    scratch->lent = true;
    return scratch->bytes;
}

void vb_scratch_give_back(struct vb_scratch *scratch)
{
    VB_ASSERT(scratch->lent);
    scratch->lent = false;
}
