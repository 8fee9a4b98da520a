/* The transmitter device among seams in memory: settings, status, the link, the broker. Its
 * readings are in test_transmitter_feed.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/transmitter_device_bench.h"

static struct device_bench bench;

static int booted(void **state)
{
    (void)state;
    device_bench_new(&bench);
    device_bench_boot(&bench);
    return 0;
}

/* ---- Settings: the table ---- */

/* Whether the schema says that something acts on the section here. A name and what stands in the
 * metadata act by being shown. */
static bool says_it_acts(const struct vb_section *section)
{
    static const char *const ours[] = {"the transmitter's "};
    for (uint8_t i = 0; i < section->field_count; i++) {
        const char *acts = section->fields[i].acts;
        if (acts != NULL && strncmp(acts, ours[0], strlen(ours[0])) == 0)
            return true;
    }
    return false;
}

static void a_section_has_a_row_where_the_schema_says_that_it_acts_and_nowhere_else(void **state)
{
    (void)state;
    unsigned with = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner != VB_OWNER_TRANSMITTER)
            continue;
        const bool has = vb_settings_table_has(&vb_transmitter_settings_table, vb_sections[i].id);
        if (has != says_it_acts(&vb_sections[i]))
            fail_msg("section %s: a row %s, and the schema says otherwise", vb_sections[i].name,
                     has ? "acts on it" : "is missing");
        with += has;
    }
    assert_true(with > 0); /* or nothing was compared */
}

static void three_starts_on_one_store_put_the_same_settings_in_force(void **state)
{
    (void)state;
    device_bench_new(&bench);
    for (unsigned start = 1; start <= 3; start++) {
        bench.can_configured = 0;
        bench.configured = 0;
        bench.network_applied = 0;
        bench.can.listen_only = true;
        device_bench_boot(&bench);
        assert_true(bench.can_configured >= 1);
        assert_true(bench.configured >= 1);
        assert_true(bench.network_applied >= 1);
        assert_false(bench.can.listen_only);
        assert_int_equal(bench.broker_settings.port, 1883);
        assert_int_equal(bench.network_values.mode, VB_ADDRESSING_DHCP);
    }
}

static void what_was_set_before_a_restart_is_in_force_after_it(void **state)
{
    (void)state;
    device_bench_set(&bench, "can", "listen_only", "on");
    device_bench_set(&bench, "mqtt", "keepalive_s", "77");
    device_bench_set(&bench, "network", "hostname", "cellar");
    memset(&bench.can, 0, sizeof bench.can);
    memset(&bench.broker_settings, 0, sizeof bench.broker_settings);
    memset(&bench.network_values, 0, sizeof bench.network_values);
    device_bench_boot(&bench);
    assert_true(bench.can.listen_only);
    assert_int_equal(bench.broker_settings.keepalive_s, 77);
    assert_string_equal(bench.network_values.hostname, "cellar");
}

/* ---- Settings: each one that acts ---- */

static void every_setting_of_mqtt_reaches_the_broker(void **state)
{
    (void)state;
    const struct {
        const char *field;
        const char *text;
    } set[] = {{"server", "192.168.1.221"}, {"enabled", "on"},      {"port", "8883"},
               {"username", "pack"},        {"password", "sesame"}, {"client_id", "cellar"},
               {"prefix", "house/battery"}, {"keepalive_s", "5"}};
    for (size_t i = 0; i < VB_COUNT_OF(set); i++)
        device_bench_set(&bench, "mqtt", set[i].field, set[i].text);
    const struct vb_broker_settings *settings = &bench.broker_settings;
    assert_true(settings->enabled);
    assert_string_equal(settings->server, "192.168.1.221");
    assert_int_equal(settings->port, 8883);
    assert_string_equal(settings->username, "pack");
    assert_string_equal(settings->client_id, "cellar");
    assert_string_equal(settings->prefix, "house/battery");
    assert_int_equal(settings->keepalive_s, 5);
    assert_string_equal(settings->password, "sesame");
}

static void a_broker_sees_a_client_of_the_transmitters_address_where_none_is_chosen(void **state)
{
    (void)state;
    assert_string_equal(bench.broker_settings.client_id, "voltbeacon-020000000001");
}

