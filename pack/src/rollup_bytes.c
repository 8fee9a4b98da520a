#include "voltbeacon/pack/rollup_bytes.h"

#include "voltbeacon/core/bytes.h"

static uint32_t zigzag(int32_t value)
{
    return value < 0 ? ~((uint32_t)value << 1) : (uint32_t)value << 1;
}

static int32_t unzigzag(uint32_t code)
{
    const int32_t half = (int32_t)(code >> 1);
    return (code & 1) != 0 ? -half - 1 : half;
}

/* Divides tenths, rounding towards minus infinity, and towards plus infinity. */
static int32_t floor_of(int32_t tenths)
{
    return tenths >= 0 ? tenths / 10 : -((9 - tenths) / 10);
}

static int32_t ceiling_of(int32_t tenths)
{
    return -floor_of(-tenths);
}

static bool is_number(int64_t value)
{
    return value >= -VB_ROLLUP_NUMBER_MAX && value <= VB_ROLLUP_NUMBER_MAX;
}

/* == Out ===================================================================================== */

static int32_t common_mean(const struct vb_rollup_value *values, uint8_t count)
{
    int64_t sum = 0;
    int64_t known = 0;
    for (unsigned i = 0; i < count; i++) {
        if (values[i].count == 0)
            continue;
        sum += vb_rollup_mean_tenths(&values[i]);
        known++;
    }
    return known == 0 ? 0 : (int32_t)(sum / known);
}

static void write_value(struct vb_writer *writer, const struct vb_rollup_value *value, int32_t base)
{
    if (value->count == 0) {
        vb_write_varint(writer, 0);
        return;
    }
    const int32_t mean = vb_rollup_mean_tenths(value);
    VB_ASSERT(is_number(mean) && is_number(value->min) && is_number(value->max));
    VB_ASSERT(value->min <= floor_of(mean) && ceiling_of(mean) <= value->max);
    vb_write_varint(writer, zigzag(mean - base) + 1);
    vb_write_varint(writer, (uint32_t)(floor_of(mean) - value->min));
    vb_write_varint(writer, (uint32_t)(value->max - ceiling_of(mean)));
}

size_t vb_rollup_encode(const struct vb_rollup_value *values, uint8_t count, uint32_t readings,
                        uint8_t bytes[VB_ROLLUP_BYTES_MAX])
{
    struct vb_writer writer = vb_writer_of(bytes, VB_ROLLUP_BYTES_MAX);
    const int32_t base = common_mean(values, count);
    bool whole = true;

    VB_ASSERT(count <= VB_CELLS_MAX);
    for (unsigned i = 0; i < count; i++) {
        VB_ASSERT(values[i].count <= readings);
        whole = whole && (values[i].count == 0 || values[i].count == readings);
    }
    vb_write_u8(&writer, whole ? VB_ROLLUP_FORM_WHOLE : VB_ROLLUP_FORM_COUNTS);
    vb_write_varint(&writer, count);
    vb_write_varint(&writer, zigzag(base));
    for (unsigned i = 0; i < count; i++)
        write_value(&writer, &values[i], base);
    for (unsigned i = 0; i < count && !whole; i++) {
        if (values[i].count > 0)
            vb_write_varint(&writer, readings - values[i].count);
    }
    VB_ASSERT(!writer.failed);
    return writer.at;
}

/* == In ====================================================================================== */

/* False if it is impossible. Sets count to whether it is present. */
static bool read_value(struct vb_reader *reader, int32_t base, struct vb_rollup_value *value)
{
    const uint32_t code = vb_read_varint(reader);
    *value = (struct vb_rollup_value){0};
    if (code == 0)
        return true;
    const int64_t mean = (int64_t)base + unzigzag(code - 1);
    const int64_t below = vb_read_varint(reader);
    const int64_t above = vb_read_varint(reader);
    if (!is_number(mean))
        return false;
    const int64_t min = floor_of((int32_t)mean) - below;
    const int64_t max = ceiling_of((int32_t)mean) + above;
    if (!is_number(min) || !is_number(max))
        return false;
    *value = vb_rollup_value_of(1, (int32_t)min, (int32_t)mean, (int32_t)max);
    return true;
}

/* Each value is of one reading so far. False if one had more than there are, or none. */
static bool read_counts(struct vb_reader *reader, bool whole, uint32_t readings,
                        struct vb_rollup_value *values, uint8_t count)
{
    for (unsigned i = 0; i < count; i++) {
        if (values[i].count == 0)
            continue;
        const uint32_t missing = whole ? 0 : vb_read_varint(reader);
        if (missing >= readings)
            return false;
        values[i].count = readings - missing;
        values[i].sum_tenths *= (int64_t)values[i].count;
    }
    return true;
}

static enum vb_err decode(struct vb_reader *reader, uint32_t readings,
                          struct vb_rollup_value *values, uint8_t capacity, uint8_t *count)
{
    const uint8_t form = vb_read_u8(reader);
    const uint32_t told = vb_read_varint(reader);
    const int32_t base = unzigzag(vb_read_varint(reader));
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (form != VB_ROLLUP_FORM_WHOLE && form != VB_ROLLUP_FORM_COUNTS)
        return VB_ERR_UNSUPPORTED;
    if (told > capacity)
        return VB_ERR_TOO_LONG;
    if (!is_number(base))
        return VB_ERR_OUT_OF_RANGE;
    for (unsigned i = 0; i < told && !reader->failed; i++) {
        if (!read_value(reader, base, &values[i]))
            return VB_ERR_OUT_OF_RANGE;
    }
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (!read_counts(reader, form == VB_ROLLUP_FORM_WHOLE, readings, values, (uint8_t)told))
        return reader->failed ? vb_reader_verdict(reader) : VB_ERR_OUT_OF_RANGE;
    if (reader->failed)
        return vb_reader_verdict(reader);
    *count = (uint8_t)told;
    return vb_reader_done(reader) ? VB_ERR_OK : VB_ERR_MALFORMED;
}

enum vb_err vb_rollup_decode(const uint8_t *bytes, size_t size, uint32_t readings,
                             struct vb_rollup_value *values, uint8_t capacity, uint8_t *count)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    *count = 0;
    const enum vb_err err = decode(&reader, readings, values, capacity, count);
    if (err != VB_ERR_OK)
        *count = 0;
    return err;
}
