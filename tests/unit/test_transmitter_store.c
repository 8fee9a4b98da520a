/* What a transmitter makes of what it finds in its store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/kept_row.h"
#include "../fixtures/transmitter_bench.h"

enum {
    MQTT_ENABLED = 1,
    MQTT_SERVER = 2,
    MQTT_PORT = 3,
    MQTT_PASSWORD = 5,
    MQTT_PREFIX = 7,
    NETWORK_MODE = 1,
    NETWORK_ADDRESS = 2,
    NETWORK_HOSTNAME = 7,
    BATTERY_PACK_MIN = 4,
    BATTERY_TEMPERATURE_MIN = 12,
    CAN_IGNORED_IDS = 6,
    UNKNOWN_TAG = 200
};

static struct transmitter_bench bench;
static const uint8_t zeros[VB_STORE_VALUE_MAX];

static int fresh(void **state)
{
    (void)state;
    bench_new(&bench);
    return 0;
}

/* A stored section under construction: its version, then fields. */
struct stored {
    uint8_t bytes[VB_STORE_VALUE_MAX];
    size_t size;
};

static struct stored stored_of(uint32_t version)
{
    struct stored stored;
    struct vb_writer writer = vb_writer_of(stored.bytes, sizeof stored.bytes);
    vb_write_u32(&writer, version);
    stored.size = writer.at;
    return stored;
}

static void add(struct stored *stored, uint8_t tag, const void *value, size_t size)
{
    struct vb_writer writer = vb_writer_of(stored->bytes, sizeof stored->bytes);
    writer.at = stored->size;
    vb_write_u8(&writer, tag);
    vb_write_varint(&writer, (uint32_t)size);
    vb_write_bytes(&writer, value, size);
    assert_false(writer.failed);
    stored->size = writer.at;
}

static void plant(const char *key, const struct stored *stored)
{
    memory_store_plant(&bench.store, key, stored->bytes, stored->size);
}

static const uint8_t *live(uint8_t id, size_t *size)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, id);
    assert_non_null(entry);
    *size = entry->size;
    return vb_cache_bytes(&bench.t.live, entry);
}

static union vb_values values_of(uint8_t id)
{
    union vb_values values;
    size_t size;
    const uint8_t *bytes = live(id, &size);
    assert_int_equal(vb_section_decode(vb_section_by_id(id), bytes, size, &values, NULL),
                     VB_ERR_OK);
    return values;
}

static uint32_t version_of(uint8_t id)
{
    return vb_transmitter_section(&bench.t, id)->version;
}

static enum vb_err set(uint8_t section, uint8_t tag, const void *value, size_t size)
{
    struct stored changes = {.size = 0};
    uint64_t id;
    struct vb_reasons reasons = {0};
    add(&changes, tag, value, size);
    return bench_set(&bench, section, changes.bytes, changes.size, &id, &reasons);
}

/* ---- What no transmitter wrote ---- */

/* What is said to be damaged, in the order of enum vb_kept_thing. */
static unsigned damaged_things(void)
{
    struct vb_event event;
    unsigned things = 0;
    while (vb_transmitter_event(&bench.t, &event)) {
        if (event.type == VB_EVENT_DAMAGED)
            things |= 1u << event.detail;
    }
    return things;
}

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

static bool any_old_key(void)
{
    for (unsigned i = 0; i < MEMORY_ROWS_MAX; i++) {
        const char first = bench.store.rows[i].key[0];
        if (first != '\0' && first != '+')
            return true;
    }
    return false;
}

static void begin_boot_without_the_old_password(void)
{
    struct stored mqtt = stored_of(7);
    add(&mqtt, MQTT_PASSWORD, "\1\2\3\4", 4);
    bench_new(&bench);
    plant("1", &mqtt);
    memory_store_plant(&bench.store, "s1.5", (const uint8_t *)"key", 3);
    bench.store.failing = "s1.5";
    bench.store.failure = VB_ERR_STORE;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_true(any_old_key());
}