static void a_change_acts_once_and_on_its_own_section_alone(void **state)
{
    (void)state;
    const unsigned configured = bench.configured;
    const unsigned network = bench.network_applied;
    const unsigned can = bench.can_configured;
    device_bench_set(&bench, "can", "ignored_ids", "1971,291");
    assert_int_equal(bench.can_configured, can + 1);
    assert_int_equal(bench.can.ignored_ids_count, 2);
    assert_int_equal(bench.can.ignored_ids[0], 1971);
    assert_int_equal(bench.configured, configured);
    assert_int_equal(bench.network_applied, network);
    device_bench_live(&bench, 60000);
    assert_int_equal(bench.can_configured, can + 1);
}

/* Of one edit: a section that acts, and after it one that acts on nothing. */
static void what_acts_is_not_forgotten_over_what_does_not(void **state)
{
    (void)state;
    static const struct {
        uint8_t section;
        const char *field;
        const char *text;
    } sets[2] = {{VB_SECTION_MQTT, "port", "1884"}, {VB_SECTION_CONTACTOR, "precharge_ms", "4000"}};
    struct vb_section_change changes[2];
    uint8_t bytes[2][16];
    for (unsigned i = 0; i < 2; i++) {
        const struct vb_section *section = vb_section_by_id(sets[i].section);
        const int size = vb_field_parse(vb_field_by_name(section, sets[i].field), sets[i].text,
                                        bytes[i], sizeof bytes[i]);
        assert_true(size > 0);
        changes[i] = (struct vb_section_change){section->id, bytes[i], (size_t)size};
    }
    struct vb_reasons reasons = {0};
    uint8_t bad_section;
    uint64_t id;
    bench.broker_status.connected = true;
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    assert_int_equal(vb_transmitter_set(&bench.device.core, bench.clock.now_ms, changes, 2, &id,
                                        &bad_section, &reasons),
                     VB_ERR_OK);
    const unsigned configured = bench.configured;
    bench.broker_status.connected = false; /* as the client says once it has new settings */
    device_bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.configured, configured + 1);
    assert_false(bench.device.core.runtime.flags & VB_RUNTIME_MQTT_CONNECTED);
}

static void a_change_that_the_store_refused_does_not_act(void **state)
{
    (void)state;
    const unsigned can = bench.can_configured;
    const struct vb_section *section = vb_section_by_id(VB_SECTION_CAN);
    uint8_t bytes[16];
    const int size =
        vb_field_parse(vb_field_by_name(section, "listen_only"), "on", bytes, sizeof bytes);
    const struct vb_section_change change = {VB_SECTION_CAN, bytes, (size_t)size};
    struct vb_reasons reasons = {0};
    uint8_t bad_section;
    uint64_t id;
    assert_int_equal(vb_transmitter_set(&bench.device.core, bench.clock.now_ms, &change, 1, &id,
                                        &bad_section, &reasons),
                     VB_ERR_OK);
    device_bench_settle(&bench, VB_ERR_STORE);
    assert_int_equal(bench.can_configured, can);
}

static void a_flood_of_refused_frames_between_commit_and_output_hides_no_change(void **state)
{
    (void)state;
    const unsigned can = bench.can_configured;
    const struct vb_section *section = vb_section_by_id(VB_SECTION_CAN);
    uint8_t bytes[16];
    const int size =
        vb_field_parse(vb_field_by_name(section, "listen_only"), "on", bytes, sizeof bytes);
    const struct vb_section_change change = {VB_SECTION_CAN, bytes, (size_t)size};
    struct vb_reasons reasons = {0};
    uint8_t bad_section;
    uint64_t id;
    assert_int_equal(vb_transmitter_set(&bench.device.core, bench.clock.now_ms, &change, 1, &id,
                                        &bad_section, &reasons),
                     VB_ERR_OK);
    const uint32_t token = memory_store_settle(&bench.core.store, true);
    vb_transmitter_device_committed(&bench.device, &bench.clock, token, VB_ERR_OK);
    const uint8_t garbage[20] = {0};
    const struct vb_link_frame frame = {
        .src = bench_bob, .dst = bench_mac, .bytes = garbage, .size = sizeof garbage};
    for (unsigned i = 0; i < 1000; i++)
        (void)vb_transmitter_device_input(&bench.device, &bench.clock, &frame);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_int_equal(bench.can_configured, can + 1);
    assert_true(bench.can.listen_only);
}

