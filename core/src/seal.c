#include "voltbeacon/core/seal.h"

#include "voltbeacon/core/section.h"

/* The bytes before the fragment in an EDIT, the longest head of all messages with a fragment: id,
 * store, boot, section, version, hash, total, index. See docs/protocol.md. */
enum { EDIT_HEAD_BYTES_MAX = 8 + 4 + 4 + 1 + 5 + 4 + 2 + 1 };

_Static_assert(VB_PAYLOAD_BYTES_MAX - EDIT_HEAD_BYTES_MAX >= VB_FRAGMENT_BYTES_MAX,
               "without a seal fragments are as they always were");

const struct vb_room vb_room_plain = {.frame_bytes_max = VB_FRAME_BYTES_MAX,
                                      .trailer_bytes = VB_CRC_TRAILER_BYTES,
                                      .payload_bytes_max = VB_PAYLOAD_BYTES_MAX,
                                      .fragment_bytes = VB_FRAGMENT_BYTES_MAX,
                                      .section_bytes_max = VB_SECTION_BYTES_MAX};

struct vb_room vb_room_of(const struct vb_seal *seal, uint16_t frame_bytes_max)
{
    const unsigned frame = frame_bytes_max == 0 || frame_bytes_max > VB_FRAME_BYTES_MAX
                               ? VB_FRAME_BYTES_MAX
                               : frame_bytes_max;
    const unsigned trailer = seal == NULL ? VB_CRC_TRAILER_BYTES : seal->overhead_bytes;
    VB_ASSERT(trailer >= VB_CRC_TRAILER_BYTES);
    VB_ASSERT(frame >= VB_FRAME_HEAD_BYTES + trailer + VB_PAYLOAD_BYTES_MIN);
    const unsigned payload = frame - VB_FRAME_HEAD_BYTES - trailer;
    unsigned fragment = payload - EDIT_HEAD_BYTES_MAX;
    if (fragment > VB_FRAGMENT_BYTES_MAX)
        fragment = VB_FRAGMENT_BYTES_MAX;
    const unsigned section = fragment * VB_FRAGMENTS_MAX;
    return (struct vb_room){
        .seal = seal,
        .frame_bytes_max = (uint8_t)frame,
        .trailer_bytes = (uint8_t)trailer,
        .payload_bytes_max = (uint8_t)payload,
        .fragment_bytes = (uint8_t)fragment,
        .section_bytes_max =
            (uint16_t)(section < VB_SECTION_BYTES_MAX ? section : VB_SECTION_BYTES_MAX)};
}
