/* Answers `voltbeacon transmitter status`; get and set are handled by the device. */
#include <stdio.h>
#include <string.h>

#include "control_command.h"
#include "linux/system/log.h"
#include "text.h"
#include "transmitter_daemon.h"
#include "voltbeacon/device/event_words.h"

/* ---- status ---- */

static void status(struct vb_transmitter_daemon *daemon, uint64_t request)
{
    char text[8192];
    const struct vb_transmitter *core = &daemon->device.core;
    struct vb_sqlite_counters store;
    struct vb_mqtt_status mqtt;
    char mac[VB_MAC_TEXT_SIZE];
    vb_sqlite_counters(daemon->base.db, &store);
    vb_mqtt_status(daemon->mqtt, &mqtt);
    vb_mac_format(&daemon->base.mac, mac);
    size_t length = vb_append(text, 0, sizeof text,
                              "mac=%s\nstore_id=%08x\nepoch=%u\nuptime_s=%u\nreadings=%u\n", mac,
                              core->store_id, core->epoch,
                              vb_transmitter_uptime_s(core, vb_now_ms()), daemon->device.readings);
    length =
        vb_append(text, length, sizeof text, "mqtt=%s\nmqtt_published=%llu\nmqtt_dropped=%llu\n",
                  vb_mqtt_state_name(mqtt.state), (unsigned long long)mqtt.published,
                  (unsigned long long)mqtt.dropped);
    length = vb_live_source_status(daemon->source, text, length, sizeof text);
    if (mqtt.error[0] != '\0')
        length = vb_append(text, length, sizeof text, "mqtt_error=%s\n", mqtt.error);
    length =
        vb_append(text, length, sizeof text,
                  "store_commits=%llu\nstore_writes=%llu\nstore_failures=%llu\nstored=%u\n"
                  "events_dropped=%u\n",
                  (unsigned long long)store.commits, (unsigned long long)store.writes,
                  (unsigned long long)store.failures, store.stored ? 1u : 0u, core->events.dropped);
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
        const struct vb_receiver_account *account = &core->receivers[i];
        if (account->state == VB_ACCOUNT_FREE)
            continue;
        vb_mac_format(&account->mac, mac);
        length =
            vb_append(text, length, sizeof text, "receiver_%s=%s, heard %u ms ago\n", mac,
                      vb_account_name(account->state), vb_age_ms(&account->heard, vb_now_ms()));
    }
    length = vb_refused_list(core->refused, text, length, sizeof text);
    vb_linux_link_status(&daemon->base.link, text, length, sizeof text);
    vb_control_reply(daemon->base.control, request, text);
}

void vb_transmitter_control_answer(void *ctx, uint64_t request, const char *text)
{
    struct vb_transmitter_daemon *daemon = ctx;
    vb_control_reply(daemon->base.control, request, text);
}

void vb_transmitter_control(void *ctx, uint64_t request, const char *line)
{
    struct vb_transmitter_daemon *daemon = ctx;
    if (vb_transmitter_console_line(&daemon->console, vb_now_ms(), request, line))
        return;
    if (strcmp(line, "status") == 0)
        status(daemon, request);
    else
        vb_control_reply(daemon->base.control, request,
                         "error unknown command; expected get, set or status");
}
