/* How a receiver alone comes to hold what was announced, from senders that do it well and badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_alpha.h"

enum { UNKNOWN_TAG = 200, LARGE = 450 /* bytes: three fragments */ };

static struct bench_sender beta;

static const uint8_t edited[] = {1, 1, 0, 3, 2, 0xb3, 0x22};
static const uint8_t change[] = {3, 2, 0xb3, 0x22};

static int in_sync(void **state)
{
    sender_new(&beta, 2);
    return alpha_in_sync(state);
}

static enum vb_sync sync_of(const struct bench_sender *sender)
{
    return vb_peer_sync_worst(bench_peer(&bench, sender));
}

/* A section of three fragments, each version another. */
static void hold_large(struct bench_sender *sender, uint8_t id, uint32_t version, size_t size)
{
    uint8_t bytes[LARGE + 50] = {UNKNOWN_TAG, (uint8_t)(0x80 | ((size - 3) & 0x7f)),
                                 (uint8_t)((size - 3) >> 7)};
    memset(bytes + 3, (int)(version & 0xff), sizeof bytes - 3);
    sender_holds(sender, id, version, bytes, size);
}

static void send_fragment(struct bench_sender *sender, uint8_t id, uint8_t index)
{
    const struct vb_record record = sender_record(sender, id, index);
    assert_int_equal(bench_data(&bench, sender, &record, 1), VB_ERR_OK);
}

static void send_fragments(struct bench_sender *sender, uint8_t id)
{
    for (uint8_t index = 0; index < 3; index++)
        send_fragment(sender, id, index);
}

/* ---- Content that cannot be right ---- */

static void content_without_the_form_of_a_section_is_given_up_and_reported(void **state)
{
    (void)state;
    static const uint8_t broken[] = {1, 200, 0};
    sender_holds(&alpha, VB_SECTION_MQTT, 8, broken, sizeof broken);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    struct vb_event event = {0};
    assert_int_equal(bench_events(&bench, VB_EVENT_GAVE_UP, &event), 1);
    assert_int_equal(event.err, VB_ERR_MALFORMED);
    assert_int_equal(event.section, VB_SECTION_MQTT);
    assert_int_equal(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT)->version,
                     7);
    assert_int_equal(sync_of(&alpha), VB_SYNC_FETCHING);
}

static void content_that_memory_has_no_room_for_is_given_up_and_reported(void **state)
{
    (void)state;
    bench.config.cache_size = LARGE; /* with what it holds already, not enough */
    bench_init(&bench);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    bench_clear(&bench);
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    send_fragments(&alpha, VB_SECTION_CAN);
    struct vb_event event = {0};
    assert_int_equal(bench_events(&bench, VB_EVENT_GAVE_UP, &event), 1);
    assert_int_equal(event.err, VB_ERR_TOO_LONG);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_MQTT), VB_SYNC_FETCHING);
}

static void two_contents_under_one_version_are_settled_by_the_digest_A8(void **state)
{
    (void)state;
    static const uint8_t shorter[] = {1, 1, 0};
    sender_holds(&alpha, VB_SECTION_MQTT, 7, edited, sizeof edited); /* the same version and size */
    bench_announce(&bench, &alpha);
    assert_int_equal(sync_of(&alpha), VB_SYNC_FETCHING);
    send_fragment(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, shorter, sizeof shorter);
    send_fragment(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
    assert_int_equal(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT)->size,
                     sizeof shorter);
}

static unsigned told_of_another_content(uint32_t version, const uint8_t *bytes, size_t size)
{
    struct vb_event event = {0};
    sender_holds(&alpha, VB_SECTION_MQTT, version, bytes, size);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    const unsigned count = bench_events(&bench, VB_EVENT_CONTENT_DIFFERS, &event);
    if (count > 0) {
        assert_int_equal(event.section, VB_SECTION_MQTT);
        assert_int_equal(event.a, version);
        assert_memory_equal(&event.mac, &alpha.mac, sizeof event.mac);
    }
    return count;
}

