/* A recording in a text file, row by row and at its recorded pace.
 *
 * The first line that is of a layout tells it. Opening surveys the first rows, so that a file of
 * which nothing can be used is refused at once; later a broken row is passed over and counted. A
 * row that shows the sweep before it once more keeps that one's sequence: it is no new sample. A
 * header further on counts from there: programs are updated while they write a file. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/csv_layout.h"
#include "sources/csv_lines.h"
#include "sources/csv_row.h"
#include "sources/source_file.h"
#include "sources/source_guess.h"
#include "sources/source_kind.h"

enum {
    SURVEY_ROWS_MAX = 8192,             /* an hour or more at the usual rates */
    SURVEY_BYTES_MAX = 8 * 1024 * 1024, /* read in a tenth of a second, whatever the file's size */
    STEP_LINES_MAX = 64,                /* looked at in one call; of 1 kB each, as a rule */
    TITLE_LINES_MAX = 16,               /* among which a header or a row has to be */
    VOLTS_MAX = 9,                      /* where no cell shows more, they are in V */
    MV_PER_V = 1000,
    PATH_SIZE = 4096,
    INTERVAL_DEFAULT_MS = VB_CSV_ROW_MS /* where the file's rows do not tell one */
};

static const struct vb_csv_layout *const layouts[] = {
#define X(name) &vb_csv_##name,
    VB_CSV_LAYOUT_LIST(X)
#undef X
};

struct csv {
    struct vb_source_file file;
    bool loop;
    const struct vb_csv_layout *layout;
    uint32_t begin_line;             /* the first that is of the layout */
    char separator;                  /* of its fields, where lines before it do not tell; 0 */
    struct vb_csv_shape first_shape; /* as that line says */
    struct vb_csv_shape shape;       /* of the row to come: that of the last header */
    uint32_t lost_line;              /* a header that cannot be used; 0 = there is none */
    enum vb_csv_date_order asked_dates;
    uint32_t dates_line;  /* the one that shows the order of day and month; 0 = none */
    bool zoned;           /* the dates name their zone */
    uint32_t surplus_max; /* values in a row behind the last column */
    bool in_volts;        /* as its cells show, though not its header */
    uint32_t interval_ms; /* the median of the survey */
    bool interval_known;  /* there were two rows at least */

    bool started;   /* row and at_ms are of the last row */
    bool restarted; /* that row was of the pass before this one */
    bool row_in_pass;
    struct vb_csv_row row;
    uint64_t at_ms;    /* since the source's start */
    uint32_t sequence; /* counts samples */

    struct vb_source_skipped skipped;
    struct vb_csv_lines lines;
};

/* == The first line ========================================================================== */

/* Where it is a file of another source, says so. */
static bool set_other_source(struct csv *csv, const char *what, struct vb_source_error *error)
{
    const char *guess = vb_source_guess(&csv->file);
    if (guess == NULL || strncmp(guess, "csv", strlen("csv")) == 0)
        return false;
    vb_source_error_set(error, "recording %s: %s; this is read with --source %s", csv->file.name,
                        what, guess);
    return true;
}

/* The line's first field that is not empty. */
static const char *first_text(const struct vb_csv_lines *lines)
{
    for (uint32_t i = 0; i < lines->field_count && i < VB_CSV_FIELDS_MAX; i++) {
        if (lines->fields[i][0] != '\0')
            return lines->fields[i];
    }
    return "";
}

/* first: what is said of the first line. */
static void set_unknown_layout(struct csv *csv, const char *first, struct vb_source_error *error)
{
    char known[256] = "";
    if (set_other_source(csv, first, error))
        return;
    for (size_t i = 0; i < VB_COUNT_OF(layouts); i++) {
        const size_t length = strlen(known);
        (void)snprintf(known + length, sizeof known - length, "%s%s (%s,...)", i == 0 ? "" : "; ",
                       layouts[i]->program, layouts[i]->begins);
    }
    vb_source_error_set(error, "recording %s: %s; files that are read are of %s", csv->file.name,
                        first, known);
}

/* The first line that is not blank. */
static enum vb_csv_line first_line(struct vb_csv_lines *lines, struct vb_source_error *reason)
{
    enum vb_csv_line line;
    do {
        line = vb_csv_lines_next(lines, reason);
    } while (line == VB_CSV_LINE_NONE && lines->byte_count < SURVEY_BYTES_MAX);
    return line;
}

