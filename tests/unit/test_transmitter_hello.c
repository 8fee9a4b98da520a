/* Who is answered when it greets a transmitter, and when: receivers that have proven that they hear
 * it, and strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

enum { ANSWERS_US = 40000, CANDIDATES_US = 10000 /* of a second, see transmitter_hello.c */ };

static struct transmitter_bench bench;

/* At rest: nothing else is to be sent. */
static int resting_at(uint32_t now_ms)
{
    bench_new(&bench);
    bench.config.timing.ack_wait = 600000; /* nobody here acknowledges beacons */
    bench.now_ms = now_ms;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    for (unsigned i = 0; i < 40; i++) {
        bench_pass(&bench, 1000);
        bench_output(&bench);
    }
    bench_clear(&bench);
    return 0;
}

static int resting(void **state)
{
    (void)state;
    return resting_at(1000);
}

static void greet(const struct vb_mac *from)
{
    assert_int_equal(bench_greet(&bench, from), VB_ERR_OK);
}

static void acknowledge(const struct vb_mac *from)
{
    const uint8_t ack[] = {bench.t.beacon_number, 0};
    assert_int_equal(bench_hear(&bench, from, VB_MESSAGE_BEACON_ACK, ack, sizeof ack), VB_ERR_OK);
}

/* How many hellos are answered now. */
static unsigned answers(void)
{
    memset(bench.sent, 0, sizeof bench.sent);
    bench_output(&bench);
    return bench.sent[VB_MESSAGE_HELLO_ACK];
}

static const struct vb_candidate *candidate(unsigned i)
{
    for (unsigned n = 0; n < VB_CANDIDATES_MAX; n++) {
        if (bench.t.candidates[n].used && vb_mac_equal(&bench.t.candidates[n].mac, stranger(i)))
            return &bench.t.candidates[n];
    }
    return NULL;
}

static unsigned candidates(void)
{
    unsigned count = 0;
    for (unsigned n = 0; n < VB_CANDIDATES_MAX; n++)
        count += bench.t.candidates[n].used;
    return count;
}

/* Greets and is answered; a second passes. */
static void greet_and_hear(unsigned i)
{
    greet(stranger(i));
    bench_pass(&bench, 1000);
    bench_clear(&bench);
    assert_non_null(candidate(i));
    assert_false(candidate(i)->greeting.due);
}

/* ---- Places ---- */

static void a_stranger_that_greets_again_has_one_place(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        greet_and_hear(1);
        assert_int_equal(candidates(), 1);
    }
}

static void the_one_that_was_answered_longest_ago_gives_way(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_CANDIDATES_MAX; i++)
        greet_and_hear(i);
    greet_and_hear(0);
    greet_and_hear(9);
    assert_null(candidate(1));
    assert_non_null(candidate(0));
    assert_non_null(candidate(2));
    assert_non_null(candidate(3));
}

/* They greet a hundred times a second, and have all been answered; whoever has not comes first. */
static void those_who_greet_without_end_keep_nobody_from_a_first_answer(void **state)
{
    (void)state;
    enum { ONCE = 9, EVERY_MS = 10 };
    uint32_t waited_ms = 0;
    for (unsigned i = 0; i < VB_CANDIDATES_MAX; i++)
        greet_and_hear(i);
    for (unsigned i = 0; i < 2 * VB_CANDIDATES_MAX; i++)
        greet(stranger(i % VB_CANDIDATES_MAX));
    greet(stranger(ONCE));
    assert_non_null(candidate(ONCE));
    assert_null(candidate(VB_CANDIDATES_MAX - 1)); /* which was answered last */
    assert_true(bench.t.greetings.crowded);
    for (unsigned i = 0; candidate(ONCE)->greeting.due && waited_ms < 5000; i++) {
        greet(stranger(i % VB_CANDIDATES_MAX));
        bench_output(&bench);
        bench_pass(&bench, EVERY_MS);
        waited_ms += EVERY_MS;
        assert_non_null(candidate(ONCE));
    }
    assert_true(waited_ms <= 1000);
}

/* However far the clock has run: a place that was never used is no younger for that. */
static void a_free_place_is_taken_before_one_that_is_used(void **state)
{
    (void)state;
    static const uint32_t clocks_ms[] = {1000, 0x80010000};
    for (size_t i = 0; i < VB_COUNT_OF(clocks_ms); i++) {
        resting_at(clocks_ms[i]);
        for (unsigned n = 0; n < VB_CANDIDATES_MAX; n++) {
            greet_and_hear(n);
            assert_int_equal(candidates(), n + 1);
        }
        greet(stranger(0));
        bench_output(&bench); /* its answer asks to be acknowledged */
        acknowledge(stranger(0));
        assert_non_null(account_of(&bench.t, stranger(0)));
        assert_int_equal(candidates(), VB_CANDIDATES_MAX - 1);
        bench_pass(&bench, 10);
        greet_and_hear(9);
        assert_int_equal(candidates(), VB_CANDIDATES_MAX);
    }
}

