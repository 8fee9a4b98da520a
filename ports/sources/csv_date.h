/* Dates and times as programs and phones write them, with or without a zone:
 *
 *     10/29/2023 2:00:05 PM    month first (United States), or day first (most others)
 *     29.10.2023 02:00:05      day first, as dots say
 *     2023-10-29T02:00:05.250  year first (ISO 8601), also with Z, +02:00 or -0330 behind it
 *
 * Also a comma behind the day, "2023. 10. 29.", "02.00.05", "p. m.", and no seconds.
 * Of 04/08/2023 nobody can tell which is the month; what it means is the caller's to find out. */
#ifndef VOLTBEACON_SOURCES_CSV_DATE_H
#define VOLTBEACON_SOURCES_CSV_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum vb_csv_date_order {
    VB_CSV_DATE_UNKNOWN,
    VB_CSV_DATE_MONTH_FIRST,
    VB_CSV_DATE_DAY_FIRST,
    VB_CSV_DATE_YEAR_FIRST
};

struct vb_csv_date {
    enum vb_csv_date_order order; /* VB_CSV_DATE_UNKNOWN where the month or the day is first */
    uint16_t year;                /* 1970 to 9999 */
    uint8_t first;                /* 1 to 31: month or day, as order says */
    uint8_t second;               /* the other */
    uint32_t ms_of_day;
    bool zoned;           /* it names its zone */
    int16_t zone_minutes; /* that local time is ahead of UTC; 0 where it names none */
};

/* False where the text is no date and time, or no such day can be in any order. */
VB_MUST_USE bool vb_csv_date_parse(const char *text, struct vb_csv_date *date);

/* ms since 1970, as though it were UTC where the date names no zone. The order counts only where
 * the date has none of its own. False where there is no such day in this order. */
VB_MUST_USE bool vb_csv_date_ms(const struct vb_csv_date *date, enum vb_csv_date_order order,
                                int64_t *time_ms);

/* The one order in which there is such a day; VB_CSV_DATE_UNKNOWN where it is both, and differs. */
enum vb_csv_date_order vb_csv_date_order_of(const struct vb_csv_date *date);

#endif
