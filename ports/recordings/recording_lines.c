#include "recordings/recording_lines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cJSON.h>

enum { SOC_PERMILLE_MAX = 1000 };

/* 9999-12-31: no recording has a later time. */
#define TIME_MS_MAX 253402300799999.0

/* What a number may be: an integer once multiplied by scale. */
struct range {
    const char *key;
    double scale;
    double low;
    double high;
};

static const struct range time_range = {"at", 1000, 0, TIME_MS_MAX};
static const struct range cell_range = {"cells_mv", 1, 0, VB_CELL_MV_MAX};
static const struct range temp_range = {"temperatures_c", 10, VB_TEMP_NOT_AVAILABLE + 1, INT16_MAX};

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool take(const cJSON *item, const struct range *range, int64_t *value,
                 struct vb_source_error *reason)
{
    if (!cJSON_IsNumber(item)) {
        vb_source_error_set(reason, "\"%s\" is %s, expected a number", range->key,
                            item == NULL ? "missing" : "something else");
        return false;
    }
    const double scaled = item->valuedouble * range->scale;
    const double whole = round(scaled);
    /* Doubles cannot hold 366.1 exactly, but the error never reaches a thousandth of the unit. */
    if (!(fabs(scaled - whole) < 0.001) || whole < range->low || whole > range->high) {
        vb_source_error_set(reason, "\"%s\" is %.17g, expected %.10g to %.10g in steps of %g",
                            range->key, item->valuedouble, range->low / range->scale,
                            range->high / range->scale, 1 / range->scale);
        return false;
    }
    *value = (int64_t)whole;
    return true;
}

/* A member that may be null, which leaves *value 0 and clears *known. */
static bool take_if(const cJSON *object, const struct range *range, bool *known, int64_t *value,
                    struct vb_source_error *reason)
{
    const cJSON *item = member(object, range->key);
    *known = !cJSON_IsNull(item);
    *value = 0;
    return !*known || take(item, range, value, reason);
}

static bool take_flag(const cJSON *object, const char *key, uint8_t flag, uint8_t *flags,
                      struct vb_source_error *reason)
{
    const cJSON *item = member(object, key);
    if (!cJSON_IsBool(item)) {
        vb_source_error_set(reason, "\"%s\" is no boolean", key);
        return false;
    }
    *flags = (uint8_t)(*flags | (cJSON_IsTrue(item) ? flag : 0));
    return true;
}

static bool take_head_numbers(const cJSON *object, struct vb_recorded_reading *recorded,
                              struct vb_source_error *reason)
{
    static const struct range sequence_range = {"sequence", 1, 0, UINT32_MAX};
    static const struct range age_range = {"age_ms", 1, 0, UINT32_MAX};
    int64_t sequence;
    int64_t age_ms;
    if (!take(member(object, sequence_range.key), &sequence_range, &sequence, reason) ||
        !take(member(object, age_range.key), &age_range, &age_ms, reason))
        return false;
    recorded->reading.sequence = (uint32_t)sequence;
    recorded->age_ms = (uint32_t)age_ms;
    return true;
}

static bool take_pack(const cJSON *object, struct vb_reading *reading,
                      struct vb_source_error *reason)
{
    static const struct range voltage_range = {"pack_v", 1000, 0, UINT32_MAX};
    static const struct range current_range = {"current_a", 1000, INT32_MIN, INT32_MAX};
    static const struct range soc_range = {"soc_percent", 10, 0, SOC_PERMILLE_MAX};
    bool known;
    int64_t value;
    if (!take_if(object, &voltage_range, &known, &value, reason))
        return false;
    reading->flags = (uint8_t)(reading->flags | (known ? VB_READING_HAS_VOLTAGE : 0));
    reading->pack_mv = (uint32_t)value;
    if (!take_if(object, &current_range, &known, &value, reason))
        return false;
    reading->flags = (uint8_t)(reading->flags | (known ? VB_READING_HAS_CURRENT : 0));
    reading->current_ma = (int32_t)value;
    if (!take_if(object, &soc_range, &known, &value, reason))
        return false;
    reading->flags = (uint8_t)(reading->flags | (known ? VB_READING_HAS_SOC : 0));
    reading->soc_permille = (uint16_t)value;
    return true;
}

/* The array of that name, of at least low and at most high items. */
static const cJSON *array_of(const cJSON *object, const char *key, int low, int high,
                             struct vb_source_error *reason)
{
    const cJSON *array = member(object, key);
    if (!cJSON_IsArray(array)) {
        vb_source_error_set(reason, "\"%s\" is no array", key);
        return NULL;
    }
    const int count = cJSON_GetArraySize(array);
    if (count < low || count > high) {
        vb_source_error_set(reason, "\"%s\" has %d items, expected %d to %d", key, count, low,
                            high);
        return NULL;
    }
    return array;
}

static bool take_cells(const cJSON *object, struct vb_reading *reading,
                       struct vb_source_error *reason)
{
    const cJSON *cells = array_of(object, cell_range.key, 1, VB_CELLS_MAX, reason);
    if (cells == NULL)
        return false;
    for (const cJSON *item = cells->child; item != NULL; item = item->next) {
        int64_t mv = VB_CELL_NOT_AVAILABLE;
        if (!cJSON_IsNull(item) && !take(item, &cell_range, &mv, reason))
            return false;
        reading->cell_mv[reading->cell_count++] = (uint16_t)mv;
    }
    if ((reading->flags & VB_READING_SUMMARY) != 0 && reading->cell_count != 3) {
        vb_source_error_set(reason, "a summary has %u \"cells_mv\", expected 3",
                            reading->cell_count);
        return false;
    }
    return true;
}

