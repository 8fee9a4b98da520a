/* Calls that fail once: $VB_FAULT=KIND:N fails the N-th call of alloc, sqlite, socket, file, mqtt
 * or loop, or of the one function that KIND names, and says so on stderr. N = 0 fails none, and
 * says at the end how many there were. The models are SQLite's own tests of malloc and of its VFS.
 */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <mosquitto.h>
#include <netdb.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

static atomic_ulong calls;

static void say_how_many(void)
{
    (void)fprintf(stderr, "fault: none of %lu calls\n", atomic_load(&calls));
}

/* Behind the name and its colon; NULL where fault is of another one. */
static const char *number_of(const char *fault, const char *name)
{
    const size_t size = strlen(name);
    return strncmp(fault, name, size) == 0 && fault[size] == ':' ? fault + size + 1 : NULL;
}

static bool fails(const char *kind, const char *function)
{
    const char *fault = getenv("VB_FAULT");
    if (fault == NULL)
        return false;
    const char *number = number_of(fault, kind);
    if (number == NULL)
        number = number_of(fault, function);
    if (number == NULL)
        return false;
    const unsigned long n = strtoul(number, NULL, 10);
    const unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    if (n == 0 && call == 1)
        (void)atexit(say_how_many);
    if (call != n)
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

WRAP(char *, strdup, (const char *text), (text), "alloc", ENOMEM, NULL)
WRAP(int, getifaddrs, (struct ifaddrs * *all), (all), "alloc", ENOMEM, -1)
WRAP(int, getaddrinfo,
     (const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **all),
     (host, port, hints, all), "alloc", ENOMEM, EAI_MEMORY)
WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *ctx),
     (thread, attributes, run, ctx), "alloc", EAGAIN, EAGAIN)

/* What cJSON takes while it parses a request. */
static void *allocate_json(size_t size)
{
    return fails("alloc", "cJSON") ? NULL : __real_malloc(size);
}

static __attribute__((constructor)) void give_json_its_allocator(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate_json, .free_fn = free};
    cJSON_InitHooks(&hooks);
}

WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol), "socket", EMFILE,
     -1)
WRAP(int, bind, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), "socket",
     ENOBUFS, -1)
WRAP(int, listen, (int fd, int backlog), (fd, backlog), "socket", ENOBUFS, -1)
WRAP(ssize_t, sendto,
     (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
      socklen_t to_size),
     (fd, bytes, size, flags, to, to_size), "socket", ENETUNREACH, -1)
WRAP(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags),
     "socket", ENOBUFS, -1)
WRAP(ssize_t, recv, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags),
     "socket", ENOMEM, -1)
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), "socket",
     ENOMEM, -1)
WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), "socket",
     ENETUNREACH, -1)
WRAP(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t size),
     (fd, level, option, value, size), "socket", ENOMEM, -1)
WRAP(int, getsockopt, (int fd, int level, int option, void *value, socklen_t *size),
     (fd, level, option, value, size), "socket", ENOBUFS, -1)
WRAP(int, getsockname, (int fd, struct sockaddr *name, socklen_t *size), (fd, name, size), "socket",
     ENOBUFS, -1)
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
WRAP(int, sqlite3_prepare_v3,
     (sqlite3 * db, const char *sql, int size, unsigned flags, sqlite3_stmt **made,
      const char **rest),
     (db, sql, size, flags, made, rest), "sqlite", EIO, (*made = NULL, SQLITE_IOERR))

