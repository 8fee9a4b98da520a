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

/* Reads up to digits_max digits; returns how many there were. */
static unsigned take_number(const char **at, unsigned digits_max, uint32_t *number)
{
    unsigned digits = 0;
    *number = 0;
    for (; digits < digits_max && **at >= '0' && **at <= '9'; (*at)++, digits++)
        *number = *number * 10 + (uint32_t)(**at - '0');
    return digits;
}

/* Takes whichever of the words comes next; returns its index, -1 for none of them. */
static int take_word(const char **at, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(words[i]);
        if (strncmp(*at, words[i], size) == 0) {
            *at += size;
            return (int)i;
        }
    }
    return -1;
}

/* Phones write a no-break space before AM and PM: U+00A0 or U+202F. */
static bool take_spaces(const char **at)
{
    static const char *const spaces[] = {" ", "\xC2\xA0", "\xE2\x80\xAF"};
    const char *begin = *at;
    while (take_word(at, spaces, VB_COUNT_OF(spaces)) >= 0)
        continue;
    return *at != begin;
}

/* == The day ================================================================================= */

enum {
    MONTH_FIRST = VB_CSV_DATE_BIT(VB_CSV_DATE_MONTH_FIRST),
    DAY_FIRST = VB_CSV_DATE_BIT(VB_CSV_DATE_DAY_FIRST),
    YEAR_FIRST = VB_CSV_DATE_BIT(VB_CSV_DATE_YEAR_FIRST)
};

/* How month names begin in English, German, Dutch, Danish, Swedish, Norwegian, French,
 * Spanish, Portuguese and Italian. */
static const char *const month_names[12][6] = {
    {"jan", "ene", "gen"},
    {"feb", "fev", "f\xC3\xA9v"},
    {"mar", "m\xC3\xA4r", "mrz", "mrt", "maa"},
    {"apr", "avr", "abr"},
    {"may", "mai", "maj", "mei", "mag"},
    {"jun", "juin", "giu"},
    {"jul", "juil", "lug"},
    {"aug", "ago", "aou", "ao\xC3\xBB"},
    {"sep", "set"},
    {"oct", "okt", "ott", "out"},
    {"nov"},
    {"dec", "dez", "dic", "des", "d\303\251c"}, /* octal: \xA9c would be one number */
};

