#include "sources/csv_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_SIZE = 64 }; /* no recorder writes longer ones */

void vb_csv_lines_init(struct vb_csv_lines *lines, struct vb_source_file *file)
{
    lines->file = file;
    lines->field_count = 0;
    vb_csv_lines_rewind(lines);
}

void vb_csv_lines_rewind(struct vb_csv_lines *lines)
{
    vb_source_file_rewind(lines->file);
    lines->number = 0;
    lines->byte_count = 0;
    lines->in_line = false;
    lines->after_return = false;
    lines->separator = '\0';
}

/* How a raw line ended up in lines->text. */
struct raw_line {
    size_t length; /* without the newline; at most VB_CSV_LINE_BYTES_MAX */
    bool ended;    /* by LF, CR LF or CR rather than by the end of the file */
    bool too_long; /* its rest is still to be read */
    bool has_nul;
};

static struct raw_line read_raw(struct vb_csv_lines *lines)
{
    struct raw_line raw = {0};
    while (!raw.ended && !raw.too_long) {
        const int byte = vb_source_file_byte(lines->file);
        if (byte == EOF)
            break;
        lines->byte_count++;
        const bool second = byte == '\n' && lines->after_return && raw.length == 0;
        lines->after_return = byte == '\r';
        if (second)
            continue;
        raw.ended = byte == '\n' || byte == '\r';
        if (raw.ended)
            break;
        raw.too_long = raw.length == VB_CSV_LINE_BYTES_MAX;
        if (!raw.too_long)
            lines->text[raw.length++] = (char)byte;
        raw.has_nul = raw.has_nul || byte == '\0';
    }
    lines->text[raw.length] = '\0';
    return raw;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Trims trailing spaces off the field. */
static void trim(char *field)
{
    size_t length = strlen(field);
    while (length > 0 && is_space(field[length - 1]))
        length--;
    field[length] = '\0';
}

static size_t count_of(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == wanted;
    return count;
}

static char most_frequent_separator(const char *line)
{
    static const char candidates[] = {',', ';', '\t'};
    char best = candidates[0];
    for (size_t i = 1; i < sizeof candidates; i++) {
        if (count_of(line, candidates[i]) > count_of(line, best))
            best = candidates[i];
    }
    return best;
}

/* Takes the quotes off the field that begins at the quote *at: its content is moved to *at, where a
 * doubled quote is a quote, and ended. Returns what follows the closing quote; NULL without one. */
static char *unquote(char *at)
{
    char *to = at;
    for (char *from = at + 1; *from != '\0'; from++) {
        if (*from == '"' && from[1] != '"') {
            *to = '\0';
            return from + 1;
        }
        from += *from == '"';
        *to++ = *from;
    }
    return NULL;
}

/* The end of the field that begins at text: its separator or the line's end; NULL if its quotes are
 * not closed properly. *field is its content. */
static char *take_field(const struct vb_csv_lines *lines, char *text, char **field)
{
    const char separators[] = {lines->separator, '\0'};
    while (is_space(*text) && *text != lines->separator)
        text++;
    *field = text;
    if (*text != '"')
        return text + strcspn(text, separators);
    char *end = unquote(text);
    while (end != NULL && is_space(*end) && *end != lines->separator)
        end++;
    return end != NULL && (*end == lines->separator || *end == '\0') ? end : NULL;
}

static bool split(struct vb_csv_lines *lines, char *text, struct vb_source_error *error)
{
    lines->field_count = 0;
    for (bool more = true; more;) {
        char *field = NULL;
        char *end = take_field(lines, text, &field);
        lines->field_count++;
        if (end == NULL) {
            vb_source_error_set(error,
                                "line %" PRIu32 ", field %" PRIu32
                                " begins with a quote and does not end with one",
                                lines->number, lines->field_count);
            return false;
        }
        more = *end != '\0';
        *end = '\0';
        trim(field);
        if (lines->field_count <= VB_CSV_FIELDS_MAX)
            lines->fields[lines->field_count - 1] = field;
        text = end + 1;
    }
    return true;
}

/* "sep=;", which Excel reads and writes before the first line. */
static bool take_separator(struct vb_csv_lines *lines, const char *text)
{
    static const char word[] = "sep=";
    const char *at = text + (*text == '"' ? 1 : 0);
    if (lines->separator != '\0' || strncasecmp(at, word, strlen(word)) != 0)
        return false;
    at += strlen(word);
    if (*at != ',' && *at != ';' && *at != '\t')
        return false;
    lines->separator = *at;
    return true;
}

static enum vb_csv_line take_line(struct vb_csv_lines *lines, const struct raw_line *raw,
                                  struct vb_source_error *error)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    lines->number++;
    lines->in_line = raw->too_long;
    if (raw->too_long) {
        vb_source_error_set(error, "line %" PRIu32 " is longer than %d bytes", lines->number,
                            VB_CSV_LINE_BYTES_MAX);
        return VB_CSV_LINE_BROKEN;
    }
    if (raw->has_nul) {
        vb_source_error_set(error, "line %" PRIu32 " holds a zero byte: it is not text",
                            lines->number);
        return VB_CSV_LINE_BROKEN;
    }
    char *text = lines->text;
    if (lines->number == 1 && strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    const char first = text[strspn(text, " \t")];
    if (first == '\0' || first == '#' || take_separator(lines, text))
        return VB_CSV_LINE_NONE;
    if (lines->separator == '\0')
        lines->separator = most_frequent_separator(text);
    return split(lines, text, error) ? VB_CSV_LINE_READ : VB_CSV_LINE_BROKEN;
}

enum vb_csv_line vb_csv_lines_next(struct vb_csv_lines *lines, struct vb_source_error *error)
{
    errno = 0;
    const struct raw_line raw = read_raw(lines);
    if (ferror(lines->file->stream)) {
        vb_source_error_set(error, "cannot be read after line %" PRIu32 ": %s", lines->number,
                            strerror(errno));
        return VB_CSV_LINE_FAILED;
    }
    if (raw.length == 0 && !raw.ended && !raw.too_long)
        return VB_CSV_LINE_END;
    if (!lines->in_line)
        return take_line(lines, &raw, error);
    lines->in_line = raw.too_long;
    return VB_CSV_LINE_NONE;
}

/* Stricter than strtod, which also accepts "nan", "infinity" and hexadecimal. */
static bool parse_decimal(const char *field, double *value)
{
    char number[NUMBER_SIZE];
    const size_t length = strlen(field);
    if (length >= sizeof number || field[strspn(field, "+-.,0123456789eE")] != '\0')
        return false;
    memcpy(number, field, length + 1);
    char *comma = strchr(number, ',');
    if (comma != NULL)
        *comma = '.'; /* between commas the field was quoted */
    char *end = NULL;
    *value = strtod(number, &end);
    return end != number && *end == '\0' && isfinite(*value);
}

static bool is_empty(const char *field)
{
    static const char *const words[] = {"", "na", "none", "n/a", "nan", "null", "-", "--"};
    for (size_t i = 0; i < VB_COUNT_OF(words); i++) {
        if (strcasecmp(field, words[i]) == 0)
            return true;
    }
    return false;
}

enum vb_csv_value vb_csv_number(const struct vb_csv_lines *lines, uint32_t index,
                                const struct vb_csv_range *range, double *value,
                                struct vb_source_error *error)
{
    VB_ASSERT(index < lines->field_count && index < VB_CSV_FIELDS_MAX);
    const char *field = lines->fields[index];
    if (is_empty(field))
        return VB_CSV_EMPTY;
    double number = 0;
    if (parse_decimal(field, &number) && number >= range->low && number <= range->high) {
        *value = number;
        return VB_CSV_NUMBER;
    }
    vb_source_error_set(
        error, "line %" PRIu32 ", field %" PRIu32 " is \"%s\", expected %s of %.12g to %.12g %s",
        lines->number, index + 1, vb_source_excerpt_of(field).text, range->what, range->low,
        range->high, range->unit);
    return VB_CSV_BAD;
}
