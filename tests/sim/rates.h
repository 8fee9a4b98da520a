/* Property 16, bounded: how many messages and commits a device makes in five minutes and in an hour
 * by its own clock, compared with what has really happened: boots, announced changes, deeds of the
 * scenario, and requests. Frames of strangers and clones do not count; each arrival of one counts
 * once. */
#ifndef VOLTBEACON_RATES_H
#define VOLTBEACON_RATES_H

#include "world/world.h"

struct checkers;

/* What is counted. */
enum rate_kind {
    RATE_BEACONS,
    RATE_HELLOS,
    RATE_REQUESTS,
    RATE_ANSWERS, /* to hellos and edits */
    RATE_DATA,    /* to requests */
    RATE_READING_ACKS,
    RATE_COMMITS,
    RATE_KINDS
};

enum rate_window { RATES_5_MIN, RATES_HOUR, RATE_WINDOWS };

struct rate {
    uint64_t begun_ms; /* of the window, by its own clock */
    uint32_t counts[RATE_KINDS];
    uint32_t commits_before; /* of all its stores, until the window began */
    uint32_t asked;          /* hellos and pieces of edits that it has taken, in this window */
    uint32_t requested;      /* likewise requests ... */
    uint32_t readings;       /* ... and frames of readings, or of what told of one */
    uint32_t causes;         /* in this window, and ... */
    uint32_t causes_before;  /* ... in the one before, for what goes on */
    uint8_t crowded;         /* windows in which strangers may take the remaining places */
};

struct rates {
    struct rate nodes[VB_WORLD_NODES_MAX][RATE_WINDOWS];
};

void rates_init(struct rates *rates);
/* Something has happened that concerns the device; VB_WORLD_ANY: all of them. */
void rates_cause(struct rates *rates, uint8_t node);
/* Strangers flood, under addresses that a receiver may follow if it has places. */
void rates_crowd(struct rates *rates);
void rates_heard(struct rates *rates, const struct vb_world_node *node, uint8_t message);
void rates_sent(struct checkers *checkers, const struct vb_world_node *node, uint8_t message);
void rates_turned(struct checkers *checkers, const struct vb_world_node *node);
/* Of all its stores, ever. */
uint32_t rates_commits(const struct vb_world_node *node);

#endif
