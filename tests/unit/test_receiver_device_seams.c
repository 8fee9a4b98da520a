/* A receiver device when part of its surroundings is missing, refuses or is full; and what it does
 * no more often than it must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"

static struct house house;
static struct house_pack *pack;
static unsigned learnt;
static unsigned forgotten;
static unsigned told;

static void learn(void *ctx, const struct vb_link_frame *frame)
{
    (void)ctx;
    (void)frame;
    learnt++;
}

static void forget(void *ctx, const struct vb_mac *mac)
{
    (void)ctx;
    (void)mac;
    forgotten++;
}

static void hear_event(void *ctx, const struct vb_event *event)
{
    (void)ctx;
    (void)event;
    told++;
}

/* A pack whose limits are known, and everything that can surround the device. */
static int fresh(void **state)
{
    (void)state;
    house_new(&house);
    house.link.learn = learn;
    house.link.forget = forget;
    house.config.ports.sink = (struct vb_sink){.ctx = &house, .event = hear_event};
    learnt = forgotten = told = 0;
    pack = house_pack_with_limits(&house);
    return 0;
}

static int running(void **state)
{
    (void)fresh(state);
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

static const struct vb_occurrence *asked_of(uint64_t id)
{
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    const struct vb_occurrence *found = source->find(source->ctx, id);
    assert_non_null(found);
    return found;
}

/* == Seams =================================================================================== */

enum seam { NONE, BOOT_STORE, HISTORY, RECORDINGS, SINK, LEARN, FORGET, FLUSH, SEAMS };

static void leave_out(enum seam missing)
{
    struct vb_receiver_ports *ports = &house.config.ports;
    ports->boot_store = missing == BOOT_STORE ? NULL : ports->boot_store;
    ports->history = missing == HISTORY ? NULL : ports->history;
    ports->recordings = missing == RECORDINGS ? NULL : ports->recordings;
    ports->sink.event = missing == SINK ? NULL : ports->sink.event;
    house.link.learn = missing == LEARN ? NULL : house.link.learn;
    house.link.forget = missing == FORGET ? NULL : house.link.forget;
    house.events.port.flush = missing == FLUSH ? NULL : house.events.port.flush;
}

/* A beacon of an earlier boot, which the network held back. */
static enum vb_err hear_an_old_boot(void)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
    const struct vb_beacon beacon = {.store_id = peer->store_id, .boot = pack->t.boot + 1};
    struct vb_frame frame = {
        .message = VB_MESSAGE_BEACON, .epoch = (uint16_t)(pack->t.epoch - 1), .seq = 9};
    struct vb_writer writer =
        vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, vb_room_plain.payload_bytes_max);
    vb_beacon_write(&writer, &beacon);
    frame.payload_size = writer.at;
    const size_t size =
        vb_frame_finish(&vb_room_plain, &frame, &pack->mac, &vb_mac_broadcast, bytes);
    const struct vb_clock clock = house_clock(&house);
    const struct vb_link_frame came = {
        .src = pack->mac, .dst = vb_mac_broadcast, .bytes = bytes, .size = (uint16_t)size};
    return vb_receiver_device_input(&house.device, &clock, &came);
}

static void each_seam_may_be_missing_and_the_others_do_their_part(void **state)
{
    for (enum seam missing = NONE; missing < SEAMS; missing++) {
        (void)fresh(state);
        leave_out(missing);
        house_start(&house);
        house_pass(&house, 5000);
        house_set(&house, VB_SECTION_DISPLAY, "timezone", 0, "Europe/Vienna");
        assert_int_equal(forgotten, 0);
        assert_int_equal(hear_an_old_boot(), VB_ERR_OLD);
        house_raise_alert(&house, pack);
        assert_int_equal(forgotten, missing == FORGET ? 0 : 1);
        assert_int_equal(learnt != 0, missing != LEARN);
        assert_int_equal(told != 0, missing != SINK);
        assert_int_equal(house.history.added != 0, missing != HISTORY);
        assert_int_equal(house.history.sets != 0, missing != HISTORY);
        assert_int_equal(house.recordings.count, missing == RECORDINGS ? 0 : 1);
        assert_int_equal(house.device.api.recordings == NULL, missing == RECORDINGS);
        assert_int_equal(memory_store_find(&house.boot, "first") != NULL, missing != BOOT_STORE);
        assert_int_equal(house_tally(&house, pack).worst, VB_ALARM_ALERT);
        assert_int_equal(vb_receiver_forget(&house.device.core, house.now_ms, &pack->mac),
                         VB_ERR_OK);
        house_pass(&house, 1000);
        assert_int_equal(house_tally(&house, pack).open, 0);
        house.events.notes_refused = missing == FLUSH;
        house_stop(&house);
        assert_int_equal(house.events.flushes, 0); /* nothing had to wait */
    }
}

