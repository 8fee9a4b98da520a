/* voltbeacon-compare: the core and the designs it replaces, with the same settings, the same
 * changes and the same air. ./dev bench compare runs it.
 *
 *     voltbeacon-compare [--seed N] [--changes N] [--reboots N] [--rest-hours N]
 *                       [--idle-hours N] */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beacon_pull.h"
#include "page_poll.h"
#include "snapshot.h"

enum {
    READING_EVERY_MS = 100,
    IDLE_HOURS = 20,
    IDLE_HOURS_STREAMING_MAX = 2, /* 10 Hz take longer to play */
    CHANGES_MAX = 1000000
};

const uint16_t vb_losses[VB_LOSSES] = {0, 5, 10, 30, 50};
const uint16_t vb_rest_losses[VB_REST_LOSSES] = {0, 5, 10};

/* Too large for a stack. */
static struct vb_ours ours;
static struct vb_snapshot snapshot;
static struct vb_pull pull;
static struct vb_page page;
static struct vb_air air;

static struct vb_design make(enum vb_contender contender, uint64_t seed)
{
    switch (contender) {
    case VB_OURS_STREAMING:
        return vb_ours_design(&ours, seed, READING_EVERY_MS);
    case VB_OURS_QUIET:
        return vb_ours_design(&ours, seed, 0);
    case VB_S1:
        return vb_snapshot_design(&snapshot);
    case VB_S2:
        return vb_pull_design(&pull, 1);
    case VB_S2B:
        return vb_pull_design(&pull, 3);
    case VB_S3:
        return vb_page_design(&page);
    }
    VB_ASSERT(false);
    return (struct vb_design){0};
}

static struct vb_samples samples_of(uint32_t capacity)
{
    struct vb_samples samples = {.us = calloc(capacity, sizeof *samples.us), .capacity = capacity};
    VB_ASSERT(samples.us != NULL);
    return samples;
}

static struct vb_cell measure_cell(const struct vb_options *options, enum vb_contender contender,
                                   uint16_t loss)
{
    const bool is_shorter =
        contender == VB_OURS_STREAMING && options->idle_hours > IDLE_HOURS_STREAMING_MAX;
    const uint32_t hours = is_shorter ? IDLE_HOURS_STREAMING_MAX : options->idle_hours;
    const uint64_t window_us = VB_MEASURE_WINDOW_S * VB_MEASURE_SECOND_US;
    const double changes = options->changes;
    struct vb_design design = make(contender, options->seed);
    struct vb_samples samples = samples_of(options->changes);
    struct vb_traffic traffic = {0};
    struct vb_traffic idle = {0};
    struct vb_cell cell = {.kind_name = design.kind_name, .idle_hours = hours};
    vb_measure_begin(&air, &design, options->seed + loss, (uint16_t)(loss * 10));
    vb_measure_changes(&air, options->seed, options->changes, &samples, &traffic);
    cell.p50_ms = vb_samples_ms(&samples, 500);
    cell.p99_ms = vb_samples_ms(&samples, 990);
    cell.max_ms = vb_samples_ms(&samples, 1000);
    cell.arrived = vb_samples_within(&samples, window_us);
    free(samples.us);
    cell.counts = traffic.counts;
    cell.bytes = (double)vb_traffic_bytes(&design, &traffic.counts) / changes;
    cell.air_ms = (double)vb_traffic_us(&design, &traffic.counts) / 1000 / changes;
    vb_air_run(&air, 60 * VB_MEASURE_SECOND_US);
    vb_measure_idle(&air, hours, &idle);
    cell.idle_counts = idle.counts;
    cell.idle_bytes = (double)idle.all_bytes / hours;
    const double span_h = (double)traffic.span_us / (double)VB_MEASURE_HOUR_US;
    cell.bytes_net = ((double)traffic.all_bytes - cell.idle_bytes * span_h) / changes;
    return cell;
}

static void measure_reconnect(const struct vb_options *options, enum vb_contender contender,
                              enum vb_side side, struct vb_reconnect *reconnect)
{
    struct vb_design design = make(contender, options->seed);
    struct vb_traffic traffic = {0};
    vb_measure_begin(&air, &design, options->seed, 0);
    vb_measure_reboots(&air, options->seed, side, options->reboots, &traffic);
    reconnect->counts[side] = traffic.counts;
    reconnect->bytes[side] = (double)vb_traffic_bytes(&design, &traffic.counts) / options->reboots;
}

