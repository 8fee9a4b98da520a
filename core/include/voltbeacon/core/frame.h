/* Frames: an 8-byte header, a payload, a trailer. See docs/protocol.md, "Frame". */
#ifndef VOLTBEACON_FRAME_H
#define VOLTBEACON_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/seal.h"

VB_C_BEGIN

enum {
    VB_FRAME_MAGIC = 0xC1 /* includes protocol version 1; Battery-Emulator's frames begin 0x42 */
};

/* X(NAME, value, "name") */
#define VB_MESSAGE_LIST(X)           \
    X(BEACON, 1, "beacon")           \
    X(BEACON_ACK, 2, "beacon ack")   \
    X(REQUEST, 3, "section request") \
    X(DATA, 4, "section data")       \
    X(EDIT, 5, "edit")               \
    X(EDIT_RESULT, 6, "edit result") \
    X(READING, 7, "reading")         \
    X(HELLO, 8, "hello")             \
    X(HELLO_ACK, 9, "hello ack")     \
    X(GOODBYE, 10, "goodbye")        \
    X(READING_ACK, 11, "reading ack")

enum vb_message {
#define X(NAME, value, name) VB_MESSAGE_##NAME = (value),
    VB_MESSAGE_LIST(X)
#undef X
};

/* "beacon", ...; "unknown message" if it is not in the list. */
const char *vb_message_name(uint8_t message);

struct vb_frame {
    uint8_t message; /* enum vb_message, or a later version's */
    bool ack_wanted;
    uint16_t epoch; /* the sender's boot counter */
    uint32_t seq;   /* number of the frame since the sender's boot */
    const uint8_t *payload;
    size_t payload_size;
};

/* Completes a frame whose payload is already at bytes + VB_FRAME_HEAD_BYTES, at most
 * room->payload_bytes_max of it (asserted). The trailer covers both addresses, header and payload.
 * Returns the frame's size. frame->payload is ignored. */
size_t vb_frame_finish(const struct vb_room *room, const struct vb_frame *frame,
                       const struct vb_mac *src, const struct vb_mac *dst,
                       uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* Verifies and splits a frame. The payload is a view into bytes, or into the seal's memory.
 * VB_ERR_FOREIGN, VB_ERR_TRUNCATED, VB_ERR_TOO_LONG, VB_ERR_CHECKSUM, or the seal's error;
 * VB_ERR_UNSUPPORTED for a sealed frame without a seal here, and the reverse. */
VB_MUST_USE enum vb_err vb_frame_open(const struct vb_room *room, const uint8_t *bytes, size_t size,
                                      const struct vb_mac *src, const struct vb_mac *dst,
                                      struct vb_frame *frame);

VB_C_END

#endif
