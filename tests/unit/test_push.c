#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "../fixtures/api_bench.h"
#include "../fixtures/sample_reading.h"

static struct api_fixture fixture;
static struct vb_push push;
static char message[VB_PIECE_BYTES_MAX + 1];

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    vb_push_init(&push, &fixture.api);
    return 0;
}

/* The next message; "" when there is none. */
static const char *next(struct vb_push_client *client)
{
    const size_t size = vb_push_next(&push, client, FIXTURE_NOW_MS, message, VB_PIECE_BYTES_MAX);
    message[size] = '\0';
    if (size > 0) {
        cJSON *object = cJSON_Parse(message);
        assert_true(cJSON_IsObject(object));
        cJSON_Delete(object);
    }
    return message;
}

static bool is_of(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static unsigned transmitter_sections(void)
{
    unsigned count = 0;
    for (uint8_t i = 0; i < vb_section_count; i++)
        count += vb_sections[i].owner == VB_OWNER_TRANSMITTER;
    return count;
}

static void drain(struct vb_push_client *client)
{
    while (next(client)[0] != '\0')
        continue;
    assert_false(vb_push_pending(&push, client));
}

static void event_of(enum vb_event_type type, uint8_t peer, uint8_t section)
{
    fixture_change(&fixture, type, peer, section);
    vb_push_look(&push);
}

static void push_reading(uint32_t sequence)
{
    const struct vb_reading reading = fixture_reading(sequence, FIXTURE_NOW_MS);
    vb_reading_ring_push(&fixture.peers[0].ring, &reading);
    event_of(VB_EVENT_READING, 0, 0);
}

static void a_client_that_does_not_read_gets_the_newest_and_no_backlog_E4(void **state)
{
    (void)state;
    struct vb_push_client slow;
    vb_push_join(&push, &slow, VB_PUSH_CELLS, NULL);
    for (uint32_t sequence = 1; sequence <= 1000; sequence++)
        push_reading(sequence);
    assert_non_null(strstr(next(&slow), "\"sequence\":1000,"));
    assert_string_equal(next(&slow), "");
    vb_push_leave(&push, &slow);
}

static void a_change_in_a_place_that_is_not_used_is_ignored(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    event_of(VB_EVENT_LINK, 2, 0);
    event_of(VB_EVENT_SECTION, 0,
             15); /* a section of later firmware: only the transmitter is told */
    assert_true(is_of(next(&client), "{\"type\":\"transmitter\""));
    assert_false(vb_push_pending(&push, &client));
    vb_push_leave(&push, &client);
}

static void a_look_that_comes_late_finds_all_that_has_changed_since_the_last(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    fixture_change(&fixture, VB_EVENT_SECTION, 1, VB_SECTION_MQTT);
    for (unsigned i = 0; i < 10000; i++) /* more than any queue of events holds */
        fixture_change(&fixture, VB_EVENT_BEACON, 0, 0);
    assert_string_equal(next(&client), "");
    vb_push_look(&push);
    bool section = false;
    bool transmitter = false;
    while (next(&client)[0] != '\0') {
        section |= is_of(message, "{\"type\":\"section\",\"mac\":\"" FIXTURE_OTHER_MAC "\"");
        transmitter |= strstr(message, "\"transmitter\":{\"mac\":\"" FIXTURE_MAC "\"") != NULL;
    }
    assert_true(section && transmitter);
    vb_push_leave(&push, &client);
}

static void a_filtered_client_hears_its_transmitter_alone(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_CELLS, &fixture.peers[1].mac);
    push_reading(1);
    assert_false(vb_push_pending(&push, &client));
    vb_push_leave(&push, &client);
}

static void one_noisy_transmitter_does_not_starve_the_other(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    event_of(VB_EVENT_BEACON, 1, 0);
    bool heard = false;
    for (int i = 0; i < 3 && !heard; i++) {
        event_of(VB_EVENT_BEACON, 0, 0);
        heard = strstr(next(&client), "\"mac\":\"" FIXTURE_OTHER_MAC "\"") != NULL;
    }
    assert_true(heard);
    vb_push_leave(&push, &client);
}

static void a_new_client_hears_all_there_is_then_ready_F2(void **state)
{
    (void)state;
    struct vb_push_client client;
    fixture.edits[3] = (struct vb_edit){.id = 5,
                                        .mac = fixture.peers[0].mac,
                                        .section = VB_SECTION_MQTT,
                                        .state = VB_EDIT_STATE_PENDING};
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    assert_true(is_of(next(&client), "{\"type\":\"receiver\",\"receiver\":{\"name\":"));
    for (unsigned peer = 0; peer < 2; peer++) {
        assert_true(is_of(next(&client), "{\"type\":\"transmitter\",\"transmitter\":{\"mac\":"));
        for (unsigned i = 0; i < transmitter_sections(); i++)
            assert_true(is_of(next(&client), "{\"type\":\"section\",\"mac\":\"02:00:00:00:00:0"));
    }
    assert_true(is_of(next(&client), "{\"type\":\"edit\",\"mac\":\"" FIXTURE_MAC
                                     "\",\"edit\":{\"id\":\"0000000000000005\""));
    assert_string_equal(next(&client), "{\"type\":\"ready\"}");
    assert_string_equal(next(&client), "");
    vb_push_leave(&push, &client);
}

