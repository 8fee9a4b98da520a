/* The search for the channel that a receiver is on, with nothing around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/device/channel_search.h"

#include <cmocka.h>

enum { CHANNELS = 13, STATES = 5, ASKS_MAX = 200 };

static struct vb_channel_search search;
static uint32_t now_ms;

/* What was asked since the last call of listen(). */
static struct {
    unsigned count;
    uint8_t channels[ASKS_MAX];
    uint32_t at_ms[ASKS_MAX];
} asks;

/* Lets time pass as a port does; nobody answers. */
static void pass(uint32_t ms)
{
    const uint32_t end_ms = now_ms + ms;
    for (unsigned steps = 0;; steps++) {
        assert_true(steps < 1000); /* else it never sleeps */
        const uint32_t wait_ms = vb_channel_search_wakeup_ms(&search, now_ms);
        if (wait_ms > end_ms - now_ms)
            break;
        now_ms += wait_ms;
        if (!vb_channel_search_tick(&search, now_ms))
            continue;
        assert_true(asks.count < ASKS_MAX);
        asks.channels[asks.count] = search.channel;
        asks.at_ms[asks.count++] = now_ms;
    }
    now_ms = end_ms;
}

static void forget_asks(void)
{
    memset(&asks, 0, sizeof asks);
}

static unsigned asks_on(uint8_t channel)
{
    unsigned count = 0;
    for (unsigned i = 0; i < asks.count; i++)
        count += asks.channels[i] == channel;
    return count;
}

/* The channels that were asked, each once, in the order of their first ask. */
static unsigned visited(uint8_t order[ASKS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < asks.count; i++) {
        if (i == 0 || asks.channels[i] != asks.channels[i - 1])
            order[count++] = asks.channels[i];
    }
    return count;
}

static uint32_t pass_until(enum vb_channel_state state)
{
    const uint32_t begin_ms = now_ms;
    for (unsigned i = 0; search.state != state; i++) {
        assert_true(i < 100000);
        pass(1);
    }
    return now_ms - begin_ms;
}

static int start(void **state)
{
    (void)state;
    now_ms = 0xfffffe00; /* it wraps in a moment */
    vb_channel_search_init(&search, now_ms, 4, CHANNELS);
    forget_asks();
    return 0;
}

static int start_linked(void **state)
{
    start(state);
    vb_channel_search_heard(&search, now_ms, 0);
    return 0;
}

/* ---- Where nobody answers ---- */

static void begins_on_the_channel_that_was_kept(void **state)
{
    (void)state;
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(search.channel, 4);
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), 0);
    pass(349);
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(asks.count, 7);
    assert_int_equal(asks_on(4), 7);
    for (unsigned i = 1; i < 7; i++)
        assert_int_equal(asks.at_ms[i] - asks.at_ms[i - 1], 50);
    pass(1);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
}

static void what_was_kept_of_another_country_is_not_known(void **state)
{
    static const uint8_t kept[] = {0, 12, 14, 255};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(kept); i++) {
        vb_channel_search_init(&search, now_ms, kept[i], 11);
        assert_int_equal(search.channel, 1);
        assert_int_equal(search.home, 0);
    }
    vb_channel_search_init(&search, now_ms, 11, 11);
    assert_int_equal(search.channel, 11);
    assert_int_equal(search.home, 11);
    vb_channel_search_init(&search, now_ms, 1, 11);
    assert_int_equal(search.home, 1);
}

static void visits_the_last_known_channel_then_the_usual_ones_then_the_others(void **state)
{
    static const uint8_t expected[] = {4, 1, 6, 11, 2, 3, 5, 7, 8, 9, 10, 12, 13};
    uint8_t order[ASKS_MAX];
    (void)state;
    pass(350 - 1);
    forget_asks();
    pass(13 * 70);
    assert_int_equal(visited(order), 13);
    assert_memory_equal(order, expected, sizeof expected);
    for (uint8_t channel = 1; channel <= CHANNELS; channel++)
        assert_int_equal(asks_on(channel), 3);
    assert_int_equal(asks.at_ms[1] - asks.at_ms[0], 20);
    assert_int_equal(asks.at_ms[2] - asks.at_ms[1], 20);
    assert_int_equal(asks.at_ms[3] - asks.at_ms[2], 30);
}

