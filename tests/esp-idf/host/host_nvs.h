/* Non-volatile storage on the host: names, sizes and pages bound as ESP-IDF documents them, a
 * write that fails or loses its power, and a file in which it outlives the program. */
#ifndef VOLTBEACON_TESTS_HOST_NVS_H
#define VOLTBEACON_TESTS_HOST_NVS_H

#include <stdbool.h>
#include <stddef.h>

enum { HOST_NVS_PAGE_BYTES = 4096, HOST_NVS_PAGE_ENTRIES = 126, HOST_NVS_ENTRY_BYTES = 32 };

/* What is left of the write during which the power goes. */
enum host_nvs_cut { HOST_NVS_OLD, HOST_NVS_TORN, HOST_NVS_NEW, HOST_NVS_CUTS };

/* Empty flash with one partition of that name and size. */
void host_nvs_make(const char *partition, size_t bytes);
/* Likewise, with what the file holds, if it is there; every commit writes the file anew. */
void host_nvs_keep_in(const char *path);

/* The n-th write, erase or commit from now, 1 being the next, fails; 0: none does. */
void host_nvs_fail_at(unsigned n);
/* It is done, and reported as failed, as where the flash answers too late. NVS knows nothing of the
 * value then: it finds none under that key, and neither erases nor replaces it. It is there when
 * the power comes again. */
void host_nvs_deny_at(unsigned n);
/* The power goes during it: no call has an effect until host_nvs_power_on(). */
void host_nvs_cut_at(unsigned n, enum host_nvs_cut cut);
/* Whether it has gone; how many writes, erases and commits there were since the power came. */
bool host_nvs_is_off(void);
unsigned host_nvs_writes(void);
/* What was not committed is gone, and so are all handles. */
void host_nvs_power_on(void);

#endif
