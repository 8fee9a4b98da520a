#include "voltbeacon/core/settings.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/kept.h"

enum { VERSION_BYTES = 4 };
static const uint32_t DAMAGED_VERSION = 0x80000000u; /* far from any version reached by counting */

/* "+16", "+17": the section's id; the key without "+" dates from before there was a checksum. */
static void key_of(uint8_t id, char key[VB_STORE_KEY_SIZE])
{
    VB_ASSERT(id >= 10 && id <= VB_SECTION_ID_MAX);
    key[0] = '+';
    key[1] = (char)('0' + id / 10);
    key[2] = (char)('0' + id % 10);
    key[3] = '\0';
}

static const struct vb_section *own_section(uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    return section != NULL && section->owner == VB_OWNER_RECEIVER ? section : NULL;
}

static uint32_t bit_count(uint32_t bits)
{
    uint32_t count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static void keep(struct vb_cache *cache, uint8_t id, uint32_t version, const uint8_t *bytes,
                 size_t size)
{
    const enum vb_err err = vb_cache_put(cache, id, version, bytes, size);
    VB_ASSERT(err == VB_ERR_OK);
}

/* A section's bit in the masks: its index in the cache, which is sorted by id. */
static uint32_t bit_of(const struct vb_settings *settings, uint8_t id)
{
    for (uint8_t i = 0; i < settings->live.count; i++) {
        if (settings->live.entries[i].id == id)
            return 1u << i;
    }
    VB_ASSERT(false);
    return 0;
}

/* Stored content is kept verbatim if there is room; the view repairs fields that are out of
 * range. */
static bool take(struct vb_settings *settings, const struct vb_section *section,
                 const struct vb_kept *kept)
{
    union vb_values values;
    struct vb_decode_notes notes;
    if (kept->size <= VERSION_BYTES || kept->size > VERSION_BYTES + VB_SETTINGS_SECTION_BYTES)
        return false;
    struct vb_reader reader = vb_reader_of(kept->bytes, kept->size);
    const uint32_t version = vb_read_u32(&reader);
    const size_t left = vb_reader_left(&reader);
    const uint8_t *bytes = vb_read_view(&reader, left);
    if (version == 0 || vb_section_decode(section, bytes, left, &values, &notes) != VB_ERR_OK)
        return false;
    keep(&settings->live, section->id, version, bytes, left);
    settings->repaired += bit_count(notes.repaired);
    return true;
}

/* Defaults that were never stored: not to be mistaken for another content of version 1. */
static void take_defaults(struct vb_settings *settings, const struct vb_section *section,
                          uint32_t version)
{
    union vb_values values;
    uint8_t bytes[VB_SETTINGS_SECTION_BYTES];
    vb_section_defaults(section, &values);
    const int encoded = vb_section_encode(section, &values, bytes, sizeof bytes);
    VB_ASSERT(encoded > 0);
    keep(&settings->live, section->id, version, bytes, (size_t)encoded);
}

static void load(struct vb_settings *settings, const struct vb_section *section)
{
    char key[VB_STORE_KEY_SIZE];
    uint8_t buffer[VB_KEPT_HEAD_BYTES + VERSION_BYTES + VB_SETTINGS_SECTION_BYTES];
    struct vb_kept kept = {.size = 0};
    VB_ASSERT(section->bytes_max <= VB_SETTINGS_SECTION_BYTES);
    key_of(section->id, key);
    enum vb_err err = VB_ERR_NOT_FOUND;
    if (settings->store != NULL)
        err = vb_kept_get(settings->store, key, key + 1, buffer, sizeof buffer, &kept);
    if (err == VB_ERR_OK && !take(settings, section, &kept))
        err = VB_ERR_CORRUPT;
    if (err == VB_ERR_CORRUPT)
        take_defaults(settings, section, DAMAGED_VERSION);
    else if (err != VB_ERR_OK)
        take_defaults(settings, section, 1);
    const uint32_t bit = bit_of(settings, section->id);
    settings->damaged &= ~bit;
    settings->unreadable &= ~bit;
    if (err == VB_ERR_CORRUPT)
        settings->damaged |= bit;
    else if (err == VB_ERR_OK && kept.old)
        settings->old_form |= bit;
    else if (err != VB_ERR_OK && err != VB_ERR_NOT_FOUND)
        settings->unreadable |= bit;
}

void vb_settings_init(struct vb_settings *settings, const struct vb_store *store)
{
    memset(settings, 0, sizeof *settings);
    settings->store = store;
    settings->next_token = 1;
    vb_cache_init(&settings->live, settings->live_bytes, sizeof settings->live_bytes);
    vb_cache_init(&settings->staged, settings->staged_bytes, sizeof settings->staged_bytes);
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner == VB_OWNER_RECEIVER) {
            VB_ASSERT(settings->live.count < VB_SETTINGS_SECTIONS_MAX);
            load(settings, &vb_sections[i]);
        }
    }
}

bool vb_settings_reread(struct vb_settings *settings)
{
    const uint32_t before = settings->unreadable;
    for (uint8_t i = 0; i < settings->live.count && settings->token == 0; i++) {
        if ((before >> i & 1) != 0)
            load(settings, own_section(settings->live.entries[i].id));
    }
    return settings->unreadable != before;
}

