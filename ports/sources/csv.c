/* Plays a recording in a text file, row by row and at its recorded pace.
 *
 * Opening surveys the first rows, so that a file with nothing usable is refused at once; later, a
 * broken row is skipped and counted. A row that repeats the previous sweep keeps that one's
 * sequence number: it is not a new sample. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/csv_date_order.h"
#include "sources/csv_table.h"
#include "sources/source_kind.h"

enum {
    SURVEY_ROWS_MAX = 8192, /* an hour or more at the usual rates */
    STEP_LINES_MAX = 64,    /* rows examined in one call; usually about 1 kB each */
    VOLTS_MAX = 9,          /* if no cell shows more, they are in V */
    PATH_SIZE = 4096,
    INTERVAL_DEFAULT_MS = VB_CSV_ROW_MS /* if the file's rows do not show one */
};

struct csv {
    struct vb_csv_table table;
    struct vb_csv_dates dates;
    bool loop;
    uint32_t interval_ms;   /* the median of the survey */
    bool interval_known;    /* at least one row is no earlier than the previous one */
    uint32_t set_back;      /* surveyed rows that are earlier than the previous one */
    uint32_t set_back_line; /* the first of them */

    bool started;   /* row and at_ms are of the last row */
    bool restarted; /* that row was of the pass before this one */
    bool row_in_pass;
    struct vb_csv_row row;
    uint64_t at_ms;    /* since the source's start */
    uint32_t sequence; /* counts samples */

    struct vb_source_skipped skipped;
};

/* Time from one row to the next, allowing for the file's clock wrapping; negative if the clock was
 * set back. Two times more than half a turn apart are taken to lie on either side of the wrap. */
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
    vb_csv_table_rewind(&csv->table);
    csv->restarted = csv->started;
    csv->row_in_pass = false;
}

/* == Opening ================================================================================= */

struct survey {
    uint32_t steps_ms[SURVEY_ROWS_MAX]; /* UINT32_MAX: 49 days or more */
    size_t step_count;
    size_t row_count;
    int64_t last_ms;
    uint32_t set_back;
    uint32_t set_back_line;
    uint16_t cell_max_mv;
    bool faulty;
    struct vb_source_error first_reason; /* faulty: of the first row that cannot be used */
};

static void survey_row(struct survey *survey, const struct csv *csv, const struct vb_csv_row *row)
{
    const int64_t step =
        survey->row_count == 0 ? -1 : step_ms(csv->table.layout, survey->last_ms, row->time_ms);
    if (step >= 0)
        survey->steps_ms[survey->step_count++] = step < UINT32_MAX ? (uint32_t)step : UINT32_MAX;
    else if (survey->row_count > 0 && survey->set_back++ == 0)
        survey->set_back_line = csv->table.lines.number;
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
    while (survey->row_count < SURVEY_ROWS_MAX &&
           csv->table.lines.byte_count < VB_CSV_SURVEY_BYTES_MAX) {
        struct vb_csv_row row;
        struct vb_source_error reason;
        const enum vb_csv_line line = vb_csv_table_next(&csv->table, &row, &reason);
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

/* Reads the first rows for their interval. False and *error if none of them is usable. */
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
        vb_source_error_set(error, "recording %s has no row that can be used: %s",
                            csv->table.file.name, survey->first_reason.text);
    if (survey->cell_max_mv > 0 && survey->cell_max_mv <= VOLTS_MAX)
        vb_csv_table_take_volts(&csv->table);
    csv->interval_ms = median_interval_ms(survey->steps_ms, survey->step_count);
    csv->interval_known = survey->step_count > 0;
    csv->set_back = survey->set_back;
    csv->set_back_line = survey->set_back_line;
    free(survey);
    start_pass(csv);
    return usable;
}

static void csv_close(void *state)
{
    struct csv *csv = state;
    vb_source_file_close(&csv->table.file);
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
    *dates = vb_csv_date_order_of(order);
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
    enum vb_csv_date_order asked;
    if (parse_arguments(arguments, path, &asked, error) &&
        vb_source_file_open(&csv->table.file, path, "a CSV file", error) &&
        vb_csv_table_open(&csv->table, error) &&
        vb_csv_dates_find(&csv->dates, &csv->table, asked, error) && survey(csv, error))
        return csv;
    csv_close(csv);
    return NULL;
}

/* When the row is due. Gaps are kept as recorded; where the file's clock does not advance (on a new
 * pass, or when it was set back), the usual interval is used. */
static uint64_t due_ms(const struct csv *csv, const struct vb_csv_row *row)
{
    if (!csv->started)
        return 0;
    const int64_t step =
        csv->restarted ? -1 : step_ms(csv->table.layout, csv->row.time_ms, row->time_ms);
    return csv->at_ms + (step >= 0 ? (uint64_t)step : csv->interval_ms);
}

/* Whether the row repeats the previous row's sweep. Unless there is a mark to tell, it does if
 * every cell has exactly the value it had; one frozen cell among others is not enough. */
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
    if (csv->table.lines.number <= csv->skipped.line)
        return; /* reported in an earlier pass */
    vb_source_skip(&csv->skipped, csv->table.lines.number, reason);
}

