/* voltbeacon transmitter: options, and the daemon's wiring. */
#include "transmitter.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "command.h"
#include "control_command.h"
#include "daemon.h"
#include "linux/log.h"
#include "linux/random.h"

enum {
    LOOK_AROUND_MS = 2000, /* how often the machine's address and the source are looked at */
    BOOT_COMMIT_MS_MAX = 10000
};

extern char **environ;

/* ---- What the core is told ---- */

static void tell_runtime(struct vb_transmitter_daemon *daemon)
{
    vb_transmitter_runtime(&daemon->core, vb_now_ms(), &daemon->runtime);
}

static void set_flag(struct vb_transmitter_daemon *daemon, uint8_t flag, bool on)
{
    daemon->runtime.flags =
        (uint8_t)(on ? daemon->runtime.flags | flag : daemon->runtime.flags & ~flag);
}

/* ---- What acts on settings ---- */

static void load_values(const struct vb_transmitter_daemon *daemon, uint8_t id, void *values)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&daemon->core, id);
    const struct vb_section *section = vb_section_by_id(id);
    VB_ASSERT(entry != NULL && section != NULL);
    const enum vb_err err = vb_section_decode(section, vb_cache_bytes(&daemon->core.live, entry),
                                              entry->size, values, NULL);
    VB_ASSERT(err == VB_ERR_OK); /* the core commits nothing else */
}

static void apply_mqtt(struct vb_transmitter_daemon *daemon)
{
    struct vb_mqtt_values *values = &daemon->mqtt_values;
    load_values(daemon, VB_SECTION_MQTT, values);
    struct vb_mqtt_settings settings = {
        .enabled = values->enabled, .port = values->port, .keepalive_s = values->keepalive_s};
    snprintf(settings.server, sizeof settings.server, "%s", values->server);
    snprintf(settings.username, sizeof settings.username, "%s", values->username);
    snprintf(settings.prefix, sizeof settings.prefix, "%s", values->prefix);
    snprintf(settings.client_id, sizeof settings.client_id, "%s", values->client_id);
    const uint8_t *mac = daemon->mac.bytes;
    if (values->client_id[0] == '\0')
        snprintf(settings.client_id, sizeof settings.client_id,
                 "voltbeacon-%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                 mac[5]);
    const struct vb_field *password =
        vb_field_by_name(vb_section_by_id(VB_SECTION_MQTT), "password");
    size_t size;
    const uint8_t *text =
        vb_transmitter_secret(&daemon->core, VB_SECTION_MQTT, password->tag, &size);
    if (text != NULL)
        memcpy(settings.password, text, size);
    vb_mqtt_configure(daemon->mqtt, &settings);
    struct vb_mqtt_status status; /* at once, lest the flag speaks of the broker before */
    vb_mqtt_status(daemon->mqtt, &status);
    set_flag(daemon, VB_RUNTIME_MQTT_CONNECTED, status.state == VB_MQTT_CONNECTED);
    tell_runtime(daemon);
}

/* The hook gets the section as VB_NETWORK_<FIELD>; the host's own addresses are never changed by
 * us. */
static void apply_network(const struct vb_transmitter_daemon *daemon)
{
    const char *hook = daemon->options->network_hook;
    if (hook == NULL)
        return;
    const struct vb_section *section = vb_section_by_id(VB_SECTION_NETWORK);
    union vb_values values;
    load_values(daemon, VB_SECTION_NETWORK, &values);
    for (uint8_t i = 0; i < section->field_count; i++) {
        char name[64];
        char value[256];
        snprintf(name, sizeof name, "VB_NETWORK_%s", section->fields[i].name);
        for (char *at = name; *at != '\0'; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        vb_field_format(&section->fields[i], &values, value, sizeof value);
        setenv(name, value, 1);
    }
    pid_t child;
    char *argv[] = {(char[]){"network-hook"}, NULL};
    const int failed = posix_spawn(&child, hook, NULL, NULL, argv, environ);
    if (failed != 0)
        vb_log(VB_LOG_ERROR, "the network hook %s could not be run: %s", hook, strerror(failed));
}

static void apply_can(struct vb_transmitter_daemon *daemon)
{
    struct vb_can_values values;
    load_values(daemon, VB_SECTION_CAN, &values);
    vb_readings_can(daemon, &values);
}

static void apply(struct vb_transmitter_daemon *daemon, uint8_t section)
{
    if (section == VB_SECTION_MQTT)
        apply_mqtt(daemon);
    if (section == VB_SECTION_NETWORK)
        apply_network(daemon);
    if (section == VB_SECTION_TELEMETRY)
        load_values(daemon, VB_SECTION_TELEMETRY, &daemon->telemetry);
    if (section == VB_SECTION_CAN)
        apply_can(daemon);
}

/* ---- In ---- */

static void look_around(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    set_flag(daemon, VB_RUNTIME_ETHERNET_UP, vb_host_ethernet_up());
    set_flag(daemon, VB_RUNTIME_IP_KNOWN, true);
    set_flag(daemon, VB_RUNTIME_SOURCE_OK, vb_readings_live(daemon, vb_now_ms()));
    vb_host_ipv4(daemon->runtime.ip);
    tell_runtime(daemon);
    vb_log_tick();
    vb_loop_timer(daemon->loop, LOOK_AROUND_MS, look_around, daemon);
}

static void on_mqtt_change(void *ctx, const struct vb_mqtt_status *status)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_mqtt_values *values = &daemon->mqtt_values;
    set_flag(daemon, VB_RUNTIME_MQTT_CONNECTED, status->state == VB_MQTT_CONNECTED);
    if (status->state == VB_MQTT_CONNECTED)
        vb_log(VB_LOG_INFO, "connected to the MQTT broker %s:%u", values->server, values->port);
    else if (status->error[0] != '\0')
        vb_log(VB_LOG_WARNING, "MQTT: %s", status->error);
    tell_runtime(daemon);
}

static void on_mqtt_readable(void *ctx)
{
    vb_mqtt_dispatch(((struct vb_transmitter_daemon *)ctx)->mqtt);
}

static void on_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_transmitter_daemon *daemon = ctx;
    vb_transmitter_committed(&daemon->core, vb_now_ms(), token, err);
}

