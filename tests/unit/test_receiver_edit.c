/* Edits at a receiver alone: when they begin, what is an answer to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_bench.h"

enum { PORT = 3, LATER_SECTION = 15 };

static struct receiver_bench bench;
static struct bench_sender alpha;
static struct bench_sender beta;

static const uint8_t content[] = {1, 1, 0, PORT, 2, 0x5b, 0x07};
static const uint8_t edited[] = {1, 1, 0, PORT, 2, 0xb3, 0x22};
static const uint8_t change[] = {PORT, 2, 0xb3, 0x22};

static void hear(struct bench_sender *sender)
{
    struct vb_record records[VB_MARKS_MAX];
    for (uint8_t i = 0; i < sender->cache.count; i++)
        records[i] = sender_record(sender, sender->cache.entries[i].id, 0);
    assert_int_equal(bench_beacon(&bench, sender, records, sender->cache.count), VB_ERR_OK);
    assert_int_equal(vb_peer_sync_worst(vb_receiver_peer(&bench.r, &sender->mac)),
                     VB_SYNC_VERIFIED);
}

static int in_sync(void **state)
{
    (void)state;
    bench_new(&bench);
    bench_init(&bench);
    sender_new(&alpha, 1);
    sender_new(&beta, 2);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, content, sizeof content);
    sender_holds(&beta, VB_SECTION_MQTT, 7, content, sizeof content);
    hear(&alpha);
    hear(&beta);
    bench_clear(&bench);
    return 0;
}

static struct vb_reasons reasons;

static enum vb_err begin(const struct bench_sender *sender, uint8_t section, const uint8_t *changes,
                         size_t size, uint64_t *id)
{
    reasons = (struct vb_reasons){0};
    return vb_receiver_edit(&bench.r, bench.now_ms, &sender->mac, section, changes, size, id,
                            &reasons);
}

static uint64_t begun(void)
{
    uint64_t id;
    assert_int_equal(begin(&alpha, VB_SECTION_MQTT, change, sizeof change, &id), VB_ERR_OK);
    bench_output(&bench);
    return id;
}

static enum vb_edit_state state_of(uint64_t id)
{
    const struct vb_edit *edit = vb_receiver_edit_find(&bench.r, id);
    assert_non_null(edit);
    return edit->state;
}

static void answer_version(struct bench_sender *sender, uint64_t id, uint8_t outcome,
                           uint32_t version)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    const struct vb_edit_result result = {.id = id,
                                          .boot = sender->boot,
                                          .section = VB_SECTION_MQTT,
                                          .outcome = outcome,
                                          .version = version};
    vb_edit_result_write(&writer, &result);
    assert_int_equal(bench_hear(&bench, sender, VB_MESSAGE_EDIT_RESULT, &writer), VB_ERR_OK);
}

static void answer(struct bench_sender *sender, uint64_t id, uint8_t outcome)
{
    answer_version(sender, id, outcome, 8);
}

/* ---- What does not begin ---- */

static void an_edit_of_what_is_not_held_is_not_found(void **state)
{
    (void)state;
    uint64_t id;
    struct bench_sender stranger;
    sender_new(&stranger, 9);
    assert_int_equal(begin(&stranger, VB_SECTION_MQTT, change, 4, &id), VB_ERR_NOT_FOUND);
    assert_int_equal(begin(&alpha, VB_SECTION_BATTERY, change, 4, &id), VB_ERR_NOT_FOUND);
}

static void a_section_of_later_firmware_is_held_and_not_edited_A11(void **state)
{
    (void)state;
    uint64_t id;
    sender_holds(&alpha, LATER_SECTION, 1, content, sizeof content);
    hear(&alpha);
    assert_int_equal(begin(&alpha, LATER_SECTION, change, 4, &id), VB_ERR_NOT_FOUND);
}

static void an_edit_of_nothing_or_of_more_than_1024_bytes_is_too_long(void **state)
{
    (void)state;
    static const uint8_t zeros[VB_EDIT_CHANGES_MAX + 1];
    uint64_t id;
    assert_int_equal(begin(&alpha, VB_SECTION_MQTT, zeros, 0, &id), VB_ERR_TOO_LONG);
    assert_int_equal(begin(&alpha, VB_SECTION_MQTT, zeros, sizeof zeros, &id), VB_ERR_TOO_LONG);
}

