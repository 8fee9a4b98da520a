#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "../../api/src/call.h"
#include "../fixtures/api_bench.h"
#include "../fixtures/sample_reading.h"

static struct api_fixture fixture;
static struct vb_response response;
static char body[262144];

#define SECTION "/api/v1/transmitters/" FIXTURE_MAC "/sections/mqtt"

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

/* The whole body, and the response's head in `response`. */
static const char *read_body(void)
{
    size_t size = 0;
    for (;;) {
        char piece[VB_PIECE_BYTES_MAX];
        const size_t more = vb_response_next(&response, FIXTURE_NOW_MS, piece, sizeof piece);
        assert_true(size + more < sizeof body);
        memcpy(body + size, piece, more);
        size += more;
        if (more == 0)
            break;
    }
    body[size] = '\0';
    cJSON *object = cJSON_Parse(body);
    assert_true(cJSON_IsObject(object));
    cJSON_Delete(object);
    return body;
}

static const char *ask(const struct vb_request *request)
{
    vb_api_handle(&fixture.api, request, FIXTURE_NOW_MS, &response);
    return response.later ? "" : read_body();
}

static struct vb_request request_of(const char *method, const char *path)
{
    return (struct vb_request){.method = method, .path = path, .host = "127.0.0.1:8080"};
}

static const char *get(const char *path)
{
    const struct vb_request request = request_of("GET", path);
    return ask(&request);
}

static const char *patch(const char *path, const char *if_match, const char *text)
{
    struct vb_request request = request_of("PATCH", path);
    request.if_match = if_match;
    request.content_type = "application/json";
    request.body = text;
    request.size = strlen(text);
    return ask(&request);
}

static const char *etag_of(const char *path)
{
    static char etag[VB_ETAG_SIZE];
    get(path);
    memcpy(etag, response.etag, sizeof etag);
    return etag;
}

#define assert_has(text, part)                           \
    do {                                                 \
        if (strstr((text), (part)) == NULL)              \
            fail_msg("%s is not in %s", (part), (text)); \
    } while (0)
#define assert_lacks(text, part) assert_null(strstr((text), (part)))

/* ---- Sites ---- */

static void a_host_that_is_not_this_receiver_is_refused_G0(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {NULL, 400},
        {"", 400},
        {"evil.example", 403},
        {"evil.example:8080", 403},
        {"localhost.evil.example", 403},
        {"127.0.0.1.evil.example", 403},
        {"127.0.0.1:", 400},
        {"127.0.0.1:8080:1", 400},
        {"127.0.0.1:port", 400},
        {"[::1", 400},
        {"[]", 403},
        {"[evil]", 403},
        {"1.2.3.4.5", 403},
        {"999.1.1.1", 403},
        {"127.0.0.1", 200},
        {"127.0.0.1:8080", 200},
        {"192.168.1.50:80", 200},
        {"[::1]:8080", 200},
        {"[fe80::1]", 200},
        {"localhost", 200},
        {"LocalHost:8080", 200},
        {"battery.local:8080", 200},
        {"Battery.Local", 200},
        {"battery.local.", 403},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct vb_request request = request_of("GET", "/api/v1/transmitters");
        request.host = cases[i].host;
        ask(&request);
        if (response.status != cases[i].status)
            fail_msg("host %s: %d", cases[i].host, response.status);
    }
}

static void a_page_of_another_site_is_refused_G0(void **state)
{
    (void)state;
    static const struct {
        const char *origin;
        int status;
    } cases[] = {
        {"http://evil.example", 403},
        {"null", 403},
        {"", 403},
        {"http://127.0.0.1:8081", 403},
        {"ftp://127.0.0.1:8080", 403},
        {"http://127.0.0.1:8080.evil.example", 403},
        {"http://127.0.0.1", 403},
        {"http://127.0.0.1:8080", 200},
        {"https://127.0.0.1:8080", 200},
        {NULL, 200},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct vb_request request = request_of("GET", "/api/v1/transmitters");
        request.origin = cases[i].origin;
        ask(&request);
        assert_int_equal(response.status, cases[i].status);
    }
}

/* ---- Paths ---- */

static void an_unknown_path_is_404_with_a_sentence(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api",
                                        "/api/v1",
                                        "/api/v1/receiver/",
                                        "/api/v1/receivers",
                                        "/",
                                        "",
                                        "/api/v1/transmitters/",
                                        "/api/v1/transmitters/02:00:00:00:00:99",
                                        "/api/v1/transmitters/nonsense",
                                        "/api/v1/transmitters/" FIXTURE_MAC "/sections/nothing",
                                        "/api/v1/transmitters/" FIXTURE_MAC "/sections/receiver",
                                        "/api/v1/transmitters/" FIXTURE_MAC "/edits/1",
                                        "/api/v1/transmitters/" FIXTURE_MAC
                                        "/edits/0000000000000001",
                                        "/api/v1/transmitters/" FIXTURE_MAC "/edits/../cells"};
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        assert_has(get(paths[i]), "{\"error\":\"");
        assert_int_equal(response.status, 404);
    }
}

