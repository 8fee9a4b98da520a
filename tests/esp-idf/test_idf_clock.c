/* The board's clock: not known before something has set it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "esp-idf/voltbeacon/idf_clock.h"

#include <cmocka.h>

static struct timeval wall;
static int answer;

int __wrap_gettimeofday(struct timeval *now, void *zone); /* the linker puts it in its place */

int __wrap_gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    *now = wall;
    return answer;
}

static void a_board_that_starts_in_1970_does_not_know_the_time(void **state)
{
    (void)state;
    wall = (struct timeval){.tv_sec = 12, .tv_usec = 345678};
    assert_int_equal(vb_idf_clock().wall_ms, 0);
}

static void what_sntp_has_set_is_the_time(void **state)
{
    (void)state;
    wall = (struct timeval){.tv_sec = 1795851932, .tv_usec = 345678};
    assert_int_equal(vb_idf_clock().wall_ms, 1795851932345);
    answer = -1;
    assert_int_equal(vb_idf_clock().wall_ms, 0);
    answer = 0;
}

static void the_clock_since_the_start_goes_on(void **state)
{
    (void)state;
    const uint32_t before = vb_idf_now_ms();
    const struct vb_clock clock = vb_idf_clock();
    assert_in_range(clock.now_ms - before, 0, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_that_starts_in_1970_does_not_know_the_time),
        cmocka_unit_test(what_sntp_has_set_is_the_time),
        cmocka_unit_test(the_clock_since_the_start_goes_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
