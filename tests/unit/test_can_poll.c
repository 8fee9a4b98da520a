/* Asking a battery over CAN: a simulated controller at the other end of a socket pair, in a time
 * of our own. What goes wrong first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "../fixtures/leaf_ecu.h"
#include "linux/can/can_socket.h"
#include "sources/can_poll.h"

enum { MINUTE_MS = 60000 };

struct bench {
    int fd;
    uint64_t now_ms;
    unsigned sweeps;
    unsigned torn; /* sweeps that mix two: there must be none */
    struct vb_reading reading;
    struct leaf_ecu ecu;
    struct vb_can_poll poll;
};

static int make_bench(void **state)
{
    static struct bench bench;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    bench = (struct bench){.fd = fds[0], .now_ms = UINT32_MAX - 1000};
    bench.ecu = leaf_ecu_at(fds[1], 7);
    vb_can_poll_init(&bench.poll, &vb_can_leaf, &vb_can_poll_timing_default, bench.now_ms);
    *state = &bench;
    return 0;
}

static int drop_bench(void **state)
{
    const struct bench *bench = *state;
    close(bench->fd);
    close(bench->ecu.fd);
    return 0;
}

static void take_sweep(struct bench *bench)
{
    bench->sweeps++;
    vb_can_decoder_reading(&bench->poll.decoder, bench->now_ms, &bench->reading);
    const uint16_t base_mv = bench->reading.cell_mv[LEAF_ECU_CELLS - 1];
    for (unsigned i = 0; i < LEAF_ECU_CELLS - 1; i++)
        bench->torn += bench->reading.cell_mv[i] != base_mv + i % 4;
}

static void run(struct bench *bench, uint64_t ms)
{
    for (uint64_t end_ms = bench->now_ms + ms; bench->now_ms < end_ms; bench->now_ms++) {
        struct vb_can_frame frame;
        leaf_ecu_step(&bench->ecu, (uint32_t)bench->now_ms);
        while (vb_can_socket_receive(bench->fd, &frame) == VB_CAN_RECEIVED) {
            if (vb_can_poll_input(&bench->poll, bench->now_ms, &frame) == VB_CAN_SWEEP)
                take_sweep(bench);
        }
        const bool due = vb_can_poll_wakeup_ms(&bench->poll, bench->now_ms) == 0;
        bool sent = false;
        while (vb_can_poll_output(&bench->poll, bench->now_ms, &frame)) {
            assert_true(vb_can_socket_send(bench->fd, &frame));
            sent = true;
        }
        assert_true(due || !sent); /* nothing goes out that the wakeup did not announce */
    }
}

static uint32_t isotp_faults(const struct bench *bench, enum vb_isotp_fault fault)
{
    return bench->poll.decoder.answer.faults[fault];
}

/* == What goes wrong ========================================================================= */

static void where_nobody_answers_requests_become_rare(void **state)
{
    struct bench *bench = *state;
    bench->ecu.mute = true;
    run(bench, 10 * MINUTE_MS);
    const unsigned first = bench->ecu.requests;
    assert_in_range(first, 10, 25);
    run(bench, 10 * MINUTE_MS);
    assert_in_range(bench->ecu.requests - first, 9, 10); /* one a minute */
    assert_int_equal(bench->poll.silences, bench->ecu.requests);
    assert_int_equal(bench->sweeps, 0);
}

static void a_battery_that_wakes_up_is_read_within_the_back_off_and_a_round(void **state)
{
    struct bench *bench = *state;
    bench->ecu.mute = true;
    run(bench, 10 * MINUTE_MS);
    bench->ecu.mute = false;
    run(bench, vb_can_poll_timing_default.back_off_ms_max + 2000);
    assert_in_range(bench->sweeps, 1, 14);
    const unsigned sweeps = bench->sweeps;
    run(bench, MINUTE_MS);
    assert_in_range(bench->sweeps - sweeps, 11, 12);
}

static void an_answer_that_stops_is_given_up_and_what_is_left_of_it_is_not_used(void **state)
{
    struct bench *bench = *state;
    run(bench, 6000);
    const unsigned sweeps = bench->sweeps;
    bench->ecu.frames_until_end = 7 + 3 + 4 + 15; /* in the middle of group 02 */
    run(bench, 7000);
    assert_int_equal(bench->sweeps, sweeps);
    assert_int_equal(isotp_faults(bench, VB_ISOTP_FAULT_TIMEOUT), 1);
    bench->ecu.mute = false;
    run(bench, MINUTE_MS);
    assert_true(bench->sweeps > sweeps + 5);
    assert_int_equal(bench->torn, 0);
}

