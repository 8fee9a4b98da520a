/* How alarms are named and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "voltbeacon/pack/alarm.h"

static void an_invalid_name_is_refused(void **state)
{
    enum vb_alarm_kind kind = VB_ALARM_LINK_LOST;
    enum vb_alarm_level level = VB_ALARM_ALERT;
    (void)state;
    assert_false(vb_alarm_kind_by_name("imbalanc", &kind));
    assert_false(vb_alarm_level_by_name("", &level));
    assert_int_equal(kind, VB_ALARM_LINK_LOST);
    assert_int_equal(level, VB_ALARM_ALERT);
}

static void names_lead_back_to_kinds_and_levels(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_ALARM_KINDS; i++) {
        enum vb_alarm_kind kind;
        assert_true(vb_alarm_kind_by_name(vb_alarm_name((enum vb_alarm_kind)i), &kind));
        assert_int_equal(kind, i);
        assert_true(strlen(vb_alarm_unit(kind)) > 0);
    }
    for (unsigned i = 0; i <= VB_ALARM_ALERT; i++) {
        enum vb_alarm_level level;
        assert_true(vb_alarm_level_by_name(vb_alarm_level_name((enum vb_alarm_level)i), &level));
        assert_int_equal(level, i);
    }
}

/* An alarm with these values. */
static struct vb_alarm alarm_of(enum vb_alarm_kind kind, uint8_t cell, float now, float worst,
                                float threshold)
{
    return (struct vb_alarm){.kind = (uint8_t)kind,
                             .level = VB_ALARM_ALERT,
                             .cell = cell,
                             .sensor = VB_ALARM_NOWHERE,
                             .now_value = now,
                             .worst_value = worst,
                             .threshold = threshold,
                             .begin_wall_ms = 1};
}

static void expect_text(const struct vb_alarm *alarm, enum vb_alarm_tense tense, const char *at,
                        const char *expected)
{
    char text[VB_ALARM_TEXT_SIZE];
    vb_alarm_text(alarm, tense, at, text);
    assert_string_equal(text, expected);
}

static void E6_every_kind_has_a_sentence_for_now_and_for_when_it_is_over(void **state)
{
    static const struct {
        enum vb_alarm_kind kind;
        uint8_t cell;
        float value;
        float threshold;
        const char *now;
        const char *over;
    } cases[] = {
        {VB_ALARM_CELL_OVER_VOLTAGE, 16, 4213, 4200, "Cell 17 is at 4213 mV (limit 4200 mV).",
         "Cell 17 was up to 4213 mV (limit 4200 mV)."},
        {VB_ALARM_CELL_UNDER_VOLTAGE, 0, 2790, 2800, "Cell 1 is at 2790 mV (limit 2800 mV).",
         "Cell 1 was down to 2790 mV (limit 2800 mV)."},
        {VB_ALARM_IMBALANCE, 16, -38.2f, -33.4f,
         "Cell 17 is 38 mV below the mean (alert at 33 mV).",
         "Cell 17 was up to 38 mV below the mean (alert at 33 mV)."},
        {VB_ALARM_IMBALANCE, 95, 28, 23, "Cell 96 is 28 mV above the mean (alert at 23 mV).",
         "Cell 96 was up to 28 mV above the mean (alert at 23 mV)."},
        {VB_ALARM_FROZEN_VALUE, 3, 3712, 14, "Cell 4 stays at 3712 mV while the others move 14 mV.",
         "Cell 4 stayed at 3712 mV while the others moved 14 mV."},
        {VB_ALARM_CELL_NOT_AVAILABLE, 3, 10, 10, "Cell 4 has had no possible value for 10 sweeps.",
         "Cell 4 had no possible value for 10 sweeps."},
        {VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_NOWHERE, 405, 403.2f,
         "The pack is at 405.0 V (limit 403.2 V).", "The pack was up to 405.0 V (limit 403.2 V)."},
        {VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_NOWHERE, 265.1f, 270,
         "The pack is at 265.1 V (limit 270.0 V).",
         "The pack was down to 265.1 V (limit 270.0 V)."},
        {VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE, 400, 200,
         "The cells are 400 mV apart at rest (alert at 200 mV).",
         "The cells were up to 400 mV apart at rest (alert at 200 mV)."},
        {VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE, 47.5f, 45,
         "A sensor is at 47.5 °C (limit 45.0 °C).", "A sensor was up to 47.5 °C (limit 45.0 °C)."},
        {VB_ALARM_TEMPERATURE_LOW, VB_ALARM_NOWHERE, -2.5f, 0,
         "A sensor is at -2.5 °C (limit 0.0 °C).", "A sensor was down to -2.5 °C (limit 0.0 °C)."},
        {VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_NOWHERE, 16.2f, 15,
         "The sensors are 16.2 °C apart (at most 15.0 °C).",
         "The sensors were up to 16.2 °C apart (at most 15.0 °C)."},
        {VB_ALARM_SUM_MISMATCH, VB_ALARM_NOWHERE, 9.9f, 7.6f,
         "The sum of the cells is 9.9 V off the pack voltage (at most 7.6 V).",
         "The sum of the cells was up to 9.9 V off the pack voltage (at most 7.6 V)."},
        {VB_ALARM_READINGS_STOPPED, VB_ALARM_NOWHERE, 121, 120, "No reading has arrived for 121 s.",
         "No reading arrived for 121 s."},
        {VB_ALARM_LINK_LOST, VB_ALARM_NOWHERE, (float)NAN, (float)NAN,
         "Nothing is heard from the transmitter.", "Nothing was heard from the transmitter."},
    };
    bool told[VB_ALARM_KINDS] = {false};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        const struct vb_alarm alarm = alarm_of(cases[i].kind, cases[i].cell, cases[i].value,
                                               cases[i].value, cases[i].threshold);
        expect_text(&alarm, VB_ALARM_NOW, "22:43", cases[i].now);
        expect_text(&alarm, VB_ALARM_OVER, NULL, cases[i].over);
        told[cases[i].kind] = true;
    }
    for (unsigned i = 0; i < VB_ALARM_KINDS; i++)
        assert_true(told[i]);
}

