/* Readings at a single receiver: parts that belong together, and those that only seem to; what it
 * acknowledges, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/heard_reading.h"
#include "../fixtures/sender_alpha.h"
#include "voltbeacon/core/random.h"

static struct vb_codec_encoder encoder;

static int in_sync(void **state)
{
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    return alpha_in_sync(state);
}

/* A reading as it goes out. */
struct sent {
    struct vb_reading reading;
    uint16_t number;
    uint8_t count;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
};

static struct sent sent_of(uint16_t number, const struct vb_reading *reading)
{
    struct sent sent = {.reading = *reading, .number = number};
    sent.count = vb_codec_encode(&encoder, number, reading, 0, sent.bodies);
    return sent;
}

static struct vb_reading small(void)
{
    return (struct vb_reading){.sequence = 1, .cell_count = 4, .cell_mv = {3801, 3800, 3799, 3802}};
}

/* So many cells, without any pattern, that they take two bodies. */
static struct vb_reading large(uint64_t seed, uint8_t cells)
{
    struct vb_random random;
    vb_random_seed(&random, seed);
    struct vb_reading reading = {.sequence = (uint32_t)seed, .cell_count = cells};
    for (unsigned i = 0; i < cells; i++)
        reading.cell_mv[i] = (uint16_t)vb_random_between(&random, 0, VB_CELL_MV_MAX);
    return reading;
}

static enum vb_err hear(const struct sent *sent, unsigned part)
{
    assert_true(part < sent->count);
    return bench_reading(&bench, &alpha, sent->number, sent->bodies[part].bytes,
                         sent->bodies[part].size);
}

static void assert_newest(const struct vb_reading *expected)
{
    const struct vb_reading *newest = vb_reading_ring_at(&peer()->ring, 0);
    assert_non_null(newest);
    assert_int_equal(newest->sequence, expected->sequence);
    assert_memory_equal(newest->cell_mv, expected->cell_mv, sizeof expected->cell_mv);
}

/* What it has answered since the last bench_clear(). */
static void assert_answered(unsigned count, uint16_t number, uint8_t flags)
{
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_READING_ACK], count);
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_READING_ACK];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_reading_ack ack = {0};
    assert_int_equal(vb_reading_ack_read(&reader, &ack), VB_ERR_OK);
    assert_int_equal(ack.number, number);
    assert_int_equal(ack.flags, flags);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_READING_ACK], &alpha.mac));
}

/* ---- Two parts ---- */

static void parts_of_two_readings_under_one_number_are_not_mixed_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = large(1, 192);
    struct vb_reading flagged = reading;
    flagged.flags = VB_READING_TOGETHER;
    struct vb_reading warm = reading;
    warm.temp_count = 1;
    const struct vb_reading others[] = {large(2, 184), flagged, warm};
    const struct sent sent = sent_of(1, &reading);
    assert_int_equal(sent.count, 2);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    for (unsigned i = 0; i < VB_COUNT_OF(others); i++) {
        const struct sent other = sent_of(1, &others[i]);
        assert_int_equal(other.count, 2);
        assert_int_equal(hear(&other, 1), VB_ERR_MALFORMED);
    }
    const struct vb_reading whole = small();
    const struct sent alone = sent_of(1, &whole);
    assert_int_equal(hear(&alone, 0), VB_ERR_OLD); /* its only part has arrived */
    assert_int_equal(peer()->quality.readings, 0);
    assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 1);
    assert_newest(&reading);
}

static void nothing_of_a_longer_reading_is_left_in_a_shorter_one_E2(void **state)
{
    (void)state;
    const struct vb_reading longer = large(1, 192);
    const struct vb_reading shorter = large(2, 184);
    const struct sent first = sent_of(1, &longer);
    const struct sent second = sent_of(2, &shorter);
    for (unsigned part = 0; part < 2; part++)
        assert_int_equal(hear(&first, part), VB_ERR_OK);
    for (unsigned part = 0; part < 2; part++)
        assert_int_equal(hear(&second, part), VB_ERR_OK);
    assert_newest(&shorter);
}

