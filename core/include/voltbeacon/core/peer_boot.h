/* Which boot of a transmitter a receiver believes in, and on what evidence.
 *
 * A store can be put back as it was, a card can be cloned: store id, epoch and seq then say
 * nothing. A boot's name is random and never comes again, and an answer that carries a nonce of
 * ours is of now. See docs/protocol.md, "Boots, replacements, late frames". */
#ifndef VOLTBEACON_PEER_BOOT_H
#define VOLTBEACON_PEER_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

enum vb_boot_state {
    VB_BOOT_UNKNOWN, /* nothing heard since this receiver started */
    VB_BOOT_CLAIMED, /* frames say so */
    VB_BOOT_PROVEN,  /* it has answered a hello of ours */
    VB_BOOT_CLONED   /* two boots under one address answer by turns: two devices */
};

/* One boot's answers to the challenges, which are numbered; the numbers wrap. */
struct vb_boot_answers {
    uint32_t name; /* 0 = place not used */
    uint16_t first;
    uint16_t last;
    struct vb_age heard; /* since anything named it */
};

/* Where the sequence numbers stood when a nonce was made: an answer to it comes after all that. */
struct vb_boot_mark {
    bool state_known;
    bool reading_known;
    uint32_t state_seq;
    uint32_t reading_seq;
};

struct vb_peer_boot {
    enum vb_boot_state state;
    uint32_t name;       /* 0 = not told yet */
    uint32_t former;     /* the one before; 0 = none. Late frames of it are no news ... */
    struct vb_age since; /* ... for a while after it was replaced */
    bool order_unknown;  /* the one before had no lower epoch, is not known, or was like this */
    uint32_t newest_seq; /* of all frames taken */
    uint16_t challenges; /* nonces made */
    bool answered;       /* the newest nonce was */
    uint8_t unanswered;  /* hellos since an answer came, up to 255 */
    uint8_t doubts;      /* hellos about a boot which is not believed, up to 255 ... */
    uint16_t doubted;    /* ... of this epoch */
    bool ambiguous;      /* another speaks under its epoch: what names no store may be that one's */
    struct vb_boot_mark mark;
    struct vb_boot_answers seen[2];
    bool proof_wanted;    /* what was told last is no answer to a hello: one is sent ... */
    uint32_t proof_at_ms; /* ... then */
    uint8_t proof_tries;
};

VB_C_BEGIN

bool vb_boot_legal(enum vb_boot_state from, enum vb_boot_state to);

VB_C_END

#endif
