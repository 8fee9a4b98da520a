/* What a sweep says of each cell: its limits, its presence, its movement, its balance. */
#include <math.h>
#include <string.h>

#include "alarms_parts.h"

/* Judged sweeps in a row that it takes to begin or to end an imbalance. */
enum { BALANCE_STREAK = 3 };

static uint16_t one_more(uint16_t count)
{
    return count == UINT16_MAX ? count : (uint16_t)(count + 1);
}

static struct vb_alarm_finding finding_of(enum vb_alarm_kind kind, enum vb_alarm_level level,
                                          unsigned cell, double value, double threshold)
{
    return (struct vb_alarm_finding){.kind = kind,
                                     .level = level,
                                     .cell = cell,
                                     .sensor = VB_ALARM_NOWHERE,
                                     .value = value,
                                     .threshold = threshold};
}

static void judge_presence(struct vb_alarms *alarms, unsigned cell, bool possible, uint64_t wall_ms)
{
    struct vb_cell_watch *watch = &alarms->cells[cell];
    if (possible) {
        watch->missing_sweeps = 0;
        vb_alarms_settle(alarms, VB_ALARM_CELL_NOT_AVAILABLE, cell, wall_ms);
        return;
    }
    watch->missing_sweeps = one_more(watch->missing_sweeps);
    if (watch->missing_sweeps < alarms->limits.missing_sweeps)
        return;
    const struct vb_alarm_finding finding =
        finding_of(VB_ALARM_CELL_NOT_AVAILABLE, VB_ALARM_WARNING, cell, watch->missing_sweeps,
                   alarms->limits.missing_sweeps);
    vb_alarms_raise(alarms, &finding, wall_ms);
}

static void judge_limits(struct vb_alarms *alarms, unsigned cell, uint16_t mv, uint64_t wall_ms)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    const struct vb_alarm_finding over =
        finding_of(VB_ALARM_CELL_OVER_VOLTAGE, vb_alarms_level_beyond(mv - limits->cell_max_mv, 1),
                   cell, mv, limits->cell_max_mv);
    const struct vb_alarm_finding under =
        finding_of(VB_ALARM_CELL_UNDER_VOLTAGE, vb_alarms_level_beyond(limits->cell_min_mv - mv, 1),
                   cell, mv, limits->cell_min_mv);
    vb_alarms_hold_below(alarms, &over, limits->cell_hysteresis_mv, wall_ms);
    vb_alarms_hold_above(alarms, &under, limits->cell_hysteresis_mv, wall_ms);
}

/* A frozen cell must not slow down what it is compared with. */
static double mean_of_others_mv(const struct vb_cell_series *series, uint16_t mv)
{
    if (series->count < 2)
        return mv;
    return (series->mean_mv * series->count - mv) / (series->count - 1);
}

static double others_moved_mv(const struct vb_cell_watch *watch)
{
    return watch->mean_max_mv - watch->mean_min_mv;
}

/* The cell holds its value while the others have moved: it may be frozen, and until it is known to
 * be it speaks for no imbalance. */
static bool others_left(const struct vb_alarms *alarms, const struct vb_cell_watch *watch)
{
    return others_moved_mv(watch) >= alarms->limits.frozen_moved_mv;
}

/* A value that stays while the others move is not measured any more. After a restart a frozen cell
 * is known by the value that its alarm names. */
static void judge_movement(struct vb_alarms *alarms, unsigned cell, uint16_t mv, uint64_t wall_ms)
{
    const double mean_mv = mean_of_others_mv(&alarms->balance.series, mv);
    struct vb_cell_watch *watch = &alarms->cells[cell];
    if (mv != watch->mv) {
        const struct vb_alarm *open = vb_alarms_open(alarms, VB_ALARM_FROZEN_VALUE, cell);
        const bool goes_on = watch->mv == 0 && open != NULL && open->value == mv;
        watch->mv = mv;
        watch->frozen_sweeps = 1;
        watch->mean_min_mv = mean_mv;
        watch->mean_max_mv = mean_mv;
        if (!goes_on)
            vb_alarms_settle(alarms, VB_ALARM_FROZEN_VALUE, cell, wall_ms);
        return;
    }
    watch->frozen_sweeps = one_more(watch->frozen_sweeps);
    watch->mean_min_mv = fmin(watch->mean_min_mv, mean_mv);
    watch->mean_max_mv = fmax(watch->mean_max_mv, mean_mv);
    if (watch->frozen_sweeps < alarms->limits.frozen_sweeps || !others_left(alarms, watch))
        return;
    const struct vb_alarm_finding finding =
        finding_of(VB_ALARM_FROZEN_VALUE, VB_ALARM_WARNING, cell, mv, others_moved_mv(watch));
    vb_alarms_raise(alarms, &finding, wall_ms);
}

