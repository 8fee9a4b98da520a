/* What an older receiver's keys become, and what is refused of them with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "../fixtures/old_keys.h"

enum { MQTT, NETWORK, BATTERY, METADATA, TEXT_SIZE = 160 };

static struct old_keys keys;
static struct vb_old_section old;

static int begun(void **state)
{
    (void)state;
    old_keys_init(&keys);
    return 0;
}

static const char *text(void)
{
    static char line[TEXT_SIZE];
    vb_old_section_text(&old, line, sizeof line);
    return line;
}

static void read_one(unsigned index)
{
    vb_old_section_read(&keys.port, index, true, &old);
}

/* Nothing of a section that is refused goes anywhere. */
static void assert_refused(unsigned index, const char *line)
{
    read_one(index);
    assert_int_equal(old.verdict, VB_OLD_REFUSED);
    assert_int_equal(old.size, 0);
    assert_string_equal(text(), line);
}

/* Laid over the defaults, as a transmitter does. */
static union vb_values taken_over(void)
{
    const struct vb_section *section = vb_section_by_id(old.section);
    union vb_values values;
    uint8_t base[512], result[512];
    struct vb_reasons reasons = {0};
    vb_section_defaults(section, &values);
    const int size = vb_section_encode(section, &values, base, sizeof base);
    const int merged = vb_section_merge(section, base, (size_t)size, old.bytes, old.size, 7, result,
                                        sizeof result, &reasons);
    assert_true(merged > 0);
    assert_int_equal(vb_section_decode(section, result, (size_t)merged, &values, NULL), VB_ERR_OK);
    return values;
}

/* ---- What is refused ---- */

static void a_missing_key_is_named_and_the_section_refused_whole(void **state)
{
    static const char *const of_mqtt[] = {"mqtt_en",   "mqtt_srv",  "mqtt_port",
                                          "mqtt_user", "mqtt_pass", "mqtt_cid"};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(of_mqtt); i++) {
        char line[TEXT_SIZE];
        old_keys_init(&keys);
        old_key_drop(&keys, of_mqtt[i]);
        snprintf(line, sizeof line, "old settings, mqtt: %s does not exist", of_mqtt[i]);
        assert_refused(MQTT, line);
    }
    read_one(NETWORK);
    assert_int_equal(old.verdict, VB_OLD_READ); /* the others are not its hostages */
}

static void a_key_of_another_type_or_size_is_refused(void **state)
{
    (void)state;
    old_key_text(&keys, "mqtt_port", "1883");
    assert_refused(MQTT, "old settings, mqtt: mqtt_port has the wrong type");
    old_keys_init(&keys);
    old_key_put(&keys, "mqtt_srv", VB_OLD_IPV4, "\xc0\xa8\x01", 3);
    assert_refused(MQTT, "old settings, mqtt: mqtt_srv is damaged in the store");
    old_keys_init(&keys);
    old_key_put(&keys, "mqtt_port", VB_OLD_U16, "\x5b", 1);
    assert_refused(MQTT, "old settings, mqtt: mqtt_port is damaged in the store");
    old_keys_init(&keys);
    old_key_bool(&keys, "net_static", 2);
    assert_refused(NETWORK, "old settings, network: net_static is damaged in the store");
    old_keys_init(&keys);
    old_key_bool(&keys, "mqtt_known", 255);
    assert_refused(MQTT, "old settings, mqtt: mqtt_known is damaged in the store");
}

static void a_key_that_cannot_be_read_is_no_missing_one(void **state)
{
    (void)state;
    keys.failing = "mqtt_user";
    assert_refused(MQTT, "old settings, mqtt: mqtt_user cannot be read now");
    keys.failing = "mqtt_known";
    assert_refused(MQTT, "old settings, mqtt: mqtt_known cannot be read now");
}

static void what_the_schema_refuses_is_reported_by_the_old_key(void **state)
{
    (void)state;
    old_key_put(&keys, "mqtt_port", VB_OLD_U16, "\0\0", 2);
    assert_refused(MQTT, "old settings, mqtt: mqtt_port is outside its range");
    old_keys_init(&keys);
    old_key_text(&keys, "mqtt_cid", "a-client-id-of-24-chars-");
    assert_refused(MQTT, "old settings, mqtt: mqtt_cid is too long");
    old_keys_init(&keys);
    old_key_text(&keys, "mqtt_user", "ho\nme");
    assert_refused(MQTT, "old settings, mqtt: mqtt_user holds what is no text");
    old_keys_init(&keys);
    old_key_put(&keys, "mqtt_user", VB_OLD_STRING, (const char[65]){"x"}, 65);
    assert_refused(MQTT, "old settings, mqtt: mqtt_user is too long");
}

static void values_that_contradict_each_other_get_the_text_of_the_rule(void **state)
{
    (void)state;
    old_key_put(&keys, "mqtt_srv", VB_OLD_IPV4, "\0\0\0\0", 4);
    assert_refused(MQTT, "old settings, mqtt: Publishing needs a server.");
    old_key_put(&keys, "net_sip", VB_OLD_IPV4, "\0\0\0\0", 4);
    assert_refused(NETWORK, "old settings, network: Static addressing needs an address.");
}

