#include "voltbeacon/pack/alarms.h"

#include <math.h>
#include <string.h>

#include "alarms_parts.h"

enum {
    INTERVALS_MISSED = 3, /* of the usual length: before that, nothing has stopped */
    INTERVAL_WEIGHT = 8,  /* the usual interval follows a new one by an eighth */
    LIMIT_TOLERANCE_MV = 10
};

/* --- one alarm ------------------------------------------------------------------------------ */

static unsigned slot_index(enum vb_alarm_kind kind, unsigned cell)
{
    VB_ASSERT((unsigned)kind < VB_ALARM_KINDS);
    if (kind >= VB_ALARM_CELL_KINDS)
        return VB_ALARM_CELL_KINDS * VB_CELLS_MAX + (unsigned)kind - VB_ALARM_CELL_KINDS;
    VB_ASSERT(cell < VB_CELLS_MAX);
    return (unsigned)kind * VB_CELLS_MAX + cell;
}

static uint8_t told_when_open(const struct vb_alarm_slot *slot)
{
    return (uint8_t)(1 + slot->alarm.level);
}

static bool has_news(const struct vb_alarm_slot *slot)
{
    return slot->told != (slot->open ? told_when_open(slot) : 0);
}

static double to_tenths(double value)
{
    return round(value * 10) / 10;
}

static bool is_worse(const struct vb_alarm_finding *finding, double than)
{
    if (isnan(than))
        return !isnan(finding->value);
    switch (finding->kind) {
    case VB_ALARM_CELL_UNDER_VOLTAGE:
    case VB_ALARM_PACK_UNDER_VOLTAGE:
    case VB_ALARM_TEMPERATURE_LOW:
        return finding->value < than;
    case VB_ALARM_CELL_OVER_VOLTAGE:
    case VB_ALARM_IMBALANCE:
    case VB_ALARM_FROZEN_VALUE:
    case VB_ALARM_CELL_NOT_AVAILABLE:
    case VB_ALARM_PACK_OVER_VOLTAGE:
    case VB_ALARM_TEMPERATURE_HIGH:
    case VB_ALARM_TEMPERATURE_SPREAD:
    case VB_ALARM_SUM_MISMATCH:
    case VB_ALARM_READINGS_STOPPED:
    case VB_ALARM_LINK_LOST:
        break;
    }
    return fabs(finding->value) > fabs(than);
}

void vb_alarms_raise(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                     uint64_t wall_ms)
{
    struct vb_alarm_slot *slot = &alarms->slots[slot_index(finding->kind, finding->cell)];
    const bool had_news = has_news(slot);
    if (!slot->open) {
        VB_ASSERT(slot->told == 0); /* the owner has fetched the end of the last one */
        slot->open = true;
        slot->alarm = (struct vb_alarm){
            .kind = (uint8_t)finding->kind,
            .level = (uint8_t)finding->level,
            .cell = (uint8_t)finding->cell,
            .sensor = VB_ALARM_NOWHERE,
            .value = NAN,
            .threshold = NAN,
            .begin_wall_ms = wall_ms,
        };
    }
    if ((unsigned)finding->level > slot->alarm.level)
        slot->alarm.level = (uint8_t)finding->level;
    if (is_worse(finding, slot->alarm.value)) {
        slot->alarm.value = to_tenths(finding->value);
        slot->alarm.threshold = to_tenths(finding->threshold);
        slot->alarm.sensor = (uint8_t)finding->sensor;
    }
    if (!had_news && has_news(slot))
        alarms->untold++;
}

void vb_alarms_settle(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell,
                      uint64_t wall_ms)
{
    struct vb_alarm_slot *slot = &alarms->slots[slot_index(kind, cell)];
    if (!slot->open)
        return;
    const bool had_news = has_news(slot);
    slot->open = false;
    slot->alarm.end_wall_ms = wall_ms;
    if (!had_news && has_news(slot))
        alarms->untold++;
}

const struct vb_alarm *vb_alarms_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                      unsigned cell)
{
    const struct vb_alarm_slot *slot = &alarms->slots[slot_index(kind, cell)];
    return slot->open ? &slot->alarm : NULL;
}

void vb_alarms_hold_below(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          double hysteresis, uint64_t wall_ms)
{
    if (finding->value > finding->threshold)
        vb_alarms_raise(alarms, finding, wall_ms);
    else if (finding->value <= finding->threshold - hysteresis)
        vb_alarms_settle(alarms, finding->kind, finding->cell, wall_ms);
}

