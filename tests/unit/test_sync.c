/* The sync between the two cores, over simulated links and stores: settings, boots, liveness,
 * readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"
#include "voltbeacon/core/kept.h"

static struct bench bench;
static struct vb_world *const world = &bench.world;

/* ---- Frames that are late, lost or old ---- */

static void a_delayed_beacon_from_before_the_change_reverts_nothing(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t before = bench.kept_count;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 3000);
    assert_true(bench_in_sync(&bench, 0, 1));
    for (uint32_t i = 0; i < before; i++) {
        (void)vb_world_inject(world, 1, &bench.kept[i]);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
        assert_true(bench_in_sync(&bench, 0, 1));
    }
}

static void a_delayed_beacon_from_before_the_reboot_reverts_nothing_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t before = bench.kept_count;
    const uint16_t epoch = bench_transmitter(&bench)->epoch;
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    for (uint32_t i = 0; i < before; i++)
        (void)vb_world_inject(world, 1, &bench.kept[i]);
    assert_int_equal(bench_peer(&bench, 1)->epoch, (uint16_t)(epoch + 1));
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* The boot counters of two stores say nothing of each other: the old one may well look like the
 * newer. */
static void delayed_frames_of_a_store_that_is_gone_flip_nothing_back_A6(void **state)
{
    (void)state;
    for (uint16_t new_epoch = 0; new_epoch < 65000; new_epoch += 9000) {
        bench_at_rest(&bench, 1, 1);
        vb_world_stream(world, 0, 100);
        vb_world_run(world, 1000);
        const uint32_t before = bench.kept_count;
        vb_world_power_off(world, 0);
        vb_world_wipe(world, 0);
        const uint8_t head[6] = {9, 9, 9, 9, (uint8_t)new_epoch, (uint8_t)(new_epoch >> 8)};
        vb_world_store_plant(&world->nodes[0].store, "head", head, sizeof head);
        vb_world_power_on(world, 0);
        vb_world_run(world, 5000);
        assert_true(bench_in_sync(&bench, 0, 1));
        for (uint32_t i = before < 200 ? 0 : before - 200; i < before; i++) {
            if (memcmp(&bench.kept[i % BENCH_KEPT_MAX].src, &world->nodes[0].mac, 6) != 0)
                continue;
            (void)vb_world_inject(world, 1, &bench.kept[i % BENCH_KEPT_MAX]);
            assert_int_equal(bench_peer(&bench, 1)->store_id, bench_transmitter(&bench)->store_id);
            assert_int_equal(bench_peer(&bench, 1)->epoch, bench_transmitter(&bench)->epoch);
        }
        assert_true(bench_in_sync(&bench, 0, 1));
    }
}

static void three_old_frames_in_a_row_trigger_one_challenge(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_reboot(world, 0);
    vb_world_run(world, 3000);
    memset(bench.sent, 0, sizeof bench.sent);
    struct vb_world_flight old = bench.kept[0];
    for (uint32_t i = 0; i < bench.kept_count; i++) {
        if (memcmp(&bench.kept[i].src, &world->nodes[0].mac, VB_MAC_BYTES) == 0) {
            old = bench.kept[i];
            break;
        }
    }
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(vb_world_inject(world, 1, &old), VB_ERR_OLD);
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], 0);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(vb_world_inject(world, 1, &old), VB_ERR_OLD);
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], 1);
    vb_world_run(world, 100);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void any_damage_to_a_frame_is_refused_counted_and_changes_nothing(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 3000);
    const uint32_t kept = bench.kept_count < BENCH_KEPT_MAX ? bench.kept_count : BENCH_KEPT_MAX;
    for (uint32_t i = 0; i < kept; i++) {
        vb_world_run(world, 1);
        for (size_t bit = 0; bit < (size_t)bench.kept[i].size * 8; bit += 7) {
            struct vb_world_flight damaged = bench.kept[i];
            const uint8_t to = memcmp(&damaged.src, &world->nodes[0].mac, VB_MAC_BYTES) == 0;
            damaged.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_not_equal(vb_world_inject(world, to, &damaged), VB_ERR_OK);
            damaged.size = (uint16_t)(bit / 8);
            assert_int_not_equal(vb_world_inject(world, to, &damaged), VB_ERR_OK);
        }
    }
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void lost_fragments_alone_are_asked_for_again_A11(void **state)
{
    (void)state;
    /* A section of 4,000 bytes, as a later firmware may have left it: fields this one does not
     * know. */
    static uint8_t large[4 + 4000];
    struct vb_writer writer = vb_writer_of(large, sizeof large);
    vb_write_u32(&writer, 7);
    for (uint8_t tag = 100; writer.at + 203 <= sizeof large; tag++) {
        vb_write_u8(&writer, tag);
        vb_write_varint(&writer, 200);
        for (unsigned i = 0; i < 200; i++)
            vb_write_u8(&writer, (uint8_t)(tag + i));
    }
    uint32_t sent = 0;
    uint32_t fragments = 0;
    for (unsigned run = 0; run < 8; run++) {
        bench_begin(&bench, 1, 1);
        vb_random_seed(&world->random, run);
        vb_world_store_plant(&world->nodes[0].store, "7", large, writer.at);
        vb_world_power_on(world, 0);
        vb_world_run(world, 10);
        faults(&bench, 0, 1)->loss = 300;
        vb_world_power_on(world, 1);
        vb_world_run(world, 60000);
        assert_true(bench_in_sync(&bench, 0, 1));
        sent += bench.sent[0][VB_MESSAGE_DATA];
        fragments += vb_fragment_count(&vb_room_plain,
                                       vb_transmitter_section(bench_transmitter(&bench), 7)->size);
    }
    assert_true(fragments >= 8 * 19);
    assert_in_range(sent, fragments, 3 * fragments);
}

