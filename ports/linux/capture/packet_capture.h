/* Packets from the air, a network or a file, and to a file: via libpcap, so that tcpdump and
 * Wireshark read and write the same. */
#ifndef VOLTBEACON_LINUX_PACKET_CAPTURE_H
#define VOLTBEACON_LINUX_PACKET_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sniff/sniffed.h"

struct vb_capture;
struct vb_capture_file;

enum { VB_CAPTURE_ERROR_SIZE = 512, VB_CAPTURE_WAIT_MS = 200 };

enum vb_capture_result {
    VB_CAPTURE_PACKET,
    VB_CAPTURE_NONE,  /* live: none within VB_CAPTURE_WAIT_MS, or interrupted by a signal */
    VB_CAPTURE_END,   /* of the file */
    VB_CAPTURE_FAILED /* truncated or damaged file, or interface gone; see error */
};

/* Opens a pcap or pcapng file; "-": standard input. NULL, with the reason in error and its cause
 * set, if it is not one, or its link type cannot carry frames of the link. */
struct vb_capture *vb_capture_open_file(const char *path, char error[VB_CAPTURE_ERROR_SIZE]);

/* Likewise for a stream; takes ownership of it. name: for the error. */
struct vb_capture *vb_capture_open_stream(FILE *file, const char *name,
                                          char error[VB_CAPTURE_ERROR_SIZE]);

/* Listens on "espnow:INTERFACE", an interface in monitor mode, or "udp" or "udp:INTERFACE". NULL,
 * with the reason and the command that fixes it in error, and its cause set. */
struct vb_capture *vb_capture_open_live(const char *link, char error[VB_CAPTURE_ERROR_SIZE]);

void vb_capture_close(struct vb_capture *capture);

enum vb_sniff_link vb_capture_link(const struct vb_capture *capture);

/* The next packet; its bytes are valid until the next call. error is set only for
 * VB_CAPTURE_FAILED. */
enum vb_capture_result vb_capture_next(struct vb_capture *capture, struct vb_sniff_packet *packet,
                                       char error[VB_CAPTURE_ERROR_SIZE]);

/* Live: packets dropped by the kernel. */
unsigned vb_capture_dropped(struct vb_capture *capture);

/* Creates a pcap file for what the capture receives, replacing an existing one like tcpdump does;
 * "-": standard output. NULL, with the reason in error and its cause set. Close it before the
 * capture. */
struct vb_capture_file *vb_capture_write_to(struct vb_capture *capture, const char *path,
                                            char error[VB_CAPTURE_ERROR_SIZE]);

/* Writes the packet last returned by vb_capture_next(). False, with errno set, on failure. */
VB_MUST_USE bool vb_capture_write(struct vb_capture_file *file);

/* False, with errno set, if what was written did not reach the disk. */
VB_MUST_USE bool vb_capture_file_close(struct vb_capture_file *file);

#endif
