/* What is known of weak cells takes weeks to learn, so it is kept across a restart: as lines of
 * numbers, the pack's first, in the event store's notes. Written and read line by line, because a
 * small device has no room for a whole pack's numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver_device_parts.h"

enum {
    FORM = 1,
    NUMBER_SIZE = 26, /* "-1.2345678901234567e+308 " */
    LINE_SIZE = 64 + NUMBER_SIZE * VB_WEAK_CELL_NUMBERS
};

static void make_key(const struct vb_watched *watched, char key[VB_EVENT_NOTE_KEY_SIZE])
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&watched->mac, mac);
    snprintf(key, VB_EVENT_NOTE_KEY_SIZE, "weak_cells %s", mac);
}

/* ---- Writing ---- */

static size_t put_numbers(char line[LINE_SIZE], const double *numbers, unsigned count)
{
    size_t at = 0;
    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(line + at, LINE_SIZE - at, "%.17g%c", numbers[i],
                               i + 1 < count ? ' ' : '\n');
    VB_ASSERT(at < LINE_SIZE);
    return at;
}

/* The n-th line of a pack's text: the head, the pack's numbers, then each cell's. */
static size_t put_line(const struct vb_weak_cells *weak, unsigned line, char text[LINE_SIZE])
{
    double numbers[VB_WEAK_CELL_NUMBERS];
    if (line == 0)
        return (size_t)snprintf(text, LINE_SIZE, "%d %u %" PRIu64 "\n", FORM, weak->cell_count,
                                weak->since_wall_ms);
    if (line == 1) {
        vb_weak_cells_save_pack(weak, numbers);
        return put_numbers(text, numbers, VB_WEAK_PACK_NUMBERS);
    }
    vb_weak_cells_save_cell(weak, (uint8_t)(line - 2), numbers);
    return put_numbers(text, numbers, VB_WEAK_CELL_NUMBERS);
}

bool vb_watch_weak_save(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_event_store *events = device->config.ports.events;
    const unsigned line_count = 2u + watched->weak.cell_count;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char text[LINE_SIZE];
    size_t offset = 0;
    if (!watched->weak_changed)
        return true;
    make_key(watched, key);
    for (unsigned line = 0; line < line_count; line++) {
        const size_t size = put_line(&watched->weak, line, text);
        if (!events->note(events->ctx, key, offset, text, size, line + 1 == line_count))
            return false;
        offset += size;
    }
    watched->weak_changed = false;
    return true;
}

/* ---- Reading ---- */

/* A text that is read in pieces. */
struct numbers_in {
    const struct vb_event_store *events;
    const char *key;
    size_t offset; /* of the next piece */
    size_t size;
    size_t at;
    char piece[256];
};

/* The next character; NUL at the end. */
static char next_char(struct numbers_in *in)
{
    if (in->at == in->size) {
        in->offset += in->size;
        in->at = 0;
        in->size =
            in->events->noted(in->events->ctx, in->key, in->offset, in->piece, sizeof in->piece);
    }
    return (char)(in->at < in->size ? in->piece[in->at++] : '\0');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

/* pack/ judges whether they are sound. */
static bool take_numbers(struct numbers_in *in, double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[NUMBER_SIZE];
        size_t length = 0;
        char c = next_char(in);
        while (is_blank(c))
            c = next_char(in);
        for (; c != '\0' && !is_blank(c) && length + 1 < sizeof text; c = next_char(in))
            text[length++] = c;
        text[length] = '\0';
        char *end;
        numbers[i] = strtod(text, &end);
        const bool ended = c == '\0' || is_blank(c);
        if (!ended || length == 0 || *end != '\0')
            return false;
    }
    return true;
}

/* Fills a fresh struct; false if the text is not what this version writes. */
static bool parse(struct numbers_in *in, struct vb_weak_cells *weak)
{
    double head[3]; /* form, cells, since: whole numbers that doubles hold exactly */
    double numbers[VB_WEAK_CELL_NUMBERS];
    if (!take_numbers(in, head, VB_COUNT_OF(head)) || !(head[0] >= FORM && head[0] <= FORM) ||
        !(head[1] >= 0 && head[1] <= VB_CELLS_MAX) || !(head[2] >= 0 && head[2] < 1e15))
        return false;
    const uint8_t cell_count = (uint8_t)head[1];
    if (!take_numbers(in, numbers, VB_WEAK_PACK_NUMBERS) ||
        !vb_weak_cells_load_pack(weak, cell_count, (uint64_t)head[2], numbers))
        return false;
    for (uint8_t cell = 0; cell < cell_count; cell++) {
        if (!take_numbers(in, numbers, VB_WEAK_CELL_NUMBERS) ||
            !vb_weak_cells_load_cell(weak, cell, numbers))
            return false;
    }
    return true;
}

void vb_watch_weak_load(struct vb_receiver_device *device, struct vb_watched *watched)
{
    const struct vb_event_store *events = device->config.ports.events;
    const int32_t low_load_ma = watched->weak.low_load_ma;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    make_key(watched, key);
    struct numbers_in in = {.events = events, .key = key};
    const bool noted = next_char(&in) != '\0';
    in.at = 0;
    if (noted && !parse(&in, &watched->weak)) {
        vb_log_sink_say(&device->config.ports.log, VB_LOG_WARNING,
                        "stored data on weak cells cannot be read; learning it again");
        vb_weak_cells_init(&watched->weak, low_load_ma);
    }
}
