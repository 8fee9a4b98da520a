/* The history as seen by a receiver device. */
#ifndef VOLTBEACON_LINUX_HISTORY_PORT_H
#define VOLTBEACON_LINUX_HISTORY_PORT_H

#include "linux/history/history.h"
#include "voltbeacon/device/history_store.h"

/* Prepares the process for time zones; call before any thread is started. */
void vb_history_port_prepare(void);

/* The settings to start a history with: nothing is recorded, and nothing is too old, until the
 * device sets them. */
struct vb_history_settings vb_history_port_waiting(void);

/* What the device gets; valid as long as the history. */
struct vb_history_store vb_history_port_store(struct vb_history *history);

#endif