/* Applies one change to what is staged. */
static enum vb_err stage(struct vb_settings *settings, const struct vb_section_change *change,
                         struct vb_reasons *reasons)
{
    const struct vb_section *section = own_section(change->section);
    if (section == NULL)
        return VB_ERR_NOT_FOUND;
    if ((settings->unreadable & bit_of(settings, section->id)) != 0)
        return VB_ERR_STORE; /* the stored content is unknown: do not overwrite it */
    uint8_t result[VB_SETTINGS_SECTION_BYTES];
    const struct vb_cache_entry *entry = vb_cache_find(&settings->staged, section->id);
    VB_ASSERT(entry != NULL);
    const uint8_t *base = vb_cache_bytes(&settings->staged, entry);
    const uint32_t version = vb_version_next(entry->version);

    const int size = vb_section_merge(section, base, entry->size, change->bytes, change->size,
                                      version, result, sizeof result, reasons);
    if (size < 0)
        return (enum vb_err)size;
    if ((size_t)size == entry->size && memcmp(base, result, entry->size) == 0)
        return VB_ERR_OK;
    keep(&settings->staged, section->id, version, result, (size_t)size);
    return VB_ERR_OK;
}

static bool has_moved(const struct vb_settings *settings, const struct vb_cache_entry *staged)
{
    return staged->version != vb_settings_version(settings, staged->id);
}

static void put(const struct vb_settings *settings, const struct vb_cache_entry *entry, bool old)
{
    const struct vb_store *store = settings->store;
    char key[VB_STORE_KEY_SIZE];
    uint8_t value[VB_KEPT_HEAD_BYTES + VERSION_BYTES + VB_SETTINGS_SECTION_BYTES];
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = VB_KEPT_HEAD_BYTES;
    key_of(entry->id, key);
    vb_write_u32(&writer, entry->version);
    vb_write_bytes(&writer, vb_cache_bytes(&settings->staged, entry), entry->size);
    VB_ASSERT(!writer.failed);
    vb_kept_put(store, key, value, writer.at);
    if (old)
        store->erase(store->ctx, key + 1);
}

/* Puts every section whose version has moved, whose stored content is doubtful, or that is stored
 * without a checksum. False if there is none. */
static bool store_moved(const struct vb_settings *settings)
{
    bool moved = false;
    for (uint8_t i = 0; i < settings->staged.count; i++) {
        const struct vb_cache_entry *entry = &settings->staged.entries[i];
        const bool old = (settings->old_form >> i & 1) != 0;
        if (!has_moved(settings, entry) && (settings->doubtful >> i & 1) == 0 && !old)
            continue;
        moved = true;
        if (settings->store != NULL)
            put(settings, entry, old);
    }
    return moved;
}

enum vb_err vb_settings_change(struct vb_settings *settings,
                               const struct vb_section_change *changes, uint8_t count,
                               uint32_t *token, uint8_t *bad_section, struct vb_reasons *reasons)
{
    *token = 0;
    *bad_section = 0;
    reasons->count = 0;
    if (settings->token != 0)
        return VB_ERR_BUSY;
    vb_cache_copy(&settings->staged, &settings->live);
    for (uint8_t i = 0; i < count; i++) {
        const enum vb_err err = stage(settings, &changes[i], reasons);
        if (err != VB_ERR_OK) {
            *bad_section = changes[i].section;
            return err;
        }
    }
    if (!store_moved(settings))
        return VB_ERR_OK;
    if (settings->store == NULL) {
        vb_cache_copy(&settings->live, &settings->staged);
        return VB_ERR_OK;
    }
    settings->token = settings->next_token;
    settings->next_token = vb_version_next(settings->next_token);
    *token = settings->token;
    settings->store->commit(settings->store->ctx, settings->token);
    return VB_ERR_OK;
}

void vb_settings_committed(struct vb_settings *settings, uint32_t token, enum vb_err result)
{
    VB_ASSERT(token != 0 && token == settings->token);
    settings->token = 0;
    for (uint8_t i = 0; i < settings->staged.count && result == VB_ERR_UNCERTAIN; i++)
        settings->doubtful |= has_moved(settings, &settings->staged.entries[i]) ? 1u << i : 0;
    if (result != VB_ERR_OK)
        return;
    for (uint8_t i = 0; i < settings->staged.count; i++)
        settings->damaged &= has_moved(settings, &settings->staged.entries[i]) ? ~(1u << i) : ~0u;
    settings->doubtful = 0;
    settings->old_form = 0;
    vb_cache_copy(&settings->live, &settings->staged);
}

static const struct vb_cache_entry *held(const struct vb_settings *settings, uint8_t section)
{
    const struct vb_cache_entry *entry = vb_cache_find(&settings->live, section);
    VB_ASSERT(entry != NULL);
    return entry;
}

void vb_settings_values(const struct vb_settings *settings, uint8_t section, void *values)
{
    const struct vb_cache_entry *entry = held(settings, section);
    const enum vb_err err = vb_section_decode(
        own_section(section), vb_cache_bytes(&settings->live, entry), entry->size, values, NULL);
    VB_ASSERT(err == VB_ERR_OK);
}

uint32_t vb_settings_version(const struct vb_settings *settings, uint8_t section)
{
    return held(settings, section)->version;
}

uint32_t vb_settings_hash(const struct vb_settings *settings, uint8_t section)
{
    const struct vb_cache_entry *entry = held(settings, section);
    return vb_section_hash(vb_cache_bytes(&settings->live, entry), entry->size);
}
