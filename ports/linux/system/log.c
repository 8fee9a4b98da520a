#include "linux/system/log.h"
#include "linux/system/log_recurring.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIMES_SIZE = 24 };

/* One log per process, like stderr. */
static struct {
    pthread_mutex_t lock;
    enum vb_log_level level;
    struct vb_log_line lines[VB_LOG_TAIL_LINES]; /* a ring */
    size_t first;
    size_t count;

    uint64_t second_began_ms; /* of the rate limit */
    uint32_t written;         /* in this second */
    uint32_t left_out;

    uint64_t repeat_began_ms; /* when the newest line was written */
    uint32_t repeats;         /* of that line, since then */

    struct vb_log_recurring recurring;
} the_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = VB_LOG_INFO};

static const char *const level_names[] = {
#define X(NAME, name) [VB_LOG_##NAME] = (name),
    VB_LOG_LEVEL_LIST(X)
#undef X
};

const char *vb_log_level_name(enum vb_log_level level)
{
    VB_ASSERT((size_t)level < VB_COUNT_OF(level_names));
    return level_names[level];
}

bool vb_log_level_parse(const char *name, enum vb_log_level *level)
{
    for (size_t index = 0; index < VB_COUNT_OF(level_names); index++) {
        if (strcmp(name, level_names[index]) == 0) {
            *level = (enum vb_log_level)index;
            return true;
        }
    }
    return false;
}

void vb_log_set_level(enum vb_log_level level)
{
    VB_ASSERT((size_t)level < VB_COUNT_OF(level_names));
    pthread_mutex_lock(&the_log.lock);
    the_log.level = level;
    pthread_mutex_unlock(&the_log.lock);
}

static uint64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void write_line(uint64_t at_ms, enum vb_log_level level, const char *text)
{
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char date[32];
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);

    char line[VB_LOG_TEXT_SIZE + 64];
    const int size = snprintf(line, sizeof(line), "%s.%03uZ %s: %s\n", date,
                              (unsigned)(at_ms % 1000), level_names[level], text);
    VB_ASSERT(size > 0 && (size_t)size < sizeof(line));
    /* One write per line, so that lines of several processes on one terminal stay intact. If stderr
     * is gone there is nobody left to tell. */
    const ssize_t ignored = write(STDERR_FILENO, line, (size_t)size);
    (void)ignored;
}

static void keep_line(uint64_t at_ms, enum vb_log_level level, const char *text)
{
    size_t slot = (the_log.first + the_log.count) % VB_LOG_TAIL_LINES;
    if (the_log.count == VB_LOG_TAIL_LINES) {
        the_log.first = (the_log.first + 1) % VB_LOG_TAIL_LINES;
    } else {
        the_log.count++;
    }
    struct vb_log_line *line = &the_log.lines[slot];
    line->at_ms = at_ms;
    line->level = level;
    snprintf(line->text, sizeof(line->text), "%s", text);
}

static void put_line(uint64_t at_ms, enum vb_log_level level, const char *text)
{
    keep_line(at_ms, level, text);
    write_line(at_ms, level, text);
}

static struct vb_log_line *newest_line(void)
{
    if (the_log.count == 0) {
        return NULL;
    }
    return &the_log.lines[(the_log.first + the_log.count - 1) % VB_LOG_TAIL_LINES];
}

/* The clock may be set back: a second that began in the future is over, too. */
static bool second_over(uint64_t began_ms, uint64_t now_ms)
{
    return now_ms < began_ms || now_ms - began_ms >= 1000;
}

/* "once", "3 times" */
static const char *times(uint32_t count, char text[TIMES_SIZE])
{
    if (count == 1)
        return "once";
    snprintf(text, TIMES_SIZE, "%u times", (unsigned)count);
    return text;
}

static void say_repeats(uint64_t now_ms)
{
    if (the_log.repeats == 0) {
        return;
    }
    const struct vb_log_line *newest = newest_line();
    VB_ASSERT(newest != NULL);
    const enum vb_log_level level = newest->level;
    char often[TIMES_SIZE];
    char text[64];
    snprintf(text, sizeof(text), "the previous line was repeated %s",
             times(the_log.repeats, often));
    the_log.repeats = 0;
    put_line(now_ms, level, text);
}

