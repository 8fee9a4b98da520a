#include "voltbeacon/device/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/section.h"
#include "voltbeacon/pack/cell_series.h"

static const char *const aside_names[] = {
#define X(NAME, name) name,
    VB_ASIDE_LIST(X)
#undef X
};

_Static_assert(VB_COUNT_OF(aside_names) == VB_ASIDES, "every reason has a name");

enum { CODEC_HEAD_BYTES = 4 /* number and digest, before the body: docs/codec.md */ };

const char *vb_aside_name(enum vb_aside aside)
{
    return aside_names[aside];
}

void vb_analysis_init(struct vb_analysis *analysis, const struct vb_analysis_limits *limits)
{
    VB_ASSERT(limits->cell_min_mv < limits->cell_max_mv);
    memset(analysis, 0, sizeof *analysis);
    analysis->limits = *limits;
}

/* --- room ------------------------------------------------------------------------------------- */

bool vb_analysis_needs_room(const struct vb_analysis *analysis)
{
    return analysis->sweeps == analysis->room.sweeps ||
           analysis->room.occurrence_count - analysis->occurrence_count <
               VB_ANALYSIS_OCCURRENCES_A_SWEEP;
}

void vb_analysis_set_room(struct vb_analysis *analysis, const struct vb_analysis_room *room)
{
    VB_ASSERT(room->sweeps >= analysis->room.sweeps &&
              room->occurrence_count >= analysis->room.occurrence_count);
    analysis->room = *room;
    VB_ASSERT(!vb_analysis_needs_room(analysis));
}

/* --- alarms ----------------------------------------------------------------------------------- */

/* The occurrence that the change belongs to: the latest of its kind and cell. */
static struct vb_alarm *occurrence_of(struct vb_analysis *analysis, const struct vb_alarm *alarm)
{
    for (uint32_t i = analysis->occurrence_count; i > 0; i--) {
        struct vb_alarm *occurrence = &analysis->room.occurrences[i - 1];
        if (occurrence->kind == alarm->kind && occurrence->cell == alarm->cell)
            return occurrence;
    }
    return NULL;
}

static void note_alarm(struct vb_analysis *analysis, const struct vb_alarm_change *change)
{
    if (change->step == VB_ALARM_BEGAN) {
        VB_ASSERT(analysis->occurrence_count < analysis->room.occurrence_count);
        analysis->room.occurrences[analysis->occurrence_count++] = change->alarm;
        return;
    }
    struct vb_alarm *occurrence = occurrence_of(analysis, &change->alarm);
    VB_ASSERT(occurrence != NULL);
    *occurrence = change->alarm;
}

/* --- what is set aside ------------------------------------------------------------------------ */

static void set_aside_several(struct vb_analysis *analysis, enum vb_aside reason, uint32_t count,
                              uint64_t wall_ms, const char *text)
{
    struct vb_set_aside *aside = &analysis->asides[reason];
    aside->count += count;
    if (aside->count > count)
        return;
    aside->first = analysis->sweeps;
    aside->first_wall_ms = wall_ms;
    (void)snprintf(aside->text, sizeof aside->text, "%s", text);
}

static void set_aside(struct vb_analysis *analysis, enum vb_aside reason, uint64_t wall_ms,
                      const char *text)
{
    set_aside_several(analysis, reason, 1, wall_ms, text);
}

static void note_missing_cells(struct vb_analysis *analysis, const struct vb_reading *reading,
                               uint64_t wall_ms)
{
    for (unsigned i = 0; i < reading->cell_count; i++) {
        const uint16_t mv = reading->cell_mv[i];
        if (vb_cell_is_possible(mv))
            continue;
        char text[64];
        if (mv == VB_CELL_NOT_AVAILABLE)
            (void)snprintf(text, sizeof text, "cell %u has no value", i + 1);
        else
            (void)snprintf(text, sizeof text, "cell %u reads %u mV, which no cell can have", i + 1,
                           mv);
        set_aside(analysis, VB_ASIDE_CELL_MISSING, wall_ms, text);
        return;
    }
}

