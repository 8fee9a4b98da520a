/* Whose frames a receiver believes: boots, stores, and the hellos that settle the question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/heard_reading.h"
#include "../fixtures/sender_alpha.h"

enum { HELLO_APART_MS = 200 };

/* A frame that names no store. */
static enum vb_err answer_some_edit(void)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_edit_result_write(&writer, &(struct vb_edit_result){
                                      .id = 0x1122334455667701, .boot = alpha.boot, .version = 3});
    return bench_hear(&bench, &alpha, VB_MESSAGE_EDIT_RESULT, &writer);
}

static enum vb_err answer_hello(uint32_t nonce)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    struct vb_beacon beacon = {
        .store_id = alpha.store_id, .boot = alpha.boot, .digest = sender_digest(&alpha)};
    beacon.marks[VB_SECTION_MQTT - 1] = vb_version_mark(7);
    beacon.mark_count = VB_SECTION_MQTT;
    vb_write_u32(&writer, nonce);
    vb_beacon_write(&writer, &beacon);
    return bench_hear(&bench, &alpha, VB_MESSAGE_HELLO_ACK, &writer);
}

static uint32_t nonce_sent(void)
{
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_HELLO];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    return vb_read_u32(&reader);
}

static unsigned hellos(void)
{
    bench_output(&bench);
    const unsigned count = bench.sent[VB_MESSAGE_HELLO];
    memset(bench.sent, 0, sizeof bench.sent);
    return count;
}

/* ---- Frames of another boot ---- */

static void a_frame_of_an_older_boot_says_nothing_until_there_are_three_A6(void **state)
{
    (void)state;
    alpha.epoch--;
    assert_int_equal(answer_some_edit(), VB_ERR_OLD);
    assert_int_equal(answer_some_edit(), VB_ERR_OLD);
    assert_int_equal(hellos(), 0);
    assert_int_equal(answer_some_edit(), VB_ERR_OLD);
    assert_int_equal(hellos(), 1);
}

/* The store was restored just before this receiver started: frames of the previous run, which had a
 * newer epoch, arrive late. */
static void late_frames_of_a_newer_epoch_say_nothing_to_one_who_has_just_started_A6(void **state)
{
    for (unsigned proven = 0; proven < 2; proven++) {
        alpha_in_sync(state);
        struct bench_sender late = alpha;
        sender_reboot(&late);
        bench_pass(&bench, 500);
        assert_int_equal(hellos(), 1);
        if (proven != 0)
            assert_int_equal(answer_hello(nonce_sent()), VB_ERR_OK);
        assert_int_equal(bench_answer(&bench, &late, 1), VB_ERR_OLD);
        assert_int_equal(peer()->boot.name, alpha.boot);
        bench_pass(&bench, HELLO_APART_MS);
        assert_int_equal(hellos(), 1); /* it is asked soon */
        assert_int_equal(peer()->quality.reboots, 0);
        bench_outlast_late_frames(&bench);
        sender_reboot(&alpha);
        assert_int_equal(announce(&alpha), VB_ERR_OK);
        assert_int_equal(peer()->quality.reboots, 1);
    }
}

/* ... nor while another boot has intervened: the restored store boots again at once, or another
 * device with a copy of it answers. */
static void a_boot_that_follows_at_once_makes_late_frames_no_news_A6(void **state)
{
    (void)state;
    struct bench_sender late = alpha;
    sender_reboot(&late);
    sender_reboot(&late);
    sender_reboot(&alpha);
    assert_int_equal(announce(&alpha), VB_ERR_OLD); /* it may be late itself, so it is asked */
    bench_pass(&bench, 2 * HELLO_APART_MS);
    assert_int_equal(hellos(), 1);
    assert_int_equal(answer_hello(nonce_sent()), VB_ERR_OK);
    assert_int_equal(peer()->boot.name, alpha.boot);
    assert_int_equal(peer()->quality.reboots, 1);
    assert_int_equal(bench_answer(&bench, &late, 1), VB_ERR_OLD);
    assert_int_equal(peer()->boot.name, alpha.boot);
    assert_int_equal(peer()->quality.reboots, 1);
    bench_outlast_late_frames(&bench);
    alpha.epoch = late.epoch;
    sender_reboot(&alpha);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->quality.reboots, 2);
}

