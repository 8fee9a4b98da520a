#include "codec_range.h"

#include "voltbeacon/core/platform.h"

enum {
    RANGE_BITS_MIN = 24, /* a narrower one is widened by a byte of the stream */
    BYTE_BITS = 8,
    STEP_BITS_MAX = 8, /* bits coded at once: the range keeps 16 */
    CODE_BYTES = 4,    /* the reader is this far ahead */
    NUMBER_BITS_MAX = 32
};

/* Of the bit lengths 0 to 32 of a number: a choice costing 3 to 5 bits up to 8, then 6. */
static const uint16_t length_starts[NUMBER_BITS_MAX + 2] = {
    0,    500,  920,  1300, 1630, 1900, 2130, 2310, 2450, 2560,          2624, 2688,
    2752, 2816, 2880, 2944, 3008, 3072, 3136, 3200, 3264, 3328,          3392, 3456,
    3520, 3584, 3648, 3712, 3776, 3840, 3904, 3968, 4032, VB_RANGE_TOTAL};

/* --- writing ------------------------------------------------------------------------------- */

struct vb_range_writer vb_range_writer_of(uint8_t *bytes, size_t capacity)
{
    VB_ASSERT(bytes != NULL && capacity > 0);
    return (struct vb_range_writer){.bytes = bytes, .capacity = capacity, .range = UINT32_MAX};
}

/* Read as a number, the stream never exceeds 1, so a carry never runs past the first byte. */
static void carry(uint8_t *bytes, size_t at)
{
    do {
        VB_ASSERT(at > 0);
        at--;
        bytes[at]++;
    } while (bytes[at] == 0);
}

