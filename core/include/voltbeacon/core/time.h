/* Time: 32-bit milliseconds that wrap after 49.7 days. Always a parameter, never asked for;
 * compared by subtraction only. */
#ifndef VOLTBEACON_TIME_H
#define VOLTBEACON_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Further ahead than any deadline in use; also "no deadline". */
#define VB_FOREVER_MS 0x3fffffffu

/* True when `deadline_ms` lies at or before `now_ms`. The two are less than 24.8 days apart. */
static inline bool vb_time_reached(uint32_t now_ms, uint32_t deadline_ms)
{
    return (int32_t)(now_ms - deadline_ms) >= 0;
}

/* Milliseconds from now to the deadline; 0 when it has passed. */
static inline uint32_t vb_time_until(uint32_t now_ms, uint32_t deadline_ms)
{
    const int32_t left = (int32_t)(deadline_ms - now_ms);
    return left > 0 ? (uint32_t)left : 0;
}

/* An unknown age: the stopwatch never ran, or has run for longer than it can count. Never shown as
 * a number. */
#define VB_AGE_UNKNOWN 0xffffffffu

/* A stopwatch that saturates at VB_AGE_UNKNOWN instead of wrapping. It must be advanced at least
 * once every 24.8 days, which every tick does. */
struct vb_age {
    uint32_t at_ms;  /* when it was last advanced */
    uint32_t age_ms; /* its age then, or VB_AGE_UNKNOWN */
};

void vb_age_restart(struct vb_age *age, uint32_t now_ms);
/* Its starting event has happened again, ago_ms before now: the age becomes that, unless it was
 * less already. */
void vb_age_again(struct vb_age *age, uint32_t now_ms, uint32_t ago_ms);
void vb_age_unknown(struct vb_age *age, uint32_t now_ms);
void vb_age_advance(struct vb_age *age, uint32_t now_ms);
/* For a moment before the last restart or advance: the age at that point; an age never runs
 * backwards. */
uint32_t vb_age_ms(const struct vb_age *age, uint32_t now_ms);

VB_C_END

#endif
