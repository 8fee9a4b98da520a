/* What anyone may have sent is believed only for a moment; an answer to our own hello is proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_alpha.h"

enum { FAR_AHEAD = 1000000, BOUND_MS = 2000 };

static struct bench_sender other; /* a stranger under its address, or a clone */

static const uint8_t forged[] = {1, 1, 1, 3, 2, 0x5b, 0x07};

static int in_sync(void **state)
{
    sender_new(&other, 1);
    sender_holds(&other, VB_SECTION_MQTT, 7, forged, sizeof forged);
    return alpha_in_sync(state);
}

/* Everybody who has the address hears the hello; true if one went out. */
static bool answered_by(struct bench_sender *first, struct bench_sender *second)
{
    bench_output(&bench);
    const bool asked = bench.sent[VB_MESSAGE_HELLO] > 0;
    const bool requested = bench.sent[VB_MESSAGE_REQUEST] > 0;
    memset(bench.sent, 0, sizeof bench.sent);
    const uint32_t nonce = asked ? bench_nonce(&bench) : 0;
    if (asked)
        (void)bench_answer(&bench, first, nonce);
    if (asked && second != NULL)
        (void)bench_answer(&bench, second, nonce);
    if (requested || asked) {
        const struct vb_record record = sender_record(first, VB_SECTION_MQTT, 0);
        (void)bench_data(&bench, first, &record, 1);
    }
    return asked;
}

static bool right(void)
{
    const struct vb_cache_entry *entry = vb_cache_find(&peer()->cache, VB_SECTION_MQTT);
    return vb_peer_sync_worst(peer()) == VB_SYNC_VERIFIED && entry != NULL &&
           memcmp(vb_cache_bytes(&peer()->cache, entry), content, sizeof content) == 0;
}

/* The milliseconds until everything is right again, with the device answering requests but
 * otherwise silent. */
static uint32_t recovered_ms(void)
{
    for (uint32_t ms = 0; ms <= BOUND_MS; ms += 50) {
        (void)answered_by(&alpha, NULL);
        if (right() && peer()->link == VB_LINK_CONNECTED)
            return ms;
        bench_pass(&bench, 50);
    }
    return BOUND_MS + 1;
}

/* ---- One forged frame ---- */

static void forged_content_is_not_verified_for_longer_than_two_seconds_A8(void **state)
{
    for (unsigned ahead = 0; ahead < 2; ahead++) {
        in_sync(state);
        other.seq = alpha.seq + (ahead != 0 ? FAR_AHEAD : 0);
        assert_int_equal(announce(&other), VB_ERR_OK);
        assert_false(right());
        assert_in_range(recovered_ms(), 0, BOUND_MS);
        assert_int_equal(announce(&alpha), VB_ERR_OK); /* and it is not silenced */
    }
}

static void a_forged_boot_is_believed_no_longer_than_two_seconds_A6(void **state)
{
    in_sync(state);
    bench_outlast_late_frames(&bench);
    sender_reboot(&other);
    assert_int_equal(announce(&other), VB_ERR_OK);
    assert_int_equal(peer()->boot.name, other.boot);
    assert_in_range(recovered_ms(), 0, BOUND_MS);
    assert_int_equal(peer()->boot.name, alpha.boot);
}

static void sections_reported_gone_stay_until_an_answer_confirms_it_A12(void **state)
{
    in_sync(state);
    vb_cache_remove(&other.cache, VB_SECTION_MQTT);
    other.seq = FAR_AHEAD;
    assert_int_equal(bench_beacon(&bench, &other, NULL, 0), VB_ERR_OK);
    assert_non_null(vb_cache_find(&peer()->cache, VB_SECTION_MQTT));
    assert_in_range(recovered_ms(), 0, BOUND_MS);
}

static void say_goodbye(struct bench_sender *sender)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = alpha.boot});
    assert_int_equal(bench_hear(&bench, sender, VB_MESSAGE_GOODBYE, &writer), VB_ERR_OK);
}

static void a_forged_goodbye_is_asked_about_C1(void **state)
{
    in_sync(state);
    other.seq = alpha.seq;
    say_goodbye(&other);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    assert_in_range(recovered_ms(), 0, BOUND_MS);
}

/* Not even if it names something new to the receiver: a store that started afresh. */
static void an_answer_from_before_the_goodbye_is_no_sign_of_life_C3(void **state)
{
    in_sync(state);
    while (peer()->hello != VB_HELLO_DUE)
        bench_pass(&bench, 1000);
    bench_output(&bench);
    const uint32_t nonce = bench_nonce(&bench);
    struct bench_sender before = alpha;
    alpha.seq += 2;
    before.store_id++;
    for (unsigned again = 0; again < 2; again++) {
        say_goodbye(&alpha);
        assert_int_equal(bench_answer(&bench, &before, nonce), VB_ERR_OLD);
        assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    }
    memset(bench.sent, 0, sizeof bench.sent);
    while (bench.sent[VB_MESSAGE_HELLO] == 0) {
        bench_pass(&bench, 50);
        bench_output(&bench);
    }
    const uint32_t asked_anew = bench_nonce(&bench);
    assert_int_not_equal(asked_anew, nonce);
    assert_int_equal(bench_answer(&bench, &alpha, asked_anew), VB_ERR_OK);
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
}

