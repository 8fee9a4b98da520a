#include "linux/system/system_random.h"

#include <errno.h>
#include <sys/random.h>

#include "voltbeacon/core/platform.h"

uint64_t vb_random_seed_from_system(void)
{
    uint64_t seed = 0;
    ssize_t size;
    do {
        size = getrandom(&seed, sizeof(seed), 0);
    } while (size < 0 && errno == EINTR);
    /* getrandom(2): up to 256 bytes are returned completely once the pool is initialized. */
    VB_ASSERT(size == (ssize_t)sizeof(seed));
    return seed;
}
