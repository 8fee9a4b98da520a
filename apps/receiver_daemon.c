/* The receiver daemon's life: what it opens, what comes in, what goes out. */
#include "receiver_daemon.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "command.h"
#include "embed/web_assets.h"
#include "linux/system/host.h"
#include "linux/system/log.h"
#include "linux/system/system_random.h"
#include "text.h"

enum { LOOK_AROUND_MS = 1000, BOOT_COMMIT_MS_MAX = 10000, LAST_COMMIT_MS_MAX = 2000 };

/* ---- Its own settings ---- */

static struct vb_receiver_values own_values(const struct vb_receiver_daemon *daemon)
{
    struct vb_receiver_values values;
    vb_settings_values(&daemon->settings, VB_SECTION_RECEIVER, &values);
    return values;
}

static void on_settings_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_receiver_daemon *daemon = ctx;
    vb_settings_committed(&daemon->settings, token, err);
    if (!daemon->started)
        return;
    const struct vb_receiver_values values = own_values(daemon);
    vb_receiver_settings(&daemon->core, vb_now_ms(), values.persist_cache, values.adopt_new);
    vb_receiver_history_settings(&daemon->history);
    vb_web_settings_committed(daemon->web, token, err);
    vb_watch_settings(&daemon->watch);
    vb_push_receiver(&daemon->push);
    vb_web_wake(daemon->web);
}

/* ---- The boot counter ---- */

static void on_boot_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_receiver_daemon *daemon = ctx;
    (void)token;
    daemon->boot_answered = true;
    daemon->boot_result = err;
}

static bool boot_is_unanswered(const void *daemon)
{
    return !((const struct vb_receiver_daemon *)daemon)->boot_answered;
}

/* Counts this boot, durably, before anything is sent. A store that cannot take it costs the count,
 * not the start. */
static void count_boot(struct vb_receiver_daemon *daemon)
{
    const struct vb_store *store =
        vb_sqlite_namespace(daemon->base.db, "rx_boot", on_boot_committed, daemon);
    uint8_t bytes[2] = {0};
    const int size = store->get(store->ctx, "epoch", bytes, sizeof bytes);
    const unsigned last = size == sizeof bytes ? bytes[0] | (unsigned)bytes[1] << 8
                                               : (uint16_t)vb_random_seed_from_system();
    daemon->epoch = (uint16_t)(last + 1);
    bytes[0] = (uint8_t)daemon->epoch;
    bytes[1] = (uint8_t)(daemon->epoch >> 8);
    store->put(store->ctx, "epoch", bytes, sizeof bytes);
    store->commit(store->ctx, 1);
    vb_daemon_await_store(&daemon->base, boot_is_unanswered, daemon, BOOT_COMMIT_MS_MAX);
    if (!daemon->boot_answered || daemon->boot_result != VB_ERR_OK)
        vb_log(VB_LOG_ERROR,
               "the store in %s cannot be written: settings are not kept. Is the disk full?",
               daemon->options->common.data);
}

/* ---- In ---- */

static void on_cache_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_receiver_daemon *daemon = ctx;
    vb_receiver_committed(&daemon->core, vb_now_ms(), token, err);
}

static enum vb_err on_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                            const uint8_t *bytes, size_t size)
{
    struct vb_receiver_daemon *daemon = ctx;
    return vb_receiver_input(&daemon->core, vb_now_ms(), src, dst, bytes, size);
}

static void on_wakeup(void *ctx)
{
    vb_receiver_tick(&((struct vb_receiver_daemon *)ctx)->core, vb_now_ms());
}

static void look_around(void *ctx)
{
    struct vb_receiver_daemon *daemon = ctx;
    struct vb_sqlite_counters store;
    uint8_t ip[4];
    vb_sqlite_counters(daemon->base.db, &store);
    vb_host_ipv4(ip);
    inet_ntop(AF_INET, ip, daemon->facts.ip, sizeof daemon->facts.ip);
    const bool changed =
        daemon->facts.store_writes != store.commits || daemon->facts.store_failed != store.failures;
    daemon->facts.store_writes = (uint32_t)store.commits;
    daemon->facts.store_failed = (uint32_t)store.failures;
    if (changed)
        vb_push_receiver(&daemon->push);
    vb_log_tick();
    vb_loop_timer(daemon->base.loop, LOOK_AROUND_MS, look_around, daemon);
}

