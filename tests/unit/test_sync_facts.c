/* What a board tells of itself, on its way to receivers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/full_facts.h"
#include "sync_bench.h"

static struct bench bench;
static struct vb_world *const world = &bench.world;

static const struct vb_board_facts none;

static void tell(const struct vb_board_facts *facts)
{
    struct vb_world_node *node = &world->nodes[0];
    const struct vb_clock clock = vb_world_node_clock(node, world->now_ms);
    const struct vb_runtime runtime = node->transmitter.device.runtime;
    vb_transmitter_device_facts(&node->transmitter.device, &clock, facts);
    vb_world_runtime(world, 0, &runtime); /* nothing new in it: it has its turn */
}

/* What the receiver knows of them; NULL: nothing. */
static const struct vb_board_facts *heard(void)
{
    const struct vb_board_facts *facts = &bench_peer(&bench, 1)->facts;
    return vb_board_facts_told(facts) ? facts : NULL;
}

static int at_rest(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    return 0;
}

static void a_change_is_beaconed_at_once_and_never_stored(void **state)
{
    (void)state;
    const uint32_t puts = world->nodes[0].store.puts + world->nodes[1].store.puts;
    assert_null(heard());
    tell(&full_facts);
    vb_world_run(world, 1);
    assert_non_null(heard());
    assert_true(vb_board_facts_equal(heard(), &full_facts));
    assert_int_equal(bench.events[1][VB_EVENT_RUNTIME], 1);
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    tell(&full_facts);
    vb_world_run(world, 1);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], beacons); /* equal ones cost nothing */
    vb_world_run(world, 60000);
    assert_int_equal(bench.events[1][VB_EVENT_RUNTIME], 1);
    assert_int_equal(world->nodes[0].store.puts + world->nodes[1].store.puts, puts);
}

static void a_receiver_that_starts_is_told_them_with_the_answer_to_its_hello(void **state)
{
    (void)state;
    tell(&full_facts);
    vb_world_run(world, 60000);
    faults(&bench, 0, 1)->blocked = true; /* not even a beacon */
    vb_world_reboot(world, 1);
    vb_world_run(world, 10);
    assert_null(heard());
    faults(&bench, 0, 1)->blocked = false;
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    vb_world_run(world, 1000);
    assert_true(bench.sent[0][VB_MESSAGE_HELLO_ACK] > 0);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], beacons);
    assert_non_null(heard());
}

static void another_boot_has_to_tell_them_anew(void **state)
{
    (void)state;
    tell(&full_facts);
    vb_world_run(world, 1);
    assert_non_null(heard());
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_true(bench.events[1][VB_EVENT_REBOOT] > 0);
    assert_null(heard());
    tell(&full_facts);
    vb_world_run(world, 1);
    assert_non_null(heard());
}

/* Before the first beacon of a boot, too. */
static void a_boot_begins_with_them(void **state)
{
    (void)state;
    vb_world_power_off(world, 0);
    vb_world_power_on(world, 0);
    assert_false(bench_transmitter(&bench)->announced);
    tell(&full_facts);
    const uint32_t runtime = bench.events[1][VB_EVENT_RUNTIME];
    vb_world_run(world, 1000);
    assert_non_null(heard());
    assert_int_equal(bench.events[1][VB_EVENT_RUNTIME], runtime + 1);
}

static void a_beacon_without_room_for_them_leaves_them_as_they_were(void **state)
{
    (void)state;
    tell(&full_facts);
    vb_world_run(world, 1);
    struct vb_transmitter_device *device = &world->nodes[0].transmitter.device;
    device->core.facts = device->facts = none; /* it announces nothing, and sends none */
    vb_world_run(world, 60000);
    assert_true(bench.sent[0][VB_MESSAGE_BEACON] > 3);
    assert_non_null(heard());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_change_is_beaconed_at_once_and_never_stored, at_rest),
        cmocka_unit_test_setup(a_receiver_that_starts_is_told_them_with_the_answer_to_its_hello,
                               at_rest),
        cmocka_unit_test_setup(another_boot_has_to_tell_them_anew, at_rest),
        cmocka_unit_test_setup(a_boot_begins_with_them, at_rest),
        cmocka_unit_test_setup(a_beacon_without_room_for_them_leaves_them_as_they_were, at_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
