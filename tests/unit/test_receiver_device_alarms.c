/* A receiver device's alarms: from readings to events and recordings, over restarts and silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"

static struct house house;
static struct house_pack *pack;

static int fresh(void **state)
{
    (void)state;
    house_new(&house);
    pack = house_pack_with_limits(&house);
    house_start(&house);
    house_pass(&house, 5000);
    return 0;
}

static struct vb_occurrence over_voltage(bool open)
{
    struct vb_occurrence last = {.id = 0};
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, open, &last), 0);
    return last;
}

/* == Begin, end, restart ===================================================================== */

static void an_alarm_begins_and_ends_as_one_event(void **state)
{
    (void)state;
    assert_int_equal(house_tally(&house, pack).open, 0);
    house_raise_alert(&house, pack);
    struct vb_occurrence alarm = over_voltage(true);
    assert_int_equal(alarm.alarm.cell, 2);
    assert_true(vb_mac_equal(&alarm.mac, &pack->mac));
    assert_non_null(strstr(alarm.text, "Cell 3"));
    assert_int_not_equal(house_tally(&house, pack).open, 0);
    assert_int_equal(house_tally(&house, pack).worst, VB_ALARM_ALERT);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, &alarm), 1);
    assert_true(alarm.alarm.end_wall_ms >= alarm.alarm.begin_wall_ms + 3000);
    assert_int_equal(house_tally(&house, pack).open, 0);
}

static void a_sensor_that_is_not_there_is_proposed_until_it_is_named(void **state)
{
    (void)state;
    pack->sensorless = true;
    house_pass(&house, 40000);
    assert_int_equal(house_tally(&house, pack).absent_sensors[0], 1u << 2);
    assert_int_equal(house_alarms(&house, VB_ALARM_TEMPERATURE_LOW, true, NULL), 1);
    house_pack_set_item(pack, house.now_ms, VB_SECTION_BATTERY, "absent_sensors", 3);
    house_pass(&house, 5000);
    assert_int_equal(house_tally(&house, pack).absent_sensors[0], 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_TEMPERATURE_LOW, true, NULL), 0);
}

static void a_contradicted_value_is_counted_and_raises_nothing(void **state)
{
    (void)state;
    const uint32_t before = house_tally(&house, pack).contradicted;
    pack->cell_off_mv = 1200;
    house_pass(&house, pack->interval_ms);
    pack->cell_off_mv = 0;
    house_pass(&house, 3000);
    assert_int_equal(house_tally(&house, pack).contradicted, before + 1);
    assert_int_equal(house_tally(&house, pack).open, 0);
}

static void an_imbalance_rises_from_warning_to_alert_as_one_event(void **state)
{
    (void)state;
    struct vb_occurrence alarm = {.id = 0};
    house_pass(&house, 20000); /* the usual interval is learnt */
    pack->cell_off_mv = -34;
    house_pass(&house, 20000);
    assert_int_equal(house_alarms(&house, VB_ALARM_IMBALANCE, true, &alarm), 1);
    assert_int_equal(alarm.alarm.level, VB_ALARM_WARNING);
    assert_int_equal(house.recordings.count, 0);
    pack->cell_off_mv = -80;
    house_pass(&house, 20000);
    assert_int_equal(house_alarms(&house, VB_ALARM_IMBALANCE, false, &alarm), 1);
    assert_int_equal(alarm.alarm.level, VB_ALARM_ALERT);
    assert_int_equal(house.recordings.count, 1);
    assert_string_equal(alarm.recording, house.recordings.entries[0].name);
}

static void an_open_alarm_goes_on_over_a_restart_as_the_same_event(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence before = over_voltage(true);
    house_stop(&house);
    house_start(&house);
    assert_int_not_equal(house_tally(&house, pack).open, 0); /* before anything was heard */
    house_pass(&house, 5000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, NULL), 1);
    assert_int_equal(over_voltage(true).id, before.id);
    assert_int_equal(over_voltage(true).alarm.begin_wall_ms, before.alarm.begin_wall_ms);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
}

/* It may be a different pack. */
static void the_balance_is_learnt_anew_after_a_reboot_of_the_transmitter(void **state)
{
    (void)state;
    house_pass(&house, 60000);
    assert_null(strstr(house_tally(&house, pack).balance, "learning"));
    house_pack_boot(pack, house.now_ms);
    house_pass(&house, 2500);
    assert_non_null(strstr(house_tally(&house, pack).balance, "learning"));
}

static void an_open_alarm_that_names_no_cell_is_closed_at_the_start(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    struct vb_occurrence odd = over_voltage(true);
    odd.alarm.cell = 250;
    const uint64_t id = memory_events_add(&house.events, &odd);
    house_stop(&house);
    house_start(&house);
    assert_false(vb_occurrence_is_open(memory_events_find(&house.events, id)));
}

/* As the log and the event store have it, whatever the pages show of open ones. */
static void a_kept_text_says_what_is_until_it_says_what_was(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence *kept = memory_events_find(&house.events, over_voltage(true).id);
    assert_non_null(strstr(kept->text, " is "));
    assert_null(strstr(kept->text, " was "));
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_false(vb_occurrence_is_open(kept));
    assert_non_null(strstr(kept->text, " was "));
    assert_null(strstr(kept->text, " is "));
}

/* == Silence ================================================================================= */

static void expect_over(uint64_t id)
{
    const struct vb_occurrence *kept = memory_events_find(&house.events, id);
    assert_false(vb_occurrence_is_open(kept));
    assert_false(kept->last_known);
    assert_int_equal(kept->last_known_ms, 0);
    assert_int_equal(kept->last_known_up_ms, 0);
}

