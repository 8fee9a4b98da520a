#include "esp-idf/voltbeacon/console_log.h"

#include <stdio.h>

static const char *const names[] = {
#define X(NAME, name) [VB_LOG_##NAME] = (name),
    VB_LOG_LEVEL_LIST(X)
#undef X
};

static void line(void *ctx, enum vb_log_level level, const char *text)
{
    (void)ctx;
    printf("%s: %s\n", names[level], text);
}

struct vb_log_sink vb_console_sink(void)
{
    return (struct vb_log_sink){.line = line};
}
