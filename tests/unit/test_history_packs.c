/* Whose readings a history keeps, and that a sample counts once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history/history_packs.h"

static const struct vb_mac a = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac b = {{2, 0, 0, 0, 0, 2}};
static const struct vb_mac c = {{2, 0, 0, 0, 0, 3}};
static const struct vb_history_keeps nobody = {0};

static bool keeps_b(void *ctx, const struct vb_mac *mac)
{
    return ctx == &a && vb_mac_equal(mac, &b);
}

static void a_new_one_takes_the_place_of_whoever_is_silent_longest(void **state)
{
    struct vb_history_pack packs[2] = {0};
    (void)state;
    assert_int_equal(vb_history_packs_place(packs, 2, &a, 100, &nobody), 0);
    vb_history_pack_begin(&packs[0], &a);
    assert_true(vb_history_pack_take(&packs[0], 1, 1, 100));
    assert_int_equal(vb_history_packs_place(packs, 2, &a, 100, &nobody), 0);
    assert_int_equal(vb_history_packs_place(packs, 2, &b, 100, &nobody), 1);
    vb_history_pack_begin(&packs[1], &b);
    assert_true(
        vb_history_pack_take(&packs[1], 1, 1, UINT32_MAX - 10)); /* before the clock wraps */
    assert_int_equal(vb_history_packs_place(packs, 2, &b, 200, &nobody), 1);
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 200, &nobody), 1);
    assert_true(vb_history_pack_take(&packs[1], 1, 2, 150));
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 200, &nobody), 0);
    packs[0].used = false;
    packs[0].touched_ms = 199; /* whatever was there */
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 200, &nobody), 0);
}

static void whoever_is_to_be_kept_stays_while_there_is_another(void **state)
{
    const struct vb_history_keeps keeps = {.ctx = (void *)&a, .keeps = keeps_b};
    struct vb_history_pack packs[3] = {0};
    (void)state;
    vb_history_pack_begin(&packs[0], &b);
    vb_history_pack_begin(&packs[1], &a);
    assert_true(vb_history_pack_take(&packs[0], 1, 1, 100));
    assert_true(vb_history_pack_take(&packs[1], 1, 1, 200));
    assert_int_equal(vb_history_packs_place(packs, 3, &c, 300, &keeps), 2); /* free */
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 300, &keeps), 1);
    assert_int_equal(vb_history_packs_place(packs, 1, &c, 300, &keeps), 0); /* none other */
    packs[1].touched_ms = 50;
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 300, &keeps), 1);
    vb_history_pack_begin(&packs[0], &a);
    vb_history_pack_begin(&packs[1], &b);
    assert_true(vb_history_pack_take(&packs[0], 1, 1, 200));
    assert_true(vb_history_pack_take(&packs[1], 1, 1, 100));
    assert_int_equal(vb_history_packs_place(packs, 2, &c, 300, &keeps), 0);
}

static void a_sample_counts_once_and_again_after_a_new_start(void **state)
{
    struct vb_history_pack pack = {0};
    (void)state;
    assert_true(vb_history_pack_take(&pack, 0, 0, 1)); /* that it is the first is not in numbers */
    assert_false(vb_history_pack_take(&pack, 0, 0, 2));
    assert_int_equal(pack.touched_ms, 1);
    assert_true(vb_history_pack_take(&pack, 0, 1, 2));
    assert_true(vb_history_pack_take(&pack, 1, 1, 3));
    assert_false(vb_history_pack_take(&pack, 1, 1, 4));
    vb_history_pack_begin(&pack, &a);
    assert_true(vb_history_pack_take(&pack, 1, 1, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_one_takes_the_place_of_whoever_is_silent_longest),
        cmocka_unit_test(whoever_is_to_be_kept_stays_while_there_is_another),
        cmocka_unit_test(a_sample_counts_once_and_again_after_a_new_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