static void a_malformed_path_is_400(void **state)
{
    (void)state;
    char longest[400];
    memset(longest, 'a', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    const char *const paths[] = {"/api/%", "/api/%4", "/api/%zz", "/api/%00", "/api/%0a", longest};
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        get(paths[i]);
        assert_int_equal(response.status, 400);
    }
}

static void a_wrong_method_is_405_and_allow_says_the_right_ones(void **state)
{
    (void)state;
    struct vb_request request = request_of("DELETE", "/api/v1/receiver");
    assert_has(ask(&request), "DELETE is not possible");
    assert_int_equal(response.status, 405);
    assert_string_equal(response.allow, "GET, HEAD, PATCH");
    request.path = "/api/request_mqtt";
    request.method = "GET";
    ask(&request);
    assert_int_equal(response.status, 405);
    assert_string_equal(response.allow, "POST");
}

/* Lets everybody in as what ctx says, and counts how often it was asked. */
struct counting_gate {
    enum vb_role role;
    unsigned asked;
};

static enum vb_role role_of_gate(void *ctx, const struct vb_request *request)
{
    struct counting_gate *gate = ctx;
    assert_non_null(request->path);
    gate->asked++;
    return gate->role;
}

static void every_route_needs_at_least_a_viewer_and_every_change_an_admin_G2(void **state)
{
    (void)state;
    const struct vb_route *route;
    for (unsigned i = 0; (route = vb_route_at(i)) != NULL; i++) {
        const bool changes = strcmp(route->method, "GET") != 0 && route->status != 410;
        assert_int_equal(route->role, changes ? VB_ROLE_ADMIN : VB_ROLE_VIEWER);
        assert_true((route->handler == NULL) == (strncmp(route->path, "/ws/", 4) == 0));
    }
}

static void the_gate_is_asked_once_for_requests_and_sockets_alike_G2(void **state)
{
    (void)state;
    struct counting_gate counting = {.role = VB_ROLE_VIEWER};
    const struct vb_gate gate = {&counting, role_of_gate};
    struct vb_request request = request_of("PATCH", SECTION);
    struct vb_socket socket;
    char reason[160];
    fixture.api.gate = &gate;
    ask(&request);
    assert_int_equal(response.status, 403);
    assert_int_equal(counting.asked, 1);
    get("/api/v1/receiver");
    assert_int_equal(response.status, 200);

    request.path = "/ws/cells";
    request.query = "mac=" FIXTURE_OTHER_MAC;
    assert_int_equal(vb_api_socket(&fixture.api, &request, &socket, reason, sizeof reason), 0);
    assert_int_equal(counting.asked, 3);
    assert_int_equal(socket.kind, VB_PUSH_CELLS);
    assert_true(socket.only_one && vb_mac_equal(&socket.mac, &fixture.peers[1].mac));
    counting.role = VB_ROLE_ANYONE;
    assert_int_equal(vb_api_socket(&fixture.api, &request, &socket, reason, sizeof reason), 403);
    request.path = "/ws/other";
    assert_int_equal(vb_api_socket(&fixture.api, &request, &socket, reason, sizeof reason), 404);
    request.path = "/ws/cells";
    request.query = "mac=02:00";
    counting.role = VB_ROLE_VIEWER;
    assert_int_equal(vb_api_socket(&fixture.api, &request, &socket, reason, sizeof reason), 400);
    get("/ws/state");
    assert_int_equal(response.status, 404); /* without an upgrade it is no path of the API */
}

/* Every "$ref" below an item leads to a schema of the document. */
static void assert_refs_lead_somewhere(const cJSON *item, const cJSON *schemas)
{
    static const char folder[] = "#/components/schemas/";
    for (; item != NULL; item = item->next) {
        if (item->string != NULL && strcmp(item->string, "$ref") == 0) {
            assert_int_equal(strncmp(item->valuestring, folder, strlen(folder)), 0);
            const char *name = item->valuestring + strlen(folder);
            if (cJSON_GetObjectItemCaseSensitive(schemas, name) == NULL)
                fail_msg("the contract has no type %s", name);
        }
        assert_refs_lead_somewhere(item->child, schemas);
    }
}

static void the_contract_names_only_types_that_it_has(void **state)
{
    (void)state;
    cJSON *document = cJSON_Parse(get("/api/v1/openapi.json"));
    assert_int_equal(response.status, 200);
    const cJSON *schemas =
        cJSON_GetObjectItem(cJSON_GetObjectItem(document, "components"), "schemas");
    const cJSON *paths = cJSON_GetObjectItem(document, "paths");
    assert_true(cJSON_GetArraySize(schemas) > 60);
    assert_refs_lead_somewhere(document->child, schemas);
    const struct vb_route *route;
    for (unsigned i = 0; (route = vb_route_at(i)) != NULL; i++) {
        if (strchr(route->path, '*') == NULL)
            assert_non_null(cJSON_GetObjectItemCaseSensitive(paths, route->path));
    }
    const cJSON *kinds = cJSON_GetObjectItem(cJSON_GetObjectItem(schemas, "AlarmKind"), "enum");
    assert_int_equal(cJSON_GetArraySize(kinds), VB_ALARM_KINDS);
    cJSON_Delete(document);
}

