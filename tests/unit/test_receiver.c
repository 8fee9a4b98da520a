/* A receiver alone: whom it follows, what it takes from them, what it says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_answers.h"

static struct receiver_bench bench;
static struct bench_sender alpha;

static const uint8_t mqtt[] = {1, 1, 0, 3, 2, 0x5b, 0x07};

static int begun(void **state)
{
    (void)state;
    bench_new(&bench);
    sender_new(&alpha, 1);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, mqtt, sizeof mqtt);
    bench_init(&bench);
    bench_clear(&bench);
    return 0;
}

/* All that it holds, in one beacon. */
static void announce(struct bench_sender *sender)
{
    const struct vb_record record = sender_record(sender, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, sender, &record, 1), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, sender)), VB_SYNC_VERIFIED);
}

static enum vb_err say_goodbye(struct bench_sender *sender)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = sender->boot});
    return bench_hear(&bench, sender, VB_MESSAGE_GOODBYE, &writer);
}

/* ---- What is refused ---- */

static void a_frame_for_another_device_or_of_its_own_is_not_allowed(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    bench_announce(&bench, &alpha);
    struct vb_writer writer =
        vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, vb_room_plain.payload_bytes_max);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = alpha.boot});
    const struct vb_frame frame = {.message = VB_MESSAGE_GOODBYE,
                                   .epoch = alpha.epoch,
                                   .seq = alpha.seq + 1,
                                   .payload_size = (uint16_t)writer.at};
    const struct {
        const struct vb_mac *from;
        const struct vb_mac *to;
        enum vb_err err;
    } cases[] = {
        {&alpha.mac, &alpha.mac, VB_ERR_NOT_ALLOWED},
        {&bench_mac, &vb_mac_broadcast, VB_ERR_NOT_ALLOWED},
        {&alpha.mac, &vb_mac_broadcast, VB_ERR_OK},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        const size_t size =
            vb_frame_finish(&vb_room_plain, &frame, cases[i].from, cases[i].to, bytes);
        assert_int_equal(
            vb_receiver_input(&bench.r, bench.now_ms, cases[i].from, cases[i].to, bytes, size),
            cases[i].err);
    }
}

static void what_only_receivers_say_is_unsupported_here(void **state)
{
    (void)state;
    static const uint8_t messages[] = {VB_MESSAGE_BEACON_ACK,  VB_MESSAGE_REQUEST,
                                       VB_MESSAGE_EDIT,        VB_MESSAGE_HELLO,
                                       VB_MESSAGE_READING_ACK, VB_MESSAGE_READING_ACK + 1};
    uint8_t payload[8];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_write_u64(&writer, 1);
    for (size_t i = 0; i < VB_COUNT_OF(messages); i++)
        assert_int_equal(bench_hear(&bench, &alpha, messages[i], &writer), VB_ERR_UNSUPPORTED);
    assert_null(bench_peer(&bench, &alpha));
}

static void a_broken_payload_makes_nobody_followed(void **state)
{
    (void)state;
    alpha.boot = 0;
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_MALFORMED);
    assert_null(bench_peer(&bench, &alpha));
    assert_int_equal(bench.r.refused[-VB_ERR_MALFORMED], 1);
}

static void whom_nobody_adopted_or_has_room_for_is_not_followed_D1(void **state)
{
    (void)state;
    vb_receiver_settings(&bench.r, bench.now_ms, true, false);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_NOT_ADOPTED);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    for (uint8_t i = 0; i < BENCH_PEERS + 1; i++) {
        struct bench_sender sender;
        sender_new(&sender, (uint8_t)(i + 1));
        assert_int_equal(bench_beacon(&bench, &sender, NULL, 0),
                         i < BENCH_PEERS ? VB_ERR_OK : VB_ERR_NOT_ADOPTED);
    }
}

/* ---- What is said of them ---- */

static void names_outside_the_lists_are_the_worst_of_them(void **state)
{
    (void)state;
    assert_string_equal(vb_link_name((enum vb_link_state)3), "Offline");
    assert_string_equal(vb_sync_name((enum vb_sync)5), "unknown");
    assert_string_equal(vb_edit_state_name((enum vb_edit_state)5), "pending");
}

static void a_transmitter_that_has_nothing_yet_is_of_unknown_sync(void **state)
{
    (void)state;
    vb_cache_remove(&alpha.cache, VB_SECTION_MQTT);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_UNKNOWN);
}

