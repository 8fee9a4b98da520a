/* The receiver daemon's wiring: what it opens, what comes in, what goes out. */
#include "receiver_daemon.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "command.h"
#include "embed/web_assets.h"
#include "linux/history/history_port.h"
#include "linux/system/host.h"
#include "linux/system/log.h"
#include "linux/system/system_clock.h"
#include "linux/system/system_random.h"
#include "linux/system/time_zone.h"
#include "text.h"
#include "voltbeacon/device/black_box.h"
#include "voltbeacon/pack/alarms.h"

enum { LOOK_AROUND_MS = 1000, LAST_COMMIT_MS_MAX = 2000 };

static const struct vb_receiver_sizes sizes = {.peers = 16,
                                               .edits = 16,
                                               .cache_bytes = 16384,
                                               .ring_readings = 100, /* E3 */
                                               .open_alarms = VB_ALARM_SLOTS,
                                               .box_readings = VB_BLACK_BOX_READINGS,
                                               .box_notes = VB_BLACK_BOX_NOTES};

/* ---- In ---- */

static void answer(struct vb_receiver_daemon *daemon, enum vb_receiver_store store, uint32_t token,
                   enum vb_err err)
{
    const struct vb_clock clock = vb_system_clock();
    if (daemon->running)
        vb_receiver_device_committed(&daemon->device, &clock, store, token, err);
}

static void on_boot_committed(void *ctx, uint32_t token, enum vb_err err)
{
    answer(ctx, VB_RECEIVER_STORE_BOOT, token, err);
}

static void on_settings_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_receiver_daemon *daemon = ctx;
    answer(daemon, VB_RECEIVER_STORE_SETTINGS, token, err);
    if (daemon->web != NULL)
        vb_web_settings_committed(daemon->web, token, err);
}

static void on_cache_committed(void *ctx, uint32_t token, enum vb_err err)
{
    answer(ctx, VB_RECEIVER_STORE_CACHE, token, err);
}

static void on_frame(void *ctx, const struct vb_link_frame *frame)
{
    struct vb_receiver_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    (void)vb_receiver_device_input(&daemon->device, &clock, frame);
}

static void on_wakeup(void *ctx)
{
    const struct vb_clock clock = vb_system_clock();
    vb_receiver_device_tick(&((struct vb_receiver_daemon *)ctx)->device, &clock);
}

static void on_history_state(void *ctx, const struct vb_history_status *status)
{
    struct vb_receiver_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    if (daemon->running)
        vb_receiver_device_history(&daemon->device, &clock, status->state);
}

static void on_history_readable(void *history)
{
    vb_history_dispatch(history);
}

static void on_events_readable(void *events)
{
    vb_event_log_dispatch(events);
}

static void look_around(void *ctx)
{
    struct vb_receiver_daemon *daemon = ctx;
    struct vb_sqlite_counters store;
    uint8_t ip[4];
    vb_daemon_look_around(&daemon->base);
    vb_sqlite_counters(daemon->base.db, &store);
    const bool known = vb_host_ipv4(ip);
    snprintf(daemon->facts.link_scope, sizeof daemon->facts.link_scope, "%s",
             daemon->base.link.scope);
    inet_ntop(AF_INET, ip, daemon->facts.ip, sizeof daemon->facts.ip);
    if (!known)
        daemon->facts.ip[0] = '\0';
    daemon->facts.store_writes = (uint32_t)store.commits;
    daemon->facts.store_failed = (uint32_t)store.failures;
    daemon->facts.store_persistent = store.stored;
    vb_receiver_device_facts(&daemon->device, &daemon->facts);
    vb_event_log_tick(daemon->events, vb_now_ms());
    vb_loop_timer(daemon->base.loop, LOOK_AROUND_MS, look_around, daemon);
}

/* ---- Out ---- */

static void after_turn(void *ctx)
{
    struct vb_receiver_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    vb_receiver_device_output(&daemon->device, &clock);
    vb_web_wake(daemon->web);
    vb_loop_timer(daemon->base.loop, vb_receiver_device_wakeup_ms(&daemon->device, &clock),
                  on_wakeup, daemon);
}