/* A letter, or a byte of one beyond ASCII, in lower case. */
static char small_letter(char c)
{
    const bool capital = c >= 'A' && c <= 'Z';
    return capital                                              ? (char)(c | 0x20)
           : (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80 ? c
                                                                : '\0';
}

static bool begins(const char *text, const char *name)
{
    while (*name != '\0' && small_letter(*text) == *name) {
        text++;
        name++;
    }
    return *name == '\0';
}

/* A month's name, in full or abbreviated. */
static bool take_month_name(const char **at, uint32_t *month)
{
    for (uint32_t i = 0; i < 12; i++) {
        for (size_t k = 0; k < VB_COUNT_OF(month_names[i]) && month_names[i][k] != NULL; k++) {
            if (!begins(*at, month_names[i][k]))
                continue;
            while (small_letter(**at) != '\0')
                (*at)++;
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* "29/10/2023", "2023-10-29", "29.10.23", "2023. 10. 29" */
static bool take_numbers(const char **at, struct vb_csv_date *date)
{
    uint32_t numbers[3] = {0};
    unsigned digits[3];
    char separator = '\0';
    for (unsigned i = 0; i < 3; i++) {
        if (i == 1 && (**at == '/' || **at == '-' || **at == '.'))
            separator = **at;
        if (i > 0 && (separator == '\0' || !take(at, separator)))
            return false;
        (void)(i > 0 && take_spaces(at));
        digits[i] = take_number(at, i == 1 ? 2 : 4, &numbers[i]);
        date->parts[i] = (uint16_t)numbers[i];
    }
    const bool short_first = digits[0] == 1 || digits[0] == 2;
    const bool short_last = digits[2] == 1 || digits[2] == 2;
    if (digits[1] == 0)
        return false;
    if (digits[0] == 4 && short_last)
        date->orders = YEAR_FIRST;
    else if (short_first && (digits[2] == 4 || digits[2] == 2))
        date->orders = separator == '.' ? DAY_FIRST : DAY_FIRST | MONTH_FIRST;
    date->short_year = digits[0] != 4 && digits[2] != 4;
    if (digits[0] == 2 && short_last)
        date->orders |= YEAR_FIRST;
    return date->orders != 0;
}

/* Between a month's name and the numbers. */
static bool take_gap(const char **at)
{
    const size_t length = strspn(*at, " .,/-");
    *at += length;
    return take_spaces(at) || length > 0;
}

/* "29 Oct 2023", "29-Okt-23", "Oct 29, 2023" */
static bool take_named(const char **at, struct vb_csv_date *date)
{
    uint32_t day;
    uint32_t month;
    uint32_t year;
    const bool month_first = take_month_name(at, &month);
    if (month_first && !take_gap(at))
        return false;
    if (take_number(at, 2, &day) == 0 || !take_gap(at))
        return false;
    if (!month_first && (!take_month_name(at, &month) || !take_gap(at)))
        return false;
    const unsigned digits = take_number(at, 4, &year);
    date->orders = month_first ? MONTH_FIRST : DAY_FIRST;
    date->parts[0] = (uint16_t)(month_first ? month : day);
    date->parts[1] = (uint16_t)(month_first ? day : month);
    date->parts[2] = (uint16_t)year;
    date->short_year = digits == 2;
    return digits == 4 || digits == 2;
}

/* In Chinese, Japanese and Korean each number is followed by its sign. */
static bool take_signed(const char **at, struct vb_csv_date *date)
{
    static const char *const signs[3][2] = {
        {"\xE5\xB9\xB4", "\xEB\x85\x84"}, /* year */
        {"\xE6\x9C\x88", "\xEC\x9B\x94"}, /* month */
        {"\xE6\x97\xA5", "\xEC\x9D\xBC"}, /* day */
    };
    for (unsigned i = 0; i < 3; i++) {
        uint32_t number;
        const unsigned digits = take_number(at, i == 0 ? 4 : 2, &number);
        if (digits == 0 || (i == 0 && digits != 4) || take_word(at, signs[i], 2) < 0)
            return false;
        date->parts[i] = (uint16_t)number;
        (void)(i < 2 && take_spaces(at));
    }
    date->orders = YEAR_FIRST;
    return true;
}

static bool take_day(const char **at, struct vb_csv_date *date)
{
    static bool (*const forms[])(const char **at, struct vb_csv_date *date) = {
        take_numbers, take_named, take_signed};
    for (size_t i = 0; i < VB_COUNT_OF(forms); i++) {
        const char *behind = *at;
        *date = (struct vb_csv_date){0};
        if (forms[i](&behind, date)) {
            *at = behind;
            return true;
        }
    }
    return false;
}

/* == The time ================================================================================ */

/* "AM" or "PM" before the time, as in Chinese, Japanese and Korean; '\0' if there is none. */
static char take_half_before(const char **at)
{
    static const char *const words[] = {"\xE5\x8D\x88\xE5\x89\x8D", "\xE4\xB8\x8A\xE5\x8D\x88",
                                        "\xEC\x98\xA4\xEC\xA0\x84", "\xE5\x8D\x88\xE5\xBE\x8C",
                                        "\xE4\xB8\x8B\xE5\x8D\x88", "\xEC\x98\xA4\xED\x9B\x84"};
    const int word = take_word(at, words, VB_COUNT_OF(words));
    (void)take_spaces(at);
    return word < 0 ? '\0' : word < 3 ? 'A' : 'P';
}

/* 'A' of "AM", 'P' of "pm" or "p. m.", after spaces; '\0' if there is none. */
static char take_half(const char **at)
{
    const char *behind = *at;
    (void)take_spaces(&behind);
    const char half = (char)(*behind & ~0x20);
    if (half != 'A' && half != 'P')
        return '\0';
    behind++;
    (void)take(&behind, '.');
    (void)take_spaces(&behind);
    if ((*behind & ~0x20) != 'M')
        return '\0'; /* neither: whatever is parsed next will reject it */
    behind++;
    (void)take(&behind, '.');
    *at = behind;
    return half;
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
    char half = take_half_before(at);
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
    half = half == '\0' ? take_half(at) : half;
    if (half == '\0' ? hour > 23 : hour < 1 || hour > 12)
        return false;
    hour = half == '\0' ? hour : hour % 12 + (half == 'P' ? 12 : 0);
    *ms_of_day = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + ms;
    return true;
}

bool vb_csv_date_parse(const char *text, struct vb_csv_date *date)
{
    struct vb_csv_date parsed;
    if (!take_day(&text, &parsed))
        return false;
    (void)(take(&text, ',') || take(&text, '.'));
    if ((!take(&text, 'T') && !take_spaces(&text)) || !take_time(&text, &parsed.ms_of_day) ||
        !take_zone(&text, &parsed) || *text != '\0')
        return false;
    *date = parsed;
    return vb_csv_date_orders(&parsed) != 0;
}

/* == Meaning ================================================================================= */

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

/* Two digits of a year: no car or recorder here is older than 1970. */
static uint32_t year_of(const struct vb_csv_date *date, uint32_t number)
{
    enum { CENTURY = 1900, TURN = 70 };
    return !date->short_year ? number : CENTURY + number + (number < TURN ? 100u : 0u);
}

bool vb_csv_date_ms(const struct vb_csv_date *date, enum vb_csv_date_order order, int64_t *time_ms)
{
    static const uint8_t places[][3] = {
        /* of year, month and day */
        [VB_CSV_DATE_UNKNOWN] = {2, 0, 1},
        [VB_CSV_DATE_MONTH_FIRST] = {2, 0, 1},
        [VB_CSV_DATE_DAY_FIRST] = {2, 1, 0},
        [VB_CSV_DATE_YEAR_FIRST] = {0, 1, 2},
    };
    for (enum vb_csv_date_order own = VB_CSV_DATE_MONTH_FIRST; own <= VB_CSV_DATE_YEAR_FIRST;
         own++) {
        if (date->orders == VB_CSV_DATE_BIT(own))
            order = own;
    }
    const uint32_t year = year_of(date, date->parts[places[order][0]]);
    const uint32_t month = date->parts[places[order][1]];
    const uint32_t day = date->parts[places[order][2]];
    if ((order != VB_CSV_DATE_UNKNOWN && (date->orders & VB_CSV_DATE_BIT(order)) == 0) ||
        year < YEAR_MIN || !exists(year, month, day))
        return false;
    *time_ms = days_of(year, month, day) * DAY_MS + date->ms_of_day -
               (int64_t)date->zone_minutes * MINUTE_MS;
    return true;
}

uint8_t vb_csv_date_orders(const struct vb_csv_date *date)
{
    uint8_t orders = 0;
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        int64_t ignored;
        if ((date->orders & VB_CSV_DATE_BIT(i)) != 0 && vb_csv_date_ms(date, i, &ignored))
            orders |= VB_CSV_DATE_BIT(i);
    }
    return orders;
}
