/* Two transmitters with one address, as from a copied card, running at once. */
#ifndef VOLTBEACON_CLONE_H
#define VOLTBEACON_CLONE_H

#include "scenario.h"

/* A clone comes, or the one that is there leaves. */
void clone_comes_or_leaves(struct scenario *scenario);
/* The clone, if there is one, leaves. */
void clone_goes(struct scenario *scenario);
/* Whether one has left so recently, or a receiver has slept so long, that not all know yet. */
bool clone_is_missed(const struct scenario *scenario);
/* In a world without faults: a clone is reported once, at bounded cost, and once one of the two has
 * left, everybody is in sync with the other. */
void clone_check(struct scenario *scenario);

#endif
