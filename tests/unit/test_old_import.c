/* Old settings on their way to a transmitter of today: sent once, confirmed, and never over what
 * its owner has set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/key_store.h"
#include "../fixtures/old_keys.h"
#include "migration/old_import.h"
#include "sync_changes.h"

enum { MQTT, NETWORK, BATTERY, METADATA, RECEIVER = 1, TEXT_SIZE = 160 };

static struct bench bench;
static struct old_keys keys;
static struct old_keys as_they_were;
static struct key_store marks;
static struct vb_old_import import;

static struct vb_receiver *receiver(void)
{
    return &bench.world.nodes[RECEIVER].receiver.device.core;
}

static unsigned turn(void)
{
    return vb_old_import_turn(
        &import, receiver(), &bench.world.nodes[0].mac,
        vb_world_node_now_ms(&bench.world.nodes[RECEIVER], bench.world.now_ms));
}

/* Whatever happens, the old keys stay. */
static void run(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 10) {
        (void)turn();
        vb_world_run(&bench.world, 10);
    }
    assert_memory_equal(keys.rows, as_they_were.rows, sizeof keys.rows);
}

static void begin(void)
{
    vb_old_import_begin(&import, &keys.port, &marks.port, receiver()->config.remote_secrets);
}

static int begun(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    old_keys_init(&keys);
    as_they_were = keys;
    key_store_init(&marks);
    return 0;
}

static const char *text(unsigned index)
{
    static char line[TEXT_SIZE];
    vb_old_row_text(&import.rows[index], line, sizeof line);
    return line;
}

static void assert_left(unsigned index, enum vb_old_why why)
{
    assert_int_equal(import.rows[index].step, VB_OLD_LEFT);
    assert_int_equal(import.rows[index].why, why);
}

/* ---- What is left alone ---- */

static void what_has_been_set_since_is_not_overwritten(void **state)
{
    (void)state;
    (void)edit(&bench, RECEIVER, change_integer(VB_SECTION_MQTT, "port", 8883));
    vb_world_run(&bench.world, 1000);
    begin();
    run(5000);
    assert_left(MQTT, VB_OLD_WHY_SET_SINCE);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "port"), 8883);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 0);
    assert_string_equal(text(MQTT),
                        "old settings, mqtt: left alone: the transmitter's have been set since");
    assert_int_equal(import.rows[NETWORK].step, VB_OLD_DONE); /* section for section */
}

static void an_edit_of_somebody_else_in_between_wins(void **state)
{
    (void)state;
    begin();
    (void)turn(); /* sent, and not on its way yet */
    assert_int_equal(import.rows[MQTT].step, VB_OLD_SENT);
    cut_link(&bench, RECEIVER, true);
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "port", 8883)), VB_ERR_OK);
    vb_world_run(&bench.world, 500);
    cut_link(&bench, RECEIVER, false);
    run(40000);
    assert_left(MQTT, VB_OLD_WHY_SET_SINCE);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "port"), 8883);
}

static void bad_old_data_is_reported_and_not_marked(void **state)
{
    (void)state;
    old_key_drop(&keys, "mqtt_port");
    as_they_were = keys;
    begin();
    run(3000);
    assert_left(MQTT, VB_OLD_WHY_NOTHING);
    assert_string_equal(text(MQTT), "old settings, mqtt: mqtt_port does not exist");
    assert_null(key_store_find(&marks, "mqtt"));
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 0);
}

static void marks_that_cannot_be_read_stop_it(void **state)
{
    (void)state;
    marks.unreadable = true;
    begin();
    run(3000);
    for (unsigned i = 0; i < VB_OLD_SECTIONS; i++)
        assert_left(i, VB_OLD_WHY_MARKS);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 0);
}

static void nothing_is_sent_to_an_offline_or_unknown_transmitter(void **state)
{
    static const struct vb_mac nobody = {{0x02, 9, 9, 9, 9, 9}};
    (void)state;
    begin();
    assert_int_equal(vb_old_import_turn(&import, receiver(), &nobody, 0), 0);
    vb_world_power_off(&bench.world, 0);
    vb_world_run(&bench.world, 60000);
    run(1000);
    assert_int_equal(import.rows[MQTT].step, VB_OLD_WAITS);
    assert_string_equal(text(MQTT), "old settings, mqtt: they wait for the transmitter");
    vb_world_power_on(&bench.world, 0);
    run(40000);
    assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
}

