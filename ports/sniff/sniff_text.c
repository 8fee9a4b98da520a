#include "sniff/sniff_text.h"

#include <stdarg.h>
#include <stdio.h>

enum { PRINTABLE_FIRST = 0x20, PRINTABLE_LAST = 0x7e };

void vb_sniff_say(struct vb_sniff_text *line, const char *format, ...)
{
    VB_ASSERT(line->length < sizeof line->text);
    const size_t room = sizeof line->text - line->length;
    va_list args;
    va_start(args, format);
    const int wanted = vsnprintf(line->text + line->length, room, format, args);
    va_end(args);
    VB_ASSERT(wanted >= 0);
    line->length += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

void vb_sniff_say_foreign(struct vb_sniff_text *line, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const bool printable = bytes[i] >= PRINTABLE_FIRST && bytes[i] <= PRINTABLE_LAST;
        if (printable && bytes[i] != '\\')
            vb_sniff_say(line, "%c", bytes[i]);
        else
            vb_sniff_say(line, "\\x%02x", bytes[i]);
    }
}

void vb_sniff_say_cells(struct vb_sniff_text *line, const uint16_t *cell_mv, size_t count,
                        size_t first, uint16_t absent, bool every)
{
    uint16_t lowest = UINT16_MAX;
    uint16_t highest = 0;
    size_t there = 0;
    for (size_t i = 0; i < count; i++) {
        if (cell_mv[i] == absent)
            continue;
        there++;
        lowest = cell_mv[i] < lowest ? cell_mv[i] : lowest;
        highest = cell_mv[i] > highest ? cell_mv[i] : highest;
    }
    vb_sniff_say(line, "%zu cell%s", count, count == 1 ? "" : "s");
    if (first > 0)
        vb_sniff_say(line, " from %zu on", first + 1);
    if (there > 0)
        vb_sniff_say(line, " %u to %u mV", lowest, highest);
    if (there < count)
        vb_sniff_say(line, " (%zu not available)", count - there);
    for (size_t i = 0; every && i < count; i++) {
        if (cell_mv[i] == absent)
            vb_sniff_say(line, "%s-", i == 0 ? ": " : " ");
        else
            vb_sniff_say(line, "%s%u", i == 0 ? ": " : " ", cell_mv[i]);
    }
}
