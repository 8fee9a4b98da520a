#include "history/ram_point.h"

#include <string.h>

#include "voltbeacon/pack/possible.h"

enum {
    TURN_BITS = 12,
    READINGS_BITS = 16,
    BLOCKS_BITS = 3 /* of a distance: which of eight blocks, each coarser than the one before */
};

/* How a quantity is written. */
struct form {
    int32_t lowest; /* that is possible */
    int32_t highest;
    int16_t mean_tenths; /* what one of its mean stands for; likewise of the distances, in units */
    int16_t distance;
    uint8_t mean_bits;
    uint8_t distance_bits;
    uint8_t growth; /* of what one stands for, from a block to the next */
};

enum { QUANTITIES = 5 };

/* 148 bits: with turn and readings 176. */
static const struct form forms[QUANTITIES] = {
    {0, VB_POSSIBLE_PACK_MV_MAX, 250, 25, 16, 8, 3},
    {-VB_POSSIBLE_CURRENT_MA_MAX, VB_POSSIBLE_CURRENT_MA_MAX, 640, 64, 16, 8, 3},
    {0, 1000, 10, 1, 10, 6, 2},
    {0, VB_POSSIBLE_CELL_MV_MAX, 1, 1, 16, 9, 2},
    {VB_POSSIBLE_TEMPERATURE_MIN_DC, VB_POSSIBLE_TEMPERATURE_MAX_DC, 10, 1, 12, 8, 2},
};

static struct vb_rollup_value *quantity(struct vb_history_view *point, unsigned which)
{
    struct vb_rollup_value *const all[QUANTITIES] = {&point->pack_mv, &point->current_ma,
                                                     &point->soc_permille, &point->all_cells_mv,
                                                     &point->all_temps_dc};
    return all[which];
}

static const struct vb_rollup_value *quantity_of(const struct vb_history_view *point,
                                                 unsigned which)
{
    const struct vb_rollup_value *const all[QUANTITIES] = {
        &point->pack_mv, &point->current_ma, &point->soc_permille, &point->all_cells_mv,
        &point->all_temps_dc};
    return all[which];
}

/* == Bits ==================================================================================== */

struct bits {
    uint8_t *to; /* zeros; NULL while reading */
    const uint8_t *from;
    unsigned at;
};

/* Of 1 to 16 bits, which lie in 3 bytes at the most. */
static void put(struct bits *bits, uint32_t value, unsigned width)
{
    VB_ASSERT(bits->at + width <= 8 * VB_RAM_POINT_BYTES && value >> width == 0);
    uint32_t rest = value << (bits->at % 8);
    for (unsigned i = bits->at / 8; rest != 0; i++, rest >>= 8)
        bits->to[i] |= (uint8_t)rest;
    bits->at += width;
}

static uint32_t get(struct bits *bits, unsigned width)
{
    VB_ASSERT(bits->at + width <= 8 * VB_RAM_POINT_BYTES);
    const unsigned first = bits->at / 8;
    const unsigned last = (bits->at + width - 1) / 8;
    uint32_t value = 0;
    for (unsigned i = first; i <= last; i++)
        value |= (uint32_t)bits->from[i] << (8 * (i - first));
    value >>= bits->at % 8;
    bits->at += width;
    return value & ((UINT32_C(1) << width) - 1);
}

/* == Distances =============================================================================== */

/* The code of the nearest distance that is not shorter. */
static uint32_t distance_code(const struct form *form, int32_t distance)
{
    const uint32_t block = UINT32_C(1) << (form->distance_bits - BLOCKS_BITS);
    const uint32_t wanted = distance <= 0 ? 0
                                          : ((uint32_t)distance + (uint32_t)form->distance - 1) /
                                                (uint32_t)form->distance;
    uint32_t begin = 0;
    uint32_t one = 1;
    uint32_t code = 0;
    while (wanted > begin + (block - 1) * one) {
        begin += block * one;
        one *= form->growth;
        code += block;
        VB_ASSERT(code >> form->distance_bits == 0);
    }
    return wanted <= begin ? code : code + (wanted - begin + one - 1) / one;
}

static int32_t distance_of(const struct form *form, uint32_t code)
{
    const uint32_t block = UINT32_C(1) << (form->distance_bits - BLOCKS_BITS);
    uint32_t begin = 0;
    uint32_t one = 1;
    for (; code >= block; code -= block) {
        begin += block * one;
        one *= form->growth;
    }
    return (int32_t)(begin + code * one) * form->distance;
}

/* == Quantities ============================================================================== */

static int32_t unknown_mean(const struct form *form)
{
    return (INT32_C(1) << form->mean_bits) - 1;
}

/* Whole units, downwards. */
static int32_t units_below(int32_t tenths)
{
    return tenths >= 0 ? tenths / 10 : -((9 - tenths) / 10);
}

static int32_t units_above(int32_t tenths)
{
    return -units_below(-tenths);
}