static void a_section_held_already_is_not_disturbed_by_its_fragments_sent_to_another(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_POWER_PROFILE, "enabled", 1)),
                     VB_ERR_OK);
    vb_world_run(world, 3000);
    assert_true(bench_in_sync(&bench, 0, 1));
    vb_world_power_off(world, 2);
    vb_world_wipe(world, 2);
    vb_world_power_on(world, 2);
    vb_world_run(world, 3000);
    /* What 2 was sent comes to 1 as well, as it does when answers are merged. */
    const uint32_t kept = bench.kept_count;
    for (uint32_t i = 0; i < kept && i < BENCH_KEPT_MAX; i++) {
        struct vb_world_flight flight = bench.kept[i];
        if ((flight.bytes[1] & 0x1f) != VB_MESSAGE_DATA)
            continue;
        struct vb_frame frame = {.message = VB_MESSAGE_DATA,
                                 .epoch = bench_transmitter(&bench)->epoch,
                                 .seq = bench_transmitter(&bench)->seq + 1000 + i,
                                 .payload_size = flight.size - 12u};
        flight.dst = vb_mac_broadcast;
        flight.size = (uint16_t)vb_frame_finish(&vb_room_plain, &frame, &flight.src, &flight.dst,
                                                flight.bytes);
        uint8_t *exact = test_malloc(flight.size);
        memcpy(exact, flight.bytes, flight.size);
        assert_int_equal(vb_receiver_input(&world->nodes[1].receiver.device.core,
                                           vb_world_node_now_ms(&world->nodes[1], world->now_ms),
                                           &flight.src, &flight.dst, exact, flight.size),
                         VB_ERR_OK);
        test_free(exact);
    }
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_null(world->nodes[1].receiver.device.core.turn.peer);
}

/* ---- Stores ---- */

