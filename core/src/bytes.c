#include "voltbeacon/core/bytes.h"

#include <string.h>

#include "voltbeacon/core/platform.h"

struct vb_reader vb_reader_of(const uint8_t *bytes, size_t size)
{
    VB_ASSERT(bytes != NULL || size == 0);
    return (struct vb_reader){.bytes = bytes, .size = size};
}

const uint8_t *vb_read_view(struct vb_reader *reader, size_t size)
{
    VB_ASSERT(reader->at <= reader->size);
    if (reader->failed || reader->size - reader->at < size) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *view = reader->bytes + reader->at;
    reader->at += size;
    return view;
}

static uint64_t read_little_endian(struct vb_reader *reader, unsigned size)
{
    const uint8_t *view = vb_read_view(reader, size);
    uint64_t value = 0;
    if (view != NULL) {
        for (unsigned i = size; i > 0; i--)
            value = value << 8 | view[i - 1];
    }
    return value;
}

uint8_t vb_read_u8(struct vb_reader *reader)
{
    return (uint8_t)read_little_endian(reader, 1);
}

uint16_t vb_read_u16(struct vb_reader *reader)
{
    return (uint16_t)read_little_endian(reader, 2);
}

uint32_t vb_read_u32(struct vb_reader *reader)
{
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t vb_read_u64(struct vb_reader *reader)
{
    return read_little_endian(reader, 8);
}

uint32_t vb_read_varint(struct vb_reader *reader)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const uint8_t byte = vb_read_u8(reader);
        if (reader->failed)
            return 0;
        const uint32_t bits = byte & 0x7fu;
        if (bits << shift >> shift != bits)
            break; /* more than 32 bits */
        value |= bits << shift;
        if ((byte & 0x80) == 0) {
            if (byte == 0 && shift > 0)
                break; /* a shorter form exists: one content, one spelling */
            return value;
        }
    }
    reader->failed = true;
    reader->malformed = true;
    return 0;
}

enum vb_err vb_reader_verdict(const struct vb_reader *reader)
{
    if (!reader->failed)
        return VB_ERR_OK;
    return reader->malformed ? VB_ERR_MALFORMED : VB_ERR_TRUNCATED;
}

size_t vb_reader_left(const struct vb_reader *reader)
{
    return reader->failed ? 0 : reader->size - reader->at;
}

bool vb_reader_done(const struct vb_reader *reader)
{
    return !reader->failed && reader->at == reader->size;
}

struct vb_writer vb_writer_of(uint8_t *bytes, size_t capacity)
{
    VB_ASSERT(bytes != NULL || capacity == 0);
    return (struct vb_writer){.bytes = bytes, .capacity = capacity};
}

void vb_write_bytes(struct vb_writer *writer, const uint8_t *bytes, size_t size)
{
    VB_ASSERT(writer->at <= writer->capacity);
    if (writer->failed || writer->capacity - writer->at < size) {
        writer->failed = true;
        return;
    }
    if (size > 0)
        memcpy(writer->bytes + writer->at, bytes, size);
    writer->at += size;
}

static void write_little_endian(struct vb_writer *writer, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    vb_write_bytes(writer, bytes, size);
}

void vb_write_u8(struct vb_writer *writer, uint8_t value)
{
    vb_write_bytes(writer, &value, 1);
}

void vb_write_u16(struct vb_writer *writer, uint16_t value)
{
    write_little_endian(writer, value, 2);
}

void vb_write_u32(struct vb_writer *writer, uint32_t value)
{
    write_little_endian(writer, value, 4);
}

void vb_write_u64(struct vb_writer *writer, uint64_t value)
{
    write_little_endian(writer, value, 8);
}

size_t vb_varint_size(uint32_t value)
{
    size_t size = 1;
    while (value > 0x7f) {
        value >>= 7;
        size++;
    }
    return size;
}

void vb_write_varint(struct vb_writer *writer, uint32_t value)
{
    uint8_t bytes[5];
    size_t size = 0;
    while (value > 0x7f) {
        bytes[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (uint8_t)value;
    vb_write_bytes(writer, bytes, size);
}

size_t vb_writer_left(const struct vb_writer *writer)
{
    return writer->failed ? 0 : writer->capacity - writer->at;
}
