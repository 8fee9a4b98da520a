#include "migration/old_import.h"

#include <stdio.h>

enum { FIRST_VERSION = 1 /* of a section that nobody has set */ };

/* ---- Marks ---- */

static const char *name_of(const struct vb_old_row *row)
{
    const struct vb_section *section = vb_section_by_id(row->old.section);
    VB_ASSERT(section != NULL);
    return section->name;
}

/* VB_ERR_OK: there is one; VB_ERR_NOT_FOUND; VB_ERR_STORE. */
static enum vb_err find_mark(const struct vb_key_store *marks, const char *name)
{
    uint8_t mark[4];
    const int size = marks->get(marks->ctx, name, mark, sizeof mark);
    return size >= 0 || size == VB_ERR_TOO_LONG ? VB_ERR_OK : (enum vb_err)size;
}

/* If it cannot be written, the next start finds out: the section then counts as set since. */
static void set_mark(const struct vb_key_store *marks, const char *name)
{
    static const uint8_t mark = 1;
    (void)marks->write(marks->ctx, name, &mark, sizeof mark);
}

/* ---- Steps ---- */

static bool legal(enum vb_old_step from, enum vb_old_step to)
{
    switch (from) {
    case VB_OLD_WAITS:
        return to == VB_OLD_SENT || to == VB_OLD_LEFT;
    case VB_OLD_SENT:
        return to != VB_OLD_SENT;
    case VB_OLD_DONE:
    case VB_OLD_LEFT:
        break;
    }
    return false;
}

static void go(struct vb_old_row *row, enum vb_old_step to, enum vb_old_why why)
{
    VB_ASSERT(legal(row->step, to));
    row->step = to;
    row->why = why;
}

static void leave(struct vb_old_row *row, const struct vb_key_store *marks, enum vb_old_why why)
{
    go(row, VB_OLD_LEFT, why);
    if (why == VB_OLD_WHY_SET_SINCE)
        set_mark(marks, name_of(row));
}

static void send_row(struct vb_old_row *row, const struct vb_key_store *marks,
                     struct vb_receiver *receiver, const struct vb_mac *transmitter,
                     uint32_t now_ms)
{
    const struct vb_peer *peer = vb_receiver_peer(receiver, transmitter);
    const uint8_t id = row->old.section;
    if (peer == NULL || peer->link != VB_LINK_CONNECTED ||
        vb_peer_sync(peer, id) != VB_SYNC_VERIFIED)
        return;
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    VB_ASSERT(entry != NULL);
    if (entry->version != FIRST_VERSION) {
        leave(row, marks, VB_OLD_WHY_SET_SINCE);
        return;
    }
    struct vb_reasons reasons = {0};
    const enum vb_err err = vb_receiver_edit(receiver, now_ms, transmitter, id, row->old.bytes,
                                             row->old.size, &row->edit, &reasons);
    if (err == VB_ERR_OK)
        go(row, VB_OLD_SENT, VB_OLD_WHY_NONE);
    else if (err != VB_ERR_BUSY && err != VB_ERR_OFFLINE)
        leave(row, marks, VB_OLD_WHY_TRANSMITTER);
}

static void look(struct vb_old_row *row, const struct vb_key_store *marks,
                 const struct vb_receiver *receiver)
{
    const struct vb_edit *edit = vb_receiver_edit_find(receiver, row->edit);
    if (edit == NULL) { /* other edits took its place: the version will tell what became of it */
        go(row, VB_OLD_WAITS, VB_OLD_WHY_NONE);
        return;
    }
    switch (edit->state) {
    case VB_EDIT_STATE_PENDING:
    case VB_EDIT_STATE_TIMED_OUT:
        break;
    case VB_EDIT_STATE_CONFIRMED:
        go(row, VB_OLD_DONE, VB_OLD_WHY_NONE);
        set_mark(marks, name_of(row));
        break;
    case VB_EDIT_STATE_CONFLICT:
        go(row, VB_OLD_WAITS, VB_OLD_WHY_NONE);
        break;
    case VB_EDIT_STATE_REFUSED:
        leave(row, marks, VB_OLD_WHY_TRANSMITTER);
        break;
    }
}

/* ---- Life ---- */

void vb_old_import_begin(struct vb_old_import *import, const struct vb_old_keys *keys,
                         const struct vb_key_store *marks, bool with_secrets)
{
    *import = (struct vb_old_import){.marks = marks};
    for (unsigned i = 0; i < VB_OLD_SECTIONS; i++) {
        struct vb_old_row *row = &import->rows[i];
        vb_old_section_read(keys, i, with_secrets, &row->old);
        const enum vb_err marked = find_mark(marks, name_of(row));
        if (marked != VB_ERR_NOT_FOUND)
            leave(row, marks, marked == VB_ERR_OK ? VB_OLD_WHY_MARKED : VB_OLD_WHY_MARKS);
        else if (row->old.verdict != VB_OLD_READ)
            leave(row, marks, VB_OLD_WHY_NOTHING);
    }
}

unsigned vb_old_import_turn(struct vb_old_import *import, struct vb_receiver *receiver,
                            const struct vb_mac *transmitter, uint32_t now_ms)
{
    unsigned gone_on = 0;
    for (unsigned i = 0; i < VB_OLD_SECTIONS; i++) {
        struct vb_old_row *row = &import->rows[i];
        const enum vb_old_step before = row->step;
        if (row->step == VB_OLD_SENT)
            look(row, import->marks, receiver);
        if (row->step == VB_OLD_WAITS)
            send_row(row, import->marks, receiver, transmitter, now_ms);
        if (row->step != before)
            gone_on |= 1u << i;
    }
    return gone_on;
}

static const char *step_text(const struct vb_old_row *row)
{
    static const char *const why_texts[] = {
        [VB_OLD_WHY_NONE] = "",
        [VB_OLD_WHY_NOTHING] = "",
        [VB_OLD_WHY_MARKED] = "they were taken over before",
        [VB_OLD_WHY_SET_SINCE] = "left alone: the transmitter's have been set since",
        [VB_OLD_WHY_TRANSMITTER] = "the transmitter refuses them; set them there by hand",
        [VB_OLD_WHY_MARKS] = "left alone: whether they were taken over before cannot be read"};
    switch (row->step) {
    case VB_OLD_WAITS:
        return "they wait for the transmitter";
    case VB_OLD_SENT:
        return "sent to the transmitter";
    case VB_OLD_DONE:
        return row->old.secret_left
                   ? "the transmitter has them now, but for the password: set it there"
                   : "the transmitter has them now";
    case VB_OLD_LEFT:
        break;
    }
    return why_texts[row->why];
}

void vb_old_row_text(const struct vb_old_row *row, char *text, size_t capacity)
{
    if (row->why == VB_OLD_WHY_NOTHING)
        vb_old_section_text(&row->old, text, capacity);
    else
        snprintf(text, capacity, "old settings, %s: %s", name_of(row), step_text(row));
}
