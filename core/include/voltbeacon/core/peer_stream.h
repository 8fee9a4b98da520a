/* The state of the newest reading in a transmitter's stream. */
#ifndef VOLTBEACON_PEER_STREAM_H
#define VOLTBEACON_PEER_STREAM_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_stream_state {
    VB_STREAM_NONE,   /* no reading of this boot yet */
    VB_STREAM_BEGUN,  /* a part is missing */
    VB_STREAM_WHOLE,  /* it is in the ring */
    VB_STREAM_REFUSED /* its keyframe never arrived: counts as lost */
};

bool vb_stream_legal(enum vb_stream_state from, enum vb_stream_state to);

VB_C_END

#endif
