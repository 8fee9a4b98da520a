/* Changes made at the device: several sections in one, all or nothing, one answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/kept_row.h"
#include "../fixtures/transmitter_bench.h"

enum { CELL_COUNT = 2, HOSTNAME = 7, SERVER = 2, PASSWORD = 5, INTERVAL_MS = 1 };

static struct transmitter_bench bench;
static struct vb_reasons reasons;
static uint8_t bad_section;
static const uint8_t zeros[VB_EDIT_BYTES_MAX + 1];
static const uint8_t ninety_cells[] = {CELL_COUNT, 1, 90};
static const uint8_t no_cells[] = {CELL_COUNT, 1, 0};
static const uint8_t host_a[] = {HOSTNAME, 1, 'a'};
static const uint8_t login[] = {SERVER, 1, 'm', PASSWORD, 3, 'k', 'e', 'y'};
static const uint8_t other_login[] = {SERVER, 1, 'n', PASSWORD, 2, 'p', 'w'};
static const uint8_t interval[] = {INTERVAL_MS, 2, 0xe8, 3};

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    reasons.count = 0;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static enum vb_err set(const struct vb_section_change *changes, uint8_t count, uint64_t *id)
{
    return vb_transmitter_set(&bench.t, bench.now_ms, changes, count, id, &bad_section, &reasons);
}

static uint32_t version_of(uint8_t section)
{
    return vb_transmitter_section(&bench.t, section)->version;
}

/* What the core says of an edit when it is asked. */
static enum vb_err outcome_of(uint64_t id)
{
    struct vb_local_outcome outcome;
    return vb_transmitter_outcome(&bench.t, id, &outcome);
}

/* The one answer there is now; the event and the core say the same. */
static struct vb_event answer_to(uint64_t id)
{
    struct vb_event event;
    struct vb_local_outcome outcome;
    struct vb_event found = {0};
    unsigned answers = 0;
    while (vb_transmitter_event(&bench.t, &event)) {
        if (event.type != VB_EVENT_EDIT)
            continue;
        found = event;
        answers++;
    }
    assert_int_equal(answers, 1);
    assert_true(found.id == id);
    assert_int_equal(vb_transmitter_outcome(&bench.t, id, &outcome), VB_ERR_OK);
    assert_int_equal(outcome.outcome, found.detail);
    assert_int_equal(outcome.section, found.section);
    assert_int_equal(outcome.err, found.err);
    return found;
}

static void a_change_at_the_device_is_refused_at_once(void **state)
{
    (void)state;
    uint64_t id;
    const struct {
        struct vb_section_change change;
        enum vb_err err;
        uint8_t bad_section;
    } cases[] = {
        {{15, ninety_cells, 3}, VB_ERR_NOT_FOUND, 15},
        {{VB_SECTION_DISPLAY, ninety_cells, 3}, VB_ERR_NOT_FOUND, VB_SECTION_DISPLAY},
        {{VB_SECTION_BATTERY, zeros, sizeof zeros}, VB_ERR_TOO_LONG, 0},
        {{VB_SECTION_BATTERY, no_cells, 3}, VB_ERR_OUT_OF_RANGE, VB_SECTION_BATTERY},
    };
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        assert_int_equal(set(&cases[i].change, 1, &id), cases[i].err);
        assert_int_equal(bad_section, cases[i].bad_section);
    }
    assert_int_equal(reasons.count, 1);
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_BUSY);
}

static void the_newest_outcomes_can_be_asked_for_whatever_the_log_has_missed_A9(void **state)
{
    (void)state;
    const struct vb_section_change change = {VB_SECTION_BATTERY, ninety_cells, 3};
    uint64_t ids[VB_LOCAL_OUTCOMES_MAX + 1];
    assert_int_equal(outcome_of(0), VB_ERR_NOT_FOUND);
    assert_int_equal(outcome_of(12345), VB_ERR_NOT_FOUND);
    for (unsigned i = 0; i < VB_COUNT_OF(ids); i++) {
        assert_int_equal(set(&change, 1, &ids[i]), VB_ERR_OK);
        if (i == 0) /* the others change nothing more, so that nothing is stored */
            bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(outcome_of(ids[i]), VB_ERR_OK);
        bench.t.events.count = 0; /* the log has missed it */
    }
    assert_int_equal(outcome_of(ids[0]), VB_ERR_NOT_FOUND);
    for (unsigned i = 1; i < VB_COUNT_OF(ids); i++)
        assert_int_equal(outcome_of(ids[i]), VB_ERR_OK);
    assert_int_equal(outcome_of(0), VB_ERR_NOT_FOUND);
}

