#include "truth.h"

#include <string.h>

#include "voltbeacon/core/kept.h"

#define PRIME 0x100000001b3ull /* of FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */

enum { VERSION_BYTES = 4 /* before a section's content in the store */, ANY_BRANCH = 255 };

static uint32_t little_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint64_t truth_hash(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (; size >= 8; bytes += 8, size -= 8) {
        hash = (hash ^ (little_endian(bytes) | (uint64_t)little_endian(bytes + 4) << 32)) * PRIME;
        hash ^= hash >> 29; /* else the upper bits never reach the lower ones */
    }
    for (; size > 0; bytes++, size--)
        hash = (hash ^ *bytes) * PRIME;
    return hash;
}

void truth_init(struct truth *truth)
{
    truth->life_count = 0;
    truth->content_count = 0;
    truth->state_count = 0;
    truth->waiting_count = 0;
    truth->digest = 0;
    truth->live_hash = 0;
    truth->live_store_id = 0;
    truth->live_boot = 0;
    truth->branch = 0;
    truth_seen_init(&truth->live);
}

/* A section's key is "+" and its id in decimal; 0 for any other key. */
static uint8_t section_of(const char *key)
{
    unsigned id = 0;
    if (key[0] != '+')
        return 0;
    for (const char *digit = key + 1; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || id > VB_MARKS_MAX)
            return 0;
        id = id * 10 + (unsigned)(*digit - '0');
    }
    return id <= VB_MARKS_MAX ? (uint8_t)id : 0;
}

void truth_durable(struct truth *truth, const struct vb_world_row *row)
{
    const uint8_t section = section_of(row->key);
    if (section == 0)
        return;
    VB_ASSERT(truth->waiting_count < TRUTH_WAITING_MAX);
    const uint8_t *bytes = row->bytes + VB_KEPT_HEAD_BYTES;
    const uint16_t size = (uint16_t)(row->size - VB_KEPT_HEAD_BYTES - VERSION_BYTES);
    truth->waiting[truth->waiting_count++] =
        (struct truth_content){.version = little_endian(bytes),
                               .hash = truth_hash(TRUTH_HASH_BEGIN, bytes + VERSION_BYTES, size),
                               .size = size,
                               .section = section};
}

static struct truth_content *find(struct truth *truth, const struct truth_content *wanted)
{
    for (unsigned i = truth->content_count; i > 0; i--) {
        struct truth_content *content = &truth->contents[i - 1];
        if (content->store_id == wanted->store_id && content->section == wanted->section &&
            content->version == wanted->version && content->size == wanted->size &&
            content->hash == wanted->hash &&
            (wanted->branch == ANY_BRANCH || content->branch == wanted->branch))
            return content;
    }
    return NULL;
}

static struct truth_content *find_in(struct truth *truth, uint32_t store_id, uint8_t section,
                                     uint32_t version, const uint8_t *bytes, uint16_t size,
                                     uint8_t branch)
{
    return find(truth, &(struct truth_content){.store_id = store_id,
                                               .version = version,
                                               .hash = truth_hash(TRUTH_HASH_BEGIN, bytes, size),
                                               .size = size,
                                               .section = section,
                                               .branch = branch});
}

struct truth_content *truth_find(struct truth *truth, uint32_t store_id, uint8_t section,
                                 uint32_t version, const uint8_t *bytes, uint16_t size)
{
    return find_in(truth, store_id, section, version, bytes, size, ANY_BRANCH);
}

struct truth_content *truth_find_now(struct truth *truth, uint32_t store_id, uint8_t section,
                                     uint32_t version, const uint8_t *bytes, uint16_t size)
{
    return find_in(truth, store_id, section, version, bytes, size, truth->branch);
}

const struct truth_content *truth_rival(const struct truth *truth,
                                        const struct truth_content *content)
{
    for (unsigned i = 0; i < truth->content_count; i++) {
        const struct truth_content *other = &truth->contents[i];
        if (other != content && other->announced && other->branch == content->branch &&
            other->store_id == content->store_id && other->section == content->section &&
            other->version == content->version)
            return other;
    }
    return NULL;
}

bool truth_store_was_durable(const struct truth *truth, uint32_t store_id)
{
    for (unsigned i = 0; i < truth->content_count; i++) {
        if (truth->contents[i].store_id == store_id && !truth->contents[i].in_memory)
            return true;
    }
    return false;
}

void truth_tell(struct truth *truth, uint32_t store_id, uint8_t section, uint32_t version,
                const uint8_t *bytes, uint16_t size)
{
    VB_ASSERT(truth->content_count < TRUTH_CONTENTS_MAX);
    truth->contents[truth->content_count++] =
        (struct truth_content){.store_id = store_id,
                               .version = version,
                               .hash = truth_hash(TRUTH_HASH_BEGIN, bytes, size),
                               .size = size,
                               .section = section,
                               .branch = truth->branch,
                               .in_memory = true};
}

