/* Edits received over the link: assembled from fragments, decided in turn, committed together,
 * answered.
 *
 *   fragments -> complete -> decided -> in a batch -> committed -> announced and answered
 *                               |             |  |
 *                               |             |  +-> not stored: nothing changed
 *                               |             +-> in doubt -> a later commit has written over it:
 *                               |                             not stored
 *                               +-> refused, conflict
 *
 * Results are kept in a ledger, so that an edit sent again gets the same
 * answer and is applied only once, and a receiver that heard no answer can
 * ask for it. One in doubt has no answer yet: a restart
 * finds it in the store, with its result in the ledger, or finds nothing of
 * it. */
#include "transmitter_parts.h"

#include <string.h>

enum { STALE_EDIT_MS = 10000 /* incomplete edits are dropped after this */ };

/* ---- The ledger ---- */

static struct vb_edit_ledger_row *ledger_find(struct vb_edit_ledger_row *ledger,
                                              const struct vb_mac *from, uint64_t id)
{
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        if (ledger[i].result.id == id && vb_mac_equal(&ledger[i].from, from))
            return &ledger[i];
    }
    return NULL;
}

void vb_transmitter_ledger_add(struct vb_edit_ledger_row *ledger, uint8_t *next,
                               const struct vb_mac *from, const struct vb_edit_result *result)
{
    ledger[*next] = (struct vb_edit_ledger_row){.from = *from, .result = *result, .announce = true};
    *next = (uint8_t)((*next + 1) % VB_EDIT_LEDGER_MAX);
}

/* Answers with edit->result and frees the place: it may have held a secret. */
static void answer(struct vb_transmitter *t, uint32_t now_ms, struct vb_edit_waiting *edit)
{
    vb_transmitter_ledger_add(t->ledger, &t->ledger_next, &edit->from, &edit->result);
    if (edit->result.outcome == VB_EDIT_CONFLICT)
        vb_transmitter_answer_section(t, now_ms, &edit->from, edit->section);
    vb_edit_become(edit, VB_PLACE_FREE);
}

/* ---- Assembling ---- */

enum vb_err vb_transmitter_edit_input(struct vb_transmitter *t, uint32_t now_ms,
                                      const struct vb_mac *src, const struct vb_edit_part *part)
{
    struct vb_edit_ledger_row *answered = ledger_find(t->ledger, src, part->id);
    if (answered != NULL) {
        answered->announce = true;
        return VB_ERR_OK;
    }
    if (part->boot == 0) {
        if (vb_transmitter_find_edit(t, src, part->id) == NULL)
            t->question =
                (struct vb_edit_question){.from = *src, .id = part->id, .section = part->section};
        return VB_ERR_OK;
    }
    /* Refusals of an earlier boot are not remembered, and its answer may still be on the way. */
    if (part->boot != t->boot)
        return VB_ERR_OLD;
    struct vb_edit_waiting *edit = vb_transmitter_find_edit(t, src, part->id);
    if (edit == NULL) {
        edit = vb_transmitter_take_place(t);
        if (edit == NULL)
            return VB_ERR_BUSY;
        *edit = (struct vb_edit_waiting){.begun_ms = now_ms,
                                         .from = *src,
                                         .id = part->id,
                                         .store_id = part->store_id,
                                         .base_version = part->base_version,
                                         .base_hash = part->base_hash,
                                         .size = part->total,
                                         .section = part->section,
                                         .missing = vb_fragments_all(&t->room, part->total)};
        vb_edit_become(edit, VB_PLACE_ASSEMBLING);
    }
    const bool same_edit = edit->size == part->total && edit->section == part->section &&
                           edit->store_id == part->store_id &&
                           edit->base_version == part->base_version &&
                           edit->base_hash == part->base_hash;
    if (!same_edit)
        return VB_ERR_MALFORMED;
    if (edit->place != VB_PLACE_ASSEMBLING)
        return VB_ERR_OK;
    memcpy(edit->bytes + part->offset, part->bytes, part->size);
    edit->missing &= ~(1u << part->index);
    if (edit->missing == 0)
        vb_edit_become(edit, VB_PLACE_WHOLE);
    return VB_ERR_OK;
}

