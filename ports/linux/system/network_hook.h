/* The program that is run when section network is put in force: what changes this machine's
 * addresses is the owner's own, never us. */
#ifndef VOLTBEACON_LINUX_NETWORK_HOOK_H
#define VOLTBEACON_LINUX_NETWORK_HOOK_H

#include "voltbeacon/core/schema.h"

/* Starts the program at path and does not wait for it. It finds the section's fields in its
 * environment, VB_NETWORK_MODE=static and so on. Who starts it reaps it. Logs why it could not be
 * run. */
void vb_network_hook_run(const char *path, const struct vb_network_values *values);

#endif
