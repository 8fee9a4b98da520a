/* ISO 15765-2, both ends: what is refused and why, then messages of every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sources/isotp.h"

static struct vb_isotp_receiver receiver_of(uint8_t block_size)
{
    struct vb_isotp_receiver receiver;
    vb_isotp_receiver_init(&receiver, VB_ISOTP_TIMEOUT_MS, block_size);
    return receiver;
}

static enum vb_isotp_progress give(struct vb_isotp_receiver *receiver, uint32_t now_ms,
                                   const char *bytes, size_t size)
{
    return vb_isotp_receive(receiver, now_ms, (const uint8_t *)bytes, size);
}

static void assert_fault(const struct vb_isotp_receiver *receiver, enum vb_isotp_fault fault,
                         uint32_t count)
{
    assert_int_equal(receiver->last_fault, fault);
    assert_int_equal(receiver->faults[fault], count);
    assert_false(receiver->receiving);
    assert_true(strlen(vb_isotp_fault_text(fault)) > 10);
}

/* == Refused ================================================================================= */

static void invalid_frames_are_counted_by_reason(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        enum vb_isotp_fault fault;
    } rows[] = {
        {"", 0, VB_ISOTP_FAULT_EMPTY},
        {"\x40", 1, VB_ISOTP_FAULT_TYPE},
        {"\xf1\x61", 2, VB_ISOTP_FAULT_TYPE},
        {"\x00\x61\x62\x63\x64\x65\x66\x67", 8, VB_ISOTP_FAULT_LENGTH},
        {"\x08\x61\x62\x63\x64\x65\x66\x67", 8, VB_ISOTP_FAULT_LENGTH},
        {"\x03\x61\x62", 3, VB_ISOTP_FAULT_LENGTH},
        {"\x10\x0a\x61\x62\x63\x64\x65", 7, VB_ISOTP_FAULT_LENGTH},
        {"\x10\x07\x61\x62\x63\x64\x65\x66", 8, VB_ISOTP_FAULT_LENGTH},
        {"\x10\x00\x00\x00\x10\x00\x65\x66", 8, VB_ISOTP_FAULT_TOO_LONG},
        {"\x12\x01\x61\x62\x63\x64\x65\x66", 8, VB_ISOTP_FAULT_TOO_LONG},
        {"\x1f\xff\x61\x62\x63\x64\x65\x66", 8, VB_ISOTP_FAULT_TOO_LONG},
        {"\x21\x61\x62\x63\x64\x65\x66\x67", 8, VB_ISOTP_FAULT_UNEXPECTED},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct vb_isotp_receiver receiver = receiver_of(0);
        assert_int_equal(give(&receiver, 0, rows[i].bytes, rows[i].size), VB_ISOTP_REFUSED);
        assert_fault(&receiver, rows[i].fault, 1);
    }
}

static void a_missing_or_doubled_frame_gives_the_message_up_and_counts_once(void **state)
{
    (void)state;
    static const char *const second[] = {"\x22gggggg", "\x20gggggg", "\x2fgggggg"};
    for (size_t i = 0; i < VB_COUNT_OF(second); i++) {
        struct vb_isotp_receiver receiver = receiver_of(0);
        assert_int_equal(give(&receiver, 0,
                              "\x10\x64"
                              "abcdef",
                              8),
                         VB_ISOTP_FLOW);
        assert_int_equal(give(&receiver, 1, second[i], 8), VB_ISOTP_REFUSED);
        assert_int_equal(give(&receiver, 2, "\x21gggggg", 8), VB_ISOTP_NOTHING);
        assert_int_equal(give(&receiver, 3, "\x22gggggg", 8), VB_ISOTP_NOTHING);
        assert_fault(&receiver, VB_ISOTP_FAULT_ORDER, 1);
        assert_int_equal(receiver.faults[VB_ISOTP_FAULT_UNEXPECTED], 0);
        assert_int_equal(give(&receiver, 4, "\x02ok", 3), VB_ISOTP_WHOLE);
        assert_int_equal(give(&receiver, 5, "\x21gggggg", 8), VB_ISOTP_REFUSED);
        assert_fault(&receiver, VB_ISOTP_FAULT_UNEXPECTED, 1);
    }
}

