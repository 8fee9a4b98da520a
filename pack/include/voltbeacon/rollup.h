/* Roll-up: what the readings of a span of time say together, as lowest, mean and highest.
 *
 * Sans-IO. A value that is not available or not possible is left out, the rest of its reading
 * counts. Two roll-ups of the same pack merge into one, so that a minute is made of its tens of
 * seconds. */
#ifndef VOLTBEACON_ROLLUP_H
#define VOLTBEACON_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/reading.h"

/* What is possible beside vb_cell_is_possible(). Beyond it a monitor shows its own faults, not the
 * pack. */
enum {
    VB_POSSIBLE_PACK_MV_MIN = 1,
    VB_POSSIBLE_PACK_MV_MAX = 1000000,    /* where pack_voltage_max_dv ends */
    VB_POSSIBLE_CURRENT_MA_MAX = 2000000, /* in or out: twice where the battery section ends */
    VB_POSSIBLE_SOC_PERMILLE_MAX = 1000,
    VB_POSSIBLE_TEMP_DC_MIN = -500,
    VB_POSSIBLE_TEMP_DC_MAX = 1500
};

/* One quantity over a span. */
struct vb_rollup_value {
    uint32_t count; /* readings that had it; 0: the rest means nothing */
    int32_t min;
    int32_t max;
    int64_t sum_tenths; /* of all values, times ten: what a mean kept to a tenth leads back to */
};

struct vb_rollup {
    uint32_t readings; /* 0: nothing has been added */
    uint8_t cell_count;
    uint8_t temp_count;
    struct vb_rollup_value pack_mv;
    struct vb_rollup_value current_ma; /* positive = charging */
    struct vb_rollup_value soc_permille;
    struct vb_rollup_value cells_mv[VB_CELLS_MAX];
    struct vb_rollup_value temps_dc[VB_TEMPS_MAX]; /* 0.1 degC */
};

void vb_rollup_clear(struct vb_rollup *rollup);
/* Of a summary (VB_READING_SUMMARY) the cells are left out: they are none. */
void vb_rollup_add(struct vb_rollup *rollup, const struct vb_reading *reading);
void vb_rollup_merge(struct vb_rollup *rollup, const struct vb_rollup *other);

/* In tenths of the value's unit, rounded to nearest; never below 10 * min nor above 10 * max. The
 * count must not be 0 (asserted). */
int32_t vb_rollup_mean_tenths(const struct vb_rollup_value *value);
/* A value as it was kept: count readings with this lowest, mean and highest. */
struct vb_rollup_value vb_rollup_value_of(uint32_t count, int32_t min, int32_t mean_tenths,
                                          int32_t max);

/* Whether pack voltage, or current, is there and possible. */
bool vb_reading_has_pack_mv(const struct vb_reading *reading);
bool vb_reading_has_current_ma(const struct vb_reading *reading);

#endif
