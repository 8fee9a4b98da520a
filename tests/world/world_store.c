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
    VB_ASSERT(size <= VB_STORE_VALUE_MAX);
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

/* Every operation passes here: at one of them the power may go. */
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
}

/* ---- The port ---- */

static int port_get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
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

static enum vb_err port_each(void *ctx, void (*visit)(void *visit_ctx, const char *key),
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
    stage(store, key, false, bytes, size);
}

static void port_erase(void *ctx, const char *key)
{
    struct vb_world_store *store = ctx;
    if (!powered(store))
        return;
    store->erases++;
    stage(store, key, true, NULL, 0);
}

static void port_commit(void *ctx, uint32_t token)
{
    struct vb_world_store *store = ctx;
    if (!powered(store))
        return;
    VB_ASSERT(!store->committing);
    store->committing = true;
    store->token = token;
    store->commits++;
}

/* The oldest of what is noted has come to the disk by now. */
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
        store->undo_count = 0; /* as much as that makes a disk write */
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

void vb_world_store_end(struct vb_world_store *store, enum vb_world_outcome outcome)
{
    VB_ASSERT(store->committing);
    if (outcome == VB_WORLD_STORED || outcome == VB_WORLD_UNCERTAIN_STORED ||
        outcome == VB_WORLD_CUT_STORED)
        apply(store);
    drop_batch(store);
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
    store->undo_count = 0;
    store->batches = 0;
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
