/* The IPv4 networks of this machine: where an open link broadcasts, and whom it hears. */
#ifndef VOLTBEACON_LINUX_UDP_NETWORKS_H
#define VOLTBEACON_LINUX_UDP_NETWORKS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

enum { VB_UDP_NETWORKS_MAX = 8 /* the first ones, in the system's order; others are ignored */ };

struct vb_udp_network {
    char interface[IF_NAMESIZE];
    struct in_addr address; /* this machine's own in it */
    struct in_addr mask;
    struct in_addr broadcast;
};

struct vb_udp_networks {
    struct vb_udp_network all[VB_UDP_NETWORKS_MAX];
    unsigned count;
};

/* Those of interfaces that are up, have a carrier and can broadcast, without the loopback. only:
 * just the network of this address of ours; INADDR_ANY for all. False if the system does not tell;
 * *networks is then unchanged. */
VB_MUST_USE bool vb_udp_networks_read(struct vb_udp_networks *networks, struct in_addr only);

bool vb_udp_networks_equal(const struct vb_udp_networks *a, const struct vb_udp_networks *b);

/* Whether the address belongs to one of them. */
bool vb_udp_networks_hold(const struct vb_udp_networks *networks, struct in_addr address);

/* Whether the address is this machine's own in one of them. */
bool vb_udp_networks_own(const struct vb_udp_networks *networks, struct in_addr address);

/* "on eth0 192.168.1.0/24, wlan0 10.0.0.0/8"; if there is none, "this machine only, until ...".
 * Mentions what does not fit. */
void vb_udp_networks_text(const struct vb_udp_networks *networks, char *text, size_t capacity);

#endif
