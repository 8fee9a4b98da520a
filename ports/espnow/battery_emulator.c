#include "espnow/battery_emulator.h"

#include <string.h>

enum {
    TYPE_SHIFT = 5,
    LENGTH_MASK = 31,
    LENGTH_IN_A_BYTE = 30,
    LENGTH_IN_TWO = 31,
    INTEGER_BYTES_MAX = 8,
    BITS_OF_A_BYTE = 8,
    SIGN_BIT = 0x80
};

bool vb_emulator_is(const uint8_t *bytes, size_t size)
{
    return size >= VB_EMULATOR_HEAD_BYTES && bytes[0] == 'B' && bytes[1] == 'E';
}

bool vb_emulator_head_read(const uint8_t *bytes, size_t size, struct vb_emulator_head *head,
                           struct vb_reader *reader)
{
    *head = (struct vb_emulator_head){.version = 0};
    *reader = vb_reader_of(bytes, size);
    if (!vb_emulator_is(bytes, size))
        return false;
    (void)vb_read_u16(reader);
    head->version = vb_read_u8(reader);
    head->kind = vb_read_u8(reader);
    head->id = vb_read_u16(reader);
    head->battery = vb_read_u8(reader);
    head->flags = vb_read_u8(reader);
    head->uptime_s = vb_read_u32(reader);
    VB_ASSERT(!reader->failed && reader->at == VB_EMULATOR_HEAD_BYTES);
    return head->version == VB_EMULATOR_VERSION;
}

bool vb_emulator_record_read(struct vb_reader *reader, struct vb_emulator_record *record)
{
    *record = (struct vb_emulator_record){.key = 0};
    if (vb_reader_left(reader) == 0)
        return false;
    record->key = vb_read_u8(reader);
    const uint8_t tag = vb_read_u8(reader);
    record->type = tag >> TYPE_SHIFT;
    record->size = tag & LENGTH_MASK;
    if (record->size == LENGTH_IN_A_BYTE)
        record->size = vb_read_u8(reader);
    else if (record->size == LENGTH_IN_TWO)
        record->size = vb_read_u16(reader);
    record->bytes = vb_read_view(reader, record->size);
    return !reader->failed;
}

bool vb_emulator_integer(const struct vb_emulator_record *record, int64_t *value)
{
    const bool is_signed = record->type == VB_EMULATOR_SIGNED;
    if (!is_signed && record->type != VB_EMULATOR_UNSIGNED && record->type != VB_EMULATOR_BOOL)
        return false;
    if (record->size == 0 || record->size > INTEGER_BYTES_MAX)
        return false;
    const bool negative = is_signed && (record->bytes[record->size - 1] & SIGN_BIT) != 0;
    uint64_t bits = negative ? UINT64_MAX : 0;
    for (size_t i = record->size; i > 0; i--)
        bits = bits << BITS_OF_A_BYTE | record->bytes[i - 1];
    if (!is_signed && bits > INT64_MAX)
        return false;
    memcpy(value, &bits, sizeof *value);
    return true;
}

bool vb_emulator_float(const struct vb_emulator_record *record, float *value)
{
    if (record->type != VB_EMULATOR_FLOAT || record->size != sizeof *value)
        return false;
    struct vb_reader reader = vb_reader_of(record->bytes, record->size);
    const uint32_t bits = vb_read_u32(&reader);
    memcpy(value, &bits, sizeof bits);
    return true;
}
