/* How a frame is sealed and opened, and how much it holds: what the link and the seal leave of it.
 *
 * Without a seal a frame ends in a CRC-32, which detects damage and nothing else. A seal has its
 * own trailer, an AEAD's tag for instance, and also authenticates the sender. Both ends of a link
 * have the same seal, or none: the sizes of fragments follow from it and are not on the wire.
 *
 * Model: the crypto engine of quicly (quicly.h, struct st_quicly_crypto_engine_t). */
#ifndef VOLTBEACON_SEAL_H
#define VOLTBEACON_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_FRAME_BYTES_MAX = 250, /* ESP_NOW_MAX_DATA_LEN, esp_now.h of ESP-IDF */
    VB_FRAME_HEAD_BYTES = 8,
    VB_CRC_TRAILER_BYTES = 4, /* no seal has a shorter one */
    VB_PAYLOAD_BYTES_MAX = VB_FRAME_BYTES_MAX - VB_FRAME_HEAD_BYTES - VB_CRC_TRAILER_BYTES,
    VB_PAYLOAD_BYTES_MIN = 80,   /* that a link and a seal must leave */
    VB_FRAGMENT_BYTES_MAX = 200, /* of a section or an edit in one frame */
    VB_FRAGMENTS_MAX = 32        /* a record's index has 5 bits, a request's bit mask 32 */
};

/* Both functions are called with whole frames; ctx must outlive the device that has the seal. */
struct vb_seal {
    void *ctx;
    uint8_t overhead_bytes; /* of the trailer, VB_CRC_TRAILER_BYTES or more */

    /* bytes holds header and payload, size bytes in total, with room for the trailer behind them.
     * Writes the trailer; may change the payload (not its size), but not the header, which is
     * authenticated together with both addresses. */
    void (*close)(void *ctx, const struct vb_mac *src, const struct vb_mac *dst, uint8_t *bytes,
                  size_t size);

    /* Opens a frame of size bytes, at least a header and a trailer. *payload is what close was
     * given, size - VB_FRAME_HEAD_BYTES - overhead_bytes of it: within bytes if the seal does not
     * encrypt, else in the seal's own memory, valid until it opens the next frame. VB_ERR_CHECKSUM:
     * not sealed by anyone authorised. Other errors are counted as such, e.g. VB_ERR_OLD for a
     * frame that was opened before. */
    VB_MUST_USE enum vb_err (*open)(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                                    const uint8_t *bytes, size_t size, const uint8_t **payload);
};

/* How much a frame holds. */
struct vb_room {
    const struct vb_seal *seal; /* NULL: CRC-32 */
    uint8_t frame_bytes_max;
    uint8_t trailer_bytes;
    uint8_t payload_bytes_max;  /* VB_PAYLOAD_BYTES_MIN to VB_PAYLOAD_BYTES_MAX */
    uint8_t fragment_bytes;     /* of each fragment of a section or an edit but the last */
    uint16_t section_bytes_max; /* what VB_FRAGMENTS_MAX of them carry, or the protocol allows */
};

/* frame_bytes_max is the link's; VB_FRAME_BYTES_MAX applies if that is larger, or 0 for a link that
 * has no limit. What is left must be VB_PAYLOAD_BYTES_MIN (asserted). The seal must outlive the
 * room; NULL: CRC-32. */
struct vb_room vb_room_of(const struct vb_seal *seal, uint16_t frame_bytes_max);

/* For a link that carries the largest frame, without a seal. */
extern const struct vb_room vb_room_plain;

VB_C_END

#endif
