/* When a receiver makes requests, for what, and how often: nothing twice, nothing too late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_alpha.h"

enum { UNKNOWN_TAG = 200, LARGE = 450 /* bytes: three fragments */ };

static struct bench_sender beta;

static const uint8_t edited[] = {1, 1, 0, 3, 2, 0xb3, 0x22};

static int in_sync(void **state)
{
    sender_new(&beta, 2);
    return alpha_in_sync(state);
}

static void announce_version(struct bench_sender *sender, uint8_t id, uint32_t version)
{
    sender_holds(sender, id, version, edited, sizeof edited);
    bench_announce(&bench, sender);
}

static void send_data(struct bench_sender *sender, uint8_t id, uint8_t index)
{
    const struct vb_record record = sender_record(sender, id, index);
    assert_int_equal(bench_data(&bench, sender, &record, 1), VB_ERR_OK);
}

static void say_it_is_the_same(struct bench_sender *sender)
{
    const struct vb_record record = {.id = VB_SECTION_MQTT,
                                     .form = VB_RECORD_SAME,
                                     .version = 7,
                                     .hash = vb_section_hash(content, sizeof content)};
    assert_int_equal(bench_data(&bench, sender, &record, 1), VB_ERR_OK);
}

/* A section of that many bytes, all the same except its head. */
static void hold_filled(struct bench_sender *sender, uint8_t id, size_t size, uint8_t fill)
{
    static uint8_t bytes[VB_SECTION_BYTES_MAX];
    memset(bytes, fill, sizeof bytes);
    bytes[0] = UNKNOWN_TAG;
    bytes[1] = (uint8_t)(0x80 | ((size - 3) & 0x7f));
    bytes[2] = (uint8_t)((size - 3) >> 7);
    sender_holds(sender, id, 1, bytes, size);
}

/* The items of the newest request. */
static unsigned asked(struct vb_request_item items[VB_MARKS_MAX])
{
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_REQUEST];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    (void)vb_read_u32(&reader); /* the store */
    unsigned count = 0;
    while (vb_reader_left(&reader) > 0)
        assert_int_equal(vb_request_item_read(&reader, &items[count++]), VB_ERR_OK);
    return count;
}

static void assert_asked_for(uint8_t id)
{
    struct vb_request_item items[VB_MARKS_MAX];
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 1);
    assert_int_equal(asked(items), 1);
    assert_int_equal(items[0].id, id);
    bench_clear(&bench);
}

static void assert_nothing_asked(void)
{
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], 0);
}

/* ---- How often ---- */

static void what_was_asked_for_is_not_asked_again_before_its_time_A2(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    assert_asked_for(VB_SECTION_MQTT);
    bench_announce(&bench, &alpha); /* it repeats itself */
    assert_nothing_asked();
    bench_pass(&bench, bench.config.timing.request_retry - 1);
    assert_nothing_asked();
    bench_pass(&bench, 1);
    assert_asked_for(VB_SECTION_MQTT);
}

static void what_is_wanted_besides_is_asked_for_at_once_and_alone_A2(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    assert_asked_for(VB_SECTION_MQTT);
    announce_version(&alpha, VB_SECTION_CAN, 1);
    assert_asked_for(VB_SECTION_CAN);
}

static void a_version_that_came_meanwhile_is_asked_for_at_once_A2(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    assert_asked_for(VB_SECTION_MQTT);
    announce_version(&alpha, VB_SECTION_MQTT, 9);
    assert_asked_for(VB_SECTION_MQTT);
}

static void a_request_that_was_answered_before_it_left_is_not_sent(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    assert_asked_for(VB_SECTION_MQTT);
    announce_version(&alpha, VB_SECTION_CAN, 1);
    send_data(&alpha, VB_SECTION_CAN, 0);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_MQTT), VB_SYNC_FETCHING);
    assert_nothing_asked();
}

/* ---- Giving up ---- */

