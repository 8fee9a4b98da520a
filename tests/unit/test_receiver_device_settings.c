/* What a receiver device stores and applies: its settings, at the start and at each change, and
 * what it has learnt about weak cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"

static struct house house;

static int fresh(void **state)
{
    (void)state;
    house_new(&house);
    return 0;
}

/* == Settings ================================================================================ */

static void the_history_has_its_settings_from_the_start_and_at_each_change(void **state)
{
    (void)state;
    house_start(&house);
    assert_true(house.history.settings.enabled);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_10S], 7);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1MIN], 90);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 3650);
    assert_int_equal(house.history.settings.write_interval_ms, 60000);
    house_set(&house, VB_SECTION_HISTORY, "keep_1h_days", 4000, NULL);
    house_set(&house, VB_SECTION_HISTORY, "write_interval_s", 5, NULL);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 4000);
    assert_int_equal(house.history.settings.write_interval_ms, 5000);
    house_stop(&house);
    memory_history_init(&house.history);
    house_start(&house); /* the second start is as the first change */
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 4000);
    assert_int_equal(house.history.settings.write_interval_ms, 5000);
}

static void days_are_those_of_the_time_zone_and_an_unknown_one_is_reported(void **state)
{
    (void)state;
    house_start(&house);
    assert_string_equal(house.history.zone, "UTC");
    house_set(&house, VB_SECTION_DISPLAY, "timezone", 0, "Europe/Vienna");
    assert_string_equal(house.history.zone, "Europe/Vienna");
    house_stop(&house);
    memory_history_init(&house.history);
    house_start(&house);
    assert_string_equal(house.history.zone, "Europe/Vienna");
    assert_string_equal(house.log, "");
}

static void settings_that_cannot_be_read_hold_once_they_can_be(void **state)
{
    (void)state;
    house_start(&house);
    house_set(&house, VB_SECTION_HISTORY, "keep_1h_days", 4000, NULL);
    house_stop(&house);
    memory_history_init(&house.history);
    house.settings.failing = "+19";
    house.settings.failure = VB_ERR_STORE;
    house_start(&house);
    assert_non_null(strstr(house.log, "cannot be read"));
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 3650);
    house_pass(&house, 20000);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 3650);
    house.settings.failing = NULL;
    house_pass(&house, 11000);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 4000);
}

static void settings_without_a_checksum_are_written_with_one_at_the_start(void **state)
{
    (void)state;
    static const uint8_t stored[] = {7, 0, 0, 0, 1, 1, 1}; /* version 7, history.enabled */
    memory_store_plant(&house.settings, "19", stored, sizeof stored);
    house_start(&house);
    house_pass(&house, 1000);
    assert_null(memory_store_find(&house.settings, "19"));
    assert_non_null(memory_store_find(&house.settings, "+19"));
    assert_int_equal(vb_settings_version(&house.device.settings, VB_SECTION_HISTORY), 7);
    house_stop(&house);
    const unsigned commits = house.settings.commits;
    house_start(&house);
    house_pass(&house, 1000);
    assert_int_equal(house.settings.commits, commits); /* it is done once */
}

static void a_count_of_starts_that_cannot_be_read_is_not_written_over(void **state)
{
    (void)state;
    house_start(&house);
    const uint16_t epoch = house.device.epoch;
    house_stop(&house);
    house.boot.failing = "epoch";
    house.boot.failure = VB_ERR_STORE;
    house_start(&house);
    assert_int_equal(house.boot.commits, 1);
    const unsigned sent = house.frames_sent;
    house_pass(&house, 3000);
    assert_true(house.frames_sent > sent); /* it works regardless */
    house_stop(&house);
    house.boot.failing = NULL;
    house_start(&house);
    assert_int_equal(house.device.epoch, epoch + 1);
}

static void only_known_transmitters_are_followed_where_the_setting_says_so(void **state)
{
    (void)state;
    house_start(&house);
    house_set(&house, VB_SECTION_RECEIVER, "adopt_new", 0, NULL);
    const struct house_pack *pack = house_pack_new(&house);
    house_pass(&house, 3000);
    assert_null(vb_receiver_peer(&house.device.core, &pack->mac));
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 20000);
    assert_null(vb_receiver_peer(&house.device.core, &pack->mac));
    house_set(&house, VB_SECTION_RECEIVER, "adopt_new", 1, NULL);
    house_pass(&house, 20000);
    assert_non_null(vb_receiver_peer(&house.device.core, &pack->mac));
}

