/* Whether a hello to a transmitter is to be sent. */
#ifndef VOLTBEACON_PEER_HELLO_H
#define VOLTBEACON_PEER_HELLO_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_hello_state {
    VB_HELLO_NONE,
    VB_HELLO_WANTED, /* shortly, unless something answers it first */
    VB_HELLO_DUE     /* with the next frame */
};

bool vb_hello_legal(enum vb_hello_state from, enum vb_hello_state to);

VB_C_END

#endif
