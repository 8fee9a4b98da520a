/* The states of a fetch, and which of them follow each other.
 *
 *                digest matches
 *   UNKNOWN ----------------------> DONE <-----------------------+
 *    ^   |                            |                          |
 *    |   | digest differs             | digest differs           | digest matches
 *    |   |                            v                          |
 *    |   +-----------> WANTED (a mark differs), ALL (none does) -+
 *    |                   |                              ^
 *    |                   | too many tries,              | anything is heard
 *    |                   v or too often all the same    | that differs
 *    |                RESTING --------------------------+
 *    |
 *    +-- from all: another boot, or offline */
#include "receiver_parts.h"

bool vb_fetch_legal(enum vb_fetch_state from, enum vb_fetch_state to)
{
    switch (from) {
    case VB_FETCH_UNKNOWN:
    case VB_FETCH_DONE:
        return to != VB_FETCH_RESTING;
    case VB_FETCH_WANTED:
    case VB_FETCH_ALL:
    case VB_FETCH_RESTING:
        return true;
    }
    return false;
}

void vb_fetch_become(struct vb_peer *peer, enum vb_fetch_state state)
{
    VB_ASSERT(vb_fetch_legal(peer->fetch, state));
    peer->fetch = state;
    if (!vb_peer_fetching(peer))
        peer->request_due = false;
}

bool vb_peer_fetching(const struct vb_peer *peer)
{
    return peer->fetch == VB_FETCH_WANTED || peer->fetch == VB_FETCH_ALL;
}

bool vb_peer_unverifiable(const struct vb_peer *peer)
{
    return peer->refetches >= VB_REFETCHES_MAX;
}
