#include "firmware/firmware_image.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

static const uint32_t description_magic = 0xabcd5432;

enum {
    HEADER_MAGIC = 0xe9,
    CHIP_AT = 12,
    HASH_APPENDED_AT = 23,
    PROGRAM_AT = 48,
    IDF_AT = 112,
    IDF_SIZE = 32,
    IDF_MAJOR_MIN = 5,
    IDF_MINOR_MIN = 5,
    CHECKSUM_START = 0xef,
    CHECKSUM_ALIGN = 16,
    SIGNATURES_ALIGN = 4096,
    SIGNATURE_MAGIC = 0xe7,
    WORD = 4 /* what segments are whole numbers of */
};

static uint32_t to_multiple(uint32_t value, uint32_t of)
{
    return (of - value % of) % of;
}

static uint16_t u16_at(const uint8_t *bytes)
{
    struct vb_reader reader = vb_reader_of(bytes, 2);
    return vb_read_u16(&reader);
}

static uint32_t u32_at(const uint8_t *bytes)
{
    struct vb_reader reader = vb_reader_of(bytes, 4);
    return vb_read_u32(&reader);
}

/* ---- The description ---- */

/* Of digits, at least one of them; false where there is none, or it is large. */
static bool read_number(const char **at, unsigned *number)
{
    enum { NUMBER_MAX = 999 };
    const char *first = *at;
    *number = 0;
    for (; **at >= '0' && **at <= '9' && *number <= NUMBER_MAX; (*at)++)
        *number = *number * 10 + (unsigned)(**at - '0');
    return *at > first && *number <= NUMBER_MAX;
}

/* "v5.5.3", "5.5-dirty"; of one that names its version otherwise nothing is known. */
static bool is_old_idf(const uint8_t *text)
{
    char version[IDF_SIZE + 1] = "";
    unsigned major, minor;
    memcpy(version, text, IDF_SIZE);
    const char *at = version[0] == 'v' ? version + 1 : version;
    if (!read_number(&at, &major) || *at++ != '.' || !read_number(&at, &minor))
        return false;
    return major < IDF_MAJOR_MIN || (major == IDF_MAJOR_MIN && minor < IDF_MINOR_MIN);
}

static enum vb_firmware_verdict judge_description(const struct vb_image_board *board,
                                                  const uint8_t *bytes)
{
    if (u32_at(bytes) != description_magic)
        return VB_FIRMWARE_NO_DESCRIPTION;
    if (strncmp((const char *)bytes + PROGRAM_AT, board->program, sizeof board->program) != 0)
        return VB_FIRMWARE_OTHER_ROLE;
    return is_old_idf(bytes + IDF_AT) ? VB_FIRMWARE_OLD_LAYOUT : VB_FIRMWARE_OK;
}

/* ---- Parts ---- */

static void expect(struct vb_image_check *check, enum vb_image_part part, uint32_t size)
{
    check->part = part;
    check->left = size;
    check->filled = 0;
}

static enum vb_firmware_verdict expect_signatures(struct vb_image_check *check)
{
    expect(check, VB_IMAGE_SIGNATURES, VB_IMAGE_SIGNATURES_BYTES);
    return VB_FIRMWARE_OK;
}

