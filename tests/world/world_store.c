#include "world/world_store.h"

#include <string.h>

#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/platform.h"

/* ---- The table ---- */

static struct vb_world_row *find(struct vb_world_table *table, const char *key)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].key, key) == 0)
            return &table->rows[i];
    }
    return NULL;
}

static void set_key(char to[VB_STORE_KEY_SIZE], const char *key)
{
    const size_t length = strlen(key);
    VB_ASSERT(length > 0 && length < VB_STORE_KEY_SIZE);
    memcpy(to, key, length + 1);
}

static void table_erase(struct vb_world_table *table, const char *key)
{
    struct vb_world_row *row = find(table, key);
    if (row == NULL)
        return;
    table->count--;
    if (row != &table->rows[table->count])
        *row = table->rows[table->count];
}

static const struct vb_world_row *table_put(struct vb_world_table *table, const char *key,
                                            const uint8_t *bytes, size_t size)
{
    VB_ASSERT(size <= VB_JOURNAL_BYTES);
    struct vb_world_row *row = find(table, key);
    if (row == NULL) {
        VB_ASSERT(table->count < VB_WORLD_ROWS_MAX);
        row = &table->rows[table->count++];
        set_key(row->key, key);
    }
    row->size = (uint16_t)size;
    memcpy(row->bytes, bytes, size);
    return row;
}

void vb_world_table_copy(struct vb_world_table *to, const struct vb_world_table *from)
{
    memcpy(to->rows, from->rows, from->count * sizeof from->rows[0]);
    to->count = from->count;
}

/* ---- The power ---- */

/* Every operation passes here; the power may fail at any of them. */
static bool powered(struct vb_world_store *store)
{
    struct vb_world_power *power = store->power;
    if (power->cut_in > 0 && --power->cut_in == 0)
        power->cut = true;
    return !power->cut;
}

static void drop_batch(struct vb_world_store *store)
{
    store->committing = false;
    store->op_count = 0;
    store->bytes_used = 0;
}

void vb_world_store_restart(struct vb_world_store *store)
{
    drop_batch(store);
    store->answer_ms = VB_WORLD_NEVER_MS;
    store->fails_in = 0;
    store->fails = 0;
    store->tears = false;
    if (store->flash)
        vb_journal_init(&store->journal, &store->keys, store->record, sizeof store->record);
}

/* ---- The port ---- */

/* A batch that an earlier life has left is replayed before anything is read. */
static bool is_open(struct vb_world_store *store)
{
    return !store->flash || store->journal.state != VB_JOURNAL_SHUT ||
           vb_journal_open(&store->journal) == VB_ERR_OK;
}

static int table_get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    struct vb_world_store *store = ctx;
    if (!powered(store) || store->power->unreadable)
        return VB_ERR_STORE;
    const struct vb_world_row *row = find(&store->durable, key);
    if (row == NULL)
        return VB_ERR_NOT_FOUND;
    if (row->size > capacity)
        return VB_ERR_TOO_LONG;
    memcpy(bytes, row->bytes, row->size);
    return row->size;
}

static enum vb_err table_each(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                              void *visit_ctx)
{
    struct vb_world_store *store = ctx;
    if (store->power->unreadable)
        return VB_ERR_STORE;
    for (unsigned i = 0; i < store->durable.count; i++) {
        if (powered(store))
            visit(visit_ctx, store->durable.rows[i].key);
    }
    return store->power->cut ? VB_ERR_STORE : VB_ERR_OK;
}

static int port_get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    struct vb_world_store *store = ctx;
    if (!is_open(store))
        return VB_ERR_STORE;
    return store->flash ? store->journal.port.get(&store->journal, key, bytes, capacity)
                        : table_get(store, key, bytes, capacity);
}

static enum vb_err port_each(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                             void *visit_ctx)
{
    struct vb_world_store *store = ctx;
    if (!is_open(store))
        return VB_ERR_STORE;
    return store->flash ? store->journal.port.each(&store->journal, visit, visit_ctx)
                        : table_each(store, visit, visit_ctx);
}

static void stage(struct vb_world_store *store, const char *key, bool erase, const uint8_t *bytes,
                  size_t size)
{
    VB_ASSERT(!store->committing); /* one batch at a time: store.h */
    VB_ASSERT(store->op_count < VB_WORLD_BATCH_OPS_MAX);
    VB_ASSERT(size <= VB_STORE_VALUE_MAX && store->bytes_used + size <= VB_WORLD_BATCH_BYTES_MAX);
    struct vb_world_op *op = &store->ops[store->op_count++];
    set_key(op->key, key);
    op->erase = erase;
    op->offset = store->bytes_used;
    op->size = (uint16_t)size;
    if (size > 0)
        memcpy(store->bytes + op->offset, bytes, size);
    store->bytes_used += (uint32_t)size;
}

