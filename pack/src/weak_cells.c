#include "voltbeacon/pack/weak_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/pack/cell_series.h"

enum {
    /* A reading has settled if its current equals the previous one: then all its cells, and the
     * current, were measured under one load. A step leads from one settled reading to another. */
    SETTLED_MA = 3000,
    STEP_MA_MIN = 10000, /* three times what may have changed unnoticed */
    /* Any longer and the pack has relaxed or warmed up, so the step tells nothing about its
     * resistance. Two sweeps of the slowest known BMS (a Leaf's: 40 s) fit. */
    STEP_MS_MAX = 90000,
    GAP_MS_MAX = STEP_MS_MAX, /* between two readings: a longer gap is not counted */
    /* Readings that are kept, and the limit of their sum: beyond it both are halved, so that new
     * ones keep counting. */
    READINGS_MAX = 2000000,
    SUM_16THS_MAX = 1 << 30,
    MS_PER_CS = 10
};

/* --- a line through the origin ---------------------------------------------------------------- */

static const float steps_max = 20000;       /* like READINGS_MAX, for a fit */
static const float fit_learns = 10;         /* steps that are taken as they are */
static const float fit_known = 20;          /* steps needed for a result */
static const float fit_edge = 2;            /* mean deviations from the line: beyond, clip */
static const float fit_memory = 200;        /* steps over which the scatter is averaged */
static const float sigma_of_mean = 1.2533f; /* standard over mean deviation, if normal */

static float slope_of(const struct vb_line_fit *fit)
{
    return fit->xy / fit->xx;
}

static float uncertainty_of(const struct vb_line_fit *fit)
{
    return sigma_of_mean * fit->scatter / sqrtf(fit->xx);
}