/* A pause and its end are worth remembering: they explain a gap. */
static void keep_history_state(struct vb_receiver_daemon *daemon,
                               const struct vb_history_status *status)
{
    const bool paused = status->state == VB_HISTORY_PAUSED;
    if (paused == daemon->history_paused)
        return;
    daemon->history_paused = paused;
    if (paused)
        vb_watch_state(&daemon->watch, NULL, VB_STATE_HISTORY_PAUSED, VB_ALARM_WARNING,
                       "The history cannot be written and is paused. Is the disk full?");
    else
        vb_watch_state(&daemon->watch, NULL, VB_STATE_HISTORY_RESUMED, VB_ALARM_INFO,
                       "The history is written again.");
}

static void on_history_state(void *ctx, const struct vb_history_status *status)
{
    struct vb_receiver_daemon *daemon = ctx;
    if (!daemon->started)
        return;
    keep_history_state(daemon, status);
    vb_push_receiver(&daemon->push);
    vb_web_wake(daemon->web);
}

/* ---- Out ---- */

static void after_turn(void *ctx)
{
    struct vb_receiver_daemon *daemon = ctx;
    struct vb_event event;
    while (vb_receiver_event(&daemon->core, &event)) {
        vb_daemon_log_event(&event);
        vb_push_event(&daemon->push, &event);
        vb_watch_event(&daemon->watch, &event);
        vb_receiver_history_event(&daemon->history, &event);
    }
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    for (size_t size; (size = vb_receiver_output(&daemon->core, vb_now_ms(), &dst, bytes)) > 0;)
        (void)vb_udp_link_send(daemon->base.link, &dst, bytes, size);
    vb_web_wake(daemon->web);
    vb_loop_timer(daemon->base.loop, vb_receiver_wakeup_ms(&daemon->core, vb_now_ms()), on_wakeup,
                  daemon);
}

/* ---- Life ---- */

static void start_core(struct vb_receiver_daemon *daemon)
{
    const struct vb_receiver_values values = own_values(daemon);
    const struct vb_receiver_config config = {
        .mac = daemon->base.mac,
        .seed = vb_random_seed_from_system(),
        .epoch = daemon->epoch,
        .store = vb_sqlite_namespace(daemon->base.db, "tx_cache", on_cache_committed, daemon),
        .timing = vb_timing_default,
        .persist = values.persist_cache,
        .adopt_new = values.adopt_new,
        .remote_secrets = daemon->base.remote_secrets,
        .peers = daemon->peers,
        .cache_bytes = daemon->cache_bytes,
        .readings = daemon->readings,
        .edits = daemon->edits,
        .assembly = daemon->assembly,
        .cache_size = VB_RECEIVER_PEER_CACHE_BYTES,
        .ring_capacity = VB_RECEIVER_RING_READINGS,
        .peer_count = VB_RECEIVER_PEERS_MAX,
        .edit_count = VB_RECEIVER_EDITS_MAX,
    };
    vb_receiver_init(&daemon->core, &config, vb_now_ms());
}

static void start_api(struct vb_receiver_daemon *daemon)
{
    daemon->facts = (struct vb_host_facts){.firmware = VB_BUILD_VERSION,
                                           .build_time = VB_BUILD_TIME,
                                           .git_commit = VB_BUILD_COMMIT,
                                           .store_persistent = true,
                                           .store_recovered = vb_sqlite_recovered(daemon->base.db)};
    daemon->api = (struct vb_api){
        .receiver = &daemon->core,
        .settings = &daemon->settings,
        .facts = &daemon->facts,
        .policy = {.hosts = daemon->options->hosts, .host_count = daemon->options->host_count}};
    vb_push_init(&daemon->push, &daemon->api);
}

static bool start_watch(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_watch_options options = {.data_dir = daemon->options->common.data,
                                             .commit_delay_ms = vb_daemon_commit_delay_ms(),
                                             .loop = daemon->base.loop,
                                             .push = &daemon->push,
                                             .core = &daemon->core,
                                             .settings = &daemon->settings};
    daemon->watching = vb_watch_start(&daemon->watch, &options, error, error_size);
    if (daemon->watching)
        vb_watch_serve(&daemon->watch, &daemon->api);
    return daemon->watching;
}

