/* Property 16, bounded, at rest: the cost of an hour in which nothing happens. */
#ifndef VOLTBEACON_CALM_H
#define VOLTBEACON_CALM_H

#include "scenario.h"

/* In a world without faults where all are in sync, lets an hour pass, without readings or with one
 * transmitter that sends some. Each device sends and commits exactly what the times of
 * docs/protocol.md imply; nobody requests anything. */
void calm_hour(struct scenario *scenario);

#endif
