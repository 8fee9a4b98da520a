#include "daemon.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "linux/system/cause.h"
#include "linux/system/device_id.h"
#include "linux/system/host.h"
#include "linux/system/log.h"
#include "text.h"
#include "voltbeacon/core/frame.h"

enum { FRAMES_PER_TURN = 64, COMMIT_DELAY_MS_MAX = 10000 };

/* ---- Signals ---- */

static struct vb_loop *volatile running; /* NULL: it is already ending */

static void on_signal(int number)
{
    struct vb_loop *loop = running;
    (void)number;
    if (loop != NULL)
        vb_loop_stop(loop);
}

/* One loop per process. */
static void stop_on_signal(struct vb_loop *loop)
{
    running = loop;
    if (getenv(VB_DAEMON_OF_DEMO) != NULL)
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a demo that is killed leaves nobody behind */
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- Link and store in the loop ---- */

/* Takes the frames that have arrived, but no more than a turn's worth. */
static void on_link_readable(void *ctx)
{
    struct vb_daemon *daemon = ctx;
    struct vb_link_frame frame;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    for (unsigned i = 0; i < FRAMES_PER_TURN; i++) {
        if (!vb_linux_link_receive(&daemon->link, &frame, bytes))
            return;
        daemon->config.input(daemon->config.ctx, &frame);
    }
}

static void on_store_readable(void *ctx)
{
    vb_sqlite_dispatch(((struct vb_daemon *)ctx)->db);
}

static bool watch(struct vb_daemon *daemon)
{
    for (unsigned i = 0; i < daemon->link.fd_count; i++) {
        if (!vb_loop_watch(daemon->loop, daemon->link.fds[i], on_link_readable, daemon))
            return false;
    }
    return vb_loop_watch(daemon->loop, vb_sqlite_fd(daemon->db), on_store_readable, daemon);
}

void vb_daemon_await_store(struct vb_daemon *daemon, bool (*waits)(const void *ctx),
                           const void *ctx, uint32_t ms_max)
{
    enum { LOOK_MS = 100 };
    const uint32_t begun_ms = vb_now_ms();
    while (waits(ctx) && vb_now_ms() - begun_ms < ms_max) {
        struct pollfd fd = {.fd = vb_sqlite_fd(daemon->db), .events = POLLIN};
        poll(&fd, 1, LOOK_MS);
        vb_sqlite_dispatch(daemon->db);
    }
}

/* ---- Life ---- */

uint32_t vb_daemon_commit_delay_ms(void)
{
    const char *text = getenv("VOLTBEACON_COMMIT_DELAY_MS");
    double delay_ms;
    return text != NULL && vb_parse_number(text, COMMIT_DELAY_MS_MAX, &delay_ms)
               ? (uint32_t)delay_ms
               : 0;
}

bool vb_daemon_open(struct vb_daemon *daemon, const struct vb_daemon_config *config,
                    const struct vb_daemon_options *options, char *error, size_t error_size)
{
    const struct vb_linux_link_options link = {
        .text = options->link, .side = config->side, .open = options->open_link};
    daemon->config = *config;
    if (!vb_linux_link_open(&daemon->link, &link, error, error_size))
        return false;
    daemon->remote_secrets =
        vb_link_may_carry_secrets(&daemon->link.port, options->unsealed_secrets);
    daemon->loop = vb_loop_create();
    if (daemon->loop == NULL) {
        snprintf(error, error_size, "cannot create the event loop; see the log");
        vb_cause_set(VB_CAUSE_SYSTEM);
    }
    return daemon->loop != NULL;
}

bool vb_daemon_open_data(struct vb_daemon *daemon, const struct vb_daemon_options *options,
                         char *error, size_t error_size)
{
    const struct vb_sqlite_options store = {.dir = options->data,
                                            .damage = daemon->config.damage,
                                            .commit_delay_ms = vb_daemon_commit_delay_ms()};
    daemon->db = vb_sqlite_open(&store, error, error_size);
    if (daemon->db == NULL)
        return false;
    daemon->mac = options->mac;
    if (!options->mac_given)
        vb_device_id(daemon->config.role, options->data, vb_sqlite_found(daemon->db), &daemon->mac);
    vb_linux_link_address(&daemon->link, &daemon->mac);
    vb_daemon_log_link(&daemon->link);
    if (!watch(daemon)) {
        snprintf(error, error_size, "cannot set up the event loop; see the log");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    stop_on_signal(daemon->loop);
    return true;
}

void vb_daemon_look_around(struct vb_daemon *daemon)
{
    if (vb_linux_link_look(&daemon->link))
        vb_daemon_log_link(&daemon->link);
    vb_log_tick();
}

void vb_daemon_end_loop(struct vb_daemon *daemon)
{
    if (daemon->control != NULL)
        vb_control_close(daemon->control);
    running = NULL;
    if (daemon->loop != NULL)
        vb_loop_destroy(daemon->loop);
}

void vb_daemon_close(struct vb_daemon *daemon)
{
    vb_linux_link_close(&daemon->link);
    if (daemon->db != NULL)
        vb_sqlite_close(daemon->db);
}
