#include "voltbeacon/pack/imbalance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vb_imbalance_init(struct vb_imbalance *imbalance)
{
    memset(imbalance, 0, sizeof *imbalance);
}

static const int32_t uv_per_mv = 1000;

static int32_t magnitude_mv(int32_t uv)
{
    return (abs(uv) + uv_per_mv / 2) / uv_per_mv;
}

static void rule(struct vb_imbalance *imbalance, enum vb_imbalance_verdict verdict, int32_t detail)
{
    imbalance->verdict = (uint8_t)verdict;
    imbalance->detail = detail;
}

/* The previous sweep was taken so recently that a change since then may have happened during this
 * one. */
static bool is_close(const struct vb_imbalance *imbalance, const struct vb_reading *reading)
{
    return imbalance->has_last &&
           (uint32_t)(reading->sampled_ms - imbalance->sampled_ms) <= VB_IMBALANCE_CLOSE_MS;
}

/* Whether the current, or the mean if no current is known, disqualifies this sweep. */
static bool load_speaks_against(struct vb_imbalance *imbalance,
                                const struct vb_imbalance_limits *limits,
                                const struct vb_reading *reading)
{
    const bool close = is_close(imbalance, reading);
    if (!vb_current_is_possible(reading)) {
        const int32_t moved_uv = imbalance->series.mean_uv - imbalance->mean_uv;
        if (!close || abs(moved_uv) <= limits->gradient_max_mv * uv_per_mv)
            return false;
        rule(imbalance, VB_IMBALANCE_VOLTAGE_MOVED, magnitude_mv(moved_uv));
        return true;
    }
    const int32_t current_ma = abs(reading->current_ma);
    const int32_t step_ma =
        close && imbalance->has_current ? abs(reading->current_ma - imbalance->current_ma) : 0;
    if (step_ma > limits->load_step_max_ma)
        rule(imbalance, VB_IMBALANCE_LOAD_CHANGED, step_ma);
    else if (current_ma > limits->low_load_ma)
        rule(imbalance, VB_IMBALANCE_LOAD, current_ma);
    else
        return false;
    return true;
}

/* What in the cells themselves disqualifies this sweep; VB_IMBALANCE_NONE: nothing. A lasting
 * gradient or spread is not a tear but the nature of this pack, or a cell that has become weak: it
 * counts only as far as it is new. */
static enum vb_imbalance_verdict tear_of(const struct vb_imbalance *imbalance,
                                         const struct vb_imbalance_limits *limits, int32_t *detail)
{
    const struct vb_cell_series *series = &imbalance->series;
    const int32_t gradient_max_uv = limits->gradient_max_mv * uv_per_mv;
    int32_t deviation_uv = 0;
    int32_t gradient_uv = 0;
    for (uint8_t i = 0; i < imbalance->averaged; i++) {
        deviation_uv += imbalance->usual[i].deviation_uv; /* at most five times 2500 mV */
        gradient_uv += imbalance->usual[i].gradient_uv / imbalance->averaged;
    }
    const int32_t jump_uv =
        imbalance->averaged == 0 ? 0 : series->deviation_uv - deviation_uv / imbalance->averaged;
    *detail = 0;
    if (abs(series->gradient_uv) > gradient_max_uv &&
        abs(series->gradient_uv - gradient_uv) > gradient_max_uv) {
        *detail = magnitude_mv(series->gradient_uv);
        return VB_IMBALANCE_GRADIENT;
    }
    if (jump_uv <= limits->jump_max_mv * uv_per_mv)
        return VB_IMBALANCE_NONE;
    *detail = magnitude_mv(jump_uv);
    return VB_IMBALANCE_JUMPED;
}

/* What the next sweep is compared with. A sweep that was not judged counts as well: what it shows
 * is either gone in the next one, or lasts and becomes the usual. */
static void remember(struct vb_imbalance *imbalance, const struct vb_reading *reading)
{
    imbalance->has_last = true;
    imbalance->sampled_ms = reading->sampled_ms;
    imbalance->has_current = vb_current_is_possible(reading);
    imbalance->current_ma = reading->current_ma;
    imbalance->mean_uv = imbalance->series.mean_uv;
    imbalance->usual[imbalance->next].deviation_uv = imbalance->series.deviation_uv;
    imbalance->usual[imbalance->next].gradient_uv = imbalance->series.gradient_uv;
    imbalance->next = (uint8_t)((imbalance->next + 1) % VB_IMBALANCE_AVERAGED);
    if (imbalance->averaged < VB_IMBALANCE_AVERAGED)
        imbalance->averaged++;
}

