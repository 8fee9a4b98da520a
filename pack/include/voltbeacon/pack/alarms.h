/* The alarms of one transmitter: readings, link and time in, begins and ends out.
 *
 * alarms->balance tells whether the last sweep was judged for balance, and if not, why:
 * vb_imbalance_verdict_text().
 *
 * Sans-IO like the core. After each call that takes something in, the owner fetches what has
 * changed with vb_alarms_next() until there is no more. An alarm is raised once per occurrence; an
 * occurrence goes on over a restart when the owner hands the open ones back. Every call takes the
 * time twice: now_ms is a clock that always runs and wraps, wall_ms the same moment in ms since
 * 1970 UTC, or 0 while the clock is not set. What began before it was set is dated once it is. */
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
    struct vb_alarm_slot *slots; /* the caller's: first one of each kind of the pack, then cells' */
    uint16_t slot_count;
    uint16_t cell_slots;    /* in use */
    uint16_t untold;        /* slots with a change to fetch */
    uint16_t without_place; /* findings of the last sweep that found no slot */
    uint8_t kept_for_level; /* a slot that was made free in the sweep before is for this or worse */
    uint8_t next_kept_for_level;
    struct vb_imbalance balance;
    struct vb_sweep sweep; /* the last one */
    struct vb_unjudged unjudged;
    struct vb_contradictions contradicted;
    struct vb_cell_watch cells[VB_CELLS_MAX];
    uint16_t doubted_mv[VB_CELLS_MAX]; /* of those of sweep.doubted */
    struct vb_cell_series before;      /* the sweep before the last */
    uint8_t known_missing;             /* cells left out since they have an alarm of their own */
    uint8_t sum_streak;
    uint8_t spread_streak;
    uint8_t cell_count;       /* of the last reading; 0: none yet */
    uint32_t pack_mv;         /* the last that was believed; 0 = none yet */
    uint32_t doubted_pack_mv; /* which waits for the next: */
    bool pack_waits;
    bool pack_against_sum;         /* what was believed is not what the cells add up to */
    int16_t temp_dc[VB_TEMPS_MAX]; /* last believed; VB_TEMP_NOT_AVAILABLE = none yet */
    uint8_t temp_doubts[(VB_TEMPS_MAX + 7) / 8];
    int16_t doubted_dc[VB_TEMPS_MAX]; /* of those of temp_doubts */
    uint8_t other_than_minus_40[(VB_TEMPS_MAX + 7) / 8];
    uint8_t temp_readings; /* saturates */
    bool has_reading;
    uint32_t sequence; /* of the last reading */
    uint32_t reading_ms;
    uint32_t interval_ms; /* the usual one, 0 = not known */
    bool source_read;     /* the transmitter says that the battery is being read */
    bool waiting;         /* for the first reading, since waiting_ms */
    uint32_t waiting_ms;
    bool undated;    /* an open alarm waits for the clock to be set */
    uint32_t now_ms; /* of the call that runs */
    uint64_t wall_ms;
    uint32_t late_ms; /* of the reading that is taken: now_ms is so long after its sample */
};

/* No alarm is open. The slots are the caller's and stay in use, VB_ALARM_SLOTS_MIN or more. Where
 * all are taken the worst alarms are kept, and the rest counted in without_place. */
void vb_alarms_init(struct vb_alarms *alarms, const struct vb_alarm_limits *limits,
                    struct vb_alarm_slot *slots, uint16_t slot_count);

/* At once; open alarms are judged by them at the next reading or tick. */
void vb_alarms_set_limits(struct vb_alarms *alarms, const struct vb_alarm_limits *limits);

/* An alarm that was open before a restart: the same occurrence goes on until a reading, the link or
 * time ends it. Before anything is taken in. False where it names no such kind, level or cell, one
 * that is open already, or one for which there is no slot. */
VB_MUST_USE bool vb_alarms_restore(struct vb_alarms *alarms, const struct vb_alarm *alarm);

/* A reading has come. One with the sequence of the last is no new sample and changes nothing.
 * wall_ms is when it was sampled. */
void vb_alarms_reading(struct vb_alarms *alarms, const struct vb_reading *reading, uint32_t now_ms,
                       uint64_t wall_ms);

/* The next reading was sampled so long before the now_ms with which it comes; 0 unless said. */
void vb_alarms_late(struct vb_alarms *alarms, uint32_t late_ms);

/* The transmitter's link is so now. */
void vb_alarms_link(struct vb_alarms *alarms, enum vb_link_state link, uint32_t now_ms,
                    uint64_t wall_ms);

/* Time goes on: have readings stopped? Once a second is often enough. */
void vb_alarms_tick(struct vb_alarms *alarms, uint32_t now_ms, uint64_t wall_ms);

/* The time of day was wrong until now, by so much: when the worst of each open alarm was is moved,
 * where it was since this start. Their begins are known to whom they were told. */
void vb_alarms_clock_was_set(struct vb_alarms *alarms, int64_t step_ms);

/* The transmitter sends its readings elsewhere: until one comes none is missing here. */
void vb_alarms_readings_elsewhere(struct vb_alarms *alarms);

/* The transmitter is heard, and says whether its battery is being read. Where no reading has come
 * since the start or its boot, silence is counted from the first such call on. While it is being
 * read, and how far readings are apart is not known, the next may be an hour away. */
void vb_alarms_source(struct vb_alarms *alarms, bool read, uint32_t now_ms);
/* How far readings are usually apart, as an earlier run has learnt it: at most
 * VB_ALARM_INTERVAL_MS_MAX, and not 0. */
void vb_alarms_usual_interval(struct vb_alarms *alarms, uint32_t interval_ms);

/* The transmitter has booted: its sequence starts anew, and the balance is learnt anew. */
void vb_alarms_rebooted(struct vb_alarms *alarms);

/* False when there is nothing more to tell. */
VB_MUST_USE bool vb_alarms_next(struct vb_alarms *alarms, struct vb_alarm_change *change);

/* What is known of an open alarm; NULL where there is none. cell is from 0, or VB_ALARM_NOWHERE.
 * Valid until something is taken in. */
const struct vb_alarm *vb_alarms_open(const struct vb_alarms *alarms, enum vb_alarm_kind kind,
                                      unsigned cell);
/* The open alarms one after the other, from index 0; NULL behind the last. Valid as above. */
const struct vb_alarm *vb_alarms_at(const struct vb_alarms *alarms, unsigned index);
/* The owner calls an open alarm so from now on; nothing where it is not open. */
void vb_alarms_name(struct vb_alarms *alarms, enum vb_alarm_kind kind, unsigned cell, uint64_t id);

/* Calm sweeps after which balance is judged and an imbalance can begin; balance.calm_sweeps came.
 */
uint32_t vb_alarms_calm_needed(const struct vb_alarms *alarms);
/* How many values wait for the next reading to bear them out, since they came from nowhere; the
 * first of them, where there is one. */
unsigned vb_alarms_unconfirmed(const struct vb_alarms *alarms, struct vb_odd_value *first);
/* The sensor has never read anything but -40 degC, as one that is not there does. */
bool vb_alarms_sensor_is_absent(const struct vb_alarms *alarms, unsigned sensor);

VB_C_END

#endif
