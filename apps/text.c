#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int more = vsnprintf(text + length, capacity - length, format, args);
    va_end(args);
    if (more < 0)
        return length;
    return (size_t)more < capacity - length ? length + (size_t)more : capacity - 1;
}

bool vb_parse_number(const char *text, double max, double *value)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed <= 0 || parsed > max)
        return false;
    *value = parsed;
    return true;
}
