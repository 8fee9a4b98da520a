/* A ring of points of one length, the place of each given by its time: a newer one replaces the one
 * that was there `count` points before it. Gaps cost nothing, and a clock that goes back finds the
 * points that it had filed.
 *
 * A point bears the turn that it is of, the number of its time divided by count, of which it keeps
 * the lowest 12 bits; the others follow from the newest that was written. A point that is more than
 * 2,048 turns from that one, 5 years by the quarter of an hour, therefore clears the ring. */
#ifndef VOLTBEACON_HISTORY_RAM_RING_H
#define VOLTBEACON_HISTORY_RAM_RING_H

#include "history/ram_point.h"

VB_C_BEGIN

struct vb_ram_ring {
    uint8_t *points; /* count * VB_RAM_POINT_BYTES, the caller's */
    uint16_t count;  /* 0: nothing is kept */
    uint16_t step_s; /* that a point covers */
    uint32_t newest; /* the number of the point written last: its time divided by step_s */
};

void vb_ram_ring_init(struct vb_ram_ring *ring, uint8_t *points, uint16_t count, uint16_t step_s);
/* Forgets all of them. */
void vb_ram_ring_clear(struct vb_ram_ring *ring);

/* The point that is where this number's is or would be: false if there is none. *number becomes
 * that of the one found. */
bool vb_ram_ring_at(const struct vb_ram_ring *ring, int64_t *number, struct vb_history_view *point);
/* Replaces what is there. */
void vb_ram_ring_write(struct vb_ram_ring *ring, int64_t number,
                       const struct vb_history_view *point);
/* The first number at or after this one, not counting `except`; looks at each point once at most.
 * False if there is none. */
bool vb_ram_ring_first(const struct vb_ram_ring *ring, int64_t from, int64_t except,
                       int64_t *number);

VB_C_END

#endif