static bool start_web(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    char address[64];
    const char *http = daemon->options->http;
    if (http == NULL) {
        snprintf(address, sizeof address, "127.0.0.1:%u", own_values(daemon).web_port);
        http = address;
    }
    if (!vb_web_is_loopback(http) && !daemon->options->insecure) {
        snprintf(error, error_size,
                 "--http %s: anybody who reaches that address could change settings, for there is "
                 "no login yet; use 127.0.0.1, or say --insecure-no-login",
                 http);
        return false;
    }
    const struct vb_web_options options = {.assets = vb_web_assets,
                                           .asset_count = vb_web_asset_count};
    daemon->web = vb_web_start(daemon->base.loop, &daemon->api, &daemon->push, http, &options,
                               error, error_size);
    return daemon->web != NULL;
}

static bool start(struct vb_receiver_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_receiver_options *options = daemon->options;
    const struct vb_daemon_config config = {.role = "receiver",
                                            .side = VB_UDP_RECEIVER,
                                            .damage = VB_SQLITE_MOVE_ASIDE,
                                            .input = on_frame,
                                            .ctx = daemon};
    const struct vb_control_options control = {
        .dir = options->common.data, .on_request = vb_receiver_control, .ctx = daemon};
    vb_receiver_history_prepare();
    if (!vb_daemon_open(&daemon->base, &config, &options->common, error, error_size))
        return false;
    count_boot(daemon);
    vb_settings_init(&daemon->settings, vb_sqlite_namespace(daemon->base.db, "rx_config",
                                                            on_settings_committed, daemon));
    start_core(daemon); /* the cache is loaded before the web server answers (A4) */
    start_api(daemon);
    vb_receiver_history_start(&daemon->history, &daemon->api, daemon->base.loop,
                              options->common.data, on_history_state, daemon);
    daemon->base.control = vb_control_open(daemon->base.loop, &control, error, error_size);
    daemon->started = daemon->base.control != NULL && start_watch(daemon, error, error_size) &&
                      start_web(daemon, error, error_size);
    return daemon->started;
}

static bool cache_is_unwritten(const void *core)
{
    return ((const struct vb_receiver *)core)->committing;
}

/* What the cache would have written within the next 2 s (A12) is written now. */
static void flush_cache(struct vb_receiver_daemon *daemon)
{
    vb_receiver_flush(&daemon->core, vb_now_ms());
    vb_daemon_await_store(&daemon->base, cache_is_unwritten, &daemon->core, LAST_COMMIT_MS_MAX);
}

static void stop(struct vb_receiver_daemon *daemon)
{
    if (daemon->started)
        flush_cache(daemon);
    if (daemon->web != NULL)
        vb_web_stop(daemon->web);
    vb_daemon_end_loop(&daemon->base);
    vb_web_destroy(daemon->web);
    if (daemon->watching)
        vb_watch_stop(&daemon->watch);
    vb_receiver_history_stop(&daemon->history);
    vb_daemon_close(&daemon->base);
}

static void print_address(const struct vb_receiver_daemon *daemon)
{
    const char *http = daemon->options->http;
    const char *colon = http == NULL ? NULL : strrchr(http, ':');
    const int length = colon == NULL ? 0 : (int)(colon - http);
    printf("http://%.*s:%u/\n", colon == NULL ? 9 : length, colon == NULL ? "127.0.0.1" : http,
           vb_web_port(daemon->web));
    fflush(stdout);
}

int vb_receiver_run(const struct vb_receiver_options *options)
{
    static struct vb_receiver_daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    const bool started = start(&daemon, error, sizeof error);
    if (started) {
        vb_mac_format(&daemon.base.mac, mac);
        vb_log(VB_LOG_INFO, "receiver %s, cache in %s, pages on port %u", mac, options->common.data,
               vb_web_port(daemon.web));
        print_address(&daemon);
        look_around(&daemon);
        vb_loop_after_turn(daemon.base.loop, after_turn, &daemon);
        vb_loop_run(daemon.base.loop);
    }
    stop(&daemon);
    return started ? VB_EXIT_OK : vb_usage_error("receiver: %s", error);
}
