#include "voltbeacon/core/cache.h"

#include <string.h>

#include "voltbeacon/core/crc.h"

void vb_cache_init(struct vb_cache *cache, uint8_t *bytes, uint16_t capacity)
{
    memset(cache, 0, sizeof *cache);
    cache->bytes = bytes;
    cache->capacity = capacity;
}

void vb_cache_copy(struct vb_cache *to, const struct vb_cache *from)
{
    VB_ASSERT(to->capacity >= from->used);
    uint8_t *bytes = to->bytes;
    const uint16_t capacity = to->capacity;
    *to = *from;
    to->bytes = bytes;
    to->capacity = capacity;
    memcpy(to->bytes, from->bytes, from->used);
}

/* The index of id, or its insertion point. */
static uint8_t position(const struct vb_cache *cache, uint8_t id)
{
    uint8_t at = 0;
    while (at < cache->count && cache->entries[at].id < id)
        at++;
    return at;
}

const struct vb_cache_entry *vb_cache_find(const struct vb_cache *cache, uint8_t id)
{
    const uint8_t at = position(cache, id);
    return at < cache->count && cache->entries[at].id == id ? &cache->entries[at] : NULL;
}

const uint8_t *vb_cache_bytes(const struct vb_cache *cache, const struct vb_cache_entry *entry)
{
    VB_ASSERT((size_t)entry->offset + entry->size <= cache->used);
    return cache->bytes + entry->offset;
}

void vb_cache_remove(struct vb_cache *cache, uint8_t id)
{
    const uint8_t at = position(cache, id);
    if (at == cache->count || cache->entries[at].id != id)
        return;
    const struct vb_cache_entry gone = cache->entries[at];
    const size_t end = (size_t)gone.offset + gone.size;
    VB_ASSERT(end <= cache->used);
    memmove(cache->bytes + gone.offset, cache->bytes + end, cache->used - end);
    cache->used = (uint16_t)(cache->used - gone.size);
    cache->count--;
    for (uint8_t i = at; i < cache->count; i++) {
        cache->entries[i] = cache->entries[i + 1];
        cache->entries[i].offset = (uint16_t)(cache->entries[i].offset - gone.size);
    }
}

bool vb_cache_fits(const struct vb_cache *cache, uint8_t id, size_t size)
{
    const struct vb_cache_entry *old = vb_cache_find(cache, id);
    const size_t freed = old == NULL ? 0 : old->size;
    if (old == NULL && cache->count == VB_MARKS_MAX)
        return false;
    return size <= VB_SECTION_BYTES_MAX && size <= (size_t)cache->capacity - cache->used + freed;
}

enum vb_err vb_cache_put(struct vb_cache *cache, uint8_t id, uint32_t version, const uint8_t *bytes,
                         size_t size)
{
    VB_ASSERT(id > 0 && version > 0);
    if (!vb_cache_fits(cache, id, size))
        return VB_ERR_TOO_LONG;
    vb_cache_remove(cache, id);

    const uint8_t at = position(cache, id);
    const uint16_t offset = at < cache->count ? cache->entries[at].offset : cache->used;
    memmove(cache->bytes + offset + size, cache->bytes + offset, (size_t)cache->used - offset);
    if (size > 0)
        memcpy(cache->bytes + offset, bytes, size);
    for (uint8_t i = cache->count; i > at; i--) {
        cache->entries[i] = cache->entries[i - 1];
        cache->entries[i].offset = (uint16_t)(cache->entries[i].offset + size);
    }
    cache->entries[at] = (struct vb_cache_entry){
        .id = id, .version = version, .offset = offset, .size = (uint16_t)size};
    cache->used = (uint16_t)(cache->used + size);
    cache->count++;
    VB_ASSERT(cache->used <= cache->capacity);
    return VB_ERR_OK;
}

uint32_t vb_cache_digest(const struct vb_cache *cache, uint32_t store_id, uint32_t boot)
{
    uint8_t head[8];
    struct vb_writer writer = vb_writer_of(head, sizeof head);
    vb_write_u32(&writer, store_id);
    vb_write_u32(&writer, boot);
    uint32_t digest = vb_crc32c(0, head, writer.at);
    for (uint8_t i = 0; i < cache->count; i++) {
        const struct vb_cache_entry *entry = &cache->entries[i];
        writer = vb_writer_of(head, sizeof head);
        vb_write_u8(&writer, entry->id);
        vb_write_u32(&writer, entry->version);
        vb_write_u16(&writer, entry->size);
        digest = vb_crc32c(digest, head, writer.at);
        digest = vb_crc32c(digest, vb_cache_bytes(cache, entry), entry->size);
    }
    return digest;
}