static void garbage_in_the_place_of_a_part_changes_nothing_E2(void **state)
{
    (void)state;
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const struct vb_reading reading = large(1, 192);
    const struct sent sent = sent_of(1, &reading);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    assert_int_equal(bench_reading(&bench, &alpha, 1, garbage, sizeof garbage), VB_ERR_MALFORMED);
    assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    assert_newest(&reading);
}

static void a_whole_reading_under_the_number_of_a_second_part_is_not_mixed_in_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = large(1, 192);
    const struct vb_reading whole = small();
    const struct sent sent = sent_of(1, &reading);
    const struct sent other = sent_of(1, &whole);
    assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    assert_int_equal(hear(&other, 0), VB_ERR_MALFORMED);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    assert_newest(&reading);
}

static void parts_come_in_any_order_and_count_once_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = large(5, 192);
    const struct sent sent = sent_of(5, &reading);
    alpha.seq = 21;
    assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    assert_int_equal(hear(&sent, 1), VB_ERR_OLD);
    alpha.seq = 11; /* overtaken by the other */
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    assert_int_equal(hear(&sent, 0), VB_ERR_OLD);
    const struct sent older = sent_of(4, &reading);
    alpha.seq = 15;
    assert_int_equal(hear(&older, 0), VB_ERR_OLD);
    assert_int_equal(peer()->quality.readings, 1);
    assert_int_equal(peer()->quality.readings_lost, 0);
    assert_newest(&reading);
}

static void a_lost_part_costs_its_reading_only_and_is_counted_E2(void **state)
{
    (void)state;
    struct vb_event event = {0};
    for (uint16_t number = 1; number <= 10; number++) {
        const struct vb_reading reading = large(number, 192);
        const struct sent sent = sent_of(number, &reading);
        assert_int_equal(hear(&sent, 0), VB_ERR_OK);
        if (number % 3 != 0)
            assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    }
    assert_int_equal(peer()->quality.readings, 7);
    assert_int_equal(peer()->quality.readings_lost, 3);
    assert_int_equal(bench_events(&bench, VB_EVENT_READING_LOST, &event), 3);
}

/* ---- Numbers ---- */

static void numbers_wrap_and_gaps_are_counted_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    static const uint16_t numbers[] = {65530, 65535, 0, 3, 65535, 2, 4};
    for (unsigned i = 0; i < VB_COUNT_OF(numbers); i++) {
        const bool late = i == 4 || i == 5;
        alpha.seq = late ? 1 : 10 + i;
        vb_codec_receivers_changed(&encoder);
        const struct sent sent = sent_of(numbers[i], &reading);
        assert_int_equal(hear(&sent, 0), late ? VB_ERR_OLD : VB_ERR_OK);
    }
    assert_int_equal(peer()->quality.readings, 5);
    assert_int_equal(peer()->quality.readings_lost, 4 + 2);
}

static void another_boot_may_begin_with_the_same_number_E2(void **state)
{
    (void)state;
    bench_outlast_late_frames(&bench);
    const struct vb_reading reading = small();
    const struct sent sent = sent_of(1, &reading);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    sender_reboot(&alpha);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 2);
    assert_int_equal(peer()->quality.readings_lost, 0);
}

static void an_invalid_reading_is_refused_and_counts_as_lost_E2(void **state)
{
    (void)state;
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    assert_int_equal(bench_reading(&bench, &alpha, 2, garbage, sizeof garbage), VB_ERR_MALFORMED);
    assert_int_equal(bench.r.refused[-VB_ERR_MALFORMED], 1);
    const struct sent third = sent_of(3, &reading);
    assert_int_equal(hear(&third, 0), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 2);
    assert_int_equal(peer()->quality.readings_lost, 1);
}

/* Old frames, sent again after a long silence: no sign of life. */
static void an_old_reading_is_old_after_the_silence_too_A6(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    const struct sent second = sent_of(2, &reading);
    const uint32_t seq = alpha.seq;
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.offline_after);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    alpha.seq = seq;
    assert_int_equal(hear(&first, 0), VB_ERR_OLD);
    assert_int_equal(hear(&second, 0), VB_ERR_OLD);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
}

