/* Asking at once whether any receiver hears this transmitter: for links on which it may be in the
 * wrong place, such as a radio on a channel. See device/channel_search.h. */
#ifndef VOLTBEACON_TRANSMITTER_ASK_H
#define VOLTBEACON_TRANSMITTER_ASK_H

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/transmitter.h"

VB_C_BEGIN

/* With the next output a beacon asks everybody for an acknowledgement; that of a change counts as
 * one of its repeats. Nothing happens before this boot is announced. The caller limits how often:
 * each call costs the air of a beacon. */
void vb_transmitter_ask(struct vb_transmitter *t);

VB_C_END

#endif
