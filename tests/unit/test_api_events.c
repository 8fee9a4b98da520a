/* What the API says of the past and of recordings: filters, pages of a list, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "../fixtures/api_bench.h"
#include "../fixtures/fixed_events.h"

static struct api_fixture fixture;
static struct vb_response response;
static struct vb_push push;
static char body[262144];
static struct fixture_events log_of_40;
static struct fixture_recording recording;
static struct vb_occurrence_source occurrences;
static struct vb_recording_source recordings;

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture_events_init(&log_of_40, &fixture.peers[0].mac, &fixture.peers[1].mac);
    occurrences = fixture_occurrences(&log_of_40);
    fixture_recording_init(&recording, &fixture.peers[0].mac);
    recordings = fixture_recordings(&recording);
    fixture.api.occurrences = &occurrences;
    fixture.api.recordings = &recordings;
    vb_push_init(&push, &fixture.api);
    return 0;
}

/* ---- Asking ---- */

static const char *ask(const char *method, const char *path, const char *query, const char *text)
{
    struct vb_request request = {
        .method = method, .path = path, .query = query, .host = "127.0.0.1:8080"};
    size_t size = 0;
    request.content_type = text == NULL ? NULL : "application/json";
    request.body = text;
    request.size = text == NULL ? 0 : strlen(text);
    vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
    for (size_t more = 1; more > 0; size += more) {
        char piece[VB_PIECE_BYTES_MAX];
        more = vb_response_next(&response, FIXTURE_NOW_MS, piece, sizeof piece);
        assert_true(size + more < sizeof body);
        memcpy(body + size, piece, more);
    }
    body[size] = '\0';
    return body;
}

static cJSON *get(const char *query)
{
    cJSON *object = cJSON_Parse(ask("GET", "/api/v1/events", query, NULL));
    assert_int_equal(response.status, 200);
    assert_non_null(object);
    return object;
}

static int count_of(const char *query)
{
    cJSON *object = get(query);
    const int count = cJSON_GetArraySize(cJSON_GetObjectItem(object, "events"));
    cJSON_Delete(object);
    return count;
}

#define assert_has(text, part)                           \
    do {                                                 \
        if (strstr((text), (part)) == NULL)              \
            fail_msg("%s is not in %s", (part), (text)); \
    } while (0)

/* ---- Refusals ---- */

static void a_wrong_parameter_is_answered_400_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *says;
    } cases[] = {
        {"mac=nobody", "mac=nobody is not possible; it may be a transmitter's address"},
        {"type=alert", "type=alert is not possible; it may be alarm or state"},
        {"kind=fire", "kind=fire is not possible"},
        {"open=yes", "open=yes is not possible; it may be true or false"},
        {"from=yesterday", "from=yesterday is not possible; it may be a time like"},
        {"to=2026-13-01", "to=2026-13-01 is not possible"},
        {"limit=0", "limit=0 is not possible; it may be a number from 1 to 1000"},
        {"limit=1001", "limit=1001 is not possible"},
        {"before=-1", "before=-1 is not possible"},
        {"before=99999999999999999999", "before=99999999999999999999 is not possible"},
        {"open", "open= is not possible"},
        {"from=%zz", "from= is not possible"},
        {"page=2", "There is no parameter page here; there are mac, type, kind, open, from, to"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        ask("GET", "/api/v1/events", cases[i].query, NULL);
        assert_int_equal(response.status, 400);
        assert_has(body, cases[i].says);
    }
}

static void what_is_not_there_is_answered_404_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *path;
    } cases[] = {
        {"POST", "/api/v1/events/999/acknowledge"},
        {"POST", "/api/v1/events/abc/acknowledge"},
        {"GET", "/api/v1/recordings/..%2F..%2Fevents.db"},
        {"GET", "/api/v1/recordings/%2e%2e"},
        {"GET", "/api/v1/recordings/other.jsonl"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        ask(cases[i].method, cases[i].path, NULL, NULL);
        assert_int_equal(response.status, 404);
        assert_has(body, "There is no ");
    }
}

