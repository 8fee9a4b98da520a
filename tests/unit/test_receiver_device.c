/* A receiver device: what becomes of a transmitter's link, readings and reboots, over restarts and
 * pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"
#include "voltbeacon/core/transmitter_facts.h"

static struct house house;

static int fresh(void **state)
{
    (void)state;
    house_new(&house);
    return 0;
}

static struct vb_alarm_tally tally_of(const struct house_pack *pack)
{
    struct vb_alarm_tally tally;
    house.device.occurrences.tally(house.device.occurrences.ctx, &pack->mac, &tally);
    return tally;
}

/* == The start =============================================================================== */

static void nothing_is_sent_before_the_boot_is_durable(void **state)
{
    (void)state;
    const struct vb_clock clock = house_clock(&house);
    house.config.memory = malloc(vb_receiver_device_bytes(&house.config.sizes));
    vb_receiver_device_init(&house.device, &house.config, &clock);
    vb_receiver_device_tick(&house.device, &clock);
    vb_receiver_device_output(&house.device, &clock);
    assert_int_equal(house.frames_sent, 0);
    house_settle(&house);
    vb_receiver_device_output(&house.device, &clock);
    assert_int_not_equal(house.frames_sent, 0);
    const uint16_t epoch = house.device.epoch;
    house_start(&house);
    assert_int_equal(house.device.epoch, (uint16_t)(epoch + 1));
}

static void a_store_that_does_not_answer_costs_the_count_not_the_start(void **state)
{
    (void)state;
    struct vb_clock clock = house_clock(&house);
    house.config.memory = malloc(vb_receiver_device_bytes(&house.config.sizes));
    vb_receiver_device_init(&house.device, &house.config, &clock);
    clock.now_ms += 9999;
    vb_receiver_device_tick(&house.device, &clock);
    vb_receiver_device_output(&house.device, &clock);
    assert_int_equal(house.frames_sent, 0);
    clock.now_ms += 1;
    vb_receiver_device_tick(&house.device, &clock);
    vb_receiver_device_output(&house.device, &clock);
    assert_int_not_equal(house.frames_sent, 0);
    assert_non_null(strstr(house.log, "has not answered for 10 s"));
    assert_null(strstr(house.log, "settings are not kept")); /* it may yet be written */
    vb_receiver_device_committed(&house.device, &clock, VB_RECEIVER_STORE_BOOT,
                                 memory_store_settle(&house.boot, true), VB_ERR_OK);
    assert_null(strstr(house.log, "settings are not kept"));
}

static void a_store_that_refuses_late_is_said_to_do_so_once(void **state)
{
    (void)state;
    house.boot_answer = VB_ERR_BUSY; /* none yet */
    house_start(&house);
    house_pass(&house, 12000);
    assert_null(strstr(house.log, "settings are not kept"));
    house.boot_answer = VB_ERR_STORE;
    house_pass(&house, 3000);
    assert_non_null(strstr(house.log, "settings are not kept"));
    house.log[0] = '\0';
    house_pass(&house, 60000);
    assert_null(strstr(house.log, "settings are not kept"));
    house.boot_answer = VB_ERR_OK;
}

/* What was full at the start has room later: the start counts, and nothing else need change. */
static void a_start_that_could_not_be_stored_is_stored_later(void **state)
{
    (void)state;
    house_start(&house);
    const uint16_t epoch = house.device.epoch;
    house_stop(&house);
    house.boot_answer = VB_ERR_STORE;
    house_start(&house);
    assert_non_null(strstr(house.log, "settings are not kept"));
    house.boot_answer = VB_ERR_OK;
    const unsigned commits = house.boot.commits;
    house_pass(&house, 9000);
    assert_int_equal(house.boot.commits, commits);
    house_pass(&house, 3000);
    assert_int_equal(house.boot.commits, commits + 1);
    house_pass(&house, 30000);
    assert_int_equal(house.boot.commits, commits + 1);
    house_stop(&house);
    house_start(&house);
    assert_int_equal(house.device.epoch, (uint16_t)(epoch + 2));
}

/* == The link ================================================================================ */

static void a_transmitter_dead_at_the_start_is_lost_once_it_could_have_been_heard(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(house_states(&house, VB_STATE_LINK_CONNECTED, NULL), 1);
    house_stop(&house);
    pack->on = false;
    house_start(&house);
    house_pass(&house, vb_timing_default.offline_after - 1000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), 0);
    house_pass(&house, 2000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 1);
    assert_int_equal(house_states(&house, VB_STATE_LINK_OFFLINE, NULL), 0); /* it did not change */

    house_pack_boot(pack, house.now_ms);
    house_pass(&house, 3000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
    assert_int_equal(house_states(&house, VB_STATE_LINK_CONNECTED, NULL), 2);
}