static void a_link_learns_of_frames_that_are_taken_alone(void **state)
{
    (void)state;
    house_pass(&house, 3000);
    const unsigned before = learnt;
    pack->silent = true;
    const uint8_t garbage[20] = {0};
    const struct vb_clock clock = house_clock(&house);
    const struct vb_link_frame came = {
        .src = pack->mac, .dst = vb_mac_broadcast, .bytes = garbage, .size = sizeof garbage};
    assert_int_not_equal(vb_receiver_device_input(&house.device, &clock, &came), VB_ERR_OK);
    assert_int_equal(learnt, before);
    assert_int_equal(forgotten, 0);
}

/* == The start =============================================================================== */

static void it_is_writing_while_its_cache_is(void **state)
{
    (void)state;
    for (unsigned writing = 0; writing < 2; writing++) {
        house.device.core.committing = writing != 0;
        assert_int_equal(vb_receiver_device_is_writing(&house.device), writing);
    }
    house.device.core.committing = false;
}

static void the_first_start_is_counted_from_anywhere_and_the_next_from_there(void **state)
{
    (void)state;
    house.config.seed = 0x12345;
    house_start(&house);
    assert_int_equal(house.device.epoch, 0x2345);
    assert_non_null(memory_store_find(&house.boot, "epoch"));
    house_pass(&house, 20000); /* that the store answers in time matters only at the start */
    assert_null(strstr(house.log, "not kept"));
    assert_null(strstr(house.log, "learning it again"));
    house_stop(&house);
    house_start(&house);
    assert_int_equal(house.device.epoch, 0x2346);
}

static void of_whom_older_paths_speak_is_kept_once_somebody_is_there_and_read_once(void **state)
{
    (void)state;
    pack->silent = true;
    house.boot_answer = VB_ERR_STORE; /* to the count alone, which is tried again after 10 s */
    house_start(&house);
    house.boot_answer = VB_ERR_OK;
    house_pass(&house, 3000);
    assert_null(memory_store_find(&house.boot, "first"));
    const unsigned gets = house.boot.gets;
    pack->silent = false;
    house_pass(&house, 9000);
    assert_non_null(memory_store_find(&house.boot, "first"));
    house_pass(&house, 20000);
    assert_int_equal(house.boot.gets, gets);
    assert_int_equal(house.boot.commits, 3);
}

static void damaged_settings_are_reported_and_sound_ones_are_not(void **state)
{
    (void)state;
    house_start(&house);
    house_set(&house, VB_SECTION_HISTORY, "keep_1h_days", 4000, NULL);
    house_pass(&house, 31000);
    assert_null(strstr(house.log, "settings"));
    house_stop(&house);
    struct memory_row *row = memory_store_find(&house.settings, "+19");
    row->bytes[row->size - 1] ^= 1;
    house_start(&house);
    assert_non_null(strstr(house.log, "settings are damaged"));
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 3650);
}

static void settings_that_cannot_be_read_are_looked_for_every_ten_seconds(void **state)
{
    (void)state;
    house_start(&house);
    house_set(&house, VB_SECTION_HISTORY, "keep_1h_days", 4000, NULL);
    house_stop(&house);
    house.settings.failing = "+19";
    house.settings.failure = VB_ERR_STORE;
    house_start(&house);
    house_pass(&house, 11000);
    house.settings.failing = NULL;
    house_pass(&house, 7000);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 3650);
    house_pass(&house, 3000);
    assert_int_equal(house.history.settings.keep_days[VB_TIER_1H], 4000);
}

static void a_time_zone_that_the_machine_does_not_know_is_reported(void **state)
{
    (void)state;
    house_set(&house, VB_SECTION_DISPLAY, "timezone", 0, "Mars/Phobos");
    assert_non_null(strstr(house.log, "does not know the zone \"Mars/Phobos\""));
}

/* == What is pushed ========================================================================== */

