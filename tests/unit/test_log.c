/* The log: a flood must not fill a disk, and a peer's text must not forge a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "linux/system/log.h"

/* The clock stands still until a test moves it, so that none hangs on how busy the machine is. */
static struct timespec the_time = {.tv_sec = 1795377600};

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = the_time;
    return 0;
}

static int capture_fd = -1;
static int stderr_fd = -1;

static int capture_stderr(void **state)
{
    (void)state;
    the_time.tv_sec += 10; /* what a test before it has used up is forgotten */
    char path[] = "/tmp/voltbeacon-log-XXXXXX";
    capture_fd = mkstemp(path);
    unlink(path);
    stderr_fd = dup(STDERR_FILENO);
    dup2(capture_fd, STDERR_FILENO);
    vb_log_set_level(VB_LOG_INFO);
    return 0;
}

static int release_stderr(void **state)
{
    (void)state;
    dup2(stderr_fd, STDERR_FILENO);
    close(stderr_fd);
    close(capture_fd);
    return 0;
}

static char captured[256 * 1024];

static const char *captured_text(void)
{
    const ssize_t size = pread(capture_fd, captured, sizeof(captured) - 1, 0);
    assert_true(size >= 0);
    captured[size] = '\0';
    return captured;
}

static size_t captured_lines(void)
{
    size_t count = 0;
    for (const char *at = captured_text(); *at != '\0'; at++) {
        count += *at == '\n';
    }
    return count;
}

static void a_line_repeated_in_a_flood_is_written_once_and_summed(void **state)
{
    (void)state;
    for (int count = 0; count < 1000; count++) {
        vb_log(VB_LOG_WARNING, "a frame was refused");
    }
    assert_int_equal(captured_lines(), 1);
    vb_log(VB_LOG_INFO, "something else");
    assert_int_equal(captured_lines(), 3);
    assert_non_null(strstr(captured_text(), "the previous line was repeated 999 times"));
}

static void a_flood_of_different_lines_is_cut_and_what_is_left_out_is_said(void **state)
{
    (void)state;
    for (int count = 0; count < 100000; count++) {
        vb_log(VB_LOG_WARNING, "frame %d was refused", count);
    }
    const size_t lines = captured_lines();
    assert_int_equal(lines, VB_LOG_LINES_PER_SECOND);
    the_time.tv_sec++;
    vb_log_tick();
    assert_int_equal(captured_lines(), lines + 1);
    assert_non_null(strstr(captured_text(), "lines were dropped"));
}

static void what_is_held_back_is_said_once_its_second_is_over(void **state)
{
    (void)state;
    vb_log(VB_LOG_INFO, "again");
    vb_log(VB_LOG_INFO, "again");
    assert_int_equal(captured_lines(), 1);
    the_time.tv_sec++;
    vb_log_tick();
    assert_int_equal(captured_lines(), 2);
    assert_non_null(strstr(captured_text(), "the previous line was repeated once\n"));
}

static void control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    vb_log(VB_LOG_INFO, "name is %s", "x\n2026-01-01T00:00:00.000Z error: forged\x1b[2J");
    assert_int_equal(captured_lines(), 1);
    assert_null(strchr(captured_text(), '\x1b'));
}

static void a_line_too_long_is_cut_and_stays_one_line(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    vb_log(VB_LOG_INFO, "%s", text);
    assert_int_equal(captured_lines(), 1);
    assert_true(strlen(captured_text()) < VB_LOG_TEXT_SIZE + 64);
}

static void a_line_has_time_in_iso_8601_and_level(void **state)
{
    (void)state;
    vb_log(VB_LOG_ERROR, "it is broken");
    unsigned year, month, day, hour, minute, second, ms;
    char rest[64];
    assert_int_equal(sscanf(captured_text(), "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ %63[^\n]", &year, &month,
                            &day, &hour, &minute, &second, &ms, rest),
                     8);
    assert_string_equal(rest, "error: it is broken");
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    vb_log(VB_LOG_DEBUG, "detail");
    assert_int_equal(captured_lines(), 0);
    vb_log_set_level(VB_LOG_DEBUG);
    vb_log(VB_LOG_DEBUG, "detail");
    assert_int_equal(captured_lines(), 1);
}

static void levels_are_read_by_name_and_others_refused(void **state)
{
    (void)state;
    enum vb_log_level level = VB_LOG_ERROR;
    assert_true(vb_log_level_parse("debug", &level));
    assert_int_equal(level, VB_LOG_DEBUG);
    assert_string_equal(vb_log_level_name(VB_LOG_WARNING), "warning");
    assert_false(vb_log_level_parse("loud", &level));
}

struct tail {
    size_t count;
    char last[VB_LOG_TEXT_SIZE];
};

static void collect_line(void *ctx, const struct vb_log_line *line)
{
    struct tail *tail = ctx;
    tail->count++;
    snprintf(tail->last, sizeof(tail->last), "%s", line->text);
}

static void the_tail_keeps_the_newest_lines_in_order(void **state)
{
    (void)state;
    usleep(1050 * 1000); /* the second of the tests before is over */
    for (int turn = 0; turn < 3; turn++) {
        for (int count = 0; count < VB_LOG_LINES_PER_SECOND; count++) {
            vb_log(VB_LOG_INFO, "line %d of turn %d", count, turn);
        }
        the_time.tv_sec++;
    }
    struct tail tail = {0};
    assert_int_equal(vb_log_tail(SIZE_MAX, collect_line, &tail), VB_LOG_TAIL_LINES);
    assert_int_equal(tail.count, VB_LOG_TAIL_LINES);
    assert_string_equal(tail.last, "line 99 of turn 2");
    tail.count = 0;
    assert_int_equal(vb_log_tail(5, collect_line, &tail), 5);
    assert_string_equal(tail.last, "line 99 of turn 2");
}

static void a_panic_says_where_and_why_and_aborts(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        vb_panic("somewhere.c", 7, "two == 2");
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(captured_text(), "somewhere.c:7: two == 2"));
}

#define CAPTURED(test) cmocka_unit_test_setup_teardown(test, capture_stderr, release_stderr)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CAPTURED(a_line_repeated_in_a_flood_is_written_once_and_summed),
        CAPTURED(a_flood_of_different_lines_is_cut_and_what_is_left_out_is_said),
        CAPTURED(what_is_held_back_is_said_once_its_second_is_over),
        CAPTURED(control_characters_cannot_forge_a_line),
        CAPTURED(a_line_too_long_is_cut_and_stays_one_line),
        CAPTURED(a_line_has_time_in_iso_8601_and_level),
        CAPTURED(lines_below_the_level_are_dropped),
        CAPTURED(levels_are_read_by_name_and_others_refused),
        CAPTURED(the_tail_keeps_the_newest_lines_in_order),
        CAPTURED(a_panic_says_where_and_why_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
