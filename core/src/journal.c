/* The record: a head as in kept.h, then for each change
 *
 *   length of the key u8 (bit 7: erase), key, and of a put: size u16, value */
#include "voltbeacon/core/journal.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

enum { ERASES = 0x80 };

_Static_assert(VB_KEPT_HEAD_BYTES + (int)VB_STORE_BATCH_BYTES <= VB_JOURNAL_BYTES,
               "what every store takes");
_Static_assert(1 + VB_STORE_KEY_SIZE - 1 + 2 <= (int)VB_STORE_OP_BYTES, "a change's head");

static const char record_key[] = "~batch";

static bool is_record(const char *key)
{
    return strlen(key) == sizeof record_key - 1 && memcmp(key, record_key, sizeof record_key) == 0;
}

/* ---- Replaying a record ---- */

struct op {
    char key[VB_STORE_KEY_SIZE];
    bool erases;
    const uint8_t *bytes;
    size_t size;
};

static struct op read_op(struct vb_reader *reader)
{
    struct op op = {.key = ""};
    const uint8_t head = vb_read_u8(reader);
    const size_t length = head & ~(unsigned)ERASES;
    const uint8_t *key = vb_read_view(reader, length);
    op.erases = (head & ERASES) != 0;
    if (!op.erases)
        op.size = vb_read_u16(reader);
    op.bytes = vb_read_view(reader, op.size);
    if (length == 0 || length >= VB_STORE_KEY_SIZE)
        reader->failed = true;
    if (!reader->failed)
        memcpy(op.key, key, length);
    return op;
}

static struct vb_reader ops_of(const struct vb_journal *journal)
{
    return vb_reader_of(journal->bytes + VB_KEPT_HEAD_BYTES, journal->used - VB_KEPT_HEAD_BYTES);
}

static bool is_whole(const struct vb_journal *journal)
{
    if (!vb_kept_is_whole(record_key, journal->bytes, journal->used))
        return false;
    struct vb_reader reader = ops_of(journal);
    while (!reader.failed && vb_reader_left(&reader) > 0)
        (void)read_op(&reader);
    return !reader.failed;
}

static void begin(struct vb_journal *journal)
{
    journal->state = VB_JOURNAL_STAGING;
    journal->why = VB_ERR_OK;
    journal->used = VB_KEPT_HEAD_BYTES;
}

/* Writes the keys of an existing record. If the record stays, the next start writes them again. */
static enum vb_err finish(struct vb_journal *journal)
{
    const struct vb_key_store *under = journal->under;
    struct vb_reader reader = ops_of(journal);
    journal->state = VB_JOURNAL_UNFINISHED;
    while (vb_reader_left(&reader) > 0) {
        const struct op op = read_op(&reader);
        VB_ASSERT(!reader.failed); /* the record is whole */
        const enum vb_err err = op.erases ? under->erase(under->ctx, op.key)
                                          : under->write(under->ctx, op.key, op.bytes, op.size);
        if (err != VB_ERR_OK)
            return err;
    }
    (void)under->erase(under->ctx, record_key);
    begin(journal);
    return VB_ERR_OK;
}

enum vb_err vb_journal_open(struct vb_journal *journal)
{
    const struct vb_key_store *under = journal->under;
    VB_ASSERT(journal->state != VB_JOURNAL_STAGING && !journal->committed);
    const int size = under->get(under->ctx, record_key, journal->bytes, journal->capacity);
    if (size == VB_ERR_STORE)
        return VB_ERR_STORE;
    journal->used = size > 0 ? (size_t)size : 0;
    if (is_whole(journal))
        return finish(journal);
    if (size != VB_ERR_NOT_FOUND) /* torn: none of its batch has been written */
        (void)under->erase(under->ctx, record_key);
    begin(journal);
    return VB_ERR_OK;
}

/* ---- The port ---- */

static int port_get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    const struct vb_journal *journal = ctx;
    if (journal->state != VB_JOURNAL_STAGING)
        return VB_ERR_STORE;
    return journal->under->get(journal->under->ctx, key, bytes, capacity);
}

struct visit {
    void (*visit)(void *visit_ctx, const char *key);
    void *visit_ctx;
};