void vb_alarms_hold_above(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          double hysteresis, uint64_t wall_ms)
{
    if (finding->value < finding->threshold)
        vb_alarms_raise(alarms, finding, wall_ms);
    else if (finding->value >= finding->threshold + hysteresis)
        vb_alarms_settle(alarms, finding->kind, finding->cell, wall_ms);
}

/* A full pack stands at its limit, and what a BMS measures of a cell is true to within some
 * millivolts: a healthy Leaf is charged until its highest cell reads 4209 mV. That is worth a line,
 * and nobody's sleep. */
enum vb_alarm_level vb_alarms_level_beyond(double beyond_mv, unsigned cells)
{
    return beyond_mv > LIMIT_TOLERANCE_MV * (double)cells ? VB_ALARM_ALERT : VB_ALARM_INFO;
}

/* --- lifecycle ------------------------------------------------------------------------------ */

struct vb_alarm_limits vb_alarm_limits(const struct vb_battery_values *battery,
                                       const struct vb_alarms_values *alarms)
{
    return (struct vb_alarm_limits){
        .balance =
            {
                .enabled = alarms->imbalance_enabled,
                .gradient_max_mv = alarms->gradient_max_mv,
                .jump_max_mv = alarms->jump_max_mv,
                .training_sweeps = alarms->training_sweeps,
                .low_load_ma = alarms->low_load_a * 1000,
                .load_step_max_ma = alarms->load_step_max_a * 1000,
            },
        .imbalance_warn_mv = alarms->imbalance_warn_mv,
        .imbalance_alert_mv = alarms->imbalance_alert_mv,
        .imbalance_hysteresis_mv = alarms->imbalance_hysteresis_mv,
        .cell_count = battery->cell_count,
        .cell_min_mv = battery->cell_min_mv,
        .cell_max_mv = battery->cell_max_mv,
        .cell_hysteresis_mv = alarms->cell_hysteresis_mv,
        .pack_min_mv = battery->pack_voltage_min_dv * 100u,
        .pack_max_mv = battery->pack_voltage_max_dv * 100u,
        .temperature_min_dc = battery->temperature_min_c * 10,
        .temperature_max_dc = battery->temperature_max_c * 10,
        .temperature_spread_max_dc = alarms->temperature_spread_max_c * 10,
        .temperature_hysteresis_dc = alarms->temperature_hysteresis_c * 10,
        .frozen_sweeps = alarms->frozen_sweeps,
        .frozen_moved_mv = alarms->frozen_moved_mv,
        .missing_sweeps = alarms->missing_sweeps,
        .sum_tolerance_permille = alarms->sum_tolerance_permille,
        .readings_stopped_ms = alarms->readings_stopped_s * 1000u,
    };
}

void vb_alarms_init(struct vb_alarms *alarms, const struct vb_alarm_limits *limits)
{
    memset(alarms, 0, sizeof *alarms);
    alarms->limits = *limits;
    vb_imbalance_init(&alarms->balance);
}

void vb_alarms_set_limits(struct vb_alarms *alarms, const struct vb_alarm_limits *limits)
{
    alarms->limits = *limits;
}

bool vb_alarms_restore(struct vb_alarms *alarms, const struct vb_alarm *alarm)
{
    if (alarm->kind >= VB_ALARM_KINDS || alarm->level > VB_ALARM_ALERT)
        return false;
    if (alarm->kind < VB_ALARM_CELL_KINDS && alarm->cell >= VB_CELLS_MAX)
        return false;
    struct vb_alarm_slot *slot =
        &alarms->slots[slot_index((enum vb_alarm_kind)alarm->kind, alarm->cell)];
    if (slot->open)
        return false;
    slot->alarm = *alarm;
    slot->alarm.end_wall_ms = 0;
    slot->open = true;
    slot->told = told_when_open(slot);
    return true;
}

/* What was learnt of the sweeps so far holds no longer. */
static void forget_sweeps(struct vb_alarms *alarms)
{
    memset(alarms->cells, 0, sizeof alarms->cells);
    vb_imbalance_init(&alarms->balance);
    alarms->sum_streak = 0;
}

void vb_alarms_rebooted(struct vb_alarms *alarms)
{
    alarms->has_reading = false;
    forget_sweeps(alarms);
}

/* --- what comes in -------------------------------------------------------------------------- */

