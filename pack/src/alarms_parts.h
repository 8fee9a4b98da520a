/* Shared by the alarms' files: raising and ending an alarm, and who judges what. */
#ifndef VOLTBEACON_ALARMS_PARTS_H
#define VOLTBEACON_ALARMS_PARTS_H

#include "voltbeacon/pack/alarms.h"

/* Values are in thousandths of the kind's unit: uV for a cell, mV for a pack, ms for a silence. */
#define VB_ALARM_NO_VALUE INT32_MIN

/* Consecutive judged sweeps needed to begin or end an imbalance. */
enum { VB_ALARM_BALANCE_STREAK = 3 };

/* What has been found. */
struct vb_alarm_finding {
    enum vb_alarm_kind kind;
    enum vb_alarm_level level;
    unsigned cell;   /* or VB_ALARM_NOWHERE */
    unsigned sensor; /* or VB_ALARM_NOWHERE */
    int32_t value;
    int32_t still; /* what it may still be, although the value that says so was set aside */
    int32_t threshold;
};

/* What a sensor's value in a reading is good for. */
enum vb_sensor_trust {
    VB_SENSOR_UNKNOWN,
    VB_SENSOR_HELD, /* the previous value stands: this one waits, or is missing for the first time
                     */
    VB_SENSOR_BELIEVED
};

/* still is the same as value. */
struct vb_alarm_finding vb_alarm_finding_of(enum vb_alarm_kind kind, enum vb_alarm_level level,
                                            unsigned cell, int32_t value, int32_t threshold);

/* ---- alarm_slots.c ---- */

/* Opens the alarm, or records that its occurrence got worse. Without a slot it is counted. */
void vb_alarms_raise(struct vb_alarms *alarms, const struct vb_alarm_finding *finding);
/* Its current value, if it is open. */
void vb_alarms_note(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell,
                    int32_t value);
/* Ends it, if it is open. */
void vb_alarms_settle(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell);
/* The clock has been set, or is running: dates everything that began before. */
void vb_alarms_at_time(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms);

static inline bool vb_alarms_is_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                     unsigned cell)
{
    return (alarms->cells[cell].open_kinds >> (unsigned)kind & 1) != 0;
}

/* Raised above its limit, ended where it is still at or below limit - hysteresis; no change in
 * between. */
void vb_alarms_hold_below(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          int32_t hysteresis);
/* The same, inverted. */
void vb_alarms_hold_above(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          int32_t hysteresis);

/* How serious it is if that many cells together exceed their limit by this much. */
enum vb_alarm_level vb_alarms_level_beyond(int32_t beyond_mv, unsigned cells);

/* ---- alarms_doubt.c ---- */

/* Sets sweep.doubted, and sweep.left_out to the same if they are few. */
void vb_alarms_doubt_cells(struct vb_alarms *alarms, const struct vb_reading *reading);
/* Whether the pack voltage can be believed yet. */
bool vb_alarms_believe_pack(struct vb_alarms *alarms, const struct vb_reading *reading);
/* Once for each sensor of a reading. temp_dc[sensor] is its value then, if it is believed or held.
 */
enum vb_sensor_trust vb_alarms_judge_sensor(struct vb_alarms *alarms, unsigned sensor, int16_t dc);

/* ---- alarms_cells.c, alarms_balance.c, alarms_pack.c ---- */

void vb_alarms_judge_cells(struct vb_alarms *alarms, const struct vb_reading *reading);
/* The cell keeps its value while the others have moved: it may be frozen, and until that is certain
 * it cannot indicate an imbalance. */
bool vb_alarms_others_left(const struct vb_alarms *alarms, unsigned cell);
/* The cells relative to each other, depending on the verdict on the sweep. */
void vb_alarms_judge_balance(struct vb_alarms *alarms, const struct vb_reading *reading);
void vb_alarms_judge_pack(struct vb_alarms *alarms, const struct vb_reading *reading);

#endif
