/* Who has a place at a receiver, who leaves it, who waits for one, and what is stored of all that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../fixtures/kept_row.h"
#include "../fixtures/sender_answers.h"

enum { HOUR_MS = 3600000, HOURS_A_DAY = 24 };

static struct receiver_bench bench;
static struct bench_sender senders[4]; /* the bench has BENCH_PEERS (2) places */

/* Store id 1, version 7, one field. */
static const uint8_t content[] = {1, 1, 0};

static int fresh(void **state)
{
    (void)state;
    bench_new(&bench);
    for (uint8_t i = 0; i < VB_COUNT_OF(senders); i++) {
        sender_new(&senders[i], (uint8_t)(i + 1));
        sender_holds(&senders[i], VB_SECTION_MQTT, 7, content, sizeof content);
    }
    bench_init(&bench);
    return 0;
}

static enum vb_err hear(unsigned i)
{
    const struct vb_record record = sender_record(&senders[i], VB_SECTION_MQTT, 0);
    return bench_beacon(&bench, &senders[i], &record, 1);
}

/* As many batches as there can be. */
static void settle(unsigned batches)
{
    for (unsigned i = 0; i < batches; i++) {
        bench_pass(&bench, 3000);
        if (bench.r.committing)
            bench_settle(&bench, VB_ERR_OK);
    }
    assert_false(bench.r.committing);
}

static void settle_all(void)
{
    settle(4);
}

static const struct vb_peer *place_of(unsigned i)
{
    return vb_receiver_peer(&bench.r, &senders[i].mac);
}

static const struct vb_outside *outside_of(unsigned i)
{
    for (unsigned n = 0; n < VB_OUTSIDE_MAX; n++) {
        const struct vb_outside *outside = &bench.r.places.outside[n];
        if (outside->why != VB_OUTSIDE_NONE && vb_mac_equal(&outside->mac, &senders[i].mac))
            return outside;
    }
    return NULL;
}

static enum vb_outside_why why(unsigned i)
{
    const struct vb_outside *outside = outside_of(i);
    return outside == NULL ? VB_OUTSIDE_NONE : (enum vb_outside_why)outside->why;
}

static unsigned kept_of(unsigned i)
{
    char digits[13];
    unsigned count = 0;
    snprintf(digits, sizeof digits, "0200000000%02x", senders[i].mac.bytes[5]);
    for (size_t n = 0; n < MEMORY_ROWS_MAX; n++)
        count +=
            bench.store.rows[n].key[0] != '\0' && strncmp(bench.store.rows[n].key, digits, 12) == 0;
    return count;
}

static enum vb_err forget(unsigned i)
{
    return vb_receiver_forget(&bench.r, bench.now_ms, &senders[i].mac);
}

static enum vb_err unforget(unsigned i)
{
    return vb_receiver_unforget(&bench.r, bench.now_ms, &senders[i].mac);
}

/* ---- Those that never answered ---- */

/* In order, and stored. */
static void take_all_places_as_strangers(void)
{
    for (unsigned i = 0; i < BENCH_PEERS; i++) {
        senders[i].stranger = true;
        assert_int_equal(hear(i), VB_ERR_OK);
        bench_pass(&bench, 1);
    }
    settle_all();
}

static void one_that_never_answered_makes_room_and_leaves_the_store(void **state)
{
    (void)state;
    take_all_places_as_strangers();
    assert_int_not_equal(kept_of(0), 0);
    bench_clear(&bench);
    assert_int_equal(hear(2), VB_ERR_OK);
    assert_null(place_of(0));
    assert_non_null(place_of(1));
    assert_int_equal(why(0), VB_OUTSIDE_UNPLACED);
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), 1);
    settle_all();
    assert_int_equal(kept_of(0), 0);
    assert_int_not_equal(kept_of(2), 0);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED); /* now it is the waiting one's turn */
    assert_null(place_of(1));
    assert_non_null(place_of(0));
    assert_int_equal(hear(1), VB_ERR_NOT_ADOPTED); /* those that answered keep their places */
}

/* One has been heard once, another is heard ten times a second. */
static void whoever_waits_for_longest_gets_the_next_place_and_keeps_it_by_its_answer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        senders[i].stranger = true;
    assert_int_equal(hear(0), VB_ERR_OK);
    bench_pass(&bench, 1);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    for (unsigned i = 0; i < 19; i++) {
        assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
        bench_pass(&bench, 100);
        assert_null(place_of(3));
    }
    bench_pass(&bench, 100); /* after 2 s without an answer 0 makes room */
    bench_clear(&bench);
    assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
    assert_null(place_of(0));
    assert_non_null(place_of(3));
    assert_int_equal(place_of(3)->link, VB_LINK_CONNECTED); /* it was heard 2 s ago */
    assert_false(place_of(3)->known);
    assert_int_equal(bench_answer(&bench, &senders[3], bench_nonce(&bench)), VB_ERR_OK);
    assert_true(place_of(3)->known);
    for (unsigned i = 0; i < 50; i++) {
        (void)hear(i % 3);
        bench_pass(&bench, 100);
    }
    assert_non_null(place_of(3));
}

/* The list is unordered: a device that leaves its place takes the entry of the one that gets it. */
static void of_several_that_wait_each_has_its_turn(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(senders); i++)
        senders[i].stranger = true;
    assert_int_equal(hear(0), VB_ERR_OK);
    bench_pass(&bench, 1000);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    bench_pass(&bench, 1000);
    assert_int_equal(hear(2), VB_ERR_OK);
    assert_true(outside_of(0)->heard);
    settle_all();
    assert_int_equal(hear(3), VB_ERR_OK);
}

