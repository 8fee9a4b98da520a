#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/random.h"

#include <cmocka.h>

enum { STORE_ID = 0x5eedf00d, BOOT = 0x7b007001 };

/* Content that tells its section and size. */
static const uint8_t *content(uint8_t id, size_t size)
{
    static uint8_t bytes[VB_SECTION_BYTES_MAX + 1];
    memset(bytes, id, sizeof bytes);
    if (size > 0)
        bytes[size - 1] = (uint8_t)size;
    return bytes;
}

static void put(struct vb_cache *cache, uint8_t id, uint32_t version, size_t size)
{
    assert_int_equal(vb_cache_put(cache, id, version, content(id, size), size), VB_ERR_OK);
}

static void assert_holds(const struct vb_cache *cache, uint8_t id, uint32_t version, size_t size)
{
    const struct vb_cache_entry *entry = vb_cache_find(cache, id);
    assert_non_null(entry);
    assert_int_equal(entry->version, version);
    assert_int_equal(entry->size, size);
    assert_memory_equal(vb_cache_bytes(cache, entry), content(id, size), size);
}

/* ---- Faults ---- */

static void a_full_cache_refuses_and_changes_nothing(void **state)
{
    (void)state;
    uint8_t bytes[100];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    put(&cache, 1, 1, 60);
    put(&cache, 2, 1, 40);
    const uint32_t digest = vb_cache_digest(&cache, STORE_ID, BOOT);
    assert_int_equal(vb_cache_put(&cache, 3, 1, content(3, 1), 1), VB_ERR_TOO_LONG);
    assert_int_equal(vb_cache_put(&cache, 1, 2, content(1, 61), 61), VB_ERR_TOO_LONG);
    assert_int_equal(vb_cache_put(&cache, 2, 2, content(2, 101), 101), VB_ERR_TOO_LONG);
    assert_int_equal(vb_cache_digest(&cache, STORE_ID, BOOT), digest);
    assert_holds(&cache, 1, 1, 60);
    assert_holds(&cache, 2, 1, 40);
    put(&cache, 3, 1, 0); /* nothing always fits */
}

static void a_section_above_4096_bytes_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[3 * VB_SECTION_BYTES_MAX]; /* there is room for it */
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    put(&cache, 1, 1, VB_SECTION_BYTES_MAX);
    const size_t size = VB_SECTION_BYTES_MAX + 1;
    assert_int_equal(vb_cache_put(&cache, 2, 1, content(2, size), size), VB_ERR_TOO_LONG);
    assert_null(vb_cache_find(&cache, 2));
}

static void a_sixteenth_section_is_refused_and_a_fifteenth_replaced(void **state)
{
    (void)state;
    uint8_t bytes[200];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        put(&cache, id, id, id);
    assert_int_equal(vb_cache_put(&cache, 16, 1, content(16, 1), 1), VB_ERR_TOO_LONG);
    put(&cache, 15, 99, 20);
    assert_holds(&cache, 15, 99, 20);
    assert_holds(&cache, 1, 1, 1);
}

static void what_is_not_held_is_not_found_and_removing_it_does_nothing(void **state)
{
    (void)state;
    uint8_t bytes[10];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    assert_null(vb_cache_find(&cache, 1));
    vb_cache_remove(&cache, 1);
    put(&cache, 2, 1, 5);
    vb_cache_remove(&cache, 1);
    vb_cache_remove(&cache, 3);
    assert_holds(&cache, 2, 1, 5);
}

/* ---- Content ---- */

static void replacing_by_larger_or_smaller_leaves_the_neighbours_whole(void **state)
{
    (void)state;
    uint8_t bytes[300];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    put(&cache, 3, 1, 30);
    put(&cache, 1, 1, 10);
    put(&cache, 2, 1, 20);
    static const size_t sizes[] = {40, 1, 0, 100, 20};
    for (uint32_t i = 0; i < VB_COUNT_OF(sizes); i++) {
        put(&cache, 2, 2 + i, sizes[i]);
        assert_holds(&cache, 1, 1, 10);
        assert_holds(&cache, 2, 2 + i, sizes[i]);
        assert_holds(&cache, 3, 1, 30);
        assert_int_equal(cache.used, 40 + sizes[i]);
    }
    vb_cache_remove(&cache, 1);
    assert_holds(&cache, 2, 6, 20);
    assert_holds(&cache, 3, 1, 30);
}