static void a_stranger_that_is_silent_for_a_minute_leaves_its_place(void **state)
{
    (void)state;
    greet(stranger(1));
    bench_clear(&bench);
    bench_pass(&bench, bench.config.timing.stream_silence - 1);
    assert_non_null(candidate(1));
    bench_pass(&bench, 1);
    assert_null(candidate(1));
}

static void one_that_proves_itself_takes_its_hello_along_and_nobody_elses(void **state)
{
    (void)state;
    greet(stranger(1));
    greet(stranger(2));
    bench_clear(&bench);
    bench_pass(&bench, 10);
    greet(stranger(1)); /* has to wait: it has just been answered */
    assert_true(candidate(1)->greeting.due);
    acknowledge(stranger(1));
    const struct vb_receiver_account *account = account_of(&bench.t, stranger(1));
    assert_non_null(account);
    assert_true(account->greeting.due);
    assert_null(candidate(1));
    assert_non_null(candidate(2));
    bench_pass(&bench, 100);
    bench_output(&bench);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_HELLO_ACK], stranger(1)));
}

/* ---- Readings ---- */

static uint16_t give_reading(void)
{
    const struct vb_reading reading = {
        .cell_count = 4, .cell_mv = {3800, 3801, 3799, 3802}, .sampled_ms = bench.now_ms};
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
    bench_output(&bench);
    return bench.t.reading_number;
}

static enum vb_err answer_reading(const struct vb_mac *from, uint16_t number, uint8_t flags)
{
    const uint8_t payload[] = {(uint8_t)number, (uint8_t)(number >> 8), flags};
    return bench_hear(&bench, from, VB_MESSAGE_READING_ACK, payload, sizeof payload);
}

static void let_alice_hold_a_keyframe(void)
{
    bench_prove(&bench, &bench_alice);
    assert_int_equal(answer_reading(&bench_alice, give_reading(), 0), VB_ERR_OK);
    assert_int_equal(bench.t.codec.state, VB_CODEC_HELD);
}

/* A keyframe is large: nobody who has proven nothing has one written. */
static void a_stranger_makes_no_reading_stand_alone_E5(void **state)
{
    (void)state;
    let_alice_hold_a_keyframe();
    greet(stranger(1));
    assert_int_equal(answer_reading(stranger(1), bench.t.reading_number, VB_READING_ACK_REFUSED),
                     VB_ERR_OK);
    assert_null(account_of(&bench.t, stranger(1)));
    assert_int_equal(bench.t.codec.state, VB_CODEC_HELD);
    greet(&bench_alice);
    assert_int_equal(bench.t.codec.state, VB_CODEC_NOTHING);
}

/* While its answer waits it has begun anew once, however often it says so. */
static void a_receiver_that_greets_again_before_it_is_answered_begins_anew_once_E5(void **state)
{
    (void)state;
    let_alice_hold_a_keyframe();
    greet(&bench_alice);
    bench_output(&bench);
    bench_pass(&bench, 10);
    greet(&bench_alice); /* has to wait: it has just been answered */
    assert_int_equal(answer_reading(&bench_alice, give_reading(), 0), VB_ERR_OK);
    greet(&bench_alice);
    assert_int_equal(bench.t.codec.state, VB_CODEC_HELD);
}

/* ---- The air ---- */

static void strangers_are_answered_at_once_and_each_after_100_ms_again(void **state)
{
    (void)state;
    greet(stranger(1));
    assert_int_equal(answers(), 1);
    bench_pass(&bench, 10);
    greet(stranger(2));
    assert_int_equal(answers(), 1);
    greet(stranger(1));
    assert_int_equal(answers(), 0);
    assert_in_range(vb_transmitter_wakeup_ms(&bench.t, bench.now_ms), 80, 90);
    bench_pass(&bench, 90);
    assert_int_equal(answers(), 1);
}

static void what_receivers_are_answered_takes_nothing_of_the_strangers_share(void **state)
{
    (void)state;
    bench_prove(&bench, &bench_alice);
    bench_prove(&bench, &bench_bob);
    for (unsigned i = 0; i < 9; i++) {
        greet(&bench_alice);
        greet(&bench_bob);
        assert_int_equal(answers(), 2);
        bench_pass(&bench, 100);
    }
    assert_in_range(bench.t.greetings.used_us, CANDIDATES_US, ANSWERS_US);
    greet(stranger(1));
    assert_int_equal(answers(), 1);
}

