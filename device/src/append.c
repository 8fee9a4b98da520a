#include "voltbeacon/device/append.h"

#include <stdarg.h>
#include <stdio.h>

size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int more = vsnprintf(text + length, capacity - length, format, args);
    va_end(args);
    VB_ASSERT(more >= 0); /* none of our formats can fail */
    return (size_t)more < capacity - length ? length + (size_t)more : capacity - 1;
}
