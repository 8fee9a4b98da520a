#include "voltbeacon/core/airtime.h"

#include "voltbeacon/core/platform.h"

enum {
    FRAME_US = 540, /* preamble, header and gaps of each frame */
    BYTE_US = 8,
    CAP_US = 100000, /* in a second: 10 % */
    QUIET_SECONDS = 10
};

uint32_t vb_airtime_us(size_t frame_bytes)
{
    return FRAME_US + BYTE_US * (uint32_t)frame_bytes;
}

void vb_airtime_init(struct vb_airtime *air, uint32_t now_ms)
{
    *air = (struct vb_airtime){.second_ms = now_ms};
}

/* What a second at the next fuller level would use, as a multiple of what this one used: full rate
 * is twice the half rate, and a summary is at most a sixth of a reading. */
static uint32_t fuller(const struct vb_airtime *air)
{
    return air->level == VB_AIRTIME_HALF ? 2 * air->used_us : 3 * air->used_us;
}

/* Evaluates the second that has just ended. */
static void judge(struct vb_airtime *air)
{
    if (air->used_us > CAP_US) {
        air->quiet_seconds = 0;
        if (air->level < VB_AIRTIME_SUMMARY)
            air->level++;
        return;
    }
    const bool quiet = air->level != VB_AIRTIME_FULL && fuller(air) <= CAP_US;
    air->quiet_seconds = quiet ? (uint8_t)(air->quiet_seconds + 1) : 0;
    if (air->quiet_seconds < QUIET_SECONDS)
        return;
    air->quiet_seconds = 0;
    air->level--;
}

static void advance(struct vb_airtime *air, uint32_t now_ms)
{
    if (now_ms - air->second_ms < 1000)
        return;
    judge(air);
    air->used_us = 0;
    air->second_ms = now_ms;
}

void vb_airtime_spend(struct vb_airtime *air, uint32_t now_ms, size_t frame_bytes)
{
    advance(air, now_ms);
    air->used_us += vb_airtime_us(frame_bytes);
}

uint32_t vb_airtime_wait_ms(const struct vb_airtime *air, uint32_t now_ms)
{
    const uint32_t into_ms = now_ms - air->second_ms;
    return into_ms >= 1000 || air->used_us < CAP_US ? 0 : 1000 - into_ms;
}

bool vb_airtime_grant(struct vb_airtime *air, uint32_t now_ms, bool *summary)
{
    VB_ASSERT(air->level <= VB_AIRTIME_SUMMARY);
    advance(air, now_ms);
    *summary = air->level == VB_AIRTIME_SUMMARY;
    air->skip = air->level != VB_AIRTIME_FULL && !air->skip;
    return !air->skip && air->used_us < CAP_US;
}
