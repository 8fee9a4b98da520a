#include "linux/system/cause.h"

#include <errno.h>

static _Thread_local enum vb_cause last = VB_CAUSE_SOFTWARE;

void vb_cause_set(enum vb_cause cause)
{
    last = cause;
}

void vb_cause_set_errno(int number, enum vb_cause otherwise)
{
    static const struct {
        int number;
        enum vb_cause cause;
    } known[] = {{EACCES, VB_CAUSE_NO_PERMISSION},   {EPERM, VB_CAUSE_NO_PERMISSION},
                 {ENOMEM, VB_CAUSE_SYSTEM},          {EMFILE, VB_CAUSE_SYSTEM},
                 {ENFILE, VB_CAUSE_SYSTEM},          {EAGAIN, VB_CAUSE_SYSTEM},
                 {ENOBUFS, VB_CAUSE_SYSTEM},         {EIO, VB_CAUSE_IO},
                 {EADDRINUSE, VB_CAUSE_UNAVAILABLE}, {EADDRNOTAVAIL, VB_CAUSE_NO_HOST}};
    last = otherwise;
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].number == number)
            last = known[i].cause;
    }
}

enum vb_cause vb_cause_take(void)
{
    const enum vb_cause cause = last;
    last = VB_CAUSE_SOFTWARE;
    return cause;
}
