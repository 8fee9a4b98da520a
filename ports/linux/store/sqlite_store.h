/* The store on SQLite: one database file per daemon with several namespaces, written by its own
 * thread.
 *
 * Reads are synchronous, on the caller's thread. A commit is passed to the thread and is one
 * transaction; it is answered from vb_sqlite_dispatch() once it survives a power cut (WAL with
 * synchronous=FULL: with NORMAL an announced version could be lost), or with VB_ERR_STORE and
 * nothing changed, or with VB_ERR_UNCERTAIN: store.h. */
#ifndef VOLTBEACON_LINUX_SQLITE_STORE_H
#define VOLTBEACON_LINUX_SQLITE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/store.h"

enum {
    VB_SQLITE_NAMESPACES_MAX = 4,
    VB_SQLITE_BATCH_CHANGES_MAX = 512,     /* a larger batch is answered VB_ERR_STORE */
    VB_SQLITE_BATCH_BYTES_MAX = 512 * 1024 /* of values */
};

/* What to do with a damaged database. */
enum vb_sqlite_damage {
    VB_SQLITE_REFUSE,    /* do not start: here the store is the original */
    VB_SQLITE_MOVE_ASIDE /* rename it and start with an empty one: here it is a copy */
};

struct vb_sqlite_options {
    const char *dir; /* created if missing; one daemon at a time */
    enum vb_sqlite_damage damage;
    uint32_t commit_delay_ms; /* added to every commit, to simulate a slow disk; 0 = none */
};

struct vb_sqlite_counters {
    uint64_t commits;  /* batches written */
    uint64_t writes;   /* keys changed or erased; equal values are not rewritten */
    uint64_t failures; /* batches that could not be written */
    bool stored;       /* the last batch was written, or the file can be: changes persist */
};

/* From vb_sqlite_dispatch, on its thread: the result of the batch committed with token. */
typedef void (*vb_sqlite_committed_fn)(void *ctx, uint32_t token, enum vb_err err);

struct vb_sqlite;

/* NULL, with the reason and the remedy in error, if the store cannot be opened. */
struct vb_sqlite *vb_sqlite_open(const struct vb_sqlite_options *options, char *error,
                                 size_t error_size);
/* Writes what was committed, then ends the thread; drops its answers. */
void vb_sqlite_close(struct vb_sqlite *db);

/* Whether the folder held a database before this start, a damaged one too: it has been a device's.
 */
bool vb_sqlite_found(const struct vb_sqlite *db);

/* A sentence if a damaged database was moved aside at startup, else NULL. */
const char *vb_sqlite_recovered(const struct vb_sqlite *db);

/* The store of a namespace, valid until vb_sqlite_close. Each namespace may have its own pending
 * batch. name is not copied. Its get and each work at any time, and see what is committed. */
const struct vb_store *vb_sqlite_namespace(struct vb_sqlite *db, const char *name,
                                           vb_sqlite_committed_fn on_committed, void *ctx);

/* Readable when there is something to dispatch. Owned by the store. */
int vb_sqlite_fd(const struct vb_sqlite *db);
void vb_sqlite_dispatch(struct vb_sqlite *db);

void vb_sqlite_counters(struct vb_sqlite *db, struct vb_sqlite_counters *counters);

#endif
