/* A reading: one sample of the pack's cells and the values that go with it, and its statistics. */
#ifndef VOLTBEACON_READING_H
#define VOLTBEACON_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_TEMPS_MAX = 40,
    VB_CELL_MV_MAX = 8190,          /* mV; the largest value a cell can have */
    VB_CELL_NOT_AVAILABLE = 8191,   /* in place of mV: the cell keeps its index */
    VB_TEMP_NOT_AVAILABLE = -32768, /* in place of 0.1 degC */
    VB_READING_BYTES_MAX = 520      /* the raw form, see docs/protocol.md */
};

enum vb_reading_flag {
    VB_READING_TOGETHER = 1 << 0,    /* all cells were sampled at the same moment */
    VB_READING_HAS_VOLTAGE = 1 << 1, /* pack_mv is known */
    VB_READING_HAS_CURRENT = 1 << 2, /* current_ma is known */
    VB_READING_HAS_SOC = 1 << 3,     /* soc_permille is known */
    VB_READING_SUMMARY =
        1 << 4 /* three "cells": the lowest, the highest and the mean of the real ones */
};

struct vb_reading {
    uint32_t sequence; /* counts samples, not transmissions: a repeated sweep keeps its number */
    uint32_t
        sampled_ms;     /* when it was sampled, on the clock of the device that holds this struct */
    uint64_t wall_ms;   /* the same moment in ms since 1970 UTC; 0 = not known */
    uint8_t flags;      /* enum vb_reading_flag */
    uint8_t cell_count; /* 1 to VB_CELLS_MAX; 0 = no reading yet */
    uint8_t temp_count; /* 0 to VB_TEMPS_MAX */
    uint16_t soc_permille;          /* 0 to 1000 */
    uint32_t pack_mv;               /* mV */
    int32_t current_ma;             /* mA, positive = charging */
    uint16_t cell_mv[VB_CELLS_MAX]; /* mV, or VB_CELL_NOT_AVAILABLE */
    int16_t temp_dc[VB_TEMPS_MAX];  /* 0.1 degC, or VB_TEMP_NOT_AVAILABLE */
    uint8_t
        balancing[(VB_CELLS_MAX + 7) / 8]; /* bit n & 7 of byte n / 8: cell n is being balanced */
};

/* Over the available cells only. */
struct vb_reading_stats {
    uint8_t available_count; /* 0: the rest is meaningless */
    uint8_t min_index;       /* from 0; the first of several */
    uint8_t max_index;
    uint16_t min_mv;
    uint16_t max_mv;
    uint32_t avg_uv; /* microvolts, rounded to nearest */
};

struct vb_reading_stats vb_reading_stats(const struct vb_reading *reading);

/* What is sent when there is no airtime for the whole reading: *summary has three cells, the
 * lowest, the highest and the mean in mV, and no temperatures. False if no cell is available. */
VB_MUST_USE bool vb_reading_summarise(const struct vb_reading *reading, struct vb_reading *summary);

static inline bool vb_reading_balancing(const struct vb_reading *reading, unsigned cell)
{
    return (reading->balancing[cell / 8] >> (cell % 8) & 1) != 0;
}

/* Writes the raw form. age_ms is how long ago it was sampled. Returns its size, at most
 * VB_READING_BYTES_MAX. The reading must be within its limits (asserted). */
size_t vb_reading_encode(const struct vb_reading *reading, uint32_t age_ms,
                         uint8_t bytes[VB_READING_BYTES_MAX]);

/* Reads the raw form; sampled_ms becomes now_ms minus the age it carries. On error *reading is
 * unchanged. */
VB_MUST_USE enum vb_err vb_reading_decode(const uint8_t *bytes, size_t size, uint32_t now_ms,
                                          struct vb_reading *reading);

/* The last N readings, the oldest overwritten. The caller owns the slots. */
struct vb_reading_ring {
    struct vb_reading *slots;
    uint16_t capacity; /* at least 1 */
    uint16_t count;    /* how many are held */
    uint16_t next;     /* slot of the next push */
    uint32_t pushes;   /* since init; wraps */
};

/* A consumer's position in a ring: how many pushes it has taken. Start with 0 to get everything the
 * ring holds, or with ring->pushes to get only what follows. */
struct vb_reading_cursor {
    uint32_t taken;
};

void vb_reading_ring_init(struct vb_reading_ring *ring, struct vb_reading *slots,
                          uint16_t capacity);
void vb_reading_ring_push(struct vb_reading_ring *ring, const struct vb_reading *reading);
/* back = 0 is the newest. NULL if fewer are held. Valid until the next push. */
const struct vb_reading *vb_reading_ring_at(const struct vb_reading_ring *ring, uint16_t back);
/* The oldest reading the cursor has not passed; NULL if there is none. *missed is how many before
 * it were overwritten unread, usually 0. Valid until the next push. */
const struct vb_reading *vb_reading_ring_next(const struct vb_reading_ring *ring,
                                              struct vb_reading_cursor *cursor, uint32_t *missed);

VB_C_END

#endif
