/* How every SQLite file of a data folder is opened: made whole or not at all, checked, brought to
 * the layout that this version knows, set aside where it is damaged, and read where it cannot be
 * written. */
#ifndef VOLTBEACON_LINUX_DATABASE_H
#define VOLTBEACON_LINUX_DATABASE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { VB_DATABASE_RECOVERED_SIZE = 512 };

/* What a file holds. Constant. */
struct vb_database_layout {
    const char *file; /* its name in the data folder */
    const char *what; /* "the event log", for messages */

    /* steps[n] takes a file from layout n to layout n + 1, each in a transaction of its own. The
     * layout is SQLite's user_version; a file without tables has layout 0. */
    const char *const *steps;
    int step_count;

    int journal_bytes_max; /* the log beside the file is cut down to it, in bytes */
    bool shared;           /* other programs may read it meanwhile; false: it is ours alone */
    bool keep_damaged;     /* it is the only copy: a damaged one is refused, not set aside */
};

enum vb_database_result {
    VB_DATABASE_OPEN,
    VB_DATABASE_READ_ONLY, /* what is there can be read; the disk is full, or not writable */
    VB_DATABASE_ABSENT,    /* there is none, and none can be made now */
    VB_DATABASE_LATER,     /* there is one, and it cannot be read now */
    VB_DATABASE_DAMAGED,   /* and kept as it is */
    VB_DATABASE_NEWER,     /* written by a newer version */
    VB_DATABASE_MISNAMED   /* the folder's name is too long */
};

struct vb_database {
    const struct vb_database_layout *layout;
    sqlite3 *connection; /* NULL unless VB_DATABASE_OPEN or VB_DATABASE_READ_ONLY */
    dev_t device;        /* which file it is; 0 and 0 unless connected */
    ino_t inode;
    char path[PATH_MAX];
    bool found; /* a file of this name was there before this open, whatever it held */
    char recovered[VB_DATABASE_RECOVERED_SIZE]; /* a sentence, where one was set aside by this
                                                   open; else "" */
};

/* Opens DIR/file; dir is there. One thread at a time uses the connection. On anything but
 * VB_DATABASE_OPEN error says why, and what to do. */
enum vb_database_result vb_database_open(struct vb_database *database, const char *dir,
                                         const struct vb_database_layout *layout, char *error,
                                         size_t error_size);
void vb_database_close(struct vb_database *database);

/* A further connection to the file of this path, for another thread, which only reads; it waits for
 * a lock for busy_ms at most. NULL, and the log says why and the cause is set, where there is none
 * to be had. For sqlite3_close. */
sqlite3 *vb_database_reader(const char *path, const struct vb_database_layout *layout, int busy_ms);

/* Whether the file is still the one of this name: whatever is written into a removed folder is lost
 * with it. From any thread. */
bool vb_database_is_in_place(const struct vb_database *database);

/* What SQLite returns for a file that is no database, or a broken one. */
bool vb_database_is_damage(int code);

/* Rolls back what a failed transaction may have left open. */
void vb_database_roll_back(sqlite3 *connection);

/* New and renamed files survive a power cut from here on. */
void vb_sync_dir(const char *dir);

#endif
