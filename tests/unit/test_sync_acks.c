/* What a transmitter does about who hears it: acknowledgements, repeats, trials, the stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"

enum { ACK_WANTED = 0x40, BEACON_SMALL_MAX = 100 };

static struct bench bench;
static struct vb_world *const world = &bench.world;

static struct change cells(int64_t count)
{
    return change_integer(VB_SECTION_BATTERY, "cell_count", count);
}

/* More than is put into a beacon again and again. */
static struct change large_change(void)
{
    struct change change = {.section = VB_SECTION_POWER_PROFILE};
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    uint32_t limits[48];
    for (unsigned i = 0; i < 48; i++)
        limits[i] = i * 7919 % 60000;
    const struct vb_section *schema = vb_section_by_id(change.section);
    vb_change_items(&writer, vb_field_by_name(schema, "charge_limit_w"), limits, 48);
    change.size = writer.at;
    return change;
}

/* The size of the newest frame of that message, as sent by the transmitter. */
static uint16_t newest_size(uint8_t message)
{
    for (uint32_t back = 1; back <= bench.kept_count && back <= BENCH_KEPT_MAX; back++) {
        const struct vb_world_flight *kept =
            &bench.kept[(bench.kept_count - back) % BENCH_KEPT_MAX];
        if ((kept->bytes[1] & 0x1f) == message)
            return kept->size;
    }
    return 0;
}

static void acknowledge(uint8_t number)
{
    struct vb_world_flight flight = {.src = world->nodes[1].mac, .dst = world->nodes[0].mac};
    struct vb_writer writer =
        vb_writer_of(flight.bytes + VB_FRAME_HEAD_BYTES, VB_PAYLOAD_BYTES_MAX);
    vb_write_u8(&writer, number);
    vb_write_varint(&writer, 1);
    const struct vb_frame frame = {
        .message = VB_MESSAGE_BEACON_ACK, .epoch = 1, .seq = 5000, .payload_size = writer.at};
    flight.size =
        (uint16_t)vb_frame_finish(&vb_room_plain, &frame, &flight.src, &flight.dst, flight.bytes);
    assert_int_equal(vb_world_inject(world, 0, &flight), VB_ERR_OK);
}

/* ---- Nobody answers ---- */

static void who_does_not_answer_is_asked_three_times_and_lost_once_C2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_run(world, 60000);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_power_off(world, 1);
    const uint64_t gone_ms = world->now_ms;
    while (bench.events[0][VB_EVENT_RECEIVER_LOST] == 0 && world->now_ms < gone_ms + 100000)
        vb_world_run(world, 1);
    /* Two thirds of 60 s without evidence, the beacon after that, and two more soon after it. */
    assert_in_range(world->now_ms - gone_ms, 0, 56000);
    assert_true(bench.last[0][VB_EVENT_RECEIVER_LOST].detail);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON], 3, 6);
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    vb_world_run(world, 10000); /* whoever comes back finds beacons at once */
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON] - beacons, 5, 12);
    vb_world_run(world, 600000);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_LOST], 1);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_HEARD], 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 60000);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_HEARD], 1);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_LOST], 1);
}

static void one_that_comes_and_goes_sets_off_no_beacons_C2(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 15000);
    vb_world_power_off(world, 1);
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK); /* asks to be acknowledged */
    while (bench.events[0][VB_EVENT_RECEIVER_LOST] == 0 && world->now_ms < 60000)
        vb_world_run(world, 1);
    assert_in_range(world->now_ms, 15000, 59000);
    const uint8_t change = bench_transmitter(&bench)->change_number;
    vb_world_run(world, 1000);
    assert_int_equal(bench_transmitter(&bench)->change_number, change);
}

