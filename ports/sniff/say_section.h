/* What of a section stands in a frame: its fields by name, where it is there whole. */
#ifndef VOLTBEACON_SNIFF_SAY_SECTION_H
#define VOLTBEACON_SNIFF_SAY_SECTION_H

#include "sniff/sniff_text.h"
#include "voltbeacon/core/message.h"

/* "mqtt", or "section 14" where this version does not know it. */
void vb_sniff_say_section_name(struct vb_sniff_text *line, uint8_t id);

/* " port=8883 enabled=false": of a section's bytes, or of changes to it, whatever is there. A
 * secret is never said, only that it is there. */
void vb_sniff_say_fields(struct vb_sniff_text *line, uint8_t id, const uint8_t *bytes, size_t size);

void vb_sniff_say_record(struct vb_sniff_text *line, const struct vb_record *record);

#endif
