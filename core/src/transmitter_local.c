/* Edits made at the device: unconditional, any number of sections, all or nothing.
 *
 *   set -> waiting -> staged, in a batch -> committed -> announced and answered
 *            |          |  |
 *            |          |  +-> not stored: nothing changed
 *            |          +-> in doubt -> a later commit has written over it: not stored
 *            +-> refused: another edit has changed meanwhile what it was checked against */
#include "transmitter_parts.h"

#include <string.h>

static bool named_before(const struct vb_section_change *changes, uint8_t index)
{
    for (uint8_t i = 0; i < index; i++) {
        if (changes[i].section == changes[index].section)
            return true;
    }
    return false;
}

/* Whether all the changes would apply to the content of `cache`. */
static enum vb_err check(struct vb_transmitter *t, const struct vb_cache *cache,
                         const struct vb_section_change *changes, uint8_t count,
                         uint8_t *bad_section, struct vb_reasons *reasons)
{
    size_t used = cache->used;
    for (uint8_t i = 0; i < count; i++) {
        const struct vb_section *section = vb_section_by_id(changes[i].section);
        const struct vb_cache_entry *entry = vb_cache_find(cache, changes[i].section);
        *bad_section = changes[i].section;
        if (section == NULL || entry == NULL)
            return VB_ERR_NOT_FOUND;
        if (named_before(changes, i))
            return VB_ERR_MALFORMED;
        uint8_t *merged = vb_scratch_borrow(&t->scratch);
        const int size =
            vb_section_merge(section, vb_cache_bytes(cache, entry), entry->size, changes[i].bytes,
                             changes[i].size, 1, merged, t->room.section_bytes_max, reasons);
        vb_scratch_give_back(&t->scratch);
        if (size < 0)
            return (enum vb_err)size;
        if ((section->flags & VB_SECTION_ON_TRIAL) != 0 && (size_t)size > VB_TRIAL_BYTES_MAX)
            return VB_ERR_TOO_LONG;
        used = used - entry->size + (size_t)size;
    }
    *bad_section = 0;
    return used <= cache->capacity ? VB_ERR_OK : VB_ERR_TOO_LONG;
}

static struct vb_local_edit *free_place(struct vb_transmitter *t)
{
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX; i++) {
        if (t->local_edits[i].id == 0)
            return &t->local_edits[i];
    }
    return NULL;
}

enum vb_err vb_transmitter_set(struct vb_transmitter *t, uint32_t now_ms,
                               const struct vb_section_change *changes, uint8_t count, uint64_t *id,
                               uint8_t *bad_section, struct vb_reasons *reasons)
{
    VB_ASSERT(count > 0);
    *bad_section = 0;
    size_t size = 0;
    for (uint8_t i = 0; i < count; i++)
        size += changes[i].size;
    if (count > VB_LOCAL_SECTIONS_MAX || size > VB_EDIT_BYTES_MAX)
        return VB_ERR_TOO_LONG;
    const enum vb_err err = check(t, &t->live, changes, count, bad_section, reasons);
    if (err != VB_ERR_OK)
        return err;
    struct vb_local_edit *edit = free_place(t);
    if (edit == NULL || !t->announced)
        return VB_ERR_BUSY;
    struct vb_writer writer = vb_writer_of(edit->bytes, sizeof edit->bytes);
    for (uint8_t i = 0; i < count; i++) {
        vb_write_bytes(&writer, changes[i].bytes, changes[i].size);
        edit->parts[i].section = changes[i].section;
        edit->parts[i].size = (uint16_t)changes[i].size;
    }
    VB_ASSERT(!writer.failed);
    edit->count = count;
    edit->id = vb_random_u64(&t->random) | 1;
    *id = edit->id;
    vb_transmitter_edits_decide(t, now_ms);
    return VB_ERR_OK;
}

static bool waits_for_decision(const struct vb_local_edit *edit)
{
    return edit->id != 0 && !edit->in_doubt;
}

