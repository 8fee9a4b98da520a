/* The properties of what surrounds the core, checked against an independent truth:
 *
 *   10 applied    whatever acts on settings has the committed ones, from the first turn on
 *   11 alarms     one for each cell that is beyond its limit, and for each transmitter that is not
 *                 heard; none if all is well
 *   12 history    each reading is filed once, and none while the date is not known
 *   13 writes     bounded, whatever happens on the link */
#ifndef VOLTBEACON_DEVICE_CHECKS_H
#define VOLTBEACON_DEVICE_CHECKS_H

#include "world/world.h"

struct checkers;

enum {
    WRITES_WINDOW_MS = 60000,
    WRITES_MAX = 70 /* of a receiver's cache in such a window: one a second where they fail, one in
                       2 s else, and what boots add */
};

struct device_check {
    uint32_t versions; /* of the settings that were compared last; 0 = none yet */
    uint32_t configured;
    uint64_t readings;                        /* that came while the date was known */
    uint64_t second;                          /* of the last look at the alarms */
    uint64_t turned_ms;                       /* by its own clock, the last turn ... */
    uint64_t judges_ms;                       /* ... and from when on silence is a transmitter's */
    struct vb_mac who[VB_WORLD_PEERS_MAX];    /* had each place at the last look */
    uint8_t silent_looks[VB_WORLD_PEERS_MAX]; /* in a row that found it Offline */
    uint32_t reboots[VB_WORLD_PEERS_MAX];     /* of each peer, as last seen ... */
    uint32_t begun_at[VB_WORLD_PEERS_MAX];    /* ... and how many readings had come by then */
    uint64_t writes_ms;                       /* when the window began ... */
    uint32_t writes;                          /* ... and the commits until then */
};

struct device_checks {
    struct device_check nodes[VB_WORLD_NODES_MAX];
    uint64_t alarms_seen; /* for the summary */
    uint64_t applied_seen;
};

void device_checks_init(struct device_checks *checks);
/* The device was switched on or off. */
void device_checks_power(struct device_checks *checks, const struct vb_world_node *node);
/* A receiver has told of a reading. */
void device_checks_reading(struct device_checks *checks, const struct vb_world_node *node);
/* The device has finished its turn. */
void device_checks_turned(struct checkers *checkers, const struct vb_world_node *node);
/* How many alarms of that kind a receiver has open of the transmitter, whatever their cells. */
unsigned device_checks_open(const struct vb_world_node *node, const struct vb_mac *mac,
                            enum vb_alarm_kind kind);

#endif
