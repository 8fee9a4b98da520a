/* voltbeacon bridge: joins two links, so that a Wi-Fi stick in the garage serves a server in the
 * cellar. */
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "bridge/frame_bridge.h"
#include "command.h"
#include "linux/bridge/bridge_end.h"
#include "linux/loop/loop.h"
#include "stop_signal.h"
#include "text.h"

enum { FRAMES_PER_TURN = 64, LOOK_MS = 1000, FDS_MAX = VB_BRIDGE_SIDES * VB_BRIDGE_END_FDS_MAX };

struct run {
    struct vb_bridge bridge;
    struct vb_bridge_end ends[VB_BRIDGE_SIDES];
    uint64_t not_sent[VB_BRIDGE_SIDES]; /* by the side it came from */
};

static void say_scope(const struct vb_bridge_end *end)
{
    (void)fprintf(stderr, "%s: listens %s%s\n", end->text, vb_linux_link_on(&end->links[0]),
                  end->links[0].scope);
}

static void carry(struct run *run, unsigned side)
{
    struct vb_link_frame frame;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    for (unsigned i = 0; i < FRAMES_PER_TURN; i++) {
        if (!vb_bridge_end_receive(&run->ends[side], &frame, bytes))
            return;
        const struct vb_bridge_frame heard = {
            .src = &frame.src, .dst = &frame.dst, .bytes = frame.bytes, .size = frame.size};
        const enum vb_bridge_verdict verdict =
            vb_bridge_input(&run->bridge, vb_now_ms(), side, &heard);
        if (verdict == VB_BRIDGE_CARRIED && !vb_bridge_end_send(&run->ends[1 - side], &frame))
            run->not_sent[side]++;
    }
}

static int take_turns(struct run *run)
{
    struct pollfd fds[FDS_MAX];
    int numbers[VB_BRIDGE_END_FDS_MAX];
    nfds_t count = 0;
    for (unsigned side = 0; side < VB_BRIDGE_SIDES; side++) {
        const unsigned of_end = vb_bridge_end_fds(&run->ends[side], numbers);
        for (unsigned i = 0; i < of_end; i++)
            fds[count++] = (struct pollfd){.fd = numbers[i], .events = POLLIN};
    }
    uint32_t looked_ms = vb_now_ms();
    while (!vb_stop_signalled()) {
        (void)poll(fds, count, LOOK_MS);
        carry(run, 0);
        carry(run, 1);
        if (vb_now_ms() - looked_ms < LOOK_MS)
            continue;
        looked_ms = vb_now_ms();
        for (unsigned side = 0; side < VB_BRIDGE_SIDES; side++) {
            if (vb_bridge_end_look(&run->ends[side]))
                say_scope(&run->ends[side]);
        }
    }
    return VB_EXIT_OK;
}

static void print_counts(const struct run *run)
{
    for (unsigned side = 0; side < VB_BRIDGE_SIDES; side++) {
        (void)fprintf(stderr, "from %s:", run->ends[side].text);
        const char *gap = " ";
        for (int verdict = 0; verdict < VB_BRIDGE_VERDICT_COUNT; verdict++) {
            const uint64_t frames = run->bridge.counts[side][verdict];
            if (frames > 0 || verdict == VB_BRIDGE_CARRIED) {
                (void)fprintf(stderr, "%s%" PRIu64 " %s", gap, frames,
                              vb_bridge_verdict_text((enum vb_bridge_verdict)verdict));
                gap = "; ";
            }
        }
        if (run->not_sent[side] > 0)
            (void)fprintf(stderr, "; %" PRIu64 " of them refused by the other link",
                          run->not_sent[side]);
        (void)fputc('\n', stderr);
    }
}

static int join(struct run *run)
{
    const char *refused = vb_bridge_refuses(run->ends[0].links[0].port.frame_bytes_max,
                                            run->ends[1].links[0].port.frame_bytes_max);
    if (refused != NULL)
        return vb_start_failure(VB_CAUSE_CONFIG, "bridge: %s", refused);
    vb_bridge_init(&run->bridge);
    vb_stop_on_signal();
    say_scope(&run->ends[0]);
    say_scope(&run->ends[1]);
    const int status = take_turns(run);
    print_counts(run);
    return status;
}

static int open_and_join(char *const links[VB_BRIDGE_SIDES], bool open)
{
    static struct run run;
    char error[VB_ERROR_SIZE];
    if (!vb_bridge_end_open(&run.ends[0], links[0], open, error, sizeof error))
        return vb_start_failure(vb_cause_take(), "bridge: %s", error);
    int status;
    if (vb_bridge_end_open(&run.ends[1], links[1], open, error, sizeof error)) {
        status = join(&run);
        vb_bridge_end_close(&run.ends[1]);
    } else {
        status = vb_start_failure(vb_cause_take(), "bridge: %s", error);
    }
    vb_bridge_end_close(&run.ends[0]);
    return status;
}

static void print_help(void)
{
    puts("usage: voltbeacon bridge LINK LINK [--insecure-open-link]\n\n"
         "Joins two links: frames heard on either are sent on the other, once, unchanged.\n"
         "Transmitters and receivers may be on both. Prints what was carried and what was not at\n"
         "the end.\n\n"
         "  LINK                 espnow:INTERFACE[,rate=1,channel=N], or\n"
         "                       udp[:port=5600,group=ADDRESS,bind=ADDRESS]\n"
         "  --insecure-open-link let other machines hear the links, as for the daemons");
    vb_print_exit_codes();
}

int vb_command_bridge(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"insecure-open-link", no_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool open = false;
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (got == 'h') {
            print_help();
            return VB_EXIT_OK;
        }
        if (got != 'o')
            return vb_option_error("bridge", got, argv);
        open = true;
    }
    if (argc - optind != VB_BRIDGE_SIDES)
        return vb_usage_error("bridge: expected two links, as in espnow:wlan1 udp; see voltbeacon "
                              "bridge --help");
    if (vb_bridge_ends_same(argv[optind], argv[optind + 1]))
        return vb_usage_error("bridge: %s and %s are the same link, or share a port", argv[optind],
                              argv[optind + 1]);
    return open_and_join(argv + optind, open);
}