static void nothing_is_cached_where_the_setting_says_so(void **state)
{
    (void)state;
    house_start(&house);
    house_set(&house, VB_SECTION_RECEIVER, "persist_cache", 0, NULL);
    const struct house_pack *pack = house_pack_new(&house);
    house_pass(&house, 5000);
    house_stop(&house);
    house_start(&house);
    assert_null(vb_receiver_peer(&house.device.core, &pack->mac));
    house_pass(&house, 20000);
    house_set(&house, VB_SECTION_RECEIVER, "persist_cache", 1, NULL);
    house_pass(&house, 5000);
    house_stop(&house);
    house_start(&house);
    assert_non_null(vb_receiver_peer(&house.device.core, &pack->mac));
}

static void what_changed_right_before_the_end_is_in_the_cache(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 5000);
    for (unsigned i = 0; i < 2; i++) { /* the second waits: at most one batch in 2 s */
        house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_count", 20 + i);
        house_pass(&house, 300);
    }
    const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
    const uint32_t version = vb_cache_find(&peer->cache, VB_SECTION_BATTERY)->version;
    house_stop(&house);
    pack->on = false;
    house_start(&house);
    peer = vb_receiver_peer(&house.device.core, &pack->mac);
    assert_int_equal(vb_cache_find(&peer->cache, VB_SECTION_BATTERY)->version, version);
}

static void the_web_port_is_the_one_that_was_set(void **state)
{
    (void)state;
    house_start(&house);
    assert_int_equal(vb_receiver_device_web_port(&house.device), 8080);
    house_set(&house, VB_SECTION_RECEIVER, "web_port", 9000, NULL);
    house_stop(&house);
    house_start(&house);
    assert_int_equal(vb_receiver_device_web_port(&house.device), 9000);
}

static void the_alarms_settings_count_at_once_and_after_a_restart(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 10000);
    house_set(&house, VB_SECTION_ALARMS, "readings_stopped_s", 20, NULL);
    pack->interval_ms = 0; /* it is heard, but sends no readings */
    house_pass(&house, 15000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
    house_pass(&house, 8000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 1);
}

/* Nothing has arrived since the start, so nothing can have stopped. */
static void a_source_that_stays_silent_across_a_restart_has_stopped(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 2; who++) {
        house_new(&house);
        struct house_pack *pack = house_pack_new(&house);
        house_start(&house);
        house_pass(&house, 10000);
        pack->interval_ms = 0;
        if (who == 0) {
            house_stop(&house);
            house_start(&house);
        } else {
            house_pack_boot(pack, house.now_ms);
        }
        house_pass(&house, 115000);
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
        house_pass(&house, 15000);
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 1);
        pack->interval_ms = 1000;
        pack->next_ms = house.now_ms;
        house_pass(&house, 5000);
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 0);
    }
}

/* It arrives once in five minutes, which the receiver still knows after a restart. */
static void a_slow_source_has_stopped_after_a_restart_when_it_is_overdue(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    pack->interval_ms = 300000;
    house_start(&house);
    vb_transmitter_runtime(&pack->t, house.now_ms,
                           &(struct vb_runtime){.flags = VB_RUNTIME_SOURCE_OK});
    house_pass(&house, 10 * 60000);
    house_stop(&house);
    house_start(&house);
    pack->interval_ms = 0;
    house_pass(&house, 890000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
    house_pass(&house, 20000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 1);
}

/* Only what this firmware wrote is used. */
static void an_interval_that_is_not_ours_is_ignored(void **state)
{
    (void)state;
    static const char *const texts[] = {"0\n",     "x\n", "3600001\n", "-5\n",
                                        "3600000", "",    "3600000 \n"};
    struct house_pack *pack = house_pack_new(&house);
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char mac[VB_MAC_TEXT_SIZE];
    house_start(&house);
    house_pass(&house, 10000);
    house_stop(&house);
    pack->interval_ms = 0;
    vb_mac_format(&pack->mac, mac);
    snprintf(key, sizeof key, "interval_ms %s", mac);
    struct memory_note *note = memory_events_noted_under(&house.events, key);
    assert_non_null(note);
    static struct memory_events before_it;
    before_it = house.events;
    for (size_t i = 0; i <= VB_COUNT_OF(texts); i++) {
        house.events = before_it; /* what the last start has raised is not open in this one */
        const char *text = i > 0 ? texts[i - 1] : "3600000\n";
        note->size = strlen(text);
        memcpy(note->text, text, note->size);
        house.now_ms += 1000;
        house_start(&house);
        house_pass(&house, 130000); /* with 120 s a source has stopped that says it is not read */
        assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), i > 0);
        assert_true(note->size == strlen(text)); /* nothing is learnt without a reading */
    }
}

