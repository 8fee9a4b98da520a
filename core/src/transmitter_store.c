/* The transmitter's store: what is loaded at boot, and how a batch of changes becomes durable.
 *
 * Keys: "head" (store id, epoch), "<section id>" (version, bytes), "s<section id>.<tag>" (a
 * secret's text), "ledger" (results of the last edits), "trial" (what a section goes back to). A
 * version is in the store before it is announced. */
#include "transmitter_parts.h"

#include <string.h>

enum { TRIAL_GRACE_MS = 2000, LEDGER_ROW_BYTES = 20 };

/* ---- Keys ---- */

static size_t put_decimal(char *text, uint8_t value)
{
    size_t at = 0;
    VB_ASSERT(value > 0); /* ids and tags begin at 1 */
    for (uint8_t unit = 100; unit > 0; unit /= 10) {
        if (value >= unit)
            text[at++] = (char)('0' + value / unit % 10);
    }
    text[at] = '\0';
    return at;
}

static void section_key(char key[VB_STORE_KEY_SIZE], uint8_t id)
{
    put_decimal(key, id);
}

static void secret_key(char key[VB_STORE_KEY_SIZE], uint8_t section, uint8_t tag)
{
    key[0] = 's';
    const size_t at = 1 + put_decimal(key + 1, section);
    key[at] = '.';
    put_decimal(key + at + 1, tag);
}

/* ---- Staging ---- */

static const struct vb_store *store_of(const struct vb_transmitter *t)
{
    return t->config.store;
}

void vb_transmitter_stage_begin(struct vb_transmitter *t)
{
    VB_ASSERT(t->commit_kind == VB_COMMIT_NONE);
    vb_cache_copy(&t->staged, &t->live);
    memcpy(t->staged_secrets, t->secrets, sizeof t->secrets);
    t->staged_changed = 0;
    t->staged_texts = 0;
    t->trial_step = VB_TRIAL_AS_IT_IS;
}

static void put_section(struct vb_transmitter *t, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, id);
    VB_ASSERT(entry != NULL);
    uint8_t value[4 + VB_SECTION_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    vb_write_u32(&writer, entry->version);
    vb_write_bytes(&writer, vb_cache_bytes(&t->staged, entry), entry->size);
    char key[VB_STORE_KEY_SIZE];
    section_key(key, id);
    VB_ASSERT(!writer.failed);
    store_of(t)->put(store_of(t)->ctx, key, value, writer.at);
}

enum vb_err vb_transmitter_stage_section(struct vb_transmitter *t, uint8_t id, const uint8_t *bytes,
                                         size_t size)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, id);
    VB_ASSERT(entry != NULL);
    const bool again = (t->staged_changed >> id & 1) != 0; /* one batch is one version */
    const uint32_t version = again ? entry->version : vb_version_next(entry->version);
    const enum vb_err err = vb_cache_put(&t->staged, id, version, bytes, size);
    if (err == VB_ERR_OK)
        t->staged_changed |= (uint16_t)(1u << id);
    return err;
}

void vb_transmitter_stage_secret(struct vb_transmitter *t, uint8_t section, uint8_t tag,
                                 const uint8_t *text, size_t size)
{
    VB_ASSERT(size <= VB_SECRET_BYTES_MAX);
    struct vb_secret_text *place = NULL;
    for (unsigned i = 0; i < VB_SECRETS_MAX; i++) {
        struct vb_secret_text *secret = &t->staged_secrets[i];
        if (secret->tag == tag && secret->section == section) {
            place = secret;
            break;
        }
        if (secret->tag == 0 && place == NULL)
            place = secret;
    }
    VB_ASSERT(place != NULL); /* the schema has no more secrets than places */
    memset(place, 0, sizeof *place);
    t->staged_texts |= (uint16_t)(1u << section);
    if (size == 0)
        return;
    place->section = section;
    place->tag = tag;
    place->size = (uint8_t)size;
    memcpy(place->bytes, text, size);
}

