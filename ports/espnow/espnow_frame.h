/* Builds and parses ESP-NOW frames: IEEE 802.11 action frames with Espressif's elements.
 *
 *      0  2  d0 00            management, action; in the second byte 08 retry, 40 protected
 *      2  2  duration         us
 *      4  6  addr1            destination
 *     10  6  addr2            source
 *     16  6  addr3            whatever the sender likes
 *     22  2  sequence << 4 | fragment
 *     24  4  7f 18 fe 34      category "vendor specific", Espressif
 *     28  4  random
 *     32     elements: dd, length 5 + n, 18 fe 34 04, 10 more follow | version, body of n <= 250
 *            FCS              CRC-32 of all before; missing in many captures
 *
 * Version 1 has one element, version 2 up to six. What is accepted: docs/espnow.md. Sources:
 * ESP-IDF v5.5, "ESP-NOW", frame format; IEEE 802.11-2020, 9.3.3.1 and 9.6.6. No allocation, no
 * state. */
#ifndef VOLTBEACON_ESPNOW_FRAME_H
#define VOLTBEACON_ESPNOW_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"

VB_C_BEGIN

enum {
    VB_ESPNOW_HEAD_BYTES = 32, /* before the first element */
    VB_ESPNOW_ELEMENT_HEAD_BYTES = 7,
    VB_ESPNOW_PIECE_BYTES_MAX = 250, /* of a body in one element: ESP_NOW_MAX_DATA_LEN */
    VB_ESPNOW_PIECES_MAX = 6,
    VB_ESPNOW_BODY_BYTES_MAX = 1470, /* ESP_NOW_MAX_DATA_LEN_V2 */
    VB_ESPNOW_FCS_BYTES = 4,
    VB_ESPNOW_FRAME_BYTES_MAX = VB_ESPNOW_HEAD_BYTES +
                                VB_ESPNOW_PIECES_MAX * VB_ESPNOW_ELEMENT_HEAD_BYTES +
                                VB_ESPNOW_BODY_BYTES_MAX + VB_ESPNOW_FCS_BYTES
};

/* What a frame was found to be: X(NAME, "text"), which completes "the frame <text>". */
#define VB_ESPNOW_VERDICT_LIST(X)                                                \
    X(OK, "is whole")                                                            \
    X(SHORT, "is shorter than the head of an 802.11 frame")                      \
    X(KIND, "is no action frame")                                                \
    X(ENCRYPTED, "is encrypted")                                                 \
    X(CATEGORY, "is an action frame, but not of a vendor")                       \
    X(VENDOR, "is an action frame of another vendor")                            \
    X(FCS, "was damaged on its way: its FCS does not match")                     \
    X(CUT, "ends before its last element does")                                  \
    X(ELEMENT, "has something else where an ESP-NOW element should stand")       \
    X(LENGTH, "has an element that is too short for what every element has")     \
    X(VERSION, "has an element of a version of ESP-NOW that is neither 1 nor 2") \
    X(LONG, "is longer than ESP-NOW allows: more than 6 elements, or 1470 bytes")

enum vb_espnow_verdict {
#define X(NAME, text) VB_ESPNOW_##NAME,
    VB_ESPNOW_VERDICT_LIST(X)
#undef X
        VB_ESPNOW_VERDICT_COUNT
};

/* Static storage. */
const char *vb_espnow_verdict_text(enum vb_espnow_verdict verdict);

struct vb_espnow_head {
    struct vb_mac dst;
    struct vb_mac src;
    struct vb_mac addr3; /* ESP32: ff:ff:ff:ff:ff:ff; ESP8266: src; others: dst. Says nothing */
    uint16_t duration_us;
    uint16_t sequence; /* 0 to 4095; a retry has that of the original */
    uint8_t fragment;  /* 0 to 15 */
    bool retry;
    uint32_t random; /* chosen by the sender for each message; proves nothing */
    uint8_t version; /* 1 or 2: of the first element */
};

struct vb_espnow_piece {
    const uint8_t *bytes; /* in the frame that was parsed */
    uint8_t size;         /* 0 to VB_ESPNOW_PIECE_BYTES_MAX */
};

struct vb_espnow_frame {
    struct vb_espnow_head head;
    bool is_protected; /* yet readable, so the capturing device has decrypted it */
    uint8_t piece_count;
    uint16_t body_size; /* of all pieces together, 0 to VB_ESPNOW_BODY_BYTES_MAX */
    size_t left_over;   /* bytes between the last element and the end or FCS: ignored */
    struct vb_espnow_piece pieces[VB_ESPNOW_PIECES_MAX];
};

/* Parses a captured frame, from the first byte of the 802.11 header; the bytes remain the caller's
 * and must outlive *frame. fcs_at_end: its last 4 bytes are the FCS, which is checked.
 *
 * VB_ESPNOW_OK: *frame is complete. VB_ESPNOW_FCS: the frame is Espressif's; *frame holds what
 * could be read, and may be wrong. VB_ESPNOW_SHORT: *frame is zero. Else it holds at least the head
 * as far as the sequence. */
VB_MUST_USE enum vb_espnow_verdict vb_espnow_parse(const uint8_t *bytes, size_t size,
                                                   bool fcs_at_end, struct vb_espnow_frame *frame);

/* The body in one piece: within the parsed frame if it is in one piece there, else copied into
 * joined. */
const uint8_t *vb_espnow_body(const struct vb_espnow_frame *frame,
                              uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX]);

/* How many bytes vb_espnow_build() writes; body_size 0 to VB_ESPNOW_BODY_BYTES_MAX. */
size_t vb_espnow_frame_size(size_t body_size, bool with_fcs);

/* Builds a frame of a body of 0 to VB_ESPNOW_PIECE_BYTES_MAX bytes in version 1, to
 * VB_ESPNOW_BODY_BYTES_MAX in version 2. body may be NULL where it is empty. bytes has room for
 * vb_espnow_frame_size(), which is returned. */
size_t vb_espnow_build(const struct vb_espnow_head *head, const uint8_t *body, size_t body_size,
                       bool with_fcs, uint8_t *bytes, size_t capacity);

VB_C_END

#endif
