/* The one large buffer is lent to one use at a time, or the program stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/scratch.h"

#include <cmocka.h>

enum { PANICKED = 77 };

/* In the place of the program's. */
void vb_panic(const char *file, int line, const char *condition)
{
    (void)file;
    (void)line;
    (void)condition;
    _exit(PANICKED);
}

static uint8_t bytes[VB_SCRATCH_BYTES];
static struct vb_scratch scratch;

static int begin(void **state)
{
    (void)state;
    vb_scratch_init(&scratch, bytes);
    return 0;
}

static void borrow_it(void)
{
    (void)vb_scratch_borrow(&scratch);
}

static void give_it_back(void)
{
    vb_scratch_give_back(&scratch);
}

static void begin_without_one(void)
{
    vb_scratch_init(&scratch, NULL);
}

static int status_after(void (*act)(void))
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void what_is_lent_is_not_lent_again(void **state)
{
    (void)state;
    assert_int_equal(status_after(borrow_it), 0);
    assert_ptr_equal(vb_scratch_borrow(&scratch), bytes);
    assert_int_equal(status_after(borrow_it), PANICKED);
}

static void what_is_not_lent_is_not_given_back(void **state)
{
    (void)state;
    assert_int_equal(status_after(give_it_back), PANICKED);
    borrow_it();
    assert_int_equal(status_after(give_it_back), 0);
}

static void what_is_given_back_is_lent_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        assert_ptr_equal(vb_scratch_borrow(&scratch), bytes);
        vb_scratch_give_back(&scratch);
    }
}

static void a_device_without_one_does_not_start(void **state)
{
    (void)state;
    assert_int_equal(status_after(begin_without_one), PANICKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_lent_is_not_lent_again, begin),
        cmocka_unit_test_setup(what_is_not_lent_is_not_given_back, begin),
        cmocka_unit_test_setup(what_is_given_back_is_lent_again, begin),
        cmocka_unit_test_setup(a_device_without_one_does_not_start, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
