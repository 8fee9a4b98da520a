#include "linux/system/restart.h"

void vb_restart_started(struct vb_restart *restart, int64_t now_s)
{
    restart->started_s = now_s;
}

bool vb_restart_ended(struct vb_restart *restart, int64_t now_s, bool refused)
{
    const bool quick = now_s - restart->started_s < VB_RESTART_QUICK_S;
    restart->quick_ends = quick ? restart->quick_ends + 1 : 0;
    restart->due_s = now_s + VB_RESTART_AFTER_S;
    return !refused && restart->quick_ends < VB_RESTART_QUICK_ENDS;
}

bool vb_restart_is_due(const struct vb_restart *restart, int64_t now_s)
{
    return now_s >= restart->due_s;
}
