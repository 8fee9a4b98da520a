#include "world/world.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

/* ---- Sending ---- */

static bool hears(const struct vb_world_node *from, const struct vb_world_node *to,
                  const struct vb_mac *dst)
{
    const struct vb_world_node *receiver = from->role == VB_WORLD_RECEIVER ? from : to;
    const struct vb_world_node *transmitter = receiver == from ? to : from;
    if (from->role == to->role ||
        (receiver->plugged != VB_WORLD_ANY && receiver->plugged != transmitter->index))
        return false;
    return vb_mac_equal(dst, &vb_mac_broadcast) || vb_mac_equal(dst, &to->mac);
}

static void carry(struct vb_world *world, const struct vb_world_node *from, uint8_t to,
                  const struct vb_mac *dst, const uint8_t *bytes, size_t size)
{
    struct vb_world_copy copies[VB_WORLD_COPIES_MAX];
    const unsigned count =
        vb_world_link_pass(&world->links[from->index][to], &world->random, bytes, size, copies);
    for (unsigned i = 0; i < count; i++) {
        struct vb_world_flight *flight = vb_world_queue_slot(&world->queue);
        if (flight == NULL) {
            world->counts.queue_full++;
            return;
        }
        *flight = (struct vb_world_flight){.at_ms = world->now_ms + copies[i].delay_ms,
                                           .sent_ms = world->now_ms,
                                           .src = from->mac,
                                           .dst = *dst,
                                           .from = from->index,
                                           .to = to,
                                           .intact = copies[i].intact,
                                           .size = (uint16_t)copies[i].size};
        memcpy(flight->bytes, copies[i].bytes, copies[i].size);
        vb_world_queue_push(&world->queue);
    }
}

static void send(struct vb_world *world, const struct vb_world_node *node, const struct vb_mac *dst,
                 const uint8_t *bytes, size_t size)
{
    world->counts.frames++;
    if (world->observer.sent != NULL)
        world->observer.sent(world->observer.ctx, node, dst, bytes, size);
    for (uint8_t to = 0; to < vb_world_reach(world); to++) {
        if (hears(node, &world->nodes[to], dst))
            carry(world, node, to, dst, bytes, size);
    }
}

/* ---- A device's turn ---- */

static void drain_events(struct vb_world *world, struct vb_world_node *node)
{
    struct vb_event event;
    while (vb_world_seams_event(&node->seams, &event)) {
        if (world->observer.event != NULL)
            world->observer.event(world->observer.ctx, node, &event);
    }
}

/* Some of what a disk has acknowledged but not written is lost. */
static void lose_writes(struct vb_world *world, struct vb_world_node *node)
{
    bool lost = false;
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++) {
        struct vb_world_store *store = vb_world_node_store(node, (enum vb_world_store_kind)kind);
        const uint32_t unwritten = vb_world_store_unwritten(store);
        if (unwritten > 0 &&
            vb_world_store_lose(store, vb_random_between(&world->random, 0, unwritten)))
            lost = true;
    }
    world->counts.lost += lost;
    if (lost && world->observer.lost != NULL)
        world->observer.lost(world->observer.ctx, node);
}

static void turn_off(struct vb_world *world, struct vb_world_node *node)
{
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++) {
        struct vb_world_store *store = vb_world_node_store(node, (enum vb_world_store_kind)kind);
        if (!store->committing)
            continue;
        const bool stored = vb_random_between(&world->random, 0, 1) == 1;
        world->counts.cut_in_commit++;
        node->power.cut = false; /* each store may lose another write */
        (void)vb_world_store_end(store, stored ? VB_WORLD_CUT_STORED : VB_WORLD_CUT_ABSENT,
                                 &world->random);
    }
    if (node->power.lossy)
        lose_writes(world, node);
    vb_world_node_restart(node);
    node->up = false;
    node->thaw_ms = VB_WORLD_NEVER_MS;
    node->wake_ms = VB_WORLD_NEVER_MS;
    node->reading_ms = VB_WORLD_NEVER_MS;
    if (world->observer.power != NULL)
        world->observer.power(world->observer.ctx, node);
}

