#include "codec_series.h"

#include "codec_integer.h"
#include "codec_tables.h"
#include "voltbeacon/platform.h"

enum {
    COST_BITS = 4, /* costs are in sixteenths */
    SHIFT_MAX = 16,
    SHIFT_WIDTH = 4,
    FORM_WIDTH = 3,
    ESCAPE_BITS = 14 /* of the number behind it, about */
};

/* Whether there is a shift: in a series of referred cells there is none. */
static const uint16_t shift_starts[] = {0, 3072, VB_RANGE_TOTAL};

/* Symbols are 0, -1, 1, -2, 2 ... and the escape. */
static unsigned symbol_of(int32_t residual, unsigned shift)
{
    const int32_t half = (int32_t)(1u << shift >> 1);
    const int32_t step = vb_shift_down(residual + half, shift);
    const uint32_t distance = vb_magnitude(step);
    if (distance > SYMBOL_ESCAPE / 2)
        return SYMBOL_ESCAPE;
    return 2 * distance - (step < 0);
}

/* The shift at which the residuals' mean distance is under two steps. Those over eight times as far
 * as the mean count as if they were no farther: a cell that reads nonsense shall not spoil it for
 * the others. */
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

static uint32_t sixteenths_of(const uint8_t counts[SYMBOL_ESCAPE + 1], unsigned spread)
{
    uint32_t sixteenths = 0;
    for (unsigned symbol = 0; symbol <= SYMBOL_ESCAPE; symbol++)
        sixteenths += (uint32_t)counts[symbol] * symbol_costs[spread][symbol];
    return sixteenths;
}

struct vb_series_code vb_series_choose(const struct vb_series *series)
{
    VB_ASSERT(series->count <= VB_SERIES_MAX);
    struct vb_series_code code = {0};
    if (series->count == 0)
        return code;
    code.shift = (uint8_t)choose_shift(series);
    uint8_t counts[SYMBOL_ESCAPE + 1] = {0};
    for (unsigned i = 0; i < series->count; i++)
        counts[symbol_of(series->residuals[i], code.shift)]++;
    if (code.shift == 0 && counts[0] == series->count)
        return code;
    uint32_t fewest = UINT32_MAX;
    for (unsigned spread = 0; spread < SPREAD_COUNT; spread++) {
        const uint32_t sixteenths = sixteenths_of(counts, spread);
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

void vb_series_write(struct vb_range_writer *writer, const struct vb_series *series,
                     const struct vb_series_code *code)
{
    if (code->form == 0)
        return;
    const uint16_t *starts = symbol_starts[code->form - 1];
    const int32_t half = (int32_t)(1u << code->shift >> 1);
    for (unsigned i = 0; i < series->count; i++) {
        const unsigned symbol = symbol_of(series->residuals[i], code->shift);
        vb_range_put(writer, starts, symbol);
        if (symbol == SYMBOL_ESCAPE)
            vb_range_put_number(writer, series->residuals[i]);
        else if (code->shift > 0)
            vb_range_put_bits(writer, (uint32_t)(series->residuals[i] + half), code->shift);
    }
}

int32_t vb_series_read(struct vb_range_reader *reader, const struct vb_series_code *code)
{
    VB_ASSERT(code->form < VB_SERIES_PLAIN);
    if (code->form == 0)
        return 0;
    const unsigned symbol = vb_range_get(reader, symbol_starts[code->form - 1]);
    if (symbol == SYMBOL_ESCAPE)
        return vb_range_get_number(reader);
    const int32_t distance = (int32_t)((symbol + 1) / 2);
    const int32_t step = (symbol & 1) != 0 ? -distance : distance;
    if (code->shift == 0)
        return step;
    const int32_t low = (int32_t)vb_range_get_bits(reader, code->shift);
    return step * (int32_t)(1u << code->shift) + low - (int32_t)(1u << code->shift >> 1);
}
