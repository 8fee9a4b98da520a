/* How a transmitter comes to know that a receiver is not there: when it asks for a sign, how long
 * it waits, and that it says so once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

enum { SETTLED_MS = 100000 /* after a boot: beacons are at rest */ };

static struct transmitter_bench bench;

static int begun_at(uint32_t now_ms)
{
    bench_new(&bench);
    bench.now_ms = now_ms;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static int booted(void **state)
{
    (void)state;
    return begun_at(1000);
}

/* A tick and all that is to be sent, every 10 ms. */
static void live(uint32_t ms)
{
    for (uint32_t passed = 0; passed < ms; passed += 10) {
        bench_pass(&bench, 10);
        bench_output(&bench);
    }
}

static unsigned events(uint8_t type)
{
    struct vb_event event;
    unsigned count = 0;
    while (vb_transmitter_event(&bench.t, &event))
        count += event.type == type;
    return count;
}

/* A change goes out at once, in a beacon that asks for a sign of life. */
static void ask_for_a_sign(void)
{
    const struct vb_runtime runtime = {.flags = bench.t.runtime.flags ^ VB_RUNTIME_SOURCE_OK};
    vb_transmitter_runtime(&bench.t, bench.now_ms, &runtime);
    bench_output(&bench);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
}

/* ---- Room ---- */

static void a_second_receiver_takes_a_free_place_at_whatever_time_D1(void **state)
{
    (void)state;
    begun_at(UINT32_MAX); /* its first beacon is out at 0 ms, where a clock may begin */
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
    assert_non_null(account_of(&bench.t, &bench_alice));
    assert_non_null(account_of(&bench.t, &bench_bob));
}

/* ---- Silence ---- */

static void a_receiver_that_falls_silent_is_reported_once_and_again_when_back_C2(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    assert_int_equal(events(VB_EVENT_RECEIVER_HEARD), 1);
    bench_pass(&bench, bench.config.timing.stream_silence - 1);
    assert_int_equal(events(VB_EVENT_RECEIVER_LOST), 0);
    bench_pass(&bench, 1);
    assert_int_equal(events(VB_EVENT_RECEIVER_LOST), 1);
    live(40000); /* beacons that want to be acknowledged go out, and nobody answers */
    assert_int_equal(events(VB_EVENT_RECEIVER_LOST), 0);
    bench_meet(&bench, &bench_alice);
    assert_int_equal(events(VB_EVENT_RECEIVER_HEARD), 1);
}

static void who_knows_nobody_asks_every_beacon_to_be_acknowledged_C4(void **state)
{
    (void)state;
    begun_at(UINT32_MAX - SETTLED_MS); /* 0 ms is no time at which somebody was heard */
    live(SETTLED_MS);
    bench_clear(&bench);
    live(16000);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
}

/* ---- Signs of life that were asked for ---- */

static void a_sign_of_life_is_waited_for_and_not_longer_for_asking_again_C2(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    ask_for_a_sign();
    const uint32_t half_ms = bench.config.timing.ack_wait / 2;
    bench_pass(&bench, half_ms);
    assert_int_equal(account_of(&bench.t, &bench_alice)->failures, 0);
    ask_for_a_sign();
    bench_pass(&bench, half_ms - 1);
    assert_int_equal(account_of(&bench.t, &bench_alice)->failures, 0);
    bench_pass(&bench, 1);
    assert_int_equal(account_of(&bench.t, &bench_alice)->failures, 1);
}

static void it_wakes_for_whichever_sign_is_due_first(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    ask_for_a_sign();
    bench_pass(&bench, 30);
    bench_meet(&bench, &bench_bob);
    ask_for_a_sign();
    bench.t.beacon_at_ms = bench.now_ms + 10000; /* what else it would wake for */
    assert_int_equal(vb_transmitter_wakeup_ms(&bench.t, bench.now_ms),
                     bench.config.timing.ack_wait - 30);
}

static void a_failure_puts_off_no_beacon_that_is_due_sooner_A1(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    ask_for_a_sign(); /* the next repeats it after 50 ms, a failure after 100 */
    bench_clear(&bench);
    vb_transmitter_sent(&bench.t, bench.now_ms, &bench_alice, false);
    bench_pass(&bench, bench.config.timing.beacon_repeat);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
}

static void only_one_that_was_there_for_long_is_called_after_C2(void **state)
{
    (void)state;
    live(SETTLED_MS);
    for (unsigned loyal = 0; loyal < 2; loyal++) {
        bench_meet(&bench, &bench_alice);
        bench_clear(&bench);
        for (uint32_t i = 0; i < 7 * loyal; i++) {
            live(10000);
            bench_meet(&bench, &bench_alice);
        }
        live(1000);
        bench_clear(&bench);
        for (unsigned i = 0; i < 3; i++)
            vb_transmitter_sent(&bench.t, bench.now_ms, &bench_alice, false);
        assert_true(account_of(&bench.t, &bench_alice)->state == VB_ACCOUNT_UNREACHABLE);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], loyal);
        bench_meet(&bench, &bench_alice);
    }
}

