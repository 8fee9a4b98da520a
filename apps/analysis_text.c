/* An analysis as text for the owner of the pack. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis_print.h"

enum { DURATION_SIZE = 32 };

/* "38 s", "4 min 10 s", "1 h 11 min", "3 d 4 h" */
static void format_duration(uint64_t ms, char text[DURATION_SIZE])
{
    const uint64_t s = (ms + 500) / 1000;
    if (ms < 10000)
        (void)snprintf(text, DURATION_SIZE, "%.3g s", (double)ms / 1000);
    else if (s < 60)
        (void)snprintf(text, DURATION_SIZE, "%" PRIu64 " s", s);
    else if (s < 3600)
        (void)snprintf(text, DURATION_SIZE, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(text, DURATION_SIZE, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s / 60 % 60);
    else
        (void)snprintf(text, DURATION_SIZE, "%" PRIu64 " d %" PRIu64 " h", s / 86400,
                       s / 3600 % 24);
}

/* A point in time: with its date, or as "0:12:02" since the start if no date is known. */
static void format_moment(const struct vb_analysis *analysis, uint64_t wall_ms,
                          char text[VB_ANALYSIS_TIME_SIZE])
{
    const uint64_t s = wall_ms / 1000;
    if (analysis->has_wall)
        vb_analysis_time(analysis, wall_ms, text);
    else
        (void)snprintf(text, VB_ANALYSIS_TIME_SIZE, "%" PRIu64 ":%02u:%02u", s / 3600,
                       (unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

static void print_span(const struct vb_analysis *analysis)
{
    char begin[VB_ANALYSIS_TIME_SIZE];
    char end[VB_ANALYSIS_TIME_SIZE];
    char span[DURATION_SIZE];
    format_moment(analysis, analysis->begin_wall_ms, begin);
    format_moment(analysis, analysis->end_wall_ms, end);
    format_duration(analysis->end_at_ms - analysis->begin_at_ms, span);
    if (analysis->sweeps == 1)
        printf("span       one moment, %s\n", analysis->has_wall ? begin : "of no known date");
    else if (!analysis->has_wall)
        printf("span       %s; it has no date, so times count from its start\n", span);
    else
        printf("span       %s, from %s to %s\n", span, begin, end);
}

static void print_sweeps(const struct vb_analysis *analysis)
{
    char step[DURATION_SIZE];
    char gap[DURATION_SIZE];
    format_duration(vb_analysis_step_ms(analysis, 0.5), step);
    format_duration(vb_analysis_step_ms(analysis, 1), gap);
    printf("sweeps     %" PRIu32 " of %u cells", analysis->sweeps, analysis->cell_count);
    if (analysis->sweeps > 1)
        printf(", one every %s, longest gap %s", step, gap);
    putchar('\n');
}

static void print_spread(const struct vb_analysis *analysis)
{
    if (analysis->sweeps == 1)
        printf("spread     %u mV from the lowest cell to the highest",
               vb_analysis_spread_mv(analysis, 1));
    else
        printf("spread     %u mV at the median, %u mV at most",
               vb_analysis_spread_mv(analysis, 0.5), vb_analysis_spread_mv(analysis, 1));
    if (analysis->judged > 0)
        printf("; %u mV at most in the %" PRIu32 " sweep%s judged for balance",
               analysis->calm_spread_mv, analysis->judged, analysis->judged == 1 ? "" : "s");
    putchar('\n');
}

static void print_alarm(const struct vb_analysis *analysis, const struct vb_alarm *alarm)
{
    char begin[VB_ANALYSIS_TIME_SIZE];
    char end[VB_ANALYSIS_TIME_SIZE];
    char text[VB_ALARM_TEXT_SIZE];
    format_moment(analysis, alarm->begin_wall_ms, begin);
    format_moment(analysis, alarm->end_wall_ms, end);
    vb_alarm_text(alarm, alarm->end_wall_ms == 0 ? VB_ALARM_NOW : VB_ALARM_OVER, NULL, text);
    if (alarm->end_wall_ms != 0)
        printf("  %s to %s", begin, end);
    else
        printf("  since %s, still open", begin);
    printf("  %s  %s  %s\n", vb_alarm_level_name((enum vb_alarm_level)alarm->level),
           vb_alarm_name((enum vb_alarm_kind)alarm->kind), text);
}

/* What could not be told, so that its absence is not taken for good news. */
static void print_not_judged(const struct vb_analysis *analysis)
{
    const struct vb_alarms *alarms = &analysis->alarms;
    const int off_mv = alarms->unjudged.off_mv;
    if (analysis->judged > 0)
        return;
    printf("           balance was not judged: %" PRIu32 " calm sweeps needed, %" PRIu32 " came",
           vb_alarms_calm_needed(alarms), alarms->balance.calm_sweeps);
    if (alarms->unjudged.cell != VB_ALARM_NOWHERE)
        printf("; at worst cell %u was %d mV %s the mean", alarms->unjudged.cell + 1u, abs(off_mv),
               off_mv < 0 ? "below" : "above");
    putchar('\n');
}

/* A sensor that is not there, which its owner can say of it. */
static void print_sensors(const struct vb_analysis *analysis)
{
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++) {
        if (vb_alarms_sensor_is_absent(&analysis->alarms, i))
            printf("           sensor %u has never read anything but -40 °C: if it does not exist, "
                   "list it in battery.absent_sensors\n",
                   i + 1);
    }
}

static void print_alarms(const struct vb_analysis *analysis)
{
    if (analysis->occurrence_count == 0)
        puts(analysis->judged > 0 ? "alarms     none" : "alarms     none, but");
    else
        printf("alarms     %" PRIu32 "\n", analysis->occurrence_count);
    for (uint32_t i = 0; i < analysis->occurrence_count; i++)
        print_alarm(analysis, &analysis->room.occurrences[i]);
    print_not_judged(analysis);
    print_sensors(analysis);
}

/* What a verdict says behind its "ignored: " or "learning: ", which the name says already. */
static const char *detail_of(const struct vb_set_aside *aside)
{
    static const char *const said[] = {"ignored: ", "learning: "};
    for (size_t i = 0; i < VB_COUNT_OF(said); i++) {
        if (strncmp(aside->text, said[i], strlen(said[i])) == 0)
            return aside->text + strlen(said[i]);
    }
    return aside->text;
}

static void print_aside(const struct vb_analysis *analysis, enum vb_aside reason)
{
    const struct vb_set_aside *aside = &analysis->asides[reason];
    char first[VB_ANALYSIS_TIME_SIZE];
    format_moment(analysis, aside->first_wall_ms, first);
    printf("  %6" PRIu32 "  %s (%s", aside->count, vb_aside_name(reason),
           aside->count > 1 ? "the first" : "");
    if (reason != VB_ASIDE_ROW_BROKEN)
        printf("%sat %s", aside->count > 1 ? " " : "", first);
    if (reason != VB_ASIDE_ROW_BROKEN || aside->count > 1)
        printf(": ");
    printf("%s)\n", detail_of(aside));
}

static void print_asides(const struct vb_analysis *analysis)
{
    bool any = false;
    for (unsigned i = 0; i < VB_ASIDES; i++) {
        if (analysis->asides[i].count == 0)
            continue;
        if (!any)
            puts("set aside  not judged for balance, or not taken as a sample");
        any = true;
        print_aside(analysis, (enum vb_aside)i);
    }
    if (!any)
        puts("set aside  nothing");
}

static void print_weak_cell(const struct vb_weak_cell_result *cell)
{
    enum { HOUR_MS = 3600 * 1000 };
    printf("  cell %-3u", cell->index + 1u);
    if (!isnan(cell->deviation_rest_mv))
        printf("  %+.1f mV at rest", cell->deviation_rest_mv);
    if (!isnan(cell->deviation_load_mv))
        printf("  %+.1f mV under load", cell->deviation_load_mv);
    if (!isnan(cell->resistance_mohm))
        printf("  %.3f ± %.3f mohm from %" PRIu32 " steps", cell->resistance_mohm,
               cell->resistance_uncertainty_mohm, cell->resistance_steps);
    if (cell->balancing_hours > 0) {
        char duration[DURATION_SIZE];
        format_duration((uint64_t)(cell->balancing_hours * HOUR_MS), duration);
        printf("  balanced for %s", duration);
    }
    putchar('\n');
}

static void print_weakest(const struct vb_analysis *analysis)
{
    struct vb_weak_cell_result weakest[VB_WEAKEST];
    const unsigned count = vb_analysis_weakest(analysis, weakest);
    if (count == 0) {
        puts("weakest    nothing was learnt about the cells");
        return;
    }
    puts("weakest    against the mean of the cells");
    for (unsigned i = 0; i < count; i++)
        print_weak_cell(&weakest[i]);
}

void vb_analysis_print_text(const struct vb_analysis *analysis, const char *description)
{
    printf("%s\n", description);
    print_span(analysis);
    print_sweeps(analysis);
    print_spread(analysis);
    print_alarms(analysis);
    print_asides(analysis);
    print_weakest(analysis);
    printf("codec      %.2f bits a cell\n", vb_analysis_bits_per_cell(analysis));
}
