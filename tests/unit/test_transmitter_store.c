/* What a transmitter makes of what it finds in its store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_store_bench.h"

/* ---- What no transmitter wrote ---- */

static void a_damaged_head_makes_another_store_of_the_same_sections(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 5, 6, 7, 100}; /* 6 is right, but its store id is 0 */
    for (size_t i = 0; i < VB_COUNT_OF(sizes); i++) {
        bench_new(&bench);
        struct stored battery = stored_of(7);
        add(&battery, 2, "\x5a", 1);
        plant("3", &battery);
        memory_store_plant(&bench.store, "head", zeros, sizes[i]);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_HEAD);
        assert_int_not_equal(bench.t.store_id, 0);
        assert_int_equal(values_of(VB_SECTION_BATTERY).battery.cell_count, 90);
    }
}

/* As long as a head, or with its checksum: but nobody wrote that. */
static void what_only_looks_like_a_head_names_no_store(void **state)
{
    (void)state;
    static const uint8_t head[] = {9, 9, 9, 9, 5, 0, 0};
    for (unsigned i = 0; i < 3; i++) {
        bench_new(&bench);
        if (i == 0)
            memory_store_plant(&bench.store, "+head", head, 6);
        else if (i == 1)
            memory_store_plant_kept(&bench.store, "+head", head, 5);
        else
            memory_store_plant(&bench.store, "head", head, 7);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_HEAD);
        assert_int_not_equal(bench.t.store_id, 0x09090909);
    }
}

static void a_damaged_section_takes_its_defaults_under_a_version_of_its_own_A11(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
    } damaged[] = {
        {{0}, 0},                   /* no version */
        {{1, 0, 0}, 3},             /* cut within it */
        {{0, 0, 0, 0, 1, 1, 1}, 7}, /* version 0 */
        {{1, 0, 0, 0, 1, 200}, 6},  /* not the form of a section */
        {{0}, VB_STORE_VALUE_MAX},
    };
    for (size_t i = 0; i < VB_COUNT_OF(damaged); i++) {
        bench_new(&bench);
        memory_store_plant(&bench.store, "1", damaged[i].size > 8 ? zeros : damaged[i].bytes,
                           damaged[i].size);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_SECTION);
        bench_settle(&bench, VB_ERR_OK);
        assert_in_range(version_of(VB_SECTION_MQTT), 1000, UINT32_MAX);
        assert_int_equal(values_of(VB_SECTION_MQTT).mqtt.port, 1883);
    }
}

static void any_flipped_bit_of_what_is_kept_is_found_and_put_aside(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *aside;
        enum vb_kept_thing thing;
    } kept[] = {{"+head", NULL, VB_KEPT_HEAD},
                {"+3", "!3", VB_KEPT_SECTION},
                {"+s1.5", NULL, VB_KEPT_SECRET},
                {"+ledger", NULL, VB_KEPT_LEDGER},
                {"+trial", NULL, VB_KEPT_TRIAL}};
    static const uint8_t trial[] = {VB_SECTION_NETWORK, 7, 1, 'a'};
    bench_new(&bench);
    memory_store_plant_kept(&bench.store, "+trial", trial, sizeof trial);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "key", 3), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    static struct memory_store whole;
    whole = bench.store;
    for (size_t i = 0; i < VB_COUNT_OF(kept); i++) {
        const size_t size = memory_store_find(&bench.store, kept[i].key)->size;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bench.store = whole;
            bench.store.port.ctx = &bench.store;
            struct memory_row *row = memory_store_find(&bench.store, kept[i].key);
            row->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const struct memory_row damaged = *row;
            assert_int_equal(bench_init(&bench), VB_ERR_OK);
            assert_int_equal(damaged_things(), 1u << kept[i].thing);
            bench_settle(&bench, VB_ERR_OK);
            assert_int_equal(bench_init(&bench), VB_ERR_OK); /* mended for good */
            assert_int_equal(damaged_things(), 0);
            if (kept[i].aside != NULL)
                assert_memory_equal(memory_store_find(&bench.store, kept[i].aside)->bytes,
                                    damaged.bytes, damaged.size);
        }
    }
}

