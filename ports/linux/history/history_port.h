/* The history as a receiver device sees it. */
#ifndef VOLTBEACON_LINUX_HISTORY_PORT_H
#define VOLTBEACON_LINUX_HISTORY_PORT_H

#include "linux/history/history.h"
#include "voltbeacon/device/history_store.h"

/* Makes the process ready for time zones; to be called before any thread is started. */
void vb_history_port_prepare(void);

/* The settings a history is started with: nothing is filed, and nothing is too old, until the
 * device has said what is wanted. */
struct vb_history_settings vb_history_port_waiting(void);

/* What the device gets; good for as long as the history. */
struct vb_history_store vb_history_port_store(struct vb_history *history);

#endif
