/* What a transmitter answers to requests, and what it puts into its beacons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

static struct transmitter_bench bench;

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static void ask(const struct vb_mac *from, uint32_t store_id, const struct vb_request_item *item)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_write_u32(&writer, store_id);
    vb_request_item_write(&writer, item);
    assert_int_equal(bench_hear(&bench, from, VB_MESSAGE_REQUEST, payload, writer.at), VB_ERR_OK);
}

/* What is held is exactly what the transmitter has. */
static struct vb_request_item held(uint8_t section)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, section);
    return (struct vb_request_item){
        .id = section,
        .have_version = entry->version,
        .have_hash = vb_section_hash(vb_cache_bytes(&bench.t.live, entry), entry->size)};
}

/* The first record of the newest frame of that message. */
static struct vb_record record_in(uint8_t message)
{
    const struct vb_frame *frame = &bench.frame[message];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_data_head head;
    struct vb_beacon beacon;
    struct vb_record record;
    if (message == VB_MESSAGE_DATA) {
        assert_int_equal(vb_data_head_read(&reader, &head), VB_ERR_OK);
    } else {
        assert_int_equal(vb_beacon_read(&reader, &beacon), VB_ERR_OK);
        reader = vb_reader_of(beacon.records, beacon.records_size);
    }
    assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record), VB_ERR_OK);
    return record;
}

static void set(uint8_t section, const struct vb_writer *changes)
{
    uint64_t id;
    struct vb_reasons reasons = {0};
    assert_int_equal(bench_set(&bench, section, changes->bytes, changes->at, &id, &reasons),
                     VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
}

/* One value of each kind is left: of two fragments one. */
static void shrink_profile(void)
{
    static const char *const names[] = {"charge_limit_w", "discharge_limit_w", "soc_reserve_pct"};
    const struct vb_section *schema = vb_section_by_id(VB_SECTION_POWER_PROFILE);
    uint8_t bytes[64];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    const uint32_t item = 1;
    for (size_t i = 0; i < VB_COUNT_OF(names); i++)
        vb_change_items(&changes, vb_field_by_name(schema, names[i]), &item, 1);
    set(VB_SECTION_POWER_PROFILE, &changes);
}

/* ---- Who it is ---- */

static uint32_t said_at_ms; /* of the newest beacon */

static uint32_t store_in_beacon(void)
{
    bench_clear(&bench);
    while (bench.sent[VB_MESSAGE_BEACON] == 0) {
        bench_pass(&bench, 100);
        bench_output(&bench);
    }
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_BEACON];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_beacon beacon;
    assert_int_equal(vb_beacon_read(&reader, &beacon), VB_ERR_OK);
    assert_int_equal(beacon.boot, bench.t.boot);
    said_at_ms = bench.now_ms;
    return beacon.store_id;
}

static void expect_store_said_for_60_s(uint32_t from_ms)
{
    unsigned said = 0;
    for (unsigned later = 0; later < 100; later++) {
        const uint32_t store_id = store_in_beacon();
        assert_int_equal(store_id, said_at_ms - from_ms < 60000 ? bench.t.store_id : 0);
        said += store_id != 0;
    }
    assert_true(said >= 4); /* every 15 s at the latest */
}

static void beacons_say_the_store_for_the_first_minute_of_a_boot_A8(void **state)
{
    (void)state;
    expect_store_said_for_60_s(bench.now_ms - 1);
}

/* A store may take its time, or refuse: the minute begins with the first beacon. */
static void the_minute_in_which_the_store_is_said_begins_when_it_is_told_A8(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_pass(&bench, 59500);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
    bench_settle(&bench, VB_ERR_OK);
    expect_store_said_for_60_s(bench.now_ms);
}

/* ---- Requests ---- */

static void only_a_receiver_with_the_same_bytes_gets_the_answer_same_A8(void **state)
{
    (void)state;
    const struct vb_request_item right = held(VB_SECTION_BATTERY);
    struct vb_request_item other_version = right;
    struct vb_request_item other_hash = right;
    other_version.have_version++;
    other_hash.have_hash ^= 1;
    const struct {
        const struct vb_request_item *item;
        uint32_t store_id;
        uint8_t form;
    } cases[] = {
        {&right, bench.t.store_id, VB_RECORD_SAME},
        {&right, bench.t.store_id + 1, VB_RECORD_WHOLE},
        {&other_version, bench.t.store_id, VB_RECORD_WHOLE},
        {&other_hash, bench.t.store_id, VB_RECORD_WHOLE},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        bench_clear(&bench);
        ask(&bench_alice, cases[i].store_id, cases[i].item);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_DATA], 1);
        assert_int_equal(record_in(VB_MESSAGE_DATA).form, cases[i].form);
    }
}

