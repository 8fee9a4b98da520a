/* What a sweep that may be judged tells about the cells relative to each other: about each cell,
 * and about the pack as a whole. */
#include <stdlib.h>

#include "alarms_parts.h"

enum {
    UV_PER_MV = 1000,
    /* Consecutive judged sweeps for the pack's spread: more than a cell needs, so that a weak cell
     * gets its own alarm first. */
    SPREAD_STREAK = 4,
    /* This many cells with an alarm of their own explain a spread; more concern the
     * pack. */
    EXPLAINED_CELLS = 2
};

/* Whether this sweep completes a streak. */
static bool streak_is_full(uint8_t *streak, uint8_t length, bool speaks_for)
{
    if (!speaks_for) {
        *streak = 0;
        return false;
    }
    if (*streak < length)
        (*streak)++;
    return *streak == length;
}

/* The cells that this sweep says anything about. Those left out are doubted or have no value. */
static bool takes_part(const struct vb_alarms *alarms, const struct vb_reading *reading,
                       unsigned cell)
{
    return vb_cell_is_possible(reading->cell_mv[cell]) &&
           !vb_cell_bit(alarms->sweep.doubted, cell) && !vb_alarms_others_left(alarms, cell);
}

/* --- each cell -------------------------------------------------------------------------------- */

static void judge_cell(struct vb_alarms *alarms, unsigned cell, int32_t off_uv,
                       const struct vb_cell_body *body)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    uint8_t *streak = &alarms->cells[cell].balance_streak;
    const int32_t warn_uv = body->deviation_uv + limits->imbalance_warn_mv * UV_PER_MV;
    const int32_t alert_uv = body->deviation_uv + limits->imbalance_alert_mv * UV_PER_MV;
    const int32_t well_uv = warn_uv - limits->imbalance_hysteresis_mv * UV_PER_MV;
    const bool open = vb_alarms_is_open(alarms, VB_ALARM_IMBALANCE, cell);
    vb_alarms_note(alarms, VB_ALARM_IMBALANCE, cell, off_uv);
    if (open && streak_is_full(streak, VB_ALARM_BALANCE_STREAK, abs(off_uv) < well_uv)) {
        *streak = 0;
        vb_alarms_settle(alarms, VB_ALARM_IMBALANCE, cell);
        return;
    }
    const bool is_alert = abs(off_uv) >= alert_uv;
    const int32_t limit_uv = is_alert ? alert_uv : warn_uv;
    const struct vb_alarm_finding finding =
        vb_alarm_finding_of(VB_ALARM_IMBALANCE, is_alert ? VB_ALARM_ALERT : VB_ALARM_WARNING, cell,
                            off_uv, off_uv < 0 ? -limit_uv : limit_uv);
    if (open) {
        if (abs(off_uv) >= warn_uv)
            vb_alarms_raise(alarms, &finding);
    } else if (streak_is_full(streak, VB_ALARM_BALANCE_STREAK,
                              abs(off_uv) >= warn_uv && !body->split)) {
        vb_alarms_raise(alarms, &finding);
        if (vb_alarms_is_open(alarms, VB_ALARM_IMBALANCE, cell))
            *streak = 0;
    }
}

/* --- the pack --------------------------------------------------------------------------------- */

static unsigned count_imbalances(const struct vb_alarms *alarms)
{
    unsigned count = 0;
    for (unsigned cell = 0; cell < alarms->cell_count; cell++)
        count += vb_alarms_is_open(alarms, VB_ALARM_IMBALANCE, cell);
    return count;
}

/* From the lowest cell to the highest, without those that explain the spread. */
static int32_t spread_uv(const struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const bool explained = count_imbalances(alarms) <= EXPLAINED_CELLS;
    int32_t min_mv = INT32_MAX;
    int32_t max_mv = 0;
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        const int32_t mv = reading->cell_mv[cell];
        if (!takes_part(alarms, reading, cell) ||
            (explained && vb_alarms_is_open(alarms, VB_ALARM_IMBALANCE, cell)))
            continue;
        min_mv = mv < min_mv ? mv : min_mv;
        max_mv = mv > max_mv ? mv : max_mv;
    }
    return max_mv > min_mv ? (max_mv - min_mv) * UV_PER_MV : 0;
}

static void judge_spread(struct vb_alarms *alarms, int32_t spread)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    const int32_t warn_uv = limits->spread_warn_mv * UV_PER_MV;
    const int32_t alert_uv = limits->spread_alert_mv * UV_PER_MV;
    const int32_t well_uv = warn_uv - limits->imbalance_hysteresis_mv * UV_PER_MV;
    const bool open = vb_alarms_open(alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE) != NULL;
    const bool speaks_for = open ? spread <= well_uv : spread >= warn_uv;
    const bool full = streak_is_full(&alarms->spread_streak, SPREAD_STREAK, speaks_for);
    const bool is_alert = spread >= alert_uv;
    const struct vb_alarm_finding finding =
        vb_alarm_finding_of(VB_ALARM_CELL_SPREAD, is_alert ? VB_ALARM_ALERT : VB_ALARM_WARNING,
                            VB_ALARM_NOWHERE, spread, is_alert ? alert_uv : warn_uv);
    vb_alarms_note(alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE, spread);
    if (full)
        alarms->spread_streak = 0;
    if (open && full)
        vb_alarms_settle(alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
    else if (full || (open && spread >= warn_uv))
        vb_alarms_raise(alarms, &finding);
}

/* --- one sweep -------------------------------------------------------------------------------- */

static void judge_sweep(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_cell_body body =
        vb_cell_body(reading, alarms->sweep.left_out, &alarms->balance.series);
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        if (takes_part(alarms, reading, cell))
            judge_cell(alarms, cell, reading->cell_mv[cell] * UV_PER_MV - body.mean_uv, &body);
    }
    judge_spread(alarms, spread_uv(alarms, reading));
}

/* A recording may hold only the sweeps that train: what they show is still worth reporting. */
static void note_unjudged(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const int32_t mean_uv = alarms->balance.series.mean_uv;
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        if (!takes_part(alarms, reading, cell))
            continue;
        const int32_t off_mv = (reading->cell_mv[cell] * UV_PER_MV - mean_uv) / UV_PER_MV;
        if (alarms->unjudged.cell == VB_ALARM_NOWHERE ||
            abs(off_mv) > abs(alarms->unjudged.off_mv)) {
            alarms->unjudged.cell = (uint8_t)cell;
            alarms->unjudged.off_mv = (int16_t)off_mv;
        }
    }
}

/* Nothing has been judged yet, and the load is not the reason. */
static bool shows_cells(const struct vb_alarms *alarms)
{
    const uint8_t verdict = alarms->balance.verdict;
    return verdict == VB_IMBALANCE_TRAINING ||
           (alarms->balance.trained < alarms->limits.balance.training_sweeps &&
            (verdict == VB_IMBALANCE_GRADIENT || verdict == VB_IMBALANCE_JUMPED));
}

static void stop_judging(struct vb_alarms *alarms)
{
    for (unsigned cell = 0; cell < alarms->cell_count; cell++)
        vb_alarms_settle(alarms, VB_ALARM_IMBALANCE, cell);
    vb_alarms_settle(alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE);
}

void vb_alarms_judge_balance(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    if (alarms->balance.verdict == VB_IMBALANCE_JUDGED)
        judge_sweep(alarms, reading);
    else if (shows_cells(alarms))
        note_unjudged(alarms, reading);
    else if (!alarms->limits.balance.enabled)
        stop_judging(alarms);
}