static void an_answer_waits_for_no_receiver_that_is_silent_C2(void **state)
{
    (void)state;
    for (unsigned there = 0; there < 2; there++) {
        bench_at_rest(&bench, 1, 2);
        if (there == 0)
            vb_world_power_off(world, 2);
        vb_world_run(world, 120000);
        vb_world_power_off(world, 1);
        vb_world_wipe(world, 1);
        vb_world_power_on(world, 1);
        const uint32_t data = bench.sent[0][VB_MESSAGE_DATA];
        while (bench.sent[0][VB_MESSAGE_DATA] == data)
            vb_world_run(world, 1);
        const uint64_t waited_ms =
            bench.sent_ms[0][VB_MESSAGE_DATA] - bench.sent_ms[1][VB_MESSAGE_REQUEST];
        assert_int_equal(waited_ms, there == 0 ? 1 : 6); /* 1 ms on the link */
    }
}

/* ---- Who acknowledges what ---- */

static void at_rest_evidence_is_asked_for_every_third_beacon_C2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_run(world, 3600000);
    assert_in_range(bench.sent[1][VB_MESSAGE_BEACON_ACK], 3600 / 46, 3600 / 40);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON], 240, 250);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_LOST], 0);
    assert_int_equal(bench.events[0][VB_EVENT_RECEIVER_HEARD], 0);
}

static void a_change_is_repeated_until_all_have_acknowledged_it_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    faults(&bench, 0, 2)->blocked = true;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 20);
    assert_true(bench_in_sync(&bench, 0, 1));
    faults(&bench, 0, 2)->blocked = false;
    vb_world_run(world, 100);
    assert_true(bench_in_sync(&bench, 0, 2));
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    vb_world_run(world, 10000);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON] - beacons, 0, 1);
}

static void an_acknowledgement_from_before_the_change_ends_no_repeats_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    const uint8_t before = bench_transmitter(&bench)->beacon_number;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 5);
    acknowledge(before);
    vb_world_run(world, 100);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON], 2, 4);
    acknowledge(bench_transmitter(&bench)->beacon_number);
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    vb_world_run(world, 10000);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON] - beacons, 0, 1);
}

static void acknowledgements_at_rest_put_no_beacon_off_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    for (unsigned i = 0; i < 60; i++) {
        vb_world_run(world, 1000);
        acknowledge(bench_transmitter(&bench)->beacon_number);
    }
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON], 4, 5);
}

/* ---- What a beacon carries ---- */

/* The link holds the acknowledgement of a change back; the rest begins with the beacon all the
 * same.
 */
static void a_late_acknowledgement_puts_no_beacon_off_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 1, 0)->blocked = true;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 6000);
    acknowledge(bench_transmitter(&bench)->beacon_number);
    const uint64_t last_ms = bench.sent_ms[0][VB_MESSAGE_BEACON];
    assert_false(bench_transmitter(&bench)->changing);
    vb_world_run(world, last_ms + vb_timing_default.beacon_rest_max - world->now_ms);
    assert_true(bench.sent_ms[0][VB_MESSAGE_BEACON] > last_ms);
}

static void a_large_change_is_in_the_first_two_beacons_alone_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    assert_int_equal(set(&bench, large_change()), VB_ERR_OK);
    vb_world_run(world, 2);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], 1);
    assert_true(newest_size(VB_MESSAGE_BEACON) > BEACON_SMALL_MAX);
    vb_world_run(world, 50);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], 2);
    assert_true(newest_size(VB_MESSAGE_BEACON) > BEACON_SMALL_MAX);
    vb_world_run(world, 100);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], 3);
    assert_true(newest_size(VB_MESSAGE_BEACON) < BEACON_SMALL_MAX);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 20000);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_small_change_is_in_every_beacon_of_it_and_in_later_answers_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_run(world, 130000); /* until beacons leave the store to the boot's name */
    const uint16_t at_rest = newest_size(VB_MESSAGE_BEACON);
    const unsigned before = bench.sent[0][VB_MESSAGE_BEACON];
    faults(&bench, 0, 1)->blocked = true;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 500);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON] - before, 4, 5);
    assert_true(newest_size(VB_MESSAGE_BEACON) > at_rest);
    vb_world_run(world, 70000);
    assert_int_equal(newest_size(VB_MESSAGE_BEACON), at_rest);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_reboot(world, 1);
    vb_world_run(world, 10);
    assert_true(bench_in_sync(&bench, 0, 1)); /* by the answer to its hello alone */
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 0);
}