static void a_text_of_an_old_form_that_is_read_late_is_written_anew_and_erased_G0(void **state)
{
    (void)state;
    begin_boot_without_the_old_password();
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    bench_pass(&bench, vb_transmitter_wakeup_ms(&bench.t, bench.now_ms));
    bench_settle(&bench, VB_ERR_STORE);
    assert_true(any_old_key());
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_false(any_old_key());
    assert_int_equal(version_of(VB_SECTION_MQTT), 8); /* for that it is no other content */
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    size_t size;
    assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size),
                        "key", 3);
    const unsigned commits = bench.store.commits;
    bench_pass(&bench, 30000);
    assert_int_equal(bench.store.commits, commits);
}

static void a_text_of_an_old_form_goes_when_it_is_cleared_or_replaced_unread_G0(void **state)
{
    (void)state;
    for (size_t size = 0; size < 4; size += 3) {
        begin_boot_without_the_old_password();
        assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "new", size), VB_ERR_OK);
        bench_settle(&bench, VB_ERR_OK);
        assert_false(any_old_key());
        bench.store.failing = NULL;
        assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        assert_int_equal(values_of(VB_SECTION_MQTT).mqtt.password.set, size != 0);
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

static void a_damaged_ledger_begins_anew(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 160, 162};
    for (size_t i = 0; i < VB_COUNT_OF(sizes); i++) {
        bench_new(&bench);
        memory_store_plant(&bench.store, "ledger", zeros, sizes[i]);
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_LEDGER);
    }
}

/* Whatever it is that cannot be read: nothing is written over it. */
static void a_store_that_cannot_be_read_is_said_to_be_so_and_nothing_is_written(void **state)
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

static void a_secret_that_cannot_be_read_stays_set_and_is_found_later_G0(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "key", 3), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    const uint32_t version = version_of(VB_SECTION_MQTT);
    bench.store.failing = "+s1.5";
    bench.store.failure = VB_ERR_STORE;
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    struct vb_event event;
    assert_true(bench_event(&bench, VB_EVENT_UNREADABLE, &event));
    assert_int_equal(event.section, VB_SECTION_MQTT);
    bench_settle(&bench, VB_ERR_OK);
    size_t size;
    assert_int_equal(version_of(VB_SECTION_MQTT), version);
    assert_true(values_of(VB_SECTION_MQTT).mqtt.password.set);
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size));
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_ENABLED, "\0", 1), VB_ERR_OK); /* nothing to do */
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PREFIX, "home", 4), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_memory_equal(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size),
                        "key", 3);
    assert_true(bench_event(&bench, VB_EVENT_SECTION, &event)); /* whoever uses it is told */
    assert_int_equal(bench.t.unreadable, 0);
}

/* The password is "key", and a boot begins that cannot read it. */
static void begin_boot_without_the_password(void)
{
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "key", 3), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench.store.failing = "+s1.5";
    bench.store.failure = VB_ERR_STORE;
    bench.identity.firmware_minor++; /* this boot has something to store */
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
}

static const uint8_t *password(void)
{
    size_t size;
    return vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size);
}

/* Tells how often the store was asked meanwhile. */
static unsigned gets_in(uint32_t ms)
{
    const unsigned before = bench.store.gets;
    bench_pass(&bench, ms);
    return bench.store.gets - before;
}

static void a_secret_is_looked_for_every_10_s_and_nothing_else_is_G0(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_settle(&bench, VB_ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(gets_in(9999), 0);
        assert_int_equal(gets_in(1), 1);
        assert_null(password());
    }
    bench.store.failing = NULL;
    assert_int_equal(gets_in(10000), 1);
    assert_memory_equal(password(), "key", 3);
    assert_int_equal(gets_in(10000), 0);
}

static void a_secret_is_looked_for_between_two_batches_alone_G0(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_BATTERY, 2, "\x5a", 1), VB_ERR_OK);
    bench.store.failing = NULL;
    assert_int_equal(gets_in(10000), 0);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(gets_in(1), 1);
    assert_memory_equal(password(), "key", 3);
}

