/* Recognises a file that was given to the wrong source. */
#ifndef VOLTBEACON_SOURCES_SOURCE_GUESS_H
#define VOLTBEACON_SOURCES_SOURCE_GUESS_H

#include <stdbool.h>

#include "sources/source_file.h"

/* The form of the source that reads such files, "candump:FILE"; NULL = none does. Reads the
 * beginning of the file, and leaves its position undefined. */
const char *vb_source_guess(struct vb_source_file *file);

#endif
