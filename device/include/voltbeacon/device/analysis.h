/* What a recording tells about a pack: takes its readings one by one and produces a report. Judges
 * like a receiver, with the same alarms and weak cells. Allocates nothing; memory that grows with
 * the recording is the caller's, who provides room before each reading that needs it. */
#ifndef VOLTBEACON_ANALYSIS_H
#define VOLTBEACON_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

VB_C_BEGIN

/* Why a sweep, or its balance, was set aside. X(NAME, "name") */
#define VB_ASIDE_LIST(X)                                           \
    X(CELL_MISSING, "cell not available")                          \
    X(CONTRADICTED, "single value that the others contradict")     \
    X(UNCONFIRMED, "last value, with none after it to confirm it") \
    X(LOAD, "under load")                                          \
    X(LOAD_CHANGED, "load changed")                                \
    X(VOLTAGE_MOVED, "voltage moved")                              \
    X(GRADIENT, "gradient over the cells")                         \
    X(JUMPED, "spread jumped")                                     \
    X(TRAINING, "learning")                                        \
    X(REPEATED, "repeated, no new sample")                         \
    X(ROW_BROKEN, "row cannot be read")

enum vb_aside {
#define X(NAME, name) VB_ASIDE_##NAME,
    VB_ASIDE_LIST(X)
#undef X
};

enum {
    VB_ASIDES = 11,
    VB_ASIDE_TEXT_SIZE = 384,
    VB_WEAKEST = 5,
    VB_ANALYSIS_OCCURRENCES_A_SWEEP = VB_ALARM_SLOTS /* that may begin with one reading */
};

const char *vb_aside_name(enum vb_aside aside);

struct vb_set_aside {
    uint32_t count;
    uint32_t first; /* number of the sweep, from 0; for an unreadable row: its line */
    uint64_t first_wall_ms;
    char text[VB_ASIDE_TEXT_SIZE]; /* of the first: "ignored: load changed 38 A during the sweep" */
};

/* The limits that a recording does not contain, mV; the lowest is below the highest. */
struct vb_analysis_limits {
    uint16_t cell_min_mv;
    uint16_t cell_max_mv;
};

/* The lowest is the battery section's default; the highest leaves room for a full pack of healthy
 * cells. */
enum { VB_ANALYSIS_CELL_MIN_MV = 2800, VB_ANALYSIS_CELL_MAX_MV = 4250 };

/* How much of a source is analysed: all of it, or an hour of an endless one at ten a second. */
enum { VB_ANALYSIS_ENDLESS_SWEEPS = 36000 };

enum vb_verdict {
    VB_VERDICT_WELL,      /* balance was judged, and no alarm was raised */
    VB_VERDICT_ALARM,     /* at least one was raised */
    VB_VERDICT_NOT_JUDGED /* none was, but there was not enough to tell whether all is well */
};

/* Provided by the caller. */
struct vb_analysis_room {
    uint64_t *steps_ms;   /* for this many sweeps */
    uint16_t *spreads_mv; /* likewise */
    uint32_t sweeps;
    struct vb_alarm *occurrences;
    uint32_t occurrence_count; /* capacity */
};

struct vb_analysis {
    struct vb_analysis_limits limits;
    struct vb_analysis_room room;
    bool has_wall; /* the recording knows the date; else all times count from its start */
    uint64_t begin_wall_ms;
    uint64_t end_wall_ms;
    uint64_t begin_at_ms; /* on the source's clock, which never goes back */
    uint64_t end_at_ms;
    uint8_t cell_count;
    uint32_t sweeps;         /* new samples */
    uint16_t calm_spread_mv; /* the largest among those judged for balance */
    uint32_t judged;
    uint32_t occurrence_count;
    struct vb_set_aside asides[VB_ASIDES];
    uint64_t codec_bytes;
    uint64_t codec_cells;

    struct vb_alarms alarms;
    struct vb_alarm_slot slots[VB_ALARM_SLOTS];
    struct vb_weak_cells weak;
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
};

void vb_analysis_init(struct vb_analysis *analysis, const struct vb_analysis_limits *limits);

/* Whether vb_analysis_set_room() must be called before vb_analysis_take(). */
VB_MUST_USE bool vb_analysis_needs_room(const struct vb_analysis *analysis);

/* Provides more room; it already contains the content of the previous room. The caller keeps it
 * until it has read the report. */
void vb_analysis_set_room(struct vb_analysis *analysis, const struct vb_analysis_room *room);

/* A reading of the recording; at_ms is its time since the start, never less than before. */
void vb_analysis_take(struct vb_analysis *analysis, const struct vb_reading *reading,
                      uint64_t at_ms);

/* Unreadable rows of the recording: their number, and the line and reason of the first. */
void vb_analysis_broken_rows(struct vb_analysis *analysis, uint32_t count, uint32_t first_line,
                             const char *first_reason);

/* Call once at the end. At least one reading was taken. */
void vb_analysis_finish(struct vb_analysis *analysis);

/* Whether enough of a source has been taken; endless: the source never ends. */
bool vb_analysis_has_enough(const struct vb_analysis *analysis, bool endless);

/* Only after vb_analysis_finish(), like those below. */
enum vb_verdict vb_analysis_verdict(const struct vb_analysis *analysis);
/* share is 0 to 1: 0.5 is the median. */
uint64_t vb_analysis_step_ms(const struct vb_analysis *analysis, double share);
uint16_t vb_analysis_spread_mv(const struct vb_analysis *analysis, double share);
/* The weakest cells by rank. Returns their number, at most VB_WEAKEST; 0 if nothing was
 * learnt. */
unsigned vb_analysis_weakest(const struct vb_analysis *analysis,
                             struct vb_weak_cell_result weakest[VB_WEAKEST]);
double vb_analysis_bits_per_cell(const struct vb_analysis *analysis);

VB_C_END

#endif
