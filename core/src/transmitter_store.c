/* The transmitter's store: how a batch of changes becomes durable. transmitter_load.c reads it.
 *
 * Keys, each of a value kept with a checksum (kept.h): "+head" (store id, epoch), "+<section id>"
 * (version, bytes), "+s<section id>.<tag>" (a secret's text), "+ledger" (results of the last
 * edits), "+trial" (what a section reverts to). Without the "+" they date from before there was a
 * checksum. "!<section id>" is a section that was found damaged, as found. A version is in the
 * store before it is announced. */
#include "transmitter_parts.h"

#include <string.h>

#include "voltbeacon/core/kept.h"

enum {
    TRIAL_GRACE_MS = 2000,
    ASIDE_BYTES_MAX = 2000, /* fits into a batch */
    COMMIT_FAILURES_MAX = 3 /* a second apart: longer is not just a hiccup */
};

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

void vb_transmitter_section_key(char key[VB_STORE_KEY_SIZE], char mark, uint8_t id)
{
    key[0] = mark;
    put_decimal(key + 1, id);
}

void vb_transmitter_secret_key(char key[VB_STORE_KEY_SIZE], uint8_t section, uint8_t tag)
{
    key[0] = '+';
    key[1] = 's';
    const size_t at = 2 + put_decimal(key + 2, section);
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
    uint8_t *value = vb_scratch_borrow(&t->scratch);
    struct vb_writer writer = vb_writer_of(value, VB_SCRATCH_BYTES);
    writer.at = VB_KEPT_HEAD_BYTES;
    vb_write_u32(&writer, entry->version);
    vb_write_bytes(&writer, vb_cache_bytes(&t->staged, entry), entry->size);
    char key[VB_STORE_KEY_SIZE];
    vb_transmitter_section_key(key, '+', id);
    VB_ASSERT(!writer.failed);
    vb_kept_put(store_of(t), key, value, writer.at);
    vb_scratch_give_back(&t->scratch);
}

enum vb_err vb_transmitter_stage_section(struct vb_transmitter *t, uint8_t id, const uint8_t *bytes,
                                         size_t size)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, id);
    VB_ASSERT(entry != NULL);
    if (size > t->room.section_bytes_max)
        return VB_ERR_TOO_LONG;
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
    if (!t->trial) { /* a second edit on trial still reverts to what last worked */
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

/* The ledger as it will be: the existing rows, and those of the edits in this batch. */
static void put_ledger(struct vb_transmitter *t)
{
    struct vb_edit_ledger_row rows[VB_EDIT_LEDGER_MAX];
    memcpy(rows, t->ledger, sizeof rows);
    uint8_t next = t->ledger_next;
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        const struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->place == VB_PLACE_IN_BATCH)
            vb_transmitter_ledger_add(rows, &next, &edit->from, &edit->result);
    }
    uint8_t value[VB_KEPT_HEAD_BYTES + VB_LEDGER_BYTES];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = VB_KEPT_HEAD_BYTES;
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
    vb_kept_put(store_of(t), "+ledger", value, sizeof value);
}

static void put_head(struct vb_transmitter *t)
{
    uint8_t value[VB_KEPT_HEAD_BYTES + VB_HEAD_BYTES];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = VB_KEPT_HEAD_BYTES;
    vb_write_u32(&writer, t->store_id);
    vb_write_u16(&writer, t->epoch);
    VB_ASSERT(!writer.failed);
    vb_kept_put(store_of(t), "+head", value, sizeof value);
}

static const struct vb_secret_text *staged_text(const struct vb_transmitter *t, uint8_t section,
                                                uint8_t tag)
{
    for (unsigned i = 0; i < VB_SECRETS_MAX; i++) {
        if (t->staged_secrets[i].section == section && t->staged_secrets[i].tag == tag)
            return &t->staged_secrets[i];
    }
    return NULL;
}

/* A text that the section calls set and memory lacks could not be read: it is left alone, in
 * whatever form. When the rest of the store has its checksums, that one may have none. */
static void put_secrets(struct vb_transmitter *t, uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    const struct vb_cache_entry *entry = vb_cache_find(&t->staged, id);
    VB_ASSERT(section != NULL && entry != NULL);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const uint8_t tag = section->fields[i].tag;
        if (section->fields[i].type != VB_TYPE_SECRET)
            continue;
        char key[VB_STORE_KEY_SIZE];
        vb_transmitter_secret_key(key, id, tag);
        const struct vb_secret_text *text = staged_text(t, id, tag);
        uint8_t value[VB_KEPT_HEAD_BYTES + VB_SECRET_BYTES_MAX];
        size_t stamp_size;
        (void)vb_section_find(vb_cache_bytes(&t->staged, entry), entry->size, tag, &stamp_size);
        if (text != NULL) {
            memcpy(value + VB_KEPT_HEAD_BYTES, text->bytes, text->size);
            vb_kept_put(store_of(t), key, value, VB_KEPT_HEAD_BYTES + (size_t)text->size);
        } else if (stamp_size == 0) {
            store_of(t)->erase(store_of(t)->ctx, key);
        }
        const bool is_old = t->old_form || (t->unreadable >> id & 1) != 0;
        if (is_old && (text != NULL || stamp_size == 0))
            store_of(t)->erase(store_of(t)->ctx, key + 1);
    }
}

