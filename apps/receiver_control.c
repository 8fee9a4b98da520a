/* Answers `voltbeacon receiver status`; forget, unforget and rename are handled by the device. */
#include <stdio.h>
#include <string.h>

#include "receiver_daemon.h"
#include "text.h"
#include "voltbeacon/device/event_words.h"
#include "voltbeacon/device/receiver_console.h"

/* ---- status ---- */

static void status(struct vb_receiver_daemon *daemon, uint64_t request)
{
    char text[8192];
    const struct vb_receiver *core = &daemon->device.core;
    struct vb_sqlite_counters store;
    char mac[VB_MAC_TEXT_SIZE];
    vb_sqlite_counters(daemon->base.db, &store);
    vb_mac_format(&daemon->base.mac, mac);
    size_t length = vb_append(text, 0, sizeof text, "mac=%s\nepoch=%u\nuptime_s=%u\nhttp_port=%u\n",
                              mac, daemon->device.epoch, core->uptime_s, vb_web_port(daemon->web));
    length = vb_append(text, length, sizeof text,
                       "store_commits=%u\nstore_failures=%u\nevents_dropped=%u\n",
                       (unsigned)store.commits, (unsigned)store.failures, core->events.dropped);
    length = vb_receiver_console_places(core, text, length, sizeof text);
    length = vb_refused_list(core->refused, text, length, sizeof text);
    for (int refusal = 0; refusal < VB_WEB_REFUSAL_COUNT; refusal++) {
        const uint32_t count = vb_web_refused(daemon->web, (enum vb_web_refusal)refusal);
        if (count > 0)
            length = vb_append(text, length, sizeof text, "web_refused_%d=%u %s\n", refusal, count,
                               vb_web_refusal_name((enum vb_web_refusal)refusal));
    }
    vb_linux_link_status(&daemon->base.link, text, length, sizeof text);
    vb_control_reply(daemon->base.control, request, text);
}

void vb_receiver_control(void *ctx, uint64_t request, const char *line)
{
    struct vb_receiver_daemon *daemon = ctx;
    char text[VB_RECEIVER_CONSOLE_TEXT_SIZE];
    if (strcmp(line, "status") == 0)
        status(daemon, request);
    else
        vb_control_reply(
            daemon->base.control, request,
            vb_receiver_console_line(&daemon->device.core, vb_now_ms(), line, text)
                ? text
                : "error unknown command; expected status, forget, unforget or rename; "
                  "its settings have a page");
}
