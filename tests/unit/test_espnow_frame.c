/* ESP-NOW on the air: what is refused and how it is said, then real frames to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "espnow/espnow_frame.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

/* Sent by an ESP8266, captured with its FCS. */
static const uint8_t esp8266[] = {0xd0, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xcc,
                                  0x50, 0xe3, 0x5d, 0x6a, 0x90, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0x20, 0xbd, 0x7f, 0x18, 0xfe, 0x34, 0x25, 0xb7, 0x29, 0x63, 0xdd,
                                  0x0d, 0x18, 0xfe, 0x34, 0x04, 0x01, 0x74, 0x3d, 0x33, 0x2e, 0x36,
                                  0x38, 0x38, 0x00, 0x42, 0xab, 0x82, 0xee};

/* By a stack that knows version 2, captured without. */
static const uint8_t esp32_v2[] = {
    0xd0, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xa0, 0xf2, 0x62, 0x85,
    0xa8, 0x7c, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x7f, 0x18, 0xfe, 0x34,
    0xe2, 0xb3, 0x83, 0x0d, 0xdd, 0x16, 0x18, 0xfe, 0x34, 0x04, 0x02, 0x50, 0x4c, 0x01,
    0x01, 0x62, 0x85, 0xa8, 0x7c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00};

enum {
    AT_FLAGS = 1,
    AT_CATEGORY = 24,
    AT_VENDOR = 25,
    AT_ELEMENT = 32,
    AT_LENGTH = 33,
    AT_ELEMENT_VENDOR = 34,
    AT_TYPE = 37,
    AT_VERSION = 38
};

static const struct vb_espnow_head ordinary = {.dst = {{2, 0, 0, 0, 0, 1}},
                                               .src = {{2, 0, 0, 0, 0, 2}},
                                               .addr3 = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
                                               .duration_us = 60,
                                               .sequence = 0xabc,
                                               .fragment = 5,
                                               .random = 0x0d83b3e2,
                                               .version = 2};

static uint8_t body[VB_ESPNOW_BODY_BYTES_MAX];
static uint8_t built[VB_ESPNOW_FRAME_BYTES_MAX];

static int fill_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 7 + i / 250);
    return 0;
}

/* Of a copy that is guarded to the byte, so that reading beyond it is found. */
static enum vb_espnow_verdict verdict_of(const uint8_t *bytes, size_t size, bool fcs_at_end)
{
    struct vb_espnow_frame frame;
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const enum vb_espnow_verdict verdict = vb_espnow_parse(copy, size, fcs_at_end, &frame);
    for (unsigned i = 0; i < frame.piece_count; i++) {
        assert_true(frame.pieces[i].bytes >= copy);
        assert_true(frame.pieces[i].bytes + frame.pieces[i].size <= copy + size);
    }
    free(copy);
    return verdict;
}

/* The verdict over the ESP8266's frame with one byte changed. */
static enum vb_espnow_verdict with_byte(size_t at, uint8_t value, bool fcs_at_end)
{
    uint8_t bytes[sizeof esp8266];
    memcpy(bytes, esp8266, sizeof bytes);
    bytes[at] = value;
    return verdict_of(bytes, fcs_at_end ? sizeof bytes : sizeof bytes - VB_ESPNOW_FCS_BYTES,
                      fcs_at_end);
}

static size_t build(const struct vb_espnow_head *head, size_t size, bool with_fcs)
{
    return vb_espnow_build(head, body, size, with_fcs, built, sizeof built);
}

static void assert_same_head(const struct vb_espnow_head *a, const struct vb_espnow_head *b)
{
    assert_true(vb_mac_equal(&a->dst, &b->dst) && vb_mac_equal(&a->src, &b->src));
    assert_true(vb_mac_equal(&a->addr3, &b->addr3));
    assert_int_equal(a->duration_us, b->duration_us);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->fragment, b->fragment);
    assert_int_equal(a->retry, b->retry);
    assert_int_equal(a->random, b->random);
    assert_int_equal(a->version, b->version);
}

