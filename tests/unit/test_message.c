/* What the golden vectors cannot hold: limits of the writers, broken payloads at random. The
 * layouts themselves are held by test_vectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

static const uint8_t noise[VB_SECTION_BYTES_MAX] = {1, 2, 3};

/* ---- Faults ---- */

static void read_with_every_decoder(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_beacon beacon;
    if (vb_beacon_read(&reader, &beacon) == VB_ERR_OK) {
        assert_true(beacon.mark_count <= VB_MARKS_MAX);
        assert_true(beacon.records_size <= size);
    }
    reader = vb_reader_of(bytes, size);
    struct vb_record record;
    if (vb_record_read(&reader, &vb_room_plain, &record) == VB_ERR_OK) {
        assert_in_range(record.id, 1, VB_MARKS_MAX);
        assert_true(record.total <= VB_SECTION_BYTES_MAX && record.size <= VB_FRAGMENT_BYTES_MAX);
        assert_true(record.index < vb_fragment_count(&vb_room_plain, record.total));
    }
    reader = vb_reader_of(bytes, size);
    struct vb_request_item item;
    if (vb_request_item_read(&reader, &item) == VB_ERR_OK)
        assert_in_range(item.id, 1, VB_MARKS_MAX);
    reader = vb_reader_of(bytes, size);
    struct vb_edit_part part;
    if (vb_edit_part_read(&reader, &vb_room_plain, &part) == VB_ERR_OK)
        assert_true(part.size >= 1 && part.size <= VB_FRAGMENT_BYTES_MAX && part.id != 0);
    reader = vb_reader_of(bytes, size);
    struct vb_edit_result result;
    if (vb_edit_result_read(&reader, &result) == VB_ERR_OK)
        assert_true(result.reasons.count <= VB_REASONS_MAX);
    reader = vb_reader_of(bytes, size);
    struct vb_reading_part reading;
    if (vb_reading_part_read(&reader, &reading) == VB_ERR_OK)
        assert_true(reading.size >= 1 && reading.size < size);
    reader = vb_reader_of(bytes, size);
    struct vb_reading_ack ack;
    if (vb_reading_ack_read(&reader, &ack) == VB_ERR_OK)
        assert_int_equal(size, 3);
}

static void random_payloads_are_read_or_refused_within_their_bounds(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 5);
    for (unsigned round = 0; round < 30000; round++) {
        const size_t size = vb_random_between(&random, 0, 60);
        uint8_t *bytes = malloc(size + 1); /* a size of 0 is no NULL */
        assert_non_null(bytes);
        /* Small numbers come often: they are what gets past the first checks. */
        for (size_t i = 0; i < size; i++) {
            const uint64_t bits = vb_random_u64(&random);
            bytes[i] = (uint8_t)(bits >> 8 & ((bits & 1) != 0 ? 0x0f : 0xff));
        }
        read_with_every_decoder(bytes, size);
        free(bytes);
    }
}

static void a_record_of_a_later_form_ends_what_can_be_read(void **state)
{
    (void)state;
    for (unsigned form = 3; form < 8; form++) {
        const uint8_t bytes[] = {1, (uint8_t)(form << 5), 1, 0xff, 0xff};
        struct vb_reader reader = vb_reader_of(bytes, sizeof bytes);
        struct vb_record record;
        assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record), VB_ERR_UNSUPPORTED);
    }
}

static void a_fragment_cut_before_its_total_is_truncated(void **state)
{
    (void)state;
    const uint8_t bytes[] = {4, 20, 1, 0x80, 0x20}; /* fragment 20 of 4096 bytes */
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct vb_reader reader = vb_reader_of(bytes, size);
        struct vb_record record;
        assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record), VB_ERR_TRUNCATED);
    }
}

static void a_record_cut_in_its_hash_is_truncated_whatever_its_index(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, VB_RECORD_SAME << 5 | 3, 1, 0xaa, 0xbb, 0xcc, 0xdd};
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct vb_reader reader = vb_reader_of(bytes, size);
        struct vb_record record;
        assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record),
                         size < sizeof bytes ? VB_ERR_TRUNCATED : VB_ERR_MALFORMED);
    }
}

static void a_request_cut_within_an_item_is_truncated(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 5, 0xaa, 0xbb, 0xcc, 0xdd, 7, 9};
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct vb_reader reader = vb_reader_of(bytes, size);
        struct vb_request_item item;
        assert_int_equal(vb_request_item_read(&reader, &item),
                         size < sizeof bytes ? VB_ERR_TRUNCATED : VB_ERR_OK);
    }
}