static void the_next_beacon_is_due_when_the_longest_rest_is_over_C1(void **state)
{
    (void)state;
    announce(&alpha);
    bench_pass(&bench, 4000);
    assert_int_equal(vb_peer_next_beacon_ms(&bench.r, bench_peer(&bench, &alpha), bench.now_ms),
                     11000);
    bench_pass(&bench, 11000);
    assert_int_equal(vb_peer_next_beacon_ms(&bench.r, bench_peer(&bench, &alpha), bench.now_ms), 0);
    bench_pass(&bench, 1);
    assert_int_equal(vb_peer_next_beacon_ms(&bench.r, bench_peer(&bench, &alpha), bench.now_ms), 0);
}

static void a_section_no_longer_announced_is_gone_and_reported_A8(void **state)
{
    (void)state;
    sender_holds(&alpha, VB_SECTION_CAN, 1, mqtt, 3);
    const struct vb_record records[] = {sender_record(&alpha, VB_SECTION_MQTT, 0),
                                        sender_record(&alpha, VB_SECTION_CAN, 0)};
    assert_int_equal(bench_beacon(&bench, &alpha, records, 2), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_VERIFIED);
    bench_settle(&bench, VB_ERR_OK);
    assert_non_null(memory_store_find(&bench.store, "020000000001+6"));
    bench_clear(&bench);
    vb_cache_remove(&alpha.cache, VB_SECTION_CAN);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    bench_pass(&bench, 200);
    bench_clear(&bench);
    assert_non_null(
        vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CAN)); /* anybody says so */
    assert_int_equal(bench_answer(&bench, &alpha, bench_nonce(&bench)), VB_ERR_OK);
    struct vb_event event = {0};
    while (vb_receiver_event(&bench.r, &event) && event.section != VB_SECTION_CAN)
        continue;
    assert_int_equal(event.section, VB_SECTION_CAN);
    assert_int_equal(event.a, 0);
    assert_int_equal(event.detail, VB_SYNC_UNKNOWN);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_VERIFIED);
    bench_pass(&bench, bench.config.timing.commit_coalesce);
    bench_settle(&bench, VB_ERR_OK);
    assert_null(memory_store_find(&bench.store, "020000000001+6"));
}

/* ---- Goodbyes and boots ---- */

static void a_frame_sent_before_the_goodbye_is_no_sign_of_life_and_one_behind_it_is_C1(void **state)
{
    (void)state;
    announce(&alpha);
    alpha.seq += 5;
    assert_int_equal(say_goodbye(&alpha), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, &alpha)->link, VB_LINK_OFFLINE);
    alpha.seq -= 4;
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, &alpha)->link, VB_LINK_OFFLINE);
    alpha.seq += 4;
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, &alpha)->link, VB_LINK_CONNECTED);
}

/* The answer to the newest hello is fresh, but for what has been heard since; here from a device
 * of which nothing else is known yet. */
/* A frame that names neither its store nor its boot. */
static void say_reading(struct bench_sender *sender)
{
    const struct vb_reading reading = {
        .sequence = 1, .cell_count = 4, .cell_mv = {3801, 3800, 3799, 3802}};
    static struct vb_codec_encoder encoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(vb_codec_encode(&encoder, 1, &reading, 0, bodies), 1);
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    const struct vb_reading_part part = {
        .number = 1, .body = bodies[0].bytes, .size = bodies[0].size};
    vb_reading_part_write(&writer, &part);
    assert_int_equal(bench_hear(&bench, sender, VB_MESSAGE_READING, &writer), VB_ERR_OK);
}

static void an_answer_that_the_goodbye_has_overtaken_is_no_sign_of_life_C1(void **state)
{
    (void)state;
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer;
    say_reading(&alpha);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    struct vb_reader hello = vb_reader_of(bench.frame[VB_MESSAGE_HELLO].payload,
                                          bench.frame[VB_MESSAGE_HELLO].payload_size);
    alpha.seq += 5;
    assert_int_equal(say_goodbye(&alpha), VB_ERR_OK);
    alpha.seq -= 4;
    writer = vb_writer_of(payload, sizeof payload);
    vb_write_u32(&writer, vb_read_u32(&hello));
    vb_beacon_write(&writer, &(struct vb_beacon){.store_id = alpha.store_id, .boot = alpha.boot});
    assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_HELLO_ACK, &writer), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, &alpha)->link, VB_LINK_OFFLINE);
}

