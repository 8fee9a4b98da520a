#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/api/reading_json.h"
#include "voltbeacon/core/platform.h"

static void assert_text(const struct vb_json *json, const char *expected)
{
    assert_false(json->failed);
    assert_int_equal(json->at, strlen(expected));
    assert_memory_equal(json->text, expected, json->at);
}

static void what_does_not_fit_fails_and_stays_failed(void **state)
{
    (void)state;
    char text[8];
    struct vb_json json = vb_json_of(text, 5);
    memset(text, '#', sizeof text);
    vb_json_string(&json, NULL, "abcdef");
    assert_true(json.failed);
    vb_json_integer(&json, NULL, 1);
    assert_true(json.failed);
    assert_memory_equal(text + 5, "###", 3);
}

static void every_capacity_below_the_need_fails(void **state)
{
    (void)state;
    static const char expected[] = "{\"a\":[1,null,true],\"b\":\"x\"}";
    for (size_t capacity = 0; capacity <= strlen(expected); capacity++) {
        char text[64];
        struct vb_json json = vb_json_of(text, capacity);
        vb_json_object(&json, NULL);
        vb_json_array(&json, "a");
        vb_json_integer(&json, NULL, 1);
        vb_json_null(&json, NULL);
        vb_json_bool(&json, NULL, true);
        vb_json_array_end(&json);
        vb_json_string(&json, "b", "x");
        vb_json_object_end(&json);
        assert_int_equal(json.failed, capacity < strlen(expected));
        if (!json.failed)
            assert_text(&json, expected);
    }
}

static void what_could_break_out_of_a_string_is_escaped(void **state)
{
    (void)state;
    char text[128];
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_json_string(&json, "k\"", "a\"b\\c\nd\x7f");
    assert_text(&json, "\"k\\\"\":\"a\\\"b\\\\c\\u000ad\\u007f\"");
}

static void broken_utf8_is_replaced_and_good_utf8_kept(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x8b", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x8b\""},
        {"\xc3", "\"\\ufffd\""},                                  /* cut */
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},                       /* cut */
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},                       /* overlong */
        {"\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\""},            /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},            /* surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* beyond U+10FFFF */
        {"\xff", "\"\\ufffd\""},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        char text[64];
        struct vb_json json = vb_json_of(text, sizeof text);
        vb_json_string(&json, NULL, cases[i].in);
        assert_text(&json, cases[i].out);
    }
}

static void numbers_keep_every_digit(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        unsigned decimals;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {-1, 0, "-1"},
        {INT64_MAX, 0, "9223372036854775807"},
        {INT64_MIN, 0, "-9223372036854775808"},
        {0, 3, "0.000"},
        {12, 3, "0.012"},
        {-5, 1, "-0.5"},
        {1795372800123, 3, "1795372800.123"},
        {INT64_MIN, 9, "-9223372036.854775808"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        char text[32];
        struct vb_json json = vb_json_of(text, sizeof text);
        vb_json_fixed(&json, NULL, cases[i].value, cases[i].decimals);
        assert_text(&json, cases[i].text);
    }
}

static void an_object_may_be_continued_in_another_buffer(void **state)
{
    (void)state;
    char first[16];
    char second[16];
    struct vb_json json = vb_json_of(first, sizeof first);
    vb_json_array(&json, NULL);
    vb_json_integer(&json, NULL, 1);
    struct vb_json rest = vb_json_of(second, sizeof second);
    rest.comma = json.comma;
    vb_json_integer(&rest, NULL, 2);
    vb_json_array_end(&rest);
    assert_text(&json, "[1");
    assert_text(&rest, ",2]");
}

static void no_text_is_null(void **state)
{
    (void)state;
    char text[16];
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_json_string(&json, "a", NULL);
    assert_text(&json, "\"a\":null");
}

static void the_largest_reading_fits_E4(void **state)
{
    (void)state;
    static char text[VB_READING_JSON_MAX];
    struct vb_reading reading = {.sequence = UINT32_MAX,
                                 .wall_ms = UINT32_MAX * 4000ull,
                                 .flags = 0xff,
                                 .cell_count = VB_CELLS_MAX,
                                 .temp_count = VB_TEMPS_MAX,
                                 .soc_permille = 1000,
                                 .pack_mv = UINT32_MAX,
                                 .current_ma = INT32_MIN};
    const struct vb_reading_about about = {
        .epoch = UINT16_MAX, .now_ms = INT32_MAX, .interval_ms = UINT32_MAX - 1};
    for (unsigned i = 0; i < VB_CELLS_MAX; i++)
        reading.cell_mv[i] = VB_CELL_MV_MAX;
    reading.cell_mv[VB_CELLS_MAX - 1] = 5000; /* one that can be: statistics take room, too */
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++)
        reading.temp_dc[i] = INT16_MIN + 1;
    memset(reading.balancing, 0xff, sizeof reading.balancing);
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_reading_json(&json, &reading, &about);
    assert_false(json.failed);
}

