/* The in-memory surroundings of a device of the world: the sinks of its frames and events, a
 * broker, a source, a network, and a receiver's records of the past. Uses the fixtures of the unit
 * tests where there is one. */
#ifndef VOLTBEACON_WORLD_SEAMS_H
#define VOLTBEACON_WORLD_SEAMS_H

#include "fixtures/memory_events.h"
#include "fixtures/memory_history.h"
#include "fixtures/memory_recordings.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/device/receiver_device.h"
#include "voltbeacon/device/transmitter_device.h"

enum {
    VB_WORLD_BURST_MAX = 64,  /* frames of one turn: with more it floods */
    VB_WORLD_EVENTS_MAX = 256 /* of one turn */
};

struct vb_world_frame {
    struct vb_mac dst;
    size_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

struct vb_world_seams {
    struct vb_link link;
    struct vb_world_frame frames[VB_WORLD_BURST_MAX]; /* sent, not fetched yet */
    unsigned frame_first;
    unsigned frame_count;

    struct vb_sink sink;
    struct vb_event happened[VB_WORLD_EVENTS_MAX]; /* likewise */
    unsigned event_first;
    unsigned event_count;

    struct vb_broker broker;
    struct vb_broker_settings broker_settings; /* in force */
    struct vb_broker_status broker_status;     /* what the broker's client says */
    uint32_t configured;
    uint32_t published;
    bool available; /* as last said */

    struct vb_reading_source source; /* brings its readings by itself */
    struct vb_can_values can;        /* in force */
    struct vb_network network;
    struct vb_network_values network_values; /* in force */

    struct memory_events events;
    struct memory_history history;
    struct memory_recordings recordings;
};

/* Nothing has happened yet, and a receiver's past is empty. They must not move. */
void vb_world_seams_init(struct vb_world_seams *seams);
/* The power was off: what the device only had in memory is lost. */
void vb_world_seams_restart(struct vb_world_seams *seams);
/* What the device has sent and reported since the last call, oldest first; 0 and false at the end.
 */
size_t vb_world_seams_frame(struct vb_world_seams *seams, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX]);
bool vb_world_seams_event(struct vb_world_seams *seams, struct vb_event *event);

#endif