static void put_quantity(struct bits *bits, const struct form *form,
                         const struct vb_rollup_value *value)
{
    if (value->count == 0) {
        put(bits, (uint32_t)unknown_mean(form), form->mean_bits);
        put(bits, 0, 2u * form->distance_bits);
        return;
    }
    VB_ASSERT(value->min >= form->lowest && value->max <= form->highest);
    const int32_t tenths = vb_rollup_mean_tenths(value) - form->lowest * 10;
    const int32_t code = (tenths + form->mean_tenths / 2) / form->mean_tenths;
    const int32_t mean_tenths = form->lowest * 10 + code * form->mean_tenths;
    put(bits, (uint32_t)code, form->mean_bits);
    put(bits, distance_code(form, units_below(mean_tenths) - value->min), form->distance_bits);
    put(bits, distance_code(form, value->max - units_above(mean_tenths)), form->distance_bits);
}

static struct vb_rollup_value get_quantity(struct bits *bits, const struct form *form,
                                           uint32_t readings)
{
    const int32_t code = (int32_t)get(bits, form->mean_bits);
    const int32_t below = distance_of(form, get(bits, form->distance_bits));
    const int32_t above = distance_of(form, get(bits, form->distance_bits));
    if (code == unknown_mean(form))
        return (struct vb_rollup_value){0};
    const int32_t mean_tenths = form->lowest * 10 + code * form->mean_tenths;
    const int32_t min = units_below(mean_tenths) - below;
    const int32_t max = units_above(mean_tenths) + above;
    return vb_rollup_value_of(readings, min < form->lowest ? form->lowest : min, mean_tenths,
                              max > form->highest ? form->highest : max);
}

/* == Points ================================================================================== */

void vb_ram_point_write(const struct vb_history_view *point, uint16_t turn,
                        uint8_t bytes[VB_RAM_POINT_BYTES])
{
    VB_ASSERT(point->readings > 0 && turn < VB_RAM_POINT_TURNS);
    struct bits bits = {.to = bytes};
    memset(bytes, 0, VB_RAM_POINT_BYTES);
    put(&bits, turn, TURN_BITS);
    put(&bits,
        point->readings > VB_RAM_POINT_READINGS_MAX ? VB_RAM_POINT_READINGS_MAX : point->readings,
        READINGS_BITS);
    for (unsigned i = 0; i < QUANTITIES; i++)
        put_quantity(&bits, &forms[i], quantity_of(point, i));
}

bool vb_ram_point_turn(const uint8_t bytes[VB_RAM_POINT_BYTES], uint16_t *turn)
{
    *turn = (uint16_t)(bytes[0] | (bytes[1] & 0x0f) << 8); /* by hand: this is what searches call */
    return (bytes[1] & 0xf0) != 0 || bytes[2] != 0 || (bytes[3] & 0x0f) != 0;
}

void vb_ram_point_read(const uint8_t bytes[VB_RAM_POINT_BYTES], struct vb_history_view *point)
{
    struct bits bits = {.from = bytes, .at = TURN_BITS};
    *point = (struct vb_history_view){.readings = get(&bits, READINGS_BITS)};
    for (unsigned i = 0; i < QUANTITIES; i++)
        *quantity(point, i) = get_quantity(&bits, &forms[i], point->readings);
}

void vb_ram_point_merge(struct vb_history_view *point, const struct vb_history_view *other)
{
    point->readings += other->readings;
    for (unsigned i = 0; i < QUANTITIES; i++)
        vb_rollup_value_merge(quantity(point, i), quantity_of(other, i));
}

/* == Readings ================================================================================ */

/* Of one reading: its lowest and highest cell, or sensor, and the mean of all. */
static void add_all(struct vb_rollup_value *all, const struct vb_rollup_value *of_reading)
{
    if (of_reading->count == 0)
        return;
    const int32_t mean_tenths = vb_rollup_mean_tenths(of_reading);
    const struct vb_rollup_value once =
        vb_rollup_value_of(1, of_reading->min, mean_tenths, of_reading->max);
    vb_rollup_value_merge(all, &once);
}

void vb_ram_point_add(struct vb_history_view *point, const struct vb_reading *reading)
{
    struct vb_rollup_value cells = {0};
    struct vb_rollup_value temps = {0};
    VB_ASSERT(reading->cell_count <= VB_CELLS_MAX && reading->temp_count <= VB_TEMPS_MAX);
    point->readings++;
    if (vb_pack_voltage_is_possible(reading))
        vb_rollup_value_add(&point->pack_mv, (int32_t)reading->pack_mv);
    if (vb_current_is_possible(reading))
        vb_rollup_value_add(&point->current_ma, reading->current_ma);
    if (vb_soc_is_possible(reading))
        vb_rollup_value_add(&point->soc_permille, reading->soc_permille);
    for (unsigned i = 0; i < reading->cell_count && (reading->flags & VB_READING_SUMMARY) == 0;
         i++) {
        if (vb_cell_is_possible(reading->cell_mv[i]))
            vb_rollup_value_add(&cells, reading->cell_mv[i]);
    }
    for (unsigned i = 0; i < reading->temp_count; i++) {
        if (vb_temperature_is_possible(reading->temp_dc[i]))
            vb_rollup_value_add(&temps, reading->temp_dc[i]);
    }
    add_all(&point->all_cells_mv, &cells);
    add_all(&point->all_temps_dc, &temps);
}
