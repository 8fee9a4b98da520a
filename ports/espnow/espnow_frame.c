#include "espnow/espnow_frame.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/platform.h"

/* Offsets in the head; everything in it is little-endian. */
enum {
    AT_CONTROL = 0,
    AT_DURATION = 2,
    AT_DST = 4,
    AT_SRC = 10,
    AT_ADDR3 = 16,
    AT_SEQUENCE = 22,
    MAC_HEAD_BYTES = 24, /* every management frame has this */
    AT_CATEGORY = 24,
    AT_VENDOR = 25,
    ACTION_BYTES = 28, /* enough to tell it from other action frames */
    AT_RANDOM = 28
};

enum {
    VENDOR_BYTES = 3,

    /* IEEE 802.11-2020, 9.2.4.1: Frame Control. */
    KIND_MASK = 0x00ff,
    KIND_ACTION = 0x00d0, /* version 0, type 0 (management), subtype 13 */
    FLAG_RETRY = 0x0800,
    FLAG_PROTECTED = 0x4000,

    CATEGORY_VENDOR = 127, /* 9.4.1.11 */
    ELEMENT_VENDOR = 221,  /* 9.4.2.1 */

    /* ESP-IDF, "ESP-NOW", frame format. */
    TYPE_ESPNOW = 4,
    VERSION_MASK = 0x0f,
    MORE_FOLLOWS = 0x10,
    VERSION_1 = 1,
    VERSION_2 = 2,
    LENGTH_MIN = VB_ESPNOW_ELEMENT_HEAD_BYTES - 2 /* what a length counts besides the body */
};

static const uint8_t espressif[VENDOR_BYTES] = {0x18, 0xfe, 0x34};

const char *vb_espnow_verdict_text(enum vb_espnow_verdict verdict)
{
    static const char *const texts[] = {
#define X(NAME, text) [VB_ESPNOW_##NAME] = (text),
        VB_ESPNOW_VERDICT_LIST(X)
#undef X
    };
    VB_ASSERT((size_t)verdict < VB_COUNT_OF(texts));
    return texts[verdict];
}

/* == Parsing ================================================================================= */

static uint16_t u16_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t u32_at(const uint8_t *bytes)
{
    return u16_at(bytes) | (uint32_t)u16_at(bytes + 2) << 16;
}

/* bytes has MAC_HEAD_BYTES. */
static enum vb_espnow_verdict read_mac_head(const uint8_t *bytes, struct vb_espnow_frame *frame)
{
    struct vb_espnow_head *head = &frame->head;
    const uint16_t control = u16_at(bytes + AT_CONTROL);
    const uint16_t sequence = u16_at(bytes + AT_SEQUENCE);
    memcpy(head->dst.bytes, bytes + AT_DST, VB_MAC_BYTES);
    memcpy(head->src.bytes, bytes + AT_SRC, VB_MAC_BYTES);
    memcpy(head->addr3.bytes, bytes + AT_ADDR3, VB_MAC_BYTES);
    head->duration_us = u16_at(bytes + AT_DURATION);
    head->sequence = sequence >> 4;
    head->fragment = sequence & 15;
    head->retry = (control & FLAG_RETRY) != 0;
    frame->is_protected = (control & FLAG_PROTECTED) != 0;
    return (control & KIND_MASK) == KIND_ACTION ? VB_ESPNOW_OK : VB_ESPNOW_KIND;
}

/* What makes an action frame one of Espressif's. If it is encrypted, this is the 8-byte CCMP header
 * instead, whose third byte is 0 (IEEE 802.11-2020, 12.5.3.2), so it is never mistaken. */
static enum vb_espnow_verdict read_action_head(const uint8_t *bytes, size_t size,
                                               struct vb_espnow_frame *frame)
{
    const bool is_there = size >= ACTION_BYTES;
    const bool of_vendor = is_there && bytes[AT_CATEGORY] == CATEGORY_VENDOR;
    if (of_vendor && memcmp(bytes + AT_VENDOR, espressif, VENDOR_BYTES) == 0) {
        if (size < VB_ESPNOW_HEAD_BYTES)
            return VB_ESPNOW_CUT;
        frame->head.random = u32_at(bytes + AT_RANDOM);
        return VB_ESPNOW_OK;
    }
    if (frame->is_protected)
        return VB_ESPNOW_ENCRYPTED;
    if (!is_there)
        return VB_ESPNOW_CUT;
    return of_vendor ? VB_ESPNOW_VENDOR : VB_ESPNOW_CATEGORY;
}

