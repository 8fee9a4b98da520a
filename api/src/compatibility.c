/* What this receiver and a transmitter with other firmware do not know of each other. Derived from
 * the content held: a section, tag or value without a row in the schema is newer; a row without
 * its section or tag is older. */
#include <stdio.h>

#include "objects.h"
#include "voltbeacon/core/section.h"

enum { COUNTS_SIZE = 64, SENTENCE_SIZE = 128, MESSAGE_SIZE = 640 };

struct gaps {
    unsigned unknown_sections; /* the transmitter has them, this receiver has no name for them */
    unsigned unknown_fields;
    unsigned unknown_values;   /* in fields that both know: a longer list, a wider range */
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
        gaps->missing_sections +=
            owned && peer->fetch != VB_FETCH_UNKNOWN && peer->sections[id].mark == 0;
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
    gaps->unknown_values += bit_count(notes.repaired);
    gaps->missing_fields += bit_count(notes.absent);
}

/* ---- In words ---- */

/* "1 section", "2 fields", "1 section and 2 fields" */
static void name_counts(unsigned sections, unsigned fields, char text[COUNTS_SIZE])
{
    char section_text[24] = "";
    char field_text[24] = "";
    if (sections > 0)
        snprintf(section_text, sizeof section_text, "%u section%s", sections,
                 sections == 1 ? "" : "s");
    if (fields > 0)
        snprintf(field_text, sizeof field_text, "%u field%s", fields, fields == 1 ? "" : "s");
    snprintf(text, COUNTS_SIZE, "%s%s%s", section_text, sections > 0 && fields > 0 ? " and " : "",
             field_text);
}

static void tell_unknown(const struct gaps *gaps, char text[SENTENCE_SIZE])
{
    char counts[COUNTS_SIZE];
    text[0] = '\0';
    if (gaps->unknown_sections + gaps->unknown_fields == 0)
        return;
    name_counts(gaps->unknown_sections, gaps->unknown_fields, counts);
    snprintf(text, SENTENCE_SIZE, " It has %s that this receiver keeps but cannot show.", counts);
}

static void tell_unknown_values(const struct gaps *gaps, char text[SENTENCE_SIZE])
{
    const bool one = gaps->unknown_values == 1;
    text[0] = '\0';
    if (gaps->unknown_values > 0)
        snprintf(text, SENTENCE_SIZE,
                 " %u field%s that this receiver keeps but does not know; %s shown.",
                 gaps->unknown_values, one ? " holds a value" : "s hold values",
                 one ? "its default is" : "their defaults are");
}

static void tell_missing(const struct gaps *gaps, char text[SENTENCE_SIZE])
{
    char counts[COUNTS_SIZE];
    text[0] = '\0';
    if (gaps->missing_sections + gaps->missing_fields == 0)
        return;
    name_counts(gaps->missing_sections, gaps->missing_fields, counts);
    snprintf(text, SENTENCE_SIZE, " It lacks %s%s.", counts,
             gaps->missing_fields == 0   ? ""
             : gaps->missing_fields == 1 ? ", which is shown with its default"
                                         : ", which are shown with their defaults");
}

static void explain(const struct gaps *gaps, const char *firmware, char text[MESSAGE_SIZE])
{
    const bool newer = gaps->unknown_sections + gaps->unknown_fields + gaps->unknown_values > 0;
    const bool older = gaps->missing_sections + gaps->missing_fields > 0;
    const char *advice = newer && older ? "Give both the same version"
                         : newer        ? "Update this receiver"
                                        : "Update the transmitter";
    char unknown[SENTENCE_SIZE];
    char values[SENTENCE_SIZE];
    char missing[SENTENCE_SIZE];
    tell_unknown(gaps, unknown);
    tell_unknown_values(gaps, values);
    tell_missing(gaps, missing);
    snprintf(text, MESSAGE_SIZE,
             "The transmitter's settings (firmware %s) are not quite those that this receiver "
             "knows.%s%s%s %s.",
             firmware, unknown, values, missing, advice);
}

/* ---- Out ---- */

void vb_compatibility_json(struct vb_json *json, const struct vb_peer *peer)
{
    struct gaps gaps = {0};
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        count_section(peer, id, &gaps);
    const bool complete = gaps.unknown_sections + gaps.unknown_fields + gaps.unknown_values +
                              gaps.missing_sections + gaps.missing_fields ==
                          0;
    char firmware[VB_NAME_SIZE];
    char text[MESSAGE_SIZE];
    if (!vb_transmitter_firmware(peer, firmware))
        snprintf(firmware, sizeof firmware, "unknown");
    explain(&gaps, firmware, text);

    vb_json_object(json, "compatibility");
    vb_json_bool(json, "complete", complete);
    vb_json_integer(json, "unknown_sections", gaps.unknown_sections);
    vb_json_integer(json, "unknown_fields", gaps.unknown_fields);
    vb_json_integer(json, "unknown_values", gaps.unknown_values);
    vb_json_integer(json, "missing_sections", gaps.missing_sections);
    vb_json_integer(json, "missing_fields", gaps.missing_fields);
    vb_json_string(json, "message", complete ? NULL : text);
    vb_json_object_end(json);
}
