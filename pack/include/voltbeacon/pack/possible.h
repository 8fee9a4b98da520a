/* The values that a pack can have. Anything beyond is not data: shown as received, but in no
 * statistics. */
#ifndef VOLTBEACON_POSSIBLE_H
#define VOLTBEACON_POSSIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"

enum {
    /* No lithium cell is charged above this: 4.35 V is the maximum of any chemistry. 0 is what a
     * BMS reports for a cell that it could not measure. */
    VB_POSSIBLE_CELL_MV_MAX = 5000,
    VB_POSSIBLE_PACK_MV_MAX = 1600000,
    VB_POSSIBLE_CURRENT_MA_MAX = 2000000, /* in or out */
    VB_POSSIBLE_TEMPERATURE_MIN_DC = -600,
    VB_POSSIBLE_TEMPERATURE_MAX_DC = 1500
};

/* False for VB_CELL_NOT_AVAILABLE. */
static inline bool vb_cell_is_possible(uint16_t mv)
{
    return mv > 0 && mv <= VB_POSSIBLE_CELL_MV_MAX;
}

/* The reading has a pack voltage, a current, or a state of charge, and it is possible. */
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

static inline bool vb_soc_is_possible(const struct vb_reading *reading)
{
    return (reading->flags & VB_READING_HAS_SOC) != 0 && reading->soc_permille <= 1000;
}

/* False for VB_TEMP_NOT_AVAILABLE. */
static inline bool vb_temperature_is_possible(int16_t dc)
{
    return dc >= VB_POSSIBLE_TEMPERATURE_MIN_DC && dc <= VB_POSSIBLE_TEMPERATURE_MAX_DC;
}

#endif