static void a_wiped_store_is_noticed_though_versions_begin_again_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t store_id = bench_transmitter(&bench)->store_id;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 1000);
    vb_world_power_off(world, 0);
    vb_world_wipe(world, 0);
    vb_world_power_on(world, 0);
    vb_world_run(world, 20000);
    assert_int_not_equal(bench_transmitter(&bench)->store_id, store_id);
    assert_int_equal(bench.events[1][VB_EVENT_STORE_REPLACED], 1);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_restored_backup_is_noticed_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_take_backup(world, 0);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 1000);
    vb_world_power_off(world, 0);
    vb_world_restore_backup(world, 0);
    vb_world_power_on(world, 0);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 80)),
                     VB_ERR_BUSY);
    vb_world_run(world, 10);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 80)), VB_ERR_OK);
    vb_world_run(world, 20000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 80);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void nothing_is_sent_before_the_boot_counter_is_durable_A6(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 1);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 700, .commit_ms_max = 700};
    vb_world_power_on(world, 0);
    vb_world_run(world, 699);
    assert_null(bench_peer(&bench, 1));
    vb_world_run(world, 10);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_boot_commit_that_fails_is_tried_again(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    world->nodes[0].disk.failed = 1000;
    vb_world_power_on(world, 1);
    vb_world_power_on(world, 0);
    vb_world_run(world, 4500);
    assert_true(bench_in_sync(&bench, 0, 1)); /* of what is in memory alone */
    assert_in_range(bench.events[0][VB_EVENT_COMMIT_FAILED], 4, 5);
    world->nodes[0].disk.failed = 0;
    vb_world_run(world, 1100);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_power_cut_at_any_operation_leaves_one_version_one_content_A6(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 40; count++) {
        bench_at_rest(&bench, 1, 1);
        vb_world_power_cut(world, 0, count, 300);
        (void)set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90));
        vb_world_run(world, 1000);
        if (world->nodes[0].up && world->nodes[0].boots == 1)
            vb_world_reboot(world, 0);
        vb_world_run(world, 20000);
        assert_true(bench_in_sync(&bench, 0, 1));
        const int64_t cells = actual(&bench, VB_SECTION_BATTERY, "cell_count");
        assert_int_equal(cells, version_of(&bench, VB_SECTION_BATTERY) == 1 ? 96 : 90);
    }
}

static void unchanged_content_is_not_written_again_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t transmitter_commits = world->nodes[0].store.commits;
    const uint32_t receiver_commits = world->nodes[1].store.commits;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 96)), VB_ERR_OK);
    vb_world_run(world, 3600000);
    assert_int_equal(world->nodes[0].store.commits, transmitter_commits);
    /* When it was last heard and verified is written once an hour. */
    assert_in_range(world->nodes[1].store.commits, receiver_commits, receiver_commits + 1);
    assert_int_equal(bench.events[0][VB_EVENT_EDIT], 1);
    vb_world_reboot(world, 0);
    vb_world_run(world, 60000);
    assert_in_range(world->nodes[1].store.commits, receiver_commits, receiver_commits + 1);
}

static void a_burst_of_changes_is_coalesced_at_the_receiver_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t commits = world->nodes[1].store.commits;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 50 + i)),
                         VB_ERR_OK);
        vb_world_run(world, 20);
    }
    vb_world_run(world, 5000);
    assert_in_range(world->nodes[1].store.commits - commits, 1, 2);
    vb_world_reboot(world, 1);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 99);
}

/* Half a wrap of the clock lies behind every deadline that was left as it stood, and the wrap. */
static void a_change_after_30_idle_days_is_still_stored_by_the_receiver(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    for (uint8_t i = 0; i < 2; i++) {
        world->nodes[i].clock_ms = 0u - 15u * 86400000;
        vb_world_power_on(world, i);
    }
    vb_world_run(world, 40000);
    for (unsigned days = 0; days < 30; days += 10) {
        for (uint8_t i = 0; i < 2; i++)
            vb_world_leap(world, i, 10u * 86400000);
        vb_world_run(world, 60000);
    }
    assert_true(bench_in_sync(&bench, 0, 1));
    const uint32_t commits = world->nodes[1].store.commits;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 20)), VB_ERR_OK);
    vb_world_run(world, 100);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 20);
    vb_world_run(world, 3000);
    assert_int_equal(world->nodes[1].store.commits, commits + 1);
    /* It is brought up to date at least every 10 s. */
    assert_in_range(bench_transmitter(&bench)->uptime_s, 30u * 86400 + 213, 30u * 86400 + 223);
}

/* At rest no link is called into question, however long. */
static void a_day_at_rest_brings_no_word_of_the_link_C1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_run(world, 86400000);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench.events[1][VB_EVENT_LINK], 0);
}

/* ---- Settings ---- */

static void all_settings_arrive_A1_A2(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 500);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench_peer(&bench, 1)->cache.count, bench_transmitter(&bench)->live.count);
    assert_int_equal(shown(&bench, 1, VB_SECTION_MQTT, "port"), 1883);
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 1);
}

