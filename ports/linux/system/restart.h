/* When to restart a program that has ended, and when to give up. */
#ifndef VOLTBEACON_LINUX_RESTART_H
#define VOLTBEACON_LINUX_RESTART_H

#include <stdbool.h>
#include <stdint.h>

enum {
    VB_RESTART_AFTER_S = 3,
    VB_RESTART_QUICK_S = 5,   /* a run shorter than this does not count as a run */
    VB_RESTART_QUICK_ENDS = 3 /* this many in a row: it cannot run at all */
};

/* Zeroed before the first start. Times are in seconds on a clock that never goes back. */
struct vb_restart {
    int64_t started_s;
    int64_t due_s;
    unsigned quick_ends; /* in a row */
};

void vb_restart_started(struct vb_restart *restart, int64_t now_s);
/* It has ended; refused: it reported that it cannot start. False: do not restart it. */
bool vb_restart_ended(struct vb_restart *restart, int64_t now_s, bool refused);
/* It has ended, and has to be restarted now. */
bool vb_restart_is_due(const struct vb_restart *restart, int64_t now_s);

#endif
