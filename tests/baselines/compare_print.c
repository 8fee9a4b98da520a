#include "compare.h"

#include <stdio.h>

#include "page_poll.h"

static const char *const names[VB_CONTENDERS] = {[VB_OURS_STREAMING] = "ours, 10 Hz telemetry",
                                                 [VB_OURS_QUIET] = "ours, no telemetry",
                                                 [VB_S1] = "S1 snapshot on request",
                                                 [VB_S2] = "S2 fixed beacon, pull",
                                                 [VB_S2B] = "S2b change beacon x 3",
                                                 [VB_S3] = "S3 page asks, 2 s wait"};

static void print_method(const struct vb_options *options)
{
    printf(
        "seed %llu; %u changes in each cell, 20 to 60 s apart, each of one random field of at "
        "most 4 bytes\n"
        "in the four sections that S2 can announce; nine sections are held; the same changes at "
        "the same times\n"
        "for every design. Air: 0.54 ms + 8 us per byte, one frame at a time, each lost by chance. "
        "Bytes are those\n"
        "handed to the radio: ours with header and CRC (12 a frame), the others without any; "
        "readings and their acknowledgements apart.\n"
        "S1 asks every 15 s, again after 1 s; S3's page is open on the section that changes, and "
        "asks every 2 s.\n",
        (unsigned long long)options->seed, options->changes);
}

static void print_heading(const char *title)
{
    printf("\n%-26s", title);
    for (unsigned i = 0; i < VB_LOSSES; i++)
        printf("%18u %% lost", vb_losses[i]);
    printf("\n");
}

static void print_times(const struct vb_results *results)
{
    print_heading("change -> receiver has it");
    printf("%-26s", "ms");
    for (unsigned i = 0; i < VB_LOSSES; i++)
        printf("%8s%8s%9s", "p50", "p99", "max");
    printf("\n");
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        printf("%-26s", names[i]);
        for (unsigned j = 0; j < VB_LOSSES; j++) {
            const struct vb_cell *cell = &results->cells[i][j];
            printf("%8.1f%8.0f%9.0f", cell->p50_ms, cell->p99_ms, cell->max_ms);
        }
        printf("\n");
    }
}

/* S1 and S3 send what they send whether there is a change or not. */
static bool tells_of_changes(unsigned contender)
{
    return contender != VB_S1 && contender != VB_S3;
}

static void print_bytes(const struct vb_results *results)
{
    print_heading("bytes per change");
    printf("%-26s", "");
    for (unsigned i = 0; i < VB_LOSSES; i++)
        printf("%9s%8s%8s", "in 16 s", "net", "air ms");
    printf("\n");
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        printf("%-26s", names[i]);
        for (unsigned j = 0; j < VB_LOSSES; j++) {
            const struct vb_cell *cell = &results->cells[i][j];
            printf("%8.1f%c", cell->bytes, cell->arrived < 0.99 ? '*' : ' ');
            if (tells_of_changes(i))
                printf("%8.1f", cell->bytes_net);
            else
                printf("%8s", "-");
            printf("%8.2f", cell->air_ms);
        }
        printf("\n");
    }
    printf("in 16 s: all control bytes in the 16 s after a change, one resting beacon among them; "
           "* more than 1 %% of\n"
           "the changes had not arrived by then, and what they cost later is not in it. net: all "
           "control bytes of the\n"
           "run, less what the same time at rest sends. S3, each time it asks, at 0 %%: %.1f "
           "bytes.\n",
           results->cells[VB_S3][0].bytes * VB_PAGE_WAIT_MS / (VB_MEASURE_WINDOW_S * 1000));
}

static void print_frames(const struct vb_cell *cell, const struct vb_air_counts *counts, double per)
{
    for (uint8_t kind = 0; kind < VB_KINDS_MAX; kind++) {
        const struct vb_air_kind *sent = &counts->kinds[kind];
        const char *name = cell->kind_name(kind);
        if (name == NULL || sent->frames == 0)
            continue;
        printf("  %s %.2f x %.1f", name, (double)sent->frames / per,
               (double)sent->bytes / (double)sent->frames);
    }
    printf("\n");
}

static void print_kinds(const struct vb_results *results)
{
    printf("\nwhich frames: how many x how long\n");
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        for (unsigned j = 0; j < VB_LOSSES; j++) {
            const struct vb_cell *cell = &results->cells[i][j];
            printf("%-22s%3u %%  a change", names[i], vb_losses[j]);
            print_frames(cell, &cell->counts, results->options.changes);
            printf("%-22s%5s  an hour ", "", "");
            print_frames(cell, &cell->idle_counts, cell->idle_hours);
        }
        for (unsigned side = 0; side < VB_SIDE_COUNT; side++) {
            printf("%-22s  0 %%  %s reboots", names[i],
                   side == VB_SIDE_TRANSMITTER ? "transmitter" : "receiver");
            print_frames(&results->cells[i][0], &results->reconnects[i].counts[side],
                         results->options.reboots);
        }
    }
}

