#include "voltbeacon/api/history_source.h"

/* From the lowest to the highest, around the mean of their means. */
static struct vb_rollup_value all_of(const struct vb_rollup_value *values, unsigned count)
{
    struct vb_rollup_value all = {0};
    for (unsigned i = 0; i < count; i++) {
        const struct vb_rollup_value *value = &values[i];
        if (value->count == 0)
            continue;
        if (all.count == 0 || value->min < all.min)
            all.min = value->min;
        if (all.count == 0 || value->max > all.max)
            all.max = value->max;
        all.count++;
        all.sum_tenths += vb_rollup_mean_tenths(value);
    }
    return all;
}

void vb_history_view_of(const struct vb_rollup *rollup, struct vb_history_view *view)
{
    *view = (struct vb_history_view){.readings = rollup->readings,
                                     .pack_mv = rollup->pack_mv,
                                     .current_ma = rollup->current_ma,
                                     .soc_permille = rollup->soc_permille,
                                     .all_cells_mv = all_of(rollup->cells_mv, VB_CELLS_MAX),
                                     .all_temps_dc = all_of(rollup->temps_dc, VB_TEMPS_MAX),
                                     .cell_count = rollup->cell_count,
                                     .temp_count = rollup->temp_count,
                                     .cells_mv = rollup->cells_mv,
                                     .temps_dc = rollup->temps_dc};
}
