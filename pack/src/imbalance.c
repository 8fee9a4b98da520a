#include "voltbeacon/pack/imbalance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vb_imbalance_init(struct vb_imbalance *imbalance)
{
    memset(imbalance, 0, sizeof *imbalance);
}

static int32_t magnitude(double value)
{
    return (int32_t)lround(fabs(value));
}

static void rule(struct vb_imbalance *imbalance, enum vb_imbalance_verdict verdict, int32_t detail)
{
    imbalance->verdict = (uint8_t)verdict;
    imbalance->detail = detail;
}

/* The sweep before was taken so shortly ago that what has changed since may have done so during
 * this one. */
static bool is_close(const struct vb_imbalance *imbalance, const struct vb_reading *reading)
{
    return imbalance->has_last &&
           (uint32_t)(reading->sampled_ms - imbalance->sampled_ms) <= VB_IMBALANCE_CLOSE_MS;
}

/* What the current, or the mean where no current is known, says against this sweep. */
static bool load_speaks_against(struct vb_imbalance *imbalance,
                                const struct vb_imbalance_limits *limits,
                                const struct vb_reading *reading)
{
    const bool close = is_close(imbalance, reading);
    if (!vb_current_is_possible(reading)) {
        const double moved_mv = imbalance->series.mean_mv - imbalance->mean_mv;
        if (!close || fabs(moved_mv) <= limits->gradient_max_mv)
            return false;
        rule(imbalance, VB_IMBALANCE_VOLTAGE_MOVED, magnitude(moved_mv));
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

/* What the cells themselves say against this sweep. A gradient or a spread that stays is no tear
 * but how this pack is, or a cell that has become weak: it counts only as far as it is new. */
static bool cells_speak_against(struct vb_imbalance *imbalance,
                                const struct vb_imbalance_limits *limits)
{
    const struct vb_cell_series *series = &imbalance->series;
    double deviation_mv = 0;
    double gradient_mv = 0;
    for (uint8_t i = 0; i < imbalance->averaged; i++) {
        deviation_mv += imbalance->usual[i].deviation_mv / imbalance->averaged;
        gradient_mv += imbalance->usual[i].gradient_mv / imbalance->averaged;
    }
    const double jump_mv = imbalance->averaged == 0 ? 0 : series->deviation_mv - deviation_mv;
    if (fabs(series->gradient_mv) > limits->gradient_max_mv &&
        fabs(series->gradient_mv - gradient_mv) > limits->gradient_max_mv)
        rule(imbalance, VB_IMBALANCE_GRADIENT, magnitude(series->gradient_mv));
    else if (jump_mv > limits->jump_max_mv)
        rule(imbalance, VB_IMBALANCE_JUMPED, magnitude(jump_mv));
    else
        return false;
    return true;
}

/* What the next sweep is compared with. A sweep that was not judged counts, too: what it shows is
 * either gone in the next one, or lasts and becomes the usual. */
static void remember(struct vb_imbalance *imbalance, const struct vb_reading *reading)
{
    imbalance->has_last = true;
    imbalance->sampled_ms = reading->sampled_ms;
    imbalance->has_current = vb_current_is_possible(reading);
    imbalance->current_ma = reading->current_ma;
    imbalance->mean_mv = imbalance->series.mean_mv;
    imbalance->usual[imbalance->next].deviation_mv = imbalance->series.deviation_mv;
    imbalance->usual[imbalance->next].gradient_mv = imbalance->series.gradient_mv;
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
    if (!limits->enabled) {
        rule(imbalance, VB_IMBALANCE_OFF, 0);
    } else if (missing > 0 || imbalance->series.count == 0) {
        rule(imbalance, VB_IMBALANCE_INCOMPLETE, missing);
    } else {
        if (load_speaks_against(imbalance, limits, reading) ||
            cells_speak_against(imbalance, limits)) {
            /* The verdict is set. */
        } else if (imbalance->trained < limits->training_sweeps) {
            imbalance->trained++;
            rule(imbalance, VB_IMBALANCE_TRAINING, limits->training_sweeps - imbalance->trained);
        } else {
            rule(imbalance, VB_IMBALANCE_JUDGED, 0);
        }
        remember(imbalance, reading);
    }
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
        (void)snprintf(text, capacity, "ignored: %" PRId32 " A flow", detail_a);
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
