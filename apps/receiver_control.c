/* What `voltbeacon receiver status`, `forget`, `unforget` and `rename` ask for. */
#include <stdio.h>
#include <string.h>

#include "control_command.h"
#include "receiver_daemon.h"
#include "text.h"

/* ---- Places ---- */

static size_t append_places(const struct vb_receiver *core, char *text, size_t length, size_t size)
{
    char mac[VB_MAC_TEXT_SIZE];
    length = vb_append(text, length, size, "places=%u\n", core->config.peer_count);
    for (unsigned i = 0; i < core->config.peer_count; i++) {
        const struct vb_peer *peer = &core->config.peers[i];
        if (!peer->used)
            continue;
        vb_mac_format(&peer->mac, mac);
        length =
            vb_append(text, length, size, "transmitter_%s=%s\n", mac, vb_link_name(peer->link));
    }
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        const struct vb_outside *outside = &core->places.outside[i];
        if (outside->why == VB_OUTSIDE_NONE)
            continue;
        vb_mac_format(&outside->mac, mac);
        length = vb_append(text, length, size, "outside_%s=%s%s\n", mac,
                           vb_outside_why_name((enum vb_outside_why)outside->why),
                           outside->heard ? ", heard" : "");
    }
    return length;
}

static const char *explain(enum vb_err err)
{
    if (err == VB_ERR_NOT_FOUND)
        return "error nothing is known of this transmitter; status lists them all";
    if (err == VB_ERR_BUSY)
        return "error there is no place for it: forget or unforget another one first";
    if (err == VB_ERR_OFFLINE)
        return "error the transmitter is offline, and keeps its name itself; try again when it is "
               "heard";
    if (err == VB_ERR_STORE)
        return "error the list of forgotten transmitters cannot be read now; nothing was changed";
    return "error the name was refused: at most 31 bytes of text";
}

static enum vb_err rename_to(struct vb_receiver *core, const struct vb_mac *mac, const char *name)
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_METADATA);
    uint8_t bytes[VB_EDIT_CHANGES_MAX];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    struct vb_reasons reasons = {0};
    uint64_t id;
    vb_change_bytes(&changes, vb_field_by_name(section, "device_name"), (const uint8_t *)name,
                    strlen(name));
    return changes.failed ? VB_ERR_TOO_LONG
                          : vb_receiver_edit(core, vb_now_ms(), mac, VB_SECTION_METADATA, bytes,
                                             changes.at, &id, &reasons);
}

/* verb, a MAC, and for rename a name. */
static void change_place(struct vb_receiver_daemon *daemon, uint64_t request, const char *verb,
                         const char *mac_text, const char *name)
{
    struct vb_receiver *core = &daemon->device.core;
    struct vb_mac mac;
    const char *done = "done\n";
    enum vb_err err;
    if (mac_text == NULL || !vb_mac_parse(mac_text, strlen(mac_text), &mac)) {
        vb_control_reply(daemon->base.control, request,
                         "error name a transmitter by its address, as 02:1a:2b:3c:4d:5e");
        return;
    }
    if (strcmp(verb, "forget") == 0) {
        err = vb_receiver_forget(core, vb_now_ms(), &mac);
    } else if (strcmp(verb, "unforget") == 0) {
        err = vb_receiver_unforget(core, vb_now_ms(), &mac);
    } else {
        err = rename_to(core, &mac, name == NULL ? "" : name);
        done = "sent to the transmitter; the pages show the name once it is stored there\n";
    }
    vb_control_reply(daemon->base.control, request, err == VB_ERR_OK ? done : explain(err));
}

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
    length = append_places(core, text, length, sizeof text);
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

void vb_receiver_control(void *ctx, uint64_t request, const char *line)
{
    char copy[VB_CONTROL_LINE_SIZE];
    snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy;
    const char *verb = strsep(&rest, VB_CONTROL_SEPARATOR);
    const char *mac = strsep(&rest, VB_CONTROL_SEPARATOR);
    const char *name = strsep(&rest, VB_CONTROL_SEPARATOR);
    if (strcmp(verb, "status") == 0)
        status(ctx, request);
    else if (strcmp(verb, "forget") == 0 || strcmp(verb, "unforget") == 0 ||
             strcmp(verb, "rename") == 0)
        change_place(ctx, request, verb, mac, name);
    else
        vb_control_reply(((struct vb_receiver_daemon *)ctx)->base.control, request,
                         "error the receiver knows status, forget, unforget and rename; its "
                         "settings have a page");
}
