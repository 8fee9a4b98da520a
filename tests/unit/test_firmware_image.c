/* Which image of firmware is taken, and why another is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "../fixtures/firmware_bench.h"

#include <cmocka.h>

static struct firmware_image image;

/* In pieces of that size. */
static enum vb_firmware_verdict judge(size_t announced, size_t sent, size_t piece)
{
    const struct vb_image_board board = firmware_board();
    struct vb_image_check check;
    enum vb_firmware_verdict verdict = vb_image_begin(&check, &board, (uint32_t)announced);
    for (size_t at = 0; at < sent && verdict == VB_FIRMWARE_OK; at += piece)
        verdict = vb_image_take(&check, image.bytes + at, sent - at < piece ? sent - at : piece);
    const enum vb_firmware_verdict end = vb_image_end(&check);
    assert_int_equal(end, verdict == VB_FIRMWARE_OK ? end : verdict); /* a refusal stays */
    return end;
}

static enum vb_firmware_verdict judge_spec(const struct firmware_spec *spec)
{
    firmware_make(spec, &image);
    return judge(image.size, image.size, 1000);
}

static void what_is_not_for_this_board_is_refused_with_the_reason(void **state)
{
    static const struct {
        enum vb_firmware_verdict verdict;
        uint8_t magic, hash_appended;
        uint16_t chip;
        const char *program, *idf;
        uint32_t description_magic;
    } cases[] = {
        {VB_FIRMWARE_NO_IMAGE, 0x7f, 1, 5, "voltbeacon-receiver", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OTHER_CHIP, 0xe9, 1, 0, "voltbeacon-receiver", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OTHER_CHIP, 0xe9, 1, 0x0105, "voltbeacon-receiver", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OLD_LAYOUT, 0xe9, 0, 5, "voltbeacon-receiver", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_NO_DESCRIPTION, 0xe9, 1, 5, "voltbeacon-receiver", "v5.5.3", 0xabcd5433},
        {VB_FIRMWARE_OTHER_ROLE, 0xe9, 1, 5, "voltbeacon-transmitter", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OTHER_ROLE, 0xe9, 1, 5, "voltbeacon-receiver2", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OTHER_ROLE, 0xe9, 1, 5, "voltbeacon", "v5.5.3", 0xabcd5432},
        {VB_FIRMWARE_OLD_LAYOUT, 0xe9, 1, 5, "voltbeacon-receiver", "v4.4.8", 0xabcd5432},
        {VB_FIRMWARE_OLD_LAYOUT, 0xe9, 1, 5, "voltbeacon-receiver", "5.4-dirty", 0xabcd5432},
    };
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        struct firmware_spec spec = firmware_sound();
        spec.magic = cases[i].magic;
        spec.hash_appended = cases[i].hash_appended;
        spec.chip = cases[i].chip;
        spec.program = cases[i].program;
        spec.idf = cases[i].idf;
        spec.description_magic = cases[i].description_magic;
        if (judge_spec(&spec) != cases[i].verdict)
            fail_msg("case %u: %s", i, vb_firmware_text(judge_spec(&spec)));
    }
}

static void a_version_that_says_nothing_is_no_old_one(void **state)
{
    static const char *const versions[] = {"v5.5.3", "5.5",   "v5.6-dev-12-gabcdef",
                                           "v6.0.2", "v10.0", "HEAD-HASH-NOTFOUND",
                                           "",       "v",     "v5",
                                           "v5.",    "x4.4",  "v99999999999999999999.1"};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(versions); i++) {
        struct firmware_spec spec = firmware_sound();
        spec.idf = versions[i];
        if (judge_spec(&spec) != VB_FIRMWARE_OK)
            fail_msg("%s", versions[i]);
    }
}

static void no_signature_is_refused(void **state)
{
    struct firmware_spec spec = firmware_sound();
    (void)state;
    spec.is_signed = false;
    assert_int_equal(judge_spec(&spec), VB_FIRMWARE_UNSIGNED);
    memset(image.bytes + image.size, 0xff, 4096); /* padded, for somebody to sign it */
    image.size += 4096 - image.size % 4096;
    assert_int_equal(judge(image.size, image.size, 100), VB_FIRMWARE_UNSIGNED);
    spec.is_signed = true;
    firmware_make(&spec, &image);
    image.bytes[image.size - 4096] = 0xff;
    assert_int_equal(judge(image.size, image.size, 100), VB_FIRMWARE_UNSIGNED);
}

