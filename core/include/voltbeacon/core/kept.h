/* Values in a store with a head that tells whether they are still what was written:
 *
 *   form u8 (1), CRC-32C u32 over the key and the content, content
 *
 * Values from before heads existed have another key: they are read as they are, and rewritten by
 * the reader. So content is never mistaken for a head, nor the reverse. */
#ifndef VOLTBEACON_KEPT_H
#define VOLTBEACON_KEPT_H

#include <stdbool.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/store.h"

VB_C_BEGIN

enum { VB_KEPT_HEAD_BYTES = 5 };

struct vb_kept {
    const uint8_t *bytes; /* the content, in the caller's buffer */
    size_t size;
    bool old; /* from old_key, without a head */
};

/* Reads key, or old_key if that is absent, into a buffer of capacity bytes, head included.
 * VB_ERR_OK; VB_ERR_NOT_FOUND; VB_ERR_STORE: it cannot be read now, and nothing is known about it;
 * VB_ERR_CORRUPT: it is not what was written, or too long to have been; kept holds what was
 * read. */
VB_MUST_USE enum vb_err vb_kept_get(const struct vb_store *store, const char *key,
                                    const char *old_key, uint8_t *buffer, size_t capacity,
                                    struct vb_kept *kept);

/* Whether the value of that key is what was written, head included. */
VB_MUST_USE bool vb_kept_is_whole(const char *key, const uint8_t *value, size_t size);

/* Writes the head into the first VB_KEPT_HEAD_BYTES of value, for the content behind them; size is
 * that of both. */
void vb_kept_seal(const char *key, uint8_t *value, size_t size);
/* Seals value and stages it under key. */
void vb_kept_put(const struct vb_store *store, const char *key, uint8_t *value, size_t size);

/* Which of a transmitter's values have been reported as damaged in the store. */
struct vb_damage_told {
    struct vb_mac mac;
    uint16_t ids; /* bit id: this section; 0: "<mac>+0"; none: a free entry */
};
enum { VB_DAMAGE_TOLD_MAX = 8 /* beyond this many, each look reports them again */ };

VB_C_END

#endif
