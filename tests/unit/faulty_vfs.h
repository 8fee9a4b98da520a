/* A disk that fails on request, under SQLite: its default VFS, with two methods of the log's file
 * taken over. */
#ifndef VOLTBEACON_FAULTY_VFS_H
#define VOLTBEACON_FAULTY_VFS_H

#include <sqlite3.h>

enum faulty_vfs_fault {
    FAULTY_VFS_NONE,
    FAULTY_VFS_FULL, /* no write finds space */
    FAULTY_VFS_SYNC  /* what is written is there, but fsync says otherwise */
};

struct faulty_vfs {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    const sqlite3_io_methods *real_methods; /* of every log: there is one kind of file system */
    sqlite3_io_methods methods;
    enum faulty_vfs_fault fault;
};

static struct faulty_vfs faulty_vfs;

static inline int faulty_vfs_write(sqlite3_file *file, const void *bytes, int size,
                                   sqlite3_int64 offset)
{
    if (faulty_vfs.fault == FAULTY_VFS_FULL)
        return SQLITE_FULL;
    return faulty_vfs.real_methods->xWrite(file, bytes, size, offset);
}

static inline int faulty_vfs_sync(sqlite3_file *file, int flags)
{
    if (faulty_vfs.fault == FAULTY_VFS_SYNC)
        return SQLITE_IOERR_FSYNC;
    return faulty_vfs.real_methods->xSync(file, flags);
}

static inline int faulty_vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                                  int *flags_out)
{
    (void)vfs;
    const int code = faulty_vfs.real->xOpen(faulty_vfs.real, name, file, flags, flags_out);
    if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0)
        return code;
    faulty_vfs.real_methods = file->pMethods;
    faulty_vfs.methods = *file->pMethods;
    faulty_vfs.methods.xWrite = faulty_vfs_write;
    faulty_vfs.methods.xSync = faulty_vfs_sync;
    file->pMethods = &faulty_vfs.methods;
    return SQLITE_OK;
}

/* SQLite's default from now on. */
static inline void faulty_vfs_install(void)
{
    faulty_vfs.real = sqlite3_vfs_find("unix-excl"); /* what the store goes through */
    faulty_vfs.vfs = *faulty_vfs.real;
    /* It keeps its name, so it is found in place of the one it stands on. */
    faulty_vfs.vfs.xOpen = faulty_vfs_open;
    sqlite3_vfs_register(&faulty_vfs.vfs, 1);
}

#endif
