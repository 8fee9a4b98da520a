/* The name of a data folder, held while a daemon runs on it.
 *
 * The lock in the folder tells two daemons on one folder apart. It cannot where the folder is
 * removed, or moved away, while a daemon runs on it, and made anew under the same name: the second
 * daemon would find a lock of its own, and both would be the same device. The name is held as a
 * socket in Linux's abstract namespace, which ends with the process, however it ends. */
#ifndef VOLTBEACON_LINUX_FOLDER_CLAIM_H
#define VOLTBEACON_LINUX_FOLDER_CLAIM_H

#include <stdbool.h>

#include "voltbeacon/core/platform.h"

/* False where another process of this user or of root holds the name. Else *fd is what holds it
 * until it is closed; -1 where the system has no such sockets, or a stranger is in the way: then
 * the lock is all there is. */
VB_MUST_USE bool vb_folder_claim(const char *dir, int *fd);

#endif
