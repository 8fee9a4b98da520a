#include "sources/csv_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/source_guess.h"

enum {
    TITLE_LINES_MAX = 16, /* among which there must be a header or a row */
    MV_PER_V = 1000
};

static const struct vb_csv_layout *const layouts[] = {
#define X(name) &vb_csv_##name,
    VB_CSV_LAYOUT_LIST(X)
#undef X
};

/* == The layout ============================================================================== */

/* If the file belongs to another source, says so. */
static bool set_other_source(struct vb_csv_table *table, const char *what,
                             struct vb_source_error *error)
{
    const char *guess = vb_source_guess(&table->file);
    if (guess == NULL || strncmp(guess, "csv", strlen("csv")) == 0)
        return false;
    vb_source_error_set(error, "recording %s: %s; this is read with --source %s", table->file.name,
                        what, guess);
    return true;
}

/* The first field of the line that is not empty. */
static const char *first_text(const struct vb_csv_lines *lines)
{
    for (uint32_t i = 0; i < lines->field_count && i < VB_CSV_FIELDS_MAX; i++) {
        if (lines->fields[i][0] != '\0')
            return lines->fields[i];
    }
    return "";
}

/* first: what is said about the first line. */
static void set_unknown_layout(struct vb_csv_table *table, const char *first,
                               struct vb_source_error *error)
{
    char known[256] = "";
    if (set_other_source(table, first, error))
        return;
    for (size_t i = 0; i < VB_COUNT_OF(layouts); i++) {
        const size_t length = strlen(known);
        (void)snprintf(known + length, sizeof known - length, "%s%s (%s,...)", i == 0 ? "" : "; ",
                       layouts[i]->program, layouts[i]->begins);
    }
    vb_source_error_set(error, "recording %s: %s; files that are read are of %s", table->file.name,
                        first, known);
}

/* The first line that is not blank. */
static enum vb_csv_line first_line(struct vb_csv_lines *lines, struct vb_source_error *reason)
{
    enum vb_csv_line line;
    do {
        line = vb_csv_lines_next(lines, reason);
    } while (line == VB_CSV_LINE_NONE && lines->byte_count < VB_CSV_SURVEY_BYTES_MAX);
    return line;
}

/* Finds the layout of the line. Sets *shape on VB_CSV_MATCHES, *reason on VB_CSV_FAULTY. */
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

/* Looks for the first line of any layout: a file may begin with a title, or in the middle of a
 * line. *first: what is wrong with its first line. VB_CSV_OTHER if there is no such line. */
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

