/* The control socket: clients that are slow, gone or too many, and a command's view of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/control/control_socket.h"

enum { REQUEST_MS_MAX = 150, REPLY_MS_MAX = 300 };

struct bench {
    struct vb_loop *loop;
    struct vb_control *control;
    char dir[64];
    uint64_t request_id; /* of the newest that is not answered at once */
    uint32_t requests;
    char line[VB_CONTROL_LINE_SIZE];
};

static char large[VB_CONTROL_REPLY_SIZE + 10];

static void on_request(void *ctx, uint64_t request_id, const char *line)
{
    struct bench *bench = ctx;
    bench->requests++;
    snprintf(bench->line, sizeof(bench->line), "%s", line);
    if (strcmp(line, "later") == 0) {
        bench->request_id = request_id;
    } else if (strcmp(line, "large") == 0) {
        vb_control_reply(bench->control, request_id, large);
    } else {
        vb_control_reply(bench->control, request_id, "ok\nsecond line");
    }
}

static struct vb_control *open_control(struct bench *bench, char *error, size_t error_size)
{
    const struct vb_control_options options = {.dir = bench->dir,
                                               .request_ms_max = REQUEST_MS_MAX,
                                               .reply_ms_max = REPLY_MS_MAX,
                                               .on_request = on_request,
                                               .ctx = bench};
    return vb_control_open(bench->loop, &options, error, error_size);
}

static int make_bench(void **state)
{
    static struct bench bench;
    bench = (struct bench){.dir = "/tmp/voltbeacon-control-XXXXXX"};
    assert_non_null(mkdtemp(bench.dir));
    bench.loop = vb_loop_create();
    char error[256];
    bench.control = open_control(&bench, error, sizeof(error));
    *state = &bench;
    return bench.control != NULL ? 0 : -1;
}

static int drop_bench(void **state)
{
    struct bench *bench = *state;
    vb_control_close(bench->control);
    vb_loop_destroy(bench->loop);
    return rmdir(bench->dir); /* the socket's file is gone */
}

static void stop(void *ctx)
{
    struct bench *bench = ctx;
    vb_loop_stop(bench->loop);
}

/* The loop has no way back once it is stopped, so each test runs it once, in a child if it needs a
 * command's view: the command is the child. */
static void run_for(struct bench *bench, uint32_t duration_ms)
{
    assert_true(vb_loop_timer(bench->loop, duration_ms, stop, bench));
    vb_loop_run(bench->loop);
}

static int connect_client(const struct bench *bench)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", bench->dir);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* What the other end has sent until it closed; "" if it just closed. */
static const char *read_all(int fd)
{
    static char text[VB_CONTROL_REPLY_SIZE];
    size_t used = 0;
    ssize_t size;
    while ((size = recv(fd, text + used, sizeof(text) - 1 - used, MSG_DONTWAIT)) > 0) {
        used += (size_t)size;
    }
    text[used] = '\0';
    return size == 0 ? text : "still open";
}

static void a_client_that_sends_no_line_is_dropped(void **state)
{
    struct bench *bench = *state;
    const int fd = connect_client(bench);
    assert_int_equal(send(fd, "half a li", 9, 0), 9);
    run_for(bench, 2 * REQUEST_MS_MAX);
    assert_string_equal(read_all(fd), "");
    assert_int_equal(bench->requests, 0);
    close(fd);
}

static void a_line_too_long_is_refused(void **state)
{
    struct bench *bench = *state;
    const int fd = connect_client(bench);
    char line[VB_CONTROL_LINE_SIZE];
    memset(line, 'x', sizeof(line));
    assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
    run_for(bench, 50);
    assert_non_null(strstr(read_all(fd), "too long"));
    assert_int_equal(bench->requests, 0);
    close(fd);
}

static void a_client_too_many_is_told_so(void **state)
{
    struct bench *bench = *state;
    int fds[VB_CONTROL_CLIENTS_MAX + 1];
    for (size_t index = 0; index <= VB_CONTROL_CLIENTS_MAX; index++) {
        fds[index] = connect_client(bench);
    }
    run_for(bench, 50);
    assert_string_equal(read_all(fds[0]), "still open");
    assert_non_null(strstr(read_all(fds[VB_CONTROL_CLIENTS_MAX]), "too many"));
    for (size_t index = 0; index <= VB_CONTROL_CLIENTS_MAX; index++) {
        close(fds[index]);
    }
}

static void reply_twice(void *ctx)
{
    struct bench *bench = ctx;
    vb_control_reply(bench->control, bench->request_id, "first");
    vb_control_reply(bench->control, bench->request_id, "second");
    stop(bench);
}

static void an_answer_to_a_client_that_has_gone_reaches_nobody(void **state)
{
    struct bench *bench = *state;
    const int gone = connect_client(bench);
    assert_int_equal(send(gone, "later\n", 6, 0), 6);
    close(gone);
    assert_true(vb_loop_timer(bench->loop, 50, reply_twice, bench));
    vb_loop_run(bench->loop);
    assert_int_equal(bench->requests, 1);
}

static void a_request_never_answered_is_answered_with_an_error(void **state)
{
    struct bench *bench = *state;
    const int fd = connect_client(bench);
    assert_int_equal(send(fd, "later\n", 6, 0), 6);
    run_for(bench, 2 * REPLY_MS_MAX);
    assert_non_null(strstr(read_all(fd), "error: no outcome in time"));
    close(fd);
}

