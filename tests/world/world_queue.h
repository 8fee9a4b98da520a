/* Frames in flight: a heap by arrival time; frames that arrive together keep the order they left.
 */
#ifndef VOLTBEACON_WORLD_QUEUE_H
#define VOLTBEACON_WORLD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/mac.h"

enum { VB_WORLD_QUEUE_MAX = 4096 };

struct vb_world_flight {
    uint64_t at_ms;  /* world time of arrival */
    uint64_t serial; /* set by push */
    uint64_t sent_ms;
    struct vb_mac src;
    struct vb_mac dst;
    uint8_t from; /* node; a stranger's is VB_WORLD_ANY */
    uint8_t to;
    bool intact;
    uint32_t held_in; /* the life of the device in whose socket it waits; 0 = it is on its way */
    uint64_t held_from_ms; /* since then, by its clock ... */
    uint32_t waited_ms;    /* ... for so long; 0 until it is taken in */
    uint16_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

struct vb_world_queue {
    struct vb_world_flight slots[VB_WORLD_QUEUE_MAX];
    uint16_t
        heap[VB_WORLD_QUEUE_MAX]; /* slots; heap[0] arrives first, those from count on are free */
    unsigned count;
    uint64_t serials;
};

void vb_world_queue_init(struct vb_world_queue *queue);
/* A slot to fill in; then call vb_world_queue_push. NULL if too much is in flight: the link is
 * full and the frame is lost. */
struct vb_world_flight *vb_world_queue_slot(struct vb_world_queue *queue);
void vb_world_queue_push(struct vb_world_queue *queue);
/* The next to arrive; NULL if there is none. Valid until the next push. */
const struct vb_world_flight *vb_world_queue_first(const struct vb_world_queue *queue);
void vb_world_queue_pop(struct vb_world_queue *queue);

#endif
