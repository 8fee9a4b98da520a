/* What a layout of recordings has to offer: one row of the table in csv.c. */
#ifndef VOLTBEACON_SOURCES_CSV_LAYOUT_H
#define VOLTBEACON_SOURCES_CSV_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/csv_lines.h"
#include "sources/source_error.h"
#include "voltbeacon/reading.h"

/* What the first line promises of all that follow. */
struct vb_csv_shape {
    uint32_t field_count;
    uint8_t cell_count; /* 1 to VB_CELLS_MAX */
    uint8_t temp_count; /* 0 to VB_TEMPS_MAX */
};

enum vb_csv_match {
    VB_CSV_MATCHES,
    VB_CSV_OTHER, /* of another layout */
    VB_CSV_FAULTY /* of this layout, but *error */
};

struct vb_csv_layout {
    const char *name;
    const char *begins;    /* how its first line begins, for who has to mend a file */
    int64_t time_wraps_ms; /* its clock starts over after so long; 0 = never */

    /* Looks at the first line. Sets *shape on VB_CSV_MATCHES. */
    enum vb_csv_match (*match)(const struct vb_csv_lines *first, struct vb_csv_shape *shape,
                               struct vb_source_error *error);

    /* Fills the zeroed *reading and *time_ms, on the file's own clock, from a line that has
     * shape->field_count fields. False and *error when the line is broken. */
    bool (*parse)(const struct vb_csv_shape *shape, const struct vb_csv_lines *line,
                  struct vb_reading *reading, int64_t *time_ms, struct vb_source_error *error);
};

extern const struct vb_csv_layout vb_csv_wide;

#endif
