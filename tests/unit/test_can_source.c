/* A battery on a CAN interface, joined to the event loop: what cannot be opened, when it is asked,
 * and that its readings arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "../fixtures/leaf_ecu.h"
#include "linux/can/can_source.h"

enum { WAIT_MS = 5000, READINGS = 3 };

struct bench {
    struct vb_loop *loop;
    struct vb_can_source *source;
    struct leaf_ecu ecu;
    unsigned readings;
    unsigned sent_while_deaf; /* requests that came although it was to listen only */
    struct vb_reading last;
};

static void on_reading(void *ctx, const struct vb_reading *reading)
{
    struct bench *bench = ctx;
    bench->last = *reading;
    if (++bench->readings == READINGS)
        vb_loop_stop(bench->loop);
}

static void step_ecu(void *ctx)
{
    struct bench *bench = ctx;
    leaf_ecu_step(&bench->ecu, vb_now_ms());
    vb_loop_timer(bench->loop, 1, step_ecu, bench);
}

static void begin_to_ask(void *ctx)
{
    struct bench *bench = ctx;
    const struct vb_can_values settings = {.listen_only = false};
    bench->sent_while_deaf = bench->ecu.requests;
    vb_can_source_configure(bench->source, &settings);
}

static void give_up(void *ctx)
{
    vb_loop_stop(((struct bench *)ctx)->loop);
}

static struct bench *make_bench(void)
{
    static struct bench bench;
    struct vb_source_error error;
    struct vb_can_poll_timing timing = vb_can_poll_timing_default;
    timing.round_ms = 200;
    timing.pause_ms = 5;
    timing.separation_ms = 1;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    bench = (struct bench){.loop = vb_loop_create(), .ecu = leaf_ecu_at(fds[1], 3)};
    assert_non_null(bench.loop);
    const struct vb_can_source_options options = {
        .loop = bench.loop, .on_reading = on_reading, .ctx = &bench};
    bench.source = vb_can_source_on(fds[0], "can0", &vb_can_leaf, &timing, &options, &error);
    assert_non_null(bench.source);
    step_ecu(&bench);
    return &bench;
}

static void drop_bench(struct bench *bench)
{
    vb_loop_destroy(bench->loop);
    vb_can_source_close(bench->source);
    close(bench->ecu.fd);
}

static void a_failure_to_open_says_why_and_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } rows[] = {
        {"can", "expected can:can0"},
        {"can:", "expected can:can0"},
        {"can:an_interface_of_17", "1 to 15 characters"},
        {"can:can0,", "expected battery=leaf"},
        {"can:can0,battery=zoe", "\"battery=zoe\" is not known; expected battery=leaf"},
        {"can:can0,leaf", "expected battery=leaf"},
        /* a machine without CAN says so; one that has it lacks this interface */
        {"can:vbnone0", "vbnone0"},
        {"can:vbnone0,battery=leaf", "\""},
    };
    struct vb_loop *loop = vb_loop_create();
    const struct vb_can_source_options options = {.loop = loop, .on_reading = on_reading};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct vb_source_error error = {.text = ""};
        assert_true(vb_can_source_named(rows[i].text));
        assert_null(vb_can_source_open(rows[i].text, &options, &error));
        if (strstr(error.text, rows[i].part) == NULL)
            print_error("\"%s\" does not say \"%s\"\n", error.text, rows[i].part);
        assert_non_null(strstr(error.text, rows[i].part));
    }
    assert_false(vb_can_source_named("candump:x"));
    assert_false(vb_can_source_named("csv:can:"));
    vb_loop_destroy(loop);
}

static void a_bus_on_which_nobody_is_left_ends_nothing(void **state)
{
    (void)state;
    struct bench *bench = make_bench();
    begin_to_ask(bench);
    assert_int_equal(shutdown(bench->ecu.fd, SHUT_RDWR), 0);
    vb_loop_timer(bench->loop, 50, give_up, bench);
    vb_loop_run(bench->loop);
    assert_int_equal(bench->readings, 0);
    drop_bench(bench);
}

static void frames_whose_id_is_ignored_are_dropped(void **state)
{
    (void)state;
    struct bench *bench = make_bench();
    const struct vb_can_values settings = {.ignored_ids_count = 2,
                                           .ignored_ids = {1, LEAF_ECU_ANSWER_ID}};
    vb_can_source_configure(bench->source, &settings);
    vb_loop_timer(bench->loop, 300, give_up, bench);
    vb_loop_run(bench->loop);
    assert_true(bench->ecu.frames > 0);
    assert_int_equal(bench->ecu.flow_controls, 0);
    assert_int_equal(bench->readings, 0);
    drop_bench(bench);
}

static void readings_arrive_once_it_may_ask_and_are_numbered(void **state)
{
    (void)state;
    struct bench *bench = make_bench();
    vb_loop_timer(bench->loop, 300, begin_to_ask, bench);
    vb_loop_timer(bench->loop, WAIT_MS, give_up, bench);
    const uint64_t begun_ms = vb_wall_ms();
    vb_loop_run(bench->loop);
    assert_int_equal(bench->sent_while_deaf, 0);
    assert_int_equal(bench->readings, READINGS);
    assert_int_equal(bench->last.sequence, READINGS);
    assert_int_equal(bench->last.cell_count, LEAF_ECU_CELLS);
    assert_int_equal(bench->last.cell_mv[95], 3900 - (READINGS - 1));
    assert_in_range(bench->last.wall_ms, begun_ms, vb_wall_ms());
    const struct vb_source_description description = vb_can_source_describe(bench->source);
    assert_int_equal(description.cell_count, LEAF_ECU_CELLS);
    assert_int_equal(description.interval_ms, 200);
    assert_int_equal(vb_can_source_poll(bench->source)->decoder.sweeps, READINGS);
    drop_bench(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_to_open_says_why_and_what_to_do),
        cmocka_unit_test(a_bus_on_which_nobody_is_left_ends_nothing),
        cmocka_unit_test(frames_whose_id_is_ignored_are_dropped),
        cmocka_unit_test(readings_arrive_once_it_may_ask_and_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
