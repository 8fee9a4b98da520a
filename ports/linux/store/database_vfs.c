#include "linux/store/database_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "voltbeacon/core/platform.h"

enum { INDEX_PAGE_BYTES = 4096 }; /* the unit in which os_unix.c, unixShmMap() allocates */

typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pwrite_fn real_pwrite;

static ssize_t write_with_room(int fd, const void *bytes, size_t size, off_t offset)
{
    const off_t page = offset - (INDEX_PAGE_BYTES - 1);
    const bool makes_room = size == 1 && offset % INDEX_PAGE_BYTES == INDEX_PAGE_BYTES - 1;
    if (makes_room && fallocate(fd, FALLOC_FL_KEEP_SIZE, page, INDEX_PAGE_BYTES) != 0 &&
        errno != EOPNOTSUPP)
        return -1;
    return real_pwrite(fd, bytes, size, offset);
}

static void install(void)
{
    static const char *const names[] = {"pwrite64", "pwrite"}; /* depends on how SQLite was built */
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    VB_ASSERT(vfs != NULL);
    for (unsigned i = 0; i < VB_COUNT_OF(names) && real_pwrite == NULL; i++) {
        real_pwrite = (pwrite_fn)vfs->xGetSystemCall(vfs, names[i]);
        if (real_pwrite != NULL)
            (void)vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)write_with_room);
    }
}

void vb_database_vfs_install(void)
{
    (void)pthread_once(&once, install);
}
