#include "voltbeacon/pack/alarms.h"

#include <string.h>

#include "alarms_parts.h"

enum {
    INTERVALS_MISSED = 3, /* usual intervals until readings count as stopped */
    INTERVAL_WEIGHT = 8   /* a new interval moves the usual one by an eighth */
};

/* --- lifecycle ------------------------------------------------------------------------------ */

static void forget_sensors(struct vb_alarms *alarms)
{
    alarms->temp_readings = 0;
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++)
        alarms->temp_dc[i] = VB_TEMP_NOT_AVAILABLE;
    memset(alarms->temp_doubts, 0, sizeof alarms->temp_doubts);
    memset(alarms->temp_missing, 0, sizeof alarms->temp_missing);
    memset(alarms->other_than_minus_40, 0, sizeof alarms->other_than_minus_40);
}

void vb_alarms_init(struct vb_alarms *alarms, const struct vb_alarm_limits *limits,
                    struct vb_alarm_slot *slots, uint16_t slot_count)
{
    VB_ASSERT(slot_count >= VB_ALARM_SLOTS_MIN);
    memset(alarms, 0, sizeof *alarms);
    memset(slots, 0, slot_count * sizeof *slots);
    alarms->limits = *limits;
    alarms->slots = slots;
    alarms->slot_count = slot_count;
    alarms->unjudged.cell = VB_ALARM_NOWHERE;
    vb_imbalance_init(&alarms->balance);
    forget_sensors(alarms);
}

void vb_alarms_set_limits(struct vb_alarms *alarms, const struct vb_alarm_limits *limits)
{
    alarms->limits = *limits;
}

/* What was learnt from previous sweeps is no longer valid; open alarms stay open. */
static void forget_sweeps(struct vb_alarms *alarms)
{
    for (unsigned i = 0; i < VB_CELLS_MAX; i++)
        alarms->cells[i] = (struct vb_cell_watch){.open_kinds = alarms->cells[i].open_kinds};
    vb_imbalance_init(&alarms->balance);
    memset(&alarms->sweep, 0, sizeof alarms->sweep);
    alarms->unjudged.cell = VB_ALARM_NOWHERE;
    alarms->sum_streak = 0;
    alarms->spread_streak = 0;
    alarms->before.count = 0;
    alarms->known_missing = 0;
    alarms->pack_mv = 0;
    alarms->pack_waits = false;
    alarms->pack_against_sum = false;
}

void vb_alarms_rebooted(struct vb_alarms *alarms)
{
    alarms->has_reading = false;
    alarms->waiting = false;
    forget_sweeps(alarms);
    forget_sensors(alarms);
}

uint32_t vb_alarms_calm_needed(const struct vb_alarms *alarms)
{
    return (uint32_t)alarms->limits.balance.training_sweeps + VB_ALARM_BALANCE_STREAK;
}

/* --- input ---------------------------------------------------------------------------------- */

/* A gap tells little about the usual interval, and less the longer it was. */
static void learn_interval(struct vb_alarms *alarms, uint32_t gap_ms)
{
    const uint64_t most_ms = (uint64_t)alarms->interval_ms * INTERVALS_MISSED;
    if (alarms->interval_ms == 0) {
        alarms->interval_ms = gap_ms > 0 ? gap_ms : 1; /* 0 means not known */
        return;
    }
    const int64_t learnt_ms = gap_ms < most_ms ? (int64_t)gap_ms : (int64_t)most_ms;
    const int64_t error_ms = learnt_ms - alarms->interval_ms;
    alarms->interval_ms = (uint32_t)(alarms->interval_ms + error_ms / INTERVAL_WEIGHT);
}

static void note_time(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms)
{
    if (alarms->has_reading)
        learn_interval(alarms, now_ms - alarms->reading_ms);
    alarms->has_reading = true;
    alarms->waiting = false;
    alarms->sequence = reading->sequence;
    alarms->reading_ms = now_ms;
}

/* A pack of another size is another pack: cells that no longer exist cannot have an alarm. */
static void note_cell_count(struct vb_alarms *alarms, uint8_t cell_count)
{
    if (cell_count == alarms->cell_count)
        return;
    alarms->cell_count = cell_count;
    forget_sweeps(alarms);
    for (unsigned kind = 0; kind < VB_ALARM_CELL_KINDS; kind++) {
        for (unsigned cell = cell_count; cell < VB_CELLS_MAX; cell++)
            vb_alarms_settle(alarms, (enum vb_alarm_kind)kind, cell);
    }
}