static void different_content_under_a_version_already_held_is_reported(void **state)
{
    (void)state;
    assert_int_equal(told_of_another_content(7, content, sizeof content), 0); /* the same */
    assert_int_equal(told_of_another_content(7, edited, sizeof edited), 1);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED); /* what the digest covers is shown */
    assert_int_equal(told_of_another_content(8, content, sizeof content), 0); /* a change */
    alpha.digest_error = 1;                                                   /* never verified */
    assert_int_equal(told_of_another_content(8, edited, sizeof edited), 1);
    assert_int_equal(told_of_another_content(8, content, sizeof content), 0); /* once is enough */
}

static void another_content_in_another_store_is_nothing_to_tell(void **state)
{
    (void)state;
    sender_replace_store(&bench, &alpha);
    assert_int_equal(told_of_another_content(7, edited, sizeof edited), 0);
    in_sync(NULL); /* and likewise where it has a section of the same version at once */
    alpha.store_id++;
    alpha.boot++;
    bench_clear(&bench);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OLD);
    assert_int_equal(bench_answer(&bench, &alpha, bench_nonce(&bench)), VB_ERR_OK);
    assert_non_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT));
    assert_int_equal(told_of_another_content(7, edited, sizeof edited), 0);
}

/* ---- Changes ---- */

static struct vb_record delta(void)
{
    return (struct vb_record){.id = VB_SECTION_MQTT,
                              .form = VB_RECORD_DELTA,
                              .version = 8,
                              .base_version = 7,
                              .base_hash = vb_section_hash(content, sizeof content),
                              .hash = vb_section_hash(edited, sizeof edited),
                              .bytes = change,
                              .size = sizeof change};
}

static enum vb_sync sync_after(const struct vb_record *record)
{
    in_sync(NULL);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    assert_int_equal(bench_beacon(&bench, &alpha, record, 1), VB_ERR_OK);
    return sync_of(&alpha);
}

static void a_mark_that_differs_is_fetched_whatever_the_digest_says(void **state)
{
    (void)state;
    const uint32_t held = sender_digest(&alpha);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    alpha.digest_error = sender_digest(&alpha) ^ held;
    bench_announce(&bench, &alpha);
    assert_int_equal(sync_of(&alpha), VB_SYNC_FETCHING);
}

static void a_change_is_laid_over_exactly_what_it_was_made_on_and_nothing_else_A6(void **state)
{
    (void)state;
    static const uint8_t broken[] = {3, 200, 0};
    struct vb_record record = delta();
    assert_int_equal(sync_after(&record), VB_SYNC_VERIFIED);
    record.base_version = 6;
    assert_int_equal(sync_after(&record), VB_SYNC_FETCHING);
    record = delta();
    record.base_hash ^= 1;
    assert_int_equal(sync_after(&record), VB_SYNC_FETCHING);
    record = delta();
    record.hash ^= 1;
    assert_int_equal(sync_after(&record), VB_SYNC_FETCHING);
    record = delta();
    record.bytes = broken;
    record.size = sizeof broken;
    assert_int_equal(sync_after(&record), VB_SYNC_FETCHING);
    record = delta();
    record.id = VB_SECTION_CAN; /* not held at all */
    assert_int_equal(sync_after(&record), VB_SYNC_UNKNOWN);
    assert_int_equal(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT)->version,
                     7);
}

static void a_change_that_makes_too_much_is_not_taken(void **state)
{
    (void)state;
    static uint8_t full[VB_SECTION_BYTES_MAX] = {UNKNOWN_TAG, 0xfd, 0x1f}; /* of 4093 bytes */
    bench_init(&bench);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, full, sizeof full);
    bench_announce(&bench, &alpha);
    for (uint8_t index = 0; index < vb_fragment_count(&vb_room_plain, sizeof full); index++)
        send_fragment(&alpha, VB_SECTION_MQTT, index);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    struct vb_record record = delta();
    record.base_hash = vb_section_hash(full, sizeof full);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    assert_int_equal(sync_of(&alpha), VB_SYNC_FETCHING);
}

