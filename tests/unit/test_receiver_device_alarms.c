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
    pack = house_pack_new(&house);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_count", PACK_CELLS);
    house_pass(&house, 100);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "pack_voltage_min_dv", 450);
    house_pass(&house, 100);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "pack_voltage_max_dv", 672);
    house_start(&house);
    house_pass(&house, 5000);
    return 0;
}

/* The third cell, far above what its battery section allows. */
static void raise_alert(void)
{
    pack->cell_off_mv = 800;
    house_pass(&house, 4000);
}

static struct vb_alarm_tally tally(void)
{
    struct vb_alarm_tally result;
    house.device.occurrences.tally(house.device.occurrences.ctx, &pack->mac, &result);
    return result;
}

static struct vb_occurrence over_voltage(bool open)
{
    struct vb_occurrence last;
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, open, &last), 0);
    return last;
}

/* == Begin, end, restart ===================================================================== */

static void an_alarm_begins_and_ends_as_one_event(void **state)
{
    (void)state;
    assert_int_equal(tally().open, 0);
    raise_alert();
    struct vb_occurrence alarm = over_voltage(true);
    assert_int_equal(alarm.alarm.cell, 2);
    assert_true(vb_mac_equal(&alarm.mac, &pack->mac));
    assert_non_null(strstr(alarm.text, "Cell 3"));
    assert_int_not_equal(tally().open, 0);
    assert_int_equal(tally().worst, VB_ALARM_ALERT);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, &alarm), 1);
    assert_true(alarm.alarm.end_wall_ms >= alarm.alarm.begin_wall_ms + 3000);
    assert_int_equal(tally().open, 0);
}

static void an_imbalance_rises_from_warning_to_alert_as_one_event(void **state)
{
    (void)state;
    struct vb_occurrence alarm;
    house_pass(&house, 20000); /* it is learnt what is usual */
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
    raise_alert();
    const struct vb_occurrence before = over_voltage(true);
    house_stop(&house);
    house_start(&house);
    assert_int_not_equal(tally().open, 0); /* before anything was heard */
    house_pass(&house, 5000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, false, NULL), 1);
    assert_int_equal(over_voltage(true).id, before.id);
    assert_int_equal(over_voltage(true).alarm.begin_wall_ms, before.alarm.begin_wall_ms);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_int_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
}

static void an_open_alarm_that_names_no_cell_is_closed_at_the_start(void **state)
{
    (void)state;
    raise_alert();
    struct vb_occurrence odd = over_voltage(true);
    odd.alarm.cell = 250;
    const uint64_t id = memory_events_add(&house.events, &odd);
    house_stop(&house);
    house_start(&house);
    assert_false(vb_occurrence_is_open(memory_events_find(&house.events, id)));
}

/* == Silence ================================================================================= */

static void alarms_of_a_silent_transmitter_are_as_last_known(void **state)
{
    (void)state;
    raise_alert();
    assert_int_equal(over_voltage(true).last_known_ms, 0);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    assert_int_not_equal(over_voltage(true).last_known_ms, 0);
    struct vb_occurrence lost;
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, &lost), 1);
    assert_int_equal(lost.last_known_ms, 0); /* of its own silence the receiver knows */
    house_stop(&house);
    house_start(&house);
    assert_int_not_equal(over_voltage(true).last_known_ms, 0);
    pack->silent = false;
    house_pass(&house, 20000);
    assert_int_equal(over_voltage(true).last_known_ms, 0);
}

/* == Recordings ============================================================================== */

static void an_alert_is_recorded_and_a_second_one_prolongs_it(void **state)
{
    (void)state;
    house_pass(&house, 30000);
    raise_alert();
    assert_int_equal(house.recordings.count, 1);
    const struct vb_recording_entry *entry = &house.recordings.entries[0];
    assert_string_equal(over_voltage(true).recording, entry->name);
    assert_non_null(strstr(entry->name, "-020000000001-"));
    assert_null(strpbrk(entry->name, ":_"));
    assert_int_equal(entry->state, VB_RECORDING_UNDER_WAY);
    pack->cell_off_mv = 0;
    house_pass(&house, 15000);
    raise_alert(); /* the same recording goes on: 30 s from now */
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
    raise_alert();
    assert_int_equal(house.recordings.count, 0);
    assert_string_equal(over_voltage(true).recording, "");
    house_set(&house, VB_SECTION_ALARMS, "black_box", 1, NULL);
    house.config.sizes.box_readings = 0;
    house_stop(&house);
    house_start(&house);
    pack->cell_off_mv = 0;
    house_pass(&house, 5000);
    raise_alert();
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
    assert_in_range(house.recordings.readings[0], 24, 26); /* the 5 s before were there already */
    assert_in_range(house.recordings.links[0], 5, 7);

    pack->interval_ms = 0;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 20, &entry), VB_ERR_OK);
    house_pass(&house, 1000);
    const unsigned before = house.recordings.readings[1];
    const uint32_t sequence = pack->sequence;
    for (unsigned i = 0; i < 3; i++) { /* the same sweep, shown again */
        pack->sequence = sequence;
        house_pack_reading(pack, house.now_ms);
        house_pass(&house, 500);
    }
    house_pass(&house, 1000);
    assert_int_equal(house.recordings.readings[1], before + 1);
    house_pack_boot(pack, house.now_ms); /* counts anew, and may come to the same number */
    house_pass(&house, 3000);
    pack->sequence = sequence;
    house_pack_reading(pack, house.now_ms);
    house_pass(&house, 2000);
    assert_int_equal(house.recordings.readings[1], before + 2);
}

static void a_recording_under_way_is_complete_when_the_device_stops(void **state)
{
    (void)state;
    raise_alert();
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_UNDER_WAY);
    house_stop(&house);
    assert_int_equal(house.recordings.entries[0].state, VB_RECORDING_COMPLETE);
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
    assert_int_equal(tally().open, 3);
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", 4200);
    house_pass(&house, 4000);
    assert_int_equal(tally().open, 0);
    raise_alert();
    assert_int_not_equal(tally().open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_alarm_begins_and_ends_as_one_event, fresh),
        cmocka_unit_test_setup(an_imbalance_rises_from_warning_to_alert_as_one_event, fresh),
        cmocka_unit_test_setup(an_open_alarm_goes_on_over_a_restart_as_the_same_event, fresh),
        cmocka_unit_test_setup(an_open_alarm_that_names_no_cell_is_closed_at_the_start, fresh),
        cmocka_unit_test_setup(alarms_of_a_silent_transmitter_are_as_last_known, fresh),
        cmocka_unit_test_setup(an_alert_is_recorded_and_a_second_one_prolongs_it, fresh),
        cmocka_unit_test_setup(no_recording_is_made_where_the_setting_or_the_device_says_so, fresh),
        cmocka_unit_test_setup(a_recording_on_demand_runs_its_time_and_a_second_one_is_told_of_it,
                               fresh),
        cmocka_unit_test_setup(a_recording_has_each_sample_once_and_the_link_every_five_seconds,
                               fresh),
        cmocka_unit_test_setup(a_recording_under_way_is_complete_when_the_device_stops, fresh),
        cmocka_unit_test_setup(limits_of_the_battery_count_as_soon_as_they_are_known, fresh),
        cmocka_unit_test_setup(more_alarms_than_there_is_room_for_are_left_to_the_log, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
