#include "content.h"

#include <stdio.h>
#include <string.h>

#include "voltbeacon/core/section.h"

enum { SMALL_FIELDS_MAX = 64, DRAWS_MAX = 1000 };

struct small_field {
    const struct vb_section *section;
    const struct vb_field *field;
};

void vb_content_empty(struct vb_content *content)
{
    vb_cache_init(&content->cache, content->bytes, sizeof content->bytes);
}

void vb_content_put(struct vb_content *content, uint8_t section, uint32_t version,
                    const uint8_t *bytes, size_t size)
{
    const enum vb_err err = vb_cache_put(&content->cache, section, version, bytes, size);
    VB_ASSERT(err == VB_ERR_OK);
}

void vb_content_defaults(struct vb_content *content)
{
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    vb_content_empty(content);
    for (uint8_t i = 0; i < vb_section_count; i++) {
        union vb_values values;
        const struct vb_section *section = &vb_sections[i];
        if (section->owner != VB_OWNER_TRANSMITTER)
            continue;
        vb_section_defaults(section, &values);
        if (section->id == VB_SECTION_METADATA) {
            /* As the world fills them in. The core writes them in another order: as many bytes. */
            struct vb_metadata_values *metadata = &values.metadata;
            snprintf(metadata->device_type, sizeof metadata->device_type, "transmitter");
            snprintf(metadata->environment, sizeof metadata->environment, "DEVELOPMENT");
            snprintf(metadata->board, sizeof metadata->board, "simulator");
        }
        const int size = vb_section_encode(section, &values, bytes, sizeof bytes);
        VB_ASSERT(size > 0);
        vb_content_put(content, section->id, 1, bytes, (size_t)size);
    }
}

uint32_t vb_content_version(const struct vb_content *content, uint8_t section)
{
    const struct vb_cache_entry *entry = vb_cache_find(&content->cache, section);
    return entry == NULL ? 0 : entry->version;
}

const uint8_t *vb_content_find(const struct vb_content *content, uint8_t section, size_t *size)
{
    const struct vb_cache_entry *entry = vb_cache_find(&content->cache, section);
    *size = entry == NULL ? 0 : entry->size;
    return entry == NULL ? NULL : vb_cache_bytes(&content->cache, entry);
}

/* ---- Changes ---- */

static bool is_small(const struct vb_field *field)
{
    return (field->flags & VB_FIELD_READ_ONLY) == 0 && field->type != VB_TYPE_STRING &&
           field->type != VB_TYPE_SECRET && field->type != VB_TYPE_ARRAY;
}

static unsigned list_small_fields(struct small_field list[SMALL_FIELDS_MAX])
{
    unsigned count = 0;
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        const struct vb_section *section = vb_section_by_id(id);
        for (uint8_t i = 0; i < section->field_count; i++) {
            if (!is_small(&section->fields[i]))
                continue;
            VB_ASSERT(count < SMALL_FIELDS_MAX);
            list[count++] = (struct small_field){section, &section->fields[i]};
        }
    }
    return count;
}

static void write_value(struct vb_writer *writer, const struct vb_field *field,
                        struct vb_random *random)
{
    if (field->type == VB_TYPE_IPV4) {
        uint8_t ipv4[4];
        struct vb_writer digits = vb_writer_of(ipv4, sizeof ipv4);
        vb_write_u32(&digits, vb_random_nonzero_u32(random));
        vb_change_bytes(writer, field, ipv4, sizeof ipv4);
        return;
    }
    const uint32_t above = vb_random_between(random, 0, field->max - field->min);
    const uint32_t value = field->min + above; /* two's complement where signed */
    const bool negative = field->type == VB_TYPE_SIGNED && (int32_t)value < 0;
    vb_change_integer(writer, field, negative ? (int64_t)(int32_t)value : (int64_t)value);
}

/* The section with the change in it; its size, or less than 0 where the section's rules are against
 * it. */
static int merge(const struct vb_content *content, const struct vb_change *change,
                 uint8_t bytes[VB_SECTION_BYTES_MAX])
{
    struct vb_reasons reasons = {0};
    size_t size;
    const uint8_t *base = vb_content_find(content, change->section, &size);
    VB_ASSERT(base != NULL);
    return vb_section_merge(vb_section_by_id(change->section), base, size, change->bytes,
                            change->size, 0, bytes, VB_SECTION_BYTES_MAX, &reasons);
}

void vb_content_draw(const struct vb_content *content, struct vb_random *random,
                     struct vb_change *change)
{
    struct small_field list[SMALL_FIELDS_MAX];
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    const unsigned count = list_small_fields(list);
    for (unsigned draw = 0; draw < DRAWS_MAX; draw++) {
        const struct small_field *chosen = &list[vb_random_between(random, 0, count - 1)];
        struct vb_writer writer = vb_writer_of(change->bytes, sizeof change->bytes);
        write_value(&writer, chosen->field, random);
        VB_ASSERT(!writer.failed);
        change->section = chosen->section->id;
        change->size = (uint8_t)writer.at;
        size_t old_size;
        const uint8_t *old = vb_content_find(content, change->section, &old_size);
        const int size = merge(content, change, bytes);
        if (size > 0 && ((size_t)size != old_size || memcmp(old, bytes, old_size) != 0))
            return;
    }
    VB_ASSERT(false); /* most draws are good */
}

void vb_content_apply(struct vb_content *content, const struct vb_change *change)
{
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    const int size = merge(content, change, bytes);
    VB_ASSERT(size > 0);
    const uint32_t version = vb_content_version(content, change->section);
    vb_content_put(content, change->section, vb_version_next(version), bytes, (size_t)size);
}
