#include "voltbeacon/pack/alarm.h"

#include <math.h>
#include <stdio.h>
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
_Static_assert(VB_ALARM_PACK_OVER_VOLTAGE == VB_ALARM_CELL_KINDS, "those of cells come first");

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

/* Where a temperature was measured; a restored alarm may not know. */
static void name_sensor(const struct vb_alarm *alarm, char *text, size_t capacity)
{
    if (alarm->sensor == VB_ALARM_NOWHERE)
        (void)snprintf(text, capacity, "A sensor");
    else
        (void)snprintf(text, capacity, "Sensor %u", alarm->sensor + 1u);
}

void vb_alarm_text(const struct vb_alarm *alarm, char text[VB_ALARM_TEXT_SIZE])
{
    const size_t size = VB_ALARM_TEXT_SIZE;
    const unsigned cell = alarm->cell + 1u;
    const double value = alarm->value;
    const double threshold = alarm->threshold;
    char sensor[16];
    name_sensor(alarm, sensor, sizeof sensor);
    switch ((enum vb_alarm_kind)alarm->kind) {
    case VB_ALARM_CELL_OVER_VOLTAGE:
        (void)snprintf(text, size, "Cell %u is at %.0f mV, above its limit of %.0f mV.", cell,
                       value, threshold);
        break;
    case VB_ALARM_CELL_UNDER_VOLTAGE:
        (void)snprintf(text, size, "Cell %u is at %.0f mV, below its limit of %.0f mV.", cell,
                       value, threshold);
        break;
    case VB_ALARM_IMBALANCE:
        (void)snprintf(text, size, "Cell %u is %.0f mV %s the mean (%s at %.0f mV).", cell,
                       fabs(value), value < 0 ? "below" : "above",
                       vb_alarm_level_name((enum vb_alarm_level)alarm->level), fabs(threshold));
        break;
    case VB_ALARM_FROZEN_VALUE:
        (void)snprintf(text, size, "Cell %u stays at %.0f mV while the others move %.0f mV.", cell,
                       value, threshold);
        break;
    case VB_ALARM_CELL_NOT_AVAILABLE:
        (void)snprintf(text, size, "Cell %u has had no possible value for %.0f sweeps.", cell,
                       value);
        break;
    case VB_ALARM_PACK_OVER_VOLTAGE:
        (void)snprintf(text, size, "The pack is at %.1f V, above its limit of %.1f V.", value,
                       threshold);
        break;
    case VB_ALARM_PACK_UNDER_VOLTAGE:
        (void)snprintf(text, size, "The pack is at %.1f V, below its limit of %.1f V.", value,
                       threshold);
        break;
    case VB_ALARM_TEMPERATURE_HIGH:
        (void)snprintf(text, size, "%s is at %.1f °C, above the limit of %.1f °C.", sensor, value,
                       threshold);
        break;
    case VB_ALARM_TEMPERATURE_LOW:
        (void)snprintf(text, size, "%s is at %.1f °C, below the limit of %.1f °C.", sensor, value,
                       threshold);
        break;
    case VB_ALARM_TEMPERATURE_SPREAD:
        (void)snprintf(text, size, "The sensors are %.1f °C apart (%.1f °C is the most).", value,
                       threshold);
        break;
    case VB_ALARM_SUM_MISMATCH:
        (void)snprintf(text, size,
                       "The cells' sum is %.1f V off the pack voltage (%.1f V is the most).", value,
                       threshold);
        break;
    case VB_ALARM_READINGS_STOPPED:
        (void)snprintf(text, size, "No reading has come for %.0f s.", value);
        break;
    case VB_ALARM_LINK_LOST:
        (void)snprintf(text, size, "The transmitter is not heard.");
        break;
    }
}
