/* A text file as a table in one of the layouts: recognises which, and reads its rows one after
 * another, from the first line of that layout. A header further on applies from there: programs are
 * updated while they write a file. */
#ifndef VOLTBEACON_SOURCES_CSV_TABLE_H
#define VOLTBEACON_SOURCES_CSV_TABLE_H

#include "sources/csv_layout.h"
#include "sources/csv_lines.h"
#include "sources/csv_row.h"
#include "sources/source_file.h"

enum {
    /* Examined before the first row is played: takes a tenth of a second. */
    VB_CSV_SURVEY_BYTES_MAX = 8 * 1024 * 1024
};

struct vb_csv_table {
    struct vb_source_file file;
    const struct vb_csv_layout *layout;
    uint32_t begin_line;             /* the first line of the layout */
    char separator;                  /* of its fields, where lines before it do not tell; 0 */
    struct vb_csv_shape first_shape; /* as that line says */
    struct vb_csv_shape shape;       /* of the next row: that of the latest header */
    uint32_t lost_line;              /* the line of an unusable header; 0 = none */
    uint32_t surplus_max;            /* values in a row after the last column */
    bool in_volts;                   /* as its cells show, though not its header */
    struct vb_csv_lines lines;
};

/* Recognises the layout of the table's file, which must be open. If it has none, or its header is
 * unusable: false and *error, which names the layouts that can be read. The file stays open either
 * way. */
VB_MUST_USE bool vb_csv_table_open(struct vb_csv_table *table, struct vb_source_error *error);

/* Whether the file is a table of any layout, usable or not. Reads from its beginning. */
VB_MUST_USE bool vb_csv_knows(struct vb_source_file *file);

/* The next row in the file: VB_CSV_LINE_BROKEN and *reason if the line is broken, or makes no sense
 * in the layout. *row is set only on VB_CSV_LINE_READ. */
enum vb_csv_line vb_csv_table_next(struct vb_csv_table *table, struct vb_csv_row *row,
                                   struct vb_source_error *reason);

/* Back to the beginning of the file. */
void vb_csv_table_rewind(struct vb_csv_table *table);

/* From the next rewind on, reads the cells as V; no effect if the header already says V. */
void vb_csv_table_take_volts(struct vb_csv_table *table);

#endif
