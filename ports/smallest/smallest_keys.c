#include "smallest/smallest_keys.h"

#include <string.h>

/* NULL: there is none. "" finds a row that is not used. */
static struct vb_smallest_key *find(struct vb_smallest_keys *keys, const char *key)
{
    for (unsigned i = 0; i < VB_SMALLEST_KEYS_MAX; i++) {
        if (strcmp(keys->rows[i].key, key) == 0)
            return &keys->rows[i];
    }
    return NULL;
}

static int get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    const struct vb_smallest_key *row = find(ctx, key);
    if (row == NULL)
        return VB_ERR_NOT_FOUND;
    if (row->size > capacity)
        return VB_ERR_TOO_LONG;
    memcpy(bytes, row->bytes, row->size);
    return (int)row->size;
}

static enum vb_err each(void *ctx, void (*visit)(void *visit_ctx, const char *key), void *visit_ctx)
{
    struct vb_smallest_keys *keys = ctx;
    for (unsigned i = 0; i < VB_SMALLEST_KEYS_MAX; i++) {
        if (keys->rows[i].key[0] != '\0')
            visit(visit_ctx, keys->rows[i].key);
    }
    return VB_ERR_OK;
}

static enum vb_err write(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    struct vb_smallest_key *row = find(ctx, key);
    if (row == NULL)
        row = find(ctx, "");
    if (row == NULL || size > sizeof row->bytes)
        return VB_ERR_STORE;
    VB_ASSERT(strlen(key) < sizeof row->key);
    memcpy(row->key, key, strlen(key) + 1);
    memcpy(row->bytes, bytes, size);
    row->size = size;
    return VB_ERR_OK;
}

static enum vb_err erase(void *ctx, const char *key)
{
    struct vb_smallest_key *row = find(ctx, key);
    if (row != NULL)
        row->key[0] = '\0';
    return VB_ERR_OK;
}

void vb_smallest_keys_init(struct vb_smallest_keys *keys)
{
    *keys = (struct vb_smallest_keys){
        .port = {.ctx = keys, .get = get, .each = each, .write = write, .erase = erase}};
}
