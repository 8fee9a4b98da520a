/* The alarms of one transmitter: readings, link state and time in, begins and ends out.
 *
 * alarms->balance tells whether the last sweep was judged for balance, and if not, why:
 * vb_imbalance_verdict_text().
 *
 * Sans-IO like the core. After each call with new input, the owner fetches the changes with
 * vb_alarms_next() until there are none left. An alarm is raised once per occurrence; an occurrence
 * survives a restart if the owner restores the open ones. Every call takes the time twice: now_ms
 * is a monotonic clock that wraps, wall_ms the same moment in ms since 1970 UTC, or 0 while the
 * clock is not set. What began before that is dated afterwards. */
#ifndef VOLTBEACON_ALARMS_H
#define VOLTBEACON_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/pack/alarm.h"
#include "voltbeacon/pack/alarm_limits.h"
#include "voltbeacon/pack/alarms_state.h"
#include "voltbeacon/pack/imbalance.h"

VB_C_BEGIN

struct vb_alarms {
    struct vb_alarm_limits limits;
    struct vb_alarm_slot *slots; /* the caller's: first one for each pack kind, then the cells' */
    uint16_t slot_count;
    uint16_t cell_slots;    /* in use */
    uint16_t untold;        /* slots with a change to fetch */
    uint16_t without_place; /* findings of the last sweep that got no slot */
    uint8_t kept_for_level; /* a slot freed in the previous sweep is kept for this or worse */
    uint8_t next_kept_for_level;
    struct vb_imbalance balance;
    struct vb_sweep sweep; /* the last one */
    struct vb_unjudged unjudged;
    struct vb_contradictions contradicted;
    struct vb_cell_watch cells[VB_CELLS_MAX];
    uint16_t doubted_mv[VB_CELLS_MAX]; /* of those in sweep.doubted */
    struct vb_cell_series before;      /* the sweep before the last */
    uint8_t known_missing;             /* cells left out because they have their own alarm */
    uint8_t sum_streak;
    uint8_t spread_streak;
    uint8_t cell_count;       /* of the last reading; 0: none yet */
    uint32_t pack_mv;         /* last one believed; 0 = none yet */
    uint32_t doubted_pack_mv; /* waits for the next reading: */
    bool pack_waits;
    bool pack_against_sum;         /* the believed value does not match the sum of the cells */
    int16_t temp_dc[VB_TEMPS_MAX]; /* last believed; VB_TEMP_NOT_AVAILABLE = none yet */
    uint8_t temp_doubts[(VB_TEMPS_MAX + 7) / 8];
    uint8_t temp_missing[(VB_TEMPS_MAX + 7) / 8]; /* from the last reading */
    int16_t doubted_dc[VB_TEMPS_MAX];             /* of those in temp_doubts */
    uint8_t other_than_minus_40[(VB_TEMPS_MAX + 7) / 8];
    uint8_t temp_readings; /* saturates */
    bool has_reading;
    uint32_t sequence; /* of the last reading */
    uint32_t reading_ms;
    uint32_t interval_ms; /* the usual one, 0 = not known */
    bool source_read;     /* the transmitter reports that the battery is being read */
    bool waiting;         /* for the first reading, since waiting_ms */
    uint32_t waiting_ms;
    bool undated;    /* an open alarm waits for the clock to be set */
    uint32_t now_ms; /* of the current call */
    uint64_t wall_ms;
    uint32_t late_ms; /* of the current reading: how long before now_ms it was sampled */
};

/* No alarm is open. The slots, VB_ALARM_SLOTS_MIN or more, are the caller's and stay in use. If all
 * are taken the worst alarms are kept, and the rest counted in without_place. */
void vb_alarms_init(struct vb_alarms *alarms, const struct vb_alarm_limits *limits,
                    struct vb_alarm_slot *slots, uint16_t slot_count);

/* Takes effect immediately; open alarms are re-evaluated at the next reading or tick. */
void vb_alarms_set_limits(struct vb_alarms *alarms, const struct vb_alarm_limits *limits);

/* Restores an alarm that was open before a restart: the same occurrence continues until a reading,
 * the link or time ends it. Call it before any other input. False for an invalid kind, level or
 * cell, for one that is already open, or if there is no slot for it. */
VB_MUST_USE bool vb_alarms_restore(struct vb_alarms *alarms, const struct vb_alarm *alarm);

/* A reading has arrived. One with the sequence of the last is not a new sample and changes nothing.
 * wall_ms is when it was sampled. */
void vb_alarms_reading(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms,
                       uint64_t wall_ms);

/* The next reading was sampled this long before the now_ms passed with it; 0 unless set. */
void vb_alarms_late(struct vb_alarms *alarms, uint32_t late_ms);

/* The transmitter's link has this state now. */
void vb_alarms_link(struct vb_alarms *alarms, enum vb_link_state link, uint32_t now_ms,
                    uint64_t wall_ms);

/* Time passes: have readings stopped? Calling it once a second is enough. */
void vb_alarms_tick(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms);

/* The wall clock was off by this much until now: shifts when each open alarm was worst, if that was
 * since this start. Begins are left to the owner, which has been told them. */
void vb_alarms_clock_was_set(struct vb_alarms *alarms, int64_t step_ms);

/* The transmitter sends its readings elsewhere: until one arrives none is missing here. */
void vb_alarms_readings_elsewhere(struct vb_alarms *alarms);

/* The transmitter is heard, and reports whether its battery is being read. If no reading has
 * arrived since the start or its boot, silence counts from the first such call. While the battery
 * is being read and the interval of readings is not known, the next one may be an hour away. */
void vb_alarms_source(struct vb_alarms *alarms, bool read, uint32_t now_ms);
/* The usual interval between readings, as learnt in an earlier run: at most
 * VB_ALARM_INTERVAL_MS_MAX, and not 0. */
void vb_alarms_usual_interval(struct vb_alarms *alarms, uint32_t interval_ms);

/* The transmitter has rebooted: its sequence restarts, and balance is learnt again. */
void vb_alarms_rebooted(struct vb_alarms *alarms);

/* False if there is nothing more to report. */
VB_MUST_USE bool vb_alarms_next(struct vb_alarms *alarms, struct vb_alarm_change *change);

/* The open alarm of that kind; NULL if there is none. cell is from 0, or VB_ALARM_NOWHERE. Valid
 * until the next input. */
const struct vb_alarm *vb_alarms_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                      unsigned cell);
/* The open alarms one by one, from index 0; NULL after the last. Valid as above. */
const struct vb_alarm *vb_alarms_at(const struct vb_alarms *alarms, unsigned index);
/* Sets the owner's id of an open alarm; does nothing if it is not open. */
void vb_alarms_name(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell, uint64_t id);

/* Calm sweeps until balance is judged and an imbalance can begin; balance.calm_sweeps are
 * done. */
uint32_t vb_alarms_calm_needed(const struct vb_alarms *alarms);
/* How many implausible values wait for the next reading to confirm them; *first is set to the first
 * of them, if there is one. */
unsigned vb_alarms_unconfirmed(const struct vb_alarms *alarms, struct vb_odd_value *first);
/* The sensor has never read anything but -40 degC, which means that it does not exist. */
bool vb_alarms_sensor_is_absent(const struct vb_alarms *alarms, unsigned sensor);

VB_C_END

#endif
