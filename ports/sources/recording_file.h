/* A recording's file: opened once, read from its beginning as often as it is played. */
#ifndef VOLTBEACON_SOURCES_RECORDING_FILE_H
#define VOLTBEACON_SOURCES_RECORDING_FILE_H

#include <stdio.h>

#include "sources/source_error.h"

struct vb_recording_name {
    char text[128]; /* the file's, for messages; the end of it if it is long */
};

struct vb_recording_name vb_recording_name_of(const char *path);

/* what: what it should be, for messages: "a candump log". NULL and *error when there is no file at
 * path that has content and can be read from its beginning again. The caller closes it. */
VB_MUST_USE FILE *vb_recording_open(const char *path, const char *what,
                                    struct vb_source_error *error);

#endif
