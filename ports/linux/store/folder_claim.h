/* Claims the name of a data folder while a daemon runs on it.
 *
 * The lock in the folder keeps two daemons on one folder apart, unless the folder is removed or
 * moved away while a daemon runs on it, and recreated under the same name: the second daemon would
 * find a lock of its own, and both would be the same device. The name is claimed by a socket in
 * Linux's abstract namespace, which disappears with the process, however it ends. */
#ifndef VOLTBEACON_LINUX_FOLDER_CLAIM_H
#define VOLTBEACON_LINUX_FOLDER_CLAIM_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

/* False if another process of this user or of root has the name. Otherwise *fd holds it until
 * closed; -1 if the system has no such sockets, or a stranger is in the way: then there is only the
 * lock. */
VB_MUST_USE bool vb_folder_claim(const char *dir, int *fd);

#endif