static void a_device_without_broker_network_source_and_sink_runs(void **state)
{
    (void)state;
    device_bench_new(&bench);
    const struct vb_transmitter_device_config config = {.core = &bench.core.config,
                                                        .link = &bench.link};
    assert_int_equal(vb_transmitter_device_init(&bench.device, &config, &bench.clock), VB_ERR_OK);
    device_bench_settle(&bench, VB_ERR_OK);
    device_bench_set(&bench, "mqtt", "port", "1884");
    device_bench_set(&bench, "network", "hostname", "cellar");
    device_bench_set(&bench, "can", "listen_only", "on");
    device_bench_live(&bench, 30000);
    vb_transmitter_device_goodbye(&bench.device);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_true(bench.frames[VB_MESSAGE_GOODBYE] > 0);
}

/* ---- Status ---- */

static void the_brokers_state_is_beaconed_at_once_A5(void **state)
{
    (void)state;
    const unsigned beacons = bench.frames[VB_MESSAGE_BEACON];
    bench.broker_status.connected = true;
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_int_equal(bench.frames[VB_MESSAGE_BEACON], beacons + 1);
    assert_true(bench.device.core.runtime.flags & VB_RUNTIME_MQTT_CONNECTED);
    bench.broker_status.connected = false;
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_int_equal(bench.frames[VB_MESSAGE_BEACON], beacons + 2);
    assert_false(bench.device.core.runtime.flags & VB_RUNTIME_MQTT_CONNECTED);
}

static void another_broker_is_not_called_connected_because_the_one_before_was(void **state)
{
    (void)state;
    bench.broker_status.connected = true;
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    bench.broker_status.connected = false; /* as the client says once it has new settings */
    device_bench_set(&bench, "mqtt", "port", "1884");
    assert_false(bench.device.core.runtime.flags & VB_RUNTIME_MQTT_CONNECTED);
}

static void why_the_broker_cannot_be_reached_is_beaconed_at_once_A5(void **state)
{
    (void)state;
    const struct vb_runtime *runtime = &bench.device.core.runtime;
    for (unsigned fault = VB_MQTT_FAULT_OTHER; fault < VB_MQTT_FAULT_COUNT; fault++) {
        const unsigned beacons = bench.frames[VB_MESSAGE_BEACON];
        bench.broker_status.fault = (enum vb_mqtt_fault)fault;
        vb_transmitter_device_broker(&bench.device, &bench.clock);
        vb_transmitter_device_output(&bench.device, &bench.clock);
        assert_int_equal(bench.frames[VB_MESSAGE_BEACON], beacons + 1);
        assert_true(runtime->flags & VB_RUNTIME_MQTT_FAULT);
        assert_int_equal(runtime->mqtt_fault, fault);
    }
    bench.broker_status = (struct vb_broker_status){.connected = true};
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    assert_false(runtime->flags & VB_RUNTIME_MQTT_FAULT);
    assert_int_equal(runtime->mqtt_fault, 0);
}

static void the_address_is_beaconed_where_it_is_known(void **state)
{
    (void)state;
    const uint8_t ip[4] = {192, 168, 1, 7};
    vb_transmitter_device_address(&bench.device, &bench.clock, true, ip);
    const struct vb_runtime *runtime = &bench.device.core.runtime;
    assert_true(runtime->flags & VB_RUNTIME_ETHERNET_UP);
    assert_true(runtime->flags & VB_RUNTIME_IP_KNOWN);
    assert_memory_equal(runtime->ip, ip, sizeof ip);
    vb_transmitter_device_address(&bench.device, &bench.clock, false, NULL);
    assert_false(runtime->flags & (VB_RUNTIME_ETHERNET_UP | VB_RUNTIME_IP_KNOWN));
    assert_int_equal(runtime->ip[0], 0);
}

