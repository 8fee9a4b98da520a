/* The database file of a data folder: one daemon at a time, checked before it is used. */
#ifndef VOLTBEACON_LINUX_SQLITE_FILE_H
#define VOLTBEACON_LINUX_SQLITE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

enum { VB_SQLITE_RECOVERED_SIZE = 512 };

struct vb_sqlite_file {
    int lock_fd;                              /* holds DIR/lock */
    sqlite3 *reader;                          /* for the loop's thread */
    sqlite3 *writer;                          /* for the store's thread */
    char recovered[VB_SQLITE_RECOVERED_SIZE]; /* "" where nothing had to be moved aside */
};

/* False, and why and what to do in error. A damaged file is renamed where move_aside says so. */
VB_MUST_USE bool vb_sqlite_file_open(struct vb_sqlite_file *file, const char *dir, bool move_aside,
                                     char *error, size_t error_size);
void vb_sqlite_file_close(struct vb_sqlite_file *file);

#endif
