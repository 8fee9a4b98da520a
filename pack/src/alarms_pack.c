/* What a reading tells about the pack as a whole: its voltage, its sum, its temperatures. */
#include <stdlib.h>
#include <string.h>

#include "alarms_parts.h"

enum {
    /* Consecutive sweeps with a wrong sum: pack and cells are not measured at one moment. */
    SUM_STREAK = 5,
    PERMILLE = 1000,
    UV_PER_MV = 1000,
    MILLI_PER_TENTH = 100,
    ABSENT_DC = -400, /* what a BMS reports for a sensor that does not exist */
    ABSENT_READINGS = 20
};

/* --- voltage ---------------------------------------------------------------------------------- */

static struct vb_alarm_finding pack_finding(enum vb_alarm_kind kind, enum vb_alarm_level level,
                                            int32_t value, int32_t threshold)
{
    return vb_alarm_finding_of(kind, level, VB_ALARM_NOWHERE, value, threshold);
}

static void judge_voltage(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    /* Limits for a pack of another size do not apply to this one. */
    if (limits->cell_count != 0 && limits->cell_count != alarms->cell_count) {
        vb_alarms_settle(alarms, VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE);
        vb_alarms_settle(alarms, VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE);
        return;
    }
    const int32_t hysteresis_mv = limits->cell_hysteresis_mv * alarms->cell_count;
    const int32_t pack_mv = (int32_t)reading->pack_mv;
    const int32_t max_mv = (int32_t)limits->pack_max_mv;
    const int32_t min_mv = (int32_t)limits->pack_min_mv;
    const struct vb_alarm_finding over =
        pack_finding(VB_ALARM_PACK_OVER_VOLTAGE,
                     vb_alarms_level_beyond(pack_mv - max_mv, alarms->cell_count), pack_mv, max_mv);
    const struct vb_alarm_finding under =
        pack_finding(VB_ALARM_PACK_UNDER_VOLTAGE,
                     vb_alarms_level_beyond(min_mv - pack_mv, alarms->cell_count), pack_mv, min_mv);
    vb_alarms_hold_below(alarms, &over, hysteresis_mv);
    vb_alarms_hold_above(alarms, &under, hysteresis_mv);
}

static void judge_sum(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_cell_series *series = &alarms->balance.series;
    if (series->count != reading->cell_count)
        return;
    const int32_t pack_mv = (int32_t)reading->pack_mv;
    const int32_t off_mv = abs(series->mean_uv * series->count / UV_PER_MV - pack_mv);
    const int32_t tolerated_mv =
        (int32_t)((int64_t)pack_mv * alarms->limits.sum_tolerance_permille / PERMILLE);
    vb_alarms_note(alarms, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE, off_mv);
    if (off_mv <= tolerated_mv) {
        alarms->sum_streak = 0;
        vb_alarms_settle(alarms, VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE);
        return;
    }
    if (alarms->sum_streak < SUM_STREAK)
        alarms->sum_streak++;
    if (alarms->sum_streak < SUM_STREAK)
        return;
    const struct vb_alarm_finding finding =
        pack_finding(VB_ALARM_SUM_MISMATCH, VB_ALARM_WARNING, off_mv, tolerated_mv);
    vb_alarms_raise(alarms, &finding);
}

/* --- temperatures ----------------------------------------------------------------------------- */

struct extremes {
    unsigned coldest; /* VB_ALARM_NOWHERE: there is no sensor */
    unsigned warmest;
};

/* Alarms begin by what is believed. They end by what is known: a sensor whose value is set aside
 * may still be where it was. */
struct temperatures {
    struct extremes believed;
    struct extremes known;
};

static void note_presence(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    if (alarms->temp_readings < ABSENT_READINGS)
        alarms->temp_readings++;
    for (unsigned i = 0; i < reading->temp_count; i++) {
        const int16_t dc = reading->temp_dc[i];
        if (dc != ABSENT_DC && dc != VB_TEMP_NOT_AVAILABLE)
            vb_cell_bit_set(alarms->other_than_minus_40, i);
    }
}

