/* The transmitter daemon's life: what it opens, what comes in, what goes out. */
#include "transmitter_daemon.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "command.h"
#include "linux/system/host.h"
#include "linux/system/log.h"
#include "linux/system/system_random.h"
#include "text.h"

enum {
    LOOK_AROUND_MS = 2000, /* how often the machine's address and the source are looked at */
    BOOT_COMMIT_MS_MAX = 10000
};

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

void vb_transmitter_tell_mqtt(struct vb_transmitter_daemon *daemon, bool connected)
{
    set_flag(daemon, VB_RUNTIME_MQTT_CONNECTED, connected);
    tell_runtime(daemon);
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
    vb_loop_timer(daemon->base.loop, LOOK_AROUND_MS, look_around, daemon);
}

static void on_mqtt_change(void *ctx, const struct vb_mqtt_status *status)
{
    struct vb_transmitter_daemon *daemon = ctx;
    const struct vb_mqtt_values *values = &daemon->mqtt_values;
    if (status->state == VB_MQTT_CONNECTED)
        vb_log(VB_LOG_INFO, "connected to the MQTT broker %s:%u", values->server, values->port);
    else if (status->error[0] != '\0')
        vb_log(VB_LOG_WARNING, "MQTT: %s", status->error);
    vb_transmitter_tell_mqtt(daemon, status->state == VB_MQTT_CONNECTED);
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

static enum vb_err on_frame(void *ctx, const struct vb_mac *src, const struct vb_mac *dst,
                            const uint8_t *bytes, size_t size)
{
    struct vb_transmitter_daemon *daemon = ctx;
    return vb_transmitter_input(&daemon->core, vb_now_ms(), src, dst, bytes, size);
}

/* ---- Out ---- */

static void send_frames(struct vb_transmitter_daemon *daemon)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    for (size_t size; (size = vb_transmitter_output(&daemon->core, vb_now_ms(), &dst, bytes)) > 0;)
        (void)vb_udp_link_send(daemon->base.link, &dst, bytes, size);
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
            vb_transmitter_apply(daemon, event.section);
        if (event.type == VB_EVENT_EDIT)
            vb_transmitter_control_outcome(daemon, &event);
    }
    send_frames(daemon);
    vb_loop_timer(daemon->base.loop, vb_transmitter_wakeup_ms(&daemon->core, vb_now_ms()),
                  on_wakeup, daemon);
}

/* ---- Life ---- */

static struct vb_metadata_values identity(const struct vb_transmitter_daemon *daemon)
{
    struct vb_metadata_values values = {.firmware_major = VB_BUILD_VERSION_MAJOR,
                                        .firmware_minor = VB_BUILD_VERSION_MINOR,
                                        .firmware_patch = VB_BUILD_VERSION_PATCH};
    vb_mac_format(&daemon->base.mac, values.mac);
    if (daemon->options->name != NULL)
        snprintf(values.device_name, sizeof values.device_name, "%s", daemon->options->name);
    snprintf(values.device_type, sizeof values.device_type, "TRANSMITTER");
    snprintf(values.environment, sizeof values.environment, "PRODUCTION");
    snprintf(values.build_time, sizeof values.build_time, "%s", VB_BUILD_TIME);
    snprintf(values.git_commit, sizeof values.git_commit, "%s", VB_BUILD_COMMIT);
    vb_host_board(values.board);
    return values;
}

static bool start_core(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_metadata_values who = identity(daemon);
    const struct vb_transmitter_config config = {
        .mac = daemon->base.mac,
        .seed = vb_random_seed_from_system(),
        .store = vb_sqlite_namespace(daemon->base.db, "transmitter", on_committed, daemon),
        .timing = vb_timing_default,
        .remote_secrets = daemon->base.remote_secrets,
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
              daemon->options->common.data, vb_err_text(err));
    return false;
}

/* This boot is not on the disk yet, and may come to be. */
static bool boot_is_unwritten(const void *core)
{
    const struct vb_transmitter *transmitter = core;
    return !transmitter->announced && !transmitter->commit_retry;
}

static bool start(struct vb_transmitter_daemon *daemon, char *error, size_t error_size)
{
    const struct vb_transmitter_options *options = daemon->options;
    const struct vb_daemon_config config = {.role = "transmitter",
                                            .side = VB_UDP_TRANSMITTER,
                                            .damage = VB_SQLITE_REFUSE,
                                            .input = on_frame,
                                            .ctx = daemon};
    const struct vb_mqtt_options mqtt = {.on_change = on_mqtt_change, .ctx = daemon};
    const struct vb_control_options control = {
        .dir = options->common.data, .on_request = vb_transmitter_control, .ctx = daemon};
    if (!vb_daemon_open(&daemon->base, &config, &options->common, error, error_size))
        return false;
    daemon->mqtt = vb_mqtt_create(&mqtt);
    if (daemon->mqtt == NULL ||
        !vb_loop_watch(daemon->base.loop, vb_mqtt_fd(daemon->mqtt), on_mqtt_readable, daemon)) {
        snprintf(error, error_size, "MQTT could not be started; the log says why");
        return false;
    }
    if (!start_core(daemon, error, error_size))
        return false;
    /* Whoever finds the control socket finds a transmitter that takes changes. A store that cannot
     * take this boot is tried again while the daemon runs. */
    vb_daemon_await_store(&daemon->base, boot_is_unwritten, &daemon->core, BOOT_COMMIT_MS_MAX);
    daemon->base.control = vb_control_open(daemon->base.loop, &control, error, error_size);
    return daemon->base.control != NULL && vb_readings_start(daemon, error, error_size);
}

static void stop(struct vb_transmitter_daemon *daemon)
{
    if (daemon->base.link != NULL && daemon->core.announced) {
        vb_transmitter_goodbye(&daemon->core);
        send_frames(daemon);
    }
    if (daemon->mqtt != NULL)
        vb_mqtt_destroy(daemon->mqtt);
    vb_daemon_end_loop(&daemon->base);
    vb_readings_stop(daemon);
    vb_daemon_close(&daemon->base);
}

int vb_transmitter_run(const struct vb_transmitter_options *options)
{
    static struct vb_transmitter_daemon daemon;
    char error[VB_ERROR_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    daemon.options = options;
    signal(SIGCHLD, SIG_IGN); /* hooks end by themselves */
    const bool started = start(&daemon, error, sizeof error);
    if (started) {
        vb_mac_format(&daemon.base.mac, mac);
        vb_log(VB_LOG_INFO, "transmitter %s, settings in %s", mac, options->common.data);
        vb_transmitter_apply(&daemon, VB_SECTION_MQTT);
        vb_transmitter_apply(&daemon, VB_SECTION_TELEMETRY);
        look_around(&daemon);
        vb_loop_after_turn(daemon.base.loop, after_turn, &daemon);
        vb_loop_run(daemon.base.loop);
    }
    stop(&daemon);
    return started ? VB_EXIT_OK : vb_usage_error("transmitter: %s", error);
}
