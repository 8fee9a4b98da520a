/* An analysis for scripts: docs/alarms.md says what each key means. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analysis_print.h"
#include "voltbeacon/api/json_writer.h"

enum { JSON_BYTES = 16384, ALARM_JSON_BYTES = 512 };

void vb_analysis_time(const struct vb_analysis *analysis, uint64_t wall_ms,
                      char text[VB_ANALYSIS_TIME_SIZE])
{
    const unsigned ms = (unsigned)(wall_ms % 1000);
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc;
    char date[24];
    if (!analysis->has_wall)
        (void)snprintf(text, VB_ANALYSIS_TIME_SIZE, "PT%" PRIu64 ".%03uS", wall_ms / 1000, ms);
    else if (gmtime_r(&seconds, &utc) == NULL ||
             strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        (void)snprintf(text, VB_ANALYSIS_TIME_SIZE, "no date");
    else
        (void)snprintf(text, VB_ANALYSIS_TIME_SIZE, "%s.%03uZ", date, ms);
}

/* With that many decimals; null if it is not known. */
static void write_number(struct vb_json *json, const char *key, double value, unsigned decimals)
{
    if (isnan(value))
        vb_json_null(json, key);
    else
        vb_json_fixed(json, key, llround(value * pow(10, decimals)), decimals);
}

static void write_time(struct vb_json *json, const char *key, const struct vb_analysis *analysis,
                       uint64_t wall_ms)
{
    char text[VB_ANALYSIS_TIME_SIZE];
    vb_analysis_time(analysis, wall_ms, text);
    vb_json_string(json, key, text);
}

static void write_alarm(struct vb_json *json, const struct vb_analysis *analysis,
                        const struct vb_alarm *alarm)
{
    char text[VB_ALARM_TEXT_SIZE];
    vb_alarm_text(alarm, alarm->end_wall_ms == 0 ? VB_ALARM_NOW : VB_ALARM_OVER, NULL, text);
    vb_json_object(json, NULL);
    vb_json_string(json, "kind", vb_alarm_name((enum vb_alarm_kind)alarm->kind));
    vb_json_string(json, "level", vb_alarm_level_name((enum vb_alarm_level)alarm->level));
    if (alarm->cell == VB_ALARM_NOWHERE)
        vb_json_null(json, "cell");
    else
        vb_json_integer(json, "cell", alarm->cell + 1);
    write_time(json, "begin", analysis, alarm->begin_wall_ms);
    if (alarm->end_wall_ms == 0)
        vb_json_null(json, "end");
    else
        write_time(json, "end", analysis, alarm->end_wall_ms);
    write_number(json, "value", alarm->worst_value, 1);
    write_number(json, "threshold", alarm->threshold, 1);
    vb_json_string(json, "unit", vb_alarm_unit((enum vb_alarm_kind)alarm->kind));
    vb_json_string(json, "text", text);
    vb_json_object_end(json);
}

static void write_asides(struct vb_json *json, const struct vb_analysis *analysis)
{
    vb_json_array(json, "set_aside");
    for (unsigned i = 0; i < VB_ASIDES; i++) {
        const struct vb_set_aside *aside = &analysis->asides[i];
        if (aside->count == 0)
            continue;
        vb_json_object(json, NULL);
        vb_json_string(json, "reason", vb_aside_name((enum vb_aside)i));
        vb_json_integer(json, "count", aside->count);
        if (i == VB_ASIDE_ROW_BROKEN) {
            vb_json_integer(json, "first_line", aside->first);
        } else {
            vb_json_integer(json, "first_sweep", aside->first);
            write_time(json, "first", analysis, aside->first_wall_ms);
        }
        vb_json_string(json, "text", aside->text);
        vb_json_object_end(json);
    }
    vb_json_array_end(json);
}

