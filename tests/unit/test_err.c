#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mqtt_fault.h"

#include <cmocka.h>

static const char *const unknown = "failed for an unknown reason";

static void a_foreign_error_has_a_text_too(void **state)
{
    (void)state;
    assert_string_equal(vb_err_text((enum vb_err)1), unknown);
    assert_string_equal(vb_err_text((enum vb_err) - VB_ERR_COUNT), unknown);
}

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int err = 0; err > -VB_ERR_COUNT; err--) {
        const char *text = vb_err_text((enum vb_err)err);
        assert_string_not_equal(text, unknown);
        assert_true(strlen(text) > 0);
        for (int other = 0; other > err; other--)
            assert_string_not_equal(text, vb_err_text((enum vb_err)other));
    }
}

/* As every other: that is what a later version's is to this one. */
static void a_fault_of_the_broker_that_is_not_known_is_another(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 256; fault++) {
        const bool other = fault >= VB_MQTT_FAULT_COUNT || fault == VB_MQTT_FAULT_OTHER;
        assert_int_equal(strcmp(vb_mqtt_fault_name((uint8_t)fault),
                                vb_mqtt_fault_name(VB_MQTT_FAULT_OTHER)) == 0,
                         other);
        assert_int_equal(strcmp(vb_mqtt_fault_text((uint8_t)fault),
                                vb_mqtt_fault_text(VB_MQTT_FAULT_OTHER)) == 0,
                         other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_foreign_error_has_a_text_too),
        cmocka_unit_test(a_fault_of_the_broker_that_is_not_known_is_another),
        cmocka_unit_test(every_error_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
