/* Live captures, from the air and from networks. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/capture/capture_parts.h"
#include "linux/capture/packet_capture.h"
#include "linux/link/monitor_interface.h"
#include "linux/system/cause.h"

enum { CAPTURED_BYTES_MAX = 4096, LOOKED_AT_BYTES = 0 /* a sniffer sends nothing */ };

/* On a busy channel, only ESP-NOW; on a network, anything that starts like a frame of the link
 * after the two addresses: 8 bytes of UDP, 12 of addresses. Ports are not checked: a frame for a
 * single device goes to whatever port that device has. */
static const char espnow_filter[] = "wlan[0] = 0xd0 and wlan[24:4] = 0x7f18fe34 and wlan[32] = 221";
static const char udp_filter[] = "ip and udp and udp[4:2] > 20 and udp[20] = 0xc1";

/* Whether it can be sniffed at all, checked without privileges. */
static bool is_ready(const char *interface, char error[VB_CAPTURE_ERROR_SIZE])
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        vb_cause_set_errno(errno, VB_CAUSE_UNAVAILABLE);
        snprintf(error, VB_CAPTURE_ERROR_SIZE, "cannot create a socket: %s", strerror(errno));
        return false;
    }
    const struct vb_monitor monitor = vb_monitor_look(fd, interface, LOOKED_AT_BYTES);
    close(fd);
    if (monitor.state == VB_MONITOR_READY)
        return true;
    vb_cause_set(VB_CAUSE_UNAVAILABLE);
    vb_monitor_say(monitor.state, interface, error, VB_CAPTURE_ERROR_SIZE);
    return false;
}

static void say_not_activated(int status, pcap_t *pcap, const char *interface,
                              char error[VB_CAPTURE_ERROR_SIZE])
{
    vb_cause_set(VB_CAUSE_UNAVAILABLE);
    if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
        vb_monitor_say_errno(EPERM, interface, error, VB_CAPTURE_ERROR_SIZE);
    else if (status == PCAP_ERROR_NO_SUCH_DEVICE)
        vb_monitor_say(VB_MONITOR_MISSING, interface, error, VB_CAPTURE_ERROR_SIZE);
    else if (status == PCAP_ERROR_IFACE_NOT_UP)
        vb_monitor_say(VB_MONITOR_DOWN, interface, error, VB_CAPTURE_ERROR_SIZE);
    else
        snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s cannot be opened: %s (%s)", interface,
                 pcap_statustostr(status), pcap_geterr(pcap));
}

static bool set_filter(pcap_t *pcap, const char *text)
{
    struct bpf_program program;
    if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return false;
    const bool set = pcap_setfilter(pcap, &program) == 0;
    pcap_freecode(&program);
    return set;
}

static bool activate(pcap_t *pcap, const char *interface, const char *filter,
                     char error[VB_CAPTURE_ERROR_SIZE])
{
    /* None of these can fail before activation. */
    (void)pcap_set_snaplen(pcap, CAPTURED_BYTES_MAX);
    (void)pcap_set_promisc(pcap, 0);
    (void)pcap_set_immediate_mode(pcap, 1);
    (void)pcap_set_timeout(pcap, VB_CAPTURE_WAIT_MS);
    const int status = pcap_activate(pcap);
    if (status < 0) {
        say_not_activated(status, pcap, interface, error);
        return false;
    }
    char why[PCAP_ERRBUF_SIZE];
    if (set_filter(pcap, filter) && pcap_setnonblock(pcap, 1, why) == 0)
        return true;
    vb_cause_set(VB_CAUSE_UNAVAILABLE);
    snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s cannot be sniffed: %s", interface,
             pcap_geterr(pcap));
    return false;
}

static struct vb_capture *open_interface(const char *interface, const char *filter,
                                         char error[VB_CAPTURE_ERROR_SIZE])
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_create(interface, why);
    if (pcap == NULL) {
        vb_cause_set(VB_CAUSE_UNAVAILABLE);
        snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s cannot be opened: %s", interface, why);
        return NULL;
    }
    if (activate(pcap, interface, filter, error))
        return vb_capture_of(pcap, true, interface, error);
    pcap_close(pcap);
    return NULL;
}

/* What follows "kind:", and "" for "kind" itself; else NULL. */
static const char *behind(const char *text, const char *kind)
{
    const size_t length = strlen(kind);
    if (strncmp(text, kind, length) != 0)
        return NULL;
    if (text[length] == ':')
        return text + length + 1;
    return text[length] == '\0' ? text + length : NULL;
}

struct vb_capture *vb_capture_open_live(const char *link, char error[VB_CAPTURE_ERROR_SIZE])
{
    const char *radio = behind(link, "espnow");
    const char *network = behind(link, "udp");
    const char *interface = radio != NULL ? radio : network;
    const bool named = interface != NULL && (interface[0] != '\0' || network != NULL);
    vb_cause_set(VB_CAUSE_USAGE);
    if (!named || strlen(interface) >= IF_NAMESIZE || strpbrk(interface, ",=") != NULL) {
        snprintf(error, VB_CAPTURE_ERROR_SIZE,
                 "\"%s\" cannot be sniffed; use espnow:INTERFACE or udp[:INTERFACE]", link);
        return NULL;
    }
    if (radio != NULL)
        return is_ready(radio, error) ? open_interface(radio, espnow_filter, error) : NULL;
    return open_interface(interface[0] != '\0' ? interface : "any", udp_filter, error);
}
