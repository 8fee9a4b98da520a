/* How long a datagram has waited in its socket: the system writes on it when it came. */
#ifndef VOLTBEACON_LINUX_WAITED_H
#define VOLTBEACON_LINUX_WAITED_H

#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* Room for what the system writes: msg_control of recvmsg(). */
union vb_waited_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct timespec))];
};

/* From its return on, what comes bears its time: to be asked of a socket that hears nothing yet,
 * before it is bound. Takes some milliseconds. Where the system does not do that, nothing is
 * known. */
void vb_waited_ask(int fd);

/* In ms, of a message that recvmsg() has filled in; 0 = not known. */
uint32_t vb_waited_ms(struct msghdr *message);

#endif