void vb_transmitter_stage_trial(struct vb_transmitter *t, uint8_t section)
{
    const struct vb_cache_entry *before = vb_cache_find(&t->live, section);
    VB_ASSERT(before != NULL && before->size <= VB_TRIAL_BYTES_MAX);
    if (!t->trial) { /* a second edit on trial still goes back to what was last known to work */
        t->trial_section = section;
        t->trial_size = before->size;
        memcpy(t->trial_bytes, vb_cache_bytes(&t->live, before), before->size);
    }
    t->trial_step = VB_TRIAL_BEGINS;
}

void vb_transmitter_stage_trial_end(struct vb_transmitter *t)
{
    t->trial_step = VB_TRIAL_ENDS;
}

/* The ledger as it will be: the rows there are, and those of the edits in this batch. */
static void put_ledger(struct vb_transmitter *t)
{
    struct vb_edit_ledger_row rows[VB_EDIT_LEDGER_MAX];
    memcpy(rows, t->ledger, sizeof rows);
    uint8_t next = t->ledger_next;
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        const struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->used && edit->in_batch)
            vb_transmitter_ledger_add(rows, &next, &edit->from, &edit->result);
    }
    uint8_t value[1 + VB_EDIT_LEDGER_MAX * LEDGER_ROW_BYTES];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    vb_write_u8(&writer, next);
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        const struct vb_edit_result *result = &rows[i].result;
        const bool durable = result->id != 0 && result->outcome == VB_EDIT_APPLIED;
        vb_write_bytes(&writer, rows[i].from.bytes, VB_MAC_BYTES);
        vb_write_u64(&writer, durable ? result->id : 0);
        vb_write_u8(&writer, result->section);
        vb_write_u8(&writer, result->outcome);
        vb_write_u32(&writer, result->version);
    }
    VB_ASSERT(!writer.failed && writer.at == sizeof value);
    store_of(t)->put(store_of(t)->ctx, "ledger", value, sizeof value);
}

static void put_head(struct vb_transmitter *t)
{
    uint8_t value[6];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    vb_write_u32(&writer, t->store_id);
    vb_write_u16(&writer, t->epoch);
    store_of(t)->put(store_of(t)->ctx, "head", value, sizeof value);
}

static void put_secrets(struct vb_transmitter *t, uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    VB_ASSERT(section != NULL);
    for (uint8_t i = 0; i < section->field_count; i++) {
        if (section->fields[i].type != VB_TYPE_SECRET)
            continue;
        char key[VB_STORE_KEY_SIZE];
        secret_key(key, id, section->fields[i].tag);
        const struct vb_secret_text *secret = NULL;
        for (unsigned place = 0; place < VB_SECRETS_MAX; place++) {
            const struct vb_secret_text *text = &t->staged_secrets[place];
            if (text->section == id && text->tag == section->fields[i].tag)
                secret = text;
        }
        if (secret == NULL)
            store_of(t)->erase(store_of(t)->ctx, key);
        else
            store_of(t)->put(store_of(t)->ctx, key, secret->bytes, secret->size);
    }
}

/* What becomes of the trial; where the last commit is not certain, that is written even if nothing
 * changes. */
static void put_trial(struct vb_transmitter *t)
{
    if (t->trial_step == VB_TRIAL_AS_IT_IS && t->doubtful == 0)
        return;
    if (t->trial_step == VB_TRIAL_ENDS || (t->trial_step == VB_TRIAL_AS_IT_IS && !t->trial)) {
        store_of(t)->erase(store_of(t)->ctx, "trial");
        return;
    }
    uint8_t value[1 + VB_TRIAL_BYTES_MAX];
    value[0] = t->trial_section;
    memcpy(value + 1, t->trial_bytes, t->trial_size);
    store_of(t)->put(store_of(t)->ctx, "trial", value, (size_t)t->trial_size + 1);
}