static void where_none_is_known_the_usual_ones_come_first(void **state)
{
    static const uint8_t expected[] = {1, 6, 11, 2, 3, 4, 5, 7, 8, 9, 10};
    static const uint8_t of_eight[] = {1, 6, 2, 3, 4, 5, 7, 8};
    uint8_t order[ASKS_MAX];
    (void)state;
    vb_channel_search_init(&search, now_ms, 0, 11);
    pass(350 - 1);
    forget_asks();
    pass(11 * 70);
    assert_int_equal(visited(order), sizeof expected);
    assert_memory_equal(order, expected, sizeof expected);
    vb_channel_search_init(&search, now_ms, 0, 8);
    pass(350 - 1);
    forget_asks();
    pass(8 * 70);
    assert_int_equal(visited(order), sizeof of_eight);
    assert_memory_equal(order, of_eight, sizeof of_eight);
}

static void later_rounds_are_slower_then_pauses_grow(void **state)
{
    static const uint32_t pauses_ms[] = {0, 0, 1000, 2000, 4000, 5000, 5000, 5000};
    static const uint32_t rounds_ms[] = {910, 1820, 3640, 910, 1820, 3640, 910, 1820};
    (void)state;
    pass_until(VB_CHANNEL_SEARCHING);
    for (unsigned i = 0; i < VB_COUNT_OF(pauses_ms); i++) {
        if (pauses_ms[i] > 0) {
            assert_int_equal(pass_until(VB_CHANNEL_RESTING), rounds_ms[i]);
            assert_int_equal(search.channel, 4); /* a receiver that comes back says hello here */
            forget_asks();
            assert_int_equal(pass_until(VB_CHANNEL_SEARCHING), pauses_ms[i]);
            assert_int_equal(asks.count, 1); /* that with which the round began */
        } else {
            pass(rounds_ms[i]);
            assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
            forget_asks();
        }
    }
}

static void alone_for_long_it_uses_hardly_any_air(void **state)
{
    (void)state;
    pass(1);
    for (unsigned i = 0; i < 600; i++) {
        forget_asks();
        pass(1000);
    }
    unsigned count = 0;
    for (unsigned i = 0; i < 600; i++) {
        forget_asks();
        pass(1000);
        count += asks.count;
    }
    assert_in_range(count, 600, 600 * 7); /* a second; each takes about 1 ms of the air */
    assert_int_equal(search.rounds > 3, true);
}

static void rounds_without_an_answer_are_counted_without_end(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_RESTING);
    search.rounds = 254;
    for (unsigned i = 0; i < 2; i++) {
        forget_asks();
        pass_until(VB_CHANNEL_SEARCHING);
        pass_until(VB_CHANNEL_RESTING);
        assert_int_equal(search.rounds, 255);
    }
    assert_int_equal(pass_until(VB_CHANNEL_SEARCHING), 5000);
}

/* ---- Where somebody is heard ---- */

static void asks_when_nothing_is_heard(void **state)
{
    (void)state;
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    pass(500);
    vb_channel_search_heard(&search, now_ms, 0);
    pass(599);
    assert_int_equal(asks.count, 0);
    assert_false(vb_channel_search_tick(&search, now_ms)); /* earlier than needed */
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    pass(1);
    assert_int_equal(asks.count, 1);
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(search.channel, 4);
    pass(300);
    assert_int_equal(asks.count, 7);
    vb_channel_search_heard(&search, now_ms, 0);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    assert_int_equal(vb_channel_search_report(&search, now_ms).recoveries, 0); /* never left */
    pass(600 + 350 - 1);
    assert_int_equal(asks.count, 14);
    assert_int_equal(search.channel, 4);
    pass(1);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
    assert_int_equal(asks.count, 15);
}