static void on_store_readable(void *ctx)
{
    vb_sqlite_dispatch(((struct vb_transmitter_daemon *)ctx)->db);
}

static enum vb_err on_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                            const uint8_t *bytes, size_t size)
{
    struct vb_transmitter_daemon *daemon = ctx;
    return vb_transmitter_input(&daemon->core, vb_now_ms(), src, dst, bytes, size);
}

static void on_link_readable(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    vb_daemon_receive(daemon->link, on_frame, daemon);
}

/* ---- Out ---- */

static void send_frames(struct vb_transmitter_daemon *daemon)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    for (size_t size; (size = vb_transmitter_output(&daemon->core, vb_now_ms(), &dst, bytes)) > 0;)
        (void)vb_udp_link_send(daemon->link, &dst, bytes, size);
}

static void on_wakeup(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    vb_transmitter_tick(&daemon->core, vb_now_ms());
}

static void after_turn(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    struct vb_event event;
    while (vb_transmitter_event(&daemon->core, &event)) {
        vb_daemon_log_event(&event);
        if (event.type == VB_EVENT_SECTION)
            apply(daemon, event.section);
        if (event.type == VB_EVENT_EDIT)
            vb_transmitter_control_outcome(daemon, &event);
    }
    send_frames(daemon);
    vb_loop_timer(daemon->loop, vb_transmitter_wakeup_ms(&daemon->core, vb_now_ms()), on_wakeup,
                  daemon);
}

/* ---- Life ---- */

static struct vb_metadata_values identity(const struct vb_transmitter_daemon *daemon)
{
    struct vb_metadata_values values = {.firmware_major = VB_BUILD_VERSION_MAJOR,
                                        .firmware_minor = VB_BUILD_VERSION_MINOR,
                                        .firmware_patch = VB_BUILD_VERSION_PATCH};
    vb_mac_format(&daemon->mac, values.mac);
    if (daemon->options->name != NULL)
        snprintf(values.device_name, sizeof values.device_name, "%s", daemon->options->name);
    snprintf(values.device_type, sizeof values.device_type, "TRANSMITTER");
    snprintf(values.environment, sizeof values.environment, "PRODUCTION");
    snprintf(values.build_time, sizeof values.build_time, "%s", VB_BUILD_TIME);
    snprintf(values.git_commit, sizeof values.git_commit, "%s", VB_BUILD_COMMIT);
    vb_host_board(values.board);
    return values;
}

