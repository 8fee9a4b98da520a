#include "sources/csv_date.h"

#include <string.h>

enum { YEAR_MIN = 1970, HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000, DAY_MS = 24 * HOUR_MS };

static bool take(const char **at, char expected)
{
    if (**at != expected)
        return false;
    (*at)++;
    return true;
}

/* Up to digits_max of them; how many there were. */
static unsigned take_number(const char **at, unsigned digits_max, uint32_t *number)
{
    unsigned digits = 0;
    *number = 0;
    for (; digits < digits_max && **at >= '0' && **at <= '9'; (*at)++, digits++)
        *number = *number * 10 + (uint32_t)(**at - '0');
    return digits;
}

/* Phones write a no-break space before AM and PM: U+00A0 or U+202F. */
static bool take_spaces(const char **at)
{
    static const char *const spaces[] = {" ", "\xC2\xA0", "\xE2\x80\xAF"};
    const char *begin = *at;
    for (size_t i = 0; i < VB_COUNT_OF(spaces);) {
        const size_t size = strlen(spaces[i]);
        const bool found = strncmp(*at, spaces[i], size) == 0;
        *at += found ? size : 0;
        i = found ? 0 : i + 1;
    }
    return *at != begin;
}

static bool take_day(const char **at, struct vb_csv_date *date)
{
    uint32_t numbers[3];
    unsigned digits[3];
    digits[0] = take_number(at, 4, &numbers[0]);
    const char separator = **at;
    if (digits[0] == 0 || (separator != '/' && separator != '-' && separator != '.'))
        return false;
    (*at)++;
    (void)take_spaces(at);
    digits[1] = take_number(at, 2, &numbers[1]);
    if (digits[1] == 0 || !take(at, separator))
        return false;
    (void)take_spaces(at);
    digits[2] = take_number(at, 4, &numbers[2]);
    const bool year_first = digits[0] == 4;
    if (year_first ? digits[2] == 0 || digits[2] > 2 : digits[0] > 2 || digits[2] != 4)
        return false;
    const uint32_t year = numbers[year_first ? 0 : 2];
    date->first = (uint8_t)numbers[year_first ? 1 : 0];
    date->second = (uint8_t)numbers[year_first ? 2 : 1];
    date->year = (uint16_t)year;
    date->order = year_first         ? VB_CSV_DATE_YEAR_FIRST
                  : separator == '.' ? VB_CSV_DATE_DAY_FIRST
                                     : VB_CSV_DATE_UNKNOWN;
    return year >= YEAR_MIN;
}

/* "AM", "pm" or "p. m.", after spaces; hours count from 12 then. */
static bool take_half(const char **at, uint32_t *hour)
{
    const char *behind = *at;
    (void)take_spaces(&behind);
    const char half = (char)(*behind & ~0x20);
    if (half != 'A' && half != 'P')
        return *hour <= 23;
    behind++;
    (void)take(&behind, '.');
    (void)take_spaces(&behind);
    if ((*behind & ~0x20) != 'M' || *hour < 1 || *hour > 12)
        return false;
    behind++;
    (void)take(&behind, '.');
    *hour = *hour % 12 + (half == 'P' ? 12 : 0);
    *at = behind;
    return true;
}

/* "Z", "+02:00", "-0330" or "+02", after spaces; or nothing. */
static bool take_zone(const char **at, struct vb_csv_date *date)
{
    enum { ZONE_HOURS_MAX = 15 };
    uint32_t hours = 0;
    uint32_t minutes = 0;
    (void)take_spaces(at);
    const char sign = **at;
    if (sign == '\0')
        return true;
    (*at)++;
    date->zoned = true;
    if (sign == 'Z' || sign == 'z')
        return true;
    if ((sign != '+' && sign != '-') || take_number(at, 2, &hours) != 2)
        return false;
    (void)take(at, ':');
    const unsigned digits = take_number(at, 2, &minutes);
    if ((digits != 0 && digits != 2) || hours > ZONE_HOURS_MAX || minutes > 59)
        return false;
    date->zone_minutes = (int16_t)((sign == '-' ? -1 : 1) * (int32_t)(hours * 60 + minutes));
    return true;
}