void truth_settle(struct truth *truth, const struct vb_world_node *node)
{
    if (truth->waiting_count == 0)
        return;
    const struct vb_world_table *table = &node->store.durable;
    uint32_t store_id = 0;
    for (unsigned i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].key, "+head") == 0)
            store_id = little_endian(table->rows[i].bytes + VB_KEPT_HEAD_BYTES);
    }
    for (unsigned i = 0; i < truth->waiting_count; i++) {
        struct truth_content *content = &truth->waiting[i];
        content->store_id = store_id;
        content->branch = truth->branch;
        struct truth_content *known = find(truth, content);
        if (known != NULL) {
            known->in_memory = false;
            continue;
        }
        VB_ASSERT(truth->content_count < TRUTH_CONTENTS_MAX);
        truth->contents[truth->content_count++] = *content;
    }
    truth->waiting_count = 0;
}

static void put_head(const struct vb_cache_entry *entry, uint8_t head[7])
{
    head[0] = entry->id;
    for (unsigned i = 0; i < 4; i++)
        head[1 + i] = (uint8_t)(entry->version >> (8 * i));
    head[5] = (uint8_t)entry->size;
    head[6] = (uint8_t)(entry->size >> 8);
}

static uint64_t state_hash(const struct vb_cache *cache)
{
    uint64_t hash = TRUTH_HASH_BEGIN;
    for (uint8_t i = 0; i < cache->count; i++) {
        const struct vb_cache_entry *entry = &cache->entries[i];
        uint8_t head[7];
        put_head(entry, head);
        hash = truth_hash(hash, head, sizeof head);
        hash = truth_hash(hash, cache->bytes + entry->offset, entry->size);
    }
    return hash;
}

void truth_seen_init(struct truth_seen *seen)
{
    seen->used = 0;
    seen->count = 0;
    seen->changed = 0;
}

uint32_t truth_seen_changed(struct truth_seen *seen)
{
    const uint32_t changed = seen->changed;
    seen->changed = 0;
    return changed;
}

/* Whether exactly this was seen. */
static bool was_seen(const struct truth_seen *seen, const struct vb_cache *cache,
                     const struct vb_cache_entry *entry)
{
    for (uint8_t i = 0; i < seen->count; i++) {
        const struct vb_cache_entry *was = &seen->entries[i];
        if (was->id == entry->id)
            return was->version == entry->version && was->size == entry->size &&
                   memcmp(seen->bytes + was->offset, cache->bytes + entry->offset, entry->size) ==
                       0;
    }
    return false;
}

uint64_t truth_seen_hash(struct truth_seen *seen, const struct vb_cache *cache)
{
    const size_t entries_size = cache->count * sizeof cache->entries[0];
    VB_ASSERT(cache->used <= sizeof seen->bytes);
    if (seen->used == cache->used && seen->count == cache->count && seen->used != 0 &&
        memcmp(seen->entries, cache->entries, entries_size) == 0 &&
        memcmp(seen->bytes, cache->bytes, cache->used) == 0)
        return seen->hash;
    for (uint8_t i = 0; i < cache->count && seen->used != 0; i++) {
        if (!was_seen(seen, cache, &cache->entries[i]))
            seen->changed |= 1u << cache->entries[i].id;
    }
    seen->used = cache->used;
    seen->count = cache->count;
    memcpy(seen->entries, cache->entries, entries_size);
    memcpy(seen->bytes, cache->bytes, cache->used);
    seen->hash = state_hash(cache);
    return seen->hash;
}

bool truth_same_state(const struct vb_cache *one, const struct vb_cache *other)
{
    bool same = one->count == other->count;
    for (uint8_t i = 0; same && i < one->count; i++) {
        const struct vb_cache_entry *entry = &one->entries[i];
        const struct vb_cache_entry *twin = &other->entries[i];
        same = entry->id == twin->id && entry->version == twin->version &&
               entry->size == twin->size &&
               memcmp(one->bytes + entry->offset, other->bytes + twin->offset, entry->size) == 0;
    }
    return same;
}

static uint32_t crc32c(uint32_t crc, const uint8_t *bytes, size_t size)
{
    static const uint32_t four_bits[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                           0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                           0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                           0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ four_bits[crc & 15];
        crc = crc >> 4 ^ four_bits[crc & 15];
    }
    return crc;
}

static void put_number(uint8_t bytes[4], uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

uint32_t truth_digest(const struct vb_cache *cache, uint32_t store_id, uint32_t boot)
{
    uint8_t id[8];
    put_number(id, store_id);
    put_number(id + 4, boot);
    uint32_t crc = crc32c(0xffffffffu, id, sizeof id);
    for (uint8_t i = 0; i < cache->count; i++) {
        const struct vb_cache_entry *entry = &cache->entries[i];
        uint8_t head[7];
        put_head(entry, head);
        crc = crc32c(crc, head, sizeof head);
        crc = crc32c(crc, cache->bytes + entry->offset, entry->size);
    }
    return crc ^ 0xffffffffu;
}