/* It was stopped in a debugger, say, and a frame is there before it looks at the time. */
static void a_frame_after_a_pause_is_answered_with_the_current_state_A5(void **state)
{
    (void)state;
    device_bench_reading(&bench);
    device_bench_live(&bench, 10);
    assert_true(bench.device.core.runtime.flags & VB_RUNTIME_SOURCE_OK);
    bench.clock.now_ms += 33000;
    assert_int_equal(device_bench_hear(&bench, &bench_alice), VB_ERR_OK);
    assert_false(bench.device.core.runtime.flags & VB_RUNTIME_SOURCE_OK);
    device_bench_reading(&bench);
    assert_true(bench.device.core.runtime.flags & VB_RUNTIME_SOURCE_OK);
}

/* ---- The link ---- */

static void an_authentic_frame_teaches_the_link_where_its_sender_is(void **state)
{
    (void)state;
    assert_int_equal(device_bench_hear(&bench, &bench_alice), VB_ERR_OK);
    assert_int_equal(bench.learnt, 1);
    const uint8_t garbage[20] = {0};
    const struct vb_link_frame frame = {
        .src = bench_bob, .dst = bench_mac, .bytes = garbage, .size = sizeof garbage};
    assert_int_not_equal(vb_transmitter_device_input(&bench.device, &bench.clock, &frame),
                         VB_ERR_OK);
    assert_int_equal(bench.learnt, 1);
    assert_int_equal(bench.forgotten, 0);
}

/* So many frames went to Alice alone. */
static unsigned greet(void)
{
    memset(bench.frames, 0, sizeof bench.frames);
    assert_int_equal(device_bench_hear(&bench, &bench_alice), VB_ERR_OK);
    device_bench_live(&bench, 100);
    return bench.frames[VB_MESSAGE_HELLO_ACK];
}

static void what_a_link_says_at_once_of_delivery_counts_for_who_is_reached_C2(void **state)
{
    (void)state;
    static const struct {
        enum vb_link_sent sent;
        unsigned failures;
    } cases[] = {
        {VB_LINK_SENT, 0}, {VB_LINK_LOST, 1}, {VB_LINK_DELIVERED, 0}, {VB_LINK_PENDING, 0}};
    assert_int_equal(greet(), 1);
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        bench.sent = cases[i].sent;
        assert_int_equal(greet(), 1);
        assert_int_equal(account_of(&bench.device.core, &bench_alice)->failures, cases[i].failures);
    }
}

static void what_a_link_says_later_of_delivery_counts_for_who_is_reached_C2(void **state)
{
    (void)state;
    assert_int_equal(greet(), 1);
    vb_transmitter_device_sent(&bench.device, &bench.clock, &bench_alice, false);
    assert_int_equal(account_of(&bench.device.core, &bench_alice)->failures, 1);
    vb_transmitter_device_sent(&bench.device, &bench.clock, &bench_alice, true);
    assert_int_equal(account_of(&bench.device.core, &bench_alice)->failures, 0);
}

static void what_a_link_says_of_a_broadcast_counts_for_nobody_C2(void **state)
{
    (void)state;
    assert_int_equal(greet(), 1);
    bench.sent = VB_LINK_LOST;
    bench.broker_status.connected = true;
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    memset(bench.frames, 0, sizeof bench.frames);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_int_equal(bench.frames[VB_MESSAGE_BEACON], 1);
    assert_true(vb_mac_equal(&bench.to[VB_MESSAGE_BEACON], &vb_mac_broadcast));
    assert_int_equal(account_of(&bench.device.core, &bench_alice)->failures, 0);
}

/* ---- Time ---- */

static void it_wakes_no_later_than_the_core(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        const uint32_t wait = vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock);
        assert_true(wait <= vb_transmitter_wakeup_ms(&bench.device.core, bench.clock.now_ms));
        device_bench_jump(&bench, wait == 0 ? 1 : wait);
    }
}

static void the_end_is_announced_on_the_link_and_at_the_broker_H1(void **state)
{
    (void)state;
    device_bench_reading(&bench);
    assert_int_equal(bench.available, true);
    vb_transmitter_device_goodbye(&bench.device);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    assert_int_equal(bench.available, false);
    assert_true(bench.frames[VB_MESSAGE_GOODBYE] > 0);
}

static void events_go_to_the_sink(void **state)
{
    (void)state;
    assert_int_equal(bench.events[VB_EVENT_COMMITTED], 1);
    device_bench_set(&bench, "can", "listen_only", "on");
    assert_int_equal(bench.events[VB_EVENT_EDIT], 1);
}