/* A full disk holds on to it for ever. */
static void one_that_has_not_left_the_store_has_its_turn_like_any_other(void **state)
{
    (void)state;
    take_all_places_as_strangers();
    assert_int_equal(hear(2), VB_ERR_OK);
    const unsigned gone = place_of(0) == NULL ? 0 : 1;
    assert_true(outside_of(gone)->erase || outside_of(gone)->erasing);
    bench_pass(&bench, 2000);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    assert_non_null(place_of(gone));
}

static void say_goodbye(unsigned i)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = senders[i].boot});
    assert_int_equal(bench_hear(&bench, &senders[i], VB_MESSAGE_GOODBYE, &writer),
                     VB_ERR_NOT_ADOPTED);
}

static void one_that_waits_and_says_goodbye_waits_no_more(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    bench_clear(&bench);
    say_goodbye(3);
    assert_false(outside_of(3)->heard);
    say_goodbye(3);
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), 1);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_OK);
    assert_non_null(place_of(2));
}

static void a_goodbye_is_no_reason_for_a_place(void **state)
{
    (void)state;
    say_goodbye(0);
    assert_null(place_of(0));
    assert_int_equal(why(0), VB_OUTSIDE_NONE);
}

static void one_that_was_heard_while_it_was_forgotten_is_there_at_once(void **state)
{
    (void)state;
    static const uint32_t silences_ms[] = {5000, 60000};
    static const enum vb_link_state links[] = {VB_LINK_CONNECTED, VB_LINK_OFFLINE};
    for (unsigned i = 0; i < VB_COUNT_OF(silences_ms); i++) {
        (void)fresh(state);
        assert_int_equal(hear(0), VB_ERR_OK);
        assert_int_equal(forget(0), VB_ERR_OK);
        assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
        bench_pass(&bench, silences_ms[i]);
        assert_int_equal(unforget(0), VB_ERR_OK);
        assert_int_equal(place_of(0)->link, links[i]);
        assert_int_equal(vb_age_ms(&place_of(0)->frame_age, bench.now_ms),
                         i == 0 ? silences_ms[i] : VB_AGE_UNKNOWN);
    }
}

static void who_is_to_leave_the_store_stays_listed_until_it_has(void **state)
{
    (void)state;
    take_all_places_as_strangers();
    bench_clear(&bench);
    assert_int_equal(hear(2), VB_ERR_OK);
    bench_pass(&bench, 1000);
    assert_true(bench.r.committing); /* and so it stays: the store is slow */
    for (unsigned i = 0; i < 11; i++)
        bench_pass(&bench, 60000);
    assert_int_equal(why(0), VB_OUTSIDE_UNPLACED);
    bench_settle(&bench, VB_ERR_STORE);
    settle_all();
    assert_int_equal(kept_of(0), 0);
    bench_pass(&bench, 1);
    assert_int_equal(why(0), VB_OUTSIDE_NONE);
}

static void whether_one_ever_answered_is_known_after_a_restart(void **state)
{
    (void)state;
    senders[0].stranger = senders[1].stranger = true;
    assert_int_equal(hear(1), VB_ERR_OK);
    bench_pass(&bench, 500);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench_answer(&bench, &senders[1], bench_nonce(&bench)), VB_ERR_OK);
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    bench_init(&bench);
    assert_int_equal(place_of(0)->cache.count, 1);
    assert_false(place_of(0)->known);
    assert_true(place_of(1)->known);
}

/* ---- Forgetting ---- */

static void a_forgotten_one_leaves_its_place_and_the_store_and_does_not_come_back(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    assert_int_not_equal(kept_of(0), 0);
    bench_clear(&bench);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_null(place_of(0));
    struct vb_event event;
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 1);
    assert_int_equal(event.detail, VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(event.a, 1);
    settle_all();
    assert_int_equal(kept_of(0), 0);
    bench_clear(&bench);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
    assert_null(place_of(0));
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
    assert_true(outside_of(0)->heard);
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), 0); /* it was heard before */
    bench_pass(&bench, vb_timing_default.offline_after);
    assert_false(outside_of(0)->heard);
    bench_clear(&bench);
    const unsigned commits = bench.store.commits;
    assert_int_equal(forget(0), VB_ERR_OK); /* again: nothing more to do */
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), 0);
    assert_int_equal(bench.store.commits, commits);
    assert_int_equal(forget(1), VB_ERR_NOT_FOUND);
}

static void a_restart_remembers_who_is_forgotten_whether_or_not_settings_are_kept(void **state)
{
    (void)state;
    for (unsigned persist = 0; persist < 2; persist++) {
        fresh(NULL);
        bench.config.persist = persist != 0;
        bench_init(&bench);
        assert_int_equal(hear(0), VB_ERR_OK);
        assert_int_equal(hear(1), VB_ERR_OK);
        assert_int_equal(forget(0), VB_ERR_OK);
        settle_all();
        bench_init(&bench);
        assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
        assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, NULL), 0);
        assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
        assert_int_equal(hear(1), VB_ERR_OK);
    }
}

