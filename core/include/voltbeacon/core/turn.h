/* Where a receiver assembles the fragments of one section: one buffer, used in turn. */
#ifndef VOLTBEACON_TURN_H
#define VOLTBEACON_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_peer;

enum vb_turn_state {
    VB_TURN_FREE,
    VB_TURN_OFFERED, /* reserved for peer, which is being asked again */
    VB_TURN_HELD     /* holds fragments of peer's section */
};

struct vb_turn {
    enum vb_turn_state state;
    struct vb_peer *peer; /* NULL when free */
    uint8_t section;
    uint16_t total;
    uint32_t version;
    uint32_t store;
    uint32_t missing; /* bit n: fragment n */
    uint32_t begun_ms;
    uint32_t touched_ms;
};

bool vb_turn_legal(enum vb_turn_state from, enum vb_turn_state to);

VB_C_END

#endif
