/* What sniff prints of any packet: nothing is read outside it, the line ends and is clean text. The
 * first byte says of which link type the packets are; each has a byte that says how much of its end
 * was not captured, and its size in two. */
#include <string.h>

#include "fuzz_require.h"
#include "sniff/sniff_line.h"
#include "voltbeacon/core/bytes.h"

static const enum vb_sniff_link links[] = {VB_SNIFF_RADIOTAP,  VB_SNIFF_IEEE80211,
                                           VB_SNIFF_ETHERNET,  VB_SNIFF_RAW_IP,
                                           VB_SNIFF_LINUX_ANY, VB_SNIFF_LINUX_ANY_2};

enum { VERBOSE = 0x80, LINK_MASK = 0x7f, LOST_MASK = 7 };

static void check_line(const struct vb_sniff_text *line)
{
    require(line->length < sizeof line->text && strlen(line->text) == line->length);
    for (size_t i = 0; i < line->length; i++)
        require(line->text[i] >= ' ' && line->text[i] <= '~');
}

/* A fuzzer hardly ever finds a trailer: whatever it is, its payload is read as if it were right. */
static void say_framed(struct vb_sniff *sniff, const uint8_t *payload, size_t size)
{
    static const struct vb_mac src = {{2, 0, 0, 0, 0, 1}};
    static struct vb_sniff_text line;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    if (size < 2 || size - 1 > VB_PAYLOAD_BYTES_MAX || (payload[0] & 31) == 0)
        return;
    const struct vb_frame frame = {.message = payload[0] & 31, .payload_size = size - 1};
    memcpy(bytes + VB_FRAME_HEAD_BYTES, payload + 1, size - 1);
    line.length = 0;
    line.text[0] = '\0';
    vb_sniff_say_frame(&sniff->frames, &src, &vb_mac_broadcast, bytes,
                       vb_frame_finish(&vb_room_plain, &frame, &src, &vb_mac_broadcast, bytes),
                       &line);
    check_line(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vb_sniff sniff;
    static struct vb_sniff_text line;
    struct vb_reader reader = vb_reader_of(data, size);
    const uint8_t how = vb_read_u8(&reader);
    vb_sniff_init(&sniff, links[(how & LINK_MASK) % VB_COUNT_OF(links)], (how & VERBOSE) != 0);
    uint64_t shown = 0;
    while (vb_reader_left(&reader) >= 3) {
        const size_t lost = vb_read_u8(&reader) & LOST_MASK;
        const size_t said = vb_read_u16(&reader);
        const size_t left = vb_reader_left(&reader);
        const size_t taken = said < left ? said : left;
        const struct vb_sniff_packet packet = {
            .bytes = vb_read_view(&reader, taken), .size = taken, .size_on_air = taken + lost};
        if (vb_sniff_line(&sniff, &packet, &line)) {
            check_line(&line);
            shown++;
        }
        say_framed(&sniff, packet.bytes, taken);
    }
    const struct vb_sniff_counts *counts = &sniff.counts;
    require(counts->shown == shown && counts->packets >= shown);
    require(counts->ours + counts->emulator + counts->foreign + counts->damaged == shown);
    return 0;
}
