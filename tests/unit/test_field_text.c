#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/random.h"
#include "voltbeacon/core/section.h"

#include <cmocka.h>

static const struct vb_field *field_of(uint8_t section, const char *name)
{
    const struct vb_field *field = vb_field_by_name(vb_section_by_id(section), name);
    assert_non_null(field);
    return field;
}

static int parsed(uint8_t section, const char *name, const char *text)
{
    uint8_t bytes[512];
    return vb_field_parse(field_of(section, name), text, bytes, sizeof bytes);
}

/* ---- Faults ---- */

static void a_text_that_is_no_number_has_the_wrong_type(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "x",
                                        "-",
                                        "+1",
                                        "1.5",
                                        "0x10",
                                        "1 ",
                                        " 1",
                                        "1e3",
                                        "18446744073709551617",
                                        "1,2",
                                        "4294967296",
                                        "00000000001"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        assert_int_equal(parsed(VB_SECTION_MQTT, "port", texts[i]), VB_ERR_WRONG_TYPE);
        assert_int_equal(parsed(VB_SECTION_BATTERY, "temperature_min_c", texts[i]),
                         VB_ERR_WRONG_TYPE);
    }
}

static void a_number_beyond_the_range_is_refused_and_its_ends_are_not(void **state)
{
    (void)state;
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "0"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "65536"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "-1"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "4294967295"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_BATTERY, "temperature_min_c", "-41"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_BATTERY, "temperature_min_c", "101"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "1"), 4);
    assert_int_equal(parsed(VB_SECTION_MQTT, "port", "65535"), 4);
    assert_int_equal(parsed(VB_SECTION_BATTERY, "temperature_min_c", "-40"), 3);
    assert_int_equal(parsed(VB_SECTION_BATTERY, "temperature_min_c", "100"), 3);
}

static void what_a_person_must_not_change_is_read_only(void **state)
{
    (void)state;
    assert_int_equal(parsed(VB_SECTION_METADATA, "mac", "02:00:00:00:00:01"), VB_ERR_READ_ONLY);
    assert_int_equal(parsed(VB_SECTION_METADATA, "firmware_major", "x"), VB_ERR_READ_ONLY);
}

static void texts_above_their_size_are_too_long(void **state)
{
    (void)state;
    char text[80];
    memset(text, 'a', sizeof text);
    text[63] = '\0';
    assert_int_equal(parsed(VB_SECTION_MQTT, "server", text), 65);
    text[63] = 'a';
    text[64] = '\0';
    assert_int_equal(parsed(VB_SECTION_MQTT, "server", text), VB_ERR_TOO_LONG);
    assert_int_equal(parsed(VB_SECTION_MQTT, "password", text), 66);
    text[64] = 'a';
    text[65] = '\0';
    assert_int_equal(parsed(VB_SECTION_MQTT, "password", text), VB_ERR_TOO_LONG);
}