static void a_change_is_visible_in_the_same_turn_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(world, 2); /* 1 ms to commit, 1 ms on the link */
    assert_int_equal(shown(&bench, 1, VB_SECTION_MQTT, "port"), 8883);
    assert_true(bench_in_sync(&bench, 0, 1));
    vb_world_run(world, 1000);
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 0);
    assert_int_equal(bench.sent[0][VB_MESSAGE_BEACON], 1);
}

static void a_beacon_at_rest_has_at_most_32_bytes_and_comes_every_15_s_A1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    uint64_t last_ms = bench.sent_ms[0][VB_MESSAGE_BEACON];
    for (unsigned i = 0; i < 20; i++) {
        const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
        while (bench.sent[0][VB_MESSAGE_BEACON] == beacons)
            vb_world_run(world, 1);
        const uint64_t at_ms = bench.sent_ms[0][VB_MESSAGE_BEACON];
        assert_in_range(at_ms - last_ms, 13500, 15000);
        last_ms = at_ms;
        for (uint32_t k = 1; k < 4; k++) {
            const struct vb_world_flight *kept =
                &bench.kept[(bench.kept_count - k) % BENCH_KEPT_MAX];
            if ((kept->bytes[1] & 0x1f) == VB_MESSAGE_BEACON)
                assert_in_range(kept->size, 12, 12 + 32);
        }
    }
}

static void runtime_status_is_beaconed_at_once_and_never_stored_A5(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t puts = world->nodes[0].store.puts + world->nodes[1].store.puts;
    const struct vb_runtime runtime = {.flags = VB_RUNTIME_MQTT_CONNECTED | VB_RUNTIME_IP_KNOWN,
                                       .ip = {192, 168, 1, 221}};
    vb_world_runtime(world, 0, &runtime);
    vb_world_run(world, 1);
    assert_int_equal(bench_peer(&bench, 1)->runtime.flags, runtime.flags);
    assert_memory_equal(bench_peer(&bench, 1)->runtime.ip, runtime.ip, 4);
    vb_world_run(world, 60000);
    assert_int_equal(world->nodes[0].store.puts + world->nodes[1].store.puts, puts);
    vb_world_power_off(world, 0);
    vb_world_reboot(world, 1);
    assert_false(bench_peer(&bench, 1)->runtime_known);
}

static void a_transmitter_reboot_is_noticed_and_everything_is_rechecked_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_reboot(world, 0);
    vb_world_run(world, 5);
    assert_int_equal(bench.events[1][VB_EVENT_REBOOT], 1);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench_peer(&bench, 1)->quality.reboots, 1);
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 0);
}

static void a_receiver_reboot_keeps_the_cache_and_fetches_only_what_changed_A4_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 1);
    /* Two sections: the last change alone would come with the answer to the hello. */
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 60000);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_power_on(world, 1);
    /* Before any frame came. */
    assert_int_equal(bench_peer(&bench, 1)->cache.count, bench_transmitter(&bench)->live.count);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
    vb_world_run(world, 20);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench.sent[1][VB_MESSAGE_REQUEST], 1);
    assert_int_equal(bench.sent[0][VB_MESSAGE_DATA], 1);
}

static void without_persistence_nothing_is_written_A4(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 1);
    set_own(&bench, 1, change_integer(VB_SECTION_RECEIVER, "persist_cache", false));
    vb_world_power_on(world, 0);
    vb_world_run(world, 60000);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(world->nodes[1].store.commits, 0);
    set_own(&bench, 1, change_integer(VB_SECTION_RECEIVER, "persist_cache", true));
    vb_world_run(world, 20000);
    assert_int_equal(world->nodes[1].store.commits, 1);
    set_own(&bench, 1, change_integer(VB_SECTION_RECEIVER, "persist_cache", false));
    vb_world_power_off(world, 0);
    vb_world_reboot(world, 1);
    assert_null(bench_peer(&bench, 1));
}

