/* What the transmitter loads from its store at boot.
 *
 * A failed read is not an absent value: while a read fails nothing is overwritten, and nothing is
 * announced in its place. Without the head, a section, the ledger or the trial there is no boot:
 * vb_transmitter_init() reports that and is called again. A missing secret affects only itself, and
 * is retried every 10 s. A value that is not what was written is damaged: that is reported, and a
 * section takes its defaults under a version that it never had. */
#include "transmitter_parts.h"

#include <string.h>

#include "schema_bytes.h"
#include "voltbeacon/core/kept.h"

enum { REREAD_MS = 10000 };

static const struct vb_store *store_of(const struct vb_transmitter *t)
{
    return t->config.store;
}

static void report(struct vb_transmitter *t, uint32_t now_ms, enum vb_event_type type,
                   enum vb_kept_thing thing, uint8_t section)
{
    vb_transmitter_tell(t, now_ms, type, section, (uint8_t)thing, VB_ERR_OK);
}

static void report_damaged(struct vb_transmitter *t, uint32_t now_ms, enum vb_kept_thing thing,
                           uint8_t section)
{
    t->write_all = true;
    report(t, now_ms, VB_EVENT_DAMAGED, thing, section);
}

/* Like vb_kept_get; key begins with "+". A value read in the old form, damaged or not, is
 * rewritten; an unreadable one triggers nothing: it would do so with every read. */
static enum vb_err get(struct vb_transmitter *t, const char *key, uint8_t *buffer, size_t capacity,
                       struct vb_kept *kept)
{
    const enum vb_err err = vb_kept_get(store_of(t), key, key + 1, buffer, capacity, kept);
    if (kept->old && (err == VB_ERR_OK || err == VB_ERR_CORRUPT)) {
        t->old_form = true;
        t->write_all = true;
    }
    return err;
}

/* ---- Secrets ---- */

static void take_secret(struct vb_transmitter *t, uint8_t section, uint8_t tag,
                        const struct vb_kept *kept)
{
    unsigned place = 0;
    while (place < VB_SECRETS_MAX && t->secrets[place].tag != 0)
        place++;
    VB_ASSERT(place < VB_SECRETS_MAX); /* the schema has no more secrets than places */
    t->secrets[place] =
        (struct vb_secret_text){.section = section, .tag = tag, .size = (uint8_t)kept->size};
    memcpy(t->secrets[place].bytes, kept->bytes, kept->size);
}

/* Reads the text of a secret that the section calls set. VB_ERR_OK; VB_ERR_STORE: maybe later;
 * otherwise it is lost, and damage is reported once. */
static enum vb_err load_secret(struct vb_transmitter *t, uint32_t now_ms, uint8_t section,
                               uint8_t tag)
{
    char key[VB_STORE_KEY_SIZE];
    uint8_t buffer[VB_KEPT_HEAD_BYTES + VB_SECRET_BYTES_MAX];
    struct vb_kept kept;
    vb_transmitter_secret_key(key, section, tag);
    enum vb_err err = get(t, key, buffer, sizeof buffer, &kept);
    if (err == VB_ERR_OK && (kept.size == 0 || kept.size > VB_SECRET_BYTES_MAX))
        err = VB_ERR_CORRUPT;
    if (err == VB_ERR_OK)
        take_secret(t, section, tag, &kept);
    else if (err == VB_ERR_CORRUPT && (t->lost >> section & 1) == 0)
        report_damaged(t, now_ms, VB_KEPT_SECRET, section);
    if (err != VB_ERR_OK && err != VB_ERR_STORE)
        t->lost |= (uint16_t)(1u << section);
    return err;
}

/* A secret that the section calls set but the store has lost is not set. */
static void load_secrets(struct vb_transmitter *t, uint32_t now_ms,
                         const struct vb_section *section, union vb_values *values,
                         struct vb_writer *changes)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        if (field->type != VB_TYPE_SECRET || !vb_field_secret(field, values)->set)
            continue;
        const enum vb_err err = load_secret(t, now_ms, section->id, field->tag);
        if (err == VB_ERR_STORE)
            t->unreadable |= (uint16_t)(1u << section->id);
        else if (err != VB_ERR_OK)
            vb_change_bytes(changes, field, NULL, 0);
    }
    if ((t->unreadable >> section->id & 1) == 0)
        return;
    t->reread_at_ms = now_ms + REREAD_MS;
    report(t, now_ms, VB_EVENT_UNREADABLE, VB_KEPT_SECRET, section->id);
}

/* Retries reading a section's secrets that could not be read. VB_ERR_OK: all were found;
 * VB_ERR_STORE: one of them still cannot be read; otherwise one of them is lost. */
