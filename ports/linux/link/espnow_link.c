#include "linux/link/espnow_link.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "espnow/espnow_frame.h"
#include "espnow/radiotap.h"
#include "linux/link/monitor_interface.h"
#include "linux/link/waited.h"
#include "linux/system/cause.h"
#include "linux/system/system_random.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/device/append.h"

enum {
    OPTIONS_TEXT_SIZE = 64,
    PASSED_OVER_MAX = 64, /* in one call; then the loop gets its turn */
    RADIOTAP_BYTES_KEPT = 256,
    HEARD_BYTES_MAX = RADIOTAP_BYTES_KEPT + VB_ESPNOW_FRAME_BYTES_MAX,
    SENT_BYTES_MAX = VB_RADIOTAP_TX_BYTES + VB_ESPNOW_HEAD_BYTES + VB_ESPNOW_ELEMENT_HEAD_BYTES +
                     VB_FRAME_BYTES_MAX,
    SEQUENCES = 4096,
    VERSION = 1,
    CHANNEL_MAX = 196
};

/* The last frame of a source: a retry has the same number. */
struct source {
    struct vb_mac mac;
    uint16_t sequence;
    uint8_t fragment;
    uint64_t heard_at; /* on espnow->clock; 0 = unused slot */
};

struct espnow {
    int fd;
    struct vb_espnow_options options;
    struct vb_monitor monitor;
    struct vb_random random;
    uint16_t sequence;    /* of the next frame */
    uint16_t channel_mhz; /* of the last one heard; 0 = not known */
    int8_t rssi_dbm;      /* likewise; VB_LINK_RSSI_UNKNOWN_DBM */
    uint64_t clock;       /* counts received frames */
    struct source sources[VB_ESPNOW_SOURCES_MAX];
};

/* == Options ================================================================================= */

static bool parse_rate(const char *text, uint8_t *rate_500kbps)
{
    static const struct {
        const char *text;
        uint8_t rate_500kbps;
    } rates[] = {{"1", 2},   {"2", 4},   {"5.5", 11}, {"6", 12},  {"9", 18},  {"11", 22},
                 {"12", 24}, {"18", 36}, {"24", 48},  {"36", 72}, {"48", 96}, {"54", 108}};
    for (size_t i = 0; i < VB_COUNT_OF(rates); i++) {
        if (strcmp(rates[i].text, text) == 0) {
            *rate_500kbps = rates[i].rate_500kbps;
            return true;
        }
    }
    return false;
}

static bool parse_channel(const char *text, uint8_t *channel)
{
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    const bool digits = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!digits || value < 1 || value > CHANNEL_MAX)
        return false;
    *channel = (uint8_t)value;
    return true;
}

static bool parse_pair(char *pair, struct vb_espnow_options *options, char *error,
                       size_t error_size)
{
    char *value = strchr(pair, '=');
    if (value != NULL)
        *value++ = '\0';
    if (value != NULL && strcmp(pair, "rate") == 0) {
        if (parse_rate(value, &options->rate_500kbps))
            return true;
        snprintf(error, error_size,
                 "--link: rate is \"%s\", it must be one of 1, 2, 5.5, 6, 9, 11, 12, 18, 24, 36, "
                 "48, 54 (Mb/s)",
                 value);
        return false;
    }
    if (value != NULL && strcmp(pair, "channel") == 0) {
        if (parse_channel(value, &options->channel))
            return true;
        snprintf(error, error_size, "--link: channel is \"%s\", it must be 1 to %d", value,
                 CHANNEL_MAX);
        return false;
    }
    snprintf(error, error_size, "--link: unknown key \"%s\"; expected rate= or channel=", pair);
    return false;
}

