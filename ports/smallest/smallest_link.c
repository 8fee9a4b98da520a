#include "smallest/smallest_link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 2 * VB_MAC_BYTES,
    DATAGRAM_BYTES_MAX = HEAD_BYTES + VB_FRAME_BYTES_MAX,
    WAIT_MS_MAX = 1000
};

/* This link knows at once whether the receiver has it. Most do not: they return VB_LINK_SENT. */
static enum vb_link_sent send_frame(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                                    size_t size)
{
    const struct vb_smallest_link *link = ctx;
    uint8_t datagram[DATAGRAM_BYTES_MAX];
    VB_ASSERT(size >= 1 && size <= VB_FRAME_BYTES_MAX);
    memcpy(datagram, link->mac.bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_MAC_BYTES, dst->bytes, VB_MAC_BYTES);
    memcpy(datagram + HEAD_BYTES, bytes, size);
    if (sendto(link->fd, datagram, HEAD_BYTES + size, 0, (const struct sockaddr *)&link->there,
               sizeof link->there) >= 0)
        return VB_LINK_DELIVERED;
    return errno == EAGAIN || errno == ENOBUFS ? VB_LINK_REFUSED : VB_LINK_LOST;
}

static bool set_path(struct sockaddr_un *address, const char *path, const char *whose)
{
    address->sun_family = AF_UNIX;
    const int size = snprintf(address->sun_path, sizeof address->sun_path, "%s.%s", path, whose);
    errno = ENAMETOOLONG;
    return size < (int)sizeof address->sun_path;
}

bool vb_smallest_link_open(struct vb_smallest_link *link, const char *path,
                           const struct vb_mac *mac)
{
    struct sockaddr_un here = {0};
    *link = (struct vb_smallest_link){.mac = *mac,
                                      .port = {.ctx = link,
                                               .name = "pipe",
                                               .frame_bytes_max = VB_FRAME_BYTES_MAX,
                                               .broadcast = vb_mac_broadcast,
                                               .stays_here = true,
                                               .send = send_frame}};
    if (!set_path(&here, path, "transmitter") || !set_path(&link->there, path, "receiver"))
        return false;
    link->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    unlink(here.sun_path); /* of an earlier life */
    return link->fd >= 0 && bind(link->fd, (const struct sockaddr *)&here, sizeof here) == 0;
}

/* A device gets the frames meant for it, and none that it sent itself. The core decides whether a
 * frame is complete, and one of ours. */
static bool is_for_us(const struct vb_smallest_link *link, const struct vb_link_frame *frame)
{
    const bool from_group = (frame->src.bytes[0] & 1) != 0;
    return !from_group && !vb_mac_equal(&frame->src, &link->mac) &&
           (vb_mac_equal(&frame->dst, &link->mac) ||
            vb_mac_equal(&frame->dst, &link->port.broadcast));
}

bool vb_smallest_link_receive(struct vb_smallest_link *link, uint32_t wait_ms,
                              struct vb_link_frame *frame, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    uint8_t datagram[DATAGRAM_BYTES_MAX];
    struct pollfd wait = {.fd = link->fd, .events = POLLIN};
    if (poll(&wait, 1, (int)(wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX)) <= 0)
        return false;
    const ssize_t size = recv(link->fd, datagram, sizeof datagram, MSG_TRUNC);
    if (size <= HEAD_BYTES || size > DATAGRAM_BYTES_MAX)
        return false;
    *frame = (struct vb_link_frame){.bytes = bytes,
                                    .size = (uint16_t)(size - HEAD_BYTES),
                                    .rssi_dbm = VB_LINK_RSSI_UNKNOWN_DBM};
    memcpy(frame->src.bytes, datagram, VB_MAC_BYTES);
    memcpy(frame->dst.bytes, datagram + VB_MAC_BYTES, VB_MAC_BYTES);
    memcpy(bytes, datagram + HEAD_BYTES, frame->size);
    return is_for_us(link, frame);
}