static bool take_time(const char **at, uint32_t *ms_of_day)
{
    uint32_t hour;
    uint32_t minute;
    uint32_t second = 0;
    uint32_t ms = 0;
    if (take_number(at, 2, &hour) == 0)
        return false;
    const char separator = **at == '.' ? '.' : ':';
    if (!take(at, separator) || take_number(at, 2, &minute) != 2 || minute > 59)
        return false;
    const bool has_seconds = take(at, separator);
    if (has_seconds && (take_number(at, 2, &second) != 2 || second > 59))
        return false;
    if (has_seconds && (take(at, '.') || take(at, ','))) {
        const unsigned digits = take_number(at, 3, &ms);
        if (digits == 0)
            return false;
        ms *= digits == 1 ? 100 : digits == 2 ? 10 : 1;
        *at += strspn(*at, "0123456789");
    }
    if (!take_half(at, &hour))
        return false;
    *ms_of_day = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + ms;
    return true;
}

bool vb_csv_date_parse(const char *text, struct vb_csv_date *date)
{
    struct vb_csv_date parsed = {0};
    int64_t ignored;
    if (!take_day(&text, &parsed))
        return false;
    (void)(take(&text, ',') || take(&text, '.'));
    if ((!take(&text, 'T') && !take_spaces(&text)) || !take_time(&text, &parsed.ms_of_day) ||
        !take_zone(&text, &parsed) || *text != '\0')
        return false;
    if (!vb_csv_date_ms(&parsed, VB_CSV_DATE_MONTH_FIRST, &ignored) &&
        !vb_csv_date_ms(&parsed, VB_CSV_DATE_DAY_FIRST, &ignored))
        return false;
    *date = parsed;
    return true;
}

static bool exists(uint32_t year, uint32_t month, uint32_t day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Days since 1970-01-01. Years begin in March, so that the leap day is their last. */
static int64_t days_of(uint32_t year, uint32_t month, uint32_t day)
{
    enum { DAYS_TO_1970 = 719468 };
    const uint32_t from_march = month <= 2 ? year - 1 : year;
    const uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (int64_t)from_march * 365 + from_march / 4 - from_march / 100 + from_march / 400 +
           day_of_year - DAYS_TO_1970;
}

bool vb_csv_date_ms(const struct vb_csv_date *date, enum vb_csv_date_order order, int64_t *time_ms)
{
    const enum vb_csv_date_order own = date->order == VB_CSV_DATE_UNKNOWN ? order : date->order;
    const bool day_first = own == VB_CSV_DATE_DAY_FIRST;
    const uint8_t month = day_first ? date->second : date->first;
    const uint8_t day = day_first ? date->first : date->second;
    if (!exists(date->year, month, day))
        return false;
    *time_ms = days_of(date->year, month, day) * DAY_MS + date->ms_of_day -
               (int64_t)date->zone_minutes * MINUTE_MS;
    return true;
}

enum vb_csv_date_order vb_csv_date_order_of(const struct vb_csv_date *date)
{
    int64_t month_first_ms = 0;
    int64_t day_first_ms = 0;
    if (date->order != VB_CSV_DATE_UNKNOWN)
        return date->order;
    const bool month_first = vb_csv_date_ms(date, VB_CSV_DATE_MONTH_FIRST, &month_first_ms);
    const bool day_first = vb_csv_date_ms(date, VB_CSV_DATE_DAY_FIRST, &day_first_ms);
    if (month_first && day_first)
        return VB_CSV_DATE_UNKNOWN;
    return month_first ? VB_CSV_DATE_MONTH_FIRST : VB_CSV_DATE_DAY_FIRST;
}