static void write_weakest(struct vb_json *json, const struct vb_analysis *analysis)
{
    struct vb_weak_cell_result weakest[VB_WEAKEST];
    const unsigned count = vb_analysis_weakest(analysis, weakest);
    vb_json_array(json, "weakest");
    for (unsigned i = 0; i < count; i++) {
        const struct vb_weak_cell_result *cell = &weakest[i];
        vb_json_object(json, NULL);
        vb_json_integer(json, "cell", cell->index + 1);
        vb_json_integer(json, "rank", cell->rank);
        write_number(json, "deviation_rest_mv", cell->deviation_rest_mv, 1);
        write_number(json, "deviation_load_mv", cell->deviation_load_mv, 1);
        write_number(json, "resistance_mohm", cell->resistance_mohm, 3);
        write_number(json, "resistance_uncertainty_mohm", cell->resistance_uncertainty_mohm, 3);
        vb_json_integer(json, "resistance_steps", cell->resistance_steps);
        write_number(json, "balancing_hours", cell->balancing_hours, 2);
        vb_json_object_end(json);
    }
    vb_json_array_end(json);
}

/* A single sweep has no interval. */
static void write_step(struct vb_json *json, const char *key, const struct vb_analysis *analysis,
                       double share)
{
    if (analysis->sweeps > 1)
        vb_json_fixed(json, key, (int64_t)vb_analysis_step_ms(analysis, share), 3);
    else
        vb_json_null(json, key);
}

static void write_all(struct vb_json *json, const struct vb_analysis *analysis, const char *source,
                      const char *description)
{
    vb_json_object(json, NULL);
    vb_json_string(json, "source", source);
    vb_json_string(json, "description", description);
    vb_json_integer(json, "cells", analysis->cell_count);
    vb_json_integer(json, "sweeps", analysis->sweeps);
    vb_json_integer(json, "judged", analysis->judged);
    vb_json_integer(json, "calm", analysis->alarms.balance.calm_sweeps);
    vb_json_integer(json, "calm_needed", vb_alarms_calm_needed(&analysis->alarms));
    vb_json_array(json, "absent_sensors");
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++) {
        if (vb_alarms_sensor_is_absent(&analysis->alarms, i))
            vb_json_integer(json, NULL, i + 1);
    }
    vb_json_array_end(json);
    write_step(json, "interval_s", analysis, 0.5);
    write_step(json, "longest_gap_s", analysis, 1);
    vb_json_fixed(json, "span_s", (int64_t)(analysis->end_at_ms - analysis->begin_at_ms), 3);
    write_time(json, "begin", analysis, analysis->begin_wall_ms);
    write_time(json, "end", analysis, analysis->end_wall_ms);
    vb_json_object(json, "spread_mv");
    vb_json_integer(json, "median", vb_analysis_spread_mv(analysis, 0.5));
    vb_json_integer(json, "p95", vb_analysis_spread_mv(analysis, 0.95));
    vb_json_integer(json, "max", vb_analysis_spread_mv(analysis, 1));
    if (analysis->judged > 0)
        vb_json_integer(json, "max_judged", analysis->calm_spread_mv);
    else
        vb_json_null(json, "max_judged");
    vb_json_object_end(json);
    vb_json_array(json, "alarms");
    for (uint32_t i = 0; i < analysis->occurrence_count; i++)
        write_alarm(json, analysis, &analysis->room.occurrences[i]);
    vb_json_array_end(json);
    write_asides(json, analysis);
    write_weakest(json, analysis);
    write_number(json, "bits_per_cell", vb_analysis_bits_per_cell(analysis), 3);
    vb_json_object_end(json);
}

bool vb_analysis_print_json(const struct vb_analysis *analysis, const char *source,
                            const char *description)
{
    const size_t capacity = JSON_BYTES + (size_t)analysis->occurrence_count * ALARM_JSON_BYTES;
    char *text = malloc(capacity);
    if (text == NULL)
        return false;
    struct vb_json json = vb_json_of(text, capacity);
    write_all(&json, analysis, source, description);
    if (!json.failed)
        printf("%.*s\n", (int)json.at, text);
    free(text);
    return !json.failed;
}

void vb_analysis_print_json_error(const char *source, const char *error)
{
    char text[JSON_BYTES];
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_json_object(&json, NULL);
    vb_json_string(&json, "source", source);
    vb_json_string(&json, "error", error);
    vb_json_object_end(&json);
    if (!json.failed)
        printf("%.*s\n", (int)json.at, text);
}
