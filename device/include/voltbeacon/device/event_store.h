/* Where a receiver device keeps its past: occurrences by id, and texts by key. Answers come from
 * memory immediately; whether and when it reaches a disk is up to the port. */
#ifndef VOLTBEACON_DEVICE_EVENT_STORE_H
#define VOLTBEACON_DEVICE_EVENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/occurrence.h"

enum { VB_EVENT_NOTE_KEY_SIZE = 48 /* bytes, including the NUL */ };

struct vb_event_store {
    void *ctx;

    /* Assigns the next id, keeps a copy and returns the id; ids increase, across restarts too. 0 if
     * there is no room and nothing to drop: all that are kept are open. */
    uint64_t (*add)(void *ctx, const struct vb_occurrence *occurrence);
    /* Replaces the one with its id. False if that is no longer kept. */
    bool (*change)(void *ctx, const struct vb_occurrence *occurrence);

    /* Both results are valid until the next add; NULL if there is none. before: the newest with a
     * lower id, UINT64_MAX for the newest of all. */
    const struct vb_occurrence *(*find)(void *ctx, uint64_t id);
    const struct vb_occurrence *(*before)(void *ctx, uint64_t id);

    /* Stores a text under a key of fewer than VB_EVENT_NOTE_KEY_SIZE bytes, passed in consecutive
     * pieces: the first has offset 0, and the last one replaces the key's previous text as a whole.
     * False if it cannot be accepted now (another key's text is still waiting) or at all; then
     * nothing has changed, and the remaining pieces can be skipped. */
    bool (*note)(void *ctx, const char *key, size_t offset, const char *piece, size_t size,
                 bool last);
    /* Bytes of the key's text from offset on, at most capacity; 0 at its end, or if there is none.
     * Read from offset 0 on, without gaps. */
    size_t (*noted)(void *ctx, const char *key, size_t offset, char *bytes, size_t capacity);

    /* Whether a power cut would still lose some of it. NULL: it never would. */
    bool (*waits)(void *ctx);

    /* While the device stops: may wait briefly until a note can be accepted again. NULL: there is
     * nothing to wait for. */
    void (*flush)(void *ctx);
};

#endif
