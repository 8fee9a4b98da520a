/* Where a device reports what a person would want to know. */
#ifndef VOLTBEACON_DEVICE_LOG_SINK_H
#define VOLTBEACON_DEVICE_LOG_SINK_H

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_LOG_SINK_TEXT_SIZE = 256 /* bytes, including the NUL; longer lines are truncated */ };

/* X(NAME, "name"), from worst to least. */
#define VB_LOG_LEVEL_LIST(X) \
    X(ERROR, "error")        \
    X(WARNING, "warning")    \
    X(INFO, "info")          \
    X(DEBUG, "debug")

enum vb_log_level {
#define X(NAME, name) VB_LOG_##NAME,
    VB_LOG_LEVEL_LIST(X)
#undef X
};

struct vb_log_sink {
    void *ctx;
    /* text: one line, without its newline; valid during the call. NULL: nobody listens. */
    void (*line)(void *ctx, enum vb_log_level level, const char *text);
};

void vb_log_sink_say(const struct vb_log_sink *sink, enum vb_log_level level, const char *format,
                     ...) VB_PRINTF(3, 4);

VB_C_END

#endif
