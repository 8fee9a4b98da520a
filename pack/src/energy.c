#include "voltbeacon/pack/energy.h"

#include "voltbeacon/pack/possible.h"

static bool is_gap(const struct vb_energy *energy, uint32_t step_ms)
{
    if (step_ms > VB_ENERGY_STEP_MS_MAX)
        return true;
    return step_ms > VB_ENERGY_STEP_MS_SURE && energy->usual_ms > 0 &&
           step_ms / VB_ENERGY_STEPS_USUAL > energy->usual_ms;
}

/* The area under the line from one power to the other. */
static struct vb_energy_step area(double from_w, double to_w, double step_s)
{
    if (from_w >= 0 && to_w >= 0)
        return (struct vb_energy_step){.in_j = (from_w + to_w) / 2 * step_s};
    if (from_w <= 0 && to_w <= 0)
        return (struct vb_energy_step){.out_j = -(from_w + to_w) / 2 * step_s};
    const double before_s = step_s * from_w / (from_w - to_w); /* until the line reaches 0 */
    const double first = from_w / 2 * before_s;
    const double second = to_w / 2 * (step_s - before_s);
    return from_w > 0 ? (struct vb_energy_step){.in_j = first, .out_j = -second}
                      : (struct vb_energy_step){.in_j = second, .out_j = -first};
}

struct vb_energy_step vb_energy_add(struct vb_energy *energy, const struct vb_reading *reading)
{
    struct vb_energy_step step = {0};
    if (!vb_pack_voltage_is_possible(reading) || !vb_current_is_possible(reading)) {
        energy->known = false;
        return step;
    }
    const double power_w = (double)reading->pack_mv * reading->current_ma / 1e6;
    const uint32_t step_ms = reading->sampled_ms - energy->at_ms;
    /* One that is not after the previous one starts afresh. */
    if (energy->known && (int32_t)step_ms > 0) {
        if (!is_gap(energy, step_ms))
            step = area(energy->power_w, power_w, step_ms / 1000.0);
        energy->usual_ms = step_ms;
    }
    energy->known = true;
    energy->at_ms = reading->sampled_ms;
    energy->power_w = power_w;
    return step;
}
