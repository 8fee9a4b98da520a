/* What voltbeacon-compare has measured, and how it prints it. */
#ifndef VOLTBEACON_COMPARE_H
#define VOLTBEACON_COMPARE_H

#include "measure.h"

enum vb_contender { VB_OURS_STREAMING, VB_OURS_QUIET, VB_S1, VB_S2, VB_S2B, VB_S3 };
enum { VB_CONTENDERS = VB_S3 + 1, VB_LOSSES = 5, VB_REST_LOSSES = 3 };

/* Per cent. */
extern const uint16_t vb_losses[VB_LOSSES];
extern const uint16_t vb_rest_losses[VB_REST_LOSSES];

struct vb_options {
    uint64_t seed;
    uint32_t changes;    /* of each contender at each loss */
    uint32_t reboots;    /* of each kind */
    uint32_t rest_hours; /* at each loss, for false verdicts */
    uint32_t idle_hours; /* of each design at each loss, for what nothing costs */
};

/* One contender at one loss. */
struct vb_cell {
    const char *(*kind_name)(uint8_t kind);
    double p50_ms;
    double p99_ms;
    double max_ms;
    double arrived;    /* the share of changes that is there 16 s after it */
    double bytes;      /* of a change: in the 16 s after it */
    double bytes_net;  /* of a change: all there were, less what idling would have sent */
    double air_ms;     /* as bytes */
    double idle_bytes; /* of an hour */
    uint32_t idle_hours;
    struct vb_air_counts counts; /* of all changes together */
    struct vb_air_counts idle_counts;
};

/* Nothing changed, nothing lost. */
struct vb_reconnect {
    double bytes[VB_SIDE_COUNT];                /* of a reboot of that side: in the 16 s after it */
    double idle_bytes;                          /* in as long a time */
    struct vb_air_counts counts[VB_SIDE_COUNT]; /* of all its reboots together */
};

/* p99, and the greatest, in ms, at losses of 0 and 10 %. */
struct vb_recovery {
    double p99_ms[2];
    double max_ms[2];
};

struct vb_results {
    struct vb_options options;
    struct vb_cell cells[VB_CONTENDERS][VB_LOSSES];
    struct vb_reconnect reconnects[VB_CONTENDERS];
    double degraded[VB_REST_LOSSES]; /* of an hour at rest, ours without telemetry */
    double offline[VB_REST_LOSSES];
    struct vb_recovery noticed;   /* telemetry on */
    struct vb_recovery both_back; /* telemetry off */
};

void vb_results_print(const struct vb_results *results);

#endif
