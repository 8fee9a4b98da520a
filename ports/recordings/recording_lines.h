/* The lines of a recording, read back: docs/recordings.md is their contract. */
#ifndef VOLTBEACON_RECORDINGS_RECORDING_LINES_H
#define VOLTBEACON_RECORDINGS_RECORDING_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/source_error.h"
#include "voltbeacon/device/recording_text.h"

enum vb_recording_line_kind {
    VB_RECORDING_READING, /* recorded is set */
    VB_RECORDING_OTHER,   /* an event, link figures, or what a newer version writes */
    VB_RECORDING_END,     /* line_count is set */
    VB_RECORDING_BROKEN   /* *reason says what was found and what was expected */
};

struct vb_recording_line {
    struct vb_recorded_reading recorded; /* sequence as recorded; sampled_ms and wall_ms 0 */
    uint32_t line_count;
};

/* text: a line without its newline, not NUL-terminated. False and *reason where it is no head. */
VB_MUST_USE bool vb_recording_head_parse(const char *text, size_t size,
                                         struct vb_recording_head *head,
                                         struct vb_source_error *reason);
VB_MUST_USE enum vb_recording_line_kind vb_recording_line_parse(const char *text, size_t size,
                                                                struct vb_recording_line *line,
                                                                struct vb_source_error *reason);

#endif
