#include "voltbeacon/pack/weak_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/pack/cell_series.h"

/* A reading has settled when the current is that of the one before: then all its cells, and the
 * current, were measured under one load. A step leads from one settled reading to another. */
static const double settled_a = 3;
static const double step_min_a = 10; /* three times what may have changed unseen */
/* Longer: the pack has relaxed or warmed meanwhile, and the step says nothing of its resistance.
 * Two sweeps of the slowest BMS known (a Leaf's: 40 s) fit. */
#define STEP_MS_MAX 90000
#define GAP_MS_MAX STEP_MS_MAX /* between two readings: what may have been in it is not counted */

/* Steps and readings that are kept: beyond, all sums are halved, so that new ones go on counting.
 */
static const double steps_max = 20000;
static const double readings_max = 2000000;

/* --- a line through the origin ---------------------------------------------------------------- */

static const double fit_learns = 10;  /* steps that are taken as they are */
static const double fit_known = 20;   /* steps from which on something is said */
static const double fit_edge = 2;     /* mean deviations from the line: what is beyond is cut */
static const double fit_memory = 200; /* steps over which the scatter is averaged */
static const double sigma_of_mean = 1.2533; /* standard over mean deviation, of a normal one */

static double slope_of(const struct vb_line_fit *fit)
{
    return fit->xy / fit->xx;
}

static double uncertainty_of(const struct vb_line_fit *fit)
{
    return sigma_of_mean * fit->scatter / sqrt(fit->xx);
}

static void fit_step(struct vb_line_fit *fit, double x, double y)
{
    double off = fit->xx > 0 ? y - slope_of(fit) * x : 0;
    if (fit->count >= fit_learns) {
        const double edge = fit_edge * fit->scatter;
        off = fmax(-edge, fmin(edge, off));
        y = slope_of(fit) * x + off;
    }
    if (fit->count >= steps_max) {
        fit->count /= 2;
        fit->xx /= 2;
        fit->xy /= 2;
    }
    fit->count++;
    fit->xx += x * x;
    fit->xy += x * y;
    fit->scatter += (fabs(off) - fit->scatter) / fmin(fit->count, fit_memory);
}

/* --- learning --------------------------------------------------------------------------------- */

void vb_weak_cells_init(struct vb_weak_cells *weak, int32_t low_load_ma)
{
    VB_ASSERT(low_load_ma >= 0);
    memset(weak, 0, sizeof *weak);
    weak->low_load_ma = low_load_ma;
}

static void add_limited(double *count, double *sum, double value)
{
    if (*count >= readings_max) {
        *count /= 2;
        *sum /= 2;
    }
    *count += 1;
    *sum += value;
}

static void learn_deviations(struct vb_weak_cells *weak, const struct vb_reading *reading,
                             const struct vb_cell_series *series)
{
    /* Where no current is known, all counts as rest: a pack spends most of its life there. */
    const bool at_rest =
        !vb_current_is_possible(reading) || abs(reading->current_ma) <= weak->low_load_ma;
    /* A weak cell is low while the pack is discharged and high while it is charged: the two would
     * cancel out. */
    if (!at_rest && reading->current_ma > 0)
        return;
    if (!at_rest)
        add_limited(&weak->load_count, &weak->load_sum_a, -reading->current_ma / 1000.0);
    for (unsigned i = 0; i < reading->cell_count; i++) {
        struct vb_weak_cell *cell = &weak->cells[i];
        if (!vb_cell_is_possible(reading->cell_mv[i]))
            continue;
        const double off_mv = reading->cell_mv[i] - series->mean_mv;
        if (at_rest)
            add_limited(&cell->rest_count, &cell->rest_sum_mv, off_mv);
        else
            add_limited(&cell->load_count, &cell->load_sum_mv, off_mv);
    }
}

static bool has_settled(const struct vb_reading *last, const struct vb_reading *reading)
{
    if (!vb_current_is_possible(last) || !vb_current_is_possible(reading))
        return false;
    return abs(reading->current_ma - last->current_ma) <= settled_a * 1000;
}

/* The step from the last settled reading to this one: the mean's against the current's, and each
 * cell's against the mean's, which does not depend on how well the current was measured. */