static void entries_stand_by_ascending_id_in_whatever_order_they_came(void **state)
{
    (void)state;
    uint8_t bytes[100];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    static const uint8_t order[] = {7, 2, 15, 1, 9};
    for (size_t i = 0; i < sizeof order; i++)
        put(&cache, order[i], 1, 3);
    uint16_t offset = 0;
    for (uint8_t i = 0; i < cache.count; i++) {
        assert_true(i == 0 || cache.entries[i].id > cache.entries[i - 1].id);
        assert_int_equal(cache.entries[i].offset, offset);
        offset = (uint16_t)(offset + cache.entries[i].size);
    }
    assert_int_equal(cache.count, sizeof order);
}

static void the_digest_does_not_depend_on_the_order_of_insertion_A8(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 4);
    uint8_t sorted_bytes[400];
    struct vb_cache sorted;
    vb_cache_init(&sorted, sorted_bytes, sizeof sorted_bytes);
    for (uint8_t id = 1; id <= 9; id++)
        put(&sorted, id, 100u + id, id * 3u);
    const uint32_t digest = vb_cache_digest(&sorted, STORE_ID, BOOT);
    for (unsigned round = 0; round < 500; round++) {
        uint8_t bytes[400];
        struct vb_cache cache;
        vb_cache_init(&cache, bytes, sizeof bytes);
        while (cache.count < 9) {
            const uint8_t id = (uint8_t)vb_random_between(&random, 1, 9);
            put(&cache, id, 7, vb_random_between(&random, 0, 30)); /* replaced below */
            put(&cache, id, 100u + id, id * 3u);
        }
        assert_int_equal(vb_cache_digest(&cache, STORE_ID, BOOT), digest);
    }
}

static void the_digest_sees_store_id_version_content_and_size_A8(void **state)
{
    (void)state;
    uint8_t bytes[100];
    struct vb_cache cache;
    vb_cache_init(&cache, bytes, sizeof bytes);
    const uint32_t empty = vb_cache_digest(&cache, STORE_ID, BOOT);
    assert_int_not_equal(vb_cache_digest(&cache, STORE_ID + 1, BOOT), empty);
    assert_int_not_equal(vb_cache_digest(&cache, STORE_ID, BOOT + 1), empty);
    put(&cache, 1, 1, 0);
    const uint32_t without_content = vb_cache_digest(&cache, STORE_ID, BOOT);
    assert_int_not_equal(without_content, empty);
    put(&cache, 1, 2, 0);
    assert_int_not_equal(vb_cache_digest(&cache, STORE_ID, BOOT), without_content);
    vb_cache_remove(&cache, 1);
    assert_int_equal(vb_cache_digest(&cache, STORE_ID, BOOT), empty);
}

static void a_copy_is_whole_and_apart(void **state)
{
    (void)state;
    uint8_t from_bytes[50];
    uint8_t to_bytes[60];
    struct vb_cache from;
    struct vb_cache to;
    vb_cache_init(&from, from_bytes, sizeof from_bytes);
    vb_cache_init(&to, to_bytes, sizeof to_bytes);
    put(&from, 1, 1, 10);
    put(&from, 2, 1, 20);
    put(&to, 9, 9, 60);
    vb_cache_copy(&to, &from);
    assert_null(vb_cache_find(&to, 9));
    assert_int_equal(vb_cache_digest(&to, STORE_ID, BOOT), vb_cache_digest(&from, STORE_ID, BOOT));
    put(&from, 1, 2, 5);
    assert_holds(&to, 1, 1, 10);
    put(&to, 3, 1, 30); /* its own capacity counts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_cache_refuses_and_changes_nothing),
        cmocka_unit_test(a_section_above_4096_bytes_is_refused),
        cmocka_unit_test(a_sixteenth_section_is_refused_and_a_fifteenth_replaced),
        cmocka_unit_test(what_is_not_held_is_not_found_and_removing_it_does_nothing),
        cmocka_unit_test(replacing_by_larger_or_smaller_leaves_the_neighbours_whole),
        cmocka_unit_test(entries_stand_by_ascending_id_in_whatever_order_they_came),
        cmocka_unit_test(the_digest_does_not_depend_on_the_order_of_insertion_A8),
        cmocka_unit_test(the_digest_sees_store_id_version_content_and_size_A8),
        cmocka_unit_test(a_copy_is_whole_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
