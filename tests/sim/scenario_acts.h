/* Single acts of the scenario, for those of its deeds that have a file of their own. */
#ifndef VOLTBEACON_SCENARIO_ACTS_H
#define VOLTBEACON_SCENARIO_ACTS_H

#include "scenario.h"

uint8_t scenario_any_receiver(struct scenario *scenario);
/* A random change at the transmitter; nothing while it is not awake. */
void scenario_set(struct scenario *scenario, uint8_t transmitter);
/* An edit of a section of several fragments. Returns its id; 0 if it was refused at once. */
uint64_t scenario_edit_profile(struct scenario *scenario, uint8_t receiver, uint8_t transmitter);
/* Random faults of a link, replacing earlier ones. */
void scenario_fault_link(struct scenario *scenario, struct vb_world_link *link);
/* Each transmitter sends readings on the link, as often as they come. One that does not accept that
 * is asked again once a second, for at most within_ms. */
void scenario_streams_back(struct scenario *scenario, uint32_t within_ms);

#endif