static void learn_step(struct vb_weak_cells *weak, const struct vb_reading *reading,
                       const struct vb_cell_series *series)
{
    const struct vb_reading *from = &weak->settled;
    const struct vb_cell_series from_series = vb_cell_series(from, NULL);
    const double current_a = (reading->current_ma - from->current_ma) / 1000.0;
    if (fabs(current_a) < step_min_a)
        return;
    const double mean_mv = series->mean_mv - from_series.mean_mv;
    fit_step(&weak->pack, current_a, mean_mv);
    for (unsigned i = 0; i < reading->cell_count; i++)
        fit_step(&weak->cells[i].share, mean_mv, (double)reading->cell_mv[i] - from->cell_mv[i]);
}

/* Only sweeps without a missing cell are steps. */
static void learn_settled(struct vb_weak_cells *weak, const struct vb_reading *reading,
                          const struct vb_cell_series *series, uint64_t wall_ms)
{
    if (series->count != reading->cell_count || !has_settled(&weak->last, reading))
        return;
    if (weak->has_settled && wall_ms - weak->settled_wall_ms <= STEP_MS_MAX)
        learn_step(weak, reading, series);
    weak->has_settled = true;
    weak->settled = *reading;
    weak->settled_wall_ms = wall_ms;
}

static void learn_balancing(struct vb_weak_cells *weak, uint64_t gap_ms)
{
    for (unsigned i = 0; i < weak->cell_count; i++) {
        if (vb_reading_balancing(&weak->last, i))
            weak->cells[i].balancing_ms += (double)gap_ms;
    }
}

void vb_weak_cells_reading(struct vb_weak_cells *weak, const struct vb_reading *reading,
                           uint64_t wall_ms)
{
    VB_ASSERT(reading->cell_count > 0);
    if ((reading->flags & VB_READING_SUMMARY) != 0)
        return;
    if (weak->has_last && reading->sequence == weak->last.sequence)
        return;
    if (reading->cell_count != weak->cell_count) {
        vb_weak_cells_init(weak, weak->low_load_ma);
        weak->cell_count = reading->cell_count;
        weak->since_wall_ms = wall_ms;
    }
    const struct vb_cell_series series = vb_cell_series(reading, NULL);
    learn_deviations(weak, reading, &series);
    if (weak->has_last && wall_ms > weak->last_wall_ms &&
        wall_ms - weak->last_wall_ms <= GAP_MS_MAX) {
        learn_settled(weak, reading, &series, wall_ms);
        learn_balancing(weak, wall_ms - weak->last_wall_ms);
    } else {
        weak->has_settled = false;
    }
    weak->has_last = true;
    weak->last = *reading;
    weak->last_wall_ms = wall_ms;
}

/* --- what is said ----------------------------------------------------------------------------- */

static double mean_or_nan(double count, double sum)
{
    return count > 0 ? sum / count : (double)NAN;
}

static bool resistance_is_known(const struct vb_weak_cells *weak, const struct vb_weak_cell *cell)
{
    return weak->pack.count >= fit_known && cell->share.count >= fit_known &&
           slope_of(&weak->pack) > 0;
}

/* Into result. A rise of 1 mV for 1 A more into the cell is 1 mohm. */
static void set_resistance(const struct vb_weak_cells *weak, const struct vb_weak_cell *cell,
                           struct vb_weak_cell_result *result)
{
    result->resistance_mohm = NAN;
    result->resistance_uncertainty_mohm = NAN;
    result->resistance_steps = (uint32_t)cell->share.count;
    if (!resistance_is_known(weak, cell))
        return;
    const double mean_mohm = slope_of(&weak->pack);
    const double share = slope_of(&cell->share);
    result->resistance_mohm = share * mean_mohm;
    result->resistance_uncertainty_mohm =
        hypot(share * uncertainty_of(&weak->pack), mean_mohm * uncertainty_of(&cell->share));
}

/* How far the cell is below the mean under the load that this pack knows, mV: what it is below at
 * rest, and what its resistance adds. */
static double sag_mv(const struct vb_weak_cells *weak, const struct vb_weak_cell_result *result)
{
    const double rest_mv = isnan(result->deviation_rest_mv) ? 0 : -result->deviation_rest_mv;
    if (isnan(result->resistance_mohm) || weak->load_count == 0)
        return isnan(result->deviation_load_mv) ? rest_mv : -result->deviation_load_mv;
    const double load_a = weak->load_sum_a / weak->load_count;
    return rest_mv + load_a * (result->resistance_mohm - slope_of(&weak->pack));
}