static void visit_other(void *ctx, const char *key)
{
    const struct visit *visit = ctx;
    if (!is_record(key))
        visit->visit(visit->visit_ctx, key);
}

static enum vb_err port_each(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                             void *visit_ctx)
{
    const struct vb_journal *journal = ctx;
    struct visit other = {visit, visit_ctx};
    if (journal->state != VB_JOURNAL_STAGING)
        return VB_ERR_STORE;
    return journal->under->each(journal->under->ctx, visit_other, &other);
}

/* Adds a change to the batch, or abandons the whole batch: there is no room, or the previous batch
 * still has to be finished and cannot be. */
static void stage(struct vb_journal *journal, const char *key, bool erases, const uint8_t *bytes,
                  size_t size)
{
    const size_t length = strlen(key);
    VB_ASSERT(!journal->committed && length > 0 && length < VB_STORE_KEY_SIZE);
    VB_ASSERT(!is_record(key));
    if (journal->why != VB_ERR_OK)
        return;
    if (journal->state != VB_JOURNAL_STAGING &&
        (journal->state == VB_JOURNAL_SHUT || finish(journal) != VB_ERR_OK)) {
        journal->why = VB_ERR_STORE;
        return;
    }
    struct vb_writer writer = vb_writer_of(journal->bytes, journal->capacity);
    writer.at = journal->used;
    vb_write_u8(&writer, (uint8_t)(length | (erases ? ERASES : 0)));
    vb_write_bytes(&writer, (const uint8_t *)key, length);
    if (!erases) {
        vb_write_u16(&writer, (uint16_t)size);
        vb_write_bytes(&writer, bytes, size);
    }
    if (writer.failed)
        journal->why = VB_ERR_TOO_LONG;
    else
        journal->used = writer.at;
}

static void port_put(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    VB_ASSERT(size <= VB_STORE_VALUE_MAX);
    stage(ctx, key, false, bytes, size);
}

static void port_erase(void *ctx, const char *key)
{
    stage(ctx, key, true, NULL, 0);
}

static void port_commit(void *ctx, uint32_t token)
{
    struct vb_journal *journal = ctx;
    VB_ASSERT(!journal->committed);
    journal->committed = true;
    journal->token = token;
}

void vb_journal_init(struct vb_journal *journal, const struct vb_key_store *under, uint8_t *bytes,
                     size_t capacity)
{
    VB_ASSERT(capacity > VB_KEPT_HEAD_BYTES);
    *journal = (struct vb_journal){.port = {.ctx = journal,
                                            .get = port_get,
                                            .each = port_each,
                                            .put = port_put,
                                            .erase = port_erase,
                                            .commit = port_commit},
                                   .under = under,
                                   .bytes = bytes,
                                   .capacity = capacity};
}

/* ---- Writing ---- */

static enum vb_err write_batch(struct vb_journal *journal)
{
    const struct vb_key_store *under = journal->under;
    if (journal->state != VB_JOURNAL_STAGING || journal->used == VB_KEPT_HEAD_BYTES)
        return VB_ERR_OK; /* nothing was staged */
    vb_kept_seal(record_key, journal->bytes, journal->used);
    if (under->write(under->ctx, record_key, journal->bytes, journal->used) == VB_ERR_OK)
        return finish(journal) == VB_ERR_OK ? VB_ERR_OK : VB_ERR_UNCERTAIN;
    /* It may have been written nevertheless: as good as done, unless it can be erased. */
    const enum vb_err erased = under->erase(under->ctx, record_key);
    begin(journal);
    return erased == VB_ERR_OK ? VB_ERR_STORE : VB_ERR_UNCERTAIN;
}

enum vb_err vb_journal_write(struct vb_journal *journal, enum vb_err *why)
{
    VB_ASSERT(journal->committed);
    journal->committed = false;
    *why = journal->why;
    if (journal->why == VB_ERR_OK) {
        *why = write_batch(journal);
        return *why;
    }
    journal->why = VB_ERR_OK;
    if (journal->state == VB_JOURNAL_STAGING)
        begin(journal);
    return VB_ERR_STORE;
}
