/* Where a receiver device puts its recordings: files, limited in number and size. The port keeps
 * them; nothing here waits for a disk.
 *
 * A recording is passed in chunks. Until it is published it is not visible; after that it grows in
 * place, and what was synced persists whatever happens. */
#ifndef VOLTBEACON_DEVICE_RECORDING_STORE_H
#define VOLTBEACON_DEVICE_RECORDING_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/recording_source.h"

enum { VB_RECORDING_CHUNK_BYTES_MAX = 32768 };

enum vb_recording_step {
    VB_RECORDING_GO_ON = 0,
    VB_RECORDING_SYNC = 1 << 0,    /* what was written so far survives a power cut */
    VB_RECORDING_PUBLISH = 1 << 1, /* likewise, and it is visible under its name */
    VB_RECORDING_FINISH = 1 << 2   /* likewise, and it is complete; no more writes */
};

struct vb_recording_store {
    void *ctx;

    /* Begins a recording: entry has its name, transmitter, begin and reason. The name gets a
     * number if it already exists. Returns its handle, 0 or more; negative if too many are in
     * progress. */
    int (*begin)(void *ctx, struct vb_recording_entry *entry);

    /* Appends size bytes, at most VB_RECORDING_CHUNK_BYTES_MAX, then performs the steps (enum
     * vb_recording_step, ORed). end_ms is the time of the last line in ms since 1970 UTC, 0 = not
     * known. False, with no effect, if there is too much to do already: retry later. If the disk
     * refuses it, the recording ends there. */
    bool (*write)(void *ctx, int recording, const char *bytes, size_t size, uint64_t end_ms,
                  unsigned steps);

    /* Whether the disk has refused it: nothing more needs to be written. It must still be
     * finished. */
    bool (*has_failed)(void *ctx, int recording);

    /* As in struct vb_recording_source. */
    bool (*at)(void *ctx, unsigned index, struct vb_recording_entry *entry);
    bool (*find)(void *ctx, const char *name, struct vb_recording_entry *entry);
    size_t (*read)(void *ctx, const char *name, uint64_t offset, char *bytes, size_t capacity);
};

#endif
