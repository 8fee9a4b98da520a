/* What the files of the alarms share: raising and ending one, and what judges what. */
#ifndef VOLTBEACON_ALARMS_PARTS_H
#define VOLTBEACON_ALARMS_PARTS_H

#include "voltbeacon/pack/alarms.h"

/* What has been found, in the kind's unit. */
struct vb_alarm_finding {
    enum vb_alarm_kind kind;
    enum vb_alarm_level level;
    unsigned cell;   /* or VB_ALARM_NOWHERE */
    unsigned sensor; /* or VB_ALARM_NOWHERE */
    double value;
    double threshold;
};

/* Opens the alarm, or notes that its occurrence has become worse. */
void vb_alarms_raise(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                     uint64_t wall_ms);
/* Ends it, if it is open. */
void vb_alarms_settle(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell,
                      uint64_t wall_ms);

/* Above its limit it is raised, at or under limit - hysteresis it ends; between, all stays. */
void vb_alarms_hold_below(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          double hysteresis, uint64_t wall_ms);
/* The same upside down. */
void vb_alarms_hold_above(struct vb_alarms *alarms, const struct vb_alarm_finding *finding,
                          double hysteresis, uint64_t wall_ms);

/* How serious it is that so many cells together are so far beyond their limit. */
enum vb_alarm_level vb_alarms_level_beyond(double beyond_mv, unsigned cells);

void vb_alarms_judge_cells(struct vb_alarms *alarms, const struct vb_reading *reading,
                           uint64_t wall_ms);
void vb_alarms_judge_pack(struct vb_alarms *alarms, const struct vb_reading *reading,
                          uint64_t wall_ms);

#endif
