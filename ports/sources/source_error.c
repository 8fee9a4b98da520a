#include "sources/source_error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void vb_source_error_set(struct vb_source_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->fault = VB_SOURCE_FAULT_CONTENT;
}

struct vb_source_excerpt vb_source_excerpt_of(const char *text)
{
    static const char ellipsis[] = "...";
    struct vb_source_excerpt excerpt = {{0}};
    const size_t length = strnlen(text, VB_SOURCE_EXCERPT_SIZE);
    const bool cut = length == VB_SOURCE_EXCERPT_SIZE;
    const size_t kept = cut ? VB_SOURCE_EXCERPT_SIZE - sizeof ellipsis : length;
    for (size_t i = 0; i < kept; i++)
        excerpt.text[i] = (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    if (cut)
        memcpy(excerpt.text + kept, ellipsis, sizeof ellipsis);
    return excerpt;
}