static void without_a_log_or_a_folder_it_is_503_and_says_so(void **state)
{
    (void)state;
    fixture.api.occurrences = NULL;
    fixture.api.recordings = NULL;
    assert_has(ask("GET", "/api/v1/events", NULL, NULL), "keeps no events");
    assert_int_equal(response.status, 503);
    assert_has(ask("GET", "/api/v1/recordings", NULL, NULL), "keeps no recordings");
    assert_has(ask("GET", "/api/v1/transmitters/" FIXTURE_MAC "/weak-cells", NULL, NULL),
               "does not track weak cells");
    assert_has(ask("GET", "/api/v1/transmitters/" FIXTURE_MAC, NULL, NULL),
               "\"alarms\":{\"open\":0,\"unacknowledged\":0,\"worst\":null,"
               "\"worst_unacknowledged\":null,\"balance\":null,\"calm\":0,\"calm_needed\":0,"
               "\"contradicted\":0,\"without_place\":0,\"absent_sensors\":[]}");
}

static const struct vb_weak_cells *one_cell_known(void *ctx, const struct vb_mac *mac)
{
    (void)ctx;
    (void)mac;
    static struct vb_weak_cells weak = {.cell_count = 3};
    weak.cells[1].rest.count = 2;
    weak.cells[1].rest.sum_16ths = 8 * 16;
    return &weak;
}

static void E6_a_cell_of_which_nothing_was_learnt_has_no_rank(void **state)
{
    (void)state;
    const struct vb_weak_cells_source source = {.of = one_cell_known};
    fixture.api.weak_cells = &source;
    ask("GET", "/api/v1/transmitters/" FIXTURE_MAC "/weak-cells", NULL, NULL);
    assert_has(body, "\"rank\":null},{\"index\":1,\"number\":2,\"deviation_rest_mv\":4.000");
    assert_has(body, "\"rank\":1},{\"index\":2"); /* those not known are behind it */
    assert_has(body, "\"weakest\":[2]}");
    fixture.api.weak_cells = NULL;
}

static void a_wish_for_a_recording_is_refused_field_by_field(void **state)
{
    (void)state;
    ask("POST", "/api/v1/recordings", NULL, "{\"mac\":\"x\",\"seconds\":601,\"extra\":1}");
    assert_int_equal(response.status, 422);
    assert_has(body, "\"mac\":\"is not an address");
    assert_has(body, "\"seconds\":\"is not a number from 0 to 600\"");
    assert_has(body, "\"extra\":\"is not known\"");
    ask("POST", "/api/v1/recordings", NULL, "[]");
    assert_int_equal(response.status, 400);
    ask("POST", "/api/v1/recordings", NULL, NULL);
    assert_int_equal(response.status, 415);
    recording.begin = VB_ERR_BUSY;
    ask("POST", "/api/v1/recordings", NULL, "{\"mac\":\"" FIXTURE_MAC "\",\"seconds\":5}");
    assert_int_equal(response.status, 409);
    assert_has(body, FIXTURE_RECORDING);
}

/* ---- Events ---- */

static void the_list_is_filtered_by_every_parameter(void **state)
{
    (void)state;
    assert_int_equal(count_of(NULL), 40);
    assert_int_equal(count_of("type=alarm"), 20);
    assert_int_equal(count_of("type=state&kind=link_offline"), 20);
    assert_int_equal(count_of("kind=imbalance"), 20);
    assert_int_equal(count_of("open=true"), 1);
    assert_int_equal(count_of("open=false"), 39);
    assert_int_equal(count_of("mac=02%3A00:00:00:00:02"), 10);
    assert_int_equal(count_of("limit=7"), 7);
    assert_int_equal(count_of("before=103"), 2);
    assert_int_equal(count_of("to=2026-11-22T20:10:00Z"), 10);
    assert_int_equal(count_of("from=1795377660&to=1795377720"), 1); /* what ended before is out */
    /* What is open goes on, whatever the range's begin. */
    assert_int_equal(count_of("from=2026-11-23&kind=imbalance"), 1);
}

static void pages_of_the_list_join_without_a_gap(void **state)
{
    (void)state;
    char query[64] = "limit=9";
    unsigned seen = 0;
    uint64_t expected = 140;
    for (unsigned page = 0; page < 6; page++) {
        cJSON *object = get(query);
        const cJSON *event;
        cJSON_ArrayForEach(event, cJSON_GetObjectItem(object, "events"))
        {
            assert_int_equal((int)cJSON_GetObjectItem(event, "id")->valuedouble, expected--);
            seen++;
        }
        const cJSON *next = cJSON_GetObjectItem(object, "next");
        const bool more = cJSON_IsNumber(next);
        if (more)
            snprintf(query, sizeof query, "limit=9&before=%d", (int)next->valuedouble);
        cJSON_Delete(object);
        if (!more)
            break;
    }
    assert_int_equal(seen, FIXTURE_EVENTS);
}