static void fit_step(struct vb_line_fit *fit, float x, float y)
{
    float off = fit->xx > 0 ? y - slope_of(fit) * x : 0;
    if (fit->count >= fit_learns) {
        const float edge = fit_edge * fit->scatter;
        off = fmaxf(-edge, fminf(edge, off));
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
    fit->scatter += (fabsf(off) - fit->scatter) / fminf(fit->count, fit_memory);
}

/* --- learning --------------------------------------------------------------------------------- */

void vb_weak_cells_init(struct vb_weak_cells *weak, int32_t low_load_ma)
{
    VB_ASSERT(low_load_ma >= 0);
    memset(weak, 0, sizeof *weak);
    weak->low_load_ma = low_load_ma;
}

static void add_limited(struct vb_deviations *deviations, int32_t off_16ths)
{
    if (deviations->count >= READINGS_MAX || abs(deviations->sum_16ths) >= SUM_16THS_MAX) {
        deviations->count /= 2;
        deviations->sum_16ths /= 2;
    }
    deviations->count++;
    deviations->sum_16ths += off_16ths;
}

static void add_load(struct vb_weak_cells *weak, int32_t current_ma)
{
    if (weak->load_count >= READINGS_MAX) {
        weak->load_count /= 2;
        weak->load_sum_ma /= 2;
    }
    weak->load_count++;
    weak->load_sum_ma += (uint32_t)current_ma;
}

static bool is_left_out(const struct vb_sweep *sweep, unsigned cell)
{
    return sweep != NULL &&
           (vb_cell_bit(sweep->left_out, cell) || vb_cell_bit(sweep->doubted, cell));
}

static void learn_deviations(struct vb_weak_cells *weak, const struct vb_reading *reading,
                             const struct vb_sweep *sweep, const struct vb_cell_series *series)
{
    /* If no current is known, everything counts as rest: a pack spends most of its life there. */
    const bool at_rest =
        !vb_current_is_possible(reading) || abs(reading->current_ma) <= weak->low_load_ma;
    /* A weak cell is low while the pack is discharged and high while it is charged: the two would
     * cancel out. */
    if (!at_rest && reading->current_ma > 0)
        return;
    if (!at_rest)
        add_load(weak, -reading->current_ma);
    for (unsigned i = 0; i < reading->cell_count; i++) {
        struct vb_weak_cell *cell = &weak->cells[i];
        if (!vb_cell_is_possible(reading->cell_mv[i]) || is_left_out(sweep, i))
            continue;
        const int32_t off_uv = reading->cell_mv[i] * 1000 - series->mean_uv;
        const int32_t half = off_uv < 0 ? -500 : 500;
        add_limited(at_rest ? &cell->rest : &cell->load, (off_uv * 16 + half) / 1000);
    }
}

static bool has_settled(const struct vb_weak_last *last, const struct vb_reading *reading)
{
    return last->has_current && vb_current_is_possible(reading) &&
           abs(reading->current_ma - last->current_ma) <= SETTLED_MA;
}

/* The step from the last settled reading to this one: the mean's against the current's, and each
 * cell's against the mean's, which does not depend on the accuracy of the current. */
static void learn_step(struct vb_weak_cells *weak, const struct vb_reading *reading,
                       const struct vb_cell_series *series)
{
    const struct vb_weak_settled *from = &weak->settled;
    const int32_t current_ma = reading->current_ma - from->current_ma;
    if (abs(current_ma) < STEP_MA_MIN)
        return;
    const float mean_mv = (float)(series->mean_uv - from->mean_uv) / 1000;
    fit_step(&weak->pack, (float)current_ma / 1000, mean_mv);
    for (unsigned i = 0; i < reading->cell_count; i++)
        fit_step(&weak->cells[i].share, mean_mv, (float)(reading->cell_mv[i] - from->cell_mv[i]));
}

/* Only sweeps without missing cells form steps. */
static void learn_settled(struct vb_weak_cells *weak, const struct vb_reading *reading,
                          const struct vb_cell_series *series, uint32_t now_ms)
{
    struct vb_weak_settled *settled = &weak->settled;
    if (series->count != reading->cell_count || !has_settled(&weak->last, reading))
        return;
    if (weak->has_settled && now_ms - settled->at_ms <= STEP_MS_MAX)
        learn_step(weak, reading, series);
    weak->has_settled = true;
    settled->at_ms = now_ms;
    settled->current_ma = reading->current_ma;
    settled->mean_uv = series->mean_uv;
    memcpy(settled->cell_mv, reading->cell_mv, sizeof settled->cell_mv);
}

static void learn_balancing(struct vb_weak_cells *weak, uint32_t gap_ms)
{
    const uint32_t gap_cs = (gap_ms + MS_PER_CS / 2) / MS_PER_CS;
    for (unsigned i = 0; i < weak->cell_count; i++) {
        uint32_t *sum_cs = &weak->cells[i].balancing_cs;
        if (vb_cell_bit(weak->last.balancing, i))
            *sum_cs = *sum_cs > UINT32_MAX - gap_cs ? UINT32_MAX : *sum_cs + gap_cs;
    }
}

static void keep_last(struct vb_weak_cells *weak, const struct vb_reading *reading, uint32_t now_ms)
{
    weak->has_last = true;
    weak->last = (struct vb_weak_last){.sequence = reading->sequence,
                                       .at_ms = now_ms,
                                       .has_current = vb_current_is_possible(reading),
                                       .current_ma = reading->current_ma};
    memcpy(weak->last.balancing, reading->balancing, sizeof weak->last.balancing);
}

/* When learning began, as soon as the clock is set. */
static void date_begin(struct vb_weak_cells *weak, uint32_t now_ms, uint64_t wall_ms)
{
    if (weak->since_wall_ms == 0 && wall_ms != 0)
        weak->since_wall_ms = wall_ms - (uint32_t)(now_ms - weak->since_ms);
}

void vb_weak_cells_reading(struct vb_weak_cells *weak, const struct vb_reading *reading,
                           const struct vb_sweep *sweep, uint32_t now_ms, uint64_t wall_ms)
{
    VB_ASSERT(reading->cell_count > 0);
    if ((reading->flags & VB_READING_SUMMARY) != 0)
        return;
    if (weak->has_last && reading->sequence == weak->last.sequence)
        return;
    if (reading->cell_count != weak->cell_count) {
        vb_weak_cells_init(weak, weak->low_load_ma);
        weak->cell_count = reading->cell_count;
        weak->since_ms = now_ms;
    }
    date_begin(weak, now_ms, wall_ms);
    const struct vb_cell_series series =
        vb_cell_series(reading, sweep == NULL ? NULL : sweep->left_out);
    if (sweep == NULL || !sweep->torn)
        learn_deviations(weak, reading, sweep, &series);
    const uint32_t gap_ms = now_ms - weak->last.at_ms;
    if (weak->has_last && gap_ms > 0 && gap_ms <= GAP_MS_MAX) {
        learn_settled(weak, reading, &series, now_ms);
        learn_balancing(weak, gap_ms);
    } else {
        weak->has_settled = false;
    }
    keep_last(weak, reading, now_ms);
}

/* --- results ---------------------------------------------------------------------------------- */

static float mean_mv(const struct vb_deviations *deviations)
{
    return deviations->count > 0 ? (float)deviations->sum_16ths / 16 / (float)deviations->count
                                 : (float)NAN;
}

static bool resistance_is_known(const struct vb_weak_cells *weak, const struct vb_weak_cell *cell)
{
    return weak->pack.count >= fit_known && cell->share.count >= fit_known &&
           slope_of(&weak->pack) > 0;
}

static bool cell_is_known(const struct vb_weak_cells *weak, const struct vb_weak_cell *cell)
{
    return cell->rest.count > 0 || cell->load.count > 0 || resistance_is_known(weak, cell);
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
    const float mean_mohm = slope_of(&weak->pack);
    const float share = slope_of(&cell->share);
    result->resistance_mohm = share * mean_mohm;
    result->resistance_uncertainty_mohm =
        hypotf(share * uncertainty_of(&weak->pack), mean_mohm * uncertainty_of(&cell->share));
}

/* How far the cell is below the mean under the typical load of this pack, mV: its offset at rest
 * plus what its resistance adds. */
static float sag_mv(const struct vb_weak_cells *weak, const struct vb_weak_cell_result *result)
{
    const float rest_mv = isnan(result->deviation_rest_mv) ? 0 : -result->deviation_rest_mv;
    if (isnan(result->resistance_mohm) || weak->load_count == 0)
        return isnan(result->deviation_load_mv) ? rest_mv : -result->deviation_load_mv;
    const float load_a = (float)weak->load_sum_ma / 1000 / (float)weak->load_count;
    return rest_mv + load_a * (result->resistance_mohm - slope_of(&weak->pack));
}

/* A cell without data cannot be called weak: it comes after the rest. */
static float sag_or_least_mv(const struct vb_weak_cells *weak,
                             const struct vb_weak_cell_result *result)
{
    return cell_is_known(weak, &weak->cells[result->index]) ? sag_mv(weak, result) : -INFINITY;
}

struct vb_weak_cell_result vb_weak_cells_result(const struct vb_weak_cells *weak, uint8_t cell)
{
    VB_ASSERT(cell < weak->cell_count);
    const struct vb_weak_cell *of = &weak->cells[cell];
    struct vb_weak_cell_result result = {
        .index = cell,
        .deviation_rest_mv = mean_mv(&of->rest),
        .deviation_load_mv = mean_mv(&of->load),
        .balancing_hours = (float)of->balancing_cs / 360000,
    };
    set_resistance(weak, of, &result);
    return result;
}

void vb_weak_cells_ranks(const struct vb_weak_cells *weak, uint8_t ranks[VB_CELLS_MAX])
{
    float sags_mv[VB_CELLS_MAX];
    for (uint8_t i = 0; i < weak->cell_count; i++) {
        const struct vb_weak_cell_result result = vb_weak_cells_result(weak, i);
        sags_mv[i] = sag_or_least_mv(weak, &result);
    }
    for (unsigned i = 0; i < weak->cell_count; i++) {
        unsigned weaker = 0;
        for (unsigned j = 0; j < weak->cell_count; j++) {
            /* Of two equal ones, the first in the pack. */
            if (sags_mv[j] > sags_mv[i] || (sags_mv[j] >= sags_mv[i] && j < i))
                weaker++;
        }
        ranks[i] = (uint8_t)(weaker + 1);
    }
}

bool vb_weak_cells_knows(const struct vb_weak_cells *weak)
{
    for (unsigned i = 0; i < weak->cell_count; i++) {
        if (cell_is_known(weak, &weak->cells[i]))
            return true;
    }
    return false;
}

uint8_t vb_weak_cells_results(const struct vb_weak_cells *weak,
                              struct vb_weak_cell_result results[VB_CELLS_MAX])
{
    uint8_t ranks[VB_CELLS_MAX];
    vb_weak_cells_ranks(weak, ranks);
    for (uint8_t i = 0; i < weak->cell_count; i++) {
        results[i] = vb_weak_cells_result(weak, i);
        results[i].rank = ranks[i];
    }
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
    return (struct vb_line_fit){(float)numbers[0], (float)numbers[1], (float)numbers[2],
                                (float)numbers[3]};
}

static void save_deviations(const struct vb_deviations *deviations, double numbers[2])
{
    numbers[0] = deviations->count;
    numbers[1] = deviations->sum_16ths / 16.0;
}

/* If more was saved than there is room for, with the weight that fits. */
static struct vb_deviations load_deviations(const double numbers[2])
{
    double count = numbers[0];
    double sum_16ths = numbers[1] * 16;
    while (count > READINGS_MAX || fabs(sum_16ths) > SUM_16THS_MAX) {
        count /= 2;
        sum_16ths /= 2;
    }
    return (struct vb_deviations){(uint32_t)count, (int32_t)sum_16ths};
}

/* Finite, and well within the range of a float. */
static bool are_sound(const double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!isfinite(numbers[i]) || fabs(numbers[i]) > 1e15)
            return false;
    }
    return true;
}

