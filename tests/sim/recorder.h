/* What happened in a run: a hash over the bytes of every frame and every transition, and a text log
 * on request. */
#ifndef VOLTBEACON_RECORDER_H
#define VOLTBEACON_RECORDER_H

#include "world/world.h"

struct recorder {
    const struct vb_world *world;
    uint64_t hash;
    uint64_t events;                         /* frames sent, frames heard, transitions */
    uint64_t kept[VB_WORLD_NODES_MAX];       /* occurrences that a receiver has recorded */
    uint32_t configured[VB_WORLD_NODES_MAX]; /* how often a transmitter's broker was set up */
    bool trace;
};

void recorder_init(struct recorder *recorder, const struct vb_world *world, bool trace);
void recorder_sent(struct recorder *recorder, const struct vb_world_node *node,
                   const struct vb_mac *dst, const uint8_t *bytes, size_t size);
void recorder_heard(struct recorder *recorder, const struct vb_world_node *node,
                    const struct vb_world_flight *flight, enum vb_err err);
void recorder_event(struct recorder *recorder, const struct vb_world_node *node,
                    const struct vb_event *event);
void recorder_power(struct recorder *recorder, const struct vb_world_node *node);
/* The device has finished its turn: what it has recorded and applied. */
void recorder_turned(struct recorder *recorder, const struct vb_world_node *node);
/* What the scenario does, in words. */
void recorder_act(struct recorder *recorder, const char *format, ...) VB_PRINTF(2, 3);

#endif
