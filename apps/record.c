/* voltbeacon record: any source of readings into a recording, at its own pace or as fast as
 * possible. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "linux/loop/loop.h"
#include "sources/source.h"
#include "stop_signal.h"
#include "text.h"
#include "voltbeacon/device/source_recorder.h"

#define SECONDS_MAX (10 * 366 * 86400.0)

struct options {
    const char *source;
    const char *out;
    double seconds; /* 0: until the source ends */
    bool fast;      /* as fast as possible */
};

struct record {
    const struct options *options;
    struct vb_source *source;
    FILE *file;
    struct vb_source_excerpt excerpt;
    struct vb_recorder recorder;
    struct vb_reading reading;
    char text[VB_RECORDER_TEXT_BYTES];
};

static uint64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wait_until(uint64_t at_ms)
{
    const struct timespec at = {.tv_sec = (time_t)(at_ms / 1000),
                                .tv_nsec = (long)(at_ms % 1000) * 1000000};
    while (!vb_stop_signalled() &&
           clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

static bool write_text(struct record *record, size_t size)
{
    return fwrite(record->text, 1, size, record->file) == size;
}

/* Until the source ends, the time is up or a signal arrives. Returns an enum vb_exit; reports
 * errors itself. */
static int take_readings(struct record *record)
{
    const struct options *options = record->options;
    const uint64_t started_ms = monotonic_ms();
    uint64_t at_ms;
    while (!vb_stop_signalled()) {
        const enum vb_source_result result =
            vb_source_next(record->source, &record->reading, &at_ms);
        if (result == VB_SOURCE_FAILED)
            return vb_failure("record: %s; readings up to then are kept",
                              vb_source_error(record->source));
        if (result == VB_SOURCE_END || !vb_recorder_wants(&record->recorder, at_ms))
            return VB_EXIT_OK;
        if (!options->fast)
            wait_until(started_ms + at_ms);
        if (!vb_stop_signalled() &&
            !write_text(record, vb_recorder_reading(&record->recorder, &record->reading, at_ms,
                                                    record->text)))
            return vb_failure("record: cannot write %s: %s", options->out, strerror(errno));
    }
    return VB_EXIT_OK;
}

/* Never overwrites a file. NULL, with a message and the cause set, if it cannot be created. */
static FILE *create_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
        vb_failure("record: cannot create %s: %s%s", path, strerror(errno),
                   errno == EEXIST ? "; choose another with --out" : "");
    }
    return file;
}

static bool finish(struct record *record)
{
    const bool written = write_text(record, vb_recorder_end(&record->recorder, record->text));
    const bool kept = written && fflush(record->file) == 0 && fsync(fileno(record->file)) == 0;
    return fclose(record->file) == 0 && kept;
}

static int run(const struct options *options)
{
    static struct record record;
    const struct vb_source_options source = {.loop = false};
    struct vb_source_error why;
    record.options = options;
    record.excerpt = vb_source_excerpt_of(options->source);
    vb_recorder_init(&record.recorder, record.excerpt.text, (uint64_t)(options->seconds * 1000),
                     vb_wall_ms());
    record.source = vb_source_open(options->source, &source, &why);
    if (record.source == NULL)
        return vb_start_failure(vb_cause_of_source(&why), "record: --source: %s", why.text);
    if (options->fast && options->seconds <= 0 && vb_source_describe(record.source).endless) {
        vb_source_close(record.source);
        return vb_usage_error("record: a simulated pack never ends; --fast needs --seconds");
    }
    record.file = create_file(options->out);
    if (record.file == NULL) {
        vb_source_close(record.source);
        return (int)vb_cause_take();
    }
    vb_stop_on_signal();
    int status = take_readings(&record);
    if (!finish(&record) && status == VB_EXIT_OK)
        status = vb_failure("record: cannot write %s: %s", options->out, strerror(errno));
    vb_source_close(record.source);
    if (status == VB_EXIT_OK)
        printf("%s: %" PRIu32 " readings\n", options->out, record.recorder.readings);
    return status;
}

static void print_help(void)
{
    puts("usage: voltbeacon record --source SOURCE --out FILE [OPTIONS]\n\n"
         "  --source SOURCE      what to record:");
    for (unsigned i = 0; vb_source_usage(i) != NULL; i++)
        vb_print_indented(25, vb_source_usage(i));
    puts("  --out FILE           file to create; it must not exist yet\n"
         "  --seconds N          how much of it (until it ends, or Ctrl-C)\n"
         "  --fast               do not wait: as fast as possible, with the original times\n\n"
         "A receiver records what a transmitter sends: POST /api/v1/recordings, see docs/api.md.");
    vb_print_exit_codes();
}

int vb_command_record(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"source", required_argument, NULL, 's'},  {"out", required_argument, NULL, 'o'},
        {"seconds", required_argument, NULL, 'n'}, {"fast", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},          {0}};
    static struct options options; /* must outlive the recording */
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (got == 'h') {
            print_help();
            return VB_EXIT_OK;
        }
        if (got == 's')
            options.source = optarg;
        else if (got == 'o')
            options.out = optarg;
        else if (got == 'f')
            options.fast = true;
        else if (got != 'n')
            return vb_option_error("record", got, argv);
        else if (!vb_parse_number(optarg, SECONDS_MAX, &options.seconds))
            return vb_usage_error("record: --seconds %s: expected a number above 0", optarg);
    }
    if (optind < argc)
        return vb_usage_error("record: unexpected argument %s; name the source with --source",
                              argv[optind]);
    if (options.source == NULL || options.out == NULL)
        return vb_usage_error("record: %s is missing; see voltbeacon record --help",
                              options.source == NULL ? "--source" : "--out");
    return run(&options);
}
