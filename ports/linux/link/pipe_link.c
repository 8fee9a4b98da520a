/* A link between two processes of one machine, without a network: "pipe:FD" or "pipe:PATH".
 *
 * FD is a descriptor that this process inherited: one end of a socketpair() of datagrams or packets
 * (SOCK_DGRAM, SOCK_SEQPACKET); the other device has the other end.
 *
 * PATH is a name in the file system: the transmitter listens at PATH.transmitter, the receiver at
 * PATH.receiver, and each finds the other whenever it is there. Leftovers of a daemon that has
 * ended are replaced; a second one at an end is refused.
 *
 * It loses nothing, and unlike UDP it knows at once whether a frame arrived: if the other end is
 * gone it is VB_LINK_LOST, if its queue is full it is VB_LINK_REFUSED. */
#include "linux/link/linux_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "linux/system/cause.h"

struct pipe_end {
    int fd;
    struct sockaddr_un here;  /* where we listen; no path if the descriptor was inherited */
    struct sockaddr_un there; /* likewise, the other device */
};

/* ---- Life ---- */

static void close_pipe(struct vb_linux_link *link)
{
    struct pipe_end *end = link->state;
    if (end->fd >= 0)
        close(end->fd);
    if (end->here.sun_path[0] != '\0')
        unlink(end->here.sun_path);
    free(end);
}

static bool failed(struct vb_linux_link *link, const char *options, const char *why, char *error,
                   size_t error_size)
{
    snprintf(error, error_size, "--link: pipe:%s: %s", options, why);
    close_pipe(link);
    return false;
}

static bool set_path(struct sockaddr_un *address, const char *path, const char *whose)
{
    address->sun_family = AF_UNIX;
    const int size = snprintf(address->sun_path, sizeof address->sun_path, "%s.%s", path, whose);
    return size < (int)sizeof address->sun_path;
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 6;
}

/* An inherited descriptor that preserves datagram boundaries. */
static const char *take_fd(struct pipe_end *end, const char *number)
{
    const int fd = (int)strtol(number, NULL, 10);
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        (type != SOCK_DGRAM && type != SOCK_SEQPACKET))
        return "this descriptor is not a datagram or packet socket";
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return strerror(errno);
    end->fd = fd;
    return NULL;
}

/* Whether a process listens there; the file alone may be left over from one that is gone. */
static bool is_taken(const struct sockaddr_un *place)
{
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)place, sizeof *place) == 0;
    if (fd >= 0)
        (void)close(fd);
    return taken;
}

static const char *listen_at(struct pipe_end *end, const char *path, enum vb_link_side side)
{
    const bool transmits = side == VB_LINK_TRANSMITTER;
    struct sockaddr_un here = {0};
    if (path[0] == '\0')
        return "name a descriptor or a path";
    if (!set_path(&here, path, transmits ? "transmitter" : "receiver") ||
        !set_path(&end->there, path, transmits ? "receiver" : "transmitter"))
        return "the path is too long";
    if (is_taken(&here)) {
        vb_cause_set(VB_CAUSE_UNAVAILABLE);
        return transmits ? "a transmitter is at this end already, and a pipe has one at each end"
                         : "a receiver is at this end already, and a pipe has one at each end";
    }
    end->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(here.sun_path);
    if (end->fd < 0 || bind(end->fd, (const struct sockaddr *)&here, sizeof here) != 0) {
        vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
        return strerror(errno);
    }
    end->here = here;
    return NULL;
}

static bool open_pipe(struct vb_linux_link *link, const char *options,
                      const struct vb_linux_link_options *how, char *error, size_t error_size)
{
    struct pipe_end *end = calloc(1, sizeof *end);
    if (end == NULL) {
        snprintf(error, error_size, "cannot open the link: out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    link->state = end;
    end->fd = -1;
    vb_cause_set(VB_CAUSE_USAGE);
    const char *why =
        is_number(options) ? take_fd(end, options) : listen_at(end, options, how->side);
    if (why != NULL)
        return failed(link, options, why, error, error_size);
    link->fds[0] = end->fd;
    link->fd_count = 1;
    link->port.stays_here = true;
    snprintf(link->place, sizeof link->place, "%.120s", options);
    snprintf(link->scope, sizeof link->scope, VB_LINK_SCOPE_HERE);
    return true;
}

/* ---- Frames ---- */

static ptrdiff_t receive_pipe(struct vb_linux_link *link, uint8_t *datagram,
                              struct vb_link_frame *frame)
{
    const struct pipe_end *end = link->state;
    (void)frame; /* only its bytes are known */
    /* Once the other end of a socketpair of packets is closed, it reads as empty forever; a
     * datagram of 0 bytes is not a frame either. */
    const ptrdiff_t size = recv(end->fd, datagram, VB_LINK_DATAGRAM_BYTES_MAX, MSG_TRUNC);
    return size > 0 ? size : -1;
}

static enum vb_link_sent send_pipe(struct vb_linux_link *link, const struct vb_mac *dst,
                                   const uint8_t *datagram, size_t size)
{
    const struct pipe_end *end = link->state;
    const bool named = end->there.sun_path[0] != '\0';
    (void)dst; /* there is only one at the other end */
    const ssize_t sent =
        sendto(end->fd, datagram, size, MSG_NOSIGNAL,
               named ? (const struct sockaddr *)&end->there : NULL, named ? sizeof end->there : 0);
    if (sent >= 0)
        return VB_LINK_DELIVERED;
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
    return full ? VB_LINK_REFUSED : VB_LINK_LOST;
}

const struct vb_link_kind vb_pipe_link_kind = {.name = "pipe",
                                               .usage = "pipe:FD or pipe:PATH",
                                               .open = open_pipe,
                                               .close = close_pipe,
                                               .receive = receive_pipe,
                                               .send = send_pipe};
