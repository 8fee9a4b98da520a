#include "linux/link/linux_link.h"

#include <stdio.h>
#include <string.h>

#include "linux/system/cause.h"
#include "voltbeacon/device/append.h"

enum { DROPS_PER_RECEIVE_MAX = 64 /* then the loop gets its turn */ };

static const struct vb_link_kind *const kinds[] = {
#define X(name) &vb_##name##_link_kind,
    VB_LINK_KIND_LIST(X)
#undef X
};

/* == Counting ================================================================================ */

static void count_frame(struct vb_link_traffic *traffic, const uint8_t *frame, size_t size)
{
    struct vb_link_tally *message =
        &traffic->by_message[size > 1 ? frame[1] % VB_LINK_MESSAGES : 0];
    traffic->all.frames++;
    traffic->all.frame_bytes += size;
    traffic->datagram_bytes += size + VB_LINK_HEAD_BYTES;
    message->frames++;
    message->frame_bytes += size;
}

static const char *const drop_texts[] = {
#define X(NAME, text) [VB_LINK_DROP_##NAME] = (text),
    VB_LINK_DROP_LIST(X)
#undef X
};

static size_t append_traffic(char *text, size_t length, size_t capacity, const char *direction,
                             const struct vb_link_traffic *traffic)
{
    for (uint8_t message = 1; message < VB_LINK_MESSAGES; message++) {
        const struct vb_link_tally *tally = &traffic->by_message[message];
        if (tally->frames == 0)
            continue;
        char name[32];
        snprintf(name, sizeof name, "%s", vb_message_name(message));
        for (char *at = name; *at != '\0'; at++)
            *at = *at == ' ' ? '_' : *at;
        length =
            vb_append(text, length, capacity, "link_%s_%s_frames=%llu\nlink_%s_%s_bytes=%llu\n",
                      direction, name, (unsigned long long)tally->frames, direction, name,
                      (unsigned long long)tally->frame_bytes);
    }
    return length;
}

size_t vb_linux_link_status(const struct vb_linux_link *link, char *text, size_t length,
                            size_t capacity)
{
    const struct vb_link_counters *counters = &link->counters;
    length = vb_append(text, length, capacity, "link=%s, %s (%s)\n", link->kind->name, link->place,
                       link->scope);
    length = append_traffic(text, length, capacity, "sent", &counters->sent);
    length = append_traffic(text, length, capacity, "received", &counters->received);
    for (int drop = 0; drop < VB_LINK_DROP_COUNT; drop++) {
        if (counters->dropped[drop] > 0)
            length = vb_append(text, length, capacity, "link_dropped_%d=%llu %s\n", drop,
                               (unsigned long long)counters->dropped[drop], drop_texts[drop]);
    }
    length = vb_append(text, length, capacity, "link_send_failed=%llu\n",
                       (unsigned long long)counters->send_failed);
    return link->kind->status == NULL ? length : link->kind->status(link, text, length, capacity);
}

/* == Frames ================================================================================== */

/* Whether a datagram concerns this device; if not, it is counted. */
static bool accept_datagram(struct vb_linux_link *link, const uint8_t *datagram, size_t size,
                            struct vb_link_frame *frame)
{
    uint64_t *dropped = link->counters.dropped;
    if (size <= VB_LINK_HEAD_BYTES) {
        dropped[VB_LINK_DROP_SHORT]++;
        return false;
    }
    if (size > VB_LINK_DATAGRAM_BYTES_MAX) {
        dropped[VB_LINK_DROP_LONG]++;
        return false;
    }
    memcpy(frame->src.bytes, datagram, VB_MAC_BYTES);
    memcpy(frame->dst.bytes, datagram + VB_MAC_BYTES, VB_MAC_BYTES);
    if (!link->hears_all && vb_mac_equal(&frame->src, &link->mac)) {
        dropped[VB_LINK_DROP_OWN]++;
        return false;
    }
    if ((frame->src.bytes[0] & 1) != 0) { /* IEEE 802: a group address */
        dropped[VB_LINK_DROP_SENDER]++;
        return false;
    }
    if (!link->hears_all && !vb_mac_equal(&frame->dst, &link->mac) &&
        !vb_mac_equal(&frame->dst, &link->port.broadcast)) {
        dropped[VB_LINK_DROP_FOREIGN]++;
        return false;
    }
    return true;
}