static void an_event_says_what_who_where_since_when_and_how_bad(void **state)
{
    (void)state;
    ask("GET", "/api/v1/events", "open=true", NULL);
    assert_string_equal(
        body, "{\"events\":[{\"id\":139,\"type\":\"alarm\",\"mac\":\"" FIXTURE_MAC "\","
              "\"kind\":\"imbalance\",\"level\":\"warning\",\"cell\":17,"
              "\"begin\":\"2026-11-22T20:38:00.000Z\",\"end\":null,\"open\":true,"
              "\"watched\":true,\"last_known\":null,\"duration_s\":1320.000,"
              "\"value\":-38.5,\"worst\":-38.5,\"worst_at\":null,\"threshold\":-20,"
              "\"unit\":\"mV\",\"text\":\"Cell 17 is 38 mV below the mean.\","
              "\"seen\":false,\"acknowledged\":null,"
              "\"recording\":\"/api/v1/recordings/" FIXTURE_RECORDING "\"}],\"next\":null}");
    ask("GET", "/api/v1/events", "before=103&limit=1", NULL);
    assert_has(body, "\"type\":\"state\",\"mac\":null,\"kind\":\"link_offline\"");
    assert_has(body, "\"cell\":null");
    assert_has(body, "\"open\":false,\"watched\":false");
    assert_has(body, "\"duration_s\":1.500,\"value\":null,\"worst\":null,\"worst_at\":null,"
                     "\"threshold\":null,\"unit\":null");
    assert_has(body, "\"next\":102}");
}

/* Nobody knows whether an alarm lasts while its transmitter is not heard. */
static void E6_an_alarm_out_of_hearing_is_as_long_as_it_is_known(void **state)
{
    (void)state;
    log_of_40.events[38].last_known = true;
    log_of_40.events[38].last_known_ms = log_of_40.events[38].alarm.begin_wall_ms + 90000;
    ask("GET", "/api/v1/events", "open=true", NULL);
    assert_has(body, "\"end\":null,\"open\":true,\"watched\":false,"
                     "\"last_known\":\"2026-11-22T20:39:30.000Z\",\"duration_s\":90.000");
}

/* The clock was not set: nothing is said of 1970, nor of 57 years. */
static void a_time_that_is_not_known_is_null_and_so_is_how_long_it_lasted(void **state)
{
    (void)state;
    struct vb_occurrence *alarm = &log_of_40.events[38];
    alarm->alarm.begin_wall_ms = 0;
    ask("GET", "/api/v1/events", "open=true", NULL);
    assert_has(body, "\"begin\":null,\"end\":null,\"open\":true,");
    assert_has(body, "\"duration_s\":null,");
    alarm->ended = true;
    alarm->acknowledged = true;
    alarm->begin_up_ms = 5000;
    alarm->end_up_ms = 50000;
    ask("GET", "/api/v1/events", "from=2026-11-22T20:00:00Z&limit=1000", NULL);
    assert_has(body, "\"id\":139,");
    assert_has(body, "\"begin\":null,\"end\":null,\"open\":false,");
    assert_has(body, "\"duration_s\":45.000,");
    alarm->begin_up_ms = (uint64_t)-5000; /* by a sample of before the start */
    ask("GET", "/api/v1/events", "from=2026-11-22T20:00:00Z&limit=1000", NULL);
    assert_has(body, "\"duration_s\":55.000,");
    assert_has(body, "\"seen\":true,\"acknowledged\":null,");
}

static void acknowledging_answers_the_event_with_its_time(void **state)
{
    (void)state;
    ask("POST", "/api/v1/events/139/acknowledge", NULL, NULL);
    assert_int_equal(response.status, 200);
    assert_has(body, "{\"id\":139,");
    assert_has(body, "\"seen\":true,\"acknowledged\":\"2026-11-22T20:00:00.001Z\"");
}

static void the_overview_counts_open_alarms(void **state)
{
    (void)state;
    assert_has(ask("GET", "/api/v1/transmitters/" FIXTURE_MAC, NULL, NULL),
               "\"alarms\":{\"open\":2,\"unacknowledged\":1,\"worst\":\"alert\","
               "\"worst_unacknowledged\":\"warning\",\"balance\":\"ignored: 22 A flowing\","
               "\"calm\":3,\"calm_needed\":8,\"contradicted\":7,"
               "\"without_place\":1,\"absent_sensors\":[3,40]}");
}

