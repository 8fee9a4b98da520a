/* The lines of a recording as they are written, as specified in docs/recordings.md.
 *
 * A recording is a text of JSON lines: a head, then events in the order they happened, then an end.
 * One without an end was cut off. */
#ifndef VOLTBEACON_DEVICE_RECORDING_TEXT_H
#define VOLTBEACON_DEVICE_RECORDING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

enum {
    VB_RECORDING_VERSION = 1,
    VB_RECORDING_LINE_BYTES_MAX =
        8192, /* with its newline; the longest that is written takes less */
    VB_RECORDING_REASON_SIZE = 160
};

struct vb_recording_head {
    bool mac_known; /* false: the readings came from no transmitter */
    struct vb_mac mac;
    uint64_t begin_ms;  /* since 1970 UTC; if the clock was not set, since the device started */
    uint8_t cell_count; /* of the first reading; 0 = not known yet */
    char reason[VB_RECORDING_REASON_SIZE];
};

/* A reading and when it was recorded. */
struct vb_recorded_reading {
    uint64_t at_ms;  /* since 1970 UTC in a recording; on its owner's clock in a black box */
    uint32_t age_ms; /* how long before that it was sampled */
    struct vb_reading reading;
};

/* Each writes one line, including its newline, and returns its size. */

size_t vb_recording_head_line(const struct vb_recording_head *head,
                              char text[VB_RECORDING_LINE_BYTES_MAX]);
/* sampled_ms and wall_ms of the reading are not kept: at_ms plus offset_ms, and age_ms, give the
 * time. */
size_t vb_recording_reading_line(const struct vb_recorded_reading *recorded, uint64_t offset_ms,
                                 char text[VB_RECORDING_LINE_BYTES_MAX]);
/* line_count: all lines before this one. */
size_t vb_recording_end_line(uint32_t line_count, char text[VB_RECORDING_LINE_BYTES_MAX]);

/* Any other line with a time: what is written between the two calls goes into its object. */
struct vb_json vb_recording_line_begin(uint64_t at_ms, char text[VB_RECORDING_LINE_BYTES_MAX]);
size_t vb_recording_line_end(struct vb_json *json);

/* Milliseconds since 1970 as seconds with three decimals. */
void vb_recording_time_json(struct vb_json *json, const char *key, uint64_t at_ms);

VB_C_END

#endif
