/* Property 11, alarms: those caused by a pack's own readings, against an independent truth.
 *
 * Readings are judged by the default limits of the settings, which no scenario changes: a cell, a
 * sensor or the pack beyond its limit, a cell without a value, cells whose sum is not the pack
 * voltage. After as many consecutive readings as docs/alarms.md says, an alarm must be open; before
 * that it must not be, nor after as many good ones. A single wild value raises none.
 *
 * Left out, because the truth is not simple: when an imbalance, a spread or a frozen cell is found,
 * since that depends on earlier sweeps; but it is checked that none is found in a pack in which no
 * cell was ever hurt. Also left out are levels and times of acknowledgement. Readings have no
 * current, so no alarm is about one. */
#ifndef VOLTBEACON_PACK_CHECKS_H
#define VOLTBEACON_PACK_CHECKS_H

#include "world/world.h"

struct checkers;

/* X(NAME, alarm, readings in a row until it is there, ... until it is gone). */
#define PACK_SIGN_LIST(X)                            \
    X(CELL_HIGH, VB_ALARM_CELL_OVER_VOLTAGE, 2, 2)   \
    X(CELL_LOW, VB_ALARM_CELL_UNDER_VOLTAGE, 2, 2)   \
    X(CELL_GONE, VB_ALARM_CELL_NOT_AVAILABLE, 10, 1) \
    X(PACK_HIGH, VB_ALARM_PACK_OVER_VOLTAGE, 2, 2)   \
    X(PACK_LOW, VB_ALARM_PACK_UNDER_VOLTAGE, 2, 2)   \
    X(HOT, VB_ALARM_TEMPERATURE_HIGH, 2, 2)          \
    X(COLD, VB_ALARM_TEMPERATURE_LOW, 2, 2)          \
    X(APART, VB_ALARM_TEMPERATURE_SPREAD, 2, 2)      \
    X(SUM_OFF, VB_ALARM_SUM_MISMATCH, 5, 1)

enum pack_sign {
#define X(NAME, alarm, begins, ends) PACK_##NAME,
    PACK_SIGN_LIST(X)
#undef X
        PACK_SIGNS
};

/* What consecutive readings show of one sign, as the receiver got them. */
struct pack_streak {
    uint16_t bad;
    uint16_t good;
    uint8_t cell;     /* that is meant; VB_ALARM_NOWHERE: the pack */
    uint8_t sensor;   /* likewise */
    bool closed;      /* when it began to be bad there can have been no alarm */
    int32_t worst_dc; /* of temperatures, since the second bad one ... */
    bool over;        /* ... which is over, and is to be found in the alarm that has ended */
};

/* What a receiver was told by a transmitter. */
struct pack_pair {
    uint32_t adoption;
    uint32_t reboots;
    uint32_t sequence; /* of the last reading */
    bool odd;          /* in which a cell was beyond its limits, or without a value */
    bool hurt;         /* a cell was beyond its limits, or without a value, ever */
    bool cloned;       /* two devices share its address: nothing is known about it any more */
    struct pack_streak streaks[PACK_SIGNS];
};

struct pack_checks {
    struct pack_pair pairs[VB_WORLD_RECEIVERS_MAX][VB_WORLD_TRANSMITTERS_MAX];
    bool other_size[VB_WORLD_TRANSMITTERS_MAX]; /* the pack's limits may be none of this pack */
    uint64_t seconds[VB_WORLD_RECEIVERS_MAX];   /* of the last look */
    uint64_t begun; /* looks at an alarm that must be open, for the summary ... */
    uint64_t held;  /* ... and at one that a sign was too short for */
};

void pack_checks_init(struct pack_checks *checks);
/* Later firmware may have given the transmitter's battery another number of cells. */
void pack_checks_other_size(struct pack_checks *checks, uint8_t transmitter);
/* The receiver was switched on or off. */
void pack_checks_power(struct checkers *checkers, const struct vb_world_node *node);
/* It has the reading of the transmitter. */
void pack_checks_reading(struct checkers *checkers, const struct vb_world_node *node,
                         const struct vb_peer *peer, const struct vb_reading *reading);
/* It has finished its turn. */
void pack_checks_turned(struct checkers *checkers, const struct vb_world_node *node);

#endif
