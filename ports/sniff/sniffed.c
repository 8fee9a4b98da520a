#include "sniff/sniffed.h"

#include <string.h>

#include "voltbeacon/core/frame.h"

enum { HEAD_BYTES = 2 * VB_MAC_BYTES /* docs/protocol.md: before a frame on UDP */ };

/* Other traffic on a busy channel is of no interest. An encrypted action frame may be ESP-NOW;
 * nobody can tell without its key. */
static bool is_espnow(enum vb_espnow_verdict verdict)
{
    return verdict != VB_ESPNOW_SHORT && verdict != VB_ESPNOW_KIND &&
           verdict != VB_ESPNOW_CATEGORY && verdict != VB_ESPNOW_VENDOR;
}

static void read_air(const struct vb_sniff_packet *packet, bool has_radiotap,
                     struct vb_sniffed *sniffed)
{
    if (has_radiotap && !vb_radiotap_parse(packet->bytes, packet->size, &sniffed->radiotap))
        return;
    const uint16_t before = sniffed->radiotap.size;
    const bool whole = packet->size >= packet->size_on_air;
    sniffed->verdict = vb_espnow_parse(packet->bytes + before, packet->size - before,
                                       sniffed->radiotap.fcs_at_end && whole, &sniffed->frame);
    if (!is_espnow(sniffed->verdict))
        return;
    if (sniffed->verdict == VB_ESPNOW_OK && sniffed->radiotap.fcs_bad)
        sniffed->verdict = VB_ESPNOW_FCS;
    sniffed->medium = VB_SNIFF_ON_AIR;
    sniffed->src = sniffed->frame.head.src;
    sniffed->dst = sniffed->frame.head.dst;
    if (sniffed->verdict != VB_ESPNOW_OK)
        return;
    sniffed->body = vb_espnow_body(&sniffed->frame, sniffed->joined);
    sniffed->body_size = sniffed->frame.body_size;
}

/* Anything may arrive on a UDP port: a frame of ours is recognised by its first byte. */
static void read_udp(enum vb_sniff_link link, const struct vb_sniff_packet *packet,
                     struct vb_sniffed *sniffed)
{
    struct vb_sniff_datagram *datagram = &sniffed->datagram;
    if (!vb_sniff_datagram_read(link, packet->bytes, packet->size, datagram) ||
        datagram->size <= HEAD_BYTES || datagram->bytes[HEAD_BYTES] != VB_FRAME_MAGIC)
        return;
    sniffed->medium = VB_SNIFF_BY_UDP;
    memcpy(sniffed->src.bytes, datagram->bytes, VB_MAC_BYTES);
    memcpy(sniffed->dst.bytes, datagram->bytes + VB_MAC_BYTES, VB_MAC_BYTES);
    sniffed->cut = datagram->cut;
    sniffed->body = datagram->bytes + HEAD_BYTES;
    sniffed->body_size = datagram->size - HEAD_BYTES;
}

void vb_sniff_read(enum vb_sniff_link link, const struct vb_sniff_packet *packet,
                   struct vb_sniffed *sniffed)
{
    *sniffed = (struct vb_sniffed){.medium = VB_SNIFF_OTHER};
    if (link == VB_SNIFF_RADIOTAP || link == VB_SNIFF_IEEE80211)
        read_air(packet, link == VB_SNIFF_RADIOTAP, sniffed);
    else
        read_udp(link, packet, sniffed);
}
