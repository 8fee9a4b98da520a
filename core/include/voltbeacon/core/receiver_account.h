/* What a transmitter knows about one receiver, and about those that only sent a hello.
 *
 * Only a receiver that has shown it hears this transmitter gets an account: a stranger's frames
 * open none, and evict nobody. */
#ifndef VOLTBEACON_RECEIVER_ACCOUNT_H
#define VOLTBEACON_RECEIVER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

VB_C_BEGIN

enum {
    VB_RECEIVERS_MAX = 8, /* with an account at a transmitter; more are served all the same */
    VB_CANDIDATES_MAX = 4 /* with a hello waiting for an answer */
};

enum vb_account_state {
    VB_ACCOUNT_FREE,
    VB_ACCOUNT_REACHED,     /* heard within timing.stream_silence */
    VB_ACCOUNT_AWAITED,     /* likewise; asked for an acknowledgement, due at ack_due_ms */
    VB_ACCOUNT_UNREACHABLE, /* no answer three times in a row */
    VB_ACCOUNT_SILENT       /* not heard for timing.stream_silence */
};

/* "free", "reached", "reached", "unreachable", "silent" */
const char *vb_account_name(enum vb_account_state state);

/* A hello, and when the last one from this sender was answered. */
struct vb_greeting {
    bool due; /* to be answered with nonce */
    uint32_t nonce;
    struct vb_age answered;
};

struct vb_receiver_account {
    struct vb_mac mac;
    enum vb_account_state state;
    bool acked;       /* the change being announced */
    bool has_offer;   /* has acknowledged the keyframe on offer */
    uint8_t failures; /* in a row */
    uint32_t ack_due_ms;
    uint32_t reached_since_ms; /* without interruption */
    struct vb_greeting greeting;
    struct vb_age heard;
};

/* A device that has sent a hello, and nothing more. */
struct vb_candidate {
    bool used;
    struct vb_mac mac;
    struct vb_greeting greeting;
};

/* Airtime that answers to hellos have used in a second. */
struct vb_greetings_air {
    uint32_t second_ms;
    uint32_t used_us;          /* in total */
    uint32_t candidates_us;    /* of that, for candidates */
    struct vb_age asked;       /* since a frame last requested an acknowledgement */
    bool crowded;              /* more hellos than places: a beacon is to ask everyone */
    struct vb_age crowd_asked; /* since a beacon last did so */
};

/* ---- State ---- */

bool vb_account_legal(enum vb_account_state from, enum vb_account_state to);
/* The only place where an account's state changes. FREE wipes it. */
void vb_account_become(struct vb_receiver_account *account, enum vb_account_state state);
/* Whether it is there, as far as we know. */
bool vb_account_reached(const struct vb_receiver_account *account);

VB_C_END

#endif