bool vb_alarms_sensor_is_absent(const struct vb_alarms *alarms, unsigned sensor)
{
    VB_ASSERT(sensor < VB_TEMPS_MAX);
    return alarms->temp_readings >= ABSENT_READINGS && alarms->temp_dc[sensor] == ABSENT_DC &&
           !vb_cell_bit(alarms->other_than_minus_40, sensor);
}

static void include(const struct vb_alarms *alarms, struct extremes *found, unsigned sensor)
{
    const int16_t dc = alarms->temp_dc[sensor];
    if (found->coldest == VB_ALARM_NOWHERE || dc < alarms->temp_dc[found->coldest])
        found->coldest = sensor;
    if (found->warmest == VB_ALARM_NOWHERE || dc > alarms->temp_dc[found->warmest])
        found->warmest = sensor;
}

static struct temperatures find_temperatures(struct vb_alarms *alarms,
                                             const struct vb_reading *reading)
{
    const struct extremes none = {VB_ALARM_NOWHERE, VB_ALARM_NOWHERE};
    struct temperatures found = {none, none};
    for (unsigned i = 0; i < reading->temp_count; i++) {
        const enum vb_sensor_trust trust = vb_alarms_judge_sensor(alarms, i, reading->temp_dc[i]);
        if (trust == VB_SENSOR_UNKNOWN || vb_cell_bit(alarms->limits.absent_sensors, i))
            continue;
        include(alarms, &found.known, i);
        if (trust == VB_SENSOR_BELIEVED)
            include(alarms, &found.believed, i);
    }
    return found;
}

/* The owner has declared every sensor absent. */
static bool all_are_absent(const struct vb_alarms *alarms, const struct vb_reading *reading)
{
    for (unsigned i = 0; i < reading->temp_count; i++) {
        if (!vb_cell_bit(alarms->limits.absent_sensors, i))
            return false;
    }
    return reading->temp_count > 0;
}

static int32_t milli_of(const struct vb_alarms *alarms, unsigned sensor)
{
    return alarms->temp_dc[sensor] * MILLI_PER_TENTH;
}

static void judge_temperatures(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    const struct vb_alarm_limits *limits = &alarms->limits;
    const struct temperatures found = find_temperatures(alarms, reading);
    if (all_are_absent(alarms, reading)) {
        vb_alarms_settle(alarms, VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE);
        vb_alarms_settle(alarms, VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE);
        vb_alarms_settle(alarms, VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_NOWHERE);
    }
    if (found.believed.coldest == VB_ALARM_NOWHERE)
        return;
    const int32_t low = milli_of(alarms, found.believed.coldest);
    const int32_t high = milli_of(alarms, found.believed.warmest);
    const int32_t hysteresis = limits->temperature_hysteresis_dc * MILLI_PER_TENTH;
    struct vb_alarm_finding too_high = pack_finding(VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_ALERT, high,
                                                    limits->temperature_max_dc * MILLI_PER_TENTH);
    struct vb_alarm_finding too_low = pack_finding(VB_ALARM_TEMPERATURE_LOW, VB_ALARM_WARNING, low,
                                                   limits->temperature_min_dc * MILLI_PER_TENTH);
    struct vb_alarm_finding spread =
        pack_finding(VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_WARNING, high - low,
                     limits->temperature_spread_max_dc * MILLI_PER_TENTH);
    too_high.sensor = found.believed.warmest;
    too_low.sensor = found.believed.coldest;
    too_high.still = milli_of(alarms, found.known.warmest);
    too_low.still = milli_of(alarms, found.known.coldest);
    spread.still = too_high.still - too_low.still;
    vb_alarms_hold_below(alarms, &too_high, hysteresis);
    vb_alarms_hold_above(alarms, &too_low, hysteresis);
    vb_alarms_hold_below(alarms, &spread, hysteresis);
}

void vb_alarms_judge_pack(struct vb_alarms *alarms, const struct vb_reading *reading)
{
    if (vb_pack_voltage_is_possible(reading)) {
        if (vb_alarms_believe_pack(alarms, reading))
            judge_voltage(alarms, reading);
        if ((reading->flags & VB_READING_SUMMARY) == 0)
            judge_sum(alarms, reading);
    }
    note_presence(alarms, reading);
    judge_temperatures(alarms, reading);
}
