/* What the sync costs and counts: frames asked for, rows written, edits kept, losses told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"

static struct bench bench;
static struct vb_world *const world = &bench.world;

static struct change cells(int64_t count)
{
    return change_integer(VB_SECTION_BATTERY, "cell_count", count);
}

/* How many sections the newest request asks for. */
static unsigned asked_for(void)
{
    for (uint32_t back = 1; back <= bench.kept_count && back <= BENCH_KEPT_MAX; back++) {
        const struct vb_world_flight *kept =
            &bench.kept[(bench.kept_count - back) % BENCH_KEPT_MAX];
        if ((kept->bytes[1] & 0x1f) != VB_MESSAGE_REQUEST)
            continue;
        struct vb_reader reader = vb_reader_of(kept->bytes + VB_FRAME_HEAD_BYTES, kept->size - 12u);
        (void)vb_read_u32(&reader);
        unsigned count = 0;
        struct vb_request_item item;
        while (vb_reader_left(&reader) > 0 && vb_request_item_read(&reader, &item) == VB_ERR_OK)
            count++;
        return count;
    }
    return 0;
}

static void inject_answers(void)
{
    for (uint32_t i = 0; i < bench.kept_count && i < BENCH_KEPT_MAX; i++) {
        if ((bench.kept[i].bytes[1] & 0x1f) == VB_MESSAGE_EDIT_RESULT)
            assert_int_equal(vb_world_inject(world, 1, &bench.kept[i]), VB_ERR_OK);
    }
}

/* ---- Frames ---- */

static void a_request_names_what_differs_and_nothing_else_A2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 1);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_CAN, "listen_only", 1)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK); /* this one the hello's answer brings */
    vb_world_run(world, 60000);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_power_on(world, 1);
    vb_world_run(world, 20);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 1);
    assert_int_equal(asked_for(), 2);
}

static void lost_beacons_are_counted_and_those_before_a_boot_are_not_C5(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    faults(&bench, 0, 1)->blocked = true;
    while (bench.sent[0][VB_MESSAGE_BEACON] == beacons)
        vb_world_run(world, 1);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 20000);
    assert_int_equal(bench_peer(&bench, 1)->quality.beacons_lost, 1);
    vb_world_reboot(world, 1);
    vb_world_run(world, 40000);
    assert_true(bench_peer(&bench, 1)->quality.beacons >= 2);
    assert_int_equal(bench_peer(&bench, 1)->quality.beacons_lost, 0);
}

static void the_end_of_a_trial_that_held_is_no_change_to_announce_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "here"));
    vb_world_run(world, 10000);
    const uint8_t change = bench_transmitter(&bench)->change_number;
    vb_world_run(world, 20000);
    assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
    assert_int_equal(bench_transmitter(&bench)->change_number, change);
}

static void sections_are_reported_when_they_or_their_sync_state_change_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 100);
    assert_int_equal(bench.events[1][VB_EVENT_SECTION], 1);
    assert_int_equal(bench.last[1][VB_EVENT_SECTION].section, VB_SECTION_BATTERY);
    assert_int_equal(bench.last[1][VB_EVENT_SECTION].detail, VB_SYNC_VERIFIED);
    assert_int_equal(bench.last[1][VB_EVENT_SECTION].a, 2);
    vb_world_power_off(world, 0);
    vb_world_run(world, 40000);
    assert_int_equal(bench.events[1][VB_EVENT_SECTION], 1 + bench_peer(&bench, 1)->cache.count);
    assert_int_equal(bench.last[1][VB_EVENT_SECTION].detail, VB_SYNC_STALE);
}

static void a_receiver_that_boots_alone_calls_four_times_D1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 0);
    vb_world_reboot(world, 1);
    vb_world_run(world, 15000);
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], 4);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_power_on(world, 0);
    vb_world_run(world, 100);
    vb_world_reboot(world, 1);
    vb_world_run(world, 15000);
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], 1);
}

/* ---- Rows ---- */

static void commits_of_the_receiver_are_counted_by_how_they_ended_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t commits = world->nodes[1].receiver.device.core.commits;
    assert_true(commits > 0);
    assert_int_equal(world->nodes[1].receiver.device.core.commits_failed, 0);
    world->nodes[1].disk.failed = 1000;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 10000);
    assert_in_range(world->nodes[1].receiver.device.core.commits_failed, 8, 11);
    assert_int_equal(world->nodes[1].receiver.device.core.commits, commits);
    world->nodes[1].disk.failed = 0;
    vb_world_run(world, 2000);
    assert_int_equal(world->nodes[1].receiver.device.core.commits, commits + 1);
}