/* What happens to the trial; after an uncertain commit it is written even if nothing
 * changes. */
static void put_trial(struct vb_transmitter *t)
{
    if (t->trial_step == VB_TRIAL_AS_IT_IS && t->doubtful == 0 && !t->write_all)
        return;
    if (t->trial_step == VB_TRIAL_ENDS || (t->trial_step == VB_TRIAL_AS_IT_IS && !t->trial)) {
        store_of(t)->erase(store_of(t)->ctx, "+trial");
        return;
    }
    uint8_t value[VB_KEPT_HEAD_BYTES + 1 + VB_TRIAL_BYTES_MAX];
    value[VB_KEPT_HEAD_BYTES] = t->trial_section;
    memcpy(value + VB_KEPT_HEAD_BYTES + 1, t->trial_bytes, t->trial_size);
    vb_kept_put(store_of(t), "+trial", value, VB_KEPT_HEAD_BYTES + 1 + (size_t)t->trial_size);
}

/* Sets a damaged section aside unchanged, for anyone who can still read it, if it fits *room, and
 * takes its bytes off that. */
static void put_aside(struct vb_transmitter *t, uint8_t id, size_t *room)
{
    uint8_t *value = vb_scratch_borrow(&t->scratch);
    char key[VB_STORE_KEY_SIZE];
    vb_transmitter_section_key(key, '+', id);
    int size = store_of(t)->get(store_of(t)->ctx, key, value, VB_SCRATCH_BYTES);
    if (size == VB_ERR_NOT_FOUND)
        size = store_of(t)->get(store_of(t)->ctx, key + 1, value, VB_SCRATCH_BYTES);
    vb_transmitter_section_key(key, '!', id);
    if (size > 0 && (size_t)size <= *room) {
        store_of(t)->put(store_of(t)->ctx, key, value, (size_t)size);
        *room -= (size_t)size;
    }
    vb_scratch_give_back(&t->scratch);
}

/* The values from before checksums existed have been rewritten; put_secrets() erases its
 * own. */
static void erase_old(struct vb_transmitter *t)
{
    static const char *const keys[] = {"head", "ledger", "trial"};
    for (unsigned i = 0; i < VB_COUNT_OF(keys); i++)
        store_of(t)->erase(store_of(t)->ctx, keys[i]);
    for (uint8_t i = 0; i < t->staged.count; i++) {
        char key[VB_STORE_KEY_SIZE];
        vb_transmitter_section_key(key, '+', t->staged.entries[i].id);
        store_of(t)->erase(store_of(t)->ctx, key + 1);
    }
}

static void put_boot(struct vb_transmitter *t)
{
    size_t room = ASIDE_BYTES_MAX;
    put_head(t);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if ((t->damaged >> id & 1) != 0)
            put_aside(t, id, &room);
    }
}

void vb_transmitter_stage_commit(struct vb_transmitter *t, enum vb_commit_kind kind)
{
    VB_ASSERT(t->commit_kind == VB_COMMIT_NONE && kind != VB_COMMIT_NONE);
    /* An uncertain commit may be in the store: rewrite what it
     * touched. */
    uint16_t sections = t->staged_changed | t->doubtful;
    uint16_t texts = t->staged_texts | t->doubtful;
    for (uint8_t i = 0; i < t->staged.count && t->write_all; i++) {
        sections |= (uint16_t)(1u << t->staged.entries[i].id);
        texts = sections;
    }
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if ((sections >> id & 1) != 0)
            put_section(t, id);
        if ((texts >> id & 1) != 0)
            put_secrets(t, id);
    }
    if (!t->boot_stored)
        put_boot(t);
    if (t->old_form)
        erase_old(t);
    if (kind == VB_COMMIT_EDITS || t->doubtful != 0 || t->write_all)
        put_ledger(t);
    put_trial(t);
    t->commit_kind = kind;
    t->commit_token++;
    store_of(t)->commit(store_of(t)->ctx, t->commit_token);
}

/* ---- The store's answer ---- */

void vb_transmitter_tell(struct vb_transmitter *t, uint32_t now_ms, enum vb_event_type type,
                         uint8_t section, uint8_t detail, enum vb_err err)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, section);
    vb_events_push(&t->events,
                   &(struct vb_event){.type = (uint8_t)type,
                                      .section = section,
                                      .detail = detail,
                                      .err = (int8_t)err,
                                      .mac = t->config.mac,
                                      .a = type == VB_EVENT_SECTION ? entry->version : 0,
                                      .at_ms = now_ms});
}

/* Keeps the delta of the staged content, if applying it to the live content gives exactly the same
 * bytes. */
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
    uint8_t *whole = vb_scratch_borrow(&t->scratch);
    const int again = vb_section_lay_over(base, before->size, delta.bytes, delta.size, whole,
                                          VB_SECTION_BYTES_MAX);
    VB_ASSERT(again == (int)after->size); /* the same fields, maybe in another order */
    if (memcmp(whole, target, after->size) == 0)
        t->delta = delta;
    vb_scratch_give_back(&t->scratch);
}

