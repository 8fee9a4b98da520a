/* Whether a frame is of the boot that is known, judged alone: by its epoch, its number, and what it
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../core/src/receiver_parts.h"
#include "../fixtures/receiver_bench.h"

enum {
    EPOCH = 10,
    STORE = 0x570e,
    OTHER_STORE,
    BOOT = 0xb007,
    OTHER_BOOT,
    THIRD_BOOT,
    NONCE = 0x4e4f,
    LATE_MS = 5000,
    CLONED_SILENT_MS = 45000,
    SEQ_AHEAD_MAX = 64
};

static struct receiver_bench bench;
static struct vb_peer *peer;
static struct vb_peer_boot *boot;
static bool fresh;

static enum vb_err judge(uint16_t epoch, uint32_t seq, struct vb_named named)
{
    const struct vb_frame frame = {.epoch = epoch, .seq = seq};
    return vb_receiver_judge_boot(&bench.r, bench.now_ms, peer, &frame, &named, &fresh);
}

/* Of one that is not known yet. */
static int begun(void **state)
{
    (void)state;
    static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    bench_new(&bench);
    bench_init(&bench);
    peer = vb_receiver_adopt(&bench.r, bench.now_ms, &mac);
    assert_non_null(peer);
    boot = &peer->boot;
    return 0;
}

static void pass(uint32_t ms)
{
    bench.now_ms += ms;
    vb_receiver_boot_tick(&bench.r, bench.now_ms, peer);
}

/* Of one whose boot is known, for so long that no late frame of a boot before it can come. */
static int known(void **state)
{
    begun(state);
    assert_int_equal(judge(EPOCH, 100, (struct vb_named){STORE, BOOT, 0}), VB_ERR_OK);
    peer->store_id = STORE;
    pass(LATE_MS);
    boot->order_unknown = false;
    return 0;
}

/* Whether a hello was wanted since. */
static bool asked(void)
{
    const bool wanted = peer->hello != VB_HELLO_NONE;
    peer->hello = VB_HELLO_NONE;
    peer->hello_to_all = false;
    return wanted;
}

/* ---- Frames of another boot ---- */

static void a_newer_boot_is_believed_and_nothing_else(void **state)
{
    static const struct {
        uint16_t epoch;
        struct vb_named named;
        bool believed;
        bool asked; /* about what is not believed */
    } frames[] = {
        {EPOCH + 1, {STORE, OTHER_BOOT, 0}, true, false},
        {EPOCH + 1, {OTHER_STORE, OTHER_BOOT, 0}, false, true},
        {EPOCH + 1, {STORE, BOOT, 0}, false, true}, /* a boot has one epoch */
        {EPOCH - 1, {STORE, OTHER_BOOT, 0}, false, true},
        {EPOCH - 1, {STORE, BOOT, 0}, false, false},
        {EPOCH - 1, {0, 0, 0}, false, false},
        {EPOCH, {OTHER_STORE, BOOT, 0}, false, true},
        {EPOCH, {STORE, OTHER_BOOT, 0}, false, true},
    };
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        known(state);
        (void)asked();
        assert_int_equal(judge(frames[i].epoch, 1, frames[i].named),
                         frames[i].believed ? VB_ERR_OK : VB_ERR_OLD);
        assert_int_equal(peer->epoch, frames[i].believed ? frames[i].epoch : EPOCH);
        assert_int_equal(boot->ambiguous, !frames[i].believed && frames[i].epoch == EPOCH);
        assert_int_equal(asked(), frames[i].asked);
        assert_false(fresh);
    }
}

static void the_boot_before_is_never_believed_and_asked_about_only_when_it_cannot_be_late(
    void **state)
{
    for (unsigned late = 0; late < 2; late++) {
        known(state);
        boot->former = OTHER_BOOT;
        vb_age_restart(&boot->since, bench.now_ms);
        pass(late != 0 ? LATE_MS - 1 : LATE_MS);
        (void)asked();
        assert_int_equal(judge(EPOCH + 1, 1, (struct vb_named){STORE, OTHER_BOOT, 0}), VB_ERR_OLD);
        assert_int_equal(asked(), late == 0);
    }
}

