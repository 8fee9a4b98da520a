/* A sentence for the user: what is wrong, with what, and what was expected. */
#ifndef VOLTBEACON_SOURCES_SOURCE_ERROR_H
#define VOLTBEACON_SOURCES_SOURCE_ERROR_H

#include "voltbeacon/core/platform.h"

enum {
    VB_SOURCE_ERROR_SIZE = 384,
    VB_SOURCE_EXCERPT_SIZE = 33 /* of foreign text within a sentence, with its NUL */
};

/* What is at fault, for the exit code. */
enum vb_source_fault {
    VB_SOURCE_FAULT_CONTENT, /* what was read */
    VB_SOURCE_FAULT_OPTION,  /* how it was named */
    VB_SOURCE_FAULT_FILE,    /* there is none */
    VB_SOURCE_FAULT_ACCESS,  /* this user may not */
    VB_SOURCE_FAULT_READING, /* the disk or the interface */
    VB_SOURCE_FAULT_DEVICE,  /* the interface cannot be had */
    VB_SOURCE_FAULT_MEMORY
};

struct vb_source_error {
    char text[VB_SOURCE_ERROR_SIZE];
    enum vb_source_fault fault;
};

struct vb_source_excerpt {
    char text[VB_SOURCE_EXCERPT_SIZE];
};

/* Truncated if it is too long. Blames the content; a caller that knows better sets `fault`. */
VB_PRINTF(2, 3)
void vb_source_error_set(struct vb_source_error *error, const char *format, ...);

/* The beginning of an arbitrary text, made fit for a log line: whatever is not printable ASCII
 * becomes '?', what is cut off '...'. */
struct vb_source_excerpt vb_source_excerpt_of(const char *text);

#endif
