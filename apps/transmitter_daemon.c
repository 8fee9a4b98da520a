/* The transmitter daemon's lifecycle: what it opens, and how events of the loop reach the
 * device. */
#include "transmitter_daemon.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "build_info.h"
#include "command.h"
#include "linux/system/boot_words.h"
#include "linux/system/host.h"
#include "linux/system/log.h"
#include "linux/system/network_hook.h"
#include "linux/system/system_clock.h"
#include "linux/system/system_random.h"
#include "text.h"

enum {
    LOOK_AROUND_MS = 2000, /* how often this machine's addresses are checked */
    BOOT_COMMIT_MS_MAX = 10000,
    LAST_COMMIT_MS_MAX = 2000, /* for a change made just before the end */
    /* Nothing acknowledges a goodbye. Where one frame in ten is lost, one stop in a thousand is
     * only noticed by its silence, instead of one in ten. */
    GOODBYES = 3,
    GOODBYES_APART_MS = 20
};

/* ---- What the device is lent ---- */

static void on_network(void *ctx, const struct vb_network_values *values)
{
    const struct vb_transmitter_daemon *daemon = ctx;
    vb_network_hook_run(daemon->options->network_hook, values);
}

/* ---- In ---- */

static void look_around(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    uint8_t ip[4];
    const bool known = vb_host_ipv4(ip);
    vb_transmitter_device_address(&daemon->device, &clock, vb_host_ethernet_up(),
                                  known ? ip : NULL);
    vb_daemon_look_around(&daemon->base);
    vb_loop_timer(daemon->base.loop, LOOK_AROUND_MS, look_around, daemon);
}

static void on_mqtt_change(void *ctx, const struct vb_mqtt_status *status)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    if (status->state == VB_MQTT_CONNECTED)
        vb_log(VB_LOG_INFO, "connected to the MQTT broker %s:%u", status->server, status->port);
    else if (status->error[0] != '\0')
        vb_log(VB_LOG_WARNING, "MQTT: %s", status->error);
    if (daemon->opened)
        vb_transmitter_device_broker(&daemon->device, &clock);
}

static void on_mqtt_readable(void *ctx)
{
    vb_mqtt_dispatch(((struct vb_transmitter_daemon *)ctx)->mqtt);
}

static void on_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    vb_transmitter_device_committed(&daemon->device, &clock, token, err);
}

static void on_frame(void *ctx, const struct vb_link_frame *frame)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    (void)vb_transmitter_device_input(&daemon->device, &clock, frame);
}

static void on_reading(void *ctx, const struct vb_reading *reading)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    vb_transmitter_device_reading(&daemon->device, &clock, reading);
}

static void on_wakeup(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    const bool booted = daemon->device.booted;
    vb_transmitter_device_tick(&daemon->device, &clock);
    if (daemon->device.booted && !booted)
        vb_log(VB_LOG_INFO, "the settings can be read now: starting the transmitter");
}

static void after_turn(void *ctx)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_clock clock = vb_system_clock();
    vb_transmitter_device_output(&daemon->device, &clock);
    vb_transmitter_console_look(&daemon->console);
    vb_loop_timer(daemon->base.loop, vb_transmitter_device_wakeup_ms(&daemon->device, &clock),
                  on_wakeup, daemon);
}

/* ---- Life ---- */

static struct vb_metadata_values identity(const struct vb_transmitter_daemon *daemon)
{
    struct vb_metadata_values values = {.firmware_major = VB_BUILD_VERSION_MAJOR,
                                        .firmware_minor = VB_BUILD_VERSION_MINOR,
                                        .firmware_patch = VB_BUILD_VERSION_PATCH};
    vb_mac_format(&daemon->base.mac, values.mac);
    memcpy(values.device_name, daemon->options->name, sizeof values.device_name);
    snprintf(values.device_type, sizeof values.device_type, "TRANSMITTER");
    snprintf(values.environment, sizeof values.environment, "%s", VB_BUILD_ENVIRONMENT);
    snprintf(values.build_time, sizeof values.build_time, "%s", VB_BUILD_TIME);
    snprintf(values.git_commit, sizeof values.git_commit, "%s", VB_BUILD_COMMIT);
    vb_host_board(values.board);
    return values;
}

