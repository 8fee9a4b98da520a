#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../api/src/json_input.h"
#include "../../api/src/json_values.h"
#include "voltbeacon/api/api.h"

static struct vb_problems problems;
static char problems_text[2048];
static size_t read_to; /* of that, by assert_written() */
static uint8_t changes_bytes[1024];

static void begin_problems(size_t capacity)
{
    problems = vb_problems_in(problems_text, capacity);
    read_to = 0;
}

/* Reads changes of a section; problems tells what is wrong with them. */
static struct vb_writer read_changes(const char *section, const char *text, bool secrets_allowed)
{
    const char *reason;
    struct vb_writer changes = vb_writer_of(changes_bytes, sizeof changes_bytes);
    begin_problems(sizeof problems_text);
    cJSON *object = vb_json_read_object(text, strlen(text), VB_BODY_NODES_MAX, &reason);
    assert_non_null(object);
    vb_changes_of_json(vb_section_by_name(section), object, secrets_allowed, &changes, &problems);
    cJSON_Delete(object);
    return changes;
}

/* The next problem that was written is this one. */
static void assert_written(const char *field, const char *reason)
{
    char expected[512];
    struct vb_json json = vb_json_of(expected, sizeof expected);
    json.comma = read_to > 0;
    vb_json_string(&json, field, reason);
    assert_true(read_to + json.at <= problems.json.at);
    assert_memory_equal(problems.json.text + read_to, expected, json.at);
    read_to += json.at;
}

static void assert_problem(const char *section, const char *text, const char *field,
                           const char *reason)
{
    read_changes(section, text, true);
    assert_int_equal(problems.count, 1);
    assert_written(field, reason);
}

static void assert_unreadable(const char *text, size_t size, const char *expected)
{
    const char *reason = NULL;
    assert_null(vb_json_read_object(text, size, VB_BODY_NODES_MAX, &reason));
    assert_string_equal(reason, expected);
}

static void anything_but_a_json_object_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",           "{",           "{\"a\":}", "{\"a\":NaN}",
        "{\"a\":1}x", "{a:1}",       "nul",      "{\"a\":Infinity}",
        "{\"a\":-}",  "{\"a\":1}{}", "\"",       "{\"a\":\"\\"};
    for (size_t i = 0; i < VB_COUNT_OF(broken); i++)
        assert_unreadable(broken[i], strlen(broken[i]), "it is not JSON");
    assert_unreadable("[1]", 3, "it is not an object");
    assert_unreadable("7", 1, "it is not an object");
    assert_unreadable(NULL, 0, "it is not JSON");
}

static void a_key_that_comes_twice_is_refused(void **state)
{
    (void)state;
    const char *outer = "{\"port\":1,\"port\":2}";
    const char *inner = "{\"display\":{\"theme\":\"dark\",\"theme\":\"light\"}}";
    assert_unreadable(outer, strlen(outer), "it has a duplicate key");
    assert_unreadable(inner, strlen(inner), "it has a duplicate key");
}

static void a_nul_is_refused_in_every_form(void **state)
{
    (void)state;
    const char *escaped = "{\"server\":\"a\\u0000b\"}";
    assert_unreadable(escaped, strlen(escaped), "a text contains \\u0000");
    assert_unreadable("{\"a\":1}\0", 8, "it contains a NUL byte");
    const char *fine = "{\"server\":\"a\\\\u0000b\"}"; /* a backslash, then plain letters */
    const char *reason;
    cJSON *object = vb_json_read_object(fine, strlen(fine), VB_BODY_NODES_MAX, &reason);
    assert_non_null(object);
    cJSON_Delete(object);
}

static void deep_nesting_is_refused_before_anything_recurses(void **state)
{
    (void)state;
    char deep[2000];
    memset(deep, '[', sizeof deep);
    assert_unreadable(deep, sizeof deep, "it is nested too deeply");
    const char *four = "{\"a\":[[[1]]]}";
    const char *reason;
    cJSON *object = vb_json_read_object(four, strlen(four), VB_BODY_NODES_MAX, &reason);
    assert_non_null(object);
    cJSON_Delete(object);
}

