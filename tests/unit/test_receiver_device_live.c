/* What is now and what is as last known: by readings, over pauses, restarts and clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"

static struct house house;
static struct house_pack *pack;

/* A pack with an alert, of which readings come. */
static int with_alert(void **state)
{
    (void)state;
    house_new(&house);
    pack = house_pack_with_limits(&house);
    house_start(&house);
    house_pass(&house, 5000);
    house_raise_alert(&house, pack);
    return 0;
}

/* And a pack of which none ever came. */
static int without_readings(void **state)
{
    (void)state;
    house_new(&house);
    pack = house_pack_with_limits(&house);
    pack->interval_ms = 0;
    house_start(&house);
    return 0;
}

static struct vb_occurrence alert(void)
{
    struct vb_occurrence last = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, &last), 1);
    return last;
}

static unsigned stopped(void)
{
    return house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL);
}

static void pause_receiver(uint32_t ms)
{
    house.paused = true;
    house_pass(&house, ms);
    house.paused = false;
}

/* Beacons come on; readings do not. */
static void stop_readings(uint32_t ms)
{
    pack->interval_ms = 0;
    house_pass(&house, ms);
}

static void read_again(uint32_t interval_ms)
{
    pack->interval_ms = interval_ms;
    pack->next_ms = house.now_ms;
}

/* == Pauses and links ======================================================================== */

static void a_pause_of_the_receiver_is_no_silence_of_a_pack(void **state)
{
    (void)state;
    pause_receiver(40000);
    stop_readings(vb_timing_default.beacon_rest_max);
    assert_false(alert().last_known);
    house_pass(&house, 5000);
    assert_true(alert().last_known);
}

static void the_first_reading_after_a_pause_is_current_at_once(void **state)
{
    (void)state;
    stop_readings(40000);
    assert_true(alert().last_known);
    pause_receiver(40000);
    read_again(PACK_INTERVAL_MS);
    house_pass(&house, 3000);
    assert_false(alert().last_known);
}

static void without_a_link_nothing_is_now_however_seldom_readings_are(void **state)
{
    (void)state;
    read_again(60000);
    house_pass(&house, 900000); /* what is usual is learnt */
    assert_false(alert().last_known);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 2000);
    assert_true(alert().last_known);
}

static void what_begins_now_is_not_as_last_known(void **state)
{
    (void)state;
    assert_false(alert().last_known);
    assert_int_equal(alert().last_known_ms, 0);
    assert_int_equal(alert().last_known_up_ms, 0);
}

static void a_beacon_makes_nothing_current_that_no_reading_has_shown(void **state)
{
    (void)state;
    stop_readings(1000);
    house_stop(&house);
    house_start(&house);
    for (unsigned i = 0; i < 15; i++) {
        house_pass(&house, 1000);
        assert_true(alert().last_known);
    }
    assert_int_equal(house.device.core.config.peers[0].link, VB_LINK_CONNECTED);
}

/* == Since when ============================================================================== */

/* When it was last heard is kept with whatever else is. */
static void keep_when_it_was_heard(void)
{
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "pack_voltage_min_dv", 451);
    house_pass(&house, 5000);
}

static void after_a_power_cut_an_alarm_is_as_known_when_its_pack_was_last_heard(void **state)
{
    (void)state;
    house_pass(&house, 20000);
    const uint64_t from_ms = house_clock(&house).wall_ms - 1000;
    keep_when_it_was_heard();
    const uint64_t to_ms = house_clock(&house).wall_ms;
    house_pass(&house, 20000);
    pack->silent = true;
    house_start(&house); /* without a stop */
    house_pass(&house, 40000);
    assert_true(alert().last_known);
    assert_in_range(alert().last_known_ms, from_ms, to_ms);
}

/* It was known then, if nothing is since; whatever the time is now. */
static void an_alarm_is_known_since_it_began_at_the_least(void **state)
{
    (void)state;
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    keep_when_it_was_heard();
    house_pass(&house, 10000);
    house_raise_alert(&house, pack);
    pack->silent = true;
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 40000);
    assert_true(alert().last_known);
    assert_int_equal(alert().last_known_ms, alert().alarm.begin_wall_ms);
}

static void without_a_clock_a_last_reading_is_dated_by_none(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 5000);
    assert_false(alert().last_known);
    const uint64_t up_ms = house.now_ms;
    stop_readings(60000);
    assert_true(alert().last_known);
    assert_int_equal(alert().last_known_ms, 0);
    house.wall_known = true;
    house_pass(&house, 1000);
    assert_in_range(alert().last_known_ms, HOUSE_WALL_MS + up_ms - 2000, HOUSE_WALL_MS + up_ms);
}

/* An hour back: the last reading seems to lie before the alarm. */
static void under_a_clock_that_was_set_back_it_is_known_since_it_began(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_off_ms = -3600000;
    house_start(&house);
    house_pass(&house, 5000);
    assert_false(alert().last_known);
    stop_readings(60000);
    assert_true(alert().last_known);
    assert_int_equal(alert().last_known_ms, alert().alarm.begin_wall_ms);
}

/* The clock is set an hour on: what an earlier start saw was dated by another. */
static void when_it_was_worst_before_this_start_stays_as_it_was_dated(void **state)
{
    (void)state;
    pack->cell_off_mv -= 20; /* it has been worse */
    house_pass(&house, 3000);
    house_stop(&house); /* all of it is kept with that */
    const uint64_t worst_ms = alert().alarm.worst_wall_ms;
    assert_int_not_equal(worst_ms, 0);
    house_start(&house);
    house_pass(&house, 5000);
    assert_false(alert().last_known);
    house.wall_off_ms = 3600000;
    house_pass(&house, 1000);
    assert_int_equal(alert().alarm.worst_wall_ms, worst_ms);
}