static void stays_where_a_receiver_answers(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_SEARCHING);
    while (search.channel != 9)
        pass(1);
    vb_channel_search_heard(&search, now_ms, 9);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    assert_int_equal(search.home, 9); /* for the next start */
    pass(599);
    assert_int_equal(search.channel, 9);
}

static void goes_back_to_where_a_frame_that_waited_was_heard(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_SEARCHING);
    while (search.channel != 6)
        pass(1);
    vb_channel_search_heard(&search, now_ms, 1);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    assert_int_equal(search.channel, 1);
    assert_int_equal(search.home, 1);
}

static void while_it_rests_a_hello_ends_the_search(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_RESTING);
    assert_false(vb_channel_search_tick(&search, now_ms));
    pass(100);
    vb_channel_search_heard(&search, now_ms, 0);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    assert_int_equal(search.channel, 4);
    pass_until(VB_CHANNEL_SEARCHING); /* the next loss is searched for at full pace again */
    forget_asks();
    pass(910);
    assert_int_equal(asks_on(13), 3);
}

static void where_none_was_known_it_rests_on_the_first(void **state)
{
    (void)state;
    vb_channel_search_init(&search, now_ms, 0, CHANNELS);
    pass_until(VB_CHANNEL_RESTING);
    assert_int_equal(search.channel, 1);
}

/* ---- Announced, bound, refused ---- */

static void follows_an_announced_switch_at_once(void **state)
{
    (void)state;
    vb_channel_search_announced(&search, now_ms, 11);
    assert_int_equal(search.channel, 11);
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), 0);
    pass(0);
    assert_int_equal(asks_on(11), 1);
    assert_int_equal(search.home, 4);
    pass(30);
    vb_channel_search_heard(&search, now_ms, 0);
    assert_int_equal(search.home, 11);
    const struct vb_channel_report report = vb_channel_search_report(&search, now_ms);
    assert_int_equal(report.recoveries, 1);
    assert_int_equal(report.recovered_ms, 30);
}

static void an_announced_switch_that_no_receiver_follows_leads_back(void **state)
{
    uint8_t order[ASKS_MAX];
    (void)state;
    vb_channel_search_announced(&search, now_ms, 11);
    pass(349);
    assert_int_equal(asks_on(11), 7);
    pass(1);
    assert_int_equal(visited(order), 2);
    assert_int_equal(order[1], 4);
}

static void an_announcement_of_where_it_is_changes_nothing(void **state)
{
    (void)state;
    vb_channel_search_announced(&search, now_ms, 4);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    pass(600);
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    vb_channel_search_announced(&search, now_ms, 6); /* it came a moment late */
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(search.channel, 6);
    pass(0);
    assert_int_equal(asks_on(6), 1);
}

static void without_a_receiver_announcements_are_nobodys(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_SEARCHING);
    const uint8_t before = search.channel;
    vb_channel_search_announced(&search, now_ms, 13);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
    assert_int_equal(search.channel, before);
    pass_until(VB_CHANNEL_RESTING);
    vb_channel_search_announced(&search, now_ms, 13);
    assert_int_equal(search.state, VB_CHANNEL_RESTING);
    vb_channel_search_bind(&search, now_ms, 3);
    vb_channel_search_announced(&search, now_ms, 13);
    assert_int_equal(search.state, VB_CHANNEL_BOUND);
    assert_int_equal(search.channel, 3);
}