static void a_store_without_checksums_is_read_once_and_written_with_them(void **state)
{
    (void)state;
    static const uint8_t head[] = {9, 9, 9, 9, 5, 0};
    struct stored mqtt = stored_of(7);
    add(&mqtt, MQTT_PASSWORD, "\1\2\3\4", 4);
    bench_new(&bench);
    plant("1", &mqtt);
    memory_store_plant(&bench.store, "head", head, sizeof head);
    memory_store_plant(&bench.store, "s1.5", (const uint8_t *)"key", 3);
    memory_store_plant(&bench.store, "ledger", zeros, 161);
    for (unsigned boot = 0; boot < 2; boot++) {
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 0);
        bench_settle(&bench, VB_ERR_STORE); /* once more, a second later */
        bench_pass(&bench, bench.config.timing.commit_retry);
        bench_settle(&bench, VB_ERR_OK);
        size_t size;
        assert_int_equal(bench.t.store_id, 0x09090909);
        assert_int_equal(bench.t.epoch, 6 + boot);
        assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size),
                            "key", 3);
        assert_int_equal(version_of(VB_SECTION_MQTT), 8);
        for (unsigned i = 0; i < MEMORY_ROWS_MAX; i++)
            assert_true(bench.store.rows[i].key[0] == '\0' || bench.store.rows[i].key[0] == '+');
    }
}

/* Of secrets nothing but their own keys is touched, and no text that was not there to be read. */
static void the_keys_of_before_there_was_a_checksum_go_but_for_a_text_that_was_not_read(
    void **state)
{
    (void)state;
    struct stored mqtt = stored_of(7);
    add(&mqtt, MQTT_PASSWORD, "\1\2\3\4", 4);
    for (unsigned readable = 0; readable < 2; readable++) {
        bench_new(&bench);
        plant("1", &mqtt);
        memory_store_plant(&bench.store, "s1.5", (const uint8_t *)"key", 3);
        bench.store.failing = readable != 0 ? NULL : "s1.5";
        bench.store.failure = VB_ERR_STORE;
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        unsigned secrets = 0;
        for (unsigned i = 0; i < bench.store.batch_count; i++)
            secrets += bench.store.batch[i].key[0] == 's' || bench.store.batch[i].key[1] == 's';
        assert_int_equal(secrets, readable != 0 ? 2 : 0); /* "s1.5" goes, "+s1.5" comes */
        bench_settle(&bench, VB_ERR_OK);
        bench.store.failing = NULL;
        bench_pass(&bench, 10000);
        size_t size;
        assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size),
                            "key", 3);
    }
}

static void what_is_damaged_is_put_aside_as_far_as_a_batch_has_room(void **state)
{
    (void)state;
    static const uint8_t no_form[] = {1, 0, 0, 0, 1, 200};
    bench_new(&bench);
    memory_store_plant(&bench.store, "1", no_form, sizeof no_form); /* without a checksum */
    memory_store_plant(&bench.store, "2", zeros, 0);
    memory_store_plant(&bench.store, "+3", zeros, 1500);
    memory_store_plant(&bench.store, "+6", zeros, 1500);
    memory_store_plant(&bench.store, "+8", zeros, 400);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_memory_equal(memory_store_find(&bench.store, "!1")->bytes, no_form, sizeof no_form);
    assert_null(memory_store_find(&bench.store, "!2")); /* there is nothing to keep */
    assert_non_null(memory_store_find(&bench.store, "!3"));
    assert_null(memory_store_find(&bench.store, "!6"));
    assert_non_null(memory_store_find(&bench.store, "!8"));
}

static void a_section_without_room_for_its_own_fields_is_corrupt(void **state)
{
    (void)state;
    struct stored mqtt = stored_of(3);
    bench.config.cache_size = BENCH_CACHE_BYTES;
    add(&mqtt, UNKNOWN_TAG, zeros, VB_SECTION_BYTES_MAX - 10);
    plant("1", &mqtt);
    assert_int_equal(bench_init(&bench), VB_ERR_CORRUPT);
}

static void a_section_that_small_frames_cannot_carry_is_too_long(void **state)
{
    (void)state;
    struct stored mqtt = stored_of(3);
    const struct vb_room room = vb_room_of(NULL, 128);
    add(&mqtt, UNKNOWN_TAG, zeros, room.section_bytes_max);
    bench.config.cache_size = BENCH_CACHE_BYTES;
    plant("1", &mqtt);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench.config.frame_bytes_max = 128;
    assert_int_equal(bench_init(&bench), VB_ERR_TOO_LONG);
}

static void sections_that_do_not_fit_memory_are_too_long(void **state)
{
    (void)state;
    struct stored mqtt = stored_of(3);
    add(&mqtt, UNKNOWN_TAG, zeros, vb_transmitter_cache_size());
    plant("1", &mqtt);
    assert_int_equal(bench_init(&bench), VB_ERR_TOO_LONG);
}

