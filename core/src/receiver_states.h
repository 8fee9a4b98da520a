/* The states of what a receiver keeps, and the only places where each changes. Which follow each
 * other is a diagram on top of each file; that it is legal is asserted. */
#ifndef VOLTBEACON_RECEIVER_STATES_H
#define VOLTBEACON_RECEIVER_STATES_H

#include "voltbeacon/core/receiver.h"

/* receiver_link_state.c. What follows from it is the caller's. */
void vb_link_become(struct vb_peer *peer, enum vb_link_state state);

/* receiver_boot_state.c */
void vb_boot_become(struct vb_peer_boot *boot, enum vb_boot_state state);

/* receiver_hello.c */
void vb_hello_become(struct vb_peer *peer, enum vb_hello_state state);

/* receiver_fetch_state.c. Nothing is due any more where nothing is asked for. */
void vb_fetch_become(struct vb_peer *peer, enum vb_fetch_state state);

/* receiver_stream_state.c */
void vb_stream_become(struct vb_peer *peer, enum vb_stream_state state);

/* receiver_edit_state.c. It is told. */
void vb_sent_edit_become(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit,
                         enum vb_edit_state state);
void vb_sent_edit_tell(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit);

#endif
