#include "voltbeacon/core/kept.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"

enum { FORM = 1 };

static uint32_t sum_of(const char *key, const uint8_t *content, size_t size)
{
    const uint32_t crc = vb_crc32c(0, (const uint8_t *)key, strlen(key));
    return vb_crc32c(crc, content, size);
}

bool vb_kept_is_whole(const char *key, const uint8_t *value, size_t size)
{
    if (size < VB_KEPT_HEAD_BYTES)
        return false;
    struct vb_reader reader = vb_reader_of(value, size);
    const uint8_t form = vb_read_u8(&reader);
    const uint32_t sum = vb_read_u32(&reader);
    return form == FORM &&
           sum == sum_of(key, value + VB_KEPT_HEAD_BYTES, size - VB_KEPT_HEAD_BYTES);
}

enum vb_err vb_kept_get(const struct vb_store *store, const char *key, const char *old_key,
                        uint8_t *buffer, size_t capacity, struct vb_kept *kept)
{
    *kept = (struct vb_kept){.bytes = buffer};
    int size = store->get(store->ctx, key, buffer, capacity);
    if (size == VB_ERR_NOT_FOUND) {
        kept->old = true;
        size = store->get(store->ctx, old_key, buffer, capacity);
    }
    if (size == VB_ERR_TOO_LONG)
        return VB_ERR_CORRUPT;
    if (size < 0)
        return (enum vb_err)size;
    kept->size = (size_t)size;
    if (kept->old)
        return VB_ERR_OK;
    if (!vb_kept_is_whole(key, buffer, kept->size))
        return VB_ERR_CORRUPT;
    kept->bytes += VB_KEPT_HEAD_BYTES;
    kept->size -= VB_KEPT_HEAD_BYTES;
    return VB_ERR_OK;
}

void vb_kept_seal(const char *key, uint8_t *value, size_t size)
{
    VB_ASSERT(size >= VB_KEPT_HEAD_BYTES);
    struct vb_writer writer = vb_writer_of(value, VB_KEPT_HEAD_BYTES);
    vb_write_u8(&writer, FORM);
    vb_write_u32(&writer, sum_of(key, value + VB_KEPT_HEAD_BYTES, size - VB_KEPT_HEAD_BYTES));
    VB_ASSERT(!writer.failed);
}

void vb_kept_put(const struct vb_store *store, const char *key, uint8_t *value, size_t size)
{
    vb_kept_seal(key, value, size);
    store->put(store->ctx, key, value, size);
}
