#include "voltbeacon/pack/alarm.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
#define X(NAME, name, unit, owner) name,
    VB_ALARM_LIST(X)
#undef X
};

static const char *const kind_units[] = {
#define X(NAME, name, unit, owner) unit,
    VB_ALARM_LIST(X)
#undef X
};

static const char *const level_names[] = {"info", "warning", "alert"};

_Static_assert(VB_COUNT_OF(kind_names) == VB_ALARM_KINDS, "every kind has a name");
_Static_assert((int)VB_ALARM_PACK_OVER_VOLTAGE == (int)VB_ALARM_CELL_KINDS,
               "those of cells come first");

const char *vb_alarm_name(enum vb_alarm_kind kind)
{
    VB_ASSERT((unsigned)kind < VB_ALARM_KINDS);
    return kind_names[kind];
}

const char *vb_alarm_unit(enum vb_alarm_kind kind)
{
    VB_ASSERT((unsigned)kind < VB_ALARM_KINDS);
    return kind_units[kind];
}

const char *vb_alarm_level_name(enum vb_alarm_level level)
{
    VB_ASSERT((unsigned)level < VB_COUNT_OF(level_names));
    return level_names[level];
}

bool vb_alarm_kind_by_name(const char *name, enum vb_alarm_kind *kind)
{
    for (unsigned i = 0; i < VB_COUNT_OF(kind_names); i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *kind = (enum vb_alarm_kind)i;
            return true;
        }
    }
    return false;
}

bool vb_alarm_level_by_name(const char *name, enum vb_alarm_level *level)
{
    for (unsigned i = 0; i < VB_COUNT_OF(level_names); i++) {
        if (strcmp(level_names[i], name) == 0) {
            *level = (enum vb_alarm_level)i;
            return true;
        }
    }
    return false;
}

/* --- text ------------------------------------------------------------------------------------- */

enum { PART_SIZE = 48, VALUE_SIZE = 24 };

/* How each kind phrases a value: "Cell 17" "is" "38.0 mV below the mean". */
struct wording {
    const char *subject; /* %u is the cell or sensor, from 1 */
    const char *before;  /* the value */
    const char *after;
    const char *limit; /* before the threshold; same unit as the value */
    const char *unit;
    bool plural;
    bool in_tenths;
};

static const struct wording wordings[] = {
    [VB_ALARM_CELL_OVER_VOLTAGE] = {"Cell %u", "at ", "", "limit", " mV", false, false},
    [VB_ALARM_CELL_UNDER_VOLTAGE] = {"Cell %u", "at ", "", "limit", " mV", false, false},
    [VB_ALARM_IMBALANCE] = {"Cell %u", "", " the mean", NULL, " mV", false, false},
    [VB_ALARM_PACK_OVER_VOLTAGE] = {"The pack", "at ", "", "limit", " V", false, true},
    [VB_ALARM_PACK_UNDER_VOLTAGE] = {"The pack", "at ", "", "limit", " V", false, true},
    [VB_ALARM_CELL_SPREAD] = {"The cells", "", " apart at rest", NULL, " mV", true, false},
    [VB_ALARM_TEMPERATURE_HIGH] = {"Sensor %u", "at ", "", "limit", " °C", false, true},
    [VB_ALARM_TEMPERATURE_LOW] = {"Sensor %u", "at ", "", "limit", " °C", false, true},
    [VB_ALARM_TEMPERATURE_SPREAD] = {"The sensors", "", " apart", "at most", " °C", true, true},
    [VB_ALARM_SUM_MISMATCH] = {"The sum of the cells", "", " off the pack voltage", "at most", " V",
                               false, true},
};

bool vb_alarm_falls(enum vb_alarm_kind kind)
{
    return kind == VB_ALARM_CELL_UNDER_VOLTAGE || kind == VB_ALARM_PACK_UNDER_VOLTAGE ||
           kind == VB_ALARM_TEMPERATURE_LOW;
}

