/* A13: S2 and S2b do what they are said to do. */
#include "beacon_pull.h"

#include "baseline_fixture.h"

static struct vb_fixture f;
static struct vb_pull pair;

static int begin(void **state)
{
    const struct vb_design design = vb_pull_design(&pair, 1);
    (void)state;
    vb_fixture_begin(&f, &design);
    return 0;
}

static void run_ms(uint32_t ms)
{
    vb_air_run(&f.air, (uint64_t)ms * 1000);
}

static void a_lost_change_beacon_is_made_up_by_the_next_fixed_one(void **state)
{
    (void)state;
    const uint64_t beacons = vb_fixture_frames(&f, "beacon");
    f.air.loss = 1000;
    vb_fixture_change(&f);
    f.air.loss = 0;
    assert_int_equal(vb_fixture_frames(&f, "beacon"), beacons + 1);
    while (vb_fixture_frames(&f, "beacon") == beacons + 1) {
        assert_false(vb_fixture_in_sync(&f));
        assert_true(vb_air_step(&f.air, f.air.now_us + VB_PULL_BEACON_MS * 1000));
    }
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
}

static void a_lost_request_is_sent_again_after_a_second(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    f.air.loss = 1000;
    run_ms(VB_PULL_RETRY_MS - 10);
    f.air.loss = 0;
    assert_false(vb_fixture_in_sync(&f));
    run_ms(30);
    assert_true(vb_fixture_in_sync(&f));
}

static void every_change_arrives_while_30_percent_is_lost(void **state)
{
    const struct vb_design design = vb_pull_design(&pair, 1);
    (void)state;
    (void)vb_fixture_play(&f, &design, 300);
}

static void every_change_arrives_with_three_beacons_while_30_percent_is_lost(void **state)
{
    const struct vb_design design = vb_pull_design(&pair, 3);
    (void)state;
    (void)vb_fixture_play(&f, &design, 300);
}

static void a_rebooted_receiver_still_has_its_copy_and_asks_for_nothing(void **state)
{
    (void)state;
    const uint64_t requests = vb_fixture_frames(&f, "request");
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    assert_true(vb_fixture_in_sync(&f));
    run_ms(VB_PULL_BEACON_MS + 1000);
    assert_int_equal(vb_fixture_frames(&f, "request"), requests);
}

static void a_rebooted_transmitter_sends_a_beacon_at_once(void **state)
{
    (void)state;
    f.air.loss = 1000;
    vb_fixture_change(&f);
    f.air.loss = 0;
    vb_fixture_reboot(&f, VB_SIDE_TRANSMITTER);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
}

static void a_lower_version_is_another_version_and_is_pulled(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
    vb_content_defaults(&pair.transmitter.content); /* its store was lost */
    vb_content_defaults(&f.truth);
    vb_fixture_reboot(&f, VB_SIDE_TRANSMITTER);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
}

static void only_the_changed_section_is_pulled(void **state)
{
    (void)state;
    const uint64_t requests = vb_fixture_frames(&f, "request");
    vb_fixture_change(&f);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
    assert_int_equal(vb_fixture_frames(&f, "request"), requests + 1);
}

static void at_rest_it_costs_4800_bytes_an_hour(void **state)
{
    struct vb_traffic traffic = {0};
    (void)state;
    vb_measure_idle(&f.air, 10, &traffic);
    assert_int_equal(traffic.all_bytes, 10 * 4800);
}

static void a_change_is_announced_three_times_by_s2b(void **state)
{
    const struct vb_design design = vb_pull_design(&pair, 3);
    (void)state;
    vb_fixture_begin(&f, &design);
    const uint64_t beacons = vb_fixture_frames(&f, "beacon");
    const uint64_t requests = vb_fixture_frames(&f, "request");
    vb_fixture_change(&f);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
    assert_int_equal(vb_fixture_frames(&f, "beacon"), beacons + 3);
    assert_int_equal(vb_fixture_frames(&f, "request"), requests + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lost_change_beacon_is_made_up_by_the_next_fixed_one, begin),
        cmocka_unit_test_setup(a_lost_request_is_sent_again_after_a_second, begin),
        cmocka_unit_test(every_change_arrives_while_30_percent_is_lost),
        cmocka_unit_test(every_change_arrives_with_three_beacons_while_30_percent_is_lost),
        cmocka_unit_test_setup(a_rebooted_receiver_still_has_its_copy_and_asks_for_nothing, begin),
        cmocka_unit_test_setup(a_rebooted_transmitter_sends_a_beacon_at_once, begin),
        cmocka_unit_test_setup(a_lower_version_is_another_version_and_is_pulled, begin),
        cmocka_unit_test_setup(only_the_changed_section_is_pulled, begin),
        cmocka_unit_test_setup(at_rest_it_costs_4800_bytes_an_hour, begin),
        cmocka_unit_test(a_change_is_announced_three_times_by_s2b),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
