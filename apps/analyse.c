/* voltbeacon analyse: puts a recording through statistics, alarms and codec, as fast as
 * possible. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis_print.h"
#include "command.h"
#include "sources/source.h"
#include "text.h"

enum {
    ROOM_FIRST = 4096, /* initial room for sweeps and alarms */
    PROGRESS_SWEEPS = 5000
};

struct request {
    const char *source;
    bool json;
    struct vb_analysis_limits limits;
};

static struct vb_analysis analysis;

static void print_help(void)
{
    enum { USAGE_INDENT = 19 };
    puts(
        "usage: voltbeacon analyse --source S [--json]\n"
        "\n"
        "Reads a recording as fast as possible and reports what it holds: span, sweeps and their\n"
        "real interval, spread, alarms, what was set aside and why, weakest cells, bits per cell.\n"
        "\n"
        "  --source S     what to read:");
    const char *line;
    for (unsigned i = 0; (line = vb_source_usage(i)) != NULL; i++)
        vb_print_indented(USAGE_INDENT, line);
    printf("  --json         one line of JSON, for scripts\n"
           "  --cell-min MV  cells below this are too low, default %d\n"
           "  --cell-max MV  cells above this are too high, default %d\n"
           "\n"
           "Exit status: 0 no alarm, 3 an alarm was raised, 4 no alarm, but balance could not be\n"
           "judged, 1 it cannot be read (with --json also as JSON), 2 the command line is wrong.\n",
           VB_ANALYSIS_CELL_MIN_MV, VB_ANALYSIS_CELL_MAX_MV);
}

/* Reports why there is no analysis, in the format the user asked for. */
static int refuse(const struct request *request, const char *reason)
{
    if (request->json)
        vb_analysis_print_json_error(request->source, reason);
    return vb_failure("analyse: %s", reason);
}

/* Whether *items could be grown to that many. */
static bool grow(void **items, size_t count, size_t size)
{
    void *grown = realloc(*items, count * size);
    if (grown != NULL)
        *items = grown;
    return grown != NULL;
}

/* Doubles the room. False if out of memory. */
static bool make_room(void)
{
    struct vb_analysis_room room = analysis.room;
    void *steps_ms = room.steps_ms;
    void *spreads_mv = room.spreads_mv;
    void *occurrences = room.occurrences;
    const uint32_t sweeps = room.sweeps == 0 ? ROOM_FIRST : 2 * room.sweeps;
    const uint32_t count = room.occurrence_count == 0 ? ROOM_FIRST : 2 * room.occurrence_count;
    const bool grown = grow(&steps_ms, sweeps, sizeof *room.steps_ms) &&
                       grow(&spreads_mv, sweeps, sizeof *room.spreads_mv) &&
                       grow(&occurrences, count, sizeof *room.occurrences);
    room.steps_ms = steps_ms;
    room.spreads_mv = spreads_mv;
    room.occurrences = occurrences;
    analysis.room = room; /* to be freed even if it did not grow */
    if (!grown)
        return false;
    room.sweeps = sweeps;
    room.occurrence_count = count;
    vb_analysis_set_room(&analysis, &room);
    return true;
}

static void free_room(void)
{
    free(analysis.room.steps_ms);
    free(analysis.room.spreads_mv);
    free(analysis.room.occurrences);
}

/* NULL, or why the recording cannot be analysed. */
static const char *read_all(struct vb_source *source)
{
    const bool shows_progress = isatty(STDERR_FILENO) != 0;
    const bool endless = vb_source_describe(source).endless;
    struct vb_reading reading;
    uint64_t at_ms = 0;
    enum vb_source_result result;
    while ((result = vb_source_next(source, &reading, &at_ms)) == VB_SOURCE_READING) {
        if (vb_analysis_needs_room(&analysis) && !make_room())
            return "out of memory: too many sweeps";
        vb_analysis_take(&analysis, &reading, at_ms);
        if (shows_progress && analysis.sweeps % PROGRESS_SWEEPS == 0)
            (void)fprintf(stderr, "\r%" PRIu32 " sweeps", analysis.sweeps);
        if (vb_analysis_has_enough(&analysis, endless))
            break;
    }
    if (shows_progress && analysis.sweeps >= PROGRESS_SWEEPS)
        (void)fputs("\r\033[K", stderr);
    if (result == VB_SOURCE_FAILED)
        return vb_source_error(source);
    return analysis.sweeps == 0 ? "it contains no readings" : NULL;
}

