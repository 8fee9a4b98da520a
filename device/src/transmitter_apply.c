/* What acts on a transmitter's settings: one row per section. */
#include <stdio.h>
#include <string.h>

#include "transmitter_device_parts.h"

static bool load(void *ctx, uint8_t id, union vb_values *values)
{
    const struct vb_transmitter_device *device = ctx;
    const struct vb_cache_entry *entry = vb_transmitter_section(&device->core, id);
    const struct vb_section *section = vb_section_by_id(id);
    VB_ASSERT(section != NULL && entry != NULL); /* a booted core has each section of its own */
    const enum vb_err err = vb_section_decode(section, vb_cache_bytes(&device->core.live, entry),
                                              entry->size, values, NULL);
    VB_ASSERT(err == VB_ERR_OK); /* the core commits nothing else */
    return true;
}

/* If empty, derived from the transmitter's address, so that a broker sees the same client again. */
static void choose_client_id(const struct vb_mac *mac, const char *chosen, char *id, size_t size)
{
    if (chosen[0] != '\0')
        snprintf(id, size, "%s", chosen);
    else
        snprintf(id, size, "voltbeacon-%02x%02x%02x%02x%02x%02x", mac->bytes[0], mac->bytes[1],
                 mac->bytes[2], mac->bytes[3], mac->bytes[4], mac->bytes[5]);
}

static void apply_mqtt(void *ctx, const union vb_values *values)
{
    struct vb_transmitter_device *device = ctx;
    const struct vb_mqtt_values *mqtt = &values->mqtt;
    device->publish_interval_ms = mqtt->publish_interval_ms;
    if (device->config.broker == NULL)
        return;
    struct vb_broker_settings settings = {
        .enabled = mqtt->enabled, .port = mqtt->port, .keepalive_s = mqtt->keepalive_s};
    snprintf(settings.server, sizeof settings.server, "%s", mqtt->server);
    snprintf(settings.username, sizeof settings.username, "%s", mqtt->username);
    snprintf(settings.prefix, sizeof settings.prefix, "%s", mqtt->prefix);
    choose_client_id(&device->core.config.mac, mqtt->client_id, settings.client_id,
                     sizeof settings.client_id);
    const struct vb_field *password =
        vb_field_by_name(vb_section_by_id(VB_SECTION_MQTT), "password");
    size_t size;
    const uint8_t *text =
        vb_transmitter_secret(&device->core, VB_SECTION_MQTT, password->tag, &size);
    VB_ASSERT(size < sizeof settings.password);
    if (text != NULL)
        memcpy(settings.password, text, size);
    device->config.broker->configure(device->config.broker->ctx, &settings);
}

static void apply_network(void *ctx, const union vb_values *values)
{
    const struct vb_transmitter_device *device = ctx;
    if (device->config.network != NULL)
        device->config.network->apply(device->config.network->ctx, &values->network);
}

static void apply_can(void *ctx, const union vb_values *values)
{
    const struct vb_transmitter_device *device = ctx;
    const struct vb_reading_source *source = device->config.source;
    if (source != NULL && source->configure != NULL)
        source->configure(source->ctx, &values->can);
}

static void apply_telemetry(void *ctx, const union vb_values *values)
{
    struct vb_transmitter_device *device = ctx;
    device->telemetry = values->telemetry;
}

static const struct vb_setting_row rows[] = {
    {VB_SECTION_MQTT, apply_mqtt},
    {VB_SECTION_NETWORK, apply_network},
    {VB_SECTION_CAN, apply_can},
    {VB_SECTION_TELEMETRY, apply_telemetry},
};

const struct vb_settings_table vb_transmitter_settings_table = {
    .rows = rows, .count = VB_COUNT_OF(rows), .load = load};

static uint32_t version_of(const struct vb_transmitter_device *device, uint8_t section)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&device->core, section);
    return entry == NULL ? 0 : entry->version;
}

void vb_transmitter_apply_all(struct vb_transmitter_device *device)
{
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        device->applied[id] = version_of(device, id);
    vb_settings_table_start(&vb_transmitter_settings_table, device);
}

/* Goes by what is committed, not by events: a lost event must not leave a setting unapplied. */
bool vb_transmitter_apply_changed(struct vb_transmitter_device *device)
{
    bool any = false;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        const uint32_t version = version_of(device, id);
        if (version == device->applied[id])
            continue;
        device->applied[id] = version;
        any = vb_settings_table_changed(&vb_transmitter_settings_table, device, id) > 0 || any;
    }
    return any;
}