static void ask_until_given_up(void)
{
    for (unsigned i = 0; i < 1000 && vb_peer_fetching(bench_peer(&bench, &alpha)); i++) {
        bench_pass(&bench, 20);
        bench_output(&bench);
    }
    assert_false(vb_peer_fetching(bench_peer(&bench, &alpha)));
}

static void an_unanswered_request_is_given_up_and_only_that_is_reported_A2(void **state)
{
    (void)state;
    sender_holds(&alpha, VB_SECTION_CAN, 1, content, 3);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_CAN, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    bench_clear(&bench);
    ask_until_given_up();
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST] + 1, bench.config.timing.request_tries);
    struct vb_event event = {0};
    assert_int_equal(bench_events(&bench, VB_EVENT_GAVE_UP, &event), 1);
    assert_int_equal(event.section, VB_SECTION_MQTT);
    assert_int_equal(event.err, VB_ERR_OFFLINE);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_MQTT), VB_SYNC_STALE);
}

/* Requested without success so far; what is wanted has not changed. */
static void another_digest_at_the_last_try_is_asked_about_at_once_A2(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    while (bench.peers[0].request_tries < bench.config.timing.request_tries) {
        bench_pass(&bench, 10);
        bench_output(&bench);
    }
    bench_clear(&bench);
    bench_announce(&bench, &alpha);
    bench.peers[0].request_tries = (uint8_t)bench.config.timing.request_tries;
    bench.peers[0].request_due = false;
    bench.peers[0].sections[VB_SECTION_MQTT].requested = true;
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    assert_asked_for(VB_SECTION_MQTT);
    assert_int_equal(bench.peers[0].request_tries, 1);
}

/* Until it answers a hello. */
static void a_reading_begins_no_fetch_of_what_was_given_up_A2(void **state)
{
    (void)state;
    static struct vb_codec_encoder encoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    const struct vb_reading reading = {.sequence = 1, .cell_count = 1, .cell_mv = {3700}};
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(vb_codec_encode(&encoder, 1, &reading, 0, bodies), 1);
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    ask_until_given_up();
    assert_int_equal(bench.peers[0].fetch, VB_FETCH_RESTING);
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    const struct vb_reading_part part = {.number = 1,
                                         .digest_low = (uint16_t)~sender_digest(&alpha),
                                         .body = bodies[0].bytes,
                                         .size = bodies[0].size};
    vb_reading_part_write(&writer, &part);
    assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_READING, &writer), VB_ERR_OK);
    assert_int_equal(bench.peers[0].fetch, VB_FETCH_RESTING);
    assert_int_not_equal(bench.peers[0].hello, VB_HELLO_NONE);
}

static void data_of_another_digest_is_to_be_proven_A8(void **state)
{
    (void)state;
    bench.peers[0].boot.proof_wanted = false;
    send_data(&alpha, VB_SECTION_MQTT, 0);
    assert_false(bench.peers[0].boot.proof_wanted);
    alpha.digest_error = 1;
    send_data(&alpha, VB_SECTION_MQTT, 0);
    assert_true(bench.peers[0].boot.proof_wanted);
}

static void a_boot_that_is_only_claimed_is_to_be_proven_with_every_beacon_A6(void **state)
{
    (void)state;
    static const enum vb_boot_state states[] = {VB_BOOT_PROVEN, VB_BOOT_CLAIMED};
    for (size_t i = 0; i < VB_COUNT_OF(states); i++) {
        bench.peers[0].boot.state = states[i];
        bench.peers[0].boot.proof_wanted = false;
        bench_announce(&bench, &alpha);
        assert_int_equal(bench.peers[0].boot.proof_wanted, states[i] == VB_BOOT_CLAIMED);
    }
}

