/* What really happened, independent of the core: what each transmitter's store has held, and what
 * it has announced. It calls no function of the core. */
#ifndef VOLTBEACON_TRUTH_H
#define VOLTBEACON_TRUTH_H

#include "world/world.h"

enum {
    TRUTH_CONTENTS_MAX = 8192,
    TRUTH_STATES_MAX = 4096,
    TRUTH_WAITING_MAX = 64,
    TRUTH_LIVES_MAX = 1024
};

/* One section's content that has been durable at some time. */
struct truth_content {
    uint32_t store_id;
    uint32_t version;
    uint64_t hash;
    uint16_t size;
    uint8_t section;
    uint8_t branch; /* of the store: restoring it begins another */
    bool announced;
    bool in_memory; /* announced before it was durable, under a store name that never was */
};

/* All sections together, as they were announced. */
struct truth_state {
    uint32_t store_id;
    uint32_t boot;
    uint64_t hash;
    uint64_t since_ms; /* of the first frame that told it */
};

/* From one boot to the next, according to its frames. */
struct truth_life {
    uint32_t boot;
    uint32_t store_id;
    uint16_t epoch;
};

/* A cache as it was when its hash was last computed: an equal one has the same hash. */
struct truth_seen {
    uint64_t hash;
    uint16_t used; /* bytes; 0 = none yet */
    uint8_t count;
    uint32_t changed; /* bit n: section n has another version or content since it was taken */
    struct vb_cache_entry entries[VB_MARKS_MAX];
    uint8_t bytes[VB_WORLD_CACHE_BYTES];
};

struct truth {
    struct truth_life lives[TRUTH_LIVES_MAX];
    unsigned life_count;
    uint8_t branch; /* how often the store was restored */
    struct truth_content contents[TRUTH_CONTENTS_MAX];
    unsigned content_count;
    struct truth_state states[TRUTH_STATES_MAX]; /* in the order they were announced */
    unsigned state_count;
    struct truth_content waiting[TRUTH_WAITING_MAX]; /* durable, the store's id not read yet */
    unsigned waiting_count;
    uint32_t digest;    /* of what is announced now, as the checkers compute it */
    uint64_t live_hash; /* of the content that the digest was computed from */
    uint32_t live_store_id;
    uint32_t live_boot;
    struct truth_seen live;
};

uint64_t truth_hash(uint64_t hash, const uint8_t *bytes, size_t size);
#define TRUTH_HASH_BEGIN 0xcbf29ce484222325ull

void truth_init(struct truth *truth);
/* A row has become durable at the transmitter. */
void truth_durable(struct truth *truth, const struct vb_world_row *row);
/* Reads the store's id once a batch is complete, and enters what was waiting for it. */
void truth_settle(struct truth *truth, const struct vb_world_node *node);
/* Whether anything was ever durable under the store's name. */
bool truth_store_was_durable(const struct truth *truth, uint32_t store_id);
/* Enters what is announced under the name of a store that was never durable. */
void truth_tell(struct truth *truth, uint32_t store_id, uint8_t section, uint32_t version,
                const uint8_t *bytes, uint16_t size);
/* Whether this was durable, or announced, under that store and version. */
struct truth_content *truth_find(struct truth *truth, uint32_t store_id, uint8_t section,
                                 uint32_t version, const uint8_t *bytes, uint16_t size);
/* Likewise, since the store was last restored. */
struct truth_content *truth_find_now(struct truth *truth, uint32_t store_id, uint8_t section,
                                     uint32_t version, const uint8_t *bytes, uint16_t size);
/* Another content that was announced under the same store and version. */
const struct truth_content *truth_rival(const struct truth *truth,
                                        const struct truth_content *content);
/* The hash of all sections of a cache with their ids and versions. */
uint64_t truth_seen_hash(struct truth_seen *seen, const struct vb_cache *cache);
void truth_seen_init(struct truth_seen *seen);
/* Which sections have changed since the last call, as bits; the first one in an empty cache has
 * not. */
uint32_t truth_seen_changed(struct truth_seen *seen);
/* Whether two caches hold the same sections, versions and content. */
bool truth_same_state(const struct vb_cache *one, const struct vb_cache *other);
/* CRC-32C over them as docs/protocol.md says. */
uint32_t truth_digest(const struct vb_cache *cache, uint32_t store_id, uint32_t boot);

#endif
