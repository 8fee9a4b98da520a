/* The last minute of one transmitter, in memory: its readings, and notes of other events.
 *
 * Bounded: the oldest is overwritten, and readings faster than ten per second are thinned so that a
 * minute fits. Whoever saves it holds a cursor and fetches line by line, while the box keeps
 * filling.
 *
 * Times are milliseconds on one of the owner's clocks that never steps: the wall clock may not be
 * set yet. An offset on output turns them into milliseconds since 1970. */
#ifndef VOLTBEACON_DEVICE_BLACK_BOX_H
#define VOLTBEACON_DEVICE_BLACK_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/recording_text.h"

VB_C_BEGIN

enum {
    VB_BLACK_BOX_BEFORE_MS = 60000,
    VB_BLACK_BOX_SPACING_MS = 100, /* between two readings, on average */
    VB_BLACK_BOX_READINGS = 640,   /* ten per second for the minute, and for the time needed to save
                                      it; fewer hold less of it */
    VB_BLACK_BOX_NOTES = 128,      /* likewise */
    VB_BLACK_BOX_NOTE_BYTES_MAX = 1024
};

/* The members of a recording's line after its time, with the line's end. */
struct vb_black_box_note {
    uint64_t at_ms;
    uint16_t size;
    char text[VB_BLACK_BOX_NOTE_BYTES_MAX];
};

struct vb_black_box {
    struct vb_recorded_reading *readings;
    struct vb_black_box_note *notes;
    uint16_t reading_capacity;
    uint16_t note_capacity;
    uint64_t reading_count; /* taken so far; number n is in slot n % reading_capacity */
    uint64_t note_count;    /* likewise */
    uint64_t due_ms;        /* the next reading is taken from then on, or shortly before */
};

/* What to fetch next. */
struct vb_black_box_cursor {
    uint64_t reading;
    uint64_t note;
};

/* The caller owns the slots; at least one of each. */
void vb_black_box_init(struct vb_black_box *box, struct vb_recorded_reading *readings,
                       uint16_t reading_capacity, struct vb_black_box_note *notes,
                       uint16_t note_capacity);

/* False if it was skipped because others came shortly before. */
bool vb_black_box_reading(struct vb_black_box *box, const struct vb_recorded_reading *recorded);

/* line: as left by vb_recording_line_end(), begun with any time. Dropped if longer than a
 * note. */
void vb_black_box_note(struct vb_black_box *box, uint64_t at_ms, const char *line, size_t size);

/* A cursor to the oldest entry that was taken at from_ms or later. */
struct vb_black_box_cursor vb_black_box_since(const struct vb_black_box *box, uint64_t from_ms);

/* The time of the line at the cursor; fallback_ms if there is none yet. */
uint64_t vb_black_box_at_ms(const struct vb_black_box *box,
                            const struct vb_black_box_cursor *cursor, uint64_t fallback_ms);

/* The next line in order of time, with offset_ms added to its time, and *at_ms its time without it;
 * 0 if there is none yet. Skips what has been overwritten. */
size_t vb_black_box_next(const struct vb_black_box *box, struct vb_black_box_cursor *cursor,
                         uint64_t offset_ms, uint64_t *at_ms,
                         char text[VB_RECORDING_LINE_BYTES_MAX]);

VB_C_END

#endif