static void a_body_of_too_many_values_is_refused_before_it_is_parsed(void **state)
{
    (void)state;
    static char text[4096] = "{\"server\":[1";
    const char *etag = etag_of(SECTION);
    for (size_t at = strlen(text); at < sizeof text - 8; at += 2)
        memcpy(text + at, ",1", 2);
    memcpy(text + strlen(text), "]}", 3);
    assert_has(patch(SECTION, etag, text), "it has too many values");
    assert_int_equal(response.status, 400);
    fixture.api.body_nodes_max = 4;
    assert_has(patch(SECTION, etag, "{\"port\":1,\"server\":\"a\",\"enabled\":true}"),
               "\"pending\"");
    assert_has(
        patch(SECTION, etag, "{\"port\":1,\"server\":\"a\",\"enabled\":true,\"prefix\":\"b\"}"),
        "it has too many values");
}

/* A receiver that has just started may hear a reading before the first beacon, and a frame may come
 * between a request and the making of its answer. */
static void an_unknown_age_is_null_and_no_age_runs_backwards_C1(void **state)
{
    (void)state;
    struct vb_peer *peer = &fixture.peers[0];
    vb_age_unknown(&peer->beacon_age, FIXTURE_NOW_MS);
    const char *text = get("/api/v1/transmitters/" FIXTURE_MAC);
    assert_has(text, "\"seconds_since_beacon\":null,\"seconds_since_frame\":0.1");
    assert_has(get("/api/transmitter_status"), "\"seconds_since_beacon\":null");

    vb_age_restart(&peer->frame_age, FIXTURE_NOW_MS + 5);
    vb_age_restart(&peer->beacon_age, FIXTURE_NOW_MS + 5);
    text = get("/api/v1/transmitters/" FIXTURE_MAC);
    assert_has(text, "\"seconds_since_beacon\":0.0,\"seconds_since_frame\":0.0");

    peer->link = VB_LINK_OFFLINE;
    vb_age_unknown(&peer->frame_age, FIXTURE_NOW_MS);
    text = get("/api/v1/transmitters/" FIXTURE_MAC);
    assert_has(text, "Transmitter offline for weeks.");
    assert_has(text, "\"seconds_since_frame\":null");
    assert_null(strstr(text, "4294967"));
}

static void an_old_request_for_data_is_gone_F5(void **state)
{
    (void)state;
    const struct vb_request request = request_of("POST", "/api/request_battery_settings");
    assert_has(ask(&request), "There is nothing to request");
    assert_int_equal(response.status, 410);
}

static void a_path_with_encoded_colons_is_the_same_path(void **state)
{
    (void)state;
    get("/api/v1/transmitters/02%3A00%3a00:00:00:01");
    assert_int_equal(response.status, 200);
}

/* ---- Refused changes ---- */

static void a_change_needs_a_type_a_base_and_a_body(void **state)
{
    (void)state;
    struct vb_request request = request_of("PATCH", SECTION);
    const char *etag = etag_of(SECTION);
    ask(&request);
    assert_int_equal(response.status, 415);
    request.content_type = "text/plain";
    ask(&request);
    assert_int_equal(response.status, 415);
    request.content_type = "application/merge-patch+json; charset=utf-8";
    ask(&request);
    assert_int_equal(response.status, 428);
    request.if_match = etag;
    ask(&request);
    assert_int_equal(response.status, 400);
    request.body = "{\"port\":1,\"port\":2}";
    request.size = strlen(request.body);
    assert_has(ask(&request), "it has a duplicate key");
    assert_int_equal(response.status, 400);
    request.size = VB_BODY_BYTES_MAX + 1;
    ask(&request);
    assert_int_equal(response.status, 413);
}

static void a_change_of_an_old_content_is_a_conflict_and_shows_the_current_A9(void **state)
{
    (void)state;
    const char *text = patch(SECTION, "\"9f3a01c2-6-00000000\"", "{\"port\":1884}");
    assert_int_equal(response.status, 409);
    assert_has(text, "\"current\":{\"name\":\"mqtt\",\"version\":7,\"values\":{\"enabled\":false,");
    patch(SECTION, "*", "{\"port\":1884}");
    assert_int_equal(response.status, 409);
}

static void a_change_is_refused_field_by_field(void **state)
{
    (void)state;
    const char *etag = etag_of(SECTION);
    const char *text = patch(SECTION, etag, "{\"port\":70000}");
    assert_int_equal(response.status, 422);
    assert_string_equal(text,
                        "{\"error\":\"1 field of mqtt was refused; correct it and save again.\","
                        "\"reasons\":{\"port\":\"70000 is outside 1 to 65535\"}}");
    text = patch(SECTION, etag, "{\"port\":0,\"nothing\":1}");
    assert_has(text, "2 fields of mqtt were refused; correct them and save again.");
    text = patch(SECTION, etag, "{}");
    assert_int_equal(response.status, 422);
    assert_has(text, "there is nothing to save");
}

