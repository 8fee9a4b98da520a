#include "linux/link/udp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT_DEFAULT = 5600,
    DATAGRAM_BYTES_MAX = VB_UDP_HEAD_BYTES + VB_FRAME_BYTES_MAX,
    DROPS_PER_RECEIVE_MAX = 64, /* then the loop gets its turn */
    OPTIONS_TEXT_SIZE = 128
};

struct peer {
    struct vb_mac mac;
    struct sockaddr_in address;
    uint64_t used_at; /* of link->clock; 0 = slot not used */
};

struct vb_udp_link {
    int group_fd;
    int own_fd;
    bool own_next; /* which socket is read next: neither starves */
    struct vb_mac mac;
    struct sockaddr_in group; /* where broadcasts go */
    uint64_t clock;           /* counts uses of peers */
    struct peer peers[VB_UDP_PEERS_MAX];
    struct vb_udp_counters counters;
};

static const char *const drop_texts[] = {
#define X(NAME, text) [VB_UDP_DROP_##NAME] = (text),
    VB_UDP_DROP_LIST(X)
#undef X
};

const char *vb_udp_drop_text(enum vb_udp_drop drop)
{
    VB_ASSERT((size_t)drop < VB_COUNT_OF(drop_texts));
    return drop_texts[drop];
}

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
        snprintf(error, error_size, "--link: \"%s\" is not key=value; known are port, group, bind",
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
        snprintf(error, error_size, "--link: there is no key \"%s\"; known are port, group, bind",
                 pair);
        return false;
    }
    if (inet_pton(AF_INET, value, is_bind ? &options->bind : &options->group) != 1) {
        snprintf(error, error_size, "--link: %s is \"%s\", it must be an IPv4 address like %s",
                 pair, value, is_bind ? "127.0.0.1" : "127.255.255.255");
        return false;
    }
    *bind_given = *bind_given || is_bind;
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

    if (strncmp(text, "udp", 3) != 0 || (text[3] != '\0' && text[3] != ':')) {
        snprintf(error, error_size, "--link: \"%s\" is not a link; use udp or udp:key=value,...",
                 text);
        return false;
    }
    char pairs[OPTIONS_TEXT_SIZE];
    const int size = snprintf(pairs, sizeof(pairs), "%s", text[3] == ':' ? text + 4 : "");
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
    return socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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

static bool open_group_socket(struct vb_udp_link *link, const struct vb_udp_options *options,
                              uint16_t port, char *error, size_t error_size)
{
    link->group_fd = make_socket();
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr = options->group, .sin_port = htons(port)};
    if (link->group_fd < 0 || !set_flag(link->group_fd, SOL_SOCKET, SO_REUSEADDR) ||
        bind(link->group_fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return open_failed("listen on", options->group, port, error, error_size);
    }
    if (is_multicast(options->group)) {
        const struct ip_mreq membership = {.imr_multiaddr = options->group,
                                           .imr_interface = options->bind};
        if (setsockopt(link->group_fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership,
                       sizeof(membership)) != 0) {
            return open_failed("join the group", options->group, port, error, error_size);
        }
    }
    return true;
}

static bool open_own_socket(struct vb_udp_link *link, const struct vb_udp_options *options,
                            char *error, size_t error_size)
{
    link->own_fd = make_socket();
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = options->bind};
    if (link->own_fd < 0 || !set_flag(link->own_fd, SOL_SOCKET, SO_BROADCAST) ||
        bind(link->own_fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return open_failed("send from", options->bind, 0, error, error_size);
    }
    if (is_multicast(options->group) && (!set_flag(link->own_fd, IPPROTO_IP, IP_MULTICAST_LOOP) ||
                                         setsockopt(link->own_fd, IPPROTO_IP, IP_MULTICAST_IF,
                                                    &options->bind, sizeof(options->bind)) != 0)) {
        return open_failed("send multicast from", options->bind, 0, error, error_size);
    }
    return true;
}

struct vb_udp_link *vb_udp_link_open(const struct vb_udp_options *options, enum vb_udp_role role,
                                     const struct vb_mac *mac, char *error, size_t error_size)
{
    VB_ASSERT(options->port >= 1 && options->port <= 65534);
    struct vb_udp_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        snprintf(error, error_size, "the link cannot be opened: out of memory");
        return NULL;
    }
    const uint16_t low = options->port;
    const uint16_t high = (uint16_t)(options->port + 1);
    link->group_fd = -1;
    link->own_fd = -1;
    link->mac = *mac;
    link->group = (struct sockaddr_in){.sin_family = AF_INET,
                                       .sin_addr = options->group,
                                       .sin_port = htons(role == VB_UDP_TRANSMITTER ? low : high)};
    if (!open_group_socket(link, options, role == VB_UDP_TRANSMITTER ? high : low, error,
                           error_size) ||
        !open_own_socket(link, options, error, error_size)) {
        vb_udp_link_close(link);
        return NULL;
    }
    return link;
}

void vb_udp_link_close(struct vb_udp_link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->group_fd >= 0) {
        close(link->group_fd);
    }
    if (link->own_fd >= 0) {
        close(link->own_fd);
    }
    free(link);
}

void vb_udp_link_fds(const struct vb_udp_link *link, int fds[2])
{
    fds[0] = link->group_fd;
    fds[1] = link->own_fd;
}

/* == Frames ================================================================================== */

static void count_frame(struct vb_udp_traffic *traffic, const uint8_t *frame, size_t size)
{
    struct vb_udp_tally *message = &traffic->by_message[size > 1 ? frame[1] % VB_UDP_MESSAGES : 0];
    traffic->all.frames++;
    traffic->all.frame_bytes += size;
    traffic->datagram_bytes += size + VB_UDP_HEAD_BYTES;
    message->frames++;
    message->frame_bytes += size;
}

