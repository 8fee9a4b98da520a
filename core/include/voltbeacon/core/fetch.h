/* How far a receiver is with what a transmitter has announced. */
#ifndef VOLTBEACON_FETCH_H
#define VOLTBEACON_FETCH_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_fetch_state {
    VB_FETCH_UNKNOWN, /* this boot of it has announced nothing yet */
    VB_FETCH_DONE,    /* what is held is what was announced: the digest says so */
    VB_FETCH_WANTED,  /* what was announced and is not held is asked for */
    VB_FETCH_ALL,     /* nothing announced differs, and yet the digest does: all that does is */
    VB_FETCH_RESTING  /* given up until something is heard */
};

enum { VB_REFETCHES_MAX = 3 /* rounds of "all the same" against the digest before it is said */ };

struct vb_peer;

bool vb_fetch_legal(enum vb_fetch_state from, enum vb_fetch_state to);
/* Whether something is asked for. */
bool vb_peer_fetching(const struct vb_peer *peer);
/* Versions agree, digests do not, and fetching again did not help. */
bool vb_peer_unverifiable(const struct vb_peer *peer);

VB_C_END

#endif