static void send_frames(struct vb_world *world, struct vb_world_node *node)
{
    struct vb_mac dst;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    for (size_t size; (size = vb_world_seams_frame(&node->seams, &dst, bytes)) > 0;)
        send(world, node, &dst, bytes, size);
}

static void begin_commits(struct vb_world *world, struct vb_world_node *node)
{
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++) {
        struct vb_world_store *store = vb_world_node_store(node, (enum vb_world_store_kind)kind);
        if (!store->committing || store->answer_ms != VB_WORLD_NEVER_MS)
            continue;
        world->counts.commits++;
        store->answer_ms =
            world->now_ms +
            vb_random_between(&world->random, node->disk.commit_ms_min, node->disk.commit_ms_max);
    }
}

/* After any call of the device: it applies and sends, its events are reported, its next wakeup is
 * noted. */
static void turn(struct vb_world *world, struct vb_world_node *node)
{
    world->counts.turns++;
    if (node->turn_ms != world->now_ms)
        node->turns = 0;
    node->turn_ms = world->now_ms;
    node->turns++;
    VB_ASSERT(node->turns <= VB_WORLD_TURNS_MAX);
    if (node->power.cut) {
        world->counts.power_cuts++;
        turn_off(world, node);
        node->boot_ms = world->now_ms + node->cut_off_ms;
        return;
    }
    vb_world_node_settle(node, world->now_ms);
    send_frames(world, node);
    drain_events(world, node);
    begin_commits(world, node);
    node->wake_ms = world->now_ms + vb_world_node_wakeup_ms(node, world->now_ms);
    if (world->observer.turned != NULL)
        world->observer.turned(world->observer.ctx, node);
}

static enum vb_world_outcome commit_outcome(struct vb_world *world,
                                            const struct vb_world_node *node)
{
    const uint32_t dice = vb_random_between(&world->random, 1, 1000);
    if (dice <= node->disk.failed) {
        world->counts.commits_failed++;
        return VB_WORLD_FAILED;
    }
    if (dice <= (uint32_t)node->disk.failed + node->disk.uncertain) {
        const bool stored = vb_random_between(&world->random, 0, 1) == 1;
        world->counts.commits_uncertain++;
        world->counts.commits_uncertain_stored += stored;
        return stored ? VB_WORLD_UNCERTAIN_STORED : VB_WORLD_UNCERTAIN_ABSENT;
    }
    return VB_WORLD_STORED;
}

/* World time at which one of its stores answers; never = no commit is under way. */
static uint64_t commit_ms(const struct vb_world_node *node)
{
    uint64_t next_ms = node->store.answer_ms;
    for (unsigned i = 0; i < VB_COUNT_OF(node->own); i++)
        next_ms = node->own[i].answer_ms < next_ms ? node->own[i].answer_ms : next_ms;
    return next_ms;
}

static void take_commit(struct vb_world *world, struct vb_world_node *node)
{
    const uint64_t now_ms = commit_ms(node);
    enum vb_world_store_kind kind = VB_WORLD_STORE_MAIN;
    while (vb_world_node_store(node, kind)->answer_ms != now_ms)
        kind++;
    vb_world_node_store(node, kind)->answer_ms = VB_WORLD_NEVER_MS;
    vb_world_node_committed(node, world->now_ms, kind, commit_outcome(world, node), &world->random);
    turn(world, node);
}

static void take_reading(struct vb_world *world, struct vb_world_node *node)
{
    node->reading_ms = world->now_ms + node->transmitter.reading_every_ms;
    vb_world_node_sample(node, world->now_ms);
    turn(world, node);
}

static bool frozen(const struct vb_world_node *node)
{
    return node->thaw_ms != VB_WORLD_NEVER_MS;
}

