/* The link over UDP.
 *
 * Each device has two sockets. One is bound to the group's address and hears broadcasts;
 * transmitters broadcast to port P, receivers to P + 1, so nobody hears its own kind. The other
 * is the device's own: it sends everything, so its address is what peers learn, and it hears what
 * is meant for this device alone.
 *
 * Unless the user opens it, the link stays on this machine. Opened, and with no group named, it
 * finds the networks that the machine is in, whenever they come and go: it broadcasts in all of
 * them and on this machine, and hears nobody else.
 *
 * A frame to a device whose address is not known goes the way of broadcasts, and only that device
 * takes it. Sending fails only where the system does not take the datagram, and nothing is known of
 * its arrival.
 *
 * (One socket cannot do both: bound to 127.0.0.1 it hears no broadcast, and of two bound to
 * 0.0.0.0 and the same port only the last hears unicast.) */
#ifndef VOLTBEACON_LINUX_UDP_LINK_H
#define VOLTBEACON_LINUX_UDP_LINK_H

#include <netinet/in.h>

#include "linux/link/linux_link.h"

enum { VB_UDP_PEERS_MAX = 64 /* whose address is known; the longest unused gives way */ };

struct vb_udp_options {
    struct in_addr group; /* broadcast address or multicast group */
    bool group_given;
    struct in_addr bind; /* of the socket that sends */
    uint16_t port;       /* P */
};

/* Reads "port=5600,group=127.255.255.255,bind=127.0.0.1"; what is left out takes these values, but
 * bind is every address where the group is not of 127.0.0.0/8. False, and why in error, where it
 * cannot be read. */
VB_MUST_USE bool vb_udp_options_parse(const char *text, struct vb_udp_options *options, char *error,
                                      size_t error_size);

#endif
