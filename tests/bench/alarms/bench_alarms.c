/* The alarms over one recording, as it is and with faults put into it.
 *
 *     voltbeacon-bench-alarms SOURCE
 *
 * Prints a line of JSON for alarms.bench.mjs. */
#include <inttypes.h>
#include <stdio.h>

#include "fault_run.h"
#include "voltbeacon/pack/cell_series.h"

enum {
    CELL_STEP = 7, /* every so many cells gets a fault, */
    STARTS = 12,   /* from so many places of the recording on, */
    FROZEN_SWEEPS = 20
};

struct tally {
    uint32_t runs;         /* in which a fault could be found */
    uint32_t missed;       /* not named, or later than it has to be */
    uint32_t false_alarms; /* of cells without a fault, or a second one of the same */
    uint32_t fixed_missed;
    uint32_t sweeps_max;
};

static struct vb_recorded recorded;

/* From begin on until so many judgeable sweeps have passed; the recording's end where there are not
 * so many. */
static uint32_t end_of_lowered(uint32_t begin)
{
    uint32_t end = begin;
    for (uint32_t seen = 0; end < recorded.count && seen < 2 * VB_SWEEPS_TO_RAISE; end++)
        seen += recorded.judgeable[end];
    return end;
}

static void run_lowered(struct tally *tally, uint8_t cell, uint32_t begin)
{
    const struct vb_fault fault = {
        .kind = VB_FAULT_LOWERED, .cell = cell, .begin = begin, .end = end_of_lowered(begin)};
    if (vb_recorded_judgeable(&recorded, begin, fault.end) < VB_SWEEPS_TO_RAISE)
        return;
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &fault);
    const bool ends =
        vb_recorded_judgeable(&recorded, fault.end, recorded.count) >= VB_SWEEPS_TO_RAISE;
    tally->runs++;
    tally->missed +=
        outcome.named == 0 || outcome.sweeps > VB_SWEEPS_TO_RAISE || (ends && outcome.open_at_end);
    tally->false_alarms += outcome.begun[VB_ALARM_IMBALANCE] - (outcome.named > 0);
    tally->fixed_missed += outcome.fixed == 0;
    if (outcome.named > 0 && outcome.sweeps > tally->sweeps_max)
        tally->sweeps_max = outcome.sweeps;
}

/* From begin on until so many new samples have passed. */
static uint32_t end_of_frozen(uint32_t begin)
{
    uint32_t end = begin + 1;
    for (uint32_t samples = 1; end < recorded.count && samples < FROZEN_SWEEPS; end++)
        samples += recorded.readings[end].sequence != recorded.readings[end - 1].sequence;
    return end;
}

static void run_frozen(struct tally *tally, uint8_t cell, uint32_t begin, double moves_mv)
{
    const struct vb_fault fault = {
        .kind = VB_FAULT_FROZEN, .cell = cell, .begin = begin, .end = end_of_frozen(begin)};
    if (fault.end >= recorded.count ||
        !vb_cell_is_possible(recorded.readings[begin].cell_mv[cell]) ||
        vb_recorded_moves_mv(&recorded, begin, fault.end) < moves_mv)
        return;
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &fault);
    tally->runs++;
    tally->missed += outcome.named == 0;
    tally->false_alarms += outcome.begun[VB_ALARM_FROZEN_VALUE] - (outcome.named > 0);
    tally->fixed_missed += outcome.fixed == 0;
}

/* --- groups of cells -------------------------------------------------------------------------- */

static const uint16_t distances_mv[] = {30, 60, 100, 200, 400};
enum { DISTANCES = VB_COUNT_OF(distances_mv), GROUP_STARTS = 6 };

struct group_tally {
    uint32_t runs[DISTANCES];
    uint32_t missed[DISTANCES];
};

