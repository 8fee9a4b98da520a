/* vb_receiver_flush: what the receiver's cache writes at the end, when nobody waits for the next
 * batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"

static struct bench bench;
static struct vb_world *const world = &bench.world;
static struct vb_world_node *const node = &bench.world.nodes[1];
static struct vb_receiver *const receiver = &bench.world.nodes[1].receiver.device.core;

/* A batch is written, and then a change arrives that has to wait for the next. */
static void change_twice(void)
{
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 20);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 91)), VB_ERR_OK);
    vb_world_run(world, 20);
}

static void flush(void)
{
    vb_receiver_flush(receiver, vb_world_node_now_ms(node, world->now_ms));
}

static int64_t shown_after_restart(void)
{
    vb_world_power_off(world, 0);
    vb_world_reboot(world, 1);
    return shown(&bench, 1, VB_SECTION_BATTERY, "cell_count");
}

static void a_flush_that_fails_ends_and_what_it_held_is_tried_again(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    change_twice();
    flush();
    assert_true(receiver->committing);
    vb_world_node_committed(node, world->now_ms, VB_WORLD_STORE_MAIN, VB_WORLD_FAILED, NULL);
    assert_false(receiver->committing);
    vb_world_run(world, 15000);
    assert_int_equal(shown_after_restart(), 91);
}

static void a_flush_behind_a_batch_under_way_begins_when_that_is_answered(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    node->disk = (struct vb_world_disk){.commit_ms_min = 500, .commit_ms_max = 500};
    change_twice();
    assert_true(receiver->committing);
    const uint32_t commits = receiver->commits;
    flush();
    assert_int_equal(receiver->commits, commits);
    vb_world_node_committed(node, world->now_ms, VB_WORLD_STORE_MAIN, VB_WORLD_STORED, NULL);
    assert_true(receiver->committing);
    vb_world_node_committed(node, world->now_ms, VB_WORLD_STORE_MAIN, VB_WORLD_STORED, NULL);
    assert_false(receiver->committing);
    assert_int_equal(shown_after_restart(), 91);
}

static void it_is_saved_once_nothing_waits_and_nothing_is_under_way(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_true(vb_receiver_saved(receiver));
    change_twice();
    assert_false(receiver->committing); /* the second waits for the next batch */
    assert_false(vb_receiver_saved(receiver));
    flush();
    assert_true(receiver->committing);
    assert_false(vb_receiver_saved(receiver));
    vb_world_node_committed(node, world->now_ms, VB_WORLD_STORE_MAIN, VB_WORLD_STORED, NULL);
    assert_true(vb_receiver_saved(receiver));
}

static void without_a_flush_a_change_within_2_s_of_the_last_is_lost_at_the_end(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    change_twice();
    assert_int_equal(shown_after_restart(), 90);
}

static void a_flush_keeps_a_change_within_2_s_of_the_last_A4(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    change_twice();
    assert_false(receiver->committing);
    flush();
    assert_true(receiver->committing);
    vb_world_node_committed(node, world->now_ms, VB_WORLD_STORE_MAIN, VB_WORLD_STORED, NULL);
    assert_false(receiver->committing);
    assert_int_equal(shown_after_restart(), 91);
}

static void a_flush_with_nothing_to_write_writes_nothing_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t commits = node->store.commits;
    flush();
    assert_false(receiver->committing);
    change_twice();
    vb_receiver_settings(receiver, vb_world_node_now_ms(node, world->now_ms), false, true);
    flush();
    assert_false(receiver->committing);
    assert_int_equal(node->store.commits, commits + 1); /* the first of the two changes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flush_that_fails_ends_and_what_it_held_is_tried_again),
        cmocka_unit_test(a_flush_behind_a_batch_under_way_begins_when_that_is_answered),
        cmocka_unit_test(it_is_saved_once_nothing_waits_and_nothing_is_under_way),
        cmocka_unit_test(without_a_flush_a_change_within_2_s_of_the_last_is_lost_at_the_end),
        cmocka_unit_test(a_flush_keeps_a_change_within_2_s_of_the_last_A4),
        cmocka_unit_test(a_flush_with_nothing_to_write_writes_nothing_A12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
