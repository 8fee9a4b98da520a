/* What a sweep tells about each cell: its presence, its limits, its movement. */
#include <stdlib.h>
#include <string.h>

#include "alarms_parts.h"

enum {
    UV_PER_MV = 1000,
    UV_PER_8TH = 125,
    EIGHTHS_PER_MV = 8,
    COUNT_MILLI = 1000,
    TORN_MOVES = 3,  /* in one of this many, a measured cell changes its value */
    BESIDE_NUM = 3,  /* this fraction of the movement required of the others */
    BESIDE_DENOM = 4 /* is required of its neighbours, as they were not quite alike */
};

static uint16_t one_more(uint16_t count)
{
    return count == UINT16_MAX ? count : (uint16_t)(count + 1);
}

static void judge_presence(struct vb_alarms *alarms, unsigned cell, bool possible)
{
    struct vb_cell_watch *watch = &alarms->cells[cell];
    if (possible) {
        watch->missing_sweeps = 0;
        vb_alarms_settle(alarms, VB_ALARM_CELL_NOT_AVAILABLE, cell);
        return;
    }
    watch->missing_sweeps = one_more(watch->missing_sweeps);
    if (watch->missing_sweeps < alarms->limits.missing_sweeps)
        return;
    const struct vb_alarm_finding finding = vb_alarm_finding_of(
        VB_ALARM_CELL_NOT_AVAILABLE, VB_ALARM_WARNING, cell, watch->missing_sweeps * COUNT_MILLI,
        alarms->limits.missing_sweeps * COUNT_MILLI);
    vb_alarms_raise(alarms, &finding);
}

/* Nearly always it is within both, and nothing is open. */
static bool is_well_within(const struct vb_alarms *alarms, unsigned cell, uint16_t mv)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    return mv >= limits->cell_min_mv && mv <= limits->cell_max_mv &&
           !vb_alarms_is_open(alarms, VB_ALARM_CELL_OVER_VOLTAGE, cell) &&
           !vb_alarms_is_open(alarms, VB_ALARM_CELL_UNDER_VOLTAGE, cell);
}

static void judge_limits(struct vb_alarms *alarms, unsigned cell, uint16_t mv)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    if (is_well_within(alarms, cell, mv))
        return;
    const int32_t hysteresis_uv = limits->cell_hysteresis_mv * UV_PER_MV;
    const struct vb_alarm_finding over = vb_alarm_finding_of(
        VB_ALARM_CELL_OVER_VOLTAGE, vb_alarms_level_beyond(mv - limits->cell_max_mv, 1), cell,
        mv * UV_PER_MV, limits->cell_max_mv * UV_PER_MV);
    const struct vb_alarm_finding under = vb_alarm_finding_of(
        VB_ALARM_CELL_UNDER_VOLTAGE, vb_alarms_level_beyond(limits->cell_min_mv - mv, 1), cell,
        mv * UV_PER_MV, limits->cell_min_mv * UV_PER_MV);
    vb_alarms_hold_below(alarms, &over, hysteresis_uv);
    vb_alarms_hold_above(alarms, &under, hysteresis_uv);
}

/* --- movement --------------------------------------------------------------------------------- */

/* A frozen cell must not slow down what it is compared with. */
static uint16_t mean_of_others_8ths(const struct vb_cell_series *series, uint16_t mv)
{
    if (series->count < 2)
        return (uint16_t)(mv * EIGHTHS_PER_MV);
    const int32_t others_uv = series->mean_uv * series->count - mv * UV_PER_MV;
    return (uint16_t)((others_uv / (series->count - 1) + UV_PER_8TH / 2) / UV_PER_8TH);
}

static uint16_t others_moved_8ths(const struct vb_cell_watch *watch)
{
    return (uint16_t)(watch->mean_max - watch->mean_min);
}

bool vb_alarms_others_left(const struct vb_alarms *alarms, unsigned cell)
{
    return others_moved_8ths(&alarms->cells[cell]) >=
           alarms->limits.frozen_moved_mv * EIGHTHS_PER_MV;
}

static void widen(struct vb_cell_watch *watch, uint16_t mean)
{
    if (watch->mean_min == 0 || mean < watch->mean_min)
        watch->mean_min = mean;
    if (mean > watch->mean_max)
        watch->mean_max = mean;
}

