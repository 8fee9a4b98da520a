#include "sniff/datagram.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

enum {
    ETHER_TYPE_IPV4 = 0x0800,
    ETHER_TYPE_VLAN = 0x8100,
    MACS_BYTES = 12,
    LINUX_LOOPBACK = 772, /* Linux's ARPHRD_LOOPBACK */
    LINUX_OUTGOING = 4,   /* Linux's PACKET_OUTGOING */

    /* RFC 791. */
    IPV4_BYTES_MIN = 20,
    IPV4_VERSION = 4,
    IPV4_UDP = 17,
    IPV4_FRAGMENT_MASK = 0x3fff, /* more fragments follow, or this is not the first */
    UDP_BYTES = 8                /* RFC 768 */
};

static uint16_t read_big_u16(struct vb_reader *reader)
{
    const uint16_t high = vb_read_u8(reader);
    return (uint16_t)(high << 8 | vb_read_u8(reader));
}

/* Whether IPv4 follows, in the direction of interest. */
static bool read_link(struct vb_reader *reader, enum vb_sniff_link link)
{
    uint16_t protocol = 0;
    uint16_t hardware = 0;
    uint8_t way = 0;
    switch (link) {
    case VB_SNIFF_ETHERNET:
        (void)vb_read_view(reader, MACS_BYTES);
        protocol = read_big_u16(reader);
        if (protocol == ETHER_TYPE_VLAN) {
            (void)read_big_u16(reader);
            protocol = read_big_u16(reader);
        }
        break;
    case VB_SNIFF_LINUX_ANY: /* way, hardware, size of an address, address, protocol */
        way = (uint8_t)read_big_u16(reader);
        hardware = read_big_u16(reader);
        (void)vb_read_view(reader, 10);
        protocol = read_big_u16(reader);
        break;
    case VB_SNIFF_LINUX_ANY_2: /* protocol, 2 spare, interface, hardware, way, size, address */
        protocol = read_big_u16(reader);
        (void)vb_read_view(reader, 6);
        hardware = read_big_u16(reader);
        way = vb_read_u8(reader);
        (void)vb_read_view(reader, 9);
        break;
    case VB_SNIFF_RAW_IP:
        protocol = ETHER_TYPE_IPV4;
        break;
    case VB_SNIFF_IEEE80211:
    case VB_SNIFF_RADIOTAP:
        return false;
    }
    const bool again = hardware == LINUX_LOOPBACK && way == LINUX_OUTGOING;
    return !reader->failed && protocol == ETHER_TYPE_IPV4 && !again;
}

/* Whether a whole UDP datagram follows; *left: its remaining length according to the packet. */
static bool read_ipv4(struct vb_reader *reader, struct vb_sniff_datagram *datagram, size_t *left)
{
    const uint8_t version = vb_read_u8(reader);
    (void)vb_read_u8(reader);
    const size_t size = read_big_u16(reader);
    (void)read_big_u16(reader);
    const uint16_t fragment = read_big_u16(reader);
    (void)vb_read_u8(reader);
    const uint8_t protocol = vb_read_u8(reader);
    (void)read_big_u16(reader);
    const uint8_t *ips = vb_read_view(reader, 8);
    const size_t head = (size_t)(version & 15) * 4;
    if (ips == NULL || version >> 4 != IPV4_VERSION || head < IPV4_BYTES_MIN || size < head)
        return false;
    if (protocol != IPV4_UDP || (fragment & IPV4_FRAGMENT_MASK) != 0)
        return false;
    memcpy(datagram->from_ip, ips, 4);
    memcpy(datagram->to_ip, ips + 4, 4);
    (void)vb_read_view(reader, head - IPV4_BYTES_MIN);
    *left = size - head;
    return !reader->failed;
}

bool vb_sniff_datagram_read(enum vb_sniff_link link, const uint8_t *bytes, size_t size,
                            struct vb_sniff_datagram *datagram)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    size_t left = 0;
    *datagram = (struct vb_sniff_datagram){.size = 0};
    if (!read_link(&reader, link) || !read_ipv4(&reader, datagram, &left))
        return false;
    datagram->from_port = read_big_u16(&reader);
    datagram->to_port = read_big_u16(&reader);
    const size_t said = read_big_u16(&reader);
    (void)read_big_u16(&reader);
    if (reader.failed || said < UDP_BYTES || said > left)
        return false;
    const size_t body = said - UDP_BYTES;
    const size_t captured = vb_reader_left(&reader);
    datagram->cut = body > captured;
    datagram->size = datagram->cut ? captured : body;
    datagram->bytes = vb_read_view(&reader, datagram->size);
    VB_ASSERT(datagram->bytes != NULL);
    return true;
}
