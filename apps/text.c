#include "text.h"

#include <math.h>
#include <stdlib.h>

bool vb_parse_number(const char *text, double max, double *value)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed <= 0 || parsed > max)
        return false;
    *value = parsed;
    return true;
}
