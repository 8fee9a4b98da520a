#include "linux/link/waited.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
    WAITED_MS_MAX = 24 * 3600 * 1000, /* longer: the system's clock was set in between */
    NS_PER_MS = 1000000,
    TRIES = 100 /* one millisecond each; one or two are needed */
};

static void ask(int fd)
{
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

/* Since it arrived. False if it has no timestamp. */
static bool waited_ns(struct msghdr *message, int64_t *ns)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec came;
        struct timespec now;
        memcpy(&came, CMSG_DATA(part), sizeof came);
        clock_gettime(CLOCK_REALTIME, &now);
        *ns = (now.tv_sec - came.tv_sec) * INT64_C(1000000000) + (now.tv_nsec - came.tv_nsec);
        return true;
    }
    return false;
}

/* A socket that receives what it sends. */
static int open_echo(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (bind(fd, (const void *)&here, sizeof here) == 0 &&
        getsockname(fd, (void *)&here, &size) == 0 &&
        connect(fd, (const void *)&here, sizeof here) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Sends itself a byte and leaves it there for a millisecond. False on failure. */
static bool leave_for_1_ms(int echo, int64_t *ns)
{
    char byte = 0;
    union vb_waited_control control;
    struct iovec into = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &into,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    if (send(echo, &byte, 1, 0) != 1)
        return false;
    (void)nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
    return recvmsg(echo, &message, 0) == 1 && waited_ns(&message, ns);
}

/* The kernel enables timestamps some time after the first socket of the machine has requested them.
 * What arrives before has none, and is given the time at which it is read, however long it has
 * waited: sock_recv_timestamp(), "race occurred". */
static void await_stamps(void)
{
    const int echo = open_echo();
    if (echo < 0)
        return;
    ask(echo);
    int64_t ns = 0;
    for (unsigned i = 0; i < TRIES && ns < NS_PER_MS / 2; i++) {
        if (!leave_for_1_ms(echo, &ns))
            break;
    }
    close(echo);
}

void vb_waited_ask(int fd)
{
    ask(fd);
    await_stamps();
}

uint32_t vb_waited_ms(struct msghdr *message)
{
    int64_t ns = 0;
    if (!waited_ns(message, &ns))
        return 0;
    const int64_t ms = ns / NS_PER_MS;
    return ms > 0 && ms < WAITED_MS_MAX ? (uint32_t)ms : 0;
}