static void several_sections_change_in_one_commit_with_one_answer_A9(void **state)
{
    (void)state;
    const struct vb_section_change changes[] = {{VB_SECTION_BATTERY, ninety_cells, 3},
                                                {VB_SECTION_MQTT, login, sizeof login},
                                                {VB_SECTION_TELEMETRY, interval, sizeof interval}};
    uint64_t id;
    const unsigned before = bench.store.commits;
    assert_int_equal(set(changes, 3, &id), VB_ERR_OK);
    struct vb_event early;
    assert_false(bench_event(&bench, VB_EVENT_EDIT, &early)); /* not before it is durable */
    assert_int_equal(outcome_of(id), VB_ERR_BUSY);
    assert_int_equal(version_of(VB_SECTION_BATTERY), 1);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.store.commits, before + 1);
    assert_int_equal(answer_to(id).detail, VB_EDIT_APPLIED);
    size_t size;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(version_of(changes[i].section), 2);
    assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size), "key",
                        3);
}

static void another_server_does_not_get_the_password_at_this_boot_or_the_next_G0(void **state)
{
    (void)state;
    static const uint8_t server[] = {2, 3, 'l', 'a', 'n'};
    const struct vb_section_change with_password = {VB_SECTION_MQTT, login, sizeof login};
    const struct vb_section_change moved = {VB_SECTION_MQTT, server, sizeof server};
    uint64_t id;
    size_t size;
    assert_int_equal(set(&with_password, 1, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_non_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
    assert_int_equal(set(&moved, 1, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE); /* an edit that was not stored takes nothing away */
    assert_non_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
    bench_pass(&bench, 60000);
    assert_int_equal(set(&moved, 1, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
}

static void if_one_section_is_at_fault_none_changes_A9(void **state)
{
    (void)state;
    const struct vb_section_change good = {VB_SECTION_MQTT, login, sizeof login};
    const struct vb_section_change faults[] = {
        {VB_SECTION_BATTERY, no_cells, 3}, {15, ninety_cells, 3}, good};
    for (unsigned i = 0; i < VB_COUNT_OF(faults); i++) {
        const struct vb_section_change both[] = {good, faults[i]};
        uint64_t id;
        assert_int_not_equal(set(both, 2, &id), VB_ERR_OK);
        assert_int_equal(bad_section, faults[i].section);
        assert_int_equal(bench.store.token, 0);
        assert_int_equal(bench.store.batch_count, 0);
        assert_int_equal(version_of(VB_SECTION_MQTT), 1);
    }
}

static void a_commit_that_fails_changes_none_of_the_sections_and_no_secret_A9(void **state)
{
    (void)state;
    const struct vb_section_change changes[] = {{VB_SECTION_BATTERY, ninety_cells, 3},
                                                {VB_SECTION_MQTT, login, sizeof login}};
    uint64_t id;
    assert_int_equal(set(changes, 2, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    assert_int_equal(answer_to(id).detail, VB_EDIT_NOT_STORED);
    size_t size;
    assert_int_equal(version_of(VB_SECTION_BATTERY), 1);
    assert_int_equal(version_of(VB_SECTION_MQTT), 1);
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
}

static void one_in_doubt_is_answered_once_all_of_it_is_written_over_A9(void **state)
{
    (void)state;
    const struct vb_section_change changes[] = {{VB_SECTION_BATTERY, ninety_cells, 3},
                                                {VB_SECTION_MQTT, login, sizeof login}};
    uint64_t id;
    assert_int_equal(set(changes, 2, &id), VB_ERR_OK);
    const uint32_t token = memory_store_settle(&bench.store, true); /* it took it, and yet ... */
    vb_transmitter_committed(&bench.t, bench.now_ms, token, VB_ERR_UNCERTAIN);
    struct vb_event event;
    assert_false(bench_event(&bench, VB_EVENT_EDIT, &event));
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer_to(id).detail, VB_EDIT_NOT_STORED);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    size_t size;
    assert_int_equal(version_of(VB_SECTION_BATTERY), 1);
    assert_int_equal(version_of(VB_SECTION_MQTT), 1);
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size));
}

static void two_under_way_are_both_answered_as_what_they_became_A9(void **state)
{
    (void)state;
    const struct vb_section_change first = {VB_SECTION_MQTT, login, sizeof login};
    const struct vb_section_change second[] = {{VB_SECTION_BATTERY, ninety_cells, 3},
                                               {VB_SECTION_MQTT, other_login, sizeof other_login}};
    uint64_t id[2];
    assert_int_equal(set(&first, 1, &id[0]), VB_ERR_OK);
    assert_int_equal(set(second, 2, &id[1]), VB_ERR_OK); /* waits for the commit under way */
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer_to(id[0]).detail, VB_EDIT_APPLIED);
    bench_settle(&bench, VB_ERR_STORE);
    assert_int_equal(answer_to(id[1]).detail, VB_EDIT_NOT_STORED);
    size_t size;
    assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, PASSWORD, &size), "key",
                        3);
}

static void one_too_many_is_refused_as_such_and_changes_nothing_A9(void **state)
{
    (void)state;
    const struct vb_section_change change = {VB_SECTION_MQTT, login, sizeof login};
    uint64_t id;
    for (unsigned i = 0; i < VB_LOCAL_EDITS_MAX; i++)
        assert_int_equal(set(&change, 1, &id), VB_ERR_OK);
    assert_int_equal(set(&change, 1, &id), VB_ERR_BUSY);
}

static void what_changes_nothing_is_answered_without_a_commit_A12(void **state)
{
    (void)state;
    uint64_t id;
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_clear(&bench);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    assert_int_equal(bench.store.token, 0);
    assert_int_equal(answer_to(id).detail, VB_EDIT_APPLIED);
}

static void fragments_of_strangers_do_not_block_a_change_at_the_device(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= VB_EDITS_WAITING_MAX; id++) {
        uint8_t payload[VB_PAYLOAD_BYTES_MAX];
        struct vb_writer writer = vb_writer_of(payload, sizeof payload);
        const struct vb_edit_part part = {.id = id,
                                          .store_id = bench.t.store_id,
                                          .boot = bench.t.boot,
                                          .section = VB_SECTION_MQTT,
                                          .base_version = 1,
                                          .total = VB_EDIT_BYTES_MAX,
                                          .bytes = zeros,
                                          .size = VB_FRAGMENT_BYTES_MAX};
        vb_edit_part_write(&writer, &part);
        const struct vb_mac stranger = {{2, 9, 9, 9, 9, (uint8_t)id}};
        assert_int_equal(bench_hear(&bench, &stranger, VB_MESSAGE_EDIT, payload, writer.at),
                         VB_ERR_OK);
    }
    uint64_t id;
    bench_clear(&bench);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer_to(id).detail, VB_EDIT_APPLIED);
}

