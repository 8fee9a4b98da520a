/* What acts on the transmitter's settings. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/system/log.h"
#include "transmitter_daemon.h"

extern char **environ;

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
    const uint8_t *mac = daemon->base.mac.bytes;
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
    vb_transmitter_tell_mqtt(daemon, status.state == VB_MQTT_CONNECTED);
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

void vb_transmitter_apply(struct vb_transmitter_daemon *daemon, uint8_t section)
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
