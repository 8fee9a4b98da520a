#include "codec_body.h"

#include <string.h>

#include "codec_integer.h"
#include "voltbeacon/platform.h"

/* Every bit that enum vb_reading_flag names. */
#define FLAGS_KNOWN                                                                                \
    (VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC)

/* How many bits a value takes as it is. */
enum {
    DISTANCE_BITS = 7,
    FLAG_BITS = 4,
    CELL_COUNT_BITS = 8,
    TEMP_COUNT_BITS = 6,
    CELL_BITS = 13,
    TEMP_BITS = 16,
    DEGREE_BITS = 8,
    SOC_BITS = 10,
    SEQUENCE_BITS = 32,
    WALL_LOW_BITS = 32,
    WALL_HIGH_BITS = 16
};

enum {
    SOC_PERMILLE_MAX = 1000,
    AGE_MS_MAX = 0xffff,
    TEMP_SPLIT = 16,           /* temperatures in the first of two parts */
    COMMON_MAX = 2 * VB_LEVEL_NOT_AVAILABLE,
    OUTLIER = 512,             /* quarters of a mV: such cells do not vote on what is common */
    WALL_DIFFERENCE_MAX = 1 << 30,
    DEGREE = 10,
    DEGREE_MAX = 127,
    DEGREE_NOT_AVAILABLE = 128 /* in two's complement, -128 */
};

/* How likely each choice is, of 4096. */
static const uint16_t part_starts[] = {0, 3968, 4032, VB_RANGE_TOTAL};
static const uint16_t refers_starts[] = {0, 256, VB_RANGE_TOTAL};
static const uint16_t correction_starts[] = {0, 3712, 3968, VB_RANGE_TOTAL};
static const uint16_t differs_starts[] = {0, 3840, VB_RANGE_TOTAL};

/* --- what a body holds --------------------------------------------------------------------- */

struct vb_body_span vb_body_span_of(uint8_t part, const struct vb_reading *reading)
{
    const uint8_t cell_split = (uint8_t)((reading->cell_count + 1u) / 2);
    const uint8_t temp_split = reading->temp_count < TEMP_SPLIT ? reading->temp_count : TEMP_SPLIT;
    struct vb_body_span span = {.cell_last = reading->cell_count, .temp_last = reading->temp_count};
    if (part == VB_BODY_FIRST) {
        span.cell_last = cell_split;
        span.temp_last = temp_split;
    } else if (part == VB_BODY_SECOND) {
        span.cell_first = cell_split;
        span.temp_first = temp_split;
    }
    return span;
}

void vb_body_head_write(struct vb_range_writer *writer, const struct vb_body_head *head)
{
    VB_ASSERT(head->distance <= VB_CODEC_DISTANCE_MAX);
    vb_range_put(writer, part_starts, head->part);
    vb_range_put(writer, refers_starts, head->distance > 0);
    if (head->distance > 0)
        vb_range_put_bits(writer, head->distance - 1u, DISTANCE_BITS);
    vb_range_put(writer, correction_starts, head->correction);
}

/* Two parts stand on their own and are no keyframes: what they hold is out of the ordinary. */
void vb_body_head_read(struct vb_range_reader *reader, struct vb_body_head *head)
{
    head->part = (uint8_t)vb_range_get(reader, part_starts);
    head->distance = 0;
    if (vb_range_get(reader, refers_starts) != 0)
        head->distance = (uint8_t)(vb_range_get_bits(reader, DISTANCE_BITS) + 1);
    head->correction = (uint8_t)vb_range_get(reader, correction_starts);
    if (head->part != VB_BODY_WHOLE && (head->distance != 0 || head->correction != 0))
        reader->failed = true;
}

static bool has(const struct vb_reading *reading, enum vb_reading_flag flag)
{
    return (reading->flags & flag) != 0;
}

/* --- shape: counts and flags --------------------------------------------------------------- */

static void write_shape(struct vb_range_writer *writer, const struct vb_codec_profile *profile,
                        const struct vb_reading *reading)
{
    if (profile == NULL) {
        vb_range_put_bits(writer, reading->cell_count, CELL_COUNT_BITS);
        vb_range_put_bits(writer, reading->temp_count, TEMP_COUNT_BITS);
    } else {
        vb_range_put(writer, differs_starts, reading->flags != profile->held.flags);
        if (reading->flags == profile->held.flags)
            return;
    }
    vb_range_put_bits(writer, reading->flags, FLAG_BITS);
}

static void read_shape(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                       struct vb_reading *reading)
{
    if (profile == NULL) {
        reading->cell_count = (uint8_t)vb_range_get_bits(reader, CELL_COUNT_BITS);
        reading->temp_count = (uint8_t)vb_range_get_bits(reader, TEMP_COUNT_BITS);
    } else {
        reading->cell_count = profile->cell_count;
        reading->temp_count = profile->temp_count;
        reading->flags = profile->held.flags;
        if (vb_range_get(reader, differs_starts) == 0)
            return;
    }
    reading->flags = (uint8_t)vb_range_get_bits(reader, FLAG_BITS);
    if (reading->cell_count == 0 || reading->cell_count > VB_CELLS_MAX ||
        reading->temp_count > VB_TEMPS_MAX)
        reader->failed = true;
}
