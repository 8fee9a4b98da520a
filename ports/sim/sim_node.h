/* One device of the simulated world: the very core that ships, with its memory, its store and its
 * clock. */
#ifndef VOLTBEACON_SIM_NODE_H
#define VOLTBEACON_SIM_NODE_H

#include "sim/sim_store.h"
#include "voltbeacon/receiver.h"
#include "voltbeacon/transmitter.h"

enum {
    VB_SIM_CACHE_BYTES =
        12288, /* of sections; far more than the schema's, for those of later firmware */
    VB_SIM_PEERS_MAX = 3,
    VB_SIM_EDITS_MAX = 8,
    VB_SIM_READINGS_MAX = 8
};

#define VB_SIM_NEVER_MS 0xffffffffffffffffull
#define VB_SIM_ANY 0xff

enum vb_sim_role { VB_SIM_TRANSMITTER, VB_SIM_RECEIVER };

/* How long a commit takes, and how often it fails; chances in permille. */
struct vb_sim_disk {
    uint32_t commit_ms_min;
    uint32_t commit_ms_max;
    uint16_t failed;    /* certainly nothing of it is stored */
    uint16_t uncertain; /* half of them are stored */
};

struct vb_sim_transmitter {
    struct vb_transmitter core;
    uint8_t cache[2][VB_SIM_CACHE_BYTES];
    uint32_t reading_every_ms; /* 0 = no readings */
    uint32_t reading_sequence;
    uint8_t reading_cells;
};

struct vb_sim_receiver {
    struct vb_receiver core;
    struct vb_peer peers[VB_SIM_PEERS_MAX];
    struct vb_edit edits[VB_SIM_EDITS_MAX];
    struct vb_reading readings[VB_SIM_PEERS_MAX * VB_SIM_READINGS_MAX];
    uint8_t cache[VB_SIM_PEERS_MAX * VB_SIM_CACHE_BYTES];
    uint8_t assembly[VB_SECTION_BYTES_MAX];
    uint16_t epoch; /* of the last boot; the port keeps it, not the core's store */
    bool persist;
};

struct vb_sim_node {
    enum vb_sim_role role;
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
    uint16_t held;     /* frames that wait meanwhile */
    uint64_t frozen_ms;  /* world time when that began */
    uint8_t plugged;     /* a receiver: the one transmitter on its network, or VB_SIM_ANY */
    uint64_t wake_ms;    /* world time of its next tick */
    uint64_t reading_ms; /* ... of its next reading */
    uint64_t commit_ms;  /* ... of the answer to the commit under way */
    uint64_t boot_ms;    /* ... when it comes up again by itself */
    uint32_t cut_off_ms; /* how long a power cut of the store keeps it down */
    uint32_t turns;      /* within one millisecond: bounded, or it spins */
    uint64_t turn_ms;
    struct vb_sim_disk disk;
    struct vb_sim_store store;
    struct vb_sim_transmitter transmitter;
    struct vb_sim_receiver receiver;
};

/* A device with an empty store, switched off. */
void vb_sim_node_init(struct vb_sim_node *node, enum vb_sim_role role, uint8_t index);
/* The time that has passed for it since the world began, by its own clock; it never goes back. */
uint64_t vb_sim_node_own_ms(const struct vb_sim_node *node, uint64_t world_ms);
/* The core's clock: it wraps, the world's does not. */
uint32_t vb_sim_node_now_ms(const struct vb_sim_node *node, uint64_t world_ms);
/* Starts the core. VB_ERR_STORE when its power went meanwhile; VB_ERR_CORRUPT as
 * vb_transmitter_init. */
VB_MUST_USE enum vb_err vb_sim_node_boot(struct vb_sim_node *node, uint64_t world_ms,
                                         uint64_t seed);
/* What follows is the core's own interface, whichever the role. */
enum vb_err vb_sim_node_input(struct vb_sim_node *node, uint64_t world_ms, const struct vb_mac *src,
                              const struct vb_mac *dst, const uint8_t *bytes, size_t size);
void vb_sim_node_tick(struct vb_sim_node *node, uint64_t world_ms);
uint32_t vb_sim_node_wakeup_ms(const struct vb_sim_node *node, uint64_t world_ms);
size_t vb_sim_node_output(struct vb_sim_node *node, uint64_t world_ms, struct vb_mac *dst,
                          uint8_t bytes[VB_FRAME_BYTES_MAX]);
bool vb_sim_node_event(struct vb_sim_node *node, struct vb_event *event);
/* The store's answer to the commit under way. */
void vb_sim_node_committed(struct vb_sim_node *node, uint64_t world_ms,
                           enum vb_sim_outcome outcome);
/* Takes the next sample and hands it to the core. */
void vb_sim_node_sample(struct vb_sim_node *node, uint64_t world_ms);
/* The sample of that sequence, whenever it is asked for: hardly a cell is alike in any two. */
void vb_sim_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading);

#endif
