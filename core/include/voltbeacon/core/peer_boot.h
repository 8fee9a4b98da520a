/* Which boot of a transmitter a receiver believes, and on what evidence.
 *
 * A store can be restored, a card can be cloned: then store id, epoch and seq prove nothing. A
 * boot's name is random and never reused, and an answer that carries our nonce is recent. See
 * docs/protocol.md, "Boots, replacements, late frames". */
#ifndef VOLTBEACON_PEER_BOOT_H
#define VOLTBEACON_PEER_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

enum vb_boot_state {
    VB_BOOT_UNKNOWN, /* nothing heard since this receiver started */
    VB_BOOT_CLAIMED, /* frames claim it */
    VB_BOOT_PROVEN,  /* it has answered one of our hellos */
    VB_BOOT_CLONED   /* two boots answer in turn under one address: two devices */
};

/* One boot's answers to the challenges. Challenges are numbered; the numbers wrap. */
struct vb_boot_answers {
    uint32_t name; /* 0 = unused */
    uint16_t first;
    uint16_t last;
    struct vb_age heard; /* since any frame named it */
};

/* The sequence numbers when a nonce was made: an answer to it is newer than those. */
struct vb_boot_mark {
    bool state_known;
    bool reading_known;
    uint32_t state_seq;
    uint32_t reading_seq;
};

struct vb_peer_boot {
    enum vb_boot_state state;
    uint32_t name;       /* 0 = not received yet */
    uint32_t former;     /* the previous one; 0 = none. Its late frames are ignored ... */
    struct vb_age since; /* ... for a while after its replacement */
    bool order_unknown;  /* the previous one had no lower epoch, is unknown, or was so too */
    uint32_t newest_seq; /* of all accepted frames */
    uint16_t challenges; /* nonces made */
    bool answered;       /* the newest nonce was answered */
    uint8_t unanswered;  /* hellos since the last answer, up to 255 */
    uint8_t doubts;      /* hellos about a boot that is not believed, up to 255 ... */
    uint16_t doubted;    /* ... of this epoch */
    bool ambiguous;      /* another device uses its epoch: frames without a store may be its */
    struct vb_boot_mark mark;
    struct vb_boot_answers seen[2];
    bool proof_wanted;    /* the latest claim did not answer a hello: send one ... */
    uint32_t proof_at_ms; /* ... at this time */
    uint8_t proof_tries;
};

VB_C_BEGIN

bool vb_boot_legal(enum vb_boot_state from, enum vb_boot_state to);

VB_C_END

#endif