/* Finds the layout that the line is of. Sets *shape on VB_CSV_MATCHES, *reason on VB_CSV_FAULTY. */
static enum vb_csv_match match_line(const struct vb_csv_lines *lines,
                                    const struct vb_csv_layout **layout, struct vb_csv_shape *shape,
                                    struct vb_source_error *reason)
{
    for (size_t i = 0; i < VB_COUNT_OF(layouts); i++) {
        const enum vb_csv_match match = vb_csv_match(layouts[i], lines, shape, reason);
        *layout = layouts[i];
        if (match != VB_CSV_OTHER)
            return match;
    }
    return VB_CSV_OTHER;
}

/* Looks for the first line that is of a layout: a file may begin with a title, or in the middle of
 * a line. *first: what is wrong with its first line. VB_CSV_OTHER where there is none. */
static enum vb_csv_match find_layout(struct vb_csv_lines *lines,
                                     const struct vb_csv_layout **layout,
                                     struct vb_csv_shape *shape, struct vb_source_error *reason,
                                     struct vb_source_error *first)
{
    first->text[0] = '\0';
    for (unsigned i = 0; i < TITLE_LINES_MAX; i++) {
        const enum vb_csv_line line = first_line(lines, reason);
        if (line != VB_CSV_LINE_READ && line != VB_CSV_LINE_BROKEN) {
            if (first->text[0] == '\0' && line == VB_CSV_LINE_FAILED)
                *first = *reason;
            return VB_CSV_OTHER;
        }
        if (line == VB_CSV_LINE_READ) {
            const enum vb_csv_match match = match_line(lines, layout, shape, reason);
            if (match != VB_CSV_OTHER)
                return match;
            vb_source_error_set(reason, "line %" PRIu32 " begins with \"%s\"", lines->number,
                                vb_source_excerpt_of(first_text(lines)).text);
        }
        if (first->text[0] == '\0')
            *first = *reason;
        lines->separator = '\0'; /* a title has none, or others */
    }
    return VB_CSV_OTHER;
}

static bool recognise(struct csv *csv, struct vb_source_error *error)
{
    struct vb_source_error reason;
    struct vb_source_error first;
    switch (find_layout(&csv->lines, &csv->layout, &csv->first_shape, &reason, &first)) {
    case VB_CSV_MATCHES:
        csv->begin_line = csv->lines.number;
        csv->separator = first.text[0] == '\0' ? '\0' : csv->lines.separator;
        return true;
    case VB_CSV_OTHER:
        if (first.text[0] == '\0')
            vb_source_error_set(error, "recording %s holds blank lines alone", csv->file.name);
        else
            set_unknown_layout(csv, first.text, error);
        return false;
    case VB_CSV_FAULTY:
        vb_source_error_set(error, "recording %s: %s", csv->file.name, reason.text);
        return false;
    }
    return false;
}

bool vb_csv_knows(struct vb_source_file *file)
{
    struct vb_csv_lines *lines = malloc(sizeof *lines);
    if (lines == NULL)
        return false;
    const struct vb_csv_layout *layout;
    struct vb_source_error ignored[2];
    struct vb_csv_shape shape;
    vb_csv_lines_init(lines, file);
    const bool known =
        find_layout(lines, &layout, &shape, &ignored[0], &ignored[1]) != VB_CSV_OTHER;
    free(lines);
    return known;
}

/* == Rows ==================================================================================== */

/* What follows is of the new header's columns. It must be the same pack. */
static enum vb_csv_line take_header(struct csv *csv, struct vb_source_error *reason)
{
    struct vb_csv_shape shape;
    const enum vb_csv_match match = vb_csv_match(csv->layout, &csv->lines, &shape, reason);
    VB_ASSERT(match != VB_CSV_OTHER);
    csv->lost_line = csv->lines.number;
    if (match == VB_CSV_FAULTY)
        return VB_CSV_LINE_BROKEN;
    if (shape.cell_count != csv->first_shape.cell_count ||
        shape.temp_count != csv->first_shape.temp_count) {
        vb_source_error_set(reason,
                            "line %" PRIu32 " is a header of %u cells and %u temperatures, the "
                            "file began with %u and %u",
                            csv->lines.number, shape.cell_count, shape.temp_count,
                            csv->first_shape.cell_count, csv->first_shape.temp_count);
        return VB_CSV_LINE_BROKEN;
    }
    shape.dates = csv->first_shape.dates;
    shape.dated = shape.dated || (csv->first_shape.dated && csv->layout->date_name == NULL);
    if (csv->in_volts)
        shape.cell_scale = MV_PER_V;
    csv->shape = shape;
    csv->lost_line = 0;
    return VB_CSV_LINE_NONE;
}