/* ---- What is taken over ---- */

static void all_old_settings_reach_the_transmitter(void **state)
{
    (void)state;
    begin();
    assert_int_equal(turn(), 1u << MQTT | 1u << NETWORK | 1u << METADATA);
    assert_string_equal(text(MQTT), "old settings, mqtt: sent to the transmitter");
    run(5000);
    assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
    assert_int_equal(import.rows[NETWORK].step, VB_OLD_DONE);
    assert_int_equal(import.rows[METADATA].step, VB_OLD_DONE);
    assert_left(BATTERY, VB_OLD_WHY_NOTHING);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 1);
    assert_int_equal(actual(&bench, VB_SECTION_NETWORK, "mode"), VB_ADDRESSING_STATIC);
    assert_true(bench_in_sync(&bench, 0, RECEIVER));
}

/* A transmitter that is heard is not one whose sections are held. */
static void it_may_begin_before_anything_is_held(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    for (uint8_t i = 0; i < bench.world.node_count; i++)
        vb_world_power_on(&bench.world, i);
    begin();
    for (unsigned ms = 0; ms < 20000; ms++) {
        (void)turn();
        vb_world_run(&bench.world, 1);
    }
    assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 1);
}

static void a_password_is_sent_where_it_may_be_and_otherwise_missed_aloud(void **state)
{
    size_t size = 0;
    (void)state;
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        (void)begun(NULL);
        receiver()->config.remote_secrets = allowed == 1;
        bench.world.nodes[0].transmitter.device.core.config.remote_secrets = allowed == 1;
        begin();
        run(5000);
        assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
        assert_int_equal(import.rows[MQTT].old.secret_left, allowed == 0);
        (void)vb_transmitter_secret(bench_transmitter(&bench), VB_SECTION_MQTT, 5, &size);
        assert_int_equal(size, allowed == 1 ? strlen("hunter2") : 0);
    }
}

static void it_happens_once_whoever_restarts(void **state)
{
    (void)state;
    begin();
    run(5000);
    assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
    (void)edit(&bench, RECEIVER, change_integer(VB_SECTION_MQTT, "enabled", 0));
    vb_world_run(&bench.world, 1000);
    begin();
    assert_left(MQTT, VB_OLD_WHY_MARKED);
    run(5000);
    assert_int_equal(actual(&bench, VB_SECTION_MQTT, "enabled"), 0);
}

/* The mark could not be written: the version tells as much. */
static void without_a_mark_it_is_not_done_twice_either(void **state)
{
    (void)state;
    marks.fault_at = 1;
    marks.faults = 3;
    begin();
    run(5000);
    assert_int_equal(import.rows[MQTT].step, VB_OLD_DONE);
    assert_null(key_store_find(&marks, "mqtt"));
    begin();
    run(1000);
    assert_left(MQTT, VB_OLD_WHY_SET_SINCE);
    assert_non_null(key_store_find(&marks, "mqtt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_has_been_set_since_is_not_overwritten, begun),
        cmocka_unit_test_setup(an_edit_of_somebody_else_in_between_wins, begun),
        cmocka_unit_test_setup(bad_old_data_is_reported_and_not_marked, begun),
        cmocka_unit_test_setup(marks_that_cannot_be_read_stop_it, begun),
        cmocka_unit_test_setup(nothing_is_sent_to_an_offline_or_unknown_transmitter, begun),
        cmocka_unit_test_setup(all_old_settings_reach_the_transmitter, begun),
        cmocka_unit_test_setup(it_may_begin_before_anything_is_held, begun),
        cmocka_unit_test_setup(a_password_is_sent_where_it_may_be_and_otherwise_missed_aloud,
                               begun),
        cmocka_unit_test_setup(it_happens_once_whoever_restarts, begun),
        cmocka_unit_test_setup(without_a_mark_it_is_not_done_twice_either, begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
