/* What a transmitter makes of who answers it and who does not. */
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
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
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
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
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
    bench_meet(&bench, &bench_alice);
    struct vb_event event = {0};
    assert_true(bench_event(&bench, VB_EVENT_RECEIVER_HEARD, &event));
}

static void the_status_of_a_broadcast_or_of_a_stranger_means_nothing_C2(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
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

/* A frame that has waited in the socket for longer than a silence is allowed to last. */
static void a_receiver_is_heard_when_its_frame_came_C2(void **state)
{
    (void)state;
    const uint32_t silence_ms = bench.config.timing.stream_silence;
    for (uint32_t waited_ms = silence_ms - 1; waited_ms <= silence_ms; waited_ms++) {
        booted(state);
        bench_pass(&bench, silence_ms);
        vb_transmitter_late(&bench.t, waited_ms);
        bench_prove(&bench, &bench_alice);
        assert_int_equal(vb_transmitter_heard(&bench.t, bench.now_ms), waited_ms < silence_ms);
        bench_pass(&bench, 1);
        assert_false(vb_transmitter_heard(&bench.t, bench.now_ms));
        struct vb_event event = {0};
        assert_int_equal(bench_event(&bench, VB_EVENT_RECEIVER_LOST, &event),
                         waited_ms < silence_ms);
        bench_prove(&bench, &bench_alice);
        assert_true(vb_transmitter_heard(&bench.t, bench.now_ms));
    }
}

static void beacons_in_vain_are_counted_without_an_end(void **state)
{
    (void)state;
    pass_seconds(40);
    bench_meet(&bench, &bench_alice);
    bench.t.beacons_in_vain = UINT8_MAX;
    sent(&bench_alice, false);
    bench_clear(&bench);
    bench.t.beacon_due = true;
    bench_output(&bench);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
    assert_int_equal(bench.t.beacons_in_vain, UINT8_MAX);
}

/* How else would it be noticed that one is back which has nothing to ask for? */
static void beacons_ask_for_an_answer_while_nobody_can_be_reached_C2(void **state)
{
    (void)state;
    pass_seconds(40); /* until the boot is told */
    bench_meet(&bench, &bench_alice);
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
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
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
    bench_meet(&bench, &bench_alice);
    bench_pass(&bench, bench.config.timing.forget - 1);
    assert_non_null(account_of(&bench.t, &bench_alice));
    bench_pass(&bench, 1);
    assert_null(account_of(&bench.t, &bench_alice));
}

static void the_receiver_silent_longest_makes_room_for_a_ninth(void **state)
{
    (void)state;
    struct vb_mac mac = bench_alice;
    for (uint8_t i = 0; i < VB_RECEIVERS_MAX; i++) {
        mac.bytes[0] = (uint8_t)(0x10 + i);
        bench_meet(&bench, &mac);
        bench_pass(&bench, 10);
    }
    mac.bytes[0] = 0x10; /* the first is heard again: the second is now the oldest */
    bench_meet(&bench, &mac);
    bench_meet(&bench, &bench_bob); /* all places are taken by receivers that are there */
    assert_null(account_of(&bench.t, &bench_bob));
    bench_pass(&bench, bench.config.timing.stream_silence);
    bench_meet(&bench, &bench_bob);
    unsigned found = 0;
    for (uint8_t i = 0; i < VB_RECEIVERS_MAX; i++) {
        assert_int_not_equal(bench.t.receivers[i].mac.bytes[0], 0x11);
        found += vb_mac_equal(&bench.t.receivers[i].mac, &bench_bob);
    }
    assert_int_equal(found, 1);
}

/* ---- Strangers ---- */

static void greet(const struct vb_mac *from)
{
    assert_int_equal(bench_greet(&bench, from), VB_ERR_OK);
}

static void an_account_is_for_who_shows_that_it_hears_the_transmitter_C2(void **state)
{
    (void)state;
    static const uint8_t nothing_on_offer[] = {0, 0, 0};
    static const uint8_t other_store[] = {1, 2, 3, 4};
    bench_pass(&bench, 6000); /* what was asked at the boot is long ago */
    for (unsigned number = 0; number < 256; number++) {
        const uint8_t ack[] = {(uint8_t)number, 0};
        assert_int_equal(bench_hear(&bench, stranger(1), VB_MESSAGE_BEACON_ACK, ack, sizeof ack),
                         VB_ERR_OK);
    }
    assert_int_equal(bench_hear(&bench, stranger(1), VB_MESSAGE_READING_ACK, nothing_on_offer,
                                sizeof nothing_on_offer),
                     VB_ERR_OK);
    assert_int_equal(
        bench_hear(&bench, stranger(1), VB_MESSAGE_REQUEST, other_store, sizeof other_store),
        VB_ERR_OK);
    greet(stranger(1));
    assert_null(account_of(&bench.t, stranger(1)));
    assert_false(vb_transmitter_heard(&bench.t, bench.now_ms));
    bench_clear(&bench);
    greet(&bench_alice);
    bench_pass(&bench, 100);
    bench_output(&bench);
    /* The answer asks: who acknowledges it has heard it. */
    const struct vb_frame *answer = &bench.frame[VB_MESSAGE_HELLO_ACK];
    assert_true(answer->ack_wanted);
    const uint8_t ack[] = {bench.t.beacon_number, 0};
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, ack, sizeof ack),
                     VB_ERR_OK);
    assert_non_null(account_of(&bench.t, &bench_alice));
    assert_true(vb_transmitter_heard(&bench.t, bench.now_ms));
    greet(&bench_alice);
    bench_pass(&bench, 100);
    bench_output(&bench);
    assert_false(answer->ack_wanted); /* it need not be asked again */
}