static void bound_to_a_channel_it_neither_asks_nor_moves(void **state)
{
    (void)state;
    forget_asks();
    vb_channel_search_bind(&search, now_ms, 3);
    assert_int_equal(search.state, VB_CHANNEL_BOUND);
    assert_int_equal(search.channel, 3);
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), VB_FOREVER_MS);
    pass(60000);
    assert_false(vb_channel_search_tick(&search, now_ms));
    assert_int_equal(asks.count, 0);
    vb_channel_search_bind(&search, now_ms, 7); /* its access point has changed its own */
    assert_int_equal(search.channel, 7);
    assert_int_equal(vb_channel_search_report(&search, now_ms).without_ms, 60000);
    vb_channel_search_heard(&search, now_ms, 9); /* it cannot be there */
    assert_int_equal(search.state, VB_CHANNEL_BOUND);
    assert_int_equal(search.channel, 7);
    assert_int_equal(search.home, 7);
    pass(250);
    assert_int_equal(vb_channel_search_report(&search, now_ms).without_ms, 250);
    vb_channel_search_bind(&search, now_ms, 0);
    assert_int_equal(search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(search.channel, 7);
    pass(0);
    assert_int_equal(asks_on(7), 1);
}

static void being_free_already_changes_nothing(void **state)
{
    (void)state;
    vb_channel_search_bind(&search, now_ms, 0);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    pass_until(VB_CHANNEL_SEARCHING);
    vb_channel_search_bind(&search, now_ms, 0);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
    vb_channel_search_bind(&search, now_ms, 5);
    assert_int_equal(search.state, VB_CHANNEL_BOUND);
}

static void being_bound_ends_the_patience_of_a_long_search(void **state)
{
    (void)state;
    pass_until(VB_CHANNEL_RESTING);
    vb_channel_search_bind(&search, now_ms, 5);
    vb_channel_search_bind(&search, now_ms, 0);
    pass_until(VB_CHANNEL_SEARCHING);
    pass(910);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
}

static void a_channel_that_the_radio_refuses_is_left_at_once(void **state)
{
    (void)state;
    vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
    assert_int_equal(search.channel, 4);
    vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.channel, 1);
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), 0);
    for (unsigned i = 0; i < 11; i++)
        vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.channel, 13);
    for (unsigned round = 0; round < 2; round++) {
        vb_channel_search_refused(&search, now_ms);
        assert_int_equal(search.state, VB_CHANNEL_RESTING);
        pass(0);
        assert_int_equal(search.state, VB_CHANNEL_SEARCHING);
        for (unsigned i = 0; i < 12; i++)
            vb_channel_search_refused(&search, now_ms);
    }
    vb_channel_search_refused(&search, now_ms); /* all of three rounds: it waits a while */
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), 1000);
    vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.state, VB_CHANNEL_RESTING);
    assert_int_equal(vb_channel_search_wakeup_ms(&search, now_ms), 1000);
}

static void a_refusal_of_where_a_receiver_is_changes_nothing(void **state)
{
    (void)state;
    vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.state, VB_CHANNEL_LINKED);
    vb_channel_search_bind(&search, now_ms, 2);
    vb_channel_search_refused(&search, now_ms);
    assert_int_equal(search.state, VB_CHANNEL_BOUND);
}

/* ---- What is told ---- */

static void the_time_without_link_and_the_recovery_are_told(void **state)
{
    (void)state;
    struct vb_channel_report report = vb_channel_search_report(&search, now_ms);
    assert_int_equal(report.state, VB_CHANNEL_LINKED);
    assert_int_equal(report.channel, 4);
    assert_int_equal(report.without_ms, 0);
    assert_int_equal(report.recovered_ms, VB_AGE_UNKNOWN);
    pass(500);
    assert_int_equal(vb_channel_search_report(&search, now_ms).without_ms, 0);
    pass(1000);
    assert_int_equal(vb_channel_search_report(&search, now_ms).without_ms, 1500);
    vb_channel_search_heard(&search, now_ms, 0);
    report = vb_channel_search_report(&search, now_ms);
    assert_int_equal(report.without_ms, 0);
    assert_int_equal(report.recovered_ms, 1500);
    assert_int_equal(report.recoveries, 1);
    pass(700); /* doubted for a moment, but it was there */
    vb_channel_search_heard(&search, now_ms, 0);
    report = vb_channel_search_report(&search, now_ms);
    assert_int_equal(report.recovered_ms, 1500);
    assert_int_equal(report.recoveries, 1);
}

