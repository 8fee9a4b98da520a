/* One packet of a capture: who sent what to whom, if it is ESP-NOW or the link over UDP. */
#ifndef VOLTBEACON_SNIFF_SNIFFED_H
#define VOLTBEACON_SNIFF_SNIFFED_H

#include "espnow/espnow_frame.h"
#include "espnow/radiotap.h"
#include "sniff/datagram.h"
#include "voltbeacon/core/mac.h"

/* One packet as it was captured; its bytes are the capture's. */
struct vb_sniff_packet {
    uint64_t wall_us; /* since 1970 UTC */
    const uint8_t *bytes;
    size_t size;
    size_t size_on_air; /* size, or more if the capture has only its beginning */
};

enum vb_sniff_medium {
    VB_SNIFF_OTHER, /* neither: the rest of the struct is unused */
    VB_SNIFF_ON_AIR,
    VB_SNIFF_BY_UDP
};

struct vb_sniffed {
    enum vb_sniff_medium medium;
    struct vb_mac src;
    struct vb_mac dst;
    const uint8_t *body; /* of the packet, or `joined` below; NULL if it could not be read */
    size_t body_size;
    bool cut; /* over UDP: the capture has only its beginning */

    /* On the air. */
    enum vb_espnow_verdict verdict; /* body is NULL unless it is VB_ESPNOW_OK */
    struct vb_radiotap radiotap;    /* of size 0 where there was none */
    struct vb_espnow_frame frame;
    uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];

    /* Over UDP. */
    struct vb_sniff_datagram datagram;
};

/* Dissects a packet; *sniffed points into its bytes. If a frame has an FCS, it is checked. */
void vb_sniff_read(enum vb_sniff_link link, const struct vb_sniff_packet *packet,
                   struct vb_sniffed *sniffed);

#endif
