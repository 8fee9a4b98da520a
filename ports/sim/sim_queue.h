/* Frames on their way: a heap by the time they arrive, and at the same time in the order they left.
 */
#ifndef VOLTBEACON_SIM_QUEUE_H
#define VOLTBEACON_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/frame.h"
#include "voltbeacon/mac.h"

enum { VB_SIM_QUEUE_MAX = 4096 };

struct vb_sim_flight {
    uint64_t at_ms;  /* world time of arrival */
    uint64_t serial; /* set by push */
    uint64_t sent_ms;
    struct vb_mac src;
    struct vb_mac dst;
    uint8_t to; /* node */
    bool intact;
    uint32_t held_in; /* the life of the device in whose socket it waits; 0 = it is on its way */
    uint16_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

struct vb_sim_queue {
    struct vb_sim_flight slots[VB_SIM_QUEUE_MAX];
    uint16_t
        heap[VB_SIM_QUEUE_MAX]; /* slots; heap[0] arrives first, those from count on are free */
    unsigned count;
    uint64_t serials;
};

void vb_sim_queue_init(struct vb_sim_queue *queue);
/* A slot to fill in; then vb_sim_queue_push. NULL when too much is under way: the link is full, the
 * frame lost. */
struct vb_sim_flight *vb_sim_queue_slot(struct vb_sim_queue *queue);
void vb_sim_queue_push(struct vb_sim_queue *queue);
/* The next to arrive; NULL when there is none. Valid until the next push. */
const struct vb_sim_flight *vb_sim_queue_first(const struct vb_sim_queue *queue);
void vb_sim_queue_pop(struct vb_sim_queue *queue);

#endif