/* The hash has come: now the size of the whole is known. */
static enum vb_firmware_verdict expect_padding(struct vb_image_check *check)
{
    const uint32_t padding = to_multiple(check->at, SIGNATURES_ALIGN);
    const uint32_t signed_size = check->at + padding + VB_IMAGE_SIGNATURES_BYTES;
    if (check->size == check->at || check->size == check->at + padding)
        return VB_FIRMWARE_UNSIGNED;
    if (signed_size > check->board.slot_bytes)
        return VB_FIRMWARE_TOO_LARGE;
    if (check->size != signed_size)
        return check->size < signed_size ? VB_FIRMWARE_TORN : VB_FIRMWARE_DAMAGED;
    if (padding == 0)
        return expect_signatures(check);
    expect(check, VB_IMAGE_PADDING, padding);
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict segment_ended(struct vb_image_check *check)
{
    check->segments_left--;
    if (check->segments_left > 0)
        expect(check, VB_IMAGE_SEGMENT_HEAD, VB_IMAGE_SEGMENT_HEAD_BYTES);
    else
        expect(check, VB_IMAGE_CHECKSUM, to_multiple(check->at + 1, CHECKSUM_ALIGN) + 1);
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict header_came(struct vb_image_check *check)
{
    const uint8_t *bytes = check->bytes;
    if (bytes[0] != HEADER_MAGIC || bytes[1] == 0 || bytes[1] > VB_IMAGE_SEGMENTS_MAX)
        return VB_FIRMWARE_NO_IMAGE;
    if (u16_at(bytes + CHIP_AT) != check->board.chip)
        return VB_FIRMWARE_OTHER_CHIP;
    if (bytes[HASH_APPENDED_AT] != 1)
        return VB_FIRMWARE_OLD_LAYOUT;
    check->segments_left = bytes[1];
    expect(check, VB_IMAGE_SEGMENT_HEAD, VB_IMAGE_SEGMENT_HEAD_BYTES);
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict segment_head_came(struct vb_image_check *check)
{
    const uint32_t size = u32_at(check->bytes + WORD);
    if (size > check->board.slot_bytes - check->at)
        return VB_FIRMWARE_TOO_LARGE;
    if (size % WORD != 0)
        return VB_FIRMWARE_DAMAGED;
    if (!check->is_known) {
        if (size < VB_IMAGE_DESCRIPTION_BYTES)
            return VB_FIRMWARE_NO_DESCRIPTION;
        expect(check, VB_IMAGE_DESCRIPTION, size);
        return VB_FIRMWARE_OK;
    }
    expect(check, VB_IMAGE_SEGMENT, size);
    return size == 0 ? segment_ended(check) : VB_FIRMWARE_OK;
}

/* The rest of the first segment has nothing to be looked at. */
static enum vb_firmware_verdict description_came(struct vb_image_check *check)
{
    const enum vb_firmware_verdict verdict = judge_description(&check->board, check->bytes);
    if (verdict != VB_FIRMWARE_OK)
        return verdict;
    check->is_known = true;
    check->part = VB_IMAGE_SEGMENT;
    return check->left == 0 ? segment_ended(check) : VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict checksum_came(struct vb_image_check *check)
{
    expect(check, VB_IMAGE_HASH, VB_IMAGE_HASH_BYTES);
    return VB_FIRMWARE_OK;
}

/* ---- Bytes ---- */

/* How many of the bytes are taken at once: no part ends within them, nor what was announced. */
static uint32_t run_of(const struct vb_image_check *check, size_t size)
{
    const uint32_t announced = check->size - check->at;
    uint32_t run = check->left;
    if (check->part == VB_IMAGE_DESCRIPTION)
        run = VB_IMAGE_DESCRIPTION_BYTES - check->filled;
    if (announced < run)
        run = announced;
    return size < run ? (uint32_t)size : run;
}

/* Keeps them where their part is looked at as a whole, and sums them up where they are summed. */
static enum vb_firmware_verdict look_at(struct vb_image_check *check, const uint8_t *bytes,
                                        uint32_t size)
{
    const enum vb_image_part part = check->part;
    if (part == VB_IMAGE_HEADER || part == VB_IMAGE_SEGMENT_HEAD || part == VB_IMAGE_DESCRIPTION) {
        VB_ASSERT(check->filled + size <= sizeof check->bytes);
        memcpy(check->bytes + check->filled, bytes, size);
        check->filled += size;
    }
    if (part == VB_IMAGE_DESCRIPTION || part == VB_IMAGE_SEGMENT) {
        for (uint32_t i = 0; i < size; i++)
            check->checksum ^= bytes[i];
    }
    if (part == VB_IMAGE_CHECKSUM && size == check->left && bytes[size - 1] != check->checksum)
        return VB_FIRMWARE_DAMAGED;
    if (part == VB_IMAGE_SIGNATURES && check->left == VB_IMAGE_SIGNATURES_BYTES &&
        bytes[0] != SIGNATURE_MAGIC)
        return VB_FIRMWARE_UNSIGNED;
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict part_came(struct vb_image_check *check)
{
    switch (check->part) {
    case VB_IMAGE_HEADER:
        return header_came(check);
    case VB_IMAGE_SEGMENT_HEAD:
        return segment_head_came(check);
    case VB_IMAGE_DESCRIPTION:
        return description_came(check);
    case VB_IMAGE_SEGMENT:
        return segment_ended(check);
    case VB_IMAGE_CHECKSUM:
        return checksum_came(check);
    case VB_IMAGE_HASH:
        return expect_padding(check);
    case VB_IMAGE_PADDING:
        return expect_signatures(check);
    case VB_IMAGE_SIGNATURES:
        expect(check, VB_IMAGE_END, 0);
        return VB_FIRMWARE_OK;
    case VB_IMAGE_END:
        break;
    }
    return VB_FIRMWARE_DAMAGED;
}

static bool has_come(const struct vb_image_check *check)
{
    return check->left == 0 ||
           (check->part == VB_IMAGE_DESCRIPTION && check->filled == VB_IMAGE_DESCRIPTION_BYTES);
}

/* ---- An image ---- */

enum vb_firmware_verdict vb_image_begin(struct vb_image_check *check,
                                        const struct vb_image_board *board, uint32_t size)
{
    VB_ASSERT(board->slot_bytes % SIGNATURES_ALIGN == 0);
    *check = (struct vb_image_check){.board = *board, .size = size, .checksum = CHECKSUM_START};
    expect(check, VB_IMAGE_HEADER, VB_IMAGE_HEADER_BYTES);
    check->verdict = size > board->slot_bytes ? VB_FIRMWARE_TOO_LARGE : VB_FIRMWARE_OK;
    return check->verdict;
}

enum vb_firmware_verdict vb_image_take(struct vb_image_check *check, const uint8_t *bytes,
                                       size_t size)
{
    while (size > 0 && check->verdict == VB_FIRMWARE_OK) {
        if (check->part == VB_IMAGE_END || check->at >= check->size) {
            check->verdict = VB_FIRMWARE_DAMAGED; /* there is more than was announced */
            break;
        }
        const uint32_t run = run_of(check, size);
        VB_ASSERT(run > 0);
        check->verdict = look_at(check, bytes, run);
        check->left -= run;
        check->at += run;
        bytes += run;
        size -= run;
        if (check->verdict == VB_FIRMWARE_OK && has_come(check))
            check->verdict = part_came(check);
    }
    return check->verdict;
}

enum vb_firmware_verdict vb_image_end(struct vb_image_check *check)
{
    if (check->verdict == VB_FIRMWARE_OK && check->part != VB_IMAGE_END)
        check->verdict = check->at == 0 ? VB_FIRMWARE_NO_IMAGE : VB_FIRMWARE_TORN;
    return check->verdict;
}

bool vb_image_board_of(const uint8_t head[VB_IMAGE_HEAD_BYTES], uint32_t slot_bytes,
                       struct vb_image_board *board)
{
    const uint8_t *description = head + VB_IMAGE_HEADER_BYTES + VB_IMAGE_SEGMENT_HEAD_BYTES;
    if (head[0] != HEADER_MAGIC || u32_at(description) != description_magic)
        return false;
    *board = (struct vb_image_board){.chip = u16_at(head + CHIP_AT), .slot_bytes = slot_bytes};
    memcpy(board->program, description + PROGRAM_AT, sizeof board->program);
    return true;
}