/* A value that is copied, which takes memory: where there is none, NULL is what is bound. */
#define WRAP_BIND(name, type)                                                          \
    int __real_##name(sqlite3_stmt *, int, const type *, int, void (*)(void *));       \
    int __wrap_##name(sqlite3_stmt *, int, const type *, int, void (*)(void *));       \
    int __wrap_##name(sqlite3_stmt *statement, int place, const type *value, int size, \
                      void (*end)(void *))                                             \
    {                                                                                  \
        if (end != SQLITE_TRANSIENT || !fails("sqlite", #name))                        \
            return __real_##name(statement, place, value, size, end);                  \
        (void)sqlite3_bind_null(statement, place);                                     \
        return SQLITE_NOMEM;                                                           \
    }

WRAP_BIND(sqlite3_bind_text, char)
WRAP_BIND(sqlite3_bind_blob, void)

WRAP(int, sqlite3_step, (sqlite3_stmt * statement), (statement), "sqlite", EIO, SQLITE_IOERR)
WRAP(int, sqlite3_exec,
     (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *ctx,
      char **error),
     (db, sql, row, ctx, error), "sqlite", EIO, SQLITE_IOERR)

/* ---- MQTT: what libmosquitto says when it has no memory, or its connection is gone ---- */

WRAP(struct mosquitto *, mosquitto_new, (const char *id, bool clean, void *ctx), (id, clean, ctx),
     "mqtt", ENOMEM, NULL)
WRAP(int, mosquitto_will_set,
     (struct mosquitto * client, const char *topic, int size, const void *bytes, int qos,
      bool retain),
     (client, topic, size, bytes, qos, retain), "mqtt", ENOMEM, MOSQ_ERR_NOMEM)
WRAP(int, mosquitto_connect_async,
     (struct mosquitto * client, const char *host, int port, int keepalive),
     (client, host, port, keepalive), "mqtt", ENETUNREACH, MOSQ_ERR_ERRNO)
WRAP(int, mosquitto_publish,
     (struct mosquitto * client, int *id, const char *topic, int size, const void *bytes, int qos,
      bool retain),
     (client, id, topic, size, bytes, qos, retain), "mqtt", ENOMEM, MOSQ_ERR_NOMEM)
WRAP(int, mosquitto_disconnect, (struct mosquitto * client), (client), "mqtt", ENOMEM,
     MOSQ_ERR_NOMEM)
WRAP(int, mosquitto_loop_read, (struct mosquitto * client, int packets), (client, packets), "mqtt",
     ECONNRESET, MOSQ_ERR_CONN_LOST)
WRAP(int, mosquitto_loop_write, (struct mosquitto * client, int packets), (client, packets), "mqtt",
     ECONNRESET, MOSQ_ERR_CONN_LOST)
WRAP(int, mosquitto_loop_misc, (struct mosquitto * client), (client), "mqtt", ECONNRESET,
     MOSQ_ERR_CONN_LOST)

/* ---- Files: what goes to a disk, not to an event's descriptor ---- */

static bool is_file(int fd)
{
    struct stat what;
    return fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(more, unsigned) : 0;
    va_end(more);
    if (!fails("file", "open"))
        return __real_open(path, flags, mode);
    errno = EMFILE;
    return -1;
}

int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(more, unsigned) : 0;
    va_end(more);
    if (!fails("file", "openat"))
        return __real_openat(folder, path, flags, mode);
    errno = EMFILE;
    return -1;
}

WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), "file", EMFILE, NULL)
WRAP(DIR *, opendir, (const char *path), (path), "file", EMFILE, NULL)
WRAP(DIR *, fdopendir, (int fd), (fd), "file", EMFILE, NULL)

/* WRAP for a file that is open. */
#define WRAP_FILE(type, name, parameters, arguments, number) \
    type __real_##name parameters;                           \
    type __wrap_##name parameters;                           \
    type __wrap_##name parameters                            \
    {                                                        \
        if (is_file(fd) && fails("file", #name)) {           \
            errno = number;                                  \
            return -1;                                       \
        }                                                    \
        return __real_##name arguments;                      \
    }

WRAP_FILE(ssize_t, read, (int fd, void *bytes, size_t size), (fd, bytes, size), EIO)
WRAP_FILE(ssize_t, pread, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at), EIO)
WRAP_FILE(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size), ENOSPC)
WRAP_FILE(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), ENOSPC)
WRAP(int, fsync, (int fd), (fd), "file", EIO, -1)
WRAP(int, fdatasync, (int fd), (fd), "file", EIO, -1)
WRAP(int, rename, (const char *from, const char *to), (from, to), "file", EIO, -1)
WRAP(int, renameat, (int from_dir, const char *from, int to_dir, const char *to),
     (from_dir, from, to_dir, to), "file", EIO, -1)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), "file", ENOSPC, -1)
