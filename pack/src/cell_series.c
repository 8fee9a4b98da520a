#include "voltbeacon/pack/cell_series.h"

#include <math.h>
#include <stddef.h>

static bool takes_part(const struct vb_reading *reading, const uint8_t *left_out, unsigned cell)
{
    if (left_out != NULL && (left_out[cell / 8] >> (cell % 8) & 1) != 0)
        return false;
    return vb_cell_is_possible(reading->cell_mv[cell]);
}

/* Rise of the least-squares line from the first cell to the last. */
static double gradient_mv(const struct vb_reading *reading, const uint8_t *left_out,
                          const struct vb_cell_series *series)
{
    double sum_index = 0;
    for (unsigned i = 0; i < reading->cell_count; i++)
        sum_index += takes_part(reading, left_out, i) ? i : 0;
    double index_mv = 0;
    double index_index = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (!takes_part(reading, left_out, i))
            continue;
        const double index = i - sum_index / series->count;
        index_mv += index * (reading->cell_mv[i] - series->mean_mv);
        index_index += index * index;
    }
    return index_index > 0 ? index_mv / index_index * (reading->cell_count - 1) : 0;
}

struct vb_cell_series vb_cell_series(const struct vb_reading *reading, const uint8_t *left_out)
{
    VB_ASSERT(reading->cell_count <= VB_CELLS_MAX);
    struct vb_cell_series series = {0};
    double sum_mv = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (!takes_part(reading, left_out, i))
            continue;
        series.count++;
        sum_mv += reading->cell_mv[i];
    }
    if (series.count == 0)
        return series;
    series.mean_mv = sum_mv / series.count;
    double squares = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        const double mv = reading->cell_mv[i] - series.mean_mv;
        if (takes_part(reading, left_out, i))
            squares += mv * mv;
    }
    series.deviation_mv = sqrt(squares / series.count);
    series.gradient_mv = gradient_mv(reading, left_out, &series);
    return series;
}
