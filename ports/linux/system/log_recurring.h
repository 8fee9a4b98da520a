/* Errors and warnings that come again and again, because something is tried again and again: told
 * some times, then once an hour with their count. */
#ifndef VOLTBEACON_LINUX_LOG_RECURRING_H
#define VOLTBEACON_LINUX_LOG_RECURRING_H

#include "linux/system/log.h"

enum {
    VB_LOG_RECURRING_LINES = 16, /* different ones that are remembered */
    VB_LOG_RECURRING_SAID = 3,   /* times in an hour that each is told by itself */
    VB_LOG_RECURRING_MS = 60 * 60 * 1000
};

struct vb_log_recurring_line {
    uint64_t began_ms; /* its hour; since 1970 UTC */
    enum vb_log_level level;
    uint32_t said; /* in this hour; 0: this place is free */
    uint32_t held; /* since it was told last */
    char text[VB_LOG_TEXT_SIZE];
};

/* All zero: nothing has come yet. */
struct vb_log_recurring {
    struct vb_log_recurring_line lines[VB_LOG_RECURRING_LINES];
};

/* Whether a line is to be held back, having been told often enough within the hour. Only errors and
 * warnings are: of what is less nothing is told because it is tried again. Of more different ones
 * than there are places the oldest is not remembered. */
VB_MUST_USE bool vb_log_recurring_holds(struct vb_log_recurring *recurring, uint64_t now_ms,
                                        enum vb_log_level level, const char *text);

/* Sets *line to one that was held back and whose hour is over, and begins its next hour. False if
 * there is none. */
VB_MUST_USE bool vb_log_recurring_due(struct vb_log_recurring *recurring, uint64_t now_ms,
                                      struct vb_log_recurring_line *line);

#endif