static enum vb_err hear_reading(struct bench_sender *sender, uint16_t number)
{
    static struct vb_codec_encoder encoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    const struct vb_reading reading = {.sequence = number, .cell_count = 1, .cell_mv = {3700}};
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(vb_codec_encode(&encoder, number, &reading, 0, bodies), 1);
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_reading_part_write(&writer,
                          &(struct vb_reading_part){.number = number,
                                                    .digest_low = (uint16_t)sender_digest(&alpha),
                                                    .body = bodies[0].bytes,
                                                    .size = bodies[0].size});
    return bench_hear(&bench, sender, VB_MESSAGE_READING, &writer);
}

static void one_forged_reading_does_not_freeze_the_readings_E2(void **state)
{
    in_sync(state);
    other.seq = FAR_AHEAD;
    assert_int_equal(hear_reading(&other, 30000), VB_ERR_OK);
    assert_int_equal(hear_reading(&alpha, 5), VB_ERR_OLD);
    assert_true(answered_by(&alpha, NULL)); /* a leap of the sequence is asked about at once */
    assert_int_equal(hear_reading(&alpha, 6), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings_lost, 0);
}

/* ---- A store put back as it was ---- */

static void a_restored_store_is_back_and_verified_within_two_seconds_A6(void **state)
{
    for (uint16_t boots = 0; boots < 3; boots++) {
        in_sync(state);
        alpha.boot++;
        alpha.epoch -= boots;
        alpha.seq = 0;
        assert_int_equal(announce(&alpha), VB_ERR_OLD);
        assert_in_range(recovered_ms(), 0, BOUND_MS);
        assert_int_equal(peer()->quality.reboots, 1);
    }
}

/* A transmitter that had to recreate its store continues under the same boot, and after its first
 * minute its beacons name no store. */
static void a_frame_without_a_store_belongs_to_none_while_another_store_is_heard_of_A6(void **state)
{
    in_sync(state);
    sender_new(&other, 1);
    other.store_id = alpha.store_id + 1;
    other.seq = alpha.seq;
    sender_holds(&other, VB_SECTION_MQTT, 8, forged, sizeof forged);
    assert_int_equal(announce(&other), VB_ERR_OLD);
    other.mature = true;
    assert_int_equal(announce(&other), VB_ERR_OLD);
    const struct vb_cache_entry *entry = vb_cache_find(&peer()->cache, VB_SECTION_MQTT);
    assert_memory_equal(vb_cache_bytes(&peer()->cache, entry), content, sizeof content);
    while (!answered_by(&other, NULL))
        bench_pass(&bench, 50);
    assert_int_equal(peer()->store_id, other.store_id);
    sender_holds(&other, VB_SECTION_MQTT, 9, content, sizeof content);
    assert_int_equal(announce(&other), VB_ERR_OK); /* and from then on it is that one's */
    entry = vb_cache_find(&peer()->cache, VB_SECTION_MQTT);
    assert_int_equal(entry->version, 9);
}

/* Nobody takes a frame of another epoch for one of this boot. */
static void another_epoch_makes_nothing_of_this_one_doubtful_A6(void **state)
{
    in_sync(state);
    sender_new(&other, 1);
    other.store_id = alpha.store_id + 1;
    other.epoch = (uint16_t)(alpha.epoch - 1);
    sender_holds(&other, VB_SECTION_MQTT, 7, forged, sizeof forged);
    assert_int_equal(announce(&other), VB_ERR_OLD);
    alpha.mature = true;
    sender_holds(&alpha, VB_SECTION_MQTT, 9, forged, sizeof forged);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
}

/* However often the answer is lost: readings, which name no store either, keep nobody from asking.
 */
static void the_doubt_is_asked_about_until_it_is_answered_A6(void **state)
{
    in_sync(state);
    sender_new(&other, 1);
    other.store_id = alpha.store_id + 1;
    sender_holds(&other, VB_SECTION_MQTT, 7, forged, sizeof forged);
    assert_int_equal(announce(&other), VB_ERR_OLD);
    alpha.mature = true;
    for (uint16_t number = 1; number <= 30; number++) {
        bench_pass(&bench, 500);
        assert_int_equal(hear_reading(&alpha, number), VB_ERR_OK);
        bench_output(&bench);
    }
    for (unsigned lost = 0; lost < 3; lost++) {
        memset(bench.sent, 0, sizeof bench.sent);
        assert_int_equal(announce(&alpha), VB_ERR_OLD);
        bench_pass(&bench, 15000);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    }
    assert_int_equal(bench_answer(&bench, &alpha, bench_nonce(&bench)), VB_ERR_OK);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
}