static void unforgotten_it_has_a_place_at_once_and_keeps_it_over_a_restart(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    settle_all();
    bench.config.adopt_new = false; /* its owner has asked for this one */
    vb_receiver_settings(&bench.r, bench.now_ms, true, false);
    assert_int_equal(unforget(0), VB_ERR_OK);
    assert_non_null(place_of(0));
    assert_int_equal(place_of(0)->link, VB_LINK_CONNECTED); /* it was heard 12 s ago */
    settle_all();
    bench_init(&bench);
    assert_non_null(place_of(0));
    assert_int_equal(place_of(0)->link, VB_LINK_OFFLINE);
    assert_null(outside_of(0));
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(unforget(0), VB_ERR_NOT_FOUND);
}

static void what_was_to_be_erased_is_erased_though_the_first_commit_fails(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    assert_int_equal(forget(0), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    assert_int_not_equal(kept_of(0), 0);
    settle_all();
    assert_int_equal(kept_of(0), 0);
    bench_init(&bench);
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
}

/* Forgotten and restored before anything was written: nothing from before remains. */
static void one_that_comes_back_at_once_begins_without_what_was_kept(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    assert_int_equal(forget(0), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    const uint32_t adoption = bench.r.places.adoptions;
    assert_int_equal(unforget(0), VB_ERR_OK);
    assert_int_not_equal(place_of(0)->adoption, adoption);
    for (unsigned i = 0; i < bench.store.batch_count; i++) {
        for (unsigned j = 0; j < i; j++) /* nothing is erased twice, or written over again */
            assert_string_not_equal(bench.store.batch[i].key, bench.store.batch[j].key);
    }
    settle_all();
    bench_init(&bench);
    assert_non_null(place_of(0));
    assert_int_equal(place_of(0)->cache.count, 0);
}

static void an_edit_under_way_ends_with_its_transmitter(void **state)
{
    (void)state;
    static const uint8_t change[] = {3, 2, 0x5c, 0x07}; /* the port: 1884 */
    struct vb_reasons reasons = {0};
    uint64_t id;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(vb_receiver_edit(&bench.r, bench.now_ms, &senders[0].mac, VB_SECTION_MQTT,
                                      change, sizeof change, &id, &reasons),
                     VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(vb_receiver_edit_find(&bench.r, id)->state, VB_EDIT_STATE_TIMED_OUT);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 0);
}

static void the_list_of_the_forgotten_is_bounded_and_the_silent_make_room(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_FORGOTTEN_MAX + 1; i++) {
        sender_new(&senders[0], (uint8_t)(0x40 + i));
        sender_holds(&senders[0], VB_SECTION_MQTT, 7, content, sizeof content);
        assert_int_equal(hear(0), VB_ERR_OK);
        const bool full = i == VB_FORGOTTEN_MAX;
        assert_int_equal(forget(0), full ? VB_ERR_BUSY : VB_ERR_OK);
        assert_int_equal(place_of(0) != NULL, full);
        if (bench.r.committing)
            bench_settle(&bench, VB_ERR_OK);
    }
    bench_pass(&bench, vb_timing_default.offline_after); /* now all are silent */
    settle_all();
    assert_int_equal(forget(0), VB_ERR_OK);
    settle_all();
    senders[0].mac.bytes[5] = 0x40; /* the first made room */
    assert_int_equal(why(0), VB_OUTSIDE_NONE);
    bench_init(&bench);
    assert_int_equal(hear(0), VB_ERR_OK);
    senders[0].mac.bytes[5] = 0x41;
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
}

/* Forgets senders of these addresses, one after the other. */
static void forget_addresses(uint8_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sender_new(&senders[0], (uint8_t)(first + i));
        assert_int_equal(bench_beacon(&bench, &senders[0], NULL, 0), VB_ERR_OK);
        assert_int_equal(forget(0), VB_ERR_OK);
        settle_all();
    }
}

static enum vb_outside_why why_of(uint8_t last_byte)
{
    const struct vb_mac mac = {{2, 0, 0, 0, 0, last_byte}};
    const struct vb_outside *outside = vb_receiver_outside(&bench.r, &mac);
    return outside == NULL ? VB_OUTSIDE_NONE : (enum vb_outside_why)outside->why;
}

static void the_one_that_is_silent_for_longest_makes_room_among_the_forgotten(void **state)
{
    (void)state;
    enum { FIRST = 0x40, LAST = FIRST + VB_FORGOTTEN_MAX - 1 };
    forget_addresses(FIRST, VB_FORGOTTEN_MAX);
    for (uint8_t address = FIRST; address < LAST; address++) {
        sender_new(&senders[0], address);
        assert_int_equal(bench_beacon(&bench, &senders[0], NULL, 0), VB_ERR_NOT_ADOPTED);
    }
    bench_pass(&bench, vb_timing_default.offline_after);
    forget_addresses(0x60, 1);
    assert_int_equal(why_of(LAST), VB_OUTSIDE_NONE);
    assert_int_equal(why_of(FIRST), VB_OUTSIDE_FORGOTTEN);
}

