#include "air.h"

#include <string.h>

#define NEVER_US 0xffffffffffffffffull

void vb_air_init(struct vb_air *air, const struct vb_design *design, uint64_t seed)
{
    memset(air, 0, sizeof *air);
    air->design = design;
    vb_random_seed(&air->random, seed);
    for (unsigned side = 0; side < VB_SIDE_COUNT; side++)
        air->wake_us[side] = NEVER_US;
}

uint32_t vb_air_now_ms(const struct vb_air *air)
{
    return (uint32_t)(air->now_us / 1000);
}

static void count(struct vb_air *air, const struct vb_packet *packet, uint64_t us)
{
    VB_ASSERT(packet->kind < VB_KINDS_MAX);
    struct vb_air_kind *kind = &air->counts.kinds[packet->kind];
    kind->frames++;
    kind->bytes += packet->size;
    kind->us += us;
}

static void send(struct vb_air *air, enum vb_side from, const struct vb_packet *packet)
{
    const uint64_t us = VB_AIR_FRAME_US + packet->size * VB_AIR_BYTE_US;
    VB_ASSERT(packet->size > 0 && packet->size <= VB_FRAME_BYTES_MAX);
    count(air, packet, us);
    air->free_us = (air->free_us > air->now_us ? air->free_us : air->now_us) + us;
    if (vb_random_between(&air->random, 1, 1000) <= air->loss)
        return;
    VB_ASSERT(air->count < VB_AIR_FLIGHTS_MAX);
    struct vb_flight *flight = &air->flights[(air->first + air->count) % VB_AIR_FLIGHTS_MAX];
    air->count++;
    flight->at_us = air->free_us;
    flight->to = from == VB_SIDE_TRANSMITTER ? VB_SIDE_RECEIVER : VB_SIDE_TRANSMITTER;
    flight->packet = *packet;
}

void vb_air_turn(struct vb_air *air, enum vb_side side)
{
    const struct vb_end *end = &air->design->ends[side];
    const uint32_t now_ms = vb_air_now_ms(air);
    struct vb_packet packet;
    if (air->turned_us != air->now_us)
        air->turns = 0;
    air->turned_us = air->now_us;
    air->turns++;
    VB_ASSERT(air->turns <= VB_AIR_TURNS_MAX);
    while (end->output(end->ctx, now_ms, &packet))
        send(air, side, &packet);
    const uint64_t wake_us = (air->now_us / 1000 + end->wakeup_ms(end->ctx, now_ms)) * 1000;
    air->wake_us[side] = wake_us > air->now_us ? wake_us : air->now_us;
}

void vb_air_power_on(struct vb_air *air, enum vb_side side)
{
    const struct vb_end *end = &air->design->ends[side];
    VB_ASSERT(!air->up[side]);
    air->up[side] = true;
    end->boot(end->ctx, vb_air_now_ms(air));
    vb_air_turn(air, side);
}

void vb_air_power_off(struct vb_air *air, enum vb_side side)
{
    air->up[side] = false;
    air->wake_us[side] = NEVER_US;
}

static void land(struct vb_air *air)
{
    const struct vb_flight *flight = &air->flights[air->first];
    const enum vb_side to = (enum vb_side)flight->to;
    const struct vb_end *end = &air->design->ends[to];
    if (air->up[to])
        end->input(end->ctx, vb_air_now_ms(air), &flight->packet);
    air->first = (air->first + 1) % VB_AIR_FLIGHTS_MAX;
    air->count--;
    if (air->up[to])
        vb_air_turn(air, to);
}

bool vb_air_step(struct vb_air *air, uint64_t until_us)
{
    const uint64_t *wake_us = air->wake_us;
    const enum vb_side sooner = wake_us[VB_SIDE_TRANSMITTER] <= wake_us[VB_SIDE_RECEIVER]
                                    ? VB_SIDE_TRANSMITTER
                                    : VB_SIDE_RECEIVER;
    const uint64_t land_us = air->count > 0 ? air->flights[air->first].at_us : NEVER_US;
    const uint64_t next_us = land_us <= wake_us[sooner] ? land_us : wake_us[sooner];
    if (next_us > until_us) {
        air->now_us = until_us;
        return false;
    }
    VB_ASSERT(next_us >= air->now_us);
    air->now_us = next_us;
    if (land_us <= wake_us[sooner]) {
        land(air);
    } else {
        const struct vb_end *end = &air->design->ends[sooner];
        end->tick(end->ctx, vb_air_now_ms(air));
        vb_air_turn(air, sooner);
    }
    return true;
}

void vb_air_run(struct vb_air *air, uint64_t us)
{
    const uint64_t until_us = air->now_us + us;
    while (vb_air_step(air, until_us))
        continue;
}