/* A fit that was never learnt: steps without a sum of squares, fewer than none, or more than in a
 * hundred years. */
static bool fit_is_sound(const double numbers[4])
{
    const double steps_ever_max = 1e9;
    return numbers[0] >= 0 && numbers[0] <= steps_ever_max && numbers[1] >= 0 && numbers[3] >= 0 &&
           (numbers[0] > 0) == (numbers[1] > 0);
}

void vb_weak_cells_save_pack(const struct vb_weak_cells *weak, double numbers[VB_WEAK_PACK_NUMBERS])
{
    save_fit(&weak->pack, numbers);
    numbers[4] = weak->load_count;
    numbers[5] = (double)weak->load_sum_ma / 1000;
}

void vb_weak_cells_save_cell(const struct vb_weak_cells *weak, uint8_t cell,
                             double numbers[VB_WEAK_CELL_NUMBERS])
{
    VB_ASSERT(cell < weak->cell_count);
    const struct vb_weak_cell *from = &weak->cells[cell];
    save_fit(&from->share, numbers);
    save_deviations(&from->rest, &numbers[4]);
    save_deviations(&from->load, &numbers[6]);
    numbers[8] = (double)from->balancing_cs * MS_PER_CS;
}

bool vb_weak_cells_load_pack(struct vb_weak_cells *weak, uint8_t cell_count, uint64_t since_wall_ms,
                             const double numbers[VB_WEAK_PACK_NUMBERS])
{
    if (cell_count == 0 || cell_count > VB_CELLS_MAX || !are_sound(numbers, VB_WEAK_PACK_NUMBERS) ||
        !fit_is_sound(numbers) || numbers[4] < 0 || numbers[4] > UINT32_MAX || numbers[5] < 0)
        return false;
    weak->cell_count = cell_count;
    weak->since_wall_ms = since_wall_ms;
    weak->pack = load_fit(numbers);
    weak->load_count = (uint32_t)numbers[4];
    weak->load_sum_ma = (uint64_t)(numbers[5] * 1000);
    return true;
}

bool vb_weak_cells_load_cell(struct vb_weak_cells *weak, uint8_t cell,
                             const double numbers[VB_WEAK_CELL_NUMBERS])
{
    if (cell >= weak->cell_count || !are_sound(numbers, VB_WEAK_CELL_NUMBERS) ||
        !fit_is_sound(numbers) || numbers[4] < 0 || numbers[6] < 0 || numbers[8] < 0)
        return false;
    const double balancing_cs = numbers[8] / MS_PER_CS;
    weak->cells[cell] = (struct vb_weak_cell){
        .share = load_fit(numbers),
        .rest = load_deviations(&numbers[4]),
        .load = load_deviations(&numbers[6]),
        .balancing_cs = balancing_cs < UINT32_MAX ? (uint32_t)balancing_cs : UINT32_MAX,
    };
    return true;
}
