/* voltbeacon receiver: options, and the daemon's wiring. */
#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "command.h"
#include "control_command.h"
#include "daemon.h"
#include "linux/control_socket.h"
#include "linux/host.h"
#include "linux/log.h"
#include "linux/loop.h"
#include "linux/random.h"
#include "linux/sqlite_store.h"
#include "linux/udp_link.h"
#include "linux/web_assets.h"
#include "linux/web_server.h"
#include "receiver_history.h"
#include "receiver_watch.h"
#include "voltbeacon/api.h"
#include "voltbeacon/push.h"
#include "voltbeacon/receiver.h"
#include "voltbeacon/settings.h"

enum {
    PEERS_MAX = 16, /* transmitters followed */
    PEER_CACHE_BYTES = 16384,
    RING_READINGS = 100, /* E3 */
    EDITS_MAX = 16,
    HOSTS_MAX = 8,
    LOOK_AROUND_MS = 1000,
    BOOT_COMMIT_MS_MAX = 10000,
    LAST_COMMIT_MS_MAX = 2000
};

struct options {
    char data[VB_HOST_PATH_SIZE];
    const char *http; /* NULL: the settings say */
    const char *link;
    const char *hosts[HOSTS_MAX];
    uint8_t host_count;
    struct vb_mac mac;
    bool mac_given;
    bool insecure;
    bool unsealed_secrets;
};

struct daemon {
    const struct options *options;
    struct vb_loop *loop;
    struct vb_sqlite *db;
    struct vb_udp_link *link;
    struct vb_control *control;
    struct vb_web *web;
    struct vb_mac mac;
    uint16_t epoch;
    enum vb_err boot_result;
    bool boot_answered;
    bool watching;
    bool history_paused;
    bool started;
    struct vb_settings settings;
    struct vb_receiver core;
    struct vb_api api;
    struct vb_push push;
    struct vb_watch watch;
    struct vb_host_facts facts;
    struct receiver_history history;
    struct vb_peer peers[PEERS_MAX];
    struct vb_edit edits[EDITS_MAX];
    struct vb_reading readings[PEERS_MAX * RING_READINGS];
    uint8_t cache_bytes[PEERS_MAX * PEER_CACHE_BYTES];
    uint8_t assembly[VB_SECTION_BYTES_MAX];
};

/* ---- Its own settings ---- */

static struct vb_receiver_values own_values(const struct daemon *daemon)
{
    struct vb_receiver_values values;
    vb_settings_values(&daemon->settings, VB_SECTION_RECEIVER, &values);
    return values;
}

static void on_settings_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct daemon *daemon = ctx;
    vb_settings_committed(&daemon->settings, token, err);
    if (!daemon->started)
        return;
    const struct vb_receiver_values values = own_values(daemon);
    vb_receiver_settings(&daemon->core, vb_now_ms(), values.persist_cache, values.adopt_new);
    receiver_history_settings(&daemon->history);
    vb_web_settings_committed(daemon->web, token, err);
    vb_watch_settings(&daemon->watch);
    vb_push_receiver(&daemon->push);
    vb_web_wake(daemon->web);
}

/* ---- Waiting for the store, where no loop runs ---- */

static void await_store(struct daemon *daemon, bool (*waits)(const struct daemon *),
                        uint32_t ms_max)
{
    const uint32_t begun_ms = vb_now_ms();
    while (waits(daemon) && vb_now_ms() - begun_ms < ms_max) {
        struct pollfd fd = {.fd = vb_sqlite_fd(daemon->db), .events = POLLIN};
        poll(&fd, 1, 100);
        vb_sqlite_dispatch(daemon->db);
    }
}

static bool boot_unanswered(const struct daemon *daemon)
{
    return !daemon->boot_answered;
}

static bool cache_unwritten(const struct daemon *daemon)
{
    return daemon->core.committing;
}

/* ---- The boot counter ---- */

static void on_boot_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct daemon *daemon = ctx;
    (void)token;
    daemon->boot_answered = true;
    daemon->boot_result = err;
}

