/* The one thing that the core calls outwards: say it, and end. */
#include <stdio.h>
#include <stdlib.h>

#include "voltbeacon/core/platform.h"

void vb_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: it should hold that %s\n", file, line, condition);
    exit(1);
}
