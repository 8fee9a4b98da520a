/* What whoever pretends to be a transmitter cannot do to those who are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_answers.h"

enum { LARGE = 900, TRICKLE_MS = 800, TURN_MS = 5000 };

static struct receiver_bench bench;
static struct bench_sender alpha; /* a transmitter */
static struct bench_sender other; /* another, or a stranger */
static uint8_t content[LARGE];

static int begun(void **state)
{
    (void)state;
    bench_new(&bench);
    bench_init(&bench);
    for (unsigned at = 0; at + 102 <= sizeof content; at += 102) {
        content[at] = (uint8_t)(at / 102 + 1);
        content[at + 1] = 100;
    }
    sender_new(&alpha, 1);
    sender_new(&other, 2);
    alpha.stranger = other.stranger = true; /* until they answer */
    sender_holds(&alpha, VB_SECTION_CAN, 1, content, 816);
    sender_holds(&other, VB_SECTION_CAN, 1, content, 816);
    bench_clear(&bench);
    return 0;
}

static void prove(struct bench_sender *sender)
{
    bench_announce(&bench, sender);
    bench_pass(&bench, 500);
    assert_int_equal(bench_answer(&bench, sender, bench_nonce(&bench)), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, sender)->boot.state, VB_BOOT_PROVEN);
}

static void send_fragment(struct bench_sender *sender, uint8_t index)
{
    const struct vb_record record = sender_record(sender, VB_SECTION_CAN, index);
    assert_int_equal(bench_data(&bench, sender, &record, 1), VB_ERR_OK);
}

/* It is asked, and answers in full. */
static void answer_request(struct bench_sender *sender)
{
    bench_output(&bench);
    if (bench.sent[VB_MESSAGE_REQUEST] > 0) {
        for (uint8_t index = 0; index < 5; index++)
            send_fragment(sender, index);
    }
    bench.sent[VB_MESSAGE_REQUEST] = 0;
}

/* Milliseconds until alpha's section is verified, while the other sends a fragment every 0.8 s. */
static uint32_t verified_ms(void)
{
    for (uint32_t ms = 0; ms < 60000; ms += 100) {
        if (ms % TRICKLE_MS == 0)
            send_fragment(&other, (uint8_t)(ms / TRICKLE_MS % 4));
        answer_request(&alpha);
        if (vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_CAN) == VB_SYNC_VERIFIED)
            return ms;
        bench_pass(&bench, 100);
    }
    return 60000;
}

static void one_who_never_finishes_stops_no_section_of_another_A5(void **state)
{
    for (unsigned proven = 0; proven < 2; proven++) {
        begun(state);
        if (proven != 0)
            prove(&other);
        else
            bench_announce(&bench, &other);
        prove(&alpha);
        bench_clear(&bench);
        assert_in_range(verified_ms(), 0, proven != 0 ? TURN_MS + 1000 : 200);
    }
}

static void whoever_has_answered_takes_the_buffer_from_who_has_not_A5(void **state)
{
    begun(state);
    bench_announce(&bench, &other);
    prove(&alpha);
    send_fragment(&other, 0);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &other));
    send_fragment(&alpha, 0);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &alpha));
    send_fragment(&other, 0);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &alpha));
}

static void who_has_answered_once_comes_first_after_a_reboot_too_A5(void **state)
{
    begun(state);
    prove(&alpha);
    bench_outlast_late_frames(&bench);
    sender_reboot(&alpha);
    bench_announce(&bench, &alpha);
    bench_announce(&bench, &other);
    assert_int_equal(bench_peer(&bench, &alpha)->boot.state, VB_BOOT_CLAIMED);
    send_fragment(&other, 0);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &other));
    send_fragment(&alpha, 0);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &alpha));
}

static void whose_turn_it_is_is_asked_again_at_once_A5(void **state)
{
    begun(state);
    prove(&alpha);
    prove(&other);
    send_fragment(&other, 0);
    send_fragment(&alpha, 0);
    bench_clear(&bench);
    bench_pass(&bench, 1999);
    assert_int_equal(bench.r.turn.state, VB_TURN_HELD);
    assert_in_range(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 0, 1);
    bench_clear(&bench);
    bench_pass(&bench, 1);
    assert_int_equal(bench.r.turn.state, VB_TURN_OFFERED);
    assert_ptr_equal(bench.r.turn.peer, bench_peer(&bench, &alpha));
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 1);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_REQUEST], &alpha.mac));
    bench_pass(&bench, 2000); /* it does not come either: the other may go on */
    assert_int_not_equal(bench.r.turn.peer, bench_peer(&bench, &alpha));
}

static void a_turn_changes_its_state_as_the_diagram_says_or_not_at_all(void **state)
{
    (void)state;
    static const bool legal[3][3] = {/* to: FREE, OFFERED, HELD; from: */
                                     [VB_TURN_FREE] = {false, false, true},
                                     [VB_TURN_OFFERED] = {true, true, true},
                                     [VB_TURN_HELD] = {true, true, true}};
    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 3; to++) {
            assert_int_equal(vb_turn_legal((enum vb_turn_state)from, (enum vb_turn_state)to),
                             from < 3 && legal[from][to]); /* there is no fourth */
        }
    }
}

/* ---- Places ---- */

static void invented_transmitters_leave_a_place_for_one_that_answers_A1(void **state)
{
    begun(state);
    alpha.stranger = other.stranger = false;
    struct bench_sender stranger;
    for (uint8_t i = 0; i < 15; i++) {
        sender_new(&stranger, (uint8_t)(0x80 + i));
        stranger.stranger = true;
        const enum vb_err err = bench_beacon(&bench, &stranger, NULL, 0);
        assert_int_equal(err, i < BENCH_PEERS ? VB_ERR_OK : VB_ERR_NOT_ADOPTED);
    }
    bench_pass(&bench, 1999);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_NOT_ADOPTED);
    assert_int_equal(bench_beacon(&bench, &other, NULL, 0), VB_ERR_NOT_ADOPTED);
    bench_pass(&bench, 1);
    /* Each of them has its turn, is asked for 2 s, and does not answer. */
    for (unsigned i = 0; i < (15 - BENCH_PEERS) / BENCH_PEERS + 2; i++) {
        (void)bench_beacon(&bench, &alpha, NULL, 0);
        (void)bench_beacon(&bench, &other, NULL, 0);
        bench_pass(&bench, 1000);
        (void)bench_beacon(&bench, &alpha, NULL, 0);
        (void)bench_beacon(&bench, &other, NULL, 0);
        bench_pass(&bench, 1000);
    }
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(bench_beacon(&bench, &other, NULL, 0), VB_ERR_OK);
    for (uint8_t i = 0; i < 15; i++) {
        bench_pass(&bench, 2000);
        sender_new(&stranger, (uint8_t)(0x90 + i));
        stranger.stranger = true;
        assert_int_equal(bench_beacon(&bench, &stranger, NULL, 0), VB_ERR_NOT_ADOPTED);
    }
    assert_non_null(bench_peer(&bench, &alpha));
    assert_non_null(bench_peer(&bench, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_who_never_finishes_stops_no_section_of_another_A5),
        cmocka_unit_test(whoever_has_answered_takes_the_buffer_from_who_has_not_A5),
        cmocka_unit_test(who_has_answered_once_comes_first_after_a_reboot_too_A5),
        cmocka_unit_test(whose_turn_it_is_is_asked_again_at_once_A5),
        cmocka_unit_test(a_turn_changes_its_state_as_the_diagram_says_or_not_at_all),
        cmocka_unit_test(invented_transmitters_leave_a_place_for_one_that_answers_A1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
