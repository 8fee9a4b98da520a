/* Why something could not be started: as errno is kept, and by errno. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sysexits.h>

#include "linux/system/cause.h"

static void an_unset_cause_is_a_bug_in_this_program(void **state)
{
    (void)state;
    assert_int_equal(vb_cause_take(), VB_CAUSE_SOFTWARE);
    vb_cause_set(VB_CAUSE_DATA);
    assert_int_equal(vb_cause_take(), VB_CAUSE_DATA);
    assert_int_equal(vb_cause_take(), VB_CAUSE_SOFTWARE); /* never that of an older failure */
}

static void the_values_are_those_of_sysexits(void **state)
{
    (void)state;
    assert_int_equal(VB_CAUSE_USAGE, EX_USAGE);
    assert_int_equal(VB_CAUSE_DATA, EX_DATAERR);
    assert_int_equal(VB_CAUSE_NO_INPUT, EX_NOINPUT);
    assert_int_equal(VB_CAUSE_NO_HOST, EX_NOHOST);
    assert_int_equal(VB_CAUSE_UNAVAILABLE, EX_UNAVAILABLE);
    assert_int_equal(VB_CAUSE_SOFTWARE, EX_SOFTWARE);
    assert_int_equal(VB_CAUSE_SYSTEM, EX_OSERR);
    assert_int_equal(VB_CAUSE_CANT_CREATE, EX_CANTCREAT);
    assert_int_equal(VB_CAUSE_IO, EX_IOERR);
    assert_int_equal(VB_CAUSE_TEMPORARY, EX_TEMPFAIL);
    assert_int_equal(VB_CAUSE_NO_PERMISSION, EX_NOPERM);
    assert_int_equal(VB_CAUSE_CONFIG, EX_CONFIG);
}

static void the_errno_of_a_system_call_is_distinguished(void **state)
{
    (void)state;
    static const struct {
        int number;
        enum vb_cause cause;
    } cases[] = {{EACCES, VB_CAUSE_NO_PERMISSION},
                 {EPERM, VB_CAUSE_NO_PERMISSION},
                 {EMFILE, VB_CAUSE_SYSTEM},
                 {ENOMEM, VB_CAUSE_SYSTEM},
                 {EIO, VB_CAUSE_IO},
                 {EADDRINUSE, VB_CAUSE_UNAVAILABLE},
                 {EADDRNOTAVAIL, VB_CAUSE_NO_HOST},
                 {ENOTDIR, VB_CAUSE_CANT_CREATE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vb_cause_set_errno(cases[i].number, VB_CAUSE_CANT_CREATE);
        assert_int_equal(vb_cause_take(), cases[i].cause);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unset_cause_is_a_bug_in_this_program),
        cmocka_unit_test(the_values_are_those_of_sysexits),
        cmocka_unit_test(the_errno_of_a_system_call_is_distinguished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
