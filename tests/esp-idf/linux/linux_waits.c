/* The system's calls that wait, for a program in which FreeRTOS lets one task run at a time: who
 * waits in the system keeps all tasks of a lower priority from running. Defined in the program,
 * they come before the system's own; the others have their turn while they wait. Servers are of
 * this machine alone. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

#include "host/host_http.h"
#include "linux_alone.h"
#include "voltbeacon/core/platform.h"

static int listening = -1;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- Who is ready ---- */

int select(int nfds, fd_set *readable, fd_set *writable, fd_set *failed, struct timeval *timeout)
{
    static const struct timespec at_once = {0};
    const int64_t until_us = timeout == NULL
                                 ? INT64_MAX
                                 : now_us() + (int64_t)timeout->tv_sec * 1000000 + timeout->tv_usec;
    fd_set *const sets[] = {readable, writable, failed};
    fd_set asked[3];
    for (unsigned i = 0; i < 3; i++)
        if (sets[i] != NULL)
            asked[i] = *sets[i];
    for (;;) {
        const int ready = pselect(nfds, readable, writable, failed, &at_once, NULL);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return ready;
        if (ready == 0 && now_us() >= until_us)
            return 0;
        for (unsigned i = 0; i < 3; i++)
            if (sets[i] != NULL)
                *sets[i] = asked[i];
        vTaskDelay(1);
    }
}

/* Whether a call on that socket, which would have had to wait, is to be tried again. */
static bool waits(int fd, int flags, int option, int64_t began_us)
{
    struct timeval patience = {0};
    socklen_t size = sizeof patience;
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN || (flags & MSG_DONTWAIT) != 0 || (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0)
        return false;
    if (getsockopt(fd, SOL_SOCKET, option, &patience, &size) != 0)
        return false;
    const int64_t patience_us = (int64_t)patience.tv_sec * 1000000 + patience.tv_usec;
    if (patience_us > 0 && now_us() - began_us >= patience_us) {
        errno = EAGAIN;
        return false;
    }
    vTaskDelay(1);
    return true;
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    const int64_t began_us = now_us();
    ssize_t got;
    do
        got = recvfrom(fd, bytes, size, flags | MSG_DONTWAIT, NULL, NULL);
    while (got < 0 && waits(fd, flags, SO_RCVTIMEO, began_us));
    return got;
}

/* As lwIP does, it raises no signal where the other end is gone. */
ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    const int64_t began_us = now_us();
    ssize_t sent;
    do
        sent = sendto(fd, bytes, size, flags | MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
    while (sent < 0 && waits(fd, flags, SO_SNDTIMEO, began_us));
    return sent;
}

/* ---- Servers ---- */

int bind(int fd, __CONST_SOCKADDR_ARG given, socklen_t size)
{
    struct sockaddr_in here;
    const struct sockaddr *address = given.__sockaddr__;
    if (address->sa_family != AF_INET || size != sizeof here)
        return (int)syscall(SYS_bind, fd, address, size);
    memcpy(&here, address, sizeof here);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return (int)syscall(SYS_bind, fd, &here, size);
}

int listen(int fd, int backlog)
{
    listening = fd;
    return (int)syscall(SYS_listen, fd, backlog);
}

uint16_t host_http_port(void)
{
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    VB_ASSERT(getsockname(listening, (struct sockaddr *)&here, &size) == 0);
    return ntohs(here.sin_port);
}

/* ---- Names ---- */

typedef int look_up_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

struct look_up {
    look_up_fn *call;
    const char *name, *service;
    const struct addrinfo *hints;
    struct addrinfo *found;
    int result;
    atomic_bool is_done;
};

static void *look_up(void *ctx)
{
    struct look_up *asked = ctx;
    asked->result = asked->call(asked->name, asked->service, asked->hints, &asked->found);
    atomic_store(&asked->is_done, true);
    return NULL;
}

/* In a thread of its own, which no task is. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    pthread_t thread;
    struct look_up asked = {.name = name, .service = service, .hints = hints};
    *(void **)&asked.call = dlsym(RTLD_NEXT, "getaddrinfo");
    const sigset_t before = linux_alone_begin();
    VB_ASSERT(asked.call != NULL && pthread_create(&thread, NULL, look_up, &asked) == 0);
    linux_alone_end(before);
    while (!atomic_load(&asked.is_done))
        vTaskDelay(1);
    pthread_join(thread, NULL);
    *found = asked.found;
    return asked.result;
}

/* ---- The console ---- */

int getc(FILE *stream)
{
    unsigned char typed;
    for (;;) {
        struct pollfd console = {.fd = fileno(stream), .events = POLLIN};
        const ssize_t got = poll(&console, 1, 0) > 0 ? read(console.fd, &typed, 1) : -1;
        if (got >= 0)
            return got > 0 ? typed : EOF;
        vTaskDelay(1);
    }
}

int getchar(void)
{
    return getc(stdin);
}