static void while_the_order_is_unknown_a_newer_boot_is_asked_about(void **state)
{
    known(state);
    boot->order_unknown = true;
    vb_age_restart(&boot->since, bench.now_ms);
    (void)asked();
    assert_int_equal(judge(EPOCH + 1, 1, (struct vb_named){STORE, OTHER_BOOT, 0}), VB_ERR_OLD);
    assert_true(asked());
    pass(LATE_MS);
    assert_int_equal(judge(EPOCH + 1, 1, (struct vb_named){STORE, OTHER_BOOT, 0}), VB_ERR_OK);
}

/* A boot that was told of by frames without a name, and what names it. */
static void what_names_no_boot_is_of_the_one_that_is_known(void **state)
{
    begun(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){0, 0, 0}), VB_ERR_OK);
    pass(LATE_MS);
    assert_int_equal(judge(EPOCH + 1, 2, (struct vb_named){0, 0, 0}), VB_ERR_OK);
    assert_int_equal(peer->epoch, EPOCH + 1);
    assert_int_equal(peer->quality.reboots, 1);
    assert_int_equal(judge(EPOCH + 1, 3, (struct vb_named){STORE, BOOT, 0}), VB_ERR_OK);
    assert_int_equal(boot->name, BOOT);
    assert_int_equal(peer->quality.reboots, 1);
    assert_int_equal(judge(EPOCH + 1, 4, (struct vb_named){0, 0, 0}), VB_ERR_OK);
    assert_int_equal(boot->name, BOOT);
}

/* ---- What a new boot leaves of the one before ---- */

static void whether_the_order_is_known_is_told_by_what_was_there_before(void **state)
{
    static const struct {
        uint16_t epoch;
        uint32_t after_ms; /* the boot before began */
        bool unknown;      /* the order of that one */
        bool still;
    } boots[] = {
        {EPOCH + 1, LATE_MS, false, false}, {EPOCH + 1, LATE_MS - 1, false, false},
        {EPOCH + 1, LATE_MS, true, false},  {EPOCH + 1, LATE_MS - 1, true, true},
        {EPOCH - 1, LATE_MS, false, true},  {EPOCH, LATE_MS, false, true},
    };
    for (size_t i = 0; i < VB_COUNT_OF(boots); i++) {
        known(state);
        vb_age_restart(&boot->since, bench.now_ms);
        pass(boots[i].after_ms);
        boot->order_unknown = boots[i].unknown;
        peer->nonce = NONCE;
        assert_int_equal(judge(boots[i].epoch, 1, (struct vb_named){STORE, OTHER_BOOT, NONCE}),
                         VB_ERR_OK);
        assert_true(fresh);
        assert_int_equal(boot->order_unknown, boots[i].still);
        assert_int_equal(boot->state, VB_BOOT_PROVEN);
        assert_int_equal(boot->former, BOOT);
        assert_int_equal(peer->nonce, NONCE); /* the answer may come twice */
    }
}

static void a_boot_on_another_store_is_the_same_boot(void **state)
{
    known(state);
    peer->nonce = NONCE;
    boot->former = THIRD_BOOT;
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){OTHER_STORE, BOOT, NONCE}), VB_ERR_OK);
    assert_int_equal(boot->former, THIRD_BOOT);
    assert_int_equal(vb_age_ms(&boot->since, bench.now_ms), LATE_MS);
    assert_int_equal(peer->quality.reboots, 0);
}

static void a_boot_that_is_named_by_its_answer_is_no_reboot(void **state)
{
    begun(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){0, 0, 0}), VB_ERR_OK);
    peer->nonce = NONCE;
    assert_int_equal(judge(EPOCH, 2, (struct vb_named){STORE, BOOT, NONCE}), VB_ERR_OK);
    assert_int_equal(peer->quality.reboots, 0);
    assert_int_equal(boot->state, VB_BOOT_PROVEN);
}

/* ---- Answers ---- */