/* ---- Pushed ---- */

static const char *next_push(struct vb_push_client *client)
{
    static char message[VB_PIECE_BYTES_MAX + 1];
    const size_t size = vb_push_next(&push, client, FIXTURE_NOW_MS, message, VB_PIECE_BYTES_MAX);
    message[size] = '\0';
    return message;
}

static void a_change_is_pushed_to_every_client_and_a_slow_one_is_told_what_it_missed(void **state)
{
    (void)state;
    struct vb_push_client quick;
    struct vb_push_client slow;
    vb_push_join(&push, &quick, VB_PUSH_STATE, NULL);
    vb_push_join(&push, &slow, VB_PUSH_STATE, NULL);
    while (next_push(&quick)[0] != '\0')
        continue;
    vb_push_occurrence(&push, &log_of_40.events[38]);
    assert_has(next_push(&quick), "{\"type\":\"transmitter\""); /* its count of alarms */
    assert_has(next_push(&quick), "{\"type\":\"event\",\"event\":{\"id\":139,");
    assert_false(vb_push_pending(&push, &quick));

    for (unsigned i = 0; i < 1000; i++)
        vb_push_occurrence(&push, &log_of_40.events[i % FIXTURE_EVENTS]);
    unsigned told = 0;
    unsigned missed = 0;
    for (const char *text; (text = next_push(&slow))[0] != '\0';) {
        told += strstr(text, "\"type\":\"event\"") != NULL;
        missed += strstr(text, "\"type\":\"events_missed\"") != NULL;
    }
    assert_int_equal(told, VB_PUSH_OCCURRENCES_MAX);
    assert_int_equal(missed, 1);
    vb_push_leave(&push, &quick);
    vb_push_leave(&push, &slow);
}

/* ---- Recordings ---- */

static void recordings_are_listed_and_downloaded_as_files(void **state)
{
    (void)state;
    assert_string_equal(
        ask("GET", "/api/v1/recordings", NULL, NULL),
        "{\"recordings\":[{\"name\":\"" FIXTURE_RECORDING
        "\",\"state\":\"complete\",\"mac\":\"" FIXTURE_MAC
        "\",\"begin\":\"2026-11-22T20:00:00.000Z\",\"end\":\"2026-11-22T20:01:30.000Z\","
        "\"bytes\":100000,\"reason\":\"Cell 17 is low.\"}]}");
    ask("GET", "/api/v1/recordings/" FIXTURE_RECORDING, NULL, NULL);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.content_type, "application/x-ndjson");
    assert_string_equal(response.disposition, "attachment; filename=\"" FIXTURE_RECORDING "\"");
    assert_int_equal(strlen(body), 100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(body[i], 'a' + (int)(i % 26));
}

static void a_recording_on_demand_is_begun_and_its_place_told(void **state)
{
    (void)state;
    ask("POST", "/api/v1/recordings", NULL, "{\"mac\":\"" FIXTURE_MAC "\",\"seconds\":30}");
    assert_int_equal(response.status, 202);
    assert_string_equal(response.location, "/api/v1/recordings/" FIXTURE_RECORDING);
    assert_has(body, "\"name\":\"" FIXTURE_RECORDING "\"");
    assert_int_equal(recording.wished_seconds, 30);
}

#define TEST(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_parameter_is_answered_400_and_named),
        TEST(what_is_not_there_is_answered_404_with_the_reason),
        TEST(without_a_log_or_a_folder_it_is_503_and_says_so),
        TEST(E6_a_cell_of_which_nothing_was_learnt_has_no_rank),
        TEST(a_wish_for_a_recording_is_refused_field_by_field),
        TEST(the_list_is_filtered_by_every_parameter),
        TEST(pages_of_the_list_join_without_a_gap),
        TEST(an_event_says_what_who_where_since_when_and_how_bad),
        TEST(E6_an_alarm_out_of_hearing_is_as_long_as_it_is_known),
        TEST(a_time_that_is_not_known_is_null_and_so_is_how_long_it_lasted),
        TEST(acknowledging_answers_the_event_with_its_time),
        TEST(the_overview_counts_open_alarms),
        TEST(a_change_is_pushed_to_every_client_and_a_slow_one_is_told_what_it_missed),
        TEST(recordings_are_listed_and_downloaded_as_files),
        TEST(a_recording_on_demand_is_begun_and_its_place_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
