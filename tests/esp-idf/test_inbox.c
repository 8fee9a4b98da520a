/* How old a frame is that the device's task takes from its inbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "esp-idf/voltbeacon/inbox.h"

#include <cmocka.h>

static uint32_t age_ms(uint32_t came_ms, uint32_t now_ms)
{
    const struct vb_inbox_frame came = {.came_ms = came_ms, .size = 1};
    return vb_inbox_link_frame(&came, now_ms).age_ms;
}

static void a_frame_is_as_old_as_it_has_waited(void **state)
{
    (void)state;
    assert_int_equal(age_ms(1000, 1000), 0);
    assert_int_equal(age_ms(1000, 1250), 250);
    assert_int_equal(age_ms(UINT32_MAX, 2), 3); /* the clock has wrapped meanwhile */
}

/* The driver's task is of a higher priority: frames come while the device's task takes others, by a
 * clock that it read before. */
static void a_frame_that_came_after_the_clock_was_read_is_new(void **state)
{
    (void)state;
    assert_int_equal(age_ms(1001, 1000), 0);
    assert_int_equal(age_ms(3, UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_as_old_as_it_has_waited),
        cmocka_unit_test(a_frame_that_came_after_the_clock_was_read_is_new)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