static void note_time(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms)
{
    if (alarms->has_reading) {
        const uint32_t interval_ms = now_ms - alarms->reading_ms;
        const int64_t error_ms = (int64_t)interval_ms - alarms->interval_ms;
        alarms->interval_ms = alarms->interval_ms == 0
                                  ? interval_ms
                                  : (uint32_t)(alarms->interval_ms + error_ms / INTERVAL_WEIGHT);
    }
    alarms->has_reading = true;
    alarms->sequence = reading->sequence;
    alarms->reading_ms = now_ms;
}

/* A pack of another size is another pack: cells that are no more cannot have an alarm. */
static void note_cell_count(struct vb_alarms *alarms, uint8_t cell_count, uint64_t wall_ms)
{
    if (cell_count == alarms->cell_count)
        return;
    alarms->cell_count = cell_count;
    forget_sweeps(alarms);
    for (unsigned kind = 0; kind < VB_ALARM_CELL_KINDS; kind++) {
        for (unsigned cell = cell_count; cell < VB_CELLS_MAX; cell++)
            vb_alarms_settle(alarms, (enum vb_alarm_kind)kind, cell, wall_ms);
    }
}

void vb_alarms_reading(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms,
                       uint64_t wall_ms)
{
    VB_ASSERT(alarms->untold == 0 && reading->cell_count > 0);
    if (alarms->has_reading && reading->sequence == alarms->sequence)
        return;
    note_time(alarms, reading, now_ms);
    vb_alarms_settle(alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE, wall_ms);
    /* A summary names no cells. */
    if ((reading->flags & VB_READING_SUMMARY) == 0) {
        note_cell_count(alarms, reading->cell_count, wall_ms);
        vb_alarms_judge_cells(alarms, reading, wall_ms);
    }
    vb_alarms_judge_pack(alarms, reading, wall_ms);
}

void vb_alarms_link(struct vb_alarms *alarms, enum vb_link_state link, uint64_t wall_ms)
{
    VB_ASSERT(alarms->untold == 0);
    const struct vb_alarm_finding lost = {.kind = VB_ALARM_LINK_LOST,
                                          .level = VB_ALARM_WARNING,
                                          .cell = VB_ALARM_NOWHERE,
                                          .sensor = VB_ALARM_NOWHERE,
                                          .value = NAN,
                                          .threshold = NAN};
    if (link == VB_LINK_OFFLINE)
        vb_alarms_raise(alarms, &lost, wall_ms);
    else
        vb_alarms_settle(alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE, wall_ms);
}

void vb_alarms_tick(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms)
{
    VB_ASSERT(alarms->untold == 0);
    const uint32_t silence_ms = now_ms - alarms->reading_ms;
    const uint64_t usual_ms = (uint64_t)alarms->interval_ms * INTERVALS_MISSED;
    const uint64_t limit_ms = usual_ms > alarms->limits.readings_stopped_ms
                                  ? usual_ms
                                  : alarms->limits.readings_stopped_ms;
    if (!alarms->has_reading || silence_ms <= limit_ms)
        return;
    /* A lost link says it all. */
    if (vb_alarms_open(alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE) != NULL)
        return;
    const struct vb_alarm_finding stopped = {.kind = VB_ALARM_READINGS_STOPPED,
                                             .level = VB_ALARM_WARNING,
                                             .cell = VB_ALARM_NOWHERE,
                                             .sensor = VB_ALARM_NOWHERE,
                                             .value = silence_ms / 1000.0,
                                             .threshold = (double)limit_ms / 1000.0};
    vb_alarms_raise(alarms, &stopped, wall_ms);
}

/* --- what goes out -------------------------------------------------------------------------- */

bool vb_alarms_next(struct vb_alarms *alarms, struct vb_alarm_change *change)
{
    for (unsigned i = 0; alarms->untold > 0 && i < VB_ALARM_SLOTS; i++) {
        struct vb_alarm_slot *slot = &alarms->slots[i];
        if (!has_news(slot))
            continue;
        change->alarm = slot->alarm;
        if (!slot->open)
            change->step = VB_ALARM_ENDED;
        else
            change->step = slot->told == 0 ? VB_ALARM_BEGAN : VB_ALARM_ROSE;
        slot->told = slot->open ? told_when_open(slot) : 0;
        alarms->untold--;
        return true;
    }
    VB_ASSERT(alarms->untold == 0);
    return false;
}
