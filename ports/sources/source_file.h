/* The file that a kind of source plays: opened once, read from its beginning as often as it is
 * looped. */
#ifndef VOLTBEACON_SOURCES_SOURCE_FILE_H
#define VOLTBEACON_SOURCES_SOURCE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "sources/source_error.h"

struct vb_source_file {
    FILE *stream;   /* NULL = not open */
    char name[128]; /* for messages: its path, or "..." and the end of it if it is long */
};

/* what: what the file should be, for messages: "a CSV file". False and *error when there is no file
 * at path that has content and can be read from its beginning again; the name is set all the same.
 * The caller closes it. */
VB_MUST_USE bool vb_source_file_open(struct vb_source_file *file, const char *path,
                                     const char *what, struct vb_source_error *error);

/* A zeroed one, and one that could not be opened, may be closed, too. */
void vb_source_file_close(struct vb_source_file *file);

#endif
