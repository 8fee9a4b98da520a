/* The system's clocks in the form that devices take. */
#ifndef VOLTBEACON_LINUX_SYSTEM_CLOCK_H
#define VOLTBEACON_LINUX_SYSTEM_CLOCK_H

#include "voltbeacon/device/clock.h"

/* Wall time before this was never set: 2024-01-01 UTC, before Voltbeacon existed. A board without a
 * battery-backed clock starts in 1970, or at the time in a file of its own. */
#define VB_WALL_SET_FROM_MS 1704067200000u

/* wall_ms for this system time in milliseconds since 1970 UTC: the same, or 0 = not set. */
uint64_t vb_wall_if_set(uint64_t wall_ms);

/* The current time. */
struct vb_clock vb_system_clock(void);

#endif
