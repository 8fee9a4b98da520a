/* How long a datagram has waited in its socket, from its receive timestamp. */
#ifndef VOLTBEACON_LINUX_WAITED_H
#define VOLTBEACON_LINUX_WAITED_H

#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* Room for the timestamp: msg_control of recvmsg(). */
union vb_waited_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct timespec))];
};

/* Enables timestamps on a socket that does not receive anything yet, before it is bound; from its
 * return on, datagrams have them. Takes some milliseconds. If the system does not support that,
 * nothing is known. */
void vb_waited_ask(int fd);

/* In ms, of a message filled in by recvmsg(); 0 = not known. */
uint32_t vb_waited_ms(struct msghdr *message);

#endif