static void odd_value_text(const struct vb_odd_value *odd, const char *read,
                           char text[VB_ASIDE_TEXT_SIZE])
{
    switch ((enum vb_odd_what)odd->what) {
    case VB_ODD_CELL:
        (void)snprintf(text, VB_ASIDE_TEXT_SIZE, "cell %u %s %d mV", odd->index + 1, read,
                       (int)odd->value);
        break;
    case VB_ODD_PACK:
        (void)snprintf(text, VB_ASIDE_TEXT_SIZE, "the pack %s %.1f V", read, odd->value / 1000.0);
        break;
    case VB_ODD_SENSOR:
        (void)snprintf(text, VB_ASIDE_TEXT_SIZE, "sensor %u %s %.1f °C", odd->index + 1, read,
                       odd->value / 10.0);
        break;
    }
}

/* Values of the previous reading that this one does not confirm. */
static void note_contradicted(struct vb_analysis *analysis, uint64_t wall_ms)
{
    const struct vb_contradictions *found = &analysis->alarms.contradicted;
    char text[VB_ASIDE_TEXT_SIZE];
    if (found->by_last == 0)
        return;
    odd_value_text(&found->first, "had read", text);
    set_aside_several(analysis, VB_ASIDE_CONTRADICTED, found->by_last, wall_ms, text);
}

/* Adds the sum of the cells, which may be why the pack voltage is unconfirmed. */
static void add_sum(const struct vb_analysis *analysis, char text[VB_ASIDE_TEXT_SIZE])
{
    const struct vb_cell_series *series = &analysis->alarms.balance.series;
    const size_t used = strlen(text);
    if (series->count == analysis->cell_count)
        (void)snprintf(text + used, VB_ASIDE_TEXT_SIZE - used, ", its cells add up to %.1f V",
                       (double)series->mean_uv * series->count / 1e6);
}

static void note_unconfirmed(struct vb_analysis *analysis)
{
    struct vb_odd_value first;
    char text[VB_ASIDE_TEXT_SIZE];
    const unsigned count = vb_alarms_unconfirmed(&analysis->alarms, &first);
    if (count == 0)
        return;
    odd_value_text(&first, "read", text);
    if (first.what == VB_ODD_PACK)
        add_sum(analysis, text);
    set_aside_several(analysis, VB_ASIDE_UNCONFIRMED, count, analysis->end_wall_ms, text);
    analysis->asides[VB_ASIDE_UNCONFIRMED].first = analysis->sweeps - 1;
}

static void note_verdict(struct vb_analysis *analysis, uint64_t wall_ms)
{
    const struct vb_imbalance *balance = &analysis->alarms.balance;
    char text[VB_ASIDE_TEXT_SIZE];
    vb_imbalance_verdict_text(balance, text, sizeof text);
    switch ((enum vb_imbalance_verdict)balance->verdict) {
    case VB_IMBALANCE_LOAD:
        set_aside(analysis, VB_ASIDE_LOAD, wall_ms, text);
        break;
    case VB_IMBALANCE_LOAD_CHANGED:
        set_aside(analysis, VB_ASIDE_LOAD_CHANGED, wall_ms, text);
        break;
    case VB_IMBALANCE_VOLTAGE_MOVED:
        set_aside(analysis, VB_ASIDE_VOLTAGE_MOVED, wall_ms, text);
        break;
    case VB_IMBALANCE_GRADIENT:
        set_aside(analysis, VB_ASIDE_GRADIENT, wall_ms, text);
        break;
    case VB_IMBALANCE_JUMPED:
        set_aside(analysis, VB_ASIDE_JUMPED, wall_ms, text);
        break;
    case VB_IMBALANCE_TRAINING:
        set_aside(analysis, VB_ASIDE_TRAINING, wall_ms, text);
        break;
    case VB_IMBALANCE_JUDGED:
        analysis->judged++;
        break;
    case VB_IMBALANCE_NONE:
    case VB_IMBALANCE_OFF:
    case VB_IMBALANCE_INCOMPLETE: /* its missing cells are counted elsewhere */
        break;
    }
}

/* --- one reading ------------------------------------------------------------------------------ */

