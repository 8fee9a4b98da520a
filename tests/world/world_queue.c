#include "world/world_queue.h"

static bool sooner(const struct vb_world_queue *queue, unsigned a, unsigned b)
{
    const struct vb_world_flight *first = &queue->slots[queue->heap[a]];
    const struct vb_world_flight *second = &queue->slots[queue->heap[b]];
    if (first->at_ms != second->at_ms)
        return first->at_ms < second->at_ms;
    return first->serial < second->serial;
}

static void swap(struct vb_world_queue *queue, unsigned a, unsigned b)
{
    const uint16_t slot = queue->heap[a];
    queue->heap[a] = queue->heap[b];
    queue->heap[b] = slot;
}

void vb_world_queue_init(struct vb_world_queue *queue)
{
    for (unsigned i = 0; i < VB_WORLD_QUEUE_MAX; i++)
        queue->heap[i] = (uint16_t)i;
    queue->count = 0;
    queue->serials = 0;
}

struct vb_world_flight *vb_world_queue_slot(struct vb_world_queue *queue)
{
    return queue->count == VB_WORLD_QUEUE_MAX ? NULL : &queue->slots[queue->heap[queue->count]];
}

void vb_world_queue_push(struct vb_world_queue *queue)
{
    VB_ASSERT(queue->count < VB_WORLD_QUEUE_MAX);
    unsigned at = queue->count++;
    queue->slots[queue->heap[at]].serial = queue->serials++;
    while (at > 0 && sooner(queue, at, (at - 1) / 2)) {
        swap(queue, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

const struct vb_world_flight *vb_world_queue_first(const struct vb_world_queue *queue)
{
    return queue->count == 0 ? NULL : &queue->slots[queue->heap[0]];
}

void vb_world_queue_pop(struct vb_world_queue *queue)
{
    VB_ASSERT(queue->count > 0);
    queue->count--;
    swap(queue, 0, queue->count);
    unsigned at = 0;
    for (;;) {
        unsigned least = at;
        for (unsigned child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < queue->count && sooner(queue, child, least))
                least = child;
        }
        if (least == at)
            return;
        swap(queue, at, least);
        at = least;
    }
}
