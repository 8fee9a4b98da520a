/* Every time that the sync protocol waits for, in one struct, so that tests can run it short. */
#ifndef VOLTBEACON_TIMING_H
#define VOLTBEACON_TIMING_H

#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_ASKS_MAX = 7 };

struct vb_timing {            /* milliseconds; 0 is not meaningful unless said */
    uint32_t beacon_rest_min; /* at rest the next beacon follows after min to max */
    uint32_t beacon_rest_max;
    uint32_t beacon_repeat;  /* after a change: first repeat, then doubling up to beacon_rest_max */
    uint32_t degraded_after; /* receiver: nothing authentic heard for so long */
    uint32_t offline_after;
    uint32_t
        ask_at[VB_ASKS_MAX];    /* ascending: a receiver that has heard nothing for so long asks */
    uint32_t request_retry;     /* first retry of a request, then doubling ... */
    uint32_t request_retry_max; /* ... up to this */
    uint32_t request_tries;     /* a count: then it gives up until the next beacon */
    uint32_t
        answer_hold; /* an answer waits so long where several receivers may ask the same; 0 = not */
    uint32_t edit_retry;   /* likewise for an edit */
    uint32_t edit_timeout; /* then the edit is said to have timed out */
    uint32_t ack_wait;     /* an acknowledgement that was asked for is missed after this ... */
    uint32_t ack_retry;    /* ... and asked for again after this; three times, then: unreachable */
    uint32_t forget;       /* transmitter: a receiver not heard for so long is forgotten */
    uint32_t stream_silence;  /* no receiver heard for so long: nothing is streamed */
    uint32_t trial;           /* a network edit reverts unless a receiver is heard within */
    uint32_t commit_retry;    /* after a failed commit, until the core's own next one */
    uint32_t commit_coalesce; /* receiver: least time between two commits of its cache; 0 = none */
};

/* The values of docs/protocol.md, "Times". */
extern const struct vb_timing vb_timing_default;

VB_C_END

#endif