static void too_many_members_are_refused(void **state)
{
    (void)state;
    char text[1024] = "{";
    size_t at = 1;
    for (char a = 'a'; a < 'a' + 9; a++) {
        for (char b = 'a'; b < 'a' + 8; b++)
            at += (size_t)snprintf(text + at, sizeof text - at, "\"%c%c\":1,", a, b);
    }
    text[at - 1] = '}';
    assert_unreadable(text, at, "an object in it has too many members");
}

static void a_number_that_is_not_the_fields_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_problem("mqtt", "{\"port\":70000}", "port", "70000 is outside 1 to 65535");
    assert_problem("mqtt", "{\"port\":0}", "port", "0 is outside 1 to 65535");
    assert_problem("mqtt", "{\"port\":-1}", "port", "-1 is outside 1 to 65535");
    assert_problem("mqtt", "{\"port\":1.5}", "port", "1.5 is not a whole number");
    assert_problem("mqtt", "{\"port\":1e999}", "port", "is a number too large to be exact");
    assert_problem("mqtt", "{\"port\":9007199254740993000}", "port",
                   "is a number too large to be exact");
    assert_problem("mqtt", "{\"port\":\"1883\"}", "port", "must be a number");
    assert_problem("mqtt", "{\"port\":null}", "port", "must be a number");
    assert_problem("mqtt", "{\"port\":true}", "port", "must be a number");
    assert_problem("battery", "{\"temperature_min_c\":-41}", "temperature_min_c",
                   "-41 is outside -40 to 100");
}

static void a_value_of_another_type_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_problem("mqtt", "{\"enabled\":1}", "enabled", "must be true or false");
    assert_problem("mqtt", "{\"server\":5}", "server", "must be a text");
    assert_problem("network", "{\"mode\":\"magic\"}", "mode",
                   "\"magic\" is not one of dhcp, static");
    assert_problem("network", "{\"mode\":1}", "mode", "must be a text");
    assert_problem("network", "{\"address\":\"1.2.3\"}", "address",
                   "\"1.2.3\" is not an address such as 192.168.1.10");
    assert_problem("network", "{\"address\":\"1.2.3.256\"}", "address",
                   "\"1.2.3.256\" is not an address such as 192.168.1.10");
    assert_problem("can", "{\"ignored_ids\":7}", "ignored_ids", "must be a list of numbers");
    assert_problem("can", "{\"ignored_ids\":[1,536870912]}", "ignored_ids",
                   "value 2: 536870912 is outside 0 to 536870911");
    assert_problem("can", "{\"ignored_ids\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}", "ignored_ids",
                   "has more than 16 values");
    assert_problem("mqtt", "{\"client_id\":\"123456789012345678901234\"}", "client_id",
                   "is 24 bytes long, at most 23 fit");
}

static void what_is_not_there_or_not_to_be_changed_is_refused(void **state)
{
    (void)state;
    assert_problem("mqtt", "{\"prot\":1}", "prot", "is not a field of section mqtt");
    assert_problem("metadata", "{\"mac\":\"x\"}", "mac",
                   "cannot be changed: the device itself says it");
}

/* A login that nobody is asked for must not be said to be. */
static void a_feature_not_yet_there_is_off_whatever_is_stored_and_cannot_be_changed(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        vb_section_defaults(section, &values);
        for (uint8_t n = 0; n < section->field_count; n++) {
            const struct vb_field *field = &section->fields[n];
            char text[128];
            if ((field->flags & VB_FIELD_NOT_YET) == 0)
                continue;
            count++;
            assert_int_equal(field->type, VB_TYPE_BOOL);
            assert_null(field->acts); /* nothing acts on it */
            ((uint8_t *)&values)[field->offset] = true;
            struct vb_json json = vb_json_of(text, sizeof text);
            vb_value_json(&json, NULL, field, &values);
            assert_memory_equal(text, "false", json.at);
            snprintf(text, sizeof text, "{\"%s\":false}", field->name);
            read_changes(section->name, text, true);
            assert_int_equal(problems.count, 1);
            assert_memory_equal(problems.json.text + strlen(field->name) + 3,
                                "\"cannot be changed yet. ", 24);
        }
    }
    assert_int_equal(count, 1); /* the login */
}

