#include "sources/csv_date_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DATE_ORDERS = VB_CSV_DATE_YEAR_FIRST + 1, DAY_MS = 24 * 3600 * 1000 };

static const struct {
    const char *option;
    const char *first; /* what comes first in it */
} date_orders[DATE_ORDERS] = {
    [VB_CSV_DATE_MONTH_FIRST] = {"mdy", "month"},
    [VB_CSV_DATE_DAY_FIRST] = {"dmy", "day"},
    [VB_CSV_DATE_YEAR_FIRST] = {"ymd", "year"},
};

/* What the dates of the first rows show, and the lines that show it; 0 = none does. */
struct date_evidence {
    uint8_t forms;                 /* orders that the form of some date leaves open */
    uint8_t possible;              /* of these, the orders in which all are dates, in sequence */
    uint32_t against[DATE_ORDERS]; /* the first line that is not a date in that order */
    uint32_t either_line;          /* the first ambiguous date */
    uint8_t either_orders;         /* the orders it may be in */
    char either[VB_SOURCE_EXCERPT_SIZE];
    bool zoned; /* some dates name their zone */
    bool has_last;
    struct vb_csv_date last; /* the previous ambiguous date */
};

static void rule_out(struct date_evidence *evidence, uint32_t line, uint8_t orders)
{
    for (unsigned i = 0; i < DATE_ORDERS; i++) {
        if ((orders & VB_CSV_DATE_BIT(i)) != 0 && evidence->against[i] == 0)
            evidence->against[i] = line;
    }
    evidence->possible &= (uint8_t)~orders;
}

/* Of two ambiguous dates in a row, the later is soon after the earlier in one order and weeks off
 * in another: midnight has passed. */
static void weigh_step(struct date_evidence *evidence, uint32_t line,
                       const struct vb_csv_date *date)
{
    uint8_t soon = 0;
    uint8_t off = 0;
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        int64_t from_ms;
        int64_t to_ms;
        if (!vb_csv_date_ms(&evidence->last, i, &from_ms) || !vb_csv_date_ms(date, i, &to_ms))
            continue;
        const int64_t step_ms = to_ms - from_ms;
        const bool follows = step_ms >= 0 && step_ms <= 2 * (int64_t)DAY_MS;
        *(follows ? &soon : &off) |= VB_CSV_DATE_BIT(i);
    }
    if (soon != 0)
        rule_out(evidence, line, off);
}

/* Whether it means different moments in different orders. */
static bool is_ambiguous(const struct vb_csv_date *date, uint8_t orders)
{
    bool has_first = false;
    int64_t first_ms = 0;
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        int64_t ms;
        if ((orders & VB_CSV_DATE_BIT(i)) == 0 || !vb_csv_date_ms(date, i, &ms))
            continue;
        if (has_first && ms != first_ms)
            return true;
        has_first = true;
        first_ms = ms;
    }
    return false;
}

static void weigh_date(struct date_evidence *evidence, uint32_t line, const char *text)
{
    struct vb_csv_date date;
    if (!vb_csv_date_parse(text, &date))
        return;
    evidence->zoned = evidence->zoned || date.zoned;
    if ((date.orders & (date.orders - 1)) == 0)
        return; /* its form tells the order */
    if (evidence->forms == 0)
        evidence->possible = date.orders;
    evidence->forms |= date.orders;
    const uint8_t orders = vb_csv_date_orders(&date);
    rule_out(evidence, line, evidence->forms & (uint8_t)~orders);
    if (is_ambiguous(&date, orders) && evidence->either_line == 0) {
        evidence->either_line = line;
        evidence->either_orders = orders;
        memcpy(evidence->either, vb_source_excerpt_of(text).text, sizeof evidence->either);
    }
    if (evidence->has_last)
        weigh_step(evidence, line, &date);
    evidence->has_last = true;
    evidence->last = date;
}

static struct date_evidence weigh_dates(struct vb_csv_table *table)
{
    struct date_evidence evidence = {0};
    struct vb_source_error ignored;
    uint32_t index = table->first_shape.columns[VB_CSV_TIME];
    vb_csv_table_rewind(table);
    while (table->lines.byte_count < VB_CSV_SURVEY_BYTES_MAX) {
        const enum vb_csv_line line = vb_csv_lines_next(&table->lines, &ignored);
        if (line == VB_CSV_LINE_END || line == VB_CSV_LINE_FAILED)
            break;
        if (line == VB_CSV_LINE_READ && table->lines.number >= table->begin_line &&
            index < table->lines.field_count)
            weigh_date(&evidence, table->lines.number, table->lines.fields[index]);
    }
    return evidence;
}