static int report(const struct request *request, struct vb_source *source)
{
    const struct vb_source_skipped *skipped = vb_source_skipped(source);
    const struct vb_source_description description = vb_source_describe(source);
    if (skipped->count > 0)
        vb_analysis_broken_rows(&analysis, skipped->count, skipped->first_line,
                                skipped->first_reason.text);
    vb_analysis_finish(&analysis);
    if (!request->json)
        vb_analysis_print_text(&analysis, description.text);
    else if (!vb_analysis_print_json(&analysis, request->source, description.text))
        return refuse(request, "out of memory: too many alarms for JSON");
    static const enum vb_exit codes[] = {[VB_VERDICT_WELL] = VB_EXIT_OK,
                                         [VB_VERDICT_ALARM] = VB_EXIT_ALARM,
                                         [VB_VERDICT_NOT_JUDGED] = VB_EXIT_NOT_JUDGED};
    return codes[vb_analysis_verdict(&analysis)];
}

static int analyse(const struct request *request)
{
    const struct vb_source_options options = {.loop = false};
    struct vb_source_error error;
    struct vb_source *source = vb_source_open(request->source, &options, &error);
    if (source == NULL)
        return refuse(request, error.text);
    vb_analysis_init(&analysis, &request->limits);
    const char *reason = read_all(source);
    const int status = reason == NULL ? report(request, source) : refuse(request, reason);
    free_room();
    vb_source_close(source);
    return status;
}

static bool parse_mv(const char *text, uint16_t *mv)
{
    double number = 0;
    if (!vb_parse_number(text, VB_CELL_MV_MAX, &number) || number != floor(number))
        return false;
    *mv = (uint16_t)number;
    return true;
}

static int read_and_run(int argc, char **argv)
{
    static const struct option options[] = {
        {"source", required_argument, NULL, 's'},   {"json", no_argument, NULL, 'j'},
        {"cell-min", required_argument, NULL, 'l'}, {"cell-max", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},           {0}};
    struct request request = {.limits = {VB_ANALYSIS_CELL_MIN_MV, VB_ANALYSIS_CELL_MAX_MV}};
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (got) {
        case 's':
            request.source = optarg;
            break;
        case 'j':
            request.json = true;
            break;
        case 'l':
            if (!parse_mv(optarg, &request.limits.cell_min_mv))
                return vb_usage_error("analyse: --cell-min %s: expected mV, 1 to %d", optarg,
                                      VB_CELL_MV_MAX);
            break;
        case 'm':
            if (!parse_mv(optarg, &request.limits.cell_max_mv))
                return vb_usage_error("analyse: --cell-max %s: expected mV, 1 to %d", optarg,
                                      VB_CELL_MV_MAX);
            break;
        case 'h':
            print_help();
            return VB_EXIT_OK;
        default:
            return vb_option_error("analyse", got, argv);
        }
    }
    if (optind < argc)
        return vb_usage_error("analyse: unexpected argument %s; name the recording with --source",
                              argv[optind]);
    if (request.source == NULL)
        return vb_usage_error("analyse: --source S is missing; see voltbeacon analyse --help");
    if (request.limits.cell_min_mv >= request.limits.cell_max_mv)
        return vb_usage_error("analyse: --cell-min must be below --cell-max");
    return analyse(&request);
}

int vb_command_analyse(int argc, char **argv)
{
    const int status = read_and_run(argc, argv);
    return status == VB_EXIT_USAGE ? VB_EXIT_ANALYSE_USAGE : status;
}
