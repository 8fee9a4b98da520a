/* Implausible values. A glitch on a bus, a half-read register or an unknown sentinel lasts for one
 * reading; a real fault lasts. So a value too far from the previous one waits for the next reading,
 * which confirms it, or it is set aside and counted. A next value that is still wild, but beyond
 * another limit, confirms nothing and waits itself. */
#include <stdlib.h>
#include <string.h>

#include "alarms_parts.h"

enum {
    CELL_STEP_MV = 100, /* between two readings; a cell does not move further unseen */
    SENSOR_STEP_DC = 100,
    FEW_SHARE = 16, /* up to a sixteenth of the cells: a change of load moves more */
    CELLS_UNKNOWN = 96,
    PERMILLE = 1000
};

static struct vb_odd_value odd_value(enum vb_odd_what what, unsigned index, int32_t value)
{
    return (struct vb_odd_value){.what = (uint8_t)what, .index = (uint8_t)index, .value = value};
}

static void contradicted(struct vb_alarms *alarms, struct vb_odd_value value)
{
    struct vb_contradictions *found = &alarms->contradicted;
    if (found->count < UINT32_MAX)
        found->count++;
    if (found->by_last++ == 0)
        found->first = value;
}

/* Where a value is relative to its limits. */
enum side { WITHIN, BELOW, ABOVE };

static enum side side_of(int64_t value, int64_t min, int64_t max)
{
    return value > max ? ABOVE : value < min ? BELOW : WITHIN;
}

/* Two in a row say that a limit has been passed, or the second says that none has. */
static bool bears_out(enum side waited, enum side now)
{
    return now == WITHIN || now == waited;
}

static void keep_bit(uint8_t *bits, unsigned index, bool set)
{
    const uint8_t bit = (uint8_t)(1u << (index % 8));
    bits[index / 8] = (uint8_t)(set ? bits[index / 8] | bit : bits[index / 8] & ~bit);
}

/* ---- cells ---- */

static enum side side_of_cell(const struct vb_alarms *alarms, uint16_t mv)
{
    return side_of(mv, alarms->limits.cell_min_mv, alarms->limits.cell_max_mv);
}

/* Without a previous value, one within its limits is believed. */
static bool cell_came_from_nowhere(const struct vb_alarms *alarms, unsigned cell, uint16_t mv)
{
    const uint16_t before_mv = alarms->cells[cell].mv;
    if (before_mv == 0)
        return side_of_cell(alarms, mv) != WITHIN;
    return abs(mv - before_mv) > CELL_STEP_MV;
}

/* Of a sweep whose doubted values were few: where they were many the load had changed. */
static void contradict_cell(struct vb_alarms *alarms, const struct vb_sweep *before, unsigned cell)
{
    if (vb_cell_bit(before->left_out, cell))
        contradicted(alarms, odd_value(VB_ODD_CELL, cell, alarms->doubted_mv[cell]));
}

void vb_alarms_doubt_cells(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    struct vb_sweep *sweep = &alarms->sweep;
    const struct vb_sweep before = *sweep;
    uint8_t count = 0;
    memset(sweep->doubted, 0, sizeof sweep->doubted);
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        const uint16_t mv = reading->cell_mv[cell];
        const bool possible = vb_cell_is_possible(mv);
        const bool waited = vb_cell_bit(before.doubted, cell);
        const bool nowhere = possible && cell_came_from_nowhere(alarms, cell, mv);
        const bool borne_out = waited && bears_out(side_of_cell(alarms, alarms->doubted_mv[cell]),
                                                   side_of_cell(alarms, mv));
        if (waited && !(nowhere && borne_out))
            contradict_cell(alarms, &before, cell);
        if (nowhere && !borne_out) {
            vb_cell_bit_set(sweep->doubted, cell);
            alarms->doubted_mv[cell] = mv;
            count++;
        }
    }
    const bool few = count <= 1 || count * FEW_SHARE <= reading->cell_count;
    sweep->partial = few && count > 0;
    for (unsigned i = 0; i < VB_CELL_BITS; i++)
        sweep->left_out[i] = few ? sweep->doubted[i] : 0;
}

/* ---- the pack ---- */

/* The cells of the same reading give another pack voltage. */
static bool sum_speaks_against(const struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_cell_series *series = &alarms->balance.series;
    if ((reading->flags & VB_READING_SUMMARY) != 0 || series->count != reading->cell_count)
        return false;
    const int64_t off_mv = (int64_t)series->mean_uv * series->count / 1000 - reading->pack_mv;
    return llabs(off_mv) * PERMILLE >
           (int64_t)reading->pack_mv * alarms->limits.sum_tolerance_permille;
}

static enum side side_of_pack(const struct vb_alarms *alarms, uint32_t pack_mv)
{
    return side_of(pack_mv, alarms->limits.pack_min_mv, alarms->limits.pack_max_mv);
}