static void a_change_that_breaks_a_rule_is_refused_at_once(void **state)
{
    (void)state;
    const char *path = "/api/v1/transmitters/" FIXTURE_MAC "/sections/battery";
    const char *text = patch(path, etag_of(path), "{\"cell_min_mv\":4300}");
    assert_int_equal(response.status, 422);
    assert_has(text, "\"cell_min_mv\":\"The lowest cell voltage must be below the highest.\"");
}

static void a_secret_is_refused_until_the_link_is_sealed_G0(void **state)
{
    (void)state;
    const char *text = patch(SECTION, etag_of(SECTION), "{\"password\":\"hunter2\"}");
    assert_int_equal(response.status, 422);
    assert_has(text, "\"password\":\"secrets are set at the transmitter itself, or over loopback");
    fixture.receiver.config.remote_secrets = true;
    text = patch(SECTION, etag_of(SECTION), "{\"password\":\"hunter2\"}");
    assert_int_equal(response.status, 202);
    assert_has(text, "\"yours\":{\"password\":{\"set\":true}}");
    assert_lacks(text, "hunter2");
}

static void an_offline_transmitter_takes_no_change_A9(void **state)
{
    (void)state;
    const char *etag = etag_of(SECTION);
    fixture.peers[0].link = VB_LINK_OFFLINE;
    patch(SECTION, etag, "{\"port\":1884}");
    assert_int_equal(response.status, 503);
}

static void too_many_edits_are_refused(void **state)
{
    (void)state;
    const char *etag = etag_of(SECTION);
    for (int i = 0; i < FIXTURE_EDITS; i++) {
        patch(SECTION, etag, "{\"port\":1884}");
        assert_int_equal(response.status, 202);
    }
    patch(SECTION, etag, "{\"port\":1884}");
    assert_int_equal(response.status, 503);
}

static void hostile_text_in_a_refusal_stays_json(void **state)
{
    (void)state;
    char text[8192] = "{";
    size_t at = 1;
    for (int i = 0; i < 12; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%c", i > 0 ? "," : "", 'a' + i);
        for (int n = 0; n < 40; n++)
            at += (size_t)snprintf(text + at, sizeof text - at, "\\u0001");
        at += (size_t)snprintf(text + at, sizeof text - at, "\":1");
    }
    snprintf(text + at, sizeof text - at, "}");
    patch(SECTION, etag_of(SECTION), text);
    assert_int_equal(response.status, 422);
}

/* ---- Edits ---- */

static void an_edit_is_accepted_and_can_be_followed_A9(void **state)
{
    (void)state;
    char location[VB_LOCATION_SIZE];
    const char *text = patch(SECTION, etag_of(SECTION), "{\"port\":1884}");
    assert_int_equal(response.status, 202);
    assert_has(text, "\"section\":\"mqtt\",\"state\":\"pending\",\"version\":null,"
                     "\"message\":\"Sent to the transmitter, waiting for its answer.\","
                     "\"yours\":{\"port\":1884},\"theirs\":null,\"reasons\":{}}");
    memcpy(location, response.location, sizeof location);
    get(location);
    assert_int_equal(response.status, 200);

    struct vb_edit *edit = &fixture.edits[0];
    edit->state = VB_EDIT_STATE_CONFLICT;
    assert_has(get(location), "\"state\":\"conflict\"");
    assert_has(body, "\"theirs\":null"); /* the new content has not arrived yet */
    union vb_values values;
    vb_section_defaults(vb_section_by_id(VB_SECTION_MQTT), &values);
    values.mqtt.port = 9883;
    fixture_hold(&fixture.peers[0], VB_SECTION_MQTT, 8, &values);
    assert_has(get(location), "\"yours\":{\"port\":1884},\"theirs\":{\"port\":9883}");

    edit->state = VB_EDIT_STATE_REFUSED;
    edit->outcome = VB_EDIT_REFUSED;
    vb_reasons_add(&edit->reasons, 3, VB_ERR_OUT_OF_RANGE, 0);
    assert_has(get(location), "\"reasons\":{\"port\":\"is outside 1 to 65535\"}");
    edit->state = VB_EDIT_STATE_CONFIRMED;
    edit->version = 8;
    assert_has(get(location), "\"state\":\"confirmed\",\"version\":8");
}

static void an_edit_of_one_transmitter_is_not_anothers(void **state)
{
    (void)state;
    char path[128];
    patch(SECTION, etag_of(SECTION), "{\"port\":1884}");
    snprintf(path, sizeof path, "/api/v1/transmitters/" FIXTURE_OTHER_MAC "%s",
             strstr(response.location, "/edits/"));
    get(path);
    assert_int_equal(response.status, 404);
}

/* ---- Answers ---- */

