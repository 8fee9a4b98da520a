/* What is said to a transmitter on its own machine: get and set, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/console_bench.h"
#include "voltbeacon/device/append.h"

#define S VB_CONSOLE_SEPARATOR

enum { TEXT_SIZE = 16384 };

static struct console_bench bench;

/* The last answer, and to which request. */
static char answered[TEXT_SIZE];
static uint64_t answered_to;
static uint64_t refused; /* the request of which another change came first */
static unsigned answers;

static void on_answer(void *ctx, uint64_t request, const char *text)
{
    assert_ptr_equal(ctx, &bench);
    (void)snprintf(answered, sizeof answered, "%s", text);
    answered_to = request;
    if (strcmp(text, "error nothing was changed: another change came first; try again") == 0)
        refused = request;
    answers++;
}

static void settle(enum vb_err result)
{
    console_bench_settle(&bench, result);
    vb_transmitter_console_look(&bench.console);
}

static int setup(void **state)
{
    (void)state;
    console_bench_begin(&bench, on_answer, &bench);
    vb_transmitter_console_look(&bench.console);
    answers = 0;
    answered_to = 0;
    refused = 0;
    return 0;
}

/* The answer to a line, whose change is stored. */
static const char *ask(const char *line)
{
    const unsigned before = answers;
    assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, before + 100, line));
    settle(VB_ERR_OK);
    if (answers != before + 1)
        fail_msg("%u answers to \"%s\"", answers - before, line);
    assert_int_equal(answered_to, before + 100);
    return answered;
}

static void expect(const char *line, const char *begin)
{
    const char *text = ask(line);
    if (strncmp(text, begin, strlen(begin)) != 0)
        fail_msg("\"%s\" is answered \"%s\"", line, text);
}

/* ---- What is refused, and why ---- */

static void an_impossible_setting_is_refused_with_what_is_possible(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *text;
    } cases[] = {
        {"set" S "mqtt.port", "error mqtt.port is not SECTION.FIELD=VALUE, as in mqtt.port=1883"},
        {"set" S "port=1", "error port=1 is not SECTION.FIELD=VALUE"},
        {"set" S "=.", "error =. is not SECTION.FIELD=VALUE"},
        {"set" S, "error  is not SECTION.FIELD=VALUE"},
        {"set" S "mqtt.colour=1", "error the transmitter has no setting mqtt.colour; get lists"},
        {"set" S "car.port=1", "error the transmitter has no setting car.port"},
        {"set" S "display.theme=dark", "error the transmitter has no setting display.theme"},
        {"set" S "mqtt.port=0",
         "error nothing was changed: mqtt.port: \"0\" is not a whole number from 1 to 65535"},
        {"set" S "mqtt.port=", "error nothing was changed: mqtt.port: \"\" is not a whole number"},
        {"set" S "battery.temperature_min_c=cold",
         "error nothing was changed: battery.temperature_min_c: \"cold\" is not a whole number "
         "from -40 to 100"},
        {"set" S "battery.temperature_min_c=-41",
         "error nothing was changed: battery.temperature_min_c: \"-41\" is not a whole number "
         "from -40 to 100"},
        {"set" S "metadata.device_name=A name of more than thirty-one bytes",
         "error nothing was changed: metadata.device_name: \"A name of more than "
         "thirty-one bytes\" is not a text of at most 31 bytes"},
        {"set" S "mqtt.enabled=maybe",
         "error nothing was changed: mqtt.enabled: \"maybe\" is not true or false"},
        {"set" S "telemetry.path=radio",
         "error nothing was changed: telemetry.path: \"radio\" is not one of link, mqtt, both"},
        {"set" S "network.address=1.2.3",
         "error nothing was changed: network.address: \"1.2.3\" is not an address such as 192."},
        {"set" S "battery.absent_sensors=[3]",
         "error nothing was changed: battery.absent_sensors: \"[3]\" is not a list of up to 16 "
         "numbers from 1 to 40, separated by commas"},
        {"set" S "battery.absent_sensors=41",
         "error nothing was changed: battery.absent_sensors: \"41\" is not a list of up to 16 "},
        {"set" S "metadata.firmware_major=3",
         "error nothing was changed: metadata.firmware_major "},
        {"set" S "mqtt.server=a b",
         "error nothing was changed:\n  mqtt.server is not a host name or an address"},
        {"set" S "mqtt.port=1" S "mqtt.port=2",
         "error nothing was changed: a field of section mqtt is named twice"},
        {"set" S "mqtt.port=1885" S "can.listen_only=perhaps", "error nothing was changed: can."},
        {"get" S "mqtt.colour", "error there is no setting mqtt.colour; get without arguments"},
        {"get" S "mqttx", "error there is no setting mqttx"},
        {"get" S "mqtt:port", "error there is no setting mqtt:port"},
        {"get" S "mqtt" S "car", "error there is no setting car"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++)
        expect(cases[i].line, cases[i].text);
    assert_string_equal(ask("get" S "mqtt.port"), "mqtt.port=1883\n");
    assert_int_equal(bench.store.token, 0);
}

