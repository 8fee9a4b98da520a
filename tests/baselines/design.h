/* A sync design to be compared: two ends, driven like the core, that know nothing of links and
 * clocks. */
#ifndef VOLTBEACON_DESIGN_H
#define VOLTBEACON_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/mac.h"

enum { VB_KINDS_MAX = 16 /* of frames in one design */ };

struct vb_packet {
    uint8_t kind;      /* of the design's own kinds; for counting only, it does not travel */
    struct vb_mac dst; /* where the design looks at it */
    size_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

/* Milliseconds wrap, as in the core. */
struct vb_end {
    void *ctx;
    /* Power on, for the first time or again: what a real device keeps in its store is kept. */
    void (*boot)(void *ctx, uint32_t now_ms);
    void (*input)(void *ctx, uint32_t now_ms, const struct vb_packet *packet);
    void (*tick)(void *ctx, uint32_t now_ms);
    uint32_t (*wakeup_ms)(const void *ctx, uint32_t now_ms);
    /* False when there is nothing to send. */
    bool (*output)(void *ctx, uint32_t now_ms, struct vb_packet *packet);
};

enum vb_side { VB_SIDE_TRANSMITTER, VB_SIDE_RECEIVER, VB_SIDE_COUNT };

struct vb_design {
    const char *name;
    void *ctx;
    struct vb_end ends[VB_SIDE_COUNT];
    /* At the transmitter. */
    void (*change)(void *ctx, uint32_t now_ms, const struct vb_change *change);
    /* What the receiver shows as current; NULL when it shows nothing, or says that it may be stale.
     */
    const uint8_t *(*shows)(const void *ctx, uint8_t section, size_t *size);
    /* Somebody opens the receiver's page of this section and leaves it open. NULL: it makes no
     * difference. */
    void (*look)(void *ctx, uint32_t now_ms, uint8_t section);
    /* NULL for a kind that is not control traffic. */
    const char *(*kind_name)(uint8_t kind);
};

#endif
