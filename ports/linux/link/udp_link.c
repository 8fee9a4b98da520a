#include "linux/link/udp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/link/udp_networks.h"
#include "linux/link/waited.h"
#include "linux/system/cause.h"

enum {
    PORT_DEFAULT = 5600,
    OPTIONS_TEXT_SIZE = 128,
    PASSED_OVER_MAX = 64 /* in one call; then the loop gets its turn */
};

struct peer {
    struct vb_mac mac;
    struct sockaddr_in address;
    uint64_t used_at; /* on link->clock; 0 = unused slot */
};

struct udp {
    int group_fd;
    int own_fd;
    bool own_next;            /* which socket is read next: neither starves */
    struct sockaddr_in group; /* where broadcasts go; on this machine if finds is set */
    bool finds;               /* it finds its networks by itself, and broadcasts in each */
    struct in_addr only;      /* only the network with this address; INADDR_ANY = all */
    struct vb_udp_networks networks;
    uint64_t clock; /* counts uses of peers */
    struct peer peers[VB_UDP_PEERS_MAX];
};

/* == Options ================================================================================= */

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    const bool digits = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    /* The receivers' broadcasts take the port above. */
    if (!digits || value < 1 || value > 65534) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

static bool parse_pair(char *pair, struct vb_udp_options *options, bool *bind_given, char *error,
                       size_t error_size)
{
    char *value = strchr(pair, '=');
    if (value == NULL) {
        snprintf(error, error_size, "--link: \"%s\" is not key=value; expected port, group or bind",
                 pair);
        return false;
    }
    *value++ = '\0';
    if (strcmp(pair, "port") == 0) {
        if (!parse_port(value, &options->port)) {
            snprintf(error, error_size, "--link: port is \"%s\", it must be 1 to 65534", value);
            return false;
        }
        return true;
    }
    const bool is_bind = strcmp(pair, "bind") == 0;
    if (!is_bind && strcmp(pair, "group") != 0) {
        snprintf(error, error_size, "--link: unknown key \"%s\"; expected port, group or bind",
                 pair);
        return false;
    }
    if (inet_pton(AF_INET, value, is_bind ? &options->bind : &options->group) != 1) {
        snprintf(error, error_size, "--link: %s is \"%s\", it must be an IPv4 address like %s",
                 pair, value, is_bind ? "127.0.0.1" : "127.255.255.255");
        return false;
    }
    *bind_given = *bind_given || is_bind;
    options->group_given = options->group_given || !is_bind;
    return true;
}

static bool is_loopback(struct in_addr address)
{
    return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool vb_udp_options_parse(const char *text, struct vb_udp_options *options, char *error,
                          size_t error_size)
{
    *options = (struct vb_udp_options){.port = PORT_DEFAULT};
    options->group.s_addr = htonl(0x7fffffffu); /* 127.255.255.255 */
    bool bind_given = false;

    char pairs[OPTIONS_TEXT_SIZE];
    const int size = snprintf(pairs, sizeof(pairs), "%s", text);
    if (size >= (int)sizeof(pairs)) {
        snprintf(error, error_size, "--link: longer than %d characters", OPTIONS_TEXT_SIZE - 1);
        return false;
    }
    char *rest = pairs;
    for (char *pair = strsep(&rest, ","); pair != NULL && size > 0; pair = strsep(&rest, ",")) {
        if (!parse_pair(pair, options, &bind_given, error, error_size)) {
            return false;
        }
    }
    if (!bind_given) {
        options->bind.s_addr = htonl(is_loopback(options->group) ? INADDR_LOOPBACK : INADDR_ANY);
    }
    return true;
}

/* == Sockets ================================================================================= */

static bool open_failed(const char *what, struct in_addr address, uint16_t port, char *error,
                        size_t error_size)
{
    const int reason = errno;
    char text[INET_ADDRSTRLEN];
    vb_cause_set_errno(reason, VB_CAUSE_UNAVAILABLE);
    inet_ntop(AF_INET, &address, text, sizeof(text));
    if (reason == EADDRINUSE) {
        snprintf(error, error_size,
                 "the link cannot %s %s:%u: another program uses this port; choose another with "
                 "--link udp:port=N",
                 what, text, port);
    } else if (reason == EADDRNOTAVAIL) {
        snprintf(error, error_size,
                 "the link cannot %s %s:%u: this machine has no such address; see \"ip address\"",
                 what, text, port);
    } else {
        snprintf(error, error_size, "the link cannot %s %s:%u: %s", what, text, port,
                 strerror(reason));
    }
    return false;
}

static int make_socket(void)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        vb_waited_ask(fd); /* a frame may wait there while the daemon is busy */
    return fd;
}

