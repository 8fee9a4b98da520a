/* How every SQLite file of a data folder is opened: created completely or not at all, checked,
 * upgraded to the current layout, moved aside if damaged, and read if it is not writable. */
#ifndef VOLTBEACON_LINUX_DATABASE_H
#define VOLTBEACON_LINUX_DATABASE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { VB_DATABASE_RECOVERED_SIZE = 512 };

/* The content of a file. Constant. */
struct vb_database_layout {
    const char *file; /* its name in the data folder */
    const char *what; /* "the event log", for messages */

    /* steps[n] upgrades a file from layout n to layout n + 1, each in its own transaction. The
     * layout is SQLite's user_version; a file without tables has layout 0. */
    const char *const *steps;
    int step_count;

    int journal_bytes_max; /* the log next to the file is truncated to this size, in bytes */
    bool shared;           /* other programs may read it meanwhile; false: exclusively ours */
    bool keep_damaged;     /* it is the only copy: refuse a damaged one instead of moving it
                              aside */
};

enum vb_database_result {
    VB_DATABASE_OPEN,
    VB_DATABASE_READ_ONLY, /* it can be read; the disk is full, or not writable */
    VB_DATABASE_ABSENT,    /* it does not exist, and cannot be created now */
    VB_DATABASE_LATER,     /* it exists, but cannot be read now */
    VB_DATABASE_DAMAGED,   /* and left as it is */
    VB_DATABASE_NEWER,     /* written by a newer version */
    VB_DATABASE_MISNAMED   /* the path of the folder is too long */
};

struct vb_database {
    const struct vb_database_layout *layout;
    sqlite3 *connection; /* NULL unless VB_DATABASE_OPEN or VB_DATABASE_READ_ONLY */
    dev_t device;        /* identifies the file; 0 and 0 unless connected */
    ino_t inode;
    char path[PATH_MAX];
    bool found; /* a file of this name was there before this open, whatever it held */
    char recovered[VB_DATABASE_RECOVERED_SIZE]; /* a sentence, where one was set aside by this
                                                   open; else "" */
};

/* Opens DIR/file; dir must exist. One thread at a time uses the connection. For anything but
 * VB_DATABASE_OPEN, error says why, and what to do. */
enum vb_database_result vb_database_open(struct vb_database *database, const char *dir,
                                         const struct vb_database_layout *layout, char *error,
                                         size_t error_size);
void vb_database_close(struct vb_database *database);

/* A further connection to the file of this path, for another thread, which only reads; it waits for
 * a lock for busy_ms at most. NULL, and the log says why and the cause is set, where there is none
 * to be had. For sqlite3_close. */
sqlite3 *vb_database_reader(const char *path, const struct vb_database_layout *layout, int busy_ms);

/* Whether the path still refers to the same file: anything written into a removed folder is lost
 * with it. From any thread. */
bool vb_database_is_in_place(const struct vb_database *database);

/* The codes that SQLite returns for a file that is not a database, or is broken. */
bool vb_database_is_damage(int code);

/* Rolls back a transaction that may still be open after a failure. */
void vb_database_roll_back(sqlite3 *connection);

/* Makes new and renamed files survive a power cut. */
void vb_sync_dir(const char *dir);

#endif