/* ---- Deciding ---- */

static bool changes_secret(const struct vb_section *section, const struct vb_edit_waiting *edit,
                           uint8_t *tag)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        size_t size;
        const struct vb_field *field = &section->fields[i];
        if (field->type == VB_TYPE_SECRET &&
            vb_section_find(edit->bytes, edit->size, field->tag, &size) != NULL) {
            *tag = field->tag;
            return true;
        }
    }
    return false;
}

/* Stages the secrets' texts that a change brings, and drops those that it unset implicitly because
 * they were bound to a field that it does name. */
static void stage_secrets(struct vb_transmitter *t, const struct vb_section *section,
                          const struct vb_section_change *change, const uint8_t *merged,
                          size_t merged_size)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        size_t size;
        if (field->type != VB_TYPE_SECRET)
            continue;
        const uint8_t *text = vb_section_find(change->bytes, change->size, field->tag, &size);
        size_t state_size;
        const uint8_t *state = vb_section_find(merged, merged_size, field->tag, &state_size);
        if (text != NULL)
            vb_transmitter_stage_secret(t, section->id, field->tag, text, size);
        else if (state_size == 0)
            vb_transmitter_stage_secret(t, section->id, field->tag, state, 0);
    }
}

static void stage_trial_step(struct vb_transmitter *t, const struct vb_section *section,
                             bool on_trial)
{
    if ((section->flags & VB_SECTION_ON_TRIAL) == 0)
        return;
    if (on_trial)
        vb_transmitter_stage_trial(t, section->id);
    else if (t->trial)
        vb_transmitter_stage_trial_end(t);
}

/* Like vb_transmitter_stage_changes, with a merge buffer of VB_SECTION_BYTES_MAX bytes. */
static enum vb_err stage_merged(struct vb_transmitter *t, const struct vb_section *section,
                                const struct vb_section_change *change, bool on_trial,
                                struct vb_reasons *reasons, uint8_t *merged)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, section->id);
    const uint32_t stamp = vb_random_nonzero_u32(&t->random);
    const uint8_t *bytes = vb_cache_bytes(&t->staged, entry);
    const int size = vb_section_merge(section, bytes, entry->size, change->bytes, change->size,
                                      stamp, merged, VB_SECTION_BYTES_MAX, reasons);
    if (size < 0)
        return (enum vb_err)size;
    if ((size_t)size == entry->size && memcmp(merged, bytes, entry->size) == 0)
        return VB_ERR_OK;
    if ((section->flags & VB_SECTION_ON_TRIAL) != 0 && (size_t)size > VB_TRIAL_BYTES_MAX)
        return VB_ERR_TOO_LONG;
    const enum vb_err err = vb_transmitter_stage_section(t, section->id, merged, (size_t)size);
    if (err != VB_ERR_OK)
        return err;
    stage_secrets(t, section, change, merged, (size_t)size);
    stage_trial_step(t, section, on_trial);
    return VB_ERR_OK;
}

enum vb_err vb_transmitter_stage_changes(struct vb_transmitter *t, const struct vb_section *section,
                                         const struct vb_section_change *change, bool on_trial,
                                         struct vb_reasons *reasons)
{
    uint8_t *merged = vb_scratch_borrow(&t->scratch);
    const enum vb_err err = stage_merged(t, section, change, on_trial, reasons, merged);
    vb_scratch_give_back(&t->scratch);
    return err;
}

/* The condition of an edit: the store, version and content it is based on. */
static enum vb_edit_outcome check_base(const struct vb_transmitter *t,
                                       const struct vb_edit_waiting *edit,
                                       const struct vb_cache_entry *entry)
{
    if (edit->store_id != t->store_id)
        return VB_EDIT_OTHER_STORE;
    const uint32_t hash = vb_section_hash(vb_cache_bytes(&t->staged, entry), entry->size);
    return entry->version == edit->base_version && hash == edit->base_hash ? VB_EDIT_APPLIED
                                                                           : VB_EDIT_CONFLICT;
}

