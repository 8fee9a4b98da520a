/* The event log as a receiver device sees it. */
#ifndef VOLTBEACON_LINUX_EVENT_PORT_H
#define VOLTBEACON_LINUX_EVENT_PORT_H

#include "linux/events/event_log.h"
#include "voltbeacon/device/event_store.h"

struct vb_event_port {
    struct vb_event_store store; /* what the device gets; its ctx is the port */
    struct vb_event_log *log;
    char *draft; /* of a note that comes in pieces; NULL = none yet */
    size_t draft_size;
    char *noted; /* that is being read; NULL = none */
    size_t noted_size;
};

/* The port stays in place, and the log open, until vb_event_port_close(). */
void vb_event_port_open(struct vb_event_port *port, struct vb_event_log *log);
void vb_event_port_close(struct vb_event_port *port);

#endif
