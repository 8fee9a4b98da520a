/* 3, converging, of everyone else while one misbehaves: at a run's end, and in the middle of it.
 *
 * In the middle, as a deed of the scenario, one device has a fault of its own, or strangers speak,
 * all the time. The others' disks and links are well, or their links lose a little. Within what
 * those links allow they have to be in sync, get readings, have an edit confirmed and be in sync
 * again after a restart. How long that may take, see the bounds in beside.c. */
#ifndef VOLTBEACON_BESIDE_H
#define VOLTBEACON_BESIDE_H

#include "scenario.h"

/* The deed. The faults of the others' links and disks are gone after it. */
void beside_one(struct scenario *scenario);
/* At rest, after the faults have healed: strangers flood. */
void beside_a_flood(struct scenario *scenario);

#endif
