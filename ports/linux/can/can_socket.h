/* A Linux CAN interface (SocketCAN): frames in and out.
 *
 * Source: Documentation/networking/can.rst of the kernel. This socket does not receive its own
 * frames (CAN_RAW_RECV_OWN_MSGS is off), but those of other programs on this machine. */
#ifndef VOLTBEACON_LINUX_CAN_SOCKET_H
#define VOLTBEACON_LINUX_CAN_SOCKET_H

#include <stddef.h>

#include "sources/can_battery.h"
#include "voltbeacon/core/platform.h"

enum vb_can_received {
    VB_CAN_RECEIVED,
    VB_CAN_NO_FRAME, /* none pending */
    VB_CAN_FAULT     /* errno says why: ENETDOWN when the interface is down */
};

/* A non-blocking descriptor that receives only this battery's frames; -1, with the problem and the
 * remedy in error. The caller closes it. */
VB_MUST_USE int vb_can_socket_open(const char *interface, const struct vb_can_battery *battery,
                                   char *error, size_t error_size);

/* Skips frames without data of their own (remote requests, error frames). */
VB_MUST_USE enum vb_can_received vb_can_socket_receive(int fd, struct vb_can_frame *frame);

/* False if the interface did not take it, with errno set. */
VB_MUST_USE bool vb_can_socket_send(int fd, const struct vb_can_frame *frame);

#endif
