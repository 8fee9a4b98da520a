/* Readings over links that lose: what a lost frame costs, and who may refer to which keyframe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/reading_loss.h"
#include "sync_bench.h"

enum { RUN_MS = 600000 };

static struct reading_loss loss;
static struct bench bench;
static struct vb_world *const world = &bench.world;

/* ---- Losses ---- */

static void a_lost_frame_costs_its_reading_and_a_lost_keyframe_at_most_one_more_E5(void **state)
{
    (void)state;
    static const uint16_t permille[][LOSS_RECEIVERS_MAX] = {
        {100}, {300}, {50, 200}, {100, 100, 300}};
    static const uint8_t receivers[] = {1, 1, 2, 3};
    for (unsigned run = 0; run < VB_COUNT_OF(receivers); run++) {
        loss_run(&loss, receivers[run], permille[run], RUN_MS);
        assert_in_range(loss.sent, RUN_MS / LOSS_EVERY_MS - 2, RUN_MS / LOSS_EVERY_MS);
        for (unsigned i = 0; i < receivers[run]; i++) {
            const struct loss_figures figures = loss_of(&loss, i);
            assert_true(figures.keyframes_lost > 10);
            assert_in_range(figures.readings_lost, figures.frames_lost,
                            figures.frames_lost + figures.keyframes_lost);
        }
    }
}

/* ---- Receivers that come and go ---- */

static uint32_t readings_of(uint8_t receiver)
{
    return bench_peer(&bench, receiver)->quality.readings;
}

/* Its hello to all is lost, so the transmitter does not know that its keyframe is gone. */
static void a_receiver_whose_hello_is_lost_costs_one_reading_E5(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 1010);
    vb_world_power_off(world, 1);
    vb_world_run(world, 100);
    faults(&bench, 1, 0)->blocked = true;
    vb_world_power_on(world, 1);
    vb_world_run(world, 10);
    faults(&bench, 1, 0)->blocked = false;
    vb_world_run(world, 80);
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], 1);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_run(world, 1000);
    assert_int_equal(bench.sent[0][VB_MESSAGE_READING], 10);
    assert_int_equal(readings_of(1), 9);
}

/* It lacks what was acknowledged without it, and says so by being heard. */
static void a_receiver_that_was_cut_off_loses_nothing_more_once_it_is_heard_E5(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    vb_world_stream(world, 0, 100);
    cut_link(&bench, 2, true);
    vb_world_run(world, 122050);
    cut_link(&bench, 2, false);
    const uint32_t before[] = {readings_of(1), readings_of(2)};
    vb_world_run(world, 10000);
    const uint32_t passed = readings_of(1) - before[0];
    assert_in_range(passed, 99, 101);
    assert_int_equal(readings_of(2) - before[1], passed - 1);
}

/* ---- Long packs ---- */

static void a_pack_of_192_cells_arrives_in_one_frame_or_in_two_E5(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].transmitter.reading_cells = VB_CELLS_MAX;
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 12850); /* two rounds of 64 readings */
    assert_int_equal(readings_of(1), 128);
    assert_in_range(bench.sent[0][VB_MESSAGE_READING], 128 + 30, 128 + 34);
    assert_int_equal(bench_peer(&bench, 1)->quality.readings_lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_frame_costs_its_reading_and_a_lost_keyframe_at_most_one_more_E5),
        cmocka_unit_test(a_receiver_whose_hello_is_lost_costs_one_reading_E5),
        cmocka_unit_test(a_receiver_that_was_cut_off_loses_nothing_more_once_it_is_heard_E5),
        cmocka_unit_test(a_pack_of_192_cells_arrives_in_one_frame_or_in_two_E5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
