#include "linux/capture/packet_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/capture/capture_parts.h"
#include "linux/system/cause.h"

enum { MICROSECONDS = 1000000 };

struct vb_capture_file {
    struct vb_capture *capture;
    pcap_dumper_t *dumper;
};

/* == Reading ================================================================================= */

static bool is_known(int link)
{
    switch (link) {
    case VB_SNIFF_ETHERNET:
    case VB_SNIFF_RAW_IP:
    case VB_SNIFF_IEEE80211:
    case VB_SNIFF_LINUX_ANY:
    case VB_SNIFF_RADIOTAP:
    case VB_SNIFF_LINUX_ANY_2:
        return true;
    default:
        return false;
    }
}

struct vb_capture *vb_capture_of(pcap_t *pcap, bool live, const char *name,
                                 char error[VB_CAPTURE_ERROR_SIZE])
{
    const int link = pcap_datalink(pcap);
    struct vb_capture *capture = NULL;
    if (!is_known(link)) {
        const char *text = pcap_datalink_val_to_name(link);
        snprintf(error, VB_CAPTURE_ERROR_SIZE,
                 "%s has packets of link type %s, which cannot carry frames of the link", name,
                 text != NULL ? text : "unknown");
        vb_cause_set(VB_CAUSE_DATA);
    } else {
        capture = calloc(1, sizeof *capture);
        if (capture == NULL) {
            snprintf(error, VB_CAPTURE_ERROR_SIZE, "out of memory");
            vb_cause_set(VB_CAUSE_SYSTEM);
        }
    }
    if (capture == NULL) {
        pcap_close(pcap);
        return NULL;
    }
    *capture = (struct vb_capture){.pcap = pcap, .live = live, .link = (enum vb_sniff_link)link};
    return capture;
}

struct vb_capture *vb_capture_open_stream(FILE *file, const char *name,
                                          char error[VB_CAPTURE_ERROR_SIZE])
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_fopen_offline(file, why);
    if (pcap != NULL)
        return vb_capture_of(pcap, false, name, error);
    vb_cause_set(VB_CAUSE_DATA);
    snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s is not a pcap or pcapng capture: %s", name, why);
    if (file != stdin)
        (void)fclose(file);
    return NULL;
}

struct vb_capture *vb_capture_open_file(const char *path, char error[VB_CAPTURE_ERROR_SIZE])
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (file != NULL)
        return vb_capture_open_stream(file, path, error);
    vb_cause_set_errno(errno, VB_CAUSE_NO_INPUT);
    snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s cannot be read: %s", path, strerror(errno));
    return NULL;
}

void vb_capture_close(struct vb_capture *capture)
{
    pcap_close(capture->pcap);
    free(capture);
}

enum vb_sniff_link vb_capture_link(const struct vb_capture *capture)
{
    return capture->link;
}

/* libpcap's own wait may last forever, and continues after a signal. */
static bool is_readable(const struct vb_capture *capture)
{
    struct pollfd readable = {.fd = pcap_get_selectable_fd(capture->pcap), .events = POLLIN};
    return poll(&readable, 1, VB_CAPTURE_WAIT_MS) > 0;
}

enum vb_capture_result vb_capture_next(struct vb_capture *capture, struct vb_sniff_packet *packet,
                                       char error[VB_CAPTURE_ERROR_SIZE])
{
    if (capture->live && !is_readable(capture))
        return VB_CAPTURE_NONE;
    const int got = pcap_next_ex(capture->pcap, &capture->header, &capture->bytes);
    if (got == 0)
        return VB_CAPTURE_NONE;
    if (got == PCAP_ERROR_BREAK)
        return capture->live ? VB_CAPTURE_NONE : VB_CAPTURE_END;
    if (got < 0) {
        snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s", pcap_geterr(capture->pcap));
        return VB_CAPTURE_FAILED;
    }
    const struct pcap_pkthdr *header = capture->header;
    VB_ASSERT(capture->bytes != NULL);
    *packet = (struct vb_sniff_packet){.wall_us = (uint64_t)header->ts.tv_sec * MICROSECONDS +
                                                  (uint64_t)header->ts.tv_usec,
                                       .bytes = capture->bytes,
                                       .size = header->caplen,
                                       .size_on_air = header->len};
    return VB_CAPTURE_PACKET;
}

unsigned vb_capture_dropped(struct vb_capture *capture)
{
    struct pcap_stat stat = {0};
    if (!capture->live || pcap_stats(capture->pcap, &stat) != 0)
        return 0;
    return stat.ps_drop;
}

/* == Writing ================================================================================= */

struct vb_capture_file *vb_capture_write_to(struct vb_capture *capture, const char *path,
                                            char error[VB_CAPTURE_ERROR_SIZE])
{
    struct vb_capture_file *file = calloc(1, sizeof *file);
    errno = 0;
    pcap_dumper_t *dumper = file == NULL ? NULL : pcap_dump_open(capture->pcap, path);
    if (dumper != NULL) {
        *file = (struct vb_capture_file){.capture = capture, .dumper = dumper};
        return file;
    }
    vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
    snprintf(error, VB_CAPTURE_ERROR_SIZE, "%s cannot be written: %s", path,
             errno != 0 ? strerror(errno) : pcap_geterr(capture->pcap));
    free(file);
    return NULL;
}

bool vb_capture_write(struct vb_capture_file *file)
{
    const struct vb_capture *capture = file->capture;
    VB_ASSERT(capture->header != NULL);
    pcap_dump((u_char *)file->dumper, capture->header, capture->bytes);
    if (ferror(pcap_dump_file(file->dumper)) != 0)
        return false;
    /* A live capture must be readable at once, and after a power cut. */
    return !capture->live || pcap_dump_flush(file->dumper) == 0;
}

bool vb_capture_file_close(struct vb_capture_file *file)
{
    const bool written = pcap_dump_flush(file->dumper) == 0;
    const int reason = errno;
    pcap_dump_close(file->dumper);
    free(file);
    errno = reason;
    return written;
}
