/* The last minute of one transmitter, in memory: its readings, and notes of what else happened.
 *
 * Bounded: the oldest is overwritten, and readings that come faster than ten a second are thinned,
 * so that a minute fits. Whoever writes it down holds a cursor and fetches line by line, while the
 * box goes on filling. */
#ifndef VOLTBEACON_RECORDINGS_BLACK_BOX_H
#define VOLTBEACON_RECORDINGS_BLACK_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "recordings/recording_lines.h"

enum {
    VB_BLACK_BOX_BEFORE_MS = 60000,
    VB_BLACK_BOX_SPACING_MS = 100, /* between two readings, on average */
    VB_BLACK_BOX_READINGS = 640,   /* the minute, and the time it takes to write it down */
    VB_BLACK_BOX_NOTES = 128,
    VB_BLACK_BOX_NOTE_BYTES_MAX = 1024
};

/* A line of a recording that is no reading, ready to be written. */
struct vb_black_box_note {
    uint64_t at_ms;
    uint16_t size;
    char text[VB_BLACK_BOX_NOTE_BYTES_MAX];
};

/* The caller allocates it; it is large. */
struct vb_black_box {
    struct vb_recorded_reading readings[VB_BLACK_BOX_READINGS];
    struct vb_black_box_note notes[VB_BLACK_BOX_NOTES];
    uint64_t reading_count; /* ever taken; number n is in slot n % VB_BLACK_BOX_READINGS */
    uint64_t note_count;    /* likewise */
    uint64_t due_ms;        /* the next reading is taken from then on, or soon before */
};

/* What is to be fetched next. */
struct vb_black_box_cursor {
    uint64_t reading;
    uint64_t note;
};

void vb_black_box_init(struct vb_black_box *box);

/* False where it was left out, for others came shortly before. */
bool vb_black_box_reading(struct vb_black_box *box, const struct vb_recorded_reading *recorded);

/* line: as vb_recording_line_end() leaves it; one that is longer than a note is left out. */
void vb_black_box_note(struct vb_black_box *box, uint64_t at_ms, const char *line, size_t size);

/* At the oldest that is held of what was taken at from_ms or later. */
struct vb_black_box_cursor vb_black_box_since(const struct vb_black_box *box, uint64_t from_ms);

/* The next line in the order of time, and on; 0 when there is none yet. What was overwritten
 * meanwhile is passed over. */
size_t vb_black_box_next(const struct vb_black_box *box, struct vb_black_box_cursor *cursor,
                         char text[VB_RECORDING_LINE_BYTES_MAX]);

#endif