static void an_edit_more_than_there_are_places_is_busy_until_one_has_ended(void **state)
{
    (void)state;
    uint64_t id;
    const uint64_t first = begun();
    for (unsigned i = 1; i < BENCH_EDITS; i++)
        (void)begun();
    assert_int_equal(begin(&alpha, VB_SECTION_MQTT, change, 4, &id), VB_ERR_BUSY);
    answer(&alpha, first, VB_EDIT_REFUSED);
    assert_int_equal(begin(&alpha, VB_SECTION_MQTT, change, 4, &id), VB_ERR_OK);
    assert_null(vb_receiver_edit_find(&bench.r, first));
    assert_null(vb_receiver_edit_find(&bench.r, 0));
}

/* ---- Answers ---- */

static void only_its_own_transmitter_answers_an_edit(void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer(&beta, id, VB_EDIT_REFUSED);
    answer(&alpha, id + 2, VB_EDIT_REFUSED);
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
    answer(&alpha, id, VB_EDIT_REFUSED);
    assert_int_equal(state_of(id), VB_EDIT_STATE_REFUSED);
    answer(&alpha, id, VB_EDIT_CONFLICT); /* said once */
    assert_int_equal(state_of(id), VB_EDIT_STATE_REFUSED);
}

static void busy_is_no_answer_and_the_edit_is_sent_again(void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer(&alpha, id, VB_EDIT_BUSY);
    bench_clear(&bench);
    bench_pass(&bench, bench.config.timing.edit_retry);
    bench_pass(&bench, 0); /* asked twice, sent once */
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 1);
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
}

static void what_was_applied_is_confirmed_by_what_is_held_A9(void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer(&alpha, id, VB_EDIT_APPLIED);
    answer(&alpha, id, VB_EDIT_REFUSED); /* the first answer holds */
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
    bench_clear(&bench);
    bench_pass(&bench, 1000);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 0);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    hear(&alpha);
    assert_int_equal(state_of(id), VB_EDIT_STATE_CONFIRMED);
}

static void a_section_that_went_away_or_a_store_that_is_another_confirms_nothing_A9(void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer(&alpha, id, VB_EDIT_APPLIED);
    vb_cache_remove(&alpha.cache, VB_SECTION_MQTT);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    sender_replace_store(&bench, &alpha);
    hear(&alpha);
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
    bench_pass(&bench, bench.config.timing.edit_timeout);
    assert_int_equal(state_of(id), VB_EDIT_STATE_TIMED_OUT);
}

static void an_edit_is_sent_again_at_its_time_and_not_before_A9(void **state)
{
    (void)state;
    begun();
    bench.sent[VB_MESSAGE_EDIT] = 0;
    bench_pass(&bench, bench.config.timing.edit_retry - 1);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 0);
    bench_pass(&bench, 1);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 1);
}

static void another_version_on_the_way_confirms_nothing_A9(void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer(&alpha, id, VB_EDIT_APPLIED);
    const uint32_t version = vb_receiver_edit_find(&bench.r, id)->version;
    sender_holds(&alpha, VB_SECTION_MQTT, version + 2, edited, sizeof edited);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    const struct vb_record record = {.id = VB_SECTION_MQTT,
                                     .form = VB_RECORD_WHOLE,
                                     .version = version + 1,
                                     .total = sizeof content,
                                     .bytes = content,
                                     .size = sizeof content};
    assert_int_equal(bench_data(&bench, &alpha, &record, 1), VB_ERR_OK);
    assert_int_equal(state_of(id), VB_EDIT_STATE_PENDING);
}

static void a_receiver_that_is_woken_when_it_asks_repeats_an_edit_until_it_is_answered(void **state)
{
    (void)state;
    const uint64_t id = begun();
    const uint32_t begun_ms = bench.now_ms;
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT], 1);
    while (bench.sent[VB_MESSAGE_EDIT] == 1 && bench.now_ms - begun_ms < 10000) {
        bench_pass(&bench, vb_receiver_wakeup_ms(&bench.r, bench.now_ms));
        bench_output(&bench);
    }
    assert_in_range(bench.now_ms - begun_ms, 1, vb_timing_default.edit_retry);
    answer(&alpha, id, VB_EDIT_APPLIED);
    assert_in_range(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 1, 10000);
}

/* ---- What has become of one that timed out ---- */

static uint64_t timed_out(void)
{
    const uint64_t id = begun();
    bench_pass(&bench, bench.config.timing.edit_timeout);
    assert_int_equal(state_of(id), VB_EDIT_STATE_TIMED_OUT);
    bench_clear(&bench);
    return id;
}