/* Counts this boot, durably, before anything is sent. A store that cannot take it costs the count,
 * not the start. */
static void count_boot(struct daemon *daemon)
{
    const struct vb_store *store =
        vb_sqlite_namespace(daemon->db, "rx_boot", on_boot_committed, daemon);
    uint8_t bytes[2] = {0};
    const int size = store->get(store->ctx, "epoch", bytes, sizeof bytes);
    const unsigned last = size == sizeof bytes ? bytes[0] | (unsigned)bytes[1] << 8
                                               : (uint16_t)vb_random_seed_from_system();
    daemon->epoch = (uint16_t)(last + 1);
    bytes[0] = (uint8_t)daemon->epoch;
    bytes[1] = (uint8_t)(daemon->epoch >> 8);
    store->put(store->ctx, "epoch", bytes, sizeof bytes);
    store->commit(store->ctx, 1);
    await_store(daemon, boot_unanswered, BOOT_COMMIT_MS_MAX);
    if (!daemon->boot_answered || daemon->boot_result != VB_ERR_OK)
        vb_log(VB_LOG_ERROR,
               "the store in %s cannot be written: settings are not kept. Is the disk full?",
               daemon->options->data);
}

/* ---- In ---- */

static void on_cache_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct daemon *daemon = ctx;
    vb_receiver_committed(&daemon->core, vb_now_ms(), token, err);
}

static void on_store_readable(void *ctx)
{
    vb_sqlite_dispatch(((struct daemon *)ctx)->db);
}

static enum vb_err on_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                            const uint8_t *bytes, size_t size)
{
    struct daemon *daemon = ctx;
    return vb_receiver_input(&daemon->core, vb_now_ms(), src, dst, bytes, size);
}

static void on_link_readable(void *ctx)
{
    struct daemon *daemon = ctx;
    vb_daemon_receive(daemon->link, on_frame, daemon);
}

static void on_wakeup(void *ctx)
{
    vb_receiver_tick(&((struct daemon *)ctx)->core, vb_now_ms());
}

static void look_around(void *ctx)
{
    struct daemon *daemon = ctx;
    struct vb_sqlite_counters store;
    uint8_t ip[4];
    vb_sqlite_counters(daemon->db, &store);
    vb_host_ipv4(ip);
    inet_ntop(AF_INET, ip, daemon->facts.ip, sizeof daemon->facts.ip);
    const bool changed =
        daemon->facts.store_writes != store.commits || daemon->facts.store_failed != store.failures;
    daemon->facts.store_writes = (uint32_t)store.commits;
    daemon->facts.store_failed = (uint32_t)store.failures;
    if (changed)
        vb_push_receiver(&daemon->push);
    vb_log_tick();
    vb_loop_timer(daemon->loop, LOOK_AROUND_MS, look_around, daemon);
}

/* A pause and its end are worth remembering: they explain a gap. */
static void keep_history_state(struct daemon *daemon, const struct vb_history_status *status)
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
    struct daemon *daemon = ctx;
    if (!daemon->started)
        return;
    keep_history_state(daemon, status);
    vb_push_receiver(&daemon->push);
    vb_web_wake(daemon->web);
}

/* ---- Out ---- */

static void after_turn(void *ctx)
{
    struct daemon *daemon = ctx;
    struct vb_event event;
    while (vb_receiver_event(&daemon->core, &event)) {
        vb_daemon_log_event(&event);
        vb_push_event(&daemon->push, &event);
        vb_watch_event(&daemon->watch, &event);
        receiver_history_event(&daemon->history, &event);
    }
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    for (size_t size; (size = vb_receiver_output(&daemon->core, vb_now_ms(), &dst, bytes)) > 0;)
        (void)vb_udp_link_send(daemon->link, &dst, bytes, size);
    vb_web_wake(daemon->web);
    vb_loop_timer(daemon->loop, vb_receiver_wakeup_ms(&daemon->core, vb_now_ms()), on_wakeup,
                  daemon);
}

