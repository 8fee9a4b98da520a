/* The alarms of one transmitter: readings, link and time in, begins and ends out.
 *
 * alarms->balance tells whether the last sweep was judged for balance, and if not, why:
 * vb_imbalance_verdict_text().
 *
 * Sans-IO like the core. After each call that takes something in, the owner fetches what has
 * changed with vb_alarms_next() until there is no more. An alarm is raised once per occurrence; an
 * occurrence goes on over a restart when the owner hands the open ones back. */
#ifndef VOLTBEACON_ALARMS_H
#define VOLTBEACON_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/pack/alarm.h"
#include "voltbeacon/pack/imbalance.h"

/* What raises and ends them. Filled by vb_alarm_limits(). */
struct vb_alarm_limits {
    struct vb_imbalance_limits balance;
    uint16_t imbalance_warn_mv; /* beyond the standard deviation */
    uint16_t imbalance_alert_mv;
    uint16_t imbalance_hysteresis_mv;
    uint8_t cell_count; /* of the pack that the pack limits are of; 0: whatever comes */
    uint16_t cell_min_mv;
    uint16_t cell_max_mv;
    uint16_t cell_hysteresis_mv;
    uint32_t pack_min_mv;
    uint32_t pack_max_mv;
    int32_t temperature_min_dc;
    int32_t temperature_max_dc;
    int32_t temperature_spread_max_dc;
    int32_t temperature_hysteresis_dc;
    uint16_t frozen_sweeps;
    uint16_t frozen_moved_mv;
    uint16_t missing_sweeps;
    uint16_t sum_tolerance_permille;
    uint32_t readings_stopped_ms;
};

/* From the transmitter's battery section (or its defaults, while none is held) and the receiver's
 * own. */
struct vb_alarm_limits vb_alarm_limits(const struct vb_battery_values *battery,
                                       const struct vb_alarms_values *alarms);

enum { VB_ALARM_SLOTS = VB_ALARM_CELL_KINDS * VB_CELLS_MAX + VB_ALARM_KINDS - VB_ALARM_CELL_KINDS };

/* One alarm that is, was or may be open. */
struct vb_alarm_slot {
    struct vb_alarm alarm;
    bool open;
    uint8_t told; /* what the owner has been told: 0 nothing, else 1 + level */
};

/* What is remembered of one cell from sweep to sweep. */
struct vb_cell_watch {
    uint16_t mv;             /* the value it has not left */
    uint16_t frozen_sweeps;  /* since when; saturates */
    uint16_t missing_sweeps; /* saturates */
    uint8_t balance_streak;  /* judged sweeps in a row that speak for a begin or an end */
    double mean_min_mv;      /* of the cells, since it holds its value */
    double mean_max_mv;
};

struct vb_alarms {
    struct vb_alarm_limits limits;
    struct vb_imbalance balance;
    struct vb_cell_watch cells[VB_CELLS_MAX];
    struct vb_alarm_slot slots[VB_ALARM_SLOTS];
    uint16_t untold; /* slots with a change to fetch */
    uint8_t sum_streak;
    uint8_t cell_count; /* of the last reading; 0: none yet */
    bool has_reading;
    uint32_t sequence; /* of the last reading */
    uint32_t reading_ms;
    uint32_t interval_ms; /* the usual one, 0 = not known */
};

/* No alarm is open. */
void vb_alarms_init(struct vb_alarms *alarms, const struct vb_alarm_limits *limits);

/* At once; open alarms are judged by them at the next reading or tick. */
void vb_alarms_set_limits(struct vb_alarms *alarms, const struct vb_alarm_limits *limits);

/* An alarm that was open before a restart: the same occurrence goes on until a reading, the link or
 * time ends it. Before anything is taken in. False where it names no such kind, level or cell, or
 * one that is open already. */
VB_MUST_USE bool vb_alarms_restore(struct vb_alarms *alarms, const struct vb_alarm *alarm);

/* A reading has come. One with the sequence of the last is no new sample and changes nothing.
 * wall_ms is when it was sampled, in ms since 1970 UTC. */
void vb_alarms_reading(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms,
                       uint64_t wall_ms);

/* The transmitter's link is so now. */
void vb_alarms_link(struct vb_alarms *alarms, enum vb_link_state link, uint64_t wall_ms);

/* Time goes on: have readings stopped? Once a second is often enough. */
void vb_alarms_tick(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms);

/* The transmitter has booted: its sequence starts anew, and the balance is learnt anew. */
void vb_alarms_rebooted(struct vb_alarms *alarms);

/* What is known of an open alarm, its worst value so far; NULL where there is none. cell is from 0,
 * or VB_ALARM_NOWHERE. Valid until something is taken in. */
const struct vb_alarm *vb_alarms_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                      unsigned cell);

/* False when there is nothing more to tell. */
VB_MUST_USE bool vb_alarms_next(struct vb_alarms *alarms, struct vb_alarm_change *change);

#endif
