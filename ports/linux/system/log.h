/* The log: one line an event, to stderr, where systemd's journal or a terminal takes it; the
 * newest lines are also kept in memory for the system page. Safe to call from any thread.
 *
 * A flood cannot fill a disk: a line repeated within a second is counted instead of written, no
 * more than VB_LOG_LINES_PER_SECOND lines are written a second, and an error or a warning that
 * comes again and again is told three times, then once an hour (log_recurring.h). What was left out
 * is said. */
#ifndef VOLTBEACON_LINUX_LOG_H
#define VOLTBEACON_LINUX_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/log_sink.h"

enum {
    VB_LOG_TEXT_SIZE = 400, /* bytes with the final NUL; longer lines are cut */
    VB_LOG_TAIL_LINES = 200,
    VB_LOG_LINES_PER_SECOND = 100
};

struct vb_log_line {
    uint64_t at_ms; /* since 1970 UTC */
    enum vb_log_level level;
    char text[VB_LOG_TEXT_SIZE];
};

typedef void (*vb_log_visit_fn)(void *ctx, const struct vb_log_line *line);

/* "error", "warning", "info", "debug" */
const char *vb_log_level_name(enum vb_log_level level);
/* False when there is no level of that name. */
VB_MUST_USE bool vb_log_level_parse(const char *name, enum vb_log_level *level);
/* Lines of a lesser level are dropped. VB_LOG_INFO until this is called. */
void vb_log_set_level(enum vb_log_level level);

/* Control characters in what is printed become '?', so that a peer's text cannot forge a line. */
void vb_log(enum vb_log_level level, const char *format, ...) VB_PRINTF(2, 3);

/* What a device says goes here. */
struct vb_log_sink vb_log_device_sink(void);

/* Says what was held back, once its second is over. To be called about once a second. */
void vb_log_tick(void);

/* Calls visit for the newest `count` lines, oldest first. visit must not log. Returns how many
 * there were. */
size_t vb_log_tail(size_t count, vb_log_visit_fn visit, void *ctx);

#endif
