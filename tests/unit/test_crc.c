#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

/* Bit by bit, as the polynomials are defined: what the tables must come to. */
static uint32_t bitwise(uint32_t polynomial, const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
    }
    return ~crc;
}

static void one_flipped_bit_anywhere_changes_both_sums(void **state)
{
    (void)state;
    uint8_t frame[250];
    memset(frame, 0x5a, sizeof frame);
    const uint32_t crc32 = vb_crc32(0, frame, sizeof frame);
    const uint32_t crc32c = vb_crc32c(0, frame, sizeof frame);
    for (size_t bit = 0; bit < 8 * sizeof frame; bit++) {
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(vb_crc32(0, frame, sizeof frame), crc32);
        assert_int_not_equal(vb_crc32c(0, frame, sizeof frame), crc32c);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void a_change_that_one_sum_misses_is_seen_by_the_other(void **state)
{
    (void)state;
    /* The generator itself, 33 bits: XORed in anywhere, CRC-32 cannot see it. */
    static const uint8_t generator[5] = {0x41, 0x06, 0x71, 0xdb, 0x01};
    uint8_t bytes[64] = {0};
    const uint32_t crc32 = vb_crc32(0, bytes, sizeof bytes);
    const uint32_t crc32c = vb_crc32c(0, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof generator; i++)
        bytes[20 + i] ^= generator[i];
    assert_int_equal(vb_crc32(0, bytes, sizeof bytes), crc32);
    assert_int_not_equal(vb_crc32c(0, bytes, sizeof bytes), crc32c);
}

static void check_values_are_those_of_the_standards(void **state)
{
    (void)state;
    const uint8_t *digits = (const uint8_t *)"123456789";
    assert_int_equal(vb_crc32(0, digits, 9), 0xcbf43926);
    assert_int_equal(vb_crc32c(0, digits, 9), 0xe3069283);
    assert_int_equal(vb_crc32(0, NULL, 0), 0);
    assert_int_equal(vb_crc32c(0, NULL, 0), 0);
    /* RFC 3720, appendix B.4: 32 bytes of zeros and of ones. */
    uint8_t block[32] = {0};
    assert_int_equal(vb_crc32c(0, block, sizeof block), 0x8a9136aa);
    memset(block, 0xff, sizeof block);
    assert_int_equal(vb_crc32c(0, block, sizeof block), 0x62a8ab43);
}

static void tables_agree_with_the_definition_at_every_size_and_split(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 2);
    uint8_t bytes[67];
    for (size_t size = 0; size <= sizeof bytes; size++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)vb_random_u64(&random);
        const uint32_t crc32 = bitwise(0xedb88320, bytes, size);
        const uint32_t crc32c = bitwise(0x82f63b78, bytes, size);
        for (size_t split = 0; split <= size; split++) {
            const uint32_t head = vb_crc32(0, bytes, split);
            assert_int_equal(vb_crc32(head, bytes + split, size - split), crc32);
            const uint32_t headc = vb_crc32c(0, bytes, split);
            assert_int_equal(vb_crc32c(headc, bytes + split, size - split), crc32c);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_flipped_bit_anywhere_changes_both_sums),
        cmocka_unit_test(a_change_that_one_sum_misses_is_seen_by_the_other),
        cmocka_unit_test(check_values_are_those_of_the_standards),
        cmocka_unit_test(tables_agree_with_the_definition_at_every_size_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