static void a_message_that_another_breaks_off_is_counted_and_the_other_is_taken(void **state)
{
    (void)state;
    struct vb_isotp_receiver receiver = receiver_of(0);
    assert_int_equal(give(&receiver, 0,
                          "\x10\x0a"
                          "abcdef",
                          8),
                     VB_ISOTP_FLOW);
    assert_int_equal(give(&receiver, 1,
                          "\x10\x09"
                          "uvwxyz",
                          8),
                     VB_ISOTP_FLOW);
    assert_int_equal(receiver.faults[VB_ISOTP_FAULT_INTERRUPTED], 1);
    assert_int_equal(give(&receiver, 2,
                          "\x21"
                          "123",
                          4),
                     VB_ISOTP_WHOLE);
    assert_int_equal(receiver.size, 9);
    assert_memory_equal(receiver.bytes, "uvwxyz123", 9);
}

static void a_last_frame_that_is_too_short_is_no_end(void **state)
{
    (void)state;
    struct vb_isotp_receiver receiver = receiver_of(0);
    assert_int_equal(give(&receiver, 0,
                          "\x10\x0a"
                          "abcdef",
                          8),
                     VB_ISOTP_FLOW);
    assert_int_equal(give(&receiver, 1,
                          "\x21"
                          "ghi",
                          4),
                     VB_ISOTP_REFUSED);
    assert_fault(&receiver, VB_ISOTP_FAULT_LENGTH, 1);
}

static void a_message_that_stops_is_given_up_after_n_cr_also_across_the_wrap(void **state)
{
    (void)state;
    static const uint32_t begins_ms[] = {0, UINT32_MAX - 300};
    for (size_t i = 0; i < VB_COUNT_OF(begins_ms); i++) {
        const uint32_t begin_ms = begins_ms[i];
        struct vb_isotp_receiver receiver = receiver_of(0);
        assert_int_equal(give(&receiver, begin_ms,
                              "\x10\x64"
                              "abcdef",
                              8),
                         VB_ISOTP_FLOW);
        assert_false(vb_isotp_expire(&receiver, begin_ms + VB_ISOTP_TIMEOUT_MS - 1));
        assert_true(vb_isotp_expire(&receiver, begin_ms + VB_ISOTP_TIMEOUT_MS));
        assert_fault(&receiver, VB_ISOTP_FAULT_TIMEOUT, 1);
        assert_false(vb_isotp_expire(&receiver, begin_ms + 2 * VB_ISOTP_TIMEOUT_MS));
    }
}

/* == Sender ================================================================================== */

static struct vb_isotp_sender sending(size_t size)
{
    uint8_t bytes[VB_ISOTP_BYTES_MAX];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7);
    struct vb_isotp_sender sender;
    vb_isotp_sender_init(&sender, VB_ISOTP_TIMEOUT_MS);
    vb_isotp_send(&sender, 0, bytes, size);
    return sender;
}

static void flow(struct vb_isotp_sender *sender, uint32_t now_ms, uint8_t status, uint8_t block,
                 uint8_t separation)
{
    const uint8_t frame[] = {(uint8_t)(0x30 | status), block, separation};
    vb_isotp_flow(sender, now_ms, frame, sizeof frame);
}

static void a_sender_without_flow_control_stops_after_n_bs(void **state)
{
    (void)state;
    struct vb_isotp_sender sender = sending(20);
    uint8_t frame[VB_ISOTP_FRAME_BYTES];
    assert_true(vb_isotp_sender_output(&sender, 0, frame));
    assert_false(vb_isotp_sender_output(&sender, VB_ISOTP_TIMEOUT_MS - 1, frame));
    assert_int_equal(sender.state, VB_ISOTP_WAITS);
    flow(&sender, VB_ISOTP_TIMEOUT_MS - 1, 1, 0, 0); /* "wait" starts it over */
    assert_false(vb_isotp_sender_output(&sender, 2 * VB_ISOTP_TIMEOUT_MS - 2, frame));
    assert_int_equal(sender.state, VB_ISOTP_WAITS);
    assert_false(vb_isotp_sender_output(&sender, 2 * VB_ISOTP_TIMEOUT_MS - 1, frame));
    assert_int_equal(sender.state, VB_ISOTP_SILENCE);
    flow(&sender, 3 * VB_ISOTP_TIMEOUT_MS, 0, 0, 0);
    assert_false(vb_isotp_sender_output(&sender, 3 * VB_ISOTP_TIMEOUT_MS, frame));
}

static void a_flow_control_that_is_none_or_refuses_sends_nothing(void **state)
{
    (void)state;
    for (uint8_t status = 2; status <= 15; status++) {
        struct vb_isotp_sender sender = sending(20);
        uint8_t frame[VB_ISOTP_FRAME_BYTES];
        assert_true(vb_isotp_sender_output(&sender, 0, frame));
        vb_isotp_flow(&sender, 1, (const uint8_t[]){0x30, 0}, 2);
        vb_isotp_flow(&sender, 1, (const uint8_t[]){0x21, 0, 0}, 3);
        assert_int_equal(sender.state, VB_ISOTP_WAITS);
        flow(&sender, 1, status, 0, 0);
        assert_int_equal(sender.state, VB_ISOTP_REFUSAL);
        assert_false(vb_isotp_sender_output(&sender, 1, frame));
    }
}

