/* Describes a reading on the link: pack and cells, once all of its parts have been captured. */
#ifndef VOLTBEACON_SNIFF_SAY_READING_H
#define VOLTBEACON_SNIFF_SAY_READING_H

#include "sniff/say_frame.h"
#include "voltbeacon/core/message.h"

void vb_sniff_say_reading(struct vb_sniff_source *source, const struct vb_reading_part *part,
                          bool every_cell, struct vb_sniff_text *line);

#endif