static void no_answer_shows_a_secret_G0(void **state)
{
    (void)state;
    const char *text = get("/api/v1/transmitters/" FIXTURE_MAC "/sections");
    assert_has(text, "\"password\":{\"set\":true}");
    assert_lacks(text, "stamp");
}

static void a_transmitter_that_was_never_heard_is_all_unknown_A5(void **state)
{
    (void)state;
    const char *text = get("/api/v1/transmitters/" FIXTURE_OTHER_MAC);
    assert_int_equal(response.status, 200);
    assert_has(text, "\"name\":\"" FIXTURE_OTHER_MAC "\",\"link\":\"Offline\","
                     "\"seconds_since_beacon\":null,\"seconds_since_frame\":null,"
                     "\"next_beacon_s\":null,\"runtime\":{\"known\":false,\"stale\":false,"
                     "\"mqtt_connected\":null,\"ethernet_up\":null,\"source_ok\":null,"
                     "\"streaming\":null,\"thinned\":null,\"mqtt_only\":null,\"mqtt_fault\":null,"
                     "\"mqtt_fault_text\":null,\"ip\":null,\"uptime_s\":null},\"board\":null,"
                     "\"firmware\":{"
                     "\"version\":null,");
    assert_has(
        text,
        "\"store\":null,\"epoch\":null,\"sync\":\"unknown\",\"cloned\":false,\"editable\":false,"
        "\"edit_blocked_reason\":\"Transmitter not heard yet.");
    text = get("/api/v1/transmitters/" FIXTURE_OTHER_MAC "/sections/mqtt");
    assert_has(text, "\"version\":0,\"values\":null,\"sync\":\"unknown\",\"age_s\":null");
}

static void what_a_board_tells_of_itself_is_told(void **state)
{
    (void)state;
    struct vb_peer *peer = &fixture.peers[0];
    peer->facts = (struct vb_board_facts){.start = VB_START_WATCHDOG,
                                          .crashes = 2,
                                          .flags = VB_BOARD_CORE_DUMP,
                                          .channel = 6,
                                          .recoveries = 3,
                                          .recovered_ms = 2431};
    assert_has(get("/api/v1/transmitters/" FIXTURE_MAC),
               "\"board\":{\"start\":\"watchdog\",\"start_text\":\"the watchdog\","
               "\"crashes\":2,\"safe_mode\":false,\"core_dump\":true,\"channel\":6,"
               "\"recoveries\":3,\"recovered_s\":2.431}");
    peer->facts = (struct vb_board_facts){.flags = VB_BOARD_SAFE_MODE, .channel = 1};
    assert_has(get("/api/v1/transmitters/" FIXTURE_MAC),
               "\"board\":{\"start\":null,\"start_text\":null,\"crashes\":null,"
               "\"safe_mode\":true,\"core_dump\":false,\"channel\":1,\"recoveries\":0,"
               "\"recovered_s\":null}");
    peer->facts.recoveries = 1;
    peer->facts.recovered_ms = VB_AGE_UNKNOWN;
    assert_has(get("/api/v1/transmitters/" FIXTURE_MAC), "\"recoveries\":1,\"recovered_s\":null}");
}

static void why_the_receivers_own_board_started_is_told(void **state)
{
    (void)state;
    assert_has(get("/api/v1/receiver"), "\"board\":null,");
    fixture.facts.board = (struct vb_board_facts){.start = VB_START_POWER_ON};
    assert_has(get("/api/v1/receiver"),
               "\"board\":{\"start\":\"power_on\",\"start_text\":\"power on\",\"crashes\":0,"
               "\"safe_mode\":false,\"core_dump\":false,\"channel\":null,\"recoveries\":null,"
               "\"recovered_s\":null}");
}

static void a_transmitter_that_went_offline_is_stale_A5(void **state)
{
    (void)state;
    fixture.peers[0].link = VB_LINK_OFFLINE;
    vb_age_restart(&fixture.peers[0].frame_age, FIXTURE_NOW_MS - 41000);
    const char *text = get("/api/v1/transmitters/" FIXTURE_MAC);
    assert_has(text, "\"runtime\":{\"known\":true,\"stale\":true,\"mqtt_connected\":true,");
    assert_has(text, "Transmitter offline for 41 s. Settings cannot be changed until it answers.");
    assert_has(get("/api/v1/transmitters/" FIXTURE_MAC "/sections/mqtt"), "\"sync\":\"stale\"");
}

/* After a receiver's restart readings are heard for up to 15 s before a beacon is. */
static void before_the_first_beacon_nobody_knows_when_the_next_is_due_F3(void **state)
{
    (void)state;
    vb_age_unknown(&fixture.peers[0].beacon_age, FIXTURE_NOW_MS);
    assert_has(get("/api/v1/transmitters/" FIXTURE_MAC),
               "\"link\":\"Connected\",\"seconds_since_beacon\":null,"
               "\"seconds_since_frame\":0.1,\"next_beacon_s\":null,");
}

