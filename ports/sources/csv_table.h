/* A text file as a table of one of the layouts: which it is, and its rows one after another, from
 * the first line that is of the layout. A header further on counts from there: programs are updated
 * while they write a file. */
#ifndef VOLTBEACON_SOURCES_CSV_TABLE_H
#define VOLTBEACON_SOURCES_CSV_TABLE_H

#include "sources/csv_layout.h"
#include "sources/csv_lines.h"
#include "sources/csv_row.h"
#include "sources/source_file.h"

enum {
    /* Looked at before the first row is played: read in a tenth of a second. */
    VB_CSV_SURVEY_BYTES_MAX = 8 * 1024 * 1024
};

struct vb_csv_table {
    struct vb_source_file file;
    const struct vb_csv_layout *layout;
    uint32_t begin_line;             /* the first that is of the layout */
    char separator;                  /* of its fields, where lines before it do not tell; 0 */
    struct vb_csv_shape first_shape; /* as that line says */
    struct vb_csv_shape shape;       /* of the row to come: that of the last header */
    uint32_t lost_line;              /* a header that cannot be used; 0 = there is none */
    uint32_t surplus_max;            /* values in a row behind the last column */
    bool in_volts;                   /* as its cells show, though not its header */
    struct vb_csv_lines lines;
};

/* Recognises the layout of the table's file, which must be open. False and *error, which names the
 * layouts that are read, where it is of none, or where its header cannot be used. The file stays
 * open either way. */
VB_MUST_USE bool vb_csv_table_open(struct vb_csv_table *table, struct vb_source_error *error);

/* Whether the file is a table of any layout, usable or not. Reads from its beginning. */
VB_MUST_USE bool vb_csv_knows(struct vb_source_file *file);

/* The next row as the file has it: VB_CSV_LINE_BROKEN and *reason where the line, or what the
 * layout makes of it, is broken. *row is set on VB_CSV_LINE_READ alone. */
enum vb_csv_line vb_csv_table_next(struct vb_csv_table *table, struct vb_csv_row *row,
                                   struct vb_source_error *reason);

/* Back to the beginning of the file. */
void vb_csv_table_rewind(struct vb_csv_table *table);

/* Takes the file's cells as V from the next rewind on; nothing to do where its header says V. */
void vb_csv_table_take_volts(struct vb_csv_table *table);

#endif
