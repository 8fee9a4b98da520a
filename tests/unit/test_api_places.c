/* Places by the API: who is followed and who is not, forget, unforget, rename. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/api_bench.h"

#define TRANSMITTER "/api/v1/transmitters/" FIXTURE_MAC

static struct api_fixture fixture;
static struct vb_response response;
static char body[65536];

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static const char *read_body(void)
{
    size_t size = 0;
    for (size_t more;
         (more = vb_response_next(&response, FIXTURE_NOW_MS, body + size, VB_PIECE_BYTES_MAX)) > 0;
         size += more)
        assert_true(size + 2 * VB_PIECE_BYTES_MAX < sizeof body);
    body[size] = '\0';
    return body;
}

static const char *ask(const char *method, const char *path, const char *content)
{
    const struct vb_request request = {.method = method,
                                       .path = path,
                                       .host = "127.0.0.1:8080",
                                       .content_type = "application/json",
                                       .body = content,
                                       .size = strlen(content)};
    vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
    return read_body();
}

static void assert_told(uint16_t status, const char *text)
{
    if (response.status != status || strstr(body, text) == NULL)
        fail_msg("%u %s has no %s", response.status, body, text);
}

static void forgotten_it_is_listed_and_taken_back_it_is_followed(void **state)
{
    (void)state;
    ask("GET", "/api/v1/receiver", "");
    assert_told(200, "\"places\":{\"total\":3,\"followed\":[\"" FIXTURE_MAC
                     "\",\"" FIXTURE_OTHER_MAC "\"],\"outside\":[]}");
    ask("POST", TRANSMITTER "/forget", "");
    assert_told(200, "{\"total\":3,\"followed\":[\"" FIXTURE_OTHER_MAC
                     "\"],\"outside\":[{\"mac\":\"" FIXTURE_MAC
                     "\",\"name\":\"Battery TX 1\",\"why\":\"forgotten\",\"reason\":"
                     "\"is forgotten, but still heard\",\"heard\":true}]}");
    ask("GET", TRANSMITTER, "");
    assert_told(404, "is followed");
    ask("POST", TRANSMITTER "/unforget", "");
    assert_told(200, "\"outside\":[]");
    ask("GET", TRANSMITTER, "");
    assert_told(200, "\"link\":\"Connected\"");
    ask("POST", TRANSMITTER "/unforget", "");
    assert_told(404, " is known; GET /api/v1/receiver lists");
    ask("POST", "/api/v1/transmitters/nobody/forget", "");
    assert_told(404, "No transmitter nobody is known");
}

static void it_is_not_taken_back_where_all_places_are_taken(void **state)
{
    (void)state;
    ask("POST", TRANSMITTER "/forget", "");
    fixture_adopt(&fixture, 0, "02:00:00:00:00:03");
    fixture_adopt(&fixture, 2, "02:00:00:00:00:04");
    ask("POST", TRANSMITTER "/unforget", "");
    assert_told(409, "All places are taken");
    ask("GET", "/api/v1/receiver", "");
    assert_told(200, "\"why\":\"forgotten\"");
}

static void whoever_finds_no_place_is_told_why(void **state)
{
    (void)state;
    fixture.receiver.places.outside[0] =
        (struct vb_outside){.mac = {{2, 0, 0, 0, 0, 9}}, .why = VB_OUTSIDE_UNPLACED};
    fixture.receiver.places.outside[1] =
        (struct vb_outside){.mac = {{2, 0, 0, 0, 0, 8}}, .why = VB_OUTSIDE_GIVEN_UP};
    fixture.receiver.config.adopt_new = true;
    ask("GET", "/api/v1/receiver", "");
    assert_told(200, "\"why\":\"unplaced\",\"reason\":\"is heard, but all places are taken; "
                     "forget one that is gone\"");
    assert_told(200, "\"why\":\"given_up\",\"reason\":\"was silent for too long");
    fixture.receiver.config.adopt_new = false;
    ask("GET", "/api/v1/receiver", "");
    assert_told(200, "\"is heard, but this receiver follows no new transmitters\"");
}

/* Names of the worst kind in a full list: the receiver's own message still fits. */
static void the_longest_list_fits_into_one_message(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_OUTSIDE_MAX; i++) {
        struct vb_outside *outside = &fixture.receiver.places.outside[i];
        *outside =
            (struct vb_outside){.mac = {{2, 1, 0, 0, 0, (uint8_t)i}}, .why = VB_OUTSIDE_GIVEN_UP};
        memset(outside->name, '"', VB_OUTSIDE_NAME_SIZE - 1);
    }
    ask("GET", "/api/v1/receiver", "");
    assert_told(200, "\"refused_frames\"");
}