static bool has_surplus(const struct csv *csv)
{
    const struct vb_csv_lines *lines = &csv->lines;
    if (lines->field_count > VB_CSV_FIELDS_MAX)
        return true;
    for (uint32_t i = csv->shape.field_count; i < lines->field_count; i++) {
        if (lines->fields[i][0] != '\0')
            return true;
    }
    return false;
}

/* Whether the line has the fields of a row. Separators at its end are none. */
static bool has_its_fields(struct csv *csv, struct vb_source_error *reason)
{
    const struct vb_csv_layout *layout = csv->layout;
    const uint32_t count = csv->lines.field_count;
    struct vb_csv_shape shape;
    if (!csv->shape.has_header && layout->match_row(&csv->lines, &shape)) {
        shape.dates = csv->shape.dates;
        csv->shape = shape;
    }
    const uint32_t wanted = csv->shape.field_count;
    if (count < wanted || (count > wanted && !layout->longer_rows && has_surplus(csv))) {
        vb_source_error_set(
            reason, "line %" PRIu32 " has %" PRIu32 " fields, %s %" PRIu32, csv->lines.number,
            count, csv->shape.has_header ? "the header promises" : "a row has at least", wanted);
        return false;
    }
    if (csv->shape.has_header && count - wanted > csv->surplus_max && has_surplus(csv))
        csv->surplus_max = count - wanted;
    return true;
}

/* The next row as the file has it: VB_CSV_LINE_BROKEN covers what the layout finds broken, too. */
static enum vb_csv_line read_row(struct csv *csv, struct vb_csv_row *row,
                                 struct vb_source_error *reason)
{
    const enum vb_csv_line line = vb_csv_lines_next(&csv->lines, reason);
    if (line != VB_CSV_LINE_READ)
        return line;
    if (csv->lines.number < csv->begin_line) {
        vb_source_error_set(reason,
                            "line %" PRIu32 " begins with \"%s\": it is neither a header nor a row",
                            csv->lines.number, vb_source_excerpt_of(first_text(&csv->lines)).text);
        return VB_CSV_LINE_BROKEN;
    }
    if (vb_csv_is_header(csv->layout, &csv->lines))
        return take_header(csv, reason);
    if (csv->lost_line != 0) {
        vb_source_error_set(reason,
                            "line %" PRIu32 " is a row of the header in line %" PRIu32
                            ", which cannot be used",
                            csv->lines.number, csv->lost_line);
        return VB_CSV_LINE_BROKEN;
    }
    if (!has_its_fields(csv, reason) ||
        !vb_csv_row_parse(csv->layout, &csv->shape, &csv->lines, row, reason))
        return VB_CSV_LINE_BROKEN;
    VB_ASSERT(row->reading.cell_count == csv->first_shape.cell_count);
    return VB_CSV_LINE_READ;
}

/* Time from one row to the next, over the turn of the file's clock; negative when the clock was set
 * back. Two times more than half a turn apart are taken for neighbours across it. */
static int64_t step_ms(const struct vb_csv_layout *layout, int64_t from_ms, int64_t to_ms)
{
    const int64_t step = to_ms - from_ms;
    if (layout->utc_from_ms > 0 && from_ms >= layout->utc_from_ms)
        return step;
    return step < -layout->time_wraps_ms / 2 ? step + layout->time_wraps_ms : step;
}

