/* What every client of a broker keeps to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mqtt/mqtt_rules.h"

static void a_failed_connection_has_a_name_and_words(void **state)
{
    static const struct {
        int reason;
        enum vb_mqtt_fault fault;
        const char *what;
    } rows[] = {{ECONNREFUSED, VB_MQTT_FAULT_REFUSED,
                 "refused the connection: nothing listens on this port"},
                {ECONNRESET, VB_MQTT_FAULT_CLOSED, "closed the connection"},
                {EPIPE, VB_MQTT_FAULT_CLOSED, "closed the connection"},
                {0, VB_MQTT_FAULT_CLOSED, "closed the connection"},
                {ETIMEDOUT, VB_MQTT_FAULT_SILENT, "cannot be reached: Connection timed out"},
                {EHOSTUNREACH, VB_MQTT_FAULT_UNREACHABLE, "cannot be reached: No route to host"}};
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const struct vb_mqtt_problem problem = vb_mqtt_problem_of_errno(rows[i].reason);
        assert_int_equal(problem.fault, rows[i].fault);
        assert_string_equal(problem.what, rows[i].what);
    }
}

static void every_refusal_of_a_broker_has_a_name(void **state)
{
    static const enum vb_mqtt_fault faults[] = {
        VB_MQTT_FAULT_OTHER,       VB_MQTT_FAULT_NOT_MQTT,       VB_MQTT_FAULT_NOT_AUTHORISED,
        VB_MQTT_FAULT_UNAVAILABLE, VB_MQTT_FAULT_NOT_AUTHORISED, VB_MQTT_FAULT_NOT_AUTHORISED};
    (void)state;
    for (int i = 0; i < (int)VB_COUNT_OF(faults); i++)
        assert_int_equal(vb_mqtt_problem_of_answer(i).fault, faults[i]);
    assert_int_equal(vb_mqtt_problem_of_answer(6).fault, VB_MQTT_FAULT_OTHER);
    assert_int_equal(vb_mqtt_problem_of_answer(-1).fault, VB_MQTT_FAULT_OTHER);
    assert_non_null(strstr(vb_mqtt_problem_of_answer(4).what, "wrong user name or password"));
}

static void a_broker_is_tried_after_twice_the_pause_up_to_the_longest(void **state)
{
    static const uint32_t pauses_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    uint32_t pause_ms = VB_MQTT_RETRY_MS_MIN;
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(pauses_ms); i++) {
        assert_int_equal(pause_ms, pauses_ms[i]);
        pause_ms = vb_mqtt_retry_ms(pause_ms, VB_MQTT_RETRY_MS_MAX);
    }
}

static void the_longest_topic_is_whole(void **state)
{
    struct vb_broker_settings settings = {.prefix = ""};
    char suffix[VB_MQTT_SUFFIX_SIZE] = "", topic[VB_MQTT_TOPIC_SIZE];
    (void)state;
    memset(settings.prefix, 'p', sizeof settings.prefix - 1);
    memset(suffix, 's', sizeof suffix - 1);
    vb_mqtt_topic(&settings, suffix, topic);
    assert_int_equal(strlen(topic), sizeof settings.prefix - 1 + 1 + sizeof suffix - 1);
}

/* Each of them makes it another broker, or another one that speaks to it. */
static void a_change_of_any_setting_is_seen(void **state)
{
    const struct vb_broker_settings as_it_is = {.enabled = true, .port = 1883, .keepalive_s = 60};
    struct vb_broker_settings rows[8];
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++)
        rows[i] = as_it_is;
    rows[0].enabled = false;
    rows[1].port = 1884;
    rows[2].keepalive_s = 61;
    rows[3].server[0] = 'x';
    rows[4].username[0] = 'x';
    rows[5].password[0] = 'x';
    rows[6].client_id[0] = 'x';
    rows[7].prefix[0] = 'x';
    assert_true(vb_mqtt_settings_equal(&as_it_is, &as_it_is));
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++)
        assert_false(vb_mqtt_settings_equal(&as_it_is, &rows[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_connection_has_a_name_and_words),
        cmocka_unit_test(every_refusal_of_a_broker_has_a_name),
        cmocka_unit_test(a_broker_is_tried_after_twice_the_pause_up_to_the_longest),
        cmocka_unit_test(the_longest_topic_is_whole),
        cmocka_unit_test(a_change_of_any_setting_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
