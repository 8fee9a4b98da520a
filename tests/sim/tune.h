/* Changes of the settings that something acts on, at a transmitter and at a receiver. */
#ifndef VOLTBEACON_TUNE_H
#define VOLTBEACON_TUNE_H

#include "world/world.h"

struct tuning {
    uint8_t section;
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    size_t size;
};

/* Of the broker, including its password, the bus, the stream. */
struct tuning tune_transmitter(struct vb_random *dice);
/* The initial stream: ten readings a second, on both paths. */
struct tuning tune_stream_back(void);
/* Of the history, the time zone, the alarms, the cache. */
struct tuning tune_receiver(struct vb_random *dice);
/* The cache is stored, as at first. */
struct tuning tune_cache_back(void);

#endif