/* Whatever became due meanwhile is due now. */
static void thaw(struct vb_world *world, struct vb_world_node *node)
{
    uint64_t *const due_ms[] = {&node->wake_ms, &node->reading_ms, &node->store.answer_ms,
                                &node->own[0].answer_ms, &node->own[1].answer_ms};
    for (unsigned i = 0; i < VB_COUNT_OF(due_ms); i++)
        *due_ms[i] = *due_ms[i] < world->now_ms ? world->now_ms : *due_ms[i];
    if (!node->clock_runs)
        node->ahead_ms -= (int64_t)(world->now_ms - node->frozen_ms);
    node->thaw_ms = VB_WORLD_NEVER_MS;
}

/* The frame waits in the socket of a frozen device, behind earlier ones. They may be read before
 * anything else is done, or after. */
static void hold(struct vb_world *world, const struct vb_world_flight *flight)
{
    struct vb_world_node *node = &world->nodes[flight->to];
    if (node->held == VB_WORLD_HELD_MAX)
        return;
    if (node->held++ == 0)
        node->held_ms = node->thaw_ms + vb_random_between(&world->random, 0, 1);
    struct vb_world_flight *held = vb_world_queue_slot(&world->queue);
    VB_ASSERT(held != NULL); /* its own slot has just become free */
    *held = *flight;
    if (flight->held_in == 0)
        held->held_from_ms =
            vb_world_node_own_ms(node, node->clock_runs ? world->now_ms : node->frozen_ms);
    held->held_in = node->boots;
    held->at_ms = node->held_ms;
    vb_world_queue_push(&world->queue);
}

static enum vb_err take_in(struct vb_world *world, struct vb_world_node *node,
                           const struct vb_world_flight *flight)
{
    struct vb_world_flight taken = *flight;
    if (flight->held_in != 0)
        taken.waited_ms =
            (uint32_t)(vb_world_node_own_ms(node, world->now_ms) - flight->held_from_ms);
    const struct vb_link_frame frame = {.src = taken.src,
                                        .dst = taken.dst,
                                        .bytes = taken.bytes,
                                        .size = taken.size,
                                        .age_ms = taken.waited_ms,
                                        .rssi_dbm = VB_LINK_RSSI_UNKNOWN_DBM};
    const enum vb_err err = vb_world_node_input(node, world->now_ms, &frame);
    if (world->observer.heard != NULL)
        world->observer.heard(world->observer.ctx, node, &taken, err);
    drain_events(world, node);
    return err;
}

/* The next frame, if it already waits in this device's socket. */
static bool take_more(struct vb_world *world, struct vb_world_node *node)
{
    const struct vb_world_flight *first = vb_world_queue_first(&world->queue);
    if (first == NULL || first->at_ms > world->now_ms || first->to != node->index)
        return false;
    const struct vb_world_flight flight = *first;
    vb_world_queue_pop(&world->queue);
    if (flight.held_in == 0 || flight.held_in == node->boots)
        (void)take_in(world, node, &flight);
    return true;
}

static void take_flight(struct vb_world *world)
{
    const struct vb_world_flight flight = *vb_world_queue_first(&world->queue);
    struct vb_world_node *node = &world->nodes[flight.to];
    vb_world_queue_pop(&world->queue);
    if (flight.held_in != 0 && flight.held_in != node->boots)
        return; /* its socket is gone */
    if (frozen(node) && node->thaw_ms > world->now_ms) {
        hold(world, &flight);
        return;
    }
    if (frozen(node))
        thaw(world, node);
    if (!node->up)
        return;
    (void)take_in(world, node, &flight);
    for (unsigned taken = 1; taken < world->frames_a_turn && take_more(world, node); taken++)
        continue;
    turn(world, node);
}

enum vb_err vb_world_inject(struct vb_world *world, uint8_t index,
                            const struct vb_world_flight *flight)
{
    struct vb_world_node *node = &world->nodes[index];
    if (!node->up)
        return VB_ERR_OFFLINE;
    const enum vb_err err = take_in(world, node, flight);
    turn(world, node);
    return err;
}

/* ---- Time ---- */