static void writers_fail_where_a_message_does_not_fit(void **state)
{
    (void)state;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    const struct vb_record record = {
        .id = 1, .version = 1, .total = 200, .bytes = noise, .size = VB_FRAGMENT_BYTES_MAX};
    const size_t size = vb_record_size(&record);
    for (size_t capacity = 0; capacity <= size; capacity++) {
        struct vb_writer writer = vb_writer_of(bytes, capacity);
        vb_record_write(&writer, &record);
        assert_int_equal(writer.failed, capacity < size);
    }
}

static void a_beacon_with_records_does_not_fit_where_one_without_does(void **state)
{
    (void)state;
    uint8_t bytes[40];
    const struct vb_beacon bare = {.mark_count = 9};
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_beacon_write(&writer, &bare);
    assert_false(writer.failed);
    const struct vb_beacon full = {.mark_count = 9, .records = noise, .records_size = 30};
    writer = vb_writer_of(bytes, sizeof bytes);
    vb_beacon_write(&writer, &full);
    assert_true(writer.failed);
}

static void reasons_beyond_the_eighth_are_dropped(void **state)
{
    (void)state;
    struct vb_reasons reasons = {0};
    for (uint8_t tag = 1; tag <= 20; tag++)
        vb_reasons_add(&reasons, tag, VB_ERR_OUT_OF_RANGE, 0);
    assert_int_equal(reasons.count, VB_REASONS_MAX);
    assert_int_equal(reasons.items[VB_REASONS_MAX - 1].tag, VB_REASONS_MAX);
}

/* ---- Whole payloads ---- */

static struct vb_records found; /* of the payload read last */

struct payload {
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer;
};

static struct vb_writer *begin(struct payload *payload)
{
    payload->writer = vb_writer_of(payload->bytes, sizeof payload->bytes);
    return &payload->writer;
}

static enum vb_err read_as(uint8_t message, const uint8_t *bytes, size_t size)
{
    struct vb_payload payload;
    const struct vb_frame frame = {.message = message, .payload = bytes, .payload_size = size};
    return vb_payload_read(&vb_room_plain, &frame, &found, &payload);
}

static enum vb_err checked(const struct payload *payload, uint8_t message)
{
    assert_false(payload->writer.failed);
    return read_as(message, payload->bytes, payload->writer.at);
}

static enum vb_err checked_data(uint32_t store_id, const struct vb_record *record)
{
    struct payload payload;
    vb_data_head_write(begin(&payload), &(struct vb_data_head){.store_id = store_id, .boot = 1});
    vb_record_write(&payload.writer, record);
    return checked(&payload, VB_MESSAGE_DATA);
}

static enum vb_err checked_beacon(uint32_t store_id, const uint8_t *records, size_t records_size)
{
    struct payload payload;
    const struct vb_beacon beacon = {
        .store_id = store_id, .boot = 1, .records = records, .records_size = records_size};
    vb_beacon_write(begin(&payload), &beacon);
    return checked(&payload, VB_MESSAGE_BEACON);
}

static void a_payload_of_no_known_message_is_unsupported(void **state)
{
    (void)state;
    assert_int_equal(read_as(0, noise, 10), VB_ERR_UNSUPPORTED);
    assert_int_equal(read_as(VB_MESSAGE_READING_ACK + 1, noise, 10), VB_ERR_UNSUPPORTED);
}

static void an_empty_payload_is_no_message_of_any_kind(void **state)
{
    (void)state;
    for (uint8_t message = VB_MESSAGE_BEACON; message <= VB_MESSAGE_GOODBYE; message++)
        assert_int_equal(read_as(message, noise, 0), VB_ERR_TRUNCATED);
}

static void a_beacon_may_leave_the_store_to_its_boot(void **state)
{
    (void)state;
    assert_int_equal(checked_beacon(0, NULL, 0), VB_ERR_OK);
    assert_int_equal(checked_beacon(1, NULL, 0), VB_ERR_OK);
}

