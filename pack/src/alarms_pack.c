/* What a reading says of the pack as a whole: its voltage, its sum, its temperatures. */
#include <math.h>

#include "alarms_parts.h"

enum {
    /* Sweeps in a row whose sum is off: pack voltage and cells are not measured at one moment. */
    SUM_STREAK = 5
};

static struct vb_alarm_finding finding_of(enum vb_alarm_kind kind, enum vb_alarm_level level,
                                          double value, double threshold)
{
    return (struct vb_alarm_finding){.kind = kind,
                                     .level = level,
                                     .cell = VB_ALARM_NOWHERE,
                                     .sensor = VB_ALARM_NOWHERE,
                                     .value = value,
                                     .threshold = threshold};
}

static void judge_voltage(struct vb_alarms *alarms, const struct vb_reading *reading,
                          uint64_t wall_ms)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    /* Limits that are of a pack of another size are no limits of this one. */
    if (limits->cell_count != 0 && limits->cell_count != alarms->cell_count) {
        vb_alarms_settle(alarms, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE, wall_ms);
        vb_alarms_settle(alarms, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE, wall_ms);
        return;
    }
    const double hysteresis_v = limits->cell_hysteresis_mv * (double)alarms->cell_count / 1000;
    const double pack_mv = reading->pack_mv;
    const struct vb_alarm_finding over =
        finding_of(VB_ALARM_PACK_OVER_VOLTAGE,
                   vb_alarms_level_beyond(pack_mv - limits->pack_max_mv, alarms->cell_count),
                   pack_mv / 1000, limits->pack_max_mv / 1000.0);
    const struct vb_alarm_finding under =
        finding_of(VB_ALARM_PACK_UNDER_VOLTAGE,
                   vb_alarms_level_beyond(limits->pack_min_mv - pack_mv, alarms->cell_count),
                   pack_mv / 1000, limits->pack_min_mv / 1000.0);
    vb_alarms_hold_below(alarms, &over, hysteresis_v, wall_ms);
    vb_alarms_hold_above(alarms, &under, hysteresis_v, wall_ms);
}

static void judge_sum(struct vb_alarms *alarms, const struct vb_reading *reading, uint64_t wall_ms)
{
    const struct vb_cell_series *series = &alarms->balance.series;
    if (series->count != reading->cell_count)
        return;
    const double pack_v = reading->pack_mv / 1000.0;
    const double off_v = fabs(series->mean_mv * series->count / 1000 - pack_v);
    const double tolerated_v = pack_v * alarms->limits.sum_tolerance_permille / 1000;
    if (off_v <= tolerated_v) {
        alarms->sum_streak = 0;
        vb_alarms_settle(alarms, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE, wall_ms);
        return;
    }
    if (alarms->sum_streak < SUM_STREAK)
        alarms->sum_streak++;
    if (alarms->sum_streak < SUM_STREAK)
        return;
    const struct vb_alarm_finding finding =
        finding_of(VB_ALARM_SUM_MISMATCH, VB_ALARM_WARNING, off_v, tolerated_v);
    vb_alarms_raise(alarms, &finding, wall_ms);
}

static void judge_temperatures(struct vb_alarms *alarms, const struct vb_reading *reading,
                               uint64_t wall_ms)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    unsigned coldest = VB_ALARM_NOWHERE;
    unsigned warmest = VB_ALARM_NOWHERE;
    for (unsigned i = 0; i < reading->temp_count; i++) {
        const int16_t dc = reading->temp_dc[i];
        if (!vb_temperature_is_possible(dc))
            continue;
        if (coldest == VB_ALARM_NOWHERE || dc < reading->temp_dc[coldest])
            coldest = i;
        if (warmest == VB_ALARM_NOWHERE || dc > reading->temp_dc[warmest])
            warmest = i;
    }
    if (coldest == VB_ALARM_NOWHERE)
        return;
    const double low_c = reading->temp_dc[coldest] / 10.0;
    const double high_c = reading->temp_dc[warmest] / 10.0;
    const double hysteresis_c = limits->temperature_hysteresis_dc / 10.0;
    struct vb_alarm_finding high = finding_of(VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_ALERT, high_c,
                                              limits->temperature_max_dc / 10.0);
    struct vb_alarm_finding low = finding_of(VB_ALARM_TEMPERATURE_LOW, VB_ALARM_WARNING, low_c,
                                             limits->temperature_min_dc / 10.0);
    const struct vb_alarm_finding spread =
        finding_of(VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_WARNING, high_c - low_c,
                   limits->temperature_spread_max_dc / 10.0);
    high.sensor = warmest;
    low.sensor = coldest;
    vb_alarms_hold_below(alarms, &high, hysteresis_c, wall_ms);
    vb_alarms_hold_above(alarms, &low, hysteresis_c, wall_ms);
    vb_alarms_hold_below(alarms, &spread, hysteresis_c, wall_ms);
}

void vb_alarms_judge_pack(struct vb_alarms *alarms, const struct vb_reading *reading,
                          uint64_t wall_ms)
{
    if (vb_pack_voltage_is_possible(reading)) {
        judge_voltage(alarms, reading, wall_ms);
        if ((reading->flags & VB_READING_SUMMARY) == 0)
            judge_sum(alarms, reading, wall_ms);
    }
    judge_temperatures(alarms, reading, wall_ms);
}