/* How far that cell is from the one reading mv. */
static int8_t beside_mv(const struct vb_reading *reading, unsigned cell, uint16_t mv)
{
    if (cell >= reading->cell_count || !vb_cell_is_possible(reading->cell_mv[cell]))
        return VB_BESIDE_UNKNOWN;
    const int off_mv = reading->cell_mv[cell] - mv;
    return abs(off_mv) > INT8_MAX ? VB_BESIDE_UNKNOWN : (int8_t)off_mv;
}

/* The cells before and after it; the one before the first is out of range, too. */
static void look_beside(const struct vb_reading *reading, unsigned cell, int8_t found_mv[2])
{
    found_mv[0] = beside_mv(reading, cell - 1, reading->cell_mv[cell]);
    found_mv[1] = beside_mv(reading, cell + 1, reading->cell_mv[cell]);
}

/* A sweep goes from cell to cell, so the neighbours were measured at the same moment: if one of
 * them stays too, the load had not come yet, or was gone again. */
static bool stays_with_another(const struct vb_alarms *alarms, const struct vb_reading *reading,
                               unsigned cell)
{
    const struct vb_cell_watch *watch = &alarms->cells[cell];
    int8_t now_mv[2];
    look_beside(reading, cell, now_mv);
    for (unsigned side = 0; side < 2; side++) {
        if (now_mv[side] != VB_BESIDE_UNKNOWN && watch->beside_mv[side] != VB_BESIDE_UNKNOWN &&
            abs(now_mv[side] - watch->beside_mv[side]) * BESIDE_DENOM <
                alarms->limits.frozen_moved_mv * BESIDE_NUM)
            return true;
    }
    return false;
}

/* In a torn sweep it is unknown which cells were measured before the load changed, and the one that
 * stays may be one of them. But if the previous sweep moved as well, the cell has been measured
 * once more since: what the two have in common counts. And a cell that misses several is not to be
 * believed. */
static void note_torn(struct vb_cell_watch *watch, uint16_t before, uint16_t mean,
                      uint16_t far_8ths)
{
    const uint16_t lower = before < mean ? before : mean;
    const uint16_t upper = before < mean ? mean : before;
    if (watch->mean_min == 0) {
        widen(watch, mean);
        return;
    }
    if (watch->torn_moves < TORN_MOVES &&
        (mean >= watch->mean_min + far_8ths || mean + far_8ths <= watch->mean_max))
        watch->torn_moves++;
    if (watch->torn_moves >= TORN_MOVES)
        widen(watch, mean);
    else if (lower > watch->mean_max)
        widen(watch, lower);
    else if (upper < watch->mean_min)
        widen(watch, upper);
}

/* The first calm sweep replaces what torn ones have shown. */
static void note_calm(struct vb_cell_watch *watch, const struct vb_reading *reading, unsigned cell,
                      uint16_t mean)
{
    if (!watch->calm) {
        watch->mean_min = watch->mean_max = 0;
        look_beside(reading, cell, watch->beside_mv);
    }
    watch->calm = true;
    widen(watch, mean);
}

static void note_mean(struct vb_alarms *alarms, const struct vb_reading *reading, unsigned cell)
{
    struct vb_cell_watch *watch = &alarms->cells[cell];
    const uint16_t mv = watch->mv;
    if (alarms->sweep.partial || watch->frozen_sweeps <= 1)
        return; /* the next sweep shows what the load was at this value */
    const uint16_t mean = mean_of_others_8ths(&alarms->balance.series, mv);
    if (!alarms->sweep.doubtful)
        note_calm(watch, reading, cell, mean);
    else if (alarms->before.count == alarms->balance.series.count && !alarms->balance.incomplete &&
             !stays_with_another(alarms, reading, cell))
        note_torn(watch, mean_of_others_8ths(&alarms->before, mv), mean,
                  (uint16_t)(alarms->limits.frozen_moved_mv * EIGHTHS_PER_MV));
}

/* A value that stays while the others move is no longer being measured. After a restart a frozen
 * cell is recognised by the value in its alarm. */