/* Whether this sweep is the last of a streak that speaks for it. */
static bool streak_is_full(struct vb_cell_watch *watch, bool speaks_for)
{
    if (!speaks_for) {
        watch->balance_streak = 0;
        return false;
    }
    if (watch->balance_streak < BALANCE_STREAK)
        watch->balance_streak++;
    return watch->balance_streak == BALANCE_STREAK;
}

static void judge_balance(struct vb_alarms *alarms, unsigned cell, uint16_t mv, uint64_t wall_ms)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    const struct vb_cell_series *series = &alarms->balance.series;
    struct vb_cell_watch *watch = &alarms->cells[cell];
    const double off_mv = mv - series->mean_mv;
    const double warn_mv = series->deviation_mv + limits->imbalance_warn_mv;
    const double alert_mv = series->deviation_mv + limits->imbalance_alert_mv;
    const bool open = vb_alarms_open(alarms, VB_ALARM_IMBALANCE, cell) != NULL;
    if (open && streak_is_full(watch, fabs(off_mv) < warn_mv - limits->imbalance_hysteresis_mv)) {
        watch->balance_streak = 0;
        vb_alarms_settle(alarms, VB_ALARM_IMBALANCE, cell, wall_ms);
        return;
    }
    const bool is_alert = fabs(off_mv) >= alert_mv;
    const struct vb_alarm_finding finding =
        finding_of(VB_ALARM_IMBALANCE, is_alert ? VB_ALARM_ALERT : VB_ALARM_WARNING, cell, off_mv,
                   copysign(is_alert ? alert_mv : warn_mv, off_mv));
    if (open) {
        if (fabs(off_mv) >= warn_mv)
            vb_alarms_raise(alarms, &finding, wall_ms);
    } else if (streak_is_full(watch, fabs(off_mv) >= warn_mv)) {
        watch->balance_streak = 0;
        vb_alarms_raise(alarms, &finding, wall_ms);
    }
}

/* The cells whose absence is known: without them a sweep is as complete as it gets. */
static void leave_out_missing(const struct vb_alarms *alarms,
                              uint8_t left_out[(VB_CELLS_MAX + 7) / 8])
{
    memset(left_out, 0, (VB_CELLS_MAX + 7) / 8);
    for (unsigned cell = 0; cell < alarms->cell_count; cell++) {
        if (vb_alarms_open(alarms, VB_ALARM_CELL_NOT_AVAILABLE, cell) != NULL)
            left_out[cell / 8] |= (uint8_t)(1u << (cell % 8));
    }
}

void vb_alarms_judge_cells(struct vb_alarms *alarms, const struct vb_reading *reading,
                           uint64_t wall_ms)
{
    for (unsigned cell = 0; cell < reading->cell_count; cell++)
        judge_presence(alarms, cell, vb_cell_is_possible(reading->cell_mv[cell]), wall_ms);

    uint8_t left_out[(VB_CELLS_MAX + 7) / 8];
    leave_out_missing(alarms, left_out);
    const bool judged = vb_imbalance_take(&alarms->balance, &alarms->limits.balance, reading,
                                          left_out) == VB_IMBALANCE_JUDGED;
    for (unsigned cell = 0; cell < reading->cell_count; cell++) {
        const uint16_t mv = reading->cell_mv[cell];
        if (!vb_cell_is_possible(mv))
            continue;
        judge_limits(alarms, cell, mv, wall_ms);
        judge_movement(alarms, cell, mv, wall_ms);
        if (judged && !others_left(alarms, &alarms->cells[cell]))
            judge_balance(alarms, cell, mv, wall_ms);
        else if (!alarms->limits.balance.enabled)
            vb_alarms_settle(alarms, VB_ALARM_IMBALANCE, cell, wall_ms);
    }
}