static void frames_keep_the_separation_that_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        uint32_t ms;
    } rows[] = {{0, 0}, {10, 10}, {127, 127}, {0x80, 127}, {0xf1, 1}, {0xf9, 1}, {0xfa, 127}};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct vb_isotp_sender sender = sending(30);
        uint8_t frame[VB_ISOTP_FRAME_BYTES];
        assert_true(vb_isotp_sender_output(&sender, 0, frame));
        flow(&sender, 5, 0, 0, rows[i].code);
        assert_true(vb_isotp_sender_output(&sender, 5, frame));
        if (rows[i].ms > 0)
            assert_false(vb_isotp_sender_output(&sender, 5 + rows[i].ms - 1, frame));
        assert_true(vb_isotp_sender_output(&sender, 5 + rows[i].ms, frame));
    }
}

/* == Both ==================================================================================== */

static void messages_of_every_length_arrive_whole_in_blocks_of_any_size(void **state)
{
    (void)state;
    static const uint8_t blocks[] = {0, 1, 2, 7, 255};
    for (size_t b = 0; b < VB_COUNT_OF(blocks); b++) {
        for (size_t size = 1; size <= VB_ISOTP_BYTES_MAX; size++) {
            struct vb_isotp_receiver receiver = receiver_of(blocks[b]);
            struct vb_isotp_sender sender = sending(size);
            uint8_t frame[VB_ISOTP_FRAME_BYTES];
            enum vb_isotp_progress progress = VB_ISOTP_NOTHING;
            unsigned flows = 0;
            while (vb_isotp_sender_output(&sender, 0, frame)) {
                progress = vb_isotp_receive(&receiver, 0, frame, sizeof frame);
                assert_int_not_equal(progress, VB_ISOTP_REFUSED);
                if (progress != VB_ISOTP_FLOW)
                    continue;
                vb_isotp_flow_frame(&receiver, 0, frame);
                vb_isotp_flow(&sender, 0, frame, sizeof frame);
                flows++;
            }
            assert_int_equal(progress, VB_ISOTP_WHOLE);
            assert_int_equal(sender.state, VB_ISOTP_SENT);
            assert_int_equal(receiver.size, size);
            assert_memory_equal(receiver.bytes, sender.bytes, size);
            const size_t consecutive = size <= 7 ? 0 : (size - 6 + 6) / 7;
            const size_t expected = size <= 7        ? 0
                                    : blocks[b] == 0 ? 1
                                                     : 1 + (consecutive - 1) / blocks[b];
            assert_int_equal(flows, expected);
        }
    }
}

static void short_frames_are_padded_with_zeros(void **state)
{
    (void)state;
    struct vb_isotp_sender sender;
    uint8_t frame[VB_ISOTP_FRAME_BYTES];
    vb_isotp_sender_init(&sender, VB_ISOTP_TIMEOUT_MS);
    assert_false(vb_isotp_sender_output(&sender, 0, frame));
    vb_isotp_send(&sender, 0, (const uint8_t[]){0x21, 0x02}, 2);
    assert_true(vb_isotp_sender_output(&sender, 0, frame));
    assert_memory_equal(frame, ((const uint8_t[]){2, 0x21, 2, 0, 0, 0, 0, 0}), sizeof frame);
    assert_false(vb_isotp_sender_output(&sender, 0, frame));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_frames_are_counted_by_reason),
        cmocka_unit_test(a_missing_or_doubled_frame_gives_the_message_up_and_counts_once),
        cmocka_unit_test(a_message_that_another_breaks_off_is_counted_and_the_other_is_taken),
        cmocka_unit_test(a_last_frame_that_is_too_short_is_no_end),
        cmocka_unit_test(a_message_that_stops_is_given_up_after_n_cr_also_across_the_wrap),
        cmocka_unit_test(a_sender_without_flow_control_stops_after_n_bs),
        cmocka_unit_test(a_flow_control_that_is_none_or_refuses_sends_nothing),
        cmocka_unit_test(frames_keep_the_separation_that_was_asked_for),
        cmocka_unit_test(messages_of_every_length_arrive_whole_in_blocks_of_any_size),
        cmocka_unit_test(short_frames_are_padded_with_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