/* == Refused ================================================================================= */

static void a_frame_cut_at_any_length_says_so(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof esp8266 - VB_ESPNOW_FCS_BYTES; size++)
        assert_int_equal(verdict_of(esp8266, size, false),
                         size < AT_CATEGORY ? VB_ESPNOW_SHORT : VB_ESPNOW_CUT);
    for (size_t size = 0; size < sizeof esp32_v2; size++)
        assert_int_equal(verdict_of(esp32_v2, size, false),
                         size < AT_CATEGORY ? VB_ESPNOW_SHORT : VB_ESPNOW_CUT);
    /* With an FCS said to be at the end, other bytes are taken for it. */
    for (size_t size = 0; size < sizeof esp8266; size++) {
        const size_t rest = size < VB_ESPNOW_FCS_BYTES ? 0 : size - VB_ESPNOW_FCS_BYTES;
        const enum vb_espnow_verdict verdict = verdict_of(esp8266, size, true);
        assert_int_equal(verdict, rest < AT_CATEGORY            ? VB_ESPNOW_SHORT
                                  : rest < VB_ESPNOW_HEAD_BYTES ? VB_ESPNOW_CUT
                                                                : VB_ESPNOW_FCS);
    }
}

static void a_frame_of_six_elements_cut_at_any_length_says_so(void **state)
{
    (void)state;
    const size_t whole = build(&ordinary, sizeof body, false);
    assert_int_equal(whole, VB_ESPNOW_FRAME_BYTES_MAX - VB_ESPNOW_FCS_BYTES);
    for (size_t size = AT_CATEGORY; size < whole; size++)
        assert_int_equal(verdict_of(built, size, false), VB_ESPNOW_CUT);
    assert_int_equal(verdict_of(built, whole, false), VB_ESPNOW_OK);
}

static void any_flipped_bit_is_found_by_the_fcs(void **state)
{
    (void)state;
    uint8_t bytes[sizeof esp8266];
    memcpy(bytes, esp8266, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(verdict_of(bytes, sizeof bytes, true), VB_ESPNOW_OK);
        (void)verdict_of(bytes, sizeof bytes, false); /* reads nothing outside */
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verdict_of(bytes, sizeof bytes, true), VB_ESPNOW_OK);
    const size_t size = build(&ordinary, 600, true);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        built[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(verdict_of(built, size, true), VB_ESPNOW_OK);
        built[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verdict_of(built, size, true), VB_ESPNOW_OK);
}

static void a_frame_that_is_not_ours_is_described_by_its_reason(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum vb_espnow_verdict verdict;
    } rows[] = {
        {0, 0x80, VB_ESPNOW_KIND}, /* a beacon of an access point */
        {0, 0xe0, VB_ESPNOW_KIND}, /* an action frame that wants no acknowledgement */
        {0, 0xd1, VB_ESPNOW_KIND},
        {AT_CATEGORY, 126, VB_ESPNOW_CATEGORY}, /* protected vendor-specific */
        {AT_CATEGORY, 4, VB_ESPNOW_CATEGORY},   /* public action */
        {AT_VENDOR, 0x19, VB_ESPNOW_VENDOR},
        {AT_VENDOR + 1, 0xff, VB_ESPNOW_VENDOR},
        {AT_VENDOR + 2, 0x35, VB_ESPNOW_VENDOR},
        {AT_ELEMENT, 0xdc, VB_ESPNOW_ELEMENT},
        {AT_ELEMENT_VENDOR, 0, VB_ESPNOW_ELEMENT},
        {AT_ELEMENT_VENDOR + 1, 0, VB_ESPNOW_ELEMENT},
        {AT_ELEMENT_VENDOR + 2, 0, VB_ESPNOW_ELEMENT},
        {AT_TYPE, 3, VB_ESPNOW_ELEMENT},
        {AT_TYPE, 5, VB_ESPNOW_ELEMENT},
        {AT_LENGTH, 0, VB_ESPNOW_LENGTH},
        {AT_LENGTH, 4, VB_ESPNOW_LENGTH},
        {AT_LENGTH, 14, VB_ESPNOW_CUT},
        {AT_LENGTH, 255, VB_ESPNOW_CUT},
        {AT_VERSION, 0x00, VB_ESPNOW_VERSION},
        {AT_VERSION, 0x03, VB_ESPNOW_VERSION},
        {AT_VERSION, 0x0f, VB_ESPNOW_VERSION},
        {AT_VERSION, 0x11, VB_ESPNOW_CUT}, /* more is to follow */
        {AT_VERSION, 0x12, VB_ESPNOW_CUT},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        assert_int_equal(with_byte(rows[i].at, rows[i].value, false), rows[i].verdict);
        const bool is_espressif = rows[i].at >= AT_ELEMENT;
        assert_int_equal(with_byte(rows[i].at, rows[i].value, true),
                         is_espressif ? VB_ESPNOW_FCS : rows[i].verdict);
        assert_true(strlen(vb_espnow_verdict_text(rows[i].verdict)) > 10);
    }
}