static void judge_movement(struct vb_alarms *alarms, const struct vb_reading *reading,
                           unsigned cell)
{
    struct vb_cell_watch *watch = &alarms->cells[cell];
    const uint16_t mv = reading->cell_mv[cell];
    if (mv != watch->mv) {
        const struct vb_alarm *open = vb_alarms_open(alarms, VB_ALARM_FROZEN_VALUE, cell);
        const bool goes_on = watch->mv == 0 && open != NULL && open->now_value == (float)mv;
        watch->mv = mv;
        watch->frozen_sweeps = 0;
        watch->calm = false;
        watch->torn_moves = 0;
        watch->mean_min = watch->mean_max = 0;
        look_beside(reading, cell, watch->beside_mv);
        if (!goes_on)
            vb_alarms_settle(alarms, VB_ALARM_FROZEN_VALUE, cell);
    }
    watch->frozen_sweeps = one_more(watch->frozen_sweeps);
    note_mean(alarms, reading, cell);
    if (watch->frozen_sweeps < alarms->limits.frozen_sweeps || !vb_alarms_others_left(alarms, cell))
        return;
    const struct vb_alarm_finding finding =
        vb_alarm_finding_of(VB_ALARM_FROZEN_VALUE, VB_ALARM_WARNING, cell, mv * UV_PER_MV,
                            others_moved_8ths(watch) * UV_PER_8TH);
    vb_alarms_raise(alarms, &finding);
}

/* --- one sweep -------------------------------------------------------------------------------- */

/* It has an alarm, or would have one if there were a slot. */
static bool is_known_missing(const struct vb_alarms *alarms, unsigned cell)
{
    return alarms->cells[cell].missing_sweeps >= alarms->limits.missing_sweeps ||
           vb_alarms_is_open(alarms, VB_ALARM_CELL_NOT_AVAILABLE, cell);
}

/* The cells known to be missing: without them a sweep is as complete as it gets. */
static uint8_t leave_out_missing(struct vb_alarms *alarms)
{
    uint8_t count = 0;
    for (unsigned cell = 0; cell < alarms->cell_count; cell++) {
        if (is_known_missing(alarms, cell)) {
            vb_cell_bit_set(alarms->sweep.left_out, cell);
            count++;
        }
    }
    return count;
}

/* The mean is now over other cells, which is not a movement of them. */
static void forget_means(struct vb_alarms *alarms)
{
    for (unsigned cell = 0; cell < alarms->cell_count; cell++) {
        alarms->cells[cell].mean_min = alarms->cells[cell].mean_max = 0;
        alarms->cells[cell].calm = false;
    }
}

/* A current read before its sweep does not show a load that came on during it. */
static bool moved_at_once(const struct vb_alarms *alarms, const struct vb_cell_series *before)
{
    const struct vb_cell_series *series = &alarms->balance.series;
    return before->count == series->count &&
           abs(series->mean_uv - before->mean_uv) >= alarms->limits.frozen_moved_mv * UV_PER_MV;
}

void vb_alarms_judge_cells(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    for (unsigned cell = 0; cell < reading->cell_count; cell++)
        judge_presence(alarms, cell, vb_cell_is_possible(reading->cell_mv[cell]));

    vb_alarms_doubt_cells(alarms, reading);
    const uint8_t known_missing = leave_out_missing(alarms);
    if (known_missing != alarms->known_missing)
        forget_means(alarms);
    alarms->known_missing = known_missing;
    const struct vb_cell_series before = alarms->balance.series;
    (void)vb_imbalance_take(&alarms->balance, &alarms->limits.balance, reading,
                            alarms->sweep.left_out);
    alarms->sweep.torn = alarms->balance.torn;
    alarms->sweep.doubtful =
        alarms->balance.torn || alarms->balance.looks_torn || moved_at_once(alarms, &before);
    alarms->before = before;
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        const uint16_t mv = reading->cell_mv[cell];
        if (!vb_cell_is_possible(mv) || vb_cell_bit(alarms->sweep.doubted, cell))
            continue;
        judge_limits(alarms, cell, mv);
        judge_movement(alarms, reading, cell);
    }
    vb_alarms_judge_balance(alarms, reading);
}
