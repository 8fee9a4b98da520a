#include "voltbeacon/pack/alarm_limits.h"

/* Sensors are numbered from 1 in what people see. */
static void mark_absent(struct vb_alarm_limits *limits, const struct vb_battery_values *battery)
{
    for (uint16_t i = 0; i < battery->absent_sensors_count; i++) {
        const unsigned sensor = battery->absent_sensors[i] - 1u;
        if (sensor < VB_TEMPS_MAX)
            limits->absent_sensors[sensor / 8] |= (uint8_t)(1u << (sensor % 8));
    }
}

struct vb_alarm_limits vb_alarm_limits(const struct vb_battery_values *battery,
                                       const struct vb_alarms_values *alarms)
{
    struct vb_alarm_limits limits = {
        .balance =
            {
                .enabled = alarms->imbalance_enabled,
                .gradient_max_mv = alarms->gradient_max_mv,
                .jump_max_mv = alarms->jump_max_mv,
                .training_sweeps = alarms->training_sweeps,
                .low_load_ma = alarms->low_load_a * 1000,
                .load_step_max_ma = alarms->load_step_max_a * 1000,
            },
        .imbalance_warn_mv = alarms->imbalance_warn_mv,
        .imbalance_alert_mv = alarms->imbalance_alert_mv,
        .imbalance_hysteresis_mv = alarms->imbalance_hysteresis_mv,
        .spread_warn_mv = alarms->spread_warn_mv,
        .spread_alert_mv = alarms->spread_alert_mv,
        .cell_count = battery->cell_count,
        .cell_min_mv = battery->cell_min_mv,
        .cell_max_mv = battery->cell_max_mv,
        .cell_hysteresis_mv = alarms->cell_hysteresis_mv,
        .pack_min_mv = battery->pack_voltage_min_dv * 100u,
        .pack_max_mv = battery->pack_voltage_max_dv * 100u,
        .temperature_min_dc = battery->temperature_min_c * 10,
        .temperature_max_dc = battery->temperature_max_c * 10,
        .temperature_spread_max_dc = alarms->temperature_spread_max_c * 10,
        .temperature_hysteresis_dc = alarms->temperature_hysteresis_c * 10,
        .frozen_sweeps = alarms->frozen_sweeps,
        .frozen_moved_mv = alarms->frozen_moved_mv,
        .missing_sweeps = alarms->missing_sweeps,
        .sum_tolerance_permille = alarms->sum_tolerance_permille,
        .readings_stopped_ms = alarms->readings_stopped_s * 1000u,
    };
    mark_absent(&limits, battery);
    return limits;
}
