/* What is said of two firmwares that do not know the same, in numbers and in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../api/src/objects.h"
#include "../fixtures/api_bench.h"

#define BEGINNING \
    "The transmitter's settings (firmware 0.0.0) are not quite those that this receiver knows."

static struct api_fixture fixture;
static struct vb_peer *const peer = &fixture.peers[0];

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    peer->fetch = VB_FETCH_DONE;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        peer->sections[id].mark = vb_cache_find(&peer->cache, id) != NULL;
    return 0;
}

static const char *told(void)
{
    static char text[2048];
    struct vb_json json = vb_json_of(text, sizeof text - 1);
    vb_json_object(&json, NULL);
    vb_compatibility_json(&json, peer);
    vb_json_object_end(&json);
    assert_false(json.failed);
    text[json.at] = '\0';
    return text;
}

static void assert_told(const char *counts, const char *message)
{
    const char *text = told();
    if (strstr(text, counts) == NULL || strstr(text, message) == NULL)
        fail_msg("%s and %s are not in %s", counts, message, text);
}

/* The section's content as firmware of another revision would have it: changes laid over it. */
static void lay_over(uint8_t id, const uint8_t *changes, size_t size)
{
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, id);
    const int whole = vb_section_lay_over(vb_cache_bytes(&peer->cache, entry), entry->size, changes,
                                          size, bytes, sizeof bytes);
    assert_true(whole > 0);
    assert_int_equal(vb_cache_put(&peer->cache, id, 8, bytes, (size_t)whole), VB_ERR_OK);
}

static void drop_section(uint8_t id)
{
    vb_cache_remove(&peer->cache, id);
    peer->sections[id].mark = 0;
}

static void a_field_whose_value_is_not_known_is_counted_and_named(void **state)
{
    (void)state;
    static const uint8_t chemistry[] = {1, 1, 200};
    lay_over(VB_SECTION_BATTERY, chemistry, sizeof chemistry);
    assert_told("\"unknown_fields\":0,\"unknown_values\":1,",
                BEGINNING " 1 field holds a value that this receiver keeps but does not know; "
                          "its default is shown. Update this receiver.");

    char text[VB_PIECE_BYTES_MAX];
    struct vb_json json = vb_json_of(text, sizeof text - 1);
    vb_section_json(&json, NULL, &fixture.receiver, peer, vb_section_by_id(VB_SECTION_BATTERY),
                    FIXTURE_NOW_MS);
    text[json.at] = '\0';
    assert_non_null(strstr(text, "\"chemistry\":\"nmc\""));
    assert_non_null(strstr(text, "\"unknown_values\":[\"chemistry\"]"));
}

static void sections_and_fields_that_are_not_known_are_counted(void **state)
{
    (void)state;
    static const uint8_t newer[] = {200, 1, 7, 201, 0};
    lay_over(VB_SECTION_MQTT, newer, sizeof newer);
    assert_told("\"unknown_sections\":0,\"unknown_fields\":2,",
                BEGINNING " It has 2 fields that this receiver keeps but cannot show. Update this "
                          "receiver.");
    assert_int_equal(vb_cache_put(&peer->cache, VB_MARKS_MAX, 1, newer, 3), VB_ERR_OK);
    assert_told("\"unknown_sections\":1,\"unknown_fields\":2,",
                " It has 1 section and 2 fields that this receiver keeps but cannot show. ");
}

static void a_section_that_is_missing_is_counted_once_the_transmitter_was_heard(void **state)
{
    (void)state;
    drop_section(VB_SECTION_CAN);
    assert_told("\"missing_sections\":1,",
                BEGINNING " It lacks 1 section. Update the transmitter.");
    drop_section(VB_SECTION_CONTACTOR);
    assert_told("\"missing_sections\":2,", " It lacks 2 sections. ");
    peer->fetch = VB_FETCH_UNKNOWN;
    assert_told("\"complete\":true,", "\"message\":null");
}

static void fields_that_are_missing_are_counted(void **state)
{
    (void)state;
    static const uint8_t none[1];
    const uint8_t fields = vb_section_by_id(VB_SECTION_TELEMETRY)->field_count;
    assert_int_equal(fields, 2);
    assert_int_equal(vb_cache_put(&peer->cache, VB_SECTION_TELEMETRY, 8, none, 0), VB_ERR_OK);
    assert_told("\"missing_fields\":2,", " It lacks 2 fields, which are shown with their defaults. "
                                         "Update the transmitter.");
    static const uint8_t path[] = {2, 1, 0};
    lay_over(VB_SECTION_TELEMETRY, path, sizeof path);
    assert_told("\"missing_fields\":1,", " It lacks 1 field, which is shown with its default. ");
    static const uint8_t newer[] = {200, 1, 7};
    lay_over(VB_SECTION_TELEMETRY, newer, sizeof newer);
    assert_told("\"unknown_fields\":1,", " Give both the same version.");
}

static void nothing_is_reported_about_the_same_firmware(void **state)
{
    (void)state;
    assert_told("\"complete\":true,", "\"message\":null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_field_whose_value_is_not_known_is_counted_and_named, fresh),
        cmocka_unit_test_setup(sections_and_fields_that_are_not_known_are_counted, fresh),
        cmocka_unit_test_setup(a_section_that_is_missing_is_counted_once_the_transmitter_was_heard,
                               fresh),
        cmocka_unit_test_setup(fields_that_are_missing_are_counted, fresh),
        cmocka_unit_test_setup(nothing_is_reported_about_the_same_firmware, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