static void missing_fragments_alone_are_sent_and_without_any_the_whole_A11(void **state)
{
    (void)state;
    const uint32_t version = vb_transmitter_section(&bench.t, VB_SECTION_POWER_PROFILE)->version;
    const struct {
        uint32_t partial_version;
        uint32_t missing;
        unsigned frames;
        uint8_t last_index;
    } cases[] = {
        {version, 2, 1, 1}, {version, 1, 1, 0},     {version, 4, 2, 1}, /* no such fragment */
        {version, 0, 2, 1}, {version + 1, 2, 2, 1},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        bench_clear(&bench);
        const struct vb_request_item item = {.id = VB_SECTION_POWER_PROFILE,
                                             .partial_version = cases[i].partial_version,
                                             .missing = cases[i].missing};
        ask(&bench_alice, bench.t.store_id, &item);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_DATA], cases[i].frames);
        assert_int_equal(record_in(VB_MESSAGE_DATA).index, cases[i].last_index);
    }
}

static void what_is_gone_when_its_turn_comes_is_not_sent(void **state)
{
    (void)state;
    const struct vb_request_item item = {
        .id = VB_SECTION_POWER_PROFILE, .partial_version = 1, .missing = 2};
    ask(&bench_alice, bench.t.store_id, &item);
    shrink_profile();
    bench_pass(&bench, 10);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 0);
    assert_false(bench.t.answer_due);
    const struct vb_request_item unknown = {.id = 15};
    ask(&bench_alice, bench.t.store_id, &unknown);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 0);
}

static void an_answer_that_two_wait_for_is_broadcast_once(void **state)
{
    (void)state;
    const struct vb_request_item item = {.id = VB_SECTION_BATTERY};
    bench_prove(&bench, &bench_alice);
    bench_prove(&bench, &bench_bob);
    ask(&bench_alice, 0, &item);
    bench_clear(&bench);
    ask(&bench_bob, 0, &item);
    ask(&bench_bob, 0, &item);
    ask(&bench_alice, 0, &item);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 0);
    bench_pass(&bench, bench.config.timing.answer_hold);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 1);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_DATA], &vb_mac_broadcast));
}

static void an_answer_that_one_asked_for_twice_is_for_that_one(void **state)
{
    (void)state;
    const struct vb_request_item item = {.id = VB_SECTION_BATTERY};
    bench_prove(&bench, &bench_bob);
    ask(&bench_alice, 0, &item);
    ask(&bench_alice, 0, &item);
    bench_pass(&bench, bench.config.timing.answer_hold);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 1);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_DATA], &bench_alice));
}

static void who_asks_without_end_gets_no_more_than_the_air_has_E1a(void **state)
{
    (void)state;
    const struct vb_request_item item = {.id = VB_SECTION_POWER_PROFILE}; /* of two frames */
    for (unsigned ms = 0; ms < 10000; ms += 10) {
        ask(&bench_alice, 0, &item);
        bench_pass(&bench, 10);
        bench_output(&bench);
    }
    assert_in_range(bench.sent[VB_MESSAGE_DATA], 300, 640); /* 1.8 ms each; unbounded: 2000 */
    bench_pass(&bench, 1000);
    bench_output(&bench);
    assert_false(bench.t.answer_due); /* what waits goes out in its time */
}

static void what_does_not_fit_one_answer_goes_into_the_next_A2(void **state)
{
    (void)state;
    static const uint8_t same[] = {VB_SECTION_INVERTER, VB_SECTION_CAN, VB_SECTION_CONTACTOR,
                                   VB_SECTION_TELEMETRY, VB_SECTION_METADATA};
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, VB_SECTION_POWER_PROFILE);
    const struct vb_request_item first = {
        .id = VB_SECTION_POWER_PROFILE, .partial_version = entry->version, .missing = 1};
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_write_u32(&writer, bench.t.store_id);
    vb_request_item_write(&writer, &first);
    for (size_t i = 0; i < VB_COUNT_OF(same); i++) {
        const struct vb_request_item item = held(same[i]);
        vb_request_item_write(&writer, &item);
    }
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_REQUEST, payload, writer.at),
                     VB_ERR_OK);
    bench_output(&bench); /* a fragment of 200 bytes leaves no room for all five */
    assert_int_equal(bench.sent[VB_MESSAGE_DATA], 2);
    assert_int_equal(bench.t.answer_same, 0);
    assert_false(bench.t.answer_due);
}

/* ---- What stands in a beacon ---- */

static void a_beacon_carries_the_smaller_of_the_change_and_the_whole(void **state)
{
    const struct vb_section *schema = vb_section_by_id(VB_SECTION_TELEMETRY);
    uint8_t bytes[64];
    struct vb_writer one = vb_writer_of(bytes, sizeof bytes);
    const struct vb_section *battery = vb_section_by_id(VB_SECTION_BATTERY);
    vb_change_integer(&one, vb_field_by_name(battery, "cell_count"), 90);
    set(VB_SECTION_BATTERY, &one);
    bench_output(&bench);
    assert_int_equal(record_in(VB_MESSAGE_BEACON).form, VB_RECORD_DELTA);

    assert_int_equal(booted(state), 0);
    struct vb_writer every = vb_writer_of(bytes, sizeof bytes);
    for (uint8_t i = 0; i < schema->field_count; i++)
        vb_change_integer(&every, &schema->fields[i], schema->fields[i].min);
    set(VB_SECTION_TELEMETRY, &every);
    bench_output(&bench);
    assert_int_equal(record_in(VB_MESSAGE_BEACON).id, VB_SECTION_TELEMETRY);
    assert_int_equal(record_in(VB_MESSAGE_BEACON).form, VB_RECORD_WHOLE);
}

