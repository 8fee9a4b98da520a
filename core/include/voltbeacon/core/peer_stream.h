/* What has come of the newest reading of a transmitter's stream. */
#ifndef VOLTBEACON_PEER_STREAM_H
#define VOLTBEACON_PEER_STREAM_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_stream_state {
    VB_STREAM_NONE,   /* no reading of this boot of it */
    VB_STREAM_BEGUN,  /* a part of it is missing */
    VB_STREAM_WHOLE,  /* it is in the ring */
    VB_STREAM_REFUSED /* it refers to a keyframe that never came: it counts as lost */
};

bool vb_stream_legal(enum vb_stream_state from, enum vb_stream_state to);

VB_C_END

#endif
