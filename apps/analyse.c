/* voltbeacon analyse: a recording, as fast as it goes, through statistics, alarms and codec. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "analysis.h"
#include "command.h"
#include "text.h"

enum {
    /* A recording does not bring its owner's limits. The lowest is the battery section's default;
     * the highest allows for what a full pack of healthy cells reads. */
    CELL_MIN_DEFAULT_MV = 2800,
    CELL_MAX_DEFAULT_MV = 4250,
    PROGRESS_SWEEPS = 5000,
    ENDLESS_SWEEPS = 36000 /* of a simulated pack: an hour at ten a second */
};

struct request {
    const char *source;
    bool json;
    struct vb_analysis_limits limits;
};

static struct vb_analysis analysis;

static void print_help(void)
{
    puts(
        "usage: voltbeacon analyse --source S [--json]\n"
        "\n"
        "Reads a recording as fast as it goes and says what it holds: span, sweeps and their real\n"
        "interval, spread, alarms, what was set aside and why, the weakest cells, bits per cell.\n"
        "\n"
        "  --source S     what to read:");
    const char *line;
    for (unsigned i = 0; (line = vb_source_usage(i)) != NULL; i++)
        printf("                   %s\n", line);
    printf("  --json         one line of JSON, for scripts\n"
           "  --cell-min MV  a cell below is too low, default %d\n"
           "  --cell-max MV  a cell above is too high, default %d\n"
           "\n"
           "Exit status: 0 no alarm, 3 an alarm was raised, 1 it cannot be read, 2 wrong usage.\n",
           CELL_MIN_DEFAULT_MV, CELL_MAX_DEFAULT_MV);
}

static bool read_all(struct vb_source *source, const struct request *request)
{
    const bool shows_progress = isatty(STDERR_FILENO) != 0;
    struct vb_reading reading;
    uint64_t at_ms = 0;
    enum vb_source_result result;
    while ((result = vb_source_next(source, &reading, &at_ms)) == VB_SOURCE_READING) {
        if (!vb_analysis_take(&analysis, &request->limits, &reading, at_ms)) {
            vb_failure("analyse: there is no memory for more than %" PRIu32 " sweeps",
                       analysis.sweeps);
            return false;
        }
        if (shows_progress && analysis.sweeps % PROGRESS_SWEEPS == 0)
            (void)fprintf(stderr, "\r%" PRIu32 " sweeps", analysis.sweeps);
        if (analysis.source.endless && analysis.sweeps == ENDLESS_SWEEPS)
            break;
    }
    if (shows_progress && analysis.sweeps >= PROGRESS_SWEEPS)
        (void)fputs("\r\033[K", stderr);
    if (result == VB_SOURCE_FAILED)
        vb_failure("analyse: %s", vb_source_error(source));
    else if (analysis.sweeps == 0)
        vb_failure("analyse: %s holds no reading", request->source);
    return result != VB_SOURCE_FAILED && analysis.sweeps > 0;
}

static int analyse(const struct request *request)
{
    const struct vb_source_options options = {.loop = false};
    struct vb_source_error error;
    struct vb_source *source = vb_source_open(request->source, &options, &error);
    if (source == NULL)
        return vb_failure("analyse: %s", error.text);
    int status = VB_EXIT_FAILED;
    analysis.source = vb_source_describe(source);
    if (read_all(source, request)) {
        vb_analysis_finish(&analysis, vb_source_skipped(source));
        status = analysis.occurrence_count > 0 ? VB_EXIT_ALARM : VB_EXIT_OK;
        if (!request->json)
            vb_analysis_print_text(&analysis);
        else if (!vb_analysis_print_json(&analysis, request->source))
            status = vb_failure("analyse: there is no memory for %" PRIu32 " alarms as JSON",
                                analysis.occurrence_count);
    }
    vb_analysis_free(&analysis);
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

int vb_command_analyse(int argc, char **argv)
{
    static const struct option options[] = {
        {"source", required_argument, NULL, 's'},   {"json", no_argument, NULL, 'j'},
        {"cell-min", required_argument, NULL, 'l'}, {"cell-max", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},           {0}};
    struct request request = {.limits = {CELL_MIN_DEFAULT_MV, CELL_MAX_DEFAULT_MV}};
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
                return vb_usage_error("analyse: --cell-min %s: mV, 1 to %d", optarg,
                                      VB_CELL_MV_MAX);
            break;
        case 'm':
            if (!parse_mv(optarg, &request.limits.cell_max_mv))
                return vb_usage_error("analyse: --cell-max %s: mV, 1 to %d", optarg,
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
        return vb_usage_error("analyse: unexpected word %s", argv[optind]);
    if (request.source == NULL)
        return vb_usage_error("analyse: --source S is missing; see voltbeacon analyse --help");
    if (request.limits.cell_min_mv >= request.limits.cell_max_mv)
        return vb_usage_error("analyse: --cell-min must be below --cell-max");
    return analyse(&request);
}