static void refuse(struct vb_edit_result *result, uint8_t tag, enum vb_err err)
{
    result->outcome = VB_EDIT_REFUSED;
    vb_reasons_add(&result->reasons, tag, err, 0);
}

static void apply(struct vb_transmitter *t, const struct vb_section *section,
                  const struct vb_edit_waiting *edit, struct vb_edit_result *result)
{
    const struct vb_section_change change = {section->id, edit->bytes, edit->size};
    const enum vb_err err =
        vb_transmitter_stage_changes(t, section, &change, true, &result->reasons);
    if (err == VB_ERR_OK)
        result->version = vb_cache_find(&t->staged, section->id)->version;
    else if (result->reasons.count > 0)
        result->outcome = VB_EDIT_REFUSED;
    else
        refuse(result, 0, err);
}

/* True if the answer depends on this batch's changes: it then waits for the commit. */
static bool decide(struct vb_transmitter *t, struct vb_edit_waiting *edit)
{
    struct vb_edit_result *result = &edit->result;
    *result = (struct vb_edit_result){.id = edit->id, .section = edit->section};
    const struct vb_section *section = vb_section_by_id(edit->section);
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, edit->section);
    uint8_t tag;
    if (section == NULL || entry == NULL) {
        refuse(result, 0, VB_ERR_NOT_FOUND);
        return false;
    }
    result->outcome = (uint8_t)check_base(t, edit, entry);
    if (result->outcome == VB_EDIT_CONFLICT)
        result->version = entry->version;
    else if (result->outcome == VB_EDIT_APPLIED && !t->config.remote_secrets &&
             changes_secret(section, edit, &tag))
        refuse(result, tag, VB_ERR_NOT_ALLOWED);
    else if (result->outcome == VB_EDIT_APPLIED)
        apply(t, section, edit, result);
    return (t->staged_changed >> section->id & 1) != 0;
}

void vb_transmitter_edits_decide(struct vb_transmitter *t, uint32_t now_ms)
{
    if (!t->announced || t->commit_kind != VB_COMMIT_NONE)
        return;
    bool any = vb_transmitter_local_waiting(t);
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++)
        any = any || t->edits[i].place == VB_PLACE_WHOLE;
    if (!any)
        return;
    vb_transmitter_stage_begin(t);
    vb_transmitter_local_decide(t, now_ms);
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->place != VB_PLACE_WHOLE)
            continue;
        if (decide(t, edit))
            vb_edit_become(edit, VB_PLACE_IN_BATCH);
        else
            answer(t, now_ms, edit);
    }
    if (t->staged_changed != 0)
        vb_transmitter_stage_commit(t, VB_COMMIT_EDITS);
}

void vb_transmitter_edits_tick(struct vb_transmitter *t, uint32_t now_ms)
{
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->place == VB_PLACE_ASSEMBLING &&
            vb_time_reached(now_ms, edit->begun_ms + STALE_EDIT_MS))
            vb_edit_become(edit, VB_PLACE_FREE);
    }
    vb_transmitter_edits_decide(t, now_ms);
}

/* ---- After the commit ---- */

static void not_stored(struct vb_edit_waiting *edit)
{
    edit->result = (struct vb_edit_result){
        .id = edit->id, .section = edit->section, .outcome = VB_EDIT_NOT_STORED};
}

void vb_transmitter_edits_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result)
{
    vb_transmitter_local_committed(t, now_ms, result);
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        struct vb_edit_waiting *edit = &t->edits[i];
        const bool in_batch = edit->place == VB_PLACE_IN_BATCH;
        if (!in_batch && (edit->place != VB_PLACE_IN_DOUBT || result != VB_ERR_OK))
            continue; /* only a certain commit ends the doubt */
        if (result != VB_ERR_OK)
            not_stored(edit);
        if (result == VB_ERR_UNCERTAIN)
            vb_edit_become(edit, VB_PLACE_IN_DOUBT);
        else
            answer(t, now_ms, edit);
    }
}
