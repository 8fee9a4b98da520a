#include "voltbeacon/device/recording_text.h"

static size_t finish(struct vb_json *json)
{
    vb_json_object_end(json);
    VB_ASSERT(!json->failed && json->at < json->capacity);
    json->text[json->at++] = '\n';
    return json->at;
}

void vb_recording_time_json(struct vb_json *json, const char *key, uint64_t at_ms)
{
    vb_json_fixed(json, key, (int64_t)at_ms, 3);
}

struct vb_json vb_recording_line_begin(uint64_t at_ms, char text[VB_RECORDING_LINE_BYTES_MAX])
{
    struct vb_json json = vb_json_of(text, VB_RECORDING_LINE_BYTES_MAX);
    vb_json_object(&json, NULL);
    vb_recording_time_json(&json, "at", at_ms);
    return json;
}

size_t vb_recording_line_end(struct vb_json *json)
{
    return finish(json);
}

size_t vb_recording_head_line(const struct vb_recording_head *head,
                              char text[VB_RECORDING_LINE_BYTES_MAX])
{
    struct vb_json json = vb_json_of(text, VB_RECORDING_LINE_BYTES_MAX);
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&head->mac, mac);
    vb_json_object(&json, NULL);
    vb_json_integer(&json, "voltbeacon_recording", VB_RECORDING_VERSION);
    vb_json_string(&json, "mac", head->mac_known ? mac : NULL);
    vb_recording_time_json(&json, "begin", head->begin_ms);
    vb_json_string(&json, "reason", head->reason);
    vb_json_integer(&json, "cells", head->cell_count);
    return finish(&json);
}

static void arrays_json(struct vb_json *json, const struct vb_reading *reading)
{
    vb_json_array(json, "cells_mv");
    for (unsigned i = 0; i < reading->cell_count; i++)
        vb_json_fixed_if(json, NULL, reading->cell_mv[i] != VB_CELL_NOT_AVAILABLE,
                         reading->cell_mv[i], 0);
    vb_json_array_end(json);
    vb_json_array(json, "temperatures_c");
    for (unsigned i = 0; i < reading->temp_count; i++)
        vb_json_fixed_if(json, NULL, reading->temp_dc[i] != VB_TEMP_NOT_AVAILABLE,
                         reading->temp_dc[i], 1);
    vb_json_array_end(json);
    vb_json_array(json, "balancing");
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (vb_reading_balancing(reading, i))
            vb_json_integer(json, NULL, i);
    }
    vb_json_array_end(json);
}

size_t vb_recording_reading_line(const struct vb_recorded_reading *recorded, uint64_t offset_ms,
                                 char text[VB_RECORDING_LINE_BYTES_MAX])
{
    const struct vb_reading *reading = &recorded->reading;
    const uint8_t flags = reading->flags;
    VB_ASSERT(reading->cell_count >= 1 && reading->cell_count <= VB_CELLS_MAX);
    VB_ASSERT(reading->temp_count <= VB_TEMPS_MAX);

    struct vb_json json = vb_recording_line_begin(recorded->at_ms + offset_ms, text);
    vb_json_object(&json, "reading");
    vb_json_integer(&json, "sequence", reading->sequence);
    vb_json_integer(&json, "age_ms", recorded->age_ms);
    vb_json_bool(&json, "together", (flags & VB_READING_TOGETHER) != 0);
    vb_json_bool(&json, "summary", (flags & VB_READING_SUMMARY) != 0);
    vb_json_fixed_if(&json, "pack_v", (flags & VB_READING_HAS_VOLTAGE) != 0, reading->pack_mv, 3);
    vb_json_fixed_if(&json, "current_a", (flags & VB_READING_HAS_CURRENT) != 0, reading->current_ma,
                     3);
    vb_json_fixed_if(&json, "soc_percent", (flags & VB_READING_HAS_SOC) != 0, reading->soc_permille,
                     1);
    arrays_json(&json, reading);
    vb_json_object_end(&json);
    return finish(&json);
}

size_t vb_recording_end_line(uint32_t line_count, char text[VB_RECORDING_LINE_BYTES_MAX])
{
    struct vb_json json = vb_json_of(text, VB_RECORDING_LINE_BYTES_MAX);
    vb_json_object(&json, NULL);
    vb_json_object(&json, "end");
    vb_json_integer(&json, "lines", line_count);
    vb_json_object_end(&json);
    return finish(&json);
}