static void the_time_without_link_does_not_wrap(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) { /* days */
        pass_until(VB_CHANNEL_RESTING);
        now_ms += 86400000u;
        forget_asks();
        pass(0);
    }
    assert_int_equal(vb_channel_search_report(&search, now_ms).without_ms, VB_AGE_UNKNOWN);
}

static void every_state_has_a_name_and_its_successors(void **state)
{
    static const char *const names[STATES] = {"linked", "doubted", "searching", "resting", "bound"};
    /* From each, to LINKED, DOUBTED, SEARCHING, RESTING, BOUND. */
    static const bool legal[STATES][STATES] = {{false, true, false, false, true},
                                               {true, false, true, false, true},
                                               {true, false, false, true, true},
                                               {true, false, true, false, true},
                                               {false, true, false, false, false}};
    (void)state;
    for (unsigned from = 0; from < STATES; from++) {
        assert_string_equal(vb_channel_name((enum vb_channel_state)from), names[from]);
        for (unsigned to = 0; to < STATES; to++)
            assert_int_equal(
                vb_channel_legal((enum vb_channel_state)from, (enum vb_channel_state)to),
                legal[from][to]);
    }
    assert_string_equal(vb_channel_name((enum vb_channel_state)STATES), "searching");
    assert_false(vb_channel_legal((enum vb_channel_state)STATES, VB_CHANNEL_LINKED));
    search.state = (enum vb_channel_state)STATES;
    search.at_ms = now_ms;
    assert_false(vb_channel_search_tick(&search, now_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(begins_on_the_channel_that_was_kept, start),
        cmocka_unit_test_setup(what_was_kept_of_another_country_is_not_known, start),
        cmocka_unit_test_setup(visits_the_last_known_channel_then_the_usual_ones_then_the_others,
                               start),
        cmocka_unit_test_setup(where_none_is_known_the_usual_ones_come_first, start),
        cmocka_unit_test_setup(later_rounds_are_slower_then_pauses_grow, start),
        cmocka_unit_test_setup(alone_for_long_it_uses_hardly_any_air, start),
        cmocka_unit_test_setup(rounds_without_an_answer_are_counted_without_end, start),
        cmocka_unit_test_setup(asks_when_nothing_is_heard, start_linked),
        cmocka_unit_test_setup(stays_where_a_receiver_answers, start),
        cmocka_unit_test_setup(goes_back_to_where_a_frame_that_waited_was_heard, start),
        cmocka_unit_test_setup(while_it_rests_a_hello_ends_the_search, start),
        cmocka_unit_test_setup(where_none_was_known_it_rests_on_the_first, start),
        cmocka_unit_test_setup(follows_an_announced_switch_at_once, start_linked),
        cmocka_unit_test_setup(an_announced_switch_that_no_receiver_follows_leads_back,
                               start_linked),
        cmocka_unit_test_setup(an_announcement_of_where_it_is_changes_nothing, start_linked),
        cmocka_unit_test_setup(without_a_receiver_announcements_are_nobodys, start),
        cmocka_unit_test_setup(bound_to_a_channel_it_neither_asks_nor_moves, start_linked),
        cmocka_unit_test_setup(being_free_already_changes_nothing, start_linked),
        cmocka_unit_test_setup(being_bound_ends_the_patience_of_a_long_search, start),
        cmocka_unit_test_setup(a_channel_that_the_radio_refuses_is_left_at_once, start),
        cmocka_unit_test_setup(a_refusal_of_where_a_receiver_is_changes_nothing, start_linked),
        cmocka_unit_test_setup(the_time_without_link_and_the_recovery_are_told, start_linked),
        cmocka_unit_test_setup(the_time_without_link_does_not_wrap, start),
        cmocka_unit_test_setup(every_state_has_a_name_and_its_successors, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
