/* Prints a capture as lines, one per frame, and counts what was in it. */
#ifndef VOLTBEACON_SNIFF_LINE_H
#define VOLTBEACON_SNIFF_LINE_H

#include "sniff/say_frame.h"
#include "sniff/sniffed.h"

struct vb_sniff_counts {
    uint64_t packets;  /* of the capture */
    uint64_t shown;    /* frames that matched the filter */
    uint64_t ours;     /* of these, Voltbeacon's */
    uint64_t emulator; /* Battery-Emulator's */
    uint64_t foreign;  /* ESP-NOW of others */
    uint64_t damaged;  /* ESP-NOW that could not be read */
};

struct vb_sniff {
    enum vb_sniff_link link;
    bool verbose;
    bool of_source; /* only what this device has sent */
    struct vb_mac source;
    struct vb_sniff_counts counts;
    struct vb_sniff_frames frames;
};

void vb_sniff_init(struct vb_sniff *sniff, enum vb_sniff_link link, bool verbose);

/* Whether the packet is a frame that matches the filter. *line then describes it, without its time
 * and newline: "02:56:62:00:a1:01 > ff:ff:ff:ff:ff:ff, channel 6, -50 dBm, 1 Mb/s,
 * espnow 1: voltbeacon hello 5a, ...". */
VB_MUST_USE bool vb_sniff_line(struct vb_sniff *sniff, const struct vb_sniff_packet *packet,
                               struct vb_sniff_text *line);

#endif
