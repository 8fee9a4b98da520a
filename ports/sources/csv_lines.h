/* Splits the lines of a text file into fields.
 *
 * Fields are separated by whatever the first line has most of: commas, semicolons or tabs; or as a
 * line "sep=;" before it says. A number may have a decimal comma, as spreadsheets write it in half
 * of the world; between commas it is quoted. Tolerates lines that end in LF, CR LF or CR, UTF-16, a
 * byte order mark, blank lines, comments that begin with '#', a missing final newline, and quoted
 * fields, though not ones that span lines. A line that is too long or not text is reported as
 * broken, and reading continues after it. However large the file, one call reads no more than
 * VB_CSV_LINE_BYTES_MAX bytes. */
#ifndef VOLTBEACON_SOURCES_CSV_LINES_H
#define VOLTBEACON_SOURCES_CSV_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/source_error.h"
#include "sources/source_file.h"

enum {
    VB_CSV_LINE_BYTES_MAX = 65536,
    VB_CSV_FIELDS_MAX = 512 /* kept of one line: 192 cells, 40 temperatures, some more */
};

struct vb_csv_lines {
    struct vb_source_file *file;
    uint32_t number;                       /* of the line last read, from 1 */
    uint64_t byte_count;                   /* read since the beginning of the file */
    bool in_line;                          /* the rest of an overlong line comes next */
    bool after_return;                     /* the last byte was a CR, which with a LF is one end */
    char separator;                        /* 0 until the first line that is not blank */
    uint32_t field_count;                  /* all of them, including those beyond what is kept */
    const char *fields[VB_CSV_FIELDS_MAX]; /* without spaces around them */
    char text[VB_CSV_LINE_BYTES_MAX + 1];
};

enum vb_csv_line {
    VB_CSV_LINE_READ,
    VB_CSV_LINE_BROKEN, /* *error says how */
    VB_CSV_LINE_NONE,   /* a blank one, a comment, or the rest of one that is too long */
    VB_CSV_LINE_END,
    VB_CSV_LINE_FAILED /* the file cannot be read; *error says why */
};

/* The file remains the caller's. */
void vb_csv_lines_init(struct vb_csv_lines *lines, struct vb_source_file *file);

/* The next line. The fields are valid until the next call. */
enum vb_csv_line vb_csv_lines_next(struct vb_csv_lines *lines, struct vb_source_error *error);

/* Back to the first line. */
void vb_csv_lines_rewind(struct vb_csv_lines *lines);

/* What a field may hold. */
struct vb_csv_range {
    const char *what; /* "a cell voltage" */
    const char *unit;
    double low;
    double high;
};

enum vb_csv_value {
    VB_CSV_NUMBER,
    VB_CSV_EMPTY,
    VB_CSV_BAD /* *error names line and field, what was found and what was expected */
};

/* Reads fields[index], which must be kept, as a finite decimal number; *value is set on
 * VB_CSV_NUMBER alone. A field of "na", "n/a", "nan", "none", "null" or dashes, in whatever case,
 * counts as empty. Relies on the locale's decimal sign being the point: no program here calls
 * setlocale(). */
enum vb_csv_value vb_csv_number(const struct vb_csv_lines *lines, uint32_t index,
                                const struct vb_csv_range *range, double *value,
                                struct vb_source_error *error);

#endif
