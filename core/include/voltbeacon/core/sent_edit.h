/* An edit on its way from a receiver to a transmitter, as kept by the receiver. */
#ifndef VOLTBEACON_SENT_EDIT_H
#define VOLTBEACON_SENT_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

VB_C_BEGIN

enum { VB_EDIT_CHANGES_MAX = 1024 /* bytes; the transmitter's VB_EDIT_BYTES_MAX */ };

enum vb_edit_state {
    VB_EDIT_STATE_PENDING,
    VB_EDIT_STATE_CONFIRMED, /* applied, and the cache holds the new version */
    VB_EDIT_STATE_REFUSED,
    VB_EDIT_STATE_CONFLICT,
    VB_EDIT_STATE_TIMED_OUT /* may still become one of the others: its transmitter is asked */
};
/* "pending", "confirmed", "refused", "conflict", "timed_out" */
const char *vb_edit_state_name(enum vb_edit_state state);
bool vb_sent_edit_legal(enum vb_edit_state from, enum vb_edit_state to);

struct vb_edit {
    uint64_t id;       /* 0 = unused slot */
    struct vb_mac mac; /* of the transmitter */
    uint8_t section;
    enum vb_edit_state state;
    uint64_t revision; /* of its last change, see changes.h */
    uint8_t outcome;   /* enum vb_edit_outcome, once answered */
    bool answered;
    bool send_due;
    uint32_t version; /* from the answer; TIMED_OUT: at which it was not known, 0: not told so */
    uint32_t store_id;
    uint32_t base_version;
    uint32_t base_hash;
    uint32_t begun_ms;
    uint32_t next_ms; /* next retry, or question */
    uint32_t retry_ms;
    uint8_t next_fragment;
    struct vb_reasons reasons;
    uint16_t size;
    uint8_t
        bytes[VB_EDIT_CHANGES_MAX]; /* the changes; a secret's text is wiped once it is answered */
};

/* See changes.h. */
static inline bool vb_edit_changed(const struct vb_edit *edit, uint64_t seen)
{
    return edit->id != 0 && edit->revision > seen;
}

VB_C_END

#endif