static void a_connected_transmitter_is_described_as_documented(void **state)
{
    (void)state;
    const char *text = get("/api/v1/transmitters");
    assert_has(text, "{\"transmitters\":[{\"mac\":\"" FIXTURE_MAC "\",\"name\":\"Battery TX 1\","
                     "\"link\":\"Connected\",\"seconds_since_beacon\":3.2,"
                     "\"seconds_since_frame\":0.1,\"next_beacon_s\":11.8,");
    assert_has(text, "\"ip\":\"192.168.1.100\",\"uptime_s\":8123}");
    assert_has(text, "\"store\":\"9f3a01c2\",\"epoch\":41,\"sync\":\"verified\","
                     "\"cloned\":false,\"editable\":true,\"edit_blocked_reason\":null,");
    assert_has(text, "{\"name\":\"mqtt\",\"version\":7,\"sync\":\"verified\",\"age_s\":0.0,"
                     "\"no_age\":null}");
    assert_has(text, "},{\"mac\":\"" FIXTURE_OTHER_MAC "\"");
}

static void a_section_carries_its_etag(void **state)
{
    (void)state;
    const char *text = get(SECTION);
    char quoted[VB_ETAG_SIZE + 16];
    assert_int_equal(response.status, 200);
    assert_true(strncmp(response.etag, "\"9f3a01c2-7-", 12) == 0);
    snprintf(quoted, sizeof quoted, "\"etag\":\"\\\"%.*s\\\"\"", (int)strlen(response.etag) - 2,
             response.etag + 1);
    assert_has(text, quoted);
    assert_has(text, "\"server\":\"192.168.1.221\",\"port\":1883,");
}

static void the_schema_is_complete_and_parses_A10(void **state)
{
    (void)state;
    get("/api/v1/schema");
    cJSON *schema = cJSON_Parse(body);
    assert_non_null(schema);
    const cJSON *sections = cJSON_GetObjectItem(schema, "sections");
    assert_int_equal(cJSON_GetArraySize(sections), vb_section_count);
    for (int i = 0; i < vb_section_count; i++) {
        const cJSON *section = cJSON_GetArrayItem(sections, i);
        assert_string_equal(cJSON_GetObjectItem(section, "name")->valuestring, vb_sections[i].name);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(section, "fields")),
                         vb_sections[i].field_count);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(section, "rules")),
                         vb_sections[i].rule_count);
    }
    cJSON_Delete(schema);
    assert_has(body, "{\"kind\":\"requires\",\"field\":\"mode\",\"value\":\"static\","
                     "\"other\":\"address\",");
    assert_has(body, "{\"kind\":\"requires\",\"field\":\"enabled\",\"other\":\"server\",");
    assert_has(body, "\"type\":\"signed\",\"min\":-40,\"max\":100,\"default\":0,");
}

static void cells_before_the_first_reading_are_empty(void **state)
{
    (void)state;
    const char *text = get("/api/v1/transmitters/" FIXTURE_MAC "/cells");
    assert_has(text, "\"timestamp\":null,\"age_s\":null,");
    assert_has(text, "\"cells\":[],\"min\":null,");
}

static void cells_are_the_newest_reading(void **state)
{
    (void)state;
    struct vb_reading reading = fixture_reading(1, FIXTURE_NOW_MS);
    reading.sampled_ms -= 2400;
    vb_reading_ring_push(&fixture.peers[0].ring, &reading);
    reading = fixture_reading(2, FIXTURE_NOW_MS);
    vb_reading_ring_push(&fixture.peers[0].ring, &reading);
    vb_reading_ring_push(&fixture.peers[0].ring, &reading); /* came twice */
    const char *text = get("/api/v1/transmitters/" FIXTURE_MAC "/cells");
    assert_has(text, "\"epoch\":41,\"sequence\":2,\"timestamp\":1795372800.123,\"age_s\":0.012,");
    assert_has(text, "\"cells\":[3800,3801,null,3803,");
    assert_has(text, "\"current_a\":-12.400,\"soc_pct\":null,\"interval_s\":2.400}");
}

static void the_receiver_is_described_as_documented_B1(void **state)
{
    (void)state;
    const char *text = get("/api/v1/receiver");
    assert_has(text, "{\"name\":\"Battery monitor\",\"mac\":\"02:b0:00:00:00:01\","
                     "\"ip\":\"192.168.1.50\",\"firmware\":\"0.1.0\",");
    assert_has(text, "\"secrets_editable\":false,\"secrets_blocked_reason\":\"secrets are set at");
    assert_has(text, "\"store\":{\"writes\":12,\"failed\":0,\"saved\":true,\"persistent\":true,");
    assert_has(text, "\"persistent\":true,\"recovered\":null}");
    assert_has(text,
               "\"sections\":{\"receiver\":{\"name\":\"receiver\",\"version\":1,\"values\":{");
    assert_true(response.etag[0] == '"');
}

/* ---- The receiver's own settings ---- */