/* Its first reading was lost on the way, and the next is minutes away. */
static void a_source_that_begins_to_be_read_has_not_stopped(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    pack->interval_ms = 0;
    house_start(&house);
    house_pass(&house, 10000);
    vb_transmitter_runtime(&pack->t, house.now_ms,
                           &(struct vb_runtime){.flags = VB_RUNTIME_SOURCE_OK});
    house_pass(&house, 290000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
}

static void readings_that_go_to_mqtt_alone_are_not_missed(void **state)
{
    (void)state;
    struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 10000);
    house_set(&house, VB_SECTION_ALARMS, "readings_stopped_s", 20, NULL);
    pack->interval_ms = 0;
    vb_transmitter_runtime(&pack->t, house.now_ms,
                           &(struct vb_runtime){.flags = VB_RUNTIME_MQTT_ONLY});
    house_pass(&house, 60000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, false, NULL), 0);
    pack->interval_ms = 1000; /* as they were, and then they stop */
    pack->next_ms = house.now_ms;
    vb_transmitter_runtime(&pack->t, house.now_ms, &(struct vb_runtime){.flags = 0});
    house_pass(&house, 5000);
    pack->interval_ms = 0;
    house_pass(&house, 30000);
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 1);
    vb_transmitter_runtime(&pack->t, house.now_ms,
                           &(struct vb_runtime){.flags = VB_RUNTIME_MQTT_ONLY});
    house_pass(&house, 3000); /* nothing is missing any more */
    assert_int_equal(house_alarms(&house, VB_ALARM_READINGS_STOPPED, true, NULL), 0);
}

/* Whether any of its fields claims that something acts on it. */
static bool says_that_something_acts(const struct vb_section *section)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        if (section->fields[i].acts != NULL)
            return true;
    }
    return false;
}

static void sections_of_this_device_have_a_row_if_and_only_if_they_say_that_they_act(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        if (section->owner == VB_OWNER_RECEIVER)
            assert_int_equal(vb_settings_table_has(&vb_receiver_settings_table, section->id),
                             says_that_something_acts(section));
        else if (vb_settings_table_has(&vb_receiver_settings_table, section->id))
            assert_true(says_that_something_acts(section));
    }
}

/* == The history's state ===================================================================== */

static void a_pause_of_the_history_and_its_end_are_events(void **state)
{
    (void)state;
    house_start(&house);
    const struct vb_clock clock = house_clock(&house);
    vb_receiver_device_history(&house.device, &clock, VB_HISTORY_RECORDING);
    assert_int_equal(house_states(&house, VB_STATE_HISTORY_RESUMED, NULL), 0);
    vb_receiver_device_history(&house.device, &clock, VB_HISTORY_PAUSED);
    vb_receiver_device_history(&house.device, &clock, VB_HISTORY_PAUSED);
    assert_int_equal(house_states(&house, VB_STATE_HISTORY_PAUSED, NULL), 1);
    vb_receiver_device_history(&house.device, &clock, VB_HISTORY_RECORDING);
    assert_int_equal(house_states(&house, VB_STATE_HISTORY_RESUMED, NULL), 1);
}

/* == Weak cells ============================================================================== */

static const struct vb_weak_cells *weak_of(const struct house_pack *pack)
{
    return house.device.weak_cells.of(house.device.weak_cells.ctx, &pack->mac);
}

static void weak_cells_are_kept_every_ten_minutes_and_at_the_end(void **state)
{
    (void)state;
    house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 599000);
    assert_int_equal(house.events.weak_note_count, 0);
    house_pass(&house, 3000);
    assert_int_equal(house.events.weak_note_count, 1);
    house_pass(&house, 590000);
    assert_int_equal(house.events.weak_note_count, 1);
    house_pass(&house, 12000);
    assert_int_equal(house.events.weak_note_count, 2);
    house_stop(&house);
    assert_int_equal(house.events.weak_note_count, 3);
}

static void weak_cells_that_could_not_be_kept_are_kept_a_second_later(void **state)
{
    (void)state;
    house_pack_new(&house);
    house_start(&house);
    house.events.notes_refused = true;
    house_pass(&house, 602000);
    assert_int_equal(house.events.weak_note_count, 0);
    house.events.notes_refused = false;
    house_pass(&house, 1000);
    assert_int_equal(house.events.weak_note_count, 1);
}

static void nothing_is_learnt_about_a_transmitter_that_is_not_followed(void **state)
{
    (void)state;
    static const struct house_pack stranger = {.mac = {{2, 9, 9, 9, 9, 9}}};
    house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 60000);
    assert_null(weak_of(&stranger));
}

