/* Where a receiver device stores readings for years. */
#ifndef VOLTBEACON_DEVICE_HISTORY_STORE_H
#define VOLTBEACON_DEVICE_HISTORY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/api/history_source.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/reading.h"

struct vb_history_settings {
    bool enabled;
    uint16_t keep_days[VB_TIERS]; /* at least 1; energy by day is kept as long as VB_TIER_1H */
    uint32_t write_interval_ms;
};

struct vb_history_store {
    void *ctx;

    /* At the device's start and whenever the settings may have changed; effective at once. */
    void (*set)(void *ctx, const struct vb_history_settings *settings);
    /* Likewise: the time zone for daily energy sums, e.g. "Europe/Vienna". False if it is unknown:
     * then days are UTC. */
    bool (*set_time_zone)(void *ctx, const char *zone);

    /* A reading of a transmitter, in its epoch, sampled at wall_ms (since 1970 UTC, by this
     * device's clock; never 0). False if it is dropped. Never waits. */
    bool (*add)(void *ctx, const struct vb_mac *mac, uint16_t epoch,
                const struct vb_reading *reading, uint64_t wall_ms);

    const struct vb_history_source *source; /* for reading by the API; outlives the device */
};

#endif
