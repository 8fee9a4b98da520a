/* The link over UDP.
 *
 * Each device has two sockets. One is bound to the group's address and receives broadcasts;
 * transmitters broadcast to port P, receivers to P + 1, so nobody receives its own kind. The other
 * is the device's own: it sends everything, so peers learn its address, and it receives what is
 * meant for this device alone.
 *
 * Unless the user opens it, the link stays on this machine. When opened without a group, it finds
 * the networks of the machine as they come and go: it broadcasts in all of them and on this
 * machine, and accepts frames from nowhere else.
 *
 * A frame to a device with an unknown address is sent like a broadcast, and only that device
 * accepts it. Sending fails only if the system does not take the datagram, and there is no delivery
 * report.
 *
 * (One socket cannot do both: bound to 127.0.0.1 it hears no broadcast, and of two bound to
 * 0.0.0.0 and the same port only the last hears unicast.) */
#ifndef VOLTBEACON_LINUX_UDP_LINK_H
#define VOLTBEACON_LINUX_UDP_LINK_H

#include <netinet/in.h>

#include "linux/link/linux_link.h"

enum { VB_UDP_PEERS_MAX = 64 /* whose address is known; the least recently used is replaced */ };

struct vb_udp_options {
    struct in_addr group; /* broadcast address or multicast group */
    bool group_given;
    struct in_addr bind; /* of the sending socket */
    uint16_t port;       /* P */
};

/* Parses "port=5600,group=127.255.255.255,bind=127.0.0.1"; these are the defaults, except that bind
 * is every address if the group is not in 127.0.0.0/8. False, with the reason in error, if it is
 * malformed. */
VB_MUST_USE bool vb_udp_options_parse(const char *text, struct vb_udp_options *options, char *error,
                                      size_t error_size);

#endif
