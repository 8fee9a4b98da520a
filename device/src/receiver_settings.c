/* What acts on settings in a receiver: its own, and the transmitters' battery sections. */
#include "receiver_device_parts.h"

enum { REREAD_S = 10 };

static void apply_receiver(void *ctx, const union vb_values *values)
{
    struct vb_receiver_device *device = ctx;
    vb_receiver_settings(&device->core, device->clock.now_ms, values->receiver.persist_cache,
                         values->receiver.adopt_new);
    vb_receiver_forget_after(&device->core, values->receiver.forget_after_days);
}

static void apply_display(void *ctx, const union vb_values *values)
{
    const struct vb_receiver_device *device = ctx;
    const struct vb_history_store *history = device->config.ports.history;
    const char *zone = values->display.timezone;
    if (history != NULL && !history->set_time_zone(history->ctx, zone))
        vb_log_sink_say(&device->config.ports.log, VB_LOG_WARNING,
                        "display.timezone: this machine does not know the zone \"%s\"; days are "
                        "those of UTC",
                        zone);
}

static void apply_history(void *ctx, const union vb_values *values)
{
    const struct vb_receiver_device *device = ctx;
    const struct vb_history_store *history = device->config.ports.history;
    const struct vb_history_values *wanted = &values->history;
    const struct vb_history_settings settings = {
        .enabled = wanted->enabled,
        .keep_days = {[VB_TIER_10S] = wanted->keep_10s_days,
                      [VB_TIER_1MIN] = wanted->keep_1min_days,
                      [VB_TIER_1H] = wanted->keep_1h_days},
        .write_interval_ms = wanted->write_interval_s * UINT32_C(1000)};
    if (history != NULL)
        history->set(history->ctx, &settings);
}

/* Limits differ per transmitter, so they are looked up for each. */
static void apply_limits(void *ctx, const union vb_values *values)
{
    (void)values;
    vb_watch_limits(ctx);
}

static bool load(void *ctx, uint8_t section, union vb_values *values)
{
    const struct vb_receiver_device *device = ctx;
    const struct vb_section *known = vb_section_by_id(section);
    VB_ASSERT(known != NULL);
    if (known->owner == VB_OWNER_RECEIVER)
        vb_settings_values(&device->settings, section, values);
    else
        vb_section_defaults(known, values);
    return true;
}

uint16_t vb_receiver_device_web_port(const struct vb_receiver_device *device)
{
    struct vb_receiver_values values;
    vb_settings_values(&device->settings, VB_SECTION_RECEIVER, &values);
    return values.web_port;
}

static const struct vb_setting_row rows[] = {
    {VB_SECTION_RECEIVER, apply_receiver}, {VB_SECTION_DISPLAY, apply_display},
    {VB_SECTION_HISTORY, apply_history},   {VB_SECTION_ALARMS, apply_limits},
    {VB_SECTION_BATTERY, apply_limits},
};

const struct vb_settings_table vb_receiver_settings_table = {
    .rows = rows, .count = VB_COUNT_OF(rows), .load = load};

/* ---- Stored settings ---- */

void vb_receiver_settings_begin(struct vb_receiver_device *device)
{
    struct vb_settings *settings = &device->settings;
    struct vb_reasons reasons;
    uint32_t token;
    uint8_t bad_section;
    if (settings->unreadable != 0)
        vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                        "the receiver's settings cannot be read: using defaults until they can be");
    if (settings->damaged != 0)
        vb_log_sink_say(
            &device->config.ports.log, VB_LOG_ERROR,
            "the receiver's settings are damaged: using defaults until they are changed");
    const enum vb_err err = vb_settings_change(settings, NULL, 0, &token, &bad_section, &reasons);
    VB_ASSERT(err == VB_ERR_OK); /* nothing is changed, and no commit is in progress */
}

void vb_receiver_settings_second(struct vb_receiver_device *device)
{
    if (device->seconds % REREAD_S != 0 || !vb_settings_reread(&device->settings))
        return;
    vb_settings_table_start(&vb_receiver_settings_table, device);
    vb_push_receiver(&device->push);
    vb_log_sink_say(&device->config.ports.log, VB_LOG_INFO,
                    "the receiver's settings can be read now and are in effect");
}
