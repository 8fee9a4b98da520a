#include "voltbeacon/device/capture.h"

#include <stdio.h>
#include <string.h>

enum { SYNC_MS = 5000, PIECES_AT_END_MAX = 64 };

/* Milliseconds since 1970 UTC; 0 = not known. */
static uint64_t wall_of(const struct vb_capture *capture, uint64_t at_ms)
{
    return capture->offset_ms == 0 ? 0 : at_ms + capture->offset_ms;
}

bool vb_capture_begin(struct vb_capture *capture, const struct vb_capture_context *context,
                      uint32_t after_ms)
{
    VB_ASSERT(!capture->active && after_ms <= VB_CAPTURE_MS_MAX);
    const uint64_t now_ms = context->now_ms;
    const uint64_t from_ms = now_ms > VB_BLACK_BOX_BEFORE_MS ? now_ms - VB_BLACK_BOX_BEFORE_MS : 0;
    capture->cursor = vb_black_box_since(context->box, from_ms);
    capture->offset_ms = context->offset_ms;
    capture->written_ms = vb_black_box_at_ms(context->box, &capture->cursor, now_ms);
    capture->entry.begin_ms = wall_of(capture, capture->written_ms);
    capture->recording = context->store->begin(context->store->ctx, &capture->entry);
    if (capture->recording < 0)
        return false;
    capture->active = true;
    capture->line_count = 0;
    capture->begun_ms = now_ms;
    capture->until_ms = now_ms + after_ms;
    capture->synced_ms = now_ms;
    capture->headed = false;
    capture->published = false;
    return true;
}

void vb_capture_prolong(struct vb_capture *capture, uint64_t now_ms, uint32_t after_ms)
{
    const uint64_t most_ms = capture->begun_ms + VB_CAPTURE_MS_MAX;
    const uint64_t until_ms = now_ms + after_ms < most_ms ? now_ms + after_ms : most_ms;
    if (until_ms > capture->until_ms)
        capture->until_ms = until_ms;
}

/* A piece of the file before it is written, and the capture's position after it. */
struct piece {
    struct vb_black_box_cursor cursor;
    uint32_t line_count;
    uint64_t written_ms;
    char *text; /* VB_RECORDING_CHUNK_BYTES_MAX */
    size_t size;
    bool caught_up; /* the black box has nothing more */
};

static void add_head(const struct vb_capture *capture, const struct vb_black_box *box,
                     struct piece *piece)
{
    const struct vb_recording_entry *entry = &capture->entry;
    struct vb_recording_head head = {.mac_known = entry->mac_known,
                                     .mac = entry->mac,
                                     .begin_ms = capture->written_ms + capture->offset_ms};
    if (capture->cursor.reading < box->reading_count)
        head.cell_count =
            box->readings[capture->cursor.reading % box->reading_capacity].reading.cell_count;
    snprintf(head.reason, sizeof head.reason, "%s", entry->reason);
    piece->size += vb_recording_head_line(&head, piece->text);
    piece->line_count++;
}

static void add_lines(const struct vb_capture *capture, const struct vb_black_box *box,
                      struct piece *piece)
{
    while (VB_RECORDING_CHUNK_BYTES_MAX - piece->size >= 2 * VB_RECORDING_LINE_BYTES_MAX) {
        uint64_t at_ms = piece->written_ms;
        const size_t size = vb_black_box_next(box, &piece->cursor, capture->offset_ms, &at_ms,
                                              piece->text + piece->size);
        piece->caught_up = size == 0;
        if (piece->caught_up)
            return;
        piece->written_ms = at_ms > piece->written_ms ? at_ms : piece->written_ms;
        piece->size += size;
        piece->line_count++;
    }
}

static unsigned steps_after(const struct vb_capture *capture, const struct piece *piece,
                            uint64_t now_ms, bool over)
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
                   uint64_t now_ms)
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

/* Writes one piece. True if more remains to be done soon. */
static bool write_piece(struct vb_capture *capture, const struct vb_capture_context *context,
                        bool over)
{
    const struct vb_recording_store *store = context->store;
    struct piece piece = {.cursor = capture->cursor,
                          .line_count = capture->line_count,
                          .written_ms = capture->written_ms,
                          .text = context->scratch};
    if (!capture->headed)
        add_head(capture, context->box, &piece);
    add_lines(capture, context->box, &piece);
    const unsigned steps = steps_after(capture, &piece, context->now_ms, over);
    if (steps == VB_RECORDING_FINISH)
        piece.size += vb_recording_end_line(piece.line_count, piece.text + piece.size);
    if (piece.size == 0 && steps == VB_RECORDING_GO_ON)
        return false;
    if (!store->write(store->ctx, capture->recording, piece.text, piece.size,
                      wall_of(capture, piece.written_ms), steps))
        return true;
    accept(capture, &piece, steps, context->now_ms);
    return !piece.caught_up;
}

bool vb_capture_pump(struct vb_capture *capture, const struct vb_capture_context *context)
{
    if (!capture->active)
        return false;
    const struct vb_recording_store *store = context->store;
    const bool over =
        context->now_ms >= capture->until_ms || store->has_failed(store->ctx, capture->recording);
    return write_piece(capture, context, over);
}

void vb_capture_end(struct vb_capture *capture, const struct vb_capture_context *context)
{
    /* If the disk is so slow that the queue stays full, the recording will be found cut off. */
    for (unsigned i = 0; i < PIECES_AT_END_MAX && capture->active; i++)
        (void)write_piece(capture, context, true);
}
