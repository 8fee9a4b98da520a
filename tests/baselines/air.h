/* The air between the two ends of a design, in microseconds of virtual time.
 *
 * A frame takes 0.54 ms and 8 us per byte: ESP-NOW at 1 Mbit/s, where 250 bytes take 2.54 ms and 35
 * bytes 0.82 ms. One frame is on the air at a time, the next waits. Each is lost by chance,
 * independently of all others; nothing is repeated by the radio, unicast or not. */
#ifndef VOLTBEACON_AIR_H
#define VOLTBEACON_AIR_H

#include "design.h"
#include "voltbeacon/core/random.h"

enum {
    VB_AIR_FRAME_US = 540,
    VB_AIR_BYTE_US = 8,
    VB_AIR_FLIGHTS_MAX = 64, /* frames waiting for the air: more is a design that floods */
    VB_AIR_TURNS_MAX = 1000  /* at one moment: more is a design that spins */
};

struct vb_air_kind {
    uint64_t frames;
    uint64_t bytes;
    uint64_t us;
};

struct vb_air_counts {
    struct vb_air_kind kinds[VB_KINDS_MAX];
};

struct vb_flight {
    uint64_t at_us;
    uint8_t to; /* enum vb_side */
    struct vb_packet packet;
};

struct vb_air {
    const struct vb_design *design;
    struct vb_random random;
    uint16_t loss; /* permille */
    uint64_t now_us;
    uint64_t free_us; /* from then on nothing is on the air */
    bool up[VB_SIDE_COUNT];
    uint64_t wake_us[VB_SIDE_COUNT];
    uint64_t turned_us;
    uint32_t turns;
    struct vb_flight flights[VB_AIR_FLIGHTS_MAX]; /* in the order they arrive */
    uint32_t first;
    uint32_t count;
    struct vb_air_counts counts; /* lost frames too: they were on the air */
};

/* Both ends switched off. */
void vb_air_init(struct vb_air *air, const struct vb_design *design, uint64_t seed);
uint32_t vb_air_now_ms(const struct vb_air *air);
void vb_air_power_on(struct vb_air *air, enum vb_side side);
/* Nothing is sent or heard until it is on again. */
void vb_air_power_off(struct vb_air *air, enum vb_side side);
/* Sends what an end has to send, after it was called from outside. */
void vb_air_turn(struct vb_air *air, enum vb_side side);
/* One thing happens, at until_us at the latest. False, and now is until_us, when nothing is left
 * before. */
bool vb_air_step(struct vb_air *air, uint64_t until_us);
void vb_air_run(struct vb_air *air, uint64_t us);

#endif
