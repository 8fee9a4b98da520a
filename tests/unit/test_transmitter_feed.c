/* The transmitter device's readings: from which source, at which pace, by which path, and what is
 * said once they stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/transmitter_device_bench.h"

static struct device_bench bench;

/* A battery that brings a reading a second, a broker that is connected. */
static int on_a_bus(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.broker_status.connected = true;
    device_bench_boot(&bench);
    device_bench_live(&bench, 4000); /* the core streams to nobody, too, just after a boot */
    return 0;
}

/* So many readings, every_ms apart. */
static void readings(unsigned count, uint32_t every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        device_bench_jump(&bench, every_ms);
        device_bench_reading(&bench);
    }
}

/* Over the link and to the broker, of ten readings a second apart. */
struct counts {
    unsigned link;
    unsigned broker;
};

static struct counts ten_readings(void)
{
    const unsigned link = bench.frames[VB_MESSAGE_READING];
    const unsigned broker = bench.published;
    readings(10, 1000);
    return (struct counts){.link = bench.frames[VB_MESSAGE_READING] - link,
                           .broker = bench.published - broker};
}

/* ---- Paths ---- */

static void path_link_sends_to_receivers_alone(void **state)
{
    (void)state;
    device_bench_set(&bench, "telemetry", "path", "link");
    (void)device_bench_hear(&bench, &bench_alice);
    const struct counts counts = ten_readings();
    assert_int_equal(counts.link, 10);
    assert_int_equal(counts.broker, 0);
}

static void path_mqtt_publishes_alone(void **state)
{
    (void)state;
    device_bench_set(&bench, "telemetry", "path", "mqtt");
    (void)device_bench_hear(&bench, &bench_alice);
    const struct counts counts = ten_readings();
    assert_int_equal(counts.link, 0);
    assert_int_equal(counts.broker, 10);
    assert_int_equal(bench.published_raw, bench.published);
}

static void path_both_does_both(void **state)
{
    (void)state;
    (void)device_bench_hear(&bench, &bench_alice);
    const struct counts counts = ten_readings();
    assert_int_equal(counts.link, 10);
    assert_int_equal(counts.broker, 10);
}

static void path_auto_takes_the_link_while_a_receiver_is_heard_and_mqtt_else(void **state)
{
    (void)state;
    device_bench_set(&bench, "telemetry", "path", "auto");
    struct counts counts = ten_readings();
    assert_int_equal(counts.link, 0);
    assert_int_equal(counts.broker, 10);
    (void)device_bench_hear(&bench, &bench_alice);
    counts = ten_readings();
    assert_int_equal(counts.link, 10);
    assert_int_equal(counts.broker, 0);
    device_bench_live(&bench, vb_timing_default.stream_silence);
    counts = ten_readings();
    assert_int_equal(counts.link, 0);
    assert_int_equal(counts.broker, 10);
}

static bool flag(uint8_t which)
{
    return (bench.device.core.runtime.flags & which) != 0;
}

static void the_runtime_flags_say_which_path_readings_take_A5(void **state)
{
    (void)state;
    (void)device_bench_hear(&bench, &bench_alice);
    readings(2, 1000);
    assert_true(flag(VB_RUNTIME_STREAMING));
    assert_false(flag(VB_RUNTIME_MQTT_ONLY));
    device_bench_set(&bench, "telemetry", "path", "mqtt");
    assert_false(flag(VB_RUNTIME_STREAMING));
    assert_true(flag(VB_RUNTIME_MQTT_ONLY));
    readings(2, 1000);
    assert_false(flag(VB_RUNTIME_STREAMING));
    device_bench_set(&bench, "telemetry", "path", "auto");
    readings(1, 1000);
    assert_true(flag(VB_RUNTIME_STREAMING));
    assert_false(flag(VB_RUNTIME_MQTT_ONLY));
}

static void time_alone_ends_no_stream_A5(void **state)
{
    (void)state;
    (void)device_bench_hear(&bench, &bench_alice);
    readings(2, 1000);
    for (unsigned i = 0; i < 5; i++) {
        device_bench_jump(&bench, 100);
        assert_true(flag(VB_RUNTIME_STREAMING));
    }
}

