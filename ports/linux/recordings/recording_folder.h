/* The recordings of a receiver, DATA/recordings: written by a thread, listed from memory.
 *
 * A recording is given in chunks. Until it is published it is written beside its place, so that no
 * half-made file is ever found there; after that it grows in its place, and what has reached the
 * disk stays whatever happens. Bounded in number and size: the oldest make room. */
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
    const char *data_dir; /* there already */
    uint32_t files_max;   /* 0: VB_RECORDING_FILES_MAX, which is the most */
    uint64_t bytes_max;   /* of all files; 0: 64 MiB */
};

/* Opens the folder, creating it if need be, and lists what is in it. NULL, and why in error. */
struct vb_recording_folder *vb_recording_folder_open(
    const struct vb_recording_folder_options *options, char *error, size_t error_size);
/* Writes what was handed over. A recording that was not finished is found cut off. */
void vb_recording_folder_close(struct vb_recording_folder *folder);

/* The folder as a receiver device sees it. */
struct vb_recording_store vb_recording_folder_store(struct vb_recording_folder *folder);

/* ---- Writing, as struct vb_recording_store has it. Nothing here waits for the disk. ---- */

/* Begins a recording: its name, transmitter, begin and reason. The name gets a number where there
 * is one like it. Returns what it is called by, or -1 where too many are under way. */
int vb_recording_begin(struct vb_recording_folder *folder, struct vb_recording_entry *entry);

/* Adds bytes (at most VB_RECORDING_CHUNK_BYTES_MAX), then does the steps; end_ms is the time of the
 * last line. False, and nothing done, while the thread has too much to do already: again later.
 * Where the disk refuses it, the log says so and the recording ends there. */
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
size_t vb_recording_folder_read(struct vb_recording_folder *folder, const char *name,
                                uint64_t offset, char *bytes, size_t capacity);

#endif