static void a_change_writes_its_section_and_the_ledger_alone_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t puts = world->nodes[0].store.puts;
    (void)edit(&bench, 1, cells(90));
    vb_world_run(world, 1000);
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 2);
    assert_int_equal(world->nodes[0].store.puts, puts + 2);
    assert_int_equal(world->nodes[0].store.erases, 0);
    assert_int_equal(bench.events[0][VB_EVENT_SECTION], 1);
    assert_int_equal(bench.last[0][VB_EVENT_SECTION].section, VB_SECTION_BATTERY);
}

static void a_reboot_writes_the_boot_counter_alone_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t puts = world->nodes[0].store.puts;
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_int_equal(world->nodes[0].store.puts, puts + 1);
}

/* ---- Edits ---- */

static void the_edit_that_ended_longest_ago_makes_room_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    struct vb_edit *edits = world->nodes[1].receiver.device.core.config.edits;
    uint64_t ids[VB_WORLD_EDITS_MAX + 1];
    for (unsigned i = 0; i <= VB_WORLD_EDITS_MAX; i++) {
        if (i == VB_WORLD_EDITS_MAX)
            edits[0].begun_ms += 30000; /* its slot is the newest now */
        ids[i] = edit(&bench, 1, cells(50 + (int64_t)i));
        vb_world_run(world, 1000);
        assert_int_equal(edit_found(&bench, 1, ids[i])->state, VB_EDIT_STATE_CONFIRMED);
    }
    assert_non_null(edit_found(&bench, 1, ids[0]));
    assert_null(edit_found(&bench, 1, ids[1]));
    assert_non_null(edit_found(&bench, 1, ids[2]));
}

static void an_applied_edit_overtaken_by_another_change_is_confirmed_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 20);
    assert_int_equal(set(&bench, cells(80)), VB_ERR_OK);
    vb_world_run(world, 20);
    inject_answers();
    assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_PENDING);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 2000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 80);
    assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_CONFIRMED);
}

static void an_edit_that_never_arrived_is_not_confirmed_by_another_change_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 1, 0)->blocked = true;
    const uint64_t id = edit(&bench, 1, cells(90));
    assert_int_equal(set(&bench, cells(80)), VB_ERR_OK);
    vb_world_run(world, 1000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 80);
    assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_PENDING);
}

/* ---- Loading ---- */

static void rows_of_no_known_section_are_skipped(void **state)
{
    (void)state;
    static const char *const keys[] = {"x",
                                       "020000000001",
                                       "020000000001.",
                                       "020000000001.1a",
                                       "020000000001./",
                                       "020000000001.0",
                                       "020000000001.16",
                                       "02000000000g.3",
                                       "020000000001-3"};
    static const uint8_t value[8] = {9, 9, 9, 9, 1};
    bench_begin(&bench, 1, 1);
    for (unsigned i = 0; i < VB_COUNT_OF(keys); i++)
        vb_world_store_plant(&world->nodes[1].store, keys[i], value, sizeof value);
    vb_world_store_plant(&world->nodes[1].store, "020000000001.3", value, 7); /* too short */
    vb_world_power_on(world, 1);
    for (unsigned i = 0; i < VB_WORLD_PEERS; i++)
        assert_false(world->nodes[1].receiver.device.core.config.peers[i].used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_names_what_differs_and_nothing_else_A2),
        cmocka_unit_test(lost_beacons_are_counted_and_those_before_a_boot_are_not_C5),
        cmocka_unit_test(the_end_of_a_trial_that_held_is_no_change_to_announce_A9),
        cmocka_unit_test(sections_are_reported_when_they_or_their_sync_state_change_A8),
        cmocka_unit_test(a_receiver_that_boots_alone_calls_four_times_D1),
        cmocka_unit_test(commits_of_the_receiver_are_counted_by_how_they_ended_A12),
        cmocka_unit_test(a_change_writes_its_section_and_the_ledger_alone_A12),
        cmocka_unit_test(a_reboot_writes_the_boot_counter_alone_A12),
        cmocka_unit_test(the_edit_that_ended_longest_ago_makes_room_A9),
        cmocka_unit_test(an_applied_edit_overtaken_by_another_change_is_confirmed_A9),
        cmocka_unit_test(an_edit_that_never_arrived_is_not_confirmed_by_another_change_A9),
        cmocka_unit_test(rows_of_no_known_section_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
