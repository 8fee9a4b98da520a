/* Changes of the settings that something acts on, at a transmitter and at a receiver. */
#ifndef VOLTBEACON_TUNE_H
#define VOLTBEACON_TUNE_H

#include "world/world.h"

struct tuning {
    uint8_t section;
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    size_t size;
};

/* Of the broker, its password among them, the bus, the stream. */
struct tuning tune_transmitter(struct vb_random *dice);
/* Of the stream as it is at first: ten readings a second, on both ways. */
struct tuning tune_stream_back(void);
/* Of the history, the time zone, the alarms, the cache. */
struct tuning tune_receiver(struct vb_random *dice);
/* The cache is kept, as at first. */
struct tuning tune_cache_back(void);

#endif
