/* The program that is run when section network takes effect: only the owner's program changes this
 * machine's addresses, never we. */
#ifndef VOLTBEACON_LINUX_NETWORK_HOOK_H
#define VOLTBEACON_LINUX_NETWORK_HOOK_H

#include "voltbeacon/core/schema.h"

/* Starts the program at path and does not wait for it. It gets the section's fields in its
 * environment, VB_NETWORK_MODE=static and so on. The caller reaps it. Logs why it could not be
 * run. */
void vb_network_hook_run(const char *path, const struct vb_network_values *values);

#endif