/* The known one shows that it is still there. */
static void an_answer_of_the_known_store_ends_the_doubt_A6(void **state)
{
    in_sync(state);
    sender_new(&other, 1);
    other.store_id = alpha.store_id + 1;
    sender_holds(&other, VB_SECTION_MQTT, 7, forged, sizeof forged);
    assert_int_equal(announce(&other), VB_ERR_OLD);
    while (!answered_by(&alpha, NULL))
        bench_pass(&bench, 50);
    alpha.mature = true;
    sender_holds(&alpha, VB_SECTION_MQTT, 9, forged, sizeof forged);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(vb_cache_find(&peer()->cache, VB_SECTION_MQTT)->version, 9);
}

/* An upgrade that no longer has such a section. */
static void a_section_that_a_new_boot_lacks_is_gone_within_two_seconds_A8(void **state)
{
    in_sync(state);
    sender_holds(&alpha, VB_SECTION_CAN, 1, content, sizeof content);
    const struct vb_record records[] = {sender_record(&alpha, VB_SECTION_MQTT, 0),
                                        sender_record(&alpha, VB_SECTION_CAN, 0)};
    assert_int_equal(bench_beacon(&bench, &alpha, records, 2), VB_ERR_OK);
    assert_in_range(recovered_ms(), 0, BOUND_MS);
    bench_pass(&bench, 5000);
    (void)answered_by(&alpha, NULL);
    sender_reboot(&alpha);
    vb_cache_remove(&alpha.cache, VB_SECTION_CAN);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    const uint32_t nonce = bench_nonce(&bench);
    alpha.seq++;
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    alpha.seq -= 2; /* the beacon has overtaken the answer */
    assert_int_equal(bench_answer(&bench, &alpha, nonce), VB_ERR_OLD);
    memset(bench.sent, 0, sizeof bench.sent);
    alpha.seq += 2;
    assert_in_range(recovered_ms(), 0, BOUND_MS);
    assert_null(vb_cache_find(&peer()->cache, VB_SECTION_CAN));
}

/* ---- Two devices under one address ---- */

static void a_cloned_device_is_reported_once_at_bounded_cost_and_never_verified_A6(void **state)
{
    in_sync(state);
    other.boot++;
    unsigned hellos = 0;
    unsigned said = 0;
    struct vb_event event;
    for (unsigned second = 0; second < 120; second++) {
        (void)announce(&alpha);
        for (unsigned frames = 0; frames < 3; frames++)
            (void)announce(&other);
        hellos += answered_by(&alpha, &other);
        bench_pass(&bench, 1000);
        assert_false(second > 5 && vb_peer_sync_worst(peer()) == VB_SYNC_VERIFIED);
        while (vb_receiver_event(&bench.r, &event))
            said += event.type == VB_EVENT_CLONED;
    }
    assert_int_equal(peer()->boot.state, VB_BOOT_CLONED);
    assert_int_equal(said, 1);
    assert_in_range(hellos, 2, 15);
    assert_in_range(peer()->quality.reboots, 0, 2);
    for (unsigned second = 0; second < 60; second++) { /* one of them is switched off */
        (void)announce(&alpha);
        (void)answered_by(&alpha, NULL);
        bench_pass(&bench, 1000);
    }
    assert_int_not_equal(peer()->boot.state, VB_BOOT_CLONED);
    assert_in_range(recovered_ms(), 0, BOUND_MS);
}

/* A section that one of the two reports as gone would be asked about at every retry of a request.
 */
static void a_cloned_device_is_not_asked_more_often_for_what_its_beacons_lack_A6(void **state)
{
    in_sync(state);
    sender_holds(&alpha, VB_SECTION_CAN, 1, content, sizeof content);
    sender_holds(&other, VB_SECTION_CAN, 1, content, sizeof content);
    const struct vb_record records[] = {sender_record(&alpha, VB_SECTION_MQTT, 0),
                                        sender_record(&alpha, VB_SECTION_CAN, 0)};
    assert_int_equal(bench_beacon(&bench, &alpha, records, 2), VB_ERR_OK);
    assert_int_equal(bench_data(&bench, &alpha, records, 2), VB_ERR_OK);
    other.boot++;
    for (unsigned second = 0; peer()->boot.state != VB_BOOT_CLONED; second++) {
        assert_in_range(second, 0, 60);
        (void)announce(&alpha);
        (void)announce(&other);
        (void)answered_by(&alpha, &other);
        bench_pass(&bench, 1000);
    }
    assert_non_null(vb_cache_find(&peer()->cache, VB_SECTION_CAN));
    vb_cache_remove(&alpha.cache, VB_SECTION_CAN);
    vb_cache_remove(&other.cache, VB_SECTION_CAN);
    unsigned hellos = 0;
    for (unsigned second = 0; second < 14; second++) { /* nobody answers */
        (void)announce(&alpha);
        (void)announce(&other);
        bench_pass(&bench, 1000);
        bench_output(&bench);
        hellos += bench.sent[VB_MESSAGE_HELLO];
        memset(bench.sent, 0, sizeof bench.sent);
    }
    assert_in_range(hellos, 0, 1);
}