static void on_control(void *ctx, uint64_t request, const char *line)
{
    struct daemon *daemon = ctx;
    char text[8192];
    if (strcmp(line, "status") != 0) {
        vb_control_reply(daemon->control, request,
                         "error the receiver knows status alone; its settings have a page");
        return;
    }
    const struct vb_receiver *core = &daemon->core;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&daemon->mac, mac);
    size_t length = vb_append(text, 0, sizeof text, "mac=%s\nepoch=%u\nuptime_s=%u\nhttp_port=%u\n",
                              mac, daemon->epoch, core->uptime_s, vb_web_port(daemon->web));
    length = vb_append(
        text, length, sizeof text, "store_commits=%u\nstore_failures=%u\nevents_dropped=%u\n",
        daemon->facts.store_writes, daemon->facts.store_failed, core->events.dropped);
    for (unsigned err = 0; err < VB_ERR_COUNT; err++) {
        if (core->refused[err] > 0)
            length = vb_append(text, length, sizeof text, "refused_%u=%u %s\n", err,
                               core->refused[err], vb_err_text((enum vb_err)(-(int)err)));
    }
    for (int refusal = 0; refusal < VB_WEB_REFUSAL_COUNT; refusal++) {
        const uint32_t count = vb_web_refused(daemon->web, (enum vb_web_refusal)refusal);
        if (count > 0)
            length = vb_append(text, length, sizeof text, "web_refused_%d=%u %s\n", refusal, count,
                               vb_web_refusal_name((enum vb_web_refusal)refusal));
    }
    vb_daemon_link_status(daemon->link, text, length, sizeof text);
    vb_control_reply(daemon->control, request, text);
}

/* ---- Life ---- */

static void start_core(struct daemon *daemon, const struct vb_udp_options *link)
{
    const struct vb_receiver_values values = own_values(daemon);
    const struct vb_receiver_config config = {
        .mac = daemon->mac,
        .seed = vb_random_seed_from_system(),
        .epoch = daemon->epoch,
        .store = vb_sqlite_namespace(daemon->db, "tx_cache", on_cache_committed, daemon),
        .timing = vb_timing_default,
        .persist = values.persist_cache,
        .adopt_new = values.adopt_new,
        .remote_secrets = daemon->options->unsealed_secrets || vb_daemon_link_is_loopback(link),
        .peers = daemon->peers,
        .cache_bytes = daemon->cache_bytes,
        .readings = daemon->readings,
        .edits = daemon->edits,
        .assembly = daemon->assembly,
        .cache_size = PEER_CACHE_BYTES,
        .ring_capacity = RING_READINGS,
        .peer_count = PEERS_MAX,
        .edit_count = EDITS_MAX,
    };
    vb_receiver_init(&daemon->core, &config, vb_now_ms());
}

static void start_api(struct daemon *daemon)
{
    daemon->facts = (struct vb_host_facts){.firmware = VB_BUILD_VERSION,
                                           .build_time = VB_BUILD_TIME,
                                           .git_commit = VB_BUILD_COMMIT,
                                           .store_persistent = true,
                                           .store_recovered = vb_sqlite_recovered(daemon->db)};
    daemon->api = (struct vb_api){
        .receiver = &daemon->core,
        .settings = &daemon->settings,
        .facts = &daemon->facts,
        .policy = {.hosts = daemon->options->hosts, .host_count = daemon->options->host_count}};
    vb_push_init(&daemon->push, &daemon->api);
}

static bool start_watch(struct daemon *daemon, char *error, size_t error_size)
{
    const struct vb_watch_options options = {.data_dir = daemon->options->data,
                                             .commit_delay_ms = vb_daemon_commit_delay_ms(),
                                             .loop = daemon->loop,
                                             .push = &daemon->push,
                                             .core = &daemon->core,
                                             .settings = &daemon->settings};
    daemon->watching = vb_watch_start(&daemon->watch, &options, error, error_size);
    if (daemon->watching)
        vb_watch_serve(&daemon->watch, &daemon->api);
    return daemon->watching;
}

static bool start_web(struct daemon *daemon, char *error, size_t error_size)
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
    daemon->web =
        vb_web_start(daemon->loop, &daemon->api, &daemon->push, http, &options, error, error_size);
    return daemon->web != NULL;
}