static void a_damaged_ledger_starts_over(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 160, 162, 200};
    for (size_t i = 0; i < VB_COUNT_OF(sizes); i++) {
        bench_new(&bench);
        memory_store_plant(&bench.store, "ledger", zeros, sizes[i]);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_LEDGER);
        bench_settle(&bench, VB_ERR_OK);
        assert_null(memory_store_find(&bench.store, "ledger")); /* "+ledger" stands for it */
    }
}

/* Whatever it is that cannot be read: nothing is written over it. */
static void an_unreadable_store_is_reported_and_nothing_is_written(void **state)
{
    (void)state;
    static const char *const keys[] = {"+head", "+1", "+9", "+ledger", "+trial", "head", "1"};
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++) {
        bench_new(&bench);
        bench.store.failing = keys[i];
        bench.store.failure = VB_ERR_STORE;
        assert_int_equal(bench_init(&bench), VB_ERR_STORE);
        assert_int_equal(bench.store.commits, 0);
        assert_int_equal(bench.store.batch_count, 0);
        bench.store.failing = NULL;
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    }
}

/* ---- What is put right ---- */

static void a_field_out_of_range_is_repaired_under_a_new_version_and_reported_A11(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint8_t id;
        uint8_t tag;
        uint8_t bytes[8];
        size_t size;
        uint32_t told_old;
        uint32_t told_new;
    } cases[] = {
        {"1", VB_SECTION_MQTT, MQTT_ENABLED, {2}, 1, 2, 0},
        {"1", VB_SECTION_MQTT, MQTT_SERVER, {'a', '\n', 'b', 'c', 'd'}, 5, 0x63620a61, 0},
        {"1", VB_SECTION_MQTT, MQTT_PORT, {0, 0}, 2, 0, 1883},
        {"1", VB_SECTION_MQTT, MQTT_PORT, {0}, 0, 0, 1883}, /* no value at all */
        {"1", VB_SECTION_MQTT, MQTT_PASSWORD, {1, 2, 3}, 3, 0x030201, 0},
        {"2", VB_SECTION_NETWORK, NETWORK_MODE, {9}, 1, 9, VB_ADDRESSING_DHCP},
        {"2", VB_SECTION_NETWORK, NETWORK_ADDRESS, {10, 0}, 2, 10, 0},
        {"3", VB_SECTION_BATTERY, BATTERY_TEMPERATURE_MIN, {0x80}, 1, 0x80, 0},
        {"6", VB_SECTION_CAN, CAN_IGNORED_IDS, {0, 0, 0, 0xff}, 4, 0xff000000, 0},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        bench_new(&bench);
        struct stored stored = stored_of(41);
        add(&stored, cases[i].tag, cases[i].bytes, cases[i].size);
        plant(cases[i].key, &stored);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(version_of(cases[i].id), 42);
        struct vb_event event;
        assert_true(bench_event(&bench, VB_EVENT_REPAIRED, &event));
        assert_int_equal(event.section, cases[i].id);
        assert_int_equal(event.detail, cases[i].tag);
        assert_int_equal(event.a, cases[i].told_old);
        assert_int_equal(event.b, cases[i].told_new);
    }
}

static void a_repair_that_leaves_every_other_byte_alone_is_a_new_version_too_A11(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    struct memory_row *row = memory_store_find(&bench.store, "+8"); /* telemetry */
    uint8_t *content = row->bytes + VB_KEPT_HEAD_BYTES + 4;
    assert_memory_equal(content, "\x01\x02", 2);
    memset(content + 2, 0, 2); /* 0 ms is below its range */
    vb_kept_seal("+8", row->bytes, row->size);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_TELEMETRY), 2);
    assert_int_equal(values_of(VB_SECTION_TELEMETRY).telemetry.interval_ms, 100);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_TELEMETRY), 2);
}

static void fields_that_break_a_rule_go_back_to_their_defaults_A11(void **state)
{
    (void)state;
    struct stored battery = stored_of(8);
    add(&battery, BATTERY_PACK_MIN, "\xff\x0f", 2); /* 409.5 V, above the highest */
    plant("3", &battery);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_BATTERY), 9);
    assert_int_equal(values_of(VB_SECTION_BATTERY).battery.pack_voltage_min_dv, 2700);
}

/* ---- Batches ---- */

