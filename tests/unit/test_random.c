#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

/* The first number from it is 0x00000000c0ffee00: SplitMix64, run backwards. */
static const uint64_t seed_of_zero = 0x6bce58ec36d908f7u;

static void what_must_not_be_0_is_1_where_chance_says_0(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, seed_of_zero);
    assert_int_equal(vb_random_u64(&random), 0xc0ffee00);
    vb_random_seed(&random, seed_of_zero);
    assert_int_equal(vb_random_nonzero_u32(&random), 1);
    assert_int_not_equal(vb_random_nonzero_u32(&random), 1);
}

static void numbers_lie_within_their_bounds_and_reach_both(void **state)
{
    (void)state;
    static const struct {
        uint32_t low;
        uint32_t high;
    } spans[] = {{7, 7}, {0, 1}, {14500, 14503}, {UINT32_MAX - 1, UINT32_MAX}};
    struct vb_random random;
    vb_random_seed(&random, 1);
    for (size_t i = 0; i < VB_COUNT_OF(spans); i++) {
        unsigned lowest = 0;
        unsigned highest = 0;
        for (unsigned round = 0; round < 1000; round++) {
            const uint32_t value = vb_random_between(&random, spans[i].low, spans[i].high);
            assert_in_range(value, spans[i].low, spans[i].high);
            lowest += value == spans[i].low;
            highest += value == spans[i].high;
        }
        assert_in_range(lowest, 200, 1000);
        assert_in_range(highest, 200, 1000);
    }
    (void)vb_random_between(&random, 0, UINT32_MAX); /* a span of 2^32 */
}

static void a_seed_gives_the_same_numbers_everywhere(void **state)
{
    (void)state;
    /* SplitMix64 of seed 1234567, as published with Java's SplittableRandom and Vigna's
     * splitmix64.c. */
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u};
    struct vb_random random;
    vb_random_seed(&random, 1234567);
    for (size_t i = 0; i < VB_COUNT_OF(expected); i++)
        assert_int_equal(vb_random_u64(&random), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_not_be_0_is_1_where_chance_says_0),
        cmocka_unit_test(numbers_lie_within_their_bounds_and_reach_both),
        cmocka_unit_test(a_seed_gives_the_same_numbers_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
