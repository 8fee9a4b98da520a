/* A small seeded generator for jitter, ids and stamps. Not for keys: those come with sealing. */
#ifndef VOLTBEACON_RANDOM_H
#define VOLTBEACON_RANDOM_H

#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_random {
    uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
 * Any seed is good, 0 included. */
void vb_random_seed(struct vb_random *random, uint64_t seed);
uint64_t vb_random_u64(struct vb_random *random);
/* Never 0. */
uint32_t vb_random_nonzero_u32(struct vb_random *random);
/* From low to high, both included; low <= high. */
uint32_t vb_random_between(struct vb_random *random, uint32_t low, uint32_t high);

VB_C_END

#endif