/* Which of a device's clocks comes next. */
static uint64_t next_ms(const struct vb_world_node *node)
{
    if (frozen(node))
        return node->thaw_ms;
    uint64_t next = node->wake_ms;
    next = node->reading_ms < next ? node->reading_ms : next;
    const uint64_t answer_ms = commit_ms(node);
    next = answer_ms < next ? answer_ms : next;
    return node->boot_ms < next ? node->boot_ms : next;
}

static void act(struct vb_world *world, struct vb_world_node *node)
{
    if (frozen(node)) {
        thaw(world, node);
    } else if (node->boot_ms == world->now_ms) {
        vb_world_power_on(world, node->index);
    } else if (commit_ms(node) == world->now_ms) {
        take_commit(world, node);
    } else if (node->reading_ms == world->now_ms) {
        take_reading(world, node);
    } else {
        vb_world_node_tick(node, world->now_ms);
        turn(world, node);
    }
}

bool vb_world_step(struct vb_world *world, uint64_t until_ms)
{
    const struct vb_world_flight *flight = vb_world_queue_first(&world->queue);
    struct vb_world_node *first = NULL;
    uint64_t at_ms = flight == NULL ? VB_WORLD_NEVER_MS : flight->at_ms;
    for (uint8_t i = 0; i < vb_world_reach(world); i++) {
        const uint64_t node_ms = next_ms(&world->nodes[i]);
        if (node_ms < at_ms) {
            at_ms = node_ms;
            first = &world->nodes[i];
        }
    }
    if (at_ms > until_ms)
        return false;
    VB_ASSERT(at_ms >= world->now_ms);
    world->now_ms = at_ms;
    if (first == NULL)
        take_flight(world);
    else
        act(world, first);
    return true;
}

void vb_world_run(struct vb_world *world, uint64_t ms)
{
    const uint64_t until_ms = world->now_ms + ms;
    while (vb_world_step(world, until_ms))
        continue;
    world->now_ms = until_ms;
}

/* ---- Life ---- */

void vb_world_init(struct vb_world *world, uint64_t seed, uint8_t transmitters, uint8_t receivers)
{
    VB_ASSERT(transmitters <= VB_WORLD_TRANSMITTERS_MAX && receivers <= VB_WORLD_RECEIVERS_MAX);
    vb_random_seed(&world->random, seed);
    world->now_ms = 0;
    world->transmitter_count = transmitters;
    world->node_count = (uint8_t)(transmitters + receivers);
    world->cloned = false;
    world->observer = (struct vb_world_observer){0};
    world->counts = (struct vb_world_counts){0};
    world->backup.count = 0;
    world->frames_a_turn = 1;
    vb_world_queue_init(&world->queue);
    for (uint8_t i = 0; i < world->node_count; i++)
        vb_world_node_init(&world->nodes[i],
                           i < transmitters ? VB_WORLD_TRANSMITTER : VB_WORLD_RECEIVER, i);
    vb_world_node_init(&world->nodes[vb_world_clone(world)], VB_WORLD_TRANSMITTER,
                       vb_world_clone(world));
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX * VB_WORLD_NODES_MAX; i++)
        vb_world_link_init(&world->links[i / VB_WORLD_NODES_MAX][i % VB_WORLD_NODES_MAX]);
}

static void watch(void *watcher, const struct vb_world_row *row)
{
    const struct vb_world_witness *witness = watcher;
    const struct vb_world_observer *observer = &witness->world->observer;
    if (observer->durable != NULL)
        observer->durable(observer->ctx, witness->node, witness->kind, row);
}

void vb_world_seal(struct vb_world *world, const struct vb_seal *seal, uint16_t frame_bytes_max)
{
    for (uint8_t i = 0; i <= world->node_count; i++) {
        VB_ASSERT(!world->nodes[i].up);
        world->nodes[i].seal = seal;
        world->nodes[i].seams.link.frame_bytes_max = frame_bytes_max;
    }
}

