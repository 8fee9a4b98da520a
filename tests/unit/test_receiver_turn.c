/* The turn at a receiver's assembly buffer, alone: who has it, who gets it next, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../core/src/receiver_parts.h"

enum { TOTAL = 500, IDLE_MS = 2000, KEPT_MS = 60000, STORE = 1, PROOF_LATER_MS = 4000 };

static struct vb_receiver r;
static struct vb_peer peers[4];
static struct vb_peer *const a = &peers[0];
static struct vb_peer *const b = &peers[1];
static struct vb_peer *const c = &peers[2];
static uint8_t assembly[VB_SECTION_BYTES_MAX];
static const uint8_t zeros[VB_FRAGMENT_BYTES_MAX];

/* Three that have answered a hello, of stores that happen to have one name, and a free place. */
static int begun(void **state)
{
    (void)state;
    memset(&r, 0, sizeof r);
    memset(peers, 0, sizeof peers);
    r.config.peers = peers;
    r.config.peer_count = VB_COUNT_OF(peers);
    r.config.assembly = assembly;
    r.room = vb_room_of(NULL, 0);
    for (unsigned i = 0; i < 3; i++) {
        peers[i].used = peers[i].known = true;
        peers[i].store_id = STORE;
    }
    return 0;
}

/* The first fragment of a section comes. */
static void take(struct vb_peer *peer, uint8_t section, uint32_t now_ms)
{
    const struct vb_record record = {.id = section,
                                     .form = VB_RECORD_WHOLE,
                                     .version = 1,
                                     .total = TOTAL,
                                     .bytes = zeros,
                                     .size = vb_fragment_size(&r.room, TOTAL, 0)};
    assert_false(vb_turn_take(&r, now_ms, peer, &record));
}

static void assert_turn(enum vb_turn_state state, const struct vb_peer *peer)
{
    assert_int_equal(r.turn.state, state);
    assert_ptr_equal(r.turn.peer, peer);
}

static void while_nobody_waits_a_turn_is_kept_for_a_minute(void **state)
{
    (void)state;
    take(a, VB_SECTION_CAN, 0);
    assert_int_equal(vb_turn_wakeup_ms(&r, 0), KEPT_MS);
    vb_turn_tick(&r, KEPT_MS - 1);
    assert_turn(VB_TURN_HELD, a);
    vb_turn_tick(&r, KEPT_MS);
    assert_turn(VB_TURN_FREE, NULL);
    assert_int_equal(vb_turn_wakeup_ms(&r, KEPT_MS), VB_FOREVER_MS);
}

static void who_has_answered_comes_before_who_has_not(void **state)
{
    (void)state;
    b->known = false;
    take(a, VB_SECTION_CAN, 0);
    take(b, VB_SECTION_CAN, 0);
    take(c, VB_SECTION_CAN, 0);
    assert_int_equal(vb_turn_wakeup_ms(&r, 0), IDLE_MS);
    vb_turn_tick(&r, IDLE_MS);
    assert_turn(VB_TURN_OFFERED, c);
    assert_true(b->waits_for_turn);
    vb_turn_tick(&r, 2 * IDLE_MS); /* c sends nothing */
    assert_turn(VB_TURN_OFFERED, b);
}

static void strangers_take_nothing_from_each_other(void **state)
{
    (void)state;
    a->known = b->known = false;
    take(a, VB_SECTION_CAN, 0);
    take(b, VB_SECTION_CAN, 0);
    assert_turn(VB_TURN_HELD, a);
    assert_true(b->waits_for_turn);
    take(c, VB_SECTION_CAN, 0);
    assert_turn(VB_TURN_HELD, c);
}

/* The offer is for it, and nothing of it is held yet, whatever the section before was. */
static void what_is_offered_holds_nothing_and_may_begin_at_once(void **state)
{
    (void)state;
    take(a, VB_SECTION_CAN, 0);
    take(b, VB_SECTION_CAN, 0);
    assert_true(vb_turn_holds(&r, a, VB_SECTION_CAN));
    vb_turn_tick(&r, IDLE_MS);
    assert_turn(VB_TURN_OFFERED, b);
    assert_false(vb_turn_holds(&r, b, VB_SECTION_CAN));
    take(b, VB_SECTION_CAN, IDLE_MS);
    assert_turn(VB_TURN_HELD, b);
    assert_true(vb_turn_holds(&r, b, VB_SECTION_CAN));
}

static void two_sections_of_one_come_one_after_the_other(void **state)
{
    (void)state;
    take(a, VB_SECTION_CAN, 0);
    take(a, VB_SECTION_MQTT, IDLE_MS - 1);
    assert_true(vb_turn_holds(&r, a, VB_SECTION_CAN));
    assert_false(a->waits_for_turn);
    take(a, VB_SECTION_MQTT, IDLE_MS);
    assert_true(vb_turn_holds(&r, a, VB_SECTION_MQTT));
}

static void what_is_of_another_store_is_held_no_more(void **state)
{
    (void)state;
    take(a, VB_SECTION_CAN, 0);
    a->store_id++;
    assert_false(vb_turn_holds(&r, a, VB_SECTION_CAN));
    take(a, VB_SECTION_MQTT, 1);
    assert_true(vb_turn_holds(&r, a, VB_SECTION_MQTT));
}

