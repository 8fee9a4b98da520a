/* A data partition on the host: NOR flash whose bits a write can only clear (asserted), and whose
 * power goes in the middle of a write or an erase. */
#ifndef VOLTBEACON_TESTS_HOST_PARTITION_H
#define VOLTBEACON_TESTS_HOST_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

enum { HOST_PARTITION_SECTOR_BYTES = 4096, HOST_PARTITION_BYTES_MAX = 65536 };

/* One of that label and size, filled with what an earlier program may have left. size 0: there is
 * none. */
void host_partition_make(const char *label, size_t size, unsigned char left);

/* The n-th write or erase from now, 1 being the next, does its first part alone, in 256ths, and the
 * power goes: no call has an effect until host_partition_power_on(). 0: it stays. */
void host_partition_cut_at(unsigned n, unsigned part);
/* So many from there on fail and do nothing, erases only where they are meant too; and the next
 * ones succeed. */
void host_partition_fail_at(unsigned n, unsigned count, bool erases_too);
/* A bit of the flash is the other way round from now on. */
void host_partition_flip(size_t byte, unsigned bit);
bool host_partition_is_off(void);
void host_partition_power_on(void);

unsigned host_partition_writes(void); /* and erases, since the power came or a fault was set */
unsigned host_partition_erases(size_t sector);

#endif