static void a_link_that_goes_and_comes_is_an_alarm_and_changes_of_state(void **state)
{
    (void)state;
    struct vb_occurrence lost = {.id = 0};
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 3000);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    assert_int_equal(house_states(&house, VB_STATE_LINK_DEGRADED, NULL), 1);
    assert_int_equal(house_states(&house, VB_STATE_LINK_OFFLINE, NULL), 1);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, &lost), 1);
    assert_true(vb_mac_equal(&lost.mac, &pack->mac));
    pack->silent = false;
    house_pass(&house, 20000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, &lost), 1);
    assert_true(lost.alarm.end_wall_ms > lost.alarm.begin_wall_ms);
}

/* What a transmitter said before it died waits in the socket of a receiver that was stopped. */
static void old_frames_of_a_dead_transmitter_end_no_alarm(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 3000);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    pack->silent = false;
    house.late_ms = vb_timing_default.offline_after;
    house_pass(&house, 20000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 1);
    house.late_ms = vb_timing_default.degraded_after; /* still there a while ago */
    house_pass(&house, 2000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 0);
    assert_int_equal(house_states(&house, VB_STATE_LINK_CONNECTED, NULL), 1);
    house.late_ms = 0;
    house_pass(&house, 2000);
    assert_int_equal(house_states(&house, VB_STATE_LINK_CONNECTED, NULL), 2);
}

static void a_reboot_is_reported_with_its_number(void **state)
{
    (void)state;
    struct vb_occurrence reboot = {.id = 0};
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 3000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_REBOOTED, NULL), 0);
    house_pack_boot(pack, house.now_ms);
    house_pass(&house, 3000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_REBOOTED, &reboot), 1);
    assert_non_null(strstr(reboot.text, "(boot "));
}

static void a_reboot_is_reported_with_its_reason(void **state)
{
    (void)state;
    struct vb_occurrence reboot = {.id = 0};
    const struct vb_board_facts crash = {
        .start = VB_START_CRASH, .crashes = 2, .flags = VB_BOARD_CORE_DUMP};
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 3000);
    house_pack_boot(pack, house.now_ms);
    vb_transmitter_facts(&pack->t, house.now_ms, &crash);
    house_pass(&house, 3000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_REBOOTED, &reboot), 1);
    assert_non_null(
        strstr(reboot.text, "): a crash, 2 crashes in a row. A core dump lies in its flash."));
    assert_int_equal(reboot.alarm.level, VB_ALARM_WARNING);
    house_pack_boot(pack, house.now_ms); /* this boot tells nothing */
    house_pass(&house, 3000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_REBOOTED, &reboot), 2);
    assert_non_null(strstr(reboot.text, ")."));
    assert_int_equal(reboot.alarm.level, VB_ALARM_INFO);
}

static void the_receivers_own_start_is_reported_with_its_reason(void **state)
{
    (void)state;
    struct vb_occurrence start = {.id = 0};
    house_start(&house);
    assert_int_equal(house_states(&house, VB_STATE_RECEIVER_STARTED, &start), 1);
    assert_string_equal(start.text, "Receiver started.");
    assert_int_equal(start.alarm.level, VB_ALARM_INFO);
    house_stop(&house);
    house.config.facts.board = (struct vb_board_facts){.start = VB_START_BROWNOUT};
    house_start(&house);
    assert_int_equal(house_states(&house, VB_STATE_RECEIVER_STARTED, &start), 2);
    assert_string_equal(start.text, "Receiver started: too low a supply voltage.");
    assert_int_equal(start.alarm.level, VB_ALARM_WARNING);
}

/* == Many, and pauses ======================================================================== */

/* As many open "not heard" alarms as packs that are silent, one each, and on none that is heard. */
static void assert_lost_are_the_silent(void)
{
    unsigned silent = 0;
    for (uint8_t i = 0; i < house.pack_count; i++) {
        const struct house_pack *pack = &house.packs[i];
        const bool expected = pack->silent || !pack->on;
        silent += expected;
        assert_int_equal(tally_of(pack).open, expected ? 1 : 0);
        assert_int_equal(vb_receiver_peer(&house.device.core, &pack->mac)->link,
                         expected ? VB_LINK_OFFLINE : VB_LINK_CONNECTED);
    }
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), silent);
}

static void a_start_with_sixteen_transmitters_leaves_no_alarm_behind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++)
        house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 3000);
    assert_lost_are_the_silent();
    for (unsigned start = 0; start < 3; start++) {
        house_stop(&house);
        for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++)
            house.packs[i].on = false;
        house_start(&house);
        house_pass(&house, vb_timing_default.offline_after + 2000);
        assert_lost_are_the_silent();
        for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++)
            house_pack_boot(&house.packs[i], house.now_ms);
        house_pass(&house, 5000);
        assert_lost_are_the_silent();
    }
}

