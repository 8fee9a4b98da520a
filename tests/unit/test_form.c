/* What a text field may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/core/form.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/schema.h"

static bool holds(uint8_t form, const char *text)
{
    return vb_form_holds(form, (const uint8_t *)text, strlen(text));
}

static void assert_all(uint8_t form, const char *const texts[], size_t count, bool expected)
{
    for (size_t i = 0; i < count; i++) {
        if (holds(form, texts[i]) != expected)
            fail_msg("\"%s\" %s %s", texts[i], expected ? "is no" : "passes for a",
                     vb_form_name(form));
    }
}

static const char *const label_63 =
    "a23456789012345678901234567890123456789012345678901234567890123";
static const char *const label_64 =
    "a234567890123456789012345678901234567890123456789012345678901234";

static void a_host_is_a_name_or_an_address(void **state)
{
    (void)state;
    const char *const good[] = {
        "localhost",   "broker.lan",          "192.168.1.221",         "a",    "mqtt_broker",
        "1and1.com",   "homeassistant.local", "xn--bcher-kva.example", "::1",  "fe80::1%eth0",
        "2001:db8::1", "::ffff:192.0.2.1",    "2001:DB8::AF",          "3com", label_63};
    const char *const bad[] = {"not a host name!!",
                               "broker lan",
                               "http://broker",
                               "broker:1883",
                               "broker.",
                               ".broker",
                               "broker..lan",
                               "-broker",
                               "broker-",
                               "999.1.1.1",
                               "1.2.3",
                               "1.2.3.4.5",
                               "12345",
                               "br\xc3\xb6ker",
                               "user@broker",
                               ":1",
                               "::1 ",
                               "fe80::1%",
                               "1:2:3:4:5:6:7:8:9",
                               "g::1",
                               "G::1",
                               label_64};
    assert_all(VB_FORM_HOST, good, VB_COUNT_OF(good), true);
    assert_all(VB_FORM_HOST, bad, VB_COUNT_OF(bad), false);
}

static void a_host_name_is_no_address(void **state)
{
    (void)state;
    const char *const good[] = {"battery-cellar", "cellar", "CELLAR2", "cellar.lan"};
    const char *const bad[] = {"192.168.1.221", "::1", "two words", "cellar!", "-", "cellar.lan."};
    assert_all(VB_FORM_HOSTNAME, good, VB_COUNT_OF(good), true);
    assert_all(VB_FORM_HOSTNAME, bad, VB_COUNT_OF(bad), false);
}

static void a_name_of_more_than_253_characters_is_none(void **state)
{
    (void)state;
    char name[300];
    for (unsigned i = 0; i < sizeof name; i++)
        name[i] = i % 10 == 9 ? '.' : 'a';
    name[253] = 'a';
    assert_true(vb_form_holds(VB_FORM_HOSTNAME, (const uint8_t *)name, 253));
    assert_false(vb_form_holds(VB_FORM_HOSTNAME, (const uint8_t *)name, 254));
}

static void a_topic_is_one_that_can_be_published_to(void **state)
{
    (void)state;
    const char *const good[] = {"battery", "house/battery", "cellar/pack 1",
                                "K\xc3\xbc"
                                "che"};
    const char *const bad[] = {"battery/", "/battery", "battery/+", "#", "$SYS", "a#b", "/"};
    assert_all(VB_FORM_TOPIC, good, VB_COUNT_OF(good), true);
    assert_all(VB_FORM_TOPIC, bad, VB_COUNT_OF(bad), false);
}

static void a_time_zone_has_an_area(void **state)
{
    (void)state;
    const char *const good[] = {"UTC", "Europe/Vienna", "America/Argentina/Buenos_Aires",
                                "Etc/GMT+1", "America/Port-au-Prince"};
    const char *const bad[] = {
        "Vienna",         "CET",      "GMT+1",   "Europe/",       "/Vienna",   "Europe//Vienna",
        "Europe/Vienna!", "UT",       "utc",     "../etc/passwd", "Europe/..", "Europe / Vienna",
        "UTC1",           "9/Vienna", "Europe/9"};
    assert_all(VB_FORM_ZONE, good, VB_COUNT_OF(good), true);
    assert_all(VB_FORM_ZONE, bad, VB_COUNT_OF(bad), false);
    /* What stands behind its end is not of it. */
    assert_false(vb_form_holds(VB_FORM_ZONE, (const uint8_t *)"Europe/Vienna", 7));
}

static void nothing_is_of_every_form_and_any_text_is_a_text(void **state)
{
    (void)state;
    for (uint8_t form = 0; form < VB_FORM_COUNT; form++)
        assert_true(holds(form, ""));
    assert_true(holds(VB_FORM_TEXT, "Keller, S\xc3\xbc"
                                    "d = 1. Pack!"));
}

static void blanks_at_the_ends_are_cut_and_those_within_stay(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *trimmed;
    } cases[] = {{"  a b  ", "a b"}, {"a", "a"},  {"   ", ""},          {"", ""},
                 {" a", "a"},        {"a ", "a"}, {"\ta b\r\n", "a b"}, {"\n\t \r", ""},
                 {"a\tb", "a\tb"}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        const uint8_t *text = (const uint8_t *)cases[i].text;
        size_t size = strlen(cases[i].text);
        vb_form_trim(&text, &size);
        assert_int_equal(size, strlen(cases[i].trimmed));
        assert_memory_equal(text, cases[i].trimmed, size);
    }
}

/* A default that its own form would refuse could not be set again. */
static void every_default_of_the_schema_is_of_its_form(void **state)
{
    (void)state;
    unsigned strings = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        for (uint8_t j = 0; j < vb_sections[i].field_count; j++) {
            const struct vb_field *field = &vb_sections[i].fields[j];
            if (field->type != VB_TYPE_STRING)
                continue;
            strings++;
            assert_true(holds(field->form, field->default_text));
            assert_true(strlen(vb_form_text(field->form)) > 0);
        }
    }
    assert_true(strings > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_a_name_or_an_address),
        cmocka_unit_test(a_host_name_is_no_address),
        cmocka_unit_test(a_name_of_more_than_253_characters_is_none),
        cmocka_unit_test(a_topic_is_one_that_can_be_published_to),
        cmocka_unit_test(a_time_zone_has_an_area),
        cmocka_unit_test(nothing_is_of_every_form_and_any_text_is_a_text),
        cmocka_unit_test(blanks_at_the_ends_are_cut_and_those_within_stay),
        cmocka_unit_test(every_default_of_the_schema_is_of_its_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