static bool receiver_is_pushed(struct vb_push_client *client)
{
    static char text[VB_PIECE_BYTES_MAX + 1];
    bool found = false;
    for (size_t size; (size = vb_push_next(&house.device.push, client, house.now_ms, text,
                                           VB_PIECE_BYTES_MAX)) > 0;) {
        text[size] = '\0';
        found = found || strstr(text, "{\"type\":\"receiver\"") == text;
    }
    return found;
}

static void each_fact_of_the_machine_is_pushed_when_it_changes_and_only_then(void **state)
{
    (void)state;
    struct vb_push_client client;
    struct vb_host_facts facts = {.ip = "192.168.1.2"};
    vb_receiver_device_facts(&house.device, &facts);
    vb_push_join(&house.device.push, &client, VB_PUSH_STATE, NULL);
    (void)receiver_is_pushed(&client);
    for (unsigned i = 0; i < 6; i++) {
        if (i == 0)
            snprintf(facts.ip, sizeof facts.ip, "192.168.1.3");
        else if (i == 1)
            snprintf(facts.link_scope, sizeof facts.link_scope, "on eth0");
        facts.store_writes += i == 2;
        facts.store_failed += i == 3;
        facts.store_persistent = i >= 4;
        facts.store_recovered = i >= 5 ? "It was moved aside." : NULL;
        vb_receiver_device_facts(&house.device, &facts);
        assert_true(receiver_is_pushed(&client));
        vb_receiver_device_facts(&house.device, &facts);
        assert_false(receiver_is_pushed(&client));
    }
    vb_push_leave(&house.device.push, &client);
}

static void a_value_that_moves_is_pushed_each_second_and_one_that_stays_is_not(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    uint32_t before = house.device.push.occurrence_count;
    pack->cell_off_mv = 850; /* the alarm continues, at another value */
    house_pass(&house, 10000);
    assert_true(house.device.push.occurrence_count - before >= 5);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 5000);
    before = house.device.push.occurrence_count;
    house_pass(&house, 10000); /* nobody knows what it is now */
    assert_int_equal(house.device.push.occurrence_count, before);
}

static void a_value_unchanged_since_it_was_pushed_is_not_pushed_again(void **state)
{
    (void)state;
    while (house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL) == 0) {
        pack->cell_off_mv = 800;
        house_pass(&house, HOUSE_STEP_MS);
    }
    pack->interval_ms = 0; /* the reading that began it is the last */
    house_pass(&house, 2000);
    const uint32_t before = house.device.push.occurrence_count;
    house_pass(&house, 10000);
    assert_int_equal(house.device.push.occurrence_count, before);
}

/* == Events ================================================================================== */

static void what_finds_no_place_among_the_events_is_logged_and_left_at_that(void **state)
{
    (void)state;
    const uint64_t before = house.events.count;
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 60, &entry), VB_ERR_OK);
    house_pass(&house, 1000);
    const unsigned lines = house.recordings.events[0];
    house.events.full = true;
    house_raise_alert(&house, pack);
    assert_non_null(strstr(house.log, "to keep more"));
    const uint32_t pushed = house.device.push.occurrence_count;
    house_pass(&house, 3000);
    assert_int_equal(house_tally(&house, pack).open, 0); /* of what is kept */
    assert_int_equal(house.device.push.occurrence_count, pushed);
    assert_int_equal(house.recordings.events[0], lines);
    house.wall_off_ms = 3600 * 1000; /* there is nothing to date */
    house_pass(&house, 1000);
    pack->silent = true; /* nor to mark */
    house_pass(&house, vb_timing_default.offline_after + 1000);
    assert_int_equal(vb_receiver_forget(&house.device.core, house.now_ms, &pack->mac), VB_ERR_OK);
    house_pass(&house, 1000); /* nor to end */
    assert_int_equal(house.events.count, before);
}

static void an_alert_without_a_place_among_the_events_is_not_recorded(void **state)
{
    (void)state;
    house.events.full = true;
    house_raise_alert(&house, pack);
    assert_int_equal(house.recordings.count, 0);
}

static void an_alarm_that_is_kept_is_not_called_lost(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    assert_null(strstr(house.log, "to keep more"));
}

static void an_alert_whose_recording_is_refused_names_none(void **state)
{
    (void)state;
    house.recordings.refuses = true;
    house_raise_alert(&house, pack);
    assert_string_equal(over_voltage(true).recording, "");
}

