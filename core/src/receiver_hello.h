/* When a hello goes out to a transmitter: one asks it who it is, and what it holds. */
#ifndef VOLTBEACON_RECEIVER_HELLO_H
#define VOLTBEACON_RECEIVER_HELLO_H

#include "voltbeacon/core/receiver.h"

enum { VB_HELLO_CLONED_APART_MS = 15000 /* between hellos while two devices have one address */ };

/* One more in vain; it does not wrap. */
void vb_hello_in_vain(uint8_t *in_vain);
/* How far apart they are after so many in vain. Of the last the answer may be on its way. */
uint32_t vb_hello_backed_off_ms(uint32_t apart_ms, uint8_t in_vain);
/* Asks a device for its state, apart_ms after the last time at the earliest; later where it has not
 * answered for long. */
void vb_receiver_want_hello(struct vb_peer *peer, uint32_t now_ms, uint32_t apart_ms);
/* There is nothing to ask any more, or nobody. One that is due goes out all the same. */
void vb_receiver_spare_hello(struct vb_peer *peer);

#endif
