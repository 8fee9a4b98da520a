#include "history/ram_ring.h"

#include <string.h>

void vb_ram_ring_init(struct vb_ram_ring *ring, uint8_t *points, uint16_t count, uint16_t step_s)
{
    *ring = (struct vb_ram_ring){.points = points, .count = count, .step_s = step_s};
    vb_ram_ring_clear(ring);
}

void vb_ram_ring_clear(struct vb_ram_ring *ring)
{
    memset(ring->points, 0, (size_t)ring->count * VB_RAM_POINT_BYTES);
    ring->newest = 0;
}

static uint8_t *place_of(const struct vb_ram_ring *ring, uint32_t place)
{
    return ring->points + (size_t)place * VB_RAM_POINT_BYTES;
}

/* The number of the point at a place, by its turn. */
static bool number_at(const struct vb_ram_ring *ring, uint32_t place, int64_t *number)
{
    uint16_t turn;
    if (!vb_ram_point_turn(place_of(ring, place), &turn))
        return false;
    const uint32_t around = ring->newest / ring->count;
    int32_t away = (int32_t)((turn - around) % VB_RAM_POINT_TURNS); /* onwards, or else back */
    if (away >= VB_RAM_POINT_TURNS / 2)
        away -= VB_RAM_POINT_TURNS;
    *number = ((int64_t)around + away) * ring->count + place;
    return true;
}

bool vb_ram_ring_at(const struct vb_ram_ring *ring, int64_t *number, struct vb_history_view *point)
{
    VB_ASSERT(*number >= 0);
    if (ring->count == 0)
        return false;
    const uint32_t place = (uint32_t)(*number % ring->count);
    if (!number_at(ring, place, number))
        return false;
    vb_ram_point_read(place_of(ring, place), point);
    return true;
}

void vb_ram_ring_write(struct vb_ram_ring *ring, int64_t number,
                       const struct vb_history_view *point)
{
    VB_ASSERT(number >= 0 && number <= UINT32_MAX);
    if (ring->count == 0)
        return;
    const int64_t turn = number / ring->count;
    const int64_t away = turn - ring->newest / ring->count;
    if (away >= VB_RAM_POINT_TURNS / 2 || away < -VB_RAM_POINT_TURNS / 2)
        vb_ram_ring_clear(ring);
    ring->newest = (uint32_t)number;
    vb_ram_point_write(point, (uint16_t)(turn % VB_RAM_POINT_TURNS),
                       place_of(ring, (uint32_t)(number % ring->count)));
}

bool vb_ram_ring_first(const struct vb_ram_ring *ring, int64_t from, int64_t except,
                       int64_t *number)
{
    bool found = false;
    VB_ASSERT(from >= 0);
    uint32_t place = ring->count == 0 ? 0 : (uint32_t)(from % ring->count);
    for (uint16_t i = 0; i < ring->count; i++, place = place + 1 == ring->count ? 0 : place + 1) {
        int64_t at;
        if (!number_at(ring, place, &at) || at < from || at == except)
            continue;
        if (!found || at < *number)
            *number = at;
        found = true;
        if (at == from + i)
            break; /* every earlier one would have been at a place before */
    }
    return found;
}
