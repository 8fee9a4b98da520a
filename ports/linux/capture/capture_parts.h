/* Shared by the capture's files. */
#ifndef VOLTBEACON_LINUX_CAPTURE_PARTS_H
#define VOLTBEACON_LINUX_CAPTURE_PARTS_H

#include <pcap/pcap.h>

#include "linux/capture/packet_capture.h"

struct vb_capture {
    pcap_t *pcap;
    bool live;
    enum vb_sniff_link link;
    struct pcap_pkthdr *header; /* of the last packet; libpcap's */
    const u_char *bytes;
};

/* Takes ownership of pcap, and closes it if it cannot be used. name: the file or interface. */
struct vb_capture *vb_capture_of(pcap_t *pcap, bool live, const char *name,
                                 char error[VB_CAPTURE_ERROR_SIZE]);

#endif