static enum vb_err reread(struct vb_transmitter *t, uint32_t now_ms,
                          const struct vb_section *section)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, section->id);
    const uint8_t *bytes = vb_cache_bytes(&t->live, entry);
    enum vb_err all = VB_ERR_OK;
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        size_t size = 0;
        if (field->type != VB_TYPE_SECRET ||
            vb_transmitter_secret(t, section->id, field->tag, &size) != NULL ||
            vb_section_find(bytes, entry->size, field->tag, &size) == NULL || size == 0)
            continue;
        const enum vb_err err = load_secret(t, now_ms, section->id, field->tag);
        if (err == VB_ERR_STORE || all == VB_ERR_OK)
            all = err;
    }
    return all;
}

/* Unsets the secrets that proved lost, under the next version, as if cleared. Until that is stored
 * they are looked for again. */
static void unset_lost(struct vb_transmitter *t, const struct vb_section *section)
{
    vb_transmitter_stage_begin(t);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const uint8_t cleared[] = {section->fields[i].tag, 0};
        const struct vb_section_change change = {section->id, cleared, sizeof cleared};
        struct vb_reasons reasons = {0};
        size_t size;
        if (section->fields[i].type != VB_TYPE_SECRET ||
            vb_transmitter_secret(t, section->id, cleared[0], &size) != NULL)
            continue;
        const enum vb_err err = vb_transmitter_stage_changes(t, section, &change, false, &reasons);
        VB_ASSERT(err == VB_ERR_OK); /* any secret may be cleared */
    }
    vb_transmitter_stage_commit(t, VB_COMMIT_MEND);
}

void vb_transmitter_reread_tick(struct vb_transmitter *t, uint32_t now_ms)
{
    if (t->commit_kind != VB_COMMIT_NONE || !t->announced ||
        !vb_time_reached(now_ms, t->reread_at_ms))
        return;
    t->reread_at_ms = now_ms + REREAD_MS;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if ((t->unreadable >> id & 1) == 0)
            continue;
        const struct vb_section *section = vb_section_by_id(id);
        const enum vb_err err = reread(t, now_ms, section);
        if (err == VB_ERR_STORE)
            continue;
        if (err != VB_ERR_OK) {
            unset_lost(t, section);
            return; /* other sections follow in 10 s */
        }
        t->unreadable &= (uint16_t) ~(1u << id);
        vb_transmitter_tell(t, now_ms, VB_EVENT_SECTION, id, 0, VB_ERR_OK); /* its users react */
    }
    if (t->old_form && !t->commit_retry) { /* one of them was: rewrite it, and erase that */
        t->commit_retry = true;
        t->commit_retry_ms = now_ms;
    }
}

/* ---- Sections ---- */

static void report_repaired(struct vb_transmitter *t, uint32_t now_ms,
                            const struct vb_section *section, const struct vb_field *field,
                            const uint8_t *bytes, size_t size, const void *values)
{
    size_t value_size;
    const uint8_t *old = vb_section_find(bytes, size, field->tag, &value_size);
    struct vb_event event = {.type = VB_EVENT_REPAIRED,
                             .section = section->id,
                             .detail = field->tag,
                             .mac = t->config.mac,
                             .at_ms = now_ms};
    for (size_t i = value_size < 4 ? value_size : 4; i > 0; i--)
        event.a = event.a << 8 | old[i - 1];
    if (field->type != VB_TYPE_STRING && field->type != VB_TYPE_SECRET &&
        field->type != VB_TYPE_IPV4 && field->type != VB_TYPE_ARRAY)
        event.b = (uint32_t)vb_field_integer(field, values);
    vb_events_push(&t->events, &event);
}

/* Fields whose rule is broken go back to their defaults; if that does not settle it, all fields do.
 */
static uint32_t settle_rules(const struct vb_section *section, union vb_values *values)
{
    struct vb_reasons reasons = {0};
    if (vb_section_check(section, values, &reasons) == VB_ERR_OK)
        return 0;
    vb_section_defaults(section, values);
    return (uint32_t)((1ull << section->field_count) - 1);
}

/* The read-only fields that the device itself knows. */
static void write_identity(struct vb_transmitter *t, struct vb_writer *changes,
                           const struct vb_section *section)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        if ((section->fields[i].flags & VB_FIELD_READ_ONLY) != 0)
            vb_field_encode(changes, &section->fields[i], t->config.identity);
    }
}

/* What the store holds for a section. */
struct loaded {
    bool fresh;           /* nothing, or nothing usable */
    uint32_t version;     /* the one to continue from */
    const uint8_t *bytes; /* in t->staged, until the load is over */
    size_t size;
    union vb_values values;
    struct vb_decode_notes notes;
};

/* Decodes a stored section into t->staged. VB_ERR_OK; VB_ERR_CORRUPT: we never wrote that;
 * VB_ERR_TOO_LONG: no room. */