/* What was is not said of now: the present tense has the value that is present. */
static void E6_an_eased_alarm_gives_its_current_and_its_worst_value(void **state)
{
    (void)state;
    struct vb_alarm alarm = alarm_of(VB_ALARM_IMBALANCE, 16, -34, -180, -30);
    expect_text(
        &alarm, VB_ALARM_NOW, "22:43",
        "Cell 17 is 34 mV below the mean, was up to 180 mV below the mean at 22:43 (alert at "
        "30 mV).");
    expect_text(
        &alarm, VB_ALARM_NOW, NULL,
        "Cell 17 is 34 mV below the mean, was up to 180 mV below the mean (alert at 30 mV).");
    expect_text(
        &alarm, VB_ALARM_LAST_KNOWN, "22:43",
        "Cell 17 was 34 mV below the mean when last heard, before up to 180 mV below the mean "
        "at 22:43 (alert at 30 mV).");
    expect_text(&alarm, VB_ALARM_OVER, "22:43",
                "Cell 17 was up to 180 mV below the mean at 22:43 (alert at 30 mV).");
    alarm = alarm_of(VB_ALARM_IMBALANCE, 16, -180, -184.9f, -30); /* that is the noise */
    expect_text(&alarm, VB_ALARM_NOW, "22:43",
                "Cell 17 is 180 mV below the mean (alert at 30 mV).");
    alarm = alarm_of(VB_ALARM_CELL_SPREAD, VB_ALARM_NOWHERE, 400, 400, 200);
    expect_text(&alarm, VB_ALARM_LAST_KNOWN, NULL,
                "The cells were 400 mV apart at rest when last heard (alert at 200 mV).");
    alarm = alarm_of(VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_NOWHERE, 44, 47.5f, 45);
    alarm.sensor = 2;
    expect_text(&alarm, VB_ALARM_NOW, NULL,
                "Sensor 3 is at 44.0 °C, was up to 47.5 °C (limit 45.0 °C).");
}

/* An event that an older version kept has no values: nothing is made up. */
static void a_value_that_is_not_known_is_a_question_mark(void **state)
{
    (void)state;
    const struct vb_alarm alarm =
        alarm_of(VB_ALARM_CELL_OVER_VOLTAGE, 16, (float)NAN, (float)INFINITY, 1e30f);
    expect_text(&alarm, VB_ALARM_NOW, NULL, "Cell 17 is at ? mV (limit ? mV).");
}

/* The longest there is, of the largest values that are printed. */
static void a_text_is_never_cut_short(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < VB_ALARM_KINDS; kind++) {
        const struct vb_alarm alarm =
            alarm_of((enum vb_alarm_kind)kind, 191, -1234.5f, -12345.6f, 1234.5f);
        char text[VB_ALARM_TEXT_SIZE];
        vb_alarm_text(&alarm, VB_ALARM_LAST_KNOWN, "yesterday at 22:43", text);
        assert_true(text[strlen(text) - 1] == '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invalid_name_is_refused),
        cmocka_unit_test(names_lead_back_to_kinds_and_levels),
        cmocka_unit_test(E6_every_kind_has_a_sentence_for_now_and_for_when_it_is_over),
        cmocka_unit_test(E6_an_eased_alarm_gives_its_current_and_its_worst_value),
        cmocka_unit_test(a_value_that_is_not_known_is_a_question_mark),
        cmocka_unit_test(a_text_is_never_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
