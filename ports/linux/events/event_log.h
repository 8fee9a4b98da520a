/* The receiver's record of alarms and state changes: kept in memory, and in its own database
 * (DATA/events.db), which a thread writes.
 *
 * Answers come from memory; the database follows within a commit, and is read at startup. What
 * could not be written because the disk was full stays in memory until there is room. Bounded:
 * beyond the capacity the oldest ended ones are dropped. */
#ifndef VOLTBEACON_LINUX_EVENT_LOG_H
#define VOLTBEACON_LINUX_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/occurrence.h"
#include "voltbeacon/core/platform.h"

enum {
    VB_EVENT_LOG_CAPACITY = 10000,
    VB_EVENT_LOG_NOTE_BYTES_MAX = 64 * 1024,
    VB_EVENT_LOG_KEY_SIZE = 48
};

struct vb_event_log;

struct vb_event_log_options {
    const char *dir;          /* the data folder; must exist */
    uint32_t commit_delay_ms; /* added to every commit, to simulate a slow disk; 0 = none */
    uint32_t capacity;        /* 0: VB_EVENT_LOG_CAPACITY */
};

/* A damaged database is moved aside; one that cannot be opened is retried, and logged. NULL, with
 * the reason in error, if out of memory or threads. */
struct vb_event_log *vb_event_log_open(const struct vb_event_log_options *options, char *error,
                                       size_t error_size);
/* Writes as much as possible of what is pending, and ends the thread. */
void vb_event_log_close(struct vb_event_log *log);

/* Readable when there is something to dispatch. Owned by the log. */
int vb_event_log_fd(const struct vb_event_log *log);
void vb_event_log_dispatch(struct vb_event_log *log);
/* Once a second: retries what could not be written. */
void vb_event_log_tick(struct vb_event_log *log, uint32_t now_ms);

/* Waits briefly until all is on disk; returns at once if the disk refuses. */
void vb_event_log_flush(struct vb_event_log *log);

/* Assigns the next id, stores it and returns the id: milliseconds since 1970, or one more than the
 * last, so that no id is ever reused even if the last ones never reached the disk. */
uint64_t vb_event_log_add(struct vb_event_log *log, const struct vb_occurrence *occurrence);
/* Replaces the one with its id. False if that is no longer kept. */
bool vb_event_log_change(struct vb_event_log *log, const struct vb_occurrence *occurrence);

/* NULL if there is none. Both valid until the next vb_event_log_add(). */
const struct vb_occurrence *vb_event_log_find(const struct vb_event_log *log, uint64_t id);
/* The newest with a lower id. */
const struct vb_occurrence *vb_event_log_before(const struct vb_event_log *log, uint64_t before);

/* Stores a text under a key of fewer than VB_EVENT_LOG_KEY_SIZE bytes: what alarms and weak cells
 * have learnt. The newest text wins; a pending one is replaced by the next. False if it is too
 * long, or another key's text is still pending. */
VB_MUST_USE bool vb_event_log_note(struct vb_event_log *log, const char *key, const char *text);
/* The text in the database under the key, NUL-terminated, for free(); NULL if there is none. */
char *vb_event_log_noted(const struct vb_event_log *log, const char *key);

/* Whether anything has to be written, a change or a text. */
bool vb_event_log_waits(const struct vb_event_log *log);
/* The number of changes to be written. */
uint32_t vb_event_log_waiting(const struct vb_event_log *log);

#endif
