/* A link's counters: frames by message, and what it has dropped, by reason. */
#ifndef VOLTBEACON_LINUX_LINK_COUNTERS_H
#define VOLTBEACON_LINUX_LINK_COUNTERS_H

#include <stdint.h>

enum { VB_LINK_MESSAGES = 32 /* values of a frame's 5-bit message type */ };

/* X(NAME, "what it was") */
#define VB_LINK_DROP_LIST(X)                                \
    X(FOREIGN, "meant for another device")                  \
    X(OWN, "sent by this device")                           \
    X(SENDER, "sent from a group address")                  \
    X(SHORT, "too short for a frame")                       \
    X(LONG, "too long for a frame")                         \
    X(OUTSIDE, "from outside the networks of the link")     \
    X(RADIO, "heard on the radio, not a frame of the link") \
    X(DAMAGED, "damaged on the air")                        \
    X(RETRY, "radio retry of a frame already received")

enum vb_link_drop {
#define X(NAME, text) VB_LINK_DROP_##NAME,
    VB_LINK_DROP_LIST(X)
#undef X
        VB_LINK_DROP_COUNT
};

struct vb_link_tally {
    uint64_t frames;
    uint64_t frame_bytes; /* without the VB_LINK_HEAD_BYTES before each */
};

struct vb_link_traffic {
    struct vb_link_tally all;
    uint64_t datagram_bytes;                           /* with them */
    struct vb_link_tally by_message[VB_LINK_MESSAGES]; /* by the low 5 bits of the frame's second
                                                          byte */
};

struct vb_link_counters {
    struct vb_link_traffic sent;
    struct vb_link_traffic received;
    uint64_t dropped[VB_LINK_DROP_COUNT]; /* received, but not passed on */
    uint64_t send_failed;
};

#endif
