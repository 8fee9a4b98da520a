#include "codec_scalars.h"

#include "codec_integer.h"

/* Bits of a value written verbatim. */
enum { SOC_BITS = 10, SEQUENCE_BITS = 32, WALL_LOW_BITS = 32, WALL_HIGH_BITS = 16 };

enum { SOC_PERMILLE_MAX = 1000, AGE_MS_MAX = 0xffff, WALL_DIFFERENCE_MAX = 1 << 30 };

/* Likelihood of each choice, out of 4096. */
static const uint16_t differs_starts[] = {0, 3840, VB_RANGE_TOTAL};

enum wall { WALL_EXPECTED = 0, WALL_PLAIN = 1, WALL_UNKNOWN = 2 };
static const uint16_t wall_starts[] = {0, 3584, 3840, VB_RANGE_TOTAL};
static const uint16_t wall_alone_starts[] = {0, 1, 3584, VB_RANGE_TOTAL};

/* Meters work in steps: usually 0.1 V or 0.1 A. */
static const uint16_t unit_starts[] = {0, 2048, 3072, 3584, VB_RANGE_TOTAL};
static const uint16_t units[] = {100, 1, 10, 1000};

static bool has(const struct vb_reading *reading, enum vb_reading_flag flag)
{
    return (reading->flags & flag) != 0;
}

/* --- numbers that usually match the prediction --------------------------------------------- */

static void write_expected(struct vb_range_writer *writer, uint32_t value, uint32_t expected)
{
    vb_range_put(writer, differs_starts, value != expected);
    if (value != expected)
        vb_range_put_number(writer, vb_difference(value, expected));
}

static uint32_t read_expected(struct vb_range_reader *reader, uint32_t expected)
{
    if (vb_range_get(reader, differs_starts) == 0)
        return expected;
    return expected + (uint32_t)vb_range_get_number(reader);
}

/* --- numbers in a meter's steps ------------------------------------------------------------ */

static unsigned unit_of(int32_t value)
{
    if (value % 100 != 0)
        return value % 10 != 0 ? 1 : 2;
    return value % 1000 != 0 ? 0 : 3;
}

static void write_scaled(struct vb_range_writer *writer, int32_t value, int32_t expected)
{
    const unsigned choice = unit_of(value);
    const int32_t unit = units[choice];
    vb_range_put(writer, unit_starts, choice);
    vb_range_put_number(writer,
                        vb_difference((uint32_t)(value / unit), (uint32_t)(expected / unit)));
}

static int32_t read_scaled(struct vb_range_reader *reader, int32_t expected)
{
    const int32_t unit = units[vb_range_get(reader, unit_starts)];
    const uint32_t difference = (uint32_t)vb_range_get_number(reader);
    const int32_t steps = vb_signed_of((uint32_t)(expected / unit) + difference);
    if (steps > INT32_MAX / unit || steps < INT32_MIN / unit) {
        reader->failed = true;
        return 0;
    }
    return steps * unit;
}

/* --- current ------------------------------------------------------------------------------- */

static int32_t expected_current(const struct vb_scalars_context *context)
{
    return context->profile == NULL ? 0 : context->profile->held.current_ma;
}

void vb_scalars_current_write(struct vb_range_writer *writer,
                              const struct vb_scalars_context *context,
                              const struct vb_reading *reading)
{
    if (has(reading, VB_READING_HAS_CURRENT))
        write_scaled(writer, reading->current_ma, expected_current(context));
}

void vb_scalars_current_read(struct vb_range_reader *reader,
                             const struct vb_scalars_context *context, struct vb_reading *reading)
{
    reading->current_ma = 0;
    if (has(reading, VB_READING_HAS_CURRENT))
        reading->current_ma = read_scaled(reader, expected_current(context));
}

/* --- state of charge ----------------------------------------------------------------------- */

static void write_soc(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                      const struct vb_reading *reading)
{
    if (!has(reading, VB_READING_HAS_SOC))
        return;
    if (context->profile == NULL) {
        vb_range_put_bits(writer, reading->soc_permille, SOC_BITS);
        return;
    }
    write_expected(writer, reading->soc_permille, context->profile->held.soc_permille);
}

static void read_soc(struct vb_range_reader *reader, const struct vb_scalars_context *context,
                     struct vb_reading *reading)
{
    reading->soc_permille = 0;
    if (!has(reading, VB_READING_HAS_SOC))
        return;
    uint32_t soc_permille = 0;
    if (context->profile == NULL)
        soc_permille = vb_range_get_bits(reader, SOC_BITS);
    else
        soc_permille = read_expected(reader, context->profile->held.soc_permille);
    if (soc_permille > SOC_PERMILLE_MAX)
        reader->failed = true;
    reading->soc_permille = (uint16_t)soc_permille;
}

/* --- sequence ------------------------------------------------------------------------------ */