static void a_list_is_refused_for_its_items_its_commas_and_its_count(void **state)
{
    (void)state;
    static const char *const wrong[] = {",", "1,", ",1", "1,,2", "1;2", "1, 2", "a", "1-2"};
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++)
        assert_int_equal(parsed(VB_SECTION_CAN, "ignored_ids", wrong[i]), VB_ERR_WRONG_TYPE);
    assert_int_equal(parsed(VB_SECTION_CAN, "ignored_ids", "536870912"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(
        parsed(VB_SECTION_CAN, "ignored_ids", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"),
        VB_ERR_TOO_LONG);
    assert_int_equal(
        parsed(VB_SECTION_CAN, "ignored_ids", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"), 2 + 64);
    assert_int_equal(parsed(VB_SECTION_CAN, "ignored_ids", ""), 2);
}

static void an_unsigned_number_may_use_all_of_its_bits(void **state)
{
    (void)state;
    struct vb_field field = *field_of(VB_SECTION_CAN, "ignored_ids");
    uint8_t bytes[8];
    field.max = UINT32_MAX;
    assert_int_equal(vb_field_parse(&field, "4294967295", bytes, sizeof bytes), 2 + 4);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",         "1",         "1.2.3",     "1.2.3.",
                                        "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4",
                                        "-1.2.3.4", "1..2.3",    ".1.2.3",    "1.2.3.4 ",
                                        " 1.2.3.4", "a.b.c.d",   "1.2.3.4/24"};
    uint8_t ipv4[4];
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++) {
        assert_false(vb_ipv4_parse(wrong[i], ipv4));
        assert_int_equal(parsed(VB_SECTION_NETWORK, "address", wrong[i]), VB_ERR_WRONG_TYPE);
    }
}

static void an_unknown_choice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parsed(VB_SECTION_NETWORK, "mode", "DHCP"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_NETWORK, "mode", ""), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_NETWORK, "mode", "1"), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "enabled", "maybe"), VB_ERR_WRONG_TYPE);
    assert_int_equal(parsed(VB_SECTION_MQTT, "enabled", ""), VB_ERR_WRONG_TYPE);
}

static void a_change_that_does_not_fit_its_buffer_is_too_long(void **state)
{
    (void)state;
    uint8_t bytes[4];
    const struct vb_field *port = field_of(VB_SECTION_MQTT, "port");
    for (size_t capacity = 0; capacity <= sizeof bytes; capacity++)
        assert_int_equal(vb_field_parse(port, "1883", bytes, capacity),
                         capacity < sizeof bytes ? VB_ERR_TOO_LONG : 4);
}

static void a_short_buffer_ends_in_a_nul_all_the_same(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        union vb_values values;
        vb_section_defaults(&vb_sections[i], &values);
        for (uint8_t j = 0; j < vb_sections[i].field_count; j++) {
            char whole[512];
            vb_field_format(&vb_sections[i].fields[j], &values, whole, sizeof whole);
            for (size_t capacity = 1; capacity < 8; capacity++) {
                char *text = malloc(capacity); /* guarded to the byte */
                assert_non_null(text);
                vb_field_format(&vb_sections[i].fields[j], &values, text, capacity);
                assert_memory_equal(text, whole, strlen(text));
                free(text);
            }
        }
    }
}

static void a_text_that_is_too_long_is_cut_not_lost(void **state)
{
    (void)state;
    struct vb_mqtt_values mqtt;
    vb_section_defaults(vb_section_by_id(VB_SECTION_MQTT), &mqtt);
    char text[5];
    vb_field_format(field_of(VB_SECTION_MQTT, "prefix"), &mqtt, text, sizeof text);
    assert_string_equal(text, "batt");
}

/* ---- As people write it ---- */

static void values_are_shown_as_people_write_them(void **state)
{
    (void)state;
    char text[512];
    struct vb_battery_values battery;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    battery.temperature_min_c = -40;
    vb_field_format(field_of(VB_SECTION_BATTERY, "temperature_min_c"), &battery, text, sizeof text);
    assert_string_equal(text, "-40");
    vb_field_format(field_of(VB_SECTION_BATTERY, "chemistry"), &battery, text, sizeof text);
    assert_string_equal(text, "nmc");

    struct vb_can_values can;
    vb_section_defaults(vb_section_by_id(VB_SECTION_CAN), &can);
    vb_field_format(field_of(VB_SECTION_CAN, "ignored_ids"), &can, text, sizeof text);
    assert_string_equal(text, "");
    can.ignored_ids_count = 3;
    can.ignored_ids[1] = 536870911;
    vb_field_format(field_of(VB_SECTION_CAN, "ignored_ids"), &can, text, sizeof text);
    assert_string_equal(text, "0,536870911,0");
    vb_field_format(field_of(VB_SECTION_CAN, "listen_only"), &can, text, sizeof text);
    assert_string_equal(text, "false");

    struct vb_network_values network;
    vb_section_defaults(vb_section_by_id(VB_SECTION_NETWORK), &network);
    vb_field_format(field_of(VB_SECTION_NETWORK, "netmask"), &network, text, sizeof text);
    assert_string_equal(text, "255.255.255.0");
}

