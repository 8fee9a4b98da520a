/* Secrets of a transmitter: set, cleared, and not there to be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_store_bench.h"

static const uint8_t *password(void)
{
    size_t size;
    return vb_transmitter_secret(&bench.t, VB_SECTION_MQTT, MQTT_PASSWORD, &size);
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

/* Looked for every 10 s, and nothing is written for that. */
static void a_text_of_an_old_form_that_stays_unread_has_nothing_written_G0(void **state)
{
    (void)state;
    begin_boot_without_the_old_password();
    const unsigned commits = bench.store.commits;
    for (unsigned i = 0; i < 30; i++) {
        bench_pass(&bench, 1000);
        bench_pass(&bench, 1);
        assert_int_equal(bench.store.commits, commits);
    }
    assert_null(password());
    assert_int_not_equal(bench.t.unreadable, 0);
}

/* A batch that failed waits for its time, though the text comes to be read before. */
static void a_text_of_an_old_form_hurries_no_other_batch_G0(void **state)
{
    (void)state;
    begin_boot_without_the_old_password();
    const uint32_t left_ms = bench.t.reread_at_ms - bench.now_ms;
    bench_pass(&bench, left_ms - 10);
    assert_int_equal(set(VB_SECTION_BATTERY, 2, "\x5a", 1), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    bench.store.failing = NULL;
    const unsigned commits = bench.store.commits;
    bench_pass(&bench, 10);
    assert_memory_equal(password(), "key", 3);
    bench_pass(&bench, bench.config.timing.commit_retry - 11);
    assert_int_equal(bench.store.commits, commits);
    bench_pass(&bench, 1);
    assert_int_equal(bench.store.commits, commits + 1);
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
    struct vb_event event = {0};
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

static void a_secret_entered_again_or_cleared_is_no_longer_looked_for_G0(void **state)
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

/* What has become of the text by the time at which it is looked for again. */
static void spoil_password(bool damaged)
{
    struct memory_row *text = memory_store_find(&bench.store, "+s1.5");
    bench.store.failing = NULL;
    if (damaged)
        text->bytes[text->size - 1] ^= 1;
    else
        text->key[0] = '\0';
}

static void expect_password_gone(void)
{
    assert_null(password());
    assert_false(values_of(VB_SECTION_MQTT).mqtt.password.set);
    assert_null(memory_store_find(&bench.store, "+s1.5"));
    const uint32_t version = version_of(VB_SECTION_MQTT);
    assert_int_equal(gets_in(10000), 0);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(damaged_things(), 0);
    assert_int_equal(version_of(VB_SECTION_MQTT), version);
    assert_false(values_of(VB_SECTION_MQTT).mqtt.password.set);
}

static void a_secret_that_proves_lost_late_is_reported_and_unset_from_then_on_G0(void **state)
{
    (void)state;
    for (unsigned damaged = 0; damaged < 2; damaged++) {
        begin_boot_without_the_password();
        bench_settle(&bench, VB_ERR_OK);
        bench_pass(&bench, 1);
        bench_clear(&bench);
        const uint32_t version = version_of(VB_SECTION_MQTT);
        spoil_password(damaged != 0);
        bench_pass(&bench, 9999);
        assert_int_equal(damaged_things(), damaged << VB_KEPT_SECRET);
        assert_true(values_of(VB_SECTION_MQTT).mqtt.password.set); /* until that is stored */
        bench_settle(&bench, VB_ERR_STORE);
        bench_pass(&bench, 10000);
        bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(damaged_things(), 0); /* once */
        assert_int_equal(version_of(VB_SECTION_MQTT), version + 1);
        bench_clear(&bench);
        bench_pass(&bench, bench.config.timing.beacon_repeat);
        bench_output(&bench);
        assert_int_not_equal(bench.sent[VB_MESSAGE_BEACON], 0); /* it is told as a change is */
        expect_password_gone();
    }
}

/* The store refuses the boot, which is told as another store's. */
static void a_secret_that_proves_lost_while_the_boot_is_not_stored_is_stored_with_it_G0(
    void **state)
{
    (void)state;
    for (unsigned damaged = 0; damaged < 2; damaged++) {
        begin_boot_without_the_password();
        for (unsigned i = 0; i < 5; i++) {
            bench_settle(&bench, VB_ERR_STORE);
            bench_pass(&bench, bench.config.timing.commit_retry);
        }
        bench_settle(&bench, VB_ERR_STORE);
        assert_true(bench.t.announced);
        while (damaged_things() != 0)
            continue;
        spoil_password(damaged != 0);
        for (unsigned i = 0; i < 20 && bench.t.lost == 0; i++) {
            bench_pass(&bench, bench.config.timing.commit_retry - 1);
            if (bench.t.lost != 0)
                break;
            bench_pass(&bench, 1);
            bench_settle(&bench, VB_ERR_STORE);
        }
        assert_int_equal(bench.t.commit_kind, VB_COMMIT_MEND);
        assert_int_equal(damaged_things(), damaged << VB_KEPT_SECRET);
        bench_settle(&bench, VB_ERR_OK);
        assert_true(bench.t.boot_stored);
        expect_password_gone();
    }
}

static void a_secret_entered_again_after_it_proved_lost_stays_G0(void **state)
{
    (void)state;
    begin_boot_without_the_password();
    bench_settle(&bench, VB_ERR_OK);
    spoil_password(true);
    bench_pass(&bench, 10000);
    assert_int_equal(set(VB_SECTION_MQTT, MQTT_PASSWORD, "new", 3), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 10000);
    bench_pass(&bench, 1);
    if (bench.store.token != 0)
        bench_settle(&bench, VB_ERR_OK);
    assert_memory_equal(password(), "new", 3);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_memory_equal(password(), "new", 3);
    const unsigned commits = bench.store.commits;
    bench_pass(&bench, 30000);
    assert_int_equal(bench.store.commits, commits);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_secret_that_proves_lost_late_is_reported_and_unset_from_then_on_G0,
                               fresh),
        cmocka_unit_test_setup(
            a_secret_that_proves_lost_while_the_boot_is_not_stored_is_stored_with_it_G0, fresh),
        cmocka_unit_test_setup(a_secret_entered_again_after_it_proved_lost_stays_G0, fresh),
        cmocka_unit_test_setup(a_secret_that_cannot_be_read_stays_set_and_is_found_later_G0, fresh),
        cmocka_unit_test_setup(
            a_text_of_an_old_form_that_is_read_late_is_written_anew_and_erased_G0, fresh),
        cmocka_unit_test_setup(a_text_of_an_old_form_that_stays_unread_has_nothing_written_G0,
                               fresh),
        cmocka_unit_test_setup(a_text_of_an_old_form_hurries_no_other_batch_G0, fresh),
        cmocka_unit_test_setup(a_text_of_an_old_form_goes_when_it_is_cleared_or_replaced_unread_G0,
                               fresh),
        cmocka_unit_test_setup(a_secret_is_looked_for_every_10_s_and_nothing_else_is_G0, fresh),
        cmocka_unit_test_setup(a_secret_is_looked_for_between_two_batches_alone_G0, fresh),
        cmocka_unit_test_setup(a_secret_is_not_looked_for_before_the_boot_is_stored_G0, fresh),
        cmocka_unit_test_setup(a_secret_entered_again_or_cleared_is_no_longer_looked_for_G0, fresh),
        cmocka_unit_test_setup(a_secret_that_cannot_be_read_outlives_a_doubtful_batch_G0, fresh),
        cmocka_unit_test_setup(a_text_that_is_no_secret_is_damaged_and_the_secret_not_set_G0,
                               fresh),
        cmocka_unit_test_setup(a_secret_whose_text_is_lost_is_not_set_G0, fresh),
        cmocka_unit_test_setup(a_secret_is_set_replaced_found_and_cleared_G0, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
