/* A link of datagrams between two processes of one machine: a transmitter's end of what the
 * daemons call pipe:PATH. A datagram is source MAC, destination MAC, frame. */
#ifndef VOLTBEACON_SMALLEST_LINK_H
#define VOLTBEACON_SMALLEST_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/seal.h"
#include "voltbeacon/device/link.h"

/* The caller's; must stay where it is. */
struct vb_smallest_link {
    struct vb_link port;
    struct vb_mac mac; /* of this device */
    int fd;
    struct sockaddr_un there; /* the receiver */
};

/* Listens at PATH.transmitter; a receiver listens at PATH.receiver. False: errno says why. */
VB_MUST_USE bool vb_smallest_link_open(struct vb_smallest_link *link, const char *path,
                                       const struct vb_mac *mac);

/* Waits at most that many ms for a frame. False: none has arrived. frame->bytes is bytes. */
VB_MUST_USE bool vb_smallest_link_receive(struct vb_smallest_link *link, uint32_t wait_ms,
                                          struct vb_link_frame *frame,
                                          uint8_t bytes[VB_FRAME_BYTES_MAX]);

#endif
