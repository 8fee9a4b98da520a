/* What a link can do to a frame between a sender and a listener: lose it, singly or in bursts,
 * delay it past later ones, duplicate it, damage it. */
#ifndef VOLTBEACON_WORLD_LINK_H
#define VOLTBEACON_WORLD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/random.h"

/* Probabilities are in permille; a clean link has only delay_ms_min set. */
struct vb_world_faults {
    bool blocked; /* nothing passes in this direction: a one-way link */
    uint16_t loss;
    uint16_t burst_begin; /* Gilbert: at each frame the link turns bad with this probability ... */
    uint16_t burst_end;   /* ... and good again with this one ... */
    uint16_t burst_loss;  /* ... and loses this share of frames while bad */
    uint16_t duplicate;
    uint16_t corrupt; /* one to eight bits are flipped */
    uint16_t truncate;
    uint16_t late;         /* delayed by up to late_ms_max instead: later frames overtake it */
    uint32_t delay_ms_min; /* of every frame; 1 is the least */
    uint32_t delay_ms_max;
    uint32_t late_ms_max;
};

/* What has occurred, for the summary. */
struct vb_world_link_counts {
    uint64_t sent;
    uint64_t delivered;
    uint64_t blocked;
    uint64_t lost;
    uint64_t lost_in_burst;
    uint64_t bursts;
    uint64_t duplicated;
    uint64_t corrupted;
    uint64_t truncated;
    uint64_t late;
};

struct vb_world_link {
    struct vb_world_faults faults;
    struct vb_world_link_counts counts;
    bool bad;
};

struct vb_world_copy {
    uint32_t delay_ms;
    bool intact;
    size_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

enum { VB_WORLD_COPIES_MAX = 2 };

void vb_world_link_init(struct vb_world_link *link);
/* Back to a clean link; the counts stay. */
void vb_world_link_heal(struct vb_world_link *link);
/* What arrives of one frame: so many copies, each with its delay. */
unsigned vb_world_link_pass(struct vb_world_link *link, struct vb_random *random,
                            const uint8_t *bytes, size_t size,
                            struct vb_world_copy copies[VB_WORLD_COPIES_MAX]);

#endif