void vb_world_observe(struct vb_world *world, const struct vb_world_observer *observer)
{
    world->observer = *observer;
    for (uint8_t i = 0; i <= world->node_count; i++) {
        struct vb_world_node *node = &world->nodes[i];
        for (unsigned k = 0; k < VB_WORLD_STORES; k++) {
            const enum vb_world_store_kind kind = (enum vb_world_store_kind)k;
            struct vb_world_store *store = vb_world_node_store(node, kind);
            world->witnesses[i][k] =
                (struct vb_world_witness){.world = world, .node = node, .kind = kind};
            store->watcher = &world->witnesses[i][k];
            store->watch = watch;
        }
    }
}

/* Writes what its disk has acknowledged. */
static void disk_writes(struct vb_world_node *node)
{
    node->power.lossy = false;
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++)
        vb_world_node_store(node, (enum vb_world_store_kind)kind)->undo_count = 0;
}

void vb_world_heal_device(struct vb_world *world, uint8_t index)
{
    struct vb_world_node *node = &world->nodes[index];
    node->disk = (struct vb_world_disk){.commit_ms_min = 1, .commit_ms_max = 1};
    node->power.cut_in = 0;
    node->power.unreadable = false;
    disk_writes(node);
    node->plugged = VB_WORLD_ANY;
    VB_ASSERT(!frozen(node)); /* let it thaw first */
    if (!node->up)
        vb_world_power_on(world, index);
}

void vb_world_heal(struct vb_world *world)
{
    VB_ASSERT(!world->cloned); /* it leaves first */
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX * VB_WORLD_NODES_MAX; i++)
        vb_world_link_heal(&world->links[i / VB_WORLD_NODES_MAX][i % VB_WORLD_NODES_MAX]);
    for (uint8_t i = 0; i < world->node_count; i++)
        vb_world_heal_device(world, i);
}

bool vb_world_awake(const struct vb_world *world, uint8_t index)
{
    return world->nodes[index].up && !frozen(&world->nodes[index]);
}

void vb_world_leap(struct vb_world *world, uint8_t index, uint32_t ms)
{
    struct vb_world_node *node = &world->nodes[index];
    VB_ASSERT(vb_world_awake(world, index));
    node->ahead_ms += ms;
    node->wake_ms = world->now_ms;
}

void vb_world_freeze(struct vb_world *world, uint8_t index, uint32_t ms, bool clock_runs)
{
    struct vb_world_node *node = &world->nodes[index];
    VB_ASSERT(vb_world_awake(world, index) && ms > 0);
    node->frozen_ms = world->now_ms;
    node->thaw_ms = world->now_ms + ms;
    node->clock_runs = clock_runs;
    node->held = 0;
}

void vb_world_plug(struct vb_world *world, uint8_t receiver, uint8_t transmitter)
{
    VB_ASSERT(world->nodes[receiver].role == VB_WORLD_RECEIVER);
    world->nodes[receiver].plugged = transmitter;
}

void vb_world_power_on(struct vb_world *world, uint8_t index)
{
    struct vb_world_node *node = &world->nodes[index];
    VB_ASSERT(!node->up);
    node->boot_ms = VB_WORLD_NEVER_MS;
    node->up = true;
    node->boots++;
    world->counts.boots++;
    if (world->observer.power != NULL)
        world->observer.power(world->observer.ctx, node);
    const enum vb_err err = vb_world_node_boot(node, world->now_ms, vb_random_u64(&world->random));
    if (err == VB_ERR_STORE && !node->power.cut) {
        world->counts.unreadable++;
        turn_off(world, node);
        node->boot_ms = world->now_ms + VB_WORLD_BOOT_AGAIN_MS;
        return;
    }
    VB_ASSERT(err == VB_ERR_OK || node->power.cut);
    if (node->role == VB_WORLD_TRANSMITTER && node->transmitter.reading_every_ms > 0)
        node->reading_ms = world->now_ms + node->transmitter.reading_every_ms;
    turn(world, node);
}

void vb_world_power_off(struct vb_world *world, uint8_t index)
{
    struct vb_world_node *node = &world->nodes[index];
    if (node->up)
        turn_off(world, node);
    node->boot_ms = VB_WORLD_NEVER_MS;
}