static void a_secret_is_only_ever_shown_as_set_or_not_set_G0(void **state)
{
    (void)state;
    char text[32];
    struct vb_mqtt_values mqtt;
    vb_section_defaults(vb_section_by_id(VB_SECTION_MQTT), &mqtt);
    vb_field_format(field_of(VB_SECTION_MQTT, "password"), &mqtt, text, sizeof text);
    assert_string_equal(text, "not set");
    mqtt.password = (struct vb_secret){.set = true, .stamp = 12345};
    vb_field_format(field_of(VB_SECTION_MQTT, "password"), &mqtt, text, sizeof text);
    assert_string_equal(text, "set");
}

static void words_for_yes_and_no_are_understood(void **state)
{
    (void)state;
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    const struct vb_field *enabled = field_of(VB_SECTION_MQTT, "enabled");
    for (uint8_t i = 0; i < VB_COUNT_OF(words); i++) {
        uint8_t bytes[8];
        assert_int_equal(vb_field_parse(enabled, words[i], bytes, sizeof bytes), 3);
        assert_int_equal(bytes[2], i % 2);
    }
}

static void what_is_shown_is_read_back_as_the_same_value(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        vb_section_defaults(section, &values);
        for (uint8_t j = 0; j < section->field_count; j++) {
            const struct vb_field *field = &section->fields[j];
            if (field->type == VB_TYPE_SECRET || (field->flags & VB_FIELD_FIXED) != 0)
                continue;
            char text[512];
            uint8_t expected[512];
            uint8_t bytes[512];
            struct vb_writer writer = vb_writer_of(expected, sizeof expected);
            vb_field_encode(&writer, field, &values);
            vb_field_format(field, &values, text, sizeof text);
            assert_int_equal(vb_field_parse(field, text, bytes, sizeof bytes), writer.at);
            assert_memory_equal(bytes, expected, writer.at);
        }
    }
}

static void random_numbers_survive_the_way_through_text(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 6);
    const struct vb_field *field = field_of(VB_SECTION_MQTT, "publish_interval_ms");
    for (unsigned round = 0; round < 2000; round++) {
        struct vb_mqtt_values mqtt = {.publish_interval_ms =
                                          vb_random_between(&random, field->min, field->max)};
        char text[16];
        char printed[16];
        vb_field_format(field, &mqtt, text, sizeof text);
        (void)snprintf(printed, sizeof printed, "%u", (unsigned)mqtt.publish_interval_ms);
        assert_string_equal(text, printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_is_no_number_has_the_wrong_type),
        cmocka_unit_test(a_number_beyond_the_range_is_refused_and_its_ends_are_not),
        cmocka_unit_test(what_a_person_must_not_change_is_read_only),
        cmocka_unit_test(texts_above_their_size_are_too_long),
        cmocka_unit_test(a_list_is_refused_for_its_items_its_commas_and_its_count),
        cmocka_unit_test(an_unsigned_number_may_use_all_of_its_bits),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(an_unknown_choice_is_refused),
        cmocka_unit_test(a_change_that_does_not_fit_its_buffer_is_too_long),
        cmocka_unit_test(a_short_buffer_ends_in_a_nul_all_the_same),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_not_lost),
        cmocka_unit_test(values_are_shown_as_people_write_them),
        cmocka_unit_test(a_secret_is_only_ever_shown_as_set_or_not_set_G0),
        cmocka_unit_test(words_for_yes_and_no_are_understood),
        cmocka_unit_test(what_is_shown_is_read_back_as_the_same_value),
        cmocka_unit_test(random_numbers_survive_the_way_through_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
