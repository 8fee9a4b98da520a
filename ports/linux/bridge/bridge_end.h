/* One end of a bridge: a link that hears and sends for devices which are elsewhere.
 *
 * On UDP transmitters and receivers broadcast to ports of their own, and a bridge may have either
 * behind it: such an end is two links, one as a transmitter has it, one as a receiver has it. */
#ifndef VOLTBEACON_LINUX_BRIDGE_END_H
#define VOLTBEACON_LINUX_BRIDGE_END_H

#include "linux/link/linux_link.h"

enum { VB_BRIDGE_END_LINKS_MAX = 2, VB_BRIDGE_END_FDS_MAX = 4 };

struct vb_bridge_end {
    const char *text; /* as it was named; the caller's */
    unsigned link_count;
    struct vb_linux_link links[VB_BRIDGE_END_LINKS_MAX]; /* by enum vb_link_side where two */
};

/* Opens "espnow:INTERFACE,..." or "udp:...". The struct must not move until it is closed. False,
 * and why in error with its cause, where it cannot be. */
VB_MUST_USE bool vb_bridge_end_open(struct vb_bridge_end *end, const char *text, bool open,
                                    char *error, size_t error_size);
void vb_bridge_end_close(struct vb_bridge_end *end);

/* Whether two names mean the same link, or overlap: one bridge would hear itself on both. */
bool vb_bridge_ends_same(const char *a, const char *b);

/* Writes the descriptors that lead to vb_bridge_end_receive(); returns how many. */
unsigned vb_bridge_end_fds(const struct vb_bridge_end *end, int fds[VB_BRIDGE_END_FDS_MAX]);

/* The next frame, its bytes in `bytes`. False where none waits. */
VB_MUST_USE bool vb_bridge_end_receive(struct vb_bridge_end *end, struct vb_link_frame *frame,
                                       uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* Sends a frame as it came. False where the link does not take it. */
bool vb_bridge_end_send(struct vb_bridge_end *end, const struct vb_link_frame *frame);

/* To be called every second or two. True where the scope of its first link has changed. */
bool vb_bridge_end_look(struct vb_bridge_end *end);

#endif