static void run_group(struct group_tally *tally, unsigned distance, uint8_t cell, uint8_t group,
                      uint8_t stride)
{
    for (uint32_t start = 0; start < GROUP_STARTS; start++) {
        const uint32_t begin = recorded.count * start / GROUP_STARTS;
        const struct vb_fault fault = {.kind = VB_FAULT_GROUP,
                                       .cell = cell,
                                       .begin = begin,
                                       .end = end_of_lowered(begin),
                                       .group = group,
                                       .stride = stride,
                                       .mv = distances_mv[distance]};
        if (vb_recorded_judgeable(&recorded, begin, fault.end) < VB_SWEEPS_TO_RAISE)
            continue;
        const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &fault);
        tally->runs[distance]++;
        tally->missed[distance] += outcome.named == 0 || outcome.sweeps > VB_SWEEPS_TO_RAISE;
    }
}

/* Two cells, a module of an eighth of the pack, and a half: one end of it, and every other cell. */
static void run_groups(struct group_tally tallies[4])
{
    const uint8_t cells = recorded.readings[0].cell_count;
    for (unsigned distance = 0; distance < DISTANCES; distance++) {
        run_group(&tallies[0], distance, cells / 3, 2, 3);
        run_group(&tallies[1], distance, cells / 2, cells / 8, 1);
        run_group(&tallies[2], distance, 0, cells / 2, 1);
        run_group(&tallies[3], distance, 0, cells / 2, 2);
    }
}

static void print_groups(void)
{
    static const char *const names[] = {"two", "module", "half", "alternate"};
    static struct group_tally tallies[4];
    run_groups(tallies);
    printf(",\"groups\":{");
    for (unsigned i = 0; i < VB_COUNT_OF(names); i++) {
        printf("%s\"%s\":{", i == 0 ? "" : ",", names[i]);
        for (unsigned distance = 0; distance < DISTANCES; distance++)
            printf("%s\"%u\":[%" PRIu32 ",%" PRIu32 "]", distance == 0 ? "" : ",",
                   distances_mv[distance], tallies[i].missed[distance], tallies[i].runs[distance]);
        printf("}");
    }
    printf("}");
}

static void print_tally(const char *name, const struct tally *tally)
{
    printf(",\"%s\":{\"runs\":%" PRIu32 ",\"missed\":%" PRIu32 ",\"false\":%" PRIu32
           ",\"fixed_missed\":%" PRIu32 ",\"sweeps_max\":%" PRIu32 "}",
           name, tally->runs, tally->missed, tally->false_alarms, tally->fixed_missed,
           tally->sweeps_max);
}

int main(int argc, char **argv)
{
    char why[256];
    if (argc != 2) {
        (void)fputs("usage: voltbeacon-bench-alarms SOURCE\n", stderr);
        return 2;
    }
    if (!vb_recorded_load(&recorded, argv[1], why, sizeof why)) {
        (void)fprintf(stderr, "voltbeacon-bench-alarms: %s\n", why);
        return 1;
    }
    const struct vb_alarm_limits limits = vb_recorded_limits(&recorded);
    const struct vb_fault none = {.kind = VB_FAULT_NONE};
    const struct vb_fault_outcome clean = vb_fault_run(&recorded, &none);
    struct tally lowered = {0};
    struct tally frozen = {0};
    for (uint8_t cell = 0; cell < recorded.readings[0].cell_count; cell += CELL_STEP) {
        for (uint32_t start = 0; start < STARTS; start++) {
            const uint32_t begin = recorded.count * start / STARTS;
            run_lowered(&lowered, cell, begin);
            run_frozen(&frozen, cell, begin, limits.frozen_moved_mv);
        }
    }
    printf("{\"readings\":%" PRIu32 ",\"cells\":%u,\"judged\":%" PRIu32 ",\"fixed\":%" PRIu32
           ",\"clean\":{",
           recorded.count, recorded.readings[0].cell_count,
           vb_recorded_judgeable(&recorded, 0, recorded.count), clean.fixed);
    for (unsigned kind = 0; kind < VB_ALARM_KINDS; kind++)
        printf("%s\"%s\":%" PRIu32, kind == 0 ? "" : ",", vb_alarm_name((enum vb_alarm_kind)kind),
               clean.begun[kind]);
    printf("}");
    print_tally("lowered", &lowered);
    print_tally("frozen", &frozen);
    print_groups();
    puts("}");
    return 0;
}
