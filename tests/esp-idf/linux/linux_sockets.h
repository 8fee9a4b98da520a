/* Sockets of lwIP, where they are the system's. */
#ifndef VOLTBEACON_TESTS_LINUX_SOCKETS_H
#define VOLTBEACON_TESTS_LINUX_SOCKETS_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define DEFAULT_ACCEPTMBOX_SIZE 16

static inline int lwip_getpeername(int s, struct sockaddr *name, socklen_t *namelen)
{
    return getpeername(s, name, namelen);
}

static inline int lwip_setsockopt(int s, int level, int optname, const void *opval, socklen_t size)
{
    return setsockopt(s, level, optname, opval, size);
}

static inline int lwip_shutdown(int s, int how)
{
    return shutdown(s, how);
}

#endif