static void what_ends_as_last_known_is_over_and_no_more_that(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 60000);
    struct vb_occurrence odd = over_voltage(true);
    assert_true(odd.last_known);
    odd.alarm.cell = 250;
    const uint64_t odd_id = memory_events_add(&house.events, &odd);
    house_stop(&house);
    house_start(&house);
    expect_over(odd_id);
    house_pass(&house, 40000);
    assert_int_equal(vb_receiver_forget(&house.device.core, house.now_ms, &pack->mac), VB_ERR_OK);
    house_pass(&house, 2000);
    expect_over(id);
}

/* The moment, on the receiver's wall clock, at which the house's pack sent its last reading. */
static uint64_t falls_silent(void)
{
    const struct house_pack *silent = pack;
    const struct vb_reading_ring *ring = &house.device.core.config.peers[0].ring;
    assert_true(vb_mac_equal(&house.device.core.config.peers[0].mac, &silent->mac));
    pack->silent = true;
    return house_clock(&house).wall_ms -
           vb_time_until(vb_reading_ring_at(ring, 0)->sampled_ms, house.now_ms);
}

static void alarms_of_a_silent_transmitter_are_as_last_known_since_its_last_reading(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    assert_false(over_voltage(true).last_known);
    const uint64_t last_ms = falls_silent();
    house_pass(&house, vb_timing_default.offline_after + 60000);
    assert_true(over_voltage(true).last_known);
    assert_in_range(over_voltage(true).last_known_ms, last_ms - 1, last_ms + 1);
    assert_non_null(strstr(over_voltage(true).text, "when last heard"));
    struct vb_occurrence lost = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, &lost), 1);
    assert_true(lost.alarm.begin_wall_ms > last_ms + vb_timing_default.degraded_after);
    assert_false(lost.last_known); /* the receiver itself knows about silence */
    for (unsigned start = 0; start < 3; start++) {
        house_stop(&house);
        house_start(&house);
        house_pass(&house, 40000);
        assert_true(over_voltage(true).last_known);
        assert_in_range(over_voltage(true).last_known_ms, last_ms - 1, last_ms + 1);
        assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, &lost), 1);
        assert_false(lost.last_known);
    }
    pack->silent = false;
    house_pass(&house, 20000);
    assert_int_equal(over_voltage(true).id, id);
    assert_false(over_voltage(true).last_known);
    assert_int_equal(over_voltage(true).last_known_ms, 0);
}

static void alarms_are_as_last_known_though_beacons_come_while_readings_do_not(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t last_ms = house_clock(&house).wall_ms;
    pack->interval_ms = 0;
    house_pass(&house, vb_timing_default.degraded_after - 2000);
    assert_false(over_voltage(true).last_known); /* a late one is not silent */
    house_pass(&house, 200000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), 0);
    assert_true(over_voltage(true).last_known);
    assert_in_range(over_voltage(true).last_known_ms, last_ms - 3000, last_ms + 1);
    struct vb_occurrence stopped = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, &stopped), 1);
    assert_false(stopped.last_known); /* that none arrive is known */
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 60000);
    struct vb_occurrence still = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, &still), 1);
    assert_false(still.last_known);
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    assert_true(source->find(source->ctx, still.id)->alarm.now_value >
                250); /* seconds, and goes on */
}

static void readings_that_are_seldom_are_live_for_as_long_as_they_are_usual(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    pack->interval_ms = 30000;
    house_pass(&house, 900000); /* what is usual is learnt */
    assert_false(over_voltage(true).last_known);
    pack->interval_ms = 0;
    house_pass(&house, 45000); /* more than one missed reading */
    assert_false(over_voltage(true).last_known);
    house_pass(&house, 60000);
    assert_true(over_voltage(true).last_known);
}

static void a_last_reading_before_the_clock_is_set_is_dated_once_it_is(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_raise_alert(&house, pack);
    pack->silent = true;
    const uint64_t up_ms = house.now_ms;
    house_pass(&house, vb_timing_default.offline_after + 10000);
    assert_true(over_voltage(true).last_known);
    assert_int_equal(over_voltage(true).last_known_ms, 0);
    house.wall_known = true;
    house_pass(&house, 1000);
    const uint64_t ago_ms = house_clock(&house).wall_ms - over_voltage(true).last_known_ms;
    assert_in_range(ago_ms, house.now_ms - up_ms - 10, house.now_ms - up_ms + 2000);
}

static void a_reading_older_than_the_receivers_start_is_live_from_the_start(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    house_stop(&house);
    house.late_ms = 15000; /* it has waited in the socket */
    house_start(&house);
    assert_true(over_voltage(true).last_known);
    house_pass(&house, 3000);
    assert_false(over_voltage(true).last_known);
    house.late_ms = 0;
}

/* A sample that was delayed, in this device's socket or since before its start, says nothing about
 * now: an alarm that begins with it is "last known", as of when it was sampled. */
static void an_alarm_that_begins_with_an_old_sample_is_as_last_known(void **state)
{
    (void)state;
    for (unsigned restarted = 0; restarted < 2; restarted++) {
        house_pass(&house, 40000);
        if (restarted != 0)
            house_stop(&house);
        pack->cell_off_mv = 500;
        house.late_ms = 60000;
        if (restarted != 0)
            house_start(&house);
        const uint64_t from_ms = house_clock(&house).wall_ms - 60000;
        house_pass(&house, 5000);
        const struct vb_occurrence begun = over_voltage(true);
        assert_true(begun.last_known);
        assert_in_range(begun.alarm.begin_wall_ms, from_ms, from_ms + 5000);
        assert_in_range(begun.last_known_ms, from_ms, from_ms + 5000);
        assert_non_null(strstr(begun.text, "was"));
        house.late_ms = 0;
        house_pass(&house, 3000);
        assert_false(over_voltage(true).last_known);
        assert_int_equal(over_voltage(true).id, begun.id);
        pack->cell_off_mv = 0;
        house_pass(&house, 10000);
        assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    }
}