/* After a restart it is unknown since when. */
static void of_those_silent_for_as_long_the_one_forgotten_first_makes_room(void **state)
{
    (void)state;
    enum { ENTRY = VB_MAC_BYTES + 1, FIRST = 0x40 };
    uint8_t list[VB_FORGOTTEN_MAX * ENTRY] = {0};
    for (unsigned i = 0; i < VB_FORGOTTEN_MAX; i++) {
        list[i * ENTRY] = 2;
        list[i * ENTRY + VB_MAC_BYTES - 1] = (uint8_t)(FIRST + i);
    }
    memory_store_plant_kept(&bench.store, "forgotten", list, sizeof list);
    bench_init(&bench);
    sender_new(&senders[0], FIRST);
    assert_int_equal(unforget(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK); /* it is the newest now, in the first entry */
    settle_all();
    forget_addresses(0x60, 1);
    assert_int_equal(why_of(FIRST), VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(why_of(FIRST + 1), VB_OUTSIDE_NONE);
    assert_int_equal(why_of(FIRST + 2), VB_OUTSIDE_FORGOTTEN);
}

static void the_one_silent_for_longest_makes_room_however_late_it_was_forgotten(void **state)
{
    (void)state;
    enum { FIRST = 0x40 };
    forget_addresses(FIRST, VB_FORGOTTEN_MAX);
    sender_new(&senders[0], FIRST);
    assert_int_equal(unforget(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK); /* and never heard */
    settle_all();
    bench_pass(&bench, vb_timing_default.offline_after);
    forget_addresses(0x60, 1);
    assert_int_equal(why_of(FIRST), VB_OUTSIDE_NONE);
    assert_int_equal(why_of(FIRST + 1), VB_OUTSIDE_FORGOTTEN);
}

/* Otherwise what the store holds of it would never be erased. */
static void one_that_has_not_left_the_store_makes_no_room(void **state)
{
    (void)state;
    enum { FIRST = 0x40, LAST = FIRST + VB_FORGOTTEN_MAX - 1 };
    forget_addresses(FIRST, VB_FORGOTTEN_MAX - 1);
    sender_new(&senders[0], LAST);
    assert_int_equal(bench_beacon(&bench, &senders[0], NULL, 0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    bench_pass(&bench, vb_timing_default.offline_after);
    for (uint8_t address = FIRST; address < LAST; address++) {
        sender_new(&senders[0], address);
        assert_int_equal(bench_beacon(&bench, &senders[0], NULL, 0), VB_ERR_NOT_ADOPTED);
    }
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(forget(1), VB_ERR_BUSY);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(forget(1), VB_ERR_OK);
    assert_int_equal(why_of(LAST), VB_OUTSIDE_NONE);
}

static void forgetting_one_that_waits_moves_nobody_else_and_is_kept(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_OK);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    settle_all();
    assert_int_equal(forget(3), VB_ERR_OK); /* the store holds nothing of it: only the list */
    settle_all();
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(why(3), VB_OUTSIDE_FORGOTTEN);
    bench_init(&bench);
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(why(3), VB_OUTSIDE_FORGOTTEN);
}

static void a_forgotten_one_is_listed_by_the_name_that_it_had(void **state)
{
    (void)state;
    static const uint8_t metadata[] = {2, 4, 'r', 'a', 'c', 'k'};
    sender_holds(&senders[0], VB_SECTION_METADATA, 3, metadata, sizeof metadata);
    const struct vb_record records[] = {sender_record(&senders[0], VB_SECTION_MQTT, 0),
                                        sender_record(&senders[0], VB_SECTION_METADATA, 0)};
    assert_int_equal(bench_beacon(&bench, &senders[0], records, 2), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(forget(1), VB_ERR_OK);
    settle_all();
    for (unsigned boot = 0; boot < 2; boot++) {
        assert_string_equal(outside_of(0)->name, "rack");
        assert_string_equal(outside_of(1)->name, "");
        bench_init(&bench);
    }
}

/* Nothing of those that wait has been erased yet: the store is slow, or refuses. */
static void fill_the_list(unsigned forgotten, unsigned leaving)
{
    forget_addresses(0x40, forgotten);
    for (unsigned i = 0; i < leaving + BENCH_PEERS; i++) {
        sender_new(&senders[0], (uint8_t)(0x80 + i));
        senders[0].stranger = true;
        assert_int_equal(bench_beacon(&bench, &senders[0], NULL, 0), VB_ERR_OK);
        bench_pass(&bench, 31000); /* and nobody waits, for none is heard */
    }
    assert_true(bench.r.committing);
}

static void where_the_list_has_no_entry_nobody_leaves(void **state)
{
    (void)state;
    fill_the_list(VB_FORGOTTEN_MAX - 1, VB_OUTSIDE_MAX - VB_FORGOTTEN_MAX + 1);
    assert_int_equal(forget(0), VB_ERR_BUSY);
    assert_non_null(place_of(0));
    bench_pass(&bench, 2000);
    assert_int_equal(hear(1), VB_ERR_NOT_ADOPTED);
    settle(VB_OUTSIDE_MAX);
    assert_int_equal(forget(0), VB_ERR_OK);
}

/* ---- The list in the store ---- */

/* One transmitter is forgotten, and at the next start the list of the forgotten cannot be read. */
static void start_unread(void)
{
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    settle_all();
    bench.store.failing = "forgotten";
    bench.store.failure = VB_ERR_STORE;
    bench_init(&bench);
}

static void a_list_that_cannot_be_read_is_not_written_over_and_read_later(void **state)
{
    (void)state;
    start_unread();
    struct vb_event event;
    assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 1);
    assert_int_equal(event.detail, VB_KEPT_FORGOTTEN);
    assert_int_equal(hear(0), VB_ERR_OK); /* it cannot be known yet */
    assert_int_equal(forget(0), VB_ERR_STORE);
    for (unsigned i = 0; i < 3; i++) {
        bench_pass(&bench, 10000);
        if (bench.r.committing)
            bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 0); /* said once */
    }
    assert_true(bench.r.places.unread);
    bench.store.failing = NULL;
    bench_pass(&bench, 3000);
    if (bench.r.committing)
        bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 10000);
    assert_null(place_of(0));
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
}

static void a_list_that_could_not_be_read_may_be_damaged_besides(void **state)
{
    struct vb_event event;
    (void)state;
    start_unread();
    assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 1);
    bench.store.failure = VB_ERR_TOO_LONG; /* to have been written here */
    bench_pass(&bench, 10000);
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
    assert_int_equal(event.detail, VB_KEPT_FORGOTTEN);
}

/* The contents of a list of that many bytes. */
static void expect_damaged_list(const uint8_t *bytes, size_t size, bool with_sum)
{
    struct vb_event event;
    fresh(NULL);
    if (with_sum)
        memory_store_plant_kept(&bench.store, "forgotten", bytes, size);
    else
        memory_store_plant(&bench.store, "forgotten", bytes, size);
    bench_init(&bench);
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
    assert_int_equal(event.detail, VB_KEPT_FORGOTTEN);
    assert_int_equal(hear(0), VB_ERR_OK);
}

static void a_damaged_list_is_said_and_begun_anew(void **state)
{
    (void)state;
    enum { ENTRY = VB_MAC_BYTES + 1 };
    static const uint8_t cut_in_address[] = {2, 0, 0, 0, 0};
    static const uint8_t cut_in_name[] = {2, 0, 0, 0, 0, 1, 4, 'x'};
    static const uint8_t too_long_a_name[ENTRY + VB_OUTSIDE_NAME_SIZE] = {
        2, 0, 0, 0, 0, 1, VB_OUTSIDE_NAME_SIZE, 'x'};
    static const uint8_t good[] = {2, 0, 0, 0, 0, 1, 0};
    uint8_t too_many[(VB_OUTSIDE_MAX + 1) * ENTRY] = {0};
    for (unsigned i = 0; i <= VB_OUTSIDE_MAX; i++) {
        too_many[i * ENTRY] = 2;
        too_many[i * ENTRY + VB_MAC_BYTES - 1] = (uint8_t)(0x40 + i);
    }
    expect_damaged_list(cut_in_address, sizeof cut_in_address, true);
    expect_damaged_list(cut_in_name, sizeof cut_in_name, true);
    expect_damaged_list(too_long_a_name, sizeof too_long_a_name, true);
    expect_damaged_list(too_many, sizeof too_many, true);
    expect_damaged_list(good, sizeof good, false);
}

/* Writing it has failed and is retried; meanwhile the store says otherwise. */
static void one_that_is_taken_back_stays_though_something_else_is_read_again(void **state)
{
    (void)state;
    static const uint8_t section[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
    memory_store_plant_kept(&bench.store, "020000000009+1", section, sizeof section);
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    settle_all();
    bench.store.failing = "020000000009+1";
    bench.store.failure = VB_ERR_STORE;
    bench_init(&bench);
    bench_pass(&bench, 9500);
    assert_int_equal(unforget(0), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_STORE);
    bench_pass(&bench, 500);
    assert_non_null(place_of(0));
}

static void a_list_that_could_not_be_read_and_then_proves_damaged_is_said_twice(void **state)
{
    (void)state;
    static const uint8_t without_sum[] = {2, 0, 0, 0, 0, 1, 0};
    memory_store_plant(&bench.store, "forgotten", without_sum, sizeof without_sum);
    bench.store.failing = "forgotten";
    bench.store.failure = VB_ERR_STORE;
    bench_init(&bench);
    struct vb_event event;
    assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 1);
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
    assert_int_equal(event.detail, VB_KEPT_FORGOTTEN);
}

static void nobody_is_taken_back_before_the_list_can_be_read(void **state)
{
    (void)state;
    bench.store.failing = "forgotten";
    bench.store.failure = VB_ERR_STORE;
    bench.config.adopt_new = false;
    bench_init(&bench);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
    assert_int_equal(unforget(0), VB_ERR_STORE);
    assert_null(place_of(0));
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_int_equal(unforget(0), VB_ERR_OK);
}

/* Being listed without a place is not being forgotten: what is stored of it must stay. */
static void one_that_could_not_be_read_at_the_start_gets_its_place_when_it_can(void **state)
{
    (void)state;
    static const uint8_t section[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
    memory_store_plant_kept(&bench.store, "020000000001+1", section, sizeof section);
    bench.store.failing = "020000000001+1";
    bench.store.failure = VB_ERR_STORE;
    bench.config.adopt_new = false;
    bench_init(&bench);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
    assert_int_equal(why(0), VB_OUTSIDE_UNPLACED);
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_non_null(place_of(0));
    assert_int_equal(place_of(0)->cache.count, 1);
    settle_all();
    assert_int_not_equal(kept_of(0), 0);
}

static void leftovers_of_a_forgotten_one_are_erased_at_the_start(void **state)
{
    (void)state;
    static const uint8_t list[] = {2, 0, 0, 0, 0, 1, 0};
    static const uint8_t section[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
    memory_store_plant_kept(&bench.store, "forgotten", list, sizeof list);
    memory_store_plant_kept(&bench.store, "020000000001+1", section, sizeof section);
    bench_init(&bench);
    assert_null(place_of(0));
    settle_all();
    assert_int_equal(kept_of(0), 0);
}

/* ---- No place ---- */

static void the_first_one_too_many_is_told_once_and_gets_the_next_place(void **state)
{
    (void)state;
    struct vb_event event;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    bench_clear(&bench);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
        bench_pass(&bench, 1000);
    }
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 1);
    assert_int_equal(event.detail, VB_OUTSIDE_UNPLACED);
    assert_int_equal(event.a, 1);
    assert_int_equal(event.b, BENCH_PEERS);
    assert_int_equal(unforget(2), VB_ERR_BUSY);
    assert_int_equal(why(2), VB_OUTSIDE_UNPLACED);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_OK);
    assert_int_equal(why(2), VB_OUTSIDE_NONE);
}