static enum vb_err take_section(struct vb_transmitter *t, const struct vb_section *section,
                                const struct vb_kept *kept, struct loaded *loaded)
{
    struct vb_reader reader = vb_reader_of(kept->bytes, kept->size);
    *loaded = (struct loaded){.version = vb_read_u32(&reader)};
    loaded->size = vb_reader_left(&reader);
    const uint8_t *bytes = vb_read_view(&reader, loaded->size);
    if (loaded->version == 0 || vb_section_decode(section, bytes, loaded->size, &loaded->values,
                                                  &loaded->notes) != VB_ERR_OK)
        return VB_ERR_CORRUPT;
    const enum vb_err err =
        vb_cache_put(&t->staged, section->id, loaded->version, bytes, loaded->size);
    if (err == VB_ERR_OK)
        loaded->bytes = vb_cache_bytes(&t->staged, vb_cache_find(&t->staged, section->id));
    return err;
}

/* Reads and validates a section. VB_ERR_STORE, VB_ERR_TOO_LONG, or VB_ERR_OK. */
static enum vb_err read_section(struct vb_transmitter *t, uint32_t now_ms,
                                const struct vb_section *section, struct loaded *loaded)
{
    char key[VB_STORE_KEY_SIZE];
    struct vb_kept kept;
    vb_transmitter_section_key(key, '+', section->id);
    uint8_t *buffer = vb_scratch_borrow(&t->scratch);
    enum vb_err err = get(t, key, buffer, VB_SCRATCH_BYTES, &kept);
    if (err == VB_ERR_OK)
        err = take_section(t, section, &kept, loaded);
    vb_scratch_give_back(&t->scratch);
    if (err != VB_ERR_NOT_FOUND && err != VB_ERR_CORRUPT)
        return err;
    *loaded = (struct loaded){.fresh = true, .bytes = t->staged.bytes};
    const enum vb_err empty = vb_section_decode(section, NULL, 0, &loaded->values, &loaded->notes);
    VB_ASSERT(empty == VB_ERR_OK);
    if (err == VB_ERR_NOT_FOUND)
        return VB_ERR_OK;
    loaded->version = vb_random_nonzero_u32(&t->random); /* the stored one is doubtful too */
    t->damaged |= (uint16_t)(1u << section->id);
    report_damaged(t, now_ms, VB_KEPT_SECTION, section->id);
    return VB_ERR_OK;
}

/* The fields that have to be written: absent, out of range, against a rule, the device's own, or a
 * lost secret. */
static void mend(struct vb_transmitter *t, uint32_t now_ms, const struct vb_section *section,
                 struct loaded *loaded, struct vb_writer *changes)
{
    const struct vb_decode_notes *notes = &loaded->notes;
    uint32_t write = notes->repaired | notes->absent;
    write |= settle_rules(section, &loaded->values);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const bool own = section->id == VB_SECTION_METADATA &&
                         (section->fields[i].flags & VB_FIELD_READ_ONLY) != 0;
        if ((write >> i & 1) != 0 && !own)
            vb_field_encode(changes, &section->fields[i], &loaded->values);
        if ((write & ~notes->absent) >> i & 1)
            report_repaired(t, now_ms, section, &section->fields[i], loaded->bytes, loaded->size,
                            &loaded->values);
    }
    if (section->id == VB_SECTION_METADATA)
        write_identity(t, changes, section);
    load_secrets(t, now_ms, section, &loaded->values, changes);
    VB_ASSERT(!changes->failed);
}

static enum vb_err load_section(struct vb_transmitter *t, uint32_t now_ms,
                                const struct vb_section *section, uint16_t *rewrite)
{
    struct loaded loaded;
    enum vb_err err = read_section(t, now_ms, section, &loaded);
    if (err != VB_ERR_OK)
        return err;
    if (loaded.fresh && section->id == VB_SECTION_METADATA)
        memcpy(&loaded.values, t->config.identity, section->values_size);
    union vb_known_bytes changed;
    struct vb_writer changes = vb_writer_of((uint8_t *)&changed, sizeof changed);
    mend(t, now_ms, section, &loaded, &changes);

    uint8_t *whole = vb_scratch_borrow(&t->scratch);
    const int size = vb_section_lay_over(loaded.bytes, loaded.size, (uint8_t *)&changed, changes.at,
                                         whole, VB_SECTION_BYTES_MAX);
    const bool same = size == (int)loaded.size && memcmp(whole, loaded.bytes, loaded.size) == 0;
    if (!same)
        *rewrite |= (uint16_t)(1u << section->id);
    if (size < 0)
        err = VB_ERR_CORRUPT;
    else if (size > t->room.section_bytes_max)
        err = VB_ERR_TOO_LONG;
    else
        err = vb_cache_put(&t->live, section->id,
                           same ? loaded.version : vb_version_next(loaded.version), whole,
                           (size_t)size);
    vb_scratch_give_back(&t->scratch);
    return err;
}

