/* The loop: descriptors and timers join it, leave it and change it in the middle of a turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "linux/loop/loop.h"

/* In place of libc's, to count the calls. */
static uint32_t arm_count;

int timerfd_settime(int fd, int flags, const struct itimerspec *at, struct itimerspec *was)
{
    arm_count++;
    return (int)syscall(SYS_timerfd_settime, fd, flags, at, was);
}

struct probe {
    struct vb_loop *loop;
    int fd;
    int other_fd;
    uint32_t calls;
    uint32_t turns;
    uint32_t calls_max; /* stops the loop */
    uint32_t at_ms;
};

static int make_probe(void **state)
{
    static struct probe probe;
    probe = (struct probe){.loop = vb_loop_create(), .calls_max = 1};
    probe.fd = eventfd(0, EFD_NONBLOCK);
    probe.other_fd = eventfd(0, EFD_NONBLOCK);
    *state = &probe;
    return probe.loop != NULL ? 0 : -1;
}

static int drop_probe(void **state)
{
    struct probe *probe = *state;
    vb_loop_destroy(probe->loop);
    close(probe->fd);
    close(probe->other_fd);
    return 0;
}

static void raise_fd(int fd)
{
    const uint64_t one = 1;
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void count_call(void *ctx)
{
    struct probe *probe = ctx;
    uint64_t value;
    const ssize_t ignored = read(probe->fd, &value, sizeof(value));
    (void)ignored;
    probe->at_ms = vb_now_ms();
    if (++probe->calls >= probe->calls_max) {
        vb_loop_stop(probe->loop);
    }
}

static void stop(void *ctx)
{
    struct probe *probe = ctx;
    vb_loop_stop(probe->loop);
}

static void unwatch_both(void *ctx)
{
    struct probe *probe = ctx;
    probe->calls++;
    vb_loop_unwatch(probe->loop, probe->fd);
    vb_loop_unwatch(probe->loop, probe->other_fd);
}

static void a_descriptor_unwatched_in_a_turn_is_not_called_in_it(void **state)
{
    struct probe *probe = *state;
    raise_fd(probe->fd);
    raise_fd(probe->other_fd);
    assert_true(vb_loop_watch(probe->loop, probe->fd, unwatch_both, probe));
    assert_true(vb_loop_watch(probe->loop, probe->other_fd, unwatch_both, probe));
    assert_true(vb_loop_timer(probe->loop, 50, stop, probe));
    vb_loop_run(probe->loop);
    assert_int_equal(probe->calls, 1);
}

static void replace_watch(void *ctx)
{
    struct probe *probe = ctx;
    vb_loop_unwatch(probe->loop, probe->fd);
    vb_loop_unwatch(probe->loop, probe->other_fd);
    /* Takes the slot of one that still has an event in this turn. */
    assert_true(vb_loop_watch(probe->loop, probe->fd, count_call, probe));
    uint64_t value;
    assert_int_equal(read(probe->fd, &value, sizeof(value)), sizeof(value));
}

static void a_descriptor_that_takes_another_s_place_does_not_get_its_event(void **state)
{
    struct probe *probe = *state;
    raise_fd(probe->fd);
    raise_fd(probe->other_fd);
    assert_true(vb_loop_watch(probe->loop, probe->fd, replace_watch, probe));
    assert_true(vb_loop_watch(probe->loop, probe->other_fd, replace_watch, probe));
    assert_true(vb_loop_timer(probe->loop, 50, stop, probe));
    vb_loop_run(probe->loop);
    assert_int_equal(probe->calls, 0);
}

static void a_watch_too_many_is_refused(void **state)
{
    struct probe *probe = *state;
    int fds[80];
    size_t watched = 0;
    for (size_t index = 0; index < 80; index++) {
        fds[index] = eventfd(0, EFD_NONBLOCK);
        watched += vb_loop_watch(probe->loop, fds[index], count_call, probe);
    }
    assert_in_range(watched, 32, 79);
    for (size_t index = 0; index < 80; index++) {
        vb_loop_unwatch(probe->loop, fds[index]);
        close(fds[index]);
    }
}

static void the_caller_keeps_its_descriptor(void **state)
{
    struct probe *probe = *state;
    assert_true(vb_loop_watch(probe->loop, probe->fd, count_call, probe));
    vb_loop_unwatch(probe->loop, probe->fd);
    assert_true(vb_loop_watch(probe->loop, probe->fd, count_call, probe));
    vb_loop_destroy(probe->loop);
    raise_fd(probe->fd);
    probe->loop = vb_loop_create();
}

static void a_readable_descriptor_is_called(void **state)
{
    struct probe *probe = *state;
    assert_true(vb_loop_watch(probe->loop, probe->fd, count_call, probe));
    raise_fd(probe->fd);
    vb_loop_run(probe->loop);
    assert_int_equal(probe->calls, 1);
}

static void a_timer_never_runs_early_and_hardly_late(void **state)
{
    struct probe *probe = *state;
    for (uint32_t delay_ms = 0; delay_ms < 30; delay_ms += 7) {
        probe->calls = 0;
        const uint32_t from_ms = vb_now_ms();
        assert_true(vb_loop_timer(probe->loop, delay_ms, stop, probe));
        vb_loop_run(probe->loop);
        assert_in_range(vb_now_ms() - from_ms, delay_ms, delay_ms + 500);
        vb_loop_destroy(probe->loop);
        probe->loop = vb_loop_create();
    }
}

static void a_timer_called_again_has_its_deadline_replaced(void **state)
{
    struct probe *probe = *state;
    probe->calls_max = 2;
    assert_true(vb_loop_timer(probe->loop, 1, count_call, probe));
    assert_true(vb_loop_timer(probe->loop, 20, count_call, probe));
    assert_true(vb_loop_timer(probe->loop, 10, count_call, probe));
    assert_true(vb_loop_timer(probe->loop, 60, stop, probe));
    vb_loop_run(probe->loop);
    assert_int_equal(probe->calls, 1);
}

/* A daemon does so at every turn. */
static void a_timer_asked_for_again_with_the_same_end_costs_no_system_call(void **state)
{
    struct probe *probe = *state;
    enum { TURNS_MS = 20 };
    const uint32_t end_ms = vb_now_ms() + 3 * TURNS_MS;
    arm_count = 0;
    for (uint32_t now_ms; (now_ms = vb_now_ms()) < end_ms - 2 * TURNS_MS;)
        assert_true(vb_loop_timer(probe->loop, end_ms - now_ms, stop, probe));
    /* Thousands of turns. Twice where a millisecond begins between the two looks at the clock. */
    assert_in_range(arm_count, 1, 1 + 2 * TURNS_MS);
    vb_loop_run(probe->loop);
    assert_true(vb_now_ms() - end_ms < 500);
}

static void a_cancelled_timer_does_not_run(void **state)
{
    struct probe *probe = *state;
    assert_true(vb_loop_timer(probe->loop, 5, count_call, probe));
    vb_loop_cancel_timer(probe->loop, count_call, probe);
    vb_loop_cancel_timer(probe->loop, count_call, probe);
    assert_true(vb_loop_timer(probe->loop, 30, stop, probe));
    vb_loop_run(probe->loop);
    assert_int_equal(probe->calls, 0);
}

static void rearm_at_once(void *ctx)
{
    struct probe *probe = ctx;
    probe->calls++;
    assert_true(vb_loop_timer(probe->loop, 0, rearm_at_once, probe));
}

static void a_timer_that_rearms_itself_at_once_starves_nobody(void **state)
{
    struct probe *probe = *state;
    assert_true(vb_loop_timer(probe->loop, 0, rearm_at_once, probe));
    assert_true(vb_loop_watch(probe->loop, probe->fd, stop, probe));
    raise_fd(probe->fd);
    vb_loop_run(probe->loop);
    assert_true(probe->calls < 100000);
}

static void count_turn(void *ctx)
{
    struct probe *probe = ctx;
    probe->turns++;
}

static void an_idle_loop_uses_no_processor(void **state)
{
    struct probe *probe = *state;
    vb_loop_after_turn(probe->loop, count_turn, probe);
    assert_true(vb_loop_timer(probe->loop, 300, stop, probe));
    vb_loop_run(probe->loop);
    assert_true(probe->turns <= 3);
}

static void after_every_turn_the_daemon_is_called(void **state)
{
    struct probe *probe = *state;
    vb_loop_after_turn(probe->loop, count_turn, probe);
    assert_true(vb_loop_watch(probe->loop, probe->fd, count_call, probe));
    raise_fd(probe->fd);
    vb_loop_run(probe->loop);
    assert_true(probe->turns >= 1);
}

static struct vb_loop *signalled_loop;

static void on_alarm(int number)
{
    (void)number;
    vb_loop_stop(signalled_loop);
}

static void a_signal_handler_may_stop_it(void **state)
{
    struct probe *probe = *state;
    signalled_loop = probe->loop;
    const struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
    const uint32_t from_ms = vb_now_ms();
    setitimer(ITIMER_REAL, &soon, NULL);
    vb_loop_run(probe->loop);
    assert_in_range(vb_now_ms() - from_ms, 19, 1000);
    signal(SIGALRM, SIG_DFL);
}

#define PROBED(test) cmocka_unit_test_setup_teardown(test, make_probe, drop_probe)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(a_descriptor_unwatched_in_a_turn_is_not_called_in_it),
        PROBED(a_descriptor_that_takes_another_s_place_does_not_get_its_event),
        PROBED(a_watch_too_many_is_refused),
        PROBED(the_caller_keeps_its_descriptor),
        PROBED(a_timer_that_rearms_itself_at_once_starves_nobody),
        PROBED(an_idle_loop_uses_no_processor),
        PROBED(a_signal_handler_may_stop_it),
        PROBED(a_readable_descriptor_is_called),
        PROBED(a_timer_never_runs_early_and_hardly_late),
        PROBED(a_timer_called_again_has_its_deadline_replaced),
        PROBED(a_timer_asked_for_again_with_the_same_end_costs_no_system_call),
        PROBED(a_cancelled_timer_does_not_run),
        PROBED(after_every_turn_the_daemon_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