static enum vb_source_result csv_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                      struct vb_source_error *error)
{
    struct csv *csv = state;
    for (unsigned i = 0; i < STEP_LINES_MAX; i++) {
        struct vb_source_error reason;
        struct vb_csv_row row;
        switch (vb_csv_table_next(&csv->table, &row, &reason)) {
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
                                    csv->table.file.name);
                return VB_SOURCE_FAILED;
            }
            start_pass(csv);
            break;
        case VB_CSV_LINE_FAILED:
            vb_source_error_set(error, "recording %s %s", csv->table.file.name, reason.text);
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
    const enum vb_csv_date_order dates = csv->table.first_shape.dates;
    if (!csv->table.first_shape.dated)
        return;
    if (!csv->dates.zoned)
        add(description, "; its times name no zone and are taken as UTC");
    if (dates == VB_CSV_DATE_UNKNOWN)
        return;
    add(description, "; the %s is first", vb_csv_date_order_first(dates));
    if (csv->dates.line != 0)
        add(description, ", as line %" PRIu32 " shows", csv->dates.line);
}

/* If the clock was set back, or the newest row comes first, the pace is not the file's. */
static void describe_set_back(const struct csv *csv, struct vb_source_description *description)
{
    if (csv->set_back == 0)
        return;
    add(description, "; its time goes back in line %" PRIu32, csv->set_back_line);
    if (csv->set_back > 1)
        add(description, " and %" PRIu32 " more", csv->set_back - 1);
    add(description, ", where %.6g s is assumed", csv->interval_ms / 1000.0);
}

static void csv_describe(const void *state, struct vb_source_description *description)
{
    const struct csv *csv = state;
    const struct vb_csv_layout *layout = csv->table.layout;
    description->cell_count = csv->table.first_shape.cell_count;
    description->temp_count = csv->table.first_shape.temp_count;
    description->interval_ms = csv->interval_ms;
    add(description, "recording %s (%s layout%s), %s", csv->table.file.name, layout->name,
        csv->table.first_shape.has_header ? "" : " without its header",
        vb_source_contents_of(csv->table.first_shape.cell_count, csv->table.first_shape.temp_count,
                              "a row", csv->interval_known ? csv->interval_ms : 0, csv->loop)
            .text);
    if (layout->remark != NULL)
        add(description, "; %s", layout->remark);
    if (csv->table.surplus_max > 0)
        add(description,
            "; rows hold values behind the last named column (up to %" PRIu32
            "), which are not read",
            csv->table.surplus_max);
    if (layout->says_left_out && csv->table.first_shape.left_out > 0)
        add(description, "; columns of other names (%u) are not read",
            csv->table.first_shape.left_out);
    if (csv->table.in_volts)
        add(description, "; its cells are in V");
    describe_dates(csv, description);
    describe_set_back(csv, description);
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