static void a_cell_that_is_not_available_is_null_and_outside_the_statistics_E4(void **state)
{
    (void)state;
    char text[1024];
    const struct vb_reading reading = {.sequence = 8123,
                                       .sampled_ms = 988,
                                       .wall_ms = 1795372800123,
                                       .flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE |
                                                VB_READING_HAS_SOC,
                                       .cell_count = 4,
                                       .temp_count = 2,
                                       .soc_permille = 715,
                                       .pack_mv = 366123,
                                       .cell_mv = {3812, VB_CELL_NOT_AVAILABLE, 3801, 3822},
                                       .temp_dc = {146, VB_TEMP_NOT_AVAILABLE},
                                       .balancing = {1 << 3}};
    const struct vb_reading_about about = {
        .mac = {{2, 0, 0, 0, 0, 1}}, .epoch = 41, .now_ms = 1000, .interval_ms = 2400};
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_reading_json(&json, &reading, &about);
    assert_text(&json,
                "{\"type\":\"cell_update\",\"mac\":\"02:00:00:00:00:01\",\"epoch\":41,"
                "\"sequence\":8123,\"timestamp\":1795372800.123,\"age_s\":0.012,\"together\":true,"
                "\"available\":true,\"cells\":[3812,null,3801,3822],\"min\":3801,\"max\":3822,"
                "\"avg\":3811.7,\"delta\":21,\"min_index\":2,\"max_index\":3,\"balancing\":[3],"
                "\"temps\":[14.6,null],\"pack_voltage_v\":366.123,\"current_a\":null,"
                "\"soc_pct\":71.5,\"interval_s\":2.400}");
}

static void a_cell_that_cannot_be_is_shown_and_outside_the_statistics_E1(void **state)
{
    (void)state;
    char text[1024];
    struct vb_reading reading = {.cell_count = 4, .cell_mv = {6000, 3801, 0, 3803}};
    const struct vb_reading_about about = {.interval_ms = VB_INTERVAL_UNKNOWN};
    struct vb_json json = vb_json_of(text, sizeof text - 1);
    vb_reading_json(&json, &reading, &about);
    text[json.at] = '\0';
    assert_non_null(strstr(text, "\"cells\":[6000,3801,0,3803],\"min\":3801,\"max\":3803,"
                                 "\"avg\":3802.0,\"delta\":2,\"min_index\":1,\"max_index\":3,"));
    reading.cell_mv[1] = 5001;
    reading.cell_mv[3] = VB_CELL_NOT_AVAILABLE;
    json = vb_json_of(text, sizeof text - 1);
    vb_reading_json(&json, &reading, &about);
    text[json.at] = '\0';
    assert_non_null(strstr(text, "\"available\":false,\"cells\":[6000,5001,0,null],\"min\":null"));
}

static void a_sample_from_the_future_is_of_age_zero(void **state)
{
    (void)state;
    char text[1024];
    const struct vb_reading reading = {.sampled_ms = 2000, .cell_count = 1, .cell_mv = {3800}};
    const struct vb_reading_about about = {.now_ms = 1000, .interval_ms = VB_INTERVAL_UNKNOWN};
    struct vb_json json = vb_json_of(text, sizeof text - 1);
    vb_reading_json(&json, &reading, &about);
    assert_false(json.failed);
    text[json.at] = '\0';
    assert_non_null(strstr(text, "\"timestamp\":null,\"age_s\":0.000,"));
    assert_non_null(strstr(text, "\"interval_s\":null}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_fails_and_stays_failed),
        cmocka_unit_test(every_capacity_below_the_need_fails),
        cmocka_unit_test(what_could_break_out_of_a_string_is_escaped),
        cmocka_unit_test(broken_utf8_is_replaced_and_good_utf8_kept),
        cmocka_unit_test(numbers_keep_every_digit),
        cmocka_unit_test(an_object_may_be_continued_in_another_buffer),
        cmocka_unit_test(no_text_is_null),
        cmocka_unit_test(the_largest_reading_fits_E4),
        cmocka_unit_test(a_cell_that_is_not_available_is_null_and_outside_the_statistics_E4),
        cmocka_unit_test(a_cell_that_cannot_be_is_shown_and_outside_the_statistics_E1),
        cmocka_unit_test(a_sample_from_the_future_is_of_age_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