static void an_overlong_secret_is_not_repeated_G1(void **state)
{
    (void)state;
    char line[256] = "set" S "mqtt.password=";
    memset(line + strlen(line), 'x', 100);
    const char *text = ask(line);
    assert_non_null(strstr(text, "mqtt.password: the value is not a text of at most "));
    assert_null(strstr(text, "xxx"));
}

/* So many times the same field, of 63 bytes. */
static void append_names(char line[2048], const char *field, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)vb_append(line, strlen(line), 2048, S "%s=%063d", field, 0);
}

static void more_than_an_edit_can_carry_is_refused_with_advice_to_split(void **state)
{
    (void)state;
    char line[2048] = "set";
    append_names(line, "mqtt.username", 16);
    assert_string_equal(ask(line),
                        "error too many changes to section mqtt at once; use several commands");
    line[strlen("set")] = '\0';
    append_names(line, "mqtt.username", 15);
    (void)vb_append(line, strlen(line), sizeof line,
                    S "network.hostname=%031d" S "metadata.device_name=%031d", 0, 0);
    assert_string_equal(
        ask(line), "error nothing was changed: too many changes at once; use several commands");
    assert_int_equal(bench.store.token, 0);
}

/* What a newer firmware has left there stays, and is in the way. */
static void a_section_that_becomes_too_long_is_named(void **state)
{
    (void)state;
    uint8_t whole[VB_SECTION_BYTES_MAX];
    const struct vb_cache_entry *entry = vb_cache_find(&bench.core.live, VB_SECTION_NETWORK);
    struct vb_writer writer = vb_writer_of(whole, sizeof whole);
    vb_write_bytes(&writer, vb_cache_bytes(&bench.core.live, entry), entry->size);
    for (uint8_t tag = 200; VB_TRIAL_BYTES_MAX - writer.at > 40; tag++) {
        vb_write_u8(&writer, tag);
        vb_write_u8(&writer, 30);
        for (unsigned i = 0; i < 30; i++)
            vb_write_u8(&writer, 0);
    }
    assert_int_equal(vb_cache_put(&bench.core.live, VB_SECTION_NETWORK, 9, whole, writer.at),
                     VB_ERR_OK);
    char line[100];
    snprintf(line, sizeof line, "set" S "network.hostname=%031d", 0);
    for (unsigned i = 0; i < 31; i++)
        line[strlen(line) - 1 - i] = 'a';
    expect(line, "error nothing was changed: section network is too long");
}

static void nothing_is_changed_before_the_boot_is_stored_A6(void **state)
{
    (void)state;
    bench.core.announced = false; /* as until then */
    expect("set" S "mqtt.port=1884", "error the store cannot be written, so nothing is changed.");
    bench.core.announced = true;
    assert_string_equal(ask("get" S "mqtt.port"), "mqtt.port=1883\n");
}

/* Each alone would do. */
static void of_two_changes_that_contradict_each_other_the_second_is_refused_A9(void **state)
{
    (void)state;
    static const char *const lines[] = {"set" S "battery.capacity_wh=20000",
                                        "set" S "battery.pack_voltage_min_dv=3900",
                                        "set" S "battery.pack_voltage_max_dv=3000"};
    for (uint64_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, 7 + i, lines[i]));
    assert_int_equal(answers, 0);
    settle(VB_ERR_OK);
    assert_int_equal(answers, 3);
    assert_int_equal(refused, 9);
    assert_string_equal(ask("get" S "battery.pack_voltage_min_dv" S "battery.pack_voltage_max_dv"),
                        "battery.pack_voltage_min_dv=3900\nbattery.pack_voltage_max_dv=4032\n");
}

/* As a flood does it that comes between two turns: nothing of what is waiting is told any more. */
static void drop_all_events(void)
{
    const uint32_t dropped = bench.core.events.dropped;
    for (unsigned i = 0; i < VB_EVENTS_MAX; i++)
        vb_events_push(&bench.core.events, &(struct vb_event){.type = VB_EVENT_RECEIVER_HEARD});
    assert_true(bench.core.events.dropped > dropped);
}