/* ---- Life ---- */

static bool open_events(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_event_log_options options = {.dir = daemon->options->common.data,
                                                 .commit_delay_ms = vb_daemon_commit_delay_ms()};
    daemon->events = vb_event_log_open(&options, error, error_size);
    if (daemon->events == NULL)
        return false;
    vb_event_port_open(&daemon->event_port, daemon->events);
    snprintf(error, error_size, "cannot watch the event log; see the log");
    vb_cause_set(VB_CAUSE_SYSTEM);
    return vb_loop_watch(daemon->base.loop, vb_event_log_fd(daemon->events), on_events_readable,
                         daemon->events);
}

/* The receiver runs without recordings if necessary; the log says why. */
static void open_recordings(struct vb_receiver_daemon *daemon)
{
    char error[VB_ERROR_SIZE];
    const struct vb_recording_folder_options options = {.data_dir = daemon->options->common.data};
    daemon->folder = vb_recording_folder_open(&options, error, sizeof error);
    if (daemon->folder == NULL)
        vb_log(VB_LOG_ERROR, "%s; alerts are not recorded", error);
    else
        daemon->recordings = vb_recording_folder_store(daemon->folder);
}

/* Likewise. */
static void open_history(struct vb_receiver_daemon *daemon)
{
    char error[VB_ERROR_SIZE];
    const struct vb_history_options options = {.dir = daemon->options->common.data,
                                               .settings = vb_history_port_waiting(),
                                               .on_state = on_history_state,
                                               .ctx = daemon,
                                               .prune_rest_ms = VB_HISTORY_PRUNE_REST_MS};
    daemon->history = vb_history_start(&options, error, sizeof error);
    if (daemon->history == NULL) {
        vb_log(VB_LOG_ERROR, "%s; running without history", error);
        return;
    }
    daemon->history_store = vb_history_port_store(daemon->history);
    if (!vb_loop_watch(daemon->base.loop, vb_history_fd(daemon->history), on_history_readable,
                       daemon->history))
        vb_log(VB_LOG_WARNING, "history: pauses will not be reported");
}

static struct vb_receiver_ports ports_of(struct vb_receiver_daemon *daemon)
{
    struct vb_sqlite *db = daemon->base.db;
    return (struct vb_receiver_ports){
        .boot_store = vb_sqlite_namespace(db, "rx_boot", on_boot_committed, daemon),
        .settings_store = vb_sqlite_namespace(db, "rx_config", on_settings_committed, daemon),
        .cache_store = vb_sqlite_namespace(db, "tx_cache", on_cache_committed, daemon),
        .events = &daemon->event_port.store,
        .history = daemon->history == NULL ? NULL : &daemon->history_store,
        .recordings = daemon->folder == NULL ? NULL : &daemon->recordings,
        .link = &daemon->base.link.port,
        .sink = vb_daemon_log_sink(),
        .log = vb_log_device_sink()};
}

/* Before the web server answers: what is cached must be there from the start (A4). */
static bool start_device(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_clock clock = vb_system_clock();
    daemon->facts = (struct vb_host_facts){.firmware = VB_BUILD_VERSION,
                                           .build_time = VB_BUILD_TIME,
                                           .git_commit = VB_BUILD_COMMIT,
                                           .zone_is_known = vb_time_zone_is_known,
                                           .store_persistent = true,
                                           .store_recovered = vb_sqlite_recovered(daemon->base.db)};
    snprintf(daemon->facts.link_scope, sizeof daemon->facts.link_scope, "%s",
             daemon->base.link.scope);
    const struct vb_receiver_ports ports = ports_of(daemon);
    daemon->memory = malloc(vb_receiver_device_bytes(&sizes));
    snprintf(error, error_size, "out of memory");
    vb_cause_set(VB_CAUSE_SYSTEM);
    /* Without its settings' store it would silently run on defaults. */
    if (daemon->memory == NULL || ports.boot_store == NULL || ports.settings_store == NULL ||
        ports.cache_store == NULL)
        return false;
    const struct vb_receiver_device_config config = {
        .mac = daemon->base.mac,
        .seed = vb_random_seed_from_system(),
        .timing = vb_timing_default,
        .remote_secrets = daemon->base.remote_secrets,
        .sizes = sizes,
        .memory = daemon->memory,
        .ports = ports,
        .facts = daemon->facts,
        .policy = {.hosts = daemon->options->hosts, .host_count = daemon->options->host_count}};
    vb_receiver_device_init(&daemon->device, &config, &clock);
    daemon->running = true;
    return true;
}

