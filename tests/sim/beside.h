/* Property 3, convergence, of all others while one misbehaves: at the end of a run, and within it.
 *
 * Within a run, as a deed of the scenario, one device has a fault of its own, or strangers send,
 * all the time. The disks and links of the others work, or their links lose a little. As far as
 * those links allow, the others have to be in sync, get readings, have an edit confirmed and be in
 * sync again after a restart. The bounds in beside.c say how long that may take. */
#ifndef VOLTBEACON_BESIDE_H
#define VOLTBEACON_BESIDE_H

#include "scenario.h"

/* The deed. The faults of the others' links and disks are gone after it. */
void beside_one(struct scenario *scenario);
/* At rest, after the faults have healed: strangers flood. */
void beside_a_flood(struct scenario *scenario);

#endif
