/* The limits at which alarms begin and end, from the settings. */
#ifndef VOLTBEACON_ALARM_LIMITS_H
#define VOLTBEACON_ALARM_LIMITS_H

#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/pack/imbalance.h"

VB_C_BEGIN

/* Filled by vb_alarm_limits(). */
struct vb_alarm_limits {
    struct vb_imbalance_limits balance;
    uint16_t imbalance_warn_mv; /* beyond the standard deviation */
    uint16_t imbalance_alert_mv;
    uint16_t imbalance_hysteresis_mv;
    uint16_t spread_warn_mv; /* from the lowest cell to the highest */
    uint16_t spread_alert_mv;
    uint8_t cell_count; /* of the pack that the pack limits are for; 0: any pack */
    uint16_t cell_min_mv;
    uint16_t cell_max_mv;
    uint16_t cell_hysteresis_mv;
    uint32_t pack_min_mv;
    uint32_t pack_max_mv;
    int32_t temperature_min_dc;
    int32_t temperature_max_dc;
    int32_t temperature_spread_max_dc;
    int32_t temperature_hysteresis_dc;
    uint8_t absent_sensors[(VB_TEMPS_MAX + 7) / 8]; /* bit n & 7 of byte n / 8: sensor n */
    uint16_t frozen_sweeps;
    uint16_t frozen_moved_mv;
    uint16_t missing_sweeps;
    uint16_t sum_tolerance_permille;
    uint32_t readings_stopped_ms;
};

/* From the transmitter's battery section (or its defaults if none is held) and the receiver's own
 * settings. */
struct vb_alarm_limits vb_alarm_limits(const struct vb_battery_values *battery,
                                       const struct vb_alarms_values *alarms);

VB_C_END

#endif