static int compare_steps(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static uint32_t median_interval_ms(uint32_t *steps_ms, size_t count)
{
    if (count == 0)
        return INTERVAL_DEFAULT_MS;
    qsort(steps_ms, count, sizeof *steps_ms, compare_steps);
    const uint32_t median = steps_ms[count / 2];
    return median == 0 || median == UINT32_MAX ? INTERVAL_DEFAULT_MS : median;
}

static void start_pass(struct csv *csv)
{
    vb_csv_lines_rewind(&csv->lines);
    csv->lines.separator = csv->separator;
    csv->shape = csv->first_shape;
    csv->lost_line = 0;
    csv->restarted = csv->started;
    csv->row_in_pass = false;
}

/* == The order of day and month ============================================================== */

enum { DATE_ORDERS = VB_CSV_DATE_YEAR_FIRST + 1, DAY_MS = 24 * 3600 * 1000 };

/* What the dates of the first rows show, by the lines that show it; 0 = none does. */
struct date_evidence {
    uint8_t forms;    /* orders that the form of one of them leaves open */
    uint8_t possible; /* of these, the orders in which all of them are dates that follow */
    uint32_t against[DATE_ORDERS]; /* the first line that is no date in that order */
    uint32_t either_line;          /* the first date that may be several */
    uint8_t either_orders;         /* that it may be in */
    char either[VB_SOURCE_EXCERPT_SIZE];
    bool zoned; /* there are dates that name their zone */
    bool has_last;
    struct vb_csv_date last; /* the date before of several orders */
};

static void rule_out(struct date_evidence *evidence, uint32_t line, uint8_t orders)
{
    for (unsigned i = 0; i < DATE_ORDERS; i++) {
        if ((orders & VB_CSV_DATE_BIT(i)) != 0 && evidence->against[i] == 0)
            evidence->against[i] = line;
    }
    evidence->possible &= (uint8_t)~orders;
}

/* Of two dates in a row that may be several, the later is soon after the earlier in one order, and
 * weeks off in another: midnight went by. */
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

/* Whether it is another moment in another of the orders. */
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
        return; /* its form tells */
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

static struct date_evidence weigh_dates(struct csv *csv)
{
    struct date_evidence evidence = {0};
    struct vb_source_error ignored;
    uint32_t index = csv->first_shape.columns[VB_CSV_TIME];
    start_pass(csv);
    while (csv->lines.byte_count < SURVEY_BYTES_MAX) {
        const enum vb_csv_line line = vb_csv_lines_next(&csv->lines, &ignored);
        if (line == VB_CSV_LINE_END || line == VB_CSV_LINE_FAILED)
            break;
        if (line == VB_CSV_LINE_READ && csv->lines.number >= csv->begin_line &&
            index < csv->lines.field_count)
            weigh_date(&evidence, csv->lines.number, csv->lines.fields[index]);
    }
    return evidence;
}

/* Whether the first row has a date where its time is looked for. */
static bool has_dates_for_times(struct csv *csv)
{
    const uint32_t index = csv->first_shape.columns[VB_CSV_TIME];
    struct vb_csv_date date;
    struct vb_source_error ignored;
    if (csv->layout->utc_from_ms == 0 || index == VB_CSV_ABSENT || !csv->first_shape.has_header)
        return false;
    start_pass(csv);
    while (csv->lines.byte_count < SURVEY_BYTES_MAX) {
        const enum vb_csv_line line = vb_csv_lines_next(&csv->lines, &ignored);
        if (line == VB_CSV_LINE_END || line == VB_CSV_LINE_FAILED)
            return false;
        if (line == VB_CSV_LINE_READ && csv->lines.number >= csv->begin_line &&
            index < csv->lines.field_count && !vb_csv_is_header(csv->layout, &csv->lines))
            return vb_csv_date_parse(csv->lines.fields[index], &date);
    }
    return false;
}

static const struct {
    const char *option;
    const char *first; /* what stands first in it */
} date_orders[DATE_ORDERS] = {
    [VB_CSV_DATE_MONTH_FIRST] = {"mdy", "month"},
    [VB_CSV_DATE_DAY_FIRST] = {"dmy", "day"},
    [VB_CSV_DATE_YEAR_FIRST] = {"ymd", "year"},
};

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

/* The dates agree in no order, or may mean several things. */
static void set_dates_unclear(const struct csv *csv, const struct date_evidence *evidence,
                              struct vb_source_error *error)
{
    char first[CHOICE_SIZE];
    char options[CHOICE_SIZE];
    if (evidence->possible != 0) {
        list_orders(evidence->either_orders & evidence->possible, false, first);
        list_orders(evidence->either_orders & evidence->possible, true, options);
        vb_source_error_set(error,
                            "recording %s: in line %" PRIu32 " \"%s\" %s may be first, and no "
                            "other line tells; say which: %s",
                            csv->file.name, evidence->either_line, evidence->either, first,
                            options);
        return;
    }
    list_orders(evidence->forms, true, options);
    vb_source_error_set(error,
                        "recording %s: line %" PRIu32 " is no date with the month first, and line "
                        "%" PRIu32 " none with the day first; say which are right: %s",
                        csv->file.name, evidence->against[VB_CSV_DATE_MONTH_FIRST],
                        evidence->against[VB_CSV_DATE_DAY_FIRST], options);
}

/* False and *error where the file's dates may mean several things and nobody has said which. */
static bool find_dates(struct csv *csv, struct vb_source_error *error)
{
    csv->first_shape.dated = csv->first_shape.dated || has_dates_for_times(csv);
    if (!csv->first_shape.dated)
        return true;
    const struct date_evidence evidence = weigh_dates(csv);
    csv->zoned = evidence.zoned;
    if (evidence.forms == 0)
        return true; /* their form tells the order, or there is no date at all */
    csv->first_shape.dates = csv->asked_dates;
    if (csv->asked_dates != VB_CSV_DATE_UNKNOWN)
        return true;
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        if (evidence.possible == VB_CSV_DATE_BIT(i))
            csv->first_shape.dates = i;
        else if (evidence.against[i] > csv->dates_line)
            csv->dates_line = evidence.against[i];
    }
    if (csv->first_shape.dates != VB_CSV_DATE_UNKNOWN)
        return true;
    csv->dates_line = 0;
    if (evidence.possible != 0 && evidence.either_line == 0)
        return true; /* each is the same in all of them */
    set_dates_unclear(csv, &evidence, error);
    return false;
}