/* How often it asks while it is woken when it wants to be. Nothing else is an edit then. */
static unsigned questions_in(uint32_t ms)
{
    const uint32_t until_ms = bench.now_ms + ms;
    bench_clear(&bench);
    while (bench.now_ms != until_ms) {
        const uint32_t wait_ms = vb_receiver_wakeup_ms(&bench.r, bench.now_ms);
        const uint32_t left_ms = until_ms - bench.now_ms;
        bench_pass(&bench, wait_ms < left_ms ? wait_ms : left_ms);
        bench_output(&bench);
    }
    return bench.sent[VB_MESSAGE_EDIT];
}

static struct vb_edit_part question_sent(void)
{
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_EDIT];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    struct vb_edit_part part;
    assert_int_equal(vb_edit_part_read(&reader, &vb_room_plain, &part), VB_ERR_OK);
    return part;
}

static void what_has_become_of_one_that_timed_out_is_asked_until_it_is_told_A9(void **state)
{
    (void)state;
    const uint64_t id = timed_out();
    assert_int_equal(questions_in(1000), 4); /* at 0 ms, 100, 300 and 700 */
    const struct vb_edit_part part = question_sent();
    assert_int_equal(part.boot, 0);
    assert_true(part.id == id);
    assert_int_equal(part.total, 1); /* none of the changes */
    assert_memory_equal(&bench.sent_to[VB_MESSAGE_EDIT], &alpha.mac, sizeof alpha.mac);
    answer(&alpha, id, VB_EDIT_APPLIED);
    assert_int_equal(questions_in(10000), 0);
    assert_int_equal(state_of(id), VB_EDIT_STATE_TIMED_OUT); /* the content is still to come */
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    hear(&alpha);
    assert_int_equal(state_of(id), VB_EDIT_STATE_CONFIRMED);
}

static void while_nobody_answers_a_question_a_minute_is_asked_A9(void **state)
{
    (void)state;
    (void)timed_out();
    bench.config.timing.offline_after = bench.r.config.timing.offline_after = 3600000;
    assert_in_range(questions_in(102400), 10, 11);
    assert_int_equal(questions_in(600000), 10);
}

static void an_edit_that_is_not_known_is_asked_about_again_once_its_section_has_changed_A9(
    void **state)
{
    (void)state;
    const uint64_t id = begun();
    answer_version(&alpha, id, VB_EDIT_NOT_KNOWN, 7); /* nobody has asked */
    bench_pass(&bench, bench.config.timing.edit_timeout);
    assert_int_equal(questions_in(100), 2);
    answer_version(&alpha, id, VB_EDIT_NOT_KNOWN, 7);
    assert_int_equal(bench_events(&bench, VB_EVENT_EDIT, NULL), 1); /* pages say so */
    answer_version(&alpha, id, VB_EDIT_NOT_KNOWN, 7);
    assert_int_equal(bench_events(&bench, VB_EVENT_EDIT, NULL), 0);
    assert_int_equal(questions_in(10000), 0);
    assert_int_equal(state_of(id), VB_EDIT_STATE_TIMED_OUT);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    hear(&alpha);
    assert_int_equal(questions_in(0), 0);
    assert_int_equal(questions_in(50), 1);
    answer(&alpha, id, VB_EDIT_APPLIED);
    hear(&alpha);
    assert_int_equal(state_of(id), VB_EDIT_STATE_CONFIRMED);
}

static void nobody_is_asked_who_is_offline_or_not_verified_until_that_is_over_A9(void **state)
{
    (void)state;
    const uint64_t id = timed_out();
    assert_int_equal(questions_in(0), 0);
    bench_pass(&bench, bench.config.timing.offline_after);
    assert_int_equal(questions_in(120000), 0);
    hear(&alpha);
    assert_int_equal(questions_in(100), 2);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(questions_in(3000), 0);
    hear(&alpha);
    assert_int_equal(questions_in(100), 2);
    answer(&alpha, id, VB_EDIT_REFUSED);
    assert_int_equal(state_of(id), VB_EDIT_STATE_REFUSED);
    assert_int_equal(questions_in(5000), 0);
}

static void one_who_is_no_longer_followed_or_has_another_store_is_not_asked_A9(void **state)
{
    (void)state;
    uint64_t others;
    (void)begun();
    assert_int_equal(begin(&beta, VB_SECTION_MQTT, change, sizeof change, &others), VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.edit_timeout);
    bench_pass(&bench, 0); /* both are to be asked */
    assert_int_equal(vb_receiver_forget(&bench.r, bench.now_ms, &alpha.mac), VB_ERR_OK);
    assert_int_equal(questions_in(100), 1);
    assert_memory_equal(&bench.sent_to[VB_MESSAGE_EDIT], &beta.mac, sizeof beta.mac);
    sender_replace_store(&bench, &beta);
    hear(&beta);
    assert_int_equal(questions_in(10000), 0);
}

