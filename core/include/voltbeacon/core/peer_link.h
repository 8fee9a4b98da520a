/* Whether a transmitter is being heard. */
#ifndef VOLTBEACON_PEER_LINK_H
#define VOLTBEACON_PEER_LINK_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_link_state {
    VB_LINK_OFFLINE,  /* not heard for timing.offline_after, or never, or it said goodbye */
    VB_LINK_DEGRADED, /* not heard for timing.degraded_after */
    VB_LINK_CONNECTED
};
/* "Offline", "Degraded", "Connected" */
const char *vb_link_name(enum vb_link_state link);

bool vb_link_legal(enum vb_link_state from, enum vb_link_state to);

VB_C_END

#endif
