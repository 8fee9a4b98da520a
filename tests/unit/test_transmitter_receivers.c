/* What a transmitter makes of who answers it and who does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_bench.h"

static struct transmitter_bench bench;

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static void hear(const struct vb_mac *from)
{
    static const uint8_t hello[] = {1, 2, 3, 4, 0};
    assert_int_equal(bench_hear(&bench, from, VB_MESSAGE_HELLO, hello, sizeof hello), VB_ERR_OK);
}

static void sent(const struct vb_mac *to, bool delivered)
{
    vb_transmitter_sent(&bench.t, bench.now_ms, to, delivered);
}

static bool lost(const struct vb_mac *receiver)
{
    struct vb_event event = {0};
    return bench_event(&bench, VB_EVENT_RECEIVER_LOST, &event) && event.detail == 1 &&
           vb_mac_equal(&event.mac, receiver);
}

static void three_frames_in_a_row_that_did_not_arrive_make_a_receiver_unreachable_C2(void **state)
{
    (void)state;
    hear(&bench_alice);
    hear(&bench_bob);
    bench_clear(&bench);
    for (unsigned i = 0; i < 2; i++)
        sent(&bench_alice, false);
    assert_false(lost(&bench_alice));
    sent(&bench_alice, true); /* not in a row */
    for (unsigned i = 0; i < 2; i++)
        sent(&bench_alice, false);
    assert_false(lost(&bench_alice));
    sent(&bench_alice, false);
    assert_true(lost(&bench_alice));
    sent(&bench_alice, false); /* said once */
    assert_false(lost(&bench_alice));
    hear(&bench_alice);
    struct vb_event event = {0};
    assert_true(bench_event(&bench, VB_EVENT_RECEIVER_HEARD, &event));
}

static void the_status_of_a_broadcast_or_of_a_stranger_means_nothing_C2(void **state)
{
    (void)state;
    hear(&bench_alice);
    bench_clear(&bench);
    for (unsigned i = 0; i < 10; i++) {
        sent(&vb_mac_broadcast, false);
        sent(&bench_bob, false);
    }
    struct vb_event event = {0};
    assert_false(bench_event(&bench, VB_EVENT_RECEIVER_LOST, &event));
}

static void pass_seconds(unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        bench_pass(&bench, 1000);
        bench_output(&bench);
    }
}

/* How else would it be noticed that one is back which has nothing to ask for? */
static void beacons_ask_for_an_answer_while_nobody_can_be_reached_C2(void **state)
{
    (void)state;
    pass_seconds(40); /* until the boot is told */
    hear(&bench_alice);
    for (unsigned i = 0; i < 3; i++)
        sent(&bench_alice, false);
    bench_clear(&bench);
    pass_seconds(20);
    assert_true(bench.sent[VB_MESSAGE_BEACON] > 0);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
}

/* Alice acknowledges readings, Bob's acknowledgements are lost. */
static void each_receiver_not_heard_for_long_is_asked_whoever_else_is_heard_C4(void **state)
{
    (void)state;
    static const uint8_t reading_ack[] = {0, 0, 0};
    pass_seconds(40); /* until the boot is told */
    hear(&bench_alice);
    hear(&bench_bob);
    const uint32_t renewed_ms = bench.now_ms + bench.config.timing.stream_silence / 3 * 2;
    bench_clear(&bench);
    unsigned asked = 0;
    for (unsigned second = 0; second < 59; second++) {
        bench_pass(&bench, 1000);
        assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_READING_ACK, reading_ack,
                                    sizeof reading_ack),
                         VB_ERR_OK);
        bench_output(&bench);
        const bool beaconed = bench.sent[VB_MESSAGE_BEACON] > 0;
        const bool wanted = beaconed && bench.frame[VB_MESSAGE_BEACON].ack_wanted;
        assert_false(wanted && bench.now_ms < renewed_ms);
        asked += wanted;
        bench_clear(&bench);
    }
    assert_true(asked > 0);
}

static void a_receiver_not_heard_for_7_days_is_forgotten(void **state)
{
    (void)state;
    hear(&bench_alice);
    bench_pass(&bench, bench.config.timing.forget - 1);
    assert_true(bench.t.receivers[0].used);
    bench_pass(&bench, 1);
    assert_false(bench.t.receivers[0].used);
}

static void the_receiver_silent_longest_makes_room_for_a_ninth(void **state)
{
    (void)state;
    struct vb_mac mac = bench_alice;
    for (uint8_t i = 0; i < VB_RECEIVERS_MAX; i++) {
        mac.bytes[0] = (uint8_t)(0x10 + i);
        hear(&mac);
        bench_pass(&bench, 10);
    }
    mac.bytes[0] = 0x10; /* the first is heard again: the second is now the oldest */
    hear(&mac);
    hear(&bench_bob);
    unsigned found = 0;
    for (uint8_t i = 0; i < VB_RECEIVERS_MAX; i++) {
        assert_int_not_equal(bench.t.receivers[i].mac.bytes[0], 0x11);
        found += vb_mac_equal(&bench.t.receivers[i].mac, &bench_bob);
    }
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            three_frames_in_a_row_that_did_not_arrive_make_a_receiver_unreachable_C2, booted),
        cmocka_unit_test_setup(the_status_of_a_broadcast_or_of_a_stranger_means_nothing_C2, booted),
        cmocka_unit_test_setup(beacons_ask_for_an_answer_while_nobody_can_be_reached_C2, booted),
        cmocka_unit_test_setup(each_receiver_not_heard_for_long_is_asked_whoever_else_is_heard_C4,
                               booted),
        cmocka_unit_test_setup(a_receiver_not_heard_for_7_days_is_forgotten, booted),
        cmocka_unit_test_setup(the_receiver_silent_longest_makes_room_for_a_ninth, booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
