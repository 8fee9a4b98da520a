/* A seal for tests: a keyed checksum, repeated until the trailer is full. It does not
 * protect against anybody who can read this file; its purpose is a trailer of any length, and a
 * payload that is opened into the seal's own memory, as with an AEAD. */
#ifndef VOLTBEACON_WORLD_WORLD_SEAL_H
#define VOLTBEACON_WORLD_WORLD_SEAL_H

#include <stdbool.h>

#include "voltbeacon/core/seal.h"

struct vb_world_seal {
    struct vb_seal port;
    uint32_t key;
    bool hides;
    uint8_t opened[VB_PAYLOAD_BYTES_MAX];
};

/* overhead_bytes: a multiple of 4. hides: observers on the way, such as the simulator's checkers,
 * cannot read the payload. The seal must not move. */
void vb_world_seal_init(struct vb_world_seal *seal, uint32_t key, uint8_t overhead_bytes,
                        bool hides);

#endif