static bool watch(struct daemon *daemon)
{
    int fds[2];
    vb_udp_link_fds(daemon->link, fds);
    return vb_loop_watch(daemon->loop, fds[0], on_link_readable, daemon) &&
           vb_loop_watch(daemon->loop, fds[1], on_link_readable, daemon) &&
           vb_loop_watch(daemon->loop, vb_sqlite_fd(daemon->db), on_store_readable, daemon);
}

static bool start(struct daemon *daemon, char *error, size_t error_size)
{
    const struct options *options = daemon->options;
    struct vb_udp_options link;
    const struct vb_sqlite_options store = {.dir = options->data,
                                            .damage = VB_SQLITE_MOVE_ASIDE,
                                            .commit_delay_ms = vb_daemon_commit_delay_ms()};
    const struct vb_control_options control = {
        .dir = options->data, .on_request = on_control, .ctx = daemon};
    if (!vb_udp_options_parse(options->link, &link, error, error_size))
        return false;
    receiver_history_prepare();
    daemon->db = vb_sqlite_open(&store, error, error_size);
    if (daemon->db == NULL)
        return false;
    daemon->mac = options->mac;
    if (!options->mac_given)
        vb_host_device_mac("receiver", options->data, &daemon->mac);
    daemon->link = vb_udp_link_open(&link, VB_UDP_RECEIVER, &daemon->mac, error, error_size);
    if (daemon->link == NULL)
        return false;
    daemon->loop = vb_loop_create();
    snprintf(error, error_size, "the event loop could not be made; the log says why");
    if (daemon->loop == NULL)
        return false;
    vb_daemon_stop_on_signal(daemon->loop);
    count_boot(daemon);
    vb_settings_init(&daemon->settings,
                     vb_sqlite_namespace(daemon->db, "rx_config", on_settings_committed, daemon));
    start_core(daemon, &link); /* the cache is loaded before the web server answers (A4) */
    start_api(daemon);
    receiver_history_start(&daemon->history, &daemon->api, daemon->loop, options->data,
                           on_history_state, daemon);
    daemon->control = vb_control_open(daemon->loop, &control, error, error_size);
    daemon->started = daemon->control != NULL && start_watch(daemon, error, error_size) &&
                      start_web(daemon, error, error_size) && watch(daemon);
    return daemon->started;
}

/* What the cache would have written within the next 2 s (A12) is written now. */
static void flush_cache(struct daemon *daemon)
{
    vb_receiver_flush(&daemon->core, vb_now_ms());
    await_store(daemon, cache_unwritten, LAST_COMMIT_MS_MAX);
}

static void stop(struct daemon *daemon)
{
    if (daemon->started)
        flush_cache(daemon);
    if (daemon->web != NULL)
        vb_web_stop(daemon->web);
    if (daemon->control != NULL)
        vb_control_close(daemon->control);
    if (daemon->loop != NULL)
        vb_loop_destroy(daemon->loop);
    vb_web_destroy(daemon->web);
    if (daemon->watching)
        vb_watch_stop(&daemon->watch);
    receiver_history_stop(&daemon->history);
    if (daemon->link != NULL)
        vb_udp_link_close(daemon->link);
    if (daemon->db != NULL)
        vb_sqlite_close(daemon->db);
}

static void print_address(const struct daemon *daemon)
{
    const char *http = daemon->options->http;
    const char *colon = http == NULL ? NULL : strrchr(http, ':');
    const int length = colon == NULL ? 0 : (int)(colon - http);
    printf("http://%.*s:%u/\n", colon == NULL ? 9 : length, colon == NULL ? "127.0.0.1" : http,
           vb_web_port(daemon->web));
    fflush(stdout);
}

static int run(const struct options *options)
{
    static struct daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    const bool started = start(&daemon, error, sizeof error);
    if (started) {
        vb_mac_format(&daemon.mac, mac);
        vb_log(VB_LOG_INFO, "receiver %s, cache in %s, pages on port %u", mac, options->data,
               vb_web_port(daemon.web));
        print_address(&daemon);
        look_around(&daemon);
        vb_loop_after_turn(daemon.loop, after_turn, &daemon);
        vb_loop_run(daemon.loop);
    }
    stop(&daemon);
    return started ? VB_EXIT_OK : vb_usage_error("receiver: %s", error);
}

