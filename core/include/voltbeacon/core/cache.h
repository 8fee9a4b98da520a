/* Sections held by id: version and verbatim bytes, packed into one buffer owned by the caller.
 *
 * Used by the transmitter for the originals and by the receiver for its copy. */
#ifndef VOLTBEACON_CACHE_H
#define VOLTBEACON_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_cache_entry {
    uint32_t version;
    uint16_t offset;
    uint16_t size;
    uint8_t id;
};

struct vb_cache {
    uint8_t *bytes;
    uint16_t capacity;
    uint16_t used;
    uint8_t count;
    struct vb_cache_entry entries[VB_MARKS_MAX]; /* by ascending id, packed in the same order */
};

/* The caller owns bytes; at most 65535. */
void vb_cache_init(struct vb_cache *cache, uint8_t *bytes, uint16_t capacity);
/* Copies from's content into to; to's buffer must be large enough (asserted). */
void vb_cache_copy(struct vb_cache *to, const struct vb_cache *from);
/* NULL if not held. Valid until the next put or remove. */
const struct vb_cache_entry *vb_cache_find(const struct vb_cache *cache, uint8_t id);
const uint8_t *vb_cache_bytes(const struct vb_cache *cache, const struct vb_cache_entry *entry);
/* Whether that many bytes of the section fit, in place of those it has. */
bool vb_cache_fits(const struct vb_cache *cache, uint8_t id, size_t size);
/* Adds or replaces. bytes must not lie within the cache. VB_ERR_TOO_LONG if there is no room; then
 * nothing has changed. */
VB_MUST_USE enum vb_err vb_cache_put(struct vb_cache *cache, uint8_t id, uint32_t version,
                                     const uint8_t *bytes, size_t size);
void vb_cache_remove(struct vb_cache *cache, uint8_t id);

/* CRC-32C chained over (store_id, boot), then for each section (id u8, version u32, size u16,
 * bytes). */
uint32_t vb_cache_digest(const struct vb_cache *cache, uint32_t store_id, uint32_t boot);

VB_C_END

#endif