static void an_encrypted_frame_says_so_and_one_that_was_decrypted_is_read(void **state)
{
    (void)state;
    uint8_t bytes[sizeof esp8266];
    static const uint8_t ccmp[] = {1, 0, 0, 0x20, 0, 0, 0, 0, 0x9d, 0x31};
    struct vb_espnow_frame frame;
    memcpy(bytes, esp8266, sizeof bytes);
    bytes[AT_FLAGS] = 0x40;
    assert_int_equal(vb_espnow_parse(bytes, sizeof bytes - 4, false, &frame), VB_ESPNOW_OK);
    assert_true(frame.is_protected);
    memcpy(bytes + AT_CATEGORY, ccmp, sizeof ccmp);
    assert_int_equal(vb_espnow_parse(bytes, sizeof bytes - 4, false, &frame), VB_ESPNOW_ENCRYPTED);
    assert_true(frame.is_protected);
    assert_int_equal(frame.head.src.bytes[0], 0xcc); /* who sent it is known all the same */
    assert_int_equal(verdict_of(bytes, AT_CATEGORY, false), VB_ESPNOW_ENCRYPTED);
}

static void a_damaged_frame_is_shown_as_far_as_it_can_be_read(void **state)
{
    (void)state;
    uint8_t bytes[sizeof esp8266];
    struct vb_espnow_frame frame;
    memcpy(bytes, esp8266, sizeof bytes);
    bytes[AT_VERSION + 1] = 'T';
    assert_int_equal(vb_espnow_parse(bytes, sizeof bytes, true, &frame), VB_ESPNOW_FCS);
    assert_int_equal(frame.body_size, 8);
    assert_memory_equal(frame.pieces[0].bytes, "T=3.688", 8);
}

static size_t append_element(size_t at, uint8_t size, uint8_t version)
{
    const uint8_t head[] = {0xdd, (uint8_t)(size + 5), 0x18, 0xfe, 0x34, 4, version};
    memcpy(built + at, head, sizeof head);
    memcpy(built + at + sizeof head, body, size);
    return at + sizeof head + size;
}

static void more_than_six_elements_or_1470_bytes_are_too_long(void **state)
{
    (void)state;
    size_t at = VB_ESPNOW_HEAD_BYTES;
    (void)build(&ordinary, 0, false);
    for (unsigned count = 1; count <= 6; count++)
        at = append_element(at, 3, 0x12);
    size_t whole = append_element(at, 3, 0x02);
    assert_int_equal(verdict_of(built, whole, false), VB_ESPNOW_LONG);
    built[at - 10 + 6] = 0x02; /* the sixth, of 10 bytes, is the last */
    assert_int_equal(verdict_of(built, at, false), VB_ESPNOW_OK);
    at = VB_ESPNOW_HEAD_BYTES;
    for (unsigned count = 1; count <= 5; count++)
        at = append_element(at, 250, 0x12);
    whole = append_element(at, 220, 0x02);
    assert_int_equal(verdict_of(built, whole, false), VB_ESPNOW_OK);
    whole = append_element(at, 221, 0x02);
    assert_int_equal(verdict_of(built, whole, false), VB_ESPNOW_LONG);
}

