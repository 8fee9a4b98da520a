#include "codec_body.h"

#include <string.h>

#include "codec_integer.h"
#include "codec_scalars.h"
#include "voltbeacon/core/platform.h"

/* Every bit that enum vb_reading_flag names. */
#define FLAGS_KNOWN                                                                               \
    (VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC | \
     VB_READING_SUMMARY)

/* Bits of a value written verbatim. */
enum {
    BYTE_BITS = 8,
    DISTANCE_BITS = 6,
    FLAG_BITS = 6,
    CELL_COUNT_BITS = 8,
    TEMP_COUNT_BITS = 6,
    CELL_BITS = 13,
    TEMP_BITS = 16,
    DEGREE_BITS = 8
};

enum {
    SUMMARY_CELLS = 3,
    SPLIT_CELLS_MIN = 16, /* fewer always fit one body */
    TEMP_SPLIT = 16,      /* temperatures in the first of two parts */
    COMMON_BITS = 32,     /* the common move and the shift take at most this */
    COMMON_MAX = 0xffff,
    OUTLIER = 512,      /* quarters of a mV: such cells do not count for the common move */
    TEMP_TYPICAL = 200, /* 0.1 degC; the first one is compared with this */
    DEGREE = 10,
    DEGREE_MAX = 127,
    DEGREE_NOT_AVAILABLE = 128 /* in two's complement, -128 */
};

/* Likelihood of each choice, out of 4096. */
static const uint16_t part_starts[] = {0, 3968, 4032, VB_RANGE_TOTAL};
static const uint16_t refers_starts[] = {0, 256, VB_RANGE_TOTAL};
static const uint16_t correction_starts[] = {0, 3712, 3968, VB_RANGE_TOTAL};
static const uint16_t correction_alone_starts[] = {0, 2560, 4095, VB_RANGE_TOTAL};
static const uint16_t differs_starts[] = {0, 3840, VB_RANGE_TOTAL};
static const uint16_t balancing_alone_starts[] = {0, 2048, VB_RANGE_TOTAL};

/* --- what a body holds --------------------------------------------------------------------- */

