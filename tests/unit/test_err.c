#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/err.h"

#include <cmocka.h>

static const char *const unknown = "failed for an unknown reason";

static void what_is_no_error_of_ours_has_a_text_too(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_error_of_ours_has_a_text_too),
        cmocka_unit_test(every_error_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