static void equal_versions_and_another_digest_are_unverifiable_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].transmitter.device.core.digest ^= 1; /* a digest that nothing can match */
    vb_world_run(world, 20000);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_UNVERIFIABLE);
    assert_in_range(bench.sent[1][VB_MESSAGE_REQUEST], 3, 10);
    const uint32_t requests = bench.sent[1][VB_MESSAGE_REQUEST];
    vb_world_run(world, 3600000);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_UNVERIFIABLE);
    assert_in_range(bench.sent[1][VB_MESSAGE_REQUEST] - requests, 1, 600);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(world, 1000);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void versions_wrap_from_the_largest_to_1_A2(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    vb_world_power_on(world, 0);
    vb_world_run(world, 10);
    vb_world_power_off(world, 0);
    uint8_t value[VB_STORE_VALUE_MAX];
    const struct vb_world_row *row = vb_world_store_find(&world->nodes[0].store, "+3");
    const size_t size = row->size - (size_t)VB_KEPT_HEAD_BYTES;
    memcpy(value, row->bytes + VB_KEPT_HEAD_BYTES, size);
    memset(value, 0xff, 4);
    vb_world_store_plant_kept(&world->nodes[0].store, "+3", value, size);
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 1000);
    assert_int_equal(version_of(&bench, 3), 0xffffffff);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(version_of(&bench, 3), 1);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* Fifteen versions later the mark is the same: the digest alone tells. */
static void a_change_of_15_versions_is_seen_by_the_digest_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    for (int i = 0; i < 15; i++) {
        assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 50 + i)),
                         VB_ERR_OK);
        vb_world_run(world, 10);
    }
    vb_world_run(world, 1000);
    cut_link(&bench, 1, false);
    vb_world_run(world, 16000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 64);
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* ---- Liveness ---- */

static void degraded_at_20_s_offline_at_30_s_asking_from_16_s_C1(void **state)
{
    (void)state;
    static const unsigned asks_s[] = {16, 17, 18, 19, 22, 25, 28};
    bench_at_rest(&bench, 1, 1);
    const struct vb_age age = bench_peer(&bench, 1)->frame_age;
    const uint64_t heard_ms =
        world->now_ms - vb_age_ms(&age, vb_world_node_now_ms(&world->nodes[1], world->now_ms));
    cut_link(&bench, 1, true);
    unsigned asked = 0;
    while (world->now_ms < heard_ms + 40000) {
        vb_world_run(world, 1);
        const uint64_t silent_ms = world->now_ms - heard_ms;
        if (asked < 7 && silent_ms == asks_s[asked] * 1000ull)
            asked++;
        assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], asked);
        const enum vb_link_state expected = silent_ms < 20000   ? VB_LINK_CONNECTED
                                            : silent_ms < 30000 ? VB_LINK_DEGRADED
                                                                : VB_LINK_OFFLINE;
        assert_int_equal(bench_peer(&bench, 1)->link, expected);
    }
    assert_int_equal(asked, 7);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
    cut_link(&bench, 1, false);
    vb_world_run(world, 15001);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_CONNECTED);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void one_lost_beacon_raises_no_alarm_C1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t beacons = bench.sent[0][VB_MESSAGE_BEACON];
    faults(&bench, 0, 1)->blocked = true;
    while (bench.sent[0][VB_MESSAGE_BEACON] == beacons)
        vb_world_run(world, 1);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 60000);
    assert_int_equal(bench.events[1][VB_EVENT_LINK], 0);
}

/* A host may set it so, or wake from a sleep through which it ran on. */
static void a_clock_that_leaps_ahead_ends_the_link_until_the_next_frame_C1(void **state)
{
    (void)state;
    static const uint32_t leaps_ms[] = {31000, 86400000, 23u * 86400000u};
    for (size_t i = 0; i < VB_COUNT_OF(leaps_ms); i++) {
        bench_at_rest(&bench, 1, 1);
        vb_world_leap(world, 1, leaps_ms[i]);
        vb_world_step(world, world->now_ms);
        assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_OFFLINE);
        vb_world_leap(world, 0, leaps_ms[i]);
        vb_world_run(world, 16000);
        assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_CONNECTED);
        assert_true(bench_in_sync(&bench, 0, 1));
    }
}

/* What waits in its socket is old by then; what was told since is not turned back by it. */
static void a_receiver_that_was_stopped_or_asleep_catches_up_at_once_A6(void **state)
{
    (void)state;
    for (unsigned runs = 0; runs < 2; runs++) {
        bench_at_rest(&bench, 1, 1);
        vb_world_freeze(world, 1, 60000, runs == 1);
        vb_world_run(world, 50000);
        assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)),
                         VB_ERR_OK);
        vb_world_run(world, 9999);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
        vb_world_run(world, 100);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
        assert_true(bench_in_sync(&bench, 0, 1));
    }
}

