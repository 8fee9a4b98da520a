/* Decides what a bridge between two links carries, and what it drops; sockets are elsewhere.
 *
 * A frame is carried once: anything heard again within VB_BRIDGE_REMEMBERED_MS, whether as sent or
 * as carried by this or another bridge, is dropped. Each frame has a number that its sender uses
 * only once, so two frames are identical only if they are the same. That alone prevents loops, and
 * the bridge needs no address of its own: senders keep theirs, and receivers notice nothing.
 *
 * A frame for one device is dropped if that device was heard on the side it comes from. */
#ifndef VOLTBEACON_FRAME_BRIDGE_H
#define VOLTBEACON_FRAME_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/mac.h"

enum {
    VB_BRIDGE_SIDES = 2,
    VB_BRIDGE_REMEMBERED_MS = 2000, /* longer than a frame can wait in a queue or a socket */
    VB_BRIDGE_FRAMES_MAX = 512,     /* remembered; what two links can carry in that time */
    VB_BRIDGE_DEVICES_MAX = 64,     /* whose side is known; the one unheard for longest gives way */
    VB_BRIDGE_DEVICE_MS = 60000     /* after which it may be on the other side */
};

/* X(NAME, "what becomes of a frame") */
#define VB_BRIDGE_VERDICT_LIST(X)                    \
    X(CARRIED, "carried")                            \
    X(AGAIN, "heard again, or come back")            \
    X(HERE, "for a device of the side it came from") \
    X(FOREIGN, "no frame of the link")               \
    X(DAMAGED, "damaged")                            \
    X(NO_ROOM, "more within two seconds than can be told apart")

enum vb_bridge_verdict {
#define X(NAME, text) VB_BRIDGE_##NAME,
    VB_BRIDGE_VERDICT_LIST(X)
#undef X
        VB_BRIDGE_VERDICT_COUNT
};

struct vb_bridge_frame {
    const struct vb_mac *src;
    const struct vb_mac *dst;
    const uint8_t *bytes;
    size_t size;
};

struct vb_bridge_device {
    struct vb_mac mac;
    bool used;
    uint8_t side;
    uint32_t heard_ms;
};

struct vb_bridge {
    struct {
        uint64_t hash; /* of both addresses and the bytes */
        uint32_t heard_ms;
    } frames[VB_BRIDGE_FRAMES_MAX]; /* a ring */
    uint16_t frame_next;
    uint16_t frame_count;
    struct vb_bridge_device devices[VB_BRIDGE_DEVICES_MAX];
    uint64_t counts[VB_BRIDGE_SIDES][VB_BRIDGE_VERDICT_COUNT]; /* by the side it came from */
};

void vb_bridge_init(struct vb_bridge *bridge);

/* Why two links with these frame sizes cannot be joined: a sentence, or NULL if they can. */
const char *vb_bridge_refuses(uint16_t frame_bytes_max_a, uint16_t frame_bytes_max_b);

/* Decides on a frame heard on a side, 0 or 1, and counts it. VB_BRIDGE_CARRIED: send it on the
 * other side, with its own source and destination. Sealed frames are carried unchecked, since only
 * their addressee can open them. */
VB_MUST_USE enum vb_bridge_verdict vb_bridge_input(struct vb_bridge *bridge, uint32_t now_ms,
                                                   unsigned side,
                                                   const struct vb_bridge_frame *frame);

/* "carried", ...: static storage. */
const char *vb_bridge_verdict_text(enum vb_bridge_verdict verdict);

/* Whether a message is from a transmitter: on UDP such broadcasts go to receivers' ports. Unknown
 * kinds count as one. */
bool vb_bridge_is_transmitters(const uint8_t *bytes, size_t size);

#endif