/* ---- What is taken over ---- */

static void mqtt_is_taken_over_whole(void **state)
{
    size_t size;
    (void)state;
    read_one(MQTT);
    assert_int_equal(old.verdict, VB_OLD_READ);
    assert_false(old.secret_left);
    const struct vb_mqtt_values mqtt = taken_over().mqtt;
    assert_true(mqtt.enabled);
    assert_string_equal(mqtt.server, "192.168.1.221");
    assert_int_equal(mqtt.port, 1883);
    assert_string_equal(mqtt.username, "home");
    assert_string_equal(mqtt.client_id, "battery-tx");
    assert_true(mqtt.password.set);
    const uint8_t *password = vb_section_find(old.bytes, old.size, 5, &size);
    assert_int_equal(size, strlen("hunter2"));
    assert_memory_equal(password, "hunter2", size);
    assert_string_equal(text(), "old settings, mqtt: read");
}

static void a_secret_that_may_not_be_sent_is_left_out_and_reported(void **state)
{
    size_t size;
    (void)state;
    vb_old_section_read(&keys.port, MQTT, false, &old);
    assert_int_equal(old.verdict, VB_OLD_READ);
    assert_true(old.secret_left);
    assert_null(vb_section_find(old.bytes, old.size, 5, &size));
    assert_string_equal(taken_over().mqtt.username, "home");
    assert_string_equal(
        text(), "old settings, mqtt: read, without the password, which this link does not carry");
    old_key_text(&keys, "mqtt_pass", "");
    vb_old_section_read(&keys.port, MQTT, false, &old);
    assert_false(old.secret_left);
}

static void a_server_of_zeroes_is_none_where_nothing_is_published(void **state)
{
    (void)state;
    old_key_bool(&keys, "mqtt_en", 0);
    old_key_put(&keys, "mqtt_srv", VB_OLD_IPV4, "\0\0\0\0", 4);
    read_one(MQTT);
    assert_string_equal(taken_over().mqtt.server, "");
}

static void the_static_addresses_are_settings_and_the_current_ones_are_not(void **state)
{
    static const uint8_t address[] = {192, 168, 1, 100}, router[] = {192, 168, 1, 1}, none[4] = {0};
    (void)state;
    read_one(NETWORK);
    const struct vb_network_values network = taken_over().network;
    assert_int_equal(network.mode, VB_ADDRESSING_STATIC);
    assert_memory_equal(network.address, address, 4);
    assert_memory_equal(network.gateway, router, 4);
    assert_memory_equal(network.dns1, router, 4);
    assert_memory_equal(network.dns2, none, 4);
    old_key_bool(&keys, "net_static", 0);
    read_one(NETWORK);
    assert_int_equal(taken_over().network.mode, VB_ADDRESSING_DHCP);
}

static void of_the_device_the_name_is_taken_over_alone(void **state)
{
    (void)state;
    read_one(METADATA);
    const struct vb_metadata_values metadata = taken_over().metadata;
    assert_string_equal(metadata.device_name, "Battery TX 1");
    assert_string_equal(metadata.environment, "");
}

static void what_was_never_stored_is_nothing_and_no_fault(void **state)
{
    (void)state;
    read_one(BATTERY); /* a version alone */
    assert_int_equal(old.verdict, VB_OLD_NONE);
    assert_string_equal(text(), "old settings, battery: there are none");
    old_key_bool(&keys, "mqtt_known", 0);
    read_one(MQTT);
    assert_int_equal(old.verdict, VB_OLD_NONE);
    old_key_drop(&keys, "mqtt_known");
    read_one(MQTT);
    assert_int_equal(old.verdict, VB_OLD_NONE);
    assert_int_equal(old.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_missing_key_is_named_and_the_section_refused_whole, begun),
        cmocka_unit_test_setup(a_key_of_another_type_or_size_is_refused, begun),
        cmocka_unit_test_setup(a_key_that_cannot_be_read_is_no_missing_one, begun),
        cmocka_unit_test_setup(what_the_schema_refuses_is_reported_by_the_old_key, begun),
        cmocka_unit_test_setup(values_that_contradict_each_other_get_the_text_of_the_rule, begun),
        cmocka_unit_test_setup(mqtt_is_taken_over_whole, begun),
        cmocka_unit_test_setup(a_secret_that_may_not_be_sent_is_left_out_and_reported, begun),
        cmocka_unit_test_setup(a_server_of_zeroes_is_none_where_nothing_is_published, begun),
        cmocka_unit_test_setup(the_static_addresses_are_settings_and_the_current_ones_are_not,
                               begun),
        cmocka_unit_test_setup(of_the_device_the_name_is_taken_over_alone, begun),
        cmocka_unit_test_setup(what_was_never_stored_is_nothing_and_no_fault, begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
