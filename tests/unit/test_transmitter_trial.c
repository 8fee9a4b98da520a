/* Edits and trials of a transmitter whose store is sometimes uncertain, and what only looks like a
 * trial. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"
#include "../fixtures/transmitter_store_bench.h"

/* From a receiver. */
static void edit_from_alice(uint8_t section, const uint8_t *changes, size_t size)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, section);
    const struct vb_edit_part part = {
        .id = 1,
        .store_id = bench.t.store_id,
        .boot = bench.t.boot,
        .section = section,
        .base_version = entry->version,
        .base_hash = vb_section_hash(vb_cache_bytes(&bench.t.live, entry), entry->size),
        .total = (uint16_t)size,
        .bytes = changes,
        .size = (uint16_t)size};
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_edit_part_write(&writer, &part);
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_EDIT, payload, writer.at),
                     VB_ERR_OK);
}

/* An edit over the link that may cut the link. */
static void set_hostname(void)
{
    static const uint8_t changes[] = {NETWORK_HOSTNAME, 4, 'p', 'a', 'c', 'k'};
    edit_from_alice(VB_SECTION_NETWORK, changes, sizeof changes);
}

static void something_that_only_looks_like_a_trial_is_none(void **state)
{
    (void)state;
    static const uint8_t without_sum[] = {VB_SECTION_NETWORK, NETWORK_HOSTNAME, 3, 'a', 'b', 'c'};
    struct stored too_long = {.bytes = {VB_SECTION_NETWORK}, .size = 1};
    add(&too_long, UNKNOWN_TAG, zeros, VB_TRIAL_BYTES_MAX - 2); /* with 3 bytes before it */
    for (unsigned i = 0; i < 2; i++) {
        bench_new(&bench);
        if (i == 0)
            memory_store_plant(&bench.store, "+trial", without_sum, sizeof without_sum);
        else
            plant("trial", &too_long);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_TRIAL);
        assert_false(bench.t.trial);
    }
}

static void an_edit_that_is_not_on_trial_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t not_there[] = {15, 1, 1, 1};
    static const uint8_t no_form[] = {VB_SECTION_NETWORK, 1, 200};
    for (unsigned i = 0; i < 3; i++) {
        bench_new(&bench);
        if (i == 0)
            memory_store_plant(&bench.store, "trial", zeros, 0);
        else if (i == 1)
            memory_store_plant(&bench.store, "trial", not_there, sizeof not_there);
        else
            memory_store_plant(&bench.store, "trial", no_form, sizeof no_form);
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        assert_false(bench.t.trial);
        bench_pass(&bench, bench.config.timing.trial + 1);
        assert_int_equal(version_of(VB_SECTION_NETWORK), 1);
    }
}

/* An earlier firmware may have stored its fields in another order: reverting to that cannot be
 * expressed as a change. */
static void a_trial_that_goes_back_to_another_order_is_announced_whole_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    size_t size;
    const uint8_t *bytes = live(VB_SECTION_NETWORK, &size);
    size_t value_size;
    const size_t first =
        (size_t)(vb_section_find(bytes, size, NETWORK_MODE, &value_size) - bytes) + 1;
    uint8_t trial[1 + VB_TRIAL_BYTES_MAX] = {VB_SECTION_NETWORK};
    memcpy(trial + 1, bytes + first, size - first);
    memcpy(trial + 1 + size - first, bytes, first);
    memory_store_plant(&bench.store, "trial", trial, 1 + size);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_true(bench.t.trial);
    bench_pass(&bench, bench.config.timing.trial);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_NETWORK), 2);
    bytes = live(VB_SECTION_NETWORK, &size);
    assert_memory_equal(bytes, trial + 1, size);
    struct vb_event event = {0};
    assert_true(bench_event(&bench, VB_EVENT_REVERTED, &event));
    bench_output(&bench);
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_BEACON];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_beacon beacon;
    struct vb_record record;
    assert_int_equal(vb_beacon_read(&reader, &beacon), VB_ERR_OK);
    reader = vb_reader_of(beacon.records, beacon.records_size);
    assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record), VB_ERR_OK);
    assert_int_equal(record.form, VB_RECORD_WHOLE);
}