static void a_reading_from_before_the_goodbye_is_no_sign_of_life_C3(void **state)
{
    (void)state;
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer goodbye = vb_writer_of(payload, sizeof payload);
    vb_goodbye_write(&goodbye, &(struct vb_goodbye){.boot = alpha.boot});
    const struct vb_reading reading = small();
    const struct sent late = sent_of(1, &reading);
    alpha.seq += 10;
    assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_GOODBYE, &goodbye), VB_ERR_OK);
    const uint32_t seq = alpha.seq;
    alpha.seq -= 5;
    assert_int_equal(hear(&late, 0), VB_ERR_OLD);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    alpha.seq = seq;
    assert_int_equal(hear(&late, 0), VB_ERR_OK);
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
}

/* ---- Keyframes ---- */

static void a_keyframe_is_acknowledged_once_and_nothing_else_is_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent keyframe = sent_of(1, &reading);
    assert_int_equal(hear(&keyframe, 0), VB_ERR_OK);
    assert_int_equal(hear(&keyframe, 0), VB_ERR_OLD);
    assert_answered(1, 1, 0);
    const struct sent alone = sent_of(2, &reading);
    assert_int_equal(hear(&alone, 0), VB_ERR_OK);
    assert_answered(1, 1, 0);
}

static void what_refers_to_a_keyframe_that_never_came_is_refused_and_lost_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    (void)sent_of(1, &reading);
    vb_codec_acked(&encoder, 1);
    const struct sent second = sent_of(2, &reading);
    assert_int_equal(hear(&second, 0), VB_ERR_OK); /* a sign of life, all the same */
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
    assert_int_equal(peer()->quality.readings, 0);
    assert_answered(1, 2, VB_READING_ACK_REFUSED);
    assert_int_equal(hear(&second, 0), VB_ERR_OK); /* once more, should the answer be lost */
    assert_answered(2, 2, VB_READING_ACK_REFUSED);
    vb_codec_receivers_changed(&encoder);
    const struct sent third = sent_of(3, &reading);
    assert_int_equal(hear(&third, 0), VB_ERR_OK);
    assert_answered(3, 3, 0);
    assert_int_equal(peer()->quality.readings, 1);
    assert_int_equal(peer()->quality.readings_lost, 1);
}

static void a_keyframe_of_another_boot_or_of_before_the_silence_is_not_referred_to_E5(void **state)
{
    (void)state;
    for (unsigned silent = 0; silent < 2; silent++) {
        in_sync(state);
        bench_outlast_late_frames(&bench);
        const struct vb_reading reading = small();
        const struct sent first = sent_of(1, &reading);
        assert_int_equal(hear(&first, 0), VB_ERR_OK);
        vb_codec_acked(&encoder, 1);
        if (silent != 0) {
            bench_pass(&bench, bench.config.timing.offline_after);
        } else {
            sender_reboot(&alpha);
            assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
        }
        bench_clear(&bench);
        const struct sent second = sent_of(2, &reading);
        assert_int_equal(hear(&second, 0), VB_ERR_OK);
        assert_answered(1, 2, VB_READING_ACK_REFUSED);
        assert_int_equal(peer()->quality.readings, 1);
    }
}

static void a_keyframe_of_another_store_is_not_referred_to_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    vb_codec_acked(&encoder, 1);
    sender_replace_store(&bench, &alpha);
    bench_clear(&bench);
    const struct sent second = sent_of(2, &reading);
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
    assert_answered(1, 2, VB_READING_ACK_REFUSED);
}

/* A refused reading left nothing behind, so nothing can be added to it. */
static void a_part_under_the_number_of_a_refused_reading_is_not_taken_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct vb_reading other = large(1, 192);
    const struct sent before = sent_of(1, &other);
    assert_int_equal(hear(&before, 0), VB_ERR_OK);
    assert_int_equal(hear(&before, 1), VB_ERR_OK);
    (void)sent_of(2, &reading);
    vb_codec_acked(&encoder, 2);
    const struct sent refused = sent_of(3, &reading);
    assert_int_equal(hear(&refused, 0), VB_ERR_OK);
    const struct sent parts = sent_of(3, &other);
    assert_int_equal(hear(&parts, 0), VB_ERR_OLD);
    assert_int_equal(peer()->quality.readings, 1);
}