static void one_that_waits_can_be_forgotten_and_is_not_waited_for_when_silent(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
    assert_int_equal(hear(3), VB_ERR_NOT_ADOPTED);
    assert_int_equal(forget(3), VB_ERR_OK);
    for (unsigned i = 0; i < 11; i++)
        bench_pass(&bench, 60000);
    assert_int_equal(why(2), VB_OUTSIDE_NONE);
    assert_int_equal(why(3), VB_OUTSIDE_FORGOTTEN);
}

static void one_that_waits_is_told_silent_and_then_gone(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(hear(2), VB_ERR_NOT_ADOPTED);
    bench_clear(&bench);
    static const uint32_t steps_ms[] = {30000, 570000};
    for (size_t i = 0; i < VB_COUNT_OF(steps_ms); i++) {
        struct vb_event event;
        bench_pass(&bench, steps_ms[i] - 1);
        assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 0);
        bench_pass(&bench, 1);
        assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 1);
        assert_int_equal(event.a, 0);
    }
    assert_int_equal(why(2), VB_OUTSIDE_NONE);
}

static void one_that_has_its_place_again_is_not_told_silent_outside(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
    assert_int_equal(unforget(0), VB_ERR_OK);
    bench_clear(&bench);
    bench_pass(&bench, vb_timing_default.offline_after);
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), 0);
}

