#include "codec_range.h"

#include "voltbeacon/platform.h"

enum {
    BYTE_BITS = 8,
    LOW_BITS = 32,
    STEP_BITS_MAX = 8,    /* bits taken at once: the range keeps 16 */
    CODE_BYTES = 4,       /* the reader is so far ahead */
    NUMBER_BITS_MAX = 32
};

static const uint32_t range_min = 1u << 24;

/* Of the bit lengths 0 to 32 of a number: a choice that costs 3 to 5 bits up to 8, then 6. */
static const uint16_t length_starts[NUMBER_BITS_MAX + 2] = {
    0,    500,  920,  1300, 1630, 1900, 2130, 2310, 2450, 2560, 2624, 2688,
    2752, 2816, 2880, 2944, 3008, 3072, 3136, 3200, 3264, 3328, 3392, 3456,
    3520, 3584, 3648, 3712, 3776, 3840, 3904, 3968, 4032, VB_RANGE_TOTAL};

/* --- writing ------------------------------------------------------------------------------- */

struct vb_range_writer vb_range_writer_of(uint8_t *bytes, size_t capacity)
{
    VB_ASSERT(bytes != NULL);
    return (struct vb_range_writer){.bytes = bytes, .capacity = capacity, .range = UINT32_MAX};
}

static void put_byte(struct vb_range_writer *writer, uint8_t byte)
{
    if (writer->at == writer->capacity) {
        writer->failed = true;
        return;
    }
    writer->bytes[writer->at++] = byte;
}

/* The stream as a number never passes 1, so a carry ends before the first byte does. */
static void advance(struct vb_range_writer *writer, uint32_t offset)
{
    writer->low += offset;
    if (writer->low >= offset || writer->failed)
        return;
    size_t at = writer->at;
    do {
        VB_ASSERT(at > 0);
        at--;
        writer->bytes[at]++;
    } while (writer->bytes[at] == 0);
}

static void narrow(struct vb_range_writer *writer, uint32_t offset, uint32_t range)
{
    advance(writer, offset);
    writer->range = range;
    while (writer->range < range_min) {
        put_byte(writer, (uint8_t)(writer->low >> (LOW_BITS - BYTE_BITS)));
        writer->low <<= BYTE_BITS;
        writer->range <<= BYTE_BITS;
    }
}

void vb_range_put(struct vb_range_writer *writer, const uint16_t *starts, unsigned choice)
{
    VB_ASSERT(starts[choice] < starts[choice + 1]);
    const uint32_t part = writer->range >> VB_RANGE_TOTAL_BITS;
    narrow(writer, part * starts[choice], part * (uint32_t)(starts[choice + 1] - starts[choice]));
}

void vb_range_put_bits(struct vb_range_writer *writer, uint32_t value, unsigned count)
{
    VB_ASSERT(count <= NUMBER_BITS_MAX);
    while (count > 0) {
        const unsigned step = count < STEP_BITS_MAX ? count : STEP_BITS_MAX;
        count -= step;
        const uint32_t part = writer->range >> step;
        narrow(writer, part * (value >> count & ((1u << step) - 1)), part);
    }
}

static unsigned bit_length(uint32_t value)
{
    unsigned length = 0;
    for (; value != 0; value >>= 1)
        length++;
    return length;
}

void vb_range_put_count(struct vb_range_writer *writer, uint32_t value)
{
    const unsigned length = bit_length(value);
    vb_range_put(writer, length_starts, length);
    if (length > 1)
        vb_range_put_bits(writer, value, length - 1); /* the top bit is known */
}

/* 0, -1, 1, -2, 2 ... are counted. */
void vb_range_put_number(struct vb_range_writer *writer, int32_t value)
{
    const uint32_t twice = (uint32_t)value << 1;
    vb_range_put_count(writer, value < 0 ? ~twice : twice);
}

