/* Where readings come from: a recording or a simulated pack, chosen by the value of --source.
 *
 *     sim                            a simulated pack, 96 cells
 *     sim:cells=16,seed=7,fast=60    the same with options; vb_source_usage() lists them
 *     csv:FILE                       a recording; its layout is recognised from its content
 *     csv:FILE,dates=dmy             the same, if day and month cannot be told apart
 *     candump:FILE                   a recorded CAN bus of a Nissan Leaf
 *     recording:FILE                 one of our own; see docs/recordings.md
 *
 * A pull interface without a clock: vb_source_next() gives the next reading and when it is due at
 * the recorded pace. A caller that replays it waits, divides by the speed and sets sampled_ms and
 * wall_ms to the present; one that examines it finds the recorded times there. */
#ifndef VOLTBEACON_SOURCES_SOURCE_H
#define VOLTBEACON_SOURCES_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/source_error.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/device/reading_source.h"

struct vb_source;

enum { VB_SOURCE_TEXT_SIZE = 384 };

struct vb_source_options {
    bool loop; /* a recording starts over at its end; a simulated pack has no end */
    /* Another form that the caller accepts, to be listed with the kinds known here:
     * "can:INTERFACE". NULL = none. */
    const char *other_form;
};

struct vb_source_description {
    char text[VB_SOURCE_TEXT_SIZE]; /* for the log: "recording drive.csv (wide layout), ..." */
    uint8_t cell_count;
    uint8_t temp_count;
    uint32_t interval_ms; /* usual time between two readings */
    bool endless;         /* with or without a loop */
};

/* Rows that were skipped because they are broken: each once, however often it is replayed. */
struct vb_source_skipped {
    uint32_t count;
    uint32_t first_line; /* counted from 1 */
    uint32_t line;       /* of the last one */
    struct vb_source_error first_reason;
    struct vb_source_error reason; /* "line 7 has 95 fields, the header promises 116" */
};

/* NULL if it cannot be opened; *error then says what is wrong, and what was expected. The caller
 * closes it. */
VB_MUST_USE struct vb_source *vb_source_open(const char *text,
                                             const struct vb_source_options *options,
                                             struct vb_source_error *error);
void vb_source_close(struct vb_source *source);

/* VB_SOURCE_FAILED: vb_source_error() says why. On VB_SOURCE_READING sets *reading and *at_ms, when
 * it is due in ms since the source's start, which never decreases. Otherwise both are untouched.
 *
 * The reading's sequence counts samples: one that the source repeats keeps its number. Its
 * sampled_ms is on the clock of *at_ms (the low 32 bits), and less than that for a repeated sample,
 * so the difference is its age. Its wall_ms is the recorded moment in UTC; 0 = the source has
 * none. */
VB_MUST_USE enum vb_source_result vb_source_next(struct vb_source *source,
                                                 struct vb_reading *reading, uint64_t *at_ms);

/* The same for callers that must not block: a recording may hold gigabytes without a reading, and
 * one call examines a few hundred lines. On VB_SOURCE_LATER, call it again. */
VB_MUST_USE enum vb_source_result vb_source_step(struct vb_source *source,
                                                 struct vb_reading *reading, uint64_t *at_ms);

/* Why the last vb_source_next() or vb_source_step() failed. Valid until the source is closed. */
const char *vb_source_error(const struct vb_source *source);

struct vb_source_description vb_source_describe(const struct vb_source *source);

/* Valid until the source is closed; updated by vb_source_next(). */
const struct vb_source_skipped *vb_source_skipped(const struct vb_source *source);

/* One line per kind of source, for --help. NULL beyond the last. */
const char *vb_source_usage(unsigned index);

#endif