static enum vb_err hear_anew(uint8_t last_byte)
{
    struct bench_sender stranger;
    sender_new(&stranger, last_byte);
    stranger.stranger = true;
    return bench_beacon(&bench, &stranger, NULL, 0);
}

/* Neither has ever answered a hello; of one an edit is under way. */
static void one_that_an_edit_is_sent_to_makes_no_room_until_that_has_ended(void **state)
{
    (void)state;
    const uint64_t id = begun();
    bench.peers[0].known = bench.peers[1].known = false;
    bench_pass(&bench, 10);
    vb_age_restart(&bench.peers[1].followed, bench.now_ms);
    bench_pass(&bench, 2000);
    assert_int_equal(hear_anew(9), VB_ERR_OK);
    assert_non_null(vb_receiver_peer(&bench.r, &alpha.mac)); /* though it is followed for longer */
    assert_null(vb_receiver_peer(&bench.r, &beta.mac));
    bench_pass(&bench, bench.config.timing.edit_timeout);
    assert_int_equal(state_of(id), VB_EDIT_STATE_TIMED_OUT);
    assert_int_equal(hear_anew(11), VB_ERR_NOT_ADOPTED); /* it is the turn of beta, which waits */
    assert_null(vb_receiver_peer(&bench.r, &alpha.mac));
    assert_non_null(vb_receiver_peer(&bench.r, &beta.mac));
}

static void edits_end_with_their_own_transmitter_and_once_A9(void **state)
{
    (void)state;
    uint64_t others;
    const uint64_t id = begun();
    assert_int_equal(begin(&beta, VB_SECTION_MQTT, change, sizeof change, &others), VB_ERR_OK);
    answer(&alpha, id, VB_EDIT_REFUSED);
    assert_int_equal(vb_receiver_forget(&bench.r, bench.now_ms, &alpha.mac), VB_ERR_OK);
    assert_int_equal(state_of(id), VB_EDIT_STATE_REFUSED);
    assert_int_equal(state_of(others), VB_EDIT_STATE_PENDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_that_an_edit_is_sent_to_makes_no_room_until_that_has_ended,
                               in_sync),
        cmocka_unit_test_setup(edits_end_with_their_own_transmitter_and_once_A9, in_sync),
        cmocka_unit_test_setup(an_edit_of_what_is_not_held_is_not_found, in_sync),
        cmocka_unit_test_setup(
            a_receiver_that_is_woken_when_it_asks_repeats_an_edit_until_it_is_answered, in_sync),
        cmocka_unit_test_setup(a_section_of_later_firmware_is_held_and_not_edited_A11, in_sync),
        cmocka_unit_test_setup(an_edit_of_nothing_or_of_more_than_1024_bytes_is_too_long, in_sync),
        cmocka_unit_test_setup(an_edit_more_than_there_are_places_is_busy_until_one_has_ended,
                               in_sync),
        cmocka_unit_test_setup(only_its_own_transmitter_answers_an_edit, in_sync),
        cmocka_unit_test_setup(busy_is_no_answer_and_the_edit_is_sent_again, in_sync),
        cmocka_unit_test_setup(what_was_applied_is_confirmed_by_what_is_held_A9, in_sync),
        cmocka_unit_test_setup(
            a_section_that_went_away_or_a_store_that_is_another_confirms_nothing_A9, in_sync),
        cmocka_unit_test_setup(an_edit_is_sent_again_at_its_time_and_not_before_A9, in_sync),
        cmocka_unit_test_setup(another_version_on_the_way_confirms_nothing_A9, in_sync),
        cmocka_unit_test_setup(what_has_become_of_one_that_timed_out_is_asked_until_it_is_told_A9,
                               in_sync),
        cmocka_unit_test_setup(while_nobody_answers_a_question_a_minute_is_asked_A9, in_sync),
        cmocka_unit_test_setup(
            an_edit_that_is_not_known_is_asked_about_again_once_its_section_has_changed_A9,
            in_sync),
        cmocka_unit_test_setup(nobody_is_asked_who_is_offline_or_not_verified_until_that_is_over_A9,
                               in_sync),
        cmocka_unit_test_setup(one_who_is_no_longer_followed_or_has_another_store_is_not_asked_A9,
                               in_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
