/* Every timeout of the sync protocol, in one struct, so that tests can shorten them. */
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
    uint32_t degraded_after; /* receiver: nothing authentic heard for this long */
    uint32_t offline_after;
    uint32_t
        ask_at[VB_ASKS_MAX];    /* ascending: having heard nothing for this long, a receiver asks */
    uint32_t request_retry;     /* first retry of a request, then doubling ... */
    uint32_t request_retry_max; /* ... up to this */
    uint32_t request_tries;     /* a count: gives up until the next beacon */
    uint32_t
        answer_hold; /* how long an answer waits if several receivers may ask the same; 0 = not */
    uint32_t edit_retry;      /* likewise for an edit */
    uint32_t edit_timeout;    /* then the edit is reported as timed out */
    uint32_t ack_wait;        /* an acknowledgement that was requested is missed after this ... */
    uint32_t ack_retry;       /* ... and requested again after this; unreachable after three */
    uint32_t forget;          /* transmitter: forget a receiver not heard for this long */
    uint32_t stream_silence;  /* stop streaming if no receiver is heard for this long */
    uint32_t trial;           /* a network edit reverts unless a receiver is heard within this */
    uint32_t commit_retry;    /* delay of the core's own next commit after a failed one */
    uint32_t commit_coalesce; /* receiver: minimum time between commits of its cache; 0 = none */
};

/* The values of docs/protocol.md, "Times". */
extern const struct vb_timing vb_timing_default;

VB_C_END

#endif