static void start(struct vb_analysis *analysis, const struct vb_reading *reading, uint64_t at_ms)
{
    const struct vb_analysis_limits *limits = &analysis->limits;
    struct vb_battery_values battery;
    struct vb_alarms_values alarms;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    vb_section_defaults(vb_section_by_id(VB_SECTION_ALARMS), &alarms);
    const uint8_t cells = reading->cell_count;
    battery.cell_count = cells;
    battery.cell_min_mv = limits->cell_min_mv;
    battery.cell_max_mv = limits->cell_max_mv;
    battery.pack_voltage_min_dv = (uint16_t)(cells * limits->cell_min_mv / 100);
    battery.pack_voltage_max_dv = (uint16_t)(cells * limits->cell_max_mv / 100);
    const struct vb_alarm_limits all = vb_alarm_limits(&battery, &alarms);
    vb_alarms_init(&analysis->alarms, &all, analysis->slots, VB_ALARM_SLOTS);
    vb_weak_cells_init(&analysis->weak, all.balance.low_load_ma);
    vb_codec_encoder_init(&analysis->encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&analysis->decoder);
    analysis->cell_count = cells;
    analysis->has_wall = reading->wall_ms != 0;
    analysis->begin_wall_ms = analysis->has_wall ? reading->wall_ms : at_ms;
    analysis->begin_at_ms = at_ms;
}

/* Only of cells that are present and trusted. */
static uint16_t spread_mv(const struct vb_reading *reading, const struct vb_sweep *sweep)
{
    uint16_t min_mv = UINT16_MAX;
    uint16_t max_mv = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        const uint16_t mv = reading->cell_mv[i];
        const uint8_t set_aside_bits = sweep->left_out[i / 8] | sweep->doubted[i / 8];
        if (!vb_cell_is_possible(mv) || (set_aside_bits >> i % 8 & 1) != 0)
            continue;
        min_mv = mv < min_mv ? mv : min_mv;
        max_mv = mv > max_mv ? mv : max_mv;
    }
    return max_mv > min_mv ? (uint16_t)(max_mv - min_mv) : 0;
}

/* Encodes and decodes the reading; every keyframe counts as acknowledged. */
static void take_codec(struct vb_analysis *analysis, const struct vb_reading *reading)
{
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    struct vb_codec_part part = {0};
    struct vb_reading found;
    memset(&found, 0, sizeof found);
    const uint16_t number = (uint16_t)analysis->sweeps; /* wraps */
    const uint8_t count = vb_codec_encode(&analysis->encoder, number, reading, 0, bodies);
    for (uint8_t i = 0; i < count; i++) {
        const enum vb_err err = vb_codec_decode(&analysis->decoder, number, bodies[i].bytes,
                                                bodies[i].size, 0, &found, &part);
        VB_ASSERT(err == VB_ERR_OK);
        analysis->codec_bytes += bodies[i].size + (uint64_t)CODEC_HEAD_BYTES;
    }
    VB_ASSERT(memcmp(found.cell_mv, reading->cell_mv, sizeof found.cell_mv) == 0);
    analysis->codec_cells += reading->cell_count;
    if (part.keyframe)
        vb_codec_acked(&analysis->encoder, number);
}

void vb_analysis_take(struct vb_analysis *analysis, const struct vb_reading *reading,
                      uint64_t at_ms)
{
    VB_ASSERT(!vb_analysis_needs_room(analysis));
    if (analysis->sweeps == 0)
        start(analysis, reading, at_ms);
    const uint64_t wall_ms = analysis->has_wall ? reading->wall_ms : at_ms;
    if (analysis->sweeps > 0 && reading->sequence == analysis->alarms.sequence) {
        set_aside(analysis, VB_ASIDE_REPEATED, wall_ms, "the previous sweep was repeated");
        return;
    }
    VB_ASSERT(at_ms >= analysis->end_at_ms);
    if (analysis->sweeps > 0)
        analysis->room.steps_ms[analysis->sweeps - 1] = at_ms - analysis->end_at_ms;
    analysis->end_at_ms = at_ms;
    analysis->end_wall_ms = wall_ms;
    vb_alarms_reading(&analysis->alarms, reading, (uint32_t)at_ms, wall_ms);
    struct vb_alarm_change change;
    while (vb_alarms_next(&analysis->alarms, &change))
        note_alarm(analysis, &change);
    note_missing_cells(analysis, reading, wall_ms);
    note_contradicted(analysis, wall_ms);
    note_verdict(analysis, wall_ms);
    const uint16_t spread = spread_mv(reading, &analysis->alarms.sweep);
    if (analysis->alarms.balance.verdict == VB_IMBALANCE_JUDGED &&
        spread > analysis->calm_spread_mv)
        analysis->calm_spread_mv = spread;
    vb_weak_cells_reading(&analysis->weak, reading, &analysis->alarms.sweep, (uint32_t)at_ms,
                          wall_ms);
    take_codec(analysis, reading);
    analysis->room.spreads_mv[analysis->sweeps++] = spread;
}