static void a_change_at_the_device_ends_a_trial_from_afar_A9(void **state)
{
    (void)state;
    bench.t.trial = true; /* as if an edit from afar had just been applied */
    bench.t.trial_section = VB_SECTION_NETWORK;
    bench.t.trial_ends_ms = bench.now_ms + bench.config.timing.trial;
    bench.t.trial_grace_ms = bench.now_ms;
    uint64_t id;
    assert_int_equal(bench_set(&bench, VB_SECTION_NETWORK, host_a, sizeof host_a, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_false(bench.t.trial);
    bench_pass(&bench, bench.config.timing.trial);
    assert_int_equal(bench.store.token, 0);
}

static void more_sections_than_there_are_is_too_long(void **state)
{
    (void)state;
    struct vb_section_change changes[VB_LOCAL_SECTIONS_MAX + 1];
    uint64_t id;
    for (unsigned i = 0; i < VB_COUNT_OF(changes); i++)
        changes[i] = (struct vb_section_change){VB_SECTION_BATTERY, ninety_cells, 3};
    assert_int_equal(set(changes, VB_COUNT_OF(changes), &id), VB_ERR_TOO_LONG);
    assert_int_equal(set(changes, 2, &id), VB_ERR_MALFORMED); /* one twice */
}

/* A field of later firmware makes a section so long, from the next boot on. */
static void fill_section(const char *key, uint8_t section, size_t size)
{
    enum { UNKNOWN_TAG = 200, ITEM_HEAD = 3 };
    uint8_t value[4 + 1024] = {1};
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, section);
    struct vb_writer writer = vb_writer_of(value, sizeof value);
    writer.at = 4; /* its version */
    vb_write_bytes(&writer, vb_cache_bytes(&bench.t.live, entry), entry->size);
    vb_write_u8(&writer, UNKNOWN_TAG);
    vb_write_varint(&writer, (uint32_t)(size - entry->size - ITEM_HEAD));
    vb_write_bytes(&writer, zeros, size - entry->size - ITEM_HEAD);
    assert_int_equal(writer.at, 4 + size);
    memory_store_plant_kept(&bench.store, key, value, writer.at);
}

/* One whose changes go on trial is kept beside what it was before. */
static void only_a_section_that_goes_on_trial_has_to_fit_its_way_back(void **state)
{
    (void)state;
    uint64_t id;
    bench.config.cache_size = BENCH_CACHE_BYTES;
    fill_section("+2", VB_SECTION_NETWORK, VB_TRIAL_BYTES_MAX);
    fill_section("+3", VB_SECTION_BATTERY, VB_TRIAL_BYTES_MAX + 100);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    const struct vb_section_change changes[] = {{VB_SECTION_NETWORK, host_a, sizeof host_a},
                                                {VB_SECTION_BATTERY, ninety_cells, 3}};
    assert_int_equal(set(&changes[0], 1, &id), VB_ERR_TOO_LONG);
    assert_int_equal(bad_section, VB_SECTION_NETWORK);
    assert_int_equal(bench.store.token, 0);
    assert_int_equal(set(&changes[1], 1, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
}

/* No one section is at fault. */
static void what_all_sections_together_have_no_room_for_is_refused_whole_A9(void **state)
{
    (void)state;
    uint64_t id;
    const struct vb_section_change change = {VB_SECTION_NETWORK, host_a, sizeof host_a};
    const uint16_t capacity = bench.t.live.capacity;
    bench.t.live.capacity = bench.t.live.used;
    assert_int_equal(set(&change, 1, &id), VB_ERR_TOO_LONG);
    assert_int_equal(bad_section, 0);
    assert_int_equal(bench.store.token, 0);
    bench.t.live.capacity = capacity;
    assert_int_equal(set(&change, 1, &id), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
}

static void what_another_change_has_ruled_out_meanwhile_is_refused_A9(void **state)
{
    (void)state;
    static const uint8_t lowest[] = {6, 2, 0x04, 0x10};  /* 4.1 V, below the highest */
    static const uint8_t highest[] = {7, 2, 0xa0, 0x0f}; /* 4.0 V, above the lowest there is now */
    uint64_t id[2];
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, lowest, 4, &id[0], &reasons), VB_ERR_OK);
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, highest, 4, &id[1], &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.store.token, 0);
    struct vb_event event;
    assert_true(bench_event(&bench, VB_EVENT_EDIT, &event)); /* the second answer */
    assert_true(event.id == id[1]);
    assert_int_equal(event.detail, VB_EDIT_REFUSED);
    assert_int_equal(event.err, VB_ERR_OUT_OF_RANGE);
    assert_int_equal(version_of(VB_SECTION_BATTERY), 2);
}

/* The batch that was to settle it was certainly not stored: what that says of it is nothing. */
static void one_in_doubt_stays_so_while_commits_fail_A9(void **state)
{
    (void)state;
    uint64_t id;
    struct vb_event event;
    assert_int_equal(bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, 3, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_UNCERTAIN);
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_STORE);
    assert_false(bench_event(&bench, VB_EVENT_EDIT, &event));
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer_to(id).detail, VB_EDIT_NOT_STORED);
}

