/* Which local day a time belongs to, in a zone of the system's time zone database.
 *
 * The C library has one zone per process; this sets it. */
#ifndef VOLTBEACON_LINUX_TIME_ZONE_H
#define VOLTBEACON_LINUX_TIME_ZONE_H

#include <stdbool.h>
#include <stdint.h>

enum { VB_TIME_ZONE_SIZE = 64 };

/* "Europe/Vienna", "UTC". False, with UTC set, if there is no such zone. Not from two threads at
 * once; the first call must be made before any thread is started. */
bool vb_time_zone_set(const char *name);
/* Whether there is such a zone; true for every name if no database is installed. From any
 * thread. */
bool vb_time_zone_is_known(const char *name);
/* As last set; for the thread that sets it. */
const char *vb_time_zone_name(void);

/* Days since 1970-01-01 in the zone's calendar, for a unix time. From any thread. */
int32_t vb_time_zone_day(int64_t at_s);

#endif