/* --- the end ---------------------------------------------------------------------------------- */

static int compare_steps(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static int compare_spreads(const void *left, const void *right)
{
    const uint16_t a = *(const uint16_t *)left;
    const uint16_t b = *(const uint16_t *)right;
    return (a > b) - (a < b);
}

void vb_analysis_broken_rows(struct vb_analysis *analysis, uint32_t count, uint32_t first_line,
                             const char *first_reason)
{
    struct vb_set_aside *aside = &analysis->asides[VB_ASIDE_ROW_BROKEN];
    aside->count = count;
    aside->first = first_line;
    (void)snprintf(aside->text, sizeof aside->text, "%s", first_reason);
}

void vb_analysis_finish(struct vb_analysis *analysis)
{
    VB_ASSERT(analysis->sweeps > 0);
    note_unconfirmed(analysis);
    for (uint32_t i = 0; i < analysis->occurrence_count; i++) {
        struct vb_alarm *occurrence = &analysis->room.occurrences[i];
        const struct vb_alarm *open = vb_alarms_open(
            &analysis->alarms, (enum vb_alarm_kind)occurrence->kind, occurrence->cell);
        if (occurrence->end_wall_ms == 0 && open != NULL)
            *occurrence = *open;
    }
    struct vb_analysis_room *room = &analysis->room;
    qsort(room->steps_ms, analysis->sweeps - 1, sizeof *room->steps_ms, compare_steps);
    qsort(room->spreads_mv, analysis->sweeps, sizeof *room->spreads_mv, compare_spreads);
}

/* The index of the quantile `share` (0 to 1) among `count` sorted values. */
static uint32_t place_of(double share, uint32_t count)
{
    VB_ASSERT(count > 0 && share >= 0 && share <= 1);
    return (uint32_t)(share * (count - 1) + 0.5);
}

uint64_t vb_analysis_step_ms(const struct vb_analysis *analysis, double share)
{
    if (analysis->sweeps < 2)
        return 0;
    return analysis->room.steps_ms[place_of(share, analysis->sweeps - 1)];
}

uint16_t vb_analysis_spread_mv(const struct vb_analysis *analysis, double share)
{
    return analysis->room.spreads_mv[place_of(share, analysis->sweeps)];
}

unsigned vb_analysis_weakest(const struct vb_analysis *analysis,
                             struct vb_weak_cell_result weakest[VB_WEAKEST])
{
    struct vb_weak_cell_result results[VB_CELLS_MAX];
    if (!vb_weak_cells_knows(&analysis->weak))
        return 0;
    const unsigned count = vb_weak_cells_results(&analysis->weak, results);
    for (unsigned i = 0; i < count; i++) {
        if (results[i].rank <= VB_WEAKEST)
            weakest[results[i].rank - 1] = results[i];
    }
    return count < VB_WEAKEST ? count : VB_WEAKEST;
}

double vb_analysis_bits_per_cell(const struct vb_analysis *analysis)
{
    return (double)analysis->codec_bytes * 8 / (double)analysis->codec_cells;
}

bool vb_analysis_has_enough(const struct vb_analysis *analysis, bool endless)
{
    return endless && analysis->sweeps >= VB_ANALYSIS_ENDLESS_SWEEPS;
}

enum vb_verdict vb_analysis_verdict(const struct vb_analysis *analysis)
{
    if (analysis->occurrence_count > 0)
        return VB_VERDICT_ALARM;
    return analysis->judged > 0 ? VB_VERDICT_WELL : VB_VERDICT_NOT_JUDGED;
}
