/* A recording in a text file, row by row and at its recorded pace.
 *
 * The first line tells the layout. Opening surveys the first rows, so that a file of which nothing
 * can be used is refused at once; later a broken row is passed over and counted. A row that shows
 * the sweep before it once more keeps that one's sequence: it is no new sample. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/csv_layout.h"
#include "sources/csv_lines.h"
#include "sources/csv_row.h"
#include "sources/source_file.h"
#include "sources/source_kind.h"

enum {
    SURVEY_ROWS_MAX = 8192, /* an hour or more at the usual rates, read in a tenth of a second */
    INTERVAL_DEFAULT_MS = VB_CSV_ROW_MS /* where the file's rows do not tell one */
};

/* A new layout is a file and a row here. */
static const struct vb_csv_layout *const layouts[] = {&vb_csv_wide, &vb_csv_leafspy,
                                                      &vb_csv_outlander, &vb_csv_jk};

struct csv {
    struct vb_source_file file;
    bool loop;
    const struct vb_csv_layout *layout;
    struct vb_csv_shape shape;
    uint32_t interval_ms; /* the median of the survey */

    bool started;   /* row and at_ms are of the last row */
    bool restarted; /* that row was of the pass before this one */
    bool row_in_pass;
    struct vb_csv_row row;
    uint64_t at_ms;    /* since the source's start */
    uint32_t sequence; /* counts samples */

    struct vb_source_skipped skipped;
    struct vb_csv_lines lines;
};

static void set_unknown_layout(const struct csv *csv, struct vb_source_error *error)
{
    char known[192] = "";
    for (size_t i = 0; i < VB_COUNT_OF(layouts); i++) {
        strncat(known, i == 0 ? "" : " or ", sizeof known - strlen(known) - 1);
        strncat(known, layouts[i]->begins, sizeof known - strlen(known) - 1);
    }
    vb_source_error_set(error, "recording %s: line 1 begins with \"%s\", expected %s,...",
                        csv->file.name, vb_source_excerpt_of(csv->lines.fields[0]).text, known);
}

static bool recognise(struct csv *csv, struct vb_source_error *error)
{
    struct vb_source_error reason;
    switch (vb_csv_lines_next(&csv->lines, &reason)) {
    case VB_CSV_LINE_READ:
        break;
    case VB_CSV_LINE_END:
        vb_source_error_set(error, "recording %s holds blank lines alone", csv->file.name);
        return false;
    case VB_CSV_LINE_BROKEN:
    case VB_CSV_LINE_FAILED:
        vb_source_error_set(error, "recording %s: %s", csv->file.name, reason.text);
        return false;
    }
    for (size_t i = 0; i < VB_COUNT_OF(layouts); i++) {
        switch (vb_csv_match(layouts[i], &csv->lines, &csv->shape, &reason)) {
        case VB_CSV_MATCHES:
            csv->layout = layouts[i];
            return true;
        case VB_CSV_OTHER:
            break;
        case VB_CSV_FAULTY:
            vb_source_error_set(error, "recording %s: %s", csv->file.name, reason.text);
            return false;
        }
    }
    set_unknown_layout(csv, error);
    return false;
}

/* The next row as the file has it: VB_CSV_LINE_BROKEN covers what the layout finds broken, too. */
static enum vb_csv_line read_row(struct csv *csv, struct vb_csv_row *row,
                                 struct vb_source_error *reason)
{
    const enum vb_csv_line line = vb_csv_lines_next(&csv->lines, reason);
    if (line != VB_CSV_LINE_READ)
        return line;
    if (csv->lines.field_count != csv->shape.field_count) {
        vb_source_error_set(reason, "line %" PRIu32 " has %" PRIu32 " fields, the %s %" PRIu32,
                            csv->lines.number, csv->lines.field_count,
                            csv->shape.has_header ? "header promises" : "first line has",
                            csv->shape.field_count);
        return VB_CSV_LINE_BROKEN;
    }
    if (!vb_csv_row_parse(csv->layout, &csv->shape, &csv->lines, row, reason))
        return VB_CSV_LINE_BROKEN;
    VB_ASSERT(row->reading.cell_count == csv->shape.cell_count);
    return VB_CSV_LINE_READ;
}

/* Time from one row to the next, over the turn of the file's clock; negative when the clock was set
 * back. Two times more than half a turn apart are taken for neighbours across it. */
static int64_t step_ms(const struct vb_csv_layout *layout, int64_t from_ms, int64_t to_ms)
{
    const int64_t step = to_ms - from_ms;
    return step < -layout->time_wraps_ms / 2 ? step + layout->time_wraps_ms : step;
}

