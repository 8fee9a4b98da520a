#include "voltbeacon/device/source_recorder.h"

#include <stdio.h>

void vb_recorder_init(struct vb_recorder *recorder, const char *source, uint64_t span_ms,
                      uint64_t wall_ms)
{
    *recorder = (struct vb_recorder){
        .source = source, .span_ms = span_ms, .begin_wall_ms = wall_ms, .readings = 0};
}

bool vb_recorder_wants(const struct vb_recorder *recorder, uint64_t at_ms)
{
    return recorder->span_ms == 0 || at_ms <= recorder->span_ms;
}

static size_t write_head(const struct vb_recorder *recorder, const struct vb_reading *first,
                         char *text)
{
    struct vb_recording_head head = {.begin_ms = recorder->begin_wall_ms,
                                     .cell_count = first->cell_count};
    snprintf(head.reason, sizeof head.reason, "voltbeacon record of %s", recorder->source);
    return vb_recording_head_line(&head, text);
}

size_t vb_recorder_reading(struct vb_recorder *recorder, const struct vb_reading *reading,
                           uint64_t at_ms, char text[VB_RECORDER_TEXT_BYTES])
{
    size_t size = 0;
    if (recorder->readings == 0) {
        /* If the source knows when its readings were taken, believe it. */
        if (reading->wall_ms > 0)
            recorder->begin_wall_ms = reading->wall_ms;
        size = write_head(recorder, reading, text);
    }
    const struct vb_recorded_reading recorded = {.reading = *reading,
                                                 .at_ms = recorder->begin_wall_ms + at_ms,
                                                 .age_ms = (uint32_t)at_ms - reading->sampled_ms};
    recorder->readings++;
    return size + vb_recording_reading_line(&recorded, 0, text + size);
}

size_t vb_recorder_end(const struct vb_recorder *recorder, char text[VB_RECORDER_TEXT_BYTES])
{
    const uint32_t lines = recorder->readings + 1;
    return recorder->readings == 0 ? 0 : vb_recording_end_line(lines, text);
}