static bool start_core(struct vb_transmitter_daemon *daemon, const struct vb_udp_options *link,
                       char *error, size_t error_size)
{
    const struct vb_metadata_values who = identity(daemon);
    const struct vb_transmitter_config config = {
        .mac = daemon->mac,
        .seed = vb_random_seed_from_system(),
        .store = vb_sqlite_namespace(daemon->db, "transmitter", on_committed, daemon),
        .timing = vb_timing_default,
        .remote_secrets = daemon->options->unsealed_secrets || vb_daemon_link_is_loopback(link),
        .identity = &who,
        .cache_bytes = {daemon->cache_bytes[0], daemon->cache_bytes[1]},
        .cache_size = VB_TRANSMITTER_CACHE_BYTES,
    };
    const enum vb_err err = vb_transmitter_init(&daemon->core, &config, vb_now_ms());
    if (err == VB_ERR_OK)
        return true;
    vb_append(error, 0, error_size,
              "the settings in %s %s; restore a backup of voltbeacon.db there, or move it away to "
              "start with defaults",
              daemon->options->data, vb_err_text(err));
    return false;
}

/* Until this boot is on the disk: whoever finds the control socket finds a transmitter that takes
 * changes. A store that cannot take it is tried again while the daemon runs. */
static void await_boot(struct vb_transmitter_daemon *daemon)
{
    const uint32_t begun_ms = vb_now_ms();
    while (!daemon->core.announced && !daemon->core.commit_retry &&
           vb_now_ms() - begun_ms < BOOT_COMMIT_MS_MAX) {
        struct pollfd fd = {.fd = vb_sqlite_fd(daemon->db), .events = POLLIN};
        poll(&fd, 1, 100);
        vb_sqlite_dispatch(daemon->db);
    }
}

static bool watch(struct vb_transmitter_daemon *daemon)
{
    int fds[2];
    vb_udp_link_fds(daemon->link, fds);
    return vb_loop_watch(daemon->loop, fds[0], on_link_readable, daemon) &&
           vb_loop_watch(daemon->loop, fds[1], on_link_readable, daemon) &&
           vb_loop_watch(daemon->loop, vb_sqlite_fd(daemon->db), on_store_readable, daemon) &&
           vb_loop_watch(daemon->loop, vb_mqtt_fd(daemon->mqtt), on_mqtt_readable, daemon);
}

static bool start(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_transmitter_options *options = daemon->options;
    struct vb_udp_options link;
    const struct vb_sqlite_options store = {.dir = options->data,
                                            .damage = VB_SQLITE_REFUSE,
                                            .commit_delay_ms = vb_daemon_commit_delay_ms()};
    const struct vb_mqtt_options mqtt = {.on_change = on_mqtt_change, .ctx = daemon};
    const struct vb_control_options control = {
        .dir = options->data, .on_request = vb_transmitter_control, .ctx = daemon};
    if (!vb_udp_options_parse(options->link, &link, error, error_size))
        return false;
    daemon->db = vb_sqlite_open(&store, error, error_size);
    if (daemon->db == NULL)
        return false;
    daemon->mac = options->mac;
    if (!options->mac_given)
        vb_host_device_mac("transmitter", options->data, &daemon->mac);
    daemon->link = vb_udp_link_open(&link, VB_UDP_TRANSMITTER, &daemon->mac, error, error_size);
    if (daemon->link == NULL)
        return false;
    daemon->loop = vb_loop_create();
    daemon->mqtt = vb_mqtt_create(&mqtt);
    snprintf(error, error_size, "the event loop could not be made; the log says why");
    if (daemon->loop == NULL || daemon->mqtt == NULL || !watch(daemon))
        return false;
    vb_daemon_stop_on_signal(daemon->loop);
    if (!start_core(daemon, &link, error, error_size))
        return false;
    await_boot(daemon);
    daemon->control = vb_control_open(daemon->loop, &control, error, error_size);
    return daemon->control != NULL && vb_readings_start(daemon, error, error_size);
}

static void stop(struct vb_transmitter_daemon *daemon)
{
    if (daemon->link != NULL && daemon->core.announced) {
        vb_transmitter_goodbye(&daemon->core);
        send_frames(daemon);
    }
    if (daemon->control != NULL)
        vb_control_close(daemon->control);
    if (daemon->mqtt != NULL)
        vb_mqtt_destroy(daemon->mqtt);
    if (daemon->loop != NULL)
        vb_loop_destroy(daemon->loop);
    vb_readings_stop(daemon);
    if (daemon->link != NULL)
        vb_udp_link_close(daemon->link);
    if (daemon->db != NULL)
        vb_sqlite_close(daemon->db);
}

static int run(const struct vb_transmitter_options *options)
{
    static struct vb_transmitter_daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    signal(SIGCHLD, SIG_IGN); /* hooks end by themselves */
    const bool started = start(&daemon, error, sizeof error);
    if (started) {
        vb_mac_format(&daemon.mac, mac);
        vb_log(VB_LOG_INFO, "transmitter %s, settings in %s", mac, options->data);
        apply_mqtt(&daemon);
        load_values(&daemon, VB_SECTION_TELEMETRY, &daemon.telemetry);
        look_around(&daemon);
        vb_loop_after_turn(daemon.loop, after_turn, &daemon);
        vb_loop_run(daemon.loop);
    }
    stop(&daemon);
    return started ? VB_EXIT_OK : vb_usage_error("transmitter: %s", error);
}