/* The hello that asks whether it is still there, or its answer, was lost. */
static void while_something_may_be_gone_every_retry_asks_A8(void **state)
{
    (void)state;
    struct vb_peer *peer = &bench.peers[0];
    for (unsigned gone = 0; gone < 2; gone++) {
        alpha.digest_error = 1;
        bench_announce(&bench, &alpha);
        bench_clear(&bench);
        peer->boot.proof_wanted = false; /* that is not what asks here */
        peer->hello = VB_HELLO_NONE;
        if (gone != 0)
            peer->sections[VB_SECTION_MQTT].mark = 0;
        bench_pass(&bench, bench.config.timing.request_retry);
        assert_int_equal(peer->hello != VB_HELLO_NONE, gone);
        in_sync(NULL);
    }
}

static void fragments_that_have_come_are_not_asked_for_again_A11(void **state)
{
    (void)state;
    struct vb_request_item items[VB_MARKS_MAX];
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    send_data(&alpha, VB_SECTION_CAN, 1);
    bench_clear(&bench);
    bench_pass(&bench, 5000);
    bench_output(&bench);
    assert_int_equal(asked(items), 1);
    assert_int_equal(items[0].partial_version, 1);
    assert_int_equal(items[0].missing, 5);
}

static void who_is_heard_at_the_last_try_is_asked_again_at_once_A2(void **state)
{
    (void)state;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    for (unsigned i = 0;
         i < 1000 && bench.sent[VB_MESSAGE_REQUEST] < bench.config.timing.request_tries; i++) {
        bench_pass(&bench, 20);
        bench_output(&bench);
    }
    bench_clear(&bench);
    bench_announce(&bench, &alpha);
    assert_asked_for(VB_SECTION_MQTT);
    bench_announce(&bench, &alpha); /* from then on it has as many tries as before */
    assert_nothing_asked();
}

static void of_few_tries_none_is_left_out_when_it_is_heard_at_the_last_A2(void **state)
{
    enum { TRIES = 2 }; /* fewer than would otherwise be retried */
    (void)state;
    bench.r.config.timing.request_tries = TRIES;
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    for (unsigned i = 0; i < 1000 && bench.sent[VB_MESSAGE_REQUEST] < TRIES; i++) {
        bench_pass(&bench, 20);
        bench_output(&bench);
    }
    bench_clear(&bench);
    bench_announce(&bench, &alpha);
    for (unsigned i = 0; i < 1000 && vb_peer_fetching(bench_peer(&bench, &alpha)); i++) {
        bench_pass(&bench, 20);
        bench_output(&bench);
    }
    assert_int_equal(bench.sent[VB_MESSAGE_REQUEST], TRIES);
}

static void an_answer_at_the_last_try_is_waited_for_and_not_asked_for_twice_A2(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    for (unsigned i = 0;
         i < 1000 && bench_peer(&bench, &alpha)->request_tries < bench.config.timing.request_tries;
         i++) {
        bench_pass(&bench, 20);
        bench_output(&bench);
    }
    bench_clear(&bench);
    send_data(&alpha, VB_SECTION_CAN, 0); /* two more are on their way */
    assert_nothing_asked();
    bench_pass(&bench, bench.config.timing.request_retry);
    assert_asked_for(VB_SECTION_CAN);
    assert_true(vb_peer_fetching(bench_peer(&bench, &alpha)));
}

static void an_answer_in_pieces_uses_up_no_tries_A2(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    assert_asked_for(VB_SECTION_CAN);
    send_data(&alpha, VB_SECTION_CAN, 0);
    bench_pass(&bench, bench.config.timing.request_retry);
    assert_asked_for(VB_SECTION_CAN);
    bench_pass(&bench, 2 * bench.config.timing.request_retry); /* the second try's wait */
    assert_asked_for(VB_SECTION_CAN);
}

/* ---- For what ---- */

static void with_nothing_to_name_all_that_is_announced_is_asked_for_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    assert_asked_for(VB_SECTION_MQTT);
}

