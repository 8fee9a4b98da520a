#include "sim/channels/channel_house.h"

#include "voltbeacon/core/airtime.h"
#include "voltbeacon/core/transmitter_ask.h"

enum {
    LOSS = 100, /* permille, each way */
    DELAY_MS_MIN = 1,
    DELAY_MS_MAX = 8, /* of frame, queue and the task that takes it */
    RETUNE_MS = 3     /* nothing is sent or heard meanwhile */
};

/* ---- The air ---- */

static bool retunes(const struct channel_house *house)
{
    return house->world.now_ms < house->here_ms + RETUNE_MS;
}

static void join(struct channel_house *house)
{
    const bool together = house->here == house->there && !retunes(house);
    for (uint8_t i = 1; i < house->world.node_count; i++) {
        house->world.links[0][i].faults.blocked = !together;
        house->world.links[i][0].faults.blocked = !together;
    }
}

static void sent(void *ctx, const struct vb_world_node *node, const struct vb_mac *dst,
                 const uint8_t *bytes, size_t size)
{
    struct channel_house *house = ctx;
    (void)dst;
    (void)bytes;
    if (node->role == VB_WORLD_TRANSMITTER)
        house->air_us += vb_airtime_us(size);
}

/* What was on its way when a radio left is heard in this world, and not on the air. */
static void heard(void *ctx, const struct vb_world_node *node, const struct vb_world_flight *flight,
                  enum vb_err err)
{
    struct channel_house *house = ctx;
    if (err != VB_ERR_OK || flight->sent_ms < house->here_ms || flight->sent_ms < house->there_ms)
        return;
    const bool at_transmitter = node->role == VB_WORLD_TRANSMITTER;
    if (at_transmitter)
        house->came = house->here;
    if (flight->sent_ms < house->since_ms)
        return;
    uint64_t *first_ms =
        at_transmitter ? &house->answered_ms[flight->from] : &house->heard_ms[node->index];
    if (*first_ms == VB_WORLD_NEVER_MS)
        *first_ms = house->world.now_ms;
}

/* ---- The transmitter's port ---- */

static uint32_t own_ms(const struct channel_house *house)
{
    return vb_world_node_now_ms(&house->world.nodes[0], house->world.now_ms);
}

static void retune(struct channel_house *house)
{
    if (house->search.channel == house->here)
        return;
    house->here = house->search.channel;
    house->here_ms = house->world.now_ms;
}

/* As a port does at each turn of its device. */
static void drive(struct channel_house *house)
{
    struct vb_world_node *node = &house->world.nodes[0];
    if (!node->up)
        return;
    if (house->came != 0)
        vb_channel_search_heard(&house->search, own_ms(house), house->came);
    house->came = 0;
    if (vb_channel_search_tick(&house->search, own_ms(house)))
        house->ask_waits = true;
    retune(house);
    house->kept = house->search.home;
    join(house);
    if (!house->ask_waits || retunes(house))
        return;
    house->ask_waits = false;
    house->asks++;
    vb_transmitter_ask(&node->transmitter.device.core);
    node->wake_ms = house->world.now_ms;
}

static uint64_t due_ms(const struct channel_house *house)
{
    if (!house->world.nodes[0].up)
        return VB_WORLD_NEVER_MS;
    if (retunes(house))
        return house->here_ms + RETUNE_MS;
    return house->world.now_ms + vb_channel_search_wakeup_ms(&house->search, own_ms(house));
}

static void step(struct channel_house *house, uint64_t until_ms)
{
    const uint64_t due = due_ms(house);
    const uint64_t next_ms = due < until_ms ? due : until_ms;
    if (!vb_world_step(&house->world, next_ms))
        house->world.now_ms = next_ms;
    drive(house);
}

void house_pass(struct channel_house *house, uint64_t ms)
{
    const uint64_t until_ms = house->world.now_ms + ms;
    while (house->world.now_ms < until_ms)
        step(house, until_ms);
}

/* ---- Life ---- */

void house_init(struct channel_house *house, uint64_t seed, uint8_t receivers, uint8_t channel)
{
    const struct vb_world_observer observer = {.ctx = house, .sent = sent, .heard = heard};
    VB_ASSERT(receivers <= HOUSE_RECEIVERS_MAX);
    vb_world_init(&house->world, seed, 1, receivers);
    vb_world_observe(&house->world, &observer);
    for (uint8_t i = 1; i <= receivers; i++) {
        const struct vb_world_faults faults = {
            .loss = LOSS, .delay_ms_min = DELAY_MS_MIN, .delay_ms_max = DELAY_MS_MAX};
        house->world.links[0][i].faults = faults;
        house->world.links[i][0].faults = faults;
    }
    house->kept = 0;
    house->here = 1;
    house->here_ms = 0;
    house->came = 0;
    house->air_us = 0;
    house->asks = 0;
    house_move(house, channel);
    house_measure(house);
}

void house_transmitter_on(struct channel_house *house)
{
    vb_world_power_on(&house->world, 0);
    house->came = 0;
    house->ask_waits = false;
    vb_channel_search_init(&house->search, own_ms(house), house->kept, HOUSE_CHANNELS);
    retune(house);
    join(house);
}

void house_move(struct channel_house *house, uint8_t channel)
{
    house->there = channel;
    house->there_ms = house->world.now_ms;
    join(house);
}

/* ---- Measuring ---- */

void house_measure(struct channel_house *house)
{
    house->since_ms = house->world.now_ms;
    for (unsigned i = 0; i < HOUSE_NODES; i++) {
        house->heard_ms[i] = VB_WORLD_NEVER_MS;
        house->answered_ms[i] = VB_WORLD_NEVER_MS;
    }
}

static uint64_t latest_ms(const struct channel_house *house)
{
    uint64_t latest = 0;
    for (uint8_t i = 1; i < house->world.node_count; i++) {
        if (!house->world.nodes[i].up)
            continue;
        latest = house->heard_ms[i] > latest ? house->heard_ms[i] : latest;
        latest = house->answered_ms[i] > latest ? house->answered_ms[i] : latest;
    }
    return latest;
}

uint64_t house_recovery_ms(struct channel_house *house, uint64_t limit_ms)
{
    const uint64_t end_ms = house->since_ms + limit_ms;
    while (latest_ms(house) == VB_WORLD_NEVER_MS && house->world.now_ms < end_ms)
        step(house, end_ms);
    const uint64_t latest = latest_ms(house);
    return latest == VB_WORLD_NEVER_MS ? limit_ms : latest - house->since_ms;
}
