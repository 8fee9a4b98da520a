#include "linux/system/log_recurring.h"

#include <stdio.h>
#include <string.h>

/* The clock may be set back: an hour that began in the future is over, too. */
static bool hour_over(const struct vb_log_recurring_line *line, uint64_t now_ms)
{
    return now_ms < line->began_ms || now_ms - line->began_ms >= VB_LOG_RECURRING_MS;
}

static bool is_line(const struct vb_log_recurring_line *line, enum vb_log_level level,
                    const char *text)
{
    return line->said > 0 && line->level == level && strcmp(line->text, text) == 0;
}

/* The place of a line, or for it: a free one, or the oldest with nothing left to report. NULL if
 * all have something to report. */
static struct vb_log_recurring_line *place_of(struct vb_log_recurring *recurring,
                                              enum vb_log_level level, const char *text)
{
    struct vb_log_recurring_line *place = NULL;
    for (size_t i = 0; i < VB_LOG_RECURRING_LINES; i++) {
        struct vb_log_recurring_line *line = &recurring->lines[i];
        if (is_line(line, level, text))
            return line;
        if (line->held == 0 && (place == NULL || line->said == 0 ||
                                (place->said > 0 && line->began_ms < place->began_ms)))
            place = line;
    }
    return place;
}

bool vb_log_recurring_holds(struct vb_log_recurring *recurring, uint64_t now_ms,
                            enum vb_log_level level, const char *text)
{
    if (level > VB_LOG_WARNING)
        return false;
    struct vb_log_recurring_line *line = place_of(recurring, level, text);
    if (line == NULL)
        return false;
    if (!is_line(line, level, text) || (line->held == 0 && hour_over(line, now_ms))) {
        *line = (struct vb_log_recurring_line){.began_ms = now_ms, .level = level};
        snprintf(line->text, sizeof line->text, "%s", text);
    }
    if (line->said < VB_LOG_RECURRING_SAID) {
        line->said++;
        return false;
    }
    line->held++;
    return true;
}

bool vb_log_recurring_due(struct vb_log_recurring *recurring, uint64_t now_ms,
                          struct vb_log_recurring_line *line)
{
    for (size_t i = 0; i < VB_LOG_RECURRING_LINES; i++) {
        struct vb_log_recurring_line *due = &recurring->lines[i];
        if (due->held == 0 || !hour_over(due, now_ms))
            continue;
        *line = *due;
        due->began_ms = now_ms; /* still recurring, as far as we know: reported only by its count */
        due->held = 0;
        return true;
    }
    return false;
}