/* By turns they miss one beacon each, so none is ever found to be unreachable. */
static unsigned beacons_while_one_misses(uint32_t ms, const struct vb_mac *const *who)
{
    unsigned beacons = 0;
    for (uint32_t passed = 0; passed < ms; passed += 10) {
        bench_clear(&bench);
        bench_pass(&bench, 10);
        bench_output(&bench);
        if (bench.sent[VB_MESSAGE_BEACON] == 0)
            continue;
        bench_meet(&bench, who[beacons % 2]);
        beacons++;
    }
    return beacons;
}

static void what_always_someone_misses_is_repeated_ever_less_often_C2(void **state)
{
    (void)state;
    const struct vb_mac *const who[] = {&bench_alice, &bench_bob};
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
    ask_for_a_sign();
    beacons_while_one_misses(20000, who); /* the change's own repeats are over */
    const unsigned often = beacons_while_one_misses(60000, who);
    assert_in_range(often, 8, 13); /* 5,000 ms apart and 200 until it is missed; not 300 */
    /* Once all have been heard the first repeat is soon again. */
    for (unsigned i = 0; i < 2; i++) {
        bench_clear(&bench);
        while (bench.sent[VB_MESSAGE_BEACON] == 0) {
            bench_pass(&bench, 10);
            bench_output(&bench);
        }
        bench_meet(&bench, &bench_alice);
        bench_meet(&bench, &bench_bob);
    }
    ask_for_a_sign();
    bench.t.changing = false; /* nothing but what is missed brings the next */
    bench.t.beacon_at_ms = bench.now_ms + 10000;
    bench_meet(&bench, &bench_alice);
    bench_clear(&bench);
    live(bench.config.timing.ack_wait + bench.config.timing.ack_retry + 10);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
}

/* ---- Streaming ---- */

static void a_stream_at_its_full_rate_is_not_called_thinned_E1a(void **state)
{
    (void)state;
    struct vb_reading reading = {.sequence = 1, .cell_count = 1, .cell_mv = {3800}};
    bench_meet(&bench, &bench_alice);
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    assert_int_equal(bench.t.runtime.flags, VB_RUNTIME_STREAMING);
    bench.t.air.level = VB_AIRTIME_HALF;
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    assert_int_equal(bench.t.runtime.flags, VB_RUNTIME_STREAMING | VB_RUNTIME_THINNED);
    bench_pass(&bench, bench.config.timing.stream_silence + 1);
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    assert_int_equal(bench.t.runtime.flags, 0);
}

/* ---- The store ---- */

static void a_failed_commit_is_not_tried_again_at_once_A12(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    assert_int_equal(bench.store.commits, 1);
    bench_pass(&bench, bench.config.timing.commit_retry - 1);
    assert_int_equal(bench.store.commits, 1);
    bench_pass(&bench, 1);
    assert_int_equal(bench.store.commits, 2);
}

/* A disk that has become full silences no battery: what such a boot tells stands in the store. */
static void a_boot_that_cannot_be_stored_is_announced_where_it_changes_nothing_A6(void **state)
{
    (void)state;
    const uint16_t epoch = bench.t.epoch;
    for (unsigned boot = 0; boot < 2; boot++) {
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0); /* the disk may only be slow */
        bench_settle(&bench, boot == 0 ? VB_ERR_STORE : VB_ERR_UNCERTAIN);
        bench_pass(&bench, 1);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
        assert_int_equal(bench.t.epoch, epoch + 1);
        bench_clear(&bench);
    }
    /* It is tried again until there is room. */
    const unsigned commits = bench.store.commits;
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.store.commits, commits + 1);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.store.commits, commits + 1);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.epoch, epoch + 2);
}