static void an_answer_rests_on_no_event_however_many_are_dropped_A9(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 100; i++) {
        const char *line = i % 2 == 0 ? "set" S "mqtt.port=1884" : "set" S "mqtt.port=1885";
        assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, i, line));
        console_bench_settle(&bench, i % 3 == 0 ? VB_ERR_STORE : VB_ERR_OK);
        drop_all_events();
        vb_transmitter_console_look(&bench.console);
        assert_int_equal(answers, i);
        assert_int_equal(answered_to, i);
        assert_int_equal(strcmp(answered, "stored\n") == 0, i % 3 != 0);
    }
}

static void changes_whose_end_nobody_looked_for_are_answered_by_the_next_line(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 10 * VB_CONSOLE_WAITING_MAX; i++) {
        assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, i,
                                                "set" S "mqtt.port=1884"));
        assert_int_equal(answers, i - 1);
        assert_int_equal(answered_to, i - 1);
        console_bench_settle(&bench, VB_ERR_OK);
    }
}

static void a_change_whose_end_nobody_knows_any_more_is_answered_so_and_leaves_its_place(
    void **state)
{
    (void)state;
    static const uint8_t port[] = {3, 2, 0x5c, 7};
    const struct vb_section_change change = {VB_SECTION_MQTT, port, sizeof port};
    struct vb_reasons reasons = {0};
    uint8_t bad_section;
    uint64_t id;
    assert_true(
        vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, 7, "set" S "mqtt.port=1884"));
    console_bench_settle(&bench, VB_ERR_OK);
    for (unsigned i = 0; i < VB_LOCAL_OUTCOMES_MAX; i++) { /* another's, beside the console */
        assert_int_equal(vb_transmitter_set(&bench.core, CONSOLE_NOW_MS, &change, 1, &id,
                                            &bad_section, &reasons),
                         VB_ERR_OK);
        console_bench_settle(&bench, VB_ERR_OK);
    }
    settle(VB_ERR_OK);
    assert_int_equal(answers, 1); /* the others were not its own */
    assert_int_equal(answered_to, 7);
    assert_string_equal(answered, "error the outcome of the change is unknown; get shows what is "
                                  "stored");
    settle(VB_ERR_OK);
    assert_int_equal(answers, 1);
}

static void lines_of_other_words_are_somebody_elses(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "status", "gets", "set", "\x1fget", "GET"};
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_false(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, 1, lines[i]));
    assert_int_equal(answers, 0);
}

static void a_change_that_cannot_be_stored_reports_that_nothing_changed_A6(void **state)
{
    (void)state;
    assert_true(
        vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, 7, "set" S "mqtt.port=1884"));
    assert_int_equal(answers, 0); /* not before it is known */
    settle(VB_ERR_STORE);
    assert_int_equal(answers, 1);
    assert_int_equal(answered_to, 7);
    assert_string_equal(answered, "error the change could not be stored; nothing was changed. Is "
                                  "the disk full?");
    assert_string_equal(ask("get" S "mqtt.port"), "mqtt.port=1883\n");
}

static void more_changes_at_once_than_there_are_places_are_asked_to_retry(void **state)
{
    (void)state;
    unsigned under_way = 0;
    while (answers == 0 && under_way <= VB_CONSOLE_WAITING_MAX) {
        assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, ++under_way,
                                                "set" S "mqtt.port=1884"));
    }
    assert_int_equal(answered_to, under_way);
    assert_string_equal(answered, "error too many changes are in progress; try again in a moment");
    settle(VB_ERR_OK);
    assert_int_equal(answers, under_way); /* each once */
}