static void lost_frames_cost_their_answer_and_mix_no_sweeps(void **state)
{
    struct bench *bench = *state;
    bench->ecu.loss_percent = 2;
    run(bench, 10 * MINUTE_MS);
    assert_in_range(bench->sweeps, 30, 110);
    assert_int_equal(bench->torn, 0);
    assert_true(isotp_faults(bench, VB_ISOTP_FAULT_ORDER) > 10);
    assert_true(bench->ecu.shortest_gap_ms >= vb_can_poll_timing_default.pause_ms);
}

static void frames_in_another_order_mix_no_sweeps(void **state)
{
    struct bench *bench = *state;
    bench->ecu.swap_percent = 2;
    run(bench, 10 * MINUTE_MS);
    assert_in_range(bench->sweeps, 30, 110);
    assert_int_equal(bench->torn, 0);
}

static void garbage_between_its_frames_does_not_stop_the_asking(void **state)
{
    struct bench *bench = *state;
    bench->ecu.garbage_percent = 3;
    run(bench, 10 * MINUTE_MS);
    assert_in_range(bench->sweeps, 20, 110);
    assert_int_equal(bench->torn, 0);
    assert_true(bench->ecu.requests < 600);
}

static void a_slow_battery_is_waited_for_but_not_one_that_stays_away(void **state)
{
    struct bench *bench = *state;
    bench->ecu.delay_ms = 900;
    run(bench, 7000);
    assert_int_equal(bench->sweeps, 1);
    assert_int_equal(bench->poll.silences, 0);
    bench->ecu.delay_ms = 1100;
    run(bench, MINUTE_MS);
    assert_true(bench->poll.silences > 0);
}

static void a_battery_that_asks_for_time_gets_it(void **state)
{
    struct bench *bench = *state;
    bench->ecu.pending = true;
    bench->ecu.delay_ms = 999;
    run(bench, 7000);
    assert_int_equal(bench->poll.silences, 0);
    assert_int_equal(bench->sweeps, 1);
}

static void a_group_that_is_declined_is_passed_over(void **state)
{
    struct bench *bench = *state;
    bench->ecu.declined_group = 0x06;
    run(bench, MINUTE_MS);
    assert_in_range(bench->sweeps, 11, 12);
    assert_int_equal(bench->poll.declined, bench->sweeps);
    assert_int_equal(bench->poll.silences, 0);
}

/* == Manners ================================================================================= */

static void nothing_is_sent_while_it_listens_only(void **state)
{
    struct bench *bench = *state;
    vb_can_poll_listen_only(&bench->poll, bench->now_ms, true);
    run(bench, 10000);
    assert_int_equal(bench->ecu.requests + bench->ecu.flow_controls, 0);
    /* Another device asks: its answer is read, and gets no flow control from us. */
    bench->ecu.answer_group = 0x02;
    run(bench, 100);
    assert_int_equal(bench->ecu.flow_controls, 0);
    static const uint8_t go_on[] = {0x30, 0, 10};
    vb_isotp_flow(&bench->ecu.sender, (uint32_t)bench->now_ms, go_on, sizeof go_on);
    run(bench, 1000);
    assert_int_equal(bench->sweeps, 1);
    assert_int_equal(bench->ecu.requests + bench->ecu.flow_controls, 0);
    vb_can_poll_listen_only(&bench->poll, bench->now_ms, false);
    run(bench, 2000);
    assert_int_equal(bench->sweeps, 2);
}

static void listening_only_begins_in_the_middle_of_an_answer(void **state)
{
    struct bench *bench = *state;
    struct vb_can_poll_timing timing = vb_can_poll_timing_default;
    timing.block_size = 1; /* so that each frame of an answer calls for a flow control */
    vb_can_poll_init(&bench->poll, &vb_can_leaf, &timing, bench->now_ms);
    while (bench->ecu.frames < 3)
        run(bench, 1);
    vb_can_poll_listen_only(&bench->poll, bench->now_ms, true);
    run(bench, 1); /* what was on its way arrives */
    const unsigned sent = bench->ecu.requests + bench->ecu.flow_controls;
    run(bench, MINUTE_MS);
    assert_int_equal(bench->ecu.requests + bench->ecu.flow_controls, sent);
}