static void a_store_that_cannot_be_read_stops_the_start(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.core.store.failing = "head";
    bench.core.store.failure = VB_ERR_STORE;
    assert_int_equal(device_bench_init(&bench), VB_ERR_STORE);
    assert_true(vb_transmitter_device_goes_on(VB_ERR_STORE));
    assert_false(vb_transmitter_device_goes_on(VB_ERR_CORRUPT));
    assert_false(vb_transmitter_device_is_booting(&bench.device)); /* no number is on its way */
    assert_int_equal(bench.configured, 0);
}

static void a_store_that_cannot_be_read_is_tried_again_and_nothing_goes_out_before(void **state)
{
    (void)state;
    device_bench_set(&bench, "mqtt", "publish_interval_ms", "5000");
    const uint16_t epoch = bench.device.core.epoch;
    bench.core.store.failing = "+1";
    bench.core.store.failure = VB_ERR_STORE;
    bench.configured = 0;
    memset(bench.frames, 0, sizeof bench.frames);
    assert_int_equal(device_bench_init(&bench), VB_ERR_STORE);
    for (unsigned second = 0; second < 25; second++) {
        device_bench_jump(&bench, 1000);
        assert_in_range(vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock), 0, 10000);
        vb_transmitter_device_tick(&bench.device, &bench.clock);
        vb_transmitter_device_output(&bench.device, &bench.clock);
    }
    assert_false(bench.device.booted);
    assert_int_equal(bench.configured, 0); /* defaults are not in force either */
    assert_int_equal(bench.core.store.token, 0);
    for (unsigned i = 0; i < BENCH_MESSAGES; i++)
        assert_int_equal(bench.frames[i], 0);
    bench.core.store.failing = NULL;
    device_bench_jump(&bench, 10000);
    vb_transmitter_device_tick(&bench.device, &bench.clock);
    assert_true(bench.device.booted);
    device_bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.device.core.epoch, epoch + 1);
    assert_int_equal(bench.configured, 1);
    assert_int_equal(bench.frames[VB_MESSAGE_BEACON], 1);
    assert_int_equal(bench.device.publish_interval_ms, 5000);
}

static void forget_address(void *ctx, const struct vb_mac *mac)
{
    (void)ctx;
    fail_msg("the address of %02x is forgotten", mac->bytes[5]);
}

/* Whoever sends it has not heard of the reboot yet: it is where it was. */
static void an_edit_for_an_earlier_boot_changes_no_address(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const uint8_t change[] = {1, 1, 0};
    const struct vb_mac from = {{2, 0, 0, 0, 1, 1}};
    struct vb_frame frame = {.message = VB_MESSAGE_EDIT, .epoch = 1, .seq = 1};
    const struct vb_edit_part part = {.id = 1,
                                      .store_id = bench.device.core.store_id,
                                      .boot = bench.device.core.boot + 1,
                                      .section = VB_SECTION_MQTT,
                                      .total = sizeof change,
                                      .bytes = change,
                                      .size = sizeof change};
    struct vb_writer writer =
        vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, vb_room_plain.payload_bytes_max);
    vb_edit_part_write(&writer, &part);
    frame.payload_size = writer.at;
    const size_t size = vb_frame_finish(&vb_room_plain, &frame, &from, &bench_mac, bytes);
    const struct vb_link_frame came = {
        .src = from, .dst = bench_mac, .bytes = bytes, .size = (uint16_t)size};
    bench.link.forget = forget_address;
    assert_int_equal(vb_transmitter_device_input(&bench.device, &bench.clock, &came), VB_ERR_OLD);
}

static void a_start_continues_only_if_the_store_may_be_readable_later(void **state)
{
    (void)state;
    assert_true(vb_transmitter_device_goes_on(VB_ERR_OK));
    assert_true(vb_transmitter_device_goes_on(VB_ERR_STORE));
    assert_false(vb_transmitter_device_goes_on(VB_ERR_CORRUPT));
    assert_false(vb_transmitter_device_goes_on(VB_ERR_TOO_LONG));
}