static void own_settings_are_answered_when_they_are_on_the_disk(void **state)
{
    (void)state;
    patch("/api/v1/receiver", etag_of("/api/v1/receiver"),
          "{\"receiver\":{\"device_name\":\"Cellar\"},\"display\":{\"theme\":\"dark\"}}");
    assert_true(response.later);
    assert_int_equal(response.token, fixture.store.token);
    assert_int_equal(fixture.store.puts, 2);
    vb_settings_committed(&fixture.settings, fixture.store.token, VB_ERR_OK);
    vb_api_resume(&fixture.api, VB_ERR_OK, FIXTURE_NOW_MS, &response);
    assert_has(read_body(), "\"name\":\"Cellar\"");
    assert_int_equal(response.status, 200);
    assert_has(body, "\"theme\":\"dark\"");
}

static void own_settings_that_could_not_be_stored_are_500(void **state)
{
    (void)state;
    patch("/api/v1/receiver", etag_of("/api/v1/receiver"), "{\"display\":{\"theme\":\"dark\"}}");
    vb_settings_committed(&fixture.settings, fixture.store.token, VB_ERR_STORE);
    vb_api_resume(&fixture.api, VB_ERR_STORE, FIXTURE_NOW_MS, &response);
    assert_has(read_body(), "could not be stored, nothing has changed");
    assert_int_equal(response.status, 500);
}

static void own_settings_that_the_next_start_may_find_are_not_called_unchanged(void **state)
{
    (void)state;
    patch("/api/v1/receiver", etag_of("/api/v1/receiver"), "{\"display\":{\"theme\":\"dark\"}}");
    vb_settings_committed(&fixture.settings, fixture.store.token, VB_ERR_UNCERTAIN);
    vb_api_resume(&fixture.api, VB_ERR_UNCERTAIN, FIXTURE_NOW_MS, &response);
    assert_has(read_body(), "the next start may find either");
    assert_int_equal(response.status, 500);
}

static void own_settings_are_refused_for_their_reasons(void **state)
{
    (void)state;
    const char *path = "/api/v1/receiver";
    const char *etag = etag_of(path);
    assert_has(patch(path, etag, "{\"receiver\":{\"web_port\":0}}"),
               "\"web_port\":\"0 is outside 1 to 65535\"");
    assert_int_equal(response.status, 422);
    assert_has(patch(path, etag, "{\"mqtt\":{},\"display\":5}"),
               "\"mqtt\":\"is not a section of the receiver\",\"display\":\"must be an object");
    assert_has(patch(path, etag, "{\"receiver\":{\"network_mode\":\"static\"}}"),
               "\"address\":\"Static addressing needs an address.\"");
    patch(path, "\"old\"", "{\"display\":{\"theme\":\"dark\"}}");
    assert_int_equal(response.status, 409);
    assert_has(body, "\"current\":{\"name\":\"Battery monitor\"");
    patch(path, etag, "{\"display\":{\"theme\":\"dark\"}}");
    patch(path, etag, "{\"display\":{\"theme\":\"light\"}}");
    assert_int_equal(response.status, 503);
}

/* ---- The older paths ---- */

static void the_older_paths_answer_with_their_keys_F5(void **state)
{
    (void)state;
    assert_has(get("/api/get_receiver_info"),
               "{\"success\":true,\"device_name\":\"Battery monitor\"");
    assert_has(get("/api/get_transmitter_info"),
               "\"connected\":true,\"seconds_since_beacon\":3.2,\"mqtt_connected\":true,"
               "\"ethernet_connected\":true,\"ip\":\"192.168.1.100\"}");
    assert_has(get("/api/get_mqtt_config"),
               "{\"success\":true,\"enabled\":false,\"server\":\"192.168.1.221\",\"port\":1883,"
               "\"username\":\"\",\"client_id\":\"\",\"password_set\":true,\"connected\":true,"
               "\"version\":7}");
    assert_has(get("/api/get_network_config"),
               "{\"success\":true,\"use_static\":false,\"static_ip\":\"0.0.0.0\",\"gateway\":"
               "\"0.0.0.0\",\"subnet\":\"255.255.255.0\",\"dns1\":\"0.0.0.0\",\"dns2\":\"0.0.0.0\","
               "\"current_ip\":\"192.168.1.100\",\"version\":7}");
    assert_has(get("/api/get_battery_settings"), "\"cell_count\":96,");
    assert_has(get("/api/transmitter_status"),
               "{\"success\":true,\"connected\":true,\"status\":\"Connected\","
               "\"seconds_since_beacon\":3.2}");
}

static void the_older_paths_say_when_nothing_is_known_yet(void **state)
{
    (void)state;
    struct vb_request request = request_of("GET", "/api/get_mqtt_config");
    request.query = "x=1&mac=" FIXTURE_OTHER_MAC;
    assert_has(ask(&request), "{\"success\":false,\"error\":\"Waiting for the transmitter");
    assert_int_equal(response.status, 200);
    request.query = "mac=nonsense";
    assert_has(ask(&request), "{\"success\":false");
    fixture.peers[0].link = VB_LINK_OFFLINE;
    assert_has(get("/api/get_mqtt_config"), "\"connected\":null");
}

