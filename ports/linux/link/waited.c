#include "linux/link/waited.h"

#include <string.h>

enum { WAITED_MS_MAX = 24 * 3600 * 1000 /* longer: the system's clock was set meanwhile */ };

void vb_waited_ask(int fd)
{
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

uint32_t vb_waited_ms(struct msghdr *message)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec came;
        struct timespec now;
        memcpy(&came, CMSG_DATA(part), sizeof came);
        clock_gettime(CLOCK_REALTIME, &now);
        const int64_t ms =
            (now.tv_sec - came.tv_sec) * INT64_C(1000) + (now.tv_nsec - came.tv_nsec) / 1000000;
        return ms > 0 && ms < WAITED_MS_MAX ? (uint32_t)ms : 0;
    }
    return 0;
}