static void what_happens_meanwhile_is_in_the_recording(void **state)
{
    (void)state;
    house_stop(&house);
    house.wall_known = false;
    house_start(&house);
    house_pass(&house, 5000);
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 60, &entry), VB_ERR_OK);
    house_pass(&house, 2000);
    const unsigned without = house.recordings.events[0];
    house_raise_alert(&house, pack);
    house_pass(&house, 15000);
    const unsigned before = house.recordings.events[0];
    assert_true(before > without);
    house.wall_known = true; /* an event that gets a date is not an alarm */
    house_pass(&house, 3000);
    assert_int_equal(house.recordings.events[0], before);
}

static void the_worst_of_several_is_the_worst_wherever_it_stands(void **state)
{
    (void)state;
    house_raise_alert(&house, pack); /* the third cell */
    house_pack_set(pack, house.now_ms, VB_SECTION_BATTERY, "cell_max_mv", PACK_MV - 5);
    house_pass(&house, 4000); /* and the others, a little */
    assert_true(house_tally(&house, pack).open > 5);
    assert_int_equal(house_tally(&house, pack).worst, VB_ALARM_ALERT);
    assert_int_equal(house_tally(&house, pack).worst_unacknowledged, VB_ALARM_ALERT);
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    for (uint64_t id = 1; id <= house.events.count; id++) {
        if (house.events.kept[id - 1].alarm.level == VB_ALARM_ALERT)
            (void)source->acknowledge(source->ctx, id);
    }
    assert_int_equal(house_tally(&house, pack).worst_unacknowledged, VB_ALARM_INFO);
}

static void what_happened_to_the_receiver_can_be_acknowledged_too(void **state)
{
    (void)state;
    struct vb_occurrence started = {.id = 0};
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    assert_int_equal(house_states(&house, VB_STATE_RECEIVER_STARTED, &started), 1);
    assert_true(source->acknowledge(source->ctx, started.id)->acknowledged);
}

static bool something_waits;

static bool waits(void *ctx)
{
    assert_ptr_equal(ctx, &house.events);
    return something_waits;
}

static void whether_events_wait_is_as_their_store_says(void **state)
{
    (void)state;
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    assert_false(source->waits(source->ctx)); /* one in memory never does */
    house.events.port.waits = waits;
    for (unsigned i = 0; i < 2; i++) {
        something_waits = i == 0;
        assert_int_equal(source->waits(source->ctx), something_waits);
    }
}

static void a_forgotten_one_is_reported_as_forgotten(void **state)
{
    (void)state;
    assert_int_equal(vb_receiver_forget(&house.device.core, house.now_ms, &pack->mac), VB_ERR_OK);
    house_pass(&house, 1000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_FORGOTTEN, NULL), 1);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_GIVEN_UP, NULL), 0);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_UNPLACED, NULL), 0);
}

static void those_without_a_place_are_reported_again_in_the_next_hour(void **state)
{
    (void)state;
    house_set(&house, VB_SECTION_RECEIVER, "adopt_new", 0, NULL);
    for (unsigned i = 0; i < 10; i++)
        (void)house_pack_new(&house);
    house_pass(&house, 30000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_UNPLACED, NULL), 8);
    house.now_ms += 3600 * 1000;
    (void)house_pack_new(&house);
    house_pass(&house, 30000);
    assert_int_equal(house_states(&house, VB_STATE_TRANSMITTER_UNPLACED, NULL), 9);
}

static void a_known_transmitter_is_reported_however_many_strangers_there_were(void **state)
{
    (void)state;
    house.device.strangers = 1000;
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    assert_int_equal(house_states(&house, VB_STATE_LINK_OFFLINE, NULL), 1);
}

static void a_recording_is_named_by_when_of_whom_and_what(void **state)
{
    (void)state;
    char name[VB_RECORDING_NAME_SIZE];
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    while (house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL) == 0) {
        pack->cell_off_mv = 800;
        house_pass(&house, HOUSE_STEP_MS);
    }
    const uint64_t second = house_clock(&house).wall_ms / 1000 - HOUSE_WALL_MS / 1000;
    snprintf(name, sizeof name, "2026-11-22T2000%02uZ-020000000001-cell-over-voltage-cell3.jsonl",
             (unsigned)second);
    assert_string_equal(over_voltage(true).recording, name);
    house_pass(&house, 60000);
    assert_int_equal(source->begin(source->ctx, &pack->mac, 5, &entry), VB_ERR_OK);
    assert_string_equal(strchr(entry.name, 'Z'), "Z-020000000001-on-demand.jsonl");
}