bool vb_espnow_options_parse(const char *text, struct vb_espnow_options *options, char *error,
                             size_t error_size)
{
    char pairs[OPTIONS_TEXT_SIZE];
    *options = (struct vb_espnow_options){.rate_500kbps = 2};
    if (snprintf(pairs, sizeof pairs, "%s", text) >= (int)sizeof pairs) {
        snprintf(error, error_size, "--link: longer than %d characters", OPTIONS_TEXT_SIZE - 1);
        return false;
    }
    char *rest = pairs;
    const char *interface = strsep(&rest, ",");
    if (interface[0] == '\0' || strchr(interface, '=') != NULL) {
        snprintf(error, error_size,
                 "--link: name the Wi-Fi interface, as in espnow:wlan1; \"iw dev\" lists them");
        return false;
    }
    if (strlen(interface) >= sizeof options->interface) {
        snprintf(error, error_size, "--link: \"%s\" is longer than an interface's name can be",
                 interface);
        return false;
    }
    memcpy(options->interface, interface, strlen(interface) + 1);
    for (char *pair = strsep(&rest, ","); pair != NULL; pair = strsep(&rest, ",")) {
        if (!parse_pair(pair, options, error, error_size))
            return false;
    }
    return true;
}

/* == Life ==================================================================================== */

static void describe(struct vb_linux_link *link)
{
    const struct espnow *espnow = link->state;
    const struct vb_espnow_options *options = &espnow->options;
    const uint8_t heard = vb_radiotap_channel(espnow->channel_mhz);
    char why[VB_LINK_SCOPE_SIZE];
    if (espnow->monitor.state != VB_MONITOR_READY) {
        vb_monitor_say(espnow->monitor.state, options->interface, why, sizeof why);
        vb_append(link->scope, 0, sizeof link->scope, VB_LINK_SCOPE_NOWHERE ": %s", why);
        return;
    }
    size_t length =
        vb_append(link->scope, 0, sizeof link->scope, "on the air, by %s", options->interface);
    if (options->channel != 0 && heard != 0 && heard != options->channel)
        vb_append(link->scope, length, sizeof link->scope,
                  ", which is on channel %u and not on %u: \"iw dev %s set channel %u\"", heard,
                  options->channel, options->interface, options->channel);
    else if (options->channel != 0)
        vb_append(link->scope, length, sizeof link->scope, ", on channel %u", options->channel);
}

/* The interface may go down or be unplugged, and come back as a new one with the same name. */
static bool look(struct vb_linux_link *link)
{
    struct espnow *espnow = link->state;
    char before[VB_LINK_SCOPE_SIZE];
    const struct vb_monitor now =
        vb_monitor_look(espnow->fd, espnow->options.interface, SENT_BYTES_MAX);
    const bool anew = now.state == VB_MONITOR_READY && (espnow->monitor.state != VB_MONITOR_READY ||
                                                        espnow->monitor.index != now.index);
    if (anew && !vb_monitor_bind(espnow->fd, now.index))
        return false; /* it has just gone again: look() will notice */
    espnow->monitor = now;
    memcpy(before, link->scope, sizeof before);
    describe(link);
    return strcmp(before, link->scope) != 0;
}

static void close_espnow(struct vb_linux_link *link)
{
    struct espnow *espnow = link->state;
    if (espnow->fd >= 0)
        close(espnow->fd);
    free(espnow);
}

static bool open_failed(int reason, const char *interface, char *error, size_t error_size)
{
    vb_monitor_say_errno(reason, interface, error, error_size);
    return false;
}

/* Whether the interface is usable, checked without privileges. */
static bool is_ready(struct espnow *espnow, char *error, size_t error_size)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return open_failed(errno, espnow->options.interface, error, error_size);
    espnow->monitor = vb_monitor_look(fd, espnow->options.interface, SENT_BYTES_MAX);
    close(fd);
    if (espnow->monitor.state == VB_MONITOR_READY)
        return true;
    vb_cause_set(VB_CAUSE_UNAVAILABLE);
    vb_monitor_say(espnow->monitor.state, espnow->options.interface, error, error_size);
    return false;
}

static bool open_interface(struct espnow *espnow, char *error, size_t error_size)
{
    if (!is_ready(espnow, error, error_size))
        return false;
    espnow->fd = vb_monitor_open(espnow->monitor.index);
    return espnow->fd >= 0 || open_failed(errno, espnow->options.interface, error, error_size);
}