struct vb_body_span vb_body_span_of(uint8_t part, const struct vb_reading *reading)
{
    const unsigned half = (reading->cell_count + 1u) / 2;
    const uint8_t cell_split = (uint8_t)((half + BYTE_BITS - 1) & ~(BYTE_BITS - 1u));
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

static const uint16_t *correction_shares(const struct vb_body_head *head)
{
    return head->distance == 0 ? correction_alone_starts : correction_starts;
}

static void write_head(struct vb_range_writer *writer, const struct vb_body_head *head)
{
    VB_ASSERT(head->distance <= VB_CODEC_DISTANCE_MAX);
    vb_range_put(writer, part_starts, head->part);
    vb_range_put(writer, refers_starts, head->distance > 0);
    if (head->distance > 0)
        vb_range_put_bits(writer, head->distance - 1u, DISTANCE_BITS);
    vb_range_put(writer, correction_shares(head), head->correction);
}

/* Two parts stand on their own and are no keyframes: their content is unusual. */
void vb_body_head_read(struct vb_range_reader *reader, struct vb_body_head *head)
{
    head->part = (uint8_t)vb_range_get(reader, part_starts);
    head->distance = 0;
    if (vb_range_get(reader, refers_starts) != 0)
        head->distance = (uint8_t)(vb_range_get_bits(reader, DISTANCE_BITS) + 1);
    head->correction = (uint8_t)vb_range_get(reader, correction_shares(head));
    const bool is_part = head->part != VB_BODY_WHOLE;
    if (is_part && (head->distance > 0 || head->correction != VB_CORRECTION_NONE))
        reader->failed = true;
    if (head->distance == 0 && head->correction == VB_CORRECTION_HALF)
        reader->failed = true; /* there is nothing to correct */
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

static bool is_shape_valid(const struct vb_reading *reading)
{
    if ((reading->flags & ~FLAGS_KNOWN) != 0 || reading->temp_count > VB_TEMPS_MAX)
        return false;
    if ((reading->flags & VB_READING_SUMMARY) != 0 && reading->cell_count != SUMMARY_CELLS)
        return false;
    return reading->cell_count >= 1 && reading->cell_count <= VB_CELLS_MAX;
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
    }
    if (profile == NULL || vb_range_get(reader, differs_starts) != 0)
        reading->flags = (uint8_t)vb_range_get_bits(reader, FLAG_BITS);
    else
        reading->flags = profile->held.flags;
    if (!is_shape_valid(reading))
        reader->failed = true;
}

/* --- cells that are not available ---------------------------------------------------------- */

/* A few are listed by index, many are marked with one bit per cell. */
static bool are_listed(unsigned missing_count, unsigned cell_count)
{
    return missing_count * CELL_COUNT_BITS < cell_count;
}

static uint32_t missing_bits(unsigned missing_count, unsigned cell_count)
{
    if (missing_count == 0)
        return 0;
    const uint32_t listed = missing_count * CELL_COUNT_BITS;
    return CELL_COUNT_BITS + (are_listed(missing_count, cell_count) ? listed : cell_count);
}

static void write_missing(struct vb_range_writer *writer, unsigned missing_count,
                          const struct vb_body_span *span, const struct vb_reading *reading)
{
    vb_range_put(writer, differs_starts, missing_count > 0);
    if (missing_count == 0)
        return;
    vb_range_put_bits(writer, missing_count, CELL_COUNT_BITS);
    const bool listed = are_listed(missing_count, (unsigned)(span->cell_last - span->cell_first));
    for (unsigned i = span->cell_first; i < span->cell_last; i++) {
        const bool missing = reading->cell_mv[i] == VB_CELL_NOT_AVAILABLE;
        if (!listed)
            vb_range_put_bits(writer, missing, 1);
        else if (missing)
            vb_range_put_bits(writer, i, CELL_COUNT_BITS);
    }
}

/* Sets the part's cells to VB_CELL_NOT_AVAILABLE or 0. Returns how many are 0. */
static uint8_t read_missing(struct vb_range_reader *reader, const struct vb_body_span *span,
                            struct vb_reading *reading)
{
    for (unsigned i = span->cell_first; i < span->cell_last; i++)
        reading->cell_mv[i] = 0;
    const unsigned cell_count = (unsigned)(span->cell_last - span->cell_first);
    unsigned left = cell_count;
    if (vb_range_get(reader, differs_starts) == 0)
        return (uint8_t)left;
    const unsigned missing_count = vb_range_get_bits(reader, CELL_COUNT_BITS);
    const bool listed = are_listed(missing_count, cell_count);
    for (unsigned i = 0; i < (listed ? missing_count : cell_count); i++) {
        unsigned cell = span->cell_first + i;
        if (listed)
            cell = vb_range_get_bits(reader, CELL_COUNT_BITS);
        else if (vb_range_get_bits(reader, 1) == 0)
            continue;
        if (cell < span->cell_first || cell >= span->cell_last || reading->cell_mv[cell] != 0) {
            reader->failed = true;
            return 0;
        }
        reading->cell_mv[cell] = VB_CELL_NOT_AVAILABLE;
        left--;
    }
    return (uint8_t)left;
}

/* --- cells --------------------------------------------------------------------------------- */

/* The mean of the differences that are less than OUTLIER from a first guess at it. */
static int32_t mean_of_near(const struct vb_series *differences, int32_t guess)
{
    int32_t sum = 0;
    int32_t count = 0;
    for (unsigned i = 0; i < differences->count; i++) {
        if (vb_magnitude(differences->residuals[i] - guess) < OUTLIER) {
            sum += differences->residuals[i];
            count++;
        }
    }
    return count == 0 ? guess : sum / count;
}

/* Fills the series with the deviations of the available cells from their prediction. Returns what
 * is common to all of them, with one division; a second one only if they lie far apart. */
static int32_t gather(const struct vb_codec_profile *profile, const struct vb_reading *reading,
                      const struct vb_body_span *span, struct vb_series *series)
{
    const int32_t steps = vb_profile_steps(profile, reading);
    int32_t sum = 0;
    int32_t lowest = INT32_MAX;
    int32_t highest = INT32_MIN;
    unsigned count = 0;
    for (unsigned i = span->cell_first; i < span->cell_last; i++) {
        const uint16_t mv = reading->cell_mv[i];
        if (mv == VB_CELL_NOT_AVAILABLE)
            continue;
        const int32_t difference = (mv << VB_LEVEL_BITS) - vb_profile_level(profile, i, steps);
        series->residuals[count++] = difference;
        sum += difference;
        lowest = difference < lowest ? difference : lowest;
        highest = difference > highest ? difference : highest;
    }
    series->count = (uint8_t)count;
    if (count == 0)
        return 0;
    const int32_t mean = sum / (int32_t)count;
    return highest - lowest < OUTLIER ? mean : mean_of_near(series, mean);
}

void vb_body_predict(const struct vb_codec_profile *profile, const struct vb_reading *reading,
                     const struct vb_body_span *span, struct vb_body_cells *cells)
{
    struct vb_series *series = &cells->series;
    cells->common = gather(profile, reading, span, series);
    const unsigned count = series->count;
    for (unsigned i = 0; i < count; i++)
        series->residuals[i] = -vb_profile_cell_mv(-series->residuals[i], cells->common);
    cells->code = vb_series_choose(series);
    const unsigned cell_count = (unsigned)(span->cell_last - span->cell_first);
    cells->missing_count = (uint8_t)(cell_count - count);
    cells->code.bits += missing_bits(cells->missing_count, cell_count);
    if (cells->code.bits + COMMON_BITS > CELL_BITS * cell_count) {
        cells->code.form = VB_SERIES_PLAIN;
        cells->code.bits = CELL_BITS * cell_count;
    }
}

static void write_cells(struct vb_range_writer *writer, const struct vb_body_cells *cells,
                        const struct vb_body_span *span, const struct vb_reading *reading)
{
    vb_series_code_write(writer, &cells->code);
    if (cells->code.form == VB_SERIES_PLAIN) {
        for (unsigned i = span->cell_first; i < span->cell_last; i++)
            vb_range_put_bits(writer, reading->cell_mv[i], CELL_BITS);
        return;
    }
    write_missing(writer, cells->missing_count, span, reading);
    vb_range_put_number(writer, cells->common);
    vb_series_write(writer, &cells->series, &cells->code);
}

static uint16_t checked_cell(struct vb_range_reader *reader, int32_t expected, int32_t residual)
{
    const uint32_t mv = (uint32_t)expected + (uint32_t)residual;
    if (mv > VB_CELL_MV_MAX)
        reader->failed = true;
    return (uint16_t)mv;
}

static int32_t read_cells(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                          const struct vb_body_span *span, struct vb_reading *reading)
{
    const struct vb_series_code code = vb_series_code_read(reader);
    if (code.form == VB_SERIES_PLAIN) {
        for (unsigned i = span->cell_first; i < span->cell_last; i++)
            reading->cell_mv[i] = (uint16_t)vb_range_get_bits(reader, CELL_BITS);
        return 0;
    }
    const int32_t steps = vb_profile_steps(profile, reading);
    const uint8_t available_count = read_missing(reader, span, reading);
    const int32_t common = vb_range_get_number(reader);
    if (common > COMMON_MAX || common < -COMMON_MAX) {
        reader->failed = true;
        return 0;
    }
    struct vb_series series;
    series.count = available_count;
    vb_series_read(reader, &code, &series);
    unsigned next = 0;
    for (unsigned i = span->cell_first; i < span->cell_last; i++) {
        if (reading->cell_mv[i] == VB_CELL_NOT_AVAILABLE)
            continue;
        const int32_t expected = vb_profile_cell_mv(vb_profile_level(profile, i, steps), common);
        reading->cell_mv[i] = checked_cell(reader, expected, series.residuals[next++]);
    }
    return common;
}

/* --- balancing: parts begin at whole bytes of it ------------------------------------------- */

static unsigned balancing_first(const struct vb_body_span *span)
{
    VB_ASSERT(span->cell_first % BYTE_BITS == 0);
    return span->cell_first / BYTE_BITS;
}

static unsigned balancing_size(const struct vb_body_span *span)
{
    return ((unsigned)(span->cell_last - span->cell_first) + BYTE_BITS - 1) / BYTE_BITS;
}

static const uint8_t *expected_balancing(const struct vb_codec_profile *profile)
{
    static const uint8_t none[sizeof profile->held.balancing];
    return profile == NULL ? none : profile->held.balancing;
}

static const uint16_t *balancing_shares(const struct vb_codec_profile *profile)
{
    return profile == NULL ? balancing_alone_starts : differs_starts;
}

static void write_balancing(struct vb_range_writer *writer, const struct vb_codec_profile *profile,
                            const struct vb_body_span *span, const struct vb_reading *reading)
{
    const uint8_t *bits = reading->balancing + balancing_first(span);
    const uint8_t *expected = expected_balancing(profile) + balancing_first(span);
    const unsigned size = balancing_size(span);
    const bool differs = memcmp(bits, expected, size) != 0;
    vb_range_put(writer, balancing_shares(profile), differs);
    for (unsigned i = 0; differs && i < size; i++)
        vb_range_put_bits(writer, bits[i], BYTE_BITS);
}

static void read_balancing(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                           const struct vb_body_span *span, struct vb_reading *reading)
{
    uint8_t *bits = reading->balancing + balancing_first(span);
    const unsigned size = balancing_size(span);
    memcpy(bits, expected_balancing(profile) + balancing_first(span), size);
    if (vb_range_get(reader, balancing_shares(profile)) == 0)
        return;
    for (unsigned i = 0; i < size; i++)
        bits[i] = (uint8_t)vb_range_get_bits(reader, BYTE_BITS);
    const unsigned used = span->cell_last % BYTE_BITS;
    if (used != 0 && bits[size - 1] >> used != 0)
        reader->failed = true;
}

/* --- temperatures -------------------------------------------------------------------------- */

static bool are_degrees(const struct vb_body_span *span, const struct vb_reading *reading)
{
    for (unsigned i = span->temp_first; i < span->temp_last; i++) {
        const int32_t temp_dc = reading->temp_dc[i];
        if (temp_dc == VB_TEMP_NOT_AVAILABLE)
            continue;
        if (temp_dc % DEGREE != 0 || vb_magnitude(temp_dc) > DEGREE_MAX * DEGREE)
            return false;
    }
    return true;
}

static void write_plain_temps(struct vb_range_writer *writer, const struct vb_body_span *span,
                              const struct vb_reading *reading, bool degrees)
{
    vb_range_put_bits(writer, degrees, 1);
    for (unsigned i = span->temp_first; i < span->temp_last; i++) {
        const int32_t temp_dc = reading->temp_dc[i];
        if (!degrees)
            vb_range_put_bits(writer, (uint32_t)temp_dc, TEMP_BITS);
        else if (temp_dc == VB_TEMP_NOT_AVAILABLE)
            vb_range_put_bits(writer, DEGREE_NOT_AVAILABLE, DEGREE_BITS);
        else
            vb_range_put_bits(writer, (uint32_t)(temp_dc / DEGREE), DEGREE_BITS);
    }
}

static void read_plain_temps(struct vb_range_reader *reader, const struct vb_body_span *span,
                             struct vb_reading *reading)
{
    const bool degrees = vb_range_get_bits(reader, 1) != 0;
    const unsigned bits = degrees ? DEGREE_BITS : TEMP_BITS;
    for (unsigned i = span->temp_first; i < span->temp_last; i++) {
        const uint32_t value = vb_range_get_bits(reader, bits);
        const int32_t negative = (value >> (bits - 1) & 1) != 0 ? 1 << bits : 0;
        const int32_t temp = (int32_t)value - negative;
        if (degrees && value != DEGREE_NOT_AVAILABLE)
            reading->temp_dc[i] = (int16_t)(temp * DEGREE);
        else
            reading->temp_dc[i] = degrees ? VB_TEMP_NOT_AVAILABLE : (int16_t)temp;
    }
}

static void write_temps(struct vb_range_writer *writer, const struct vb_codec_profile *profile,
                        const struct vb_body_span *span, const struct vb_reading *reading)
{
    struct vb_series series;
    series.count = (uint8_t)(span->temp_last - span->temp_first);
    int32_t previous = TEMP_TYPICAL;
    for (unsigned i = span->temp_first; i < span->temp_last; i++) {
        const int32_t expected = vb_profile_temp_dc(profile, i, previous);
        series.residuals[i - span->temp_first] = reading->temp_dc[i] - expected;
        if (reading->temp_dc[i] != VB_TEMP_NOT_AVAILABLE)
            previous = reading->temp_dc[i];
    }
    struct vb_series_code code = vb_series_choose(&series);
    const bool degrees = are_degrees(span, reading);
    if (code.bits > (uint32_t)(degrees ? DEGREE_BITS : TEMP_BITS) * series.count)
        code.form = VB_SERIES_PLAIN;
    vb_series_code_write(writer, &code);
    if (code.form == VB_SERIES_PLAIN)
        write_plain_temps(writer, span, reading, degrees);
    else
        vb_series_write(writer, &series, &code);
}

static int16_t checked_temp(struct vb_range_reader *reader, int32_t expected, int32_t residual)
{
    if (residual > UINT16_MAX || residual < -UINT16_MAX || expected + residual > INT16_MAX ||
        expected + residual < INT16_MIN) {
        reader->failed = true;
        return 0;
    }
    return (int16_t)(expected + residual);
}

static void read_temps(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                       const struct vb_body_span *span, struct vb_reading *reading)
{
    const struct vb_series_code code = vb_series_code_read(reader);
    if (code.form == VB_SERIES_PLAIN) {
        read_plain_temps(reader, span, reading);
        return;
    }
    struct vb_series series;
    series.count = (uint8_t)(span->temp_last - span->temp_first);
    vb_series_read(reader, &code, &series);
    int32_t previous = TEMP_TYPICAL;
    for (unsigned i = span->temp_first; i < span->temp_last; i++) {
        const int32_t expected = vb_profile_temp_dc(profile, i, previous);
        const int32_t residual = series.residuals[i - span->temp_first];
        reading->temp_dc[i] = checked_temp(reader, expected, residual);
        if (reading->temp_dc[i] != VB_TEMP_NOT_AVAILABLE)
            previous = reading->temp_dc[i];
    }
}

/* --- all of it ----------------------------------------------------------------------------- */

static uint32_t sum_of(const struct vb_body_span *span, const struct vb_reading *reading)
{
    uint32_t sum_mv = 0;
    for (unsigned i = span->cell_first; i < span->cell_last; i++) {
        if (reading->cell_mv[i] != VB_CELL_NOT_AVAILABLE)
            sum_mv += reading->cell_mv[i];
    }
    return sum_mv;
}

void vb_body_write(struct vb_range_writer *writer, const struct vb_codec_profile *profile,
                   const struct vb_body_head *head, const struct vb_reading *reading,
                   uint32_t age_ms, const struct vb_body_cells *cells)
{
    const struct vb_scalars_context context = {profile, head->distance};
    const struct vb_body_span span = vb_body_span_of(head->part, reading);
    const bool scalars = head->part != VB_BODY_SECOND;
    write_head(writer, head);
    write_shape(writer, profile, reading);
    if (scalars)
        vb_scalars_current_write(writer, &context, reading);
    write_cells(writer, cells, &span, reading);
    write_balancing(writer, profile, &span, reading);
    write_temps(writer, profile, &span, reading);
    if (scalars)
        vb_scalars_write(writer, &context, reading, sum_of(&span, reading), age_ms);
}

int32_t vb_body_read(struct vb_range_reader *reader, const struct vb_codec_profile *profile,
                     const struct vb_body_head *head, struct vb_reading *reading, uint32_t *age_ms)
{
    const struct vb_scalars_context context = {profile, head->distance};
    const bool scalars = head->part != VB_BODY_SECOND;
    read_shape(reader, profile, reading);
    if (head->part != VB_BODY_WHOLE && reading->cell_count < SPLIT_CELLS_MIN)
        reader->failed = true;
    if (reader->failed)
        return 0;
    const struct vb_body_span span = vb_body_span_of(head->part, reading);
    if (scalars)
        vb_scalars_current_read(reader, &context, reading);
    const int32_t common = read_cells(reader, profile, &span, reading);
    read_balancing(reader, profile, &span, reading);
    read_temps(reader, profile, &span, reading);
    if (scalars)
        vb_scalars_read(reader, &context, sum_of(&span, reading), reading, age_ms);
    return common;
}
