/* Plays events on a pair of ends and measures what becomes of them. */
#ifndef VOLTBEACON_MEASURE_H
#define VOLTBEACON_MEASURE_H

#include "air.h"
#include "ours.h"

#define VB_MEASURE_SECOND_US 1000000ull
#define VB_MEASURE_HOUR_US (3600 * VB_MEASURE_SECOND_US)

/* Bytes of a change, or of a reboot, are those within so many seconds after it. */
enum { VB_MEASURE_WINDOW_S = 16 };

/* Microseconds, in the order measured until they are asked for. The caller owns the array. */
struct vb_samples {
    uint64_t *us;
    uint32_t count;
    uint32_t capacity;
    bool sorted;
};

void vb_samples_add(struct vb_samples *samples, uint64_t us);
/* At most that many permille of all are above the answer; 1000 = the greatest. In ms. */
double vb_samples_ms(struct vb_samples *samples, uint16_t permille);
/* The share of them that is at most us. */
double vb_samples_within(const struct vb_samples *samples, uint64_t us);

struct vb_traffic {
    struct vb_air_counts counts; /* in all windows together */
    uint64_t span_us;            /* in which all_bytes were sent, the windows included */
    uint64_t all_bytes;
};

/* Bytes of all control frames. */
uint64_t vb_traffic_bytes(const struct vb_design *design, const struct vb_air_counts *counts);
uint64_t vb_traffic_us(const struct vb_design *design, const struct vb_air_counts *counts);

/* Both ends on, in sync, 30 s later, then at this loss. */
void vb_measure_begin(struct vb_air *air, const struct vb_design *design, uint64_t seed,
                      uint16_t loss);
/* So many changes, 20 to 60 s apart and each only after the one before has arrived. The changes and
 * their times follow from changes_seed alone: every design is given the same. */
void vb_measure_changes(struct vb_air *air, uint64_t changes_seed, uint32_t changes,
                        struct vb_samples *samples, struct vb_traffic *traffic);
/* So many hours in which nothing happens; all of them are the window. */
void vb_measure_idle(struct vb_air *air, uint32_t hours, struct vb_traffic *traffic);
/* So many reboots of one end, 20 to 60 s apart; it is back at once. */
void vb_measure_reboots(struct vb_air *air, uint64_t seed, enum vb_side side, uint32_t reboots,
                        struct vb_traffic *traffic);
/* So many reboots of the transmitter; from its power on until the receiver says so. */
void vb_measure_noticed(struct vb_air *air, struct vb_ours *ours, uint64_t seed, uint32_t reboots,
                        struct vb_samples *samples);
/* Both ends go off together and come back within a second, in any order; from the later one's power
 * on until all is verified. */
void vb_measure_both_back(struct vb_air *air, const struct vb_ours *ours, uint64_t seed,
                          uint32_t reboots, struct vb_samples *samples);

#endif
