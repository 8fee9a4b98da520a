#include "linux/system/system_clock.h"

#include "linux/loop/loop.h"

uint64_t vb_wall_if_set(uint64_t wall_ms)
{
    return wall_ms >= VB_WALL_SET_FROM_MS ? wall_ms : 0;
}

struct vb_clock vb_system_clock(void)
{
    return (struct vb_clock){.now_ms = vb_now_ms(), .wall_ms = vb_wall_if_set(vb_wall_ms())};
}