static void two_changes_of_a_section_in_one_batch_are_one_version_A12(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_BATTERY, 2, "\x5a", 1), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PORT, "\x01\x02", 2), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_ENABLED, "\0", 1), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_SERVER, "broker", 6), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench.store.token, 0);
    assert_int_equal(version_of(VB_SECTION_MQTT), 2);
    assert_int_equal(values_of(VB_SECTION_MQTT).mqtt.port, 0x0201);
    assert_string_equal(values_of(VB_SECTION_MQTT).mqtt.server, "broker");
}

/* ---- What a boot writes ---- */

static void a_device_knows_itself_anew_at_every_boot_and_its_name_at_the_first_A3(void **state)
{
    (void)state;
    memcpy(bench.identity.device_name, "garage", sizeof "garage");
    bench.identity.firmware_minor = 7;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    const uint32_t version = version_of(VB_SECTION_METADATA);
    assert_string_equal(values_of(VB_SECTION_METADATA).metadata.device_name, "garage");
    memcpy(bench.identity.device_name, "cellar", sizeof "cellar");
    bench.identity.firmware_minor = 8;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_string_equal(values_of(VB_SECTION_METADATA).metadata.device_name, "garage");
    assert_int_equal(values_of(VB_SECTION_METADATA).metadata.firmware_minor, 8);
    assert_int_equal(version_of(VB_SECTION_METADATA), version + 1);
}

static void a_name_that_an_earlier_firmware_did_not_keep_is_the_schemas_default_A3(void **state)
{
    (void)state;
    const struct stored metadata = stored_of(3); /* and no field */
    memcpy(bench.identity.device_name, "garage", sizeof "garage");
    bench.identity.firmware_minor = 7;
    plant("9", &metadata);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_string_equal(values_of(VB_SECTION_METADATA).metadata.device_name, "");
    assert_int_equal(values_of(VB_SECTION_METADATA).metadata.firmware_minor, 7);
}

static void fields_that_only_this_firmware_has_are_written_at_once_A11(void **state)
{
    (void)state;
    struct stored mqtt = stored_of(3);
    add(&mqtt, MQTT_ENABLED, zeros, 1); /* and nothing behind it */
    plant("1", &mqtt);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(version_of(VB_SECTION_MQTT), 4);
    size_t size;
    const uint8_t *bytes = live(VB_SECTION_MQTT, &size);
    size_t port_size;
    assert_non_null(vb_section_find(bytes, size, MQTT_PORT, &port_size));
}

static void an_array_out_of_range_is_reported_without_a_value_A11(void **state)
{
    (void)state;
    enum { CHARGE_LIMIT = 2 };
    static uint8_t items[96];
    memset(items, 0xff, sizeof items); /* 65535 W each */
    struct stored profile = stored_of(3);
    add(&profile, CHARGE_LIMIT, items, sizeof items);
    plant("4", &profile);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    struct vb_event event = {0};
    assert_true(bench_event(&bench, VB_EVENT_REPAIRED, &event));
    assert_int_equal(event.detail, CHARGE_LIMIT);
    assert_int_equal(event.b, 0);
}

static void a_boot_that_changes_nothing_is_announced_at_once_A8(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    bench_pass(&bench, 60000);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    memset(bench.sent, 0, sizeof bench.sent);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    bench_pass(&bench, bench.config.timing.beacon_repeat);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 2);
}

/* ---- What is written and announced, and when ---- */

static unsigned batched(const char *key)
{
    unsigned count = 0;
    for (unsigned i = 0; i < bench.store.batch_count; i++)
        count += strcmp(bench.store.batch[i].key, key) == 0;
    return count;
}

/* A secret that is found damaged after the boot is one more reason to write everything, once. */
static void everything_is_written_with_the_first_batch_after_damage_alone(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_settle(&bench, VB_ERR_OK);
    bench.store.failing = NULL;
    memory_store_find(&bench.store, "+s1.5")->bytes[0] ^= 1;
    bench_pass(&bench, 10000);
    for (unsigned batch = 0; batch < 2; batch++) {
        const uint8_t cells = (uint8_t)(90 + batch);
        assert_int_equal(set(VB_SECTION_BATTERY, 2, &cells, 1), VB_ERR_OK);
        assert_int_equal(batched("+3"), 1);
        assert_int_equal(batched("+2"), batch == 0);
        assert_int_equal(batched("+head"), 0); /* that is for a boot */
        bench_settle(&bench, VB_ERR_OK);
    }
}

static void a_batch_that_changes_nothing_announces_nothing(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK); /* of a store that has its name */
    set_battery();
    settle_uncertain(false);
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.t.commit_kind, VB_COMMIT_MEND);
    bench_clear(&bench);
    const uint8_t announced = bench.t.change_number;
    bench_settle(&bench, VB_ERR_STORE);
    mend();
    assert_int_equal(bench.t.change_number, announced);
}