static void invented_addresses_throw_no_receiver_out_of_its_account_C2(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench_meet(&bench, &bench_bob);
    for (unsigned i = 0; i < 1000; i++) {
        greet(stranger(i));
        bench_pass(&bench, 1);
    }
    for (unsigned i = 0; i < 20; i++) /* even of those who have overheard a store's id */
        bench_prove(&bench, stranger(i));
    assert_int_equal(account_of(&bench.t, &bench_alice)->state, VB_ACCOUNT_REACHED);
    assert_int_equal(account_of(&bench.t, &bench_bob)->state, VB_ACCOUNT_REACHED);
}

/* A hundred hellos a second: from one address, or from as many. */
static void answers_to_strangers_take_a_hundredth_of_the_air_and_no_readings_E1a(void **state)
{
    static const struct vb_reading reading = {.cell_count = 2, .cell_mv = {3800, 3801}};
    for (unsigned addresses = 1; addresses <= 100; addresses += 99) {
        booted(state);
        bench_meet(&bench, &bench_alice);
        pass_seconds(12);
        bench_clear(&bench);
        unsigned readings = 0;
        for (unsigned ms = 0; ms < 10000; ms += 10) {
            greet(stranger(ms / 10 % addresses));
            if (ms % 100 == 0)
                vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
            bench_pass(&bench, 10);
            bench_output(&bench);
            if (ms % 100 == 90)
                bench_prove(&bench, &bench_alice);
        }
        readings = bench.sent[VB_MESSAGE_READING];
        assert_int_equal(readings, 100);
        assert_int_equal(bench.t.air.level, VB_AIRTIME_FULL);
        assert_in_range(bench.sent[VB_MESSAGE_HELLO_ACK], 10, 130);
        assert_in_range(bench.sent[VB_MESSAGE_BEACON], 0, 16);
    }
}

static void a_receiver_is_answered_at_once_whoever_else_greets_A8(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    pass_seconds(2);
    for (unsigned ms = 0; ms < 5000; ms += 10) {
        for (unsigned i = 0; i < 10; i++)
            greet(stranger(ms + i));
        bench_pass(&bench, 10);
        bench_clear(&bench);
        if (ms % 500 != 490)
            continue;
        greet(&bench_alice);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_HELLO_ACK], 1);
        assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_HELLO_ACK], &bench_alice));
    }
}

/* All places of those who have proven nothing are taken, time and again. */
static void in_a_crowd_of_strangers_a_beacon_finds_a_new_receiver_within_2_s_C2(void **state)
{
    (void)state;
    pass_seconds(40);
    bench_clear(&bench);
    for (unsigned ms = 0; ms < 2000; ms += 10) {
        for (unsigned i = 0; i < 10; i++)
            greet(stranger(ms + i));
        bench_pass(&bench, 10);
        bench_output(&bench);
    }
    assert_in_range(bench.sent[VB_MESSAGE_BEACON], 1, 4);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
    const uint8_t ack[] = {bench.t.beacon_number, 0};
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, ack, sizeof ack),
                     VB_ERR_OK);
    assert_non_null(account_of(&bench.t, &bench_alice));
}

