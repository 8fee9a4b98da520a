#include "sniff/say_section.h"

#include <string.h>

#include "voltbeacon/core/schema.h"
#include "voltbeacon/core/section.h"

enum { VALUE_TEXT_SIZE = 512 };

void vb_sniff_say_section_name(struct vb_sniff_text *line, uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    if (section != NULL)
        vb_sniff_say(line, "%s", section->name);
    else
        vb_sniff_say(line, "section %u", id);
}

static void say_field(struct vb_sniff_text *line, const struct vb_field *field,
                      const union vb_values *values)
{
    char text[VALUE_TEXT_SIZE];
    if (field->type == VB_TYPE_SECRET) {
        vb_sniff_say(line, " %s=(secret)", field->name);
        return;
    }
    vb_field_format(field, values, text, sizeof text);
    vb_sniff_say(line, " %s=", field->name);
    vb_sniff_say_foreign(line, (const uint8_t *)text, strlen(text));
}

void vb_sniff_say_fields(struct vb_sniff_text *line, uint8_t id, const uint8_t *bytes, size_t size)
{
    const struct vb_section *section = vb_section_by_id(id);
    static const union vb_values nothing;
    union vb_values values = nothing;
    struct vb_decode_notes notes;
    if (section == NULL)
        return;
    if (vb_section_decode(section, bytes, size, &values, &notes) != VB_ERR_OK) {
        vb_sniff_say(line, " (not laid out as a section)");
        return;
    }
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        const uint32_t bit = 1u << i;
        if ((notes.absent & bit) != 0)
            continue;
        if ((notes.repaired & bit) != 0 && field->type != VB_TYPE_SECRET)
            vb_sniff_say(line, " %s=(not a value of it)", field->name);
        else
            say_field(line, field, &values);
    }
    if (notes.unknown_count > 0)
        vb_sniff_say(line, " and %u unknown", notes.unknown_count);
}

void vb_sniff_say_record(struct vb_sniff_text *line, const struct vb_record *record)
{
    vb_sniff_say_section_name(line, record->id);
    vb_sniff_say(line, " v%u", record->version);
    if (record->form == VB_RECORD_SAME) {
        vb_sniff_say(line, " the same");
    } else if (record->form == VB_RECORD_DELTA) {
        vb_sniff_say(line, " over v%u:", record->base_version);
        vb_sniff_say_fields(line, record->id, record->bytes, record->size);
    } else if (record->size == record->total) {
        vb_sniff_say(line, ":");
        vb_sniff_say_fields(line, record->id, record->bytes, record->size);
    } else {
        vb_sniff_say(line, " bytes %u to %zu of %u", record->offset,
                     record->offset + record->size - 1, record->total);
    }
}