static void where_new_ones_are_not_followed_they_are_listed_and_can_be(void **state)
{
    (void)state;
    struct vb_event event;
    vb_receiver_settings(&bench.r, bench.now_ms, true, false);
    bench_clear(&bench);
    assert_int_equal(hear(0), VB_ERR_NOT_ADOPTED);
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 1);
    assert_int_equal(event.b, 0); /* but not for lack of a place */
    assert_int_equal(why(0), VB_OUTSIDE_UNPLACED);
    assert_int_equal(unforget(0), VB_ERR_OK);
    assert_int_equal(hear(0), VB_ERR_OK);
}

/* Addresses are cheap: someone who makes them up can fill the list, but displaces nobody whom the
 * owner has forgotten. */
static void a_flood_of_made_up_addresses_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    assert_int_equal(forget(0), VB_ERR_OK);
    senders[3].mac.bytes[5] = 0x30;
    assert_int_equal(hear(3), VB_ERR_OK); /* takes the place */
    bench_clear(&bench);
    for (unsigned i = 0; i < 200; i++) {
        struct bench_sender stranger;
        sender_new(&stranger, (uint8_t)(0x38 + i));
        sender_holds(&stranger, VB_SECTION_MQTT, 7, content, sizeof content);
        const struct vb_record record = sender_record(&stranger, VB_SECTION_MQTT, 0);
        (void)bench_beacon(&bench, &stranger, &record, 1);
    }
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, NULL), VB_OUTSIDE_MAX - 1);
    assert_int_equal(why(0), VB_OUTSIDE_FORGOTTEN);
    assert_int_equal(forget(1), VB_ERR_OK); /* and there is room for the owner's choices */
}

/* ---- Giving up ---- */

static void pass_days(unsigned days)
{
    for (unsigned i = 0; i < days * HOURS_A_DAY; i++) {
        bench_pass(&bench, HOUR_MS);
        if (bench.r.committing)
            bench_settle(&bench, VB_ERR_OK);
    }
}

/* For a device whose silence in the store is already the longest possible. */
static void a_silence_that_cannot_be_counted_any_more_stays_the_longest(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    settle_all();
    bench.peers[place_of(0) - bench.peers].silent_s = UINT32_MAX - 5;
    pass_days(1);
    assert_non_null(place_of(0));
    vb_receiver_forget_after(&bench.r, 30);
    pass_days(1);
    assert_null(place_of(0));
    assert_non_null(place_of(1));
}

static void the_silent_are_given_up_after_the_time_set_oldest_first_and_come_back(void **state)
{
    (void)state;
    vb_receiver_forget_after(&bench.r, 30);
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    pass_days(10);
    assert_int_equal(hear(1), VB_ERR_OK);
    settle_all();
    pass_days(19);
    assert_non_null(place_of(0));
    bench_clear(&bench);
    pass_days(2);
    struct vb_event event;
    assert_int_equal(bench_events(&bench, VB_EVENT_OUTSIDE, &event), 1);
    assert_int_equal(event.detail, VB_OUTSIDE_GIVEN_UP);
    assert_true(vb_mac_equal(&event.mac, &senders[0].mac));
    assert_null(place_of(0));
    assert_non_null(place_of(1));
    assert_int_equal(kept_of(0), 0);
    vb_receiver_settings(&bench.r, bench.now_ms, true, false);
    assert_int_equal(hear(0), VB_ERR_OK); /* known, though new ones are not followed */
    assert_int_equal(why(0), VB_OUTSIDE_NONE);
}

