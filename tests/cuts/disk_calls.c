/* What is defined here stands before libc's own, for every library of the program. */
#include "disk_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_log.h"

enum { DESCRIPTORS_MAX = 1024 };

struct descriptor {
    enum { OTHER, A_FILE, A_FOLDER } is;
    int file;
    char folder[64];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char watched[PATH_MAX]; /* "": nothing is watched */
static struct descriptor descriptors[DESCRIPTORS_MAX];

void disk_calls_lock(void)
{
    pthread_mutex_lock(&lock);
}

void disk_calls_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void disk_calls_watch(const char *folder)
{
    disk_calls_lock();
    (void)snprintf(watched, sizeof watched, "%s", folder == NULL ? "" : folder);
    memset(descriptors, 0, sizeof descriptors);
    disk_calls_unlock();
}

typedef void (*call_fn)(void);

static call_fn real_call(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    call_fn call;
    if (found == NULL)
        abort();
    memcpy(&call, &found, sizeof call);
    return call;
}

/* REAL(int, "fsync", int)(fd) */
#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))real_call(name))

/* ---- Which file, which name: with the lock held -------------------------------------------- */

static struct descriptor *descriptor_of(int fd)
{
    static struct descriptor other;
    return watched[0] != '\0' && fd >= 0 && fd < DESCRIPTORS_MAX ? &descriptors[fd] : &other;
}

/* The path within the watched folder; NULL for any other. */
static const char *name_of(const char *path)
{
    const size_t size = strlen(watched);
    if (size == 0 || strncmp(path, watched, size) != 0)
        return NULL;
    path += size;
    if (*path != '\0' && *path != '/')
        return NULL;
    while (*path == '/')
        path++;
    return path;
}

static const char *name_at(int folder_fd, const char *path, char joined[PATH_MAX])
{
    if (path[0] == '/' || folder_fd == AT_FDCWD)
        return name_of(path);
    const struct descriptor *folder = descriptor_of(folder_fd);
    if (folder->is != A_FOLDER)
        return NULL;
    if (strcmp(path, ".") == 0)
        return folder->folder;
    (void)snprintf(joined, PATH_MAX, "%s%s%s", folder->folder, folder->folder[0] == '\0' ? "" : "/",
                   path);
    return joined;
}

static void opened(int fd, const char *name, int flags)
{
    struct stat status;
    if (fd < 0 || fd >= DESCRIPTORS_MAX || name == NULL || fstat(fd, &status) != 0)
        return;
    struct descriptor *descriptor = &descriptors[fd];
    memset(descriptor, 0, sizeof *descriptor);
    if (S_ISDIR(status.st_mode)) {
        descriptor->is = A_FOLDER;
        const int size = snprintf(descriptor->folder, sizeof descriptor->folder, "%s", name);
        if (size < 0 || (size_t)size >= sizeof descriptor->folder)
            abort();
    } else if (S_ISREG(status.st_mode)) {
        descriptor->is = A_FILE;
        descriptor->file = disk_log_open(name);
        if ((flags & O_TRUNC) != 0)
            disk_log_size(descriptor->file, 0);
    }
}

/* ---- The calls ------------------------------------------------------------------------------ */

static int open_at(const char *call, int folder_fd, const char *path, int flags, mode_t mode)
{
    char joined[PATH_MAX];
    disk_calls_lock();
    const int fd = REAL(int, call, int, const char *, int, ...)(folder_fd, path, flags, mode);
    opened(fd, name_at(folder_fd, path, joined), flags);
    disk_calls_unlock();
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name, call)                                   \
    int name(const char *path, int flags, ...)             \
    {                                                      \
        va_list rest;                                      \
        va_start(rest, flags);                             \
        const mode_t mode = mode_of(flags, rest);          \
        va_end(rest);                                      \
        return open_at(call, AT_FDCWD, path, flags, mode); \
    }
#define OPEN_AT(name, call)                                   \
    int name(int folder_fd, const char *path, int flags, ...) \
    {                                                         \
        va_list rest;                                         \
        va_start(rest, flags);                                \
        const mode_t mode = mode_of(flags, rest);             \
        va_end(rest);                                         \
        return open_at(call, folder_fd, path, flags, mode);   \
    }
OPEN(open, "openat")
OPEN(open64, "openat64")
OPEN_AT(openat, "openat")
OPEN_AT(openat64, "openat64")

int close(int fd)
{
    disk_calls_lock();
    descriptor_of(fd)->is = OTHER;
    const int result = REAL(int, "close", int)(fd);
    disk_calls_unlock();
    return result;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    disk_calls_lock();
    const ssize_t written = REAL(ssize_t, "write", int, const void *, size_t)(fd, bytes, size);
    const struct descriptor *descriptor = descriptor_of(fd);
    if (written > 0 && descriptor->is == A_FILE)
        disk_log_write(descriptor->file, bytes, (size_t)written,
                       (uint64_t)(lseek(fd, 0, SEEK_CUR) - written));
    disk_calls_unlock();
    return written;
}

static ssize_t write_to(const char *call, int fd, const void *bytes, size_t size, off_t offset)
{
    disk_calls_lock();
    const ssize_t written =
        REAL(ssize_t, call, int, const void *, size_t, off_t)(fd, bytes, size, offset);
    const struct descriptor *descriptor = descriptor_of(fd);
    if (written > 0 && descriptor->is == A_FILE)
        disk_log_write(descriptor->file, bytes, (size_t)written, (uint64_t)offset);
    disk_calls_unlock();
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return write_to("pwrite", fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    return write_to("pwrite64", fd, bytes, size, offset);
}

static int set_size(const char *call, int fd, off_t size)
{
    disk_calls_lock();
    const int result = REAL(int, call, int, off_t)(fd, size);
    const struct descriptor *descriptor = descriptor_of(fd);
    if (result == 0 && descriptor->is == A_FILE)
        disk_log_size(descriptor->file, (uint64_t)size);
    disk_calls_unlock();
    return result;
}

int ftruncate(int fd, off_t size)
{
    return set_size("ftruncate", fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return set_size("ftruncate64", fd, size);
}

static int sync_fd(const char *call, int fd)
{
    disk_calls_lock();
    const int result = REAL(int, call, int)(fd);
    const struct descriptor *descriptor = descriptor_of(fd);
    if (result == 0 && descriptor->is == A_FILE)
        disk_log_sync(descriptor->file);
    else if (result == 0 && descriptor->is == A_FOLDER)
        disk_log_sync_folder(descriptor->folder);
    disk_calls_unlock();
    return result;
}

int fsync(int fd)
{
    return sync_fd("fsync", fd);
}

int fdatasync(int fd)
{
    return sync_fd("fdatasync", fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    char from_joined[PATH_MAX];
    char to_joined[PATH_MAX];
    disk_calls_lock();
    const int result =
        REAL(int, "renameat", int, const char *, int, const char *)(from_fd, from, to_fd, to);
    const char *from_name = name_at(from_fd, from, from_joined);
    const char *to_name = name_at(to_fd, to, to_joined);
    if (result == 0 && from_name != NULL && to_name != NULL)
        disk_log_move(from_name, to_name);
    disk_calls_unlock();
    return result;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder_fd, const char *path, int flags)
{
    char joined[PATH_MAX];
    disk_calls_lock();
    const int result = REAL(int, "unlinkat", int, const char *, int)(folder_fd, path, flags);
    const char *name = name_at(folder_fd, path, joined);
    if (result == 0 && name != NULL)
        disk_log_remove(name);
    disk_calls_unlock();
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
    disk_calls_lock();
    const int result = REAL(int, "mkdir", const char *, mode_t)(path, mode);
    const char *name = name_of(path);
    if (result == 0 && name != NULL && name[0] != '\0')
        disk_log_folder(name);
    disk_calls_unlock();
    return result;
}