/* ---- The rest ---- */

static enum vb_err load_ledger(struct vb_transmitter *t, uint32_t now_ms)
{
    uint8_t buffer[VB_KEPT_HEAD_BYTES + VB_LEDGER_BYTES];
    struct vb_kept kept;
    const enum vb_err err = get(t, "+ledger", buffer, sizeof buffer, &kept);
    if (err == VB_ERR_NOT_FOUND)
        return VB_ERR_OK;
    if (err == VB_ERR_CORRUPT || (err == VB_ERR_OK && kept.size != VB_LEDGER_BYTES)) {
        report_damaged(t, now_ms, VB_KEPT_LEDGER, 0); /* and reset */
        return VB_ERR_OK;
    }
    if (err != VB_ERR_OK)
        return err;
    struct vb_reader reader = vb_reader_of(kept.bytes, kept.size);
    t->ledger_next = vb_read_u8(&reader) % VB_EDIT_LEDGER_MAX;
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        struct vb_edit_ledger_row *row = &t->ledger[i];
        memcpy(row->from.bytes, vb_read_view(&reader, VB_MAC_BYTES), VB_MAC_BYTES);
        row->result.id = vb_read_u64(&reader);
        row->result.section = vb_read_u8(&reader);
        row->result.outcome = vb_read_u8(&reader);
        row->result.version = vb_read_u32(&reader);
    }
    VB_ASSERT(vb_reader_done(&reader));
    return VB_ERR_OK;
}

static enum vb_err load_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    uint8_t buffer[VB_KEPT_HEAD_BYTES + 1 + VB_TRIAL_BYTES_MAX];
    struct vb_kept kept;
    const enum vb_err err = get(t, "+trial", buffer, sizeof buffer, &kept);
    if (err == VB_ERR_NOT_FOUND)
        return VB_ERR_OK;
    if (err != VB_ERR_OK && err != VB_ERR_CORRUPT)
        return err;
    struct vb_reader reader = vb_reader_of(kept.bytes, kept.size);
    const uint8_t section = vb_read_u8(&reader);
    const size_t size = vb_reader_left(&reader);
    const uint8_t *bytes = vb_read_view(&reader, size);
    if (err == VB_ERR_CORRUPT || size > VB_TRIAL_BYTES_MAX ||
        vb_cache_find(&t->live, section) == NULL || !vb_section_well_formed(bytes, size)) {
        report_damaged(t, now_ms, VB_KEPT_TRIAL, 0); /* it can no longer be reverted */
        return VB_ERR_OK;
    }
    t->trial_section = section;
    t->trial_size = (uint16_t)size;
    memcpy(t->trial_bytes, bytes, size);
    vb_transmitter_begin_trial(t, now_ms);
    return VB_ERR_OK;
}

static enum vb_err load_head(struct vb_transmitter *t, uint32_t now_ms)
{
    uint8_t buffer[VB_KEPT_HEAD_BYTES + VB_HEAD_BYTES];
    struct vb_kept kept;
    const enum vb_err err = get(t, "+head", buffer, sizeof buffer, &kept);
    if (err != VB_ERR_OK && err != VB_ERR_NOT_FOUND && err != VB_ERR_CORRUPT)
        return err;
    if (err == VB_ERR_OK && kept.size == VB_HEAD_BYTES) {
        struct vb_reader reader = vb_reader_of(kept.bytes, kept.size);
        t->store_id = vb_read_u32(&reader);
        t->epoch = (uint16_t)(vb_read_u16(&reader) + 1);
        t->store_named = t->store_id != 0;
        if (t->store_named)
            return VB_ERR_OK;
    }
    /* A store that lost its name is another one: its sections stay as they are. */
    t->store_id = vb_random_nonzero_u32(&t->random);
    t->epoch = (uint16_t)vb_random_u64(&t->random);
    if (err != VB_ERR_NOT_FOUND)
        report_damaged(t, now_ms, VB_KEPT_HEAD, 0);
    return VB_ERR_OK;
}

enum vb_err vb_transmitter_load(struct vb_transmitter *t, uint32_t now_ms)
{
    enum vb_err err = load_head(t, now_ms);
    uint16_t rewrite = 0;
    for (uint8_t i = 0; i < vb_section_count && err == VB_ERR_OK; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER)
            err = load_section(t, now_ms, &vb_sections[i], &rewrite);
    }
    if (err == VB_ERR_OK)
        err = load_ledger(t, now_ms);
    if (err == VB_ERR_OK)
        err = load_trial(t, now_ms);
    if (err != VB_ERR_OK)
        return err;
    vb_transmitter_stage_begin(t);
    t->staged_changed = rewrite;
    vb_transmitter_stage_commit(t, VB_COMMIT_BOOT);
    return VB_ERR_OK;
}
