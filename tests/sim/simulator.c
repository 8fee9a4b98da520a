/* voltbeacon-sim: runs the shipped devices in a world full of faults, each run from one seed.
 *
 *     voltbeacon-sim --seed N | --seeds FROM..TO  [--size small|swarm|full] [--minutes M] [--trace]
 *     voltbeacon-sim --calm EVERY_MS  [--minutes M]       only a reading every so often; 0: none
 *
 * What it prints follows from the seeds alone, on every machine. It needs no clock and no files, so
 * that it runs without an operating system as well. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

enum {
    LINES_MAX = 50, /* of progress; one or two more if it does not divide the seeds */
    MINUTES_MIN = 3 /* so that everything every run has takes place */
};

struct options {
    uint64_t from;
    uint64_t to;
    struct scenario_options runs;
    uint32_t reading_every_ms; /* while calm */
    bool calm;
};

static uint64_t running_seed;
static struct scenario_options running;

static const char *const size_names[SIZE_COUNT] = {
#define X(NAME, name) name,
    SIZE_LIST(X)
#undef X
};

static void print_replay(FILE *to)
{
    fprintf(to, "replay it: ./dev sim --seed %" PRIu64 " --size %s --minutes %" PRIu32 " --trace\n",
            running_seed, size_names[running.size], running.minutes);
}

/* The panic hook of the devices: their own assertions are properties, too. */
void vb_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "seed %" PRIu64 " FAILED: %s:%d: it should hold that %s\n", running_seed, file,
            line, condition);
    print_replay(stderr);
    exit(1);
}

static bool number(const char *text, char end, uint64_t *value, const char **rest)
{
    char *stop;
    errno = 0;
    *value = strtoull(text, &stop, 10);
    *rest = stop + 1;
    return errno == 0 && stop != text && *stop == end;
}

static bool size_by_name(const char *name, enum world_size *size)
{
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        if (strcmp(size_names[i], name) != 0)
            continue;
        *size = (enum world_size)i;
        return true;
    }
    return false;
}

static bool deed_by_name(const char *name, uint64_t *deed)
{
    for (*deed = 0; *deed < DEED_COUNT; ++*deed) {
        if (strcmp(deed_name((enum deed) * deed), name) == 0)
            return true;
    }
    return false;
}

static bool parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.from = 1, .to = 20, .runs = {.minutes = 10}};
    for (int i = 1; i < argc; i++) {
        const char *rest;
        uint64_t value = 0;
        if (strcmp(argv[i], "--trace") == 0) {
            options->runs.trace = true;
            continue;
        }
        if (i + 1 == argc)
            return false;
        const char *option = argv[i++];
        if (strcmp(option, "--seed") == 0 && number(argv[i], '\0', &value, &rest)) {
            options->from = options->to = value;
        } else if (strcmp(option, "--seeds") == 0 && number(argv[i], '.', &value, &rest) &&
                   *rest == '.' && number(rest + 1, '\0', &options->to, &rest)) {
            options->from = value;
        } else if (strcmp(option, "--minutes") == 0 && number(argv[i], '\0', &value, &rest) &&
                   value >= MINUTES_MIN && value <= 100000) {
            options->runs.minutes = (uint32_t)value;
        } else if (strcmp(option, "--without") == 0 && deed_by_name(argv[i], &value)) {
            options->runs.without |= UINT64_C(1) << value;
        } else if (strcmp(option, "--size") == 0 && size_by_name(argv[i], &options->runs.size)) {
            continue;
        } else if (strcmp(option, "--calm") == 0 && number(argv[i], '\0', &value, &rest) &&
                   value <= 60000) {
            options->calm = true;
            options->reading_every_ms = (uint32_t)value;
        } else {
            return false;
        }
    }
    return options->from <= options->to;
}

static void print_row(const char *name, uint64_t count)
{
    printf("  %-36s %12" PRIu64 "\n", name, count);
}

static void print_faults(const struct tally *tally)
{
    printf("faults met\n");
    print_row("frames lost alone", tally->links.lost);
    print_row("bursts", tally->links.bursts);
    print_row("frames lost in bursts", tally->links.lost_in_burst);
    print_row("frames stopped on one-way links", tally->links.blocked);
    print_row("frames overtaken", tally->links.late);
    print_row("frames doubled", tally->links.duplicated);
    print_row("frames corrupted", tally->links.corrupted);
    print_row("frames cut short", tally->links.truncated);
    print_row("boots", tally->world.boots);
    print_row("power cuts at a store's operation", tally->world.power_cuts);
    print_row("power cuts during a commit", tally->world.cut_in_commit);
    print_row("power cuts at a single write", tally->world.torn);
    print_row("power cuts that took answered writes", tally->world.lost);
    print_row("commits", tally->world.commits);
    print_row("commits failed", tally->world.commits_failed);
    print_row("commits of which the store is uncertain", tally->world.commits_uncertain);
    print_row("of these, stored all the same", tally->world.commits_uncertain_stored);
    print_row("starts with a store that cannot be read", tally->world.unreadable);
    printf("deeds\n");
    for (unsigned deed = 0; deed < DEED_COUNT; deed++)
        print_row(deed_name((enum deed)deed), tally->deeds[deed]);
    printf("the others were watched beside\n");
    for (unsigned trouble = 0; trouble < TROUBLES; trouble++)
        print_row(trouble_name((enum trouble)trouble), tally->troubles[trouble]);
}

