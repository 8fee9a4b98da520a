/* The recordings of a receiver, DATA/recordings: written by a thread, listed from memory.
 *
 * A recording is passed in chunks. Until it is published it is written under another name, so that
 * nobody finds half a file; after that it grows in place, and what has reached the disk persists
 * whatever happens. Limited in number and size: the oldest are removed. */
#ifndef VOLTBEACON_LINUX_RECORDING_FOLDER_H
#define VOLTBEACON_LINUX_RECORDING_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/recording_source.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/recording_store.h"

enum { VB_RECORDING_FILES_MAX = 64, VB_RECORDING_OPEN_MAX = 16 };

struct vb_recording_folder;

struct vb_recording_folder_options {
    const char *data_dir; /* must exist */
    uint32_t files_max;   /* 0: VB_RECORDING_FILES_MAX, the maximum */
    uint64_t bytes_max;   /* of all files; 0: 64 MiB */
};

/* Opens the folder, creating it if necessary, and lists its content. NULL, with the reason in
 * error. */
struct vb_recording_folder *vb_recording_folder_open(
    const struct vb_recording_folder_options *options, char *error, size_t error_size);
/* Writes what was queued. An unfinished recording will appear cut off. */
void vb_recording_folder_close(struct vb_recording_folder *folder);

/* The folder as seen by a receiver device. */
struct vb_recording_store vb_recording_folder_store(struct vb_recording_folder *folder);

/* ---- Writing, as struct vb_recording_store has it. Nothing here waits for the disk. ---- */

/* Begins a recording: its name, transmitter, begin and reason. The name gets a number if it exists
 * already. Returns its handle, or -1 if too many are in progress. */
int vb_recording_begin(struct vb_recording_folder *folder, struct vb_recording_entry *entry);

/* Appends bytes (at most VB_RECORDING_CHUNK_BYTES_MAX), then performs the steps; end_ms is the time
 * of the last line. False, with no effect, while the thread has too much to do: retry later. If the
 * disk refuses it, that is logged and the recording ends there. */
VB_MUST_USE bool vb_recording_write(struct vb_recording_folder *folder, int recording,
                                    const char *bytes, size_t size, uint64_t end_ms,
                                    unsigned steps);
/* Whether the disk has refused it: nothing more needs to be written. It must still be finished. */
bool vb_recording_has_failed(struct vb_recording_folder *folder, int recording);

/* ---- Reading: as struct vb_recording_source has them ---- */

bool vb_recording_folder_at(struct vb_recording_folder *folder, unsigned index,
                            struct vb_recording_entry *entry);
bool vb_recording_folder_find(struct vb_recording_folder *folder, const char *name,
                              struct vb_recording_entry *entry);
/* Whole lines, also of one that is under way. */
size_t vb_recording_folder_read(struct vb_recording_folder *folder, const char *name,
                                uint64_t offset, char *bytes, size_t capacity);

#endif
