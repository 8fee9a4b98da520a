/* The simulated world: devices, links between them, and virtual time, all from one seed.
 *
 * Devices 0 to transmitter_count - 1 are transmitters, followed by the receivers and, while there
 * is one, a clone of the last transmitter. As on UDP, nobody hears its own kind. Things only happen
 * within vb_world_run and the calls below it. */
#ifndef VOLTBEACON_WORLD_WORLD_H
#define VOLTBEACON_WORLD_WORLD_H

#include "world/world_link.h"
#include "world/world_node.h"
#include "world/world_queue.h"

enum {
    VB_WORLD_TRANSMITTERS_MAX = 16, /* as many as a receiver follows by default */
    VB_WORLD_RECEIVERS_MAX = 8,     /* as many as a transmitter has accounts for */
    VB_WORLD_NODES_MAX = VB_WORLD_TRANSMITTERS_MAX + VB_WORLD_RECEIVERS_MAX + 1, /* and a clone */
    VB_WORLD_TURNS_MAX = 2000,     /* of one device within a millisecond: with more it spins */
    VB_WORLD_BOOT_AGAIN_MS = 1000, /* where the store cannot be read */
    VB_WORLD_HELD_MAX = 256        /* frames in a socket; Linux keeps about as many by default */
};

struct vb_world;

/* Observers. Any may be NULL; none may change the world. */
struct vb_world_observer {
    void *ctx;
    void (*sent)(void *ctx, const struct vb_world_node *node, const struct vb_mac *dst,
                 const uint8_t *bytes, size_t size);
    void (*heard)(void *ctx, const struct vb_world_node *node, const struct vb_world_flight *flight,
                  enum vb_err err);
    void (*event)(void *ctx, const struct vb_world_node *node, const struct vb_event *event);
    void (*durable)(void *ctx, const struct vb_world_node *node, enum vb_world_store_kind kind,
                    const struct vb_world_row *row);
    void (*power)(void *ctx, const struct vb_world_node *node);  /* node->up says which way */
    void (*lost)(void *ctx, const struct vb_world_node *node);   /* writes that were acknowledged */
    void (*turned)(void *ctx, const struct vb_world_node *node); /* it has finished its turn */
};

/* Tells a store's watcher whose store it is. */
struct vb_world_witness {
    const struct vb_world *world;
    const struct vb_world_node *node;
    enum vb_world_store_kind kind;
};

struct vb_world_counts {
    uint64_t unreadable; /* boots that could not read the store */
    uint64_t turns;
    uint64_t frames;
    uint64_t boots;
    uint64_t power_cuts;
    uint64_t commits;
    uint64_t commits_failed;
    uint64_t commits_uncertain;
    uint64_t commits_uncertain_stored; /* of these */
    uint64_t cut_in_commit;
    uint64_t torn; /* single writes of a flash */
    uint64_t lost; /* power cuts that lost acknowledged writes */
    uint64_t queue_full;
};

struct vb_world {
    struct vb_random random;
    uint64_t now_ms;
    uint8_t transmitter_count;
    uint8_t node_count; /* without a clone */
    bool cloned;        /* there is one */
    struct vb_world_observer observer;
    struct vb_world_counts counts;
    struct vb_world_queue queue;
    struct vb_world_link links[VB_WORLD_NODES_MAX][VB_WORLD_NODES_MAX]; /* [from][to] */
    struct vb_world_node nodes[VB_WORLD_NODES_MAX];
    struct vb_world_witness witnesses[VB_WORLD_NODES_MAX][VB_WORLD_STORES];
    struct vb_world_table backup;
    uint8_t frames_a_turn; /* frames that a device takes, if there are any, before it sends */
};

/* All devices are off, all links clean. The world is large and must not move: allocate it once. */
void vb_world_init(struct vb_world *world, uint64_t seed, uint8_t transmitters, uint8_t receivers);
/* Devices off: gives all of them this seal, or none (NULL), on links with frames of this size. */
void vb_world_seal(struct vb_world *world, const struct vb_seal *seal, uint16_t frame_bytes_max);
void vb_world_observe(struct vb_world *world, const struct vb_world_observer *observer);
/* Lets so many milliseconds pass. */
void vb_world_run(struct vb_world *world, uint64_t ms);
/* Lets one thing happen, at until_ms at the latest. False if nothing is left before that. */
bool vb_world_step(struct vb_world *world, uint64_t until_ms);
void vb_world_heal(struct vb_world *world);
/* Resets all but its links; it is on all networks, and comes up. It must not be frozen. */
void vb_world_heal_device(struct vb_world *world, uint8_t node);