static bool boot(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_metadata_values who = identity(daemon);
    const struct vb_clock clock = vb_system_clock();
    const struct vb_transmitter_config core = {
        .mac = daemon->base.mac,
        .seed = vb_random_seed_from_system(),
        .store = vb_sqlite_namespace(daemon->base.db, "transmitter", on_committed, daemon),
        .timing = vb_timing_default,
        .remote_secrets = daemon->base.remote_secrets,
        .identity = &who,
        .cache_bytes = {daemon->cache_bytes[0], daemon->cache_bytes[1]},
        .cache_size = VB_TRANSMITTER_CACHE_BYTES,
        .scratch = daemon->scratch,
    };
    if (core.store == NULL) {
        snprintf(error, error_size, "out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    daemon->broker = vb_mqtt_broker(daemon->mqtt);
    daemon->network = (struct vb_network){.ctx = daemon, .apply = on_network};
    daemon->sink = vb_daemon_log_sink();
    const struct vb_transmitter_device_config config = {
        .core = &core,
        .link = &daemon->base.link.port,
        .broker = &daemon->broker,
        .source = vb_live_source_port(daemon->source),
        .network = daemon->options->network_hook == NULL ? NULL : &daemon->network,
        .sink = &daemon->sink};
    const enum vb_err err = vb_transmitter_device_init(&daemon->device, &config, &clock);
    daemon->opened = vb_transmitter_device_goes_on(err);
    if (err != VB_ERR_OK)
        vb_boot_words(err, daemon->options->common.data, error, error_size);
    if (daemon->opened && err != VB_ERR_OK)
        vb_log(VB_LOG_ERROR, "%s", error);
    return daemon->opened;
}

static bool boot_is_unwritten(const void *device)
{
    return vb_transmitter_device_is_booting(device);
}

static bool start_source(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_transmitter_options *options = daemon->options;
    const struct vb_live_source_options source = {.text = options->source,
                                                  .repeat = options->loop,
                                                  .speed = options->speed,
                                                  .loop = daemon->base.loop,
                                                  .on_reading = on_reading,
                                                  .ctx = daemon};
    struct vb_source_error why;
    daemon->source = vb_live_source_open(&source, &why);
    if (daemon->source == NULL) {
        snprintf(error, error_size, "--source: %s", why.text);
        vb_cause_set(vb_cause_of_source(&why));
    }
    return daemon->source != NULL;
}

static bool start(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_transmitter_options *options = daemon->options;
    const struct vb_daemon_config config = {.role = "transmitter",
                                            .side = VB_LINK_TRANSMITTER,
                                            .damage = VB_SQLITE_REFUSE,
                                            .input = on_frame,
                                            .ctx = daemon};
    const struct vb_mqtt_options mqtt = {.on_change = on_mqtt_change, .ctx = daemon};
    const struct vb_control_options control = {
        .dir = options->common.data, .on_request = vb_transmitter_control, .ctx = daemon};
    /* A link or source that is none is refused before there is a data folder. */
    if (!vb_daemon_open(&daemon->base, &config, &options->common, error, error_size) ||
        !start_source(daemon, error, error_size) ||
        !vb_daemon_open_data(&daemon->base, &options->common, error, error_size))
        return false;
    daemon->mqtt = vb_mqtt_create(&mqtt);
    if (daemon->mqtt == NULL ||
        !vb_loop_watch(daemon->base.loop, vb_mqtt_fd(daemon->mqtt), on_mqtt_readable, daemon)) {
        snprintf(error, error_size, "cannot start MQTT; see the log");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    if (!boot(daemon, error, error_size))
        return false;
    /* Once the control socket is there, the transmitter takes changes. If the store cannot take
     * this boot, the daemon runs and keeps trying. */
    vb_daemon_await_store(&daemon->base, boot_is_unwritten, &daemon->device, BOOT_COMMIT_MS_MAX);
    daemon->base.control = vb_control_open(daemon->base.loop, &control, error, error_size);
    return daemon->base.control != NULL;
}

static bool change_is_under_way(const void *console)
{
    return vb_transmitter_console_waits(console);
}

/* Clients waiting for the outcome of a change get an answer, if need be that it is unknown. */
static void end_changes(struct vb_transmitter_daemon *daemon)
{
    vb_daemon_await_store(&daemon->base, change_is_under_way, &daemon->console, LAST_COMMIT_MS_MAX);
    vb_transmitter_console_end(&daemon->console);
    const struct vb_clock clock = vb_system_clock();
    vb_transmitter_device_output(&daemon->device, &clock);
}

static void say_goodbye(struct vb_transmitter_daemon *daemon)
{
    const struct timespec apart = {.tv_nsec = GOODBYES_APART_MS * 1000000L};
    for (int i = 0; i < GOODBYES; i++) {
        if (i > 0)
            (void)nanosleep(&apart, NULL); /* a signal may shorten it */
        const struct vb_clock clock = vb_system_clock();
        vb_transmitter_device_goodbye(&daemon->device);
        vb_transmitter_device_output(&daemon->device, &clock);
    }
}

static void stop(struct vb_transmitter_daemon *daemon)
{
    if (daemon->opened) {
        end_changes(daemon);
        say_goodbye(daemon);
    }
    if (daemon->mqtt != NULL)
        vb_mqtt_destroy(daemon->mqtt);
    vb_daemon_end_loop(&daemon->base);
    vb_live_source_close(daemon->source);
    vb_daemon_close(&daemon->base);
}

int vb_transmitter_run(const struct vb_transmitter_options *options)
{
    static struct vb_transmitter_daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    vb_transmitter_console_init(&daemon.console, &daemon.device.core, &daemon.device.booted,
                                daemon.console_text, sizeof daemon.console_text,
                                vb_transmitter_control_answer, &daemon);
    signal(SIGCHLD, SIG_IGN); /* hooks are not waited for */
    const bool started = start(&daemon, error, sizeof error);
    const enum vb_cause cause = vb_cause_take();
    bool ended = false;
    if (started) {
        vb_mac_format(&daemon.base.mac, mac);
        vb_log(VB_LOG_INFO, "transmitter %s, settings in %s", mac, options->common.data);
        look_around(&daemon);
        vb_loop_after_turn(daemon.base.loop, after_turn, &daemon);
        ended = vb_loop_run(daemon.base.loop);
    }
    stop(&daemon);
    if (!started)
        return vb_start_failure(cause, "transmitter: %s", error);
    return ended ? VB_EXIT_OK : VB_CAUSE_SOFTWARE;
}