bool vb_csv_table_open(struct vb_csv_table *table, struct vb_source_error *error)
{
    struct vb_source_error reason;
    struct vb_source_error first;
    vb_csv_lines_init(&table->lines, &table->file);
    switch (find_layout(&table->lines, &table->layout, &table->first_shape, &reason, &first)) {
    case VB_CSV_MATCHES:
        table->begin_line = table->lines.number;
        table->separator = first.text[0] == '\0' ? '\0' : table->lines.separator;
        return true;
    case VB_CSV_OTHER:
        if (first.text[0] == '\0')
            vb_source_error_set(error, "recording %s holds blank lines alone", table->file.name);
        else
            set_unknown_layout(table, first.text, error);
        return false;
    case VB_CSV_FAULTY:
        vb_source_error_set(error, "recording %s: %s", table->file.name, reason.text);
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

/* From here on the new header's columns count. It must be the same pack. */
static enum vb_csv_line take_header(struct vb_csv_table *table, struct vb_source_error *reason)
{
    struct vb_csv_shape shape;
    const enum vb_csv_match match = vb_csv_match(table->layout, &table->lines, &shape, reason);
    VB_ASSERT(match != VB_CSV_OTHER);
    table->lost_line = table->lines.number;
    if (match == VB_CSV_FAULTY)
        return VB_CSV_LINE_BROKEN;
    if (shape.cell_count != table->first_shape.cell_count ||
        shape.temp_count != table->first_shape.temp_count) {
        vb_source_error_set(reason,
                            "line %" PRIu32 " is a header of %u cells and %u temperatures, the "
                            "file began with %u and %u",
                            table->lines.number, shape.cell_count, shape.temp_count,
                            table->first_shape.cell_count, table->first_shape.temp_count);
        return VB_CSV_LINE_BROKEN;
    }
    shape.dates = table->first_shape.dates;
    shape.dated = shape.dated || (table->first_shape.dated && table->layout->date_name == NULL);
    if (table->in_volts)
        shape.cell_scale = MV_PER_V;
    table->shape = shape;
    table->lost_line = 0;
    return VB_CSV_LINE_NONE;
}

static bool has_surplus(const struct vb_csv_table *table)
{
    const struct vb_csv_lines *lines = &table->lines;
    if (lines->field_count > VB_CSV_FIELDS_MAX)
        return true;
    for (uint32_t i = table->shape.field_count; i < lines->field_count; i++) {
        if (lines->fields[i][0] != '\0')
            return true;
    }
    return false;
}

/* Whether the line has the fields of a row. Separators at its end do not count. */
static bool has_its_fields(struct vb_csv_table *table, struct vb_source_error *reason)
{
    const struct vb_csv_layout *layout = table->layout;
    const uint32_t count = table->lines.field_count;
    struct vb_csv_shape shape;
    if (!table->shape.has_header && layout->match_row(&table->lines, &shape)) {
        shape.dates = table->shape.dates;
        table->shape = shape;
    }
    const uint32_t wanted = table->shape.field_count;
    if (count < wanted || (count > wanted && !layout->longer_rows && has_surplus(table))) {
        vb_source_error_set(
            reason, "line %" PRIu32 " has %" PRIu32 " fields, %s %" PRIu32, table->lines.number,
            count, table->shape.has_header ? "the header promises" : "a row has at least", wanted);
        return false;
    }
    if (table->shape.has_header && count - wanted > table->surplus_max && has_surplus(table))
        table->surplus_max = count - wanted;
    return true;
}

enum vb_csv_line vb_csv_table_next(struct vb_csv_table *table, struct vb_csv_row *row,
                                   struct vb_source_error *reason)
{
    const enum vb_csv_line line = vb_csv_lines_next(&table->lines, reason);
    if (line != VB_CSV_LINE_READ)
        return line;
    if (table->lines.number < table->begin_line) {
        vb_source_error_set(
            reason, "line %" PRIu32 " begins with \"%s\": it is neither a header nor a row",
            table->lines.number, vb_source_excerpt_of(first_text(&table->lines)).text);
        return VB_CSV_LINE_BROKEN;
    }
    if (vb_csv_is_header(table->layout, &table->lines))
        return take_header(table, reason);
    if (table->lost_line != 0) {
        vb_source_error_set(reason,
                            "line %" PRIu32 " is a row of the header in line %" PRIu32
                            ", which cannot be used",
                            table->lines.number, table->lost_line);
        return VB_CSV_LINE_BROKEN;
    }
    if (!has_its_fields(table, reason) ||
        !vb_csv_row_parse(table->layout, &table->shape, &table->lines, row, reason))
        return VB_CSV_LINE_BROKEN;
    VB_ASSERT(row->reading.cell_count == table->first_shape.cell_count);
    return VB_CSV_LINE_READ;
}

void vb_csv_table_rewind(struct vb_csv_table *table)
{
    vb_csv_lines_rewind(&table->lines);
    table->lines.separator = table->separator;
    table->shape = table->first_shape;
    table->lost_line = 0;
}

void vb_csv_table_take_volts(struct vb_csv_table *table)
{
    if (table->first_shape.cell_scale >= MV_PER_V)
        return;
    table->in_volts = true;
    table->first_shape.cell_scale = MV_PER_V;
}
