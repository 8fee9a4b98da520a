/* Readings at a transmitter alone: which keyframe they refer to, and who has a say in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

static struct transmitter_bench bench;

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    bench.config.timing.ack_wait = 600000; /* nobody here acknowledges beacons */
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static void answer(const struct vb_mac *from, uint16_t number, uint8_t flags)
{
    const uint8_t payload[] = {(uint8_t)number, (uint8_t)(number >> 8), flags};
    assert_int_equal(bench_hear(&bench, from, VB_MESSAGE_READING_ACK, payload, sizeof payload),
                     VB_ERR_OK);
}

/* Sends one, and returns its number. */
static uint16_t give_reading(void)
{
    const struct vb_reading reading = {
        .cell_count = 4, .cell_mv = {3800, 3801, 3799, 3802}, .sampled_ms = bench.now_ms};
    bench_pass(&bench, 100);
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    bench_output(&bench);
    return bench.t.reading_number;
}

static bool refers(void)
{
    return bench.t.codec.state == VB_CODEC_HELD;
}

static void a_keyframe_is_referred_to_once_all_who_are_there_have_it_E5(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
    const uint16_t number = give_reading();
    answer(&bench_alice, number, 0);
    answer(&bench_alice, number, 0); /* twice is not two */
    assert_false(refers());
    (void)give_reading();
    answer(&bench_bob, number, 0);
    assert_true(refers());
}

static void an_acknowledgement_of_a_keyframe_no_longer_on_offer_counts_for_nothing_E5(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
    const uint16_t first = give_reading();
    answer(&bench_alice, first, 0);
    uint16_t second = first;
    while (!vb_codec_on_offer(&bench.t.codec, second) || second == first)
        second = give_reading();
    answer(&bench_alice, first, 0); /* late */
    answer(&bench_bob, second, 0);
    assert_false(refers());
    answer(&bench_alice, second, 0);
    assert_true(refers());
}

static void who_is_not_there_is_not_waited_for_E5(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench_pass(&bench, bench.config.timing.stream_silence);
    bench_meet(&bench, &bench_bob);
    answer(&bench_bob, give_reading(), 0);
    assert_true(refers());
}

static void whoever_refuses_greets_or_comes_back_makes_readings_stand_alone_E5(void **state)
{
    (void)state;
    static const uint8_t ack_payload[] = {0, 0};
    for (unsigned reason = 0; reason < 3; reason++) {
        booted(state);
        bench_meet(&bench, &bench_alice);
        bench_pass(&bench, bench.config.timing.stream_silence);
        bench_meet(&bench, &bench_bob);
        answer(&bench_bob, give_reading(), 0);
        assert_true(refers());
        if (reason == 0)
            answer(&bench_bob, give_reading(), VB_READING_ACK_REFUSED);
        else if (reason == 1)
            bench_meet(&bench, &bench_bob);
        else
            assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, ack_payload,
                                        sizeof ack_payload),
                             VB_ERR_OK);
        assert_false(refers());
    }
}

static void an_acknowledgement_is_a_sign_of_life_C4(void **state)
{
    (void)state;
    struct vb_event event = {0};
    bench_meet(&bench, &bench_alice);
    bench_clear(&bench);
    for (unsigned i = 0; i < 3; i++) {
        bench_pass(&bench, bench.config.timing.stream_silence - 1000);
        answer(&bench_alice, 0, 0);
    }
    assert_false(bench_event(&bench, VB_EVENT_RECEIVER_LOST, &event));
    assert_true(vb_transmitter_heard(&bench.t, bench.now_ms));
}

static void a_reading_that_is_left_out_takes_no_number_E1a(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench.t.air.level = VB_AIRTIME_HALF;
    bench_clear(&bench);
    const uint16_t before = bench.t.reading_number;
    for (unsigned i = 0; i < 8; i++)
        (void)give_reading();
    assert_int_equal(bench.sent[VB_MESSAGE_READING], 4);
    assert_int_equal((uint16_t)(bench.t.reading_number - before), 4);
}

/* A reading is what tells of a boot soonest; a store may take its time before that is told. */
static void readings_go_out_for_3_s_from_when_a_boot_is_told_though_nobody_is_heard_A1(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    bench_pass(&bench, 2950);
    bench_settle(&bench, VB_ERR_OK);
    const uint32_t told_ms = bench.now_ms;
    for (unsigned i = 0; i < 60; i++) {
        bench_clear(&bench);
        (void)give_reading();
        assert_int_equal(bench.sent[VB_MESSAGE_READING] != 0, bench.now_ms - told_ms < 3000);
    }
}

static void a_reading_from_before_the_boot_is_stored_is_not_sent_later(void **state)
{
    (void)state;
    const struct vb_reading reading = {.cell_count = 4, .cell_mv = {3800, 3801, 3799, 3802}};
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    bench_settle(&bench, VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_READING], 0);
    (void)give_reading();
    assert_int_equal(bench.sent[VB_MESSAGE_READING], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_from_before_the_boot_is_stored_is_not_sent_later),
        cmocka_unit_test_setup(
            readings_go_out_for_3_s_from_when_a_boot_is_told_though_nobody_is_heard_A1, booted),
        cmocka_unit_test_setup(a_keyframe_is_referred_to_once_all_who_are_there_have_it_E5, booted),
        cmocka_unit_test_setup(
            an_acknowledgement_of_a_keyframe_no_longer_on_offer_counts_for_nothing_E5, booted),
        cmocka_unit_test_setup(who_is_not_there_is_not_waited_for_E5, booted),
        cmocka_unit_test_setup(whoever_refuses_greets_or_comes_back_makes_readings_stand_alone_E5,
                               booted),
        cmocka_unit_test_setup(an_acknowledgement_is_a_sign_of_life_C4, booted),
        cmocka_unit_test_setup(a_reading_that_is_left_out_takes_no_number_E1a, booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
