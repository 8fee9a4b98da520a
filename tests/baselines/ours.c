#include "ours.h"

#include <string.h>

#include "voltbeacon/core/time.h"

/* NULL for what belongs to the stream of readings: the other designs' is not measured either. */
static const char *kind_name(uint8_t kind)
{
    const bool stream = kind == VB_MESSAGE_READING || kind == VB_MESSAGE_READING_ACK;
    return stream ? NULL : vb_message_name(kind);
}

static void note_event(struct vb_ours *pair, const struct vb_event *event)
{
    pair->reboots += event->type == VB_EVENT_REBOOT;
    if (event->type != VB_EVENT_LINK)
        return;
    pair->degraded += event->detail == VB_LINK_DEGRADED;
    pair->offline += event->detail == VB_LINK_OFFLINE;
}

static struct vb_world_store *store_of(struct vb_ours_end *end, unsigned kind)
{
    return vb_world_node_store(&end->node, (enum vb_world_store_kind)kind);
}

/* Whatever the device was called for: it may have something to tell, or to write. */
static void settle(struct vb_ours_end *end, uint32_t now_ms)
{
    struct vb_event event;
    while (vb_world_seams_event(&end->node.seams, &event)) {
        if (end->node.role == VB_WORLD_RECEIVER)
            note_event(end->pair, &event);
    }
    for (unsigned i = 0; i < VB_WORLD_STORES; i++) {
        struct vb_world_store *store = store_of(end, i);
        if (store->committing && store->answer_ms == VB_WORLD_NEVER_MS)
            store->answer_ms = (uint32_t)(now_ms + VB_OURS_COMMIT_MS);
    }
}

static void boot(void *ctx, uint32_t now_ms)
{
    struct vb_ours_end *end = ctx;
    for (unsigned i = 0; i < VB_WORLD_STORES; i++) {
        if (store_of(end, i)->committing)
            (void)vb_world_store_end(store_of(end, i), VB_WORLD_CUT_STORED, NULL);
    }
    vb_world_node_restart(&end->node);
    const enum vb_err err =
        vb_world_node_boot(&end->node, now_ms, vb_random_u64(&end->pair->random));
    VB_ASSERT(err == VB_ERR_OK);
    if (end->node.role == VB_WORLD_TRANSMITTER)
        end->pair->reading_at_ms = now_ms + end->pair->reading_every_ms;
    settle(end, now_ms);
}

static void input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_ours_end *end = ctx;
    const struct vb_link_frame frame = {.src = *end->from,
                                        .dst = packet->dst,
                                        .bytes = packet->bytes,
                                        .size = (uint16_t)packet->size,
                                        .rssi_dbm = VB_LINK_RSSI_UNKNOWN_DBM};
    (void)vb_world_node_input(&end->node, now_ms, &frame);
    settle(end, now_ms);
}

static bool streams(const struct vb_ours_end *end)
{
    return end->node.role == VB_WORLD_TRANSMITTER && end->pair->reading_every_ms > 0;
}

static void tick(void *ctx, uint32_t now_ms)
{
    struct vb_ours_end *end = ctx;
    for (unsigned i = 0; i < VB_WORLD_STORES; i++) {
        struct vb_world_store *store = store_of(end, i);
        if (store->answer_ms == VB_WORLD_NEVER_MS ||
            !vb_time_reached(now_ms, (uint32_t)store->answer_ms))
            continue;
        store->answer_ms = VB_WORLD_NEVER_MS;
        vb_world_node_committed(&end->node, now_ms, (enum vb_world_store_kind)i, VB_WORLD_STORED,
                                NULL);
    }
    if (streams(end) && vb_time_reached(now_ms, end->pair->reading_at_ms)) {
        end->pair->reading_at_ms += end->pair->reading_every_ms;
        vb_world_node_sample(&end->node, now_ms);
    }
    vb_world_node_tick(&end->node, now_ms);
    settle(end, now_ms);
}