/* The trial of a network edit. Fields of later firmware fill the memory, and what the edit freed
 * has been used since. */
static void begin_trial_without_a_way_back(void)
{
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    const uint16_t used = bench.t.live.used;
    static const char hostname[] = "a-host-name-of-thirty-one-bytes";
    const size_t host_size = sizeof hostname - 1;
    const size_t fill = bench.t.live.capacity - used - host_size - 3;
    struct stored can = stored_of(1);
    size_t size;
    const uint8_t *bytes = live(VB_SECTION_CAN, &size);
    memcpy(can.bytes + 4, bytes, size);
    can.size = 4 + size;
    add(&can, UNKNOWN_TAG, zeros, fill);
    memory_store_plant_kept(&bench.store, "+6", can.bytes, can.size);

    uint8_t trial[1 + VB_TRIAL_BYTES_MAX] = {VB_SECTION_NETWORK};
    uint8_t changes[40] = {NETWORK_HOSTNAME, (uint8_t)host_size};
    memcpy(changes + 2, hostname, host_size);
    bytes = live(VB_SECTION_NETWORK, &size);
    const int old_size =
        vb_section_lay_over(bytes, size, changes, 2 + host_size, trial + 1, sizeof trial - 1);
    assert_true(old_size > 0);
    memory_store_plant(&bench.store, "trial", trial, 1 + (size_t)old_size);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_SERVER, hostname, host_size), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
}

static void a_trial_that_finds_no_room_to_go_back_stays_as_it_is(void **state)
{
    (void)state;
    struct vb_event event;
    begin_trial_without_a_way_back();
    bench_pass(&bench, bench.config.timing.trial);
    bench_settle(&bench, VB_ERR_OK);
    assert_false(bench.t.trial);
    assert_false(bench_event(&bench, VB_EVENT_REVERTED, &event));
    assert_int_equal(version_of(VB_SECTION_NETWORK), 1);
    assert_null(memory_store_find(&bench.store, "+trial"));
}

/* That it is kept is stored like everything else: a second after the last try. */
static void expect_tries_in_their_time(void)
{
    for (unsigned i = 0; i < 5; i++) {
        assert_int_not_equal(bench.store.token, 0);
        bench_settle(&bench, VB_ERR_STORE);
        const unsigned commits = bench.store.commits;
        bench_output(&bench);
        assert_int_not_equal(vb_transmitter_wakeup_ms(&bench.t, bench.now_ms), 0);
        bench_pass(&bench, bench.config.timing.commit_retry - 1);
        assert_int_equal(bench.store.commits, commits);
        bench_pass(&bench, 1);
        assert_int_equal(bench.store.commits, commits + 1);
    }
    bench_settle(&bench, VB_ERR_OK);
    assert_false(bench.t.trial);
}

static void a_trial_that_is_kept_is_stored_in_its_time_A9(void **state)
{
    (void)state;
    begin_trial_without_a_way_back();
    bench_pass(&bench, bench.config.timing.trial);
    expect_tries_in_their_time();

    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 5000);
    bench.t.trial_heard = true; /* of its receiver */
    bench_pass(&bench, 1);
    expect_tries_in_their_time();
}

/* What has been in the socket since before the change says nothing about the network after it. */
static void only_what_came_during_a_trial_speaks_for_it_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 10000);
    vb_transmitter_late(&bench.t, 10001);
    bench_prove(&bench, &bench_alice);
    assert_false(bench.t.trial_heard);
    bench_prove(&bench, &bench_alice); /* and this was not delayed */
    assert_true(bench.t.trial_heard);
}