static void print_states(const struct tally *tally)
{
    printf("states reached\n");
    for (unsigned link = 0; link <= VB_LINK_CONNECTED; link++)
        print_row(vb_link_name((enum vb_link_state)link), tally->links_seen[link]);
    for (unsigned sync = 0; sync <= VB_SYNC_VERIFIED; sync++)
        print_row(vb_sync_name((enum vb_sync)sync), tally->syncs_seen[sync]);
    for (unsigned edit = 0; edit <= VB_EDIT_STATE_TIMED_OUT; edit++)
        print_row(vb_edit_state_name((enum vb_edit_state)edit), tally->edits_seen[edit]);
    printf("devices\n");
    print_row("open alarms of cells looked at", tally->alarms_seen);
    print_row("settings in force compared", tally->applied_seen);
    print_row("open alarms of silent sources looked at", tally->stopped_seen);
    print_row("alarms of packs that had to be open", tally->pack_begun);
    print_row("alarms of packs that were to wait", tally->pack_held);
    print_row("hours at rest counted", tally->calm_hours);
    printf("events\n");
    for (uint8_t type = 0; type <= VB_EVENT_RECEIVER_LOST; type++)
        print_row(vb_event_name(type), tally->events_seen[type]);
    printf("all in sync after the faults healed\n");
    for (unsigned bin = 0; bin < CONVERGED_BINS; bin++)
        printf("  within %6" PRIu32 " ms %12" PRIu64 " runs\n", converged_ms[bin],
               tally->converged[bin]);
}

/* It took so many ms or fewer in that share of the runs. */
static uint32_t within_ms(const uint32_t counts[SETTLE_RESTART_MS + 1], uint64_t runs,
                          unsigned permille)
{
    uint64_t left = (runs * permille + 999) / 1000;
    uint32_t ms = 0;
    while (ms < SETTLE_RESTART_MS && left > counts[ms])
        left -= counts[ms++];
    return ms;
}

static void print_again(const struct tally *tally)
{
    printf("all verified again after                 p50       p99       max    runs\n");
    for (unsigned again = 0; again < AGAINS; again++) {
        const uint32_t *counts = tally->again[again];
        uint64_t runs = 0;
        for (unsigned ms = 0; ms <= SETTLE_RESTART_MS; ms++)
            runs += counts[ms];
        printf("  %-36s %5.3f s   %5.3f s   %5.3f s %7" PRIu64 "\n", again_name((enum again)again),
               within_ms(counts, runs, 500) / 1000.0, within_ms(counts, runs, 990) / 1000.0,
               within_ms(counts, runs, 1000) / 1000.0, runs);
    }
}

static double virtual_hours(const struct tally *tally)
{
    return (double)tally->virtual_ms / 3600000.0;
}

static void print_summary(const struct tally *tally)
{
    print_faults(tally);
    print_states(tally);
    print_again(tally);
    printf("%" PRIu64 " runs without a violation, %.1f virtual hours, %" PRIu64
           " events (a frame sent or heard, a transition), %" PRIu64 " checks, log %016" PRIx64
           "\n",
           tally->runs, virtual_hours(tally), tally->events, tally->checks, tally->log);
}

/* One line per seed for few seeds, one per many seeds for many. */
static void print_progress(const struct options *options, uint64_t seed,
                           const struct scenario *scenario, const struct tally *tally)
{
    const uint64_t count = options->to - options->from + 1;
    const uint64_t step = count <= LINES_MAX ? 1 : count / LINES_MAX;
    if (step == 1)
        printf("seed %" PRIu64 ": %" PRIu64 " events, log %016" PRIx64 "\n", seed,
               scenario->recorder.events, scenario->recorder.hash);
    else if (tally->runs % step == 0)
        printf("up to seed %" PRIu64 ": %" PRIu64 " of %" PRIu64 " runs, %.1f virtual hours\n",
               seed, tally->runs, count, virtual_hours(tally));
    (void)fflush(stdout);
}

/* The runs of a range of seeds; false at the first violation. */
static bool run_seeds(const struct options *options, struct scenario *scenario, struct tally *tally)
{
    for (uint64_t seed = options->from;; seed++) {
        running_seed = seed;
        scenario_run(scenario, seed, &options->runs, tally);
        if (scenario->checkers.failed) {
            printf("seed %" PRIu64 " FAILED %s\n", seed, scenario->checkers.text);
            print_replay(stdout);
            return false;
        }
        print_progress(options, seed, scenario, tally);
        if (seed >= options->to) /* checked here, since the largest seed has no successor */
            return true;
    }
}

static bool run_calm(const struct options *options, struct scenario *scenario, struct tally *tally)
{
    scenario_calm(scenario, options->runs.minutes, options->reading_every_ms, tally);
    if (scenario->checkers.failed)
        printf("FAILED %s\n", scenario->checkers.text);
    return !scenario->checkers.failed;
}

int main(int argc, char **argv)
{
    static struct scenario scenario;
    static struct tally tally;
    struct options options;
    if (!parse(argc, argv, &options)) {
        fprintf(stderr,
                "usage: voltbeacon-sim --seed N | --seeds FROM..TO | --calm EVERY_MS  "
                "[--size small|swarm|full] [--minutes M, at least %u] [--without DEED]... "
                "[--trace]\n",
                MINUTES_MIN);
        return 2;
    }
    running = options.runs;
    if (options.calm ? !run_calm(&options, &scenario, &tally)
                     : !run_seeds(&options, &scenario, &tally))
        return 1;
    print_summary(&tally);
    return 0;
}
