/* The one thing that the core calls outwards: say it on the console, and start anew. abort() leaves
 * a core dump where the project has a partition for it. */
#include <stdio.h>
#include <stdlib.h>

#include "voltbeacon/core/platform.h"

void vb_panic(const char *file, int line, const char *condition)
{
    printf("%s:%d: assertion failed: %s\n", file, line, condition);
    fflush(stdout);
    abort();
}