/* The network has been changed from afar: it stays only if somebody is there who hears us. */
static void a_hello_keeps_no_trial_whoever_says_it_A9(void **state)
{
    (void)state;
    bench_meet(&bench, &bench_alice);
    bench.t.trial = true;
    bench.t.trial_section = VB_SECTION_NETWORK;
    bench.t.trial_ends_ms = bench.now_ms + bench.config.timing.trial;
    bench.t.trial_grace_ms = bench.now_ms;
    for (unsigned second = 0; second < 30; second++) {
        const uint8_t late[] = {(uint8_t)(bench.t.beacon_number - 10), 0};
        greet(stranger(second));
        greet(&bench_alice);
        assert_int_equal(
            bench_hear(&bench, stranger(second), VB_MESSAGE_BEACON_ACK, late, sizeof late),
            VB_ERR_OK);
        bench_pass(&bench, 1000);
        bench_output(&bench);
        assert_false(bench.t.trial_heard);
    }
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
    const uint8_t ack[] = {bench.t.beacon_number, 0};
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, ack, sizeof ack),
                     VB_ERR_OK);
    assert_true(bench.t.trial_heard);
}

/* ---- States ---- */

static void an_account_changes_its_state_as_the_diagram_says_or_not_at_all(void **state)
{
    (void)state;
    static const bool legal[5][5] = {/* to: FREE, REACHED, AWAITED, UNREACHABLE, SILENT; from: */
                                     [VB_ACCOUNT_FREE] = {false, true, false, false, false},
                                     [VB_ACCOUNT_REACHED] = {false, true, true, true, true},
                                     [VB_ACCOUNT_AWAITED] = {false, true, true, true, true},
                                     [VB_ACCOUNT_UNREACHABLE] = {false, true, false, false, true},
                                     [VB_ACCOUNT_SILENT] = {true, true, false, false, false}};
    for (unsigned from = 0; from < 5; from++) {
        for (unsigned to = 0; to < 5; to++) {
            assert_int_equal(
                vb_account_legal((enum vb_account_state)from, (enum vb_account_state)to),
                legal[from][to]);
        }
    }
}

static void nothing_is_left_of_an_account_that_is_forgotten(void **state)
{
    (void)state;
    static const struct vb_receiver_account nobody;
    struct vb_receiver_account account = {
        .mac = bench_alice, .state = VB_ACCOUNT_SILENT, .failures = 3, .acked = true};
    vb_account_become(&account, VB_ACCOUNT_FREE);
    assert_true(vb_mac_equal(&account.mac, &nobody.mac));
    assert_int_equal(account.failures, 0);
    assert_false(account.acked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_receiver_is_heard_when_its_frame_came_C2, booted),
        cmocka_unit_test_setup(
            three_frames_in_a_row_that_did_not_arrive_make_a_receiver_unreachable_C2, booted),
        cmocka_unit_test_setup(the_status_of_a_broadcast_or_of_a_stranger_means_nothing_C2, booted),
        cmocka_unit_test_setup(beacons_ask_for_an_answer_while_nobody_can_be_reached_C2, booted),
        cmocka_unit_test_setup(beacons_in_vain_are_counted_without_an_end, booted),
        cmocka_unit_test_setup(each_receiver_not_heard_for_long_is_asked_whoever_else_is_heard_C4,
                               booted),
        cmocka_unit_test_setup(a_receiver_not_heard_for_7_days_is_forgotten, booted),
        cmocka_unit_test_setup(the_receiver_silent_longest_makes_room_for_a_ninth, booted),
        cmocka_unit_test_setup(an_account_is_for_who_shows_that_it_hears_the_transmitter_C2,
                               booted),
        cmocka_unit_test_setup(invented_addresses_throw_no_receiver_out_of_its_account_C2, booted),
        cmocka_unit_test(answers_to_strangers_take_a_hundredth_of_the_air_and_no_readings_E1a),
        cmocka_unit_test_setup(a_receiver_is_answered_at_once_whoever_else_greets_A8, booted),
        cmocka_unit_test_setup(in_a_crowd_of_strangers_a_beacon_finds_a_new_receiver_within_2_s_C2,
                               booted),
        cmocka_unit_test_setup(a_hello_keeps_no_trial_whoever_says_it_A9, booted),
        cmocka_unit_test(an_account_changes_its_state_as_the_diagram_says_or_not_at_all),
        cmocka_unit_test(nothing_is_left_of_an_account_that_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
