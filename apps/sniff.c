/* voltbeacon sniff: prints the frames on the link, one per line, like tcpdump. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "linux/capture/packet_capture.h"
#include "sniff/sniff_line.h"
#include "stop_signal.h"
#include "text.h"

enum { MICROSECONDS = 1000000 };

#define COUNT_MAX 1e9

struct options {
    const char *live;
    const char *from;
    const char *to;
    uint64_t count; /* frames; 0: until the end */
    bool verbose;
    bool without_time;
    bool of_source;
    struct vb_mac source;
};

struct run {
    const struct options *options;
    struct vb_capture *capture;
    struct vb_capture_file *file; /* NULL: lines are printed */
    struct vb_sniff sniff;
    struct vb_sniff_text line;
};

static bool print_line(const struct run *run, uint64_t wall_us)
{
    const time_t seconds = (time_t)(wall_us / MICROSECONDS);
    struct tm local;
    char text[16] = "";
    if (!run->options->without_time && localtime_r(&seconds, &local) != NULL &&
        strftime(text, sizeof text, "%H:%M:%S", &local) > 0)
        printf("%s.%06u ", text, (unsigned)(wall_us % MICROSECONDS));
    return puts(run->line.text) >= 0 && (!run->options->live || fflush(stdout) == 0);
}

/* False if it cannot be written. */
static bool show(struct run *run, const struct vb_sniff_packet *packet)
{
    if (!vb_sniff_line(&run->sniff, packet, &run->line))
        return true;
    return run->file != NULL ? vb_capture_write(run->file) : print_line(run, packet->wall_us);
}

/* Until the end, the count or a signal. Returns an enum vb_exit; reports errors itself. */
static int take_packets(struct run *run)
{
    const struct options *options = run->options;
    char error[VB_CAPTURE_ERROR_SIZE];
    while (!vb_stop_signalled() &&
           (options->count == 0 || run->sniff.counts.shown < options->count)) {
        struct vb_sniff_packet packet;
        switch (vb_capture_next(run->capture, &packet, error)) {
        case VB_CAPTURE_NONE:
            break;
        case VB_CAPTURE_END:
            return VB_EXIT_OK;
        case VB_CAPTURE_FAILED:
            return vb_failure("sniff: %s: %s; everything before it was read",
                              options->from != NULL ? options->from : options->live, error);
        case VB_CAPTURE_PACKET:
            if (!show(run, &packet))
                return vb_failure("sniff: %s cannot be written: %s",
                                  run->file != NULL ? options->to : "the output", strerror(errno));
        }
    }
    return VB_EXIT_OK;
}

static void print_counts(struct run *run)
{
    const struct vb_sniff_counts *counts = &run->sniff.counts;
    const unsigned dropped = vb_capture_dropped(run->capture);
    (void)fprintf(stderr,
                  "%" PRIu64 " packets, %" PRIu64 " frames: %" PRIu64 " of Voltbeacon, %" PRIu64
                  " of Battery-Emulator, %" PRIu64 " of others, %" PRIu64 " damaged\n",
                  counts->packets, counts->shown, counts->ours, counts->emulator, counts->foreign,
                  counts->damaged);
    if (dropped > 0)
        (void)fprintf(stderr, "%u packets were lost because they came too fast\n", dropped);
}

static int run_with(struct run *run)
{
    const struct options *options = run->options;
    char error[VB_CAPTURE_ERROR_SIZE];
    vb_sniff_init(&run->sniff, vb_capture_link(run->capture), options->verbose);
    run->sniff.of_source = options->of_source;
    run->sniff.source = options->source;
    if (options->to != NULL) {
        run->file = vb_capture_write_to(run->capture, options->to, error);
        if (run->file == NULL)
            return vb_start_failure(vb_cause_take(), "sniff: %s", error);
    }
    vb_stop_on_signal();
    if (options->live != NULL)
        (void)fprintf(stderr, "listening on %s; Ctrl-C to stop\n", options->live);
    int status = take_packets(run);
    if (run->file != NULL && !vb_capture_file_close(run->file) && status == VB_EXIT_OK)
        status = vb_failure("sniff: %s cannot be written: %s", options->to, strerror(errno));
    print_counts(run);
    return status;
}

static int run(const struct options *options)
{
    static struct run run;
    char error[VB_CAPTURE_ERROR_SIZE];
    run.options = options;
    run.capture = options->from != NULL ? vb_capture_open_file(options->from, error)
                                        : vb_capture_open_live(options->live, error);
    if (run.capture == NULL)
        return vb_start_failure(vb_cause_take(), "sniff: %s", error);
    const int status = run_with(&run);
    vb_capture_close(run.capture);
    return status;
}

static void print_help(void)
{
    puts("usage: voltbeacon sniff -i LINK | -r FILE [-tv] [-c COUNT] [-w FILE] [src MAC]\n\n"
         "  -i LINK    listen: espnow:INTERFACE, in monitor mode, or udp[:INTERFACE]\n"
         "  -r FILE    read a pcap or pcapng capture instead; - is standard input\n"
         "  -w FILE    write what would be shown to a pcap file, replacing an existing one; - is\n"
         "             standard output. It contains passwords sent in the clear over the link\n"
         "  -c COUNT   stop after this many frames\n"
         "  -t         do not print the time\n"
         "  -v         print every cell, and everything from a Battery-Emulator\n"
         "  src MAC    only frames sent by this device\n\n"
         "Shows frames of Voltbeacon and Battery-Emulator, and that there are others. Prints the\n"
         "counts at the end, on standard error.");
    vb_print_exit_codes();
}

/* "src MAC", like a tcpdump expression. False, with a message, for any other. */
static bool read_expression(int argc, char **argv, struct options *options, int *status)
{
    if (argc == 0)
        return true;
    if (argc == 2 && strcmp(argv[0], "src") == 0 && strlen(argv[1]) == VB_MAC_TEXT_SIZE - 1 &&
        vb_mac_parse(argv[1], VB_MAC_TEXT_SIZE - 1, &options->source)) {
        options->of_source = true;
        return true;
    }
    *status = vb_usage_error("sniff: unknown filter %s; expected \"src MAC\", as in src "
                             "02:1a:2b:3c:4d:5e",
                             argv[0]);
    return false;
}

static bool read_options(int argc, char **argv, struct options *options, int *status)
{
    double count;
    static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":i:r:w:c:tvh", long_options, NULL)) != -1;) {
        if (got == 'i')
            options->live = optarg;
        else if (got == 'r')
            options->from = optarg;
        else if (got == 'w')
            options->to = optarg;
        else if (got == 't')
            options->without_time = true;
        else if (got == 'v')
            options->verbose = true;
        else if (got == 'c' && vb_parse_number(optarg, COUNT_MAX, &count) && count >= 1)
            options->count = (uint64_t)count;
        else {
            *status = VB_EXIT_OK;
            if (got == 'h')
                print_help();
            else if (got == 'c')
                *status = vb_usage_error("sniff: -c %s: expected a number of frames", optarg);
            else
                *status = vb_option_error("sniff", got, argv);
            return false;
        }
    }
    return read_expression(argc - optind, argv + optind, options, status);
}

int vb_command_sniff(int argc, char **argv)
{
    static struct options options; /* must outlive the run */
    int status = VB_EXIT_OK;
    if (!read_options(argc, argv, &options, &status))
        return status;
    if ((options.live == NULL) == (options.from == NULL))
        return vb_usage_error(
            "sniff: expected either -i LINK or -r FILE; see voltbeacon sniff --help");
    return run(&options);
}