static void an_edit_that_makes_a_section_longer_than_small_frames_carry_is_refused(void **state)
{
    (void)state;
    static const uint8_t server[] = {MQTT_SERVER, 6, 'b', 'r', 'o', 'k', 'e', 'r'};
    const struct vb_room room = vb_room_of(NULL, 128);
    bench.config.cache_size = BENCH_CACHE_BYTES;
    bench.config.frame_bytes_max = 128;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    size_t size;
    const uint8_t *bytes = live(VB_SECTION_MQTT, &size);
    struct stored mqtt = stored_of(3);
    memcpy(mqtt.bytes + 4, bytes, size);
    mqtt.size = 4 + size;
    add(&mqtt, UNKNOWN_TAG, zeros, room.section_bytes_max - size - 3); /* to the last byte */
    memory_store_plant_kept(&bench.store, "+1", mqtt.bytes, mqtt.size);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_MQTT), 3);
    edit_from_alice(VB_SECTION_MQTT, server, sizeof server);
    assert_int_equal(bench.store.token, 0);
    assert_int_equal(bench.t.ledger[0].result.outcome, VB_EDIT_REFUSED);
    assert_int_equal(bench.t.ledger[0].result.reasons.items[0].err, VB_ERR_TOO_LONG);
}

static void a_trial_that_may_have_been_stored_is_taken_out_again_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    settle_uncertain(true);
    assert_false(bench.t.trial);
    mend();
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_false(bench.t.trial);
    assert_string_equal(values_of(VB_SECTION_NETWORK).network.hostname, "");
}

static void a_trial_under_way_outlives_the_mending_of_another_section_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    assert_true(bench.t.trial);
    set_battery();
    settle_uncertain(false);
    mend();
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_true(bench.t.trial);
}

static void a_trial_that_begins_with_the_mending_is_stored_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_battery();
    settle_uncertain(false);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_true(bench.t.trial);
}

static void the_end_of_a_trial_that_was_not_stored_is_tried_again_in_its_time_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.trial);
    assert_int_equal(bench.t.commit_kind, VB_COMMIT_REVERT);
    bench_settle(&bench, VB_ERR_STORE);
    const unsigned commits = bench.store.commits;
    bench_pass(&bench, bench.config.timing.commit_retry - 1);
    assert_int_equal(bench.store.commits, commits);
    bench_pass(&bench, 1);
    assert_int_equal(bench.store.commits, commits + 1);
}

/* The store refuses until the trial is over, and after it. */
static void fail_until_reverted(enum vb_err how)
{
    const uint32_t end_ms = bench.now_ms + bench.config.timing.trial + 4000;
    while (bench.t.trial && !vb_time_reached(bench.now_ms, end_ms)) {
        if (bench.store.token != 0 && how == VB_ERR_UNCERTAIN)
            settle_uncertain(false);
        else if (bench.store.token != 0)
            bench_settle(&bench, how);
        const uint32_t wait_ms = vb_transmitter_wakeup_ms(&bench.t, bench.now_ms);
        bench_pass(&bench, wait_ms == 0 ? 1 : wait_ms);
        if (bench.t.trial)
            bench_output(&bench);
    }
    assert_false(bench.t.trial);
}

static void expect_way_back_as_another_store(uint32_t old_store_id)
{
    struct vb_event event = {0};
    assert_true(bench_event(&bench, VB_EVENT_REVERTED, &event));
    assert_int_equal(event.section, VB_SECTION_NETWORK);
    assert_int_equal(event.err, VB_ERR_STORE);
    const uint32_t store_id = bench.t.store_id;
    assert_int_not_equal(store_id, old_store_id);
    assert_string_equal(values_of(VB_SECTION_NETWORK).network.hostname, "");
    const unsigned beacons = bench.sent[VB_MESSAGE_BEACON];
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], beacons + 1);
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.t.store_id, store_id);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.store_id, store_id);
    assert_false(bench.t.trial);
    assert_string_equal(values_of(VB_SECTION_NETWORK).network.hostname, "");
}

static void a_trial_ends_in_what_runs_while_the_store_refuses_A9(void **state)
{
    (void)state;
    static const enum vb_err ways[] = {VB_ERR_STORE, VB_ERR_UNCERTAIN};
    for (size_t i = 0; i < VB_COUNT_OF(ways); i++) {
        bench_new(&bench);
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        const uint32_t store_id = bench.t.store_id;
        set_hostname();
        bench_settle(&bench, VB_ERR_OK);
        assert_true(bench.t.trial);
        fail_until_reverted(ways[i]);
        expect_way_back_as_another_store(store_id);
    }
}