/* Data and a result, too, are of one boot. */
static void what_is_of_no_boot_is_malformed(void **state)
{
    (void)state;
    for (uint32_t boot = 0; boot < 2; boot++) {
        struct payload payload;
        const enum vb_err err = boot == 0 ? VB_ERR_MALFORMED : VB_ERR_OK;
        const struct vb_record record = {.id = 1, .form = VB_RECORD_SAME, .version = 1};
        vb_data_head_write(begin(&payload), &(struct vb_data_head){.store_id = 1, .boot = boot});
        vb_record_write(&payload.writer, &record);
        assert_int_equal(checked(&payload, VB_MESSAGE_DATA), err);
        const struct vb_edit_result result = {.id = 1, .boot = boot, .section = 1, .version = 1};
        vb_edit_result_write(begin(&payload), &result);
        assert_int_equal(checked(&payload, VB_MESSAGE_EDIT_RESULT), err);
    }
}

static void an_answer_says_the_store(void **state)
{
    (void)state;
    const struct vb_record record = {.id = 1, .form = VB_RECORD_SAME, .version = 1};
    for (uint32_t store_id = 0; store_id <= 1; store_id++) {
        struct payload payload;
        vb_write_u32(begin(&payload), 1); /* the nonce */
        vb_beacon_write(&payload.writer, &(struct vb_beacon){.store_id = store_id, .boot = 1});
        assert_int_equal(checked(&payload, VB_MESSAGE_HELLO_ACK),
                         store_id == 0 ? VB_ERR_MALFORMED : VB_ERR_OK);
    }
    assert_int_equal(checked_data(0, &record), VB_ERR_MALFORMED);
    assert_int_equal(checked_data(1, &record), VB_ERR_OK);
}

static void a_hello_ack_is_malformed_without_a_nonce(void **state)
{
    (void)state;
    for (uint32_t nonce = 0; nonce < 2; nonce++) {
        struct payload payload;
        vb_write_u32(begin(&payload), nonce);
        vb_beacon_write(&payload.writer, &(struct vb_beacon){.store_id = 1, .boot = 1});
        assert_int_equal(checked(&payload, VB_MESSAGE_HELLO_ACK),
                         nonce == 0 ? VB_ERR_MALFORMED : VB_ERR_OK);
    }
}

static void a_bad_record_spoils_its_whole_frame_and_a_later_form_does_not(void **state)
{
    (void)state;
    static const uint8_t bad[] = {0, 0, 1, 0}; /* section 0 */
    static const uint8_t later[] = {1, 0x20, 1, 9, 9, 9, 9, 2, 0x60, 1, 0xff};
    assert_int_equal(checked_beacon(1, bad, sizeof bad), VB_ERR_MALFORMED);
    assert_int_equal(checked_beacon(1, bad, 2), VB_ERR_TRUNCATED);
    assert_int_equal(checked_beacon(1, later, sizeof later), VB_ERR_OK);
    assert_int_equal(found.count, 1);
    assert_true(found.cut);
}

static void records_are_read_as_many_as_a_transmitter_sends_and_no_more(void **state)
{
    (void)state;
    struct payload payload;
    vb_data_head_write(begin(&payload), &(struct vb_data_head){.store_id = 1, .boot = 1});
    for (uint8_t count = 1; count <= VB_RECORDS_MAX; count++) {
        const uint8_t id = (uint8_t)(1 + (count - 1) / 2);
        const struct vb_record same = {.id = id, .form = VB_RECORD_SAME, .version = count};
        const struct vb_record whole = {.id = id, .version = count, .bytes = noise};
        vb_record_write(&payload.writer, count % 2 == 0 ? &same : &whole);
        assert_int_equal(checked(&payload, VB_MESSAGE_DATA), VB_ERR_OK);
        assert_int_equal(found.count, count);
        assert_int_equal(found.items[count - 1].id, id);
        assert_int_equal(found.items[count - 1].version, count);
        assert_false(found.cut);
    }
    vb_record_write(&payload.writer, &(struct vb_record){.id = 1, .version = 1, .bytes = noise});
    assert_int_equal(checked(&payload, VB_MESSAGE_DATA), VB_ERR_MALFORMED);
}

static void kinds_with_records_are_unsupported_where_none_are_taken(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {VB_MESSAGE_BEACON, VB_MESSAGE_HELLO_ACK, VB_MESSAGE_DATA};
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++) {
        struct vb_payload payload;
        const struct vb_frame frame = {.message = kinds[i], .payload = noise, .payload_size = 60};
        assert_int_equal(vb_payload_read(&vb_room_plain, &frame, NULL, &payload),
                         VB_ERR_UNSUPPORTED);
    }
}