/* From its first batch on until that is answered, whatever the answer is. */
static void it_is_booting_while_its_first_batch_is_under_way(void **state)
{
    (void)state;
    device_bench_new(&bench);
    assert_false(vb_transmitter_device_is_booting(&bench.device));
    assert_int_equal(device_bench_init(&bench), VB_ERR_OK);
    assert_true(vb_transmitter_device_is_booting(&bench.device));
    device_bench_settle(&bench, VB_ERR_STORE);
    assert_false(vb_transmitter_device_is_booting(&bench.device));
    device_bench_boot(&bench);
    assert_false(vb_transmitter_device_is_booting(&bench.device));
    /* Where a section is to be added it is silent for some more attempts: none waits for them. */
    memory_store_erase(&bench.core.store, "+1");
    memory_store_commit(&bench.core.store, 1);
    (void)memory_store_settle(&bench.core.store, true);
    assert_int_equal(device_bench_init(&bench), VB_ERR_OK);
    assert_true(vb_transmitter_device_is_booting(&bench.device));
    device_bench_settle(&bench, VB_ERR_STORE);
    assert_false(bench.device.core.announced);
    assert_false(vb_transmitter_device_is_booting(&bench.device));
}

static void a_secret_crosses_a_link_that_nobody_hears_or_whose_owner_says_so(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct vb_link link = {.stays_here = (i & 1) != 0};
        assert_int_equal(vb_link_may_carry_secrets(&link, (i & 2) != 0), i != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_has_a_row_where_the_schema_says_that_it_acts_and_nowhere_else),
        cmocka_unit_test(three_starts_on_one_store_put_the_same_settings_in_force),
        cmocka_unit_test(a_device_without_broker_network_source_and_sink_runs),
        cmocka_unit_test(a_store_that_cannot_be_read_stops_the_start),
        cmocka_unit_test(a_secret_crosses_a_link_that_nobody_hears_or_whose_owner_says_so),
        cmocka_unit_test(a_start_continues_only_if_the_store_may_be_readable_later),
        cmocka_unit_test(it_is_booting_while_its_first_batch_is_under_way),
        cmocka_unit_test_setup(what_was_set_before_a_restart_is_in_force_after_it, booted),
        cmocka_unit_test_setup(every_setting_of_mqtt_reaches_the_broker, booted),
        cmocka_unit_test_setup(
            a_broker_sees_a_client_of_the_transmitters_address_where_none_is_chosen, booted),
        cmocka_unit_test_setup(a_change_acts_once_and_on_its_own_section_alone, booted),
        cmocka_unit_test_setup(what_acts_is_not_forgotten_over_what_does_not, booted),
        cmocka_unit_test_setup(a_change_that_the_store_refused_does_not_act, booted),
        cmocka_unit_test_setup(a_flood_of_refused_frames_between_commit_and_output_hides_no_change,
                               booted),
        cmocka_unit_test_setup(the_brokers_state_is_beaconed_at_once_A5, booted),
        cmocka_unit_test_setup(another_broker_is_not_called_connected_because_the_one_before_was,
                               booted),
        cmocka_unit_test_setup(why_the_broker_cannot_be_reached_is_beaconed_at_once_A5, booted),
        cmocka_unit_test_setup(the_address_is_beaconed_where_it_is_known, booted),
        cmocka_unit_test_setup(a_frame_after_a_pause_is_answered_with_the_current_state_A5, booted),
        cmocka_unit_test_setup(an_authentic_frame_teaches_the_link_where_its_sender_is, booted),
        cmocka_unit_test_setup(what_a_link_says_at_once_of_delivery_counts_for_who_is_reached_C2,
                               booted),
        cmocka_unit_test_setup(what_a_link_says_later_of_delivery_counts_for_who_is_reached_C2,
                               booted),
        cmocka_unit_test_setup(what_a_link_says_of_a_broadcast_counts_for_nobody_C2, booted),
        cmocka_unit_test_setup(it_wakes_no_later_than_the_core, booted),
        cmocka_unit_test_setup(the_end_is_announced_on_the_link_and_at_the_broker_H1, booted),
        cmocka_unit_test_setup(events_go_to_the_sink, booted),
        cmocka_unit_test_setup(
            a_store_that_cannot_be_read_is_tried_again_and_nothing_goes_out_before, booted),
        cmocka_unit_test_setup(an_edit_for_an_earlier_boot_changes_no_address, booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