static void a_newer_boot_that_names_no_store_is_asked_about_at_once_A8(void **state)
{
    (void)state;
    alpha.epoch++;
    assert_int_equal(answer_some_edit(), VB_ERR_OLD);
    assert_int_equal(hellos(), 1);
}

static void a_boot_beyond_half_the_counter_is_taken_from_a_stranger_A6(void **state)
{
    (void)state;
    alpha.epoch = 0x9000;
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->epoch, 0x9000);
    assert_true(peer()->epoch_known);
}

static void a_newer_boot_is_believed_while_no_store_is_known_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(peer()->store_id, 0);
    bench_outlast_late_frames(&bench);
    sender_reboot(&alpha);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->quality.reboots, 1);
}

static void the_store_is_believed_of_a_boot_that_is_known_without_it_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->store_id, alpha.store_id);
}

static void the_answer_that_names_the_store_is_no_reboot_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(hellos(), 1);
    assert_int_equal(answer_hello(nonce_sent()), VB_ERR_OK);
    assert_int_equal(peer()->store_id, alpha.store_id);
    assert_int_equal(peer()->quality.reboots, 0);
    assert_int_equal(bench_events(&bench, VB_EVENT_REBOOT, NULL), 0);
}

/* ---- Beacons that leave the store to the boot's name ---- */

static int mature(void **state)
{
    alpha_in_sync(state);
    alpha.mature = true;
    return 0;
}

static void a_boot_that_is_known_is_believed_without_its_store_A8(void **state)
{
    (void)state;
    static const uint8_t changed[] = {1, 1, 1, 3, 2, 0x5b, 0x07};
    sender_holds(&alpha, VB_SECTION_MQTT, 8, changed, sizeof changed);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    assert_int_equal(vb_cache_find(&peer()->cache, VB_SECTION_MQTT)->version, 8);
    assert_int_equal(peer()->store_id, alpha.store_id);
}

static void while_another_has_its_number_the_one_that_names_its_store_is_believed_A8(void **state)
{
    static const uint8_t changed[] = {1, 1, 1, 3, 2, 0x5b, 0x07};
    alpha_in_sync(state);
    bench_outlast_late_frames(&bench);
    struct bench_sender other = alpha;
    other.store_id++;
    other.boot++;
    assert_int_equal(announce(&other), VB_ERR_OLD);
    assert_true(peer()->boot.ambiguous);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, changed, sizeof changed);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(vb_cache_find(&peer()->cache, VB_SECTION_MQTT)->version, 8);
    sender_holds(&alpha, VB_SECTION_MQTT, 9, changed, sizeof changed);
    alpha.mature = true;
    assert_int_equal(announce(&alpha), VB_ERR_OLD);
}

static void a_boot_that_is_not_known_is_asked_for_its_store_A8(void **state)
{
    for (unsigned other_store = 0; other_store < 2; other_store++) {
        mature(state);
        bench_outlast_late_frames(&bench);
        (void)hellos();
        sender_reboot(&alpha);
        alpha.store_id += other_store;
        assert_int_equal(announce(&alpha), VB_ERR_OLD);
        assert_int_equal(peer()->quality.reboots, 0);
        bench_pass(&bench, HELLO_APART_MS);
        assert_int_equal(hellos(), 1);
        assert_int_equal(bench_answer(&bench, &alpha, nonce_sent()), VB_ERR_OK);
        assert_int_equal(peer()->quality.reboots, 1);
        assert_int_equal(peer()->store_id, alpha.store_id);
        assert_int_equal(announce(&alpha), VB_ERR_OK);
        assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    }
}

