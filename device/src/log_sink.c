#include "voltbeacon/device/log_sink.h"

#include <stdarg.h>
#include <stdio.h>

void vb_log_sink_say(const struct vb_log_sink *sink, enum vb_log_level level, const char *format,
                     ...)
{
    char text[VB_LOG_SINK_TEXT_SIZE];
    va_list arguments;
    if (sink->line == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sink->line(sink->ctx, level, text);
}
