/* The store's database in a data folder: one daemon at a time, checked before it is used. */
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
    int claim_fd;                   /* holds the folder's name; -1 = it cannot be held */
    enum vb_database_result opened; /* OPEN, READ_ONLY or ABSENT; of the store's thread */
    struct vb_database database;    /* for the store's thread */
    sqlite3 *reader;                /* for the loop's thread; NULL = there is nothing to read */
};

/* False, and why and what to do in error, where there is something that must not be passed over:
 * the folder is in use, or what is in it cannot be read. A disk that is full or cannot be written
 * is no such thing: what is there is read, and the log says so. A damaged file is renamed where
 * move_aside says so. */
VB_MUST_USE bool vb_sqlite_file_open(struct vb_sqlite_file *file, const char *dir, bool move_aside,
                                     char *error, size_t error_size);
void vb_sqlite_file_close(struct vb_sqlite_file *file);

/* Of the store's thread, before it writes: opens for writing what could not be before. False, and
 * why in error, while it cannot be. */
VB_MUST_USE bool vb_sqlite_file_ready(struct vb_sqlite_file *file, char *error, size_t error_size);

#endif
