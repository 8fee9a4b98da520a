#include "fault_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sources/source.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/pack/cell_series.h"

static const uint64_t wall_start_ms = 1700000000000u;

static void mark_judgeable(struct vb_recorded *recorded)
{
    static struct vb_alarms alarms;
    static struct vb_alarm_slot slots[VB_ALARM_SLOTS];
    const struct vb_alarm_limits limits = vb_recorded_limits(recorded);
    vb_alarms_init(&alarms, &limits, slots, VB_ALARM_SLOTS);
    for (uint32_t i = 0; i < recorded->count; i++) {
        struct vb_alarm_change change;
        vb_alarms_reading(&alarms, &recorded->readings[i], (uint32_t)recorded->at_ms[i],
                          wall_start_ms + recorded->at_ms[i]);
        recorded->judgeable[i] = alarms.balance.verdict == VB_IMBALANCE_JUDGED;
        while (vb_alarms_next(&alarms, &change)) {}
    }
}

bool vb_recorded_load(struct vb_recorded *recorded, const char *source, char *why, size_t capacity)
{
    const struct vb_source_options options = {.loop = false};
    struct vb_source_error error = {.text = ""};
    recorded->count = 0;
    struct vb_source *opened = vb_source_open(source, &options, &error);
    if (opened == NULL) {
        (void)snprintf(why, capacity, "%s", error.text);
        return false;
    }
    enum vb_source_result result = VB_SOURCE_READING;
    while (recorded->count < VB_RECORDED_MAX) {
        const uint32_t i = recorded->count;
        result = vb_source_next(opened, &recorded->readings[i], &recorded->at_ms[i]);
        if (result != VB_SOURCE_READING)
            break;
        recorded->count++;
    }
    if (result == VB_SOURCE_FAILED)
        (void)snprintf(why, capacity, "%s", vb_source_error(opened));
    vb_source_close(opened);
    if (result == VB_SOURCE_FAILED)
        return false;
    mark_judgeable(recorded);
    return true;
}

struct vb_alarm_limits vb_recorded_limits(const struct vb_recorded *recorded)
{
    struct vb_battery_values battery;
    struct vb_alarms_values alarms;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    vb_section_defaults(vb_section_by_id(VB_SECTION_ALARMS), &alarms);
    const uint8_t cells = recorded->readings[0].cell_count;
    battery.cell_count = cells;
    battery.cell_max_mv = 4250;
    battery.pack_voltage_min_dv = (uint16_t)(cells * battery.cell_min_mv / 100);
    battery.pack_voltage_max_dv = (uint16_t)(cells * battery.cell_max_mv / 100);
    return vb_alarm_limits(&battery, &alarms);
}

/* What the fault makes of one reading; frozen_mv is the cell's value when it froze. */
static void spoil(struct vb_reading *reading, const struct vb_fault *fault, uint16_t frozen_mv)
{
    uint16_t *mv = &reading->cell_mv[fault->cell];
    switch (fault->kind) {
    case VB_FAULT_NONE:
        break;
    case VB_FAULT_LOWERED:
        if (vb_cell_is_possible(*mv))
            *mv = (uint16_t)(*mv - VB_FAULT_LOWERED_MV);
        break;
    case VB_FAULT_FROZEN:
        *mv = frozen_mv;
        break;
    case VB_FAULT_GROUP:
        for (unsigned i = 0; i < fault->group; i++) {
            mv = &reading->cell_mv[fault->cell + i * fault->stride];
            if (vb_cell_is_possible(*mv))
                *mv = (uint16_t)(*mv - fault->mv);
        }
        break;
    }
}

/* What the alarms say of a group by now. */
static bool group_is_named(const struct vb_alarms *alarms, const struct vb_fault *fault)
{
    if (vb_alarms_open(alarms, VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE) != NULL)
        return true;
    for (unsigned i = 0; i < fault->group; i++) {
        if (vb_alarms_open(alarms, VB_ALARM_IMBALANCE, fault->cell + i * fault->stride) == NULL)
            return false;
    }
    return true;
}

static bool is_of(const struct vb_alarm *alarm, const struct vb_fault *fault)
{
    const enum vb_alarm_kind kind =
        fault->kind == VB_FAULT_LOWERED ? VB_ALARM_IMBALANCE : VB_ALARM_FROZEN_VALUE;
    return fault->kind != VB_FAULT_NONE && fault->kind != VB_FAULT_GROUP && alarm->kind == kind &&
           alarm->cell == fault->cell;
}

static bool is_beyond_fixed(const struct vb_reading *reading)
{
    const struct vb_reading_stats stats = vb_reading_stats(reading);
    return stats.available_count > 0 && stats.max_mv - stats.min_mv > VB_FIXED_THRESHOLD_MV;
}

struct vb_fault_outcome vb_fault_run(const struct vb_recorded *recorded,
                                     const struct vb_fault *fault)
{
    static struct vb_alarms alarms;
    static struct vb_alarm_slot slots[VB_ALARM_SLOTS];
    const struct vb_alarm_limits limits = vb_recorded_limits(recorded);
    struct vb_fault_outcome outcome = {0};
    bool was_beyond = false;
    vb_alarms_init(&alarms, &limits, slots, VB_ALARM_SLOTS);
    for (uint32_t i = 0; i < recorded->count; i++) {
        struct vb_reading reading = recorded->readings[i];
        const bool faulty = i >= fault->begin && i < fault->end;
        if (faulty)
            spoil(&reading, fault, recorded->readings[fault->begin].cell_mv[fault->cell]);
        if (faulty && outcome.named == 0)
            outcome.sweeps += recorded->judgeable[i];
        const bool beyond = is_beyond_fixed(&reading);
        outcome.fixed += beyond && !was_beyond && (faulty || fault->kind == VB_FAULT_NONE);
        was_beyond = beyond;
        vb_alarms_reading(&alarms, &reading, (uint32_t)recorded->at_ms[i],
                          wall_start_ms + recorded->at_ms[i]);
        struct vb_alarm_change change;
        while (vb_alarms_next(&alarms, &change)) {
            const bool own = is_of(&change.alarm, fault);
            outcome.begun[change.alarm.kind] += change.step == VB_ALARM_BEGAN;
            outcome.named += own && change.step == VB_ALARM_BEGAN;
            if (own)
                outcome.open_at_end = change.step != VB_ALARM_ENDED;
        }
        if (faulty && fault->kind == VB_FAULT_GROUP && outcome.named == 0)
            outcome.named = group_is_named(&alarms, fault);
    }
    outcome.contradicted = alarms.contradicted.count;
    return outcome;
}

uint32_t vb_recorded_judgeable(const struct vb_recorded *recorded, uint32_t begin, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = begin; i < end && i < recorded->count; i++)
        count += recorded->judgeable[i];
    return count;
}

double vb_recorded_moves_mv(const struct vb_recorded *recorded, uint32_t begin, uint32_t end)
{
    double lowest = INFINITY;
    double highest = -INFINITY;
    for (uint32_t i = begin; i < end && i < recorded->count; i++) {
        const struct vb_cell_series series = vb_cell_series(&recorded->readings[i], NULL);
        if (series.count != recorded->readings[i].cell_count)
            continue;
        lowest = fmin(lowest, series.mean_uv / 1000.0);
        highest = fmax(highest, series.mean_uv / 1000.0);
    }
    return highest > lowest ? highest - lowest : 0;
}
