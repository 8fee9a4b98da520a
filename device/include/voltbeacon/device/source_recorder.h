/* Turns readings of a source into a recording, line by line: what `voltbeacon record` writes.
 * Sans-IO: the caller reads the source, waits, and writes the file. */
#ifndef VOLTBEACON_DEVICE_SOURCE_RECORDER_H
#define VOLTBEACON_DEVICE_SOURCE_RECORDER_H

#include "voltbeacon/core/reading.h"
#include "voltbeacon/device/recording_text.h"

VB_C_BEGIN

enum { VB_RECORDER_TEXT_BYTES = 2 * VB_RECORDING_LINE_BYTES_MAX };

struct vb_recorder {
    const char *source;     /* what is recorded, for the first line; outlives the recorder */
    uint64_t span_ms;       /* of the source's time; 0: until it ends */
    uint64_t begin_wall_ms; /* when the source's time began */
    uint32_t readings;
};

/* wall_ms: now, for a source that does not know when its readings were taken. */
void vb_recorder_init(struct vb_recorder *recorder, const char *source, uint64_t span_ms,
                      uint64_t wall_ms);

/* Whether a reading due this long after the source's start is still part of it. */
bool vb_recorder_wants(const struct vb_recorder *recorder, uint64_t at_ms);

/* Writes the lines of the next reading, preceded by the head before the first one. Returns the
 * bytes of text to append. */
size_t vb_recorder_reading(struct vb_recorder *recorder, const struct vb_reading *reading,
                           uint64_t at_ms, char text[VB_RECORDER_TEXT_BYTES]);

/* The last line, which marks the recording as complete; 0 bytes if there was no reading. */
size_t vb_recorder_end(const struct vb_recorder *recorder, char text[VB_RECORDER_TEXT_BYTES]);

VB_C_END

#endif