static void receivers_that_greet_without_end_are_answered_as_far_as_their_share_goes(void **state)
{
    (void)state;
    struct vb_mac mac = bench_alice;
    for (unsigned ms = 0; ms < 990; ms += 10) {
        for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++) {
            mac.bytes[0] = (uint8_t)(0x10 + i);
            if (ms == 0)
                bench_prove(&bench, &mac);
            greet(&mac);
        }
        bench_output(&bench);
        bench_pass(&bench, 10);
    }
    assert_in_range(bench.t.greetings.used_us, ANSWERS_US, ANSWERS_US + 2000);
    bench_pass(&bench, 10);
    assert_int_not_equal(answers(), 0); /* another second */
}

/* ---- Who hears it ---- */

/* It may hear the transmitter without an account: what was asked of others is no proof. */
static void what_receivers_are_answered_asks_nobody_to_acknowledge(void **state)
{
    (void)state;
    bench_prove(&bench, &bench_alice);
    bench_pass(&bench, 6000);
    bench_clear(&bench);
    greet(&bench_alice);
    assert_int_equal(answers(), 1);
    assert_false(bench.frame[VB_MESSAGE_HELLO_ACK].ack_wanted);
    acknowledge(stranger(1));
    assert_null(account_of(&bench.t, stranger(1)));
}

static void where_more_greet_than_there_are_places_a_beacon_asks_them_all(void **state)
{
    (void)state;
    bench_prove(&bench, &bench_alice); /* and nobody else is to be asked anything */
    for (unsigned i = 0; i <= VB_CANDIDATES_MAX; i++)
        greet(stranger(i));
    assert_null(candidate(VB_CANDIDATES_MAX)); /* no other has been answered yet */
    bench_pass(&bench, 1);
    memset(bench.sent, 0, sizeof bench.sent);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
    acknowledge(stranger(VB_CANDIDATES_MAX));
    assert_non_null(account_of(&bench.t, stranger(VB_CANDIDATES_MAX)));
}

static void an_edit_for_this_boot_and_what_is_on_offer_open_an_account_and_nothing_older(
    void **state)
{
    (void)state;
    static const uint8_t ninety_cells[] = {2, 1, 90};
    struct vb_edit_part part = {.id = 1,
                                .store_id = bench.t.store_id,
                                .boot = bench.t.boot + 1,
                                .section = VB_SECTION_BATTERY,
                                .base_version = 1,
                                .total = sizeof ninety_cells,
                                .bytes = ninety_cells,
                                .size = sizeof ninety_cells};
    for (unsigned current = 0; current < 2; current++) {
        uint8_t payload[VB_PAYLOAD_BYTES_MAX];
        struct vb_writer writer = vb_writer_of(payload, sizeof payload);
        vb_edit_part_write(&writer, &part);
        assert_int_equal(bench_hear(&bench, stranger(1), VB_MESSAGE_EDIT, payload, writer.at),
                         current != 0 ? VB_ERR_OK : VB_ERR_OLD);
        assert_int_equal(account_of(&bench.t, stranger(1)) != NULL, current);
        part.boot = bench.t.boot;
    }
    const uint16_t number = give_reading();
    assert_int_equal(answer_reading(stranger(2), (uint16_t)(number - 1), 0), VB_ERR_OK);
    assert_null(account_of(&bench.t, stranger(2)));
    assert_int_equal(answer_reading(stranger(2), number, 0), VB_ERR_OK);
    assert_non_null(account_of(&bench.t, stranger(2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stranger_that_greets_again_has_one_place, resting),
        cmocka_unit_test_setup(the_one_that_was_answered_longest_ago_gives_way, resting),
        cmocka_unit_test_setup(those_who_greet_without_end_keep_nobody_from_a_first_answer,
                               resting),
        cmocka_unit_test(a_free_place_is_taken_before_one_that_is_used),
        cmocka_unit_test_setup(a_stranger_that_is_silent_for_a_minute_leaves_its_place, resting),
        cmocka_unit_test_setup(one_that_proves_itself_takes_its_hello_along_and_nobody_elses,
                               resting),
        cmocka_unit_test_setup(a_stranger_makes_no_reading_stand_alone_E5, resting),
        cmocka_unit_test_setup(
            a_receiver_that_greets_again_before_it_is_answered_begins_anew_once_E5, resting),
        cmocka_unit_test_setup(strangers_are_answered_at_once_and_each_after_100_ms_again, resting),
        cmocka_unit_test_setup(what_receivers_are_answered_takes_nothing_of_the_strangers_share,
                               resting),
        cmocka_unit_test_setup(
            receivers_that_greet_without_end_are_answered_as_far_as_their_share_goes, resting),
        cmocka_unit_test_setup(what_receivers_are_answered_asks_nobody_to_acknowledge, resting),
        cmocka_unit_test_setup(where_more_greet_than_there_are_places_a_beacon_asks_them_all,
                               resting),
        cmocka_unit_test_setup(
            an_edit_for_this_boot_and_what_is_on_offer_open_an_account_and_nothing_older, resting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
