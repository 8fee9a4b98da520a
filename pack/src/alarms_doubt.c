/* Values that came from nowhere. A glitch on a bus, a register read halfway or a sentinel that
 * nobody knew lasts for one reading; a true fault lasts. So a value that is too far from the one
 * before waits for the next reading: that one bears it out, or it is set aside and counted. Nothing
 * waits longer than that. */
#include <stdlib.h>
#include <string.h>

#include "alarms_parts.h"

enum {
    CELL_STEP_MV = 100, /* more from one reading to the next is no way that a cell goes unseen */
    SENSOR_STEP_DC = 100,
    FEW_SHARE = 16, /* up to a sixteenth of the cells: a change of load moves more of them */
    CELLS_UNKNOWN = 96,
    PERMILLE = 1000
};

static void contradicted(struct vb_alarms *alarms, enum vb_contradicted what, unsigned index,
                         int32_t value)
{
    if (alarms->contradicted.count < UINT32_MAX)
        alarms->contradicted.count++;
    alarms->contradicted.what = (uint8_t)what;
    alarms->contradicted.index = (uint8_t)index;
    alarms->contradicted.value = value;
}

/* Without a value before it, one within its limits is believed. */
static bool cell_came_from_nowhere(const struct vb_alarms *alarms, unsigned cell, uint16_t mv)
{
    const uint16_t before_mv = alarms->cells[cell].mv;
    if (before_mv == 0)
        return mv < alarms->limits.cell_min_mv || mv > alarms->limits.cell_max_mv;
    return abs(mv - before_mv) > CELL_STEP_MV;
}

void vb_alarms_doubt_cells(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    struct vb_sweep *sweep = &alarms->sweep;
    const struct vb_sweep before = *sweep;
    uint8_t count = 0;
    memset(sweep->doubted, 0, sizeof sweep->doubted);
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        const uint16_t mv = reading->cell_mv[cell];
        if (!vb_cell_is_possible(mv))
            continue;
        const bool nowhere = cell_came_from_nowhere(alarms, cell, mv);
        const bool waited = vb_cell_bit(before.doubted, cell);
        if (nowhere && !waited) {
            vb_cell_bit_set(sweep->doubted, cell);
            alarms->doubted_mv = mv;
            count++;
        } else if (waited && !nowhere && vb_cell_bit(before.left_out, cell)) {
            contradicted(alarms, VB_CONTRADICTED_CELL, cell, alarms->doubted_mv);
        }
    }
    const bool few = count <= 1 || count * FEW_SHARE <= reading->cell_count;
    sweep->partial = few && count > 0;
    for (unsigned i = 0; i < VB_CELL_BITS; i++)
        sweep->left_out[i] = few ? sweep->doubted[i] : 0;
}

/* The cells of the same reading tell another pack voltage. */
static bool sum_speaks_against(const struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_cell_series *series = &alarms->balance.series;
    if ((reading->flags & VB_READING_SUMMARY) != 0 || series->count != reading->cell_count)
        return false;
    const int64_t off_mv = (int64_t)series->mean_uv * series->count / 1000 - reading->pack_mv;
    return llabs(off_mv) * PERMILLE >
           (int64_t)reading->pack_mv * alarms->limits.sum_tolerance_permille;
}

static bool pack_came_from_nowhere(const struct vb_alarms *alarms, uint32_t pack_mv)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    if (alarms->pack_mv == 0)
        return pack_mv < limits->pack_min_mv || pack_mv > limits->pack_max_mv;
    const uint32_t cells = alarms->cell_count != 0 ? alarms->cell_count : CELLS_UNKNOWN;
    const uint32_t step_mv =
        pack_mv > alarms->pack_mv ? pack_mv - alarms->pack_mv : alarms->pack_mv - pack_mv;
    return step_mv > cells * CELL_STEP_MV;
}

bool vb_alarms_believe_pack(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const bool waited = alarms->pack_doubts == 1;
    if (!pack_came_from_nowhere(alarms, reading->pack_mv) && !sum_speaks_against(alarms, reading)) {
        alarms->pack_doubts = 0;
        if (waited)
            contradicted(alarms, VB_CONTRADICTED_PACK, 0, (int32_t)alarms->doubted_pack_mv);
    } else if (alarms->pack_doubts == 0) {
        alarms->pack_doubts = 1;
        alarms->doubted_pack_mv = reading->pack_mv;
        return false;
    } else {
        alarms->pack_doubts = 2;
    }
    alarms->pack_mv = reading->pack_mv;
    return true;
}

static bool sensor_came_from_nowhere(const struct vb_alarms *alarms, unsigned sensor, int16_t dc)
{
    const int16_t before_dc = alarms->temp_dc[sensor];
    if (before_dc == VB_TEMP_NOT_AVAILABLE)
        return dc < alarms->limits.temperature_min_dc || dc > alarms->limits.temperature_max_dc;
    return abs(dc - before_dc) > SENSOR_STEP_DC;
}

bool vb_alarms_believe_sensor(struct vb_alarms *alarms, unsigned sensor, int16_t dc)
{
    uint8_t *doubts = &alarms->temp_doubts[sensor / 8];
    const uint8_t bit = (uint8_t)(1u << (sensor % 8));
    const bool waited = (*doubts & bit) != 0;
    const bool nowhere = sensor_came_from_nowhere(alarms, sensor, dc);
    if (nowhere && !waited) {
        *doubts |= bit;
        alarms->doubted_dc = dc;
        return false;
    }
    if (waited && !nowhere)
        contradicted(alarms, VB_CONTRADICTED_SENSOR, sensor, alarms->doubted_dc);
    *doubts = (uint8_t)(*doubts & ~bit);
    alarms->temp_dc[sensor] = dc;
    return true;
}
