/* A CAN interface of Linux (SocketCAN): frames in and out.
 *
 * Source: Documentation/networking/can.rst of the kernel. Frames of this socket are not heard by
 * it (CAN_RAW_RECV_OWN_MSGS is off), those of other programs on this machine are. */
#ifndef VOLTBEACON_LINUX_CAN_SOCKET_H
#define VOLTBEACON_LINUX_CAN_SOCKET_H

#include <stddef.h>

#include "sources/can_battery.h"
#include "voltbeacon/core/platform.h"

enum vb_can_received {
    VB_CAN_RECEIVED,
    VB_CAN_NO_FRAME, /* none waits */
    VB_CAN_FAULT     /* errno says why: ENETDOWN when the interface is down */
};

/* A non-blocking descriptor that hears only this battery; -1, and error says what is wrong and what
 * to do. The caller closes it. */
VB_MUST_USE int vb_can_socket_open(const char *interface, const struct vb_can_battery *battery,
                                   char *error, size_t error_size);

/* Frames without data of their own (requests for frames, error reports) are passed over. */
VB_MUST_USE enum vb_can_received vb_can_socket_receive(int fd, struct vb_can_frame *frame);

/* False when the interface did not take it; errno says why. */
VB_MUST_USE bool vb_can_socket_send(int fd, const struct vb_can_frame *frame);

#endif
