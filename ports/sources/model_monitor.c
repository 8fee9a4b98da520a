#include "sources/model_monitor.h"

#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/platform.h"

/* A smaller step of the load moves no cell by more than its noise. */
enum { TEARING_STEP_MA = 5000 };

void vb_model_monitor_init(struct vb_model_monitor *monitor,
                           const struct vb_model_monitor_config *config)
{
    memset(monitor, 0, sizeof *monitor);
    monitor->config = *config;
    vb_random_seed(&monitor->random, config->seed);
}

static bool is_faulty(const struct vb_model_monitor_config *config, uint64_t at_ms)
{
    return at_ms >= config->after_ms &&
           (config->lasts_ms == 0 || at_ms - config->after_ms < config->lasts_ms);
}

/* Cells read before the load changed keep the previous sample's values. */
static void tear(struct vb_model_monitor *monitor, struct vb_reading *reading)
{
    const struct vb_reading *before = &monitor->before;
    reading->flags &= (uint8_t)~VB_READING_TOGETHER;
    if (before->cell_count == 0 || abs(reading->current_ma - before->current_ma) < TEARING_STEP_MA)
        return;
    const uint32_t count = vb_random_between(&monitor->random, 0, reading->cell_count);
    memcpy(reading->cell_mv, before->cell_mv, count * sizeof reading->cell_mv[0]);
}

void vb_model_monitor_apply(struct vb_model_monitor *monitor, uint64_t at_ms,
                            struct vb_reading *reading)
{
    const struct vb_model_monitor_config *config = &monitor->config;
    VB_ASSERT(config->frozen_cell <= reading->cell_count);
    VB_ASSERT(config->lowered_cell <= reading->cell_count);
    VB_ASSERT(config->missing_cell <= reading->cell_count);
    const struct vb_reading sample = *reading;
    if (config->torn)
        tear(monitor, reading);
    monitor->before = sample;

    const bool faulty = is_faulty(config, at_ms);
    if (config->frozen_cell > 0) {
        uint16_t *cell_mv = &reading->cell_mv[config->frozen_cell - 1];
        if (!faulty || monitor->frozen_mv == 0)
            monitor->frozen_mv = *cell_mv;
        *cell_mv = monitor->frozen_mv;
    }
    if (faulty && config->lowered_cell > 0) {
        uint16_t *cell_mv = &reading->cell_mv[config->lowered_cell - 1];
        *cell_mv = *cell_mv > VB_MODEL_LOWERED_MV ? (uint16_t)(*cell_mv - VB_MODEL_LOWERED_MV) : 1;
    }
    if (faulty && config->missing_cell > 0)
        reading->cell_mv[config->missing_cell - 1] = VB_CELL_NOT_AVAILABLE;
}