/* Of two boots that have answered, one gave its last answer before the other one began. */
static void a_device_that_boots_again_and_again_is_no_clone_A8(void **state)
{
    mature(state);
    for (unsigned boot = 0; boot < 4; boot++) {
        bench_outlast_late_frames(&bench);
        (void)hellos();
        sender_reboot(&alpha);
        assert_int_equal(announce(&alpha), VB_ERR_OLD);
        bench_pass(&bench, HELLO_APART_MS);
        assert_int_equal(hellos(), 1);
        assert_int_equal(bench_answer(&bench, &alpha, nonce_sent()), VB_ERR_OK);
        assert_int_equal(peer()->quality.reboots, boot + 1);
        assert_int_not_equal(peer()->boot.state, VB_BOOT_CLONED);
        assert_int_equal(announce(&alpha), VB_ERR_OK);
    }
}

static void nothing_is_accepted_before_its_store_is_known_A8(void **state)
{
    (void)state;
    alpha.mature = true;
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->cache.count, 0);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_UNKNOWN);
    assert_int_equal(hellos(), 1);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 0);
    assert_int_equal(bench_answer(&bench, &alpha, nonce_sent()), VB_ERR_OK);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
}

/* What was answered earlier is older than what it says, however fresh the nonce. */
static void an_answer_overtaken_by_such_a_beacon_is_old_A8(void **state)
{
    (void)state;
    static const uint8_t changed[] = {1, 1, 1, 3, 2, 0x5b, 0x07};
    alpha.mature = true;
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(hellos(), 1);
    struct bench_sender before = alpha;
    vb_cache_init(&before.cache, before.cache_bytes, sizeof before.cache_bytes);
    sender_holds(&before, VB_SECTION_MQTT, 7, content, sizeof content);
    alpha.seq++;
    sender_holds(&alpha, VB_SECTION_MQTT, 8, changed, sizeof changed);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(bench_answer(&bench, &before, nonce_sent()), VB_ERR_OLD);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_UNKNOWN);
}

/* ---- Frames of this boot ---- */

static void a_frame_overtaken_by_a_beacon_still_counts(void **state)
{
    (void)state;
    alpha.seq += 5;
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    alpha.seq -= 5;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
}

static void a_beacon_that_came_twice_is_old_and_not_counted_C5(void **state)
{
    (void)state;
    alpha.ack_wanted = true;
    alpha.seq--;
    bench.now_ms += 3000;
    assert_int_equal(announce(&alpha), VB_ERR_OLD);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON_ACK], 0);
    assert_int_equal(peer()->quality.beacons, 1);
    assert_int_equal(vb_age_ms(&peer()->beacon_age, bench.now_ms), 3000);
}

/* ---- Hellos ---- */

static void whoever_is_heard_and_not_known_is_asked_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(hellos(), 1);
    assert_int_equal(answer_some_edit(), VB_ERR_OK); /* but not again within 200 ms */
    assert_int_equal(hellos(), 0);
}

static void hellos_repeated_before_an_answer_take_either_answer_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(hellos(), 1);
    const uint32_t nonce = nonce_sent();
    bench_pass(&bench, HELLO_APART_MS);
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    hellos();
    assert_int_equal(nonce_sent(), nonce);
}

static void whoever_has_answered_is_asked_again_a_moment_later_A8(void **state)
{
    (void)state;
    assert_int_equal(answer_some_edit(), VB_ERR_OK);
    assert_int_equal(hellos(), 1);
    assert_int_equal(answer_hello(nonce_sent()), VB_ERR_OK);
    sender_reboot(&alpha);
    assert_int_equal(answer_some_edit(), VB_ERR_OLD);
    assert_int_equal(hellos(), 0); /* however often it restarts */
    bench_pass(&bench, HELLO_APART_MS);
    assert_int_equal(hellos(), 1);
}

static void hellos_to_all_keep_their_distance(void **state)
{
    (void)state;
    bench_pass(&bench, 149);
    assert_int_equal(hellos(), 0);
    bench_pass(&bench, 1);
    assert_int_equal(hellos(), 1);
    bench_pass(&bench, 299);
    assert_int_equal(hellos(), 0);
    bench_pass(&bench, 1);
    assert_int_equal(hellos(), 1);
}