static void a_source_that_is_silent_streams_nothing_A5(void **state)
{
    (void)state;
    (void)device_bench_hear(&bench, &bench_alice);
    readings(1, 1000);
    assert_true(flag(VB_RUNTIME_STREAMING));
    device_bench_live(&bench, 7000);
    assert_false(flag(VB_RUNTIME_STREAMING));
}

static void nothing_is_published_without_a_connection(void **state)
{
    (void)state;
    bench.broker_status.connected = false;
    assert_int_equal(ten_readings().broker, 0);
    bench.broker_status.connected = true;
    assert_int_equal(ten_readings().broker, 10);
}

/* ---- Pace ---- */

static void the_link_gets_the_newest_at_most_once_an_interval_E1(void **state)
{
    (void)state;
    (void)device_bench_hear(&bench, &bench_alice);
    device_bench_set(&bench, "telemetry", "interval_ms", "1000");
    readings(5, 20);
    const unsigned before = bench.frames[VB_MESSAGE_READING];
    readings(500, 20);
    assert_in_range(bench.frames[VB_MESSAGE_READING] - before, 10, 11);
}

static void the_broker_gets_the_newest_at_most_once_its_own_interval(void **state)
{
    (void)state;
    device_bench_set(&bench, "mqtt", "publish_interval_ms", "2000");
    readings(5, 100);
    const unsigned before = bench.published;
    readings(100, 100);
    assert_in_range(bench.published - before, 5, 6);
}

static void a_late_reading_costs_the_next_one_nothing(void **state)
{
    (void)state;
    device_bench_set(&bench, "mqtt", "publish_interval_ms", "1000");
    readings(2, 1000);
    const unsigned before = bench.published;
    for (unsigned i = 0; i < 10; i++) {
        readings(1, 1040);
        readings(1, 960);
    }
    assert_int_equal(bench.published - before, 20);
}

static void a_pace_survives_the_wrap_of_the_clock(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.broker_status.connected = true;
    bench.clock.now_ms = UINT32_MAX - 5000;
    device_bench_boot(&bench);
    readings(10, 1000);
    assert_int_equal(bench.published, 10);
}

static void a_long_pause_is_not_made_up_for(void **state)
{
    (void)state;
    readings(2, 1000);
    device_bench_live(&bench, 3600 * 1000);
    const unsigned before = bench.published;
    readings(20, 100);
    assert_in_range(bench.published - before, 2, 3);
}

/* After that the deadline of the next one seems to be far ahead. */
static void a_pause_of_half_the_clocks_range_ends_neither_sending_nor_pacing(void **state)
{
    (void)state;
    readings(2, 1000);
    device_bench_jump(&bench, 0x90000000u);
    const unsigned before = bench.published;
    readings(1, 100);
    assert_int_equal(bench.published, before + 1);
    readings(20, 100);
    assert_in_range(bench.published - before, 3, 4);
}

/* ---- A source that is asked ---- */

/* A recording of so many readings, every_ms apart, each sampled age_ms before it is due. */
static void record(unsigned count, uint32_t every_ms, uint32_t age_ms)
{
    bench.source.next = device_bench_next;
    bench.source.configure = NULL;
    bench.source.interval_ms = every_ms;
    bench.feed_count = count;
    for (unsigned i = 0; i < count; i++) {
        bench.feed_at_ms[i] = 10000u + (uint64_t)i * every_ms;
        bench.feed[i] = (struct vb_reading){.sequence = i + 1,
                                            .sampled_ms = (uint32_t)bench.feed_at_ms[i] - age_ms,
                                            .wall_ms = 1,
                                            .cell_count = 1,
                                            .cell_mv = {3700}};
    }
}

static void a_recording_is_played_at_its_own_pace(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(5, 2000, 0);
    device_bench_boot(&bench);
    device_bench_live(&bench, 9999);
    assert_int_equal(bench.device.readings, 0);
    device_bench_live(&bench, 1);
    assert_int_equal(bench.device.readings, 1);
    device_bench_live(&bench, 5999);
    assert_int_equal(bench.device.readings, 3);
    device_bench_live(&bench, 2001);
    assert_int_equal(bench.device.readings, 5);
    assert_true(bench.device.ended);
}

