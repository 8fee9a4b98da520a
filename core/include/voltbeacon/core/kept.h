/* What is kept in a store, with a head that tells whether it still is what was written:
 *
 *   form u8 (1), CRC-32C u32 over the key and the content, content
 *
 * A value written before there was a head stands under another key: it is read as it is, and
 * written anew by whoever read it. So no content is ever taken for a head, nor the other way. */
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
    bool old; /* it stood under old_key, without a head */
};

/* Reads key, or where that is absent old_key, into a buffer of capacity bytes, the head included.
 * VB_ERR_OK; VB_ERR_NOT_FOUND; VB_ERR_STORE: it cannot be read now, and nothing is known of it;
 * VB_ERR_CORRUPT: it is not what was written, or too long to have been: kept holds what was read of
 * it. */
VB_MUST_USE enum vb_err vb_kept_get(const struct vb_store *store, const char *key,
                                    const char *old_key, uint8_t *buffer, size_t capacity,
                                    struct vb_kept *kept);

/* Whether a value of that key is what was written, its head included. */
VB_MUST_USE bool vb_kept_is_whole(const char *key, const uint8_t *value, size_t size);

/* Writes the head into the first VB_KEPT_HEAD_BYTES of value, for what follows it; size is that of
 * both. */
void vb_kept_seal(const char *key, uint8_t *value, size_t size);
/* Seals value and stages it under key. */
void vb_kept_put(const struct vb_store *store, const char *key, uint8_t *value, size_t size);

/* Of which of a transmitter's values it has been said that the store holds them damaged. */
struct vb_damage_told {
    struct vb_mac mac;
    uint16_t ids; /* bit id: of this section; 0: of "<mac>+0"; none at all: a free entry */
};
enum { VB_DAMAGE_TOLD_MAX = 8 /* of more it is said again with each look */ };

VB_C_END

#endif