static bool start_web(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const char *http = vb_web_address_choose(
        daemon->options->http, vb_receiver_device_web_port(&daemon->device), daemon->own_address);
    daemon->address = http;
    const struct vb_web_options options = {.pages = vb_web_pages};
    daemon->facts.open_to_network = !vb_web_is_loopback(http);
    vb_receiver_device_facts(&daemon->device, &daemon->facts);
    daemon->web = vb_web_start(daemon->base.loop, &daemon->device.api, &daemon->device.push, http,
                               &options, error, error_size);
    return daemon->web != NULL;
}

static bool start(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_receiver_options *options = daemon->options;
    const struct vb_daemon_config config = {.role = "receiver",
                                            .side = VB_LINK_RECEIVER,
                                            .damage = VB_SQLITE_MOVE_ASIDE,
                                            .input = on_frame,
                                            .ctx = daemon};
    const struct vb_control_options control = {
        .dir = options->common.data, .on_request = vb_receiver_control, .ctx = daemon};
    vb_history_port_prepare();
    /* Before anything is touched: a refused start must not count as a boot. */
    if (options->http != NULL &&
        !vb_web_address_check(options->http, options->insecure, error, error_size))
        return false;
    if (!vb_daemon_open(&daemon->base, &config, &options->common, error, error_size) ||
        !vb_daemon_open_data(&daemon->base, &options->common, error, error_size) ||
        !open_events(daemon, error, error_size))
        return false;
    open_recordings(daemon);
    open_history(daemon);
    if (!start_device(daemon, error, error_size))
        return false;
    daemon->base.control = vb_control_open(daemon->base.loop, &control, error, error_size);
    return daemon->base.control != NULL && start_web(daemon, error, error_size);
}

static bool cache_is_unwritten(const void *device)
{
    return vb_receiver_device_is_writing(device);
}

static void stop(struct vb_receiver_daemon *daemon)
{
    const struct vb_clock clock = vb_system_clock();
    if (daemon->running) {
        vb_receiver_device_stop(&daemon->device, &clock);
        vb_daemon_await_store(&daemon->base, cache_is_unwritten, &daemon->device,
                              LAST_COMMIT_MS_MAX);
    }
    if (daemon->web != NULL)
        vb_web_stop(daemon->web);
    vb_daemon_end_loop(&daemon->base);
    vb_web_destroy(daemon->web);
    vb_recording_folder_close(daemon->folder);
    vb_event_port_close(&daemon->event_port);
    vb_event_log_close(daemon->events);
    vb_history_stop(daemon->history);
    vb_daemon_close(&daemon->base);
    free(daemon->memory);
}

static void print_address(const struct vb_receiver_daemon *daemon)
{
    char url[VB_WEB_URL_SIZE];
    vb_web_address_url(daemon->address, vb_web_port(daemon->web), url);
    puts(url);
    fflush(stdout);
}

int vb_receiver_run(const struct vb_receiver_options *options)
{
    static struct vb_receiver_daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    const bool started = start(&daemon, error, sizeof error);
    const enum vb_cause cause = vb_cause_take();
    bool ended = false;
    if (started) {
        vb_mac_format(&daemon.base.mac, mac);
        vb_log(VB_LOG_INFO, "receiver %s, cache in %s, pages on port %u", mac, options->common.data,
               vb_web_port(daemon.web));
        print_address(&daemon);
        look_around(&daemon);
        vb_loop_after_turn(daemon.base.loop, after_turn, &daemon);
        ended = vb_loop_run(daemon.base.loop);
    }
    stop(&daemon);
    if (!started)
        return vb_start_failure(cause, "receiver: %s", error);
    return ended ? VB_EXIT_OK : VB_CAUSE_SOFTWARE;
}
