#include "world/world_node.h"

#include <string.h>

static const struct vb_metadata_values identity = {
    .device_type = "transmitter", .environment = "DEVELOPMENT", .board = "simulator"};

void vb_world_node_init(struct vb_world_node *node, enum vb_world_role role, uint8_t index)
{
    node->role = role;
    node->index = index;
    node->mac = (struct vb_mac){{0x02, role == VB_WORLD_TRANSMITTER ? 0x71 : 0x72, 0, 0, 0, index}};
    node->timing = vb_timing_default;
    node->remote_secrets = false;
    node->up = false;
    node->boots = 0;
    node->clock_ms = 0;
    node->ahead_ms = 0;
    node->thaw_ms = VB_WORLD_NEVER_MS;
    node->plugged = VB_WORLD_ANY;
    node->wake_ms = VB_WORLD_NEVER_MS;
    node->reading_ms = VB_WORLD_NEVER_MS;
    node->commit_ms = VB_WORLD_NEVER_MS;
    node->boot_ms = VB_WORLD_NEVER_MS;
    node->cut_off_ms = 0;
    node->turns = 0;
    node->turn_ms = 0;
    node->disk = (struct vb_world_disk){.commit_ms_min = 1, .commit_ms_max = 1};
    vb_world_store_init(&node->store);
    node->transmitter.reading_every_ms = 0;
    node->transmitter.reading_sequence = 0;
    node->transmitter.reading_cells = 96;
    node->receiver.epoch = 0;
    node->receiver.persist = true;
}

uint64_t vb_world_node_own_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    return world_ms + (uint64_t)node->ahead_ms;
}

uint32_t vb_world_node_now_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    return (uint32_t)(node->clock_ms + vb_world_node_own_ms(node, world_ms));
}

static enum vb_err boot_transmitter(struct vb_world_node *node, uint32_t now_ms, uint64_t seed)
{
    struct vb_world_transmitter *transmitter = &node->transmitter;
    const struct vb_transmitter_config config = {
        .mac = node->mac,
        .seed = seed,
        .store = &node->store.port,
        .timing = node->timing,
        .remote_secrets = node->remote_secrets,
        .identity = &identity,
        .cache_bytes = {transmitter->cache[0], transmitter->cache[1]},
        .cache_size = VB_WORLD_CACHE_BYTES,
        .scratch = node->scratch};
    return vb_transmitter_init(&transmitter->core, &config, now_ms);
}

static void boot_receiver(struct vb_world_node *node, uint32_t now_ms, uint64_t seed)
{
    struct vb_world_receiver *receiver = &node->receiver;
    receiver->epoch++;
    const struct vb_receiver_config config = {.mac = node->mac,
                                              .seed = seed,
                                              .epoch = receiver->epoch,
                                              .store = &node->store.port,
                                              .timing = node->timing,
                                              .persist = receiver->persist,
                                              .adopt_new = true,
                                              .remote_secrets = node->remote_secrets,
                                              .peers = receiver->peers,
                                              .cache_bytes = receiver->cache,
                                              .readings = receiver->readings,
                                              .edits = receiver->edits,
                                              .assembly = receiver->assembly,
                                              .scratch = node->scratch,
                                              .cache_size = VB_WORLD_CACHE_BYTES,
                                              .ring_capacity = VB_WORLD_READINGS_MAX,
                                              .peer_count = VB_WORLD_PEERS_MAX,
                                              .edit_count = VB_WORLD_EDITS_MAX};
    vb_receiver_init(&receiver->core, &config, now_ms);
}

enum vb_err vb_world_node_boot(struct vb_world_node *node, uint64_t world_ms, uint64_t seed)
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    enum vb_err err = VB_ERR_OK;
    if (node->role == VB_WORLD_TRANSMITTER)
        err = boot_transmitter(node, now_ms, seed);
    else
        boot_receiver(node, now_ms, seed);
    return node->store.cut ? VB_ERR_STORE : err;
}

enum vb_err vb_world_node_input(struct vb_world_node *node, uint64_t world_ms,
                                const struct vb_mac *src, const struct vb_mac *dst,
                                const uint8_t *bytes, size_t size)
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_input(&node->transmitter.core, now_ms, src, dst, bytes, size);
    return vb_receiver_input(&node->receiver.core, now_ms, src, dst, bytes, size);
}

void vb_world_node_tick(struct vb_world_node *node, uint64_t world_ms)
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        vb_transmitter_tick(&node->transmitter.core, now_ms);
    else
        vb_receiver_tick(&node->receiver.core, now_ms);
}

uint32_t vb_world_node_wakeup_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_wakeup_ms(&node->transmitter.core, now_ms);
    return vb_receiver_wakeup_ms(&node->receiver.core, now_ms);
}

size_t vb_world_node_output(struct vb_world_node *node, uint64_t world_ms, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_output(&node->transmitter.core, now_ms, dst, bytes);
    return vb_receiver_output(&node->receiver.core, now_ms, dst, bytes);
}

bool vb_world_node_event(struct vb_world_node *node, struct vb_event *event)
{
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_event(&node->transmitter.core, event);
    return vb_receiver_event(&node->receiver.core, event);
}

void vb_world_node_committed(struct vb_world_node *node, uint64_t world_ms,
                             enum vb_world_outcome outcome)
{
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    const uint32_t token = node->store.token;
    const enum vb_err result = outcome == VB_WORLD_STORED   ? VB_ERR_OK
                               : outcome == VB_WORLD_FAILED ? VB_ERR_STORE
                                                            : VB_ERR_UNCERTAIN;
    vb_world_store_end(&node->store, outcome);
    if (node->role == VB_WORLD_TRANSMITTER)
        vb_transmitter_committed(&node->transmitter.core, now_ms, token, result);
    else
        vb_receiver_committed(&node->receiver.core, now_ms, token, result);
}

void vb_world_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading)
{
    memset(reading, 0, sizeof *reading);
    reading->sequence = sequence;
    reading->flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE;
    reading->pack_mv = sequence % 1000000;
    reading->cell_count = cells;
    /* A quarter of them has no pattern: of a long pack, such a reading takes two frames. */
    const uint32_t apart = sequence / 16 % 4 == 3 ? 2731 : 1;
    for (uint8_t i = 0; i < cells; i++)
        reading->cell_mv[i] = (uint16_t)((sequence * 193u + i * apart) % VB_CELL_MV_MAX);
}

void vb_world_node_sample(struct vb_world_node *node, uint64_t world_ms)
{
    struct vb_world_transmitter *transmitter = &node->transmitter;
    const uint32_t now_ms = vb_world_node_now_ms(node, world_ms);
    struct vb_reading reading;
    transmitter->reading_sequence++;
    vb_world_reading(transmitter->reading_sequence, transmitter->reading_cells, &reading);
    reading.sampled_ms = now_ms;
    vb_transmitter_reading(&transmitter->core, now_ms, &reading);
}
