/* Entropy from the system to seed the core's generator. */
#ifndef VOLTBEACON_LINUX_SYSTEM_RANDOM_H
#define VOLTBEACON_LINUX_SYSTEM_RANDOM_H

#include <stdint.h>

/* Different at every call. Early in a machine's boot it waits until the kernel has entropy. */
uint64_t vb_random_seed_from_system(void);

#endif
