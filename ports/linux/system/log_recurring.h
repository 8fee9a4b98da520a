/* Errors and warnings that recur because something is retried again and again: logged a few times,
 * then once an hour with a count. */
#ifndef VOLTBEACON_LINUX_LOG_RECURRING_H
#define VOLTBEACON_LINUX_LOG_RECURRING_H

#include "linux/system/log.h"

enum {
    VB_LOG_RECURRING_LINES = 16, /* different ones that are remembered */
    VB_LOG_RECURRING_SAID = 3,   /* times per hour that each is logged by itself */
    VB_LOG_RECURRING_MS = 60 * 60 * 1000
};

struct vb_log_recurring_line {
    uint64_t began_ms; /* of its hour; since 1970 UTC */
    enum vb_log_level level;
    uint32_t said; /* in this hour; 0: this place is free */
    uint32_t held; /* since it was last logged */
    char text[VB_LOG_TEXT_SIZE];
};

/* All zero: no lines yet. */
struct vb_log_recurring {
    struct vb_log_recurring_line lines[VB_LOG_RECURRING_LINES];
};

/* Whether a line has to be held back because it was logged often enough within the hour. Applies
 * only to errors and warnings: less severe lines do not come from retries. With more different
 * lines than places the oldest is forgotten. */
VB_MUST_USE bool vb_log_recurring_holds(struct vb_log_recurring *recurring, uint64_t now_ms,
                                        enum vb_log_level level, const char *text);

/* Sets *line to one that was held back and whose hour is over, and starts its next hour. False if
 * there is none. */
VB_MUST_USE bool vb_log_recurring_due(struct vb_log_recurring *recurring, uint64_t now_ms,
                                      struct vb_log_recurring_line *line);

#endif
