/* Ours: the very devices that ship, simulated (tests/world), in the shape of a design.
 *
 * A change counts from the call that makes it, so the store's commit of 1 ms is in our times and
 * not in those of the old designs, which have none; and it counts as shown once the section is
 * verified. */
#ifndef VOLTBEACON_OURS_H
#define VOLTBEACON_OURS_H

#include "design.h"
#include "voltbeacon/core/random.h"
#include "world/world_node.h"

enum { VB_OURS_COMMIT_MS = 1 };

struct vb_ours_end {
    struct vb_ours *pair;
    const struct vb_mac *from; /* who is heard */
    struct vb_world_node node;
};

struct vb_ours {
    struct vb_random random;
    uint32_t reading_every_ms; /* 0 = no telemetry; a reading has 96 cells */
    uint32_t reading_at_ms;
    struct vb_ours_end ends[VB_SIDE_COUNT];
    /* As the receiver saw it. */
    uint32_t degraded;
    uint32_t offline;
    uint32_t reboots;
};

/* Both ends with empty stores, switched off. Large, and must not move. */
struct vb_design vb_ours_design(struct vb_ours *pair, uint64_t seed, uint32_t reading_every_ms);
/* Whether everything that the receiver holds is verified. */
bool vb_ours_in_sync(const struct vb_ours *pair);

#endif