static void nothing_is_recorded_of_one_that_has_sent_no_reading(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    struct house_pack *other = house_pack_new(&house);
    other->interval_ms = 0;
    house_pass(&house, 5000);
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &other->mac, 5, &entry), VB_ERR_NOT_FOUND);
}

static void a_store_without_a_flush_ends_without_what_it_refuses(void **state)
{
    (void)state;
    house.events.port.flush = NULL;
    house.events.notes_refused = true;
    house_stop(&house);
    assert_int_equal(house.events.weak_note_count, 0);
}

/* A flush may take seconds: a disk that hangs is not waited for once per transmitter. */
static void a_store_that_hangs_delays_the_end_once(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2;
         round++) { /* with and without the interval between readings */
        house.events.notes_refused = round == 0;
        house.events.hangs = true;
        for (unsigned i = 0; i < 2; i++)
            (void)house_pack_new(&house);
        house_pass(&house, 20000);
        house.events.notes_refused = true;
        house.events.flushes = 0;
        house_stop(&house);
        assert_in_range(house.events.flushes, 1, 2);
        house_start(&house);
    }
}

static void recordings_are_found_by_number_and_name(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_false(source->at(source->ctx, 0, &entry));
    house_raise_alert(&house, pack);
    assert_true(source->at(source->ctx, 0, &entry));
    assert_true(source->find(source->ctx, entry.name, &entry));
    assert_false(source->find(source->ctx, "another", &entry));
    assert_false(source->at(source->ctx, 1, &entry));
}

/* == Over a restart ========================================================================== */

static void a_clock_that_is_set_moves_nothing_of_an_earlier_start(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 1000);
    const struct vb_alarm before = asked_of(id)->alarm;
    house.wall_off_ms = 3600 * 1000;
    house_pass(&house, 1000);
    assert_int_equal(asked_of(id)->alarm.begin_wall_ms, before.begin_wall_ms);
    const struct vb_occurrence_source *source = house.device.api.occurrences;
    const uint64_t seen_ms = source->acknowledge(source->ctx, id)->acknowledged_ms;
    house.wall_off_ms = 0;
    house_pass(&house, 1000);
    assert_int_equal(asked_of(id)->acknowledged_ms, seen_ms - 3600 * 1000);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    assert_true(asked_of(id)->ended);
    const uint64_t end_ms = asked_of(id)->alarm.end_wall_ms;
    house.wall_off_ms = 3600 * 1000;
    house_pass(&house, 1000);
    assert_int_equal(asked_of(id)->alarm.begin_wall_ms, before.begin_wall_ms);
    assert_int_equal(asked_of(id)->alarm.end_wall_ms, end_ms + 3600 * 1000);
}

/* A clock that drifts a little and is corrected a little. */
static void a_clock_that_is_slewed_moves_nothing(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence before = over_voltage(true);
    const unsigned changes = house.events.changes;
    house.wall_off_ms = 3000;
    house_pass(&house, 3000);
    assert_int_equal(asked_of(before.id)->alarm.begin_wall_ms, before.alarm.begin_wall_ms);
    assert_int_equal(house.events.changes, changes);
}

static void a_time_of_day_that_is_lost_and_found_moves_nothing(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const struct vb_occurrence before = over_voltage(true);
    const unsigned changes = house.events.changes;
    for (unsigned i = 0; i < 3; i++) {
        house.wall_known = i == 1;
        house_pass(&house, 1000);
        assert_int_equal(asked_of(before.id)->alarm.begin_wall_ms, before.alarm.begin_wall_ms);
        assert_in_range(asked_of(before.id)->alarm.worst_wall_ms, before.alarm.begin_wall_ms,
                        HOUSE_WALL_MS + house.now_ms);
    }
    assert_int_equal(house.events.changes, changes);
}

static void each_event_of_this_start_is_dated_once_and_the_worst_with_it(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t over = over_voltage(true).id;
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    house_raise_alert(&house, pack);
    const uint64_t open = over_voltage(true).id;
    house_pass(&house, 1000);
    const struct vb_alarm ended = asked_of(over)->alarm;
    const struct vb_alarm still = asked_of(open)->alarm;
    const unsigned changes = house.events.changes;
    house.wall_off_ms = 3600 * 1000;
    house_pass(&house, HOUSE_STEP_MS);
    assert_int_equal(house.events.changes - changes, house.events.count);
    assert_int_equal(asked_of(over)->alarm.worst_wall_ms, ended.worst_wall_ms + 3600 * 1000);
    assert_int_equal(asked_of(open)->alarm.worst_wall_ms, still.worst_wall_ms + 3600 * 1000);
    for (uint64_t i = 0; i < house.events.count; i++) {
        if (house.events.kept[i].type == VB_OCCURRENCE_STATE)
            assert_int_equal(house.events.kept[i].alarm.worst_wall_ms, 0);
    }
}