/* A receiver that did not run for 25 s finds old samples in its socket, followed by new ones. */
static void what_began_with_a_sample_of_before_a_pause_is_live_with_the_next(void **state)
{
    (void)state;
    house_pass(&house, 40000);
    house.paused = true;
    house_pass(&house, 25000);
    house.paused = false;
    pack->cell_off_mv = 500;
    house.late_ms = 25000;
    for (unsigned i = 0; house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL) == 0; i++) {
        assert_true(i < 50);
        house_pass(&house, 100);
    }
    assert_true(over_voltage(true).last_known);
    house.late_ms = 0;
    house_pass(&house, 3000);
    assert_false(over_voltage(true).last_known);
    assert_int_equal(over_voltage(true).last_known_ms, 0);
}

static void what_ends_with_an_old_sample_ended_when_that_was_taken(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    house_pass(&house, 70000);
    pack->cell_off_mv = 0;
    house.late_ms = 60000;
    house_pass(&house, 10000);
    house.late_ms = 0;
    struct vb_occurrence over = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, &over), 1);
    const uint64_t ago_ms = house_clock(&house).wall_ms - over.alarm.end_wall_ms;
    assert_in_range(ago_ms, 60000, 70000);
}

/* A sample from before the alarm does not end it before it began. */
static void readings_that_come_again_end_their_absence_when_they_come(void **state)
{
    (void)state;
    house_pass(&house, 40000);
    const uint32_t interval_ms = pack->interval_ms;
    pack->interval_ms = 0;
    house_pass(&house, 125000);
    struct vb_occurrence stopped = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, &stopped), 1);
    pack->interval_ms = interval_ms;
    house.late_ms = 60000;
    house_pass(&house, 2000);
    house.late_ms = 0;
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, &stopped), 1);
    assert_in_range(stopped.alarm.end_wall_ms, house_clock(&house).wall_ms - 2000,
                    house_clock(&house).wall_ms);
}

/* After a start, samples arrive 60 s late and the clock is not set. Returns the house's time from
 * which a cell is too high. */
static uint32_t start_late_without_clock(void)
{
    house_stop(&house);
    house.wall_known = false;
    house.late_ms = 60000;
    house_start(&house);
    pack->cell_off_mv = 500;
    const uint32_t begin_ms = house.now_ms;
    house_pass(&house, 5000);
    return begin_ms;
}

/* If the clock is not set, it is dated later, by when it really was. */
static void what_begins_and_ends_with_old_samples_is_dated_by_them_later_too(void **state)
{
    (void)state;
    const uint32_t begin_ms = start_late_without_clock();
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    pack->cell_off_mv = 0;
    const uint32_t end_ms = house.now_ms;
    house_pass(&house, 10000);
    house.wall_known = true;
    house_pass(&house, 1000);
    struct vb_occurrence over = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, &over), 1);
    assert_in_range(over.alarm.begin_wall_ms, HOUSE_WALL_MS + begin_ms - 60000,
                    HOUSE_WALL_MS + begin_ms - 55000);
    assert_in_range(over.alarm.end_wall_ms, HOUSE_WALL_MS + end_ms - 60000,
                    HOUSE_WALL_MS + end_ms - 50000);
    assert_in_range(over.alarm.worst_wall_ms, over.alarm.begin_wall_ms,
                    HOUSE_WALL_MS + begin_ms - 55000);
}

/* Open when the clock is set, it was worst when that was sampled. */
static void the_worst_of_an_old_sample_is_dated_by_it_with_a_late_clock(void **state)
{
    (void)state;
    const uint32_t begin_ms = start_late_without_clock();
    pack->cell_off_mv = 490; /* worse is nothing after that */
    house_pass(&house, 10000);
    assert_int_equal(over_voltage(true).alarm.worst_wall_ms, 0);
    house.wall_known = true;
    for (unsigned i = 0; i < 2; i++) {
        house_pass(&house, 10000);
        assert_in_range(over_voltage(true).alarm.worst_wall_ms, HOUSE_WALL_MS + begin_ms - 60000,
                        HOUSE_WALL_MS + begin_ms - 55000);
    }
}

/* Once a start has read a pack, its open alarms stay live between two readings, however rare those
 * are. */
static void what_is_open_of_a_slow_pack_does_not_flap_after_a_start(void **state)
{
    (void)state;
    pack->interval_ms = 60000;
    house_pass(&house, 15 * 60000);
    pack->cell_off_mv = 500;
    house_pass(&house, 3 * 60000);
    const uint64_t id = over_voltage(true).id;
    house_stop(&house);
    house_start(&house);
    unsigned changes = 0;
    bool known = over_voltage(true).last_known;
    assert_true(known);
    for (unsigned i = 0; i < 300; i++) {
        house_pass(&house, 1000);
        changes += known != over_voltage(true).last_known;
        known = over_voltage(true).last_known;
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
    }
    assert_int_equal(changes, 1); /* with the first reading */
    assert_int_equal(over_voltage(true).id, id);
}

static bool stopped(void)
{
    return house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL) > 0;
}