/* Answers of a device that restarts between two hellos, in whatever order they arrive, do not come
 * from two devices. */
static void a_restart_between_two_hellos_is_no_clone_A6(void **state)
{
    in_sync(state);
    other.boot++;
    (void)announce(&other);
    assert_true(answered_by(&alpha, &other));
    for (unsigned second = 0; second < 20; second++) {
        bench_pass(&bench, 1000);
        (void)announce(&other);
        (void)answered_by(&other, NULL);
    }
    assert_int_equal(bench_events(&bench, VB_EVENT_CLONED, NULL), 0);
    assert_int_equal(peer()->boot.name, other.boot);
}

/* ---- What goes on and on ---- */

static void answer_for(uint32_t ms)
{
    for (uint32_t passed_ms = 0; passed_ms < ms; passed_ms += 100) {
        (void)answered_by(&alpha, NULL);
        bench_pass(&bench, 100);
    }
}

/* Repeated news, closer together than the delay of a proof, does not postpone it further. */
static void a_device_that_is_never_quiet_is_asked_all_the_same_A6(void **state)
{
    in_sync(state);
    answer_for(1000);
    assert_int_equal(peer()->boot.state, VB_BOOT_PROVEN);
    bool asked = false;
    for (uint8_t change = 0; change < BOUND_MS / 100 && !asked; change++) {
        const uint8_t changed[] = {1, 1, change, 3, 2, 0x5b, 0x07};
        sender_holds(&alpha, VB_SECTION_MQTT, 8u + change, changed, sizeof changed);
        assert_int_equal(announce(&alpha), VB_ERR_OK);
        bench_pass(&bench, 100);
        asked = answered_by(&alpha, NULL);
    }
    assert_true(asked);
}

/* A reading agrees with the digest, which says nothing of the boot. */
static void a_boot_is_proven_while_readings_stream_A6(void **state)
{
    in_sync(state);
    answer_for(6000); /* longer than frames are late */
    assert_int_equal(peer()->boot.state, VB_BOOT_PROVEN);
    sender_reboot(&alpha);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    assert_int_equal(peer()->boot.state, VB_BOOT_CLAIMED);
    for (uint16_t number = 1; number <= BOUND_MS / 100; number++) {
        assert_int_equal(hear_reading(&alpha, number), VB_ERR_OK);
        (void)answered_by(&alpha, NULL);
        bench_pass(&bench, 100);
    }
    assert_int_equal(peer()->boot.state, VB_BOOT_PROVEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_content_is_not_verified_for_longer_than_two_seconds_A8),
        cmocka_unit_test(a_forged_boot_is_believed_no_longer_than_two_seconds_A6),
        cmocka_unit_test(sections_reported_gone_stay_until_an_answer_confirms_it_A12),
        cmocka_unit_test(a_forged_goodbye_is_asked_about_C1),
        cmocka_unit_test(an_answer_from_before_the_goodbye_is_no_sign_of_life_C3),
        cmocka_unit_test(one_forged_reading_does_not_freeze_the_readings_E2),
        cmocka_unit_test(a_restored_store_is_back_and_verified_within_two_seconds_A6),
        cmocka_unit_test(
            a_frame_without_a_store_belongs_to_none_while_another_store_is_heard_of_A6),
        cmocka_unit_test(another_epoch_makes_nothing_of_this_one_doubtful_A6),
        cmocka_unit_test(the_doubt_is_asked_about_until_it_is_answered_A6),
        cmocka_unit_test(an_answer_of_the_known_store_ends_the_doubt_A6),
        cmocka_unit_test(a_section_that_a_new_boot_lacks_is_gone_within_two_seconds_A8),
        cmocka_unit_test(a_cloned_device_is_reported_once_at_bounded_cost_and_never_verified_A6),
        cmocka_unit_test(a_cloned_device_is_not_asked_more_often_for_what_its_beacons_lack_A6),
        cmocka_unit_test(a_restart_between_two_hellos_is_no_clone_A6),
        cmocka_unit_test(a_device_that_is_never_quiet_is_asked_all_the_same_A6),
        cmocka_unit_test(a_boot_is_proven_while_readings_stream_A6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