/* ---- Two devices under one address, before that is noticed ---- */

/* Another device's reading, under another digest than alpha's. */
static enum vb_err hear_from_other(const struct sent *sent, unsigned part)
{
    alpha.digest_error = 1;
    const enum vb_err err = hear(sent, part);
    alpha.digest_error = 0;
    return err;
}

static void nothing_of_one_device_refers_to_a_keyframe_of_another_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    struct vb_reading other = small();
    other.cell_mv[2] += 40;
    for (unsigned offered = 0; offered < 2; offered++) {
        in_sync(state);
        const struct sent first = sent_of(1, &reading);
        vb_codec_acked(&encoder, 1);
        const struct sent second = sent_of(2, &reading); /* a keyframe, on offer */
        if (offered != 0)
            vb_codec_acked(&encoder, 2);
        const struct sent ours = sent_of(3, &reading);
        const struct sent last = sent_of(4, &reading);
        vb_codec_receivers_changed(&encoder);
        const struct sent theirs = sent_of((uint16_t)(1 + offered), &other);
        assert_int_equal(hear(&first, 0), VB_ERR_OK);
        assert_int_equal(hear(&second, 0), VB_ERR_OK);
        assert_int_equal(hear(&ours, 0), VB_ERR_OK);
        assert_newest(&reading);
        assert_int_equal(hear_from_other(&theirs, 0), VB_ERR_OK); /* alone, and a keyframe */
        assert_newest(&other);
        bench_clear(&bench);
        assert_int_equal(hear(&last, 0), VB_ERR_OK);
        assert_answered(1, 4, VB_READING_ACK_REFUSED);
        assert_newest(&other);
        assert_int_equal(peer()->quality.readings, 4);
    }
}

static void nothing_of_another_device_refers_to_a_keyframe_of_ours_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    vb_codec_acked(&encoder, 1);
    const struct sent theirs = sent_of(2, &reading);
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    bench_clear(&bench);
    assert_int_equal(hear_from_other(&theirs, 0), VB_ERR_OK);
    assert_answered(1, 2, VB_READING_ACK_REFUSED);
    assert_int_equal(peer()->quality.readings, 1);
}

static void parts_of_two_devices_are_not_of_one_reading_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = large(1, 192);
    const struct sent sent = sent_of(1, &reading);
    const struct vb_reading other = large(2, 192);
    const struct sent theirs = sent_of(1, &other);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    assert_int_equal(hear_from_other(&theirs, 1), VB_ERR_MALFORMED);
    assert_int_equal(peer()->quality.readings, 0);
    assert_int_equal(hear(&sent, 1), VB_ERR_OK);
    assert_newest(&reading);
}

static void change_a_setting(bool heard)
{
    static const uint8_t changed[] = {1, 1, 1};
    sender_holds(&alpha, VB_SECTION_MQTT, 8, changed, sizeof changed);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    if (heard)
        assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
}

/* The boot is the same, and what it says of its content was heard, so its keyframes stay. */
static void a_change_of_settings_costs_no_reading_E5(void **state)
{
    (void)state;
    const struct vb_reading large_one = large(1, 192);
    const struct vb_reading reading = small();
    const struct sent parts = sent_of(1, &large_one);
    const struct sent first = sent_of(2, &reading);
    vb_codec_acked(&encoder, 2);
    const struct sent second = sent_of(3, &reading);
    assert_int_equal(hear(&parts, 0), VB_ERR_OK);
    change_a_setting(true);
    assert_int_equal(hear(&parts, 1), VB_ERR_OK);
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    sender_holds(&alpha, VB_SECTION_MQTT, 9, content, sizeof content);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 3);
    assert_int_equal(peer()->quality.readings_lost, 0);
}

