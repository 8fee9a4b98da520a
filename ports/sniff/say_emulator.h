/* Describes a Battery-Emulator's frame: its records by name, with their units. */
#ifndef VOLTBEACON_SNIFF_SAY_EMULATOR_H
#define VOLTBEACON_SNIFF_SAY_EMULATOR_H

#include "sniff/sniff_text.h"

/* Appends a description of a body for which vb_emulator_is() holds. */
void vb_sniff_say_emulator(const uint8_t *bytes, size_t size, bool verbose,
                           struct vb_sniff_text *line);

#endif
