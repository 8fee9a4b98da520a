/* Radiotap: headers that are none, headers of many makes, and what stands before a frame to send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "espnow/radiotap.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

enum { SIZE_MAX_KNOWN = 56, AT_SIZE = 2 };

struct header {
    const char *bytes;
    struct vb_radiotap expected;
};

/* Of 18, 25 and 56 bytes: captured. Of 24 and 38: as mac80211 writes them for one and two chains.
 */
static const struct header headers[] = {
    {"\x00\x00\x12\x00\x2e\x48\x00\x00\x10\x0c\x6c\x09\xc0\x00\xd5\x03\x00\x00",
     {.size = 18, .fcs_at_end = true, .rate_500kbps = 12, .channel_mhz = 2412, .signal_dbm = -43}},
    {"\x00\x00\x18\x00\x2e\x40\x00\xa0\x20\x08\x00\x00\x00\x02\x6c\x09\xa0\x00\xc8\x00\x00\x00"
     "\xd5\x00",
     {.size = 24, .rate_500kbps = 2, .channel_mhz = 2412, .signal_dbm = -56}},
    {"\x00\x00\x19\x00\x6f\x08\x00\x00\x83\x67\x61\x20\x00\x00\x00\x00\x10\x02\x6c\x09\x80\x04"
     "\xea\xa6\x00",
     {.size = 25, .fcs_at_end = true, .rate_500kbps = 2, .channel_mhz = 2412, .signal_dbm = -22}},
    {"\x00\x00\x26\x00\x2f\x40\x00\xa0\x20\x08\x00\xa0\x20\x08\x00\x00\x01\x02\x03\x04\x05\x06"
     "\x07\x08\x50\x02\x94\x09\xa0\x00\xb0\x00\x00\x00\xaf\x00\xb2\x01",
     {.size = 38,
      .fcs_at_end = true,
      .fcs_bad = true,
      .rate_500kbps = 2,
      .channel_mhz = 2452,
      .signal_dbm = -80}},
    {"\x00\x00\x38\x00\x2f\x40\x40\xa0\x20\x08\x00\xa0\x20\x08\x00\x00\x74\x1c\x18\x67\x01\x00"
     "\x00\x00\x10\x02\x6c\x09\xa0\x00\xee\x00\x00\x00\x00\x00\x00\x00\x00\x00\xb4\x1b\x18\x67"
     "\x00\x00\x00\x00\x16\x00\x11\x03\xee\x00\xc0\x01",
     {.size = 56, .fcs_at_end = true, .rate_500kbps = 2, .channel_mhz = 2412, .signal_dbm = -18}},
};

static void assert_same(const struct vb_radiotap *a, const struct vb_radiotap *b)
{
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->fcs_at_end, b->fcs_at_end);
    assert_int_equal(a->fcs_bad, b->fcs_bad);
    assert_int_equal(a->sent_here, b->sent_here);
    assert_int_equal(a->rate_500kbps, b->rate_500kbps);
    assert_int_equal(a->channel_mhz, b->channel_mhz);
    assert_int_equal(a->signal_dbm, b->signal_dbm);
}

/* Of a copy that is guarded to the byte, so that reading beyond it is found. */
static bool parse(const void *bytes, size_t size, struct vb_radiotap *radiotap)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const bool found = vb_radiotap_parse(copy, size, radiotap);
    assert_true(!found || (radiotap->size >= VB_RADIOTAP_BYTES_MIN && radiotap->size <= size));
    free(copy);
    return found;
}

static struct vb_radiotap parsed(const void *bytes, size_t size)
{
    struct vb_radiotap radiotap;
    assert_true(parse(bytes, size, &radiotap));
    assert_int_equal(radiotap.size, size);
    return radiotap;
}

/* == None ==================================================================================== */

static void a_header_cut_at_any_length_is_none(void **state)
{
    (void)state;
    struct vb_radiotap radiotap;
    for (size_t i = 0; i < VB_COUNT_OF(headers); i++) {
        for (size_t size = 0; size < headers[i].expected.size; size++)
            assert_false(parse(headers[i].bytes, size, &radiotap));
    }
}

static void another_version_or_a_size_below_the_least_is_none(void **state)
{
    (void)state;
    struct vb_radiotap radiotap;
    assert_false(parse("\x01\x00\x08\x00\x00\x00\x00\x00", 8, &radiotap));
    for (unsigned said = 0; said < VB_RADIOTAP_BYTES_MIN; said++) {
        uint8_t bytes[VB_RADIOTAP_BYTES_MIN] = {0, 0, (uint8_t)said, 0};
        assert_false(parse(bytes, sizeof bytes, &radiotap));
    }
    assert_true(parse("\x00\x00\x08\x00\x00\x00\x00\x00", 8, &radiotap));
}