static void an_answer_too_long_becomes_an_error(void **state)
{
    struct bench *bench = *state;
    memset(large, 'x', sizeof(large) - 1);
    const int fd = connect_client(bench);
    assert_int_equal(send(fd, "large\n", 6, 0), 6);
    run_for(bench, 50);
    assert_non_null(strstr(read_all(fd), "error: the answer is too long"));
    close(fd);
}

static void the_longest_answer_arrives_whole(void **state)
{
    struct bench *bench = *state;
    memset(large, 'x', sizeof(large));
    large[VB_CONTROL_REPLY_SIZE - 2] = '\0';
    const int fd = connect_client(bench);
    assert_int_equal(send(fd, "large\n", 6, 0), 6);
    run_for(bench, 50);
    assert_int_equal(strlen(read_all(fd)), VB_CONTROL_REPLY_SIZE - 1);
    close(fd);
}

static void a_stopping_daemon_answers_what_is_open(void **state)
{
    struct bench *bench = *state;
    const int fd = connect_client(bench);
    assert_int_equal(send(fd, "later\n", 6, 0), 6);
    run_for(bench, 50);
    vb_control_close(bench->control);
    assert_non_null(strstr(read_all(fd), "error: voltbeacon is stopping"));
    close(fd);
    char error[256];
    bench->control = open_control(bench, error, sizeof(error));
}

static void a_dead_process_s_socket_is_replaced(void **state)
{
    struct bench *bench = *state;
    char error[256] = "";
    struct bench second = {.loop = bench->loop};
    memcpy(second.dir, bench->dir, sizeof(second.dir));
    second.control = open_control(&second, error, sizeof(error));
    assert_non_null(second.control);
    vb_control_close(bench->control);
    bench->control = second.control;
}

static void others_may_not_open_the_socket(void **state)
{
    const struct bench *bench = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/control", bench->dir);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_data_folder_too_long_for_a_socket_is_named(void **state)
{
    (void)state;
    char dir[200];
    memset(dir, 'x', sizeof(dir) - 1);
    dir[sizeof(dir) - 1] = '\0';
    char reply[VB_CONTROL_REPLY_SIZE];
    char error[512] = "";
    assert_false(vb_control_call(dir, "get", 100, reply, error, sizeof(error)));
    assert_non_null(strstr(error, "too long"));
}

/* == A command's view ===========================================================================
 */

/* Makes the call in a child while the loop runs here; the child's first byte says how it went. */
static const char *call_from_child(struct bench *bench, const char *request, uint32_t timeout_ms,
                                   uint32_t loop_ms)
{
    static char text[1024];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        static char reply[VB_CONTROL_REPLY_SIZE];
        char error[512];
        const bool ok =
            vb_control_call(bench->dir, request, timeout_ms, reply, error, sizeof(error));
        dprintf(ends[1], "%s %s", ok ? "+" : "-", ok ? reply : error);
        _exit(0);
    }
    close(ends[1]);
    run_for(bench, loop_ms);
    int status;
    waitpid(child, &status, 0);
    const ssize_t size = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void a_command_hears_that_no_daemon_runs_there(void **state)
{
    struct bench *bench = *state;
    vb_control_close(bench->control);
    char reply[VB_CONTROL_REPLY_SIZE];
    char error[512] = "";
    assert_false(vb_control_call(bench->dir, "get", 100, reply, error, sizeof(error)));
    assert_non_null(strstr(error, "no voltbeacon runs with this data folder"));
    assert_non_null(strstr(error, bench->dir));
    bench->control = open_control(bench, error, sizeof(error));
}

static void a_command_gives_up_on_a_daemon_that_does_not_answer(void **state)
{
    struct bench *bench = *state;
    assert_non_null(strstr(call_from_child(bench, "later", 100, 250), "did not answer in time"));
}

static void a9_a_command_sends_a_line_and_reads_the_answer(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(call_from_child(bench, "set mqtt port=1884", 2000, 200),
                        "+ ok\nsecond line");
    assert_string_equal(bench->line, "set mqtt port=1884");
}

static void reply_late(void *ctx)
{
    struct bench *bench = ctx;
    vb_control_reply(bench->control, bench->request_id, "applied");
}

static void an_answer_may_come_later(void **state)
{
    struct bench *bench = *state;
    assert_true(vb_loop_timer(bench->loop, 150, reply_late, bench));
    assert_string_equal(call_from_child(bench, "later", 2000, 250), "+ applied");
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(a_client_that_sends_no_line_is_dropped),
        BENCHED(a_line_too_long_is_refused),
        BENCHED(a_client_too_many_is_told_so),
        BENCHED(an_answer_to_a_client_that_has_gone_reaches_nobody),
        BENCHED(a_request_never_answered_is_answered_with_an_error),
        BENCHED(an_answer_too_long_becomes_an_error),
        BENCHED(the_longest_answer_arrives_whole),
        BENCHED(a_stopping_daemon_answers_what_is_open),
        BENCHED(a_dead_process_s_socket_is_replaced),
        BENCHED(others_may_not_open_the_socket),
        cmocka_unit_test(a_data_folder_too_long_for_a_socket_is_named),
        BENCHED(a_command_hears_that_no_daemon_runs_there),
        BENCHED(a_command_gives_up_on_a_daemon_that_does_not_answer),
        BENCHED(a9_a_command_sends_a_line_and_reads_the_answer),
        BENCHED(an_answer_may_come_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
