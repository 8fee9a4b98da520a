/* Telling receivers what a board knows of itself: for devices that are one. */
#ifndef VOLTBEACON_TRANSMITTER_FACTS_H
#define VOLTBEACON_TRANSMITTER_FACTS_H

#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/transmitter.h"

VB_C_BEGIN

/* They are copied, and beaconed at once unless equal ones were; from the first beacon on, if they
 * come before this boot is announced. Later beacons repeat them. */
void vb_transmitter_facts(struct vb_transmitter *t, uint32_t now_ms,
                          const struct vb_board_facts *facts);

VB_C_END

#endif