static void a_clock_step_is_logged_with_its_size(void **state)
{
    (void)state;
    house_pass(&house, 20000);
    house.wall_off_ms = 3600 * 1000;
    house_pass(&house, HOUSE_STEP_MS);
    assert_non_null(strstr(house.log, "the clock was set forward by 3600 s"));
    house.wall_off_ms = 0;
    house_pass(&house, HOUSE_STEP_MS);
    assert_non_null(strstr(house.log, "the clock was set back by 3600 s"));
    house.log[0] = '\0';
    house_pass(&house, 20000);
    assert_null(strstr(house.log, "the clock was set"));
}

static void what_ends_after_a_restart_is_dated_whoever_else_has_alarms(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    const uint64_t id = over_voltage(true).id;
    struct house_pack *other = house_pack_new(&house);
    house_pack_set(other, house.now_ms, VB_SECTION_BATTERY, "cell_count", PACK_CELLS);
    house_pass(&house, 5000);
    other->cell_off_mv = 800;
    house_pass(&house, 4000);
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 1000);
    pack->cell_off_mv = 0;
    house_pass(&house, 10000);
    const uint64_t end_ms = asked_of(id)->alarm.end_wall_ms;
    house.wall_off_ms = 3600 * 1000;
    house_pass(&house, 1000);
    assert_int_equal(asked_of(id)->alarm.end_wall_ms, end_ms + 3600 * 1000);
}

static void what_was_not_marked_in_time_is_marked_at_the_start(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    pack->silent = true;
    house_pass(&house, vb_timing_default.offline_after + 1000);
    const uint64_t id = over_voltage(true).id;
    house_stop(&house);
    house.events.kept[id - 1].last_known = false; /* the power went first */
    house_start(&house);
    assert_true(asked_of(id)->last_known);
    const unsigned changes = house.events.changes;
    house_stop(&house);
    house_start(&house); /* and once */
    assert_int_equal(house.events.changes, changes);
}

static void an_event_of_nobody_is_restored_to_nobody(void **state)
{
    (void)state;
    house_raise_alert(&house, pack);
    struct vb_occurrence odd = over_voltage(true);
    odd.mac_known = false;
    const uint64_t id = memory_events_add(&house.events, &odd);
    snprintf(odd.text, sizeof odd.text, "An event of its own.");
    odd.mac_known = true;
    const uint64_t twin = memory_events_add(&house.events, &odd);
    assert_string_equal(asked_of(twin)->text, "An event of its own.");
    house_stop(&house);
    house_start(&house);
    assert_true(vb_occurrence_is_open(memory_events_find(&house.events, id)));
}

/* == Pauses and pace ========================================================================= */

static void after_a_pause_the_receivers_heard_are_reported_at_once(void **state)
{
    (void)state;
    house.paused = true;
    house_pass(&house, 33000);
    house.paused = false;
    const unsigned before = house_states(&house, VB_STATE_LINK_CONNECTED, NULL);
    (void)house_pack_new(&house);
    house_pass(&house, 3000);
    assert_int_equal(house_states(&house, VB_STATE_LINK_CONNECTED, NULL), before + 1);
}

static void one_that_is_dead_at_the_start_is_not_lost_while_nobody_could_have_listened(void **state)
{
    (void)state;
    house_stop(&house);
    pack->on = false;
    house_start(&house);
    house_pass(&house, 5000);
    house.paused = true;
    house_pass(&house, vb_timing_default.offline_after);
    house.paused = false;
    house_pass(&house, vb_timing_default.beacon_rest_max - 2000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), 0);
    house_pass(&house, 5000);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), 1);
}

static void more_readings_than_the_ring_holds_are_filed_as_far_as_it_does(void **state)
{
    (void)state;
    pack->interval_ms = 0;
    house_pass(&house, 2000);
    const unsigned before = house.history.added;
    house.device.core.config.peers[0].quality.readings += 1000; /* since the last look */
    house_pass(&house, HOUSE_STEP_MS);
    const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
    assert_int_equal(house.history.added - before, peer->ring.count);
}