static void parts_of_another_section_are_not_claimed_as_its_own_A11(void **state)
{
    (void)state;
    struct vb_request_item items[VB_MARKS_MAX];
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    assert_asked_for(VB_SECTION_CAN);
    send_data(&alpha, VB_SECTION_CAN, 0);
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    bench_output(&bench);
    assert_int_equal(asked(items), 1);
    assert_int_equal(items[0].id, VB_SECTION_MQTT);
    assert_int_equal(items[0].have_version, 7);
    assert_int_equal(items[0].partial_version, 0);
}

static void a_section_that_comes_back_is_asked_for_as_never_held_A8(void **state)
{
    (void)state;
    struct vb_request_item items[VB_MARKS_MAX];
    vb_cache_remove(&alpha.cache, VB_SECTION_MQTT);
    bench_announce(&bench, &alpha);
    bench_pass(&bench, 200);
    assert_int_equal(bench_answer(&bench, &alpha, bench_nonce(&bench)), VB_ERR_OK);
    announce_version(&alpha, VB_SECTION_MQTT, 9);
    bench_output(&bench);
    assert_int_equal(asked(items), 1);
    assert_int_equal(items[0].have_version, 0);
}

/* ---- Content ---- */

static void the_same_bytes_under_a_new_version_are_the_new_version_A6(void **state)
{
    (void)state;
    sender_holds(&alpha, VB_SECTION_MQTT, 8, content, sizeof content);
    bench_announce(&bench, &alpha);
    send_data(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_MQTT), VB_SYNC_VERIFIED);
    assert_int_equal(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT)->version,
                     8);
}

static void fragments_of_two_transmitters_are_not_mixed_A6(void **state)
{
    (void)state;
    beta.store_id = alpha.store_id; /* one disk image, written twice */
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    hold_filled(&beta, VB_SECTION_CAN, LARGE, 2);
    bench_announce(&bench, &alpha);
    bench_announce(&bench, &beta);
    send_data(&alpha, VB_SECTION_CAN, 0);
    send_data(&beta, VB_SECTION_CAN, 1);
    send_data(&beta, VB_SECTION_CAN, 2);
    assert_null(vb_cache_find(&bench_peer(&bench, &beta)->cache, VB_SECTION_CAN));
}

static void fragments_of_two_sections_are_not_mixed_A6(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    hold_filled(&alpha, VB_SECTION_CONTACTOR, LARGE, 2);
    bench_announce(&bench, &alpha);
    send_data(&alpha, VB_SECTION_CAN, 0);
    send_data(&alpha, VB_SECTION_CONTACTOR, 1);
    send_data(&alpha, VB_SECTION_CONTACTOR, 2);
    assert_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CONTACTOR));
}

static void a_fragment_of_what_is_held_does_not_take_the_buffer(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    for (uint8_t index = 0; index < 3; index++)
        send_data(&alpha, VB_SECTION_CAN, index);
    assert_non_null(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_CAN));
    announce_version(&alpha, VB_SECTION_MQTT, 8); /* or all would be verified, and it let go */
    send_data(&alpha, VB_SECTION_CAN, 1);
    assert_null(bench.r.turn.peer);
}

static void fragments_that_two_contents_of_one_version_share_are_taken_A8(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    for (uint8_t index = 0; index < 3; index++)
        send_data(&alpha, VB_SECTION_CAN, index);
    uint8_t other[LARGE];
    const struct vb_cache_entry *entry = vb_cache_find(&alpha.cache, VB_SECTION_CAN);
    memcpy(other, vb_cache_bytes(&alpha.cache, entry), sizeof other);
    other[VB_FRAGMENT_BYTES_MAX + 1] ^= 1; /* in the second of three */
    sender_holds(&alpha, VB_SECTION_CAN, 1, other, sizeof other);
    send_data(&alpha, VB_SECTION_CAN, 1);
    send_data(&alpha, VB_SECTION_CAN, 0);
    send_data(&alpha, VB_SECTION_CAN, 2);
    assert_int_equal(vb_peer_sync(bench_peer(&bench, &alpha), VB_SECTION_CAN), VB_SYNC_VERIFIED);
}