static bool set_flag(int fd, int level, int option)
{
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

static bool is_multicast(struct in_addr address)
{
    return IN_MULTICAST(ntohl(address.s_addr));
}

static bool open_group_socket(struct udp *udp, const struct vb_udp_options *options, uint16_t port,
                              char *error, size_t error_size)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr = udp->finds ? options->bind : options->group,
                                        .sin_port = htons(port)};
    udp->group_fd = make_socket();
    if (udp->group_fd < 0 || !set_flag(udp->group_fd, SOL_SOCKET, SO_REUSEADDR) ||
        bind(udp->group_fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return open_failed("listen on", address.sin_addr, port, error, error_size);
    }
    if (is_multicast(options->group)) {
        const struct ip_mreq membership = {.imr_multiaddr = options->group,
                                           .imr_interface = options->bind};
        if (setsockopt(udp->group_fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership,
                       sizeof(membership)) != 0) {
            return open_failed("join the group", options->group, port, error, error_size);
        }
    }
    return true;
}

static bool open_own_socket(struct udp *udp, const struct vb_udp_options *options, char *error,
                            size_t error_size)
{
    udp->own_fd = make_socket();
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = options->bind};
    if (udp->own_fd < 0 || !set_flag(udp->own_fd, SOL_SOCKET, SO_BROADCAST) ||
        bind(udp->own_fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return open_failed("send from", options->bind, 0, error, error_size);
    }
    if (is_multicast(options->group) && (!set_flag(udp->own_fd, IPPROTO_IP, IP_MULTICAST_LOOP) ||
                                         setsockopt(udp->own_fd, IPPROTO_IP, IP_MULTICAST_IF,
                                                    &options->bind, sizeof(options->bind)) != 0)) {
        return open_failed("send multicast from", options->bind, 0, error, error_size);
    }
    return true;
}

static void describe(struct vb_linux_link *link, const struct vb_udp_options *options)
{
    const struct udp *udp = link->state;
    char group[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &options->group, group, sizeof(group));
    link->port.stays_here = !udp->finds && is_loopback(options->group);
    if (udp->finds) {
        snprintf(link->place, sizeof(link->place), "port %u", options->port);
        vb_udp_networks_text(&udp->networks, link->scope, sizeof(link->scope));
        return;
    }
    snprintf(link->place, sizeof(link->place), "%s:%u", group, options->port);
    if (link->port.stays_here) {
        snprintf(link->scope, sizeof(link->scope), VB_LINK_SCOPE_HERE);
    } else {
        snprintf(link->scope, sizeof(link->scope), "on %s %s",
                 is_multicast(options->group) ? "the multicast group" : "the broadcast address",
                 group);
    }
}

/* Networks come and go: an address from DHCP may be late, a cable may be pulled. */
static bool look(struct vb_linux_link *link)
{
    struct udp *udp = link->state;
    struct vb_udp_networks now;
    if (!udp->finds || !vb_udp_networks_read(&now, udp->only) ||
        vb_udp_networks_equal(&now, &udp->networks)) {
        return false;
    }
    udp->networks = now;
    vb_udp_networks_text(&udp->networks, link->scope, sizeof(link->scope));
    return true;
}

/* Checks whether the user allows where the options lead. Without a group the link then finds its
 * networks, and listens at every address. */
