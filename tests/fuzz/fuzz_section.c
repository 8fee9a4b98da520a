/* A section's content from anywhere: decoded by the section that the first byte chooses, shown as
 * text, written again, and merged with changes. The second byte says how much of the rest is
 * changes. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STAMP = 0x0badcafe };

static void show(const struct vb_section *section, const union vb_values *values)
{
    char text[64];
    uint8_t change[512];
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        vb_field_format(field, values, text, sizeof text);
        VB_ASSERT(strlen(text) < sizeof text);
        const int parsed = vb_field_parse(field, text, change, sizeof change);
        VB_ASSERT(parsed <= (int)sizeof change);
    }
}

/* What decoding accepts is in range, and survives being written and read again. */
static void decode(const struct vb_section *section, const uint8_t *bytes, size_t size)
{
    union vb_values values;
    uint8_t written[VB_SECTION_BYTES_MAX];
    uint8_t again[VB_SECTION_BYTES_MAX];
    struct vb_decode_notes notes;
    struct vb_reasons reasons = {0};
    const enum vb_err err = vb_section_decode(section, bytes, size, &values, NULL);
    VB_ASSERT((err == VB_ERR_OK) == vb_section_well_formed(bytes, size));
    if (err != VB_ERR_OK)
        return;
    if (vb_section_check(section, &values, &reasons) != VB_ERR_OK)
        VB_ASSERT(reasons.count > 0 && reasons.items[0].err == VB_ERR_RULE);
    const int first = vb_section_encode(section, &values, written, sizeof written);
    VB_ASSERT(first > 0 && first <= section->bytes_max);
    const enum vb_err reread = vb_section_decode(section, written, (size_t)first, &values, &notes);
    VB_ASSERT(reread == VB_ERR_OK && notes.repaired == 0 && notes.absent == 0);
    const int second = vb_section_encode(section, &values, again, sizeof again);
    VB_ASSERT(second == first && memcmp(written, again, (size_t)first) == 0);
    show(section, &values);
}

static void merge(const struct vb_section *section, const uint8_t *base, size_t base_size,
                  const uint8_t *changes, size_t changes_size)
{
    uint8_t result[VB_SECTION_BYTES_MAX];
    struct vb_reasons reasons = {0};
    const int size = vb_section_merge(section, base, base_size, changes, changes_size, STAMP,
                                      result, sizeof result, &reasons);
    if (size >= 0)
        VB_ASSERT(reasons.count == 0 && vb_section_well_formed(result, (size_t)size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct vb_section *section = &vb_sections[data[0] % vb_section_count];
    const uint8_t *base = data + 2;
    const size_t changes_size = data[1] < size - 2 ? data[1] : size - 2;
    const size_t base_size = size - 2 - changes_size;
    decode(section, base, base_size);
    merge(section, base, base_size, base + base_size, changes_size);
    return 0;
}
