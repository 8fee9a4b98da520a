/* The one thing that the core calls outwards, on bare metal: say it, and end with an exit code. */
#include <stdio.h>
#include <stdlib.h>

#include "voltbeacon/core/platform.h"

void vb_panic(const char *file, int line, const char *condition)
{
    printf("%s:%d: assertion failed: %s\n", file, line, condition);
    exit(1);
}