static void set_ranks(const struct vb_weak_cells *weak, struct vb_weak_cell_result *results)
{
    for (unsigned i = 0; i < weak->cell_count; i++) {
        const double own_mv = sag_mv(weak, &results[i]);
        unsigned weaker = 0;
        for (unsigned j = 0; j < weak->cell_count; j++) {
            const double other_mv = sag_mv(weak, &results[j]);
            /* Of two that are equal, the first in the pack. */
            if (other_mv > own_mv || (other_mv >= own_mv && j < i))
                weaker++;
        }
        results[i].rank = (uint8_t)(weaker + 1);
    }
}

uint8_t vb_weak_cells_results(const struct vb_weak_cells *weak,
                              struct vb_weak_cell_result results[VB_CELLS_MAX])
{
    for (unsigned i = 0; i < weak->cell_count; i++) {
        const struct vb_weak_cell *cell = &weak->cells[i];
        results[i] = (struct vb_weak_cell_result){
            .index = (uint8_t)i,
            .deviation_rest_mv = mean_or_nan(cell->rest_count, cell->rest_sum_mv),
            .deviation_load_mv = mean_or_nan(cell->load_count, cell->load_sum_mv),
            .balancing_hours = cell->balancing_ms / 3600000,
        };
        set_resistance(weak, cell, &results[i]);
    }
    set_ranks(weak, results);
    return weak->cell_count;
}

/* --- saving ----------------------------------------------------------------------------------- */

static void save_fit(const struct vb_line_fit *fit, double numbers[4])
{
    numbers[0] = fit->count;
    numbers[1] = fit->xx;
    numbers[2] = fit->xy;
    numbers[3] = fit->scatter;
}

static struct vb_line_fit load_fit(const double numbers[4])
{
    return (struct vb_line_fit){numbers[0], numbers[1], numbers[2], numbers[3]};
}

static bool all_finite(const double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!isfinite(numbers[i]))
            return false;
    }
    return true;
}

/* Steps without a sum of squares, or fewer than none, are nothing that was ever learnt. */
static bool fit_is_sound(const double numbers[4])
{
    return numbers[0] >= 0 && numbers[1] >= 0 && numbers[3] >= 0 &&
           (numbers[0] > 0) == (numbers[1] > 0);
}

void vb_weak_cells_save_pack(const struct vb_weak_cells *weak, double numbers[VB_WEAK_PACK_NUMBERS])
{
    save_fit(&weak->pack, numbers);
    numbers[4] = weak->load_count;
    numbers[5] = weak->load_sum_a;
}

void vb_weak_cells_save_cell(const struct vb_weak_cells *weak, uint8_t cell,
                             double numbers[VB_WEAK_CELL_NUMBERS])
{
    VB_ASSERT(cell < weak->cell_count);
    const struct vb_weak_cell *from = &weak->cells[cell];
    save_fit(&from->share, numbers);
    numbers[4] = from->rest_count;
    numbers[5] = from->rest_sum_mv;
    numbers[6] = from->load_count;
    numbers[7] = from->load_sum_mv;
    numbers[8] = from->balancing_ms;
}

bool vb_weak_cells_load_pack(struct vb_weak_cells *weak, uint8_t cell_count, uint64_t since_wall_ms,
                             const double numbers[VB_WEAK_PACK_NUMBERS])
{
    if (cell_count == 0 || cell_count > VB_CELLS_MAX ||
        !all_finite(numbers, VB_WEAK_PACK_NUMBERS) || !fit_is_sound(numbers) || numbers[4] < 0 ||
        numbers[5] < 0)
        return false;
    weak->cell_count = cell_count;
    weak->since_wall_ms = since_wall_ms;
    weak->pack = load_fit(numbers);
    weak->load_count = numbers[4];
    weak->load_sum_a = numbers[5];
    return true;
}

bool vb_weak_cells_load_cell(struct vb_weak_cells *weak, uint8_t cell,
                             const double numbers[VB_WEAK_CELL_NUMBERS])
{
    if (cell >= weak->cell_count || !all_finite(numbers, VB_WEAK_CELL_NUMBERS) ||
        !fit_is_sound(numbers) || numbers[4] < 0 || numbers[6] < 0 || numbers[8] < 0)
        return false;
    weak->cells[cell] = (struct vb_weak_cell){
        .share = load_fit(numbers),
        .rest_count = numbers[4],
        .rest_sum_mv = numbers[5],
        .load_count = numbers[6],
        .load_sum_mv = numbers[7],
        .balancing_ms = numbers[8],
    };
    return true;
}