/* Whatever the store then says: its answer is about something that memory no longer holds. */
static void store_answers(enum vb_err answer)
{
    if (answer == VB_ERR_UNCERTAIN)
        settle_uncertain(true);
    else
        bench_settle(&bench, answer);
}

/* What goes unanswered is another edit, or the revert itself. */
static void a_trial_ends_in_its_time_though_the_store_does_not_answer_A9(void **state)
{
    (void)state;
    static const enum vb_err answers[] = {VB_ERR_OK, VB_ERR_STORE, VB_ERR_UNCERTAIN};
    for (size_t i = 0; i < 2 * VB_COUNT_OF(answers); i++) {
        bench_new(&bench);
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        const uint32_t store_id = bench.t.store_id;
        const uint8_t cell_count = values_of(VB_SECTION_BATTERY).battery.cell_count;
        set_hostname();
        bench_settle(&bench, VB_ERR_OK);
        const uint32_t ends_ms = bench.t.trial_ends_ms;
        if (i % 2 != 0)
            set_battery();
        while (bench.t.trial && !vb_time_reached(bench.now_ms, ends_ms + 6000)) {
            const uint32_t wait_ms = vb_transmitter_wakeup_ms(&bench.t, bench.now_ms);
            bench_pass(&bench, wait_ms == 0 ? 1 : wait_ms);
            if (bench.t.trial)
                bench_output(&bench);
        }
        assert_false(bench.t.trial);
        assert_true(vb_time_reached(bench.now_ms, ends_ms));
        assert_int_not_equal(bench.store.token, 0); /* of the commit that is still in progress */
        store_answers(answers[i / 2]);
        if (answers[i / 2] == VB_ERR_STORE)
            assert_int_equal(bench.t.doubtful, 0); /* what was given up is certainly not there */
        expect_way_back_as_another_store(store_id);
        assert_int_equal(values_of(VB_SECTION_BATTERY).battery.cell_count, cell_count);
    }
}

/* While the store does not answer, nothing else is begun; a receiver that is heard keeps its edit.
 */
static void a_store_that_does_not_answer_is_not_asked_again_A9(void **state)
{
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        bench_new(&bench);
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        set_hostname();
        bench_settle(&bench, VB_ERR_OK);
        set_battery();
        const unsigned commits = bench.store.commits;
        bench.t.trial_heard = heard != 0;
        for (unsigned i = 0; i < 40; i++) {
            bench_pass(&bench, bench.config.timing.trial / 10);
            bench_output(&bench);
        }
        assert_int_equal(bench.store.commits, commits);
        assert_int_equal(bench.t.trial, heard != 0);
        bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(values_of(VB_SECTION_NETWORK).network.hostname[0], heard != 0 ? 'p' : 0);
    }
}

/* Edits have failed, and there is nothing to retry: the store may work again by now. */
static void the_store_is_asked_for_a_way_back_whatever_failed_before_A9(void **state)
{
    (void)state;
    static const unsigned failures[] = {3, 256}; /* as many as can be counted, and more */
    for (size_t i = 0; i < VB_COUNT_OF(failures); i++) {
        bench_new(&bench);
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        const uint32_t store_id = bench.t.store_id;
        set_hostname();
        bench_settle(&bench, VB_ERR_OK);
        for (unsigned count = 0; count < failures[i]; count++) {
            set_battery();
            bench_settle(&bench, VB_ERR_STORE);
        }
        bench_pass(&bench, bench.config.timing.trial);
        assert_int_equal(bench.t.commit_kind, VB_COMMIT_REVERT);
        assert_int_equal(bench.t.store_id, store_id);
        bench_settle(&bench, VB_ERR_STORE); /* and if it does not, nobody waits for it any longer */
        bench_pass(&bench, 1);
        assert_false(bench.t.trial);
        assert_int_not_equal(bench.t.store_id, store_id);
    }
}