/* The transmitter says that it reads the battery, but nothing arrives. */
static void readings_that_never_come_after_a_start_have_stopped_by_what_was_usual(void **state)
{
    (void)state;
    pack->interval_ms = 60000;
    house_pass(&house, 40 * 60000);
    const struct vb_runtime runtime = {.flags = VB_RUNTIME_SOURCE_OK};
    vb_transmitter_runtime(&pack->t, house.now_ms, &runtime);
    house_pass(&house, 1000);
    house_stop(&house);
    pack->interval_ms = 0;
    house_start(&house);
    house_pass(&house, 100000);
    assert_false(stopped());
    house_pass(&house, 110000);
    assert_true(stopped());
    pack->interval_ms = 60000;
    pack->next_ms = house.now_ms;
    house_pass(&house, 3000);
    assert_false(stopped());
}

static void a_start_knows_since_when_nothing_is_known_before_anything_is_heard(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t last_ms = falls_silent();
    house_stop(&house); /* at once: nobody has noticed the silence yet */
    assert_true(over_voltage(true).last_known);
    house_start(&house);
    assert_true(over_voltage(true).last_known);
    assert_in_range(over_voltage(true).last_known_ms, last_ms - 1, last_ms + 1);
    house_pass(&house, 90000);
    assert_in_range(over_voltage(true).last_known_ms, last_ms - 1, last_ms + 1);
}

static void after_a_power_cut_an_alarm_is_as_known_since_it_was_surely_known(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence begun = over_voltage(true);
    house_pass(&house, 5000);
    pack->silent = true;
    house_start(&house); /* without a clean stop: nothing was marked */
    const struct vb_occurrence known = over_voltage(true);
    assert_true(known.last_known);
    assert_true(known.last_known_ms >= begun.alarm.begin_wall_ms);
    assert_true(known.last_known_ms <= house_clock(&house).wall_ms);
    house_pass(&house, 90000);
    assert_int_equal(over_voltage(true).last_known_ms, known.last_known_ms);
}

/* == What is now ============================================================================= */

static const struct vb_occurrence *asked_of(uint64_t id)
{
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    const struct vb_occurrence *found = source->find(source->ctx, id);
    assert_non_null(found);
    return found;
}

static void what_is_asked_for_is_what_is_now_and_beside_it_the_worst(void **state)
{
    (void)state;
    house_pass(&house, 20000);
    pack->cell_off_mv = -180;
    house_pass(&house, 20000);
    struct vb_occurrence alarm = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_IMBALANCE, true, &alarm), 1);
    pack->cell_off_mv = -60;
    house_pass(&house, 5000);
    const struct vb_occurrence *now = asked_of(alarm.id);
    assert_true(now->alarm.now_value > -70 && now->alarm.now_value < -50);
    assert_true(now->alarm.worst_value < -150);
    assert_in_range(now->alarm.worst_wall_ms, now->alarm.begin_wall_ms,
                    house_clock(&house).wall_ms - 4000);
    assert_non_null(strstr(now->text, " is "));
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    now = asked_of(alarm.id);
    assert_true(now->last_known);
    assert_non_null(strstr(now->text, "when last heard"));
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    assert_ptr_equal(source->find(source->ctx, 9999), NULL);
    pack->silent = false;
    pack->cell_off_mv = 0;
    house_pass(&house, 40000);
    now = asked_of(alarm.id);
    assert_true(now->ended);
    assert_non_null(strstr(now->text, " was "));
}

static void what_is_acknowledged_is_counted_apart_also_after_a_restart(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint16_t open = house_tally(&house, pack).open;
    assert_int_equal(house_tally(&house, pack).unacknowledged, open);
    assert_int_equal(house_tally(&house, pack).worst_unacknowledged, VB_ALARM_ALERT);
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    const struct vb_occurrence *seen = source->acknowledge(source->ctx, over_voltage(true).id);
    assert_true(seen->acknowledged);
    const uint64_t at_ms = seen->acknowledged_ms;
    assert_int_equal(house_tally(&house, pack).open, open);
    assert_int_equal(house_tally(&house, pack).unacknowledged, open - 1);
    house_pass(&house, 1000);
    assert_int_equal(source->acknowledge(source->ctx, over_voltage(true).id)->acknowledged_ms,
                     at_ms);
    assert_ptr_equal(source->acknowledge(source->ctx, 9999), NULL);
    house_stop(&house);
    house_start(&house);
    assert_int_equal(house_tally(&house, pack).unacknowledged, open - 1);
}

/* == A clock that is not set yet ============================================================= */

/* As after the start of a machine without a clock of its own: it continues from its last shutdown
 * until it is told the time; or it was ahead. */
static void times_of_a_wrong_clock_are_what_they_were_once_it_is_set(void **state)
{
    (void)state;
    static const int64_t off_ms[] = {-3 * 86400 * INT64_C(1000), -60000,
                                     30 * 86400 * INT64_C(1000)};
    for (size_t i = 0; i < VB_COUNT_OF(off_ms); i++) {
        house_stop(&house);
        house.wall_off_ms = off_ms[i];
        house_start(&house);
        const uint64_t first = house.events.count;
        house_pass(&house, 2000);
        house_raise_alert(&house, pack);
        const uint64_t over = over_voltage(true).id;
        const uint64_t begun_by_ms = HOUSE_WALL_MS + house.now_ms;
        const struct vb_occurrence_source *source = house.device.api.occurrences;
        (void)source->acknowledge(source->ctx, over);
        pack->cell_off_mv = 0;
        house_pass(&house, 10000);
        house_raise_alert(&house, pack);
        const uint64_t open = over_voltage(true).id;
        house_pass(&house, 5000);
        house.wall_off_ms = 0;
        house_pass(&house, 1000);
        assert_in_range(asked_of(over)->alarm.begin_wall_ms, begun_by_ms - 4000, begun_by_ms);
        assert_int_equal(asked_of(over)->acknowledged_ms, begun_by_ms);
        assert_in_range(asked_of(over)->alarm.end_wall_ms, begun_by_ms, begun_by_ms + 10000);
        assert_in_range(asked_of(open)->alarm.begin_wall_ms, house_clock(&house).wall_ms - 12000,
                        house_clock(&house).wall_ms - 5000);
        for (uint64_t n = 0; n < house.events.count; n++) {
            const struct vb_occurrence *kept = &house.events.kept[n];
            if (n >= first)
                assert_in_range(kept->alarm.begin_wall_ms, begun_by_ms - 60000,
                                begun_by_ms + 60000);
        }
        pack->cell_off_mv = 0;
        house_pass(&house, 10000);
        /* an ended alarm keeps its duration, whatever the clock does later */
        const uint64_t lasted_ms =
            asked_of(open)->alarm.end_wall_ms - asked_of(open)->alarm.begin_wall_ms;
        assert_in_range(lasted_ms, 6000, 20000);
    }
}

