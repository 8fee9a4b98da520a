/* What `voltbeacon receiver status` asks for. */
#include <string.h>

#include "receiver_daemon.h"
#include "text.h"

void vb_receiver_control(void *ctx, uint64_t request, const char *line)
{
    struct vb_receiver_daemon *daemon = ctx;
    char text[8192];
    if (strcmp(line, "status") != 0) {
        vb_control_reply(daemon->base.control, request,
                         "error the receiver knows status alone; its settings have a page");
        return;
    }
    const struct vb_receiver *core = &daemon->device.core;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&daemon->base.mac, mac);
    size_t length = vb_append(text, 0, sizeof text, "mac=%s\nepoch=%u\nuptime_s=%u\nhttp_port=%u\n",
                              mac, daemon->device.epoch, core->uptime_s, vb_web_port(daemon->web));
    length = vb_append(
        text, length, sizeof text, "store_commits=%u\nstore_failures=%u\nevents_dropped=%u\n",
        daemon->facts.store_writes, daemon->facts.store_failed, core->events.dropped);
    length = vb_daemon_refused_status(core->refused, text, length, sizeof text);
    for (int refusal = 0; refusal < VB_WEB_REFUSAL_COUNT; refusal++) {
        const uint32_t count = vb_web_refused(daemon->web, (enum vb_web_refusal)refusal);
        if (count > 0)
            length = vb_append(text, length, sizeof text, "web_refused_%d=%u %s\n", refusal, count,
                               vb_web_refusal_name((enum vb_web_refusal)refusal));
    }
    vb_linux_link_status(&daemon->base.link, text, length, sizeof text);
    vb_control_reply(daemon->base.control, request, text);
}