bool vb_transmitter_local_waiting(const struct vb_transmitter *t)
{
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX; i++) {
        if (waits_for_decision(&t->local_edits[i]))
            return true;
    }
    return false;
}

enum vb_err vb_transmitter_outcome(const struct vb_transmitter *t, uint64_t id,
                                   struct vb_local_outcome *outcome)
{
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX && id != 0; i++) {
        if (t->local_edits[i].id == id)
            return VB_ERR_BUSY;
    }
    for (unsigned i = 0; i < VB_LOCAL_OUTCOMES_MAX && id != 0; i++) {
        *outcome = t->local_outcomes[i];
        if (outcome->id == id)
            return VB_ERR_OK;
    }
    *outcome = (struct vb_local_outcome){0};
    return VB_ERR_NOT_FOUND;
}

/* Keeps the outcome and frees the place: it may have held a secret. */
static void answer(struct vb_transmitter *t, uint32_t now_ms, struct vb_local_edit *edit)
{
    VB_ASSERT(edit->id != 0 && t->local_outcome_next < VB_LOCAL_OUTCOMES_MAX);
    t->local_outcomes[t->local_outcome_next] = (struct vb_local_outcome){
        .id = edit->id, .outcome = edit->outcome, .section = edit->section, .err = edit->err};
    t->local_outcome_next = (uint8_t)((t->local_outcome_next + 1) % VB_LOCAL_OUTCOMES_MAX);
    vb_events_push(&t->events, &(struct vb_event){.type = VB_EVENT_EDIT,
                                                  .id = edit->id,
                                                  .section = edit->section,
                                                  .err = edit->err,
                                                  .detail = edit->outcome,
                                                  .mac = t->config.mac,
                                                  .at_ms = now_ms});
    memset(edit, 0, sizeof *edit);
}

/* True if the answer depends on this batch's changes: it then waits for the commit. */
static bool decide(struct vb_transmitter *t, struct vb_local_edit *edit)
{
    struct vb_section_change changes[VB_LOCAL_SECTIONS_MAX];
    size_t at = 0;
    for (uint8_t i = 0; i < edit->count; i++) {
        changes[i] = (struct vb_section_change){edit->parts[i].section, edit->bytes + at,
                                                edit->parts[i].size};
        at += edit->parts[i].size;
    }
    VB_ASSERT(at <= sizeof edit->bytes);
    struct vb_reasons reasons = {0};
    const enum vb_err err = check(t, &t->staged, changes, edit->count, &edit->section, &reasons);
    edit->err = (int8_t)err;
    edit->outcome = err == VB_ERR_OK ? VB_EDIT_APPLIED : VB_EDIT_REFUSED;
    if (err != VB_ERR_OK)
        return false;
    bool waits = false;
    for (uint8_t i = 0; i < edit->count; i++) {
        const enum vb_err staged = vb_transmitter_stage_changes(
            t, vb_section_by_id(changes[i].section), &changes[i], false, &reasons);
        VB_ASSERT(staged == VB_ERR_OK); /* already checked */
        waits = waits || (t->staged_changed >> changes[i].section & 1) != 0;
    }
    return waits;
}

void vb_transmitter_local_decide(struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX; i++) {
        struct vb_local_edit *edit = &t->local_edits[i];
        if (!waits_for_decision(edit))
            continue;
        edit->in_batch = decide(t, edit);
        if (!edit->in_batch)
            answer(t, now_ms, edit);
    }
}

void vb_transmitter_local_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result)
{
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX; i++) {
        struct vb_local_edit *edit = &t->local_edits[i];
        if (!edit->in_batch && !edit->in_doubt)
            continue;
        if (edit->in_batch && result != VB_ERR_OK) {
            edit->in_batch = false;
            edit->outcome = VB_EDIT_NOT_STORED;
            edit->err = (int8_t)result;
            edit->in_doubt = result == VB_ERR_UNCERTAIN;
        } else if (result == VB_ERR_OK) {
            edit->in_doubt = false;
        }
        if (!edit->in_doubt)
            answer(t, now_ms, edit);
    }
}
