/* Whose readings a history is given, and which of them are new to it: the same in a file and in
 * memory. */
#ifndef VOLTBEACON_HISTORY_PACKS_H
#define VOLTBEACON_HISTORY_PACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/pack/energy.h"

VB_C_BEGIN

struct vb_history_pack {
    bool used;
    bool sampled; /* epoch and sequence are those of the newest sample */
    struct vb_mac mac;
    uint16_t epoch; /* the transmitter's boot counter: a new one restarts the sequence */
    uint32_t sequence;
    uint32_t touched_ms; /* when the newest came */
    struct vb_energy energy;
};

/* Who is to keep a place: the transmitters that the receiver follows. */
struct vb_history_keeps {
    void *ctx;
    bool (*keeps)(void *ctx, const struct vb_mac *mac); /* NULL: nobody in particular */
};

/* The place of a transmitter among `count`, 1 or more: its own, or else a free one, or else that of
 * whoever has been silent longest at now_ms, of those that need not be kept if there are any. */
size_t vb_history_packs_place(const struct vb_history_pack *packs, size_t count,
                              const struct vb_mac *mac, uint32_t now_ms,
                              const struct vb_history_keeps *keeps);

/* A place is somebody else's from now on. */
void vb_history_pack_begin(struct vb_history_pack *pack, const struct vb_mac *mac);

/* False for a sample that has come before: it counts once. */
bool vb_history_pack_take(struct vb_history_pack *pack, uint16_t epoch, uint32_t sequence,
                          uint32_t now_ms);

VB_C_END

#endif