static void what_was_learnt_of_weak_cells_is_there_after_a_restart(void **state)
{
    (void)state;
    struct vb_weak_cell_result before[VB_CELLS_MAX];
    struct vb_weak_cell_result after[VB_CELLS_MAX];
    const struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 60000);
    assert_int_equal(vb_weak_cells_results(weak_of(pack), before), PACK_CELLS);
    house.events.notes_refused = true; /* another's is pending: the stop waits for it */
    house_stop(&house);
    assert_int_equal(house.events.flushes, 1);
    house_start(&house);
    assert_int_equal(vb_weak_cells_results(weak_of(pack), after), PACK_CELLS);
    for (unsigned i = 0; i < PACK_CELLS; i++)
        assert_true(after[i].deviation_rest_mv == before[i].deviation_rest_mv);
}

static void an_unreadable_note_is_reported_and_learning_starts_over(void **state)
{
    (void)state;
    const struct house_pack *pack = house_pack_new(&house);
    house_start(&house);
    house_pass(&house, 60000);
    house_stop(&house);
    struct memory_note *note = house_weak_note(&house);
    const struct memory_note sound = *note;
    static const char *const broken[] = {"2 ", "1 x", "1 193 0\n", "1 16 12345678901234567890123 "};
    for (unsigned i = 0; i < VB_COUNT_OF(broken); i++) {
        *note = sound;
        memcpy(note->text, broken[i], strlen(broken[i]));
        house_start(&house);
        assert_null(weak_of(pack));
        assert_non_null(strstr(house.log, "learning it again"));
    }
    for (size_t size = 1; size < sound.size - 2; size += 7) { /* truncated anywhere */
        *note = sound;
        note->size = size;
        house_start(&house);
        assert_null(weak_of(pack));
    }
    *note = sound;
    house_start(&house);
    assert_non_null(weak_of(pack));
}

/* == What older paths speak of =============================================================== */

static const char *told_of(const char *path)
{
    static char text[VB_PIECE_BYTES_MAX + 1];
    static struct vb_response response;
    const struct vb_request request = {.method = "GET", .path = path, .host = "127.0.0.1"};
    const struct vb_clock clock = house_clock(&house);
    vb_api_handle(&house.device.api, &request, clock.now_ms, &response);
    const size_t size = vb_response_next(&response, clock.now_ms, text, sizeof text - 1);
    text[size] = '\0';
    return text;
}

/* Whether the older paths are about this pack, by its MAC. */
static bool speaks_of(const struct house_pack *pack)
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&pack->mac, mac);
    return strstr(told_of("/api/get_transmitter_info"), mac) != NULL;
}

static void older_paths_speak_of_who_was_once_heard_first_whatever_the_next_start_hears(
    void **state)
{
    (void)state;
    house_start(&house);
    struct house_pack *late = house_pack_new(&house);
    struct house_pack *first = house_pack_new(&house);
    late->silent = true;
    house_pass(&house, 20000);
    assert_true(speaks_of(first));
    late->silent = false;
    house_pass(&house, 20000);
    assert_true(speaks_of(first));
    for (unsigned starts = 0; starts < 3; starts++) {
        house_stop(&house);
        house_start(&house); /* the cache brings them back in another order */
        assert_true(speaks_of(first));
        first->silent = true;
        house_pass(&house, 20000);
        assert_true(speaks_of(first));
        first->silent = false;
        house_pass(&house, 20000);
    }
    /* Once it is no longer known, another takes its place, and keeps it. */
    house_stop(&house);
    memory_store_init(&house.cache);
    first->silent = true;
    house_start(&house);
    house_pass(&house, 20000);
    assert_true(speaks_of(late));
    first->silent = false;
    house_pass(&house, 20000);
    assert_true(speaks_of(late));
    house_stop(&house);
    house_start(&house);
    assert_true(speaks_of(late));
}

static void a_choice_for_older_paths_that_cannot_be_read_is_not_written_over(void **state)
{
    (void)state;
    house_start(&house);
    struct house_pack *late = house_pack_new(&house);
    struct house_pack *first = house_pack_new(&house);
    late->silent = true;
    house_pass(&house, 20000);
    assert_true(speaks_of(first));
    house_stop(&house);
    memory_store_init(&house.cache);
    house.boot.failing = "first";
    house.boot.failure = VB_ERR_STORE;
    late->silent = false;
    first->silent = true;
    house_start(&house);
    house_pass(&house, 20000);
    assert_true(speaks_of(late)); /* for the moment */
    first->silent = false;
    house_pass(&house, 20000);
    house.boot.failing = NULL;
    house_pass(&house, 2000);
    assert_true(speaks_of(first));
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 2000);
    assert_true(speaks_of(first));
}