static void a_delta_over_nothing_or_above_a_fragment_is_malformed(void **state)
{
    (void)state;
    struct payload payload;
    struct vb_record delta = {.id = 1, .form = VB_RECORD_DELTA, .version = 2, .base_version = 0};
    assert_int_equal(checked_data(1, &delta), VB_ERR_MALFORMED);
    delta.base_version = 1;
    assert_int_equal(checked_data(1, &delta), VB_ERR_OK);
    vb_data_head_write(begin(&payload), &(struct vb_data_head){.store_id = 1, .boot = 1});
    vb_record_write(&payload.writer, &delta);
    payload.writer.at--; /* its size: 0 becomes 201 */
    vb_write_varint(&payload.writer, VB_FRAGMENT_BYTES_MAX + 1);
    vb_write_bytes(&payload.writer, noise, VB_FRAGMENT_BYTES_MAX + 1);
    assert_int_equal(checked(&payload, VB_MESSAGE_DATA), VB_ERR_MALFORMED);
}

static void a_result_is_malformed_with_too_many_reasons_no_id_or_no_known_outcome(void **state)
{
    (void)state;
    static const struct {
        uint64_t id;
        uint8_t outcome;
        uint8_t reasons;
        uint8_t reason;
        enum vb_err err;
    } cases[] = {
        {1, VB_EDIT_NOT_KNOWN, VB_REASONS_MAX, 19, VB_ERR_OK},
        {0, VB_EDIT_APPLIED, 0, 0, VB_ERR_MALFORMED},
        {1, VB_EDIT_NOT_KNOWN + 1, 0, 0, VB_ERR_MALFORMED},
        {1, VB_EDIT_REFUSED, VB_REASONS_MAX + 1, 0, VB_ERR_MALFORMED},
        {1, VB_EDIT_REFUSED, 1, 20, VB_ERR_MALFORMED},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct payload payload;
        struct vb_writer *writer = begin(&payload);
        vb_write_u64(writer, cases[i].id);
        vb_write_u32(writer, 1);
        vb_write_u8(writer, 1);
        vb_write_u8(writer, cases[i].outcome);
        vb_write_varint(writer, 1);
        vb_write_u8(writer, cases[i].reasons);
        for (uint8_t reason = 0; reason < cases[i].reasons; reason++)
            vb_write_bytes(writer, (const uint8_t[]){1, cases[i].reason, 0}, 3);
        assert_int_equal(checked(&payload, VB_MESSAGE_EDIT_RESULT), cases[i].err);
    }
}

static void a_request_is_malformed_from_its_sixteenth_item_on(void **state)
{
    (void)state;
    struct payload payload;
    vb_write_u32(begin(&payload), 1);
    for (uint8_t count = 1; count <= VB_REQUEST_ITEMS_MAX + 1; count++) {
        vb_request_item_write(&payload.writer, &(struct vb_request_item){.id = 1});
        assert_int_equal(checked(&payload, VB_MESSAGE_REQUEST),
                         count <= VB_REQUEST_ITEMS_MAX ? VB_ERR_OK : VB_ERR_MALFORMED);
    }
    vb_write_u32(begin(&payload), 1);
    vb_request_item_write(&payload.writer, &(struct vb_request_item){.id = VB_MARKS_MAX + 1});
    assert_int_equal(checked(&payload, VB_MESSAGE_REQUEST), VB_ERR_MALFORMED);
}

static void plain_messages_are_their_numbers_and_nothing_behind_them(void **state)
{
    (void)state;
    static const struct {
        uint8_t message;
        uint8_t bytes[6];
        size_t size;
        enum vb_err err;
    } cases[] = {
        {VB_MESSAGE_HELLO, {1, 0, 0, 0, 5}, 5, VB_ERR_OK},
        {VB_MESSAGE_HELLO, {0, 0, 0, 0, 5}, 5, VB_ERR_MALFORMED}, /* no nonce */
        {VB_MESSAGE_HELLO, {1, 0, 0, 0, 5, 0}, 6, VB_ERR_MALFORMED},
        {VB_MESSAGE_BEACON_ACK, {7, 5}, 2, VB_ERR_OK},
        {VB_MESSAGE_BEACON_ACK, {7}, 1, VB_ERR_TRUNCATED},
        {VB_MESSAGE_GOODBYE, {1, 0, 0, 0, 0}, 5, VB_ERR_OK},
        {VB_MESSAGE_GOODBYE, {1, 0, 0, 0}, 4, VB_ERR_TRUNCATED},
        {VB_MESSAGE_GOODBYE, {0, 0, 0, 0, 0}, 5, VB_ERR_MALFORMED}, /* no boot */
        {VB_MESSAGE_GOODBYE, {1, 0, 0, 0, 0, 0}, 6, VB_ERR_MALFORMED},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++)
        assert_int_equal(read_as(cases[i].message, cases[i].bytes, cases[i].size), cases[i].err);
}

