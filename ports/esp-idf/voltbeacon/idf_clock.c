#include "esp-idf/voltbeacon/idf_clock.h"

#include <esp_timer.h>
#include <stddef.h>
#include <sys/time.h>

/* 2024-01-01: what is before it was never set. */
enum { WALL_SET_S = 1704067200 };

uint32_t vb_idf_now_ms(void)
{
    return (uint32_t)(esp_timer_get_time() / 1000);
}

struct vb_clock vb_idf_clock(void)
{
    struct timeval wall;
    struct vb_clock clock = {.now_ms = vb_idf_now_ms()};
    if (gettimeofday(&wall, NULL) == 0 && wall.tv_sec >= WALL_SET_S)
        clock.wall_ms = (uint64_t)wall.tv_sec * 1000 + (uint64_t)wall.tv_usec / 1000;
    return clock;
}