static void what_fits_one_fragment_does_not_wait_for_the_buffer(void **state)
{
    (void)state;
    hold_filled(&alpha, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &alpha);
    send_data(&alpha, VB_SECTION_CAN, 0);
    announce_version(&alpha, VB_SECTION_MQTT, 8);
    send_data(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(vb_cache_find(&bench_peer(&bench, &alpha)->cache, VB_SECTION_MQTT)->version,
                     8);
}

static void one_that_is_verified_leaves_the_buffer_to_another(void **state)
{
    (void)state;
    hold_filled(&beta, VB_SECTION_CAN, LARGE, 1);
    bench_announce(&bench, &beta);
    send_data(&beta, VB_SECTION_CAN, 0);
    bench_announce(&bench, &alpha);
    send_data(&beta, VB_SECTION_CAN, 1);
    send_data(&beta, VB_SECTION_CAN, 2);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &beta)), VB_SYNC_VERIFIED);
}

/* ---- What the digest says ---- */

static void a_first_section_of_many_fragments_is_no_failed_round_A8(void **state)
{
    (void)state;
    hold_filled(&beta, VB_SECTION_CAN, 2000, 1);
    bench_announce(&bench, &beta);
    for (uint8_t index = 0; index < vb_fragment_count(&vb_room_plain, 2000); index++) {
        send_data(&beta, VB_SECTION_CAN, index);
        assert_false(vb_peer_unverifiable(bench_peer(&bench, &beta)));
    }
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &beta)), VB_SYNC_VERIFIED);
}

/* One round: everything is requested, and turns out to be the same. */
static void go_round(void)
{
    for (unsigned i = 0; i < 100 && bench.sent[VB_MESSAGE_REQUEST] == 0; i++) {
        bench_pass(&bench, 50);
        bench_output(&bench);
    }
    bench_clear(&bench);
    say_it_is_the_same(&alpha);
}

static void only_rounds_that_were_asked_for_count_against_the_digest_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    go_round();
    alpha.digest_error = 0;
    go_round(); /* now it matches: neither round counts any longer */
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_VERIFIED);
    alpha.digest_error = 1;
    say_it_is_the_same(&alpha); /* to somebody else, who had asked */
    go_round();
    go_round();
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_FETCHING);
    struct vb_event event;
    go_round();
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_UNVERIFIABLE);
    assert_int_equal(bench_events(&bench, VB_EVENT_GAVE_UP, &event), 1);
    assert_int_equal(event.err, VB_ERR_CHECKSUM);
    assert_int_equal(bench_peer(&bench, &alpha)->fetch, VB_FETCH_RESTING);
}

/* It sends what it holds, which may be news to another receiver: that says nothing about the
 * digest. */
static void content_that_arrives_again_is_not_called_the_same_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    for (unsigned i = 0; i < 5; i++) {
        bench_announce(&bench, &alpha);
        bench_clear(&bench);
        send_data(&alpha, VB_SECTION_MQTT, 0);
        bench_pass(&bench, 100);
    }
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_FETCHING);
}

/* However often that happens, it does not start over. */
static void what_cannot_be_verified_stays_so_for_as_long_as_it_is_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    for (unsigned i = 0; i < 2 * UINT8_MAX; i++) {
        bench_announce(&bench, &alpha);
        go_round();
        assert_int_equal(vb_peer_unverifiable(bench_peer(&bench, &alpha)), i >= 2);
    }
}

static void rounds_before_a_match_do_not_count_behind_it_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    alpha.digest_error = 0;
    go_round();
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_VERIFIED);
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    go_round();
    go_round();
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_FETCHING);
    go_round();
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_UNVERIFIABLE);
}

