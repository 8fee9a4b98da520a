/* A point of the history in memory, in 22 bytes.
 *
 * Of each quantity it has the mean, and how far the lowest and the highest are from it. The means
 * are rounded to nearest; lowest and highest outwards, the more the farther they are, so that what
 * was measured is always between the two:
 *
 *     quantity         mean to    lowest, highest to
 *     pack voltage     25 mV      25 mV within 0.8 V of the mean, 75 mV within 3.2 V, ...
 *     current          64 mA      64 mA within 2 A, 192 mA within 8 A, ...
 *     state of charge  0.1 %      0.1 % within 0.8 %, 0.2 % within 2.4 %, ...
 *     all cells        0.1 mV     1 mV within 64 mV, 2 mV within 192 mV, 4 mV within 448 mV, ...
 *     temperatures     0.1 degC   0.1 degC within 3.2 degC, 0.2 degC within 9.6 degC, ...
 *
 * An empty one is all zeros. */
#ifndef VOLTBEACON_HISTORY_RAM_POINT_H
#define VOLTBEACON_HISTORY_RAM_POINT_H

#include "voltbeacon/api/history_source.h"

VB_C_BEGIN

enum {
    VB_RAM_POINT_BYTES = 22,
    VB_RAM_POINT_TURNS = 4096,        /* of a ring: see ram_ring.h */
    VB_RAM_POINT_READINGS_MAX = 65535 /* more count as so many */
};

/* Takes one more reading, each cell and sensor together with all others: their mean is that of the
 * readings' means. */
void vb_ram_point_add(struct vb_history_view *point, const struct vb_reading *reading);
/* All that another span has. */
void vb_ram_point_merge(struct vb_history_view *point, const struct vb_history_view *other);

/* The point has readings, or this is not called. */
void vb_ram_point_write(const struct vb_history_view *point, uint16_t turn,
                        uint8_t bytes[VB_RAM_POINT_BYTES]);
/* False if it is empty. */
bool vb_ram_point_turn(const uint8_t bytes[VB_RAM_POINT_BYTES], uint16_t *turn);
/* How many readings had a quantity is not kept: those of the whole point, or none. */
void vb_ram_point_read(const uint8_t bytes[VB_RAM_POINT_BYTES], struct vb_history_view *point);

VB_C_END

#endif