void vb_world_reboot(struct vb_world *world, uint8_t index)
{
    vb_world_power_off(world, index);
    vb_world_power_on(world, index);
}

void vb_world_power_cut(struct vb_world *world, uint8_t index, uint32_t count, uint32_t off_ms)
{
    VB_ASSERT(count > 0);
    world->nodes[index].power.cut_in = count;
    world->nodes[index].cut_off_ms = off_ms;
}

void vb_world_wipe(struct vb_world *world, uint8_t index)
{
    VB_ASSERT(!world->nodes[index].up);
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++)
        vb_world_store_wipe(
            vb_world_node_store(&world->nodes[index], (enum vb_world_store_kind)kind));
}

void vb_world_take_backup(struct vb_world *world, uint8_t index)
{
    vb_world_table_copy(&world->backup, &world->nodes[index].store.durable);
}

/* What has been put into a store behind the device's back. */
static void watch_all(const struct vb_world_store *store)
{
    for (unsigned i = 0; i < store->durable.count && store->watch != NULL; i++)
        store->watch(store->watcher, &store->durable.rows[i]);
}

static void put_back(struct vb_world *world, struct vb_world_node *node, bool other_store)
{
    VB_ASSERT(!node->up);
    vb_world_table_copy(&node->store.durable, &world->backup);
    node->store.undo_count = 0;
    if (other_store) {
        uint8_t head[6];
        struct vb_writer writer = vb_writer_of(head, sizeof head);
        vb_write_u32(&writer, vb_random_nonzero_u32(&world->random));
        vb_write_u16(&writer, (uint16_t)vb_random_u64(&world->random));
        vb_world_store_plant_kept(&node->store, "+head", head, sizeof head);
    }
    watch_all(&node->store);
}

void vb_world_restore_backup(struct vb_world *world, uint8_t index)
{
    put_back(world, &world->nodes[index], false);
}

void vb_world_replace_store(struct vb_world *world, uint8_t index)
{
    put_back(world, &world->nodes[index], true);
}

/* ---- Two devices under one address ---- */

uint8_t vb_world_original(const struct vb_world *world)
{
    return (uint8_t)(world->transmitter_count - 1u);
}

uint8_t vb_world_clone(const struct vb_world *world)
{
    return world->node_count;
}

uint8_t vb_world_reach(const struct vb_world *world)
{
    return (uint8_t)(world->node_count + world->cloned);
}

void vb_world_clone_comes(struct vb_world *world)
{
    const struct vb_world_node *original = &world->nodes[vb_world_original(world)];
    struct vb_world_node *clone = &world->nodes[vb_world_clone(world)];
    VB_ASSERT(!world->cloned && !clone->up && clone->role == VB_WORLD_TRANSMITTER);
    world->cloned = true;
    clone->mac = original->mac;
    clone->timing = original->timing;
    clone->remote_secrets = original->remote_secrets;
    clone->wall_known = original->wall_known;
    clone->transmitter.reading_every_ms = original->transmitter.reading_every_ms;
    clone->transmitter.reading_cells = original->transmitter.reading_cells;
    clone->transmitter.quiet = original->transmitter.quiet;
    vb_world_table_copy(&clone->store.durable, &original->store.durable);
    watch_all(&clone->store);
    vb_world_power_on(world, clone->index);
}

void vb_world_clone_leaves(struct vb_world *world)
{
    struct vb_world_node *clone = &world->nodes[vb_world_clone(world)];
    VB_ASSERT(world->cloned);
    vb_world_power_off(world, clone->index);
    clone->disk = (struct vb_world_disk){.commit_ms_min = 1, .commit_ms_max = 1};
    clone->power.unreadable = false;
    disk_writes(clone);
    world->cloned = false;
}

/* ---- What the devices are told to do ---- */

