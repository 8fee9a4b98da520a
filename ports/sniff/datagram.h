/* Extracts a UDP datagram from a captured packet: after an Ethernet header, Linux's own for the
 * "any" interface, or none, come IPv4 and UDP. */
#ifndef VOLTBEACON_SNIFF_DATAGRAM_H
#define VOLTBEACON_SNIFF_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

/* What precedes the packet, numbered as on tcpdump.org, "Link-layer header types". */
enum vb_sniff_link {
    VB_SNIFF_ETHERNET = 1,
    VB_SNIFF_RAW_IP = 12, /* as libpcap hands LINKTYPE_RAW, 101, over on Linux */
    VB_SNIFF_IEEE80211 = 105,
    VB_SNIFF_LINUX_ANY = 113,
    VB_SNIFF_RADIOTAP = 127,
    VB_SNIFF_LINUX_ANY_2 = 276
};

struct vb_sniff_datagram {
    uint8_t from_ip[4]; /* in the order written */
    uint8_t to_ip[4];
    uint16_t from_port;
    uint16_t to_port;
    const uint8_t *bytes; /* in what was captured */
    size_t size;          /* as much of it as was captured */
    bool cut;             /* it was longer */
};

/* False if it holds no datagram, or a fragment; or if this machine's loopback shows one on its way
 * out, which will be shown again coming in. */
VB_MUST_USE bool vb_sniff_datagram_read(enum vb_sniff_link link, const uint8_t *bytes, size_t size,
                                        struct vb_sniff_datagram *datagram);

#endif
