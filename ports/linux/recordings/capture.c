#include "linux/recordings/capture.h"

#include <stdio.h>
#include <string.h>

#include "voltbeacon/core/time.h"

enum { SYNC_MS = 5000, PIECES_AT_END_MAX = 64 };

/* The time of the first line there will be. */
static uint64_t first_ms(const struct vb_black_box *box, const struct vb_black_box_cursor *cursor,
                         uint64_t now_wall_ms)
{
    uint64_t at_ms = now_wall_ms;
    if (cursor->reading < box->reading_count)
        at_ms = box->readings[cursor->reading % VB_BLACK_BOX_READINGS].at_ms;
    if (cursor->note < box->note_count) {
        const uint64_t note_ms = box->notes[cursor->note % VB_BLACK_BOX_NOTES].at_ms;
        at_ms = note_ms < at_ms ? note_ms : at_ms;
    }
    return at_ms;
}

bool vb_capture_begin(struct vb_capture *capture, struct vb_recording_folder *folder,
                      const struct vb_black_box *box, uint32_t now_ms, uint64_t now_wall_ms,
                      uint32_t after_ms)
{
    VB_ASSERT(!capture->active && after_ms <= VB_CAPTURE_MS_MAX);
    const uint64_t from_ms = now_wall_ms - VB_BLACK_BOX_BEFORE_MS;
    capture->cursor = vb_black_box_since(box, from_ms);
    capture->entry.begin_ms = first_ms(box, &capture->cursor, now_wall_ms);
    capture->recording = vb_recording_begin(folder, &capture->entry);
    if (capture->recording < 0)
        return false;
    capture->active = true;
    capture->line_count = 0;
    capture->written_ms = capture->entry.begin_ms;
    capture->begun_ms = now_ms;
    capture->until_ms = now_ms + after_ms;
    capture->synced_ms = now_ms;
    capture->headed = false;
    capture->published = false;
    return true;
}

void vb_capture_prolong(struct vb_capture *capture, uint32_t now_ms, uint32_t after_ms)
{
    const uint32_t most_ms = capture->begun_ms + VB_CAPTURE_MS_MAX;
    uint32_t until_ms = now_ms + after_ms;
    if (vb_time_reached(until_ms, most_ms))
        until_ms = most_ms;
    if (vb_time_reached(until_ms, capture->until_ms))
        capture->until_ms = until_ms;
}

/* A piece of the file before it is written, and where the capture is behind it. */
struct piece {
    struct vb_black_box_cursor cursor;
    uint32_t line_count;
    uint64_t written_ms;
    size_t size;
    bool caught_up; /* the box has no more */
    char text[VB_RECORDING_CHUNK_BYTES_MAX];
};

static void add_head(const struct vb_capture *capture, const struct vb_black_box *box,
                     struct piece *piece)
{
    const struct vb_recording_entry *entry = &capture->entry;
    struct vb_recording_head head = {
        .mac_known = entry->mac_known, .mac = entry->mac, .begin_ms = entry->begin_ms};
    if (capture->cursor.reading < box->reading_count)
        head.cell_count =
            box->readings[capture->cursor.reading % VB_BLACK_BOX_READINGS].reading.cell_count;
    snprintf(head.reason, sizeof head.reason, "%s", entry->reason);
    piece->size += vb_recording_head_line(&head, piece->text);
    piece->line_count++;
}

static void add_lines(const struct vb_black_box *box, struct piece *piece)
{
    while (sizeof piece->text - piece->size >= 2 * VB_RECORDING_LINE_BYTES_MAX) {
        const size_t size = vb_black_box_next(box, &piece->cursor, piece->text + piece->size);
        piece->caught_up = size == 0;
        if (piece->caught_up)
            return;
        piece->size += size;
        piece->line_count++;
    }
}

/* The time of the last line that was fetched. */
static uint64_t last_ms(const struct vb_black_box *box, const struct piece *piece)
{
    const struct vb_black_box_cursor *cursor = &piece->cursor;
    uint64_t at_ms = piece->written_ms;
    if (cursor->reading > 0 && cursor->reading <= box->reading_count)
        at_ms = box->readings[(cursor->reading - 1) % VB_BLACK_BOX_READINGS].at_ms;
    if (cursor->note > 0 && cursor->note <= box->note_count) {
        const uint64_t note_ms = box->notes[(cursor->note - 1) % VB_BLACK_BOX_NOTES].at_ms;
        at_ms = note_ms > at_ms ? note_ms : at_ms;
    }
    return at_ms > piece->written_ms ? at_ms : piece->written_ms;
}

static unsigned steps_after(const struct vb_capture *capture, const struct piece *piece,
                            uint32_t now_ms, bool over)
{
    if (!piece->caught_up)
        return VB_RECORDING_GO_ON;
    if (over)
        return VB_RECORDING_FINISH;
    if (!capture->published)
        return VB_RECORDING_PUBLISH;
    return now_ms - capture->synced_ms >= SYNC_MS ? VB_RECORDING_SYNC : VB_RECORDING_GO_ON;
}

static void accept(struct vb_capture *capture, const struct piece *piece, unsigned steps,
                   uint32_t now_ms)
{
    capture->cursor = piece->cursor;
    capture->line_count = piece->line_count;
    capture->written_ms = piece->written_ms;
    capture->headed = true;
    capture->published = capture->published || (steps & VB_RECORDING_PUBLISH) != 0;
    capture->active = (steps & VB_RECORDING_FINISH) == 0;
    if (steps != VB_RECORDING_GO_ON)
        capture->synced_ms = now_ms;
}

/* Writes one piece. True where there is more to be done soon. */
static bool write_piece(struct vb_capture *capture, struct vb_recording_folder *folder,
                        const struct vb_black_box *box, uint32_t now_ms, bool over)
{
    struct piece piece = {.cursor = capture->cursor,
                          .line_count = capture->line_count,
                          .written_ms = capture->written_ms};
    if (!capture->headed)
        add_head(capture, box, &piece);
    add_lines(box, &piece);
    piece.written_ms = last_ms(box, &piece);
    const unsigned steps = steps_after(capture, &piece, now_ms, over);
    if (steps == VB_RECORDING_FINISH)
        piece.size += vb_recording_end_line(piece.line_count, piece.text + piece.size);
    if (piece.size == 0 && steps == VB_RECORDING_GO_ON)
        return false;
    if (!vb_recording_write(folder, capture->recording, piece.text, piece.size, piece.written_ms,
                            steps))
        return true;
    accept(capture, &piece, steps, now_ms);
    return !piece.caught_up;
}

bool vb_capture_pump(struct vb_capture *capture, struct vb_recording_folder *folder,
                     const struct vb_black_box *box, uint32_t now_ms)
{
    if (!capture->active)
        return false;
    const bool over = vb_time_reached(now_ms, capture->until_ms) ||
                      vb_recording_has_failed(folder, capture->recording);
    return write_piece(capture, folder, box, now_ms, over);
}

void vb_capture_end(struct vb_capture *capture, struct vb_recording_folder *folder,
                    const struct vb_black_box *box, uint32_t now_ms)
{
    /* Where the disk is so slow that the queue stays full, the recording is found cut off. */
    for (unsigned i = 0; i < PIECES_AT_END_MAX && capture->active; i++)
        (void)write_piece(capture, folder, box, now_ms, true);
}
