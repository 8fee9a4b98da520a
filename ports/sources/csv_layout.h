/* What a layout of recordings is, and which exist. csv_row.c reads a file by one. */
#ifndef VOLTBEACON_SOURCES_CSV_LAYOUT_H
#define VOLTBEACON_SOURCES_CSV_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/csv_date.h"
#include "sources/csv_lines.h"
#include "voltbeacon/core/reading.h"

enum { VB_CSV_NAME_SIZE = 24 };
#define VB_CSV_ABSENT UINT32_MAX /* in place of a column's index */

/* Columns that hold one number each. */
enum vb_csv_column {
    VB_CSV_TIME,    /* a layout without one has a row every VB_CSV_ROW_MS */
    VB_CSV_VOLTAGE, /* of the pack; 0 = not known */
    VB_CSV_CURRENT,
    VB_CSV_SOC,
    VB_CSV_MARK, /* differs from one sweep to the next, so that equal cells are a new sample */
    VB_CSV_COLUMN_COUNT
};

struct vb_csv_column_form {
    const char *name; /* in the header, see vb_csv_same_name(); NULL = no such column */
    double scale;     /* from the file's unit to ours: ms, mV, mA charging, 0.1 % */
    struct vb_csv_range range;
};

/* What a header, or a first row, says about the rows that follow. */
struct vb_csv_shape {
    uint32_t field_count; /* that a row must have; at most VB_CSV_FIELDS_MAX */
    uint32_t columns[VB_CSV_COLUMN_COUNT];
    uint16_t cells[VB_CELLS_MAX]; /* the columns of the cells, in whatever order */
    uint32_t temps[VB_TEMPS_MAX];
    uint8_t cell_count;           /* 1 to VB_CELLS_MAX */
    uint8_t temp_count;           /* 0 to VB_TEMPS_MAX */
    bool has_header;              /* the first line is not a row */
    bool dated;                   /* the time is a date */
    enum vb_csv_date_order dates; /* of ambiguous dates; found or given at opening */
    double cell_scale;            /* from the file's cells to mV: 1, or 1000 where they are in V */
    uint16_t left_out;            /* unknown columns, which are not read */
};

struct vb_csv_layout {
    const char *name;
    const char *first;   /* the column by which its header is recognised, as a rule field 1 */
    const char *program; /* who writes it, for users with a file of no known layout: "LeafSpy" */
    const char *begins;  /* its first columns, likewise */
    const char *expects; /* its columns, for users who have to repair a header */
    const char *remark;  /* for the description: what is left out or assumed; NULL = nothing */

    struct vb_csv_column_form columns[VB_CSV_COLUMN_COUNT];
    const char *date_name; /* of a column as in csv_date.h, used where there is no time; NULL */
    int64_t time_wraps_ms; /* its clock wraps after this long; 0 = never */
    int64_t utc_from_ms;   /* a time from here on counts since 1970, and may be in ms, us or ns, or
                            * be a date; 0 = its beginning is unknown */

    bool longer_rows; /* values after the last column are ignored; the row is still good */
    const struct vb_csv_range *cells;
    bool sign_is_balancing; /* a cell below 0 is being balanced; its voltage is the amount */
    uint8_t flags;          /* VB_READING_TOGETHER, or 0 */

    /* Names of the columns of cells and temperatures, from index 0. temp_name returns false beyond
     * the last; NULL = the layout has no temperatures. */
    void (*cell_name)(unsigned index, char name[VB_CSV_NAME_SIZE]);
    void (*volt_name)(unsigned index, char name[VB_CSV_NAME_SIZE]); /* of cells in V; NULL = none */
    bool (*temp_name)(unsigned index, char name[VB_CSV_NAME_SIZE]);

    /* Whether a column may be present without being read. NULL = none may. */
    bool (*left_out)(const char *name);
    bool says_left_out; /* how many there are, in the description */

    /* Sets *shape if the line is a row of this layout. NULL = there is always a header. */
    bool (*match_row)(const struct vb_csv_lines *first, struct vb_csv_shape *shape);
};

/* The layouts there are, in the order in which they are tried; a new one is a file csv_NAME.c with
 * vb_csv_NAME, and a row here. */
#define VB_CSV_LAYOUT_LIST(X) \
    X(leafspy)                \
    X(wide)                   \
    X(outlander)              \
    X(jk)

#define X(name) extern const struct vb_csv_layout vb_csv_##name;
VB_CSV_LAYOUT_LIST(X)
#undef X

/* What several layouts share: c01_mv and on, from 0 to VB_CELL_MV_MAX. In csv_row.c. */
extern const struct vb_csv_range vb_csv_cell_range;
void vb_csv_cell_name(unsigned index, char name[VB_CSV_NAME_SIZE]);

#endif