static void a_recording_is_played_as_fast_as_is_asked(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(5, 2000, 400);
    bench.source.speed_permille = 4000;
    device_bench_boot(&bench);
    bench.broker_status.connected = true;
    device_bench_live(&bench, 2500);
    assert_int_equal(bench.device.readings, 1);
    assert_int_equal(vb_age_ms(&bench.device.sampled, bench.clock.now_ms), 100);
    device_bench_live(&bench, 2000);
    assert_int_equal(bench.device.readings, 5);
}

static void a_played_reading_is_of_now_less_its_age(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.broker_status.connected = true;
    record(1, 2000, 300);
    device_bench_boot(&bench);
    device_bench_live(&bench, 10000);
    assert_int_equal(bench.published, 1);
    assert_int_equal(bench.device.feed.next.wall_ms, bench.clock.wall_ms - 300);
    assert_int_equal(bench.device.feed.next.sampled_ms, bench.clock.now_ms - 300);
}

static void a_played_reading_has_no_time_of_day_while_the_clock_is_not_set(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.clock.wall_ms = 0;
    record(1, 2000, 300);
    device_bench_boot(&bench);
    device_bench_live(&bench, 10000);
    assert_int_equal(bench.device.readings, 1);
    assert_int_equal(bench.device.feed.next.wall_ms, 0);
}

static void a_gap_too_long_to_sit_through_is_skipped(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(3, 2000, 0);
    bench.feed_at_ms[1] = bench.feed_at_ms[0] + 7200 * 1000;
    bench.feed_at_ms[2] = bench.feed_at_ms[1] + 2000;
    bench.feed[1].sampled_ms = (uint32_t)bench.feed_at_ms[1];
    bench.feed[2].sampled_ms = (uint32_t)bench.feed_at_ms[2];
    device_bench_boot(&bench);
    device_bench_live(&bench, 10001);
    assert_int_equal(bench.device.readings, 2);
    device_bench_live(&bench, 1998);
    assert_int_equal(bench.device.readings, 2);
    device_bench_live(&bench, 2);
    assert_int_equal(bench.device.readings, 3);
}

static unsigned stretches; /* asked in vain before each reading */
static unsigned asked;

static enum vb_source_result next_after_a_stretch(void *ctx, struct vb_reading *reading,
                                                  uint64_t *at_ms)
{
    if (++asked % (stretches + 1) != 0)
        return VB_SOURCE_LATER;
    return device_bench_next(ctx, reading, at_ms);
}

static void a_long_stretch_without_a_reading_ends_no_recording_and_waits_for_no_timer(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(3, 2000, 0);
    bench.source.next = next_after_a_stretch;
    stretches = 50;
    asked = 0;
    device_bench_boot(&bench);
    assert_false(bench.device.ended);
    assert_int_equal(vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock), 0);
    const unsigned at_boot = asked;
    vb_transmitter_device_tick(&bench.device, &bench.clock);
    assert_int_equal(asked, at_boot + 1);
    device_bench_live(&bench, 20000);
    assert_int_equal(bench.device.readings, 3);
}

static uint32_t found_at_ms; /* until then there is nothing to be found */

static enum vb_source_result next_once_found(void *ctx, struct vb_reading *reading, uint64_t *at_ms)
{
    if (bench.asked == 1 && !vb_time_reached(bench.clock.now_ms, found_at_ms))
        return VB_SOURCE_LATER;
    return device_bench_next(ctx, reading, at_ms);
}

static void looking_for_the_next_reading_in_vain_does_not_put_it_off(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(2, 2000, 0);
    bench.source.next = next_once_found;
    const uint32_t begin_ms = bench.clock.now_ms;
    found_at_ms = begin_ms + 11900;
    device_bench_boot(&bench);
    device_bench_live(&bench, 11999);
    assert_int_equal(bench.device.readings, 1);
    device_bench_live(&bench, 1);
    assert_int_equal(bench.device.readings, 2);
}