static void reckon_digest(struct vb_transmitter *t)
{
    t->digest = vb_cache_digest(&t->live, t->store_id, t->boot);
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
    reckon_digest(t);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        if ((t->staged_changed >> id & 1) != 0)
            vb_transmitter_tell(t, now_ms, VB_EVENT_SECTION, id, 0, VB_ERR_OK);
    }
}

void vb_transmitter_begin_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    t->trial = true;
    t->trial_heard = false;
    t->trial_grace_ms = now_ms + TRIAL_GRACE_MS;
    t->trial_ends_ms = now_ms + t->config.timing.trial;
}

/* err: why it is not in the store yet. */
static void report_reverted(struct vb_transmitter *t, uint32_t now_ms, enum vb_err err)
{
    vb_transmitter_tell(t, now_ms, VB_EVENT_REVERTED, t->trial_section, 0, err);
}

/* From now on frames are sent, of this boot and this store. */
static void tell(struct vb_transmitter *t, uint32_t now_ms, uint16_t sections)
{
    t->announced = true;
    vb_age_restart(&t->told, now_ms);
    vb_transmitter_announce(t, now_ms, sections);
}

/* What only a durable batch may trigger. */
static void succeed(struct vb_transmitter *t, uint32_t now_ms, enum vb_commit_kind kind)
{
    const bool first = !t->announced;
    adopt_staged(t, now_ms);
    t->commit_retry = false;
    t->doubtful = 0;
    t->boot_stored = true;
    t->store_named = true;
    t->commit_failures = 0;
    t->write_all = false;
    t->old_form = false;
    t->damaged = 0;
    if (kind == VB_COMMIT_REVERT)
        report_reverted(t, now_ms, VB_ERR_OK);
    if (t->trial_step == VB_TRIAL_BEGINS)
        vb_transmitter_begin_trial(t, now_ms);
    else if (t->trial_step == VB_TRIAL_ENDS)
        t->trial = false;
    if (first)
        tell(t, now_ms, 0);
    else if (t->staged_changed != 0)
        vb_transmitter_announce(t, now_ms, t->staged_changed);
}

/* What is announced is not in the store: a new device, new firmware, something repaired, a reverted
 * trial. A later boot might give these versions to other content, so they are announced as those of
 * a store that nobody knows, and that nobody meets again unless it is stored. All of it is then
 * rewritten.
 */
static void begin_another_store(struct vb_transmitter *t)
{
    t->write_all = true;
    t->store_id = vb_random_nonzero_u32(&t->random);
    t->store_named = false;
}

bool vb_transmitter_store_refuses(const struct vb_transmitter *t)
{
    return t->commit_retry && t->commit_failures >= COMMIT_FAILURES_MAX;
}

void vb_transmitter_revert_unstored(struct vb_transmitter *t, uint32_t now_ms)
{
    VB_ASSERT(t->commit_kind == VB_COMMIT_NONE && t->announced && t->trial);
    begin_another_store(t);
    t->boot_stored = false; /* so that the next commit writes all of it, with its name */
    adopt_staged(t, now_ms);
    report_reverted(t, now_ms, VB_ERR_STORE);
    t->trial = false;
    tell(t, now_ms, t->staged_changed);
}

static void fail(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result)
{
    t->commit_retry = true;
    t->commit_retry_ms = now_ms + t->config.timing.commit_retry;
    if (t->commit_failures < COMMIT_FAILURES_MAX)
        t->commit_failures++;
    if (result == VB_ERR_UNCERTAIN)
        t->doubtful |= t->staged_changed;
    if (t->announced)
        return;
    /* Without changes all that is announced is in the store, and any later boot finds it. */
    const bool changes = t->staged_changed != 0;
    if (changes && t->store_named && !vb_transmitter_store_refuses(t))
        return; /* worth a short wait to remain the same store */
    if (changes)
        begin_another_store(t);
    reckon_digest(t);
    tell(t, now_ms, 0);
}

void vb_transmitter_committed(struct vb_transmitter *t, uint32_t now_ms, uint32_t token,
                              enum vb_err result)
{
    const enum vb_commit_kind kind = t->commit_kind;
    VB_ASSERT(kind != VB_COMMIT_NONE && token == t->commit_token);
    t->commit_kind = VB_COMMIT_NONE;
    if (kind == VB_COMMIT_GIVEN_UP && result == VB_ERR_OK)
        result = VB_ERR_UNCERTAIN; /* it holds what memory no longer does */
    vb_transmitter_tell(
        t, now_ms, result == VB_ERR_OK ? VB_EVENT_COMMITTED : VB_EVENT_COMMIT_FAILED, 0, 0, result);
    if (result == VB_ERR_OK)
        succeed(t, now_ms, kind);
    else
        fail(t, now_ms, result);
    vb_transmitter_edits_committed(t, now_ms, result);
    vb_transmitter_edits_decide(t, now_ms);
}
