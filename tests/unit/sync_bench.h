/* A bench for tests of the sync: a simulated world, what was sent in it, and shorthands. */
#ifndef VOLTBEACON_SYNC_BENCH_H
#define VOLTBEACON_SYNC_BENCH_H

#include <string.h>

#include "voltbeacon/core/section.h"
#include "world/world.h"

enum { BENCH_KEPT_MAX = 256, BENCH_MESSAGES = 32 };

struct bench {
    struct vb_world world;
    uint32_t sent[VB_WORLD_NODES_MAX][BENCH_MESSAGES]; /* frames by sender and message */
    uint64_t sent_ms[VB_WORLD_NODES_MAX][BENCH_MESSAGES];
    uint32_t events[VB_WORLD_NODES_MAX][BENCH_MESSAGES]; /* by event type */
    struct vb_event last[VB_WORLD_NODES_MAX][BENCH_MESSAGES];
    struct vb_world_flight kept[BENCH_KEPT_MAX]; /* the newest frames, to be sent again */
    uint32_t kept_count;
    const uint8_t *needle; /* counted in all frames and all stored values */
    size_t needle_size;
    uint32_t needles;
};

static inline bool bench_contains(const uint8_t *bytes, size_t size, const uint8_t *needle,
                                  size_t needle_size)
{
    for (size_t at = 0; needle_size > 0 && at + needle_size <= size; at++) {
        if (memcmp(bytes + at, needle, needle_size) == 0)
            return true;
    }
    return false;
}

static inline void bench_sent(void *ctx, const struct vb_world_node *node, const struct vb_mac *dst,
                              const uint8_t *bytes, size_t size)
{
    struct bench *bench = ctx;
    const uint8_t message = bytes[1] & 0x1f;
    bench->sent[node->index][message]++;
    bench->sent_ms[node->index][message] = bench->world.now_ms;
    struct vb_world_flight *kept = &bench->kept[bench->kept_count++ % BENCH_KEPT_MAX];
    *kept = (struct vb_world_flight){
        .src = node->mac, .dst = *dst, .sent_ms = bench->world.now_ms, .size = (uint16_t)size};
    memcpy(kept->bytes, bytes, size);
    if (bench_contains(bytes, size, bench->needle, bench->needle_size))
        bench->needles++;
}

static inline void bench_event(void *ctx, const struct vb_world_node *node,
                               const struct vb_event *event)
{
    struct bench *bench = ctx;
    bench->events[node->index][event->type]++;
    bench->last[node->index][event->type] = *event;
}

/* Everything switched on, nothing has happened yet. */
static inline void bench_begin(struct bench *bench, uint8_t transmitters, uint8_t receivers)
{
    vb_world_init(&bench->world, 1, transmitters, receivers);
    memset(bench->sent, 0, sizeof bench->sent);
    memset(bench->sent_ms, 0, sizeof bench->sent_ms);
    memset(bench->events, 0, sizeof bench->events);
    bench->kept_count = 0;
    bench->needle_size = 0;
    bench->needles = 0;
    const struct vb_world_observer observer = {
        .ctx = bench, .sent = bench_sent, .event = bench_event};
    vb_world_observe(&bench->world, &observer);
}

/* One transmitter (node 0) and one receiver (node 1) or more, verified in sync and at rest. */
static inline void bench_at_rest(struct bench *bench, uint8_t transmitters, uint8_t receivers)
{
    bench_begin(bench, transmitters, receivers);
    for (uint8_t i = 0; i < bench->world.node_count; i++)
        vb_world_power_on(&bench->world, i);
    vb_world_run(&bench->world, 40000);
    memset(bench->sent, 0, sizeof bench->sent);
    memset(bench->events, 0, sizeof bench->events);
}

static inline const struct vb_peer *bench_peer(const struct bench *bench, uint8_t receiver)
{
    return vb_world_peer(&bench->world, receiver, 0);
}

static inline const struct vb_transmitter *bench_transmitter(const struct bench *bench)
{
    return &bench->world.nodes[0].transmitter.device.core;
}

/* Whether the receiver says so and it is true, byte for byte. */
static inline bool bench_in_sync(const struct bench *bench, uint8_t transmitter, uint8_t receiver)
{
    const struct vb_peer *peer = vb_world_peer(&bench->world, receiver, transmitter);
    const struct vb_transmitter *t = &bench->world.nodes[transmitter].transmitter.device.core;
    if (peer == NULL || vb_peer_sync_worst(peer) != VB_SYNC_VERIFIED ||
        peer->cache.count != t->live.count || peer->cache.used != t->live.used)
        return false;
    for (uint8_t i = 0; i < t->live.count; i++) {
        if (peer->cache.entries[i].id != t->live.entries[i].id ||
            peer->cache.entries[i].version != t->live.entries[i].version)
            return false;
    }
    return memcmp(peer->cache.bytes, t->live.bytes, t->live.used) == 0;
}

static inline struct vb_world_faults *faults(struct bench *bench, uint8_t from, uint8_t to)
{
    return &bench->world.links[from][to].faults;
}

/* Both ways between transmitter 0 and the receiver. */
static inline void cut_link(struct bench *bench, uint8_t receiver, bool cut)
{
    faults(bench, 0, receiver)->blocked = cut;
    faults(bench, receiver, 0)->blocked = cut;
}

#endif