static void write_sequence(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                           const struct vb_reading *reading)
{
    if (context->profile == NULL) {
        vb_range_put_bits(writer, reading->sequence, SEQUENCE_BITS);
        return;
    }
    write_expected(writer, reading->sequence, context->profile->held.sequence + context->distance);
}

static void read_sequence(struct vb_range_reader *reader, const struct vb_scalars_context *context,
                          struct vb_reading *reading)
{
    if (context->profile == NULL) {
        reading->sequence = vb_range_get_bits(reader, SEQUENCE_BITS);
        return;
    }
    reading->sequence = read_expected(reader, context->profile->held.sequence + context->distance);
}

/* --- wall time ----------------------------------------------------------------------------- */

static uint64_t expected_wall(const struct vb_scalars_context *context)
{
    const struct vb_codec_profile *profile = context->profile;
    if (profile == NULL || profile->held.wall_ms == 0)
        return 0;
    return profile->held.wall_ms + (uint64_t)(context->distance * profile->interval_ms);
}

static const uint16_t *wall_shares(const struct vb_scalars_context *context)
{
    return context->profile == NULL ? wall_alone_starts : wall_starts;
}

static enum wall wall_choice(uint64_t wall_ms, uint64_t expected_ms)
{
    if (wall_ms == 0)
        return WALL_UNKNOWN;
    if (expected_ms == 0)
        return WALL_PLAIN;
    const uint64_t apart = wall_ms > expected_ms ? wall_ms - expected_ms : expected_ms - wall_ms;
    return apart <= WALL_DIFFERENCE_MAX ? WALL_EXPECTED : WALL_PLAIN;
}

static void write_wall(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                       uint64_t wall_ms)
{
    const uint64_t expected_ms = expected_wall(context);
    const enum wall choice = wall_choice(wall_ms, expected_ms);
    vb_range_put(writer, wall_shares(context), choice);
    switch (choice) {
    case WALL_EXPECTED:
        vb_range_put_number(writer, vb_difference((uint32_t)wall_ms, (uint32_t)expected_ms));
        break;
    case WALL_PLAIN:
        vb_range_put_bits(writer, (uint32_t)(wall_ms >> WALL_LOW_BITS), WALL_HIGH_BITS);
        vb_range_put_bits(writer, (uint32_t)wall_ms, WALL_LOW_BITS);
        break;
    case WALL_UNKNOWN:
        break;
    }
}

static uint64_t read_wall(struct vb_range_reader *reader, const struct vb_scalars_context *context)
{
    uint64_t wall_ms = 0;
    switch ((enum wall)vb_range_get(reader, wall_shares(context))) {
    case WALL_EXPECTED: {
        const int32_t difference = vb_range_get_number(reader);
        const uint64_t expected_ms = expected_wall(context);
        wall_ms = difference < 0 ? expected_ms - (uint32_t) - (difference + 1) - 1
                                 : expected_ms + (uint32_t)difference;
        break;
    }
    case WALL_PLAIN:
        wall_ms = (uint64_t)vb_range_get_bits(reader, WALL_HIGH_BITS) << WALL_LOW_BITS;
        wall_ms |= vb_range_get_bits(reader, WALL_LOW_BITS);
        break;
    case WALL_UNKNOWN:
        break;
    }
    if (wall_ms >> (WALL_LOW_BITS + WALL_HIGH_BITS) != 0)
        reader->failed = true;
    return wall_ms;
}

/* --- all of them --------------------------------------------------------------------------- */

/* To the nearest step of a pack's meter, since the sum is finer. */
static int32_t expected_pack(uint32_t cell_sum_mv)
{
    return (int32_t)(cell_sum_mv + 50);
}

void vb_scalars_write(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                      const struct vb_reading *reading, uint32_t cell_sum_mv, uint32_t age_ms)
{
    if (has(reading, VB_READING_HAS_VOLTAGE))
        write_scaled(writer, vb_signed_of(reading->pack_mv), expected_pack(cell_sum_mv));
    write_soc(writer, context, reading);
    write_sequence(writer, context, reading);
    write_wall(writer, context, reading->wall_ms);
    vb_range_put_count(writer, age_ms > AGE_MS_MAX ? AGE_MS_MAX : age_ms);
}

void vb_scalars_read(struct vb_range_reader *reader, const struct vb_scalars_context *context,
                     uint32_t cell_sum_mv, struct vb_reading *reading, uint32_t *age_ms)
{
    reading->pack_mv = 0;
    if (has(reading, VB_READING_HAS_VOLTAGE))
        reading->pack_mv = (uint32_t)read_scaled(reader, expected_pack(cell_sum_mv));
    read_soc(reader, context, reading);
    read_sequence(reader, context, reading);
    reading->wall_ms = read_wall(reader, context);
    *age_ms = vb_range_get_count(reader);
    if (*age_ms > AGE_MS_MAX)
        reader->failed = true;
}
