/* The table of open alarms: raising, ending, dating and reporting them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alarms_parts.h"

enum { MILLI_PER_TENTH = 100, LIMIT_TOLERANCE_MV = 10 };

/* --- finding a slot --------------------------------------------------------------------------- */

static bool is_of_cell(enum vb_alarm_kind kind)
{
    return (unsigned)kind < VB_ALARM_CELL_KINDS;
}

/* The slot of a pack kind, in use or not; for a cell NULL if it has none. */
static struct vb_alarm_slot *find_slot(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                       unsigned cell)
{
    VB_ASSERT((unsigned)kind < VB_ALARM_KINDS);
    if (!is_of_cell(kind))
        return &alarms->slots[(unsigned)kind - VB_ALARM_CELL_KINDS];
    VB_ASSERT(cell < VB_CELLS_MAX);
    struct vb_alarm_slot *cells = &alarms->slots[VB_ALARM_PACK_KINDS];
    for (uint16_t i = 0; i < alarms->cell_slots; i++) {
        if (cells[i].alarm.kind == (uint8_t)kind && cells[i].alarm.cell == cell)
            return &cells[i];
    }
    return NULL;
}

/* NULL if there is none for this level. */
static struct vb_alarm_slot *take_slot(struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                       enum vb_alarm_level level)
{
    if (!is_of_cell(kind))
        return find_slot(alarms, kind, VB_ALARM_NOWHERE);
    if ((unsigned)level < alarms->kept_for_level ||
        VB_ALARM_PACK_KINDS + alarms->cell_slots >= alarms->slot_count)
        return NULL;
    return &alarms->slots[VB_ALARM_PACK_KINDS + alarms->cell_slots++];
}

/* Its end has been reported: the last cell slot moves into its place. */
static void free_slot(struct vb_alarms *alarms, struct vb_alarm_slot *slot)
{
    slot->used = false;
    if (!is_of_cell((enum vb_alarm_kind)slot->alarm.kind))
        return;
    VB_ASSERT(alarms->cell_slots > 0);
    struct vb_alarm_slot *last = &alarms->slots[VB_ALARM_PACK_KINDS + --alarms->cell_slots];
    *slot = *last;
    last->used = false;
    last->open = false;
}

/* The slots that can be in use: [0, this). */
static unsigned slots_end(const struct vb_alarms *alarms)
{
    return VB_ALARM_PACK_KINDS + (unsigned)alarms->cell_slots;
}

static void mark_open(struct vb_alarms *alarms, const struct vb_alarm *alarm, bool open)
{
    if (!is_of_cell((enum vb_alarm_kind)alarm->kind))
        return;
    VB_ASSERT(alarm->cell < VB_CELLS_MAX);
    uint8_t *kinds = &alarms->cells[alarm->cell].open_kinds;
    *kinds = (uint8_t)(open ? *kinds | 1u << alarm->kind : *kinds & ~(1u << alarm->kind));
}

/* --- reporting -------------------------------------------------------------------------------- */

static uint8_t told_when_open(const struct vb_alarm_slot *slot)
{
    return (uint8_t)(1 + slot->alarm.level);
}

static bool has_news(const struct vb_alarm_slot *slot)
{
    return slot->used && (slot->dated || slot->told != (slot->open ? told_when_open(slot) : 0));
}

static void count_news(struct vb_alarms *alarms, const struct vb_alarm_slot *slot, bool had_news)
{
    if (!had_news && has_news(slot))
        alarms->untold++;
}

bool vb_alarms_next(struct vb_alarms *alarms, struct vb_alarm_change *change)
{
    for (unsigned i = 0; alarms->untold > 0; i++) {
        VB_ASSERT(i < slots_end(alarms));
        struct vb_alarm_slot *slot = &alarms->slots[i];
        if (!has_news(slot))
            continue;
        change->alarm = slot->alarm;
        if (!slot->open)
            change->step = VB_ALARM_ENDED;
        else if (slot->told == 0)
            change->step = VB_ALARM_BEGAN;
        else
            change->step = slot->told < told_when_open(slot) ? VB_ALARM_ROSE : VB_ALARM_DATED;
        slot->told = slot->open ? told_when_open(slot) : 0;
        slot->dated = false;
        alarms->untold--;
        if (!slot->open)
            free_slot(alarms, slot);
        return true;
    }
    return false;
}

/* --- one alarm -------------------------------------------------------------------------------- */

static float to_tenths(int32_t milli)
{
    if (milli == VB_ALARM_NO_VALUE)
        return NAN;
    const int32_t rest = milli % MILLI_PER_TENTH;
    const int32_t tenths = milli / MILLI_PER_TENTH + rest / (MILLI_PER_TENTH / 2);
    return (float)tenths / 10.0f;
}

static bool is_worse(const struct vb_alarm_finding *finding, int32_t than)
{
    if (finding->value == VB_ALARM_NO_VALUE || than == VB_ALARM_NO_VALUE)
        return finding->value != VB_ALARM_NO_VALUE;
    if (vb_alarm_falls(finding->kind))
        return finding->value < than;
    return abs(finding->value) > abs(than);
}

