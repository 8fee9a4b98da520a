#include "voltbeacon/pack/rollup.h"

#include <string.h>

#include "voltbeacon/pack/possible.h"

void vb_rollup_clear(struct vb_rollup *rollup)
{
    memset(rollup, 0, sizeof *rollup);
}

void vb_rollup_value_add(struct vb_rollup_value *value, int32_t number)
{
    if (value->count == 0 || number < value->min)
        value->min = number;
    if (value->count == 0 || number > value->max)
        value->max = number;
    value->count++;
    value->sum_tenths += (int64_t)number * 10;
}

static void add_cells(struct vb_rollup *rollup, const struct vb_reading *reading)
{
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (vb_cell_is_possible(reading->cell_mv[i]))
            vb_rollup_value_add(&rollup->cells_mv[i], reading->cell_mv[i]);
    }
    if (reading->cell_count > rollup->cell_count)
        rollup->cell_count = reading->cell_count;
}

void vb_rollup_add(struct vb_rollup *rollup, const struct vb_reading *reading)
{
    VB_ASSERT(reading->cell_count <= VB_CELLS_MAX && reading->temp_count <= VB_TEMPS_MAX);
    rollup->readings++;
    if (vb_pack_voltage_is_possible(reading))
        vb_rollup_value_add(&rollup->pack_mv, (int32_t)reading->pack_mv);
    if (vb_current_is_possible(reading))
        vb_rollup_value_add(&rollup->current_ma, reading->current_ma);
    if (vb_soc_is_possible(reading))
        vb_rollup_value_add(&rollup->soc_permille, reading->soc_permille);
    if ((reading->flags & VB_READING_SUMMARY) == 0)
        add_cells(rollup, reading);
    for (unsigned i = 0; i < reading->temp_count; i++) {
        if (vb_temperature_is_possible(reading->temp_dc[i]))
            vb_rollup_value_add(&rollup->temps_dc[i], reading->temp_dc[i]);
    }
    if (reading->temp_count > rollup->temp_count)
        rollup->temp_count = reading->temp_count;
}

void vb_rollup_value_merge(struct vb_rollup_value *value, const struct vb_rollup_value *other)
{
    if (other->count == 0)
        return;
    if (value->count == 0) {
        *value = *other;
        return;
    }
    if (other->min < value->min)
        value->min = other->min;
    if (other->max > value->max)
        value->max = other->max;
    value->count += other->count;
    value->sum_tenths += other->sum_tenths;
}

void vb_rollup_merge(struct vb_rollup *rollup, const struct vb_rollup *other)
{
    rollup->readings += other->readings;
    vb_rollup_value_merge(&rollup->pack_mv, &other->pack_mv);
    vb_rollup_value_merge(&rollup->current_ma, &other->current_ma);
    vb_rollup_value_merge(&rollup->soc_permille, &other->soc_permille);
    for (unsigned i = 0; i < other->cell_count; i++)
        vb_rollup_value_merge(&rollup->cells_mv[i], &other->cells_mv[i]);
    for (unsigned i = 0; i < other->temp_count; i++)
        vb_rollup_value_merge(&rollup->temps_dc[i], &other->temps_dc[i]);
    if (other->cell_count > rollup->cell_count)
        rollup->cell_count = other->cell_count;
    if (other->temp_count > rollup->temp_count)
        rollup->temp_count = other->temp_count;
}

int32_t vb_rollup_mean_tenths(const struct vb_rollup_value *value)
{
    VB_ASSERT(value->count > 0);
    const int64_t half = value->count / 2;
    const int64_t sum = value->sum_tenths;
    return (int32_t)((sum < 0 ? sum - half : sum + half) / (int64_t)value->count);
}

struct vb_rollup_value vb_rollup_value_of(uint32_t count, int32_t min, int32_t mean_tenths,
                                          int32_t max)
{
    return (struct vb_rollup_value){.count = count,
                                    .min = min,
                                    .max = max,
                                    .sum_tenths = (int64_t)mean_tenths * (int64_t)count};
}