void vb_transmitter_stage_commit(struct vb_transmitter *t, enum vb_commit_kind kind)
{
    VB_ASSERT(t->commit_kind == VB_COMMIT_NONE && kind != VB_COMMIT_NONE);
    /* A commit that is not certain may be in the store: what it touched is written as it should be.
     */
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if (((t->staged_changed | t->doubtful) >> id & 1) != 0)
            put_section(t, id);
        if (((t->staged_texts | t->doubtful) >> id & 1) != 0)
            put_secrets(t, id);
    }
    if (kind == VB_COMMIT_BOOT)
        put_head(t);
    if (kind == VB_COMMIT_EDITS || t->doubtful != 0)
        put_ledger(t);
    put_trial(t);
    t->commit_kind = kind;
    t->commit_token++;
    store_of(t)->commit(store_of(t)->ctx, t->commit_token);
}

/* ---- The store's answer ---- */

/* Keeps what the staged content changes, where laying it over the live content makes exactly the
 * same bytes. */
static void keep_delta(struct vb_transmitter *t, uint8_t id)
{
    const struct vb_cache_entry *before = vb_cache_find(&t->live, id);
    const struct vb_cache_entry *after = vb_cache_find(&t->staged, id);
    VB_ASSERT(before != NULL && after != NULL);
    const uint8_t *base = vb_cache_bytes(&t->live, before);
    const uint8_t *target = vb_cache_bytes(&t->staged, after);
    struct vb_delta delta = {.section = id,
                             .base_version = before->version,
                             .version = after->version,
                             .base_hash = vb_section_hash(base, before->size),
                             .hash = vb_section_hash(target, after->size)};
    const int size = vb_section_difference(base, before->size, target, after->size, delta.bytes,
                                           sizeof delta.bytes);
    if (size < 0)
        return;
    delta.size = (uint8_t)size;
    uint8_t whole[VB_SECTION_BYTES_MAX];
    const int again =
        vb_section_lay_over(base, before->size, delta.bytes, delta.size, whole, sizeof whole);
    VB_ASSERT(again == (int)after->size); /* the same fields, if in another order */
    if (memcmp(whole, target, after->size) == 0)
        t->delta = delta;
}

static void adopt_staged(struct vb_transmitter *t, uint32_t now_ms)
{
    t->delta.section = 0;
    for (uint8_t id = 1; id <= VB_MARKS_MAX && t->announced; id++) {
        if ((t->staged_changed >> id & 1) != 0 && t->delta.section == 0)
            keep_delta(t, id);
    }
    vb_cache_copy(&t->live, &t->staged);
    memcpy(t->secrets, t->staged_secrets, sizeof t->secrets);
    t->digest = vb_cache_digest(&t->live, t->store_id, t->boot);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if ((t->staged_changed >> id & 1) == 0)
            continue;
        const struct vb_cache_entry *entry = vb_cache_find(&t->live, id);
        vb_events_push(&t->events, &(struct vb_event){.type = VB_EVENT_SECTION,
                                                      .section = id,
                                                      .mac = t->config.mac,
                                                      .a = entry->version,
                                                      .at_ms = now_ms});
    }
}

static void begin_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    t->trial = true;
    t->trial_heard = false;
    t->trial_grace_ms = now_ms + TRIAL_GRACE_MS;
    t->trial_ends_ms = now_ms + t->config.timing.trial;
}

/* What only a durable batch may set off. */
static void succeed(struct vb_transmitter *t, uint32_t now_ms, enum vb_commit_kind kind)
{
    adopt_staged(t, now_ms);
    t->commit_retry = false;
    t->doubtful = 0;
    if (kind == VB_COMMIT_BOOT)
        t->announced = true;
    if (kind == VB_COMMIT_REVERT)
        vb_events_push(&t->events, &(struct vb_event){.type = VB_EVENT_REVERTED,
                                                      .mac = t->config.mac,
                                                      .section = t->trial_section,
                                                      .at_ms = now_ms});
    if (t->trial_step == VB_TRIAL_BEGINS)
        begin_trial(t, now_ms);
    else if (t->trial_step == VB_TRIAL_ENDS)
        t->trial = false;
    if (kind == VB_COMMIT_BOOT || t->staged_changed != 0)
        vb_transmitter_announce(t, now_ms, kind == VB_COMMIT_BOOT ? 0 : t->staged_changed);
}