static const char *end_of_alert(void)
{
    house.log[0] = '\0';
    pack->cell_off_mv = 0;
    for (unsigned i = 0; i < 500 && strstr(house.log, "alarm ended") == NULL; i++)
        house_pass(&house, HOUSE_STEP_MS);
    assert_non_null(strstr(house.log, "alarm ended"));
    return house.log;
}

static void the_duration_of_an_alarm_is_given_if_known(void **state)
{
    (void)state;
    assert_non_null(strstr(end_of_alert(), "alarm ended after "));
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 5000);
    house_raise_alert(&house, pack);
    assert_non_null(strstr(end_of_alert(), "alarm ended after "));
    house_raise_alert(&house, pack);
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 5000);
    assert_null(strstr(end_of_alert(), " after ")); /* it began in an earlier start, undated */
}

/* == Sources that are silent ================================================================= */

static void a_source_that_is_silent_is_waited_for_while_there_is_a_link(void **state)
{
    (void)state;
    house_pass(&house, 60000);
    pack->silent = true;
    house_pass(&house, 300000);
    pack->silent = false;
    house_pass(&house, 60000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
    assert_int_equal(stopped(), 0);
    house_pass(&house, 120000);
    assert_int_equal(stopped(), 1);
}

/* It has answered no hello, so nothing is believed of it. */
static void of_a_source_that_has_proven_nothing_no_reading_is_missed(void **state)
{
    (void)state;
    pack->lost = 1u << VB_MESSAGE_HELLO_ACK;
    house_pass(&house, 180000);
    const struct vb_peer *peer = &house.device.core.config.peers[0];
    assert_true(!peer->known && peer->runtime_known && peer->link == VB_LINK_CONNECTED);
    assert_int_equal(stopped(), 0);
    pack->lost = 0;
    house_pass(&house, 180000);
    assert_int_equal(stopped(), 1);
}

/* == How far readings are apart ============================================================== */

/* NULL: it is not kept. */
static struct memory_note *interval_note(void)
{
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&pack->mac, mac);
    snprintf(key, sizeof key, "interval_ms %s", mac);
    return memory_events_noted_under(&house.events, key);
}

/* Whether it is kept, and forgets that it was. */
static bool interval_kept(void)
{
    struct memory_note *note = interval_note();
    if (note == NULL)
        return false;
    note->key[0] = '\0';
    return true;
}

static void an_interval_is_kept_when_it_is_learnt_and_seldom_after_that(void **state)
{
    (void)state;
    house_pass(&house, 20000);
    assert_false(interval_kept());
    read_again(1000);
    house_pass(&house, 5000);
    assert_true(interval_kept());
    house_pass(&house, 1200000);
    assert_false(interval_kept()); /* it is what it was */
    read_again(5000);
    house_pass(&house, 60000);
    assert_true(interval_kept()); /* it was kept long ago */
    read_again(1000);
    house_pass(&house, 500000);
    assert_false(interval_kept());
    house_pass(&house, 110000);
    assert_true(interval_kept());
    read_again(5000);
    house_pass(&house, 120000);
    assert_false(interval_kept());
    house_stop(&house);
    assert_true(interval_kept());
}

static unsigned flushes;

static void flush_in_vain(void *ctx)
{
    (void)ctx;
    flushes++;
}

static void a_store_that_takes_nothing_holds_up_no_end(void **state)
{
    (void)state;
    flushes = 0;
    house.events.notes_refused = true;
    house.events.port.flush = flush_in_vain;
    house_stop(&house);
    assert_in_range(flushes, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_pause_of_the_receiver_is_no_silence_of_a_pack, with_alert),
        cmocka_unit_test_setup(the_first_reading_after_a_pause_is_current_at_once, with_alert),
        cmocka_unit_test_setup(without_a_link_nothing_is_now_however_seldom_readings_are,
                               with_alert),
        cmocka_unit_test_setup(after_a_power_cut_an_alarm_is_as_known_when_its_pack_was_last_heard,
                               with_alert),
        cmocka_unit_test_setup(an_alarm_is_known_since_it_began_at_the_least, with_alert),
        cmocka_unit_test_setup(without_a_clock_a_last_reading_is_dated_by_none, with_alert),
        cmocka_unit_test_setup(under_a_clock_that_was_set_back_it_is_known_since_it_began,
                               with_alert),
        cmocka_unit_test_setup(what_begins_now_is_not_as_last_known, with_alert),
        cmocka_unit_test_setup(a_beacon_makes_nothing_current_that_no_reading_has_shown,
                               with_alert),
        cmocka_unit_test_setup(when_it_was_worst_before_this_start_stays_as_it_was_dated,
                               with_alert),
        cmocka_unit_test_setup(the_duration_of_an_alarm_is_given_if_known, with_alert),
        cmocka_unit_test_setup(an_interval_is_kept_when_it_is_learnt_and_seldom_after_that,
                               without_readings),
        cmocka_unit_test_setup(a_store_that_takes_nothing_holds_up_no_end, with_alert),
        cmocka_unit_test_setup(a_source_that_is_silent_is_waited_for_while_there_is_a_link,
                               without_readings),
        cmocka_unit_test_setup(of_a_source_that_has_proven_nothing_no_reading_is_missed,
                               without_readings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