static void only_a_nonce_of_ours_makes_an_answer(void **state)
{
    begun(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){STORE, BOOT, NONCE}), VB_ERR_OK);
    assert_false(fresh);
    assert_int_equal(boot->state, VB_BOOT_CLAIMED);
    begun(state);
    const uint32_t announced = bench.r.announce_nonce;
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){STORE, BOOT, announced}), VB_ERR_OK);
    assert_true(fresh);
    peer->store_id = STORE;
    assert_int_equal(judge(EPOCH, 2, (struct vb_named){STORE, BOOT, announced}), VB_ERR_OK);
    assert_false(fresh); /* it may be repeated later */
}

/* Numbers that were heard before the nonce was made are older than its answer; those heard since
 * are not. */
static void an_answer_counts_as_newer_than_what_was_heard_before_it_was_asked_for(void **state)
{
    static const struct {
        bool known; /* at that time */
        uint32_t seq;
        bool forgotten;
    } marks[] = {{true, 100, true}, {true, 101, false}, {false, 100, false}};
    for (size_t i = 0; i < VB_COUNT_OF(marks); i++) {
        known(state);
        peer->nonce = NONCE;
        boot->answered = false;
        boot->newest_seq = marks[i].seq;
        boot->mark = (struct vb_boot_mark){marks[i].known, marks[i].known, 100, 100};
        peer->seq_known = true;
        peer->stream = VB_STREAM_WHOLE;
        assert_int_equal(judge(EPOCH, marks[i].seq, (struct vb_named){STORE, BOOT, NONCE}),
                         VB_ERR_OK);
        assert_int_equal(peer->seq_known, !marks[i].forgotten);
        assert_int_equal(peer->stream == VB_STREAM_NONE, marks[i].forgotten);
    }
}

static void an_answer_far_behind_the_newest_number_is_where_the_numbers_are(void **state)
{
    for (uint32_t behind = SEQ_AHEAD_MAX; behind <= SEQ_AHEAD_MAX + 1; behind++) {
        known(state);
        peer->nonce = NONCE;
        boot->answered = false;
        boot->newest_seq = 1000;
        assert_int_equal(judge(EPOCH, 1000 - behind, (struct vb_named){STORE, BOOT, NONCE}),
                         VB_ERR_OK);
        assert_int_equal(boot->newest_seq, behind > SEQ_AHEAD_MAX ? 1000 - behind : 1000);
    }
}

/* ---- Two devices under one address ---- */

/* The one that is known, and another of the same age, have answered by turns. */
static void clone(void **state)
{
    known(state);
    boot->state = VB_BOOT_CLONED;
    boot->seen[0] = (struct vb_boot_answers){.name = BOOT, .first = 1, .last = 3};
    boot->seen[1] = (struct vb_boot_answers){.name = OTHER_BOOT, .first = 2, .last = 4};
    boot->challenges = 5;
    for (unsigned i = 0; i < 2; i++)
        vb_age_restart(&boot->seen[i].heard, bench.now_ms);
    peer->nonce = NONCE;
    boot->answered = false;
    (void)asked();
}

static void of_two_devices_only_the_known_ones_frames_are_accepted(void **state)
{
    static const struct {
        uint16_t epoch;
        struct vb_named named;
        enum vb_err err;
    } frames[] = {
        {EPOCH, {STORE, BOOT, 0}, VB_ERR_OK},
        {EPOCH, {0, BOOT, 0}, VB_ERR_OK},
        {EPOCH, {0, 0, 0}, VB_ERR_OK}, /* a reading: its digest tells */
        {EPOCH, {STORE, 0, 0}, VB_ERR_OK},
        {EPOCH + 1, {STORE, BOOT, 0}, VB_ERR_OLD},
        {EPOCH + 1, {0, 0, 0}, VB_ERR_OLD},
        {EPOCH + 1, {STORE, OTHER_BOOT, 0}, VB_ERR_OLD},
        {EPOCH, {STORE, OTHER_BOOT, 0}, VB_ERR_OLD},
        {EPOCH, {OTHER_STORE, BOOT, 0}, VB_ERR_OLD},
    };
    for (size_t i = 0; i < VB_COUNT_OF(frames); i++) {
        clone(state);
        assert_int_equal(judge(frames[i].epoch, 1, frames[i].named), frames[i].err);
        assert_int_equal(peer->epoch, EPOCH);
        assert_int_equal(boot->state, VB_BOOT_CLONED);
        assert_false(asked());
    }
}

