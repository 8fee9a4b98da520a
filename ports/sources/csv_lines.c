#include "sources/csv_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void vb_csv_lines_init(struct vb_csv_lines *lines, FILE *file)
{
    lines->file = file;
    lines->number = 0;
    lines->field_count = 0;
}

void vb_csv_lines_rewind(struct vb_csv_lines *lines)
{
    rewind(lines->file);
    lines->number = 0;
}

/* How a raw line ended up in lines->text. */
struct raw_line {
    size_t length; /* without the newline; of the whole line, even where it does not fit */
    bool ended;    /* by a newline rather than by the end of the file */
    bool has_nul;
};

static struct raw_line read_raw(struct vb_csv_lines *lines)
{
    struct raw_line raw = {0};
    for (;;) {
        const int byte = getc_unlocked(lines->file);
        if (byte == EOF || byte == '\n') {
            raw.ended = byte == '\n';
            break;
        }
        if (raw.length < VB_CSV_LINE_BYTES_MAX)
            lines->text[raw.length] = (char)byte;
        raw.has_nul = raw.has_nul || byte == '\0';
        raw.length++;
    }
    const size_t kept = raw.length < VB_CSV_LINE_BYTES_MAX ? raw.length : VB_CSV_LINE_BYTES_MAX;
    lines->text[kept] = '\0';
    return raw;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Ends the field at its last character that is not a space, and returns its first. */
static char *trim(char *field)
{
    while (is_space(*field))
        field++;
    size_t length = strlen(field);
    while (length > 0 && is_space(field[length - 1]))
        length--;
    field[length] = '\0';
    return field;
}

static void split(struct vb_csv_lines *lines, char *text)
{
    lines->field_count = 0;
    for (char *field = text; field != NULL;) {
        char *comma = strchr(field, ',');
        if (comma != NULL)
            *comma = '\0';
        if (lines->field_count < VB_CSV_FIELDS_MAX)
            lines->fields[lines->field_count] = trim(field);
        lines->field_count++;
        field = comma == NULL ? NULL : comma + 1;
    }
}

enum vb_csv_line vb_csv_lines_next(struct vb_csv_lines *lines, struct vb_source_error *error)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    for (;;) {
        errno = 0;
        const struct raw_line raw = read_raw(lines);
        if (ferror(lines->file)) {
            vb_source_error_set(error, "cannot be read after line %" PRIu32 ": %s", lines->number,
                                strerror(errno));
            return VB_CSV_LINE_FAILED;
        }
        if (raw.length == 0 && !raw.ended)
            return VB_CSV_LINE_END;
        lines->number++;
        if (raw.length > VB_CSV_LINE_BYTES_MAX) {
            vb_source_error_set(error, "line %" PRIu32 " is %zu bytes long, expected %d at most",
                                lines->number, raw.length, VB_CSV_LINE_BYTES_MAX);
            return VB_CSV_LINE_BROKEN;
        }
        if (raw.has_nul) {
            vb_source_error_set(error, "line %" PRIu32 " holds a zero byte: it is not text",
                                lines->number);
            return VB_CSV_LINE_BROKEN;
        }
        char *text = lines->text;
        if (lines->number == 1 && strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
            text += strlen(byte_order_mark);
        if (text[strspn(text, " \t\r")] == '\0')
            continue;
        split(lines, text);
        return VB_CSV_LINE_READ;
    }
}

/* Narrower than strtod, which also takes "nan", "infinity" and hexadecimal. */
static bool parse_decimal(const char *field, double *value)
{
    if (field[strspn(field, "+-.0123456789eE")] != '\0')
        return false;
    char *end = NULL;
    *value = strtod(field, &end);
    return end != field && *end == '\0' && isfinite(*value);
}

enum vb_csv_value vb_csv_number(const struct vb_csv_lines *lines, uint32_t index,
                                const struct vb_csv_range *range, double *value,
                                struct vb_source_error *error)
{
    VB_ASSERT(index < lines->field_count && index < VB_CSV_FIELDS_MAX);
    const char *field = lines->fields[index];
    if (field[0] == '\0')
        return VB_CSV_EMPTY;
    double number = 0;
    if (parse_decimal(field, &number) && number >= range->low && number <= range->high) {
        *value = number;
        return VB_CSV_NUMBER;
    }
    vb_source_error_set(error,
                        "line %" PRIu32 ", field %" PRIu32 " is \"%s\", expected %s of %g to %g %s",
                        lines->number, index + 1, vb_source_excerpt_of(field).text, range->what,
                        range->low, range->high, range->unit);
    return VB_CSV_BAD;
}