static void print_help(void)
{
    puts("usage: voltbeacon transmitter [OPTIONS]\n"
         "       voltbeacon transmitter get|set|status [--data DIR] [ARGUMENTS]\n\n"
         "  --data DIR           where its settings are kept; one device a folder\n"
         "  --link udp[:port=5600,group=127.255.255.255,bind=127.0.0.1]\n"
         "                       where receivers hear it; the default stays on this machine\n"
         "  --source SOURCE      where readings come from (sim):");
    for (unsigned i = 0; vb_source_usage(i) != NULL; i++)
        printf("                         %s\n", vb_source_usage(i));
    printf("                         %s\n", vb_can_source_usage);
    puts("  --speed N            play the source N times as fast\n"
         "  --loop               begin a recording again at its end\n"
         "  --name NAME          its name until the settings say another\n"
         "  --mac MAC            its address on the link (made from this machine and DIR)\n"
         "  --network-hook FILE  program that is run when section network changes\n"
         "  --allow-unsealed-secrets\n"
         "                       let receivers set passwords over a link that others can hear\n"
         "  --log LEVEL          error, warning, info or debug");
}

/* One option. Returns VB_EXIT_OK, or how to end. */
static int take_option(struct vb_transmitter_options *options, int got, char **argv)
{
    enum vb_log_level level;
    switch (got) {
    case 'd':
        if ((size_t)snprintf(options->data, sizeof options->data, "%s", optarg) >=
            sizeof options->data)
            return vb_usage_error("transmitter: --data: the path is too long");
        return VB_EXIT_OK;
    case 'l':
        options->link = optarg;
        return VB_EXIT_OK;
    case 's':
        options->source = optarg;
        return VB_EXIT_OK;
    case 'x':
        if (!vb_parse_number(optarg, 1000, &options->speed))
            return vb_usage_error("transmitter: --speed %s: a number above 0, at most 1000",
                                  optarg);
        return VB_EXIT_OK;
    case 'o':
        options->loop = true;
        return VB_EXIT_OK;
    case 'n':
        options->name = optarg;
        return VB_EXIT_OK;
    case 'k':
        options->network_hook = optarg;
        return VB_EXIT_OK;
    case 'u':
        options->unsealed_secrets = true;
        return VB_EXIT_OK;
    case 'm':
        options->mac_given = vb_mac_parse(optarg, strlen(optarg), &options->mac);
        return options->mac_given
                   ? VB_EXIT_OK
                   : vb_usage_error("transmitter: --mac %s: not of the form 02:1a:2b:3c:4d:5e",
                                    optarg);
    case 'g':
        if (!vb_log_level_parse(optarg, &level))
            return vb_usage_error("transmitter: --log %s: error, warning, info or debug", optarg);
        vb_log_set_level(level);
        return VB_EXIT_OK;
    default:
        return vb_option_error("transmitter", got, argv);
    }
}

int vb_command_transmitter(int argc, char **argv)
{
    static const struct option long_options[] = {{"data", required_argument, NULL, 'd'},
                                                 {"link", required_argument, NULL, 'l'},
                                                 {"source", required_argument, NULL, 's'},
                                                 {"speed", required_argument, NULL, 'x'},
                                                 {"loop", no_argument, NULL, 'o'},
                                                 {"name", required_argument, NULL, 'n'},
                                                 {"mac", required_argument, NULL, 'm'},
                                                 {"network-hook", required_argument, NULL, 'k'},
                                                 {"allow-unsealed-secrets", no_argument, NULL, 'u'},
                                                 {"log", required_argument, NULL, 'g'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {0}};
    static struct vb_transmitter_options options = {.link = "udp", .source = "sim", .speed = 1};
    if (argc > 1 && argv[1][0] != '-')
        return strcmp(argv[1], "get") == 0 || strcmp(argv[1], "set") == 0 ||
                       strcmp(argv[1], "status") == 0
                   ? vb_control_command("transmitter", argc - 1, argv + 1)
                   : vb_usage_error("transmitter: unknown word %s; it knows get, set and status",
                                    argv[1]);
    if (!vb_host_data_dir("transmitter", options.data))
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
        return vb_usage_error("transmitter: unexpected word %s", argv[optind]);
    return run(&options);
}
