/* How alarms are named and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "voltbeacon/pack/alarm.h"

static void a_name_that_is_none_is_refused(void **state)
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

static void E6_every_kind_is_told_in_a_sentence(void **state)
{
    static const struct {
        struct vb_alarm alarm;
        const char *text;
    } cases[] = {
        {{VB_ALARM_CELL_OVER_VOLTAGE, VB_ALARM_ALERT, 16, VB_ALARM_NOWHERE, 4213, 4200, 1, 0},
         "Cell 17 is at 4213 mV, above its limit of 4200 mV."},
        {{VB_ALARM_CELL_UNDER_VOLTAGE, VB_ALARM_ALERT, 0, VB_ALARM_NOWHERE, 2790, 2800, 1, 0},
         "Cell 1 is at 2790 mV, below its limit of 2800 mV."},
        {{VB_ALARM_IMBALANCE, VB_ALARM_ALERT, 16, VB_ALARM_NOWHERE, -38.2, -33.4, 1, 0},
         "Cell 17 is 38 mV below the mean (alert at 33 mV)."},
        {{VB_ALARM_IMBALANCE, VB_ALARM_WARNING, 95, VB_ALARM_NOWHERE, 28, 23, 1, 0},
         "Cell 96 is 28 mV above the mean (warning at 23 mV)."},
        {{VB_ALARM_FROZEN_VALUE, VB_ALARM_WARNING, 3, VB_ALARM_NOWHERE, 3712, 14, 1, 0},
         "Cell 4 stays at 3712 mV while the others move 14 mV."},
        {{VB_ALARM_CELL_NOT_AVAILABLE, VB_ALARM_WARNING, 3, VB_ALARM_NOWHERE, 10, 10, 1, 0},
         "Cell 4 has had no possible value for 10 sweeps."},
        {{VB_ALARM_PACK_OVER_VOLTAGE, VB_ALARM_ALERT, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, 405,
          403.2, 1, 0},
         "The pack is at 405.0 V, above its limit of 403.2 V."},
        {{VB_ALARM_PACK_UNDER_VOLTAGE, VB_ALARM_ALERT, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, 265.1,
          270, 1, 0},
         "The pack is at 265.1 V, below its limit of 270.0 V."},
        {{VB_ALARM_TEMPERATURE_HIGH, VB_ALARM_ALERT, VB_ALARM_NOWHERE, 2, 47.5, 45, 1, 0},
         "Sensor 3 is at 47.5 °C, above the limit of 45.0 °C."},
        {{VB_ALARM_TEMPERATURE_LOW, VB_ALARM_WARNING, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, -2.5, 0,
          1, 0},
         "A sensor is at -2.5 °C, below the limit of 0.0 °C."},
        {{VB_ALARM_TEMPERATURE_SPREAD, VB_ALARM_WARNING, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, 16.2,
          15, 1, 0},
         "The sensors are 16.2 °C apart (15.0 °C is the most)."},
        {{VB_ALARM_SUM_MISMATCH, VB_ALARM_WARNING, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, 9.9, 7.6, 1,
          0},
         "The cells' sum is 9.9 V off the pack voltage (7.6 V is the most)."},
        {{VB_ALARM_READINGS_STOPPED, VB_ALARM_WARNING, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, 121, 120,
          1, 0},
         "No reading has come for 121 s."},
        {{VB_ALARM_LINK_LOST, VB_ALARM_WARNING, VB_ALARM_NOWHERE, VB_ALARM_NOWHERE, (double)NAN,
          (double)NAN, 1, 0},
         "The transmitter is not heard."},
    };
    bool told[VB_ALARM_KINDS] = {false};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        char text[VB_ALARM_TEXT_SIZE];
        vb_alarm_text(&cases[i].alarm, text);
        assert_string_equal(text, cases[i].text);
        told[cases[i].alarm.kind] = true;
    }
    for (unsigned i = 0; i < VB_ALARM_KINDS; i++)
        assert_true(told[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_none_is_refused),
        cmocka_unit_test(names_lead_back_to_kinds_and_levels),
        cmocka_unit_test(E6_every_kind_is_told_in_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
