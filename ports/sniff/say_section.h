/* Describes the part of a section in a frame: its fields by name, if it is complete. */
#ifndef VOLTBEACON_SNIFF_SAY_SECTION_H
#define VOLTBEACON_SNIFF_SAY_SECTION_H

#include "sniff/sniff_text.h"
#include "voltbeacon/core/message.h"

/* "mqtt", or "section 14" if this version does not know it. */
void vb_sniff_say_section_name(struct vb_sniff_text *line, uint8_t id);

/* " port=8883 enabled=false": whatever is in a section's bytes, or in changes to it. Of a secret it
 * says only that there is one. */
void vb_sniff_say_fields(struct vb_sniff_text *line, uint8_t id, const uint8_t *bytes, size_t size);

void vb_sniff_say_record(struct vb_sniff_text *line, const struct vb_record *record);

#endif
