/* The time of an input to a device: a parameter, never asked for. */
#ifndef VOLTBEACON_DEVICE_CLOCK_H
#define VOLTBEACON_DEVICE_CLOCK_H

#include <stdint.h>

struct vb_clock {
    uint32_t now_ms;  /* monotonic milliseconds; wraps after 49.7 days, compared by core/time.h */
    uint64_t wall_ms; /* milliseconds since 1970 UTC; 0 = not known yet. May jump either way */
};

#endif