static void of_two_devices_only_the_answer_of_the_one_that_is_known_proves_anything(void **state)
{
    clone(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){STORE, OTHER_BOOT, NONCE}), VB_ERR_OLD);
    assert_false(fresh);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){STORE, BOOT, NONCE}), VB_ERR_OK);
    assert_true(fresh);
    vb_receiver_want_proof(peer, bench.now_ms); /* and nothing ever proves which of them it was */
    assert_false(boot->proof_wanted);
}

static void of_two_devices_one_may_recreate_its_store_and_there_are_still_two(void **state)
{
    clone(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){OTHER_STORE, BOOT, NONCE}), VB_ERR_OK);
    assert_true(fresh);
    assert_int_equal(boot->state, VB_BOOT_CLONED);
    assert_int_equal(bench_events(&bench, VB_EVENT_CLONED, NULL), 0);
}

static void a_third_device_takes_no_place_of_the_two(void **state)
{
    clone(state);
    assert_int_equal(judge(EPOCH, 1, (struct vb_named){STORE, THIRD_BOOT, NONCE}), VB_ERR_OLD);
    assert_int_equal(boot->seen[0].name, BOOT);
    assert_int_equal(boot->seen[1].name, OTHER_BOOT);
}

/* Two that have answered by turns are two devices while both are there, and whoever asks for the
 * first time after one has gone never had to know. */
static void one_that_has_left_is_no_second_device(void **state)
{
    static const uint32_t names[] = {BOOT, OTHER_BOOT};
    for (unsigned gone = 0; gone < 2; gone++) {
        for (uint32_t late_ms = CLONED_SILENT_MS - 1; late_ms <= CLONED_SILENT_MS; late_ms++) {
            clone(state);
            boot->state = VB_BOOT_PROVEN;
            boot->seen[gone].first = boot->seen[gone].last;
            boot->seen[1 - gone].last = boot->seen[1 - gone].first;
            pass(late_ms);
            (void)judge(EPOCH, 1, (struct vb_named){STORE, names[1 - gone], NONCE});
            assert_int_equal(boot->state == VB_BOOT_CLONED, late_ms < CLONED_SILENT_MS);
        }
    }
}

static void there_are_two_until_either_is_silent_for_45_s(void **state)
{
    static const uint32_t names[] = {BOOT, OTHER_BOOT};
    for (unsigned silent = 0; silent < 2; silent++) {
        clone(state);
        for (unsigned i = 0; i < 3; i++) { /* frames of both, and no answer */
            pass(CLONED_SILENT_MS - 1);
            (void)judge(EPOCH, 1, (struct vb_named){STORE, BOOT, 0});
            (void)judge(EPOCH, 1, (struct vb_named){STORE, OTHER_BOOT, 0});
            assert_int_equal(boot->state, VB_BOOT_CLONED);
        }
        pass(CLONED_SILENT_MS - 1);
        (void)judge(EPOCH, 1, (struct vb_named){STORE, names[1 - silent], 0});
        pass(1);
        assert_int_equal(boot->state, VB_BOOT_CLAIMED);
    }
}

/* Their frames have waited in the socket. */
static void how_long_either_is_silent_counts_from_when_it_was_heard(void **state)
{
    for (uint32_t nonce = 0; nonce <= NONCE; nonce += NONCE) {
        clone(state);
        boot->answered = nonce == 0; /* an answer, or no more than a frame */
        pass(CLONED_SILENT_MS - 2);
        (void)judge(EPOCH, 1, (struct vb_named){STORE, BOOT, 0});
        vb_receiver_late(&bench.r, CLONED_SILENT_MS - 3);
        (void)judge(EPOCH, 1, (struct vb_named){STORE, OTHER_BOOT, nonce});
        pass(2);
        assert_int_equal(boot->state, VB_BOOT_CLONED);
        pass(1);
        assert_int_equal(boot->state, VB_BOOT_CLAIMED);
    }
}