/* "4213 mV", "-2.5 °C"; "?" if the value is not known. */
static void print_value(const struct wording *wording, float value, char text[VALUE_SIZE])
{
    if (!isfinite(value) || fabsf(value) > 1e7f) {
        (void)snprintf(text, VALUE_SIZE, "?%s", wording->unit);
        return;
    }
    const int32_t tenths = (int32_t)lroundf(value * 10);
    const int32_t size = abs(tenths);
    const char *sign = tenths < 0 ? "-" : "";
    if (wording->in_tenths)
        (void)snprintf(text, VALUE_SIZE, "%s%" PRId32 ".%" PRId32 "%s", sign, size / 10, size % 10,
                       wording->unit);
    else
        (void)snprintf(text, VALUE_SIZE, "%s%" PRId32 "%s", sign, (size + 5) / 10, wording->unit);
}

static void append(char text[VB_ALARM_TEXT_SIZE], const char *more)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, VB_ALARM_TEXT_SIZE - used, "%s", more);
}

/* "at 4213 mV", "38 mV below the mean". extreme: "up to " or "down to ", else "". */
static void append_state(char text[VB_ALARM_TEXT_SIZE], const struct vb_alarm *alarm, float value,
                         const char *extreme)
{
    const struct wording *wording = &wordings[alarm->kind];
    const bool is_imbalance = alarm->kind == VB_ALARM_IMBALANCE;
    char number[VALUE_SIZE];
    print_value(wording, is_imbalance ? fabsf(value) : value, number);
    append(text, extreme[0] == '\0' ? wording->before : extreme);
    append(text, number);
    if (is_imbalance)
        append(text, value < 0 ? " below" : " above");
    append(text, wording->after);
}

/* "Cell 17"; a restored alarm may not know its sensor. */
static void print_subject(const struct vb_alarm *alarm, char text[VB_ALARM_TEXT_SIZE])
{
    const bool of_sensor =
        alarm->kind == VB_ALARM_TEMPERATURE_HIGH || alarm->kind == VB_ALARM_TEMPERATURE_LOW;
    if (of_sensor && alarm->sensor == VB_ALARM_NOWHERE)
        (void)snprintf(text, PART_SIZE, "A sensor");
    else
        (void)snprintf(text, PART_SIZE, wordings[alarm->kind].subject,
                       (of_sensor ? alarm->sensor : alarm->cell) + 1u);
}

/* "(limit 4200 mV)." */
static void append_limit(char text[VB_ALARM_TEXT_SIZE], const struct vb_alarm *alarm)
{
    const struct wording *wording = &wordings[alarm->kind];
    char limit[VALUE_SIZE];
    print_value(wording,
                alarm->kind == VB_ALARM_IMBALANCE ? fabsf(alarm->threshold) : alarm->threshold,
                limit);
    append(text, " (");
    if (wording->limit != NULL) {
        append(text, wording->limit);
    } else {
        append(text, vb_alarm_level_name((enum vb_alarm_level)alarm->level));
        append(text, " at");
    }
    append(text, " ");
    append(text, limit);
    append(text, ").");
}

static void append_worst(char text[VB_ALARM_TEXT_SIZE], const struct vb_alarm *alarm,
                         const char *worst_at)
{
    append_state(text, alarm, alarm->worst_value,
                 vb_alarm_falls((enum vb_alarm_kind)alarm->kind) ? "down to " : "up to ");
    if (worst_at != NULL) {
        append(text, " at ");
        append(text, worst_at);
    }
}

/* Whether the current value differs from the worst one by more than measuring noise. */
static bool has_eased(const struct vb_alarm *alarm)
{
    const float noise = wordings[alarm->kind].in_tenths ? 0.5f : 5;
    return fabsf(alarm->now_value - alarm->worst_value) >= noise;
}

