/* The log: one line per event, to stderr, for systemd's journal or a terminal; the newest lines are
 * also kept in memory for the system page. Safe to call from any thread.
 *
 * A flood cannot fill a disk: a line repeated within a second is counted instead of written, at
 * most VB_LOG_LINES_PER_SECOND lines are written per second, and a recurring error or warning is
 * logged three times, then once an hour (log_recurring.h). What was dropped is reported. */
#ifndef VOLTBEACON_LINUX_LOG_H
#define VOLTBEACON_LINUX_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/log_sink.h"

enum {
    VB_LOG_TEXT_SIZE = 400, /* bytes including NUL; longer lines are truncated */
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
/* False if there is no such level. */
VB_MUST_USE bool vb_log_level_parse(const char *name, enum vb_log_level *level);
/* Less severe lines are dropped. VB_LOG_INFO until this is called. */
void vb_log_set_level(enum vb_log_level level);

/* Control characters in the output become '?', so that a peer's text cannot forge a line. */
void vb_log(enum vb_log_level level, const char *format, ...) VB_PRINTF(2, 3);

/* The sink for a device's messages. */
struct vb_log_sink vb_log_device_sink(void);

/* Reports what was held back, once its second is over. Call about once a second. */
void vb_log_tick(void);

/* Calls visit for the newest `count` lines, oldest first. visit must not log. Returns their
 * number. */
size_t vb_log_tail(size_t count, vb_log_visit_fn visit, void *ctx);

#endif
