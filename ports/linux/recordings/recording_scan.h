/* What an older run left in the folder of recordings. */
#ifndef VOLTBEACON_LINUX_RECORDING_SCAN_H
#define VOLTBEACON_LINUX_RECORDING_SCAN_H

#include "voltbeacon/api/recording_source.h"
#include "voltbeacon/core/platform.h"

/* What a file that is not published yet is called besides its name. */
#define VB_RECORDING_PART ".part"

/* Sets entries to the recordings in the folder that dir_fd is open on, the newest `capacity` of
 * them, oldest first; a part that is long enough to be read is published as it is, else removed.
 * Files that are no recordings are left alone. Returns their number. */
unsigned vb_recording_scan(int dir_fd, struct vb_recording_entry *entries, unsigned capacity);

#endif