/* The boot's batch still holds what was known when it began. */
static void a_secret_is_not_looked_for_before_the_boot_is_stored_G0(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_pass(&bench, 9500);
    bench_settle(&bench, VB_ERR_STORE);
    bench.store.failing = NULL;
    assert_int_equal(gets_in(500), 0);
    bench_pass(&bench, 500);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 1);
    assert_memory_equal(password(), "key", 3);
}

static void a_secret_that_is_given_anew_or_cleared_is_looked_for_no_more_G0(void **state)
{
    (void)state;
    for (unsigned cleared = 0; cleared < 2; cleared++) {
        begin_boot_without_the_password();
        bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "new", cleared != 0 ? 0 : 3),
                         VB_ERR_OK);
        bench_settle(&bench, VB_ERR_OK);
        bench.store.failing = NULL;
        assert_int_equal(gets_in(10000), 0);
        assert_int_equal(bench.t.unreadable, 0);
        if (cleared != 0)
            assert_null(password());
        else
            assert_memory_equal(password(), "new", 3);
    }
}

/* What a batch that is not certain touched is written again; a text that is not known is no part of
 * that. */
static void a_secret_that_cannot_be_read_outlives_a_doubtful_batch_G0(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PREFIX, "home", 4), VB_ERR_OK);
    const uint32_t token = memory_store_settle(&bench.store, false);
    vb_transmitter_committed(&bench.t, bench.now_ms, token, VB_ERR_UNCERTAIN);
    bench_pass(&bench, bench.config.timing.commit_retry);
    for (unsigned i = 0; i < bench.store.batch_count; i++)
        assert_int_not_equal(bench.store.batch[i].key[1], 's');
    bench_settle(&bench, VB_ERR_OK);
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_memory_equal(password(), "key", 3);
}

static void a_text_that_is_no_secret_is_damaged_and_the_secret_not_set_G0(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, VB_SECRET_BYTES_MAX + 1,
                                   VB_SECRET_BYTES_MAX + VB_KEPT_HEAD_BYTES};
    for (size_t i = 0; i < VB_COUNT_OF(sizes); i++) {
        begin_boot_without_the_password();
        bench_settle(&bench, VB_ERR_OK);
        bench.store.failing = NULL;
        memory_store_find(&bench.store, "+s1.5")->key[0] = '\0';
        memory_store_plant(&bench.store, "s1.5", zeros, sizes[i]);
        while (damaged_things() != 0)
            continue;
        assert_int_equal(bench_init(&bench), VB_ERR_OK);
        assert_int_equal(damaged_things(), 1u << VB_KEPT_SECRET);
        bench_settle(&bench, VB_ERR_OK);
        assert_null(password());
        assert_false(values_of(VB_SECTION_MQTT).mqtt.password.set);
    }
}

static void what_only_looks_like_a_trial_is_none(void **state)
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

static void what_is_no_trial_is_left_alone(void **state)
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

/* ---- What is put right ---- */

static void a_field_out_of_range_is_repaired_under_a_new_version_and_told_A11(void **state)
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

static void a_secret_whose_text_is_lost_is_not_set_G0(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "hunter22", 8), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_true(values_of(VB_SECTION_MQTT).mqtt.password.set);
    struct memory_row *text = memory_store_find(&bench.store, "+s1.5");
    assert_non_null(text);
    text->key[0] = '\0';
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_int_equal(damaged_things(), 0); /* it is not there: nothing is wrong with it */
    bench_settle(&bench, VB_ERR_OK);
    size_t size;
    assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size));
    assert_false(values_of(VB_SECTION_MQTT).mqtt.password.set);
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

static void a_secret_is_set_replaced_found_and_cleared_G0(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
    } steps[] = {{"first", 5}, {"second one", 10}, {"", 0}, {"again", 5}};
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    for (size_t i = 0; i < VB_COUNT_OF(steps); i++) {
        assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, steps[i].text, steps[i].size),
                         VB_ERR_OK);
        bench_settle(&bench, VB_ERR_OK);
        for (unsigned boot = 0; boot < 2; boot++) {
            size_t size;
            const uint8_t *text =
                vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size);
            assert_int_equal(size, steps[i].size);
            if (size == 0)
                assert_null(text);
            else
                assert_memory_equal(text, steps[i].text, size);
            assert_int_equal(memory_store_find(&bench.store, "+s1.5") != NULL, size > 0);
            assert_null(vb_transmitter_secret(&bench.t, VB_SECTION_NETWORK, MQTT_PASSWORD, &size));
            assert_null(vb_transmitter_secret(&bench.t, 0, 0, &size));
            assert_int_equal(bench_boot(&bench), VB_ERR_OK);
        }
    }
}