/* An edit that is stored brings the boot's number with it. */
static void a_change_stores_a_boot_that_could_not_be_stored_A6(void **state)
{
    (void)state;
    const uint16_t epoch = bench.t.epoch;
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    static const uint8_t cells = 90;
    enum { CELL_COUNT = 2 };
    uint8_t bytes[8];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    struct vb_reasons reasons = {0};
    uint64_t id;
    vb_change_bytes(&changes, vb_field_by_tag(vb_section_by_id(VB_SECTION_BATTERY), CELL_COUNT),
                    &cells, 1);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, bytes, changes.at, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.store.commits, 3); /* of two boots, and the change */
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.epoch, epoch + 2);
}

/* Versions that no store holds: another boot gives them to something else. So each such boot speaks
 * as a store of its own, until one is stored. */
static void a_boot_that_changes_something_and_is_not_stored_is_a_store_of_its_own_A6(void **state)
{
    (void)state;
    uint32_t before = bench.t.store_id;
    for (unsigned boot = 0; boot < 6; boot++) {
        const bool factory_new = boot >= 3;
        if (boot == 3)
            bench_new(&bench);
        bench.identity.firmware_patch++;
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0); /* the disk may only be slow */
        const enum vb_err failure = boot % 2 == 0 ? VB_ERR_STORE : VB_ERR_UNCERTAIN;
        bench_settle(&bench, failure);
        for (unsigned again = 0; again < 2 && !factory_new; again++) { /* it may pass */
            bench_pass(&bench, bench.config.timing.commit_retry);
            bench_output(&bench);
            assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
            bench_settle(&bench, failure);
        }
        bench_pass(&bench, 1);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
        assert_int_not_equal(bench.t.store_id, before);
        assert_int_equal(bench.t.store_named, false);
        before = bench.t.store_id;
        bench_clear(&bench);
        if (factory_new)
            assert_null(memory_store_find(&bench.store, "+head"));
    }
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK); /* now there is room, for all of it */
    const struct vb_cache told = bench.t.live;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.store_id, before);
    assert_int_equal(bench.t.live.count, told.count);
    for (uint8_t i = 0; i < told.count; i++)
        assert_int_equal(bench.t.live.entries[i].version, told.entries[i].version);
}

static void nothing_changes_at_a_device_that_cannot_store_and_it_says_so_A6(void **state)
{
    (void)state;
    static const uint8_t ninety_cells[] = {2, 1, 90};
    struct vb_reasons reasons = {0};
    struct vb_local_outcome outcome;
    uint64_t id;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    const uint32_t version = vb_transmitter_section(&bench.t, VB_SECTION_BATTERY)->version;
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    assert_int_equal(vb_transmitter_outcome(&bench.t, id, &outcome), VB_ERR_OK);
    assert_int_equal(outcome.outcome, VB_EDIT_NOT_STORED);
    assert_int_equal(vb_transmitter_section(&bench.t, VB_SECTION_BATTERY)->version, version);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK); /* there is room: it brings the boot with it */
    const uint32_t store_id = bench.t.store_id;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.store_id, store_id);
    assert_int_equal(vb_transmitter_section(&bench.t, VB_SECTION_BATTERY)->version, version + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_second_receiver_takes_a_free_place_at_whatever_time_D1, booted),
        cmocka_unit_test_setup(a_receiver_that_falls_silent_is_reported_once_and_again_when_back_C2,
                               booted),
        cmocka_unit_test_setup(who_knows_nobody_asks_every_beacon_to_be_acknowledged_C4, booted),
        cmocka_unit_test_setup(a_sign_of_life_is_waited_for_and_not_longer_for_asking_again_C2,
                               booted),
        cmocka_unit_test_setup(it_wakes_for_whichever_sign_is_due_first, booted),
        cmocka_unit_test_setup(a_failure_puts_off_no_beacon_that_is_due_sooner_A1, booted),
        cmocka_unit_test_setup(only_one_that_was_there_for_long_is_called_after_C2, booted),
        cmocka_unit_test_setup(what_always_someone_misses_is_repeated_ever_less_often_C2, booted),
        cmocka_unit_test_setup(a_stream_at_its_full_rate_is_not_called_thinned_E1a, booted),
        cmocka_unit_test_setup(a_failed_commit_is_not_tried_again_at_once_A12, booted),
        cmocka_unit_test_setup(
            a_boot_that_cannot_be_stored_is_announced_where_it_changes_nothing_A6, booted),
        cmocka_unit_test_setup(a_change_stores_a_boot_that_could_not_be_stored_A6, booted),
        cmocka_unit_test_setup(
            a_boot_that_changes_something_and_is_not_stored_is_a_store_of_its_own_A6, booted),
        cmocka_unit_test_setup(nothing_changes_at_a_device_that_cannot_store_and_it_says_so_A6,
                               booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