static int compare_steps(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static uint32_t median_interval_ms(int64_t *steps_ms, size_t count)
{
    if (count == 0)
        return INTERVAL_DEFAULT_MS;
    qsort(steps_ms, count, sizeof *steps_ms, compare_steps);
    const int64_t median = steps_ms[count / 2];
    VB_ASSERT(median >= 0);
    if (median == 0 || median > UINT32_MAX) /* more than 49 days is no interval */
        return INTERVAL_DEFAULT_MS;
    return (uint32_t)median;
}

static void start_pass(struct csv *csv)
{
    struct vb_source_error ignored;
    vb_csv_lines_rewind(&csv->lines);
    if (csv->shape.has_header) /* it was recognised when the file was opened */
        (void)vb_csv_lines_next(&csv->lines, &ignored);
    csv->restarted = csv->started;
    csv->row_in_pass = false;
}

/* Reads the first rows for their interval. False and *error when none of them can be used. */
static bool survey(struct csv *csv, struct vb_source_error *error)
{
    int64_t steps_ms[SURVEY_ROWS_MAX];
    size_t step_count = 0;
    size_t row_count = 0;
    int64_t last_ms = 0;
    struct vb_source_error first_reason = {"it ends after its header"};
    bool faulty = false;

    start_pass(csv);
    for (size_t i = 0; i < SURVEY_ROWS_MAX; i++) {
        struct vb_csv_row row;
        struct vb_source_error reason;
        const enum vb_csv_line line = read_row(csv, &row, &reason);
        if (line == VB_CSV_LINE_END)
            break;
        if (line != VB_CSV_LINE_READ) {
            if (!faulty)
                first_reason = reason;
            faulty = true;
            if (line == VB_CSV_LINE_FAILED)
                break;
            continue;
        }
        const int64_t step = row_count == 0 ? -1 : step_ms(csv->layout, last_ms, row.time_ms);
        if (step >= 0)
            steps_ms[step_count++] = step;
        last_ms = row.time_ms;
        row_count++;
    }
    if (row_count == 0) {
        vb_source_error_set(error, "recording %s has no row that can be used: %s", csv->file.name,
                            first_reason.text);
        return false;
    }
    csv->interval_ms = median_interval_ms(steps_ms, step_count);
    start_pass(csv);
    return true;
}

static void csv_close(void *state)
{
    struct csv *csv = state;
    vb_source_file_close(&csv->file);
    free(csv);
}

static void *csv_open(const char *arguments, const struct vb_source_options *options,
                      struct vb_source_error *error)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (csv == NULL) {
        vb_source_error_set(error, "there is no memory to open a recording");
        return NULL;
    }
    csv->loop = options->loop;
    if (vb_source_file_open(&csv->file, arguments, "a CSV file", error)) {
        vb_csv_lines_init(&csv->lines, csv->file.stream);
        if (recognise(csv, error) && survey(csv, error))
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
    csv->skipped.count++;
    csv->skipped.line = csv->lines.number;
    csv->skipped.reason = *reason;
}

static enum vb_source_result csv_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                      struct vb_source_error *error)
{
    struct csv *csv = state;
    for (;;) {
        struct vb_source_error reason;
        struct vb_csv_row row;
        switch (read_row(csv, &row, &reason)) {
        case VB_CSV_LINE_READ:
            take_row(csv, &row);
            *reading = csv->row.reading;
            *at_ms = csv->at_ms;
            return VB_SOURCE_READING;
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
}

static void csv_describe(const void *state, struct vb_source_description *description)
{
    const struct csv *csv = state;
    description->cell_count = csv->shape.cell_count;
    description->temp_count = csv->shape.temp_count;
    description->interval_ms = csv->interval_ms;
    const struct vb_csv_layout *layout = csv->layout;
    (void)snprintf(description->text, sizeof description->text,
                   "recording %s (%s layout%s), %u cells, %u temperatures, a row every %" PRIu32
                   " ms%s%s%s%s",
                   csv->file.name, layout->name, csv->shape.has_header ? "" : " without its header",
                   csv->shape.cell_count, csv->shape.temp_count, csv->interval_ms,
                   csv->loop ? ", in a loop" : "", layout->remark == NULL ? "" : "; ",
                   layout->remark == NULL ? "" : layout->remark,
                   csv->shape.dated ? "; its times name no zone and are taken as UTC" : "");
}

static const struct vb_source_skipped *csv_skipped(const void *state)
{
    const struct csv *csv = state;
    return &csv->skipped;
}

const struct vb_source_kind vb_source_csv = {
    .name = "csv",
    .form = "csv:FILE",
    .usage = "csv:FILE         a recording (LeafSpy, JK, Outlander or wide layout) at its pace",
    .needs_file = true,
    .open = csv_open,
    .close = csv_close,
    .next = csv_next,
    .describe = csv_describe,
    .skipped = csv_skipped,
};
