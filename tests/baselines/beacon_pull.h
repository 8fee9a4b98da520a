/* S2: a beacon of 20 bytes with four versions every 15 s and once more at each change; the receiver
 * pulls a section whose version differs, and asks again after 1 s. S2b sends the beacon of a change
 * three times.
 *
 *   beacon   {kind u8, version u32 of mqtt, network, battery, power profile, 3 bytes of status}
 *   request  {kind u8, section u8, version u32, 10 bytes reserved}, one for each section
 *   answer   see baseline_answer.h
 *
 * In favour of the design: the frames are the bytes of its description, without the CRC, boot
 * counter and sequence number that ours carry; the receiver's copy survives a reboot; the three
 * beacons leave at once. */
#ifndef VOLTBEACON_BEACON_PULL_H
#define VOLTBEACON_BEACON_PULL_H

#include "baseline_answer.h"
#include "design.h"

enum { VB_PULL_BEACON_MS = 15000, VB_PULL_RETRY_MS = 1000 };

struct vb_pull_transmitter {
    struct vb_content content; /* in its store */
    uint8_t change_beacons;    /* sent at each change */
    uint8_t beacons_due;
    uint32_t beacon_at_ms; /* the next of the fixed ones */
    struct vb_answers answers;
};

struct vb_pull_section {
    uint32_t wanted; /* version; 0 = none */
    bool request_due;
    uint32_t retry_at_ms;
};

struct vb_pull_receiver {
    struct vb_content content;                                  /* in its store */
    struct vb_pull_section sections[VB_ANNOUNCED_SECTIONS + 1]; /* by id */
    struct vb_assembly assembly;
};

struct vb_pull {
    struct vb_pull_transmitter transmitter;
    struct vb_pull_receiver receiver;
};

/* Both ends fresh from the factory, switched off. change_beacons: 1 for S2, 3 for S2b. */
struct vb_design vb_pull_design(struct vb_pull *pair, uint8_t change_beacons);

#endif
