/* What a receiver takes of RAM, for its sizes. */
#ifndef VOLTBEACON_TESTS_RECEIVER_RAM_H
#define VOLTBEACON_TESTS_RECEIVER_RAM_H

#include <stdio.h>

#include "voltbeacon/device/receiver_device.h"

/* The least a receiver's cache can have: all of a transmitter's sections at their largest. */
static inline size_t peer_cache_size(void)
{
    size_t size = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER)
            size += vb_sections[i].bytes_max;
    }
    return size;
}

/* A receiver without a disk: 8 readings of each transmitter, alarms and weak cells, no recordings.
 * Its event store is the port's, and counted apart: 16 of what happened. */
static inline size_t device_bytes(uint8_t transmitters)
{
    const struct vb_receiver_sizes sizes = {.peers = transmitters,
                                            .edits = 2,
                                            .cache_bytes = (uint16_t)peer_cache_size(),
                                            .ring_readings = 8,
                                            .open_alarms = 24};
    return sizeof(struct vb_receiver_device) + vb_receiver_device_bytes(&sizes);
}

static inline void say(const char *name, size_t size)
{
    printf("%s=%zu\n", name, size);
}

#endif