static void print_quiet(const struct vb_results *results)
{
    printf("\n%-26s%36s%44s\n%-26s", "", "control bytes per idle hour",
           "bytes in 16 s, if this reboots:", "");
    for (unsigned j = 0; j < VB_LOSSES; j += 2)
        printf("%10u %%", vb_losses[j]);
    printf("%14s%15s%15s\n", "none", "receiver", "transmitter");
    for (unsigned i = 0; i < VB_CONTENDERS; i++) {
        const struct vb_reconnect *reconnect = &results->reconnects[i];
        printf("%-26s", names[i]);
        for (unsigned j = 0; j < VB_LOSSES; j += 2)
            printf("%12.0f", results->cells[i][j].idle_bytes);
        printf("%14.1f%15.1f%15.1f\n", reconnect->idle_bytes, reconnect->bytes[VB_SIDE_RECEIVER],
               reconnect->bytes[VB_SIDE_TRANSMITTER]);
    }
}

/* They belong to the stream, not to a change, and no other design has any: told on their own. */
static void print_reading_acks(const struct vb_results *results)
{
    printf("\nacknowledgements of readings, ours at 10 Hz, an idle hour:");
    for (unsigned j = 0; j < VB_LOSSES; j += 2) {
        const struct vb_cell *cell = &results->cells[VB_OURS_STREAMING][j];
        const struct vb_air_kind *acks = &cell->idle_counts.kinds[VB_MESSAGE_READING_ACK];
        const struct vb_air_kind *beacons = &cell->idle_counts.kinds[VB_MESSAGE_BEACON];
        printf("  %.0f bytes, %.1f a beacon (%u %% lost)", (double)acks->bytes / cell->idle_hours,
               (double)acks->frames / (double)beacons->frames, vb_losses[j]);
    }
    printf("\n");
}

static void print_aim(const char *title, double value, double aim, const char *unit)
{
    printf("%-64s %10.4g %-4s (aim <= %.4g) %s\n", title, value, unit, aim,
           value <= aim ? "met" : "MISSED");
}

/* Below all: S1 and S3 have no net bytes that mean anything, they would send them without a change.
 */
static void print_aims_bytes(const struct vb_results *results)
{
    for (unsigned j = 0; j < VB_LOSSES; j++) {
        char title[80];
        const struct vb_cell *ours = &results->cells[VB_OURS_STREAMING][j];
        double least = results->cells[VB_S1][j].bytes;
        for (unsigned i = VB_S1; i < VB_CONTENDERS; i++)
            least = results->cells[i][j].bytes < least ? results->cells[i][j].bytes : least;
        snprintf(title, sizeof title,
                 "bytes per change in 16 s, %u %% lost; aim: the least of S1-S3", vb_losses[j]);
        print_aim(title, ours->bytes, least, "B");
        snprintf(title, sizeof title, "bytes per change net, %u %% lost; aim: S2's", vb_losses[j]);
        print_aim(title, ours->bytes_net, results->cells[VB_S2][j].bytes_net, "B");
    }
}

static void print_aims(const struct vb_results *results)
{
    const struct vb_cell *streaming = results->cells[VB_OURS_STREAMING];
    const struct vb_cell *fixed = results->cells[VB_S2];
    static const double degraded_aims[VB_REST_LOSSES] = {0, 0.01, 0.05};
    printf("\naims\n");
    print_aim("p99 of a change at 10 % loss, as a share of S2's",
              streaming[2].p99_ms / fixed[2].p99_ms, 0.01, "");
    print_aim("p99 of a change at 30 % loss, as a share of S2's",
              streaming[3].p99_ms / fixed[3].p99_ms, 1.0 / 30, "");
    print_aims_bytes(results);
    for (unsigned j = 0; j < VB_REST_LOSSES; j++) {
        char title[80];
        snprintf(title, sizeof title, "false Degraded per hour at rest, %u %% lost, of %u h",
                 vb_rest_losses[j], results->options.rest_hours);
        print_aim(title, results->degraded[j], degraded_aims[j], "");
        snprintf(title, sizeof title, "false Offline per hour at rest, %u %% lost",
                 vb_rest_losses[j]);
        print_aim(title, results->offline[j], degraded_aims[j], "");
    }
    print_aim("transmitter's reboot noticed, telemetry on, no loss, p99",
              results->noticed.p99_ms[0], 150, "ms");
    print_aim("  at 10 % loss", results->noticed.p99_ms[1], 150, "ms");
    print_aim("both sides back from reboot -> verified, no loss, p99", results->both_back.p99_ms[0],
              1000, "ms");
    print_aim("  at 10 % loss", results->both_back.p99_ms[1], 1000, "ms");
    printf("greatest of these: %.0f, %.0f, %.0f, %.0f ms\n", results->noticed.max_ms[0],
           results->noticed.max_ms[1], results->both_back.max_ms[0], results->both_back.max_ms[1]);
}

void vb_results_print(const struct vb_results *results)
{
    print_method(&results->options);
    print_times(results);
    print_bytes(results);
    print_kinds(results);
    print_quiet(results);
    print_reading_acks(results);
    print_aims(results);
}
