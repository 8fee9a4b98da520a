/* What `voltbeacon analyse` finds out about a recording, and how it is printed. */
#ifndef VOLTBEACON_APPS_ANALYSIS_H
#define VOLTBEACON_APPS_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/source.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

/* Why a sweep, or its balance, was not taken for what it seems. X(NAME, "name") */
#define VB_ASIDE_LIST(X)                   \
    X(CELL_MISSING, "cell not available")  \
    X(LOAD, "under load")                  \
    X(LOAD_CHANGED, "load changed")        \
    X(VOLTAGE_MOVED, "voltage moved")      \
    X(GRADIENT, "gradient over the cells") \
    X(JUMPED, "spread jumped")             \
    X(TRAINING, "learning")                \
    X(REPEATED, "repeated, no new sample") \
    X(ROW_BROKEN, "row cannot be read")

enum vb_aside {
#define X(NAME, name) VB_ASIDE_##NAME,
    VB_ASIDE_LIST(X)
#undef X
};

enum { VB_ASIDES = 9, VB_ASIDE_TEXT_SIZE = VB_SOURCE_ERROR_SIZE, VB_WEAKEST = 5 };

const char *vb_aside_name(enum vb_aside aside);

struct vb_set_aside {
    uint32_t count;
    uint32_t first; /* number of the sweep, from 0; of a row that cannot be read: its line */
    uint64_t first_wall_ms;
    char text[VB_ASIDE_TEXT_SIZE]; /* of the first: "ignored: load changed 38 A during the sweep" */
};

struct vb_analysis {
    struct vb_source_description source;
    bool has_wall; /* the recording knows the date; else all times count from its start */
    uint64_t begin_wall_ms;
    uint64_t end_wall_ms;
    uint64_t begin_at_ms; /* on the source's clock, which never goes back */
    uint64_t end_at_ms;
    uint8_t cell_count;
    uint32_t sweeps;         /* new samples */
    uint64_t *steps_ms;      /* between them; sweeps - 1 */
    uint16_t *spreads_mv;    /* highest less lowest possible cell; sweeps */
    uint32_t capacity;       /* of both */
    uint16_t calm_spread_mv; /* the largest of those that were judged for balance */
    uint32_t judged;
    struct vb_alarm *occurrences;
    uint32_t occurrence_count;
    uint32_t occurrence_capacity;
    struct vb_set_aside asides[VB_ASIDES];
    uint64_t codec_bytes;
    uint64_t codec_cells;

    struct vb_alarms alarms;
    struct vb_alarm_slot slots[VB_ALARM_SLOTS];
    struct vb_weak_cells weak;
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
};

/* The limits that a recording does not bring, mV. */
struct vb_analysis_limits {
    uint16_t cell_min_mv;
    uint16_t cell_max_mv;
};

/* A recording's reading; at_ms is when it is due since the start. False when there is no memory for
 * it. */
VB_MUST_USE bool vb_analysis_take(struct vb_analysis *analysis,
                                  const struct vb_analysis_limits *limits,
                                  const struct vb_reading *reading, uint64_t at_ms);

/* At the end: rows that were passed over, and all in order. At least one reading was taken. */
void vb_analysis_finish(struct vb_analysis *analysis, const struct vb_source_skipped *skipped);
void vb_analysis_free(struct vb_analysis *analysis);

/* After vb_analysis_finish(). Share is 0 to 1: 0.5 is the median. */
uint64_t vb_analysis_step_ms(const struct vb_analysis *analysis, double share);
uint16_t vb_analysis_spread_mv(const struct vb_analysis *analysis, double share);
/* The weakest cells by rank. Returns how many there are, at most VB_WEAKEST. */
unsigned vb_analysis_weakest(const struct vb_analysis *analysis,
                             struct vb_weak_cell_result weakest[VB_WEAKEST]);
double vb_analysis_bits_per_cell(const struct vb_analysis *analysis);

enum { VB_ANALYSIS_TIME_SIZE = 32 };
/* "2026-11-22T20:00:00.000Z", or "PT751.200S" since the start where no date is known. */
void vb_analysis_time(const struct vb_analysis *analysis, uint64_t wall_ms,
                      char text[VB_ANALYSIS_TIME_SIZE]);

/* On stdout. False when there is no memory for it. */
void vb_analysis_print_text(const struct vb_analysis *analysis);
VB_MUST_USE bool vb_analysis_print_json(const struct vb_analysis *analysis, const char *source);

#endif
