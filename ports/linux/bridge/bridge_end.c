#include "linux/bridge/bridge_end.h"

#include <stdio.h>
#include <string.h>

#include "bridge/frame_bridge.h"
#include "linux/link/espnow_link.h"
#include "linux/link/udp_link.h"
#include "linux/system/cause.h"

enum { IGNORED_ERROR_SIZE = 256 };

/* The part after "kind" and its colon; NULL if the text names another kind. */
static const char *options_of(const char *text, const char *kind)
{
    const size_t length = strlen(kind);
    if (strncmp(text, kind, length) != 0 || (text[length] != '\0' && text[length] != ':'))
        return NULL;
    return text[length] == ':' ? text + length + 1 : text + length;
}

bool vb_bridge_ends_same(const char *a, const char *b)
{
    char ignored[IGNORED_ERROR_SIZE];
    struct vb_espnow_options radios[2];
    struct vb_udp_options networks[2];
    const char *air_a = options_of(a, "espnow");
    const char *air_b = options_of(b, "espnow");
    if (air_a != NULL && air_b != NULL &&
        vb_espnow_options_parse(air_a, &radios[0], ignored, sizeof ignored) &&
        vb_espnow_options_parse(air_b, &radios[1], ignored, sizeof ignored))
        return strcmp(radios[0].interface, radios[1].interface) == 0;
    const char *udp_a = options_of(a, "udp");
    const char *udp_b = options_of(b, "udp");
    if (udp_a == NULL || udp_b == NULL ||
        !vb_udp_options_parse(udp_a, &networks[0], ignored, sizeof ignored) ||
        !vb_udp_options_parse(udp_b, &networks[1], ignored, sizeof ignored))
        return false;
    /* Each uses its port and the next one. */
    const int apart = networks[0].port - networks[1].port;
    return apart >= -1 && apart <= 1;
}

bool vb_bridge_end_open(struct vb_bridge_end *end, const char *text, bool open, char *error,
                        size_t error_size)
{
    const bool is_udp = options_of(text, "udp") != NULL;
    *end = (struct vb_bridge_end){.text = text};
    if (!is_udp && options_of(text, "espnow") == NULL) {
        vb_cause_set(VB_CAUSE_USAGE);
        snprintf(error, error_size,
                 "\"%s\" cannot be joined: a bridge is between espnow:INTERFACE and udp, or two of "
                 "either; a pipe has only two ends",
                 text);
        return false;
    }
    const unsigned wanted = is_udp ? 2 : 1;
    for (unsigned side = 0; side < wanted; side++) {
        const struct vb_linux_link_options options = {
            .text = text, .side = (enum vb_link_side)side, .open = open, .hears_all = true};
        if (!vb_linux_link_open(&end->links[side], &options, error, error_size)) {
            vb_bridge_end_close(end);
            return false;
        }
        end->link_count++;
    }
    return true;
}

void vb_bridge_end_close(struct vb_bridge_end *end)
{
    while (end->link_count > 0)
        vb_linux_link_close(&end->links[--end->link_count]);
}

unsigned vb_bridge_end_fds(const struct vb_bridge_end *end, int fds[VB_BRIDGE_END_FDS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < end->link_count; i++) {
        for (unsigned n = 0; n < end->links[i].fd_count; n++)
            fds[count++] = end->links[i].fds[n];
    }
    VB_ASSERT(count <= VB_BRIDGE_END_FDS_MAX);
    return count;
}

bool vb_bridge_end_receive(struct vb_bridge_end *end, struct vb_link_frame *frame,
                           uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    for (unsigned i = 0; i < end->link_count; i++) {
        if (vb_linux_link_receive(&end->links[i], frame, bytes))
            return true;
    }
    return false;
}

bool vb_bridge_end_send(struct vb_bridge_end *end, const struct vb_link_frame *frame)
{
    const enum vb_link_side side = vb_bridge_is_transmitters(frame->bytes, frame->size)
                                       ? VB_LINK_TRANSMITTER
                                       : VB_LINK_RECEIVER;
    struct vb_linux_link *link = &end->links[end->link_count > 1 ? side : 0];
    const enum vb_link_sent sent =
        vb_linux_link_pass_on(link, &frame->src, &frame->dst, frame->bytes, frame->size);
    return sent != VB_LINK_REFUSED && sent != VB_LINK_LOST;
}

bool vb_bridge_end_look(struct vb_bridge_end *end)
{
    bool changed = false;
    for (unsigned i = 0; i < end->link_count; i++) {
        const bool this_one = vb_linux_link_look(&end->links[i]);
        changed = changed || (this_one && i == 0);
    }
    return changed;
}