static void another_device_that_asks_has_precedence(void **state)
{
    struct bench *bench = *state;
    run(bench, 2000);
    const unsigned requests = bench->ecu.requests;
    const struct vb_can_frame foreign = {
        .id = LEAF_ECU_REQUEST_ID, .size = 8, .data = {2, 0x21, 0x01}};
    assert_int_equal(vb_can_poll_input(&bench->poll, bench->now_ms, &foreign), VB_CAN_NOTHING);
    run(bench, 100 * 1000 - 1); /* 100 s: LeafSpy and its like ask again well within it */
    assert_int_equal(bench->ecu.requests, requests);
    run(bench, 6000);
    assert_true(bench->ecu.requests > requests);
}

static void each_group_is_asked_once_a_round_with_pauses_and_a_flow_control(void **state)
{
    struct bench *bench = *state;
    static const uint8_t flow[] = {0x30, 0, 10, 0, 0, 0, 0, 0};
    run(bench, 5000);
    assert_int_equal(bench->ecu.requests, 4);
    assert_int_equal(bench->ecu.flow_controls, 4);
    assert_memory_equal(bench->ecu.last_flow, flow, sizeof flow);
    assert_int_equal(bench->ecu.last_group, 0x02);
    assert_true(bench->ecu.shortest_gap_ms >= vb_can_poll_timing_default.pause_ms);
    run(bench, 5000);
    assert_int_equal(bench->ecu.requests, 8);
    assert_int_equal(bench->sweeps, 2);
}

static void a_reading_holds_what_all_groups_said(void **state)
{
    struct bench *bench = *state;
    run(bench, 2000);
    assert_int_equal(bench->sweeps, 1);
    const struct vb_reading *reading = &bench->reading;
    assert_int_equal(reading->flags,
                     VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
    assert_int_equal(reading->cell_mv[95], 3900);
    assert_int_equal(reading->pack_mv, 375500);
    assert_int_equal(reading->current_ma, -12500);
    assert_int_equal(reading->soc_permille, 716);
    assert_int_equal(reading->temp_dc[0], 140);
    assert_int_equal(reading->temp_dc[2], VB_TEMP_NOT_AVAILABLE);
    assert_int_equal(reading->temp_dc[3], 160);
}

static void blocks_are_asked_for_and_separated_as_the_timing_says(void **state)
{
    struct bench *bench = *state;
    struct vb_can_poll_timing timing = vb_can_poll_timing_default;
    timing.block_size = 4;
    timing.separation_ms = 20;
    vb_can_poll_init(&bench->poll, &vb_can_leaf, &timing, bench->now_ms);
    run(bench, 5000);
    assert_int_equal(bench->sweeps, 1);
    /* 6, 2, 3 and 28 frames after the first: one at the beginning, one after each 4 but the last */
    assert_int_equal(bench->ecu.flow_controls, 2 + 1 + 1 + 7);
    assert_int_equal(bench->ecu.last_flow[1], 4);
    assert_int_equal(bench->ecu.last_flow[2], 20);
}

int main(void)
{
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(where_nobody_answers_requests_become_rare),
        WITH_BENCH(a_battery_that_wakes_up_is_read_within_the_back_off_and_a_round),
        WITH_BENCH(an_answer_that_stops_is_given_up_and_what_is_left_of_it_is_not_used),
        WITH_BENCH(lost_frames_cost_their_answer_and_mix_no_sweeps),
        WITH_BENCH(frames_in_another_order_mix_no_sweeps),
        WITH_BENCH(garbage_between_its_frames_does_not_stop_the_asking),
        WITH_BENCH(a_slow_battery_is_waited_for_but_not_one_that_stays_away),
        WITH_BENCH(a_battery_that_asks_for_time_gets_it),
        WITH_BENCH(a_group_that_is_declined_is_passed_over),
        WITH_BENCH(nothing_is_sent_while_it_listens_only),
        WITH_BENCH(listening_only_begins_in_the_middle_of_an_answer),
        WITH_BENCH(another_device_that_asks_has_precedence),
        WITH_BENCH(each_group_is_asked_once_a_round_with_pauses_and_a_flow_control),
        WITH_BENCH(a_reading_holds_what_all_groups_said),
        WITH_BENCH(blocks_are_asked_for_and_separated_as_the_timing_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
