/* A recording played through the alarms, as it is or with a fault put into some of its cells. */
#ifndef VOLTBEACON_TESTS_FAULT_RUN_H
#define VOLTBEACON_TESTS_FAULT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/alarms.h"

enum {
    VB_RECORDED_MAX = 4096,      /* readings taken of a recording */
    VB_FIXED_THRESHOLD_MV = 150, /* Battery-Emulator's old limit of highest less lowest cell */
    VB_SWEEPS_TO_RAISE = 10,     /* judgeable ones within which a fault has to be found */
    VB_FAULT_LOWERED_MV = 80
};

struct vb_recorded {
    uint32_t count;
    struct vb_reading readings[VB_RECORDED_MAX];
    bool judgeable[VB_RECORDED_MAX]; /* as recorded: complete, untorn, low load, trained */
    uint64_t at_ms[VB_RECORDED_MAX];
};

/* False, and why, when the source cannot be read to its end or to VB_RECORDED_MAX. */
VB_MUST_USE bool vb_recorded_load(struct vb_recorded *recorded, const char *source, char *why,
                                  size_t capacity);

/* Default settings; pack and cell limits as wide as `voltbeacon analyse` takes them. */
struct vb_alarm_limits vb_recorded_limits(const struct vb_recorded *recorded);

enum vb_fault_kind { VB_FAULT_NONE, VB_FAULT_LOWERED, VB_FAULT_FROZEN, VB_FAULT_GROUP };

/* In the readings [begin, end). */
struct vb_fault {
    enum vb_fault_kind kind;
    uint8_t cell;
    uint32_t begin;
    uint32_t end;
    /* Of VB_FAULT_GROUP: so many cells from cell on, each `stride` behind the one before, lowered
     * by mv. */
    uint8_t group;
    uint8_t stride;
    uint16_t mv;
};

struct vb_fault_outcome {
    uint32_t begun[VB_ALARM_KINDS]; /* alarms, whatever cell */
    uint32_t named; /* of those, of the fault's kind and cell; of a group: 1 when the spread of the
                       pack has been told, or an imbalance of each of its cells */
    bool open_at_end;      /* one of the fault's kind and cell */
    uint32_t sweeps;       /* judgeable ones from the fault's begin until it was named */
    uint32_t contradicted; /* values that were set aside */
    uint32_t fixed;        /* times beyond the fixed threshold, during the fault if there is one */
};

struct vb_fault_outcome vb_fault_run(const struct vb_recorded *recorded,
                                     const struct vb_fault *fault);

/* Judgeable sweeps in [begin, end). */
uint32_t vb_recorded_judgeable(const struct vb_recorded *recorded, uint32_t begin, uint32_t end);

/* How far the mean of the cells moves in [begin, end), mV. */
double vb_recorded_moves_mv(const struct vb_recorded *recorded, uint32_t begin, uint32_t end);

#endif