static void a_receiver_moved_to_another_network_and_back_is_in_sync_in_both_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 2, 1);
    vb_world_plug(world, 2, 1);
    vb_world_run(world, 31000);
    assert_int_equal(bench_peer(&bench, 2)->link, VB_LINK_OFFLINE);
    assert_true(bench_in_sync(&bench, 1, 2));
    assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 90)), VB_ERR_OK);
    vb_world_run(world, 1000);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, 2), VB_SECTION_BATTERY), VB_SYNC_STALE);
    assert_int_equal(shown(&bench, 2, VB_SECTION_BATTERY, "cell_count"), 96);
    vb_world_plug(world, 2, 0);
    vb_world_run(world, 31000);
    assert_true(bench_in_sync(&bench, 0, 2));
    assert_int_equal(shown(&bench, 2, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_int_equal(vb_world_peer(world, 2, 1)->link, VB_LINK_OFFLINE);
}

static void a_goodbye_ends_the_wait_C1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t before = bench.kept_count;
    vb_world_goodbye(world, 0);
    vb_world_power_off(world, 0);
    vb_world_run(world, 1);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_OFFLINE);
    for (uint32_t i = 0; i < before; i++)
        (void)vb_world_inject(world, 1, &bench.kept[i]);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_OFFLINE);
    vb_world_run(world, 1000);
    vb_world_power_on(world, 0);
    vb_world_run(world, 5);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_CONNECTED);
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void a_transmitter_wiped_while_offline_for_30_days_is_taken_again_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 0);
    vb_world_run(world, 30ull * 86400000);
    vb_world_wipe(world, 0);
    const uint16_t epoch = (uint16_t)(bench_peer(&bench, 1)->epoch - 100);
    const uint8_t head[6] = {9, 9, 9, 9, (uint8_t)epoch, (uint8_t)(epoch >> 8)};
    vb_world_store_plant(&world->nodes[0].store, "head", head, sizeof head);
    vb_world_power_on(world, 0);
    vb_world_run(world, 60000);
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* ---- Readings ---- */

static void a_lost_frame_costs_its_reading_only_and_is_counted_E2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 1000);
    const struct vb_quality before = bench_peer(&bench, 1)->quality;
    const uint32_t sequence = world->nodes[0].transmitter.reading_sequence;
    faults(&bench, 0, 1)->loss = 200;
    vb_world_run(world, 60000);
    faults(&bench, 0, 1)->loss = 0;
    vb_world_run(world, 1000);
    const struct vb_quality after = bench_peer(&bench, 1)->quality;
    const uint32_t sent = world->nodes[0].transmitter.reading_sequence - sequence;
    assert_true(after.readings_lost > before.readings_lost);
    assert_int_equal(after.readings - before.readings + after.readings_lost - before.readings_lost,
                     sent);
    struct vb_reading expected;
    const struct vb_reading *newest = vb_reading_ring_at(&bench_peer(&bench, 1)->ring, 0);
    vb_world_reading(newest->sequence, 96, &expected);
    assert_memory_equal(newest->cell_mv, expected.cell_mv, sizeof expected.cell_mv);
}

static void the_stream_stops_60_s_after_the_last_receiver_was_heard_E1a(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 1000);
    assert_true(bench.sent[0][VB_MESSAGE_READING] > 0);
    vb_world_power_off(world, 1);
    vb_world_run(world, 61000);
    const uint32_t sent = bench.sent[0][VB_MESSAGE_READING];
    vb_world_run(world, 600000);
    assert_int_equal(bench.sent[0][VB_MESSAGE_READING], sent);
    vb_world_power_on(world, 1);
    vb_world_run(world, 1000);
    assert_true(bench.sent[0][VB_MESSAGE_READING] > sent);
}

static void the_stream_runs_on_while_a_receiver_only_listens_E1a(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 1000);
    vb_world_run(world, 3600000);
    assert_in_range(bench_peer(&bench, 1)->quality.readings, 3590, 3600);
    assert_int_equal(bench_peer(&bench, 1)->quality.readings_lost, 0);
}

