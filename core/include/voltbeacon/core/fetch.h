/* How far a receiver has fetched what a transmitter announced. */
#ifndef VOLTBEACON_FETCH_H
#define VOLTBEACON_FETCH_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_fetch_state {
    VB_FETCH_UNKNOWN, /* this boot has announced nothing yet */
    VB_FETCH_DONE,    /* everything announced is held: the digest agrees */
    VB_FETCH_WANTED,  /* requesting what was announced and is not held */
    VB_FETCH_ALL,     /* nothing announced differs, but the digest does: request everything */
    VB_FETCH_RESTING  /* given up until something is heard */
};

enum { VB_REFETCHES_MAX = 3 /* rounds of "all the same" against the digest until reported */ };

struct vb_peer;

bool vb_fetch_legal(enum vb_fetch_state from, enum vb_fetch_state to);
/* Whether anything is being requested. */
bool vb_peer_fetching(const struct vb_peer *peer);
/* Versions agree, digests do not, and fetching again did not help. */
bool vb_peer_unverifiable(const struct vb_peer *peer);

VB_C_END

#endif
