/* The store's database in a data folder: one daemon at a time, checked before use. */
#ifndef VOLTBEACON_LINUX_SQLITE_FILE_H
#define VOLTBEACON_LINUX_SQLITE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "linux/store/database.h"
#include "voltbeacon/core/platform.h"

struct vb_sqlite_file {
    char dir[PATH_MAX];
    int lock_fd;                    /* holds DIR/lock */
    int claim_fd;                   /* holds the folder's name; -1 = not possible */
    enum vb_database_result opened; /* OPEN, READ_ONLY or ABSENT; of the store's thread */
    struct vb_database database;    /* for the store's thread */
    sqlite3 *reader;                /* for the loop's thread; NULL = nothing to read */
};

/* False, with the reason and the remedy in error, for anything that must not be ignored: the folder
 * is in use, or its content cannot be read. A disk that is full or not writable does not count:
 * existing content is read, and that is logged. A damaged file is renamed if move_aside is set. */
VB_MUST_USE bool vb_sqlite_file_open(struct vb_sqlite_file *file, const char *dir, bool move_aside,
                                     char *error, size_t error_size);
void vb_sqlite_file_close(struct vb_sqlite_file *file);

/* On the store's thread, before it writes: opens for writing what could not be opened before.
 * False, with the reason in error, while that is impossible. */
VB_MUST_USE bool vb_sqlite_file_ready(struct vb_sqlite_file *file, char *error, size_t error_size);

#endif