static void a_large_change_of_long_ago_is_in_no_answer_to_a_hello_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, large_change()), VB_ERR_OK);
    vb_world_run(world, 60000);
    vb_world_reboot(world, 1);
    vb_world_run(world, 10);
    assert_in_range(newest_size(VB_MESSAGE_HELLO_ACK), 20, BEACON_SMALL_MAX);
}

/* ---- Trials and the stream ---- */

static void a_trial_is_kept_by_the_next_beacon_that_is_answered_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "here"));
    vb_world_run(world, 1900);
    assert_non_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
    vb_world_run(world, 14000);
    assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
}

/* What comes within 2 s may have been on its way before the change. */
static void an_acknowledgement_just_after_the_edit_keeps_no_trial_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "gone"));
    vb_world_run(world, 1500);
    assert_true(bench.sent[1][VB_MESSAGE_BEACON_ACK] > 0);
    cut_link(&bench, 1, true);
    vb_world_run(world, 61000);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 1);
}

static struct change hostname(const char *name)
{
    return change_text(VB_SECTION_NETWORK, "hostname", name);
}

static void a_change_at_the_device_itself_is_on_no_trial_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, hostname("own")), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(world->nodes[0].store.erases, 0); /* there was none to end */
    cut_link(&bench, 1, true);
    vb_world_run(world, 70000);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 0);
}

static void a_change_at_the_device_itself_ends_a_trial_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, hostname("remote"));
    vb_world_run(world, 2);
    cut_link(&bench, 1, true);
    vb_world_run(world, 1000);
    assert_int_equal(set(&bench, hostname("own")), VB_ERR_OK);
    vb_world_run(world, 70000);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 0);
    assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
}

/* ---- Slow and failing stores ---- */

static void a_change_is_reported_once_stored_however_long_that_takes_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 20000, .commit_ms_max = 20000};
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 19000);
    assert_int_equal(bench.events[0][VB_EVENT_EDIT], 0);
    vb_world_run(world, 2000);
    assert_int_equal(bench.events[0][VB_EVENT_EDIT], 1);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 90);
}

static void a_failing_store_is_tried_once_a_second_whatever_else_happens_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 100);
    world->nodes[0].disk.uncertain = 1000;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    for (unsigned i = 0; i < 100; i++) {
        acknowledge(bench_transmitter(&bench)->beacon_number);
        vb_world_node_tick(&world->nodes[0], world->now_ms); /* sooner than it need be */
        vb_world_run(world, 100);
    }
    assert_in_range(bench.events[0][VB_EVENT_COMMIT_FAILED], 9, 11);
}

static void a_damaged_frame_during_the_boot_counts_as_damaged(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    struct vb_world_flight flight = bench.kept[0];
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 500, .commit_ms_max = 500};
    vb_world_reboot(world, 0);
    flight.src = world->nodes[1].mac;
    flight.dst = world->nodes[0].mac;
    flight.bytes[flight.size - 1] ^= 1;
    assert_int_equal(vb_world_inject(world, 0, &flight), VB_ERR_CHECKSUM);
}

/* ---- Other receivers ---- */

static void a_conflict_is_answered_with_what_is_there_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    assert_int_equal(set(&bench, cells(80)), VB_ERR_OK);
    vb_world_run(world, 10);
    const uint32_t data = bench.sent[0][VB_MESSAGE_DATA];
    (void)edit(&bench, 1, cells(90)); /* made on what was there before */
    vb_world_run(world, 50);
    assert_int_equal(bench.sent[0][VB_MESSAGE_DATA], data + 1);
}

