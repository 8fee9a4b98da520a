/* The history as the API sees it: callbacks, so that it knows no database, or that it is memory.
 *
 * All of them answer at once and in bounded time; a long range is read point by point, and nothing
 * is held between calls. */
#ifndef VOLTBEACON_HISTORY_SOURCE_H
#define VOLTBEACON_HISTORY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/rollup.h"

VB_C_BEGIN

/* The tiers that are kept: the points of each are made from those of the previous tier. */
enum vb_tier { VB_TIER_10S, VB_TIER_1MIN, VB_TIER_1H, VB_TIERS };

static inline uint32_t vb_tier_seconds(enum vb_tier tier)
{
    static const uint32_t seconds[VB_TIERS] = {10, 60, 3600};
    return seconds[tier];
}

enum vb_history_state {
    VB_HISTORY_OFF,       /* switched off by its settings, or the file cannot be used: see reason */
    VB_HISTORY_STARTING,  /* the file is being opened and checked */
    VB_HISTORY_RECORDING, /* all is well */
    VB_HISTORY_PAUSED,    /* cannot be written: see reason. Resumes by itself once it can */
    VB_HISTORY_WAITING    /* for this machine's clock to be set; nothing can be recorded before */
};
/* "off", "starting", "recording", "paused", "waiting" */
const char *vb_history_state_name(enum vb_history_state state);

struct vb_history_status {
    enum vb_history_state state;
    char reason[256];         /* "" if there is none */
    char recovered[256];      /* a sentence if a damaged file was set aside; else "" */
    uint64_t written;         /* of the finest points, since the start */
    uint64_t readings_missed; /* that found the queue full */
    uint64_t points_missed;   /* of the finest, dropped before the file could be written */
    uint64_t bytes;           /* of the file, or of the memory */
};

struct vb_history_span {
    struct vb_mac mac;
    enum vb_tier tier;
    uint32_t step_s; /* of a point: a multiple of the tier's */
    int64_t to_s;    /* unix time; the first moment after it */
};

/* A point as the API shows it. */
struct vb_history_view {
    uint32_t readings;
    struct vb_rollup_value pack_mv;
    struct vb_rollup_value current_ma; /* positive = charging */
    struct vb_rollup_value soc_permille;
    struct vb_rollup_value all_cells_mv; /* from the lowest of all to the highest of all */
    struct vb_rollup_value all_temps_dc; /* likewise */
    uint8_t cell_count;                  /* that follow one by one, as are sensors */
    uint8_t temp_count;
    const struct vb_rollup_value *cells_mv; /* VB_CELLS_MAX of them; NULL: not by_cell */
    const struct vb_rollup_value *temps_dc; /* VB_TEMPS_MAX; likewise */
};

struct vb_history_day {
    int32_t day; /* since 1970-01-01, on the calendar of time_zone() */
    double in_kwh;
    double out_kwh;
};

struct vb_history_source {
    void *ctx;
    bool by_cell;       /* each cell and sensor is kept; false: of all of them together */
    bool lasting;       /* over a restart */
    uint32_t finest_s;  /* no finer step is asked for: one of history_ask.c, or 0 for all of them */
    uint32_t longest_s; /* how far it goes back at the most; 0: as its settings say */
    void (*status)(void *ctx, struct vb_history_status *status);
    /* The first point of span that begins at or after from_s (a multiple of its step), and when it
     * begins. VB_ERR_NOT_FOUND when there is none; VB_ERR_STORE when it cannot be read. What the
     * view points to is the source's, and holds until the next is asked for. */
    enum vb_err (*point)(void *ctx, const struct vb_history_span *span, int64_t from_s,
                         int64_t *at_s, struct vb_history_view *view);
    /* When the first point of a tier begins; VB_ERR_NOT_FOUND, VB_ERR_STORE. */
    enum vb_err (*oldest)(void *ctx, const struct vb_mac *mac, enum vb_tier tier, int64_t *at_s);
    /* The first day at or after from_day. VB_ERR_NOT_FOUND, VB_ERR_STORE. */
    enum vb_err (*day)(void *ctx, const struct vb_mac *mac, int32_t from_day,
                       struct vb_history_day *day);
    /* The zone that days are of, "Europe/Vienna". */
    const char *(*time_zone)(void *ctx);
    /* The day that a moment belongs to. */
    int32_t (*day_of)(void *ctx, int64_t at_s);
    /* Unix time. */
    int64_t (*now_s)(void *ctx);
};

/* All that a roll-up says, which has to last as long. A cell or sensor that was missing for a while
 * has the same weight as the others. */
void vb_history_view_of(const struct vb_rollup *rollup, struct vb_history_view *view);

/* A query of the history, and the position in its answer. */
struct vb_history_ask {
    struct vb_history_span span;
    int64_t from_s;
    int64_t at_s;  /* next point */
    int32_t day;   /* next day of energy */
    uint32_t rows; /* read since the loop had its turn */
    bool csv;
    bool all_cells;
    uint8_t temp_count; /* columns of the CSV */
    uint8_t cells[(VB_CELLS_MAX + 7) / 8];
};

VB_C_END

#endif
