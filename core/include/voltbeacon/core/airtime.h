/* How much airtime a transmitter may use: 10 % of 1 Mbit/s (E1a).
 *
 * Above it the rate of readings halves, then only a summary is sent instead of a reading; each step
 * back up takes ten quiet seconds. Sections that were requested, and answers to hellos, wait for
 * the next second. All other frames are counted, but never held back: nobody can make them
 * numerous. */
#ifndef VOLTBEACON_AIRTIME_H
#define VOLTBEACON_AIRTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum vb_airtime_level { VB_AIRTIME_FULL, VB_AIRTIME_HALF, VB_AIRTIME_SUMMARY };

struct vb_airtime {
    uint32_t used_us;      /* in the current second */
    uint32_t second_ms;    /* when that second began */
    uint8_t quiet_seconds; /* in a row in which the next fuller level would have fitted */
    uint8_t level;         /* enum vb_airtime_level */
    bool skip;             /* VB_AIRTIME_HALF: skip the next reading */
};

/* Airtime of a frame in microseconds on ESP-NOW at 1 Mbit/s: 35 bytes take 0.82 ms, 250 take 2.54
 * ms (measured on the air, see docs/adr/0007). */
uint32_t vb_airtime_us(size_t frame_bytes);

void vb_airtime_init(struct vb_airtime *air, uint32_t now_ms);
/* Accounts for a frame of this size being sent. */
void vb_airtime_spend(struct vb_airtime *air, uint32_t now_ms, size_t frame_bytes);
/* Milliseconds until there is airtime for what was requested; 0: now. */
uint32_t vb_airtime_wait_ms(const struct vb_airtime *air, uint32_t now_ms);
/* Whether this reading may be sent; sets *summary if only its summary may. */
bool vb_airtime_grant(struct vb_airtime *air, uint32_t now_ms, bool *summary);

VB_C_END

#endif