static void port_put(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    struct vb_world_store *store = ctx;
    if (!powered(store))
        return;
    store->puts++;
    if (store->flash) {
        VB_ASSERT(!store->committing);
        store->journal.port.put(&store->journal, key, bytes, size);
        return;
    }
    stage(store, key, false, bytes, size);
}

static void port_erase(void *ctx, const char *key)
{
    struct vb_world_store *store = ctx;
    if (!powered(store))
        return;
    store->erases++;
    if (store->flash) {
        VB_ASSERT(!store->committing);
        store->journal.port.erase(&store->journal, key);
        return;
    }
    stage(store, key, true, NULL, 0);
}

static void port_commit(void *ctx, uint32_t token)
{
    struct vb_world_store *store = ctx;
    if (!powered(store))
        return;
    VB_ASSERT(!store->committing);
    if (store->flash)
        store->journal.port.commit(&store->journal, token);
    store->committing = true;
    store->token = token;
    store->commits++;
}

/* The oldest noted batch has reached the disk by now. */
static void drop_oldest_undo(struct vb_world_store *store)
{
    const uint32_t batch = store->undo[0].batch;
    unsigned gone = 0;
    while (gone < store->undo_count && store->undo[gone].batch == batch)
        gone++;
    store->undo_count -= gone;
    memmove(store->undo, store->undo + gone, store->undo_count * sizeof store->undo[0]);
}

static void note_undo(struct vb_world_store *store, const char *key)
{
    if (store->undo_count == VB_WORLD_UNDO_MAX)
        drop_oldest_undo(store);
    struct vb_world_undo *undo = &store->undo[store->undo_count++];
    const struct vb_world_row *row = find(&store->durable, key);
    undo->batch = store->batches;
    undo->absent = row == NULL;
    if (row != NULL)
        undo->row = *row;
    else
        set_key(undo->row.key, key);
}

uint32_t vb_world_store_unwritten(const struct vb_world_store *store)
{
    return store->undo_count == 0 ? 0 : store->batches - store->undo[0].batch + 1;
}

bool vb_world_store_lose(struct vb_world_store *store, uint32_t batches)
{
    bool lost = false;
    while (store->undo_count > 0 &&
           store->batches - store->undo[store->undo_count - 1].batch < batches) {
        const struct vb_world_undo *undo = &store->undo[--store->undo_count];
        lost = true;
        if (undo->absent)
            table_erase(&store->durable, undo->row.key);
        else
            (void)table_put(&store->durable, undo->row.key, undo->row.bytes, undo->row.size);
    }
    store->undo_count = 0;
    return lost;
}

static void apply(struct vb_world_store *store)
{
    store->batches++;
    if (store->power->lossy && store->op_count > VB_WORLD_UNDO_MAX)
        store->undo_count = 0; /* so much forces the disk to write */
    const bool noted = store->power->lossy && store->op_count <= VB_WORLD_UNDO_MAX;
    for (unsigned i = 0; i < store->op_count; i++) {
        const struct vb_world_op *op = &store->ops[i];
        if (noted)
            note_undo(store, op->key);
        if (op->erase) {
            table_erase(&store->durable, op->key);
            continue;
        }
        const struct vb_world_row *row =
            table_put(&store->durable, op->key, store->bytes + op->offset, op->size);
        if (store->watch != NULL)
            store->watch(store->watcher, row);
    }
}

/* ---- A flash under the journal ---- */

/* One write. If it fails, it may have written everything, nothing or, at a power cut, its
 * beginning. */
static bool writes(struct vb_world_store *store)
{
    const bool was_cut = store->power->cut;
    if (!powered(store)) {
        store->tears = !was_cut;
        return false;
    }
    store->batches++;
    if (store->fails_in > 1) {
        store->fails_in--;
        return true;
    }
    if (store->fails == 0)
        return true;
    store->fails--;
    store->power->cut = store->tears;
    return false;
}

static void written(struct vb_world_store *store, const char *key, const uint8_t *bytes,
                    size_t size)
{
    if (store->power->lossy)
        note_undo(store, key);
    const struct vb_world_row *row = table_put(&store->durable, key, bytes, size);
    if (store->watch != NULL)
        store->watch(store->watcher, row);
}

static enum vb_err key_write(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    struct vb_world_store *store = ctx;
    if (writes(store)) {
        written(store, key, bytes, size);
        return VB_ERR_OK;
    }
    if (store->tears) { /* only once: nothing after it happens */
        store->tears = false;
        store->torn++;
        (void)table_put(&store->durable, key, bytes, size * store->tears_at / 1000);
    } else if (store->stays && !store->power->cut) {
        written(store, key, bytes, size);
    }
    return VB_ERR_STORE;
}