/* Whether the first row has a date where its time is looked for. */
static bool has_dates_for_times(struct vb_csv_table *table)
{
    const uint32_t index = table->first_shape.columns[VB_CSV_TIME];
    struct vb_csv_date date;
    struct vb_source_error ignored;
    if (table->layout->utc_from_ms == 0 || index == VB_CSV_ABSENT || !table->first_shape.has_header)
        return false;
    vb_csv_table_rewind(table);
    while (table->lines.byte_count < VB_CSV_SURVEY_BYTES_MAX) {
        const enum vb_csv_line line = vb_csv_lines_next(&table->lines, &ignored);
        if (line == VB_CSV_LINE_END || line == VB_CSV_LINE_FAILED)
            return false;
        if (line == VB_CSV_LINE_READ && table->lines.number >= table->begin_line &&
            index < table->lines.field_count && !vb_csv_is_header(table->layout, &table->lines))
            return vb_csv_date_parse(table->lines.fields[index], &date);
    }
    return false;
}

enum { CHOICE_SIZE = 96 };

/* "the month or the day", or "csv:FILE,dates=mdy or csv:FILE,dates=dmy" */
static void list_orders(uint8_t orders, bool options, char text[CHOICE_SIZE])
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 1; i < DATE_ORDERS && length < CHOICE_SIZE; i++) {
        const bool last = orders >> i == 1;
        if ((orders & VB_CSV_DATE_BIT(i)) == 0)
            continue;
        length += (size_t)snprintf(text + length, CHOICE_SIZE - length, "%s%s%s",
                                   length == 0 ? ""
                                   : last      ? " or "
                                               : ", ",
                                   options ? "csv:FILE,dates=" : "the ",
                                   options ? date_orders[i].option : date_orders[i].first);
    }
}

/* The dates fit no order, or are ambiguous. */
static void set_dates_unclear(const struct vb_csv_table *table,
                              const struct date_evidence *evidence, struct vb_source_error *error)
{
    char first[CHOICE_SIZE];
    char options[CHOICE_SIZE];
    if (evidence->possible != 0) {
        list_orders(evidence->either_orders & evidence->possible, false, first);
        list_orders(evidence->either_orders & evidence->possible, true, options);
        vb_source_error_set(error,
                            "recording %s: in line %" PRIu32 " \"%s\" %s may be first, and no "
                            "other line tells; say which: %s",
                            table->file.name, evidence->either_line, evidence->either, first,
                            options);
        return;
    }
    list_orders(evidence->forms, true, options);
    vb_source_error_set(error,
                        "recording %s: line %" PRIu32 " is no date with the month first, and line "
                        "%" PRIu32 " none with the day first; say which are right: %s",
                        table->file.name, evidence->against[VB_CSV_DATE_MONTH_FIRST],
                        evidence->against[VB_CSV_DATE_DAY_FIRST], options);
}

bool vb_csv_dates_find(struct vb_csv_dates *dates, struct vb_csv_table *table,
                       enum vb_csv_date_order asked, struct vb_source_error *error)
{
    *dates = (struct vb_csv_dates){0};
    table->first_shape.dated = table->first_shape.dated || has_dates_for_times(table);
    if (!table->first_shape.dated)
        return true;
    const struct date_evidence evidence = weigh_dates(table);
    dates->zoned = evidence.zoned;
    if (evidence.forms == 0)
        return true; /* their form tells the order, or there is no date at all */
    table->first_shape.dates = asked;
    if (asked != VB_CSV_DATE_UNKNOWN)
        return true;
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        if (evidence.possible == VB_CSV_DATE_BIT(i))
            table->first_shape.dates = i;
        else if (evidence.against[i] > dates->line)
            dates->line = evidence.against[i];
    }
    if (table->first_shape.dates != VB_CSV_DATE_UNKNOWN)
        return true;
    dates->line = 0;
    if (evidence.possible != 0 && evidence.either_line == 0)
        return true; /* each means the same in all of them */
    set_dates_unclear(table, &evidence, error);
    return false;
}

const char *vb_csv_date_order_first(enum vb_csv_date_order order)
{
    return date_orders[order].first;
}

enum vb_csv_date_order vb_csv_date_order_of(const char *option)
{
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        if (strcmp(option, date_orders[i].option) == 0)
            return i;
    }
    return VB_CSV_DATE_UNKNOWN;
}
