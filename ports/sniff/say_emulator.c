#include "sniff/say_emulator.h"

#include <inttypes.h>

#include "espnow/battery_emulator.h"
#include "sniff/emulator_keys.h"

enum {
    CELLS_MAX = 192,
    KEY_FIRST_CELL = 0x91,
    KEY_CELLS = 0x92,
    KEY_BALANCING = 0x93,
    CELL_ZERO_MV = 0 /* no cell was read yet */
};

static void say_integer(struct vb_sniff_text *line, const struct vb_emulator_key *known,
                        int64_t value)
{
    static const int64_t scales[] = {1, 10, 100, 1000};
    VB_ASSERT(known->decimals < VB_COUNT_OF(scales));
    const int64_t scale = scales[known->decimals];
    if (known->words != NULL && value >= 0 && value < known->word_count)
        vb_sniff_say(line, " %s", known->words[value]);
    else if (scale == 1)
        vb_sniff_say(line, " %" PRId64, value);
    else
        vb_sniff_say(line, " %.*f", known->decimals, (double)value / (double)scale);
}

static void say_octets(struct vb_sniff_text *line, const struct vb_emulator_record *record,
                       const struct vb_emulator_key *known)
{
    const bool is_ip = known != NULL && known->decimal_octets;
    for (uint16_t i = 0; i < record->size; i++)
        vb_sniff_say(line, is_ip ? "%s%u" : "%s%02x",
                     i == 0  ? " "
                     : is_ip ? "."
                             : ":",
                     record->bytes[i]);
}

static void say_bits(struct vb_sniff_text *line, const struct vb_emulator_record *record)
{
    unsigned set = 0;
    for (unsigned i = 0; i < record->size * 8u; i++)
        set += record->bytes[i / 8] >> (i % 8) & 1;
    vb_sniff_say(line, " %u", set);
}

static void say_cells(struct vb_sniff_text *line, const struct vb_emulator_record *record,
                      size_t first, bool verbose)
{
    uint16_t cell_mv[CELLS_MAX];
    struct vb_reader reader = vb_reader_of(record->bytes, record->size);
    size_t count = 0;
    while (count < CELLS_MAX && vb_reader_left(&reader) >= 2)
        cell_mv[count++] = vb_read_u16(&reader);
    vb_sniff_say(line, ", ");
    vb_sniff_say_cells(line, cell_mv, count, first, CELL_ZERO_MV, verbose);
}

static void say_value(struct vb_sniff_text *line, const struct vb_emulator_record *record,
                      const struct vb_emulator_key *known)
{
    static const struct vb_emulator_key unknown = {.unit = ""};
    int64_t integer;
    float fraction;
    if (vb_emulator_integer(record, &integer)) {
        say_integer(line, known != NULL ? known : &unknown, integer);
    } else if (vb_emulator_float(record, &fraction)) {
        vb_sniff_say(line, " %.1f", (double)fraction);
    } else if (record->type == VB_EMULATOR_TEXT) {
        vb_sniff_say(line, " \"");
        vb_sniff_say_foreign(line, record->bytes, record->size);
        vb_sniff_say(line, "\"");
    } else if (record->type == VB_EMULATOR_BITS) {
        say_bits(line, record);
    } else {
        say_octets(line, record, known);
    }
    if (known != NULL && known->unit[0] != '\0')
        vb_sniff_say(line, " %s", known->unit);
}

static void say_record(struct vb_sniff_text *line, const struct vb_emulator_record *record,
                       size_t *first_cell, bool verbose)
{
    const struct vb_emulator_key *known = vb_emulator_key_of(record->key);
    int64_t integer;
    if (record->key == KEY_FIRST_CELL && vb_emulator_integer(record, &integer)) {
        *first_cell = (size_t)integer & UINT16_MAX;
        return;
    }
    if (record->key == KEY_CELLS && record->type == VB_EMULATOR_U16S) {
        say_cells(line, record, *first_cell, verbose);
        return;
    }
    if (known == NULL)
        vb_sniff_say(line, ", key %02x", record->key);
    else if (known->brief || verbose || record->key == KEY_BALANCING)
        vb_sniff_say(line, ", %s", known->name);
    else
        return;
    say_value(line, record, known);
}

static void say_head(struct vb_sniff_text *line, const struct vb_emulator_head *head)
{
    static const char *const kinds[] = {[VB_EMULATOR_SYSTEM] = "system",
                                        [VB_EMULATOR_BATTERY] = "battery",
                                        [VB_EMULATOR_CELLS] = "cells",
                                        [VB_EMULATOR_EVENT] = "event"};
    if (head->kind >= VB_EMULATOR_SYSTEM && head->kind < VB_COUNT_OF(kinds))
        vb_sniff_say(line, " %s", kinds[head->kind]);
    else
        vb_sniff_say(line, " kind %u", head->kind);
    if (head->battery != 0)
        vb_sniff_say(line, " %u", head->battery);
    vb_sniff_say(line, ", up %" PRIu32 " s%s", head->uptime_s,
                 (head->flags & VB_EMULATOR_MORE_FOLLOW) != 0 ? ", more follow" : "");
}

void vb_sniff_say_emulator(const uint8_t *bytes, size_t size, bool verbose,
                           struct vb_sniff_text *line)
{
    struct vb_emulator_head head;
    struct vb_reader reader;
    struct vb_emulator_record record;
    size_t first_cell = 0;
    vb_sniff_say(line, "battery-emulator");
    if (!vb_emulator_head_read(bytes, size, &head, &reader)) {
        vb_sniff_say(line, " frame of version %u, %zu bytes", head.version, size);
        return;
    }
    say_head(line, &head);
    while (vb_emulator_record_read(&reader, &record)) /* each takes 2 bytes or more */
        say_record(line, &record, &first_cell, verbose);
    vb_sniff_say(line, " (%zu bytes%s)", size, reader.failed ? ", cut within a record" : "");
}
