/* Where a receiver device keeps its past: occurrences by id, and texts under keys. Memory answers
 * at once; whether and when it reaches a disk is the port's matter. */
#ifndef VOLTBEACON_DEVICE_EVENT_STORE_H
#define VOLTBEACON_DEVICE_EVENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/occurrence.h"

enum { VB_EVENT_NOTE_KEY_SIZE = 48 /* bytes, the NUL included */ };

struct vb_event_store {
    void *ctx;

    /* Gives the occurrence the next id, keeps a copy and returns the id: it grows, past restarts
     * too. 0 where there is no room and nothing to forget: all that are kept are open. */
    uint64_t (*add)(void *ctx, const struct vb_occurrence *occurrence);
    /* Replaces the one with its id. False where that is not kept any more. */
    bool (*change)(void *ctx, const struct vb_occurrence *occurrence);

    /* Both are valid until the next add; NULL where there is none. before: the newest with a lower
     * id, UINT64_MAX for the newest of all. */
    const struct vb_occurrence *(*find)(void *ctx, uint64_t id);
    const struct vb_occurrence *(*before)(void *ctx, uint64_t id);

    /* Keeps a text under a key of fewer than VB_EVENT_NOTE_KEY_SIZE bytes, given in pieces one
     * right after the other: the first has offset 0, with the last one it replaces what was kept
     * under the key, whole. False where it cannot be taken now (another key's text still waits) or
     * at all; nothing has changed then, and the rest need not be given. */
    bool (*note)(void *ctx, const char *key, size_t offset, const char *piece, size_t size,
                 bool last);
    /* Bytes of the text under the key from offset on, at most capacity; 0 at its end, or where
     * there is none. Asked from offset 0 on, without gaps. */
    size_t (*noted)(void *ctx, const char *key, size_t offset, char *bytes, size_t capacity);

    /* Whether a power cut would still lose some of it. NULL: it never would. */
    bool (*waits)(void *ctx);

    /* While the device stops: may wait, not for long, until a note can be taken again. NULL: there
     * is nothing to wait for. */
    void (*flush)(void *ctx);
};

#endif
