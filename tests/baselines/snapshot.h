/* S1, the oldest design: the receiver asks, the transmitter sends everything it holds.
 *
 * Nothing tells the receiver of a change, so something has to ask: here it asks every 15 s, as
 * often as S2 sends its beacon, and again after 1 s while the answer is not complete. The fragments
 * of one snapshot that did arrive are kept over such a retry. In favour of the design: no CRC per
 * frame, nor any header beyond the 8 bytes a fragment needs. */
#ifndef VOLTBEACON_SNAPSHOT_H
#define VOLTBEACON_SNAPSHOT_H

#include "design.h"

enum { VB_SNAPSHOT_BYTES_MAX = 4096, VB_SNAPSHOT_ASK_MS = 15000, VB_SNAPSHOT_RETRY_MS = 1000 };

struct vb_snapshot_transmitter {
    struct vb_content content; /* in its store */
    uint32_t version;          /* of the whole: the sum of the sections' versions */
    uint16_t size;
    uint8_t next; /* fragment to send; == count: none */
    uint8_t count;
    uint8_t bytes[VB_SNAPSHOT_BYTES_MAX];
};

struct vb_snapshot_receiver {
    struct vb_content content; /* in its store */
    uint32_t ask_at_ms;
    bool ask_due;
    bool ack_due;
    uint32_t version; /* of the snapshot being put together */
    uint32_t missing; /* bit n: fragment n */
    uint16_t size;
    uint8_t count; /* 0: none has come */
    uint8_t bytes[VB_SNAPSHOT_BYTES_MAX];
};

struct vb_snapshot {
    struct vb_snapshot_transmitter transmitter;
    struct vb_snapshot_receiver receiver;
};

/* Both ends fresh from the factory, switched off. */
struct vb_design vb_snapshot_design(struct vb_snapshot *pair);

#endif
