/* 16 bounded, at rest: what an hour costs in which nothing happens. */
#ifndef VOLTBEACON_CALM_H
#define VOLTBEACON_CALM_H

#include "scenario.h"

/* In a world that is well, and of which all are in sync: an hour passes, without readings or with
 * one transmitter that sends some. Each device sends and commits what the times of docs/protocol.md
 * come to, exactly; nobody asks for anything. */
void calm_hour(struct scenario *scenario);

#endif