/* == Opening ================================================================================= */

struct survey {
    uint32_t steps_ms[SURVEY_ROWS_MAX]; /* UINT32_MAX: 49 days or more */
    size_t step_count;
    size_t row_count;
    int64_t last_ms;
    uint16_t cell_max_mv;
    bool faulty;
    struct vb_source_error first_reason; /* faulty: of the first row that cannot be used */
};

static void survey_row(struct survey *survey, const struct csv *csv, const struct vb_csv_row *row)
{
    const int64_t step =
        survey->row_count == 0 ? -1 : step_ms(csv->layout, survey->last_ms, row->time_ms);
    if (step >= 0)
        survey->steps_ms[survey->step_count++] = step < UINT32_MAX ? (uint32_t)step : UINT32_MAX;
    survey->last_ms = row->time_ms;
    survey->row_count++;
    for (uint32_t i = 0; i < row->reading.cell_count; i++) {
        const uint16_t mv = row->reading.cell_mv[i];
        if (mv != VB_CELL_NOT_AVAILABLE && mv > survey->cell_max_mv)
            survey->cell_max_mv = mv;
    }
}

static void survey_rows(struct survey *survey, struct csv *csv)
{
    vb_source_error_set(&survey->first_reason, "it ends after its header");
    start_pass(csv);
    while (survey->row_count < SURVEY_ROWS_MAX && csv->lines.byte_count < SURVEY_BYTES_MAX) {
        struct vb_csv_row row;
        struct vb_source_error reason;
        const enum vb_csv_line line = read_row(csv, &row, &reason);
        if (line == VB_CSV_LINE_READ)
            survey_row(survey, csv, &row);
        if (line == VB_CSV_LINE_END)
            return;
        if (line != VB_CSV_LINE_BROKEN && line != VB_CSV_LINE_FAILED)
            continue;
        if (!survey->faulty)
            survey->first_reason = reason;
        survey->faulty = true;
        if (line == VB_CSV_LINE_FAILED)
            return;
    }
}

