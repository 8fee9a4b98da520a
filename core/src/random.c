#include "voltbeacon/core/random.h"

#include "voltbeacon/core/platform.h"

void vb_random_seed(struct vb_random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t vb_random_u64(struct vb_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

uint32_t vb_random_nonzero_u32(struct vb_random *random)
{
    const uint32_t value = (uint32_t)(vb_random_u64(random) >> 32);
    return value == 0 ? 1 : value;
}

uint32_t vb_random_between(struct vb_random *random, uint32_t low, uint32_t high)
{
    VB_ASSERT(low <= high);
    const uint64_t span = (uint64_t)high - low + 1;
    return low + (uint32_t)((vb_random_u64(random) >> 32) * span >> 32);
}