/* Starts a change and leaves its commit to be settled. */
static void begin_change(uint8_t section, const char *field, uint32_t value)
{
    const struct vb_section *schema = vb_section_by_id(section);
    uint8_t bytes[64];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    vb_change_integer(&changes, vb_field_by_name(schema, field), value);
    uint64_t id;
    struct vb_reasons reasons = {0};
    assert_int_equal(bench_set(&bench, section, changes.bytes, changes.at, &id, &reasons),
                     VB_ERR_OK);
}

static void a_section_of_several_fragments_is_never_begun_in_a_beacon_A11(void **state)
{
    (void)state;
    begin_change(VB_SECTION_BATTERY, "cell_count", 90);
    begin_change(VB_SECTION_BATTERY, "cell_count", 91); /* these two share the next commit */
    begin_change(VB_SECTION_POWER_PROFILE, "enabled", 1);
    bench_settle(&bench, VB_ERR_OK);
    bench_clear(&bench);
    bench_settle(&bench, VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_BEACON];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_beacon beacon;
    assert_int_equal(vb_beacon_read(&reader, &beacon), VB_ERR_OK);
    struct vb_reader records = vb_reader_of(beacon.records, beacon.records_size);
    struct vb_record record = {0};
    assert_int_equal(vb_record_read(&records, &vb_room_plain, &record), VB_ERR_OK);
    assert_int_equal(record.id, VB_SECTION_BATTERY);
    assert_int_equal(vb_reader_left(&records), 0);
}

static void a_section_of_several_fragments_is_sent_as_its_change_A11(void **state)
{
    (void)state;
    begin_change(VB_SECTION_POWER_PROFILE, "enabled", 1);
    bench_settle(&bench, VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(record_in(VB_MESSAGE_BEACON).id, VB_SECTION_POWER_PROFILE);
    assert_int_equal(record_in(VB_MESSAGE_BEACON).form, VB_RECORD_DELTA);
}

static void a_change_too_large_to_send_by_itself_is_left_to_be_requested_A11(void **state)
{
    (void)state;
    static const char *const names[] = {"charge_limit_w", "discharge_limit_w", "soc_reserve_pct"};
    const struct vb_section *schema = vb_section_by_id(VB_SECTION_POWER_PROFILE);
    uint8_t bytes[300];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    uint32_t items[48];
    for (size_t i = 0; i < VB_COUNT_OF(items); i++)
        items[i] = 7;
    for (size_t i = 0; i < VB_COUNT_OF(names); i++)
        vb_change_items(&changes, vb_field_by_name(schema, names[i]), items, VB_COUNT_OF(items));
    set(VB_SECTION_POWER_PROFILE, &changes);
    bench_output(&bench);
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_BEACON];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_beacon beacon;
    assert_int_equal(vb_beacon_read(&reader, &beacon), VB_ERR_OK);
    assert_int_equal(beacon.records_size, 0);
    assert_int_equal(bench.t.delta.section, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(beacons_say_the_store_for_the_first_minute_of_a_boot_A8, booted),
        cmocka_unit_test_setup(the_minute_in_which_the_store_is_said_begins_when_it_is_told_A8,
                               booted),
        cmocka_unit_test_setup(only_a_receiver_with_the_same_bytes_gets_the_answer_same_A8, booted),
        cmocka_unit_test_setup(missing_fragments_alone_are_sent_and_without_any_the_whole_A11,
                               booted),
        cmocka_unit_test_setup(what_is_gone_when_its_turn_comes_is_not_sent, booted),
        cmocka_unit_test_setup(an_answer_that_two_wait_for_is_broadcast_once, booted),
        cmocka_unit_test_setup(a_beacon_carries_the_smaller_of_the_change_and_the_whole, booted),
        cmocka_unit_test_setup(an_answer_that_one_asked_for_twice_is_for_that_one, booted),
        cmocka_unit_test_setup(a_section_of_several_fragments_is_never_begun_in_a_beacon_A11,
                               booted),
        cmocka_unit_test_setup(a_section_of_several_fragments_is_sent_as_its_change_A11, booted),
        cmocka_unit_test_setup(who_asks_without_end_gets_no_more_than_the_air_has_E1a, booted),
        cmocka_unit_test_setup(what_does_not_fit_one_answer_goes_into_the_next_A2, booted),
        cmocka_unit_test_setup(a_change_too_large_to_send_by_itself_is_left_to_be_requested_A11,
                               booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
