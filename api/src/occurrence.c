#include "voltbeacon/api/occurrence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_time.h"

static const char *const state_names[] = {
#define X(NAME, name) name,
    VB_STATE_LIST(X)
#undef X
};

const char *vb_occurrence_kind_name(const struct vb_occurrence *occurrence)
{
    if (occurrence->type == VB_OCCURRENCE_ALARM)
        return vb_alarm_name((enum vb_alarm_kind)occurrence->alarm.kind);
    VB_ASSERT(occurrence->state < VB_COUNT_OF(state_names));
    return state_names[occurrence->state];
}

bool vb_occurrence_kind_by_name(const char *name, struct vb_occurrence *occurrence)
{
    enum vb_alarm_kind kind;
    if (vb_alarm_kind_by_name(name, &kind)) {
        occurrence->type = VB_OCCURRENCE_ALARM;
        occurrence->alarm.kind = (uint8_t)kind;
        return true;
    }
    for (uint8_t state = 0; state < VB_COUNT_OF(state_names); state++) {
        if (strcmp(state_names[state], name) == 0) {
            occurrence->type = VB_OCCURRENCE_STATE;
            occurrence->state = state;
            return true;
        }
    }
    return false;
}

const char *vb_occurrence_type_name(enum vb_occurrence_type type)
{
    return type == VB_OCCURRENCE_ALARM ? "alarm" : "state";
}

static void tenths_json(struct vb_json *json, const char *key, double value)
{
    if (!isfinite(value)) {
        vb_json_null(json, key);
        return;
    }
    const int64_t tenths = (int64_t)round(value * 10);
    if (tenths % 10 == 0)
        vb_json_integer(json, key, tenths / 10);
    else
        vb_json_fixed(json, key, tenths, 1);
}

/* As far as it is known; null where begin or end is not. */
static void duration_json(struct vb_json *json, const struct vb_occurrence *occurrence,
                          uint64_t now_wall_ms)
{
    uint64_t begin_ms = occurrence->alarm.begin_wall_ms;
    uint64_t end_ms = now_wall_ms;
    if (!vb_occurrence_is_open(occurrence))
        end_ms = occurrence->alarm.end_wall_ms;
    else if (occurrence->last_known)
        end_ms = occurrence->last_known_ms;
    if ((begin_ms == 0 || end_ms == 0) && occurrence->end_up_ms != 0) {
        begin_ms = occurrence->begin_up_ms;
        end_ms = occurrence->end_up_ms;
    }
    const int64_t lasted_ms =
        (int64_t)(end_ms - begin_ms); /* a begin before the start has wrapped */
    const bool known = begin_ms != 0 && end_ms != 0 && lasted_ms >= 0; /* else a clock was wrong */
    vb_json_fixed_if(json, "duration_s", known, lasted_ms, 3);
}

/* Where it can be downloaded. */
static void recording_json(struct vb_json *json, const char *name)
{
    static const char folder[] = "/api/v1/recordings/";
    char path[sizeof folder + VB_RECORDING_NAME_SIZE];
    snprintf(path, sizeof path, "%s%s", folder, name);
    vb_json_string(json, "recording", name[0] == '\0' ? NULL : path);
}

void vb_occurrence_json(struct vb_json *json, const char *key,
                        const struct vb_occurrence *occurrence, uint64_t now_wall_ms)
{
    const struct vb_alarm *alarm = &occurrence->alarm;
    const bool is_alarm = occurrence->type == VB_OCCURRENCE_ALARM;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);

    vb_json_object(json, key);
    vb_json_integer(json, "id", (int64_t)occurrence->id);
    vb_json_string(json, "type",
                   vb_occurrence_type_name((enum vb_occurrence_type)occurrence->type));
    vb_json_string(json, "mac", occurrence->mac_known ? mac : NULL);
    vb_json_string(json, "kind", vb_occurrence_kind_name(occurrence));
    vb_json_string(json, "level", vb_alarm_level_name((enum vb_alarm_level)alarm->level));
    vb_json_integer_if(json, "cell", is_alarm && alarm->cell != VB_ALARM_NOWHERE, alarm->cell + 1);
    vb_time_json(json, "begin", alarm->begin_wall_ms);
    vb_time_json(json, "end", alarm->end_wall_ms);
    vb_json_bool(json, "open", vb_occurrence_is_open(occurrence));
    vb_json_bool(json, "watched", vb_occurrence_is_open(occurrence) && !occurrence->last_known);
    vb_time_json(json, "last_known", occurrence->last_known_ms);
    duration_json(json, occurrence, now_wall_ms);
    tenths_json(json, "value", vb_occurrence_is_open(occurrence) ? alarm->now_value : NAN);
    tenths_json(json, "worst", is_alarm ? alarm->worst_value : NAN);
    vb_time_json(json, "worst_at", is_alarm ? alarm->worst_wall_ms : 0);
    tenths_json(json, "threshold", is_alarm ? alarm->threshold : NAN);
    vb_json_string(json, "unit", is_alarm ? vb_alarm_unit((enum vb_alarm_kind)alarm->kind) : NULL);
    vb_json_string(json, "text", occurrence->text);
    vb_json_bool(json, "seen", occurrence->acknowledged);
    vb_time_json(json, "acknowledged", occurrence->acknowledged_ms);
    recording_json(json, occurrence->recording);
    vb_json_object_end(json);
}
