/* Calls that fail once: $VB_FAULT=KIND:N fails the N-th call of alloc, sqlite, socket or loop, and
 * says so on stderr. N = 0 fails none. The models are SQLite's own tests of malloc and of its VFS.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static atomic_ulong calls;

static bool fails(const char *kind, const char *function)
{
    const char *fault = getenv("VB_FAULT");
    const size_t size = strlen(kind);
    if (fault == NULL || strncmp(fault, kind, size) != 0 || fault[size] != ':')
        return false;
    const unsigned long n = strtoul(fault + size + 1, NULL, 10);
    if (atomic_fetch_add(&calls, 1) + 1 != n)
        return false;
    (void)fprintf(stderr, "fault: %s, call %lu of its kind, fails\n", function, n);
    return true;
}

/* The linker gives a call of NAME to __wrap_NAME, and one of __real_NAME to what is meant. */
#define WRAP(type, name, parameters, arguments, kind, number, failure) \
    type __real_##name parameters;                                     \
    type __wrap_##name parameters;                                     \
    type __wrap_##name parameters                                      \
    {                                                                  \
        if (fails(kind, #name)) {                                      \
            errno = number;                                            \
            return failure;                                            \
        }                                                              \
        return __real_##name arguments;                                \
    }

WRAP(void *, malloc, (size_t size), (size), "alloc", ENOMEM, NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), "alloc", ENOMEM, NULL)
WRAP(void *, realloc, (void *old, size_t size), (old, size), "alloc", ENOMEM, NULL)

WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol), "socket", EMFILE,
     -1)
WRAP(int, bind, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), "socket",
     ENOBUFS, -1)
WRAP(int, listen, (int fd, int backlog), (fd, backlog), "socket", ENOBUFS, -1)
WRAP(ssize_t, sendto,
     (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
      socklen_t to_size),
     (fd, bytes, size, flags, to, to_size), "socket", ENETUNREACH, -1)
WRAP(int, accept4, (int fd, struct sockaddr *from, socklen_t *size, int flags),
     (fd, from, size, flags), "socket", ECONNABORTED, -1)
WRAP(int, epoll_create1, (int flags), (flags), "socket", EMFILE, -1)
WRAP(int, epoll_ctl, (int set, int action, int fd, struct epoll_event *event),
     (set, action, fd, event), "socket", ENOSPC, -1)
WRAP(int, timerfd_create, (int clock, int flags), (clock, flags), "socket", EMFILE, -1)
WRAP(int, eventfd, (unsigned begin, int flags), (begin, flags), "socket", EMFILE, -1)

struct lws_context;
WRAP(int, lws_service, (struct lws_context * context, int unused), (context, unused), "loop", EBADF,
     -1)

WRAP(int, sqlite3_open_v2, (const char *path, sqlite3 **db, int flags, const char *vfs),
     (path, db, flags, vfs), "sqlite", EIO, (*db = NULL, SQLITE_CANTOPEN))
WRAP(int, sqlite3_prepare_v2,
     (sqlite3 * db, const char *sql, int size, sqlite3_stmt **made, const char **rest),
     (db, sql, size, made, rest), "sqlite", EIO, (*made = NULL, SQLITE_IOERR))
WRAP(int, sqlite3_step, (sqlite3_stmt * statement), (statement), "sqlite", EIO, SQLITE_IOERR)
WRAP(int, sqlite3_exec,
     (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *ctx,
      char **error),
     (db, sql, row, ctx, error), "sqlite", EIO, SQLITE_IOERR)
