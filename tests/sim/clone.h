/* Two transmitters under one address, as a card makes that was copied: both run at once. */
#ifndef VOLTBEACON_CLONE_H
#define VOLTBEACON_CLONE_H

#include "scenario.h"

/* A clone comes, or the one that is there leaves. */
void clone_comes_or_leaves(struct scenario *scenario);
/* Whatever clone there is leaves. */
void clone_goes(struct scenario *scenario);
/* Whether one has gone so lately, or a receiver has slept so long, that not all know it yet. */
bool clone_is_missed(const struct scenario *scenario);
/* In a world that is well: a clone is said as what it is, once and at bounded cost, and once one of
 * the two has left all is in sync with the other. */
void clone_check(struct scenario *scenario);

#endif
