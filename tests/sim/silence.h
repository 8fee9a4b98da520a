/* Property 17, silence: what is reported about sources and brokers that go silent, against an
 * independent truth.
 *
 * A receiver raises an alarm that readings have stopped only if none arrived for as long as its
 * setting says, within its bound, and has none once they arrive again, over restarts of either
 * side. What a transmitter reports about its source and its broker is true. */
#ifndef VOLTBEACON_SILENCE_H
#define VOLTBEACON_SILENCE_H

#include "world/world.h"

struct checkers;

/* What a receiver knows of a transmitter; times are the receiver's own. */
struct silence_pair {
    uint32_t adoption;
    uint32_t reboots;
    uint32_t readings;
    uint64_t read_ms;     /* when the newest had come; 0: none since its start */
    uint64_t gap_ms;      /* start of the next gap; 0: none */
    uint64_t quiet_ms;    /* since when nothing but a source explains that none comes */
    uint32_t stopped_ms;  /* the least that the setting was since the newest */
    uint32_t interval_ms; /* upper bound of what the receiver considers usual; 0: unknown */
    uint32_t interval_peak_ms;
    uint64_t
        bound_ms;     /* at the last look: the silence after which it is reported; 0: no look yet */
    uint64_t fell_ms; /* when that was last found lower than before */
    uint8_t looks;    /* since that was known; saturates */
    bool unsure;      /* it may have been lost with the power */
    bool unseen;      /* something else explained it since the last look: it counts from the next */
    bool cloned;      /* two speak under one address: nothing is known of it any more */
};

struct silence_node {
    uint64_t second;     /* of the last look */
    uint64_t turned_ms;  /* by its own clock */
    uint64_t judges_ms;  /* from when on what it says is judged, after a sleep or a start */
    uint32_t sequence;   /* of a transmitter's newest sample ... */
    uint64_t sampled_ms; /* ... and when that was; 0: none since its start */
    struct silence_pair pairs[VB_WORLD_TRANSMITTERS_MAX];
};

struct silence_checks {
    struct silence_node nodes[VB_WORLD_NODES_MAX];
    uint64_t stopped_seen; /* looks at an open alarm, for the summary */
};

void silence_init(struct silence_checks *checks);
/* The device was switched on or off. */
void silence_power(struct silence_checks *checks, const struct vb_world_node *node);
/* It has had its turn. */
void silence_turned(struct checkers *checkers, const struct vb_world_node *node);
/* In a world at rest: what receivers know about brokers is true. */
void silence_at_rest(struct checkers *checkers);

#endif
