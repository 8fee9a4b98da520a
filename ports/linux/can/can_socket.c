#include "linux/can/can_socket.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FILTERS_MAX = 64,
    PASSED_OVER_MAX = 64 /* in one call; then the loop gets its turn */
};

/* ---- Opening ---- */

static int open_failed(int fd, const char *interface, int reason, char *error, size_t error_size)
{
    if (reason == EAFNOSUPPORT || reason == EPROTONOSUPPORT)
        snprintf(error, error_size,
                 "this machine's kernel has no CAN, so %s cannot be opened: load it with "
                 "\"modprobe can_raw\", or use a kernel built with CONFIG_CAN_RAW",
                 interface);
    else if (reason == ENODEV)
        snprintf(error, error_size,
                 "there is no CAN interface %s: plug the adapter in, then \"ip link set %s up "
                 "type can bitrate 500000\"; \"ip link\" lists all interfaces",
                 interface, interface);
    else
        snprintf(error, error_size, "the CAN interface %s cannot be opened: %s", interface,
                 strerror(reason));
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct can_filter filter_of(uint32_t id)
{
    const bool is_extended = (id & VB_CAN_EXTENDED) != 0;
    const canid_t number = id & ~(uint32_t)VB_CAN_EXTENDED;
    return (struct can_filter){.can_id = number | (is_extended ? CAN_EFF_FLAG : 0),
                               .can_mask = CAN_EFF_FLAG | CAN_RTR_FLAG |
                                           (is_extended ? CAN_EFF_MASK : CAN_SFF_MASK)};
}

static bool set_filters(int fd, const struct vb_can_battery *battery)
{
    struct can_filter filters[FILTERS_MAX];
    VB_ASSERT(battery->broadcast_count + 2 <= FILTERS_MAX);
    socklen_t count = 0;
    filters[count++] = filter_of(battery->request_id);
    filters[count++] = filter_of(battery->answer_id);
    for (uint8_t i = 0; i < battery->broadcast_count; i++)
        filters[count++] = filter_of(battery->broadcasts[i].id);
    return setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, filters,
                      count * (socklen_t)sizeof filters[0]) == 0;
}

int vb_can_socket_open(const char *interface, const struct vb_can_battery *battery, char *error,
                       size_t error_size)
{
    const int fd = socket(PF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW);
    if (fd < 0)
        return open_failed(fd, interface, errno, error, error_size);
    const unsigned index = if_nametoindex(interface);
    if (index == 0)
        return open_failed(fd, interface, ENODEV, error, error_size);
    const struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = (int)index};
    if (!set_filters(fd, battery) ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return open_failed(fd, interface, errno, error, error_size);
    return fd;
}

/* ---- Frames ---- */

static bool take(const struct can_frame *raw, struct vb_can_frame *frame)
{
    if ((raw->can_id & (CAN_RTR_FLAG | CAN_ERR_FLAG)) != 0 || raw->can_dlc > VB_CAN_DATA_BYTES_MAX)
        return false;
    const bool is_extended = (raw->can_id & CAN_EFF_FLAG) != 0;
    frame->id =
        is_extended ? (raw->can_id & CAN_EFF_MASK) | VB_CAN_EXTENDED : raw->can_id & CAN_SFF_MASK;
    frame->size = raw->can_dlc;
    memcpy(frame->data, raw->data, raw->can_dlc);
    return true;
}

enum vb_can_received vb_can_socket_receive(int fd, struct vb_can_frame *frame)
{
    for (unsigned i = 0; i < PASSED_OVER_MAX; i++) {
        struct can_frame raw;
        const ssize_t size = recv(fd, &raw, sizeof raw, 0);
        if (size < 0)
            return errno == EAGAIN || errno == EINTR ? VB_CAN_NO_FRAME : VB_CAN_FAULT;
        if (size == (ssize_t)sizeof raw && take(&raw, frame))
            return VB_CAN_RECEIVED;
    }
    return VB_CAN_NO_FRAME;
}

bool vb_can_socket_send(int fd, const struct vb_can_frame *frame)
{
    VB_ASSERT(frame->size <= VB_CAN_DATA_BYTES_MAX);
    struct can_frame raw = {.can_dlc = frame->size};
    raw.can_id = frame->id & ~(uint32_t)VB_CAN_EXTENDED;
    if ((frame->id & VB_CAN_EXTENDED) != 0)
        raw.can_id |= CAN_EFF_FLAG;
    memcpy(raw.data, frame->data, frame->size);
    return send(fd, &raw, sizeof raw, MSG_NOSIGNAL) == (ssize_t)sizeof raw;
}