/* This sample is the worst so far. */
static void date_worst(struct vb_alarms *alarms, struct vb_alarm *alarm)
{
    const uint32_t worst_ms = alarms->now_ms - alarms->late_ms;
    alarm->worst_ms = worst_ms == 0 ? 1 : worst_ms; /* 0 means none */
    alarm->worst_wall_ms = alarms->wall_ms;
    if (alarms->wall_ms == 0)
        alarms->undated = true;
}

static void open_slot(struct vb_alarms *alarms, struct vb_alarm_slot *slot,
                      const struct vb_alarm_finding *finding)
{
    *slot = (struct vb_alarm_slot){
        .used = true,
        .open = true,
        .worst_milli = VB_ALARM_NO_VALUE,
        .alarm = {.kind = (uint8_t)finding->kind,
                  .level = (uint8_t)finding->level,
                  .cell = (uint8_t)finding->cell,
                  .sensor = VB_ALARM_NOWHERE,
                  .now_value = NAN,
                  .worst_value = NAN,
                  .threshold = NAN,
                  .begin_ms = alarms->now_ms - alarms->late_ms,
                  .begin_wall_ms = alarms->wall_ms},
    };
    date_worst(alarms, &slot->alarm);
    mark_open(alarms, &slot->alarm, true);
}

static void close_slot(struct vb_alarms *alarms, struct vb_alarm_slot *slot)
{
    const bool had_news = has_news(slot);
    VB_ASSERT(slot->open);
    slot->open = false;
    slot->dated = false;
    slot->alarm.end_wall_ms = alarms->wall_ms;
    mark_open(alarms, &slot->alarm, false);
    count_news(alarms, slot, had_news);
}

/* No slot is left for this level: if a cell has a less serious alarm, that one ends, and its slot
 * is kept free for the next reading. */
static void make_way(struct vb_alarms *alarms, enum vb_alarm_level level)
{
    struct vb_alarm_slot *least = NULL;
    VB_ASSERT(alarms->slots != NULL);
    for (unsigned i = VB_ALARM_PACK_KINDS; i < slots_end(alarms); i++) {
        struct vb_alarm_slot *slot = &alarms->slots[i];
        if (slot->open && slot->told != 0 &&
            (least == NULL || slot->alarm.level < least->alarm.level))
            least = slot;
    }
    if (least == NULL || least->alarm.level >= (unsigned)level)
        return;
    close_slot(alarms, least);
    if ((unsigned)level > alarms->next_kept_for_level)
        alarms->next_kept_for_level = (uint8_t)level;
}

void vb_alarms_raise(struct vb_alarms *alarms, const struct vb_alarm_finding *finding)
{
    struct vb_alarm_slot *slot = find_slot(alarms, finding->kind, finding->cell);
    if (slot == NULL)
        slot = take_slot(alarms, finding->kind, finding->level);
    else if (slot->used && !slot->open)
        slot = NULL; /* it was evicted in this very sweep */
    if (slot == NULL) {
        alarms->without_place++;
        make_way(alarms, finding->level);
        return;
    }
    const bool had_news = has_news(slot);
    if (!slot->open)
        open_slot(alarms, slot, finding);
    if ((unsigned)finding->level > slot->alarm.level)
        slot->alarm.level = (uint8_t)finding->level;
    slot->alarm.now_value = to_tenths(finding->value);
    if (is_worse(finding, slot->worst_milli)) {
        slot->worst_milli = finding->value;
        slot->alarm.worst_value = slot->alarm.now_value;
        slot->alarm.threshold = to_tenths(finding->threshold);
        slot->alarm.sensor = (uint8_t)finding->sensor;
        date_worst(alarms, &slot->alarm);
    }
    count_news(alarms, slot, had_news);
}

/* The open alarm's slot; NULL if there is none. */
static struct vb_alarm_slot *find_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                       unsigned cell)
{
    if (is_of_cell(kind) && !vb_alarms_is_open(alarms, kind, cell))
        return NULL;
    struct vb_alarm_slot *slot = find_slot(alarms, kind, cell);
    VB_ASSERT(slot != NULL);
    return slot->open ? slot : NULL;
}

void vb_alarms_note(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell, int32_t value)
{
    struct vb_alarm_slot *slot = find_open(alarms, kind, cell);
    if (slot != NULL)
        slot->alarm.now_value = to_tenths(value);
}

void vb_alarms_settle(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell)
{
    struct vb_alarm_slot *slot = find_open(alarms, kind, cell);
    if (slot != NULL)
        close_slot(alarms, slot);
}

/* --- limits ----------------------------------------------------------------------------------- */

struct vb_alarm_finding vb_alarm_finding_of(enum vb_alarm_kind kind, enum vb_alarm_level level,
                                            unsigned cell, int32_t value, int32_t threshold)
{
    return (struct vb_alarm_finding){.kind = kind,
                                     .level = level,
                                     .cell = cell,
                                     .sensor = VB_ALARM_NOWHERE,
                                     .value = value,
                                     .still = value,
                                     .threshold = threshold};
}

