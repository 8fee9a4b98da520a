/* A house for the search for the channel: a transmitter and up to two receivers of the simulated
 * world, whose frames pass only where both radios are on one channel, and an access point that
 * decides which one the receivers are on. A tenth of all frames is lost. */
#ifndef VOLTBEACON_SIM_CHANNEL_HOUSE_H
#define VOLTBEACON_SIM_CHANNEL_HOUSE_H

#include "voltbeacon/device/channel_search.h"
#include "world/world.h"

enum { HOUSE_RECEIVERS_MAX = 2, HOUSE_NODES = 1 + HOUSE_RECEIVERS_MAX, HOUSE_CHANNELS = 13 };

struct channel_house {
    struct vb_world world;
    struct vb_channel_search search;
    uint8_t kept;     /* what the transmitter's flash has of it */
    uint8_t here;     /* the transmitter's channel */
    uint8_t there;    /* the receivers'; 0 = their radios are on none */
    uint64_t here_ms; /* since when */
    uint64_t there_ms;
    bool ask_waits;    /* until the radio has retuned */
    uint8_t came;      /* the channel of a frame that the transmitter has just accepted; 0 = none */
    uint64_t since_ms; /* only frames sent from here on count below */
    uint64_t heard_ms[HOUSE_NODES];    /* when the node first accepted one; never = not yet */
    uint64_t answered_ms[HOUSE_NODES]; /* ... when the transmitter first accepted one of its */
    uint64_t air_us;                   /* that the transmitter has used */
    uint32_t asks;
};

/* Nothing is on. The house is large: allocate it once. */
void house_init(struct channel_house *house, uint64_t seed, uint8_t receivers, uint8_t channel);
void house_pass(struct channel_house *house, uint64_t ms);
void house_transmitter_on(struct channel_house *house);
/* The receivers' radios are on this channel from now on; 0: on none. */
void house_move(struct channel_house *house, uint8_t channel);
/* From now on, measures. */
void house_measure(struct channel_house *house);
/* Milliseconds from house_measure() until every receiver that is on had heard the transmitter and
 * was heard by it; lets at most limit_ms pass, and then returns that. */
uint64_t house_recovery_ms(struct channel_house *house, uint64_t limit_ms);

#endif