static void a_recording_is_written_once_a_second(void **state)
{
    (void)state;
    pack->interval_ms = 100;
    house_pass(&house, 3000);
    struct vb_recording_entry entry;
    const struct vb_recording_source *source = house.device.api.recordings;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 20, &entry), VB_ERR_OK);
    house_pass(&house, 19000);
    assert_in_range(house.recordings.writes, 18, 22);
    house_pass(&house, 5000);
    house.recordings.writes = 0;
    assert_int_equal(source->begin(source->ctx, &pack->mac, 20, &entry), VB_ERR_OK);
    const struct vb_clock clock = house_clock(&house);
    vb_receiver_device_tick(&house.device, &clock);
    assert_int_equal(house.recordings.writes, 0); /* not at once: there may be several */
    house_pass(&house, HOUSE_STEP_MS);
    assert_int_equal(house.recordings.writes, 1);
}

static void limits_of_a_store_that_was_put_back_count_too(void **state)
{
    (void)state;
    struct vb_peer *peer = &house.device.core.config.peers[0];
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, VB_SECTION_BATTERY);
    const uint32_t version = entry->version;
    uint8_t whole[VB_SECTION_BYTES_MAX];
    uint8_t bytes[16];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_change_integer(&writer,
                      vb_field_by_name(vb_section_by_id(VB_SECTION_BATTERY), "cell_max_mv"),
                      PACK_MV - 100);
    const int size = vb_section_lay_over(vb_cache_bytes(&peer->cache, entry), entry->size, bytes,
                                         writer.at, whole, sizeof whole);
    assert_int_equal(vb_cache_put(&peer->cache, VB_SECTION_BATTERY, version, whole, (size_t)size),
                     VB_ERR_OK);
    house_pass(&house, 4000);
    assert_int_not_equal(house_alarms(&house, VB_ALARM_CELL_OVER_VOLTAGE, true, NULL), 0);
}

/* == Weak cells ============================================================================== */

static const struct vb_weak_cells *weak(void)
{
    return house.device.weak_cells.of(house.device.weak_cells.ctx, &pack->mac);
}

static void what_was_learnt_is_not_kept_again_while_nothing_is_learnt(void **state)
{
    (void)state;
    pack->interval_ms = 0;
    house_pass(&house, 601000);
    assert_int_equal(house.events.weak_note_count, 1);
    house_pass(&house, 601000);
    assert_int_equal(house.events.weak_note_count, 1);
    house_stop(&house);
    assert_int_equal(house.events.weak_note_count, 1);
}

/* A note with its first line replaced, and the rest unchanged. */
static void reword(struct memory_note *note, const struct memory_note *sound, const char *line)
{
    const char *rest = strchr(sound->text, '\n');
    *note = *sound;
    note->size = (size_t)snprintf(note->text, sizeof note->text, "%s%.*s", line,
                                  (int)(sound->text + sound->size - rest), rest);
}

