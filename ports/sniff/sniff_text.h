/* A growing line of text of at most VB_SNIFF_TEXT_SIZE bytes. What does not fit is dropped.
 */
#ifndef VOLTBEACON_SNIFF_TEXT_H
#define VOLTBEACON_SNIFF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum { VB_SNIFF_TEXT_SIZE = 4096 };

struct vb_sniff_text {
    char text[VB_SNIFF_TEXT_SIZE]; /* always ends in a NUL */
    size_t length;
};

void vb_sniff_say(struct vb_sniff_text *line, const char *format, ...) VB_PRINTF(2, 3);

/* Foreign text: whatever is not printable ASCII becomes \xHH, so that no terminal acts on it.
 */
void vb_sniff_say_foreign(struct vb_sniff_text *line, const uint8_t *bytes, size_t size);

/* Voltages of cells: "96 cells 3701 to 3740 mV", and with every cell, ": 3701 3740 ...", a dash for
 * one that is `absent`. Of `first` on, counted from 0. */
void vb_sniff_say_cells(struct vb_sniff_text *line, const uint16_t *cell_mv, size_t count,
                        size_t first, uint16_t absent, bool every);

#endif
