/* Which device this is: its address on the link, made once at random and kept in a file of its own
 * in the data folder. So a folder that is moved, and a database that is wiped, stay the same
 * device. A folder that is copied is copied with it: nothing rests on its being unique. */
#ifndef VOLTBEACON_LINUX_DEVICE_ID_H
#define VOLTBEACON_LINUX_DEVICE_ID_H

#include <stdbool.h>

#include "voltbeacon/core/mac.h"

#define VB_DEVICE_ID_FILE "device-id"

/* Reads it, or makes it. `used`: this folder has been a device's before there was such a file: it
 * stays the one that it was. What is damaged is put aside, and said in the log; where the file
 * cannot be written, it is made of machine, role and folder, which stays the same while these do.
 */
void vb_device_id(const char *role, const char *data_dir, bool used, struct vb_mac *mac);

#endif
