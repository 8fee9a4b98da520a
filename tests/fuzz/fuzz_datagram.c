/* Datagrams before the core: source, destination, frame. What concerns this device comes out as it
 * went in, everything else is counted. The input is datagrams: size in two bytes, bytes. */
#include <string.h>

#include "fuzz_require.h"
#include "linux/link/linux_link.h"
#include "voltbeacon/core/bytes.h"

static const struct vb_mac our_mac = {{2, 0, 0, 0, 0, 1}};

static uint8_t last[VB_LINK_DATAGRAM_BYTES_MAX];

/* As a socket: a longer one is cut, and its size told. */
static ptrdiff_t receive(struct vb_linux_link *link, uint8_t *datagram, struct vb_link_frame *frame)
{
    struct vb_reader *reader = link->state;
    (void)frame;
    if (vb_reader_left(reader) < 2)
        return -1;
    const uint16_t said = vb_read_u16(reader);
    const size_t left = vb_reader_left(reader);
    const size_t size = said < left ? said : left;
    const uint8_t *bytes = vb_read_view(reader, size);
    const size_t kept = size < VB_LINK_DATAGRAM_BYTES_MAX ? size : VB_LINK_DATAGRAM_BYTES_MAX;
    if (bytes != NULL && kept > 0) {
        memcpy(datagram, bytes, kept);
        memcpy(last, bytes, kept);
    }
    return (ptrdiff_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vb_link_kind kind = {.name = "fuzz", .receive = receive};
    struct vb_reader reader = vb_reader_of(data, size);
    struct vb_linux_link link = {.kind = &kind, .mac = our_mac, .state = &reader};
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_link_frame frame;
    uint64_t frames = 0;
    memset(link.port.broadcast.bytes, 0xff, VB_MAC_BYTES);
    while (vb_reader_left(&reader) >= 2) {
        if (!vb_linux_link_receive(&link, &frame, bytes))
            continue;
        frames++;
        require(frame.size >= 1 && frame.size <= VB_FRAME_BYTES_MAX && frame.bytes == bytes);
        require(memcmp(frame.src.bytes, last, VB_MAC_BYTES) == 0);
        require(memcmp(bytes, last + VB_LINK_HEAD_BYTES, frame.size) == 0);
        require(!vb_mac_equal(&frame.src, &our_mac) && (frame.src.bytes[0] & 1) == 0);
        require(vb_mac_equal(&frame.dst, &our_mac) ||
                vb_mac_equal(&frame.dst, &link.port.broadcast));
    }
    require(link.counters.received.all.frames == frames);
    return 0;
}
