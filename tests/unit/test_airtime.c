/* E1a: the air that readings take is capped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "voltbeacon/core/airtime.h"

enum { FRAME = 232, FRAMES = 2 };

struct run {
    unsigned sent;
    unsigned summaries;
    uint32_t worst_second_us;
};

/* Plays `seconds` of readings every interval_ms, each of `frames` full frames. */
static struct run play(struct vb_airtime *air, uint32_t *now_ms, unsigned seconds,
                       uint32_t interval_ms, unsigned frames)
{
    struct run run = {0};
    for (unsigned second = 0; second < seconds; second++) {
        uint32_t used_us = 0;
        for (uint32_t at = 0; at < 1000; at += interval_ms, *now_ms += interval_ms) {
            bool summary;
            if (!vb_airtime_grant(air, *now_ms, &summary))
                continue;
            run.sent++;
            run.summaries += summary;
            for (unsigned i = 0; i < (summary ? 1 : frames); i++) {
                const size_t size = summary ? 60 : FRAME;
                vb_airtime_spend(air, *now_ms, size);
                used_us += vb_airtime_us(size);
            }
        }
        run.worst_second_us = used_us > run.worst_second_us ? used_us : run.worst_second_us;
    }
    return run;
}

static void a_frame_takes_what_was_measured_on_the_air(void **state)
{
    (void)state;
    assert_in_range(vb_airtime_us(35), 800, 840);
    assert_in_range(vb_airtime_us(250), 2520, 2560);
}

static void ten_readings_a_second_of_96_cells_are_below_the_cap(void **state)
{
    (void)state;
    struct vb_airtime air;
    uint32_t now_ms = 0xfffffc00; /* and the clock wraps */
    vb_airtime_init(&air, now_ms);
    const struct run run = play(&air, &now_ms, 60, 100, FRAMES);
    assert_int_equal(run.sent, 600);
    assert_int_equal(run.summaries, 0);
}

static void above_the_cap_the_rate_halves_then_summaries_go_out(void **state)
{
    (void)state;
    struct vb_airtime air;
    uint32_t now_ms = 5;
    vb_airtime_init(&air, now_ms);
    (void)play(&air, &now_ms, 1, 20, FRAMES); /* 50 a second: 239 ms of air wanted */
    (void)play(&air, &now_ms, 1, 20, FRAMES);
    assert_int_equal(air.level, VB_AIRTIME_HALF);
    (void)play(&air, &now_ms, 3, 20, FRAMES);
    assert_int_equal(air.level, VB_AIRTIME_SUMMARY);
    const struct run run = play(&air, &now_ms, 5, 20, FRAMES);
    assert_true(run.summaries > 0);
}

static void no_second_takes_more_than_the_cap_and_one_reading(void **state)
{
    (void)state;
    for (uint32_t interval_ms = 5; interval_ms <= 100; interval_ms += 5) {
        struct vb_airtime air;
        uint32_t now_ms = 0;
        vb_airtime_init(&air, now_ms);
        const struct run run = play(&air, &now_ms, 30, interval_ms, 3);
        assert_true(run.worst_second_us <= 100000 + 3 * vb_airtime_us(FRAME));
    }
}

static void it_comes_back_step_by_step_after_quiet_seconds(void **state)
{
    (void)state;
    struct vb_airtime air;
    uint32_t now_ms = 0;
    vb_airtime_init(&air, now_ms);
    (void)play(&air, &now_ms, 5, 20, FRAMES);
    assert_int_equal(air.level, VB_AIRTIME_SUMMARY);
    (void)play(&air, &now_ms, 11, 1000, FRAMES);
    assert_int_equal(air.level, VB_AIRTIME_HALF);
    (void)play(&air, &now_ms, 11, 1000, FRAMES);
    assert_int_equal(air.level, VB_AIRTIME_FULL);
}

/* 60 ms a second at half the rate would be 120 at the full one. */
static void a_rate_stays_as_long_as_the_next_one_would_be_above_the_cap(void **state)
{
    (void)state;
    struct vb_airtime air;
    uint32_t now_ms = 5;
    vb_airtime_init(&air, now_ms);
    (void)play(&air, &now_ms, 1, 20, FRAMES);
    for (unsigned second = 0; second < 40; second++, now_ms += 1000) {
        for (unsigned i = 0; i < 60000 / vb_airtime_us(FRAME); i++)
            vb_airtime_spend(&air, now_ms, FRAME);
        assert_int_equal(air.level, VB_AIRTIME_HALF);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(above_the_cap_the_rate_halves_then_summaries_go_out),
        cmocka_unit_test(no_second_takes_more_than_the_cap_and_one_reading),
        cmocka_unit_test(it_comes_back_step_by_step_after_quiet_seconds),
        cmocka_unit_test(ten_readings_a_second_of_96_cells_are_below_the_cap),
        cmocka_unit_test(a_frame_takes_what_was_measured_on_the_air),
        cmocka_unit_test(a_rate_stays_as_long_as_the_next_one_would_be_above_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