static bool take_temperatures(const cJSON *object, struct vb_reading *reading,
                              struct vb_source_error *reason)
{
    const cJSON *temps = array_of(object, temp_range.key, 0, VB_TEMPS_MAX, reason);
    if (temps == NULL)
        return false;
    for (const cJSON *item = temps->child; item != NULL; item = item->next) {
        int64_t dc = VB_TEMP_NOT_AVAILABLE;
        if (!cJSON_IsNull(item) && !take(item, &temp_range, &dc, reason))
            return false;
        reading->temp_dc[reading->temp_count++] = (int16_t)dc;
    }
    return true;
}

static bool take_balancing(const cJSON *object, struct vb_reading *reading,
                           struct vb_source_error *reason)
{
    const struct range index_range = {"balancing", 1, 0, reading->cell_count - 1};
    const cJSON *array = array_of(object, index_range.key, 0, reading->cell_count, reason);
    if (array == NULL)
        return false;
    for (const cJSON *item = array->child; item != NULL; item = item->next) {
        int64_t index;
        if (!take(item, &index_range, &index, reason))
            return false;
        reading->balancing[index / 8] |= (uint8_t)(1u << (index % 8));
    }
    return true;
}

static bool take_reading(const cJSON *object, struct vb_recorded_reading *recorded,
                         struct vb_source_error *reason)
{
    struct vb_reading *reading = &recorded->reading;
    return take_head_numbers(object, recorded, reason) &&
           take_flag(object, "together", VB_READING_TOGETHER, &reading->flags, reason) &&
           take_flag(object, "summary", VB_READING_SUMMARY, &reading->flags, reason) &&
           take_pack(object, reading, reason) && take_cells(object, reading, reason) &&
           take_temperatures(object, reading, reason) && take_balancing(object, reading, reason);
}

/* Parses one JSON object and nothing else; to be freed with cJSON_Delete. NULL with *reason. */
static cJSON *parse_object(const char *text, size_t size, struct vb_source_error *reason)
{
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(text, size, &end, false);
    while (object != NULL && end < text + size && (*end == ' ' || *end == '\r'))
        end++;
    if (object != NULL && end == text + size && cJSON_IsObject(object))
        return object;
    cJSON_Delete(object);
    vb_source_error_set(reason, "it is not one JSON object");
    return NULL;
}

static bool take_head(const cJSON *object, struct vb_recording_head *head,
                      struct vb_source_error *reason)
{
    static const struct range version_range = {"voltbeacon_recording", 1, 1, INT32_MAX};
    static const struct range begin_range = {"begin", 1000, 0, TIME_MS_MAX};
    static const struct range cells_range = {"cells", 1, 0, VB_CELLS_MAX};
    const char *mac = cJSON_GetStringValue(member(object, "mac"));
    const char *why = cJSON_GetStringValue(member(object, "reason"));
    int64_t version;
    int64_t begin_ms;
    int64_t cells;
    if (!take(member(object, version_range.key), &version_range, &version, reason))
        return false;
    if (version != VB_RECORDING_VERSION) {
        vb_source_error_set(reason, "it was written by a newer voltbeacon (form %d, known is %d)",
                            (int)version, VB_RECORDING_VERSION);
        return false;
    }
    if (!take(member(object, begin_range.key), &begin_range, &begin_ms, reason) ||
        !take(member(object, cells_range.key), &cells_range, &cells, reason))
        return false;
    head->mac_known = mac != NULL && vb_mac_parse(mac, strlen(mac), &head->mac);
    if (mac != NULL && !head->mac_known) {
        vb_source_error_set(reason, "\"mac\" is \"%s\", expected one like 02:1a:2b:3c:4d:5e",
                            vb_source_excerpt_of(mac).text);
        return false;
    }
    head->begin_ms = (uint64_t)begin_ms;
    head->cell_count = (uint8_t)cells;
    snprintf(head->reason, sizeof head->reason, "%s", why == NULL ? "" : why);
    return true;
}

bool vb_recording_head_parse(const char *text, size_t size, struct vb_recording_head *head,
                             struct vb_source_error *reason)
{
    cJSON *object = parse_object(text, size, reason);
    if (object == NULL)
        return false;
    *head = (struct vb_recording_head){.mac_known = false};
    const bool taken = take_head(object, head, reason);
    cJSON_Delete(object);
    return taken;
}

static enum vb_recording_line_kind take_line(const cJSON *object, struct vb_recording_line *line,
                                             struct vb_source_error *reason)
{
    static const struct range lines_range = {"lines", 1, 0, UINT32_MAX};
    const cJSON *end = member(object, "end");
    const cJSON *reading = member(object, "reading");
    int64_t value;
    if (end != NULL) {
        if (!take(member(end, lines_range.key), &lines_range, &value, reason))
            return VB_RECORDING_BROKEN;
        line->line_count = (uint32_t)value;
        return VB_RECORDING_END;
    }
    if (!take(member(object, time_range.key), &time_range, &value, reason))
        return VB_RECORDING_BROKEN;
    line->recorded.at_ms = (uint64_t)value;
    if (reading == NULL)
        return VB_RECORDING_OTHER;
    return take_reading(reading, &line->recorded, reason) ? VB_RECORDING_READING
                                                          : VB_RECORDING_BROKEN;
}

enum vb_recording_line_kind vb_recording_line_parse(const char *text, size_t size,
                                                    struct vb_recording_line *line,
                                                    struct vb_source_error *reason)
{
    cJSON *object = parse_object(text, size, reason);
    if (object == NULL)
        return VB_RECORDING_BROKEN;
    memset(line, 0, sizeof *line);
    const enum vb_recording_line_kind kind = take_line(object, line, reason);
    cJSON_Delete(object);
    return kind;
}