static void half_of_one_is_refused_wherever_it_ends(void **state)
{
    const struct firmware_spec spec = firmware_sound();
    (void)state;
    firmware_make(&spec, &image);
    assert_int_equal(judge(image.size, 0, 1), VB_FIRMWARE_NO_IMAGE);
    for (size_t sent = 1; sent < image.size; sent++) {
        assert_int_equal(judge(image.size, sent, 4096), VB_FIRMWARE_TORN);
        if (judge(sent, sent, 4096) == VB_FIRMWARE_OK)
            fail_msg("taken with %zu of %zu bytes", sent, image.size);
    }
}

static void more_than_was_announced_is_refused(void **state)
{
    const struct firmware_spec spec = firmware_sound();
    (void)state;
    firmware_make(&spec, &image);
    assert_int_equal(judge(image.size, image.size + 1, 4096), VB_FIRMWARE_DAMAGED);
    assert_int_equal(judge(image.size + 1, image.size + 1, 4096), VB_FIRMWARE_DAMAGED);
    assert_int_equal(judge(100, image.size, 4096), VB_FIRMWARE_DAMAGED);
}

static void one_too_large_is_refused_at_once_and_whatever_it_announces(void **state)
{
    const struct firmware_spec spec = firmware_sound();
    struct vb_image_check check;
    struct vb_image_board board = firmware_board();
    (void)state;
    assert_int_equal(vb_image_begin(&check, &board, FIRMWARE_SLOT_BYTES + 1),
                     VB_FIRMWARE_TOO_LARGE);
    firmware_make(&spec, &image);
    memset(image.bytes + 28, 0xff, 4); /* what its first segment says */
    assert_int_equal(judge(image.size, image.size, 100), VB_FIRMWARE_TOO_LARGE);
    firmware_make(&spec, &image);
    board.slot_bytes = 4096; /* all but the signature fits */
    assert_int_equal(image.size, 8192);
    (void)vb_image_begin(&check, &board, 4096);
    assert_int_equal(vb_image_take(&check, image.bytes, 4096), VB_FIRMWARE_UNSIGNED);
    (void)vb_image_begin(&check, &board, 4000);
    assert_int_equal(vb_image_take(&check, image.bytes, 4000), VB_FIRMWARE_TOO_LARGE);
}

static void a_changed_bit_of_what_runs_is_found(void **state)
{
    const struct firmware_spec spec = firmware_sound();
    (void)state;
    firmware_make(&spec, &image);
    /* Of where a segment is loaded to, and of paddings, ESP-IDF's own hash and signature know. */
    for (size_t at = VB_IMAGE_HEADER_BYTES; at < image.hash_at; at++) {
        const size_t in_segment =
            (at - VB_IMAGE_HEADER_BYTES) % (VB_IMAGE_SEGMENT_HEAD_BYTES + 1000);
        const bool is_padding = at < image.hash_at - 1 && at >= 24 + 3 * 1008;
        if (in_segment < 4 || is_padding)
            continue;
        image.bytes[at] ^= 0x10;
        if (judge(image.size, image.size, 4096) == VB_FIRMWARE_OK)
            fail_msg("byte %zu", at);
        image.bytes[at] ^= 0x10;
    }
    assert_int_equal(judge(image.size, image.size, 4096), VB_FIRMWARE_OK);
}

static void segments_that_cannot_be_are_refused(void **state)
{
    struct firmware_spec spec = firmware_sound();
    (void)state;
    spec.segments = 0;
    assert_int_equal(judge_spec(&spec), VB_FIRMWARE_NO_IMAGE);
    spec.segments = 17;
    assert_int_equal(judge_spec(&spec), VB_FIRMWARE_NO_IMAGE);
    spec.segments = 3;
    spec.segment_bytes = 252; /* less than a description */
    assert_int_equal(judge_spec(&spec), VB_FIRMWARE_NO_DESCRIPTION);
    spec.segment_bytes = 1001;
    assert_int_equal(judge_spec(&spec), VB_FIRMWARE_DAMAGED);
}

