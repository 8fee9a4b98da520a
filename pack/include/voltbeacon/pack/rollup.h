/* Roll-up: the readings of a span of time, summarised as minimum, mean and maximum.
 *
 * Sans-IO. A value that is not available or not possible (possible.h) is left out; the rest of its
 * reading counts. Two roll-ups of the same pack can be merged, so that a minute is made of its
 * ten-second spans. */
#ifndef VOLTBEACON_ROLLUP_H
#define VOLTBEACON_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

/* One quantity over a span. */
struct vb_rollup_value {
    uint32_t count; /* readings that had it; 0: the rest is meaningless */
    int32_t min;
    int32_t max;
    int64_t sum_tenths; /* of all values, times ten: what a mean stored to a tenth gives back */
};

struct vb_rollup {
    uint32_t readings; /* 0: empty */
    uint8_t cell_count;
    uint8_t temp_count;
    struct vb_rollup_value pack_mv;
    struct vb_rollup_value current_ma; /* positive = charging */
    struct vb_rollup_value soc_permille;
    struct vb_rollup_value cells_mv[VB_CELLS_MAX];
    struct vb_rollup_value temps_dc[VB_TEMPS_MAX]; /* 0.1 degC */
};

void vb_rollup_clear(struct vb_rollup *rollup);
/* Leaves out the cells of a summary (VB_READING_SUMMARY): they are not real ones. */
void vb_rollup_add(struct vb_rollup *rollup, const struct vb_reading *reading);
void vb_rollup_merge(struct vb_rollup *rollup, const struct vb_rollup *other);

/* One more reading's value, and all of another span's. */
void vb_rollup_value_add(struct vb_rollup_value *value, int32_t number);
void vb_rollup_value_merge(struct vb_rollup_value *value, const struct vb_rollup_value *other);
/* In tenths of the value's unit, rounded to nearest; never below 10 * min nor above 10 * max. The
 * count must not be 0 (asserted). */
int32_t vb_rollup_mean_tenths(const struct vb_rollup_value *value);
/* A value from storage: count readings with this minimum, mean and maximum. */
struct vb_rollup_value vb_rollup_value_of(uint32_t count, int32_t min, int32_t mean_tenths,
                                          int32_t max);

VB_C_END

#endif