/* It began before the restart, by a clock that was right: that date stays, and the rest is
 * re-dated.
 */
static void what_goes_on_under_a_wrong_clock_is_dated_with_the_rest(void **state)
{
    (void)state;
    static const int64_t off_ms[] = {-3 * 86400 * INT64_C(1000), 30 * 86400 * INT64_C(1000)};
    for (size_t i = 0; i < VB_COUNT_OF(off_ms); i++) {
        house_raise_alert(&house, pack);
        const struct vb_occurrence before = *asked_of(over_voltage(true).id);
        house_stop(&house);
        house.wall_off_ms = off_ms[i];
        house_start(&house);
        const struct vb_occurrence *kept = asked_of(before.id);
        assert_int_equal(kept->alarm.worst_wall_ms, before.alarm.worst_wall_ms);
        house_pass(&house, 2000);
        pack->cell_off_mv += 100; /* it gets worse, and ends */
        house_pass(&house, 3000);
        const uint64_t worst_by_ms = HOUSE_WALL_MS + house.now_ms;
        pack->cell_off_mv = 0;
        house_pass(&house, 10000);
        assert_true(asked_of(before.id)->ended);
        assert_non_null(strstr(house.log, off_ms[i] < 0 ? "alarm ended: " : "alarm ended after "));
        house.wall_off_ms = 0;
        house_pass(&house, 1000);
        kept = asked_of(before.id);
        assert_int_equal(kept->alarm.begin_wall_ms, before.alarm.begin_wall_ms);
        assert_in_range(kept->alarm.worst_wall_ms, worst_by_ms - 4000, worst_by_ms);
        assert_in_range(kept->alarm.end_wall_ms, worst_by_ms, worst_by_ms + 10000);
    }
}

static void what_was_at_worst_before_a_restart_stays_so_when_the_clock_is_set(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence before = *asked_of(over_voltage(true).id);
    house_stop(&house);
    house.wall_off_ms = -3 * 86400 * INT64_C(1000);
    house_start(&house);
    pack->cell_off_mv -= 10; /* better, but not over */
    house_pass(&house, 3000);
    house.wall_off_ms = 0;
    house_pass(&house, 1000);
    assert_false(asked_of(before.id)->ended);
    assert_int_equal(asked_of(before.id)->alarm.worst_wall_ms, before.alarm.worst_wall_ms);
}

static void what_an_earlier_start_kept_is_acknowledged_by_the_right_clock(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t over = over_voltage(true).id;
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    house_stop(&house);
    house.wall_off_ms = -3 * 86400 * INT64_C(1000);
    house_start(&house);
    house_pass(&house, 1000);
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    (void)source->acknowledge(source->ctx, over);
    const uint64_t acknowledged_ms = HOUSE_WALL_MS + house.now_ms;
    house.wall_off_ms = 0;
    house_pass(&house, 1000);
    assert_int_equal(asked_of(over)->acknowledged_ms, acknowledged_ms);
}

static void times_wait_for_the_clock_and_are_then_what_they_were(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_raise_alert(&house, pack);
    const uint64_t begun = over_voltage(true).id;
    assert_int_equal(asked_of(begun)->alarm.begin_wall_ms, 0);
    const uint32_t begun_by_ms = house.now_ms;
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    (void)source->acknowledge(source->ctx, begun);
    assert_true(asked_of(begun)->acknowledged);
    house_pass(&house, 20000);
    pack->cell_off_mv = 0; /* it ends before the clock is set */
    house_pass(&house, 10000);
    const struct vb_occurrence *over = asked_of(begun);
    assert_true(over->ended);
    assert_int_equal(over->alarm.end_wall_ms, 0);
    house_raise_alert(&house, pack); /* and another is open then */
    const uint64_t open = over_voltage(true).id;
    house_pass(&house, 5000);
    house.wall_known = true;
    house_pass(&house, 1000);
    over = asked_of(begun);
    assert_in_range(over->alarm.begin_wall_ms, HOUSE_WALL_MS + begun_by_ms - 4000,
                    HOUSE_WALL_MS + begun_by_ms);
    assert_in_range(over->alarm.end_wall_ms - over->alarm.begin_wall_ms, 20000, 35000);
    assert_int_equal(over->acknowledged_ms, HOUSE_WALL_MS + begun_by_ms);
    assert_in_range(asked_of(open)->alarm.begin_wall_ms, house_clock(&house).wall_ms - 12000,
                    house_clock(&house).wall_ms - 6000);
    for (uint64_t i = 0; i < house.events.count; i++)
        assert_true(house.events.kept[i].alarm.begin_wall_ms >= HOUSE_WALL_MS);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_in_range(asked_of(open)->alarm.end_wall_ms - asked_of(open)->alarm.begin_wall_ms, 10000,
                    25000);
}