static void a_sound_one_is_taken_in_pieces_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 3, 24, 32, 288, 289, 1024, 4096, FIRMWARE_BYTES_MAX};
    (void)state;
    for (unsigned segments = 1; segments <= VB_IMAGE_SEGMENTS_MAX; segments += 5) {
        struct firmware_spec spec = firmware_sound();
        spec.segments = segments;
        spec.segment_bytes = segments == 1 ? VB_IMAGE_DESCRIPTION_BYTES : 1004;
        firmware_make(&spec, &image);
        for (unsigned i = 0; i < VB_COUNT_OF(pieces); i++)
            assert_int_equal(judge(image.size, image.size, pieces[i]), VB_FIRMWARE_OK);
    }
}

static void an_empty_segment_and_no_padding_are_sound(void **state)
{
    struct firmware_spec spec = firmware_sound();
    (void)state;
    for (uint32_t bytes = 1000; bytes < 1400; bytes += 4) { /* through every padding there is */
        spec.segment_bytes = bytes;
        assert_int_equal(judge_spec(&spec), VB_FIRMWARE_OK);
    }
    /* The last of them empty: its bytes become padding, which the checksum does not count. */
    spec.segment_bytes = 1000;
    firmware_make(&spec, &image);
    uint8_t *last = image.bytes + VB_IMAGE_HEADER_BYTES + 2 * (VB_IMAGE_SEGMENT_HEAD_BYTES + 1000);
    uint8_t checksum = 0xef;
    memset(last + 4, 0, 4);
    for (size_t i = 0; i < 1000; i++)
        checksum ^= image.bytes[32 + i] ^ image.bytes[32 + 1008 + i];
    size_t end = (size_t)(last - image.bytes) + 8;
    end += 15 - end % 16;
    image.bytes[end] = checksum;
    image.size = 8192;
    image.bytes[4096] = 0xe7;
    assert_int_equal(judge(image.size, image.size, 100), VB_FIRMWARE_OK);
}

static void the_board_is_known_by_what_runs_on_it(void **state)
{
    struct firmware_spec spec = firmware_sound();
    struct vb_image_board board;
    (void)state;
    firmware_make(&spec, &image);
    assert_true(vb_image_board_of(image.bytes, 4096, &board));
    assert_int_equal(board.chip, FIRMWARE_CHIP);
    assert_string_equal(board.program, "voltbeacon-receiver");
    assert_int_equal(board.slot_bytes, 4096);
    spec.description_magic = 1;
    firmware_make(&spec, &image);
    assert_false(vb_image_board_of(image.bytes, 4096, &board));
    spec = firmware_sound();
    spec.magic = 0xff;
    firmware_make(&spec, &image);
    assert_false(vb_image_board_of(image.bytes, 4096, &board));
}

static void every_verdict_has_a_sentence_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= VB_FIRMWARE_FLASH; i++) {
        const char *text = vb_firmware_text((enum vb_firmware_verdict)i);
        assert_int_equal(text[strlen(text) - 1], '.');
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(text, vb_firmware_text((enum vb_firmware_verdict)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_for_this_board_is_refused_with_the_reason),
        cmocka_unit_test(a_version_that_says_nothing_is_no_old_one),
        cmocka_unit_test(no_signature_is_refused),
        cmocka_unit_test(half_of_one_is_refused_wherever_it_ends),
        cmocka_unit_test(more_than_was_announced_is_refused),
        cmocka_unit_test(one_too_large_is_refused_at_once_and_whatever_it_announces),
        cmocka_unit_test(a_changed_bit_of_what_runs_is_found),
        cmocka_unit_test(segments_that_cannot_be_are_refused),
        cmocka_unit_test(a_sound_one_is_taken_in_pieces_of_any_size),
        cmocka_unit_test(an_empty_segment_and_no_padding_are_sound),
        cmocka_unit_test(the_board_is_known_by_what_runs_on_it),
        cmocka_unit_test(every_verdict_has_a_sentence_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