/* Reads the first rows for their interval. False and *error when none of them can be used. */
static bool survey(struct csv *csv, struct vb_source_error *error)
{
    struct survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL) {
        vb_source_error_set(error, "there is no memory to open a recording");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return false;
    }
    survey_rows(survey, csv);
    const bool usable = survey->row_count > 0;
    if (!usable)
        vb_source_error_set(error, "recording %s has no row that can be used: %s", csv->file.name,
                            survey->first_reason.text);
    csv->in_volts = csv->first_shape.cell_scale < MV_PER_V && survey->cell_max_mv > 0 &&
                    survey->cell_max_mv <= VOLTS_MAX;
    if (csv->in_volts)
        csv->first_shape.cell_scale = MV_PER_V;
    csv->interval_ms = median_interval_ms(survey->steps_ms, survey->step_count);
    csv->interval_known = survey->row_count > 1;
    free(survey);
    start_pass(csv);
    return usable;
}

static void csv_close(void *state)
{
    struct csv *csv = state;
    vb_source_file_close(&csv->file);
    free(csv);
}

/* "FILE" or "FILE,dates=dmy" */
static bool parse_arguments(const char *arguments, char path[PATH_SIZE],
                            enum vb_csv_date_order *dates, struct vb_source_error *error)
{
    static const char option[] = ",dates=";
    const char *found = strstr(arguments, option);
    const size_t length = found == NULL ? strlen(arguments) : (size_t)(found - arguments);
    *dates = VB_CSV_DATE_UNKNOWN;
    if (length >= PATH_SIZE) {
        vb_source_error_set(error, "a path of %zu bytes is longer than any is", length);
        error->fault = VB_SOURCE_FAULT_OPTION;
        return false;
    }
    memcpy(path, arguments, length);
    path[length] = '\0';
    if (found == NULL)
        return true;
    const char *order = found + strlen(option);
    for (enum vb_csv_date_order i = VB_CSV_DATE_MONTH_FIRST; i <= VB_CSV_DATE_YEAR_FIRST; i++) {
        if (strcmp(order, date_orders[i].option) == 0)
            *dates = i;
    }
    if (*dates == VB_CSV_DATE_UNKNOWN) {
        vb_source_error_set(error, "dates=%s: expected dates=mdy, dates=dmy or dates=ymd",
                            vb_source_excerpt_of(order).text);
        error->fault = VB_SOURCE_FAULT_OPTION;
    }
    return *dates != VB_CSV_DATE_UNKNOWN;
}

static void *csv_open(const char *arguments, const struct vb_source_options *options,
                      struct vb_source_error *error)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (csv == NULL) {
        vb_source_error_set(error, "there is no memory to open a recording");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    csv->loop = options->loop;
    char path[PATH_SIZE];
    if (parse_arguments(arguments, path, &csv->asked_dates, error) &&
        vb_source_file_open(&csv->file, path, "a CSV file", error)) {
        vb_csv_lines_init(&csv->lines, &csv->file);
        if (recognise(csv, error) && find_dates(csv, error) && survey(csv, error))
            return csv;
    }
    csv_close(csv);
    return NULL;
}

/* When the row is due. Gaps are kept as recorded; where the file's clock does not go on (a new
 * pass, or it was set back) the usual interval follows. */
static uint64_t due_ms(const struct csv *csv, const struct vb_csv_row *row)
{
    if (!csv->started)
        return 0;
    const int64_t step = csv->restarted ? -1 : step_ms(csv->layout, csv->row.time_ms, row->time_ms);
    return csv->at_ms + (step >= 0 ? (uint64_t)step : csv->interval_ms);
}

/* Whether the row shows the sweep of the one before it. That all cells have the very values they
 * had says so, unless there is a mark to tell; one frozen cell among others does not. */
static bool is_repeat(const struct csv *csv, const struct vb_csv_row *row)
{
    const struct vb_reading *before = &csv->row.reading;
    const struct vb_reading *now = &row->reading;
    return csv->started && !csv->restarted && row->mark == csv->row.mark &&
           vb_reading_stats(now).available_count > 0 &&
           memcmp(now->cell_mv, before->cell_mv, sizeof now->cell_mv) == 0 &&
           memcmp(now->balancing, before->balancing, sizeof now->balancing) == 0;
}

static void take_row(struct csv *csv, const struct vb_csv_row *row)
{
    csv->at_ms = due_ms(csv, row);
    csv->sequence += is_repeat(csv, row) ? 0 : 1;
    csv->row = *row;
    csv->row.reading.sequence = csv->sequence;
    csv->started = true;
    csv->restarted = false;
    csv->row_in_pass = true;
}