static uint32_t wakeup_ms(const void *ctx, uint32_t now_ms)
{
    const struct vb_ours_end *end = ctx;
    uint32_t wait = vb_world_node_wakeup_ms(&end->node, now_ms);
    const uint32_t reading = vb_time_until(now_ms, end->pair->reading_at_ms);
    for (unsigned i = 0; i < VB_WORLD_STORES; i++) {
        const struct vb_world_store *store = i == 0 ? &end->node.store : &end->node.own[i - 1];
        const uint32_t answer = vb_time_until(now_ms, (uint32_t)store->answer_ms);
        if (store->answer_ms != VB_WORLD_NEVER_MS && answer < wait)
            wait = answer;
    }
    if (streams(end) && reading < wait)
        wait = reading;
    return wait;
}

static bool output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    struct vb_ours_end *end = ctx;
    packet->size = vb_world_seams_frame(&end->node.seams, &packet->dst, packet->bytes);
    if (packet->size == 0) {
        vb_world_node_settle(&end->node, now_ms);
        packet->size = vb_world_seams_frame(&end->node.seams, &packet->dst, packet->bytes);
    }
    packet->kind = packet->bytes[1] & 0x1f; /* the message type, docs/protocol.md */
    settle(end, now_ms);
    return packet->size > 0;
}

static void change(void *ctx, uint32_t now_ms, const struct vb_change *change)
{
    struct vb_ours *pair = ctx;
    struct vb_ours_end *end = &pair->ends[VB_SIDE_TRANSMITTER];
    struct vb_reasons reasons = {0};
    uint64_t id;
    uint8_t bad_section;
    const struct vb_section_change one = {change->section, change->bytes, change->size};
    const enum vb_err err = vb_transmitter_set(&end->node.transmitter.device.core, now_ms, &one, 1,
                                               &id, &bad_section, &reasons);
    VB_ASSERT(err == VB_ERR_OK);
    settle(end, now_ms);
}

static const struct vb_peer *peer(const struct vb_ours *pair)
{
    return vb_receiver_peer(&pair->ends[VB_SIDE_RECEIVER].node.receiver.device.core,
                            &pair->ends[VB_SIDE_TRANSMITTER].node.mac);
}

static const uint8_t *shows(const void *ctx, uint8_t section, size_t *size)
{
    const struct vb_peer *transmitter = peer(ctx);
    if (transmitter == NULL || vb_peer_sync(transmitter, section) != VB_SYNC_VERIFIED)
        return NULL;
    const struct vb_cache_entry *entry = vb_cache_find(&transmitter->cache, section);
    VB_ASSERT(entry != NULL); /* verified, so held */
    *size = entry->size;
    return vb_cache_bytes(&transmitter->cache, entry);
}

bool vb_ours_in_sync(const struct vb_ours *pair)
{
    const struct vb_peer *transmitter = peer(pair);
    return transmitter != NULL && vb_peer_sync_worst(transmitter) == VB_SYNC_VERIFIED;
}

struct vb_design vb_ours_design(struct vb_ours *pair, uint64_t seed, uint32_t reading_every_ms)
{
    struct vb_design design = {
        .name = "ours", .ctx = pair, .change = change, .shows = shows, .kind_name = kind_name};
    pair->reading_at_ms = 0;
    pair->degraded = 0;
    pair->offline = 0;
    pair->reboots = 0;
    vb_random_seed(&pair->random, seed);
    pair->reading_every_ms = reading_every_ms;
    for (uint8_t side = 0; side < VB_SIDE_COUNT; side++) {
        struct vb_ours_end *end = &pair->ends[side];
        const bool transmits = side == VB_SIDE_TRANSMITTER;
        end->pair = pair;
        end->from = &pair->ends[transmits ? VB_SIDE_RECEIVER : VB_SIDE_TRANSMITTER].node.mac;
        vb_world_node_init(&end->node, transmits ? VB_WORLD_TRANSMITTER : VB_WORLD_RECEIVER, side);
        design.ends[side] = (struct vb_end){.ctx = end,
                                            .boot = boot,
                                            .input = input,
                                            .tick = tick,
                                            .wakeup_ms = wakeup_ms,
                                            .output = output};
    }
    return design;
}
