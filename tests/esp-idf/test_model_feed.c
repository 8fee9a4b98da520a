/* The simulated pack as a board's readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "esp-idf/voltbeacon/model_feed.h"

#include <cmocka.h>

static void readings_are_numbered_and_due_at_the_pace_asked_for(void **state)
{
    struct vb_model_feed feed;
    struct vb_reading reading;
    uint64_t at_ms = 0;
    (void)state;
    assert_true(vb_model_feed_open(&feed, "cells=40,hz=2"));
    assert_int_equal(feed.port.interval_ms, 500);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(feed.port.next(&feed, &reading, &at_ms), VB_SOURCE_READING);
        assert_int_equal(at_ms, 500 * i);
        assert_int_equal(reading.sampled_ms, 500 * i);
        assert_int_equal(reading.sequence, i + 1);
        assert_int_equal(reading.cell_count, 40);
    }
    free(feed.pack);
}

static void what_is_no_option_is_refused(void **state)
{
    struct vb_model_feed feed;
    (void)state;
    assert_false(vb_model_feed_open(&feed, "cells=many"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_are_numbered_and_due_at_the_pace_asked_for),
        cmocka_unit_test(what_is_no_option_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
