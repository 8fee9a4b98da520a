#include "voltbeacon/api/reading_json.h"

#include "voltbeacon/pack/possible.h"

/* An impossible cell value is shown as received, and is part of no statistic. */
static struct vb_reading_stats stats_of_possible(const struct vb_reading *reading)
{
    struct vb_reading possible = *reading;
    for (unsigned i = 0; i < possible.cell_count; i++) {
        if (!vb_cell_is_possible(possible.cell_mv[i]))
            possible.cell_mv[i] = VB_CELL_NOT_AVAILABLE;
    }
    return vb_reading_stats(&possible);
}

static void cells(struct vb_json *json, const struct vb_reading *reading)
{
    vb_json_array(json, "cells");
    for (unsigned i = 0; i < reading->cell_count; i++)
        if (reading->cell_mv[i] == VB_CELL_NOT_AVAILABLE)
            vb_json_null(json, NULL);
        else
            vb_json_integer(json, NULL, reading->cell_mv[i]);
    vb_json_array_end(json);
}

static void stats(struct vb_json *json, const struct vb_reading_stats *stats)
{
    const bool known = stats->available_count > 0;
    vb_json_integer_if(json, "min", known, stats->min_mv);
    vb_json_integer_if(json, "max", known, stats->max_mv);
    vb_json_fixed_if(json, "avg", known, ((int64_t)stats->avg_uv + 50) / 100, 1);
    vb_json_integer_if(json, "delta", known, stats->max_mv - stats->min_mv);
    vb_json_integer_if(json, "min_index", known, stats->min_index);
    vb_json_integer_if(json, "max_index", known, stats->max_index);
}

/* Where there was no air for the cells themselves. */
static void summed(struct vb_json *json, const struct vb_reading *reading)
{
    vb_json_array(json, "cells");
    vb_json_array_end(json);
    vb_json_integer(json, "min", reading->cell_mv[0]);
    vb_json_integer(json, "max", reading->cell_mv[1]);
    vb_json_integer(json, "avg", reading->cell_mv[2]);
    vb_json_integer(json, "delta", reading->cell_mv[1] - reading->cell_mv[0]);
    vb_json_null(json, "min_index");
    vb_json_null(json, "max_index");
}

static void balancing(struct vb_json *json, const struct vb_reading *reading)
{
    vb_json_array(json, "balancing");
    for (unsigned i = 0; i < reading->cell_count; i++)
        if (vb_reading_balancing(reading, i))
            vb_json_integer(json, NULL, i);
    vb_json_array_end(json);
}

static void temperatures(struct vb_json *json, const struct vb_reading *reading)
{
    vb_json_array(json, "temps");
    for (unsigned i = 0; i < reading->temp_count; i++)
        vb_json_fixed_if(json, NULL, reading->temp_dc[i] != VB_TEMP_NOT_AVAILABLE,
                         reading->temp_dc[i], 1);
    vb_json_array_end(json);
}

void vb_reading_json(struct vb_json *json, const struct vb_reading *reading,
                     const struct vb_reading_about *about)
{
    const bool any = reading->cell_count > 0;
    const bool summary = (reading->flags & VB_READING_SUMMARY) != 0;
    const struct vb_reading_stats of_cells =
        any ? stats_of_possible(reading) : (struct vb_reading_stats){.available_count = 0};
    const int32_t age_ms = (int32_t)(about->now_ms - reading->sampled_ms);
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&about->mac, mac);

    vb_json_object(json, NULL);
    vb_json_string(json, "type", "cell_update");
    vb_json_string(json, "mac", mac);
    vb_json_integer(json, "epoch", about->epoch);
    vb_json_integer(json, "sequence", reading->sequence);
    vb_json_fixed_if(json, "timestamp", any && reading->wall_ms > 0, (int64_t)reading->wall_ms, 3);
    vb_json_fixed_if(json, "age_s", any, age_ms > 0 ? age_ms : 0, 3);
    vb_json_bool(json, "together", (reading->flags & VB_READING_TOGETHER) != 0);
    vb_json_bool(json, "available", of_cells.available_count > 0);
    if (summary) {
        summed(json, reading);
    } else {
        cells(json, reading);
        stats(json, &of_cells);
    }
    balancing(json, reading);
    temperatures(json, reading);
    vb_json_fixed_if(json, "pack_voltage_v", (reading->flags & VB_READING_HAS_VOLTAGE) != 0,
                     reading->pack_mv, 3);
    vb_json_fixed_if(json, "current_a", (reading->flags & VB_READING_HAS_CURRENT) != 0,
                     reading->current_ma, 3);
    vb_json_fixed_if(json, "soc_pct", (reading->flags & VB_READING_HAS_SOC) != 0,
                     reading->soc_permille, 1);
    vb_json_fixed_if(json, "interval_s", any && about->interval_ms != VB_INTERVAL_UNKNOWN,
                     about->interval_ms, 3);
    vb_json_object_end(json);
}