static void replace_store(uint16_t boots_less)
{
    alpha.epoch -= boots_less; /* a wiped store may begin anywhere */
    alpha.store_id++;
    alpha.boot++;
    bench_clear(&bench);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OLD);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    struct vb_reader hello = vb_reader_of(bench.frame[VB_MESSAGE_HELLO].payload,
                                          bench.frame[VB_MESSAGE_HELLO].payload_size);
    const uint32_t nonce = vb_read_u32(&hello);
    for (uint32_t error = 1; error < 2; error--) {
        uint8_t payload[VB_PAYLOAD_BYTES_MAX];
        struct vb_writer writer = vb_writer_of(payload, sizeof payload);
        vb_write_u32(&writer, nonce ^ error);
        vb_beacon_write(&writer,
                        &(struct vb_beacon){.store_id = alpha.store_id, .boot = alpha.boot});
        assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_HELLO_ACK, &writer),
                         error == 1 ? VB_ERR_OLD : VB_ERR_OK);
    }
    assert_int_equal(bench_peer(&bench, &alpha)->store_id, alpha.store_id);
    assert_int_equal(bench_peer(&bench, &alpha)->epoch, alpha.epoch);
}

static void only_the_answer_to_its_own_hello_turns_a_receiver_to_another_boot_A6(void **state)
{
    (void)state;
    announce(&alpha);
    replace_store(5);
}

/* One time in 65536 a new store begins at the very count of boots that is known, with lower seqs.
 */
static void another_store_with_the_same_count_of_boots_is_asked_for_A6(void **state)
{
    (void)state;
    alpha.seq = 1000;
    announce(&alpha);
    alpha.seq = 0;
    replace_store(0);
}

/* ---- Time ---- */

static void hellos_to_all_end_once_all_have_answered(void **state)
{
    (void)state;
    announce(&alpha);
    bench_clear(&bench);
    bench_pass(&bench, 150);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 0);
    assert_in_range(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 151, 10000);

    begun(state); /* nobody answers: four in all, the first of which is out */
    for (unsigned i = 0; i < 40; i++)
        bench_pass(&bench, 100), bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 3);
}

static void a_verdict_that_is_overdue_wants_a_tick_at_once_C1(void **state)
{
    (void)state;
    announce(&alpha);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 1000);
    bench.now_ms += 40000;
    assert_int_equal(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 0);
    bench_pass(&bench, 0);
    assert_int_equal(bench_peer(&bench, &alpha)->link, VB_LINK_OFFLINE);
    assert_int_equal(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 10000);
}

static void a_receiver_that_is_woken_when_it_asks_says_all_its_hellos(void **state)
{
    (void)state; /* the first is out */
    const uint32_t begun_ms = bench.now_ms;
    for (unsigned hellos = 1; hellos <= 3; hellos++) {
        const uint32_t wait_ms = vb_receiver_wakeup_ms(&bench.r, bench.now_ms);
        assert_in_range(wait_ms, 1, 2000);
        bench_pass(&bench, wait_ms);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_HELLO], hellos);
    }
    assert_in_range(bench.now_ms - begun_ms, 1, 3000);
    assert_int_equal(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_frame_for_another_device_or_of_its_own_is_not_allowed, begun),
        cmocka_unit_test_setup(what_only_receivers_say_is_unsupported_here, begun),
        cmocka_unit_test_setup(a_broken_payload_makes_nobody_followed, begun),
        cmocka_unit_test_setup(a_receiver_that_is_woken_when_it_asks_says_all_its_hellos, begun),
        cmocka_unit_test_setup(whom_nobody_adopted_or_has_room_for_is_not_followed_D1, begun),
        cmocka_unit_test_setup(names_outside_the_lists_are_the_worst_of_them, begun),
        cmocka_unit_test_setup(a_transmitter_that_has_nothing_yet_is_of_unknown_sync, begun),
        cmocka_unit_test_setup(the_next_beacon_is_due_when_the_longest_rest_is_over_C1, begun),
        cmocka_unit_test_setup(a_section_no_longer_announced_is_gone_and_reported_A8, begun),
        cmocka_unit_test_setup(
            a_frame_sent_before_the_goodbye_is_no_sign_of_life_and_one_behind_it_is_C1, begun),
        cmocka_unit_test_setup(an_answer_that_the_goodbye_has_overtaken_is_no_sign_of_life_C1,
                               begun),
        cmocka_unit_test_setup(another_store_with_the_same_count_of_boots_is_asked_for_A6, begun),
        cmocka_unit_test_setup(only_the_answer_to_its_own_hello_turns_a_receiver_to_another_boot_A6,
                               begun),
        cmocka_unit_test_setup(hellos_to_all_end_once_all_have_answered, begun),
        cmocka_unit_test_setup(a_verdict_that_is_overdue_wants_a_tick_at_once_C1, begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