bool vb_linux_link_receive(struct vb_linux_link *link, struct vb_link_frame *frame,
                           uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    uint8_t datagram[VB_LINK_DATAGRAM_BYTES_MAX];
    for (size_t count = 0; count < DROPS_PER_RECEIVE_MAX; count++) {
        *frame = (struct vb_link_frame){.rssi_dbm = VB_LINK_RSSI_UNKNOWN_DBM};
        const ptrdiff_t size = link->kind->receive(link, datagram, frame);
        if (size < 0)
            return false;
        if (!accept_datagram(link, datagram, (size_t)size, frame))
            continue;
        frame->size = (uint16_t)(size - VB_LINK_HEAD_BYTES);
        VB_ASSERT(frame->size >= 1 && frame->size <= VB_FRAME_BYTES_MAX);
        memcpy(bytes, datagram + VB_LINK_HEAD_BYTES, frame->size);
        frame->bytes = bytes;
        count_frame(&link->counters.received, bytes, frame->size);
        return true;
    }
    return false;
}

enum vb_link_sent vb_linux_link_pass_on(struct vb_linux_link *link, const struct vb_mac *src,
                                        const struct vb_mac *dst, const uint8_t *bytes, size_t size)
{
    uint8_t datagram[VB_LINK_DATAGRAM_BYTES_MAX];
    VB_ASSERT(size >= 1 && size <= VB_FRAME_BYTES_MAX);
    memcpy(datagram, src->bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_MAC_BYTES, dst->bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_LINK_HEAD_BYTES, bytes, size);
    const enum vb_link_sent sent = link->kind->send(link, dst, datagram, VB_LINK_HEAD_BYTES + size);
    if (sent == VB_LINK_REFUSED || sent == VB_LINK_LOST)
        link->counters.send_failed++;
    else
        count_frame(&link->counters.sent, bytes, size);
    return sent;
}

static enum vb_link_sent send_frame(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                                    size_t size)
{
    struct vb_linux_link *link = ctx;
    return vb_linux_link_pass_on(link, &link->mac, dst, bytes, size);
}

/* == Life ==================================================================================== */

static const struct vb_link_kind *find_kind(const char *text, const char **options)
{
    const size_t length = strcspn(text, ":");
    *options = text[length] == ':' ? text + length + 1 : text + length;
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++) {
        if (strlen(kinds[i]->name) == length && strncmp(kinds[i]->name, text, length) == 0)
            return kinds[i];
    }
    return NULL;
}

bool vb_linux_link_open(struct vb_linux_link *link, const struct vb_linux_link_options *options,
                        char *error, size_t error_size)
{
    const char *rest;
    const struct vb_link_kind *kind = find_kind(options->text, &rest);
    link->kind = NULL;
    if (kind == NULL) {
        vb_cause_set(VB_CAUSE_USAGE);
        size_t length =
            vb_append(error, 0, error_size, "--link: \"%s\" is not a link; use ", options->text);
        for (size_t i = 0; i < VB_COUNT_OF(kinds); i++)
            length =
                vb_append(error, length, error_size, "%s%s", i == 0 ? "" : " or ", kinds[i]->usage);
        return false;
    }
    *link = (struct vb_linux_link){.kind = kind,
                                   .mac = options->mac,
                                   .hears_all = options->hears_all,
                                   .port = {.ctx = link,
                                            .name = kind->name,
                                            .frame_bytes_max = VB_FRAME_BYTES_MAX,
                                            .broadcast = vb_mac_broadcast,
                                            .send = send_frame}};
    if (kind->open(link, rest, options, error, error_size))
        return true;
    link->kind = NULL;
    return false;
}

void vb_linux_link_address(struct vb_linux_link *link, const struct vb_mac *mac)
{
    link->mac = *mac;
}

bool vb_linux_link_look(struct vb_linux_link *link)
{
    return link->kind != NULL && link->kind->look != NULL && link->kind->look(link);
}

const char *vb_linux_link_on(const struct vb_linux_link *link)
{
    return strncmp(link->scope, VB_LINK_SCOPE_HERE, sizeof VB_LINK_SCOPE_HERE - 1) == 0 ? "on "
                                                                                        : "";
}

void vb_linux_link_close(struct vb_linux_link *link)
{
    if (link->kind == NULL)
        return;
    link->kind->close(link);
    link->kind = NULL;
}

const char *vb_linux_link_usage(unsigned index)
{
    return index < VB_COUNT_OF(kinds) ? kinds[index]->usage : NULL;
}
