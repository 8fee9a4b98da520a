/* One device of the simulated world: the device that ships, with its memory, its stores, its clock
 * and its surroundings. */
#ifndef VOLTBEACON_WORLD_NODE_H
#define VOLTBEACON_WORLD_NODE_H

#include <stddef.h>

#include "world/world_seams.h"
#include "world/world_store.h"

enum {
    VB_WORLD_CACHE_BYTES =
        12288,          /* of sections; far more than the schema's, for those of later firmware */
    VB_WORLD_PEERS = 3, /* places for transmitters, unless the world says otherwise */
    VB_WORLD_PEERS_MAX = 16,
    VB_WORLD_EDITS_MAX = 8,
    VB_WORLD_READINGS_MAX = 8,
    VB_WORLD_BOX_READINGS_MAX = 100,
    VB_WORLD_MEMORY_BYTES = 3 << 20 /* of a receiver, at most */
};

/* The time that a set clock showed when the world began. */
#define VB_WORLD_WALL_MS 1795377600000ull

#define VB_WORLD_ANY 0xff

enum vb_world_role { VB_WORLD_TRANSMITTER, VB_WORLD_RECEIVER };

/* How long a commit takes, and how often it fails; probabilities in permille. */
struct vb_world_disk {
    uint32_t commit_ms_min;
    uint32_t commit_ms_max;
    uint16_t failed;    /* certainly nothing of it is stored */
    uint16_t uncertain; /* half of them are stored */
};

/* The stores of a device; a transmitter has only the main one. */
enum vb_world_store_kind {
    VB_WORLD_STORE_MAIN, /* settings; a receiver's cache */
    VB_WORLD_STORE_BOOT,
    VB_WORLD_STORE_SETTINGS, /* a receiver's own */
    VB_WORLD_STORES
};

struct vb_world_transmitter {
    struct vb_transmitter_device device;
    uint8_t cache[2][VB_WORLD_CACHE_BYTES];
    uint8_t scratch[VB_SCRATCH_BYTES];
    uint32_t reading_every_ms; /* 0 = no readings */
    uint32_t reading_sequence;
    uint8_t reading_cells;
    bool quiet; /* a healthy pack but for a cell now and then, not arbitrary values */
};

struct vb_world_receiver {
    struct vb_receiver_device device;
    struct vb_receiver_sizes sizes;
    max_align_t memory[VB_WORLD_MEMORY_BYTES / sizeof(max_align_t)];
};

struct vb_world_node {
    enum vb_world_role role;
    uint8_t index; /* in the world */
    struct vb_mac mac;
    struct vb_timing timing;
    const struct vb_seal *seal; /* from the next boot on */
    bool remote_secrets;
    bool up;
    uint32_t boots;
    uint32_t clock_ms;  /* what its own clock shows when the world's is 0 */
    bool wall_known;    /* the wall clock is set */
    int64_t ahead_ms;   /* how far it has run ahead since; negative: it stood still for a while */
    uint64_t thaw_ms;   /* world time when it resumes; nothing reaches it before; never = it runs */
    bool clock_runs;    /* while it is frozen */
    uint16_t held;      /* frames that wait meanwhile ... */
    uint64_t held_ms;   /* ... and when they are read */
    uint64_t frozen_ms; /* world time when that began */
    uint8_t plugged;    /* a receiver: the one transmitter on its network, or VB_WORLD_ANY */
    uint64_t wake_ms;   /* world time of its next tick */
    uint64_t reading_ms; /* ... of its next reading */
    uint64_t boot_ms;    /* ... when it comes up again by itself */
    uint32_t cut_off_ms; /* how long it stays down after a power cut of the store */
    uint32_t turns;      /* within one millisecond: bounded, or it spins */
    uint64_t turn_ms;
    struct vb_world_disk disk;
    struct vb_world_power power; /* of all its stores */
    struct vb_world_store store; /* VB_WORLD_STORE_MAIN */
    struct vb_world_store own[VB_WORLD_STORES - 1];
    struct vb_world_seams seams;
    struct vb_world_transmitter transmitter;
    struct vb_world_receiver receiver;
};

/* A device with an empty store, switched off. */
void vb_world_node_init(struct vb_world_node *node, enum vb_world_role role, uint8_t index);
/* Time since the world began, by its own clock; it never goes back. */
uint64_t vb_world_node_own_ms(const struct vb_world_node *node, uint64_t world_ms);
/* The core's clock: it wraps, the world's does not. */
uint32_t vb_world_node_now_ms(const struct vb_world_node *node, uint64_t world_ms);
struct vb_clock vb_world_node_clock(const struct vb_world_node *node, uint64_t world_ms);
struct vb_world_store *vb_world_node_store(struct vb_world_node *node,
                                           enum vb_world_store_kind kind);
/* The power is back: memory is lost, durable content is kept. */
void vb_world_node_restart(struct vb_world_node *node);
/* Starts the device. VB_ERR_STORE if its power failed meanwhile; VB_ERR_CORRUPT as
 * vb_transmitter_init. */
VB_MUST_USE enum vb_err vb_world_node_boot(struct vb_world_node *node, uint64_t world_ms,
                                           uint64_t seed);
/* The device's own interface follows, for either role. After any input, settle lets it send and
 * apply; its frames and events can then be fetched. */
enum vb_err vb_world_node_input(struct vb_world_node *node, uint64_t world_ms,
                                const struct vb_link_frame *frame);
void vb_world_node_tick(struct vb_world_node *node, uint64_t world_ms);
void vb_world_node_settle(struct vb_world_node *node, uint64_t world_ms);
uint32_t vb_world_node_wakeup_ms(const struct vb_world_node *node, uint64_t world_ms);
/* A store's answer to the commit under way. */
void vb_world_node_committed(struct vb_world_node *node, uint64_t world_ms,
                             enum vb_world_store_kind kind, enum vb_world_outcome outcome,
                             struct vb_random *dice);
/* Takes the next sample and hands it to the device. */
void vb_world_node_sample(struct vb_world_node *node, uint64_t world_ms);
/* The sample of that sequence, always the same; hardly any cell is equal in two samples. */
void vb_world_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading);
/* Likewise for a quiet pack: no cell is equal in two of 40 consecutive samples. In 20 of 128
 * samples something is wrong: a cell beyond a limit or without a value, a sensor, the pack's
 * voltage. In two of 256 a single value is wild. */
void vb_world_quiet_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading);

#endif