static void a_record_of_a_later_form_is_counted_and_what_stands_before_it_is_taken(void **state)
{
    (void)state;
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    vb_data_head_write(&writer, &(struct vb_data_head){.store_id = alpha.store_id,
                                                       .boot = alpha.boot,
                                                       .digest = sender_digest(&alpha)});
    vb_record_write(&writer, &record);
    vb_write_bytes(&writer, (const uint8_t[]){1, 0xe0, 1, 9}, 4);
    assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_DATA, &writer), VB_ERR_OK);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
    assert_int_equal(bench.r.refused[-VB_ERR_UNSUPPORTED], 1);
}

/* ---- Fragments ---- */

static void fragments_of_two_versions_are_not_mixed_A6(void **state)
{
    (void)state;
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    send_fragment(&alpha, VB_SECTION_CAN, 1);
    hold_large(&alpha, VB_SECTION_CAN, 2, LARGE); /* as long, and yet another */
    send_fragment(&alpha, VB_SECTION_CAN, 2);
    assert_int_equal(sync_of(&alpha), VB_SYNC_UNKNOWN);
    assert_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CAN));
    hold_large(&alpha, VB_SECTION_CAN, 2, LARGE + 10); /* the same version, longer */
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    send_fragment(&alpha, VB_SECTION_CAN, 1);
    assert_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CAN));
    send_fragment(&alpha, VB_SECTION_CAN, 2);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
}

static void fragments_of_two_stores_are_not_mixed_A6(void **state)
{
    (void)state;
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    send_fragment(&alpha, VB_SECTION_CAN, 1);
    sender_replace_store(&bench, &alpha);
    send_fragment(&alpha, VB_SECTION_CAN, 2);
    assert_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CAN));
}

static void a_buffer_busy_with_one_section_is_free_for_another_after_2_s(void **state)
{
    (void)state;
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    hold_large(&beta, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    bench_announce(&bench, &beta);
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    send_fragments(&beta, VB_SECTION_CAN);
    assert_int_equal(sync_of(&beta), VB_SYNC_UNKNOWN);
    bench.now_ms += 1999;
    send_fragments(&beta, VB_SECTION_CAN);
    assert_int_equal(sync_of(&beta), VB_SYNC_UNKNOWN);
    bench.now_ms += 1;
    send_fragments(&beta, VB_SECTION_CAN);
    assert_int_equal(sync_of(&beta), VB_SYNC_VERIFIED);
    send_fragments(&alpha, VB_SECTION_CAN);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_CAN), VB_SYNC_VERIFIED);
}

static void a_section_begun_weeks_ago_does_not_hold_the_buffer(void **state)
{
    (void)state;
    enum { DAY_MS = 86400000 };
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    hold_large(&beta, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    bench_pass(&bench, 20u * DAY_MS); /* twice: more than a clock of 32 bits can tell apart */
    bench_pass(&bench, 20u * DAY_MS);
    bench_announce(&bench, &beta);
    send_fragments(&beta, VB_SECTION_CAN);
    assert_int_equal(sync_of(&beta), VB_SYNC_VERIFIED);
}

static void a_section_begun_and_then_taken_away_leaves_the_buffer_free(void **state)
{
    (void)state;
    hold_large(&alpha, VB_SECTION_CAN, 1, LARGE);
    bench_announce(&bench, &alpha);
    send_fragment(&alpha, VB_SECTION_CAN, 0);
    assert_non_null(bench.r.turn.peer);
    vb_cache_remove(&alpha.cache, VB_SECTION_CAN);
    bench_announce(&bench, &alpha);
    assert_int_equal(sync_of(&alpha), VB_SYNC_VERIFIED);
    assert_null(bench.r.turn.peer);
}

/* ---- Status and requests ---- */

static void another_address_under_the_same_flags_is_reported_A5(void **state)
{
    (void)state;
    alpha.runtime = (struct vb_runtime){.flags = VB_RUNTIME_IP_KNOWN, .ip = {10, 0, 0, 1}};
    bench_announce(&bench, &alpha);
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 1);
    bench_announce(&bench, &alpha);
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 0);
    alpha.runtime.ip[3] = 2;
    bench_announce(&bench, &alpha);
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 1);
    alpha.runtime.flags |= VB_RUNTIME_MQTT_FAULT;
    for (uint8_t fault = 1; fault <= 2; fault++) {
        alpha.runtime.mqtt_fault = fault;
        bench_announce(&bench, &alpha);
        assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 1);
    }
}

