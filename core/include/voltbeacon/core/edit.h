/* Edits at the transmitter: pending ones, and the results that it remembers. */
#ifndef VOLTBEACON_EDIT_H
#define VOLTBEACON_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

enum {
    VB_EDITS_WAITING_MAX = 4, /* received over the link */
    VB_EDIT_LEDGER_MAX = 8,   /* the newest results, kept across reboots */
    VB_LOCAL_EDITS_MAX = 4,   /* made at the device: strangers cannot take these slots */
    VB_LOCAL_SECTIONS_MAX = VB_MARKS_MAX,
    VB_LOCAL_OUTCOMES_MAX = 2 * VB_LOCAL_EDITS_MAX /* the newest; each can be queried */
};

enum vb_edit_place {
    VB_PLACE_FREE,
    VB_PLACE_ASSEMBLING, /* fragments are missing */
    VB_PLACE_WHOLE,      /* waiting to be decided */
    VB_PLACE_IN_BATCH,   /* decided; waiting for the commit under way */
    VB_PLACE_IN_DOUBT    /* answered VB_ERR_UNCERTAIN; waits for the commit that settles
                            it */
};

VB_C_BEGIN
bool vb_edit_legal(enum vb_edit_place from, enum vb_edit_place to);
VB_C_END

/* An edit received over the link. */
struct vb_edit_waiting {
    enum vb_edit_place place;
    struct vb_mac from;
    uint64_t id;
    uint32_t store_id;
    uint32_t base_version;
    uint32_t base_hash;
    uint32_t missing; /* bit n: fragment n */
    uint32_t begun_ms;
    uint16_t size;
    uint8_t section;
    struct vb_edit_result result; /* once decided */
    uint8_t bytes[VB_EDIT_BYTES_MAX];
};

/* An edit made at the device: unconditional, any number of sections, all or nothing. */
struct vb_local_edit {
    uint64_t id;   /* 0: unused */
    bool in_batch; /* as above */
    bool in_doubt;
    uint8_t outcome; /* enum vb_edit_outcome, once decided ... */
    uint8_t section; /* ... if REFUSED: the section at fault ... */
    int8_t err;      /* ... and why, enum vb_err */
    uint8_t count;
    struct {
        uint8_t section;
        uint16_t size;
    } parts[VB_LOCAL_SECTIONS_MAX];
    uint8_t bytes[VB_EDIT_BYTES_MAX]; /* of all parts, back to back */
};

/* How a local edit ended. */
struct vb_local_outcome {
    uint64_t id;     /* 0: none */
    uint8_t outcome; /* enum vb_edit_outcome */
    uint8_t section; /* REFUSED: the section at fault ... */
    int8_t err;      /* ... and why; NOT_STORED: the store's error. enum vb_err */
};

/* A question about an edit that the transmitter does not know; the newest one is answered. */
struct vb_edit_question {
    struct vb_mac from;
    uint64_t id; /* 0: none */
    uint8_t section;
};

struct vb_edit_ledger_row {
    struct vb_mac from;
    struct vb_edit_result result; /* result.id == 0: unused */
    bool announce;                /* the result is still to be sent */
};

#endif
