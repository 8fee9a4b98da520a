/* Why a board started, as its event says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/device/append.h"
#include "voltbeacon/device/start_words.h"

#include <cmocka.h>

static char text[VB_ALARM_TEXT_SIZE];

static const char *said(const struct vb_board_facts *facts)
{
    size_t length = vb_append(text, 0, sizeof text, "It started");
    length = vb_start_say(facts, text, length, sizeof text);
    assert_int_equal(length, strlen(text));
    return text;
}

static void where_nothing_is_told_the_sentence_ends(void **state)
{
    (void)state;
    const struct vb_board_facts radio = {.channel = 6};
    assert_string_equal(said(&radio), "It started.");
    assert_int_equal(vb_start_level(&radio), VB_ALARM_INFO);
}

static void an_ordinary_start_is_told_without_a_warning(void **state)
{
    (void)state;
    const struct vb_board_facts facts = {.start = VB_START_POWER_ON, .flags = VB_BOARD_CORE_DUMP};
    assert_string_equal(said(&facts), "It started: power on."); /* that dump is an old one */
    assert_int_equal(vb_start_level(&facts), VB_ALARM_INFO);
}

static void a_crash_is_a_warning_with_its_core_dump(void **state)
{
    (void)state;
    struct vb_board_facts facts = {
        .start = VB_START_CRASH, .crashes = 1, .flags = VB_BOARD_CORE_DUMP};
    assert_string_equal(said(&facts), "It started: a crash. A core dump lies in its flash.");
    assert_int_equal(vb_start_level(&facts), VB_ALARM_WARNING);
    facts.flags = 0;
    facts.crashes = 2;
    assert_string_equal(said(&facts), "It started: a crash, 2 crashes in a row.");
}

static void safe_mode_is_said(void **state)
{
    (void)state;
    const struct vb_board_facts facts = {
        .start = VB_START_WATCHDOG, .crashes = 3, .flags = VB_BOARD_SAFE_MODE};
    assert_string_equal(said(&facts), "It started: the watchdog, 3 crashes in a row. Safe mode: "
                                      "only radio and settings run.");
}

static void the_longest_fits_into_an_event(void **state)
{
    (void)state;
    for (uint8_t start = 0; start <= VB_START_REASONS; start++) {
        const struct vb_board_facts facts = {.start = start, .crashes = 255, .flags = UINT32_MAX};
        const size_t length =
            vb_append(text, 0, sizeof text, "Transmitter rebooted (boot %u)", UINT16_MAX);
        assert_true(vb_start_say(&facts, text, length, sizeof text) < sizeof text - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_nothing_is_told_the_sentence_ends),
        cmocka_unit_test(an_ordinary_start_is_told_without_a_warning),
        cmocka_unit_test(a_crash_is_a_warning_with_its_core_dump),
        cmocka_unit_test(safe_mode_is_said),
        cmocka_unit_test(the_longest_fits_into_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
