/* What was learnt of weak cells takes weeks to learn, so it is kept over a restart: as lines of
 * numbers, the pack's first, in the event log's notes. */
#include "receiver_watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/system/log.h"

enum {
    FORM = 1,
    NUMBER_SIZE = 26, /* "-1.2345678901234567e+308 " */
    TEXT_SIZE = 64 + NUMBER_SIZE * (VB_WEAK_PACK_NUMBERS + VB_CELLS_MAX * VB_WEAK_CELL_NUMBERS)
};

static void make_key(const struct vb_watched *watched, char key[VB_EVENT_LOG_KEY_SIZE])
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&watched->mac, mac);
    snprintf(key, VB_EVENT_LOG_KEY_SIZE, "weak_cells %s", mac);
}

static size_t put_numbers(char *text, size_t at, const double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, TEXT_SIZE - at, "%.17g%c", numbers[i],
                               i + 1 < count ? ' ' : '\n');
    return at;
}

bool vb_watch_weak_save(struct vb_watch *watch, struct vb_watched *watched)
{
    static char text[TEXT_SIZE]; /* too large for a small stack */
    const struct vb_weak_cells *weak = &watched->weak;
    double numbers[VB_WEAK_CELL_NUMBERS];
    char key[VB_EVENT_LOG_KEY_SIZE];
    if (!watched->weak_changed)
        return true;
    size_t at = (size_t)snprintf(text, sizeof text, "%d %u %" PRIu64 "\n", FORM, weak->cell_count,
                                 weak->since_wall_ms);
    vb_weak_cells_save_pack(weak, numbers);
    at = put_numbers(text, at, numbers, VB_WEAK_PACK_NUMBERS);
    for (uint8_t cell = 0; cell < weak->cell_count; cell++) {
        vb_weak_cells_save_cell(weak, cell, numbers);
        at = put_numbers(text, at, numbers, VB_WEAK_CELL_NUMBERS);
    }
    VB_ASSERT(at < sizeof text);
    make_key(watched, key);
    watched->weak_changed = !vb_event_log_note(watch->log, key, text);
    return !watched->weak_changed;
}

/* So many numbers at *text, which moves behind them. */
static bool take_numbers(const char **text, double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *end;
        numbers[i] = strtod(*text, &end);
        if (end == *text || !isfinite(numbers[i]))
            return false;
        *text = end;
    }
    return true;
}

/* Into a fresh struct. */
static bool parse(const char *text, struct vb_weak_cells *weak)
{
    double head[3]; /* form, cells, since: whole numbers that doubles hold exactly */
    double numbers[VB_WEAK_CELL_NUMBERS];
    if (!take_numbers(&text, head, VB_COUNT_OF(head)) || !(head[0] >= FORM && head[0] <= FORM) ||
        !(head[1] >= 0 && head[1] <= VB_CELLS_MAX) || !(head[2] >= 0 && head[2] < 1e15))
        return false;
    const uint8_t cell_count = (uint8_t)head[1];
    if (!take_numbers(&text, numbers, VB_WEAK_PACK_NUMBERS) ||
        !vb_weak_cells_load_pack(weak, cell_count, (uint64_t)head[2], numbers))
        return false;
    for (uint8_t cell = 0; cell < cell_count; cell++) {
        if (!take_numbers(&text, numbers, VB_WEAK_CELL_NUMBERS) ||
            !vb_weak_cells_load_cell(weak, cell, numbers))
            return false;
    }
    return true;
}

void vb_watch_weak_load(struct vb_watch *watch, struct vb_watched *watched)
{
    char key[VB_EVENT_LOG_KEY_SIZE];
    make_key(watched, key);
    char *text = vb_event_log_noted(watch->log, key);
    const int32_t low_load_ma = watched->weak.low_load_ma;
    if (text != NULL && !parse(text, &watched->weak)) {
        vb_log(VB_LOG_WARNING, "what was known of weak cells cannot be read; it is learnt anew");
        vb_weak_cells_init(&watched->weak, low_load_ma);
    }
    free(text);
}