/* Whether a datagram concerns this device; where it does not, it is counted. */
static bool accept_datagram(struct vb_udp_link *link, const uint8_t *datagram, size_t size,
                            struct vb_mac *src, struct vb_mac *dst)
{
    if (size <= VB_UDP_HEAD_BYTES) {
        link->counters.dropped[VB_UDP_DROP_SHORT]++;
        return false;
    }
    if (size > DATAGRAM_BYTES_MAX) {
        link->counters.dropped[VB_UDP_DROP_LONG]++;
        return false;
    }
    memcpy(src->bytes, datagram, VB_MAC_BYTES);
    memcpy(dst->bytes, datagram + VB_MAC_BYTES, VB_MAC_BYTES);
    if (vb_mac_equal(src, &link->mac)) {
        link->counters.dropped[VB_UDP_DROP_OWN]++;
        return false;
    }
    if ((src->bytes[0] & 1) != 0) { /* IEEE 802: a group's address */
        link->counters.dropped[VB_UDP_DROP_SENDER]++;
        return false;
    }
    if (!vb_mac_equal(dst, &link->mac) && !vb_mac_equal(dst, &vb_mac_broadcast)) {
        link->counters.dropped[VB_UDP_DROP_FOREIGN]++;
        return false;
    }
    return true;
}

/* Negative when the socket has nothing. */
static ssize_t receive_datagram(int fd, uint8_t bytes[DATAGRAM_BYTES_MAX], struct sockaddr_in *from)
{
    socklen_t from_size = sizeof(*from);
    /* MSG_TRUNC: the size it had, even where that is more than there is room for. */
    return recvfrom(fd, bytes, DATAGRAM_BYTES_MAX, MSG_TRUNC, (struct sockaddr *)from, &from_size);
}

size_t vb_udp_link_receive(struct vb_udp_link *link, struct vb_mac *src, struct vb_mac *dst,
                           struct sockaddr_in *from, uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    uint8_t datagram[DATAGRAM_BYTES_MAX];
    for (size_t count = 0; count < DROPS_PER_RECEIVE_MAX; count++) {
        const int first = link->own_next ? link->own_fd : link->group_fd;
        const int second = link->own_next ? link->group_fd : link->own_fd;
        link->own_next = !link->own_next;
        ssize_t size = receive_datagram(first, datagram, from);
        if (size < 0) {
            size = receive_datagram(second, datagram, from);
        }
        if (size < 0) {
            return 0;
        }
        if (!accept_datagram(link, datagram, (size_t)size, src, dst)) {
            continue;
        }
        const size_t frame_size = (size_t)size - VB_UDP_HEAD_BYTES;
        VB_ASSERT(frame_size >= 1 && frame_size <= VB_FRAME_BYTES_MAX);
        memcpy(bytes, datagram + VB_UDP_HEAD_BYTES, frame_size);
        count_frame(&link->counters.received, bytes, frame_size);
        return frame_size;
    }
    return 0;
}

static struct peer *find_peer(struct vb_udp_link *link, const struct vb_mac *mac)
{
    for (size_t index = 0; index < VB_UDP_PEERS_MAX; index++) {
        struct peer *peer = &link->peers[index];
        if (peer->used_at != 0 && vb_mac_equal(&peer->mac, mac)) {
            return peer;
        }
    }
    return NULL;
}

static struct peer *longest_unused_peer(struct vb_udp_link *link)
{
    struct peer *oldest = &link->peers[0];
    for (size_t index = 1; index < VB_UDP_PEERS_MAX; index++) {
        if (link->peers[index].used_at < oldest->used_at) {
            oldest = &link->peers[index];
        }
    }
    return oldest;
}

void vb_udp_link_learn(struct vb_udp_link *link, const struct vb_mac *mac,
                       const struct sockaddr_in *from)
{
    VB_ASSERT(!vb_mac_equal(mac, &vb_mac_broadcast));
    struct peer *peer = find_peer(link, mac);
    if (peer == NULL) {
        peer = longest_unused_peer(link);
    }
    peer->mac = *mac;
    peer->address = *from;
    peer->used_at = ++link->clock;
}

void vb_udp_link_forget(struct vb_udp_link *link, const struct vb_mac *mac)
{
    struct peer *peer = find_peer(link, mac);
    if (peer != NULL) {
        peer->used_at = 0;
    }
}

bool vb_udp_link_send(struct vb_udp_link *link, const struct vb_mac *dst, const uint8_t *bytes,
                      size_t size)
{
    VB_ASSERT(size >= 1 && size <= VB_FRAME_BYTES_MAX);
    uint8_t datagram[DATAGRAM_BYTES_MAX];
    memcpy(datagram, link->mac.bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_MAC_BYTES, dst->bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_UDP_HEAD_BYTES, bytes, size);

    struct peer *peer = find_peer(link, dst);
    if (peer != NULL) {
        peer->used_at = ++link->clock;
    }
    const struct sockaddr_in *to = peer != NULL ? &peer->address : &link->group;
    if (sendto(link->own_fd, datagram, VB_UDP_HEAD_BYTES + size, MSG_NOSIGNAL,
               (const struct sockaddr *)to, sizeof(*to)) < 0) {
        link->counters.send_failed++;
        return false;
    }
    count_frame(&link->counters.sent, bytes, size);
    return true;
}

const struct vb_udp_counters *vb_udp_link_counters(const struct vb_udp_link *link)
{
    return &link->counters;
}
