/* Which device this is: its address on the link, created once at random and kept in its own file in
 * the data folder. So a folder that is moved, or a database that is wiped, stays the same device.
 * Copying a folder copies its address: nothing depends on its being unique. */
#ifndef VOLTBEACON_LINUX_DEVICE_ID_H
#define VOLTBEACON_LINUX_DEVICE_ID_H

#include <stdbool.h>

#include "voltbeacon/core/mac.h"

#define VB_DEVICE_ID_FILE "device-id"

/* Reads it, or creates it. `used`: this folder belonged to a device before there was such a file:
 * it keeps its address. A damaged file is moved aside, and that is logged; if the file cannot be
 * written, the address is derived from machine, role and folder, and stays the same as long as
 * these do. */
void vb_device_id(const char *role, const char *data_dir, bool used, struct vb_mac *mac);

#endif