static bool open_espnow(struct vb_linux_link *link, const char *text,
                        const struct vb_linux_link_options *how, char *error, size_t error_size)
{
    struct vb_espnow_options options;
    vb_cause_set(VB_CAUSE_USAGE);
    if (!vb_espnow_options_parse(text, &options, error, error_size))
        return false;
    if (!how->open) {
        snprintf(error, error_size,
                 "--link: others can hear the link on the air, and it is neither encrypted nor "
                 "authenticated yet: use --insecure-open-link");
        return false;
    }
    struct espnow *espnow = calloc(1, sizeof *espnow);
    if (espnow == NULL) {
        snprintf(error, error_size, "cannot open the link: out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return false;
    }
    *espnow = (struct espnow){.fd = -1, .options = options, .rssi_dbm = VB_LINK_RSSI_UNKNOWN_DBM};
    link->state = espnow;
    if (!open_interface(espnow, error, error_size)) {
        close_espnow(link);
        return false;
    }
    /* A restarted device's first frame must not look like a retry of its last one. */
    vb_random_seed(&espnow->random, vb_random_seed_from_system());
    espnow->sequence = (uint16_t)vb_random_between(&espnow->random, 0, SEQUENCES - 1);
    link->fds[0] = espnow->fd;
    link->fd_count = 1;
    snprintf(link->place, sizeof link->place, "%s at %g Mb/s", options.interface,
             options.rate_500kbps / 2.0);
    describe(link);
    return true;
}

/* == Heard =================================================================================== */

/* Negative if the socket has nothing. */
static ptrdiff_t receive_packet(const struct espnow *espnow, uint8_t bytes[HEARD_BYTES_MAX],
                                struct vb_link_frame *frame, bool *own)
{
    struct sockaddr_ll from = {0};
    struct iovec piece = {.iov_base = bytes, .iov_len = HEARD_BYTES_MAX};
    union vb_waited_control control;
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const ssize_t size = recvmsg(espnow->fd, &message, MSG_TRUNC);
    if (size >= 0)
        frame->age_ms = vb_waited_ms(&message);
    *own = from.sll_pkttype == PACKET_OUTGOING;
    return size;
}

static struct source *source_of(struct espnow *espnow, const struct vb_mac *mac)
{
    struct source *oldest = &espnow->sources[0];
    for (size_t i = 0; i < VB_ESPNOW_SOURCES_MAX; i++) {
        struct source *source = &espnow->sources[i];
        if (source->heard_at != 0 && vb_mac_equal(&source->mac, mac))
            return source;
        if (source->heard_at < oldest->heard_at)
            oldest = source;
    }
    *oldest = (struct source){.mac = *mac};
    return oldest;
}

/* IEEE 802.11-2020, 10.3.2.14: a retry has the number of its source's last frame. */
static bool is_repeated(struct espnow *espnow, const struct vb_espnow_head *head)
{
    struct source *source = source_of(espnow, &head->src);
    const bool same = source->heard_at != 0 && source->sequence == head->sequence &&
                      source->fragment == head->fragment;
    source->heard_at = ++espnow->clock;
    source->sequence = head->sequence;
    source->fragment = head->fragment;
    return same && head->retry;
}

/* Whether the packet is a frame; if not, it is counted. */
static bool take(struct vb_linux_link *link, const uint8_t *bytes, size_t size,
                 struct vb_link_frame *frame, struct vb_espnow_frame *heard)
{
    struct espnow *espnow = link->state;
    uint64_t *dropped = link->counters.dropped;
    struct vb_radiotap radiotap;
    if (size > HEARD_BYTES_MAX || !vb_radiotap_parse(bytes, size, &radiotap)) {
        dropped[VB_LINK_DROP_RADIO]++;
        return false;
    }
    const enum vb_espnow_verdict verdict =
        vb_espnow_parse(bytes + radiotap.size, size - radiotap.size, radiotap.fcs_at_end, heard);
    if (verdict == VB_ESPNOW_FCS || radiotap.fcs_bad) {
        dropped[VB_LINK_DROP_DAMAGED]++;
        return false;
    }
    if (verdict != VB_ESPNOW_OK) {
        dropped[VB_LINK_DROP_RADIO]++;
        return false;
    }
    if (!link->hears_all && vb_mac_equal(&heard->head.src, &link->mac)) {
        dropped[VB_LINK_DROP_OWN]++; /* our own frame, echoed by the interface that sent it */
        return false;
    }
    if (is_repeated(espnow, &heard->head)) {
        dropped[VB_LINK_DROP_RETRY]++;
        return false;
    }
    frame->rssi_dbm = radiotap.signal_dbm;
    espnow->rssi_dbm = radiotap.signal_dbm;
    espnow->channel_mhz = radiotap.channel_mhz != 0 ? radiotap.channel_mhz : espnow->channel_mhz;
    return true;
}

static ptrdiff_t receive_espnow(struct vb_linux_link *link, uint8_t *datagram,
                                struct vb_link_frame *frame)
{
    uint8_t bytes[HEARD_BYTES_MAX];
    for (unsigned passed_over = 0; passed_over < PASSED_OVER_MAX; passed_over++) {
        struct vb_espnow_frame heard;
        uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
        bool own;
        const ptrdiff_t size = receive_packet(link->state, bytes, frame, &own);
        if (size < 0)
            return -1; /* nothing pending, or the interface is down, which look() detects */
        if (own || !take(link, bytes, (size_t)size, frame, &heard))
            continue;
        const size_t kept =
            heard.body_size < VB_FRAME_BYTES_MAX ? heard.body_size : VB_FRAME_BYTES_MAX;
        memcpy(datagram, heard.head.src.bytes, VB_MAC_BYTES);
        memcpy(datagram + VB_MAC_BYTES, heard.head.dst.bytes, VB_MAC_BYTES);
        memcpy(datagram + VB_LINK_HEAD_BYTES, vb_espnow_body(&heard, joined), kept);
        return VB_LINK_HEAD_BYTES + heard.body_size;
    }
    return -1; /* the descriptor stays readable */
}

/* == Sent ==================================================================================== */

static enum vb_link_sent send_espnow(struct vb_linux_link *link, const struct vb_mac *dst,
                                     const uint8_t *datagram, size_t size)
{
    struct espnow *espnow = link->state;
    uint8_t bytes[SENT_BYTES_MAX];
    VB_ASSERT(size > VB_LINK_HEAD_BYTES && size <= VB_LINK_DATAGRAM_BYTES_MAX);
    if (espnow->monitor.state != VB_MONITOR_READY)
        return VB_LINK_REFUSED;
    struct vb_mac src; /* this device's, or that of a bridged frame */
    memcpy(src.bytes, datagram, VB_MAC_BYTES);
    const struct vb_espnow_head head = {.dst = *dst,
                                        .src = src,
                                        .addr3 = vb_mac_broadcast,
                                        .sequence = espnow->sequence,
                                        .random = (uint32_t)vb_random_u64(&espnow->random),
                                        .version = VERSION};
    /* An acknowledgement would not be noticed, and each retry is more airtime. */
    vb_radiotap_build(espnow->options.rate_500kbps,
                      VB_RADIOTAP_TX_NO_ACK | VB_RADIOTAP_TX_KEEP_SEQUENCE, bytes);
    const size_t frame_size =
        vb_espnow_build(&head, datagram + VB_LINK_HEAD_BYTES, size - VB_LINK_HEAD_BYTES, false,
                        bytes + VB_RADIOTAP_TX_BYTES, sizeof bytes - VB_RADIOTAP_TX_BYTES);
    if (send(espnow->fd, bytes, VB_RADIOTAP_TX_BYTES + frame_size, MSG_NOSIGNAL) < 0)
        return VB_LINK_REFUSED;
    espnow->sequence = (uint16_t)((espnow->sequence + 1) % SEQUENCES);
    return VB_LINK_SENT;
}

static size_t status_espnow(const struct vb_linux_link *link, char *text, size_t length,
                            size_t capacity)
{
    const struct espnow *espnow = link->state;
    const uint8_t channel = vb_radiotap_channel(espnow->channel_mhz);
    if (channel != 0)
        length = vb_append(text, length, capacity, "link_channel=%u\n", channel);
    if (espnow->rssi_dbm != VB_LINK_RSSI_UNKNOWN_DBM)
        length = vb_append(text, length, capacity, "link_rssi_dbm=%d\n", espnow->rssi_dbm);
    return length;
}

const struct vb_link_kind vb_espnow_link_kind = {.name = "espnow",
                                                 .usage = "espnow:INTERFACE[,rate=1,channel=N]",
                                                 .open = open_espnow,
                                                 .close = close_espnow,
                                                 .look = look,
                                                 .receive = receive_espnow,
                                                 .send = send_espnow,
                                                 .status = status_espnow};