/* Fifteen sections, on a link with frames so small that requesting all of them takes two. */
static void fifteen_in_small_frames(void)
{
    bench_new(&bench);
    bench.config.frame_bytes_max = 128;
    bench_init(&bench);
    sender_new(&alpha, 1);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        sender_holds(&alpha, id, 0x10000000, content, sizeof content);
        const struct vb_record record = sender_record(&alpha, id, 0);
        assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    }
    bench_clear(&bench);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_VERIFIED);
}

static void a_round_of_requests_goes_out_in_as_many_frames_as_it_takes(void **state)
{
    (void)state;
    fifteen_in_small_frames();
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    unsigned frames = 0;
    uint16_t ids = 0;
    struct vb_mac to;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    size_t size;
    while ((size = vb_receiver_output(&bench.r, bench.now_ms, &to, bytes)) > 0) {
        if ((bytes[1] & 0x1f) != VB_MESSAGE_REQUEST)
            continue;
        struct vb_request_item items[VB_MARKS_MAX];
        frames++;
        assert_in_range(size, 1, 128);
        bench.frame[VB_MESSAGE_REQUEST] =
            (struct vb_frame){.payload = bytes + VB_FRAME_HEAD_BYTES, .payload_size = size - 12};
        const unsigned count = asked(items);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(ids >> items[i].id & 1, 0); /* none twice */
            ids |= (uint16_t)(1u << items[i].id);
        }
    }
    assert_int_equal(frames, 2);
    assert_int_equal(ids, 0xfffe);
    assert_int_equal(bench_peer(&bench, &alpha)->request_tries, 1);
}

static void a_round_that_is_answered_in_several_frames_counts_against_the_digest_A8(void **state)
{
    (void)state;
    fifteen_in_small_frames();
    alpha.digest_error = 1;
    bench_announce(&bench, &alpha);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 100 && bench.sent[VB_MESSAGE_REQUEST] == 0; i++) {
            bench_pass(&bench, 50);
            bench_output(&bench);
        }
        bench_clear(&bench);
        for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
            assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_FETCHING);
            const struct vb_record same = {.id = id,
                                           .form = VB_RECORD_SAME,
                                           .version = 0x10000000,
                                           .hash = vb_section_hash(content, sizeof content)};
            assert_int_equal(bench_data(&bench, &alpha, &same, 1), VB_ERR_OK);
        }
    }
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, &alpha)), VB_SYNC_UNVERIFIABLE);
}

static void only_what_is_held_is_reported_as_verified_with_the_time_A8(void **state)
{
    (void)state;
    bench_pass(&bench, 5000);
    bench_announce(&bench, &alpha);
    assert_int_equal(vb_peer_verified_ms(bench_peer(&bench, &alpha), VB_SECTION_MQTT, bench.now_ms),
                     0);
    assert_int_equal(vb_peer_verified_ms(bench_peer(&bench, &alpha), VB_SECTION_CAN, bench.now_ms),
                     UINT32_MAX);
}

/* ---- Status ---- */

static void the_first_status_and_every_change_of_it_are_sent_A5(void **state)
{
    (void)state;
    bench_announce(&bench, &beta); /* nothing in it is set */
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 1);
    bench_announce(&bench, &beta);
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 0);
    beta.runtime.flags = VB_RUNTIME_MQTT_CONNECTED;
    bench_announce(&bench, &beta);
    assert_int_equal(bench_events(&bench, VB_EVENT_RUNTIME, NULL), 1);
}