/* What an earlier firmware left may have its fields in another order: what reverts to it cannot be
 * told as a change. */
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

/* Fields of later firmware fill the memory, and what the edit made free has been taken since. */
static void a_trial_that_finds_no_room_to_go_back_stays_as_it_is(void **state)
{
    (void)state;
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
    bench_pass(&bench, bench.config.timing.trial);
    bench_settle(&bench, VB_ERR_OK);
    assert_false(bench.t.trial);
    assert_int_equal(version_of(VB_SECTION_NETWORK), 1);
    assert_null(memory_store_find(&bench.store, "+trial"));
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

static void an_array_out_of_range_is_told_without_a_value_A11(void **state)
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

/* ---- Trials and a store that is not certain ---- */

/* What the store took is not what it said. */
static void settle_uncertain(bool durable)
{
    const uint32_t token = memory_store_settle(&bench.store, durable);
    vb_transmitter_committed(&bench.t, bench.now_ms, token, VB_ERR_UNCERTAIN);
}

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

/* It may cut the link, coming over it. */
static void set_hostname(void)
{
    static const uint8_t changes[] = {NETWORK_HOSTNAME, 4, 'p', 'a', 'c', 'k'};
    edit_from_alice(VB_SECTION_NETWORK, changes, sizeof changes);
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

static void set_battery(void)
{
    static const uint8_t cells = 90;
    enum { CELL_COUNT = 2 };
    assert_int_equal(set(VB_SECTION_BATTERY, CELL_COUNT, &cells, 1), VB_ERR_OK);
}

static void mend(void)
{
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.t.commit_kind, VB_COMMIT_MEND);
    bench_settle(&bench, VB_ERR_OK);
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

/* The boot is written later; what was said not to be stored is no part of it. */
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_secret_that_cannot_be_read_stays_set_and_is_found_later_G0, fresh),
    cmocka_unit_test_setup(a_store_without_checksums_is_read_once_and_written_with_them, fresh),
    cmocka_unit_test_setup(any_flipped_bit_of_what_is_kept_is_found_and_put_aside, fresh),
    cmocka_unit_test_setup(what_only_looks_like_a_head_names_no_store, fresh),
    cmocka_unit_test_setup(
        the_keys_of_before_there_was_a_checksum_go_but_for_a_text_that_was_not_read, fresh),
    cmocka_unit_test_setup(a_text_of_an_old_form_that_is_read_late_is_written_anew_and_erased_G0,
                           fresh),
    cmocka_unit_test_setup(a_text_of_an_old_form_goes_when_it_is_cleared_or_replaced_unread_G0,
                           fresh),
    cmocka_unit_test_setup(what_is_damaged_is_put_aside_as_far_as_a_batch_has_room, fresh),
    cmocka_unit_test_setup(a_secret_is_looked_for_every_10_s_and_nothing_else_is_G0, fresh),
    cmocka_unit_test_setup(a_secret_is_looked_for_between_two_batches_alone_G0, fresh),
    cmocka_unit_test_setup(a_secret_is_not_looked_for_before_the_boot_is_stored_G0, fresh),
    cmocka_unit_test_setup(a_secret_that_is_given_anew_or_cleared_is_looked_for_no_more_G0, fresh),
    cmocka_unit_test_setup(a_secret_that_cannot_be_read_outlives_a_doubtful_batch_G0, fresh),
    cmocka_unit_test_setup(a_text_that_is_no_secret_is_damaged_and_the_secret_not_set_G0, fresh),
    cmocka_unit_test_setup(what_only_looks_like_a_trial_is_none, fresh),
    cmocka_unit_test_setup(a_name_that_an_earlier_firmware_did_not_keep_is_the_schemas_default_A3,
                           fresh),
    cmocka_unit_test_setup(an_edit_that_makes_a_section_longer_than_small_frames_carry_is_refused,
                           fresh),
    cmocka_unit_test_setup(everything_is_written_with_the_first_batch_after_damage_alone, fresh),
    cmocka_unit_test_setup(a_batch_that_changes_nothing_announces_nothing, fresh),
    cmocka_unit_test_setup(a_boot_that_was_not_stored_keeps_its_name_where_it_changes_nothing,
                           fresh),
    cmocka_unit_test_setup(what_a_boot_changes_is_stored_though_the_first_commit_fails_A6, fresh),
    cmocka_unit_test_setup(an_edit_that_failed_does_not_come_with_the_boot_that_is_tried_again_A9,
                           fresh),
    cmocka_unit_test_setup(a_damaged_head_makes_another_store_of_the_same_sections, fresh),
    cmocka_unit_test_setup(a_damaged_section_takes_its_defaults_under_a_version_of_its_own_A11,
                           fresh),
    cmocka_unit_test_setup(a_section_without_room_for_its_own_fields_is_corrupt, fresh),
    cmocka_unit_test_setup(a_section_that_small_frames_cannot_carry_is_too_long, fresh),
    cmocka_unit_test_setup(sections_that_do_not_fit_memory_are_too_long, fresh),
    cmocka_unit_test_setup(a_damaged_ledger_begins_anew, fresh),
    cmocka_unit_test_setup(a_store_that_cannot_be_read_is_said_to_be_so_and_nothing_is_written,
                           fresh),
    cmocka_unit_test_setup(what_is_no_trial_is_left_alone, fresh),
    cmocka_unit_test_setup(a_field_out_of_range_is_repaired_under_a_new_version_and_told_A11,
                           fresh),
    cmocka_unit_test_setup(a_repair_that_leaves_every_other_byte_alone_is_a_new_version_too_A11,
                           fresh),
    cmocka_unit_test_setup(fields_that_break_a_rule_go_back_to_their_defaults_A11, fresh),
    cmocka_unit_test_setup(a_secret_whose_text_is_lost_is_not_set_G0, fresh),
    cmocka_unit_test_setup(two_changes_of_a_section_in_one_batch_are_one_version_A12, fresh),
    cmocka_unit_test_setup(a_secret_is_set_replaced_found_and_cleared_G0, fresh),
    cmocka_unit_test_setup(a_trial_that_goes_back_to_another_order_is_announced_whole_A9, fresh),
    cmocka_unit_test_setup(a_trial_that_finds_no_room_to_go_back_stays_as_it_is, fresh),
    cmocka_unit_test_setup(a_device_knows_itself_anew_at_every_boot_and_its_name_at_the_first_A3,
                           fresh),
    cmocka_unit_test_setup(fields_that_only_this_firmware_has_are_written_at_once_A11, fresh),
    cmocka_unit_test_setup(an_array_out_of_range_is_told_without_a_value_A11, fresh),
    cmocka_unit_test_setup(a_boot_that_changes_nothing_is_announced_at_once_A8, fresh),
    cmocka_unit_test_setup(a_trial_that_may_have_been_stored_is_taken_out_again_A9, fresh),
    cmocka_unit_test_setup(a_trial_under_way_outlives_the_mending_of_another_section_A9, fresh),
    cmocka_unit_test_setup(a_trial_that_begins_with_the_mending_is_stored_A9, fresh),
    cmocka_unit_test_setup(a_trial_ends_in_what_runs_while_the_store_refuses_A9, fresh),
    cmocka_unit_test_setup(a_trial_of_the_boot_before_ends_while_the_store_refuses_A9, fresh),
    cmocka_unit_test_setup(an_edit_after_an_unstored_way_back_is_stored_with_all_of_it_A9, fresh),
    cmocka_unit_test_setup(the_end_of_a_trial_that_was_not_stored_is_tried_again_in_its_time_A9,
                           fresh),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