static void numbers_that_are_not_ours_are_ignored(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "1x 16 0", "1 16x 0",   "1 272 0",  "1 -1 0",
        "1 16 -1", "1 16 1e16", "1 16 nan", "1 16 000000000000000000000000000000 0",
        "0 16 0",  "2 16 0",    "1 0 0"};
    house_stop(&house);
    struct memory_note *note = house_weak_note(&house);
    note->text[note->size] = '\0';
    const struct memory_note sound = *note;
    for (size_t i = 0; i < VB_COUNT_OF(heads); i++) {
        reword(note, &sound, heads[i]);
        house_start(&house);
        if (weak() != NULL)
            fail_msg("\"%s\" was taken", heads[i]);
    }
    *note = sound; /* and of the last cell, since when it is measured a negative number of times */
    const char *last = sound.text + sound.size - 1;
    while (last[-1] != '\n')
        last--;
    note->size = (size_t)(last - sound.text);
    note->size += (size_t)snprintf(note->text + note->size, sizeof note->text - note->size,
                                   "0 0 0 0 -1 0 0 0 0\n");
    house_start(&house);
    assert_null(weak());
    reword(note, &sound, "  1 \n 16   0 ");
    note->size--; /* without its last line's end */
    house_start(&house);
    assert_non_null(weak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_seam_may_be_missing_and_the_others_do_their_part),
        cmocka_unit_test_setup(whether_events_wait_is_as_their_store_says, running),
        cmocka_unit_test_setup(a_link_learns_of_frames_that_are_taken_alone, running),
        cmocka_unit_test_setup(the_first_start_is_counted_from_anywhere_and_the_next_from_there,
                               fresh),
        cmocka_unit_test_setup(
            of_whom_older_paths_speak_is_kept_once_somebody_is_there_and_read_once, fresh),
        cmocka_unit_test_setup(damaged_settings_are_reported_and_sound_ones_are_not, fresh),
        cmocka_unit_test_setup(settings_that_cannot_be_read_are_looked_for_every_ten_seconds,
                               fresh),
        cmocka_unit_test_setup(a_time_zone_that_the_machine_does_not_know_is_reported, running),
        cmocka_unit_test_setup(each_fact_of_the_machine_is_pushed_when_it_changes_and_only_then,
                               running),
        cmocka_unit_test_setup(a_value_that_moves_is_pushed_each_second_and_one_that_stays_is_not,
                               running),
        cmocka_unit_test_setup(it_is_writing_while_its_cache_is, fresh),
        cmocka_unit_test_setup(a_value_unchanged_since_it_was_pushed_is_not_pushed_again, running),
        cmocka_unit_test_setup(what_finds_no_place_among_the_events_is_logged_and_left_at_that,
                               running),
        cmocka_unit_test_setup(an_alert_without_a_place_among_the_events_is_not_recorded, running),
        cmocka_unit_test_setup(an_alarm_that_is_kept_is_not_called_lost, running),
        cmocka_unit_test_setup(an_alert_whose_recording_is_refused_names_none, running),
        cmocka_unit_test_setup(what_happens_meanwhile_is_in_the_recording, running),
        cmocka_unit_test_setup(the_worst_of_several_is_the_worst_wherever_it_stands, running),
        cmocka_unit_test_setup(what_happened_to_the_receiver_can_be_acknowledged_too, running),
        cmocka_unit_test_setup(a_forgotten_one_is_reported_as_forgotten, running),
        cmocka_unit_test_setup(those_without_a_place_are_reported_again_in_the_next_hour, running),
        cmocka_unit_test_setup(a_known_transmitter_is_reported_however_many_strangers_there_were,
                               running),
        cmocka_unit_test_setup(a_recording_is_named_by_when_of_whom_and_what, running),
        cmocka_unit_test_setup(nothing_is_recorded_of_one_that_has_sent_no_reading, running),
        cmocka_unit_test_setup(a_store_without_a_flush_ends_without_what_it_refuses, running),
        cmocka_unit_test_setup(a_store_that_hangs_delays_the_end_once, running),
        cmocka_unit_test_setup(recordings_are_found_by_number_and_name, running),
        cmocka_unit_test_setup(a_clock_that_is_set_moves_nothing_of_an_earlier_start, running),
        cmocka_unit_test_setup(a_clock_that_is_slewed_moves_nothing, running),
        cmocka_unit_test_setup(a_time_of_day_that_is_lost_and_found_moves_nothing, running),
        cmocka_unit_test_setup(each_event_of_this_start_is_dated_once_and_the_worst_with_it,
                               running),
        cmocka_unit_test_setup(a_clock_step_is_logged_with_its_size, running),
        cmocka_unit_test_setup(what_ends_after_a_restart_is_dated_whoever_else_has_alarms, running),
        cmocka_unit_test_setup(what_was_not_marked_in_time_is_marked_at_the_start, running),
        cmocka_unit_test_setup(an_event_of_nobody_is_restored_to_nobody, running),
        cmocka_unit_test_setup(after_a_pause_the_receivers_heard_are_reported_at_once, running),
        cmocka_unit_test_setup(
            one_that_is_dead_at_the_start_is_not_lost_while_nobody_could_have_listened, running),
        cmocka_unit_test_setup(more_readings_than_the_ring_holds_are_filed_as_far_as_it_does,
                               running),
        cmocka_unit_test_setup(a_recording_is_written_once_a_second, running),
        cmocka_unit_test_setup(limits_of_a_store_that_was_put_back_count_too, running),
        cmocka_unit_test_setup(what_was_learnt_is_not_kept_again_while_nothing_is_learnt, running),
        cmocka_unit_test_setup(numbers_that_are_not_ours_are_ignored, running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