static void fail(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result)
{
    t->commit_retry = true;
    t->commit_retry_ms = now_ms + t->config.timing.commit_retry;
    if (result == VB_ERR_UNCERTAIN)
        t->doubtful |= t->staged_changed;
}

void vb_transmitter_committed(struct vb_transmitter *t, uint32_t now_ms, uint32_t token,
                              enum vb_err result)
{
    const enum vb_commit_kind kind = t->commit_kind;
    VB_ASSERT(kind != VB_COMMIT_NONE && token == t->commit_token);
    t->commit_kind = VB_COMMIT_NONE;
    vb_events_push(&t->events,
                   &(struct vb_event){.type = result == VB_ERR_OK ? VB_EVENT_COMMITTED
                                                                  : VB_EVENT_COMMIT_FAILED,
                                      .mac = t->config.mac,
                                      .err = (int8_t)result,
                                      .at_ms = now_ms});
    if (result == VB_ERR_OK)
        succeed(t, now_ms, kind);
    else
        fail(t, now_ms, result);
    vb_transmitter_edits_committed(t, now_ms, result);
    vb_transmitter_edits_decide(t, now_ms);
}

/* ---- Loading ---- */

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

/* A secret that the section calls set and the store lost is not set. */
static void load_secrets(struct vb_transmitter *t, const struct vb_section *section,
                         union vb_values *values, struct vb_writer *changes)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        if (field->type != VB_TYPE_SECRET || !vb_field_secret(field, values)->set)
            continue;
        char key[VB_STORE_KEY_SIZE];
        secret_key(key, section->id, field->tag);
        struct vb_secret_text loaded = {.section = section->id, .tag = field->tag};
        const int size = store_of(t)->get(store_of(t)->ctx, key, loaded.bytes, sizeof loaded.bytes);
        if (size <= 0) {
            vb_change_bytes(changes, field, loaded.bytes, 0);
            continue;
        }
        loaded.size = (uint8_t)size;
        unsigned place = 0;
        while (place < VB_SECRETS_MAX && t->secrets[place].tag != 0)
            place++;
        VB_ASSERT(place < VB_SECRETS_MAX); /* the schema has no more secrets than places */
        t->secrets[place] = loaded;
    }
}

static enum vb_err load_section(struct vb_transmitter *t, uint32_t now_ms,
                                const struct vb_section *section, uint16_t *rewrite)
{
    uint8_t value[4 + VB_SECTION_BYTES_MAX];
    char key[VB_STORE_KEY_SIZE];
    section_key(key, section->id);
    const int size = store_of(t)->get(store_of(t)->ctx, key, value, sizeof value);
    const bool fresh = size == VB_ERR_NOT_FOUND;
    if (!fresh && size < 4)
        return size < 0 && size != VB_ERR_TOO_LONG ? (enum vb_err)size : VB_ERR_CORRUPT;
    struct vb_reader reader = vb_reader_of(value, fresh ? 0 : (size_t)size);
    const uint32_t version = fresh ? 0 : vb_read_u32(&reader);
    const size_t bytes_size = fresh ? 0 : (size_t)size - 4;
    const uint8_t *bytes = value + 4;
    union vb_values values;
    struct vb_decode_notes notes;
    if (vb_section_decode(section, bytes, bytes_size, &values, &notes) != VB_ERR_OK ||
        (!fresh && version == 0))
        return VB_ERR_CORRUPT;
    if (fresh && section->id == VB_SECTION_METADATA)
        memcpy(&values, t->config.identity, section->values_size);
    uint32_t write = notes.repaired | notes.absent;
    write |= settle_rules(section, &values);

    uint8_t changed[VB_SECTION_BYTES_MAX];
    struct vb_writer changes = vb_writer_of(changed, sizeof changed);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const bool own = section->id == VB_SECTION_METADATA &&
                         (section->fields[i].flags & VB_FIELD_READ_ONLY) != 0;
        if ((write >> i & 1) != 0 && !own)
            vb_field_encode(&changes, &section->fields[i], &values);
        if ((write & ~notes.absent) >> i & 1)
            report_repaired(t, now_ms, section, &section->fields[i], bytes, bytes_size, &values);
    }
    if (section->id == VB_SECTION_METADATA)
        write_identity(t, &changes, section);
    load_secrets(t, section, &values, &changes);
    VB_ASSERT(!changes.failed);

    uint8_t whole[VB_SECTION_BYTES_MAX];
    const int whole_size =
        vb_section_lay_over(bytes, bytes_size, changed, changes.at, whole, sizeof whole);
    if (whole_size < 0)
        return VB_ERR_CORRUPT;
    const bool same =
        !fresh && (size_t)whole_size == bytes_size && memcmp(whole, bytes, bytes_size) == 0;
    if (!same)
        *rewrite |= (uint16_t)(1u << section->id);
    return vb_cache_put(&t->live, section->id, same ? version : vb_version_next(version), whole,
                        (size_t)whole_size);
}