static void what_a_boot_changes_is_stored_though_the_first_commit_fails_A6(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    bench.identity.firmware_minor = 7;
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(batched("+9"), 1);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(values_of(VB_SECTION_METADATA).metadata.firmware_minor, 7);
    assert_int_equal(version_of(VB_SECTION_METADATA), 2);
}

/* What stands in the store is told under its name, though the boot itself cannot be stored. */
static void a_boot_that_was_not_stored_keeps_its_name_where_it_changes_nothing(void **state)
{
    (void)state;
    static const uint8_t trial[] = {VB_SECTION_NETWORK, NETWORK_HOSTNAME, 1, 'a'};
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    static struct memory_store whole;
    whole = bench.store;
    const uint32_t store_id = bench.t.store_id;
    for (unsigned i = 0; i < 4; i++) {
        bench.store = whole;
        bench.store.port.ctx = &bench.store;
        if (i == 1)
            memory_store_find(&bench.store, "+head")->key[0] = '\0';
        else if (i == 2)
            memory_store_plant(&bench.store, "+ledger", zeros, 1);
        else if (i == 3)
            memory_store_plant_kept(&bench.store, "+trial", trial, sizeof trial);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(bench.t.staged_changed, 0);
        bench_settle(&bench, VB_ERR_STORE);
        assert_true(bench.t.announced);
        assert_int_equal(bench.t.store_id == store_id, i != 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_store_without_checksums_is_read_once_and_written_with_them, fresh),
        cmocka_unit_test_setup(any_flipped_bit_of_what_is_kept_is_found_and_put_aside, fresh),
        cmocka_unit_test_setup(what_only_looks_like_a_head_names_no_store, fresh),
        cmocka_unit_test_setup(
            the_keys_of_before_there_was_a_checksum_go_but_for_a_text_that_was_not_read, fresh),
        cmocka_unit_test_setup(what_is_damaged_is_put_aside_as_far_as_a_batch_has_room, fresh),
        cmocka_unit_test_setup(
            a_name_that_an_earlier_firmware_did_not_keep_is_the_schemas_default_A3, fresh),
        cmocka_unit_test_setup(everything_is_written_with_the_first_batch_after_damage_alone,
                               fresh),
        cmocka_unit_test_setup(a_batch_that_changes_nothing_announces_nothing, fresh),
        cmocka_unit_test_setup(a_boot_that_was_not_stored_keeps_its_name_where_it_changes_nothing,
                               fresh),
        cmocka_unit_test_setup(what_a_boot_changes_is_stored_though_the_first_commit_fails_A6,
                               fresh),
        cmocka_unit_test_setup(a_damaged_head_makes_another_store_of_the_same_sections, fresh),
        cmocka_unit_test_setup(a_damaged_section_takes_its_defaults_under_a_version_of_its_own_A11,
                               fresh),
        cmocka_unit_test_setup(a_section_without_room_for_its_own_fields_is_corrupt, fresh),
        cmocka_unit_test_setup(a_section_that_small_frames_cannot_carry_is_too_long, fresh),
        cmocka_unit_test_setup(sections_that_do_not_fit_memory_are_too_long, fresh),
        cmocka_unit_test_setup(a_damaged_ledger_starts_over, fresh),
        cmocka_unit_test_setup(an_unreadable_store_is_reported_and_nothing_is_written, fresh),
        cmocka_unit_test_setup(
            a_field_out_of_range_is_repaired_under_a_new_version_and_reported_A11, fresh),
        cmocka_unit_test_setup(a_repair_that_leaves_every_other_byte_alone_is_a_new_version_too_A11,
                               fresh),
        cmocka_unit_test_setup(fields_that_break_a_rule_go_back_to_their_defaults_A11, fresh),
        cmocka_unit_test_setup(two_changes_of_a_section_in_one_batch_are_one_version_A12, fresh),
        cmocka_unit_test_setup(
            a_device_knows_itself_anew_at_every_boot_and_its_name_at_the_first_A3, fresh),
        cmocka_unit_test_setup(fields_that_only_this_firmware_has_are_written_at_once_A11, fresh),
        cmocka_unit_test_setup(an_array_out_of_range_is_reported_without_a_value_A11, fresh),
        cmocka_unit_test_setup(a_boot_that_changes_nothing_is_announced_at_once_A8, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