static enum vb_err key_erase(void *ctx, const char *key)
{
    struct vb_world_store *store = ctx;
    if (!writes(store))
        return VB_ERR_STORE;
    if (store->power->lossy)
        note_undo(store, key);
    table_erase(&store->durable, key);
    return VB_ERR_OK;
}

void vb_world_store_flash(struct vb_world_store *store, bool flash)
{
    store->flash = flash;
    store->keys = (struct vb_key_store){
        .ctx = store, .get = table_get, .each = table_each, .write = key_write, .erase = key_erase};
    vb_world_store_restart(store);
}

/* Which of its writes fails: the record, some keys, or erasing the record. */
enum { WRITE_MAX = 6 };

static enum vb_err end_flash(struct vb_world_store *store, enum vb_world_outcome outcome,
                             struct vb_random *dice)
{
    enum vb_err why;
    if (outcome != VB_WORLD_STORED) {
        /* The record itself, or any write; and perhaps what is done about that. */
        store->fails_in = outcome == VB_WORLD_FAILED ? 1 : vb_random_between(dice, 1, WRITE_MAX);
        store->fails = vb_random_between(dice, 1, 2);
        store->stays = vb_random_between(dice, 0, 1) == 1;
        store->tears_at = (uint16_t)vb_random_between(dice, 0, 1000);
    }
    store->tears = outcome == VB_WORLD_CUT_ABSENT || outcome == VB_WORLD_CUT_STORED;
    const enum vb_err result = vb_journal_write(&store->journal, &why);
    VB_ASSERT(why != VB_ERR_TOO_LONG); /* nothing that ships makes such a batch */
    store->fails_in = 0;
    store->fails = 0;
    store->tears = false;
    store->written += result == VB_ERR_OK;
    drop_batch(store);
    return result;
}

enum vb_err vb_world_store_end(struct vb_world_store *store, enum vb_world_outcome outcome,
                               struct vb_random *dice)
{
    VB_ASSERT(store->committing);
    if (store->flash)
        return end_flash(store, outcome, dice);
    const bool stored = outcome == VB_WORLD_STORED || outcome == VB_WORLD_UNCERTAIN_STORED ||
                        outcome == VB_WORLD_CUT_STORED;
    if (stored)
        apply(store);
    store->written += outcome == VB_WORLD_STORED;
    drop_batch(store);
    return outcome == VB_WORLD_STORED   ? VB_ERR_OK
           : outcome == VB_WORLD_FAILED ? VB_ERR_STORE
                                        : VB_ERR_UNCERTAIN;
}

/* ---- From outside ---- */

void vb_world_store_init(struct vb_world_store *store, struct vb_world_power *power)
{
    store->power = power;
    store->port = (struct vb_store){.ctx = store,
                                    .get = port_get,
                                    .each = port_each,
                                    .put = port_put,
                                    .erase = port_erase,
                                    .commit = port_commit};
    store->durable.count = 0;
    store->commits = 0;
    store->puts = 0;
    store->erases = 0;
    store->watch = NULL;
    store->flash = false;
    store->torn = 0;
    store->tears_at = 500;
    store->undo_count = 0;
    store->batches = 0;
    store->written = 0;
    vb_world_store_restart(store);
}

const struct vb_world_row *vb_world_store_find(const struct vb_world_store *store, const char *key)
{
    for (unsigned i = 0; i < store->durable.count; i++) {
        if (strcmp(store->durable.rows[i].key, key) == 0)
            return &store->durable.rows[i];
    }
    return NULL;
}

void vb_world_store_plant(struct vb_world_store *store, const char *key, const uint8_t *bytes,
                          size_t size)
{
    const struct vb_world_row *row = table_put(&store->durable, key, bytes, size);
    if (store->watch != NULL)
        store->watch(store->watcher, row);
}

void vb_world_store_plant_kept(struct vb_world_store *store, const char *key,
                               const uint8_t *content, size_t size)
{
    uint8_t value[VB_STORE_VALUE_MAX];
    VB_ASSERT(VB_KEPT_HEAD_BYTES + size <= sizeof value);
    memcpy(value + VB_KEPT_HEAD_BYTES, content, size);
    vb_kept_seal(key, value, VB_KEPT_HEAD_BYTES + size);
    vb_world_store_plant(store, key, value, VB_KEPT_HEAD_BYTES + size);
}

void vb_world_store_rot(struct vb_world_store *store, unsigned row, uint32_t bit)
{
    if (store->durable.count == 0)
        return;
    struct vb_world_row *rotten = &store->durable.rows[row % store->durable.count];
    if (rotten->size > 0)
        rotten->bytes[bit / 8 % rotten->size] ^= (uint8_t)(1u << bit % 8);
}

void vb_world_store_wipe(struct vb_world_store *store)
{
    store->undo_count = 0;
    store->durable.count = 0;
}
