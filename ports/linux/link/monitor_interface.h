/* A Wi-Fi interface in monitor mode: whether it is usable now, and the command that fixes it. */
#ifndef VOLTBEACON_LINUX_MONITOR_INTERFACE_H
#define VOLTBEACON_LINUX_MONITOR_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

enum vb_monitor_state {
    VB_MONITOR_READY,
    VB_MONITOR_MISSING,    /* no interface has this name */
    VB_MONITOR_OTHER_MODE, /* it does not deliver radiotap headers */
    VB_MONITOR_NARROW,     /* its MTU is too small for a frame */
    VB_MONITOR_DOWN
};

struct vb_monitor {
    enum vb_monitor_state state;
    int index; /* of the interface; changes when it is unplugged. 0 = missing */
};

/* Checks the interface now. fd: any socket. frame_bytes: the most that will be sent at once. */
struct vb_monitor vb_monitor_look(int fd, const char *interface, unsigned frame_bytes);

/* A sentence with the command that fixes it; not for VB_MONITOR_READY. At most 150 characters with
 * the longest interface name. */
void vb_monitor_say(enum vb_monitor_state state, const char *interface, char *text,
                    size_t capacity);

/* Why such an interface cannot be opened, by the errno of the failed call: a sentence with the
 * command that fixes it; sets the cause. */
void vb_monitor_say_errno(int reason, const char *interface, char *text, size_t capacity);

/* A packet socket that receives only ESP-NOW frames of the interface, from others, not those that
 * this machine sends. -1, with errno set, on failure. */
VB_MUST_USE int vb_monitor_open(int index);

/* Binds the socket to the interface with this index. False, with errno set, on failure. */
VB_MUST_USE bool vb_monitor_bind(int fd, int index);

#endif