static bool choose_reach(struct udp *udp, struct vb_udp_options *options, bool open, char *error,
                         size_t error_size)
{
    if (options->group_given && !is_loopback(options->group) && !open) {
        snprintf(error, error_size,
                 "--link: others can hear the link there, and it is neither encrypted nor "
                 "authenticated yet: omit group, or use --insecure-open-link");
        return false;
    }
    udp->finds = open && !options->group_given;
    if (udp->finds) {
        udp->only.s_addr = is_loopback(options->bind) ? htonl(INADDR_ANY) : options->bind.s_addr;
        options->bind.s_addr = htonl(INADDR_ANY);
        if (!vb_udp_networks_read(&udp->networks, udp->only)) {
            udp->networks.count = 0; /* to be found again */
        }
    }
    return true;
}

static void close_udp(struct vb_linux_link *link)
{
    struct udp *udp = link->state;
    if (udp->group_fd >= 0) {
        close(udp->group_fd);
    }
    if (udp->own_fd >= 0) {
        close(udp->own_fd);
    }
    free(udp);
}

static void learn(void *ctx, const struct vb_link_frame *frame);
static void forget(void *ctx, const struct vb_mac *mac);

static bool open_udp(struct vb_linux_link *link, const char *text,
                     const struct vb_linux_link_options *how, char *error, size_t error_size)
{
    struct vb_udp_options options;
    vb_cause_set(VB_CAUSE_USAGE);
    if (!vb_udp_options_parse(text, &options, error, error_size)) {
        return false;
    }
    VB_ASSERT(options.port >= 1 && options.port <= 65534);
    struct udp *udp = calloc(1, sizeof(*udp));
    if (udp == NULL) {
        snprintf(error, error_size, "cannot open the link: out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    const bool transmits = how->side == VB_LINK_TRANSMITTER;
    const uint16_t low = options.port;
    const uint16_t high = (uint16_t)(options.port + 1);
    link->state = udp;
    udp->group_fd = -1;
    udp->own_fd = -1;
    udp->group = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_addr = options.group,
                                      .sin_port = htons(transmits ? low : high)};
    if (!choose_reach(udp, &options, how->open, error, error_size) ||
        !open_group_socket(udp, &options, transmits ? high : low, error, error_size) ||
        !open_own_socket(udp, &options, error, error_size)) {
        close_udp(link);
        return false;
    }
    describe(link, &options);
    link->fds[0] = udp->group_fd;
    link->fds[1] = udp->own_fd;
    link->fd_count = 2;
    link->port.learn = learn;
    link->port.forget = forget;
    return true;
}

/* == Frames ================================================================================== */

/* Packs the origin of a datagram into the 64 bits that a frame carries back to learn(). */
static uint64_t origin_of(const struct sockaddr_in *from)
{
    return (uint64_t)from->sin_addr.s_addr << 16 | from->sin_port;
}

static struct sockaddr_in address_of(uint64_t origin)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr = {.s_addr = (in_addr_t)(origin >> 16)},
                                .sin_port = (in_port_t)origin};
}

/* Negative if the socket has nothing. */
static ptrdiff_t receive_from(int fd, uint8_t *bytes, struct vb_link_frame *frame)
{
    struct sockaddr_in from = {0};
    struct iovec piece = {.iov_base = bytes, .iov_len = VB_LINK_DATAGRAM_BYTES_MAX};
    union vb_waited_control control;
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    /* MSG_TRUNC: returns the original size, even if it exceeds the buffer. */
    const ssize_t size = recvmsg(fd, &message, MSG_TRUNC);
    if (size >= 0) {
        frame->origin = origin_of(&from);
        frame->age_ms = vb_waited_ms(&message);
    }
    return size;
}

/* Whether the sender is on this machine or in its networks. A broadcast of this machine arrives
 * from each of its networks as well as from the loopback: one copy is enough. */
static bool is_from_here(struct vb_linux_link *link, int fd, const struct vb_link_frame *frame)
{
    const struct udp *udp = link->state;
    const struct in_addr from = address_of(frame->origin).sin_addr;
    if (!udp->finds || is_loopback(from)) {
        return true;
    }
    if (fd == udp->group_fd && vb_udp_networks_own(&udp->networks, from)) {
        return false;
    }
    if (vb_udp_networks_hold(&udp->networks, from)) {
        return true;
    }
    link->counters.dropped[VB_LINK_DROP_OUTSIDE]++;
    return false;
}

