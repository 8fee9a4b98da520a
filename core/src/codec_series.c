#include "codec_series.h"

#include <string.h>

#include "codec_integer.h"
#include "codec_tables.h"
#include "voltbeacon/core/platform.h"

enum {
    COST_BITS = 4, /* costs are in sixteenths */
    SHIFT_MAX = 16,
    SHIFT_WIDTH = 4,
    FORM_WIDTH = 3,
    ESCAPE_BITS = 18 /* of the number after it, roughly */
};

/* Whether there is a shift: usually none, for cells predicted from a keyframe. */
static const uint16_t shift_starts[] = {0, 3072, VB_RANGE_TOTAL};

/* The residual for each symbol; the last one is the escape. */
static const int8_t symbol_steps[SYMBOL_ESCAPE + 1] = {0,  -1, 1,  -2, 2,  -3, 3,  -4, 4,
                                                       -5, 5,  -6, 6,  -7, 7,  -8, 8,  0};

static uint8_t symbol_of(int32_t residual, unsigned shift)
{
    const int32_t half = (int32_t)(1u << shift >> 1);
    const int32_t step = vb_shift_down(residual + half, shift);
    const uint32_t distance = vb_magnitude(step);
    const uint32_t symbol = 2 * distance - (step < 0);
    return (uint8_t)(symbol < SYMBOL_ESCAPE ? symbol : SYMBOL_ESCAPE);
}

/* The shift at which the residuals' mean distance is below two steps. Those over eight times the
 * mean count as if they were at that limit: one cell with nonsense must not spoil it for the
 * others. */
static unsigned choose_shift(const struct vb_series *series)
{
    uint32_t sum = 0;
    uint32_t farthest = 0;
    for (unsigned i = 0; i < series->count; i++) {
        const uint32_t distance = vb_magnitude(series->residuals[i]);
        sum += distance;
        farthest = distance > farthest ? distance : farthest;
    }
    const uint32_t limit = 8 * sum / series->count + 1;
    if (farthest > limit) {
        sum = 0;
        for (unsigned i = 0; i < series->count; i++) {
            const uint32_t distance = vb_magnitude(series->residuals[i]);
            sum += distance < limit ? distance : limit;
        }
    }
    unsigned shift = 0;
    while (shift < SHIFT_MAX - 1 && sum >> shift >= 2u * series->count)
        shift++;
    return shift;
}

static uint32_t sixteenths_of(const uint8_t *counts, unsigned symbol_count, unsigned spread)
{
    uint32_t sixteenths = 0;
    for (unsigned symbol = 0; symbol < symbol_count; symbol++)
        sixteenths += (uint32_t)counts[symbol] * symbol_costs[spread][symbol];
    return sixteenths;
}

struct vb_series_code vb_series_choose(struct vb_series *series)
{
    VB_ASSERT(series->count <= VB_SERIES_MAX);
    struct vb_series_code code = {0};
    if (series->count == 0)
        return code;
    code.shift = (uint8_t)choose_shift(series);
    uint8_t counts[SYMBOL_ESCAPE + 1] = {0};
    for (unsigned i = 0; i < series->count; i++) {
        series->symbols[i] = symbol_of(series->residuals[i], code.shift);
        counts[series->symbols[i]]++;
    }
    if (code.shift == 0 && counts[0] == series->count)
        return code;
    unsigned symbol_count = SYMBOL_ESCAPE + 1;
    while (counts[symbol_count - 1] == 0)
        symbol_count--;
    uint32_t fewest = UINT32_MAX;
    for (unsigned spread = 0; spread < SPREAD_COUNT; spread++) {
        const uint32_t sixteenths = sixteenths_of(counts, symbol_count, spread);
        if (sixteenths < fewest) {
            fewest = sixteenths;
            code.form = (uint8_t)(spread + 1);
        }
    }
    code.escapes = counts[SYMBOL_ESCAPE];
    code.bits = (fewest >> COST_BITS) + (uint32_t)(series->count - code.escapes) * code.shift +
                (uint32_t)code.escapes * ESCAPE_BITS;
    VB_ASSERT(code.form < VB_SERIES_PLAIN);
    return code;
}

void vb_series_code_write(struct vb_range_writer *writer, const struct vb_series_code *code)
{
    VB_ASSERT(code->form <= VB_SERIES_PLAIN && code->shift < SHIFT_MAX);
    vb_range_put_bits(writer, code->form, FORM_WIDTH);
    if (code->form == 0 || code->form == VB_SERIES_PLAIN)
        return;
    vb_range_put(writer, shift_starts, code->shift > 0);
    if (code->shift > 0)
        vb_range_put_bits(writer, code->shift, SHIFT_WIDTH);
}

struct vb_series_code vb_series_code_read(struct vb_range_reader *reader)
{
    struct vb_series_code code = {.form = (uint8_t)vb_range_get_bits(reader, FORM_WIDTH)};
    if (code.form == 0 || code.form == VB_SERIES_PLAIN)
        return code;
    if (vb_range_get(reader, shift_starts) != 0)
        code.shift = (uint8_t)vb_range_get_bits(reader, SHIFT_WIDTH);
    return code;
}

/* The bits that the symbols leave open follow all of them. */
void vb_series_write(struct vb_range_writer *writer, const struct vb_series *series,
                     const struct vb_series_code *code)
{
    VB_ASSERT(code->form < VB_SERIES_PLAIN);
    if (code->form == 0)
        return;
    vb_range_put_run(writer, symbol_starts[code->form - 1], series->symbols, series->count);
    if (code->shift == 0 && code->escapes == 0)
        return;
    const int32_t half = (int32_t)(1u << code->shift >> 1);
    for (unsigned i = 0; i < series->count; i++) {
        if (series->symbols[i] == SYMBOL_ESCAPE)
            vb_range_put_number(writer, series->residuals[i]);
        else
            vb_range_put_bits(writer, (uint32_t)(series->residuals[i] + half), code->shift);
    }
}

/* The residuals of escapes, and the lowest bits of all others. */
static void read_rest(struct vb_range_reader *reader, unsigned shift, struct vb_series *series)
{
    const int32_t half = (int32_t)(1u << shift >> 1);
    for (unsigned i = 0; i < series->count; i++) {
        if (series->symbols[i] == SYMBOL_ESCAPE)
            series->residuals[i] = vb_range_get_number(reader);
        else
            series->residuals[i] += (int32_t)vb_range_get_bits(reader, shift) - half;
    }
}

void vb_series_read(struct vb_range_reader *reader, const struct vb_series_code *code,
                    struct vb_series *series)
{
    VB_ASSERT(code->form < VB_SERIES_PLAIN && series->count <= VB_SERIES_MAX);
    if (code->form == 0) {
        memset(series->residuals, 0, series->count * sizeof series->residuals[0]);
        return;
    }
    vb_range_get_run(reader, symbol_starts[code->form - 1], series->symbols, series->count);
    const int32_t scale = (int32_t)(1u << code->shift);
    unsigned escapes = 0;
    for (unsigned i = 0; i < series->count; i++) {
        series->residuals[i] = symbol_steps[series->symbols[i]] * scale;
        escapes += series->symbols[i] == SYMBOL_ESCAPE;
    }
    if (code->shift > 0 || escapes > 0)
        read_rest(reader, code->shift, series);
}
