/* Turns readings into points of 10 s and daily energy, in memory, until they are written.
 *
 * Has no thread and no file of its own; used by the history's thread. */
#ifndef VOLTBEACON_LINUX_HISTORY_GATHER_H
#define VOLTBEACON_LINUX_HISTORY_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "history/history_packs.h"
#include "voltbeacon/api/history_source.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/pack/rollup.h"

enum {
    VB_GATHER_PACKS_MAX = 16,
    VB_GATHER_POINTS_MAX = 128, /* 21 minutes of a single pack */
    VB_GATHER_DAYS_MAX = 64
};

/* A reading, plus what the history has to know about it. */
struct vb_history_sample {
    struct vb_mac mac;
    uint16_t epoch;   /* the transmitter's boot counter: a new one restarts the sequence */
    uint64_t wall_ms; /* when it was sampled, by the receiver's clock, since 1970 UTC */
    struct vb_reading reading;
};

struct vb_history_point {
    struct vb_mac mac;
    int64_t at_s;
    struct vb_rollup rollup;
};

struct vb_history_flow {
    struct vb_mac mac;
    int32_t day; /* since 1970-01-01, local */
    double in_j;
    double out_j;
};

struct vb_gather_open {
    int64_t at_s; /* if rollup.readings > 0 */
    struct vb_rollup rollup;
};

struct vb_gather {
    struct vb_history_pack packs[VB_GATHER_PACKS_MAX];
    struct vb_gather_open open[VB_GATHER_PACKS_MAX];      /* of each the point it is in */
    struct vb_history_point points[VB_GATHER_POINTS_MAX]; /* to be written */
    uint16_t point_count;
    struct vb_history_flow days[VB_GATHER_DAYS_MAX]; /* likewise */
    uint16_t day_count;
    uint64_t missed; /* points and days that did not fit, since init */
};

void vb_gather_init(struct vb_gather *gather);
/* A repeated sample counts once. now_ms is when it arrived. */
void vb_gather_add(struct vb_gather *gather, const struct vb_history_sample *sample,
                   uint32_t now_ms);
/* Ends the points of packs that have been silent this long; 0: of all packs. */
void vb_gather_close(struct vb_gather *gather, uint32_t now_ms, uint32_t silent_ms);
/* All points and days have been written. */
void vb_gather_written(struct vb_gather *gather);

#endif
