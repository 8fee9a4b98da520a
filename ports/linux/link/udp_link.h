/* The link over UDP: a datagram is src MAC, dst MAC, frame.
 *
 * Each device has two sockets. One is bound to the group's address and hears broadcasts;
 * transmitters broadcast to port P, receivers to P + 1, so nobody hears its own kind. The other
 * is the device's own: it sends everything, so its address is what peers learn, and it hears what
 * is meant for this device alone.
 *
 * (One socket cannot do both: bound to 127.0.0.1 it hears no broadcast, and of two bound to
 * 0.0.0.0 and the same port only the last hears unicast.) */
#ifndef VOLTBEACON_LINUX_UDP_LINK_H
#define VOLTBEACON_LINUX_UDP_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"

enum {
    VB_UDP_HEAD_BYTES = 2 * VB_MAC_BYTES, /* outside the frame's VB_FRAME_BYTES_MAX */
    VB_UDP_PEERS_MAX = 64,                /* whose address is known; the longest unused gives way */
    VB_UDP_MESSAGES = 32                  /* values of a frame's 5-bit message type */
};

enum vb_udp_role { VB_UDP_TRANSMITTER, VB_UDP_RECEIVER };

struct vb_udp_options {
    struct in_addr group; /* broadcast address or multicast group */
    struct in_addr bind;  /* of the socket that sends */
    uint16_t port;        /* P */
};

/* X(NAME, "what it was") */
#define VB_UDP_DROP_LIST(X)                \
    X(FOREIGN, "meant for another device") \
    X(OWN, "sent by this device")          \
    X(SENDER, "sent by no single device")  \
    X(SHORT, "too short for a frame")      \
    X(LONG, "too long for a frame")

enum vb_udp_drop {
#define X(NAME, text) VB_UDP_DROP_##NAME,
    VB_UDP_DROP_LIST(X)
#undef X
        VB_UDP_DROP_COUNT
};

const char *vb_udp_drop_text(enum vb_udp_drop drop);

struct vb_udp_tally {
    uint64_t frames;
    uint64_t frame_bytes; /* without the VB_UDP_HEAD_BYTES before each */
};

struct vb_udp_traffic {
    struct vb_udp_tally all;
    uint64_t datagram_bytes;                         /* with them */
    struct vb_udp_tally by_message[VB_UDP_MESSAGES]; /* by low 5 bits of its second byte */
};

struct vb_udp_counters {
    struct vb_udp_traffic sent;
    struct vb_udp_traffic received;
    uint64_t dropped[VB_UDP_DROP_COUNT]; /* received, not handed on */
    uint64_t send_failed;
};

struct vb_udp_link;

/* Reads "udp" or "udp:port=5600,group=127.255.255.255,bind=127.0.0.1"; what is left out takes
 * these values, but bind is every address where the group is not of 127.0.0.0/8. False, and why
 * in error, where it cannot be read. */
VB_MUST_USE bool vb_udp_options_parse(const char *text, struct vb_udp_options *options, char *error,
                                      size_t error_size);

/* NULL, and why in error, when a socket cannot be had. The caller closes it. */
struct vb_udp_link *vb_udp_link_open(const struct vb_udp_options *options, enum vb_udp_role role,
                                     const struct vb_mac *mac, char *error, size_t error_size);
void vb_udp_link_close(struct vb_udp_link *link);

/* The two descriptors to watch; both lead to vb_udp_link_receive. They stay the link's. */
void vb_udp_link_fds(const struct vb_udp_link *link, int fds[2]);

/* The next frame that concerns this device: its size in bytes, 1 to VB_FRAME_BYTES_MAX, or 0 when
 * there is none (or a flood of foreign ones: then the descriptors stay readable). */
size_t vb_udp_link_receive(struct vb_udp_link *link, struct vb_mac *src, struct vb_mac *dst,
                           struct sockaddr_in *from, uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* Remembers where a device can be reached. To be called for authentic frames only. */
void vb_udp_link_learn(struct vb_udp_link *link, const struct vb_mac *mac,
                       const struct sockaddr_in *from);
/* What is sent to it goes the way of broadcasts again, until its address is learnt anew. */
void vb_udp_link_forget(struct vb_udp_link *link, const struct vb_mac *mac);

/* To a device whose address is not known it goes the way of broadcasts, and only that device
 * takes it. False when the system did not take the datagram; sending fails no other way on UDP,
 * and nothing is known of its arrival. */
bool vb_udp_link_send(struct vb_udp_link *link, const struct vb_mac *dst, const uint8_t *bytes,
                      size_t size);

const struct vb_udp_counters *vb_udp_link_counters(const struct vb_udp_link *link);

#endif
