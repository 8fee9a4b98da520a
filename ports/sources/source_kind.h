/* What each kind of source provides: one row of the table in source.c. */
#ifndef VOLTBEACON_SOURCES_SOURCE_KIND_H
#define VOLTBEACON_SOURCES_SOURCE_KIND_H

#include "sources/source.h"

struct vb_source_kind {
    const char *name;  /* what stands before the ':' */
    const char *form;  /* what to write: "csv:FILE" */
    const char *usage; /* for --help, beginning with the form; lines of at most 75 characters */
    bool needs_file;   /* its arguments are a path, never "" */

    /* arguments: what follows the ':', "" without one. Returns the kind's own state, or NULL with
     * *error set. */
    void *(*open)(const char *arguments, const struct vb_source_options *options,
                  struct vb_source_error *error);
    void (*close)(void *state);

    /* Like vb_source_step(), but sampled_ms is set later, and sequence may be left 0 for a new
     * sample, to be numbered. A kind that repeats a sample gives it the sequence it had.
     * *reading is passed in zeroed. */
    enum vb_source_result (*next)(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                  struct vb_source_error *error);
    void (*describe)(const void *state, struct vb_source_description *description);

    /* NULL if the kind has no rows to skip. */
    const struct vb_source_skipped *(*skipped)(const void *state);
};

enum { VB_SOURCE_CONTENTS_SIZE = 96 };

struct vb_source_contents {
    char text[VB_SOURCE_CONTENTS_SIZE];
};

/* "96 cells, no temperatures, a row every 6 s, in a loop". interval_ms of 0: it is not known. */
struct vb_source_contents vb_source_contents_of(unsigned cells, unsigned temps, const char *row,
                                                uint32_t interval_ms, bool loop);

/* Counts one more skipped row. */
void vb_source_skip(struct vb_source_skipped *skipped, uint32_t line,
                    const struct vb_source_error *reason);

extern const struct vb_source_kind vb_source_candump;
extern const struct vb_source_kind vb_source_csv;
extern const struct vb_source_kind vb_source_recording;
extern const struct vb_source_kind vb_source_sim;

#endif
