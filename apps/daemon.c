#include "daemon.h"

#include <arpa/inet.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "linux/log.h"
#include "voltbeacon/frame.h"
#include "voltbeacon/receiver.h"
#include "voltbeacon/schema.h"

enum { FRAMES_PER_TURN = 64, COMMIT_DELAY_MS_MAX = 10000 };

static struct vb_loop *running;

static void on_signal(int number)
{
    (void)number;
    vb_loop_stop(running);
}

void vb_daemon_stop_on_signal(struct vb_loop *loop)
{
    running = loop;
    if (getenv(VB_DAEMON_OF_DEMO) != NULL)
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a demo that is killed leaves nobody behind */
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void vb_daemon_receive(struct vb_udp_link *link, vb_frame_input_fn input, void *ctx)
{
    for (unsigned i = 0; i < FRAMES_PER_TURN; i++) {
        struct vb_mac src;
        struct vb_mac dst;
        struct sockaddr_in from;
        uint8_t bytes[VB_FRAME_BYTES_MAX];
        const size_t size = vb_udp_link_receive(link, &src, &dst, &from, bytes);
        if (size == 0)
            return;
        const enum vb_err err = input(ctx, &src, &dst, bytes, size);
        if (err == VB_ERR_OK)
            vb_udp_link_learn(link, &src, &from);
        else if (err ==
                 VB_ERR_OLD) /* maybe wiped and started anew: the question who it is must find it */
            vb_udp_link_forget(link, &src);
    }
}

bool vb_daemon_link_is_loopback(const struct vb_udp_options *options)
{
    return ntohl(options->group.s_addr) >> 24 == 127;
}

uint32_t vb_daemon_commit_delay_ms(void)
{
    const char *text = getenv("VOLTBEACON_COMMIT_DELAY_MS");
    double delay_ms;
    return text != NULL && vb_parse_number(text, COMMIT_DELAY_MS_MAX, &delay_ms)
               ? (uint32_t)delay_ms
               : 0;
}

static const char *section_name(uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    return section == NULL ? "unknown" : section->name;
}

static const char *field_name(uint8_t id, uint8_t tag)
{
    const struct vb_section *section = vb_section_by_id(id);
    const struct vb_field *field = section == NULL ? NULL : vb_field_by_tag(section, tag);
    return field == NULL ? "unknown" : field->name;
}

void vb_daemon_log_event(const struct vb_event *event)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&event->mac, mac);
    const char *section = section_name(event->section);
    switch ((enum vb_event_type)event->type) {
    case VB_EVENT_ADOPTED:
        vb_log(VB_LOG_INFO, "%s: following this transmitter", mac);
        break;
    case VB_EVENT_LINK:
        vb_log(VB_LOG_INFO, "%s: link %s", mac, vb_link_name((enum vb_link)event->detail));
        break;
    case VB_EVENT_REBOOT:
        vb_log(VB_LOG_INFO, "%s: has booted anew (boot %u)", mac, event->a);
        break;
    case VB_EVENT_STORE_REPLACED:
        vb_log(VB_LOG_WARNING, "%s: its store is another one (%08x): all settings are fetched anew",
               mac, event->a);
        break;
    case VB_EVENT_REFUSED:
        vb_log(VB_LOG_DEBUG, "%s: refused a %s: it %s", mac, vb_message_name(event->detail),
               vb_err_text((enum vb_err)event->err));
        break;
    case VB_EVENT_GAVE_UP:
        vb_log(VB_LOG_WARNING,
               "%s: could not fetch section %s: it %s; trying again at the next beacon", mac,
               section, vb_err_text((enum vb_err)event->err));
        break;
    case VB_EVENT_COMMIT_FAILED:
        vb_log(VB_LOG_ERROR, "the store did not take a change: it %s; %s",
               vb_err_text((enum vb_err)event->err),
               event->err == VB_ERR_UNCERTAIN
                   ? "it is undone at the next write that succeeds. Is the disk sound?"
                   : "nothing was changed. Is the disk full?");
        break;
    case VB_EVENT_REPAIRED:
        vb_log(VB_LOG_WARNING, "%s.%s: the stored value %u was out of range, it is %u now", section,
               field_name(event->section, event->detail), event->a, event->b);
        break;
    case VB_EVENT_REVERTED:
        vb_log(VB_LOG_WARNING,
               "section %s went back to what it was: no receiver was heard after the edit",
               section);
        break;
    case VB_EVENT_RECEIVER_HEARD:
        vb_log(VB_LOG_INFO, "%s: this receiver is heard", mac);
        break;
    case VB_EVENT_RECEIVER_LOST:
        vb_log(VB_LOG_INFO, "%s: this receiver %s", mac,
               event->detail != 0 ? "does not answer (asked three times)"
                                  : "is not heard any more");
        break;
    case VB_EVENT_SECTION:
        vb_log(VB_LOG_DEBUG, "%s: section %s, version %u, %s", mac, section, event->a,
               vb_sync_name((enum vb_sync)event->detail));
        break;
    case VB_EVENT_BEACON:
    case VB_EVENT_RUNTIME:
    case VB_EVENT_EDIT:
    case VB_EVENT_READING:
    case VB_EVENT_READING_LOST:
    case VB_EVENT_COMMITTED:
        break; /* too frequent, or told elsewhere */
    }
}

size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int more = vsnprintf(text + length, capacity - length, format, args);
    va_end(args);
    if (more < 0)
        return length;
    return (size_t)more < capacity - length ? length + (size_t)more : capacity - 1;
}

static size_t append_tally(char *text, size_t length, size_t capacity, const char *direction,
                           const struct vb_udp_traffic *traffic)
{
    for (uint8_t message = 1; message < VB_UDP_MESSAGES; message++) {
        const struct vb_udp_tally *tally = &traffic->by_message[message];
        if (tally->frames == 0)
            continue;
        char name[32];
        snprintf(name, sizeof name, "%s", vb_message_name(message));
        for (char *at = name; *at != '\0'; at++) {
            if (*at == ' ')
                *at = '_';
        }
        length =
            vb_append(text, length, capacity, "link_%s_%s_frames=%llu\nlink_%s_%s_bytes=%llu\n",
                      direction, name, (unsigned long long)tally->frames, direction, name,
                      (unsigned long long)tally->frame_bytes);
    }
    return length;
}

size_t vb_daemon_link_status(const struct vb_udp_link *link, char *text, size_t length,
                             size_t capacity)
{
    const struct vb_udp_counters *counters = vb_udp_link_counters(link);
    length = append_tally(text, length, capacity, "sent", &counters->sent);
    length = append_tally(text, length, capacity, "received", &counters->received);
    for (int drop = 0; drop < VB_UDP_DROP_COUNT; drop++) {
        if (counters->dropped[drop] > 0)
            length = vb_append(text, length, capacity, "link_dropped_%d=%llu %s\n", drop,
                               (unsigned long long)counters->dropped[drop],
                               vb_udp_drop_text((enum vb_udp_drop)drop));
    }
    return vb_append(text, length, capacity, "link_send_failed=%llu\n",
                     (unsigned long long)counters->send_failed);
}

bool vb_parse_number(const char *text, double max, double *value)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed <= 0 || parsed > max)
        return false;
    *value = parsed;
    return true;
}