/* Any value of the interval will do. It is at least 2^24 long, so there is one with zeros after its
 * first byte; zeros are left out at the end. */
size_t vb_range_finish(struct vb_range_writer *writer)
{
    advance(writer, (0u - writer->low) & (range_min - 1));
    put_byte(writer, (uint8_t)(writer->low >> (LOW_BITS - BYTE_BITS)));
    if (writer->failed)
        return 0;
    while (writer->at > 1 && writer->bytes[writer->at - 1] == 0)
        writer->at--;
    return writer->at;
}

/* --- reading ------------------------------------------------------------------------------- */

static uint8_t get_byte(struct vb_range_reader *reader)
{
    const uint8_t byte = reader->at < reader->size ? reader->bytes[reader->at] : 0;
    reader->at++;
    return byte;
}

struct vb_range_reader vb_range_reader_of(const uint8_t *bytes, size_t size)
{
    VB_ASSERT(bytes != NULL || size == 0);
    struct vb_range_reader reader = {.bytes = bytes, .size = size, .range = UINT32_MAX};
    for (unsigned i = 0; i < CODE_BYTES; i++)
        reader.code = reader.code << BYTE_BITS | get_byte(&reader);
    return reader;
}

static void take(struct vb_range_reader *reader, uint32_t offset, uint32_t range)
{
    reader->code -= offset;
    reader->range = range;
    while (reader->range < range_min) {
        reader->code = reader->code << BYTE_BITS | get_byte(reader);
        reader->range <<= BYTE_BITS;
    }
}

unsigned vb_range_get(struct vb_range_reader *reader, const uint16_t *starts)
{
    const uint32_t part = reader->range >> VB_RANGE_TOTAL_BITS;
    if (reader->failed || reader->code >= part << VB_RANGE_TOTAL_BITS) {
        reader->failed = true;
        return 0;
    }
    unsigned choice = 0;
    while (reader->code >= part * starts[choice + 1])
        choice++;
    VB_ASSERT(starts[choice] < VB_RANGE_TOTAL);
    take(reader, part * starts[choice], part * (uint32_t)(starts[choice + 1] - starts[choice]));
    return choice;
}

/* The compare of each bit stands in place of a division. */
static uint32_t get_step(struct vb_range_reader *reader, unsigned step)
{
    const uint32_t part = reader->range >> step;
    if (reader->failed)
        return 0;
    uint32_t value = 0;
    uint32_t code = reader->code;
    for (unsigned i = step; i > 0; i--) {
        const uint32_t half = part << (i - 1);
        const uint32_t bit = code >= half;
        code -= half & (0u - bit);
        value = value << 1 | bit;
    }
    if (code >= part) {
        reader->failed = true;
        return 0;
    }
    take(reader, reader->code - code, part);
    return value;
}

uint32_t vb_range_get_bits(struct vb_range_reader *reader, unsigned count)
{
    VB_ASSERT(count <= NUMBER_BITS_MAX);
    uint32_t value = 0;
    while (count > 0) {
        const unsigned step = count < STEP_BITS_MAX ? count : STEP_BITS_MAX;
        count -= step;
        value |= get_step(reader, step) << count;
    }
    return value;
}

uint32_t vb_range_get_count(struct vb_range_reader *reader)
{
    const unsigned length = vb_range_get(reader, length_starts);
    if (length <= 1)
        return length;
    return 1u << (length - 1) | vb_range_get_bits(reader, length - 1);
}

int32_t vb_range_get_number(struct vb_range_reader *reader)
{
    const uint32_t folded = vb_range_get_count(reader);
    const int32_t half = (int32_t)(folded >> 1);
    return (folded & 1) != 0 ? -half - 1 : half;
}

bool vb_range_done(const struct vb_range_reader *reader)
{
    VB_ASSERT(reader->at >= CODE_BYTES);
    return !reader->failed && reader->size + CODE_BYTES - 1 <= reader->at;
}