static void measure_reconnects(struct vb_results *results)
{
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        struct vb_reconnect *reconnect = &results->reconnects[i];
        for (unsigned side = 0; side < VB_SIDE_COUNT; side++)
            measure_reconnect(&results->options, (enum vb_contender)i, (enum vb_side)side,
                              reconnect);
        reconnect->idle_bytes = results->cells[i][0].idle_bytes * VB_MEASURE_WINDOW_S / 3600;
    }
}

static void measure_rest(struct vb_results *results)
{
    const struct vb_options *options = &results->options;
    for (unsigned i = 0; i < VB_REST_LOSSES; i++) {
        struct vb_design design = make(VB_OURS_QUIET, options->seed);
        vb_measure_begin(&air, &design, options->seed + i, (uint16_t)(vb_rest_losses[i] * 10));
        vb_air_run(&air, options->rest_hours * VB_MEASURE_HOUR_US);
        results->degraded[i] = (double)ours.degraded / options->rest_hours;
        results->offline[i] = (double)ours.offline / options->rest_hours;
    }
}

static void measure_recovery(struct vb_results *results)
{
    const struct vb_options *options = &results->options;
    for (unsigned i = 0; i < 2; i++) {
        const uint16_t loss = i == 0 ? 0 : 100;
        struct vb_samples noticed = samples_of(options->reboots);
        struct vb_samples back = samples_of(options->reboots);
        struct vb_design design = make(VB_OURS_STREAMING, options->seed);
        vb_measure_begin(&air, &design, options->seed, loss);
        vb_measure_noticed(&air, &ours, options->seed, options->reboots, &noticed);
        results->noticed.p99_ms[i] = vb_samples_ms(&noticed, 990);
        results->noticed.max_ms[i] = vb_samples_ms(&noticed, 1000);
        design = make(VB_OURS_QUIET, options->seed);
        vb_measure_begin(&air, &design, options->seed, loss);
        vb_measure_both_back(&air, &ours, options->seed, options->reboots, &back);
        results->both_back.p99_ms[i] = vb_samples_ms(&back, 990);
        results->both_back.max_ms[i] = vb_samples_ms(&back, 1000);
        free(noticed.us);
        free(back.us);
    }
}

static int usage(void)
{
    fprintf(stderr,
            "usage: voltbeacon-compare [--seed N] [--changes N] [--reboots N] "
            "[--rest-hours N] [--idle-hours N]\n"
            "Each N is a number from 1 to %d.\n",
            CHANGES_MAX);
    return 2;
}

static bool parse(int argc, char **argv, struct vb_options *options)
{
    for (int i = 1; i < argc; i += 2) {
        char *end = NULL;
        const unsigned long number = i + 1 < argc ? strtoul(argv[i + 1], &end, 10) : 0;
        if (end == NULL || *end != '\0' || number == 0 || number > CHANGES_MAX)
            return false;
        if (strcmp(argv[i], "--seed") == 0)
            options->seed = number;
        else if (strcmp(argv[i], "--changes") == 0)
            options->changes = (uint32_t)number;
        else if (strcmp(argv[i], "--reboots") == 0)
            options->reboots = (uint32_t)number;
        else if (strcmp(argv[i], "--rest-hours") == 0)
            options->rest_hours = (uint32_t)number;
        else if (strcmp(argv[i], "--idle-hours") == 0)
            options->idle_hours = (uint32_t)number;
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct vb_results results = {.options = {.seed = 1,
                                                    .changes = 2000,
                                                    .reboots = 2000,
                                                    .rest_hours = 2000,
                                                    .idle_hours = IDLE_HOURS}};
    if (!parse(argc, argv, &results.options))
        return usage();
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        for (unsigned j = 0; j < VB_LOSSES; j++)
            results.cells[i][j] =
                measure_cell(&results.options, (enum vb_contender)i, vb_losses[j]);
    }
    measure_reconnects(&results);
    measure_rest(&results);
    measure_recovery(&results);
    vb_results_print(&results);
    return 0;
}
