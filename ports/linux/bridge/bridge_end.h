/* One end of a bridge: a link that receives and sends for devices elsewhere.
 *
 * On UDP, transmitters and receivers broadcast to different ports, and a bridge may have either
 * behind it: such an end is two links, one like a transmitter's, one like a receiver's. */
#ifndef VOLTBEACON_LINUX_BRIDGE_END_H
#define VOLTBEACON_LINUX_BRIDGE_END_H

#include "linux/link/linux_link.h"

enum { VB_BRIDGE_END_LINKS_MAX = 2, VB_BRIDGE_END_FDS_MAX = 4 };

struct vb_bridge_end {
    const char *text; /* as given on the command line; the caller's */
    unsigned link_count;
    struct vb_linux_link links[VB_BRIDGE_END_LINKS_MAX]; /* indexed by enum vb_link_side if two */
};

/* Opens "espnow:INTERFACE,..." or "udp:...". The struct must not move until it is closed. On
 * failure returns false, with the reason in error and its cause set. */
VB_MUST_USE bool vb_bridge_end_open(struct vb_bridge_end *end, const char *text, bool open,
                                    char *error, size_t error_size);
void vb_bridge_end_close(struct vb_bridge_end *end);

/* Whether two names mean the same link, or overlap: a bridge would hear itself on both. */
bool vb_bridge_ends_same(const char *a, const char *b);

/* Writes the descriptors to poll for vb_bridge_end_receive(); returns their number. */
unsigned vb_bridge_end_fds(const struct vb_bridge_end *end, int fds[VB_BRIDGE_END_FDS_MAX]);

/* The next frame, its bytes in `bytes`. False if there is none. */
VB_MUST_USE bool vb_bridge_end_receive(struct vb_bridge_end *end, struct vb_link_frame *frame,
                                       uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* Sends a frame unchanged. False if the link does not take it. */
bool vb_bridge_end_send(struct vb_bridge_end *end, const struct vb_link_frame *frame);

/* Call every second or two. True if the scope of its first link has changed. */
bool vb_bridge_end_look(struct vb_bridge_end *end);

#endif