/* The frame stands where it says, whatever else is wrong. */
static void a_header_shorter_than_its_fields_tells_those_that_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(headers); i++) {
        const struct vb_radiotap *expected = &headers[i].expected;
        for (uint8_t said = VB_RADIOTAP_BYTES_MIN; said < expected->size; said++) {
            uint8_t bytes[SIZE_MAX_KNOWN];
            memcpy(bytes, headers[i].bytes, said);
            bytes[AT_SIZE] = said;
            const struct vb_radiotap radiotap = parsed(bytes, said);
            assert_true(radiotap.signal_dbm == expected->signal_dbm ||
                        radiotap.signal_dbm == VB_RADIOTAP_SIGNAL_UNKNOWN_DBM);
            assert_true(radiotap.channel_mhz == expected->channel_mhz || radiotap.channel_mhz == 0);
        }
    }
}

static void random_bytes_never_read_outside(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 11);
    for (unsigned round = 0; round < 20000; round++) {
        struct vb_radiotap radiotap;
        uint8_t bytes[96];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)vb_random_u64(&random);
        const uint8_t size = (uint8_t)vb_random_between(&random, 0, sizeof bytes);
        memcpy(bytes, (const uint8_t[]){0, 0, size, 0}, 4);
        if (round % 2 == 0)
            bytes[7] &= 0x1f; /* one word */
        (void)parse(bytes, size, &radiotap);
    }
}

/* == What it tells =========================================================================== */

static void headers_of_18_24_25_38_and_56_bytes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(headers); i++) {
        const struct vb_radiotap radiotap = parsed(headers[i].bytes, headers[i].expected.size);
        assert_same(&radiotap, &headers[i].expected);
    }
}

static void what_is_not_said_is_not_known(void **state)
{
    (void)state;
    const struct vb_radiotap nothing = {.size = 8, .signal_dbm = VB_RADIOTAP_SIGNAL_UNKNOWN_DBM};
    const struct vb_radiotap radiotap = parsed("\x00\x00\x08\x00\x00\x00\x00\x00", 8);
    assert_same(&radiotap, &nothing);
}

static void a_vendors_fields_are_passed_over(void **state)
{
    (void)state;
    /* flags; 5 bytes of a vendor's whose word has bits of ours; then our signal. */
    struct vb_radiotap radiotap = parsed("\x00\x00\x1e\x00"
                                         "\x02\x00\x00\xc0\x27\x00\x00\xa0\x20\x00\x00\x00"
                                         "\x10\x00\x00\x11\x22\x00\x05\x00\x01\x02\x03\x04\x05"
                                         "\xc3",
                                         30);
    assert_true(radiotap.fcs_at_end);
    assert_int_equal(radiotap.signal_dbm, -61);
    assert_int_equal(radiotap.rate_500kbps, 0);
    /* The same, and the vendor has two words. */
    radiotap = parsed("\x00\x00\x22\x00"
                      "\x02\x00\x00\xc0\x27\x00\x00\x80\xff\xff\xff\xbf\x20\x00\x00\x00"
                      "\x10\x00\x00\x11\x22\x00\x05\x00\x01\x02\x03\x04\x05"
                      "\xc3",
                      34);
    assert_true(radiotap.fcs_at_end);
    assert_int_equal(radiotap.signal_dbm, -61);
    assert_int_equal(radiotap.rate_500kbps, 0);
    /* Longer than the header: what was known before it stays. */
    radiotap = parsed("\x00\x00\x1e\x00"
                      "\x02\x00\x00\xc0\x27\x00\x00\xa0\x20\x00\x00\x00"
                      "\x10\x00\x00\x11\x22\x00\x07\x00\x01\x02\x03\x04\x05"
                      "\xc3",
                      30);
    assert_true(radiotap.fcs_at_end);
    assert_int_equal(radiotap.signal_dbm, VB_RADIOTAP_SIGNAL_UNKNOWN_DBM);
}

static void fields_behind_one_of_unknown_size_are_not_guessed(void **state)
{
    (void)state;
    /* Bit 28 stands for fields of another form; then a signal. */
    const struct vb_radiotap after = parsed("\x00\x00\x0e\x00\x00\x00\x00\xb0\x20\x00\x00\x00"
                                            "\xc3\x00",
                                            14);
    assert_int_equal(after.signal_dbm, VB_RADIOTAP_SIGNAL_UNKNOWN_DBM);
    /* A second word that does not begin anew: its bit 5 is field 37. */
    const struct vb_radiotap on = parsed("\x00\x00\x0e\x00\x02\x00\x00\x80\x20\x00\x00\x00"
                                         "\x10\xc3",
                                         14);
    assert_true(on.fcs_at_end);
    assert_int_equal(on.signal_dbm, VB_RADIOTAP_SIGNAL_UNKNOWN_DBM);
}