static void a_stored_change_is_reported_with_its_section(void **state)
{
    (void)state;
    const struct vb_section_change change = {VB_SECTION_NETWORK, host_a, sizeof host_a};
    struct vb_event event = {0};
    uint64_t id;
    assert_int_equal(set(&change, 1, &id), VB_ERR_OK);
    assert_false(bench_event(&bench, VB_EVENT_SECTION, &event));
    bench_settle(&bench, VB_ERR_OK);
    assert_true(bench_event(&bench, VB_EVENT_SECTION, &event));
    assert_int_equal(event.section, VB_SECTION_NETWORK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stored_change_is_reported_with_its_section, booted),
        cmocka_unit_test_setup(a_change_at_the_device_is_refused_at_once, booted),
        cmocka_unit_test_setup(the_newest_outcomes_can_be_asked_for_whatever_the_log_has_missed_A9,
                               booted),
        cmocka_unit_test_setup(several_sections_change_in_one_commit_with_one_answer_A9, booted),
        cmocka_unit_test_setup(another_server_does_not_get_the_password_at_this_boot_or_the_next_G0,
                               booted),
        cmocka_unit_test_setup(if_one_section_is_at_fault_none_changes_A9, booted),
        cmocka_unit_test_setup(a_commit_that_fails_changes_none_of_the_sections_and_no_secret_A9,
                               booted),
        cmocka_unit_test_setup(one_in_doubt_is_answered_once_all_of_it_is_written_over_A9, booted),
        cmocka_unit_test_setup(two_under_way_are_both_answered_as_what_they_became_A9, booted),
        cmocka_unit_test_setup(one_too_many_is_refused_as_such_and_changes_nothing_A9, booted),
        cmocka_unit_test_setup(what_changes_nothing_is_answered_without_a_commit_A12, booted),
        cmocka_unit_test_setup(fragments_of_strangers_do_not_block_a_change_at_the_device, booted),
        cmocka_unit_test_setup(a_change_at_the_device_ends_a_trial_from_afar_A9, booted),
        cmocka_unit_test_setup(more_sections_than_there_are_is_too_long, booted),
        cmocka_unit_test_setup(only_a_section_that_goes_on_trial_has_to_fit_its_way_back, booted),
        cmocka_unit_test_setup(what_all_sections_together_have_no_room_for_is_refused_whole_A9,
                               booted),
        cmocka_unit_test_setup(what_another_change_has_ruled_out_meanwhile_is_refused_A9, booted),
        cmocka_unit_test_setup(one_in_doubt_stays_so_while_commits_fail_A9, booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
