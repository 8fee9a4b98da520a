/* An analysis for the owner of the pack. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "analysis.h"

enum { DURATION_SIZE = 32 };

/* "38 s", "4 min 10 s", "1 h 11 min", "3 d 4 h" */
static void format_duration(uint64_t ms, char text[DURATION_SIZE])
{
    const uint64_t s = ms / 1000;
    if (s < 10)
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

static void print_span(const struct vb_analysis *analysis)
{
    char begin[VB_ANALYSIS_TIME_SIZE];
    char end[VB_ANALYSIS_TIME_SIZE];
    char span[DURATION_SIZE];
    char step[DURATION_SIZE];
    char gap[DURATION_SIZE];
    vb_analysis_time(analysis, analysis->begin_wall_ms, begin);
    vb_analysis_time(analysis, analysis->end_wall_ms, end);
    format_duration(analysis->end_at_ms - analysis->begin_at_ms, span);
    format_duration(vb_analysis_step_ms(analysis, 0.5), step);
    format_duration(vb_analysis_step_ms(analysis, 1), gap);
    printf("span       %s, from %s to %s\n", span, begin, end);
    printf("sweeps     %" PRIu32 " of %u cells", analysis->sweeps, analysis->cell_count);
    if (analysis->sweeps > 1)
        printf(", one every %s, longest gap %s", step, gap);
    putchar('\n');
}

static void print_spread(const struct vb_analysis *analysis)
{
    printf("spread     %u mV at the median, %u mV at most", vb_analysis_spread_mv(analysis, 0.5),
           vb_analysis_spread_mv(analysis, 1));
    if (analysis->judged > 0)
        printf("; %u mV at most in the %" PRIu32 " sweeps judged for balance",
               analysis->calm_spread_mv, analysis->judged);
    putchar('\n');
}

static void print_alarm(const struct vb_analysis *analysis, const struct vb_alarm *alarm)
{
    char begin[VB_ANALYSIS_TIME_SIZE];
    char end[VB_ANALYSIS_TIME_SIZE] = "still open";
    char text[VB_ALARM_TEXT_SIZE];
    vb_analysis_time(analysis, alarm->begin_wall_ms, begin);
    if (alarm->end_wall_ms != 0)
        vb_analysis_time(analysis, alarm->end_wall_ms, end);
    vb_alarm_text(alarm, alarm->end_wall_ms == 0 ? VB_ALARM_NOW : VB_ALARM_OVER, NULL, text);
    printf("  %s to %s  %s  %s  %s\n", begin, end,
           vb_alarm_level_name((enum vb_alarm_level)alarm->level),
           vb_alarm_name((enum vb_alarm_kind)alarm->kind), text);
}

static void print_alarms(const struct vb_analysis *analysis)
{
    if (analysis->occurrence_count == 0) {
        puts("alarms     none");
        return;
    }
    printf("alarms     %" PRIu32 "\n", analysis->occurrence_count);
    for (uint32_t i = 0; i < analysis->occurrence_count; i++)
        print_alarm(analysis, &analysis->occurrences[i]);
}

static void print_asides(const struct vb_analysis *analysis)
{
    bool any = false;
    for (unsigned i = 0; i < VB_ASIDES; i++) {
        const struct vb_set_aside *aside = &analysis->asides[i];
        if (aside->count == 0)
            continue;
        char first[VB_ANALYSIS_TIME_SIZE] = "";
        if (i != VB_ASIDE_ROW_BROKEN)
            vb_analysis_time(analysis, aside->first_wall_ms, first);
        if (!any)
            puts("set aside  not judged for balance, or not taken as a sample");
        any = true;
        printf("  %6" PRIu32 "  %s; the first%s%s: %s\n", aside->count,
               vb_aside_name((enum vb_aside)i), first[0] == '\0' ? "" : " at ", first, aside->text);
    }
    if (!any)
        puts("set aside  nothing");
}

static void print_weak_cell(const struct vb_weak_cell_result *cell)
{
    printf("  cell %-3u", cell->index + 1u);
    if (!isnan(cell->deviation_rest_mv))
        printf("  %+.1f mV at rest", cell->deviation_rest_mv);
    if (!isnan(cell->deviation_load_mv))
        printf("  %+.1f mV under load", cell->deviation_load_mv);
    if (!isnan(cell->resistance_mohm))
        printf("  %.3f ± %.3f mohm from %" PRIu32 " steps", cell->resistance_mohm,
               cell->resistance_uncertainty_mohm, cell->resistance_steps);
    if (cell->balancing_hours > 0)
        printf("  balanced for %.2f h", cell->balancing_hours);
    putchar('\n');
}

void vb_analysis_print_text(const struct vb_analysis *analysis)
{
    struct vb_weak_cell_result weakest[VB_WEAKEST];
    const unsigned count = vb_analysis_weakest(analysis, weakest);
    printf("%s\n", analysis->source.text);
    print_span(analysis);
    print_spread(analysis);
    print_alarms(analysis);
    print_asides(analysis);
    puts("weakest    against the mean of the cells");
    for (unsigned i = 0; i < count; i++)
        print_weak_cell(&weakest[i]);
    printf("codec      %.2f bits a cell\n", vb_analysis_bits_per_cell(analysis));
}