static ptrdiff_t receive_udp(struct vb_linux_link *link, uint8_t *datagram,
                             struct vb_link_frame *frame)
{
    struct udp *udp = link->state;
    for (unsigned passed_over = 0; passed_over < PASSED_OVER_MAX; passed_over++) {
        int fd = udp->own_next ? udp->own_fd : udp->group_fd;
        ptrdiff_t size = receive_from(fd, datagram, frame);
        if (size < 0) {
            fd = udp->own_next ? udp->group_fd : udp->own_fd;
            size = receive_from(fd, datagram, frame);
        }
        udp->own_next = !udp->own_next;
        if (size < 0 || is_from_here(link, fd, frame)) {
            return size;
        }
    }
    return -1; /* the descriptors stay readable */
}

static struct peer *find_peer(struct udp *udp, const struct vb_mac *mac)
{
    for (size_t index = 0; index < VB_UDP_PEERS_MAX; index++) {
        struct peer *peer = &udp->peers[index];
        if (peer->used_at != 0 && vb_mac_equal(&peer->mac, mac)) {
            return peer;
        }
    }
    return NULL;
}

static struct peer *longest_unused_peer(struct udp *udp)
{
    struct peer *oldest = &udp->peers[0];
    for (size_t index = 1; index < VB_UDP_PEERS_MAX; index++) {
        if (udp->peers[index].used_at < oldest->used_at) {
            oldest = &udp->peers[index];
        }
    }
    return oldest;
}

static void learn(void *ctx, const struct vb_link_frame *frame)
{
    struct udp *udp = ((struct vb_linux_link *)ctx)->state;
    VB_ASSERT(!vb_mac_equal(&frame->src, &vb_mac_broadcast));
    struct peer *peer = find_peer(udp, &frame->src);
    if (peer == NULL) {
        peer = longest_unused_peer(udp);
    }
    peer->mac = frame->src;
    peer->address = address_of(frame->origin);
    peer->used_at = ++udp->clock;
}

static void forget(void *ctx, const struct vb_mac *mac)
{
    struct peer *peer = find_peer(((struct vb_linux_link *)ctx)->state, mac);
    if (peer != NULL) {
        peer->used_at = 0;
    }
}

static bool send_to(const struct udp *udp, const struct sockaddr_in *to, const uint8_t *datagram,
                    size_t size)
{
    return sendto(udp->own_fd, datagram, size, MSG_NOSIGNAL, (const struct sockaddr *)to,
                  sizeof(*to)) >= 0;
}

/* Broadcasts only once in a network with two interfaces, wired and wireless. */
static bool is_named_before(const struct vb_udp_networks *networks, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (networks->all[i].broadcast.s_addr == networks->all[index].broadcast.s_addr) {
            return true;
        }
    }
    return false;
}

static bool broadcast(const struct udp *udp, const uint8_t *datagram, size_t size)
{
    struct sockaddr_in to = udp->group;
    bool sent = send_to(udp, &to, datagram, size);
    for (unsigned i = 0; i < udp->networks.count; i++) {
        to.sin_addr = udp->networks.all[i].broadcast;
        if (!is_named_before(&udp->networks, i)) {
            sent = send_to(udp, &to, datagram, size) || sent;
        }
    }
    return sent;
}

static enum vb_link_sent send_udp(struct vb_linux_link *link, const struct vb_mac *dst,
                                  const uint8_t *datagram, size_t size)
{
    struct udp *udp = link->state;
    struct peer *peer = find_peer(udp, dst);
    if (peer != NULL) {
        peer->used_at = ++udp->clock;
    }
    const bool sent = peer != NULL ? send_to(udp, &peer->address, datagram, size)
                                   : broadcast(udp, datagram, size);
    return sent ? VB_LINK_SENT : VB_LINK_REFUSED;
}

const struct vb_link_kind vb_udp_link_kind = {.name = "udp",
                                              .usage = "udp[:port=5600,group=ADDRESS,bind=ADDRESS]",
                                              .open = open_udp,
                                              .close = close_udp,
                                              .look = look,
                                              .receive = receive_udp,
                                              .send = send_udp};