static void random_bytes_behind_espressifs_head_never_read_outside(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 10);
    (void)build(&ordinary, 0, false);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[VB_ESPNOW_HEAD_BYTES + 60];
        memcpy(bytes, built, VB_ESPNOW_HEAD_BYTES);
        for (size_t i = VB_ESPNOW_HEAD_BYTES; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)vb_random_u64(&random);
        const uint8_t head[] = {0xdd, (uint8_t)vb_random_between(&random, 0, 40),  0x18, 0xfe, 0x34,
                                4,    (uint8_t)vb_random_between(&random, 0, 0x1f)};
        memcpy(bytes + VB_ESPNOW_HEAD_BYTES, head, sizeof head);
        (void)verdict_of(bytes, vb_random_between(&random, 0, sizeof bytes), round % 2 == 0);
    }
}

/* == Real frames ============================================================================= */

static void a_frame_of_an_esp8266_is_read_and_built_again_to_the_byte(void **state)
{
    (void)state;
    struct vb_espnow_frame frame;
    uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
    assert_int_equal(vb_espnow_parse(esp8266, sizeof esp8266, true, &frame), VB_ESPNOW_OK);
    char text[VB_MAC_TEXT_SIZE];
    vb_mac_format(&frame.head.src, text);
    assert_string_equal(text, "cc:50:e3:5d:6a:90");
    assert_true(vb_mac_equal(&frame.head.dst, &vb_mac_broadcast));
    assert_true(vb_mac_equal(&frame.head.addr3, &vb_mac_broadcast));
    assert_int_equal(frame.head.sequence, 0xbd2);
    assert_int_equal(frame.head.fragment, 0);
    assert_int_equal(frame.head.random, 0x6329b725);
    assert_int_equal(frame.head.version, 1);
    assert_false(frame.head.retry || frame.is_protected);
    assert_int_equal(frame.piece_count, 1);
    assert_int_equal(frame.body_size, 8);
    assert_int_equal(frame.left_over, 0);
    const uint8_t *found = vb_espnow_body(&frame, joined);
    assert_ptr_equal(found, esp8266 + 39); /* not copied */
    assert_memory_equal(found, "t=3.688", 8);
    assert_int_equal(vb_crc32(0, esp8266, 47), 0xee82ab42);
    assert_int_equal(vb_espnow_build(&frame.head, found, 8, true, built, sizeof built),
                     sizeof esp8266);
    assert_memory_equal(built, esp8266, sizeof esp8266);
}

static void a_short_frame_marked_version_2_is_read_and_built_again_to_the_byte(void **state)
{
    (void)state;
    struct vb_espnow_frame frame;
    assert_int_equal(vb_espnow_parse(esp32_v2, sizeof esp32_v2, false, &frame), VB_ESPNOW_OK);
    assert_int_equal(frame.head.version, 2);
    assert_int_equal(frame.body_size, 17);
    assert_int_equal(vb_espnow_build(&frame.head, frame.pieces[0].bytes, frame.body_size, false,
                                     built, sizeof built),
                     sizeof esp32_v2);
    assert_memory_equal(built, esp32_v2, sizeof esp32_v2);
}

static void bytes_behind_the_last_element_are_left_and_counted(void **state)
{
    (void)state;
    struct vb_espnow_frame frame;
    /* An FCS that nobody has told of; a driver's padding. */
    assert_int_equal(vb_espnow_parse(esp8266, sizeof esp8266, false, &frame), VB_ESPNOW_OK);
    assert_int_equal(frame.left_over, VB_ESPNOW_FCS_BYTES);
    assert_int_equal(frame.body_size, 8);
}

/* == Built =================================================================================== */

