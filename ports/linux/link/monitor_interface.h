/* A Wi-Fi interface in monitor mode: whether it can be used now, and the command that mends it. */
#ifndef VOLTBEACON_LINUX_MONITOR_INTERFACE_H
#define VOLTBEACON_LINUX_MONITOR_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

enum vb_monitor_state {
    VB_MONITOR_READY,
    VB_MONITOR_MISSING,    /* no interface has this name */
    VB_MONITOR_OTHER_MODE, /* it does not say in radiotap what it hears */
    VB_MONITOR_NARROW,     /* its MTU is too small for a frame */
    VB_MONITOR_DOWN
};

struct vb_monitor {
    enum vb_monitor_state state;
    int index; /* of the interface; another one after it was unplugged. 0 = missing */
};

/* Looks at the interface now. fd: any socket. frame_bytes: the most that will be sent at once. */
struct vb_monitor vb_monitor_look(int fd, const char *interface, unsigned frame_bytes);

/* A sentence with the command that mends it; not for VB_MONITOR_READY. Of an interface's longest
 * name it has up to 150 characters. */
void vb_monitor_say(enum vb_monitor_state state, const char *interface, char *text,
                    size_t capacity);

/* Why such an interface cannot be opened, by the errno of the call that failed: a sentence with the
 * command that mends it; the cause is set. */
void vb_monitor_say_errno(int reason, const char *interface, char *text, size_t capacity);

/* A packet socket that hears the ESP-NOW frames of the interface alone, others' and none that this
 * machine sends. -1, and errno, where it cannot be had. */
VB_MUST_USE int vb_monitor_open(int index);

/* Lets the socket hear the interface of this index from now on. False, and errno, where it cannot.
 */
VB_MUST_USE bool vb_monitor_bind(int fd, int index);

#endif