static void a_silence_before_the_clock_is_set_is_dated_too(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    house_stop(&house);
    house.wall_known = false;
    pack->silent = true;
    house_start(&house);
    house_pass(&house, vb_timing_default.offline_after + 2000);
    assert_true(asked_of(id)->last_known);
    const uint64_t last_ms = asked_of(id)->last_known_ms; /* kept by the stop */
    assert_true(last_ms >= HOUSE_WALL_MS);
    assert_true(asked_of(id)->alarm.begin_wall_ms >= HOUSE_WALL_MS); /* it was known */
    house.wall_known = true;
    house_pass(&house, 1000);
    struct vb_occurrence lost = {.id = 0};
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, &lost), 1);
    assert_in_range(lost.alarm.begin_wall_ms, house_clock(&house).wall_ms - 4000,
                    house_clock(&house).wall_ms - 1000);
    assert_int_equal(asked_of(id)->last_known_ms, last_ms);
}

static void a_recording_before_the_clock_is_set_is_named_by_the_time_since_the_start(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 5000);
    house_raise_alert(&house, pack);
    assert_int_equal(strncmp(house.recordings.entries[0].name, "up", 2), 0);
    assert_int_equal(house.recordings.entries[0].begin_ms, 0);
}

/* == Recordings ============================================================================== */

static void an_alert_is_recorded_and_a_second_one_prolongs_it(void **state)
{
    (void)state;
    house_pass(&house, 30000);
    house_raise_alert(&house, pack);
    assert_int_equal(house.recordings.count, 1);
    const struct vb_recording_entry *entry = &house.recordings.entries[0];
    assert_string_equal(over_voltage(true).recording, entry->name);
    assert_non_null(strstr(entry->name, "-020000000001-"));
    assert_null(strpbrk(entry->name, ":_"));
    assert_int_equal(entry->state, VB_RECORDING_UNDER_WAY);
    pack->cell_off_mv = 0;
    house_pass(&house, 15000);
    house_raise_alert(&house, pack); /* the same recording continues: 30 s from now */
    assert_string_equal(over_voltage(true).recording, entry->name);
    pack->cell_off_mv = 0;
    house_pass(&house, 20000);
    assert_int_equal(entry->state, VB_RECORDING_UNDER_WAY);
    house_pass(&house, 15000);
    assert_int_equal(entry->state, VB_RECORDING_COMPLETE);
    assert_int_equal(house.recordings.count, 1);
    assert_true(house.recordings.lines[0] > 75); /* a reading a second, and what else happened */
    assert_true(entry->begin_ms >= HOUSE_WALL_MS);
    assert_in_range(entry->end_ms - entry->begin_ms, 75000, 95000);
}

static void no_recording_is_made_where_the_setting_or_the_device_says_so(void **state)
{
    (void)state;
    house_set(&house, VB_SECTION_ALARMS, "black_box", 0, NULL);
    house_raise_alert(&house, pack);
    assert_int_equal(house.recordings.count, 0);
    assert_string_equal(over_voltage(true).recording, "");
    house_set(&house, VB_SECTION_ALARMS, "black_box", 1, NULL);
    house.config.sizes.box_readings = 0;
    house_stop(&house);
    house_start(&house);
    pack->cell_off_mv = 0;
    house_pass(&house, 5000);
    house_raise_alert(&house, pack);
    assert_int_equal(house.recordings.count, 0);
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 10, &entry), VB_ERR_NOT_FOUND);
}

static void a_recording_on_demand_runs_its_time_and_a_second_one_is_told_of_it(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    struct vb_recording_entry again;
    const struct vb_recording_source *source = house.device.api.recordings;
    const struct vb_mac nobody = {{2, 9}};
    assert_int_equal(source->begin(source->ctx, &nobody, 5, &entry), VB_ERR_NOT_FOUND);
    assert_int_equal(source->begin(source->ctx, &pack->mac, 5, &entry), VB_ERR_OK);
    assert_int_equal(source->begin(source->ctx, &pack->mac, 5, &again), VB_ERR_BUSY);
    assert_string_equal(entry.name, again.name);
    house_pass(&house, 7000);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_COMPLETE);
    house.recordings.refuses = true;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 5, &entry), VB_ERR_STORE);
}

static void a_recording_has_each_sample_once_and_the_link_every_five_seconds(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 20, &entry), VB_ERR_OK);
    house_pass(&house, 21000);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_COMPLETE);
    assert_in_range(house.recordings.readings[0], 24, 26); /* the previous 5 s were there already */
    assert_in_range(house.recordings.links[0], 5, 7);

    pack->interval_ms = 0;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 20, &entry), VB_ERR_OK);
    house_pass(&house, 1000);
    const unsigned before = house.recordings.readings[1];
    const uint32_t sequence = pack->sequence;
    for (unsigned i = 0; i < 3; i++) { /* the same sweep, repeated */
        pack->sequence = sequence;
        house_pack_reading(pack, house.now_ms);
        house_pass(&house, 500);
    }
    house_pass(&house, 1000);
    assert_int_equal(house.recordings.readings[1], before + 1);
    house_pack_boot(pack, house.now_ms); /* starts counting again, and may reach the same number */
    house_pass(&house, 3000);
    pack->sequence = sequence;
    house_pack_reading(pack, house.now_ms);
    house_pass(&house, 2000);
    assert_int_equal(house.recordings.readings[1], before + 2);
}