static void head_is_answered_like_get(void **state)
{
    (void)state;
    const struct vb_request request = request_of("HEAD", "/api/v1/receiver");
    ask(&request);
    assert_int_equal(response.status, 200);
}

static void F5_older_paths_call_a_degraded_link_connected_and_only_an_offline_one_not(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/get_transmitter_info", "/api/transmitter_status"};
    fixture.peers[1].used = false;
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        fixture.peers[0].link = VB_LINK_DEGRADED;
        assert_non_null(strstr(get(paths[i]), "\"connected\":true"));
        fixture.peers[0].link = VB_LINK_OFFLINE;
        assert_non_null(strstr(get(paths[i]), "\"connected\":false"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_host_that_is_not_this_receiver_is_refused_G0, fresh),
        cmocka_unit_test_setup(a_page_of_another_site_is_refused_G0, fresh),
        cmocka_unit_test_setup(an_unknown_path_is_404_with_a_sentence, fresh),
        cmocka_unit_test_setup(a_malformed_path_is_400, fresh),
        cmocka_unit_test_setup(a_wrong_method_is_405_and_allow_says_the_right_ones, fresh),
        cmocka_unit_test_setup(every_route_needs_at_least_a_viewer_and_every_change_an_admin_G2,
                               fresh),
        cmocka_unit_test_setup(the_gate_is_asked_once_for_requests_and_sockets_alike_G2, fresh),
        cmocka_unit_test_setup(the_contract_names_only_types_that_it_has, fresh),
        cmocka_unit_test_setup(a_body_of_too_many_values_is_refused_before_it_is_parsed, fresh),
        cmocka_unit_test_setup(an_unknown_age_is_null_and_no_age_runs_backwards_C1, fresh),
        cmocka_unit_test_setup(an_old_request_for_data_is_gone_F5, fresh),
        cmocka_unit_test_setup(a_path_with_encoded_colons_is_the_same_path, fresh),
        cmocka_unit_test_setup(a_change_needs_a_type_a_base_and_a_body, fresh),
        cmocka_unit_test_setup(a_change_of_an_old_content_is_a_conflict_and_shows_the_current_A9,
                               fresh),
        cmocka_unit_test_setup(a_change_is_refused_field_by_field, fresh),
        cmocka_unit_test_setup(a_change_that_breaks_a_rule_is_refused_at_once, fresh),
        cmocka_unit_test_setup(a_secret_is_refused_until_the_link_is_sealed_G0, fresh),
        cmocka_unit_test_setup(an_offline_transmitter_takes_no_change_A9, fresh),
        cmocka_unit_test_setup(too_many_edits_are_refused, fresh),
        cmocka_unit_test_setup(hostile_text_in_a_refusal_stays_json, fresh),
        cmocka_unit_test_setup(an_edit_is_accepted_and_can_be_followed_A9, fresh),
        cmocka_unit_test_setup(an_edit_of_one_transmitter_is_not_anothers, fresh),
        cmocka_unit_test_setup(no_answer_shows_a_secret_G0, fresh),
        cmocka_unit_test_setup(a_transmitter_that_was_never_heard_is_all_unknown_A5, fresh),
        cmocka_unit_test_setup(what_a_board_tells_of_itself_is_told, fresh),
        cmocka_unit_test_setup(why_the_receivers_own_board_started_is_told, fresh),
        cmocka_unit_test_setup(a_transmitter_that_went_offline_is_stale_A5, fresh),
        cmocka_unit_test_setup(before_the_first_beacon_nobody_knows_when_the_next_is_due_F3, fresh),
        cmocka_unit_test_setup(a_connected_transmitter_is_described_as_documented, fresh),
        cmocka_unit_test_setup(a_section_carries_its_etag, fresh),
        cmocka_unit_test_setup(the_schema_is_complete_and_parses_A10, fresh),
        cmocka_unit_test_setup(cells_before_the_first_reading_are_empty, fresh),
        cmocka_unit_test_setup(cells_are_the_newest_reading, fresh),
        cmocka_unit_test_setup(the_receiver_is_described_as_documented_B1, fresh),
        cmocka_unit_test_setup(own_settings_are_answered_when_they_are_on_the_disk, fresh),
        cmocka_unit_test_setup(own_settings_that_could_not_be_stored_are_500, fresh),
        cmocka_unit_test_setup(own_settings_that_the_next_start_may_find_are_not_called_unchanged,
                               fresh),
        cmocka_unit_test_setup(own_settings_are_refused_for_their_reasons, fresh),
        cmocka_unit_test_setup(the_older_paths_answer_with_their_keys_F5, fresh),
        cmocka_unit_test_setup(the_older_paths_say_when_nothing_is_known_yet, fresh),
        cmocka_unit_test_setup(head_is_answered_like_get, fresh),
        cmocka_unit_test_setup(
            F5_older_paths_call_a_degraded_link_connected_and_only_an_offline_one_not, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
