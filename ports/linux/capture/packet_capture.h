/* Packets off the air, off a network or out of a file, and into a file: by libpcap, so that tcpdump
 * and Wireshark read and write the same. */
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
    VB_CAPTURE_NONE,  /* live: none came within VB_CAPTURE_WAIT_MS, or a signal did */
    VB_CAPTURE_END,   /* of the file */
    VB_CAPTURE_FAILED /* a file that is cut or damaged, an interface that went; error says which */
};

/* Opens a file of pcap or pcapng; "-": the standard input. NULL, and why in error with its cause,
 * where it is none, or of what no frame of the link can stand in. */
struct vb_capture *vb_capture_open_file(const char *path, char error[VB_CAPTURE_ERROR_SIZE]);

/* Likewise, of a stream, which it takes. name: as the error calls it. */
struct vb_capture *vb_capture_open_stream(FILE *file, const char *name,
                                          char error[VB_CAPTURE_ERROR_SIZE]);

/* Listens on "espnow:INTERFACE", an interface in monitor mode, or "udp" or "udp:INTERFACE". NULL,
 * and why in error with its cause and the command that mends it. */
struct vb_capture *vb_capture_open_live(const char *link, char error[VB_CAPTURE_ERROR_SIZE]);

void vb_capture_close(struct vb_capture *capture);

enum vb_sniff_link vb_capture_link(const struct vb_capture *capture);

/* The next packet; its bytes are valid until the next call. error is set with
 * VB_CAPTURE_FAILED alone. */
enum vb_capture_result vb_capture_next(struct vb_capture *capture, struct vb_sniff_packet *packet,
                                       char error[VB_CAPTURE_ERROR_SIZE]);

/* Live: how many packets the kernel had no room for. */
unsigned vb_capture_dropped(struct vb_capture *capture);

/* Makes a file of pcap for what the capture hears, over one that is there, as tcpdump does; "-":
 * the standard output. NULL, and why in error with its cause, where it cannot. It must be closed
 * before the capture. */
struct vb_capture_file *vb_capture_write_to(struct vb_capture *capture, const char *path,
                                            char error[VB_CAPTURE_ERROR_SIZE]);

/* Writes the packet that vb_capture_next() has handed out last. False, and errno, where it cannot.
 */
VB_MUST_USE bool vb_capture_write(struct vb_capture_file *file);

/* False, and errno, where what was written did not reach the disk. */
VB_MUST_USE bool vb_capture_file_close(struct vb_capture_file *file);

#endif
