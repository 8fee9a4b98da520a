/* What a pack can show. Whatever is beyond is no data: shown as it came, and part of no statistic.
 */
#ifndef VOLTBEACON_POSSIBLE_H
#define VOLTBEACON_POSSIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"

enum {
    /* No lithium cell is charged above it: 4.35 V is the highest of any chemistry. 0 is what a BMS
     * says of a cell that it could not measure. */
    VB_POSSIBLE_CELL_MV_MAX = 5000,
    VB_POSSIBLE_PACK_MV_MAX = 1600000,
    VB_POSSIBLE_CURRENT_MA_MAX = 2000000, /* in or out */
    VB_POSSIBLE_TEMPERATURE_MIN_DC = -600,
    VB_POSSIBLE_TEMPERATURE_MAX_DC = 1500
};

/* VB_CELL_NOT_AVAILABLE is not. */
static inline bool vb_cell_is_possible(uint16_t mv)
{
    return mv > 0 && mv <= VB_POSSIBLE_CELL_MV_MAX;
}

/* The reading knows its pack voltage, or its current, and it can be true. */
static inline bool vb_pack_voltage_is_possible(const struct vb_reading *reading)
{
    return (reading->flags & VB_READING_HAS_VOLTAGE) != 0 && reading->pack_mv > 0 &&
           reading->pack_mv <= VB_POSSIBLE_PACK_MV_MAX;
}

static inline bool vb_current_is_possible(const struct vb_reading *reading)
{
    return (reading->flags & VB_READING_HAS_CURRENT) != 0 &&
           reading->current_ma >= -VB_POSSIBLE_CURRENT_MA_MAX &&
           reading->current_ma <= VB_POSSIBLE_CURRENT_MA_MAX;
}

/* VB_TEMP_NOT_AVAILABLE is not. */
static inline bool vb_temperature_is_possible(int16_t dc)
{
    return dc >= VB_POSSIBLE_TEMPERATURE_MIN_DC && dc <= VB_POSSIBLE_TEMPERATURE_MAX_DC;
}

#endif