static void print_help(void)
{
    puts("usage: voltbeacon receiver [OPTIONS]\n"
         "       voltbeacon receiver status [--data DIR]\n\n"
         "  --data DIR           where its cache and settings are kept; one device a folder\n"
         "  --http ADDRESS:PORT  where the pages are served (127.0.0.1:8080)\n"
         "  --link udp[:port=5600,group=127.255.255.255,bind=127.0.0.1]\n"
         "                       where transmitters are heard; the default stays on this machine\n"
         "  --host NAME          accept requests for this host name too; may be repeated\n"
         "  --mac MAC            its address on the link (made from this machine and DIR)\n"
         "  --insecure-no-login  serve an address that others can reach, without a login\n"
         "  --allow-unsealed-secrets\n"
         "                       send passwords over a link that others can hear\n"
         "  --log LEVEL          error, warning, info or debug");
}

/* One option. Returns VB_EXIT_OK, or how to end. */
static int take_option(struct options *options, int got, char **argv)
{
    enum vb_log_level level;
    switch (got) {
    case 'd':
        if ((size_t)snprintf(options->data, sizeof options->data, "%s", optarg) >=
            sizeof options->data)
            return vb_usage_error("receiver: --data: the path is too long");
        return VB_EXIT_OK;
    case 'p':
        options->http = optarg;
        return VB_EXIT_OK;
    case 'l':
        options->link = optarg;
        return VB_EXIT_OK;
    case 't':
        if (options->host_count == HOSTS_MAX)
            return vb_usage_error("receiver: --host: at most %d names", HOSTS_MAX);
        options->hosts[options->host_count++] = optarg;
        return VB_EXIT_OK;
    case 'i':
        options->insecure = true;
        return VB_EXIT_OK;
    case 'u':
        options->unsealed_secrets = true;
        return VB_EXIT_OK;
    case 'm':
        options->mac_given = vb_mac_parse(optarg, strlen(optarg), &options->mac);
        return options->mac_given
                   ? VB_EXIT_OK
                   : vb_usage_error("receiver: --mac %s: not of the form 02:1a:2b:3c:4d:5e",
                                    optarg);
    case 'g':
        if (!vb_log_level_parse(optarg, &level))
            return vb_usage_error("receiver: --log %s: error, warning, info or debug", optarg);
        vb_log_set_level(level);
        return VB_EXIT_OK;
    default:
        return vb_option_error("receiver", got, argv);
    }
}

int vb_command_receiver(int argc, char **argv)
{
    static const struct option long_options[] = {{"data", required_argument, NULL, 'd'},
                                                 {"http", required_argument, NULL, 'p'},
                                                 {"link", required_argument, NULL, 'l'},
                                                 {"host", required_argument, NULL, 't'},
                                                 {"mac", required_argument, NULL, 'm'},
                                                 {"insecure-no-login", no_argument, NULL, 'i'},
                                                 {"allow-unsealed-secrets", no_argument, NULL, 'u'},
                                                 {"log", required_argument, NULL, 'g'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {0}};
    static struct options options = {.link = "udp"};
    if (argc > 1 && argv[1][0] != '-')
        return strcmp(argv[1], "status") == 0
                   ? vb_control_command("receiver", argc - 1, argv + 1)
                   : vb_usage_error("receiver: unknown word %s; it knows status", argv[1]);
    if (!vb_host_data_dir("receiver", options.data))
        return vb_failure("the path of the data folder is too long; name one with --data DIR");
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (got == 'h') {
            print_help();
            return VB_EXIT_OK;
        }
        const int status = take_option(&options, got, argv);
        if (status != VB_EXIT_OK)
            return status;
    }
    if (optind < argc)
        return vb_usage_error("receiver: unexpected word %s", argv[optind]);
    return run(&options);
}
