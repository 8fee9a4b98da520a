/* The database of the event log, DATA/events.db: its rows, one connection, one thread at a time. */
#ifndef VOLTBEACON_LINUX_EVENT_ROWS_H
#define VOLTBEACON_LINUX_EVENT_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/events/event_log.h"
#include "linux/store/database.h"
#include "linux/system/host.h"
#include "voltbeacon/api/occurrence.h"
#include "voltbeacon/core/platform.h"

enum { VB_EVENT_BATCH_ROWS = 64 };

struct vb_event_rows {
    char dir[VB_HOST_PATH_SIZE];
    struct vb_database database;
    sqlite3 *db;     /* its connection if it is writable, else NULL */
    sqlite3 *reader; /* for the thread that opened it; NULL if there was nothing to read */
    sqlite3_stmt *put;
    sqlite3_stmt *erase;
    sqlite3_stmt *put_note;
};

/* The content of one transaction. */
struct vb_event_batch {
    uint32_t row_count;
    struct vb_occurrence rows[VB_EVENT_BATCH_ROWS];
    uint64_t erase_to_id;                 /* all ended ones up to this id */
    char note_key[VB_EVENT_LOG_KEY_SIZE]; /* with a note */
    char *note;                           /* NULL = none */
};

typedef void (*vb_event_row_fn)(void *ctx, const struct vb_occurrence *occurrence);

/* Opens it and visits every row, by id. A damaged file is moved aside. On failure returns false
 * with the reason in error; each vb_event_rows_write() then tries again. */
VB_MUST_USE bool vb_event_rows_open(struct vb_event_rows *rows, const char *dir,
                                    vb_event_row_fn visit, void *ctx, char *error,
                                    size_t error_size);
void vb_event_rows_close(struct vb_event_rows *rows);

/* True once all of it survives a power cut; else none of it is stored, and the log says why. */
VB_MUST_USE bool vb_event_rows_write(struct vb_event_rows *rows,
                                     const struct vb_event_batch *batch);

/* The text under a key, for free(); NULL if there is none. For the thread that opened it. */
char *vb_event_rows_note(const struct vb_event_rows *rows, const char *key);

#endif