static void each_event_is_one_message_about_what_changed(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    event_of(VB_EVENT_BEACON, 0, 0);
    event_of(VB_EVENT_RUNTIME, 0, 0);
    assert_true(is_of(next(&client), "{\"type\":\"transmitter\""));
    assert_string_equal(next(&client), "");

    event_of(VB_EVENT_SECTION, 0, VB_SECTION_BATTERY);
    assert_true(is_of(next(&client), "{\"type\":\"transmitter\""));
    assert_true(is_of(next(&client), "{\"type\":\"section\",\"mac\":\"" FIXTURE_MAC
                                     "\",\"section\":{\"name\":\"battery\""));
    assert_string_equal(next(&client), "");

    event_of(VB_EVENT_COMMITTED, 0, 0);
    assert_true(is_of(next(&client), "{\"type\":\"receiver\""));
    push_reading(1);
    assert_string_equal(next(&client), "");
    vb_push_leave(&push, &client);
}

static void a_lost_link_retells_every_section(void **state)
{
    (void)state;
    struct vb_push_client client;
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    fixture.peers[0].link = VB_LINK_OFFLINE;
    event_of(VB_EVENT_LINK, 0, 0);
    assert_non_null(strstr(next(&client), "\"link\":\"Offline\""));
    for (unsigned i = 0; i < transmitter_sections(); i++)
        assert_non_null(strstr(next(&client), "\"sync\":\"stale\""));
    assert_string_equal(next(&client), "");
    vb_push_leave(&push, &client);
}

static void an_edit_in_conflict_is_reported_again_when_theirs_arrives_A9(void **state)
{
    (void)state;
    struct vb_push_client client;
    fixture.edits[0] = (struct vb_edit){.id = 5,
                                        .mac = fixture.peers[0].mac,
                                        .section = VB_SECTION_MQTT,
                                        .state = VB_EDIT_STATE_CONFLICT,
                                        .base_version = 6};
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    drain(&client);
    fixture.edits[0].revision = fixture.receiver.events.revision + 1;
    event_of(VB_EVENT_EDIT, 0, 0);
    assert_true(is_of(next(&client), "{\"type\":\"edit\""));
    event_of(VB_EVENT_SECTION, 0, VB_SECTION_MQTT);
    next(&client);
    next(&client);
    assert_true(is_of(next(&client), "{\"type\":\"edit\""));
    vb_push_leave(&push, &client);
}

static void cells_are_pushed_on_joining_and_then_each_time_E4(void **state)
{
    (void)state;
    struct vb_push_client client;
    push_reading(7);
    vb_push_join(&push, &client, VB_PUSH_CELLS, &fixture.peers[0].mac);
    assert_true(is_of(next(&client), "{\"type\":\"cell_update\",\"mac\":\"" FIXTURE_MAC "\""));
    assert_string_equal(next(&client), "");
    push_reading(8);
    assert_non_null(strstr(next(&client), "\"sequence\":8,"));
    vb_push_leave(&push, &client);
}

static void clients_come_and_go_in_any_order(void **state)
{
    (void)state;
    struct vb_push_client clients[3];
    for (size_t i = 0; i < 3; i++)
        vb_push_join(&push, &clients[i], VB_PUSH_STATE, NULL);
    vb_push_leave(&push, &clients[1]);
    vb_push_leave(&push, &clients[2]);
    drain(&clients[0]);
    vb_push_receiver(&push);
    assert_true(vb_push_pending(&push, &clients[0]));
    vb_push_leave(&push, &clients[0]);
    assert_null(push.clients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_client_that_does_not_read_gets_the_newest_and_no_backlog_E4,
                               fresh),
        cmocka_unit_test_setup(a_look_that_comes_late_finds_all_that_has_changed_since_the_last,
                               fresh),
        cmocka_unit_test_setup(a_change_in_a_place_that_is_not_used_is_ignored, fresh),
        cmocka_unit_test_setup(a_filtered_client_hears_its_transmitter_alone, fresh),
        cmocka_unit_test_setup(one_noisy_transmitter_does_not_starve_the_other, fresh),
        cmocka_unit_test_setup(a_new_client_hears_all_there_is_then_ready_F2, fresh),
        cmocka_unit_test_setup(each_event_is_one_message_about_what_changed, fresh),
        cmocka_unit_test_setup(a_lost_link_retells_every_section, fresh),
        cmocka_unit_test_setup(an_edit_in_conflict_is_reported_again_when_theirs_arrives_A9, fresh),
        cmocka_unit_test_setup(cells_are_pushed_on_joining_and_then_each_time_E4, fresh),
        cmocka_unit_test_setup(clients_come_and_go_in_any_order, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
