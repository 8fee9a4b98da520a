/* When a program that has ended is started again, and when that has no sense any more. */
#ifndef VOLTBEACON_LINUX_RESTART_H
#define VOLTBEACON_LINUX_RESTART_H

#include <stdbool.h>
#include <stdint.h>

enum {
    VB_RESTART_AFTER_S = 3,
    VB_RESTART_QUICK_S = 5,   /* who ends sooner than this has not really run */
    VB_RESTART_QUICK_ENDS = 3 /* in a row, and it cannot run at all */
};

/* Zeroed before the first start. Times are in seconds on a clock that never goes back. */
struct vb_restart {
    int64_t started_s;
    int64_t due_s;
    unsigned quick_ends; /* in a row */
};

void vb_restart_started(struct vb_restart *restart, int64_t now_s);
/* It has ended; refused: it said that it cannot start. False: it is not to be started again. */
bool vb_restart_ended(struct vb_restart *restart, int64_t now_s, bool refused);
/* It has ended, and is to be started now. */
bool vb_restart_is_due(const struct vb_restart *restart, int64_t now_s);

#endif
