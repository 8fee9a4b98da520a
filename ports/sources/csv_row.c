#include "sources/csv_row.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a BMS sends, or we write, for a cell that is not available; 0 mV means the same. */
static const char *const cell_sentinels[] = {"65535", "8191", "65.535", "8.191"};

const struct vb_csv_range vb_csv_cell_range = {"a cell voltage", "mV", 0, VB_CELL_MV_MAX};
static const struct vb_csv_range temp_range = {"a temperature", "degC", -100, 200};

void vb_csv_cell_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    (void)snprintf(name, VB_CSV_NAME_SIZE, "c%02u_mv", index + 1);
}

enum { MV_PER_V = 1000 };

/* --- the header ------------------------------------------------------------------------------- */

static uint32_t kept_fields(const struct vb_csv_lines *line)
{
    return line->field_count < VB_CSV_FIELDS_MAX ? line->field_count : VB_CSV_FIELDS_MAX;
}

/* A separator at the end of the line makes a field without a name, which does not count. */
static uint32_t named_fields(const struct vb_csv_lines *header)
{
    uint32_t count = header->field_count;
    while (count > 1 && count <= VB_CSV_FIELDS_MAX && header->fields[count - 1][0] == '\0')
        count--;
    return count;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_zeros(const char *at)
{
    while (at[0] == '0' && is_digit(at[1]))
        at++;
    return at;
}

bool vb_csv_same_name(const char *field, const char *name)
{
    for (char before = '\0';; field++, name++) {
        if (!is_digit(before)) {
            field = skip_zeros(field);
            name = skip_zeros(name);
        }
        if (tolower((unsigned char)*field) != tolower((unsigned char)*name))
            return false;
        if (*field == '\0')
            return true;
        before = *field;
    }
}

static uint32_t find(const struct vb_csv_lines *header, const char *name)
{
    for (uint32_t i = 0; i < kept_fields(header); i++) {
        if (vb_csv_same_name(header->fields[i], name))
            return i;
    }
    return VB_CSV_ABSENT;
}

typedef void name_cell(unsigned index, char name[VB_CSV_NAME_SIZE]);

/* Sets the cells' columns, count and unit. False if there is no column of that name. *gap: the
 * first cell, from 0, that is missing although a later one is named; VB_CELLS_MAX if none is. */
static bool find_cells(name_cell *cell_name, double scale, const struct vb_csv_lines *header,
                       struct vb_csv_shape *shape, unsigned *gap)
{
    shape->cell_scale = scale;
    shape->cell_count = 0;
    *gap = VB_CELLS_MAX;
    unsigned missing = VB_CELLS_MAX;
    for (unsigned i = 0; i < VB_CELLS_MAX; i++) {
        char name[VB_CSV_NAME_SIZE];
        cell_name(i, name);
        const uint32_t index = find(header, name);
        if (index == VB_CSV_ABSENT) {
            missing = missing < i ? missing : i;
            continue;
        }
        if (missing < i)
            *gap = missing;
        shape->cells[i] = (uint16_t)index;
        shape->cell_count = (uint8_t)(i + 1);
    }
    return shape->cell_count > 0;
}

static void find_temps(const struct vb_csv_layout *layout, const struct vb_csv_lines *header,
                       struct vb_csv_shape *shape)
{
    if (layout->temp_name == NULL)
        return;
    char name[VB_CSV_NAME_SIZE];
    while (shape->temp_count < VB_TEMPS_MAX && layout->temp_name(shape->temp_count, name)) {
        const uint32_t index = find(header, name);
        if (index == VB_CSV_ABSENT)
            return;
        shape->temps[shape->temp_count++] = index;
    }
}

static bool is_read(const struct vb_csv_shape *shape, uint32_t index)
{
    for (uint8_t i = 0; i < shape->cell_count; i++) {
        if (shape->cells[i] == index)
            return true;
    }
    for (size_t i = 0; i < VB_CSV_COLUMN_COUNT; i++) {
        if (shape->columns[i] == index)
            return true;
    }
    for (uint8_t i = 0; i < shape->temp_count; i++) {
        if (shape->temps[i] == index)
            return true;
    }
    return false;
}

/* False and *error if the header has a column that does not belong there. */
static bool check_columns(const struct vb_csv_layout *layout, const struct vb_csv_lines *header,
                          struct vb_csv_shape *shape, struct vb_source_error *error)
{
    for (uint32_t i = 0; i < shape->field_count && i < VB_CSV_FIELDS_MAX; i++) {
        const char *name = header->fields[i];
        if (is_read(shape, i))
            continue;
        if (layout->left_out != NULL && layout->left_out(name)) {
            shape->left_out++;
            continue;
        }
        vb_source_error_set(error, "line %" PRIu32 ", field %" PRIu32 " is \"%s\", expected %s",
                            header->number, i + 1, vb_source_excerpt_of(name).text,
                            layout->expects);
        return false;
    }
    if (header->field_count <= VB_CSV_FIELDS_MAX)
        return true;
    vb_source_error_set(error, "line %" PRIu32 " has %" PRIu32 " fields, expected %d at most",
                        header->number, header->field_count, VB_CSV_FIELDS_MAX);
    return false;
}

/* False if a time is required and there is none. */
static bool find_time(const struct vb_csv_layout *layout, const struct vb_csv_lines *header,
                      struct vb_csv_shape *shape)
{
    if (layout->columns[VB_CSV_TIME].name == NULL || shape->columns[VB_CSV_TIME] != VB_CSV_ABSENT)
        return true;
    if (layout->date_name == NULL)
        return false;
    shape->columns[VB_CSV_TIME] = find(header, layout->date_name);
    shape->dated = true;
    return shape->columns[VB_CSV_TIME] != VB_CSV_ABSENT;
}

bool vb_csv_is_header(const struct vb_csv_layout *layout, const struct vb_csv_lines *line)
{
    return find(line, layout->first) != VB_CSV_ABSENT;
}

enum vb_csv_match vb_csv_match(const struct vb_csv_layout *layout, const struct vb_csv_lines *first,
                               struct vb_csv_shape *shape, struct vb_source_error *error)
{
    if (layout->match_row != NULL && layout->match_row(first, shape))
        return VB_CSV_MATCHES;
    if (!vb_csv_is_header(layout, first))
        return VB_CSV_OTHER;

    *shape = (struct vb_csv_shape){.field_count = named_fields(first), .has_header = true};
    for (size_t i = 0; i < VB_CSV_COLUMN_COUNT; i++) {
        const char *name = layout->columns[i].name;
        shape->columns[i] = name == NULL ? VB_CSV_ABSENT : find(first, name);
    }
    unsigned gap = VB_CELLS_MAX;
    const bool in_mv = find_cells(layout->cell_name, 1, first, shape, &gap);
    const bool has_cells = in_mv || (layout->volt_name != NULL &&
                                     find_cells(layout->volt_name, MV_PER_V, first, shape, &gap));
    if (!has_cells && !vb_csv_same_name(first->fields[0], layout->first))
        return VB_CSV_OTHER; /* a column of that name in somebody else's table */
    if (gap < VB_CELLS_MAX) {
        vb_source_error_set(error, "line %" PRIu32 " names cell %u and not cell %u, expected %s",
                            first->number, shape->cell_count, gap + 1, layout->expects);
        return VB_CSV_FAULTY;
    }
    if (!has_cells || !find_time(layout, first, shape)) {
        vb_source_error_set(error, "line %" PRIu32 " names no cells or no time, expected %s",
                            first->number, layout->expects);
        return VB_CSV_FAULTY;
    }
    find_temps(layout, first, shape);
    VB_ASSERT(shape->cell_count >= 1);
    return check_columns(layout, first, shape, error) ? VB_CSV_MATCHES : VB_CSV_FAULTY;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* *value in our unit, from the layout's column. VB_CSV_EMPTY also if there is no such column. */
static enum vb_csv_value read_column(const struct vb_csv_layout *layout,
                                     const struct vb_csv_shape *shape,
                                     const struct vb_csv_lines *line, enum vb_csv_column column,
                                     double *value, struct vb_source_error *error)
{
    if (shape->columns[column] == VB_CSV_ABSENT)
        return VB_CSV_EMPTY;
    const struct vb_csv_column_form *form = &layout->columns[column];
    const enum vb_csv_value found =
        vb_csv_number(line, shape->columns[column], &form->range, value, error);
    if (found == VB_CSV_NUMBER)
        *value *= form->scale;
    return found;
}

static bool parse_date(const struct vb_csv_shape *shape, const struct vb_csv_lines *line,
                       int64_t *time_ms, struct vb_source_error *error)
{
    const uint32_t index = shape->columns[VB_CSV_TIME];
    struct vb_csv_date date;
    if (vb_csv_date_parse(line->fields[index], &date) &&
        vb_csv_date_ms(&date, shape->dates, time_ms))
        return true;
    vb_source_error_set(
        error, "line %" PRIu32 ", field %" PRIu32 " is \"%s\", expected a date and time as %s",
        line->number, index + 1, vb_source_excerpt_of(line->fields[index]).text,
        shape->dates == VB_CSV_DATE_DAY_FIRST    ? "31/12/2017 8:05:00"
        : shape->dates == VB_CSV_DATE_YEAR_FIRST ? "2017-12-31 8:05:00"
                                                 : "12/31/2017 8:05:00");
    return false;
}

/* A number of the time column, in ms. If it counts since 1970, it may be in s, ms, us or ns: its
 * size tells which. */
static enum vb_csv_value read_time(const struct vb_csv_layout *layout,
                                   const struct vb_csv_shape *shape,
                                   const struct vb_csv_lines *line, double *time_ms,
                                   struct vb_source_error *error)
{
    const struct vb_csv_column_form *form = &layout->columns[VB_CSV_TIME];
    const uint32_t index = shape->columns[VB_CSV_TIME];
    struct vb_csv_range wide = form->range;
    wide.high *= 1e9;
    if (layout->utc_from_ms > 0 &&
        vb_csv_number(line, index, &wide, time_ms, error) == VB_CSV_NUMBER &&
        *time_ms > form->range.high) {
        while (*time_ms > form->range.high)
            *time_ms /= 1000;
        *time_ms *= form->scale;
        if (*time_ms >= (double)layout->utc_from_ms && *time_ms / form->scale >= form->range.low)
            return VB_CSV_NUMBER;
    }
    return read_column(layout, shape, line, VB_CSV_TIME, time_ms, error);
}

static bool parse_time(const struct vb_csv_layout *layout, const struct vb_csv_shape *shape,
                       const struct vb_csv_lines *line, struct vb_csv_row *row,
                       struct vb_source_error *error)
{
    double time_ms = 0;
    if (layout->columns[VB_CSV_TIME].name == NULL) {
        row->time_ms = (int64_t)line->number * VB_CSV_ROW_MS;
        return true;
    }
    if (shape->dated) {
        if (!parse_date(shape, line, &row->time_ms, error))
            return false;
    } else {
        switch (read_time(layout, shape, line, &time_ms, error)) {
        case VB_CSV_NUMBER:
            row->time_ms = llround(time_ms);
            break;
        case VB_CSV_EMPTY:
            vb_source_error_set(error, "line %" PRIu32 " has no time", line->number);
            return false;
        case VB_CSV_BAD:
            return false;
        }
    }
    if (layout->utc_from_ms > 0 && row->time_ms >= layout->utc_from_ms)
        row->reading.wall_ms = (uint64_t)row->time_ms;
    return true;
}

static bool is_sentinel(const char *field)
{
    for (size_t i = 0; i < VB_COUNT_OF(cell_sentinels); i++) {
        if (strcmp(field, cell_sentinels[i]) == 0)
            return true;
    }
    return false;
}

static bool parse_pack(const struct vb_csv_layout *layout, const struct vb_csv_shape *shape,
                       const struct vb_csv_lines *line, struct vb_csv_row *row,
                       struct vb_source_error *error)
{
    double values[VB_CSV_COLUMN_COUNT] = {0};
    bool known[VB_CSV_COLUMN_COUNT] = {false};
    for (enum vb_csv_column i = VB_CSV_VOLTAGE; i < VB_CSV_COLUMN_COUNT; i++) {
        if (i == VB_CSV_MARK && shape->columns[i] == shape->columns[VB_CSV_TIME]) {
            values[i] = (double)row->time_ms; /* read before */
            continue;
        }
        const enum vb_csv_value found = read_column(layout, shape, line, i, &values[i], error);
        if (found == VB_CSV_BAD)
            return false;
        known[i] = found == VB_CSV_NUMBER;
    }
    struct vb_reading *reading = &row->reading;
    reading->flags = layout->flags;
    if (known[VB_CSV_VOLTAGE] && values[VB_CSV_VOLTAGE] > 0) {
        reading->flags |= VB_READING_HAS_VOLTAGE;
        reading->pack_mv = (uint32_t)lround(values[VB_CSV_VOLTAGE]);
    }
    if (known[VB_CSV_CURRENT]) {
        reading->flags |= VB_READING_HAS_CURRENT;
        reading->current_ma = (int32_t)lround(values[VB_CSV_CURRENT]);
    }
    if (known[VB_CSV_SOC]) {
        reading->flags |= VB_READING_HAS_SOC;
        reading->soc_permille = (uint16_t)lround(values[VB_CSV_SOC]);
    }
    row->mark = values[VB_CSV_MARK];
    return true;
}

static bool parse_cells(const struct vb_csv_layout *layout, const struct vb_csv_shape *shape,
                        const struct vb_csv_lines *line, struct vb_reading *reading,
                        struct vb_source_error *error)
{
    reading->cell_count = shape->cell_count;
    for (uint32_t i = 0; i < shape->cell_count; i++) {
        const uint32_t index = shape->cells[i];
        double mv = 0;
        if (!is_sentinel(line->fields[index]) &&
            vb_csv_number(line, index, layout->cells, &mv, error) == VB_CSV_BAD)
            return false;
        mv *= shape->cell_scale;
        if (fabs(mv) > VB_CELL_MV_MAX) {
            vb_source_error_set(error,
                                "line %" PRIu32 ", field %" PRIu32
                                " is \"%s\", expected a cell voltage in V, as the others are",
                                line->number, index + 1,
                                vb_source_excerpt_of(line->fields[index]).text);
            return false;
        }
        const uint16_t rounded = (uint16_t)lround(fabs(mv));
        reading->cell_mv[i] = rounded == 0 ? VB_CELL_NOT_AVAILABLE : rounded;
        if (layout->sign_is_balancing && rounded > 0 && mv < 0)
            reading->balancing[i / 8] |= (uint8_t)(1u << i % 8);
    }
    return true;
}

static bool parse_temps(const struct vb_csv_shape *shape, const struct vb_csv_lines *line,
                        struct vb_reading *reading, struct vb_source_error *error)
{
    reading->temp_count = shape->temp_count;
    for (uint32_t i = 0; i < shape->temp_count; i++) {
        double celsius = 0;
        const enum vb_csv_value value =
            vb_csv_number(line, shape->temps[i], &temp_range, &celsius, error);
        if (value == VB_CSV_BAD)
            return false;
        reading->temp_dc[i] =
            (int16_t)(value == VB_CSV_EMPTY ? VB_TEMP_NOT_AVAILABLE : lround(celsius * 10));
    }
    return true;
}

bool vb_csv_row_parse(const struct vb_csv_layout *layout, const struct vb_csv_shape *shape,
                      const struct vb_csv_lines *line, struct vb_csv_row *row,
                      struct vb_source_error *error)
{
    VB_ASSERT(line->field_count >= shape->field_count && shape->field_count <= VB_CSV_FIELDS_MAX);
    memset(row, 0, sizeof *row);
    return parse_time(layout, shape, line, row, error) &&
           parse_pack(layout, shape, line, row, error) &&
           parse_cells(layout, shape, line, &row->reading, error) &&
           parse_temps(shape, line, &row->reading, error);
}