/* ---- Sizes and versions ---- */

static void a_resting_beacon_of_eight_sections_has_at_most_32_bytes_A1(void **state)
{
    (void)state;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    const struct vb_beacon beacon = {.store_id = UINT32_MAX,
                                     .digest = UINT32_MAX,
                                     .uptime_s = UINT32_MAX,
                                     .runtime.flags = VB_RUNTIME_IP_KNOWN,
                                     .mark_count = 8};
    vb_beacon_write(&writer, &beacon);
    assert_false(writer.failed);
    assert_in_range(writer.at, 1, 32);
}

static void the_version_after_the_last_is_1_and_its_mark_differs(void **state)
{
    (void)state;
    assert_int_equal(vb_version_next(UINT32_MAX), 1);
    assert_int_equal(vb_version_mark(0), 0);
    const uint32_t starts[] = {1, 14, 15, 0x7ffffff0, UINT32_MAX - 20};
    for (size_t i = 0; i < VB_COUNT_OF(starts); i++) {
        uint32_t version = starts[i];
        for (unsigned step = 0; step < 40; step++) {
            const uint32_t next = vb_version_next(version);
            assert_int_not_equal(next, 0);
            assert_in_range(vb_version_mark(next), 1, 15);
            assert_int_not_equal(vb_version_mark(version), vb_version_mark(next));
            version = next;
        }
    }
}

static void fragments_cover_a_section_without_a_gap(void **state)
{
    (void)state;
    for (uint16_t total = 0; total <= VB_SECTION_BYTES_MAX; total++) {
        const uint8_t count = vb_fragment_count(&vb_room_plain, total);
        assert_in_range(count, 1, VB_FRAGMENTS_MAX);
        size_t covered = 0;
        for (uint8_t index = 0; index < count; index++)
            covered += vb_fragment_size(&vb_room_plain, total, index);
        assert_int_equal(covered, total);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_payloads_are_read_or_refused_within_their_bounds),
        cmocka_unit_test(a_record_of_a_later_form_ends_what_can_be_read),
        cmocka_unit_test(a_fragment_cut_before_its_total_is_truncated),
        cmocka_unit_test(a_record_cut_in_its_hash_is_truncated_whatever_its_index),
        cmocka_unit_test(a_request_cut_within_an_item_is_truncated),
        cmocka_unit_test(writers_fail_where_a_message_does_not_fit),
        cmocka_unit_test(a_beacon_with_records_does_not_fit_where_one_without_does),
        cmocka_unit_test(reasons_beyond_the_eighth_are_dropped),
        cmocka_unit_test(a_payload_of_no_known_message_is_unsupported),
        cmocka_unit_test(an_empty_payload_is_no_message_of_any_kind),
        cmocka_unit_test(a_beacon_may_leave_the_store_to_its_boot),
        cmocka_unit_test(what_is_of_no_boot_is_malformed),
        cmocka_unit_test(an_answer_says_the_store),
        cmocka_unit_test(a_hello_ack_is_malformed_without_a_nonce),
        cmocka_unit_test(a_bad_record_spoils_its_whole_frame_and_a_later_form_does_not),
        cmocka_unit_test(records_are_read_as_many_as_a_transmitter_sends_and_no_more),
        cmocka_unit_test(kinds_with_records_are_unsupported_where_none_are_taken),
        cmocka_unit_test(a_delta_over_nothing_or_above_a_fragment_is_malformed),
        cmocka_unit_test(a_result_is_malformed_with_too_many_reasons_no_id_or_no_known_outcome),
        cmocka_unit_test(a_request_is_malformed_from_its_sixteenth_item_on),
        cmocka_unit_test(plain_messages_are_their_numbers_and_nothing_behind_them),
        cmocka_unit_test(a_resting_beacon_of_eight_sections_has_at_most_32_bytes_A1),
        cmocka_unit_test(the_version_after_the_last_is_1_and_its_mark_differs),
        cmocka_unit_test(fragments_cover_a_section_without_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