/* ---- Asking ---- */

static void only_hellos_to_all_are_counted_as_doubts(void **state)
{
    known(state);
    for (unsigned to_all = 0; to_all < 2; to_all++) {
        peer->hello = VB_HELLO_DUE;
        peer->hello_to_all = to_all != 0;
        (void)vb_receiver_hello_nonce(&bench.r, bench.now_ms, peer);
        assert_int_equal(boot->doubts, to_all);
        assert_int_equal(boot->unanswered, 1 + to_all);
    }
}

static void one_that_has_never_answered_is_asked_whatever_agrees_with_it(void **state)
{
    known(state);
    boot->proof_wanted = true;
    boot->proof_tries = 1;
    vb_receiver_spare_proof(peer);
    assert_true(boot->proof_wanted);
    peer->known = true;
    vb_receiver_spare_proof(peer);
    assert_false(boot->proof_wanted);
}

static void a_number_that_comes_late_is_not_the_newest(void **state)
{
    known(state);
    vb_receiver_note_seq(peer, bench.now_ms, 110);
    vb_receiver_note_seq(peer, bench.now_ms, 105);
    assert_int_equal(boot->newest_seq, 110);
}

static void it_wakes_for_the_hello_and_for_the_proof_that_are_wanted(void **state)
{
    known(state);
    (void)asked();
    boot->proof_wanted = false;
    assert_int_equal(vb_receiver_boot_wakeup_ms(peer, bench.now_ms), VB_FOREVER_MS);
    boot->proof_wanted = true;
    boot->proof_at_ms = bench.now_ms + 500;
    assert_int_equal(vb_receiver_boot_wakeup_ms(peer, bench.now_ms), 500);
    peer->hello = VB_HELLO_WANTED;
    peer->hello_at_ms = bench.now_ms + 200;
    assert_int_equal(vb_receiver_boot_wakeup_ms(peer, bench.now_ms), 200);
    boot->proof_wanted = false;
    assert_int_equal(vb_receiver_boot_wakeup_ms(peer, bench.now_ms), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_boot_is_believed_and_nothing_else),
        cmocka_unit_test(
            the_boot_before_is_never_believed_and_asked_about_only_when_it_cannot_be_late),
        cmocka_unit_test(while_the_order_is_unknown_a_newer_boot_is_asked_about),
        cmocka_unit_test(what_names_no_boot_is_of_the_one_that_is_known),
        cmocka_unit_test(whether_the_order_is_known_is_told_by_what_was_there_before),
        cmocka_unit_test(a_boot_on_another_store_is_the_same_boot),
        cmocka_unit_test(a_boot_that_is_named_by_its_answer_is_no_reboot),
        cmocka_unit_test(only_a_nonce_of_ours_makes_an_answer),
        cmocka_unit_test(an_answer_counts_as_newer_than_what_was_heard_before_it_was_asked_for),
        cmocka_unit_test(an_answer_far_behind_the_newest_number_is_where_the_numbers_are),
        cmocka_unit_test(of_two_devices_only_the_known_ones_frames_are_accepted),
        cmocka_unit_test(of_two_devices_only_the_answer_of_the_one_that_is_known_proves_anything),
        cmocka_unit_test(of_two_devices_one_may_recreate_its_store_and_there_are_still_two),
        cmocka_unit_test(a_third_device_takes_no_place_of_the_two),
        cmocka_unit_test(one_that_has_left_is_no_second_device),
        cmocka_unit_test(there_are_two_until_either_is_silent_for_45_s),
        cmocka_unit_test(how_long_either_is_silent_counts_from_when_it_was_heard),
        cmocka_unit_test(only_hellos_to_all_are_counted_as_doubts),
        cmocka_unit_test(one_that_has_never_answered_is_asked_whatever_agrees_with_it),
        cmocka_unit_test(a_number_that_comes_late_is_not_the_newest),
        cmocka_unit_test(it_wakes_for_the_hello_and_for_the_proof_that_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
