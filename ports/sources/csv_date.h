/* Dates and times as programs and phones write them, with or without a zone:
 *
 *     10/29/2023 2:00:05 PM    month first (United States), or day first (most others)
 *     29.10.2023 02:00:05      day first, as dots say
 *     2023-10-29T02:00:05.250  year first (ISO 8601), also with Z, +02:00 or -0330 behind it
 *     29/10/23 02:00:05        two digits of the year, which may be first as well
 *     29 Oct 2023 02:00:05     also "Oct 29, 2023", and in nine other languages
 *
 * Also a comma after the day, "2023. 10. 29.", the East Asian signs for year, month and day,
 * "02.00.05", "p. m.", and no seconds. In 04/08/2023 nobody can tell which is the month; that is
 * for the caller to find out. */
#ifndef VOLTBEACON_SOURCES_CSV_DATE_H
#define VOLTBEACON_SOURCES_CSV_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum vb_csv_date_order {
    VB_CSV_DATE_UNKNOWN,
    VB_CSV_DATE_MONTH_FIRST, /* the year is last, here and in the next */
    VB_CSV_DATE_DAY_FIRST,
    VB_CSV_DATE_YEAR_FIRST /* the day is last */
};

#define VB_CSV_DATE_BIT(order) (uint8_t)(1u << (order))

struct vb_csv_date {
    uint8_t orders;    /* bits of the orders that its form allows; at least one */
    uint16_t parts[3]; /* day, month and year as they are written; a month's name as its number */
    bool short_year;   /* the year has two digits, of 1970 to 2069 */
    uint32_t ms_of_day;
    bool zoned;           /* it names its time zone */
    int16_t zone_minutes; /* by which local time is ahead of UTC; 0 if it names none */
};

/* False if the text is not a date and time, or no such day exists in any order. */
VB_MUST_USE bool vb_csv_date_parse(const char *text, struct vb_csv_date *date);

/* ms since 1970, as though in UTC if the date names no zone. The order counts only if the date has
 * none of its own. False if there is no such day in this order. */
VB_MUST_USE bool vb_csv_date_ms(const struct vb_csv_date *date, enum vb_csv_date_order order,
                                int64_t *time_ms);

/* Bits of the orders in which such a day exists. */
uint8_t vb_csv_date_orders(const struct vb_csv_date *date);

#endif