/* At an orderly end. */
static void a_change_in_progress_at_the_end_is_answered_with_what_is_known_A9(void **state)
{
    static const struct {
        enum vb_err result; /* of the first; VB_ERR_BUSY: none yet */
        const char *words;
    } cases[] = {{VB_ERR_OK, "stored\n"},
                 {VB_ERR_STORE, "error the change could not be stored"},
                 {VB_ERR_BUSY, "error the transmitter stopped before the store answered"}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        (void)setup(state);
        assert_false(vb_transmitter_console_waits(&bench.console));
        assert_true(vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, 7,
                                                "set" S "mqtt.port=1884"));
        assert_true(vb_transmitter_console_waits(&bench.console));
        assert_int_equal(answers, 0);
        if (cases[i].result != VB_ERR_BUSY)
            console_bench_settle(&bench, cases[i].result);
        assert_int_equal(vb_transmitter_console_waits(&bench.console),
                         cases[i].result == VB_ERR_BUSY);
        vb_transmitter_console_end(&bench.console);
        assert_int_equal(answers, 1);
        assert_int_equal(answered_to, 7);
        if (strncmp(answered, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("answered \"%s\"", answered);
        vb_transmitter_console_end(&bench.console);
        assert_int_equal(answers, 1);
    }
}

/* ---- What is done ---- */

static void all_that_is_named_is_one_edit_however_many_sections_A9(void **state)
{
    (void)state;
    const unsigned before = bench.store.commits;
    assert_string_equal(ask("set" S "mqtt.port=1884" S "mqtt.server= broker.lan " S
                            "telemetry.path=both" S "metadata.device_name=My pack, = new"),
                        "stored\n");
    assert_int_equal(bench.store.commits, before + 1);
    assert_string_equal(
        ask("get" S "mqtt.port" S "mqtt.server" S "telemetry.path" S "metadata.device_name"),
        "mqtt.port=1884\nmqtt.server=broker.lan\ntelemetry.path=both\n"
        "metadata.device_name=My pack, = new\n");
    expect("get" S "mqtt", "mqtt.enabled=false\nmqtt.server=broker.lan\n");
    assert_null(strstr(answered, "telemetry"));
    assert_non_null(strstr(ask("get"), "\ntelemetry.path=both\n"));
}

static void a_secret_unset_along_with_its_server_is_reported_as_unset_G1(void **state)
{
    (void)state;
    assert_string_equal(ask("set" S "mqtt.server=one.lan" S "mqtt.password=p"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.keepalive_s=31"), "stored\n");
    assert_string_equal(ask("get" S "mqtt.password"), "mqtt.password=set\n");
    assert_string_equal(ask("set" S "can.listen_only=true" S "mqtt.server=two.lan"),
                        "stored; mqtt.password is no longer set\n");
    assert_string_equal(ask("set" S "mqtt.password=p"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.keepalive_s=32" S "can.listen_only=false"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.server=three.lan" S "can.listen_only=true"),
                        "stored; mqtt.password is no longer set\n");
    assert_string_equal(ask("set" S "mqtt.server=one.lan"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.password=p"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.server=two.lan" S "mqtt.password=q"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.password=r" S "mqtt.server=six.lan"), "stored\n");
    assert_string_equal(ask("set" S "mqtt.password="), "stored\n"); /* as was asked */
}

static void before_the_settings_can_be_read_every_line_is_answered_so(void **state)
{
    (void)state;
    static const char *const lines[] = {"get", "set" S "mqtt.port=1884", "status", "sing"};
    bench.booted = false;
    bench.core.live.count = 0; /* as good as never initialised */
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        expect(lines[i], "error the settings cannot be read now; retrying");
}

static void an_answer_longer_than_its_room_is_cut_off(void **state)
{
    (void)state;
    char small[40];
    vb_transmitter_console_init(&bench.console, &bench.core, &bench.booted, small, sizeof small,
                                on_answer, &bench);
    assert_int_equal(strlen(ask("get")), sizeof small - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_change_in_progress_at_the_end_is_answered_with_what_is_known_A9,
                               setup),
        cmocka_unit_test_setup(an_impossible_setting_is_refused_with_what_is_possible, setup),
        cmocka_unit_test_setup(an_overlong_secret_is_not_repeated_G1, setup),
        cmocka_unit_test_setup(more_than_an_edit_can_carry_is_refused_with_advice_to_split, setup),
        cmocka_unit_test_setup(a_section_that_becomes_too_long_is_named, setup),
        cmocka_unit_test_setup(nothing_is_changed_before_the_boot_is_stored_A6, setup),
        cmocka_unit_test_setup(of_two_changes_that_contradict_each_other_the_second_is_refused_A9,
                               setup),
        cmocka_unit_test_setup(an_answer_rests_on_no_event_however_many_are_dropped_A9, setup),
        cmocka_unit_test_setup(changes_whose_end_nobody_looked_for_are_answered_by_the_next_line,
                               setup),
        cmocka_unit_test_setup(
            a_change_whose_end_nobody_knows_any_more_is_answered_so_and_leaves_its_place, setup),
        cmocka_unit_test_setup(lines_of_other_words_are_somebody_elses, setup),
        cmocka_unit_test_setup(a_change_that_cannot_be_stored_reports_that_nothing_changed_A6,
                               setup),
        cmocka_unit_test_setup(more_changes_at_once_than_there_are_places_are_asked_to_retry,
                               setup),
        cmocka_unit_test_setup(all_that_is_named_is_one_edit_however_many_sections_A9, setup),
        cmocka_unit_test_setup(a_secret_unset_along_with_its_server_is_reported_as_unset_G1, setup),
        cmocka_unit_test_setup(before_the_settings_can_be_read_every_line_is_answered_so, setup),
        cmocka_unit_test_setup(an_answer_longer_than_its_room_is_cut_off, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