void vb_alarms_late(struct vb_alarms *alarms, uint32_t late_ms)
{
    alarms->late_ms = late_ms;
}

static void take_sample(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms)
{
    if (alarms->has_reading && reading->sequence == alarms->sequence)
        return;
    if (!alarms->has_reading)
        forget_sensors(alarms);
    note_time(alarms, reading, now_ms);
    alarms->contradicted.by_last = 0;
    alarms->without_place = 0;
    alarms->kept_for_level = alarms->next_kept_for_level;
    alarms->next_kept_for_level = 0;
    vb_alarms_settle(alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
    /* A summary identifies no cells. */
    if ((reading->flags & VB_READING_SUMMARY) == 0) {
        note_cell_count(alarms, reading->cell_count);
        vb_alarms_judge_cells(alarms, reading);
    }
    vb_alarms_judge_pack(alarms, reading);
}

void vb_alarms_reading(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms,
                       uint64_t wall_ms)
{
    VB_ASSERT(reading->cell_count > 0);
    vb_alarms_at_time(alarms, now_ms, wall_ms);
    take_sample(alarms, reading, now_ms);
    alarms->late_ms = 0;
}

void vb_alarms_link(struct vb_alarms *alarms, enum vb_link_state link, uint32_t now_ms,
                    uint64_t wall_ms)
{
    const struct vb_alarm_finding lost =
        vb_alarm_finding_of(VB_ALARM_LINK_LOST, VB_ALARM_WARNING, VB_ALARM_NOWHERE,
                            VB_ALARM_NO_VALUE, VB_ALARM_NO_VALUE);
    vb_alarms_at_time(alarms, now_ms, wall_ms);
    if (link == VB_LINK_OFFLINE) {
        alarms->waiting = false;
        vb_alarms_raise(alarms, &lost);
        return;
    }
    /* Readings missed while the link was lost have not stopped: that counts from now on. */
    if (vb_alarms_open(alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE) != NULL &&
        vb_alarms_open(alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE) == NULL)
        alarms->reading_ms = now_ms;
    vb_alarms_settle(alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE);
}

void vb_alarms_readings_elsewhere(struct vb_alarms *alarms)
{
    alarms->has_reading = false;
    alarms->waiting = false;
    vb_alarms_settle(alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE);
}

void vb_alarms_source(struct vb_alarms *alarms, bool read, uint32_t now_ms)
{
    alarms->source_read = read;
    if (alarms->waiting)
        return;
    alarms->waiting = true; /* only counts while no reading is held; every reading ends it */
    alarms->waiting_ms = now_ms;
}

void vb_alarms_usual_interval(struct vb_alarms *alarms, uint32_t interval_ms)
{
    VB_ASSERT(interval_ms > 0 && interval_ms <= VB_ALARM_INTERVAL_MS_MAX);
    alarms->interval_ms = interval_ms;
}

/* Without a sample for this long, readings have stopped. */
static uint64_t silence_ms_max(const struct vb_alarms *alarms)
{
    uint64_t usual_ms = (uint64_t)alarms->interval_ms * INTERVALS_MISSED;
    if (alarms->interval_ms == 0 && alarms->source_read)
        usual_ms = VB_ALARM_INTERVAL_MS_MAX; /* the next may be that far away */
    return usual_ms > alarms->limits.readings_stopped_ms ? usual_ms
                                                         : alarms->limits.readings_stopped_ms;
}

static int32_t limited(uint64_t ms)
{
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

void vb_alarms_tick(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms)
{
    const uint32_t silence_ms =
        now_ms - (alarms->has_reading ? alarms->reading_ms : alarms->waiting_ms);
    const uint64_t limit_ms = silence_ms_max(alarms);
    vb_alarms_at_time(alarms, now_ms, wall_ms);
    if (!(alarms->has_reading || alarms->waiting) || silence_ms <= limit_ms)
        return;
    /* A lost link says it all, unless it was already reported. */
    if (vb_alarms_open(alarms, VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE) != NULL &&
        vb_alarms_open(alarms, VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE) == NULL)
        return;
    const struct vb_alarm_finding stopped =
        vb_alarm_finding_of(VB_ALARM_READINGS_STOPPED, VB_ALARM_WARNING, VB_ALARM_NOWHERE,
                            limited(silence_ms), limited(limit_ms));
    vb_alarms_raise(alarms, &stopped);
}
