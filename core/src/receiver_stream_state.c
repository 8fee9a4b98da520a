/* The states of a stream of readings, of which the newest is what counts.
 *
 *           a part of a reading               what was missing
 *   NONE -----------------------------> BEGUN ----------------> WHOLE
 *    ^                                   ^ |                      |
 *    |                                   | | it refers to a       | the next reading:
 *    |                another reading:   | v keyframe not held    | BEGUN
 *    |                BEGUN again     REFUSED                     |
 *    |                                                            v
 *    +-- from all: another boot, or another store
 */
#include "receiver_parts.h"

bool vb_stream_legal(enum vb_stream_state from, enum vb_stream_state to)
{
    switch (from) {
    case VB_STREAM_NONE:
    case VB_STREAM_WHOLE:
    case VB_STREAM_REFUSED:
        return to != VB_STREAM_WHOLE;
    case VB_STREAM_BEGUN:
        return true;
    }
    return false;
}

void vb_stream_become(struct vb_peer *peer, enum vb_stream_state state)
{
    VB_ASSERT(vb_stream_legal(peer->stream, state));
    peer->stream = state;
}
