#include "edit_book.h"

#include <string.h>

void edit_book_init(struct edit_book *book)
{
    book->count = 0;
    memset(book->answered, 0, sizeof book->answered);
    memset(book->answered_next, 0, sizeof book->answered_next);
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX; i++) {
        for (unsigned id = 0; id <= VB_MARKS_MAX; id++)
            book->last[i][id].store_id = 0;
    }
}

void edit_book_add(struct edit_book *book, const struct booked_edit *edit)
{
    VB_ASSERT(book->count < EDIT_BOOK_MAX);
    book->edits[book->count++] = *edit;
}

struct booked_edit *edit_book_find(struct edit_book *book, uint64_t id)
{
    for (unsigned i = 0; i < book->count; i++) {
        if (book->edits[i].id == id)
            return &book->edits[i];
    }
    return NULL;
}

void edit_book_answered(struct edit_book *book, uint8_t transmitter, uint64_t id, bool applied)
{
    struct answered_edit *const answered = book->answered[transmitter];
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        if (answered[i].id == id)
            return;
    }
    answered[book->answered_next[transmitter]++ % VB_EDIT_LEDGER_MAX] =
        (struct answered_edit){.id = id, .applied = applied};
    struct booked_edit *edit = edit_book_find(book, id);
    if (edit == NULL)
        return;
    edit->forgotten = edit->answered;
    edit->answered = true;
}

void edit_book_boot(struct edit_book *book, uint8_t transmitter)
{
    for (unsigned i = 0; i < book->count; i++) {
        if (book->edits[i].transmitter == transmitter)
            book->edits[i].refused = false;
    }
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        struct answered_edit *answered = &book->answered[transmitter][i];
        if (!answered->applied)
            answered->id = 0;
    }
}

void edit_book_restored(struct edit_book *book, uint8_t transmitter)
{
    for (unsigned i = 0; i < book->count; i++) {
        if (book->edits[i].transmitter == transmitter)
            book->edits[i].id = 0;
    }
    for (unsigned id = 0; id <= VB_MARKS_MAX; id++)
        book->last[transmitter][id].store_id = 0;
    memset(book->answered[transmitter], 0, sizeof book->answered[transmitter]);
}

/* Whether the field of that tag is a 4-byte integer of this value. Lengths in a section have one
 * byte below 128, two above. */
static bool has_value(const uint8_t *bytes, size_t size, uint8_t tag, uint32_t value)
{
    for (size_t at = 0; at + 1 < size;) {
        const uint8_t *item = bytes + at;
        const size_t head = item[1] < 128 ? 2 : 3;
        const size_t length = head == 2 ? item[1] : (item[1] & 127u) | (size_t)item[2] << 7;
        if (item[0] == tag && length == 4 && at + head + length <= size)
            return ((uint32_t)item[2] | (uint32_t)item[3] << 8 | (uint32_t)item[4] << 16 |
                    (uint32_t)item[5] << 24) == value;
        at += head + length;
    }
    return false;
}

static const char *judge(struct booked_edit *edit, const struct announced_content *last)
{
    if (edit->applied > 0)
        return "applied a second time";
    if (edit->refused || edit->conflict)
        return "applied after it was called refused";
    edit->applied = 1;
    return last->version == edit->version ? NULL : "applied on what it was not made on";
}

const char *edit_book_announced(struct edit_book *book, uint8_t transmitter, uint32_t store_id,
                                const struct vb_cache *live, const struct vb_cache_entry *entry)
{
    struct announced_content *last = &book->last[transmitter][entry->id];
    const uint8_t *bytes = live->bytes + entry->offset;
    const char *wrong = NULL;
    for (unsigned i = 0; i < book->count && last->store_id == store_id; i++) {
        struct booked_edit *edit = &book->edits[i];
        if (edit->id == 0 || edit->transmitter != transmitter || edit->section != entry->id ||
            !has_value(bytes, entry->size, edit->tag, edit->value) ||
            has_value(last->bytes, last->size, edit->tag, edit->value))
            continue;
        const char *found =
            edit->store_id == store_id ? judge(edit, last) : "applied to another store";
        wrong = found != NULL ? found : wrong;
    }
    last->store_id = store_id;
    last->version = entry->version;
    last->size = entry->size;
    memcpy(last->bytes, bytes, entry->size);
    return wrong;
}