static void one_who_comes_back_after_8_days_is_taken_as_new_C2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 1);
    vb_world_run(world, 8ull * 86400000);
    assert_int_equal(bench_transmitter(&bench)->receivers[0].state, VB_ACCOUNT_FREE);
    vb_world_power_on(world, 1);
    vb_world_run(world, 1000);
    assert_int_not_equal(bench_transmitter(&bench)->receivers[0].state, VB_ACCOUNT_FREE);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void readings_tell_of_a_boot_for_3_s_though_nobody_was_heard_A8(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 0);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 2000);
    assert_true(bench.sent[0][VB_MESSAGE_READING] > 10);
    vb_world_run(world, 2000);
    const uint32_t sent = bench.sent[0][VB_MESSAGE_READING];
    vb_world_run(world, 20000);
    assert_int_equal(bench.sent[0][VB_MESSAGE_READING], sent);
}

/* ---- Counting ---- */

static void nothing_is_refused_between_two_who_follow_the_rules(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    vb_world_stream(world, 0, 1000);
    (void)edit(&bench, 1, cells(90));
    vb_world_run(world, 120000);
    for (uint8_t node = 0; node < 3; node++)
        assert_int_equal(bench.events[node][VB_EVENT_REFUSED], 0);
    assert_int_equal(bench_transmitter(&bench)->refused[0], 0);
    assert_int_equal(world->nodes[1].receiver.device.core.refused[0], 0);
}

static void a_damaged_frame_for_another_counts_as_damaged(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    for (uint8_t to = 0; to < 2; to++) {
        struct vb_world_flight flight = bench.kept[0];
        flight.dst = (struct vb_mac){{2, 2, 2, 2, 2, 2}};
        assert_int_equal(vb_world_inject(world, to, &flight), VB_ERR_CHECKSUM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_answer_is_asked_three_times_and_lost_once_C2),
        cmocka_unit_test(one_that_comes_and_goes_sets_off_no_beacons_C2),
        cmocka_unit_test(an_answer_waits_for_no_receiver_that_is_silent_C2),
        cmocka_unit_test(at_rest_evidence_is_asked_for_every_third_beacon_C2),
        cmocka_unit_test(a_change_is_repeated_until_all_have_acknowledged_it_A1),
        cmocka_unit_test(an_acknowledgement_from_before_the_change_ends_no_repeats_A1),
        cmocka_unit_test(acknowledgements_at_rest_put_no_beacon_off_A1),
        cmocka_unit_test(a_late_acknowledgement_puts_no_beacon_off_A1),
        cmocka_unit_test(a_large_change_is_in_the_first_two_beacons_alone_A1),
        cmocka_unit_test(a_small_change_is_in_every_beacon_of_it_and_in_later_answers_A1),
        cmocka_unit_test(a_large_change_of_long_ago_is_in_no_answer_to_a_hello_A1),
        cmocka_unit_test(a_trial_is_kept_by_the_next_beacon_that_is_answered_A9),
        cmocka_unit_test(an_acknowledgement_just_after_the_edit_keeps_no_trial_A9),
        cmocka_unit_test(a_change_at_the_device_itself_is_on_no_trial_A9),
        cmocka_unit_test(a_change_at_the_device_itself_ends_a_trial_A9),
        cmocka_unit_test(a_change_is_reported_once_stored_however_long_that_takes_A9),
        cmocka_unit_test(a_failing_store_is_tried_once_a_second_whatever_else_happens_A12),
        cmocka_unit_test(a_damaged_frame_during_the_boot_counts_as_damaged),
        cmocka_unit_test(a_conflict_is_answered_with_what_is_there_A9),
        cmocka_unit_test(one_who_comes_back_after_8_days_is_taken_as_new_C2),
        cmocka_unit_test(readings_tell_of_a_boot_for_3_s_though_nobody_was_heard_A8),
        cmocka_unit_test(nothing_is_refused_between_two_who_follow_the_rules),
        cmocka_unit_test(a_damaged_frame_for_another_counts_as_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