void vb_world_stream(struct vb_world *world, uint8_t index, uint32_t every_ms)
{
    struct vb_world_node *node = &world->nodes[index];
    VB_ASSERT(node->role == VB_WORLD_TRANSMITTER);
    node->transmitter.reading_every_ms = every_ms;
    node->reading_ms = every_ms > 0 && node->up ? world->now_ms + every_ms : VB_WORLD_NEVER_MS;
}

enum vb_err vb_world_edit(struct vb_world *world, uint8_t receiver, uint8_t transmitter,
                          uint8_t section, const uint8_t *changes, size_t size, uint64_t *id,
                          struct vb_reasons *reasons)
{
    struct vb_world_node *node = &world->nodes[receiver];
    VB_ASSERT(node->role == VB_WORLD_RECEIVER && vb_world_awake(world, node->index));
    const enum vb_err err =
        vb_receiver_edit(&node->receiver.device.core, vb_world_node_now_ms(node, world->now_ms),
                         &world->nodes[transmitter].mac, section, changes, size, id, reasons);
    turn(world, node);
    return err;
}

enum vb_err vb_world_set(struct vb_world *world, uint8_t transmitter, uint8_t section,
                         const uint8_t *changes, size_t size, uint64_t *id,
                         struct vb_reasons *reasons)
{
    struct vb_world_node *node = &world->nodes[transmitter];
    VB_ASSERT(node->role == VB_WORLD_TRANSMITTER && vb_world_awake(world, node->index));
    const struct vb_section_change change = {section, changes, size};
    uint8_t bad_section;
    const enum vb_err err = vb_transmitter_set(&node->transmitter.device.core,
                                               vb_world_node_now_ms(node, world->now_ms), &change,
                                               1, id, &bad_section, reasons);
    turn(world, node);
    return err;
}

enum vb_err vb_world_set_own(struct vb_world *world, uint8_t receiver, uint8_t section,
                             const uint8_t *changes, size_t size)
{
    struct vb_world_node *node = &world->nodes[receiver];
    VB_ASSERT(node->role == VB_WORLD_RECEIVER && vb_world_awake(world, node->index));
    const struct vb_section_change change = {section, changes, size};
    struct vb_reasons reasons;
    uint32_t token;
    uint8_t bad_section;
    const enum vb_err err = vb_settings_change(&node->receiver.device.settings, &change, 1, &token,
                                               &bad_section, &reasons);
    turn(world, node);
    return err;
}

void vb_world_runtime(struct vb_world *world, uint8_t transmitter, const struct vb_runtime *runtime)
{
    struct vb_world_node *node = &world->nodes[transmitter];
    VB_ASSERT(node->role == VB_WORLD_TRANSMITTER && vb_world_awake(world, node->index));
    const struct vb_clock clock = vb_world_node_clock(node, world->now_ms);
    node->seams.broker_status =
        (struct vb_broker_status){.connected = (runtime->flags & VB_RUNTIME_MQTT_CONNECTED) != 0,
                                  .fault = (enum vb_mqtt_fault)runtime->mqtt_fault};
    vb_transmitter_device_address(&node->transmitter.device, &clock,
                                  (runtime->flags & VB_RUNTIME_ETHERNET_UP) != 0,
                                  (runtime->flags & VB_RUNTIME_IP_KNOWN) != 0 ? runtime->ip : NULL);
    turn(world, node);
}

void vb_world_goodbye(struct vb_world *world, uint8_t transmitter)
{
    struct vb_world_node *node = &world->nodes[transmitter];
    VB_ASSERT(node->role == VB_WORLD_TRANSMITTER && vb_world_awake(world, node->index));
    vb_transmitter_device_goodbye(&node->transmitter.device);
    turn(world, node);
}

const struct vb_peer *vb_world_peer(const struct vb_world *world, uint8_t receiver,
                                    uint8_t transmitter)
{
    const struct vb_world_node *node = &world->nodes[receiver];
    VB_ASSERT(node->role == VB_WORLD_RECEIVER);
    return vb_receiver_peer(&node->receiver.device.core, &world->nodes[transmitter].mac);
}