static void a_secret_is_refused_where_the_link_would_show_it_G0(void **state)
{
    (void)state;
    read_changes("mqtt", "{\"password\":\"hunter2\"}", false);
    assert_int_equal(problems.count, 1);
    assert_written("password", "secrets are set at the transmitter itself, or over loopback, or "
                               "with --allow-unsealed-secrets");
    read_changes("mqtt", "{\"password\":null}", false);
    assert_int_equal(problems.count, 1);
}

static void a_secret_is_set_by_text_and_cleared_by_null(void **state)
{
    (void)state;
    size_t size;
    struct vb_writer changes = read_changes("mqtt", "{\"password\":\"hunter2\"}", true);
    assert_memory_equal(vb_section_find(changes.bytes, changes.at, 5, &size), "hunter2", 7);
    changes = read_changes("mqtt", "{\"password\":null}", true);
    assert_non_null(vb_section_find(changes.bytes, changes.at, 5, &size));
    assert_int_equal(size, 0);
    assert_problem("mqtt", "{\"password\":\"\"}", "password", "is empty; send null to clear it");
    assert_problem("mqtt", "{\"password\":{\"set\":true}}", "password",
                   "must be a text, or null to clear it");
}

static void every_problem_is_named_up_to_a_bound(void **state)
{
    (void)state;
    read_changes("mqtt", "{\"port\":0,\"enabled\":2,\"x\":1}", true);
    assert_int_equal(problems.count, 3);
    read_changes("mqtt",
                 "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,"
                 "\"k\":1,\"l\":1,\"m\":1,\"n\":1}",
                 true);
    assert_int_equal(problems.count, VB_PROBLEMS_MAX);
}

static void a_problem_that_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 60; capacity++) {
        begin_problems(capacity);
        vb_problem_add(&problems, "port", "must be a number");
        vb_problem_add(&problems, "a_longer_name", "must be a number");
        assert_int_equal(problems.count, 2);
        assert_false(problems.json.failed);
        if (capacity >= sizeof "\"port\":\"must be a number\"" - 1)
            assert_written("port", "must be a number");
        if (capacity >=
            sizeof "\"port\":\"must be a number\",\"a_longer_name\":\"must be a number\"" - 1)
            assert_written("a_longer_name", "must be a number");
        assert_int_equal(problems.json.at, read_to);
    }
}

static void all_settings_of_the_receiver_at_their_longest_are_one_change(void **state)
{
    (void)state;
    size_t size = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        for (uint8_t n = 0; n < section->field_count && section->owner == VB_OWNER_RECEIVER; n++) {
            const struct vb_field *field = &section->fields[n];
            size += 2 + (field->type == VB_TYPE_STRING || field->type == VB_TYPE_SECRET
                             ? field->size_max
                             : (size_t)field->width *
                                   (field->type == VB_TYPE_ARRAY ? field->size_max : 1));
        }
    }
    print_message("%zu bytes\n", size);
    assert_in_range(size, 1, 1024); /* CHANGES_BYTES_MAX of receiver_routes.c */
}

static void every_field_of_every_section_survives_the_way_out_and_in(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        union vb_values again;
        uint8_t base[VB_SECTION_BYTES_MAX];
        uint8_t merged[VB_SECTION_BYTES_MAX];
        char text[VB_PIECE_BYTES_MAX];
        char one[VB_PIECE_BYTES_MAX];
        struct vb_reasons reasons = {0};
        vb_section_defaults(section, &values);
        const int base_size = vb_section_encode(section, &values, base, sizeof base);
        assert_true(base_size > 0);
        for (uint8_t n = 0; n < section->field_count; n++) {
            const struct vb_field *field = &section->fields[n];
            if (field->type == VB_TYPE_SECRET || (field->flags & VB_FIELD_FIXED) != 0)
                continue;
            struct vb_json json = vb_json_of(one, sizeof one - 1);
            vb_json_object(&json, NULL);
            vb_value_json(&json, field->name, field, &values);
            vb_json_object_end(&json);
            one[json.at] = '\0';
            const struct vb_writer changes = read_changes(section->name, one, true);
            assert_int_equal(problems.count, 0);
            assert_true(vb_section_merge(section, base, (size_t)base_size, changes.bytes,
                                         changes.at, 1, merged, sizeof merged, &reasons) > 0);
            assert_int_equal(vb_section_decode(section, merged, (size_t)base_size, &again, NULL),
                             VB_ERR_OK);
        }
        struct vb_json json = vb_json_of(text, sizeof text);
        vb_values_json(&json, NULL, section, &values);
        assert_false(json.failed);
    }
}