static void count_skipped(struct csv *csv, const struct vb_source_error *reason)
{
    if (csv->lines.number <= csv->skipped.line)
        return; /* known from an earlier pass */
    vb_source_skip(&csv->skipped, csv->lines.number, reason);
}

static enum vb_source_result csv_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                      struct vb_source_error *error)
{
    struct csv *csv = state;
    for (unsigned i = 0; i < STEP_LINES_MAX; i++) {
        struct vb_source_error reason;
        struct vb_csv_row row;
        switch (read_row(csv, &row, &reason)) {
        case VB_CSV_LINE_READ:
            take_row(csv, &row);
            *reading = csv->row.reading;
            *at_ms = csv->at_ms;
            return VB_SOURCE_READING;
        case VB_CSV_LINE_NONE:
            break;
        case VB_CSV_LINE_BROKEN:
            count_skipped(csv, &reason);
            break;
        case VB_CSV_LINE_END:
            if (!csv->loop)
                return VB_SOURCE_END;
            if (!csv->row_in_pass) {
                vb_source_error_set(error,
                                    "recording %s has no usable row left: it was changed "
                                    "while it was played",
                                    csv->file.name);
                return VB_SOURCE_FAILED;
            }
            start_pass(csv);
            break;
        case VB_CSV_LINE_FAILED:
            vb_source_error_set(error, "recording %s %s", csv->file.name, reason.text);
            return VB_SOURCE_FAILED;
        }
    }
    return VB_SOURCE_LATER;
}

VB_PRINTF(2, 3)
static void add(struct vb_source_description *description, const char *format, ...)
{
    const size_t length = strlen(description->text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(description->text + length, sizeof description->text - length, format,
                    arguments);
    va_end(arguments);
}

static void describe_dates(const struct csv *csv, struct vb_source_description *description)
{
    const enum vb_csv_date_order dates = csv->first_shape.dates;
    if (!csv->first_shape.dated)
        return;
    if (!csv->zoned)
        add(description, "; its times name no zone and are taken as UTC");
    if (dates == VB_CSV_DATE_UNKNOWN)
        return;
    add(description, "; the %s is first", date_orders[dates].first);
    if (csv->dates_line != 0)
        add(description, ", as line %" PRIu32 " shows", csv->dates_line);
}

static void csv_describe(const void *state, struct vb_source_description *description)
{
    const struct csv *csv = state;
    const struct vb_csv_layout *layout = csv->layout;
    description->cell_count = csv->first_shape.cell_count;
    description->temp_count = csv->first_shape.temp_count;
    description->interval_ms = csv->interval_ms;
    add(description, "recording %s (%s layout%s), %s", csv->file.name, layout->name,
        csv->first_shape.has_header ? "" : " without its header",
        vb_source_contents_of(csv->first_shape.cell_count, csv->first_shape.temp_count, "a row",
                              csv->interval_known ? csv->interval_ms : 0, csv->loop)
            .text);
    if (layout->remark != NULL)
        add(description, "; %s", layout->remark);
    if (csv->surplus_max > 0)
        add(description,
            "; rows hold values behind the last named column (up to %" PRIu32
            "), which are not read",
            csv->surplus_max);
    if (layout->says_left_out && csv->first_shape.left_out > 0)
        add(description, "; columns of other names (%u) are not read", csv->first_shape.left_out);
    if (csv->in_volts)
        add(description, "; its cells are in V");
    describe_dates(csv, description);
}

static const struct vb_source_skipped *csv_skipped(const void *state)
{
    const struct csv *csv = state;
    return &csv->skipped;
}

const struct vb_source_kind vb_source_csv = {
    .name = "csv",
    .form = "csv:FILE",
    .usage = "csv:FILE         a table (LeafSpy Pro, or one of docs/sources.md) at its\n"
             "                 pace; where day and month cannot be told apart:\n"
             "                 csv:FILE,dates=dmy, dates=mdy or dates=ymd",
    .needs_file = true,
    .open = csv_open,
    .close = csv_close,
    .next = csv_next,
    .describe = csv_describe,
    .skipped = csv_skipped,
};
