/* How a frame is closed and opened, and what it holds: what the link and the seal leave of it.
 *
 * Without a seal a frame ends in a CRC-32, which finds damage and nothing else. A seal has a
 * trailer of its own, an AEAD's tag for instance, and says who sent a frame as well. Both ends of a
 * link have the same seal, or none: the sizes of fragments follow from it and are not on the wire.
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
    VB_PAYLOAD_BYTES_MIN = 80,   /* that a link and a seal have to leave */
    VB_FRAGMENT_BYTES_MAX = 200, /* of a section or an edit in one frame */
    VB_FRAGMENTS_MAX = 32        /* a record's index has 5 bits, a request's missing ones 32 */
};

/* Both functions are called with whole frames; ctx outlives the device that has the seal. */
struct vb_seal {
    void *ctx;
    uint8_t overhead_bytes; /* of the trailer, VB_CRC_TRAILER_BYTES or more */

    /* bytes holds header and payload, size bytes in all, and has room for the trailer behind them.
     * Writes that; may change the payload (not its size), not the header, which it covers as it
     * covers both addresses. */
    void (*close)(void *ctx, const struct vb_mac *src, const struct vb_mac *dst, uint8_t *bytes,
                  size_t size);

    /* Opens a frame of size bytes, at least a header and a trailer. *payload is what close was
     * given, size - VB_FRAME_HEAD_BYTES - overhead_bytes of it: in bytes where the seal hides
     * nothing, else in memory of the seal's own, valid until it opens the next one.
     * VB_ERR_CHECKSUM: it is not what somebody closed who may. Other errors are counted as they
     * are, VB_ERR_OLD of a frame that was opened before for instance. */
    VB_MUST_USE enum vb_err (*open)(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                                    const uint8_t *bytes, size_t size, const uint8_t **payload);
};

/* What a frame holds. */
struct vb_room {
    const struct vb_seal *seal; /* NULL: CRC-32 */
    uint8_t frame_bytes_max;
    uint8_t trailer_bytes;
    uint8_t payload_bytes_max;  /* VB_PAYLOAD_BYTES_MIN to VB_PAYLOAD_BYTES_MAX */
    uint8_t fragment_bytes;     /* of all fragments of a section or an edit but the last */
    uint16_t section_bytes_max; /* that VB_FRAGMENTS_MAX of them carry, or the protocol allows */
};

/* frame_bytes_max is the link's; VB_FRAME_BYTES_MAX counts where that is larger, or 0 for a link
 * that says nothing. What is left has to be VB_PAYLOAD_BYTES_MIN (asserted). The seal must outlive
 * the room; NULL: CRC-32. */
struct vb_room vb_room_of(const struct vb_seal *seal, uint16_t frame_bytes_max);

/* Of a link that carries the largest frame, without a seal. */
extern const struct vb_room vb_room_plain;

VB_C_END

#endif
