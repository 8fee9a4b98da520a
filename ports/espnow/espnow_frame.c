#include "espnow/espnow_frame.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/platform.h"

enum {
    MAC_HEAD_BYTES = 24,
    VENDOR_BYTES = 3,

    /* IEEE 802.11-2020, 9.2.4.1: the two bytes of Frame Control. */
    FRAME_ACTION = 0xd0, /* version 0, type 0 (management), subtype 13 */
    FLAG_RETRY = 0x08,
    FLAG_PROTECTED = 0x40,

    CATEGORY_VENDOR = 127, /* 9.4.1.11 */
    ELEMENT_VENDOR = 221,  /* 9.4.2.1 */

    /* ESP-IDF, "ESP-NOW", frame format. */
    TYPE_ESPNOW = 4,
    VERSION_MASK = 0x0f,
    MORE_FOLLOWS = 0x10,
    VERSION_1 = 1,
    VERSION_2 = 2,
    LENGTH_MIN = VB_ESPNOW_ELEMENT_HEAD_BYTES - 2 /* what a length counts beside the body */
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

static void read_mac(struct vb_reader *reader, struct vb_mac *mac)
{
    const uint8_t *bytes = vb_read_view(reader, VB_MAC_BYTES);
    if (bytes != NULL)
        memcpy(mac->bytes, bytes, VB_MAC_BYTES);
}

/* The 24 bytes that every management frame begins with. */
static enum vb_espnow_verdict read_mac_head(struct vb_reader *reader, struct vb_espnow_frame *frame)
{
    struct vb_espnow_head *head = &frame->head;
    const uint8_t kind = vb_read_u8(reader);
    const uint8_t flags = vb_read_u8(reader);
    head->duration_us = vb_read_u16(reader);
    read_mac(reader, &head->dst);
    read_mac(reader, &head->src);
    read_mac(reader, &head->addr3);
    const uint16_t control = vb_read_u16(reader);
    head->sequence = control >> 4;
    head->fragment = control & 15;
    head->retry = (flags & FLAG_RETRY) != 0;
    frame->is_protected = (flags & FLAG_PROTECTED) != 0;
    VB_ASSERT(!reader->failed);
    return kind == FRAME_ACTION ? VB_ESPNOW_OK : VB_ESPNOW_KIND;
}

/* What follows in an action frame of Espressif's. Where it is encrypted, the 8 bytes of a CCMP
 * header stand there instead, whose third is 0 (IEEE 802.11-2020, 12.5.3.2): never mistaken. */
static enum vb_espnow_verdict read_action_head(struct vb_reader *reader,
                                               struct vb_espnow_frame *frame)
{
    const uint8_t category = vb_read_u8(reader);
    const uint8_t *vendor = vb_read_view(reader, VENDOR_BYTES);
    const bool is_vendor = !reader->failed && category == CATEGORY_VENDOR;
    if (is_vendor && memcmp(vendor, espressif, VENDOR_BYTES) == 0) {
        frame->head.random = vb_read_u32(reader);
        return reader->failed ? VB_ESPNOW_CUT : VB_ESPNOW_OK;
    }
    if (frame->is_protected)
        return VB_ESPNOW_ENCRYPTED;
    if (reader->failed)
        return VB_ESPNOW_CUT;
    return is_vendor ? VB_ESPNOW_VENDOR : VB_ESPNOW_CATEGORY;
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

static enum vb_espnow_verdict read_elements(struct vb_reader *reader, struct vb_espnow_frame *frame)
{
    bool more_follow = true;
    while (more_follow) { /* read_element() takes VB_ESPNOW_PIECES_MAX at most */
        const enum vb_espnow_verdict verdict = read_element(reader, frame, &more_follow);
        if (verdict != VB_ESPNOW_OK)
            return verdict;
    }
    const size_t left = vb_reader_left(reader);
    frame->left_over = left < UINT16_MAX ? (uint16_t)left : UINT16_MAX;
    return VB_ESPNOW_OK;
}

static bool fcs_matches(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes + size, VB_ESPNOW_FCS_BYTES);
    return vb_crc32(0, bytes, size) == vb_read_u32(&reader);
}

enum vb_espnow_verdict vb_espnow_parse(const uint8_t *bytes, size_t size, bool fcs_at_end,
                                       struct vb_espnow_frame *frame)
{
    *frame = (struct vb_espnow_frame){.piece_count = 0};
    const size_t fcs_size = fcs_at_end ? VB_ESPNOW_FCS_BYTES : 0;
    if (size < MAC_HEAD_BYTES + fcs_size)
        return VB_ESPNOW_SHORT;
    struct vb_reader reader = vb_reader_of(bytes, size - fcs_size);
    enum vb_espnow_verdict verdict = read_mac_head(&reader, frame);
    if (verdict == VB_ESPNOW_OK)
        verdict = read_action_head(&reader, frame);
    if (verdict == VB_ESPNOW_OK) {
        verdict = read_elements(&reader, frame);
        /* The FCS of what is not Espressif's is of no interest to anybody. */
        if (fcs_at_end && !fcs_matches(bytes, size - fcs_size))
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

static void write_head(struct vb_writer *writer, const struct vb_espnow_head *head)
{
    vb_write_u8(writer, FRAME_ACTION);
    vb_write_u8(writer, head->retry ? FLAG_RETRY : 0);
    vb_write_u16(writer, head->duration_us);
    vb_write_bytes(writer, head->dst.bytes, VB_MAC_BYTES);
    vb_write_bytes(writer, head->src.bytes, VB_MAC_BYTES);
    vb_write_bytes(writer, head->addr3.bytes, VB_MAC_BYTES);
    vb_write_u16(writer, (uint16_t)(head->sequence << 4 | head->fragment));
    vb_write_u8(writer, CATEGORY_VENDOR);
    vb_write_bytes(writer, espressif, VENDOR_BYTES);
    vb_write_u32(writer, head->random);
}

static void write_element(struct vb_writer *writer, uint8_t version, const uint8_t *body,
                          size_t size)
{
    vb_write_u8(writer, ELEMENT_VENDOR);
    vb_write_u8(writer, (uint8_t)(LENGTH_MIN + size));
    vb_write_bytes(writer, espressif, VENDOR_BYTES);
    vb_write_u8(writer, TYPE_ESPNOW);
    vb_write_u8(writer, version);
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