static uint8_t left_out_count(const struct vb_reading *reading, const uint8_t *left_out)
{
    uint8_t count = 0;
    for (unsigned i = 0; i < reading->cell_count; i++)
        count = (uint8_t)(count + (left_out[i / 8] >> (i % 8) & 1));
    return count;
}

/* A whole sweep: torn, under load, or one that trains or is judged. */
static void judge(struct vb_imbalance *imbalance, const struct vb_imbalance_limits *limits,
                  const struct vb_reading *reading)
{
    int32_t detail = 0;
    const enum vb_imbalance_verdict tear = tear_of(imbalance, limits, &detail);
    imbalance->looks_torn = tear != VB_IMBALANCE_NONE;
    if (load_speaks_against(imbalance, limits, reading)) {
        imbalance->torn = imbalance->verdict != VB_IMBALANCE_LOAD;
        return;
    }
    imbalance->torn = imbalance->looks_torn;
    if (imbalance->torn)
        rule(imbalance, tear, detail);
    if (imbalance->torn || !limits->enabled)
        return;
    if (imbalance->calm_sweeps < UINT32_MAX)
        imbalance->calm_sweeps++;
    if (imbalance->trained < limits->training_sweeps) {
        imbalance->trained++;
        rule(imbalance, VB_IMBALANCE_TRAINING, limits->training_sweeps - imbalance->trained);
    } else {
        rule(imbalance, VB_IMBALANCE_JUDGED, 0);
    }
}

enum vb_imbalance_verdict vb_imbalance_take(struct vb_imbalance *imbalance,
                                            const struct vb_imbalance_limits *limits,
                                            const struct vb_reading *reading,
                                            const uint8_t *left_out)
{
    VB_ASSERT(left_out != NULL && reading->cell_count > 0);
    imbalance->series = vb_cell_series(reading, left_out);
    const int missing =
        reading->cell_count - left_out_count(reading, left_out) - imbalance->series.count;
    VB_ASSERT(missing >= 0);
    imbalance->incomplete = missing > 0 || imbalance->series.count == 0;
    if (imbalance->incomplete) {
        imbalance->torn = true;
        rule(imbalance, VB_IMBALANCE_INCOMPLETE, missing);
    } else {
        judge(imbalance, limits, reading);
        remember(imbalance, reading);
    }
    if (!limits->enabled)
        rule(imbalance, VB_IMBALANCE_OFF, 0);
    return (enum vb_imbalance_verdict)imbalance->verdict;
}

void vb_imbalance_verdict_text(const struct vb_imbalance *imbalance, char *text, size_t capacity)
{
    VB_ASSERT(capacity > 0);
    const int32_t detail = imbalance->detail;
    const int32_t detail_a = (detail + 500) / 1000;
    switch ((enum vb_imbalance_verdict)imbalance->verdict) {
    case VB_IMBALANCE_NONE:
        (void)snprintf(text, capacity, "no sweep yet");
        break;
    case VB_IMBALANCE_JUDGED:
        (void)snprintf(text, capacity, "judged");
        break;
    case VB_IMBALANCE_OFF:
        (void)snprintf(text, capacity, "ignored: switched off");
        break;
    case VB_IMBALANCE_INCOMPLETE:
        (void)snprintf(text, capacity, "ignored: %" PRId32 " cell%s missing", detail,
                       detail == 1 ? " is" : "s are");
        break;
    case VB_IMBALANCE_LOAD:
        (void)snprintf(text, capacity, "ignored: %" PRId32 " A flowing", detail_a);
        break;
    case VB_IMBALANCE_LOAD_CHANGED:
        (void)snprintf(text, capacity, "ignored: load changed %" PRId32 " A during the sweep",
                       detail_a);
        break;
    case VB_IMBALANCE_VOLTAGE_MOVED:
        (void)snprintf(text, capacity, "ignored: voltage moved %" PRId32 " mV during the sweep",
                       detail);
        break;
    case VB_IMBALANCE_GRADIENT:
        (void)snprintf(text, capacity, "ignored: %" PRId32 " mV from the first cell to the last",
                       detail);
        break;
    case VB_IMBALANCE_JUMPED:
        (void)snprintf(text, capacity, "ignored: spread jumped %" PRId32 " mV", detail);
        break;
    case VB_IMBALANCE_TRAINING:
        (void)snprintf(text, capacity, "learning: %" PRId32 " more sweep%s", detail,
                       detail == 1 ? "" : "s");
        break;
    }
}