static void after_its_end_a_recording_wakes_nobody(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(1, 1000, 0);
    device_bench_boot(&bench);
    device_bench_live(&bench, 10000);
    assert_true(bench.device.ended);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock),
                         vb_transmitter_wakeup_ms(&bench.device.core, bench.clock.now_ms));
        device_bench_jump(&bench, 100);
    }
}

static void after_a_sleep_a_recording_continues_from_there_and_does_not_race(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(10, 1000, 0);
    device_bench_boot(&bench);
    device_bench_live(&bench, 10000);
    device_bench_jump(&bench, 600 * 1000);
    const uint32_t taken = bench.device.readings;
    device_bench_live(&bench, 10);
    assert_in_range(bench.device.readings - taken, 0, 1);
    device_bench_live(&bench, 1000);
    assert_in_range(bench.device.readings - taken, 1, 2);
}

/* ---- Silence ---- */

static bool source_ok(void)
{
    return (bench.device.core.runtime.flags & VB_RUNTIME_SOURCE_OK) != 0;
}

static void a_source_is_live_from_its_first_reading_until_it_is_silent(void **state)
{
    (void)state;
    assert_false(source_ok());
    device_bench_reading(&bench);
    assert_true(source_ok());
    device_bench_live(&bench, 2 * 1000 + 5000 - 1);
    assert_true(source_ok());
    device_bench_live(&bench, 1);
    assert_false(source_ok());
    device_bench_reading(&bench);
    assert_true(source_ok());
}

static void the_end_of_a_source_is_reported_when_it_comes_not_when_the_core_wakes(void **state)
{
    (void)state;
    device_bench_reading(&bench);
    const uint32_t sampled_ms = bench.clock.now_ms;
    while (source_ok()) {
        const uint32_t wait = vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock);
        device_bench_jump(&bench, wait == 0 ? 1 : wait);
    }
    assert_int_equal(bench.clock.now_ms - sampled_ms, 2 * 1000 + 5000);
    assert_int_equal(bench.available, false);
}

static void a_source_that_may_be_silent_for_weeks_is_live_for_weeks(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.source.interval_ms = UINT32_MAX;
    device_bench_boot(&bench);
    assert_false(source_ok());
    device_bench_reading(&bench);
    device_bench_jump(&bench, VB_FOREVER_MS - 1);
    assert_true(source_ok());
    device_bench_jump(&bench, 1); /* longer than that no deadline can be */
    assert_false(source_ok());
}

static void a_slow_source_has_as_much_more_time(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.source.interval_ms = 60000;
    device_bench_boot(&bench);
    device_bench_reading(&bench);
    device_bench_live(&bench, 2 * 60000 + 5000 - 1);
    assert_true(source_ok());
    device_bench_live(&bench, 1);
    assert_false(source_ok());
}

static void a_sample_that_is_shown_again_does_not_keep_a_source_alive(void **state)
{
    (void)state;
    struct vb_reading stuck = {
        .sequence = 1, .sampled_ms = bench.clock.now_ms, .cell_count = 1, .cell_mv = {3700}};
    for (unsigned i = 0; i < 20; i++) {
        vb_transmitter_device_reading(&bench.device, &bench.clock, &stuck);
        device_bench_jump(&bench, 1000);
    }
    assert_false(source_ok());
}

static void a_source_of_long_ago_is_not_live_again_when_the_clock_wraps(void **state)
{
    (void)state;
    device_bench_reading(&bench);
    device_bench_live(&bench, 10000);
    for (unsigned i = 0; i < 8; i++) {
        device_bench_jump(&bench, 0x1fffffffu);
        assert_false(source_ok());
    }
}

static void the_end_of_a_recording_is_its_end_at_once(void **state)
{
    (void)state;
    device_bench_new(&bench);
    record(2, 1000, 0);
    device_bench_boot(&bench);
    device_bench_live(&bench, 10000);
    assert_true(source_ok());
    device_bench_live(&bench, 1000);
    assert_false(source_ok());
}