static void a_recording_under_way_is_complete_when_the_device_stops(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_UNDER_WAY);
    house_stop(&house);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_COMPLETE);
}

/* == Not followed any more =================================================================== */

static void what_is_open_of_a_transmitter_ends_when_it_is_not_followed_any_more(void **state)
{
    (void)state;
    struct vb_occurrence forgotten;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_UNDER_WAY);
    pack->on = false;
    house.device.core.config.peers[0].used = false; /* the way the core leaves a place */
    house_pass(&house, 1000);
    assert_true(asked_of(id)->ended);
    assert_true(asked_of(id)->alarm.end_wall_ms > asked_of(id)->alarm.begin_wall_ms);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, &forgotten), 1);
    assert_true(vb_mac_equal(&forgotten.mac, &pack->mac));
    assert_int_equal(house_tally(&house, pack).open, 0);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_COMPLETE);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
    house_pass(&house, vb_timing_default.offline_after + 2000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), 0);

    house_pack_boot(pack, house.now_ms); /* followed again, it starts afresh */
    house_pass(&house, 5000);
    assert_int_not_equal(over_voltage(true).id, id);
}

static void a_place_that_is_given_to_another_has_nothing_of_the_one_before(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    pack->on = false;
    struct house_pack *other = house_pack_new(&house);
    house.device.core.config.peers[0].used = false;
    house_pass(&house, 5000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    assert_non_null(vb_receiver_peer(&house.device.core, &other->mac));
    struct vb_alarm_tally result;
    house.device.occurrences.tally(house.device.occurrences.ctx, &pack->mac, &result);
    assert_int_equal(result.open, 0);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, NULL), 1);
}

static void forgotten_and_taken_back_at_once_it_begins_anew(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    assert_int_equal(vb_receiver_forget(&house.device.core, house.now_ms, &pack->mac), VB_ERR_OK);
    assert_int_equal(vb_receiver_unforget(&house.device.core, house.now_ms, &pack->mac), VB_ERR_OK);
    house_pass(&house, 5000); /* nobody has looked in between */
    assert_true(asked_of(id)->ended);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, NULL), 1);
    assert_int_not_equal(over_voltage(true).id, id);
}

static void one_that_is_silent_for_too_long_is_given_up_saying_so(void **state)
{
    (void)state;
    struct vb_occurrence kept;
    house_set(&house, VB_SECTION_RECEIVER, "forget_after_days", 1, NULL);
    house_pass(&house, 1000);
    pack->on = false;
    house_pass(&house, 100);
    house.device.core.uptime_s += 2 * 86400; /* two days pass */
    house_pass(&house, 1000);
    assert_null(vb_receiver_peer(&house.device.core, &pack->mac));
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_GIVEN_UP, &kept), 1);
    assert_true(vb_mac_equal(&kept.mac, &pack->mac));
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, NULL), 0);
    pack->on = true;
    house_pass(&house, 5000);
    assert_non_null(vb_receiver_peer(&house.device.core, &pack->mac));
}

static void one_that_finds_no_place_is_told_once(void **state)
{
    (void)state;
    struct vb_occurrence kept;
    house_set(&house, VB_SECTION_RECEIVER, "adopt_new", 0, NULL);
    struct house_pack *other = house_pack_new(&house);
    house_pass(&house, 30000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_UNPLACED, &kept), 1);
    assert_true(vb_mac_equal(&kept.mac, &other->mac));
    assert_non_null(strstr(kept.text, "follows no new"));
}

/* Someone claims to be a transmitter, and sends nothing else. */
static void hear_stranger(uint8_t number)
{
    static uint32_t seq;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const struct vb_mac mac = {{2, 0x99, 0, 0, 0, number}};
    const struct vb_beacon beacon = {.store_id = 1u + number, .boot = 1};
    struct vb_frame frame = {.message = VB_MESSAGE_BEACON, .epoch = 1, .seq = ++seq};
    struct vb_writer writer =
        vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, vb_room_plain.payload_bytes_max);
    vb_beacon_write(&writer, &beacon);
    frame.payload_size = writer.at;
    const size_t size = vb_frame_finish(&vb_room_plain, &frame, &mac, &vb_mac_broadcast, bytes);
    const struct vb_clock clock = house_clock(&house);
    const struct vb_link_frame heard = {
        .src = mac, .dst = vb_mac_broadcast, .bytes = bytes, .size = (uint16_t)size};
    (void)vb_receiver_device_input(&house.device, &clock, &heard);
}

/* It got its place when another one's frame arrived. */
static void one_whose_turn_has_come_is_said_to_be_there_at_once(void **state)
{
    (void)state;
    struct vb_occurrence kept;
    const uint8_t places = house.device.config.sizes.peers;
    for (uint8_t i = 0; i < places; i++) /* one too many: the pack has one, too */
        hear_stranger(i);
    house_pass(&house, 2500);
    hear_stranger(places);
    (void)house_states(&house, VB_STATE_LINK_CONNECTED, &kept);
    assert_int_equal(kept.mac.bytes[1], 0x99);
    assert_int_equal(kept.mac.bytes[5], places - 1);
}

static void ever_new_strangers_take_a_bounded_number_of_lines_an_hour(void **state)
{
    (void)state;
    const uint64_t before = house.events.count;
    for (uint8_t i = 0; i < 100; i++) {
        hear_stranger(i);
        house_pass(&house, 2500);
    }
    assert_non_null(vb_receiver_peer(&house.device.core, &pack->mac));
    assert_null(vb_receiver_peer(&house.device.core, &(struct vb_mac){{2, 0x99}}));
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, NULL), 0);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_UNPLACED, NULL), 8);
    /* Each change of a link is an event, and may begin an alarm. */
    assert_in_range(house.events.count - before, 8 + 32, 8 + 2 * 32);
}

