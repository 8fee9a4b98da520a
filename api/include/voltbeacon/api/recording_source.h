/* The recordings that a receiver keeps, as the API sees them: through callbacks, so that it knows
 * no files. */
#ifndef VOLTBEACON_RECORDING_SOURCE_H
#define VOLTBEACON_RECORDING_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_RECORDING_NAME_SIZE = 80, /* bytes, the NUL included */
    VB_RECORDING_WHY_SIZE = 160,
    VB_RECORDING_SECONDS_MAX = 600 /* on demand, in addition to the minute before */
};

enum vb_recording_state {
    VB_RECORDING_UNDER_WAY,
    VB_RECORDING_COMPLETE,
    VB_RECORDING_CUT /* not finished, because of a restart or a full disk */
};

struct vb_recording_entry {
    char name[VB_RECORDING_NAME_SIZE];
    enum vb_recording_state state;
    bool mac_known;
    struct vb_mac mac;
    uint64_t begin_ms; /* since 1970 UTC */
    uint64_t end_ms;   /* of its last line so far */
    uint64_t bytes;
    char reason[VB_RECORDING_WHY_SIZE];
};

/* Whether a name is valid for a recording: letters, digits and '-', then ".jsonl". No other name
 * reaches the disk. */
bool vb_recording_name_is_sound(const char *name);

/* All answer at once. */
struct vb_recording_source {
    void *ctx;
    /* The index-th, newest first. False past the last. */
    bool (*at)(void *ctx, unsigned index, struct vb_recording_entry *entry);
    /* False if there is none of that name. */
    bool (*find)(void *ctx, const char *name, struct vb_recording_entry *entry);
    /* Bytes from offset on, at most capacity; 0 at the end, or if it is gone. */
    size_t (*read)(void *ctx, const char *name, uint64_t offset, char *bytes, size_t capacity);
    /* Begins one of this transmitter: the minute before, and so many seconds from now. VB_ERR_OK
     * and *entry; VB_ERR_BUSY and *entry is the one that is under way; VB_ERR_NOT_FOUND;
     * VB_ERR_STORE when it cannot be written. */
    enum vb_err (*begin)(void *ctx, const struct vb_mac *mac, uint32_t seconds,
                         struct vb_recording_entry *entry);
};

VB_C_END

#endif