static void say_left_out(uint64_t now_ms)
{
    if (the_log.left_out == 0) {
        return;
    }
    char text[80];
    snprintf(text, sizeof(text), "%u %s dropped: more than %d in one second",
             (unsigned)the_log.left_out, the_log.left_out == 1 ? "line was" : "lines were",
             (int)VB_LOG_LINES_PER_SECOND);
    the_log.left_out = 0;
    put_line(now_ms, VB_LOG_WARNING, text);
}

static void say_recurring(uint64_t now_ms)
{
    struct vb_log_recurring_line line;
    while (vb_log_recurring_due(&the_log.recurring, now_ms, &line)) {
        char often[TIMES_SIZE];
        char text[VB_LOG_TEXT_SIZE];
        snprintf(text, sizeof(text), "repeated %s since it was last logged: %.*s",
                 times(line.held, often), (int)sizeof(text) - 64, line.text);
        put_line(now_ms, line.level, text);
    }
}

static void close_times(uint64_t now_ms)
{
    if (second_over(the_log.repeat_began_ms, now_ms)) {
        say_repeats(now_ms);
        the_log.repeat_began_ms = 0;
    }
    if (second_over(the_log.second_began_ms, now_ms)) {
        say_left_out(now_ms);
        the_log.second_began_ms = now_ms;
        the_log.written = 0;
    }
    say_recurring(now_ms);
}

static bool is_repeat(uint64_t now_ms, enum vb_log_level level, const char *text)
{
    const struct vb_log_line *newest = newest_line();
    return newest != NULL && newest->level == level && strcmp(newest->text, text) == 0 &&
           !second_over(the_log.repeat_began_ms, now_ms);
}

static void take_line(uint64_t now_ms, enum vb_log_level level, const char *text)
{
    close_times(now_ms);
    if (is_repeat(now_ms, level, text)) {
        the_log.repeats++;
        return;
    }
    if (vb_log_recurring_holds(&the_log.recurring, now_ms, level, text)) {
        return;
    }
    if (the_log.written >= VB_LOG_LINES_PER_SECOND) {
        the_log.left_out++;
        return;
    }
    say_repeats(now_ms);
    the_log.repeat_began_ms = now_ms;
    the_log.written++;
    put_line(now_ms, level, text);
}

static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) {
            *text = '?';
        }
    }
}

void vb_log(enum vb_log_level level, const char *format, ...)
{
    VB_ASSERT((size_t)level < VB_COUNT_OF(level_names));
    char text[VB_LOG_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    make_printable(text);

    pthread_mutex_lock(&the_log.lock);
    if (level <= the_log.level) {
        take_line(wall_ms(), level, text);
    }
    pthread_mutex_unlock(&the_log.lock);
}

static void say(void *ctx, enum vb_log_level level, const char *text)
{
    (void)ctx;
    vb_log(level, "%s", text);
}

struct vb_log_sink vb_log_device_sink(void)
{
    return (struct vb_log_sink){.line = say};
}

void vb_log_tick(void)
{
    pthread_mutex_lock(&the_log.lock);
    close_times(wall_ms());
    pthread_mutex_unlock(&the_log.lock);
}

size_t vb_log_tail(size_t count, vb_log_visit_fn visit, void *ctx)
{
    pthread_mutex_lock(&the_log.lock);
    const size_t shown = count < the_log.count ? count : the_log.count;
    const size_t skipped = the_log.count - shown;
    for (size_t index = 0; index < shown; index++) {
        visit(ctx, &the_log.lines[(the_log.first + skipped + index) % VB_LOG_TAIL_LINES]);
    }
    pthread_mutex_unlock(&the_log.lock);
    return shown;
}

/* Without the log's lock, which this thread may hold. */
void vb_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "voltbeacon aborts: %s:%d: %s does not hold; please report this line\n", file,
            line, condition);
    abort();
}