static void the_brokers_availability_follows_the_readings_H1(void **state)
{
    (void)state;
    assert_int_equal(bench.available, -1); /* nothing was said: the client says "offline" */
    device_bench_reading(&bench);
    assert_int_equal(bench.available, true);
    const unsigned told = bench.told_available;
    readings(5, 1000);
    assert_int_equal(bench.told_available, told);
    device_bench_live(&bench, 7000);
    assert_int_equal(bench.available, false);
    device_bench_reading(&bench);
    assert_int_equal(bench.available, true);
}

static void availability_is_offline_if_readings_do_not_go_to_the_broker(void **state)
{
    (void)state;
    readings(1, 1000);
    device_bench_set(&bench, "telemetry", "path", "link");
    assert_int_equal(bench.available, false);
    device_bench_set(&bench, "telemetry", "path", "both");
    assert_int_equal(bench.available, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(path_link_sends_to_receivers_alone, on_a_bus),
        cmocka_unit_test_setup(path_mqtt_publishes_alone, on_a_bus),
        cmocka_unit_test_setup(path_both_does_both, on_a_bus),
        cmocka_unit_test_setup(path_auto_takes_the_link_while_a_receiver_is_heard_and_mqtt_else,
                               on_a_bus),
        cmocka_unit_test_setup(the_runtime_flags_say_which_path_readings_take_A5, on_a_bus),
        cmocka_unit_test_setup(time_alone_ends_no_stream_A5, on_a_bus),
        cmocka_unit_test_setup(a_source_that_is_silent_streams_nothing_A5, on_a_bus),
        cmocka_unit_test_setup(nothing_is_published_without_a_connection, on_a_bus),
        cmocka_unit_test_setup(the_link_gets_the_newest_at_most_once_an_interval_E1, on_a_bus),
        cmocka_unit_test_setup(the_broker_gets_the_newest_at_most_once_its_own_interval, on_a_bus),
        cmocka_unit_test_setup(a_late_reading_costs_the_next_one_nothing, on_a_bus),
        cmocka_unit_test_setup(a_long_pause_is_not_made_up_for, on_a_bus),
        cmocka_unit_test_setup(a_pause_of_half_the_clocks_range_ends_neither_sending_nor_pacing,
                               on_a_bus),
        cmocka_unit_test(a_pace_survives_the_wrap_of_the_clock),
        cmocka_unit_test(a_recording_is_played_at_its_own_pace),
        cmocka_unit_test(a_recording_is_played_as_fast_as_is_asked),
        cmocka_unit_test(a_played_reading_is_of_now_less_its_age),
        cmocka_unit_test(a_played_reading_has_no_time_of_day_while_the_clock_is_not_set),
        cmocka_unit_test(a_gap_too_long_to_sit_through_is_skipped),
        cmocka_unit_test(a_long_stretch_without_a_reading_ends_no_recording_and_waits_for_no_timer),
        cmocka_unit_test(looking_for_the_next_reading_in_vain_does_not_put_it_off),
        cmocka_unit_test(after_its_end_a_recording_wakes_nobody),
        cmocka_unit_test(after_a_sleep_a_recording_continues_from_there_and_does_not_race),
        cmocka_unit_test_setup(a_source_is_live_from_its_first_reading_until_it_is_silent,
                               on_a_bus),
        cmocka_unit_test_setup(
            the_end_of_a_source_is_reported_when_it_comes_not_when_the_core_wakes, on_a_bus),
        cmocka_unit_test(a_source_that_may_be_silent_for_weeks_is_live_for_weeks),
        cmocka_unit_test(a_slow_source_has_as_much_more_time),
        cmocka_unit_test_setup(a_sample_that_is_shown_again_does_not_keep_a_source_alive, on_a_bus),
        cmocka_unit_test_setup(a_source_of_long_ago_is_not_live_again_when_the_clock_wraps,
                               on_a_bus),
        cmocka_unit_test(the_end_of_a_recording_is_its_end_at_once),
        cmocka_unit_test_setup(the_brokers_availability_follows_the_readings_H1, on_a_bus),
        cmocka_unit_test_setup(availability_is_offline_if_readings_do_not_go_to_the_broker,
                               on_a_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
