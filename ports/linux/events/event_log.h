/* The receiver's memory of alarms and changes of state: kept in memory, and in a database of its
 * own (DATA/events.db) that a thread writes.
 *
 * Memory is what answers; the database follows it within a commit, and is read at the start. What
 * could not be written, for the disk was full, stays in memory and is written once there is room.
 * Bounded: beyond the capacity the oldest that have ended are forgotten. */
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
    const char *dir;          /* the data folder; there already */
    uint32_t commit_delay_ms; /* added to every commit, to try a slow disk; 0 = none */
    uint32_t capacity;        /* 0: VB_EVENT_LOG_CAPACITY */
};

/* A damaged database is moved aside; one that cannot be opened is tried again, and the log says so.
 * NULL, and why in error, without memory or threads. */
struct vb_event_log *vb_event_log_open(const struct vb_event_log_options *options, char *error,
                                       size_t error_size);
/* Writes what it can of what waits, and ends the thread. */
void vb_event_log_close(struct vb_event_log *log);

/* Readable when there is something to dispatch. Owned by the log. */
int vb_event_log_fd(const struct vb_event_log *log);
void vb_event_log_dispatch(struct vb_event_log *log);
/* Once a second: tries again what could not be written. */
void vb_event_log_tick(struct vb_event_log *log, uint32_t now_ms);

/* Waits, not for long, until all is on the disk; returns at once where the disk refuses. */
void vb_event_log_flush(struct vb_event_log *log);

/* Gives it the next id, keeps it and returns that id: milliseconds since 1970, or one more than the
 * last, so that no id is ever used twice even where the last ones never reached the disk. */
uint64_t vb_event_log_add(struct vb_event_log *log, const struct vb_occurrence *occurrence);
/* Replaces the one with its id. False where that is no longer kept. */
bool vb_event_log_change(struct vb_event_log *log, const struct vb_occurrence *occurrence);

/* NULL where there is none. Both valid until the next vb_event_log_add(). */
const struct vb_occurrence *vb_event_log_find(const struct vb_event_log *log, uint64_t id);
/* The newest with a lower id. */
const struct vb_occurrence *vb_event_log_before(const struct vb_event_log *log, uint64_t before);

/* Keeps a text under a key of fewer than VB_EVENT_LOG_KEY_SIZE bytes: what alarms and weak cells
 * have learnt. The newest text wins; one that waits for the disk is replaced by the next. False
 * where it is too long, or another key's text still waits. */
VB_MUST_USE bool vb_event_log_note(struct vb_event_log *log, const char *key, const char *text);
/* What the database has under the key, NUL-terminated, for free(); NULL where there is nothing. */
char *vb_event_log_noted(const struct vb_event_log *log, const char *key);

/* Whether anything waits for the disk, a change or a text. */
bool vb_event_log_waits(const struct vb_event_log *log);
/* How many changes wait for the disk. */
uint32_t vb_event_log_waiting(const struct vb_event_log *log);

#endif