static enum vb_err load_ledger(struct vb_transmitter *t)
{
    uint8_t value[1 + VB_EDIT_LEDGER_MAX * LEDGER_ROW_BYTES];
    const int size = store_of(t)->get(store_of(t)->ctx, "ledger", value, sizeof value);
    if (size == VB_ERR_NOT_FOUND)
        return VB_ERR_OK;
    if (size != (int)sizeof value)
        return VB_ERR_CORRUPT;
    struct vb_reader reader = vb_reader_of(value, sizeof value);
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

static void load_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    uint8_t value[1 + VB_TRIAL_BYTES_MAX];
    const int size = store_of(t)->get(store_of(t)->ctx, "trial", value, sizeof value);
    if (size < 1 || vb_cache_find(&t->live, value[0]) == NULL ||
        !vb_section_well_formed(value + 1, (size_t)size - 1))
        return;
    t->trial_section = value[0];
    t->trial_size = (uint16_t)(size - 1);
    memcpy(t->trial_bytes, value + 1, t->trial_size);
    begin_trial(t, now_ms);
}

static enum vb_err load_head(struct vb_transmitter *t)
{
    uint8_t value[6];
    const int size = store_of(t)->get(store_of(t)->ctx, "head", value, sizeof value);
    if (size == VB_ERR_NOT_FOUND) {
        t->store_id = vb_random_nonzero_u32(&t->random);
        t->epoch = (uint16_t)vb_random_u64(&t->random);
        return VB_ERR_OK;
    }
    if (size < 0 && size != VB_ERR_TOO_LONG)
        return (enum vb_err)size;
    if (size != (int)sizeof value)
        return VB_ERR_CORRUPT;
    struct vb_reader reader = vb_reader_of(value, sizeof value);
    t->store_id = vb_read_u32(&reader);
    t->epoch = (uint16_t)(vb_read_u16(&reader) + 1);
    return t->store_id == 0 ? VB_ERR_CORRUPT : VB_ERR_OK;
}

enum vb_err vb_transmitter_load(struct vb_transmitter *t, uint32_t now_ms)
{
    enum vb_err err = load_head(t);
    uint16_t rewrite = 0;
    for (uint8_t i = 0; i < vb_section_count && err == VB_ERR_OK; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER)
            err = load_section(t, now_ms, &vb_sections[i], &rewrite);
    }
    if (err == VB_ERR_OK)
        err = load_ledger(t);
    if (err != VB_ERR_OK)
        return err;
    load_trial(t, now_ms);
    vb_transmitter_stage_begin(t);
    t->staged_changed = rewrite;
    vb_transmitter_stage_commit(t, VB_COMMIT_BOOT);
    return VB_ERR_OK;
}
