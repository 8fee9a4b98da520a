/* Finds what an earlier run left in the folder of recordings. */
#ifndef VOLTBEACON_LINUX_RECORDING_SCAN_H
#define VOLTBEACON_LINUX_RECORDING_SCAN_H

#include "voltbeacon/api/recording_source.h"
#include "voltbeacon/core/platform.h"

/* The suffix of a file that is not published yet. */
#define VB_RECORDING_PART ".part"

/* Sets entries to the recordings in the folder open as dir_fd, the newest `capacity` of them,
 * oldest first; a part that is long enough to be read is published as it is, others are removed.
 * Files that are not recordings are left alone. Returns their number. */
unsigned vb_recording_scan(int dir_fd, struct vb_recording_entry *entries, unsigned capacity);

#endif