static void the_alarm_of_a_stranger_ends_when_it_is_heard_whether_or_not_that_is_told(void **state)
{
    (void)state;
    hear_stranger(7);
    house_pass(&house, vb_timing_default.offline_after + 1000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 1);
    house.device.strangers = 1000;
    hear_stranger(7);
    house_pass(&house, 100);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
}

/* == Limits ================================================================================== */

static void limits_of_the_battery_count_as_soon_as_they_are_known(void **state)
{
    (void)state;
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", PACK_MV - 10);
    house_pass(&house, 4000);
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    house_stop(&house);
    house_start(&house); /* from its cache: before the transmitter has said anything of it */
    house_pass(&house, 4000);
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", 4200);
    house_pass(&house, 4000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
}

static void more_alarms_than_there_is_room_for_are_left_to_the_log(void **state)
{
    (void)state;
    house_stop(&house);
    house.config.sizes.open_alarms = 3;
    house_start(&house);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", PACK_MV - 10);
    house_pass(&house, 4000);
    assert_int_equal(house_tally(&house, pack).open, 3);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", 4200);
    house_pass(&house, 4000);
    assert_int_equal(house_tally(&house, pack).open, 0);
    house_raise_alert(&house, pack);
    assert_int_not_equal(house_tally(&house, pack).open, 0);
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(an_alarm_begins_and_ends_as_one_event),
        FRESH(a_sensor_that_is_not_there_is_proposed_until_it_is_named),
        FRESH(a_contradicted_value_is_counted_and_raises_nothing),
        FRESH(an_imbalance_rises_from_warning_to_alert_as_one_event),
        FRESH(an_open_alarm_goes_on_over_a_restart_as_the_same_event),
        FRESH(an_open_alarm_that_names_no_cell_is_closed_at_the_start),
        FRESH(alarms_of_a_silent_transmitter_are_as_last_known_since_its_last_reading),
        FRESH(what_ends_as_last_known_is_over_and_no_more_that),
        FRESH(a_kept_text_says_what_is_until_it_says_what_was),
        FRESH(alarms_are_as_last_known_though_beacons_come_while_readings_do_not),
        FRESH(readings_that_are_seldom_are_live_for_as_long_as_they_are_usual),
        FRESH(a_last_reading_before_the_clock_is_set_is_dated_once_it_is),
        FRESH(a_reading_older_than_the_receivers_start_is_live_from_the_start),
        FRESH(an_alarm_that_begins_with_an_old_sample_is_as_last_known),
        FRESH(what_began_with_a_sample_of_before_a_pause_is_live_with_the_next),
        FRESH(what_ends_with_an_old_sample_ended_when_that_was_taken),
        FRESH(readings_that_come_again_end_their_absence_when_they_come),
        FRESH(what_begins_and_ends_with_old_samples_is_dated_by_them_later_too),
        FRESH(the_worst_of_an_old_sample_is_dated_by_it_with_a_late_clock),
        FRESH(what_is_open_of_a_slow_pack_does_not_flap_after_a_start),
        FRESH(readings_that_never_come_after_a_start_have_stopped_by_what_was_usual),
        FRESH(a_start_knows_since_when_nothing_is_known_before_anything_is_heard),
        FRESH(after_a_power_cut_an_alarm_is_as_known_since_it_was_surely_known),
        FRESH(what_is_asked_for_is_what_is_now_and_beside_it_the_worst),
        FRESH(what_is_acknowledged_is_counted_apart_also_after_a_restart),
        FRESH(times_of_a_wrong_clock_are_what_they_were_once_it_is_set),
        FRESH(what_goes_on_under_a_wrong_clock_is_dated_with_the_rest),
        FRESH(what_was_at_worst_before_a_restart_stays_so_when_the_clock_is_set),
        FRESH(what_an_earlier_start_kept_is_acknowledged_by_the_right_clock),
        FRESH(times_wait_for_the_clock_and_are_then_what_they_were),
        FRESH(a_silence_before_the_clock_is_set_is_dated_too),
        FRESH(a_recording_before_the_clock_is_set_is_named_by_the_time_since_the_start),
        FRESH(an_alert_is_recorded_and_a_second_one_prolongs_it),
        FRESH(no_recording_is_made_where_the_setting_or_the_device_says_so),
        FRESH(a_recording_on_demand_runs_its_time_and_a_second_one_is_told_of_it),
        FRESH(a_recording_has_each_sample_once_and_the_link_every_five_seconds),
        FRESH(a_recording_under_way_is_complete_when_the_device_stops),
        FRESH(what_is_open_of_a_transmitter_ends_when_it_is_not_followed_any_more),
        FRESH(forgotten_and_taken_back_at_once_it_begins_anew),
        FRESH(one_that_is_silent_for_too_long_is_given_up_saying_so),
        FRESH(one_that_finds_no_place_is_told_once),
        FRESH(one_whose_turn_has_come_is_said_to_be_there_at_once),
        FRESH(ever_new_strangers_take_a_bounded_number_of_lines_an_hour),
        FRESH(the_alarm_of_a_stranger_ends_when_it_is_heard_whether_or_not_that_is_told),
        FRESH(a_place_that_is_given_to_another_has_nothing_of_the_one_before),
        FRESH(the_balance_is_learnt_anew_after_a_reboot_of_the_transmitter),
        FRESH(limits_of_the_battery_count_as_soon_as_they_are_known),
        FRESH(more_alarms_than_there_is_room_for_are_left_to_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