/* A batch of the store that a slow disk, or a full one, has not taken yet: the next one waits. */
static void a_choice_for_older_paths_waits_for_a_store_that_is_slow(void **state)
{
    (void)state;
    house.boot_answer = VB_ERR_BUSY;
    house_start(&house);
    struct house_pack *pack = house_pack_new(&house);
    house_pass(&house, 60000);
    assert_true(speaks_of(pack));
    assert_int_equal(house.boot.commits, 1);
    assert_null(memory_store_find(&house.boot, "first"));
    house.boot_answer = VB_ERR_OK;
    house_settle(&house);
    house_pass(&house, 2000);
    assert_non_null(memory_store_find(&house.boot, "first"));
    assert_int_equal(house.boot.commits, 2);
    house_pass(&house, 60000);
    assert_int_equal(house.boot.commits, 2);
}

static void a_choice_for_older_paths_that_could_not_be_stored_is_tried_again(void **state)
{
    (void)state;
    house_start(&house);
    house.boot_answer = VB_ERR_STORE;
    struct house_pack *pack = house_pack_new(&house);
    house_pass(&house, 100000);
    assert_true(speaks_of(pack));
    assert_in_range(house.boot.commits, 5, 12);
    house.boot_answer = VB_ERR_OK;
    house_pass(&house, 12000);
    assert_non_null(memory_store_find(&house.boot, "first"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_history_has_its_settings_from_the_start_and_at_each_change,
                               fresh),
        cmocka_unit_test_setup(days_are_those_of_the_time_zone_and_an_unknown_one_is_reported,
                               fresh),
        cmocka_unit_test_setup(settings_that_cannot_be_read_hold_once_they_can_be, fresh),
        cmocka_unit_test_setup(settings_without_a_checksum_are_written_with_one_at_the_start,
                               fresh),
        cmocka_unit_test_setup(a_count_of_starts_that_cannot_be_read_is_not_written_over, fresh),
        cmocka_unit_test_setup(only_known_transmitters_are_followed_where_the_setting_says_so,
                               fresh),
        cmocka_unit_test_setup(nothing_is_cached_where_the_setting_says_so, fresh),
        cmocka_unit_test_setup(what_changed_right_before_the_end_is_in_the_cache, fresh),
        cmocka_unit_test_setup(the_web_port_is_the_one_that_was_set, fresh),
        cmocka_unit_test_setup(the_alarms_settings_count_at_once_and_after_a_restart, fresh),
        cmocka_unit_test_setup(a_source_that_stays_silent_across_a_restart_has_stopped, fresh),
        cmocka_unit_test_setup(a_source_that_begins_to_be_read_has_not_stopped, fresh),
        cmocka_unit_test_setup(an_interval_that_is_not_ours_is_ignored, fresh),
        cmocka_unit_test_setup(a_slow_source_has_stopped_after_a_restart_when_it_is_overdue, fresh),
        cmocka_unit_test_setup(readings_that_go_to_mqtt_alone_are_not_missed, fresh),
        cmocka_unit_test_setup(
            sections_of_this_device_have_a_row_if_and_only_if_they_say_that_they_act, fresh),
        cmocka_unit_test_setup(a_pause_of_the_history_and_its_end_are_events, fresh),
        cmocka_unit_test_setup(weak_cells_are_kept_every_ten_minutes_and_at_the_end, fresh),
        cmocka_unit_test_setup(weak_cells_that_could_not_be_kept_are_kept_a_second_later, fresh),
        cmocka_unit_test_setup(nothing_is_learnt_about_a_transmitter_that_is_not_followed, fresh),
        cmocka_unit_test_setup(what_was_learnt_of_weak_cells_is_there_after_a_restart, fresh),
        cmocka_unit_test_setup(an_unreadable_note_is_reported_and_learning_starts_over, fresh),
        cmocka_unit_test_setup(
            older_paths_speak_of_who_was_once_heard_first_whatever_the_next_start_hears, fresh),
        cmocka_unit_test_setup(a_choice_for_older_paths_that_cannot_be_read_is_not_written_over,
                               fresh),
        cmocka_unit_test_setup(a_choice_for_older_paths_waits_for_a_store_that_is_slow, fresh),
        cmocka_unit_test_setup(a_choice_for_older_paths_that_could_not_be_stored_is_tried_again,
                               fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