static bool pack_came_from_nowhere(const struct vb_alarms *alarms, uint32_t pack_mv)
{
    if (alarms->pack_mv == 0)
        return side_of_pack(alarms, pack_mv) != WITHIN;
    const uint32_t cells = alarms->cell_count != 0 ? alarms->cell_count : CELLS_UNKNOWN;
    const uint32_t step_mv =
        pack_mv > alarms->pack_mv ? pack_mv - alarms->pack_mv : alarms->pack_mv - pack_mv;
    return step_mv > cells * CELL_STEP_MV;
}

/* A sum that has contradicted the pack voltage twice is an alarm of its own, not a doubt. */
bool vb_alarms_believe_pack(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const uint32_t pack_mv = reading->pack_mv;
    const bool waited = alarms->pack_waits;
    const bool against = sum_speaks_against(alarms, reading);
    const bool doubted =
        pack_came_from_nowhere(alarms, pack_mv) || (against && !alarms->pack_against_sum);
    const bool borne_out = waited && bears_out(side_of_pack(alarms, alarms->doubted_pack_mv),
                                               side_of_pack(alarms, pack_mv));
    if (waited && !(doubted && borne_out))
        contradicted(alarms, odd_value(VB_ODD_PACK, 0, (int32_t)alarms->doubted_pack_mv));
    alarms->pack_waits = doubted && !borne_out;
    if (alarms->pack_waits) {
        alarms->doubted_pack_mv = pack_mv;
        return false;
    }
    if ((reading->flags & VB_READING_SUMMARY) == 0)
        alarms->pack_against_sum = against;
    alarms->pack_mv = pack_mv;
    return true;
}

/* ---- sensors ---- */

static enum side side_of_sensor(const struct vb_alarms *alarms, int16_t dc)
{
    return side_of(dc, alarms->limits.temperature_min_dc, alarms->limits.temperature_max_dc);
}

static bool sensor_came_from_nowhere(const struct vb_alarms *alarms, unsigned sensor, int16_t dc)
{
    const int16_t before_dc = alarms->temp_dc[sensor];
    if (before_dc == VB_TEMP_NOT_AVAILABLE)
        return side_of_sensor(alarms, dc) != WITHIN;
    return abs(dc - before_dc) > SENSOR_STEP_DC;
}

static bool believe_sensor(struct vb_alarms *alarms, unsigned sensor, int16_t dc)
{
    const enum side side = side_of_sensor(alarms, dc);
    const bool waited = vb_cell_bit(alarms->temp_doubts, sensor);
    const bool nowhere = sensor_came_from_nowhere(alarms, sensor, dc);
    const bool borne_out =
        waited && bears_out(side_of_sensor(alarms, alarms->doubted_dc[sensor]), side);
    const bool waits = nowhere && !borne_out;
    if (waited && !(nowhere && borne_out))
        contradicted(alarms, odd_value(VB_ODD_SENSOR, sensor, alarms->doubted_dc[sensor]));
    keep_bit(alarms->temp_doubts, sensor, waits);
    if (waits) {
        alarms->doubted_dc[sensor] = dc;
        return false;
    }
    alarms->temp_dc[sensor] = dc;
    return true;
}

enum vb_sensor_trust vb_alarms_judge_sensor(struct vb_alarms *alarms, unsigned sensor, int16_t dc)
{
    const bool possible = vb_temperature_is_possible(dc);
    const bool missed = vb_cell_bit(alarms->temp_missing, sensor);
    keep_bit(alarms->temp_missing, sensor, !possible);
    if (possible && believe_sensor(alarms, sensor, dc))
        return VB_SENSOR_BELIEVED;
    const bool known = alarms->temp_dc[sensor] != VB_TEMP_NOT_AVAILABLE;
    return known && (possible || !missed) ? VB_SENSOR_HELD : VB_SENSOR_UNKNOWN;
}

/* ---- what waits ---- */

static bool cell_waits(const struct vb_alarms *alarms, unsigned cell)
{
    return vb_cell_bit(alarms->sweep.doubted, cell) &&
           (vb_cell_bit(alarms->sweep.left_out, cell) ||
            side_of_cell(alarms, alarms->doubted_mv[cell]) != WITHIN);
}

unsigned vb_alarms_unconfirmed(const struct vb_alarms *alarms, struct vb_odd_value *first)
{
    unsigned count = 0;
    for (unsigned cell = 0; cell < alarms->cell_count; cell++) {
        if (cell_waits(alarms, cell) && count++ == 0)
            *first = odd_value(VB_ODD_CELL, cell, alarms->doubted_mv[cell]);
    }
    if (alarms->pack_waits && count++ == 0)
        *first = odd_value(VB_ODD_PACK, 0, (int32_t)alarms->doubted_pack_mv);
    for (unsigned sensor = 0; sensor < VB_TEMPS_MAX; sensor++) {
        if (vb_cell_bit(alarms->temp_doubts, sensor) && count++ == 0)
            *first = odd_value(VB_ODD_SENSOR, sensor, alarms->doubted_dc[sensor]);
    }
    return count;
}
