/* The states of a receiver's account at a transmitter.
 *
 *            a frame that proves it hears us              asked
 *   FREE --------------------------------------> REACHED <------> AWAITED
 *    ^                                             | ^  answered     |
 *    |                       three times no answer | |               | likewise
 *    |                                             v |               v
 *    |                         anything heard:   UNREACHABLE <-------+
 *    |                         REACHED again       |
 *    +---- forgotten, or another's ---- SILENT <---+ (also from REACHED and AWAITED)
 */
#include "voltbeacon/core/receiver_account.h"

#include "voltbeacon/core/platform.h"

const char *vb_account_name(enum vb_account_state state)
{
    switch (state) {
    case VB_ACCOUNT_FREE:
        return "free";
    case VB_ACCOUNT_REACHED:
    case VB_ACCOUNT_AWAITED:
        return "reached";
    case VB_ACCOUNT_UNREACHABLE:
        return "unreachable";
    case VB_ACCOUNT_SILENT:
        return "silent";
    }
    return "free";
}

bool vb_account_legal(enum vb_account_state from, enum vb_account_state to)
{
    switch (from) {
    case VB_ACCOUNT_FREE:
        return to == VB_ACCOUNT_REACHED;
    case VB_ACCOUNT_REACHED:
    case VB_ACCOUNT_AWAITED:
        return to != VB_ACCOUNT_FREE;
    case VB_ACCOUNT_UNREACHABLE:
        return to == VB_ACCOUNT_REACHED || to == VB_ACCOUNT_SILENT;
    case VB_ACCOUNT_SILENT:
        return to == VB_ACCOUNT_REACHED || to == VB_ACCOUNT_FREE;
    }
    return false;
}

void vb_account_become(struct vb_receiver_account *account, enum vb_account_state state)
{
    VB_ASSERT(vb_account_legal(account->state, state));
    if (state == VB_ACCOUNT_FREE)
        *account = (struct vb_receiver_account){.state = VB_ACCOUNT_FREE};
    account->state = state;
}

bool vb_account_reached(const struct vb_receiver_account *account)
{
    return account->state == VB_ACCOUNT_REACHED || account->state == VB_ACCOUNT_AWAITED;
}