static void a_store_is_replaced_only_by_another_A6(void **state)
{
    (void)state;
    bench_announce(&bench, &beta);
    assert_int_equal(bench_events(&bench, VB_EVENT_STORE_REPLACED, NULL), 0);
    sender_replace_store(&bench, &beta);
    assert_int_equal(bench_events(&bench, VB_EVENT_STORE_REPLACED, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_cannot_be_verified_stays_so_for_as_long_as_it_is_A8, in_sync),
        cmocka_unit_test_setup(another_digest_at_the_last_try_is_asked_about_at_once_A2, in_sync),
        cmocka_unit_test_setup(a_reading_begins_no_fetch_of_what_was_given_up_A2, in_sync),
        cmocka_unit_test_setup(data_of_another_digest_is_to_be_proven_A8, in_sync),
        cmocka_unit_test_setup(while_something_may_be_gone_every_retry_asks_A8, in_sync),
        cmocka_unit_test_setup(fragments_that_have_come_are_not_asked_for_again_A11, in_sync),
        cmocka_unit_test_setup(a_boot_that_is_only_claimed_is_to_be_proven_with_every_beacon_A6,
                               in_sync),
        cmocka_unit_test_setup(content_that_arrives_again_is_not_called_the_same_A8, in_sync),
        cmocka_unit_test_setup(what_was_asked_for_is_not_asked_again_before_its_time_A2, in_sync),
        cmocka_unit_test_setup(what_is_wanted_besides_is_asked_for_at_once_and_alone_A2, in_sync),
        cmocka_unit_test_setup(a_version_that_came_meanwhile_is_asked_for_at_once_A2, in_sync),
        cmocka_unit_test_setup(a_request_that_was_answered_before_it_left_is_not_sent, in_sync),
        cmocka_unit_test_setup(an_unanswered_request_is_given_up_and_only_that_is_reported_A2,
                               in_sync),
        cmocka_unit_test_setup(who_is_heard_at_the_last_try_is_asked_again_at_once_A2, in_sync),
        cmocka_unit_test_setup(of_few_tries_none_is_left_out_when_it_is_heard_at_the_last_A2,
                               in_sync),
        cmocka_unit_test_setup(an_answer_at_the_last_try_is_waited_for_and_not_asked_for_twice_A2,
                               in_sync),
        cmocka_unit_test_setup(an_answer_in_pieces_uses_up_no_tries_A2, in_sync),
        cmocka_unit_test_setup(with_nothing_to_name_all_that_is_announced_is_asked_for_A8, in_sync),
        cmocka_unit_test_setup(parts_of_another_section_are_not_claimed_as_its_own_A11, in_sync),
        cmocka_unit_test_setup(a_section_that_comes_back_is_asked_for_as_never_held_A8, in_sync),
        cmocka_unit_test_setup(the_same_bytes_under_a_new_version_are_the_new_version_A6, in_sync),
        cmocka_unit_test_setup(fragments_of_two_transmitters_are_not_mixed_A6, in_sync),
        cmocka_unit_test_setup(fragments_of_two_sections_are_not_mixed_A6, in_sync),
        cmocka_unit_test_setup(a_fragment_of_what_is_held_does_not_take_the_buffer, in_sync),
        cmocka_unit_test_setup(fragments_that_two_contents_of_one_version_share_are_taken_A8,
                               in_sync),
        cmocka_unit_test_setup(what_fits_one_fragment_does_not_wait_for_the_buffer, in_sync),
        cmocka_unit_test_setup(one_that_is_verified_leaves_the_buffer_to_another, in_sync),
        cmocka_unit_test_setup(a_first_section_of_many_fragments_is_no_failed_round_A8, in_sync),
        cmocka_unit_test_setup(only_rounds_that_were_asked_for_count_against_the_digest_A8,
                               in_sync),
        cmocka_unit_test_setup(rounds_before_a_match_do_not_count_behind_it_A8, in_sync),
        cmocka_unit_test(a_round_of_requests_goes_out_in_as_many_frames_as_it_takes),
        cmocka_unit_test(a_round_that_is_answered_in_several_frames_counts_against_the_digest_A8),
        cmocka_unit_test_setup(only_what_is_held_is_reported_as_verified_with_the_time_A8, in_sync),
        cmocka_unit_test_setup(the_first_status_and_every_change_of_it_are_sent_A5, in_sync),
        cmocka_unit_test_setup(a_store_is_replaced_only_by_another_A6, in_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