/* Whether anything reaches the device: it is on, and not frozen. */
bool vb_world_awake(const struct vb_world *world, uint8_t node);
/* Sets the device's clock ahead, by less than 24 days. */
void vb_world_leap(struct vb_world *world, uint8_t node, uint32_t ms);
/* Freezes the device for so long, like a stopped process or a sleeping host; its clock runs on or
 * stands still. The first VB_WORLD_HELD_MAX frames that arrive meanwhile wait for it. */
void vb_world_freeze(struct vb_world *world, uint8_t node, uint32_t ms, bool clock_runs);
/* Moves the receiver to a network with only this transmitter; VB_WORLD_ANY: with all of them. */
void vb_world_plug(struct vb_world *world, uint8_t receiver, uint8_t transmitter);

void vb_world_power_on(struct vb_world *world, uint8_t node);
/* Cuts its power at once; a commit under way becomes durable or not, by chance. */
void vb_world_power_off(struct vb_world *world, uint8_t node);
void vb_world_reboot(struct vb_world *world, uint8_t node);
/* The power fails at the count-th operation of its store from now on, and is back after off_ms. */
void vb_world_power_cut(struct vb_world *world, uint8_t node, uint32_t count, uint32_t off_ms);
/* Device off: its store is lost. */
void vb_world_wipe(struct vb_world *world, uint8_t node);
void vb_world_take_backup(struct vb_world *world, uint8_t node);
/* Device off: restores its store from the backup, including store id and boot counter. */
void vb_world_restore_backup(struct vb_world *world, uint8_t node);
/* Likewise, with a store id and a boot counter of its own, like a store with a past. */
void vb_world_replace_store(struct vb_world *world, uint8_t node);
/* A second device comes up with the MAC of the last transmitter and a copy of its store, like a
 * copied card; and leaves for good. */
void vb_world_clone_comes(struct vb_world *world);
void vb_world_clone_leaves(struct vb_world *world);
/* The last transmitter, the only one that is ever cloned, and its clone, present or not. */
uint8_t vb_world_original(const struct vb_world *world);
uint8_t vb_world_clone(const struct vb_world *world);
/* Number of devices, including the clone, which is the last. */
uint8_t vb_world_reach(const struct vb_world *world);

void vb_world_stream(struct vb_world *world, uint8_t node, uint32_t every_ms);
/* Injects a frame from nowhere, now. */
enum vb_err vb_world_inject(struct vb_world *world, uint8_t node,
                            const struct vb_world_flight *flight);
/* Like vb_receiver_edit and vb_transmitter_set, with everything they trigger. */
VB_MUST_USE enum vb_err vb_world_edit(struct vb_world *world, uint8_t receiver, uint8_t transmitter,
                                      uint8_t section, const uint8_t *changes, size_t size,
                                      uint64_t *id, struct vb_reasons *reasons);
VB_MUST_USE enum vb_err vb_world_set(struct vb_world *world, uint8_t transmitter, uint8_t section,
                                     const uint8_t *changes, size_t size, uint64_t *id,
                                     struct vb_reasons *reasons);
/* Likewise a change of the receiver's own settings; its answer comes with the commit. */
VB_MUST_USE enum vb_err vb_world_set_own(struct vb_world *world, uint8_t receiver, uint8_t section,
                                         const uint8_t *changes, size_t size);
/* What the host and the broker's client report from now on; only their flags are used. */
void vb_world_runtime(struct vb_world *world, uint8_t transmitter,
                      const struct vb_runtime *runtime);
void vb_world_goodbye(struct vb_world *world, uint8_t transmitter);

/* What the receiver holds of the transmitter; NULL while it does not follow it. */
const struct vb_peer *vb_world_peer(const struct vb_world *world, uint8_t receiver,
                                    uint8_t transmitter);

#endif