/* Nothing then tells it from another device's. The next one stands alone. */
static void a_change_that_was_not_heard_costs_one_reading_E5(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    vb_codec_acked(&encoder, 1);
    const struct sent second = sent_of(2, &reading);
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    change_a_setting(false);
    bench_clear(&bench);
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
    assert_answered(1, 2, VB_READING_ACK_REFUSED);
    vb_codec_receivers_changed(&encoder);
    const struct sent third = sent_of(3, &reading);
    assert_int_equal(hear(&third, 0), VB_ERR_OK);
    vb_codec_acked(&encoder, 3);
    const struct sent fourth = sent_of(4, &reading);
    assert_int_equal(hear(&fourth, 0), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 3);
    assert_int_equal(peer()->quality.readings_lost, 1);
}

/* With two streams heard alternately, losses cannot be counted. */
static void a_number_that_goes_back_is_no_loss_E2(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    static const uint16_t numbers[] = {20, 14, 15};
    for (unsigned i = 0; i < VB_COUNT_OF(numbers); i++) {
        vb_codec_receivers_changed(&encoder);
        const struct sent sent = sent_of(numbers[i], &reading);
        assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    }
    assert_int_equal(peer()->quality.readings, 3);
    assert_int_equal(peer()->quality.readings_lost, 0);
}

/* ---- The digest ---- */

static void a_refuted_state_is_asked_for_once_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    const struct vb_reading reading = small();
    for (uint16_t number = 1; number <= 3; number++) {
        const struct sent sent = sent_of(number, &reading);
        assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    }
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    assert_int_equal(vb_peer_sync(peer(), VB_SECTION_MQTT), VB_SYNC_FETCHING);
}

static void a_reading_holds_up_no_request_that_waits_to_be_sent_A2(void **state)
{
    (void)state;
    static const uint8_t others[] = {1, 1, 1};
    sender_holds(&alpha, VB_SECTION_MQTT, 8, others, sizeof others);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    sender_holds(&alpha, VB_SECTION_MQTT, 9, content, sizeof content);
    const struct vb_reading reading = small();
    const struct sent sent = sent_of(1, &reading); /* it tells of version 9 */
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 1);
}

/* It announces a digest that has changed since. */
static void a_reading_from_before_the_beacon_refutes_nothing_A8(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent sent = sent_of(1, &reading);
    alpha.seq += 10;
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    alpha.seq -= 5;
    alpha.digest_error = 1;
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 0);
    assert_int_equal(vb_peer_sync(peer(), VB_SECTION_MQTT), VB_SYNC_VERIFIED);
}

static void what_cannot_be_verified_is_not_refuted_again_and_again_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    const struct vb_cache_entry *entry = vb_cache_find(&alpha.cache, VB_SECTION_MQTT);
    const struct vb_record same = {.id = VB_SECTION_MQTT,
                                   .form = VB_RECORD_SAME,
                                   .version = entry->version,
                                   .hash = vb_section_hash(content, sizeof content)};
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        bench_output(&bench);
        assert_int_equal(bench_data(&bench, &alpha, &same, 1), VB_ERR_OK);
        bench_pass(&bench, 100);
    }
    assert_int_equal(vb_peer_sync(peer(), VB_SECTION_MQTT), VB_SYNC_UNVERIFIABLE);
    bench_clear(&bench);
    alpha.digest_error = 2;
    const struct vb_reading reading = small();
    const struct sent sent = sent_of(1, &reading);
    assert_int_equal(hear(&sent, 0), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO] + bench.sent[VB_MESSAGE_REQUEST], 0);
}

/* It names no boot: its digest tells whose it is. */
static void a_reading_of_the_other_device_of_two_is_not_taken_A6(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    const struct sent second = sent_of(2, &reading);
    bench.peers[0].boot.state = VB_BOOT_CLONED;
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    alpha.digest_error = 1;
    assert_int_equal(hear(&second, 0), VB_ERR_OLD);
    bench.peers[0].boot.state = VB_BOOT_PROVEN;
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
}