static void a_new_name_is_an_edit_of_the_transmitters_own_setting(void **state)
{
    (void)state;
    ask("POST", TRANSMITTER "/rename", "{\"name\":\"Garage\"}");
    assert_told(202, "\"section\":\"metadata\",\"state\":\"pending\"");
    assert_told(202, "\"yours\":{\"device_name\":\"Garage\"}");
    ask("POST", TRANSMITTER "/rename", "{\"name\":1,\"more\":2}");
    assert_told(422, "\"name\":\"must be a text\",\"more\":\"is not known\"");
    ask("POST", TRANSMITTER "/rename",
        "{\"name\":\"a name that is longer than thirty-one bytes\"}");
    assert_told(422, "is longer than 31 bytes");
    ask("POST", TRANSMITTER "/rename", "[]");
    assert_told(400, "cannot be used");
    ask("POST", "/api/v1/transmitters/" FIXTURE_OTHER_MAC "/rename", "{\"name\":\"x\"}");
    assert_true(response.status == 503);
    ask("POST", "/api/v1/transmitters/02:00:00:00:00:77/rename", "{\"name\":\"x\"}");
    assert_told(404, "is followed");
}

/* The answer has begun, and the transmitter goes before it is sent. */
static void an_answer_about_one_that_has_just_been_forgotten_ends(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "/sections", "/sections/mqtt", "/cells"};
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        char path[96];
        fixture_init(&fixture);
        snprintf(path, sizeof path, TRANSMITTER "%s", paths[i]);
        const struct vb_request request = {.method = "GET", .path = path, .host = "127.0.0.1:8080"};
        vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
        assert_int_equal(
            vb_receiver_forget(&fixture.receiver, FIXTURE_NOW_MS, &fixture.peers[0].mac),
            VB_ERR_OK);
        assert_string_equal(read_body(), "{\"error\":\"The transmitter was just forgotten.\"}");
    }
}

/* A client that was to hear of it hears of the receiver, and of nobody who is not there. */
static void pages_hear_that_it_is_gone(void **state)
{
    (void)state;
    struct vb_push push;
    struct vb_push_client client;
    char text[VB_PIECE_BYTES_MAX + 1];
    vb_push_init(&push, &fixture.api);
    vb_push_join(&push, &client, VB_PUSH_STATE, NULL);
    for (size_t size;
         (size = vb_push_next(&push, &client, FIXTURE_NOW_MS, text, VB_PIECE_BYTES_MAX)) > 0;)
        continue;
    fixture_change(&fixture, VB_EVENT_LINK, 0, 0);
    vb_push_look(&push);
    assert_int_equal(vb_receiver_forget(&fixture.receiver, FIXTURE_NOW_MS, &fixture.peers[0].mac),
                     VB_ERR_OK);
    vb_push_look(&push);
    assert_true(vb_push_pending(&push, &client));
    const size_t size = vb_push_next(&push, &client, FIXTURE_NOW_MS, text, VB_PIECE_BYTES_MAX);
    text[size] = '\0';
    assert_non_null(strstr(text, "\"followed\":[\"" FIXTURE_OTHER_MAC "\"]"));
    assert_int_equal(vb_push_next(&push, &client, FIXTURE_NOW_MS, text, VB_PIECE_BYTES_MAX), 0);
    assert_false(vb_push_pending(&push, &client));
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup(test, fresh)
    const struct CMUnitTest tests[] = {
        FRESH(forgotten_it_is_listed_and_taken_back_it_is_followed),
        FRESH(it_is_not_taken_back_where_all_places_are_taken),
        FRESH(whoever_finds_no_place_is_told_why),
        FRESH(the_longest_list_fits_into_one_message),
        FRESH(a_new_name_is_an_edit_of_the_transmitters_own_setting),
        FRESH(an_answer_about_one_that_has_just_been_forgotten_ends),
        FRESH(pages_hear_that_it_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