static enum vb_espnow_verdict read_element(struct vb_reader *reader, struct vb_espnow_frame *frame,
                                           bool *more_follow)
{
    const uint8_t *head = vb_read_view(reader, VB_ESPNOW_ELEMENT_HEAD_BYTES);
    if (head == NULL)
        return VB_ESPNOW_CUT;
    const uint8_t length = head[1];
    const uint8_t version = head[6] & VERSION_MASK;
    if (head[0] != ELEMENT_VENDOR || memcmp(head + 2, espressif, VENDOR_BYTES) != 0 ||
        head[5] != TYPE_ESPNOW)
        return VB_ESPNOW_ELEMENT;
    if (length < LENGTH_MIN)
        return VB_ESPNOW_LENGTH;
    if (version != VERSION_1 && version != VERSION_2)
        return VB_ESPNOW_VERSION;
    const uint8_t size = (uint8_t)(length - LENGTH_MIN);
    const uint8_t *body = vb_read_view(reader, size);
    if (body == NULL)
        return VB_ESPNOW_CUT;
    if (frame->piece_count == VB_ESPNOW_PIECES_MAX ||
        frame->body_size + size > VB_ESPNOW_BODY_BYTES_MAX)
        return VB_ESPNOW_LONG;
    if (frame->piece_count == 0)
        frame->head.version = version;
    frame->pieces[frame->piece_count++] = (struct vb_espnow_piece){.bytes = body, .size = size};
    frame->body_size = (uint16_t)(frame->body_size + size);
    *more_follow = (head[6] & MORE_FOLLOWS) != 0;
    return VB_ESPNOW_OK;
}

/* bytes has at least VB_ESPNOW_HEAD_BYTES. */
static enum vb_espnow_verdict read_elements(const uint8_t *bytes, size_t size,
                                            struct vb_espnow_frame *frame)
{
    struct vb_reader reader =
        vb_reader_of(bytes + VB_ESPNOW_HEAD_BYTES, size - VB_ESPNOW_HEAD_BYTES);
    bool more_follow = true;
    while (more_follow) { /* read_element() takes VB_ESPNOW_PIECES_MAX at most */
        const enum vb_espnow_verdict verdict = read_element(&reader, frame, &more_follow);
        if (verdict != VB_ESPNOW_OK)
            return verdict;
    }
    frame->left_over = vb_reader_left(&reader);
    return VB_ESPNOW_OK;
}

static bool fcs_matches(const uint8_t *bytes, size_t size)
{
    return vb_crc32(0, bytes, size) == u32_at(bytes + size);
}

enum vb_espnow_verdict vb_espnow_parse(const uint8_t *bytes, size_t size, bool fcs_at_end,
                                       struct vb_espnow_frame *frame)
{
    *frame = (struct vb_espnow_frame){.piece_count = 0};
    const size_t fcs_size = fcs_at_end ? VB_ESPNOW_FCS_BYTES : 0;
    if (size < MAC_HEAD_BYTES + fcs_size)
        return VB_ESPNOW_SHORT;
    const size_t rest = size - fcs_size;
    enum vb_espnow_verdict verdict = read_mac_head(bytes, frame);
    if (verdict == VB_ESPNOW_OK)
        verdict = read_action_head(bytes, rest, frame);
    if (verdict == VB_ESPNOW_OK) {
        verdict = read_elements(bytes, rest, frame);
        /* The FCS of other frames is of no interest. */
        if (fcs_at_end && !fcs_matches(bytes, rest))
            verdict = VB_ESPNOW_FCS;
    }
    VB_ASSERT(frame->body_size <= VB_ESPNOW_BODY_BYTES_MAX);
    return verdict;
}

