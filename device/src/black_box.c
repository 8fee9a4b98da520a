#include "voltbeacon/device/black_box.h"

#include <string.h>

enum { EARLY_MS = 20 }; /* timers are inexact: a reading this much too early is taken */

void vb_black_box_init(struct vb_black_box *box, struct vb_recorded_reading *readings,
                       uint16_t reading_capacity, struct vb_black_box_note *notes,
                       uint16_t note_capacity)
{
    VB_ASSERT(reading_capacity >= 1 && note_capacity >= 1);
    *box = (struct vb_black_box){.readings = readings,
                                 .notes = notes,
                                 .reading_capacity = reading_capacity,
                                 .note_capacity = note_capacity};
}

/* Whether a reading is due: on average at most one per spacing, so a late one does not cost the
 * next. */
static bool due(uint64_t *due_ms, uint64_t at_ms)
{
    if (at_ms + EARLY_MS < *due_ms)
        return false;
    const bool behind = at_ms > *due_ms + VB_BLACK_BOX_SPACING_MS;
    *due_ms = (behind ? at_ms : *due_ms) + VB_BLACK_BOX_SPACING_MS;
    return true;
}

bool vb_black_box_reading(struct vb_black_box *box, const struct vb_recorded_reading *recorded)
{
    if (!due(&box->due_ms, recorded->at_ms))
        return false;
    box->readings[box->reading_count++ % box->reading_capacity] = *recorded;
    return true;
}

void vb_black_box_note(struct vb_black_box *box, uint64_t at_ms, const char *line, size_t size)
{
    const char *rest = memchr(line, ',', size); /* behind the time, the line's first member */
    if (rest == NULL || size - (size_t)(rest - line) > VB_BLACK_BOX_NOTE_BYTES_MAX)
        return;
    struct vb_black_box_note *note = &box->notes[box->note_count++ % box->note_capacity];
    note->at_ms = at_ms;
    note->size = (uint16_t)(size - (size_t)(rest - line));
    memcpy(note->text, rest, note->size);
}

static uint64_t oldest(uint64_t count, uint64_t capacity)
{
    return count > capacity ? count - capacity : 0;
}

static const struct vb_recorded_reading *reading_at(const struct vb_black_box *box, uint64_t number)
{
    return number < box->reading_count ? &box->readings[number % box->reading_capacity] : NULL;
}

static const struct vb_black_box_note *note_at(const struct vb_black_box *box, uint64_t number)
{
    return number < box->note_count ? &box->notes[number % box->note_capacity] : NULL;
}

static void pass_overwritten(const struct vb_black_box *box, struct vb_black_box_cursor *cursor)
{
    const uint64_t reading = oldest(box->reading_count, box->reading_capacity);
    const uint64_t note = oldest(box->note_count, box->note_capacity);
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

uint64_t vb_black_box_at_ms(const struct vb_black_box *box,
                            const struct vb_black_box_cursor *cursor, uint64_t fallback_ms)
{
    const struct vb_recorded_reading *reading = reading_at(box, cursor->reading);
    const struct vb_black_box_note *note = note_at(box, cursor->note);
    const uint64_t at_ms = reading == NULL ? fallback_ms : reading->at_ms;
    return note == NULL || note->at_ms > at_ms ? at_ms : note->at_ms;
}

static size_t note_line(const struct vb_black_box_note *note, uint64_t offset_ms,
                        char text[VB_RECORDING_LINE_BYTES_MAX])
{
    const struct vb_json json = vb_recording_line_begin(note->at_ms + offset_ms, text);
    VB_ASSERT(json.at + note->size <= VB_RECORDING_LINE_BYTES_MAX);
    memcpy(text + json.at, note->text, note->size);
    return json.at + note->size;
}

size_t vb_black_box_next(const struct vb_black_box *box, struct vb_black_box_cursor *cursor,
                         uint64_t offset_ms, uint64_t *at_ms,
                         char text[VB_RECORDING_LINE_BYTES_MAX])
{
    pass_overwritten(box, cursor);
    const struct vb_recorded_reading *reading = reading_at(box, cursor->reading);
    const struct vb_black_box_note *note = note_at(box, cursor->note);
    if (reading != NULL && (note == NULL || reading->at_ms <= note->at_ms)) {
        cursor->reading++;
        *at_ms = reading->at_ms;
        return vb_recording_reading_line(reading, offset_ms, text);
    }
    if (note == NULL)
        return 0;
    cursor->note++;
    *at_ms = note->at_ms;
    return note_line(note, offset_ms, text);
}