/* A value with a limit: the current value, the worst one, and the limit. */
static void print_values(const struct vb_alarm *alarm, enum vb_alarm_tense tense,
                         const char *worst_at, char text[VB_ALARM_TEXT_SIZE])
{
    const bool plural = wordings[alarm->kind].plural;
    const bool eased = has_eased(alarm);
    const char *was = plural ? " were " : " was ";
    print_subject(alarm, text);
    if (tense == VB_ALARM_OVER) {
        append(text, was);
        append_worst(text, alarm, worst_at);
    } else {
        const char *is = plural ? " are " : " is ";
        append(text, tense == VB_ALARM_NOW ? is : was);
        append_state(text, alarm, alarm->now_value, "");
        if (tense == VB_ALARM_LAST_KNOWN)
            append(text, " when last heard");
        if (eased) {
            append(text, ",");
            append(text, tense == VB_ALARM_NOW ? was : " before ");
            append_worst(text, alarm, worst_at);
        }
    }
    append_limit(text, alarm);
}

static const struct wording whole_mv = {.unit = " mV"};
static const struct wording whole = {.unit = ""};
static const struct wording whole_s = {.unit = " s"};

static void print_frozen(const struct vb_alarm *alarm, enum vb_alarm_tense tense,
                         char text[VB_ALARM_TEXT_SIZE])
{
    char value[VALUE_SIZE];
    char moved[VALUE_SIZE];
    print_value(&whole_mv, alarm->worst_value, value);
    print_value(&whole_mv, alarm->threshold, moved);
    (void)snprintf(text, VB_ALARM_TEXT_SIZE, "Cell %u %s at %s while the others %s %s.",
                   alarm->cell + 1u, tense == VB_ALARM_NOW ? "stays" : "stayed", value,
                   tense == VB_ALARM_NOW ? "move" : "moved", moved);
}

static void print_missing(const struct vb_alarm *alarm, enum vb_alarm_tense tense,
                          char text[VB_ALARM_TEXT_SIZE])
{
    char sweeps[VALUE_SIZE];
    print_value(&whole, alarm->now_value, sweeps);
    (void)snprintf(text, VB_ALARM_TEXT_SIZE, "Cell %u %s no possible value for %s sweeps.",
                   alarm->cell + 1u, tense == VB_ALARM_NOW ? "has had" : "had", sweeps);
}

static void print_stopped(const struct vb_alarm *alarm, enum vb_alarm_tense tense,
                          char text[VB_ALARM_TEXT_SIZE])
{
    char silence[VALUE_SIZE];
    print_value(&whole_s, alarm->now_value, silence);
    (void)snprintf(text, VB_ALARM_TEXT_SIZE, "No reading %s for %s.",
                   tense == VB_ALARM_NOW ? "has arrived" : "arrived", silence);
}

void vb_alarm_text(const struct vb_alarm *alarm, enum vb_alarm_tense tense, const char *worst_at,
                   char text[VB_ALARM_TEXT_SIZE])
{
    switch ((enum vb_alarm_kind)alarm->kind) {
    case VB_ALARM_CELL_OVER_VOLTAGE:
    case VB_ALARM_CELL_UNDER_VOLTAGE:
    case VB_ALARM_IMBALANCE:
    case VB_ALARM_PACK_OVER_VOLTAGE:
    case VB_ALARM_PACK_UNDER_VOLTAGE:
    case VB_ALARM_CELL_SPREAD:
    case VB_ALARM_TEMPERATURE_HIGH:
    case VB_ALARM_TEMPERATURE_LOW:
    case VB_ALARM_TEMPERATURE_SPREAD:
    case VB_ALARM_SUM_MISMATCH:
        print_values(alarm, tense, worst_at, text);
        break;
    case VB_ALARM_FROZEN_VALUE:
        print_frozen(alarm, tense, text);
        break;
    case VB_ALARM_CELL_NOT_AVAILABLE:
        print_missing(alarm, tense, text);
        break;
    case VB_ALARM_READINGS_STOPPED:
        print_stopped(alarm, tense, text);
        break;
    case VB_ALARM_LINK_LOST:
        (void)snprintf(text, VB_ALARM_TEXT_SIZE, "Nothing %s heard from the transmitter.",
                       tense == VB_ALARM_OVER ? "was" : "is");
        break;
    }
}