static void the_oldest_is_given_up_whichever_place_it_has(void **state)
{
    (void)state;
    vb_receiver_forget_after(&bench.r, 30);
    assert_int_equal(hear(0), VB_ERR_OK);
    assert_int_equal(hear(1), VB_ERR_OK);
    pass_days(10);
    assert_int_equal(hear(0), VB_ERR_OK);
    pass_days(21);
    assert_non_null(place_of(0));
    assert_null(place_of(1));
}

static void one_that_the_list_has_no_entry_for_is_given_up_later(void **state)
{
    (void)state;
    fill_the_list(VB_FORGOTTEN_MAX, VB_OUTSIDE_MAX - VB_FORGOTTEN_MAX);
    vb_receiver_forget_after(&bench.r, 30);
    for (unsigned i = 0; i < 31 * HOURS_A_DAY; i++) {
        bench_settle(&bench, VB_ERR_STORE);
        bench_pass(&bench, HOUR_MS);
    }
    assert_non_null(place_of(0));
    settle(VB_OUTSIDE_MAX);
    assert_null(place_of(0));
}

/* Days on which the receiver was off do not count, and a restart does not reset the count. */
static void silence_is_counted_while_the_receiver_runs_and_over_its_restarts(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    for (unsigned i = 0; i < 3; i++) {
        vb_receiver_forget_after(&bench.r, 30);
        pass_days(9);
        assert_non_null(place_of(0));
        bench_init(&bench);
    }
    vb_receiver_forget_after(&bench.r, 30);
    pass_days(4);
    assert_null(place_of(0));
    vb_receiver_forget_after(&bench.r, 0);
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    pass_days(100); /* 0: never */
    assert_non_null(place_of(0));
}

/* ---- What is stored of a place ---- */

static const uint64_t noon_ms = UINT64_C(1800000000000);

static enum vb_verified verified(unsigned i, uint32_t *age_ds)
{
    return vb_peer_verified(&bench.r, place_of(i), VB_SECTION_MQTT, bench.now_ms, age_ds);
}

static void a_restart_knows_when_settings_were_last_verified_A4(void **state)
{
    (void)state;
    uint32_t age_ds;
    vb_receiver_wall(&bench.r, bench.now_ms, noon_ms);
    assert_int_equal(hear(0), VB_ERR_OK);
    bench.peers[0].record_due = true; /* as when it answers a hello */
    assert_int_equal(verified(0, &age_ds), VB_VERIFIED_AT);
    assert_int_equal(age_ds, 0);
    settle_all();
    const uint64_t kept_ms = noon_ms + 100000;
    bench_init(&bench);
    assert_int_equal(verified(0, &age_ds), VB_VERIFIED_NO_CLOCK);
    vb_receiver_wall(&bench.r, bench.now_ms, kept_ms);
    assert_int_equal(verified(0, &age_ds), VB_VERIFIED_AT);
    assert_in_range(age_ds, 980, 1000);
    assert_in_range(vb_peer_heard_s(&bench.r, place_of(0), bench.now_ms), noon_ms / 1000,
                    noon_ms / 1000 + 2);
    vb_receiver_wall(&bench.r, bench.now_ms, noon_ms - 3600000); /* it was set back */
    assert_int_equal(verified(0, &age_ds), VB_VERIFIED_AHEAD);
}

/* When each section held was verified; nothing for others. */
static void the_record_of_a_place_is_as_long_as_what_is_held(void **state)
{
    (void)state;
    sender_holds(&senders[0], VB_SECTION_CAN, 3, content, sizeof content);
    const struct vb_record records[] = {sender_record(&senders[0], VB_SECTION_MQTT, 0),
                                        sender_record(&senders[0], VB_SECTION_CAN, 0)};
    vb_receiver_wall(&bench.r, bench.now_ms, noon_ms);
    assert_int_equal(bench_beacon(&bench, &senders[0], records, 2), VB_ERR_OK);
    for (unsigned gone = 0; gone < 2; gone++) {
        if (gone != 0) {
            vb_cache_remove(&senders[0].cache, VB_SECTION_CAN);
            bench_clear(&bench);
            assert_int_equal(hear(0), VB_ERR_OK);
            bench_pass(&bench, 1000);
            assert_int_equal(bench_answer(&bench, &senders[0], bench_nonce(&bench)), VB_ERR_OK);
        }
        bench.peers[0].record_due = true;
        settle_all();
        const struct memory_row *row = memory_store_find(&bench.store, "020000000001+0");
        const size_t head = VB_KEPT_HEAD_BYTES + 8;
        assert_int_equal(row->size, head + (gone != 0 ? 5 : 10));
        assert_int_equal(row->bytes[head], VB_SECTION_MQTT);
        if (gone == 0)
            assert_int_equal(row->bytes[head + 5], VB_SECTION_CAN);
    }
}

