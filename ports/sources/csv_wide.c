/* The wide layout: one row per sweep of all cells, which carry one time stamp.
 *
 *     t_s,pack_v,pack_a,soc_pct,c01_mv,...,cNN_mv,t01_c,...,tMM_c
 *
 * t_s counts seconds of the day. pack_a is positive when discharging, the opposite of ours. pack_v
 * of 0 is a glitch of the recorder, so is a cell of 0 mV; an empty field is a value that was not
 * recorded. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sources/csv_layout.h"

enum column { COLUMN_TIME, COLUMN_VOLTAGE, COLUMN_CURRENT, COLUMN_SOC, COLUMN_FIRST_CELL };

static const char *const head[COLUMN_FIRST_CELL] = {"t_s", "pack_v", "pack_a", "soc_pct"};

#define DAY_S 86400

/* Wide enough for any pack, narrow enough to tell a value from a slipped column. */
static const struct vb_csv_range time_range = {"a time of day", "s", 0, DAY_S};
static const struct vb_csv_range voltage_range = {"a pack voltage", "V", 0, 1600};
static const struct vb_csv_range current_range = {"a current", "A", -10000, 10000};
static const struct vb_csv_range soc_range = {"a state of charge", "%", 0, 100};
static const struct vb_csv_range cell_range = {"a cell voltage", "mV", 0, VB_CELL_MV_MAX};
static const struct vb_csv_range temp_range = {"a temperature", "degC", -100, 200};

/* How many columns from index on are called prefix, 01 and counting, suffix. */
static uint8_t count_columns(const struct vb_csv_lines *first, uint32_t index, const char *prefix,
                             const char *suffix, uint8_t count_max)
{
    uint8_t count = 0;
    while (count < count_max && index + count < first->field_count) {
        char name[16];
        (void)snprintf(name, sizeof name, "%s%02u%s", prefix, count + 1u, suffix);
        if (strcmp(first->fields[index + count], name) != 0)
            break;
        count++;
    }
    return count;
}

static enum vb_csv_match match(const struct vb_csv_lines *first, struct vb_csv_shape *shape,
                               struct vb_source_error *error)
{
    if (first->field_count < COLUMN_FIRST_CELL)
        return VB_CSV_OTHER;
    for (uint32_t i = 0; i < COLUMN_FIRST_CELL; i++) {
        if (strcmp(first->fields[i], head[i]) != 0)
            return VB_CSV_OTHER;
    }
    const uint8_t cells = count_columns(first, COLUMN_FIRST_CELL, "c", "_mv", VB_CELLS_MAX);
    const uint32_t first_temp = COLUMN_FIRST_CELL + (uint32_t)cells;
    const uint8_t temps =
        cells == 0 ? 0 : count_columns(first, first_temp, "t", "_c", VB_TEMPS_MAX);
    const uint32_t known = first_temp + temps;
    if (cells >= 1 && known == first->field_count) {
        *shape = (struct vb_csv_shape){known, cells, temps};
        return VB_CSV_MATCHES;
    }
    vb_source_error_set(error,
                        "line %" PRIu32 ", field %" PRIu32 " is \"%s\", expected c01_mv to c%d_mv, "
                        "then t01_c to t%d_c, without a gap",
                        first->number, known + 1,
                        known < first->field_count ? vb_source_excerpt_of(first->fields[known]).text
                                                   : "missing",
                        VB_CELLS_MAX, VB_TEMPS_MAX);
    return VB_CSV_FAULTY;
}

static bool parse_time(const struct vb_csv_lines *line, int64_t *time_ms,
                       struct vb_source_error *error)
{
    double time_s = 0;
    switch (vb_csv_number(line, COLUMN_TIME, &time_range, &time_s, error)) {
    case VB_CSV_NUMBER:
        *time_ms = llround(time_s * 1000);
        return true;
    case VB_CSV_EMPTY:
        vb_source_error_set(error, "line %" PRIu32 " has no time", line->number);
        return false;
    case VB_CSV_BAD:
        return false;
    }
    return false;
}

static bool parse_pack(const struct vb_csv_lines *line, struct vb_reading *reading,
                       struct vb_source_error *error)
{
    double volts = 0;
    double discharge_amperes = 0;
    double percent = 0;
    const enum vb_csv_value voltage =
        vb_csv_number(line, COLUMN_VOLTAGE, &voltage_range, &volts, error);
    if (voltage == VB_CSV_BAD)
        return false;
    const enum vb_csv_value current =
        vb_csv_number(line, COLUMN_CURRENT, &current_range, &discharge_amperes, error);
    if (current == VB_CSV_BAD)
        return false;
    const enum vb_csv_value soc = vb_csv_number(line, COLUMN_SOC, &soc_range, &percent, error);
    if (soc == VB_CSV_BAD)
        return false;

    reading->flags = VB_READING_TOGETHER;
    if (voltage == VB_CSV_NUMBER && volts > 0) {
        reading->flags |= VB_READING_HAS_VOLTAGE;
        reading->pack_mv = (uint32_t)lround(volts * 1000);
    }
    if (current == VB_CSV_NUMBER) {
        reading->flags |= VB_READING_HAS_CURRENT;
        reading->current_ma = (int32_t)-lround(discharge_amperes * 1000);
    }
    if (soc == VB_CSV_NUMBER) {
        reading->flags |= VB_READING_HAS_SOC;
        reading->soc_permille = (uint16_t)lround(percent * 10);
    }
    return true;
}

static bool parse(const struct vb_csv_shape *shape, const struct vb_csv_lines *line,
                  struct vb_reading *reading, int64_t *time_ms, struct vb_source_error *error)
{
    if (!parse_time(line, time_ms, error) || !parse_pack(line, reading, error))
        return false;
    reading->cell_count = shape->cell_count;
    for (uint32_t i = 0; i < shape->cell_count; i++) {
        double mv = 0;
        if (vb_csv_number(line, COLUMN_FIRST_CELL + i, &cell_range, &mv, error) == VB_CSV_BAD)
            return false;
        const uint16_t rounded = (uint16_t)lround(mv);
        reading->cell_mv[i] = rounded == 0 ? VB_CELL_NOT_AVAILABLE : rounded;
    }
    const uint32_t first_temp = COLUMN_FIRST_CELL + (uint32_t)shape->cell_count;
    reading->temp_count = shape->temp_count;
    for (uint32_t i = 0; i < shape->temp_count; i++) {
        double celsius = 0;
        const enum vb_csv_value value =
            vb_csv_number(line, first_temp + i, &temp_range, &celsius, error);
        if (value == VB_CSV_BAD)
            return false;
        reading->temp_dc[i] =
            (int16_t)(value == VB_CSV_EMPTY ? VB_TEMP_NOT_AVAILABLE : lround(celsius * 10));
    }
    return true;
}

const struct vb_csv_layout vb_csv_wide = {
    .name = "wide",
    .begins = "t_s,pack_v,pack_a,soc_pct,c01_mv",
    .time_wraps_ms = INT64_C(1000) * DAY_S,
    .match = match,
    .parse = parse,
};