/* A reading's half digest is enough to notice that a beacon was missed. */
static void a_reading_refutes_in_sync_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_run(world, 60000);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 1000);
    faults(&bench, 0, 1)->blocked = true;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(world, 20);
    world->nodes[0].transmitter.device.core.changing = false; /* its repeats are lost as well */
    world->nodes[0].transmitter.device.core.beacon_at_ms += 14000;
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 200);
    assert_int_equal(shown(&bench, 1, VB_SECTION_MQTT, "port"), 8883);
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* ---- Many devices ---- */

static void receivers_follow_several_transmitters_D1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 3, 3);
    vb_world_run(world, 3000);
    for (uint8_t t = 0; t < 3; t++) {
        for (uint8_t r = 3; r < 6; r++)
            assert_true(bench_in_sync(&bench, t, r));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delayed_beacon_from_before_the_change_reverts_nothing),
        cmocka_unit_test(a_delayed_beacon_from_before_the_reboot_reverts_nothing_A8),
        cmocka_unit_test(delayed_frames_of_a_store_that_is_gone_flip_nothing_back_A6),
        cmocka_unit_test(three_old_frames_in_a_row_trigger_one_challenge),
        cmocka_unit_test(any_damage_to_a_frame_is_refused_counted_and_changes_nothing),
        cmocka_unit_test(lost_fragments_alone_are_asked_for_again_A11),
        cmocka_unit_test(a_section_held_already_is_not_disturbed_by_its_fragments_sent_to_another),
        cmocka_unit_test(a_wiped_store_is_noticed_though_versions_begin_again_A6),
        cmocka_unit_test(a_restored_backup_is_noticed_A6),
        cmocka_unit_test(nothing_is_sent_before_the_boot_counter_is_durable_A6),
        cmocka_unit_test(a_boot_commit_that_fails_is_tried_again),
        cmocka_unit_test(a_power_cut_at_any_operation_leaves_one_version_one_content_A6),
        cmocka_unit_test(unchanged_content_is_not_written_again_A12),
        cmocka_unit_test(a_burst_of_changes_is_coalesced_at_the_receiver_A12),
        cmocka_unit_test(a_change_after_30_idle_days_is_still_stored_by_the_receiver),
        cmocka_unit_test(a_day_at_rest_brings_no_word_of_the_link_C1),
        cmocka_unit_test(all_settings_arrive_A1_A2),
        cmocka_unit_test(a_change_is_visible_in_the_same_turn_A1),
        cmocka_unit_test(a_beacon_at_rest_has_at_most_32_bytes_and_comes_every_15_s_A1),
        cmocka_unit_test(runtime_status_is_beaconed_at_once_and_never_stored_A5),
        cmocka_unit_test(a_transmitter_reboot_is_noticed_and_everything_is_rechecked_A8),
        cmocka_unit_test(a_receiver_reboot_keeps_the_cache_and_fetches_only_what_changed_A4_A8),
        cmocka_unit_test(without_persistence_nothing_is_written_A4),
        cmocka_unit_test(equal_versions_and_another_digest_are_unverifiable_A8),
        cmocka_unit_test(versions_wrap_from_the_largest_to_1_A2),
        cmocka_unit_test(a_change_of_15_versions_is_seen_by_the_digest_A8),
        cmocka_unit_test(degraded_at_20_s_offline_at_30_s_asking_from_16_s_C1),
        cmocka_unit_test(one_lost_beacon_raises_no_alarm_C1),
        cmocka_unit_test(a_clock_that_leaps_ahead_ends_the_link_until_the_next_frame_C1),
        cmocka_unit_test(a_receiver_that_was_stopped_or_asleep_catches_up_at_once_A6),
        cmocka_unit_test(a_receiver_moved_to_another_network_and_back_is_in_sync_in_both_A6),
        cmocka_unit_test(a_goodbye_ends_the_wait_C1),
        cmocka_unit_test(a_transmitter_wiped_while_offline_for_30_days_is_taken_again_A6),
        cmocka_unit_test(a_lost_frame_costs_its_reading_only_and_is_counted_E2),
        cmocka_unit_test(the_stream_stops_60_s_after_the_last_receiver_was_heard_E1a),
        cmocka_unit_test(the_stream_runs_on_while_a_receiver_only_listens_E1a),
        cmocka_unit_test(a_reading_refutes_in_sync_A8),
        cmocka_unit_test(receivers_follow_several_transmitters_D1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
