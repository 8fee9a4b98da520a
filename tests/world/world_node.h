/* One device of the simulated world: the very core that ships, with its memory, its store and its
 * clock. */
#ifndef VOLTBEACON_WORLD_NODE_H
#define VOLTBEACON_WORLD_NODE_H

#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/transmitter.h"
#include "world/world_store.h"

enum {
    VB_WORLD_CACHE_BYTES =
        12288, /* of sections; far more than the schema's, for those of later firmware */
    VB_WORLD_PEERS_MAX = 3,
    VB_WORLD_EDITS_MAX = 8,
    VB_WORLD_READINGS_MAX = 8
};

#define VB_WORLD_NEVER_MS 0xffffffffffffffffull
#define VB_WORLD_ANY 0xff

enum vb_world_role { VB_WORLD_TRANSMITTER, VB_WORLD_RECEIVER };

/* How long a commit takes, and how often it fails; chances in permille. */
struct vb_world_disk {
    uint32_t commit_ms_min;
    uint32_t commit_ms_max;
    uint16_t failed;    /* certainly nothing of it is stored */
    uint16_t uncertain; /* half of them are stored */
};

struct vb_world_transmitter {
    struct vb_transmitter core;
    uint8_t cache[2][VB_WORLD_CACHE_BYTES];
    uint32_t reading_every_ms; /* 0 = no readings */
    uint32_t reading_sequence;
    uint8_t reading_cells;
};

struct vb_world_receiver {
    struct vb_receiver core;
    struct vb_peer peers[VB_WORLD_PEERS_MAX];
    struct vb_edit edits[VB_WORLD_EDITS_MAX];
    struct vb_reading readings[VB_WORLD_PEERS_MAX * VB_WORLD_READINGS_MAX];
    uint8_t cache[VB_WORLD_PEERS_MAX * VB_WORLD_CACHE_BYTES];
    uint8_t assembly[VB_SECTION_BYTES_MAX];
    uint16_t epoch; /* of the last boot; the port keeps it, not the core's store */
    bool persist;
};

struct vb_world_node {
    enum vb_world_role role;
    uint8_t index; /* in the world */
    struct vb_mac mac;
    struct vb_timing timing;
    bool remote_secrets;
    bool up;
    uint32_t boots;
    uint32_t clock_ms; /* its own clock when the world's is 0 */
    int64_t ahead_ms;  /* how far that has run ahead since; below 0: it stood still for a while */
    uint64_t thaw_ms;  /* world time when it goes on, nothing reaching it before; never = it runs */
    bool clock_runs;   /* while it is frozen */
    uint16_t held;     /* frames that wait meanwhile ... */
    uint64_t held_ms;  /* ... and when they are read */
    uint64_t frozen_ms;  /* world time when that began */
    uint8_t plugged;     /* a receiver: the one transmitter on its network, or VB_WORLD_ANY */
    uint64_t wake_ms;    /* world time of its next tick */
    uint64_t reading_ms; /* ... of its next reading */
    uint64_t commit_ms;  /* ... of the answer to the commit under way */
    uint64_t boot_ms;    /* ... when it comes up again by itself */
    uint32_t cut_off_ms; /* how long a power cut of the store keeps it down */
    uint32_t turns;      /* within one millisecond: bounded, or it spins */
    uint64_t turn_ms;
    struct vb_world_disk disk;
    struct vb_world_store store;
    uint8_t scratch[VB_SCRATCH_BYTES];
    struct vb_world_transmitter transmitter;
    struct vb_world_receiver receiver;
};

/* A device with an empty store, switched off. */
void vb_world_node_init(struct vb_world_node *node, enum vb_world_role role, uint8_t index);
/* The time that has passed for it since the world began, by its own clock; it never goes back. */
uint64_t vb_world_node_own_ms(const struct vb_world_node *node, uint64_t world_ms);
/* The core's clock: it wraps, the world's does not. */
uint32_t vb_world_node_now_ms(const struct vb_world_node *node, uint64_t world_ms);
/* Starts the core. VB_ERR_STORE when its power went meanwhile; VB_ERR_CORRUPT as
 * vb_transmitter_init. */
VB_MUST_USE enum vb_err vb_world_node_boot(struct vb_world_node *node, uint64_t world_ms,
                                           uint64_t seed);
/* What follows is the core's own interface, whichever the role. */
enum vb_err vb_world_node_input(struct vb_world_node *node, uint64_t world_ms,
                                const struct vb_mac *src, const struct vb_mac *dst,
                                const uint8_t *bytes, size_t size);
void vb_world_node_tick(struct vb_world_node *node, uint64_t world_ms);
uint32_t vb_world_node_wakeup_ms(const struct vb_world_node *node, uint64_t world_ms);
size_t vb_world_node_output(struct vb_world_node *node, uint64_t world_ms, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX]);
bool vb_world_node_event(struct vb_world_node *node, struct vb_event *event);
/* The store's answer to the commit under way. */
void vb_world_node_committed(struct vb_world_node *node, uint64_t world_ms,
                             enum vb_world_outcome outcome);
/* Takes the next sample and hands it to the core. */
void vb_world_node_sample(struct vb_world_node *node, uint64_t world_ms);
/* The sample of that sequence, whenever it is asked for: hardly a cell is alike in any two. */
void vb_world_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading);

#endif
