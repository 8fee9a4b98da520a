/* What a transmitter knows of one receiver, and of those who have greeted it and proven nothing.
 *
 * An account is for who has shown that it hears this transmitter: a stranger's frames open none,
 * and throw nobody out of his. */
#ifndef VOLTBEACON_RECEIVER_ACCOUNT_H
#define VOLTBEACON_RECEIVER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

VB_C_BEGIN

enum {
    VB_RECEIVERS_MAX = 8, /* that a transmitter keeps account of; more are served all the same */
    VB_CANDIDATES_MAX = 4 /* whose hellos wait for an answer */
};

enum vb_account_state {
    VB_ACCOUNT_FREE,
    VB_ACCOUNT_REACHED,     /* heard within timing.stream_silence */
    VB_ACCOUNT_AWAITED,     /* likewise; asked for an acknowledgement, until ack_due_ms */
    VB_ACCOUNT_UNREACHABLE, /* three times in a row without an answer */
    VB_ACCOUNT_SILENT       /* not heard for timing.stream_silence */
};

/* "free", "reached", "reached", "unreachable", "silent" */
const char *vb_account_name(enum vb_account_state state);

/* A hello, and when the last one of this sender was answered. */
struct vb_greeting {
    bool due; /* to be answered with nonce */
    uint32_t nonce;
    struct vb_age answered;
};

struct vb_receiver_account {
    struct vb_mac mac;
    enum vb_account_state state;
    bool acked;       /* the change being announced */
    bool has_offer;   /* it acknowledged the keyframe on offer */
    uint8_t failures; /* in a row */
    uint32_t ack_due_ms;
    uint32_t reached_since_ms; /* without a break */
    struct vb_greeting greeting;
    struct vb_age heard;
};

/* Who has greeted, and no more. */
struct vb_candidate {
    bool used;
    struct vb_mac mac;
    struct vb_greeting greeting;
};

/* What answers to hellos have taken of a second's air. */
struct vb_greetings_air {
    uint32_t second_ms;
    uint32_t used_us;          /* in all */
    uint32_t candidates_us;    /* of it, to those who have proven nothing */
    struct vb_age asked;       /* since a frame last asked to be acknowledged */
    bool crowded;              /* more greet than there are places: a beacon is to ask them all */
    struct vb_age crowd_asked; /* since one last did for that */
};

/* ---- State ---- */

bool vb_account_legal(enum vb_account_state from, enum vb_account_state to);
/* The only place where an account's state changes. FREE wipes it. */
void vb_account_become(struct vb_receiver_account *account, enum vb_account_state state);
/* Whether it is there, as far as is known. */
bool vb_account_reached(const struct vb_receiver_account *account);

VB_C_END

#endif
