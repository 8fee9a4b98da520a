/* What is believed of the boot of a transmitter, and on what evidence.
 *
 *              any frame             an answer with our nonce
 *   UNKNOWN ---------------> CLAIMED ------------------------> PROVEN
 *                               ^ ^                              |
 *                               | +-- a newer epoch of the store-+
 *                               |                                |
 *          one of the two is    |    two boots answer by turns   v
 *          silent, or both      +------------------------------CLONED */
#include "receiver_parts.h"

bool vb_boot_legal(enum vb_boot_state from, enum vb_boot_state to)
{
    switch (from) {
    case VB_BOOT_UNKNOWN:
        return to == VB_BOOT_CLAIMED || to == VB_BOOT_PROVEN;
    case VB_BOOT_CLAIMED:
    case VB_BOOT_PROVEN:
        return to != VB_BOOT_UNKNOWN;
    case VB_BOOT_CLONED:
        return to == VB_BOOT_CLAIMED;
    }
    return false;
}

void vb_boot_become(struct vb_peer_boot *boot, enum vb_boot_state state)
{
    VB_ASSERT(vb_boot_legal(boot->state, state));
    boot->state = state;
}