static void a_request_that_waits_to_be_sent_counts_as_one_try(void **state)
{
    (void)state;
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    bench_announce(&bench, &alpha);
    for (unsigned i = 0; i < 20; i++)
        bench_pass(&bench, 1000); /* nothing can be sent */
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 1);
    assert_int_equal(sync_of(&alpha), VB_SYNC_FETCHING);
}

static void a_receiver_that_is_woken_when_it_asks_repeats_its_request_in_time(void **state)
{
    (void)state;
    sender_holds(&alpha, VB_SECTION_MQTT, 8, edited, sizeof edited);
    bench_announce(&bench, &alpha);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 1);
    const uint32_t begun_ms = bench.now_ms;
    while (bench.sent[VB_MESSAGE_REQUEST] == 1 && bench.now_ms - begun_ms < 10000) {
        bench_pass(&bench, vb_receiver_wakeup_ms(&bench.r, bench.now_ms));
        bench_output(&bench);
    }
    assert_in_range(bench.now_ms - begun_ms, 1, 2 * vb_timing_default.request_retry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(content_without_the_form_of_a_section_is_given_up_and_reported,
                               in_sync),
        cmocka_unit_test_setup(content_that_memory_has_no_room_for_is_given_up_and_reported,
                               in_sync),
        cmocka_unit_test_setup(two_contents_under_one_version_are_settled_by_the_digest_A8,
                               in_sync),
        cmocka_unit_test_setup(different_content_under_a_version_already_held_is_reported, in_sync),
        cmocka_unit_test_setup(another_content_in_another_store_is_nothing_to_tell, in_sync),
        cmocka_unit_test_setup(
            a_change_is_laid_over_exactly_what_it_was_made_on_and_nothing_else_A6, in_sync),
        cmocka_unit_test_setup(a_mark_that_differs_is_fetched_whatever_the_digest_says, in_sync),
        cmocka_unit_test_setup(a_change_that_makes_too_much_is_not_taken, in_sync),
        cmocka_unit_test_setup(
            a_record_of_a_later_form_is_counted_and_what_stands_before_it_is_taken, in_sync),
        cmocka_unit_test_setup(fragments_of_two_versions_are_not_mixed_A6, in_sync),
        cmocka_unit_test_setup(fragments_of_two_stores_are_not_mixed_A6, in_sync),
        cmocka_unit_test_setup(a_buffer_busy_with_one_section_is_free_for_another_after_2_s,
                               in_sync),
        cmocka_unit_test_setup(a_section_begun_weeks_ago_does_not_hold_the_buffer, in_sync),
        cmocka_unit_test_setup(a_section_begun_and_then_taken_away_leaves_the_buffer_free, in_sync),
        cmocka_unit_test_setup(a_receiver_that_is_woken_when_it_asks_repeats_its_request_in_time,
                               in_sync),
        cmocka_unit_test_setup(another_address_under_the_same_flags_is_reported_A5, in_sync),
        cmocka_unit_test_setup(a_request_that_waits_to_be_sent_counts_as_one_try, in_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