static void a_body_of_every_length_comes_back(void **state)
{
    (void)state;
    static uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
    struct vb_espnow_head head = ordinary;
    for (size_t size = 0; size <= sizeof body; size++) {
        struct vb_espnow_frame frame;
        const bool with_fcs = size % 2 == 0;
        head.sequence = (uint16_t)(size & 0xfff);
        head.fragment = size % 16;
        head.retry = size % 3 == 0;
        head.version = size <= 250 && size % 5 != 0 ? 1 : 2;
        const size_t whole = build(&head, size, with_fcs);
        assert_int_equal(whole, vb_espnow_frame_size(size, with_fcs));
        assert_int_equal(vb_espnow_parse(built, whole, with_fcs, &frame), VB_ESPNOW_OK);
        assert_same_head(&frame.head, &head);
        assert_int_equal(frame.body_size, size);
        assert_int_equal(frame.piece_count, size == 0 ? 1 : (size + 249) / 250);
        assert_int_equal(frame.left_over, 0);
        assert_memory_equal(vb_espnow_body(&frame, joined), body, size);
    }
}

static void all_but_the_last_of_several_elements_say_that_more_follow(void **state)
{
    (void)state;
    const size_t whole = build(&ordinary, 501, false);
    assert_int_equal(whole, 32 + 257 + 257 + 8);
    assert_int_equal(built[32 + 1], 255);
    assert_int_equal(built[32 + 6], 0x12);
    assert_int_equal(built[32 + 257 + 6], 0x12);
    assert_int_equal(built[32 + 2 * 257 + 1], 6);
    assert_int_equal(built[32 + 2 * 257 + 6], 0x02);
}

static void what_is_marked_version_1_may_have_several_elements_and_reserved_bits(void **state)
{
    (void)state;
    struct vb_espnow_frame frame;
    size_t at = VB_ESPNOW_HEAD_BYTES;
    (void)build(&ordinary, 0, false);
    at = append_element(at, 250, 0x11);
    at = append_element(at, 9, 0xe1);
    assert_int_equal(vb_espnow_parse(built, at, false, &frame), VB_ESPNOW_OK);
    assert_int_equal(frame.head.version, 1);
    assert_int_equal(frame.body_size, 259);
}

static void a_frame_without_a_body_needs_none(void **state)
{
    (void)state;
    struct vb_espnow_frame frame;
    const size_t whole = vb_espnow_build(&ordinary, NULL, 0, true, built, sizeof built);
    assert_int_equal(whole, 32 + 7 + 4);
    assert_int_equal(vb_espnow_parse(built, whole, true, &frame), VB_ESPNOW_OK);
    assert_int_equal(frame.body_size, 0);
    assert_int_equal(frame.piece_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_cut_at_any_length_says_so),
        cmocka_unit_test(a_frame_of_six_elements_cut_at_any_length_says_so),
        cmocka_unit_test(any_flipped_bit_is_found_by_the_fcs),
        cmocka_unit_test(a_frame_that_is_not_ours_is_described_by_its_reason),
        cmocka_unit_test(an_encrypted_frame_says_so_and_one_that_was_decrypted_is_read),
        cmocka_unit_test(a_damaged_frame_is_shown_as_far_as_it_can_be_read),
        cmocka_unit_test(more_than_six_elements_or_1470_bytes_are_too_long),
        cmocka_unit_test(random_bytes_behind_espressifs_head_never_read_outside),
        cmocka_unit_test(a_frame_of_an_esp8266_is_read_and_built_again_to_the_byte),
        cmocka_unit_test(a_short_frame_marked_version_2_is_read_and_built_again_to_the_byte),
        cmocka_unit_test(bytes_behind_the_last_element_are_left_and_counted),
        cmocka_unit_test(a_body_of_every_length_comes_back),
        cmocka_unit_test(all_but_the_last_of_several_elements_say_that_more_follow),
        cmocka_unit_test(what_is_marked_version_1_may_have_several_elements_and_reserved_bits),
        cmocka_unit_test(a_frame_without_a_body_needs_none),
    };
    return cmocka_run_group_tests(tests, fill_body, NULL);
}
