/* A13: S1 does what it is said to do. */
#include "snapshot.h"

#include "baseline_fixture.h"

static struct vb_fixture f;
static struct vb_snapshot pair;

static int begin(void **state)
{
    const struct vb_design design = vb_snapshot_design(&pair);
    (void)state;
    vb_fixture_begin(&f, &design);
    vb_air_run(&f.air, VB_MEASURE_SECOND_US); /* it has just asked */
    return 0;
}

static void run_ms(uint32_t ms)
{
    vb_air_run(&f.air, (uint64_t)ms * 1000);
}

static void a_lost_request_is_sent_again_after_a_second(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    f.air.loss = 1000;
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    f.air.loss = 0;
    run_ms(VB_SNAPSHOT_RETRY_MS - 1);
    assert_false(vb_fixture_in_sync(&f));
    run_ms(20);
    assert_true(vb_fixture_in_sync(&f));
}

/* Until the three fragments of an answer are on their way. */
static void await_answer(void)
{
    const uint64_t fragments = vb_fixture_frames(&f, "fragment");
    while (vb_fixture_frames(&f, "fragment") == fragments)
        assert_true(vb_air_step(&f.air, f.air.now_us + VB_SNAPSHOT_ASK_MS * 1000));
    assert_int_equal(f.air.count, 3);
}

static void fragments_are_kept_until_a_later_answer_brings_the_missing_ones(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    await_answer();
    f.air.count -= 2; /* the last two are lost */
    await_answer();
    f.air.first = (f.air.first + 1) % VB_AIR_FLIGHTS_MAX; /* the first is lost */
    f.air.count--;
    assert_false(vb_fixture_in_sync(&f));
    run_ms(20);
    assert_true(vb_fixture_in_sync(&f));
}

static void a_damaged_snapshot_is_not_used(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    while (pair.receiver.count == 0)
        assert_true(vb_air_step(&f.air, f.air.now_us + 1000000));
    pair.receiver.bytes[10] ^= 1;
    run_ms(100);
    assert_false(vb_fixture_in_sync(&f));
    run_ms(VB_SNAPSHOT_RETRY_MS);
    assert_true(vb_fixture_in_sync(&f));
}

static void every_change_arrives_while_30_percent_is_lost(void **state)
{
    const struct vb_design design = vb_snapshot_design(&pair);
    (void)state;
    (void)vb_fixture_play(&f, &design, 300);
}

static void a_rebooted_receiver_still_has_its_copy_and_asks_for_all_of_it(void **state)
{
    (void)state;
    const uint64_t fragments = vb_fixture_frames(&f, "fragment");
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    assert_true(vb_fixture_in_sync(&f));
    run_ms(20);
    assert_int_equal(vb_fixture_frames(&f, "fragment"), fragments + 3);
}

static void a_rebooted_transmitter_has_its_settings_and_says_nothing(void **state)
{
    (void)state;
    vb_fixture_change(&f);
    const uint64_t fragments = vb_fixture_frames(&f, "fragment");
    vb_fixture_reboot(&f, VB_SIDE_TRANSMITTER);
    run_ms(20);
    assert_int_equal(vb_fixture_frames(&f, "fragment"), fragments);
    run_ms(VB_SNAPSHOT_ASK_MS);
    assert_true(vb_fixture_in_sync(&f));
}

static void a_change_waits_for_the_next_request(void **state)
{
    (void)state;
    const uint64_t requests = vb_fixture_frames(&f, "request");
    vb_fixture_change(&f);
    while (vb_fixture_frames(&f, "request") == requests) {
        assert_false(vb_fixture_in_sync(&f));
        assert_true(vb_air_step(&f.air, f.air.now_us + VB_SNAPSHOT_ASK_MS * 1000));
    }
    run_ms(20);
    assert_true(vb_fixture_in_sync(&f));
}

static void all_nine_sections_arrive(void **state)
{
    (void)state;
    for (uint8_t id = 1; id <= VB_SECTION_METADATA; id++) {
        size_t size;
        size_t held_size;
        const uint8_t *bytes = vb_content_find(&f.truth, id, &size);
        const uint8_t *held = vb_content_find(&pair.receiver.content, id, &held_size);
        assert_non_null(held);
        assert_int_equal(held_size, size);
        assert_memory_equal(held, bytes, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lost_request_is_sent_again_after_a_second, begin),
        cmocka_unit_test_setup(fragments_are_kept_until_a_later_answer_brings_the_missing_ones,
                               begin),
        cmocka_unit_test_setup(a_damaged_snapshot_is_not_used, begin),
        cmocka_unit_test(every_change_arrives_while_30_percent_is_lost),
        cmocka_unit_test_setup(a_rebooted_receiver_still_has_its_copy_and_asks_for_all_of_it,
                               begin),
        cmocka_unit_test_setup(a_rebooted_transmitter_has_its_settings_and_says_nothing, begin),
        cmocka_unit_test_setup(a_change_waits_for_the_next_request, begin),
        cmocka_unit_test_setup(all_nine_sections_arrive, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
