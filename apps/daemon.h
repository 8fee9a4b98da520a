/* Shared by both daemons: the store, the link and the loop that they open, and what they log. Two
 * files: their lifecycle (daemon.c), and the log (daemon_report.c). */
#ifndef VOLTBEACON_APPS_DAEMON_H
#define VOLTBEACON_APPS_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon_options.h"
#include "linux/control/control_socket.h"
#include "linux/link/linux_link.h"
#include "linux/loop/loop.h"
#include "linux/store/sqlite_store.h"
#include "voltbeacon/device/sink.h"

/* Set in the environment of daemons started by a demo. */
#define VB_DAEMON_OF_DEMO "VOLTBEACON_DEMO"

typedef void (*vb_frame_input_fn)(void *ctx, const struct vb_link_frame *frame);

/* How the two differ. */
struct vb_daemon_config {
    const char *role; /* "receiver": part of what its address is derived from */
    enum vb_link_side side;
    enum vb_sqlite_damage damage;
    vb_frame_input_fn input; /* every frame of the link, once the loop runs */
    void *ctx;
};

/* Zeroed before opening. */
struct vb_daemon {
    struct vb_daemon_config config;
    struct vb_sqlite *db;
    struct vb_linux_link link;
    struct vb_loop *loop;
    struct vb_control *control; /* NULL until the daemon opens it: it then takes requests at once */
    struct vb_mac mac;
    bool remote_secrets; /* nobody else hears the link, or the user allows it */
};

/* ---- daemon.c ---- */

/* Opens link and loop without touching the data folder, so that a refused start leaves nothing
 * behind. On failure returns false with the reason in error; the last two functions below must
 * still be called. */
VB_MUST_USE bool vb_daemon_open(struct vb_daemon *daemon, const struct vb_daemon_config *config,
                                const struct vb_daemon_options *options, char *error,
                                size_t error_size);
/* Then the data folder: the store, and this device's identity. From now on SIGINT and SIGTERM stop
 * the loop. Fails as above. */
VB_MUST_USE bool vb_daemon_open_data(struct vb_daemon *daemon,
                                     const struct vb_daemon_options *options, char *error,
                                     size_t error_size);
/* At the end, in this order: everything in the loop is closed between the two. */
void vb_daemon_end_loop(struct vb_daemon *daemon);
void vb_daemon_close(struct vb_daemon *daemon);

/* Processes the store's answers while no loop runs, until waits() is false or ms_max is over. */
void vb_daemon_await_store(struct vb_daemon *daemon, bool (*waits)(const void *ctx),
                           const void *ctx, uint32_t ms_max);

/* An artificial delay of the store: $VOLTBEACON_COMMIT_DELAY_MS, for tests and measurements; else
 * 0. */
uint32_t vb_daemon_commit_delay_ms(void);

/* Checks where the link reaches; call every second or two. */
void vb_daemon_look_around(struct vb_daemon *daemon);

/* ---- daemon_report.c ---- */

/* Logs where the link listens. */
void vb_daemon_log_link(const struct vb_linux_link *link);
/* Logs a device's events and does nothing else: they can be dropped. Needs no context. */
struct vb_sink vb_daemon_log_sink(void);

#endif