static void words_without_end_are_given_up(void **state)
{
    (void)state;
    uint8_t bytes[4 + 4 * 40];
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, (const uint8_t[]){0, 0, sizeof bytes, 0}, 4);
    const struct vb_radiotap radiotap = parsed(bytes, sizeof bytes);
    assert_int_equal(radiotap.channel_mhz, 0);
}

static void each_field_is_aligned_and_as_long_as_it_is_defined(void **state)
{
    (void)state;
    /* Each with flags before it, so that it needs its padding, and a signal in a word behind. */
    static const struct {
        uint8_t field;
        uint8_t at;
        uint8_t size;
    } rows[] = {{4, 18, 2},   {6, 17, 1},  {7, 18, 2},  {8, 18, 2},   {9, 18, 2},   {10, 17, 1},
                {11, 17, 1},  {12, 17, 1}, {13, 17, 1}, {14, 18, 2},  {16, 17, 1},  {17, 17, 1},
                {18, 20, 8},  {19, 17, 3}, {20, 20, 8}, {21, 18, 12}, {22, 24, 12}, {23, 18, 12},
                {24, 18, 12}, {25, 18, 6}, {26, 17, 1}, {27, 18, 4}};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const uint32_t word = UINT32_C(0xa0000002) | UINT32_C(1) << rows[i].field;
        const uint8_t size = (uint8_t)(rows[i].at + rows[i].size + 1);
        uint8_t bytes[64] = {0, 0, size, 0};
        for (unsigned at = 0; at < 4; at++)
            bytes[4 + at] = (uint8_t)(word >> 8 * at);
        memcpy(bytes + 8, "\x20\x00\x00\xa0\x00\x00\x00\x00", 8);
        memset(bytes + 16, 0x10, size - 16u);
        bytes[size - 1] = (uint8_t)-70;
        const struct vb_radiotap radiotap = parsed(bytes, size);
        assert_true(radiotap.fcs_at_end);
        assert_int_equal(radiotap.signal_dbm, -70);
    }
}

static void a_channel_is_given_by_its_number(void **state)
{
    (void)state;
    assert_int_equal(vb_radiotap_channel(2412), 1);
    assert_int_equal(vb_radiotap_channel(2437), 6);
    assert_int_equal(vb_radiotap_channel(2472), 13);
    assert_int_equal(vb_radiotap_channel(2484), 14);
    assert_int_equal(vb_radiotap_channel(5180), 36);
    assert_int_equal(vb_radiotap_channel(5825), 165);
    static const uint16_t none[] = {0, 2407, 2413, 2477, 2489, 5000, 5181, 6005, 65535};
    for (size_t i = 0; i < VB_COUNT_OF(none); i++)
        assert_int_equal(vb_radiotap_channel(none[i]), 0);
}

/* == To send ================================================================================= */

static void what_stands_before_a_frame_to_send_is_as_linux_reads_it(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0, 0, 12, 0, 4, 0x80, 0, 0, 2, 0, 0x18, 0};
    uint8_t bytes[VB_RADIOTAP_TX_BYTES];
    vb_radiotap_build(2, VB_RADIOTAP_TX_NO_ACK | VB_RADIOTAP_TX_KEEP_SEQUENCE, bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
    const struct vb_radiotap radiotap = parsed(bytes, sizeof bytes);
    assert_int_equal(radiotap.rate_500kbps, 2);
    assert_true(radiotap.sent_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_cut_at_any_length_is_none),
        cmocka_unit_test(another_version_or_a_size_below_the_least_is_none),
        cmocka_unit_test(a_header_shorter_than_its_fields_tells_those_that_fit),
        cmocka_unit_test(random_bytes_never_read_outside),
        cmocka_unit_test(headers_of_18_24_25_38_and_56_bytes_are_read),
        cmocka_unit_test(what_is_not_said_is_not_known),
        cmocka_unit_test(a_vendors_fields_are_passed_over),
        cmocka_unit_test(fields_behind_one_of_unknown_size_are_not_guessed),
        cmocka_unit_test(words_without_end_are_given_up),
        cmocka_unit_test(each_field_is_aligned_and_as_long_as_it_is_defined),
        cmocka_unit_test(a_channel_is_given_by_its_number),
        cmocka_unit_test(what_stands_before_a_frame_to_send_is_as_linux_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
