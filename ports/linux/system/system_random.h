/* Entropy of the machine, to seed the core's generator with. */
#ifndef VOLTBEACON_LINUX_SYSTEM_RANDOM_H
#define VOLTBEACON_LINUX_SYSTEM_RANDOM_H

#include <stdint.h>

/* Different at every call. Waits, early in a machine's boot, until the kernel has entropy. */
uint64_t vb_random_seed_from_system(void);

#endif