static void the_longest_values_of_every_section_fit_a_piece(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        char text[VB_PIECE_BYTES_MAX];
        vb_section_defaults(section, &values);
        for (uint8_t n = 0; n < section->field_count; n++) {
            const struct vb_field *field = &section->fields[n];
            uint8_t *place = (uint8_t *)&values + field->offset;
            if (field->type == VB_TYPE_STRING)
                memset(place, '"', field->size_max); /* two bytes each */
            if (field->type == VB_TYPE_ARRAY)
                memset(place, 0xff, (size_t)field->width * field->size_max);
        }
        struct vb_json json =
            vb_json_of(text, sizeof text - 512); /* what stands around the values */
        vb_values_json(&json, NULL, section, &values);
        assert_false(json.failed);
    }
}

static void reasons_of_the_core_are_put_into_words(void **state)
{
    (void)state;
    const struct vb_section *battery = vb_section_by_id(VB_SECTION_BATTERY);
    const struct vb_reasons reasons = {.count = 4,
                                       .items = {{.tag = 6, .err = VB_ERR_RULE, .rule = 1},
                                                 {.tag = 12, .err = VB_ERR_OUT_OF_RANGE},
                                                 {.tag = 200, .err = VB_ERR_NOT_FOUND},
                                                 {.tag = 1, .err = VB_ERR_OUT_OF_RANGE}}};
    begin_problems(sizeof problems_text);
    vb_problems_of(&problems, battery, &reasons);
    assert_int_equal(problems.count, 4);
    assert_written("cell_min_mv", "The lowest cell voltage must be below the highest.");
    assert_written("temperature_min_c", "is outside -40 to 100");
    assert_written("field 200", "is not known to both sides");
    assert_written("chemistry", "is outside its range");
    assert_int_equal(read_to, problems.json.at);

    char all[2048];
    struct vb_json json = vb_json_of(all, sizeof all);
    vb_reasons_json(&json, NULL, battery, &reasons);
    assert_int_equal(json.at, read_to + 2);
    assert_memory_equal(all + 1, problems.json.text, read_to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_but_a_json_object_is_refused),
        cmocka_unit_test(a_key_that_comes_twice_is_refused),
        cmocka_unit_test(a_nul_is_refused_in_every_form),
        cmocka_unit_test(deep_nesting_is_refused_before_anything_recurses),
        cmocka_unit_test(too_many_members_are_refused),
        cmocka_unit_test(a_number_that_is_not_the_fields_is_refused_with_the_reason),
        cmocka_unit_test(a_value_of_another_type_is_refused_with_the_reason),
        cmocka_unit_test(what_is_not_there_or_not_to_be_changed_is_refused),
        cmocka_unit_test(a_feature_not_yet_there_is_off_whatever_is_stored_and_cannot_be_changed),
        cmocka_unit_test(a_secret_is_refused_where_the_link_would_show_it_G0),
        cmocka_unit_test(a_secret_is_set_by_text_and_cleared_by_null),
        cmocka_unit_test(every_problem_is_named_up_to_a_bound),
        cmocka_unit_test(a_problem_that_does_not_fit_is_left_out_whole),
        cmocka_unit_test(all_settings_of_the_receiver_at_their_longest_are_one_change),
        cmocka_unit_test(every_field_of_every_section_survives_the_way_out_and_in),
        cmocka_unit_test(the_longest_values_of_every_section_fit_a_piece),
        cmocka_unit_test(reasons_of_the_core_are_put_into_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
