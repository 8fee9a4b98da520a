#include "voltbeacon/pack/cell_series.h"

#include <stddef.h>
#include <string.h>

enum {
    UV_PER_MV = 1000,
    /* A healthy sweep's standard deviation is 1.48 times its median distance from the median if its
     * cells are normally distributed, and a little more if they are not. */
    SIGMA_PERMILLE = 1483,
    SIGMA_SPARE_UV = 10000,
    BODY_SIGMAS = 2,
    BODY_SHARE = 5 /* up to a fifth of the cells may be away from the rest */
};

static bool takes_part(const struct vb_reading *reading, const uint8_t *left_out, unsigned cell)
{
    if (left_out != NULL && vb_cell_bit(left_out, cell))
        return false;
    return vb_cell_is_possible(reading->cell_mv[cell]);
}

/* Rounded down. One bit of the root at a time. */
static uint32_t square_root(uint64_t square)
{
    uint64_t root = 0;
    uint64_t bit = (uint64_t)1 << 62;
    while (bit > square)
        bit >>= 2;
    for (; bit != 0; bit >>= 2) {
        if (square >= root + bit) {
            square -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

/* --- a whole series --------------------------------------------------------------------------- */

/* Sums over the cells, each relative to the first: so squares stay small. */
struct sums {
    uint32_t count;
    int32_t base_mv;
    int32_t mv;
    uint64_t mv_mv;
    uint32_t index;
    uint32_t index_index;
    int32_t index_mv;
};

static void add_cell(struct sums *sums, unsigned cell, uint16_t mv)
{
    if (sums->count++ == 0)
        sums->base_mv = mv;
    const int32_t off_mv = mv - sums->base_mv;
    sums->mv += off_mv;
    sums->mv_mv += (uint32_t)(off_mv * off_mv);
    sums->index += cell;
    sums->index_index += cell * cell;
    sums->index_mv += (int32_t)cell * off_mv;
}

static int32_t mean_uv(const struct sums *sums)
{
    const int32_t count = (int32_t)sums->count;
    const int32_t sum_uv = (sums->mv + sums->base_mv * count) * UV_PER_MV; /* below 2^30 */
    return (sum_uv + count / 2) / count;
}

static int32_t deviation_uv(const struct sums *sums)
{
    const uint64_t square = (uint64_t)((int64_t)sums->mv * sums->mv);
    const uint64_t scatter = sums->count * sums->mv_mv - square;
    const uint32_t root = square_root(scatter * UV_PER_MV * UV_PER_MV);
    return (int32_t)((root + sums->count / 2) / sums->count);
}

/* Rise of the least-squares line from the first cell to the last. */
static int32_t gradient_uv(const struct sums *sums, uint8_t cell_count)
{
    const uint32_t index_scatter = sums->count * sums->index_index - sums->index * sums->index;
    if (index_scatter == 0)
        return 0;
    const int64_t rise = (int64_t)sums->count * sums->index_mv - (int64_t)sums->index * sums->mv;
    return (int32_t)(rise * (cell_count - 1) * UV_PER_MV / (int64_t)index_scatter);
}

struct vb_cell_series vb_cell_series(const struct vb_reading *reading, const uint8_t *left_out)
{
    VB_ASSERT(reading->cell_count <= VB_CELLS_MAX);
    struct sums sums = {.count = 0};
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (takes_part(reading, left_out, i))
            add_cell(&sums, i, reading->cell_mv[i]);
    }
    struct vb_cell_series series = {.count = (uint8_t)sums.count};
    if (sums.count == 0)
        return series;
    series.mean_uv = mean_uv(&sums);
    series.deviation_uv = deviation_uv(&sums);
    series.gradient_uv = gradient_uv(&sums, reading->cell_count);
    return series;
}

/* --- most of the cells ------------------------------------------------------------------------ */

static uint32_t distance(uint16_t mv, uint32_t from_2mv)
{
    const uint32_t twice = 2u * mv;
    return twice > from_2mv ? twice - from_2mv : from_2mv - twice;
}

/* How many cells are within this distance of it; all in half millivolts. */
static uint32_t count_within(const struct vb_reading *reading, const uint8_t *left_out,
                             uint32_t from_2mv, uint32_t distance_2mv)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < reading->cell_count; i++)
        count += takes_part(reading, left_out, i) &&
                 distance(reading->cell_mv[i], from_2mv) <= distance_2mv;
    return count;
}

/* The distance within which that many cells are; by bisection. */
static uint32_t nth_distance(const struct vb_reading *reading, const uint8_t *left_out,
                             uint32_t from_2mv, uint32_t wanted)
{
    uint32_t low = 0;
    uint32_t high = 2 * VB_POSSIBLE_CELL_MV_MAX;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (count_within(reading, left_out, from_2mv, middle) >= wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The mean of the two in the middle if their number is even: for a pack in two halves, half of the
 * gap between them. */
static uint32_t median_distance(const struct vb_reading *reading, const uint8_t *left_out,
                                uint32_t from_2mv, uint32_t count)
{
    const uint32_t lower = nth_distance(reading, left_out, from_2mv, (count + 1) / 2);
    if (count % 2 != 0)
        return lower;
    return (lower + nth_distance(reading, left_out, from_2mv, count / 2 + 1)) / 2;
}

struct vb_cell_body vb_cell_body(const struct vb_reading *reading, const uint8_t *left_out,
                                 const struct vb_cell_series *series)
{
    VB_ASSERT(series->count > 0);
    struct vb_cell_body body = {.mean_uv = series->mean_uv, .deviation_uv = series->deviation_uv};
    if (series->deviation_uv <= SIGMA_SPARE_UV)
        return body;
    const uint32_t median_2mv = median_distance(reading, left_out, 0, series->count);
    const uint32_t away_2mv = median_distance(reading, left_out, median_2mv, series->count);
    const uint32_t bound_uv = away_2mv * (SIGMA_PERMILLE / 2) + SIGMA_SPARE_UV;
    if ((uint32_t)series->deviation_uv <= bound_uv)
        return body;

    struct sums sums = {.count = 0};
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (takes_part(reading, left_out, i) &&
            distance(reading->cell_mv[i], median_2mv) * (UV_PER_MV / 2) <= BODY_SIGMAS * bound_uv)
            add_cell(&sums, i, reading->cell_mv[i]);
    }
    VB_ASSERT(sums.count > 0);
    body.split = (series->count - sums.count) * BODY_SHARE > series->count;
    if (body.split)
        return body;
    body.mean_uv = mean_uv(&sums);
    body.deviation_uv = (int32_t)bound_uv;
    return body;
}
