/* The event log as seen by a receiver device. */
#ifndef VOLTBEACON_LINUX_EVENT_PORT_H
#define VOLTBEACON_LINUX_EVENT_PORT_H

#include "linux/events/event_log.h"
#include "voltbeacon/device/event_store.h"

struct vb_event_port {
    struct vb_event_store store; /* passed to the device; its ctx is the port */
    struct vb_event_log *log;
    char *draft; /* a note being assembled; NULL = none yet */
    size_t draft_size;
    char *noted; /* a note being read; NULL = none */
    size_t noted_size;
};

/* Until vb_event_port_close() the port must not move, and the log must stay open. */
void vb_event_port_open(struct vb_event_port *port, struct vb_event_log *log);
void vb_event_port_close(struct vb_event_port *port);

#endif
