#include "recordings/black_box.h"

#include <string.h>

enum {
    EARLY_MS = 20,         /* timers are not exact: a reading this much early is taken */
    CLOCK_STEP_MS = 10000, /* further off than any reading comes: the clock was set */
};

void vb_black_box_init(struct vb_black_box *box)
{
    memset(box, 0, sizeof *box);
}

/* Whether a reading is due, at most once in the spacing on average: a late one does not cost the
 * next. */
static bool due(uint64_t *due_ms, uint64_t at_ms)
{
    const int64_t late_ms = (int64_t)(at_ms - *due_ms);
    const bool clock_was_set = late_ms < -CLOCK_STEP_MS;
    if (late_ms + EARLY_MS < 0 && !clock_was_set)
        return false;
    const bool behind = late_ms > VB_BLACK_BOX_SPACING_MS || clock_was_set;
    *due_ms = (behind ? at_ms : *due_ms) + VB_BLACK_BOX_SPACING_MS;
    return true;
}

bool vb_black_box_reading(struct vb_black_box *box, const struct vb_recorded_reading *recorded)
{
    if (!due(&box->due_ms, recorded->at_ms))
        return false;
    box->readings[box->reading_count++ % VB_BLACK_BOX_READINGS] = *recorded;
    return true;
}

void vb_black_box_note(struct vb_black_box *box, uint64_t at_ms, const char *line, size_t size)
{
    if (size > VB_BLACK_BOX_NOTE_BYTES_MAX)
        return;
    struct vb_black_box_note *note = &box->notes[box->note_count++ % VB_BLACK_BOX_NOTES];
    note->at_ms = at_ms;
    note->size = (uint16_t)size;
    memcpy(note->text, line, size);
}

static uint64_t oldest(uint64_t count, uint64_t capacity)
{
    return count > capacity ? count - capacity : 0;
}

static const struct vb_recorded_reading *reading_at(const struct vb_black_box *box, uint64_t number)
{
    return number < box->reading_count ? &box->readings[number % VB_BLACK_BOX_READINGS] : NULL;
}

static const struct vb_black_box_note *note_at(const struct vb_black_box *box, uint64_t number)
{
    return number < box->note_count ? &box->notes[number % VB_BLACK_BOX_NOTES] : NULL;
}

static void pass_overwritten(const struct vb_black_box *box, struct vb_black_box_cursor *cursor)
{
    const uint64_t reading = oldest(box->reading_count, VB_BLACK_BOX_READINGS);
    const uint64_t note = oldest(box->note_count, VB_BLACK_BOX_NOTES);
    cursor->reading = cursor->reading < reading ? reading : cursor->reading;
    cursor->note = cursor->note < note ? note : cursor->note;
}

struct vb_black_box_cursor vb_black_box_since(const struct vb_black_box *box, uint64_t from_ms)
{
    struct vb_black_box_cursor cursor = {0};
    pass_overwritten(box, &cursor);
    while (cursor.reading < box->reading_count && reading_at(box, cursor.reading)->at_ms < from_ms)
        cursor.reading++;
    while (cursor.note < box->note_count && note_at(box, cursor.note)->at_ms < from_ms)
        cursor.note++;
    return cursor;
}

size_t vb_black_box_next(const struct vb_black_box *box, struct vb_black_box_cursor *cursor,
                         char text[VB_RECORDING_LINE_BYTES_MAX])
{
    pass_overwritten(box, cursor);
    const struct vb_recorded_reading *reading = reading_at(box, cursor->reading);
    const struct vb_black_box_note *note = note_at(box, cursor->note);
    if (reading != NULL && (note == NULL || reading->at_ms <= note->at_ms)) {
        cursor->reading++;
        return vb_recording_reading_line(reading, text);
    }
    if (note == NULL)
        return 0;
    cursor->note++;
    memcpy(text, note->text, note->size);
    return note->size;
}