static void a_trial_of_the_boot_before_ends_while_the_store_refuses_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    const uint32_t store_id = bench.t.store_id;
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_true(bench.t.trial);
    assert_string_equal(values_of(VB_SECTION_NETWORK).network.hostname, "pack");
    fail_until_reverted(VB_ERR_STORE);
    expect_way_back_as_another_store(store_id);
}

/* The boot drew a name, which may or may not be in the store. */
static void a_way_back_that_is_not_stored_has_no_name_that_may_be_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    memory_store_find(&bench.store, "+head")->key[0] = '\0';
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    settle_uncertain(true);
    const uint32_t store_id = bench.t.store_id;
    fail_until_reverted(VB_ERR_STORE);
    assert_int_not_equal(bench.t.store_id, store_id);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.store_id, store_id);
}

static void an_edit_after_an_unstored_way_back_is_stored_with_all_of_it_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    set_hostname();
    bench_settle(&bench, VB_ERR_OK);
    fail_until_reverted(VB_ERR_STORE);
    const uint32_t store_id = bench.t.store_id;
    set_battery();
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench.t.store_id, store_id);
    assert_int_equal(values_of(VB_SECTION_BATTERY).battery.cell_count, 90);
    assert_string_equal(values_of(VB_SECTION_NETWORK).network.hostname, "");
}

/* The boot is written later, without what was reported as not stored. */
static void an_edit_that_failed_does_not_come_with_the_boot_that_is_tried_again_A9(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    assert_true(bench.t.announced);
    set_battery();
    bench_settle(&bench, VB_ERR_STORE);
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(values_of(VB_SECTION_BATTERY).battery.cell_count, 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(something_that_only_looks_like_a_trial_is_none, fresh),
        cmocka_unit_test_setup(only_what_came_during_a_trial_speaks_for_it_A9, fresh),
        cmocka_unit_test_setup(
            an_edit_that_makes_a_section_longer_than_small_frames_carry_is_refused, fresh),
        cmocka_unit_test_setup(
            an_edit_that_failed_does_not_come_with_the_boot_that_is_tried_again_A9, fresh),
        cmocka_unit_test_setup(an_edit_that_is_not_on_trial_is_left_alone, fresh),
        cmocka_unit_test_setup(a_trial_that_goes_back_to_another_order_is_announced_whole_A9,
                               fresh),
        cmocka_unit_test_setup(a_trial_that_finds_no_room_to_go_back_stays_as_it_is, fresh),
        cmocka_unit_test_setup(a_trial_that_may_have_been_stored_is_taken_out_again_A9, fresh),
        cmocka_unit_test_setup(a_trial_under_way_outlives_the_mending_of_another_section_A9, fresh),
        cmocka_unit_test_setup(a_trial_that_begins_with_the_mending_is_stored_A9, fresh),
        cmocka_unit_test_setup(a_trial_ends_in_what_runs_while_the_store_refuses_A9, fresh),
        cmocka_unit_test_setup(a_trial_that_is_kept_is_stored_in_its_time_A9, fresh),
        cmocka_unit_test_setup(a_trial_ends_in_its_time_though_the_store_does_not_answer_A9, fresh),
        cmocka_unit_test_setup(a_store_that_does_not_answer_is_not_asked_again_A9, fresh),
        cmocka_unit_test_setup(the_store_is_asked_for_a_way_back_whatever_failed_before_A9, fresh),
        cmocka_unit_test_setup(a_trial_of_the_boot_before_ends_while_the_store_refuses_A9, fresh),
        cmocka_unit_test_setup(a_way_back_that_is_not_stored_has_no_name_that_may_be_A9, fresh),
        cmocka_unit_test_setup(an_edit_after_an_unstored_way_back_is_stored_with_all_of_it_A9,
                               fresh),
        cmocka_unit_test_setup(the_end_of_a_trial_that_was_not_stored_is_tried_again_in_its_time_A9,
                               fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
