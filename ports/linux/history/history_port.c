#include "linux/history/history_port.h"

#include "linux/system/time_zone.h"

static void set(void *ctx, const struct vb_history_settings *settings)
{
    vb_history_set(ctx, settings);
}

static bool set_time_zone(void *ctx, const char *zone)
{
    (void)ctx;
    return vb_time_zone_set(zone);
}

static bool add(void *ctx, const struct vb_mac *mac, uint16_t epoch,
                const struct vb_reading *reading, uint64_t wall_ms)
{
    return vb_history_add(ctx, mac, epoch, reading, wall_ms);
}

void vb_history_port_prepare(void)
{
    (void)vb_time_zone_set("UTC");
}

struct vb_history_settings vb_history_port_waiting(void)
{
    return (struct vb_history_settings){
        .enabled = false,
        .keep_days = {UINT16_MAX, UINT16_MAX, UINT16_MAX},
        .write_interval_ms = 60000,
    };
}

struct vb_history_store vb_history_port_store(struct vb_history *history)
{
    return (struct vb_history_store){.ctx = history,
                                     .set = set,
                                     .set_time_zone = set_time_zone,
                                     .add = add,
                                     .source = vb_history_source(history)};
}
