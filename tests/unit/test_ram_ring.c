/* Points by their time, in a memory that is full after so many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history/ram_ring.h"

enum { COUNT = 10, NOW = 2000003 };

static uint8_t points[COUNT * VB_RAM_POINT_BYTES];
static struct vb_ram_ring ring;

static int fresh(void **state)
{
    (void)state;
    vb_ram_ring_init(&ring, points, COUNT, 900);
    return 0;
}

static void write(int64_t number, uint32_t readings)
{
    const struct vb_history_view point = {.readings = readings};
    vb_ram_ring_write(&ring, number, &point);
}

static void expect_at(int64_t number, int64_t found, uint32_t readings)
{
    struct vb_history_view point;
    assert_true(vb_ram_ring_at(&ring, &number, &point));
    assert_true(number == found);
    assert_int_equal(point.readings, readings);
}

static void expect_first(int64_t from, int64_t except, int64_t wanted)
{
    int64_t number = -1;
    assert_int_equal(vb_ram_ring_first(&ring, from, except, &number), wanted >= 0);
    assert_true(number == wanted);
}

static void an_empty_one_has_none(void **state)
{
    struct vb_history_view point;
    int64_t number = NOW;
    (void)state;
    assert_false(vb_ram_ring_at(&ring, &number, &point));
    expect_first(0, -1, -1);
    struct vb_ram_ring none = {0};
    assert_false(vb_ram_ring_at(&none, &number, &point));
    assert_false(vb_ram_ring_first(&none, 0, -1, &number));
    vb_ram_ring_write(&none, NOW, &point);
}

static void a_full_one_forgets_the_oldest(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT + 3; i++)
        write(NOW + i, 1 + i);
    expect_first(0, -1, NOW + 3);
    expect_first(NOW + 3, NOW + 3, NOW + 4);
    for (uint32_t i = 3; i < COUNT + 3; i++) {
        expect_at(NOW + i, NOW + i, 1 + i);
        expect_first(NOW + i, -1, NOW + i);
    }
    expect_at(NOW, NOW + COUNT, 1 + COUNT); /* who is in its place */
    expect_first(NOW + COUNT + 3, -1, -1);
    expect_first(NOW + COUNT + 2, NOW + COUNT + 2, -1);
    vb_ram_ring_clear(&ring);
    expect_first(0, -1, -1);
}

static void gaps_stay_gaps(void **state)
{
    (void)state;
    write(NOW, 1);
    write(NOW + 25, 2);
    write(NOW + 22, 3);
    expect_first(0, -1, NOW);
    expect_first(NOW + 1, -1, NOW + 22);
    expect_first(NOW + 23, -1, NOW + 25);
    write(NOW + 25, 4);
    expect_at(NOW + 25, NOW + 25, 4);
}

static void a_clock_that_jumps_costs_only_the_places_that_are_filled(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        write(NOW + i, 1 + i);
    write(NOW + 20000, 77); /* 208 days ahead */
    write(NOW + COUNT, 11);
    expect_first(0, -1, NOW + 1);
    expect_first(NOW + COUNT, -1, NOW + COUNT);
    expect_first(NOW + COUNT + 1, -1, -1); /* NOW + COUNT is in its place */
    write(NOW - 20003, 78);
    expect_first(0, -1, NOW - 20003);
    expect_first(NOW - 20002, -1, NOW + 1);
}

static void one_that_is_too_far_away_to_tell_its_turn_clears_it(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        write(NOW + i, 1 + i);
    write(NOW + 2046 * COUNT, 5); /* from NOW + 9 */
    expect_first(0, -1, NOW + 1);
    expect_first(NOW + COUNT, -1, NOW + 2046 * COUNT);
    write(NOW + 5000 * COUNT, 6);
    expect_first(0, -1, NOW + 5000 * COUNT);
    write(NOW + 1, 7); /* in another place */
    expect_first(0, -1, NOW + 1);
    expect_first(NOW + 2, -1, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_one_has_none, fresh),
        cmocka_unit_test_setup(a_full_one_forgets_the_oldest, fresh),
        cmocka_unit_test_setup(gaps_stay_gaps, fresh),
        cmocka_unit_test_setup(a_clock_that_jumps_costs_only_the_places_that_are_filled, fresh),
        cmocka_unit_test_setup(one_that_is_too_far_away_to_tell_its_turn_clears_it, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