static void a_stranger_that_has_to_wait_is_asked_who_it_is(void **state)
{
    (void)state;
    take(a, VB_SECTION_CAN, 0);
    take(b, VB_SECTION_CAN, 0);
    assert_false(b->boot.proof_wanted);
    b->known = false;
    take(b, VB_SECTION_CAN, 0);
    assert_true(b->boot.proof_wanted);
    b->boot.proof_at_ms = PROOF_LATER_MS;
    b->boot.proof_tries = 3;
    take(b, VB_SECTION_CAN, 0);
    assert_int_equal(b->boot.proof_tries, 3); /* not from the beginning again */
}

static void only_a_stranger_is_put_aside_for_a_change(void **state)
{
    (void)state;
    assert_true(vb_turn_spare(&r, 0, b));
    take(a, VB_SECTION_CAN, 0);
    assert_false(vb_turn_spare(&r, 0, b));
    assert_turn(VB_TURN_HELD, a);
    a->known = b->known = false;
    assert_false(vb_turn_spare(&r, 0, b));
    assert_turn(VB_TURN_HELD, a);
    b->known = true;
    assert_true(vb_turn_spare(&r, 0, b));
    assert_turn(VB_TURN_FREE, NULL);
}

/* ---- Being asked again ---- */

static void whose_turn_it_is_is_asked_for_what_it_lacks_and_for_nothing_else(void **state)
{
    (void)state;
    a->fetch = VB_FETCH_DONE;
    vb_receiver_ask_again(a);
    assert_int_equal(a->fetch, VB_FETCH_DONE);
    assert_false(a->request_due);
    a->sections[VB_SECTION_CAN].wanted = true;
    vb_receiver_ask_again(a);
    assert_int_equal(a->fetch, VB_FETCH_WANTED);
    assert_true(a->request_due);
    a->fetch = VB_FETCH_ALL;
    vb_receiver_ask_again(a);
    assert_int_equal(a->fetch, VB_FETCH_ALL);
}

static void who_is_not_fetched_from_is_asked_for_nothing(void **state)
{
    (void)state;
    a->fetch = VB_FETCH_WANTED;
    a->request_due = true;
    vb_fetch_become(a, VB_FETCH_ALL);
    assert_true(a->request_due);
    vb_fetch_become(a, VB_FETCH_RESTING);
    assert_false(a->request_due);
}

/* ---- Hellos ---- */

static void a_hello_goes_out_at_the_earliest_of_the_times_it_was_wanted_at(void **state)
{
    (void)state;
    vb_age_restart(&a->hello_age, 0);
    vb_receiver_want_hello(a, 0, 500);
    assert_int_equal(a->hello, VB_HELLO_WANTED);
    assert_int_equal(a->hello_at_ms, 500);
    vb_receiver_want_hello(a, 0, 900);
    assert_int_equal(a->hello_at_ms, 500);
    vb_receiver_want_hello(a, 0, 100);
    assert_int_equal(a->hello_at_ms, 100);
    vb_receiver_want_hello(a, 50, 10);
    assert_int_equal(a->hello, VB_HELLO_DUE);
    vb_receiver_want_hello(a, 50, 900);
    assert_int_equal(a->hello, VB_HELLO_DUE);
}

static void of_two_under_one_address_both_are_asked_every_15_s_at_most(void **state)
{
    (void)state;
    vb_age_restart(&a->hello_age, 0);
    a->boot.state = VB_BOOT_CLONED;
    vb_receiver_want_hello(a, 0, 200);
    assert_int_equal(a->hello_at_ms, 15000);
}

static void a_hello_that_is_due_is_not_spared(void **state)
{
    (void)state;
    static const enum vb_hello_state spared[] = {[VB_HELLO_NONE] = VB_HELLO_NONE,
                                                 [VB_HELLO_WANTED] = VB_HELLO_NONE,
                                                 [VB_HELLO_DUE] = VB_HELLO_DUE};
    for (unsigned hello = 0; hello < VB_COUNT_OF(spared); hello++) {
        a->hello = (enum vb_hello_state)hello;
        vb_receiver_spare_hello(a);
        assert_int_equal(a->hello, spared[hello]);
    }
}

static void what_was_in_vain_is_counted_and_does_not_wrap(void **state)
{
    (void)state;
    uint8_t in_vain = 0;
    for (unsigned i = 1; i < 300; i++) {
        vb_hello_in_vain(&in_vain);
        assert_int_equal(in_vain, i < UINT8_MAX ? i : UINT8_MAX);
    }
}

int main(void)
{
#define BEGUN(test) cmocka_unit_test_setup(test, begun)
    const struct CMUnitTest tests[] = {
        BEGUN(while_nobody_waits_a_turn_is_kept_for_a_minute),
        BEGUN(who_has_answered_comes_before_who_has_not),
        BEGUN(strangers_take_nothing_from_each_other),
        BEGUN(what_is_offered_holds_nothing_and_may_begin_at_once),
        BEGUN(two_sections_of_one_come_one_after_the_other),
        BEGUN(what_is_of_another_store_is_held_no_more),
        BEGUN(a_stranger_that_has_to_wait_is_asked_who_it_is),
        BEGUN(only_a_stranger_is_put_aside_for_a_change),
        BEGUN(whose_turn_it_is_is_asked_for_what_it_lacks_and_for_nothing_else),
        BEGUN(who_is_not_fetched_from_is_asked_for_nothing),
        BEGUN(a_hello_goes_out_at_the_earliest_of_the_times_it_was_wanted_at),
        BEGUN(of_two_under_one_address_both_are_asked_every_15_s_at_most),
        BEGUN(a_hello_that_is_due_is_not_spared),
        BEGUN(what_was_in_vain_is_counted_and_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