/* It agrees with what was known before, and says nothing of what has come since. */
static void a_reading_from_before_the_beacon_proves_nothing_A8(void **state)
{
    (void)state;
    const struct vb_reading reading = small();
    const struct sent first = sent_of(1, &reading);
    const struct sent second = sent_of(2, &reading);
    struct vb_peer *known = &bench.peers[0];
    known->boot.state = VB_BOOT_PROVEN;
    known->boot.proof_wanted = true;
    known->state_seq += 10;
    assert_int_equal(hear(&first, 0), VB_ERR_OK);
    assert_true(known->boot.proof_wanted);
    alpha.seq += 20;
    assert_int_equal(hear(&second, 0), VB_ERR_OK);
    assert_false(known->boot.proof_wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_of_one_device_refers_to_a_keyframe_of_another_E5, in_sync),
        cmocka_unit_test_setup(nothing_of_another_device_refers_to_a_keyframe_of_ours_E5, in_sync),
        cmocka_unit_test_setup(parts_of_two_devices_are_not_of_one_reading_E2, in_sync),
        cmocka_unit_test_setup(a_change_of_settings_costs_no_reading_E5, in_sync),
        cmocka_unit_test_setup(a_change_that_was_not_heard_costs_one_reading_E5, in_sync),
        cmocka_unit_test_setup(a_number_that_goes_back_is_no_loss_E2, in_sync),
        cmocka_unit_test_setup(a_reading_of_the_other_device_of_two_is_not_taken_A6, in_sync),
        cmocka_unit_test_setup(a_reading_from_before_the_beacon_proves_nothing_A8, in_sync),
        cmocka_unit_test_setup(parts_of_two_readings_under_one_number_are_not_mixed_E2, in_sync),
        cmocka_unit_test_setup(nothing_of_a_longer_reading_is_left_in_a_shorter_one_E2, in_sync),
        cmocka_unit_test_setup(garbage_in_the_place_of_a_part_changes_nothing_E2, in_sync),
        cmocka_unit_test_setup(a_whole_reading_under_the_number_of_a_second_part_is_not_mixed_in_E2,
                               in_sync),
        cmocka_unit_test_setup(parts_come_in_any_order_and_count_once_E2, in_sync),
        cmocka_unit_test_setup(a_lost_part_costs_its_reading_only_and_is_counted_E2, in_sync),
        cmocka_unit_test_setup(numbers_wrap_and_gaps_are_counted_E2, in_sync),
        cmocka_unit_test_setup(another_boot_may_begin_with_the_same_number_E2, in_sync),
        cmocka_unit_test_setup(an_invalid_reading_is_refused_and_counts_as_lost_E2, in_sync),
        cmocka_unit_test_setup(an_old_reading_is_old_after_the_silence_too_A6, in_sync),
        cmocka_unit_test_setup(a_reading_from_before_the_goodbye_is_no_sign_of_life_C3, in_sync),
        cmocka_unit_test_setup(a_keyframe_is_acknowledged_once_and_nothing_else_is_E5, in_sync),
        cmocka_unit_test_setup(what_refers_to_a_keyframe_that_never_came_is_refused_and_lost_E5,
                               in_sync),
        cmocka_unit_test_setup(
            a_keyframe_of_another_boot_or_of_before_the_silence_is_not_referred_to_E5, in_sync),
        cmocka_unit_test_setup(a_keyframe_of_another_store_is_not_referred_to_E5, in_sync),
        cmocka_unit_test_setup(a_part_under_the_number_of_a_refused_reading_is_not_taken_E2,
                               in_sync),
        cmocka_unit_test_setup(a_refuted_state_is_asked_for_once_A8, in_sync),
        cmocka_unit_test_setup(a_reading_holds_up_no_request_that_waits_to_be_sent_A2, in_sync),
        cmocka_unit_test_setup(a_reading_from_before_the_beacon_refutes_nothing_A8, in_sync),
        cmocka_unit_test_setup(what_cannot_be_verified_is_not_refuted_again_and_again_A8, in_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
