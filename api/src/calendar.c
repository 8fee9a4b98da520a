#include "voltbeacon/api/calendar.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, ERA_DAYS = 146097, ERA_TO_1970_DAYS = 719468 };

static const int64_t moment_max_s = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

/* Both after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and
 * civil_from_days: years begin in March, 400 of them are an era. */
static int32_t days_of(int32_t year, int32_t month, int32_t day)
{
    const int32_t shifted = month <= 2 ? year - 1 : year;
    const int32_t era = shifted / 400; /* no year is negative here */
    const int32_t year_of_era = shifted - era * 400;
    const int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int32_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - ERA_TO_1970_DAYS;
}

void vb_date_format(int32_t day, char text[VB_DATE_TEXT_SIZE])
{
    const int32_t shifted = day + ERA_TO_1970_DAYS;
    const int32_t era = shifted / ERA_DAYS;
    const int32_t day_of_era = shifted - era * ERA_DAYS;
    const int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int32_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int32_t from_march = (5 * day_of_year + 2) / 153;
    const int32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const int32_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    const int32_t of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    /* The remainders tell the compiler how long the text can be. */
    snprintf(text, VB_DATE_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)of_month % 100);
}

void vb_moment_format(int64_t at_s, char text[VB_MOMENT_TEXT_SIZE])
{
    char date[VB_DATE_TEXT_SIZE];
    const int second = (int)(at_s % DAY_S);
    vb_date_format((int32_t)(at_s / DAY_S), date);
    snprintf(text, VB_MOMENT_TEXT_SIZE, "%.10sT%02d:%02d:%02dZ", date, second / 3600,
             second / 60 % 60, second % 60);
}

/* == In ====================================================================================== */

/* Exactly that many digits at *text, which is moved past them; from min to max. */
static bool take_digits(const char **text, unsigned digits, int32_t min, int32_t max,
                        int32_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return *number >= min && *number <= max;
}

static bool take_char(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool take_date(const char **text, int64_t *at_s)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t year;
    int32_t month;
    int32_t day;
    if (!take_digits(text, 4, 1970, 9999, &year) || !take_char(text, '-') ||
        !take_digits(text, 2, 1, 12, &month) || !take_char(text, '-') ||
        !take_digits(text, 2, 1, 31, &day))
        return false;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    *at_s = (int64_t)days_of(year, month, day) * DAY_S;
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool take_time(const char **text, int64_t *at_s)
{
    int32_t hour;
    int32_t minute;
    int32_t second = 0;
    if (!take_digits(text, 2, 0, 23, &hour) || !take_char(text, ':') ||
        !take_digits(text, 2, 0, 59, &minute))
        return false;
    if (take_char(text, ':') && !take_digits(text, 2, 0, 60, &second))
        return false;
    if (take_char(text, '.'))
        *text += strspn(*text, "0123456789");
    *at_s += hour * 3600 + minute * 60 + second;
    return true;
}

static bool take_zone(const char **text, int64_t *at_s)
{
    int32_t hour;
    int32_t minute;
    if (take_char(text, 'Z') || **text == '\0')
        return true;
    const int sign = **text == '-' ? 1 : -1;
    /* In a query, a plus not escaped as %2B has become a space. */
    if (!take_char(text, '-') && !take_char(text, '+') && !take_char(text, ' '))
        return false;
    if (!take_digits(text, 2, 0, 23, &hour) || !take_char(text, ':') ||
        !take_digits(text, 2, 0, 59, &minute))
        return false;
    *at_s += sign * (hour * 3600 + minute * 60);
    return true;
}

static bool parse_number(const char *text, int64_t *at_s)
{
    *at_s = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || *at_s > moment_max_s)
            return false;
        *at_s = *at_s * 10 + (*at - '0');
    }
    return text[0] != '\0';
}

bool vb_moment_parse(const char *text, int64_t *at_s)
{
    if (!parse_number(text, at_s)) {
        if (!take_date(&text, at_s))
            return false;
        if (take_char(&text, 'T') && (!take_time(&text, at_s) || !take_zone(&text, at_s)))
            return false;
        if (*text != '\0')
            return false;
    }
    return *at_s >= 0 && *at_s <= moment_max_s;
}