const uint8_t *vb_espnow_body(const struct vb_espnow_frame *frame,
                              uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX])
{
    VB_ASSERT(frame->piece_count <= VB_ESPNOW_PIECES_MAX);
    if (frame->piece_count == 1)
        return frame->pieces[0].bytes;
    struct vb_writer writer = vb_writer_of(joined, VB_ESPNOW_BODY_BYTES_MAX);
    for (uint8_t i = 0; i < frame->piece_count; i++)
        vb_write_bytes(&writer, frame->pieces[i].bytes, frame->pieces[i].size);
    VB_ASSERT(!writer.failed && writer.at == frame->body_size);
    return joined;
}

/* == Building ================================================================================ */

/* An empty body has an element, too. */
static size_t element_count(size_t body_size)
{
    const size_t full = (body_size + VB_ESPNOW_PIECE_BYTES_MAX - 1) / VB_ESPNOW_PIECE_BYTES_MAX;
    return full > 0 ? full : 1;
}

size_t vb_espnow_frame_size(size_t body_size, bool with_fcs)
{
    VB_ASSERT(body_size <= VB_ESPNOW_BODY_BYTES_MAX);
    return VB_ESPNOW_HEAD_BYTES + element_count(body_size) * VB_ESPNOW_ELEMENT_HEAD_BYTES +
           body_size + (with_fcs ? VB_ESPNOW_FCS_BYTES : 0);
}

static void put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static void write_head(struct vb_writer *writer, const struct vb_espnow_head *head)
{
    uint8_t bytes[VB_ESPNOW_HEAD_BYTES];
    put_u16(bytes + AT_CONTROL, head->retry ? KIND_ACTION | FLAG_RETRY : KIND_ACTION);
    put_u16(bytes + AT_DURATION, head->duration_us);
    memcpy(bytes + AT_DST, head->dst.bytes, VB_MAC_BYTES);
    memcpy(bytes + AT_SRC, head->src.bytes, VB_MAC_BYTES);
    memcpy(bytes + AT_ADDR3, head->addr3.bytes, VB_MAC_BYTES);
    put_u16(bytes + AT_SEQUENCE, (uint16_t)(head->sequence << 4 | head->fragment));
    bytes[AT_CATEGORY] = CATEGORY_VENDOR;
    memcpy(bytes + AT_VENDOR, espressif, VENDOR_BYTES);
    put_u16(bytes + AT_RANDOM, (uint16_t)head->random);
    put_u16(bytes + AT_RANDOM + 2, (uint16_t)(head->random >> 16));
    vb_write_bytes(writer, bytes, sizeof bytes);
}

static void write_element(struct vb_writer *writer, uint8_t version, const uint8_t *body,
                          size_t size)
{
    const uint8_t head[VB_ESPNOW_ELEMENT_HEAD_BYTES] = {
        ELEMENT_VENDOR, (uint8_t)(LENGTH_MIN + size), 0x18, 0xfe, 0x34, TYPE_ESPNOW, version};
    vb_write_bytes(writer, head, sizeof head);
    if (size > 0)
        vb_write_bytes(writer, body, size);
}

size_t vb_espnow_build(const struct vb_espnow_head *head, const uint8_t *body, size_t body_size,
                       bool with_fcs, uint8_t *bytes, size_t capacity)
{
    VB_ASSERT(head->version == VERSION_1 || head->version == VERSION_2);
    VB_ASSERT(body_size <= VB_ESPNOW_PIECE_BYTES_MAX || head->version == VERSION_2);
    VB_ASSERT(head->sequence <= 0xfff && head->fragment <= 0xf);
    struct vb_writer writer = vb_writer_of(bytes, capacity);
    write_head(&writer, head);
    size_t at = 0;
    for (size_t left = element_count(body_size); left > 0; left--) {
        const size_t rest = body_size - at;
        const size_t size = left > 1 ? VB_ESPNOW_PIECE_BYTES_MAX : rest;
        const uint8_t version = (uint8_t)(head->version | (left > 1 ? MORE_FOLLOWS : 0));
        write_element(&writer, version, size > 0 ? body + at : NULL, size);
        at += size;
    }
    if (with_fcs && !writer.failed)
        vb_write_u32(&writer, vb_crc32(0, bytes, writer.at));
    VB_ASSERT(!writer.failed && writer.at == vb_espnow_frame_size(body_size, with_fcs));
    return writer.at;
}
