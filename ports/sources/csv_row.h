/* Turns a line into a reading, by a layout: which column holds what, and what its values mean. */
#ifndef VOLTBEACON_SOURCES_CSV_ROW_H
#define VOLTBEACON_SOURCES_CSV_ROW_H

#include "sources/csv_layout.h"

enum { VB_CSV_ROW_MS = 1000 /* from line to line, in a layout without times */ };

/* Whether the header's field is that name, ignoring case and zeros before a number: c01_mv is
 * C1_mV. */
VB_MUST_USE bool vb_csv_same_name(const char *field, const char *name);

/* Whether the line is a header of this layout, valid or not. */
VB_MUST_USE bool vb_csv_is_header(const struct vb_csv_layout *layout,
                                  const struct vb_csv_lines *line);

enum vb_csv_match {
    VB_CSV_MATCHES,
    VB_CSV_OTHER, /* of another layout */
    VB_CSV_FAULTY /* of this layout, but *error */
};

/* Looks at a file's first line, or at one that may be a header further on. Sets *shape on
 * VB_CSV_MATCHES. */
enum vb_csv_match vb_csv_match(const struct vb_csv_layout *layout, const struct vb_csv_lines *first,
                               struct vb_csv_shape *shape, struct vb_source_error *error);

struct vb_csv_row {
    struct vb_reading reading; /* without sequence and sampled_ms */
    int64_t time_ms;           /* on the file's own clock */
    double mark;               /* see VB_CSV_MARK; 0 where the layout has none */
};

/* The line must have at least shape->field_count fields. False and *error if it is broken; *row is
 * then undefined. */
VB_MUST_USE bool vb_csv_row_parse(const struct vb_csv_layout *layout,
                                  const struct vb_csv_shape *shape, const struct vb_csv_lines *line,
                                  struct vb_csv_row *row, struct vb_source_error *error);

#endif
