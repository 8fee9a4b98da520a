/* The last minute of one transmitter, in memory: its readings, and notes of what else happened.
 *
 * Bounded: the oldest is overwritten, and readings that come faster than ten a second are thinned,
 * so that a minute fits. Whoever writes it down holds a cursor and fetches line by line, while the
 * box goes on filling.
 *
 * Times are on one clock of the owner's that never steps, in milliseconds: the wall clock may not
 * be set yet. Lines are written with an offset that makes them milliseconds since 1970. */
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
    VB_BLACK_BOX_READINGS = 640,   /* ten a second for the minute, and for the time it takes to
                                      write it down; fewer hold less of it */
    VB_BLACK_BOX_NOTES = 128,      /* likewise */
    VB_BLACK_BOX_NOTE_BYTES_MAX = 1024
};

/* The members of a recording's line that follow its time, with the line's end. */
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
    uint64_t due_ms;        /* the next reading is taken from then on, or soon before */
};

/* What is to be fetched next. */
struct vb_black_box_cursor {
    uint64_t reading;
    uint64_t note;
};

/* The caller owns the slots; at least one of each. */
void vb_black_box_init(struct vb_black_box *box, struct vb_recorded_reading *readings,
                       uint16_t reading_capacity, struct vb_black_box_note *notes,
                       uint16_t note_capacity);

/* False where it was left out, because others came shortly before. */
bool vb_black_box_reading(struct vb_black_box *box, const struct vb_recorded_reading *recorded);

/* line: as vb_recording_line_end() leaves it, begun for any time. One that is longer than a note is
 * left out. */
void vb_black_box_note(struct vb_black_box *box, uint64_t at_ms, const char *line, size_t size);

/* At the oldest that is held of what was taken at from_ms or later. */
struct vb_black_box_cursor vb_black_box_since(const struct vb_black_box *box, uint64_t from_ms);

/* The time of the line the cursor is at; fallback_ms when there is none yet. */
uint64_t vb_black_box_at_ms(const struct vb_black_box *box,
                            const struct vb_black_box_cursor *cursor, uint64_t fallback_ms);

/* The next line in the order of time, offset_ms added to its time, and *at_ms its time without
 * that; 0 when there is none yet. What was overwritten meanwhile is passed over. */
size_t vb_black_box_next(const struct vb_black_box *box, struct vb_black_box_cursor *cursor,
                         uint64_t offset_ms, uint64_t *at_ms,
                         char text[VB_RECORDING_LINE_BYTES_MAX]);

VB_C_END

#endif