static void narrow(struct vb_range_writer *writer, uint32_t offset, uint32_t range)
{
    writer->low += offset;
    writer->range = range;
    if (writer->low < offset && !writer->failed)
        carry(writer->bytes, writer->at);
    while (writer->range >> RANGE_BITS_MIN == 0) {
        if (writer->at == writer->capacity)
            writer->failed = true;
        else
            writer->bytes[writer->at++] = (uint8_t)(writer->low >> RANGE_BITS_MIN);
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

/* Like vb_range_put, with the interval in registers and without unpredictable branches. */
void vb_range_put_run(struct vb_range_writer *writer, const uint16_t *starts,
                      const uint8_t *choices, size_t count)
{
    uint32_t low = writer->low;
    uint32_t range = writer->range;
    size_t at = writer->at;
    uint8_t *bytes = writer->bytes;
    const size_t capacity = writer->capacity;
    for (size_t i = 0; i < count; i++) {
        const unsigned choice = choices[i];
        const uint32_t part = range >> VB_RANGE_TOTAL_BITS;
        const uint32_t sum = low + part * starts[choice];
        const uint32_t rest = part * (uint32_t)(starts[choice + 1] - starts[choice]);
        const bool carries = sum < low;
        /* Two bytes at once, a carry beyond the last byte, or the end. */
        if (rest >> (RANGE_BITS_MIN - BYTE_BITS) == 0 || at == 0 || at == capacity ||
            (carries & (bytes[at - 1] == UINT8_MAX))) {
            writer->low = low;
            writer->range = range;
            writer->at = at;
            vb_range_put(writer, starts, choice);
            low = writer->low;
            range = writer->range;
            at = writer->at;
            continue;
        }
        const uint32_t narrows = rest >> RANGE_BITS_MIN == 0;
        bytes[at - 1] = (uint8_t)(bytes[at - 1] + carries);
        bytes[at] = (uint8_t)(sum >> RANGE_BITS_MIN);
        at += narrows;
        low = sum << BYTE_BITS * narrows;
        range = rest << BYTE_BITS * narrows;
    }
    writer->low = low;
    writer->range = range;
    writer->at = at;
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
        vb_range_put_bits(writer, value, length - 1); /* the top bit is implied */
}

/* Maps 0, -1, 1, -2, 2 ... to counts. */
void vb_range_put_number(struct vb_range_writer *writer, int32_t value)
{
    const uint32_t twice = (uint32_t)value << 1;
    vb_range_put_count(writer, value < 0 ? ~twice : twice);
}

/* Any value in the interval will do. It is at least 2^24 long, so one of them has only zeros after
 * its first byte; trailing zeros are omitted. */
size_t vb_range_finish(struct vb_range_writer *writer)
{
    const uint32_t up = (0u - writer->low) & ((1u << RANGE_BITS_MIN) - 1);
    narrow(writer, up, 1u << (RANGE_BITS_MIN - BYTE_BITS));
    if (writer->failed)
        return 0;
    while (writer->at > 1 && writer->bytes[writer->at - 1] == 0)
        writer->at--;
    return writer->at;
}

/* --- reading ------------------------------------------------------------------------------- */

/* Zeros past the end. */
static uint8_t byte_at(const struct vb_range_reader *reader, size_t at)
{
    return at < reader->size ? reader->bytes[at] : 0;
}

struct vb_range_reader vb_range_reader_of(const uint8_t *bytes, size_t size)
{
    VB_ASSERT(bytes != NULL || size == 0);
    struct vb_range_reader reader = {
        .bytes = bytes, .size = size, .at = CODE_BYTES, .range = UINT32_MAX};
    for (size_t i = 0; i < CODE_BYTES; i++)
        reader.code = reader.code << BYTE_BITS | byte_at(&reader, i);
    return reader;
}

static void take(struct vb_range_reader *reader, uint32_t offset, uint32_t range)
{
    reader->code -= offset;
    reader->range = range;
    while (reader->range >> RANGE_BITS_MIN == 0) {
        reader->code = reader->code << BYTE_BITS | byte_at(reader, reader->at);
        reader->range <<= BYTE_BITS;
        reader->at++;
    }
}

/* The choice that the code falls into, compared one by one. */
static unsigned climb(struct vb_range_reader *reader, const uint16_t *starts, uint32_t part)
{
    if (reader->failed || reader->code >= part << VB_RANGE_TOTAL_BITS) {
        reader->failed = true;
        reader->code = 0;
    }
    unsigned choice = 0;
    while (reader->code >= part * starts[choice + 1])
        choice++;
    VB_ASSERT(starts[choice] < VB_RANGE_TOTAL);
    return choice;
}

unsigned vb_range_get(struct vb_range_reader *reader, const uint16_t *starts)
{
    const uint32_t part = reader->range >> VB_RANGE_TOTAL_BITS;
    const unsigned choice = climb(reader, starts, part);
    take(reader, part * starts[choice], part * (uint32_t)(starts[choice + 1] - starts[choice]));
    return choice;
}

/* All ones if the code has reached the edge, else 0. */
static uint32_t reached(uint32_t code, uint32_t edge)
{
    return 0u - (uint32_t)(code >= edge);
}

/* Like vb_range_get, with the interval in registers. The first three choices, usually including the
 * right one, are compared at once: an unpredictable branch costs more. */
void vb_range_get_run(struct vb_range_reader *reader, const uint16_t *starts, uint8_t *choices,
                      size_t count)
{
    uint32_t code = reader->code;
    uint32_t range = reader->range;
    for (size_t i = 0; i < count; i++) {
        const uint32_t part = range >> VB_RANGE_TOTAL_BITS;
        const uint32_t edge1 = part * starts[1];
        const uint32_t edge2 = part * starts[2];
        const uint32_t edge3 = part * starts[3];
        if (code >= edge3) {
            reader->code = code;
            reader->range = range;
            choices[i] = (uint8_t)vb_range_get(reader, starts);
            code = reader->code;
            range = reader->range;
            continue;
        }
        const uint32_t past1 = reached(code, edge1);
        const uint32_t past2 = reached(code, edge2);
        choices[i] = (uint8_t)(0u - (past1 + past2));
        const uint32_t from = (edge1 & past1) + ((edge2 - edge1) & past2);
        const uint32_t to = edge1 + ((edge2 - edge1) & past1) + ((edge3 - edge2) & past2);
        code -= from;
        range = to - from;
        while (range >> RANGE_BITS_MIN == 0) {
            code = code << BYTE_BITS | byte_at(reader, reader->at++);
            range <<= BYTE_BITS;
        }
    }
    reader->code = code;
    reader->range = range;
}

/* One compare per bit replaces a division. */
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
