/* What this receiver and a transmitter of another firmware do not know of each other. Read off the content that is held:
 * a section or a tag without a row in the schema is newer, a row without its section or tag is older. */
#include <stdio.h>

#include "objects.h"
#include "voltbeacon/section.h"

struct gaps {
    unsigned unknown_sections; /* the transmitter has them, this receiver has no name for them */
    unsigned unknown_fields;
    unsigned missing_sections; /* this receiver knows them, the transmitter has none */
    unsigned missing_fields;
};

static unsigned bit_count(uint32_t bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static void count_section(const struct vb_peer *peer, uint8_t id, struct gaps *gaps)
{
    const struct vb_section *section = vb_section_by_id(id);
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    const bool owned = section != NULL && section->owner == VB_OWNER_TRANSMITTER;
    if (entry == NULL) {
        gaps->missing_sections += owned && peer->state_known && peer->sections[id].mark == 0;
        return;
    }
    if (!owned) {
        gaps->unknown_sections++;
        return;
    }
    union vb_values values;
    struct vb_decode_notes notes;
    if (vb_section_decode(section, vb_cache_bytes(&peer->cache, entry), entry->size, &values,
                          &notes) != VB_ERR_OK)
        return;
    gaps->unknown_fields += notes.unknown_count;
    gaps->missing_fields += bit_count(notes.absent);
}

static void explain(const struct gaps *gaps, const char *firmware, char *text, size_t size)
{
    const bool newer = gaps->unknown_sections + gaps->unknown_fields > 0;
    const bool older = gaps->missing_sections + gaps->missing_fields > 0;
    char unknown[120] = "";
    char missing[120] = "";
    if (newer)
        snprintf(unknown, sizeof unknown,
                 " It has %u sections and %u fields that this receiver keeps but cannot show.",
                 gaps->unknown_sections, gaps->unknown_fields);
    if (older)
        snprintf(missing, sizeof missing,
                 " It lacks %u sections and %u fields, which are shown with their defaults.",
                 gaps->missing_sections, gaps->missing_fields);
    snprintf(text, size, "The transmitter's firmware (%s) differs from this receiver's.%s%s Update %s.",
             firmware, unknown, missing,
             newer && older ? "both" : newer ? "this receiver" : "the transmitter");
}

void vb_compatibility_json(struct vb_json *json, const struct vb_peer *peer)
{
    struct gaps gaps = {0};
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        count_section(peer, id, &gaps);
    const bool complete = gaps.unknown_sections + gaps.unknown_fields + gaps.missing_sections +
                              gaps.missing_fields == 0;
    char firmware[VB_NAME_SIZE];
    char text[512];
    if (!vb_transmitter_firmware(peer, firmware))
        snprintf(firmware, sizeof firmware, "unknown");
    explain(&gaps, firmware, text, sizeof text);

    vb_json_object(json, "compatibility");
    vb_json_bool(json, "complete", complete);
    vb_json_integer(json, "unknown_sections", gaps.unknown_sections);
    vb_json_integer(json, "unknown_fields", gaps.unknown_fields);
    vb_json_integer(json, "missing_sections", gaps.missing_sections);
    vb_json_integer(json, "missing_fields", gaps.missing_fields);
    vb_json_string(json, "message", complete ? NULL : text);
    vb_json_object_end(json);
}
