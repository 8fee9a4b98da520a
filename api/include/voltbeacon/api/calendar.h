/* Days and moments in the Gregorian calendar, UTC: without the C library's clock or time zone. */
#ifndef VOLTBEACON_API_CALENDAR_H
#define VOLTBEACON_API_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_DATE_TEXT_SIZE = 16, VB_MOMENT_TEXT_SIZE = 28 };

/* "2026-11-22", from days since 1970-01-01; years 1 to 9999. */
void vb_date_format(int32_t day, char text[VB_DATE_TEXT_SIZE]);
/* "2026-11-22T20:00:00Z", from unix time in seconds. */
void vb_moment_format(int64_t at_s, char text[VB_MOMENT_TEXT_SIZE]);

/* Unix time in seconds of "1795377600", "2026-11-22", "2026-11-22T20:00", with seconds, a fraction
 * of them (cut off), and a zone "Z" or "+01:00"; without a zone it is UTC. False if it is none of
 * these, or before 1970 or after 9999. */
bool vb_moment_parse(const char *text, int64_t *at_s);

VB_C_END

#endif