/* What a page that was open all the time has heard last of each pack is so. */
static void assert_pushed_is_so(struct vb_push_client *client)
{
    char links[HOUSE_PACKS_MAX][HOUSE_LINK_SIZE] = {{0}};
    house_read_links(&house, client, links);
    for (uint8_t i = 0; i < house.pack_count; i++)
        assert_string_equal(links[i], house.packs[i].silent ? "Offline" : "Connected");
}

static void ten_packs_that_fall_silent_while_the_receiver_is_paused_are_all_lost(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++)
        house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 5000);
    struct vb_push_client client;
    vb_push_join(&house.device.push, &client, VB_PUSH_STATE, NULL);
    assert_pushed_is_so(&client);
    for (unsigned i = 0; i < 10; i++)
        house.packs[i].silent = true;
    house.paused = true;
    house_pass(&house, 33000);
    house.paused = false;
    house_pass(&house, 17000); /* a beacon comes every 15 s at least */
    assert_lost_are_the_silent();
    assert_pushed_is_so(&client);
    for (unsigned i = 0; i < 10; i++)
        house.packs[i].silent = false;
    house_pass(&house, 20000);
    assert_lost_are_the_silent();
    assert_pushed_is_so(&client);
    vb_push_leave(&house.device.push, &client);
}

static void a_pause_of_the_receiver_is_nobodys_silence(void **state)
{
    (void)state;
    static const uint32_t pauses_ms[] = {3000, 33000, 200000};
    for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++) {
        house.now_ms += HOUSE_STEP_MS; /* so that they do not speak in step */
        house_pack_new(&house);
    }
    house_start(&house);
    house_pass(&house, 5000);
    for (size_t i = 0; i < VB_COUNT_OF(pauses_ms); i++) {
        house.paused = true;
        house_pass(&house, pauses_ms[i]);
        house.paused = false;
        house_pass(&house, 20000);
        assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), 0);
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
    }
}

/* == Readings ================================================================================ */

static void every_reading_is_filed_once_by_this_devices_clock(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 10500);
    const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
    assert_in_range(house.history.added, 9, 10);
    assert_int_equal(house.history.added, peer->quality.readings);
    assert_int_equal(house.history.last_epoch, peer->epoch);
    const uint64_t now_wall_ms = house_clock(&house).wall_ms;
    assert_in_range(house.history.last_wall_ms, now_wall_ms - 1000, now_wall_ms);
}

static void a_reading_that_waited_in_the_link_is_as_old_as_it_is(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 5000);
    house.late_ms = 20000;
    house_pass(&house, 1000);
    const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
    const uint64_t now_wall_ms = house_clock(&house).wall_ms;
    assert_in_range(house.history.last_wall_ms, now_wall_ms - 22000, now_wall_ms - 20000);
    assert_true(house.now_ms - vb_reading_ring_at(&peer->ring, 0)->sampled_ms >= 20000);
    house.late_ms = 0; /* and the next one is new again */
    house_pass(&house, 1000);
    assert_true(house.now_ms - vb_reading_ring_at(&peer->ring, 0)->sampled_ms < 2000);
}

static void readings_are_not_filed_while_the_clock_is_not_set(void **state)
{
    (void)state;
    house_pack_new(&house);
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(house.history.added, 0);
    house.wall_known = true;
    house_pass(&house, 5000);
    assert_in_range(house.history.added, 4, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_sent_before_the_boot_is_durable, fresh),
        cmocka_unit_test_setup(a_store_that_does_not_answer_costs_the_count_not_the_start, fresh),
        cmocka_unit_test_setup(a_store_that_refuses_late_is_said_to_do_so_once, fresh),
        cmocka_unit_test_setup(a_start_that_could_not_be_stored_is_stored_later, fresh),
        cmocka_unit_test_setup(
            a_transmitter_dead_at_the_start_is_lost_once_it_could_have_been_heard, fresh),
        cmocka_unit_test_setup(old_frames_of_a_dead_transmitter_end_no_alarm, fresh),
        cmocka_unit_test_setup(a_link_that_goes_and_comes_is_an_alarm_and_changes_of_state, fresh),
        cmocka_unit_test_setup(a_reboot_is_reported_with_its_number, fresh),
        cmocka_unit_test_setup(a_reboot_is_reported_with_its_reason, fresh),
        cmocka_unit_test_setup(the_receivers_own_start_is_reported_with_its_reason, fresh),
        cmocka_unit_test_setup(a_start_with_sixteen_transmitters_leaves_no_alarm_behind, fresh),
        cmocka_unit_test_setup(a_pause_of_the_receiver_is_nobodys_silence, fresh),
        cmocka_unit_test_setup(ten_packs_that_fall_silent_while_the_receiver_is_paused_are_all_lost,
                               fresh),
        cmocka_unit_test_setup(every_reading_is_filed_once_by_this_devices_clock, fresh),
        cmocka_unit_test_setup(a_reading_that_waited_in_the_link_is_as_old_as_it_is, fresh),
        cmocka_unit_test_setup(readings_are_not_filed_while_the_clock_is_not_set, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