/* It may be as new as what has overtaken it from a trusted device: so the device is asked. */
static void an_answer_that_was_overtaken_is_asked_for_again_A8(void **state)
{
    (void)state;
    struct vb_peer *known = &bench.peers[0];
    known->boot.state = VB_BOOT_PROVEN;
    known->boot.proof_wanted = false;
    known->hello = VB_HELLO_DUE;
    assert_int_equal(hellos(), 1);
    alpha.seq++;
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    known->boot.proof_wanted = false;
    alpha.seq -= 2;
    alpha.ack_wanted = true;
    bench_clear(&bench);
    assert_int_equal(answer_hello(nonce_sent()), VB_ERR_OLD);
    bench_pass(&bench, HELLO_APART_MS);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON_ACK], 0); /* it is no beacon to acknowledge */
}

static void a_malformed_frame_says_nothing_about_its_age(void **state)
{
    (void)state;
    bench.peers[0].hello = VB_HELLO_NONE;
    for (uint16_t number = 1; number <= 5; number++) {
        const enum vb_err err = bench_reading(&bench, &alpha, number, content, sizeof content);
        assert_true(err != VB_ERR_OK && err != VB_ERR_OLD);
    }
    assert_int_equal(bench.peers[0].old_frames, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_answer_that_was_overtaken_is_asked_for_again_A8, alpha_in_sync),
        cmocka_unit_test_setup(a_malformed_frame_says_nothing_about_its_age, alpha_in_sync),
        cmocka_unit_test_setup(a_frame_of_an_older_boot_says_nothing_until_there_are_three_A6,
                               alpha_in_sync),
        cmocka_unit_test_setup(
            late_frames_of_a_newer_epoch_say_nothing_to_one_who_has_just_started_A6, alpha_in_sync),
        cmocka_unit_test_setup(a_boot_that_follows_at_once_makes_late_frames_no_news_A6,
                               alpha_in_sync),
        cmocka_unit_test_setup(a_newer_boot_that_names_no_store_is_asked_about_at_once_A8,
                               alpha_in_sync),
        cmocka_unit_test_setup(a_boot_beyond_half_the_counter_is_taken_from_a_stranger_A6,
                               alpha_unheard),
        cmocka_unit_test_setup(a_newer_boot_is_believed_while_no_store_is_known_A8, alpha_unheard),
        cmocka_unit_test_setup(the_store_is_believed_of_a_boot_that_is_known_without_it_A8,
                               alpha_unheard),
        cmocka_unit_test_setup(the_answer_that_names_the_store_is_no_reboot_A8, alpha_unheard),
        cmocka_unit_test_setup(a_boot_that_is_known_is_believed_without_its_store_A8, mature),
        cmocka_unit_test(while_another_has_its_number_the_one_that_names_its_store_is_believed_A8),
        cmocka_unit_test_setup(a_boot_that_is_not_known_is_asked_for_its_store_A8, mature),
        cmocka_unit_test_setup(a_device_that_boots_again_and_again_is_no_clone_A8, alpha_unheard),
        cmocka_unit_test_setup(nothing_is_accepted_before_its_store_is_known_A8, alpha_unheard),
        cmocka_unit_test_setup(an_answer_overtaken_by_such_a_beacon_is_old_A8, alpha_unheard),
        cmocka_unit_test_setup(a_frame_overtaken_by_a_beacon_still_counts, alpha_in_sync),
        cmocka_unit_test_setup(a_beacon_that_came_twice_is_old_and_not_counted_C5, alpha_in_sync),
        cmocka_unit_test_setup(whoever_is_heard_and_not_known_is_asked_A8, alpha_unheard),
        cmocka_unit_test_setup(hellos_repeated_before_an_answer_take_either_answer_A8,
                               alpha_unheard),
        cmocka_unit_test_setup(whoever_has_answered_is_asked_again_a_moment_later_A8,
                               alpha_unheard),
        cmocka_unit_test_setup(hellos_to_all_keep_their_distance, alpha_unheard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