static void what_was_never_verified_has_no_age(void **state)
{
    (void)state;
    static const uint8_t section[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
    uint32_t age_ds;
    memory_store_plant_kept(&bench.store, "020000000001+1", section, sizeof section);
    bench_init(&bench);
    vb_receiver_wall(&bench.r, bench.now_ms, noon_ms);
    assert_int_equal(verified(0, &age_ds), VB_VERIFIED_NEVER);
    bench.peers[0].record_due = true;
    settle_all();
    assert_int_equal(memory_store_find(&bench.store, "020000000001+0")->size,
                     VB_KEPT_HEAD_BYTES + 8);
}

/* A record without any time is not written at all. */
static void records_are_written_once_an_hour_at_most(void **state)
{
    (void)state;
    assert_int_equal(hear(0), VB_ERR_OK);
    settle_all();
    for (unsigned dated = 0; dated < 2; dated++) {
        vb_receiver_wall(&bench.r, bench.now_ms, dated != 0 ? noon_ms : 0);
        const uint32_t commits = bench.r.commits;
        for (unsigned i = 0; i < 10 * 60; i++) {
            assert_int_equal(hear(0), VB_ERR_OK);
            bench_pass(&bench, 60000);
            if (bench.r.committing)
                bench_settle(&bench, VB_ERR_OK);
        }
        assert_in_range(bench.r.commits - commits, dated != 0 ? 9 : 0, dated != 0 ? 10 : 0);
    }
}

static void a_damaged_record_of_a_place_costs_its_times_alone(void **state)
{
    (void)state;
    static const uint8_t section[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
    uint8_t record[] = {1, 0, 0, 0, 2, 0, 0, 0, 1, 1, 0, 0, 0};
    static const uint8_t ids[] = {VB_SECTION_MQTT, 0, VB_MARKS_MAX + 1};
    memory_store_plant_kept(&bench.store, "020000000001+1", section, sizeof section);
    for (size_t i = 0; i < VB_COUNT_OF(ids); i++) {
        record[8] = ids[i];
        for (size_t size = 0; size <= sizeof record; size++) {
            const bool whole = size == 8 || (size == sizeof record && ids[i] == VB_SECTION_MQTT);
            memory_store_plant_kept(&bench.store, "020000000001+0", record, size);
            bench_init(&bench);
            assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, NULL), whole ? 0 : 1);
            assert_int_equal(place_of(0)->cache.count, 1);
        }
    }
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup(test, fresh)
    const struct CMUnitTest tests[] = {
        FRESH(one_that_never_answered_makes_room_and_leaves_the_store),
        FRESH(whoever_waits_for_longest_gets_the_next_place_and_keeps_it_by_its_answer),
        FRESH(of_several_that_wait_each_has_its_turn),
        FRESH(one_that_has_not_left_the_store_has_its_turn_like_any_other),
        FRESH(one_that_waits_and_says_goodbye_waits_no_more),
        FRESH(a_goodbye_is_no_reason_for_a_place),
        FRESH(one_that_was_heard_while_it_was_forgotten_is_there_at_once),
        FRESH(who_is_to_leave_the_store_stays_listed_until_it_has),
        FRESH(whether_one_ever_answered_is_known_after_a_restart),
        FRESH(a_forgotten_one_leaves_its_place_and_the_store_and_does_not_come_back),
        FRESH(a_restart_remembers_who_is_forgotten_whether_or_not_settings_are_kept),
        FRESH(unforgotten_it_has_a_place_at_once_and_keeps_it_over_a_restart),
        FRESH(what_was_to_be_erased_is_erased_though_the_first_commit_fails),
        FRESH(one_that_comes_back_at_once_begins_without_what_was_kept),
        FRESH(an_edit_under_way_ends_with_its_transmitter),
        FRESH(the_list_of_the_forgotten_is_bounded_and_the_silent_make_room),
        FRESH(a_list_that_cannot_be_read_is_not_written_over_and_read_later),
        FRESH(a_list_that_could_not_be_read_may_be_damaged_besides),
        FRESH(a_damaged_list_is_said_and_begun_anew),
        FRESH(leftovers_of_a_forgotten_one_are_erased_at_the_start),
        FRESH(the_first_one_too_many_is_told_once_and_gets_the_next_place),
        FRESH(one_that_waits_can_be_forgotten_and_is_not_waited_for_when_silent),
        FRESH(where_new_ones_are_not_followed_they_are_listed_and_can_be),
        FRESH(a_flood_of_made_up_addresses_is_bounded),
        FRESH(a_silence_that_cannot_be_counted_any_more_stays_the_longest),
        FRESH(the_silent_are_given_up_after_the_time_set_oldest_first_and_come_back),
        FRESH(silence_is_counted_while_the_receiver_runs_and_over_its_restarts),
        FRESH(a_restart_knows_when_settings_were_last_verified_A4),
        FRESH(what_was_never_verified_has_no_age),
        FRESH(records_are_written_once_an_hour_at_most),
        FRESH(a_damaged_record_of_a_place_costs_its_times_alone),
        FRESH(one_that_is_taken_back_stays_though_something_else_is_read_again),
        FRESH(a_list_that_could_not_be_read_and_then_proves_damaged_is_said_twice),
        FRESH(nobody_is_taken_back_before_the_list_can_be_read),
        FRESH(one_that_could_not_be_read_at_the_start_gets_its_place_when_it_can),
        FRESH(the_one_that_is_silent_for_longest_makes_room_among_the_forgotten),
        FRESH(of_those_silent_for_as_long_the_one_forgotten_first_makes_room),
        FRESH(forgetting_one_that_waits_moves_nobody_else_and_is_kept),
        FRESH(a_forgotten_one_is_listed_by_the_name_that_it_had),
        FRESH(the_one_silent_for_longest_makes_room_however_late_it_was_forgotten),
        FRESH(one_that_has_not_left_the_store_makes_no_room),
        FRESH(where_the_list_has_no_entry_nobody_leaves),
        FRESH(one_that_waits_is_told_silent_and_then_gone),
        FRESH(one_that_has_its_place_again_is_not_told_silent_outside),
        FRESH(the_oldest_is_given_up_whichever_place_it_has),
        FRESH(one_that_the_list_has_no_entry_for_is_given_up_later),
        FRESH(the_record_of_a_place_is_as_long_as_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