/* Not beyond the limit: it ends if it is far enough inside. */
static void come_back(struct vb_alarms *alarms, const struct vb_alarm_finding *finding, bool inside)
{
    vb_alarms_note(alarms, finding->kind, finding->cell, finding->still);
    if (inside)
        vb_alarms_settle(alarms, finding->kind, finding->cell);
}

void vb_alarms_hold_below(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          int32_t hysteresis)
{
    if (finding->value > finding->threshold)
        vb_alarms_raise(alarms, finding);
    else
        come_back(alarms, finding, finding->still <= finding->threshold - hysteresis);
}

void vb_alarms_hold_above(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          int32_t hysteresis)
{
    if (finding->value < finding->threshold)
        vb_alarms_raise(alarms, finding);
    else
        come_back(alarms, finding, finding->still >= finding->threshold + hysteresis);
}

/* A full pack is at its limit, and a BMS measures a cell to within a few millivolts: a healthy Leaf
 * is charged until its highest cell reads 4209 mV. That is worth a line in the log, and nobody's
 * sleep. */
enum vb_alarm_level vb_alarms_level_beyond(int32_t beyond_mv, unsigned cells)
{
    return beyond_mv > LIMIT_TOLERANCE_MV * (int32_t)cells ? VB_ALARM_ALERT : VB_ALARM_INFO;
}

/* --- time ------------------------------------------------------------------------------------- */

void vb_alarms_at_time(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms)
{
    VB_ASSERT(alarms->untold == 0);
    alarms->now_ms = now_ms;
    alarms->wall_ms = wall_ms;
    if (!alarms->undated || wall_ms == 0)
        return;
    alarms->undated = false;
    const uint64_t now_wall_ms = wall_ms + alarms->late_ms; /* wall_ms is the sample's */
    for (unsigned i = 0; i < slots_end(alarms); i++) {
        struct vb_alarm_slot *slot = &alarms->slots[i];
        if (!slot->used)
            continue;
        if (slot->alarm.worst_wall_ms == 0 && slot->alarm.worst_ms != 0)
            slot->alarm.worst_wall_ms = now_wall_ms - (uint32_t)(now_ms - slot->alarm.worst_ms);
        if (slot->alarm.begin_wall_ms != 0)
            continue;
        slot->alarm.begin_wall_ms = now_wall_ms - (uint32_t)(now_ms - slot->alarm.begin_ms);
        slot->dated = true;
        alarms->untold++;
    }
}

void vb_alarms_clock_was_set(struct vb_alarms *alarms, int64_t step_ms)
{
    for (unsigned i = 0; i < slots_end(alarms); i++) {
        struct vb_alarm *alarm = &alarms->slots[i].alarm;
        if (alarms->slots[i].used && alarm->worst_ms != 0 && alarm->worst_wall_ms != 0)
            alarm->worst_wall_ms += (uint64_t)step_ms;
    }
}

/* --- what is open ----------------------------------------------------------------------------- */

/* Checked by the owner of the struct: kind, level and cell are valid. */
static bool restore_slot(struct vb_alarms *alarms, const struct vb_alarm *alarm)
{
    const enum vb_alarm_kind kind = (enum vb_alarm_kind)alarm->kind;
    if (find_open(alarms, kind, alarm->cell) != NULL)
        return false;
    struct vb_alarm_slot *slot = take_slot(alarms, kind, (enum vb_alarm_level)alarm->level);
    if (slot == NULL)
        return false;
    *slot = (struct vb_alarm_slot){.used = true, .open = true, .alarm = *alarm};
    slot->worst_milli = isnan(alarm->worst_value) || fabsf(alarm->worst_value) > 2e6f
                            ? VB_ALARM_NO_VALUE
                            : (int32_t)(alarm->worst_value * 1000.0f);
    slot->alarm.end_wall_ms = 0;
    slot->told = told_when_open(slot);
    mark_open(alarms, alarm, true);
    return true;
}

bool vb_alarms_restore(struct vb_alarms *alarms, const struct vb_alarm *alarm)
{
    if (alarm->kind >= VB_ALARM_KINDS || alarm->level > VB_ALARM_ALERT)
        return false;
    if (is_of_cell((enum vb_alarm_kind)alarm->kind) && alarm->cell >= VB_CELLS_MAX)
        return false;
    return restore_slot(alarms, alarm);
}

const struct vb_alarm *vb_alarms_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                      unsigned cell)
{
    const struct vb_alarm_slot *slot = find_open(alarms, kind, cell);
    return slot != NULL ? &slot->alarm : NULL;
}

const struct vb_alarm *vb_alarms_at(const struct vb_alarms *alarms, unsigned index)
{
    for (unsigned i = 0; i < slots_end(alarms); i++) {
        const struct vb_alarm_slot *slot = &alarms->slots[i];
        if (slot->open && index-- == 0)
            return &slot->alarm;
    }
    return NULL;
}

void vb_alarms_name(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell, uint64_t id)
{
    struct vb_alarm_slot *slot = find_open(alarms, kind, cell);
    if (slot != NULL)
        slot->alarm.id = id;
}
