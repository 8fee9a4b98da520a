/* What a receiver makes of the cache that it finds in its store, and when it writes that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../fixtures/kept_row.h"
#include "../fixtures/sender_bench.h"

static struct receiver_bench bench;
static struct bench_sender alpha;

/* Store id 1, version 7, one field. */
static const uint8_t good[] = {1, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0};
static const uint8_t content[] = {1, 1, 0};

static int fresh(void **state)
{
    (void)state;
    bench_new(&bench);
    sender_new(&alpha, 1);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, content, sizeof content);
    return 0;
}

static unsigned peer_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < BENCH_PEERS; i++)
        count += bench.peers[i].used;
    return count;
}

static void hear_alpha(void)
{
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
}

/* ---- Loading ---- */

static void a_key_that_the_cache_never_wrote_is_left_alone(void **state)
{
    (void)state;
    static const char *const keys[] = {"1",
                                       "head",
                                       "020000000001.",
                                       "020000000001",
                                       "020000000001:1",
                                       "0200000000011.1",
                                       "020000000001.0",
                                       "020000000001.16",
                                       "020000000001.1a",
                                       "020000000001.-1",
                                       "020000000001.1/",
                                       "020000000001.0:",
                                       "02000000000g.1"};
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++)
        memory_store_plant(&bench.store, keys[i], good, sizeof good);
    bench_init(&bench);
    assert_int_equal(peer_count(), 0);
    assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, NULL), 0); /* it was not asked for */
}

/* A store that was edited by hand. */
static enum vb_err visit_a_key_of_16_characters(void *ctx,
                                                void (*visit)(void *visit_ctx, const char *key),
                                                void *visit_ctx)
{
    (void)ctx;
    visit(visit_ctx, "020000000001.001");
    return VB_ERR_OK;
}

static void a_key_longer_than_any_is_left_alone(void **state)
{
    (void)state;
    bench.store.port.each = visit_a_key_of_16_characters;
    bench_init(&bench);
    assert_int_equal(peer_count(), 0);
}

static void a_damaged_value_is_left_out(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[16];
        size_t size;
    } damaged[] = {
        {{0}, 0},
        {{1, 0, 0, 0, 7, 0, 0}, 7},                /* truncated within its head */
        {{0, 0, 0, 0, 7, 0, 0, 0, 1, 1, 0}, 11},   /* no store */
        {{1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0}, 11},   /* no version */
        {{1, 0, 0, 0, 7, 0, 0, 0, 1, 200, 0}, 11}, /* not the form of a section */
    };
    for (size_t i = 0; i < VB_COUNT_OF(damaged); i++) {
        bench_new(&bench);
        memory_store_plant(&bench.store, "020000000001.1", damaged[i].bytes, damaged[i].size);
        bench_init(&bench);
        assert_int_equal(peer_count(), 0);
    }
}

static void more_than_there_is_room_for_is_left_out(void **state)
{
    (void)state;
    static uint8_t large[8 + 3 + 4000] = {1, 0, 0, 0, 7, 0, 0, 0, 200, 0xa0, 0x1f}; /* of 4000 */
    memory_store_plant(&bench.store, "020000000001.1", large, sizeof large);
    memory_store_plant(&bench.store, "020000000001.2", large, sizeof large);
    memory_store_plant(&bench.store, "020000000002.1", good, sizeof good);
    memory_store_plant(&bench.store, "020000000003.1", good, sizeof good);
    static const uint8_t never_heard[8];
    memory_store_plant_kept(&bench.store, "020000000004+0", never_heard, sizeof never_heard);
    bench_init(&bench);
    assert_int_equal(peer_count(), 2);
    assert_int_equal(bench.peers[0].cache.count, 1);
    assert_int_equal(bench.peers[1].cache.count, 1);
    assert_null(vb_receiver_peer(&bench.r, &(struct vb_mac){{2, 0, 0, 0, 0, 3}}));
}

static void a_flipped_bit_is_found_and_the_section_is_left_out_A4(void **state)
{
    (void)state;
    memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
    struct memory_row *row = memory_store_find(&bench.store, "020000000001+1");
    for (size_t bit = 0; bit < 8 * row->size; bit++) {
        row->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct vb_event event;
        bench_init(&bench);
        assert_int_equal(peer_count(), 0);
        assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
        row->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bench_init(&bench);
    assert_int_equal(peer_count(), 1);
}

static void what_cannot_be_read_is_left_as_it_is_and_found_later_A4(void **state)
{
    (void)state;
    memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
    for (unsigned i = 0; i < 2; i++) {
        struct vb_event event;
        bench.store.failing = i == 0 ? "020000000001+1" : NULL;
        bench.store.listing = i == 0 ? VB_ERR_OK : VB_ERR_STORE;
        bench.store.failure = VB_ERR_STORE;
        bench_init(&bench);
        assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 1);
        bench_pass(&bench, 10000);
        assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 0); /* reported once */
        bench.store.failing = NULL;
        bench.store.listing = VB_ERR_OK;
        bench_pass(&bench, 10000);
        assert_false(bench.r.unreadable);
        assert_int_equal(peer_count(), 1);
        assert_int_equal(bench.store.commits, 0);
    }
}

/* Damage is found at each retry of what could not be read. */
static void damage_is_reported_once_while_something_cannot_be_read_A4(void **state)
{
    (void)state;
    struct vb_event event;
    static const char *const unreadable[] = {"020000000001+2", "forgotten"};
    for (size_t i = 0; i < VB_COUNT_OF(unreadable); i++) {
        memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
        memory_store_plant_kept(&bench.store, "020000000001+2", good, sizeof good);
        memory_store_find(&bench.store, "020000000001+1")->bytes[0] ^= 1;
        bench.store.failing = unreadable[i];
        bench.store.failure = VB_ERR_STORE;
        bench_init(&bench);
        assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
        assert_int_equal(event.section, 1);
        for (unsigned again = 0; again < 3; again++) {
            bench_pass(&bench, 10000);
            assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 0);
        }
        memory_store_find(&bench.store, "020000000001+2")->bytes[0] ^= 1;
        bench.store.failing = NULL;
        bench_pass(&bench, 10000);
        assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), i == 0);
        memory_store_init(&bench.store);
    }
}

/* The same section for that many transmitters, all but the first readable only later. */
static void damage_is_reported_for_each_transmitter_A4(void **state)
{
    (void)state;
    enum { MANY = VB_DAMAGE_TOLD_MAX + 1 };
    char keys[MANY][VB_STORE_KEY_SIZE];
    struct vb_event event;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "0200000000%02x+1", 2 * i);
        memory_store_plant_kept(&bench.store, keys[i], good, sizeof good);
        memory_store_find(&bench.store, keys[i])->bytes[0] ^= 1;
    }
    bench.store.failure = VB_ERR_STORE;
    bench.store.failing = keys[1];
    bench_init(&bench);
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, NULL), MANY - 1);
    bench.store.failing = keys[0];
    bench_pass(&bench, 10000); /* this one is damaged as well, as is found now */
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
    assert_int_equal(event.mac.bytes[VB_MAC_BYTES - 1], 2);
    bench_pass(&bench, 10000); /* there is no room to remember this one: rather twice than never */
    assert_int_equal(bench_events(&bench, VB_EVENT_DAMAGED, &event), 1);
    assert_int_equal(event.mac.bytes[VB_MAC_BYTES - 1], 2);
}

/* Two sections of alpha, of which the second cannot be read yet. */
static void load_the_first_of_two(void)
{
    memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
    memory_store_plant_kept(&bench.store, "020000000001+2", good, sizeof good);
    bench.store.failing = "020000000001+2";
    bench.store.failure = VB_ERR_STORE;
    bench_init(&bench);
    bench_clear(&bench);
}

/* Returns how often the store was asked meanwhile. */
static unsigned gets_in(uint32_t ms)
{
    const unsigned before = bench.store.gets;
    bench_pass(&bench, ms);
    return bench.store.gets - before;
}

static void what_has_been_read_is_not_read_again_with_the_rest_A4(void **state)
{
    (void)state;
    struct vb_event event;
    load_the_first_of_two();
    assert_int_equal(gets_in(9999), 0);
    bench.store.failing = NULL;
    bench_pass(&bench, 1);
    assert_int_equal(bench_events(&bench, VB_EVENT_SECTION, &event), 1);
    assert_int_equal(event.section, 2);
    assert_int_equal(gets_in(60000), 0);
}

/* It has since announced what it has: what the store still holds is older. */
static void what_its_transmitter_has_no_more_is_not_read_later_A4(void **state)
{
    (void)state;
    load_the_first_of_two();
    hear_alpha(); /* of section 1 alone */
    bench.store.failing = NULL;
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 10000);
    assert_int_equal(bench.peers[0].cache.count, 1);
}

static void what_could_not_be_read_is_read_between_two_batches_alone_A4(void **state)
{
    (void)state;
    load_the_first_of_two();
    bench.store.failing = NULL;
    bench.peers[0].known = true;
    bench.peers[0].record_due = true;
    vb_receiver_flush(&bench.r, bench.now_ms);
    assert_true(bench.r.committing);
    assert_int_equal(gets_in(10000), 0);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 1);
    assert_int_equal(bench.peers[0].cache.count, 2);
}

static void without_persistence_nothing_is_read_later_but_who_is_forgotten_A4(void **state)
{
    (void)state;
    load_the_first_of_two();
    vb_receiver_settings(&bench.r, bench.now_ms, false, true);
    bench.store.failing = NULL;
    assert_int_equal(gets_in(10000), 0);
    bench.store.failing = "forgotten";
    bench.config.persist = false;
    bench_init(&bench);
    assert_true(bench.r.places.unread);
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_false(bench.r.places.unread);
}

/* What could not be read is retried with everything else, once the cache is kept again. */
static void what_could_not_be_read_is_found_though_persistence_was_off_meanwhile_A4(void **state)
{
    (void)state;
    struct vb_event event;
    load_the_first_of_two();
    vb_receiver_settings(&bench.r, bench.now_ms, false, true);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(gets_in(10000), 0);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 10000);
    assert_int_equal(bench_events(&bench, VB_EVENT_UNREADABLE, &event), 0); /* reported before */
    bench.store.failing = NULL;
    bench_pass(&bench, 10000);
    assert_int_equal(bench.peers[0].cache.count, 2);
    assert_false(bench.r.unreadable);
}

static void what_could_not_be_read_goes_with_persistence_where_its_transmitter_has_no_more_A4(
    void **state)
{
    (void)state;
    load_the_first_of_two();
    hear_alpha(); /* of section 1 alone */
    bench_settle(&bench, VB_ERR_OK);
    assert_non_null(memory_store_find(&bench.store, "020000000001+2"));
    vb_receiver_settings(&bench.r, bench.now_ms, false, true);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    bench_pass(&bench, bench.config.timing.commit_coalesce);
    bench_settle(&bench, VB_ERR_OK);
    assert_non_null(memory_store_find(&bench.store, "020000000001+1"));
    assert_null(memory_store_find(&bench.store, "020000000001+2"));
}

static void what_is_damaged_goes_with_persistence_A4(void **state)
{
    (void)state;
    memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
    memory_store_plant(&bench.store, "020000000001+2", good, sizeof good); /* without a sum */
    bench_init(&bench);
    vb_receiver_settings(&bench.r, bench.now_ms, false, true);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    bench_settle(&bench, VB_ERR_OK);
    assert_non_null(memory_store_find(&bench.store, "020000000001+1"));
    assert_null(memory_store_find(&bench.store, "020000000001+2"));
}

static void a_cache_without_checksums_is_read_and_written_with_them_A4(void **state)
{
    (void)state;
    memory_store_plant(&bench.store, "020000000001.1", good, sizeof good);
    bench_init(&bench);
    bench_pass(&bench, 1);
    bench_settle(&bench, VB_ERR_OK);
    assert_null(memory_store_find(&bench.store, "020000000001.1"));
    assert_non_null(memory_store_find(&bench.store, "020000000001+1"));
    vb_receiver_settings(&bench.r, bench.now_ms, false, true);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true); /* everything is written once more */
    bench_pass(&bench, bench.config.timing.commit_coalesce);
    assert_int_not_equal(bench.store.token, 0);
    for (unsigned i = 0; i < bench.store.batch_count; i++)
        assert_int_equal(bench.store.batch[i].key[12], '+');
    bench_settle(&bench, VB_ERR_OK);
    const unsigned commits = bench.store.commits;
    bench_init(&bench);
    assert_int_equal(peer_count(), 1);
    bench_pass(&bench, 60000);
    assert_int_equal(bench.store.commits, commits);
}

static size_t batch_bytes(void)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < bench.store.batch_count; i++)
        bytes += VB_STORE_OP_BYTES + bench.store.batch[i].size;
    return bytes;
}

static void a_batch_is_no_larger_than_every_store_takes_and_the_rest_follows_at_once_A4(
    void **state)
{
    (void)state;
    enum { LARGE = 1900 };
    static uint8_t large[11 + LARGE] = {1,         0, 0, 0, 7, 0, 0, 0, 200, 0x80 | (LARGE & 0x7f),
                                        LARGE >> 7};
    static const char *const keys[] = {"020000000001.1", "020000000001.2", "020000000001.3"};
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++)
        memory_store_plant(&bench.store, keys[i], large, sizeof large);
    bench_init(&bench);
    bench_pass(&bench, 1);
    for (unsigned batch = 0; batch < 2; batch++) {
        assert_int_not_equal(bench.store.token, 0);
        /* Each with its old key, and when they were verified. */
        assert_int_equal(bench.store.batch_count, batch == 0 ? 5 : 3);
        assert_in_range(batch_bytes(), LARGE, VB_STORE_BATCH_BYTES);
        bench_settle(&bench, VB_ERR_OK);
    }
    assert_int_equal(bench.store.token, 0);
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++)
        assert_null(memory_store_find(&bench.store, keys[i]));
}

enum {
    RECORD_BYTES = VB_KEPT_HEAD_BYTES + 8 + 5 * VB_MARKS_MAX + VB_STORE_OP_BYTES, /* at most */
    HEADS = VB_KEPT_HEAD_BYTES + 8 + 2 * VB_STORE_OP_BYTES,  /* put, and its old key erased */
    FULL = (VB_STORE_BATCH_BYTES - RECORD_BYTES) / 2 - HEADS /* of two that fill a batch */
};

/* Without a checksum: it is to be written. */
static void plant_old(const char *key, size_t size)
{
    uint8_t value[8 + VB_SECTION_BYTES_MAX] = {1, 0, 0, 0, 7, 0, 0, 0, 200};
    value[9] = (uint8_t)(0x80 | ((size - 3) & 0x7f));
    value[10] = (uint8_t)((size - 3) >> 7);
    memory_store_plant(&bench.store, key, value, 8 + size);
}

static unsigned batched(const char *key)
{
    unsigned count = 0;
    for (unsigned i = 0; i < bench.store.batch_count; i++)
        count += strcmp(bench.store.batch[i].key, key) == 0;
    return count;
}

static void a_place_without_news_takes_no_room_of_a_batch_A4(void **state)
{
    (void)state;
    memory_store_plant_kept(&bench.store, "020000000001+1", good, sizeof good);
    plant_old("020000000002.1", FULL);
    plant_old("020000000002.2", FULL);
    bench_init(&bench);
    bench_pass(&bench, 1);
    assert_int_equal(batched("020000000002+1"), 1);
    assert_int_equal(batched("020000000002+2"), 1);
    assert_int_equal(batched("020000000002+0"), 1);
    assert_in_range(batch_bytes(), 2 * FULL, VB_STORE_BATCH_BYTES);
}

static void a_batch_that_is_full_leaves_the_next_place_to_the_next_A4(void **state)
{
    (void)state;
    static const size_t short_of_full[] = {0, 100}; /* no record fits; no section does */
    for (size_t i = 0; i < VB_COUNT_OF(short_of_full); i++) {
        fresh(NULL);
        plant_old("020000000001.1", FULL - short_of_full[i]);
        plant_old("020000000001.2", FULL - short_of_full[i]);
        plant_old("020000000002.1", 200);
        bench_init(&bench);
        bench_pass(&bench, 1);
        assert_int_equal(bench.store.batch_count, 5);
        bench_settle(&bench, VB_ERR_OK);
        assert_int_equal(bench.store.batch_count, 3);
        assert_int_equal(batched("020000000002+1"), 1);
        assert_int_equal(batched("020000000002+0"), 1);
    }
}

static void who_leaves_has_room_in_a_batch_beside_what_is_written_A4(void **state)
{
    (void)state;
    static const struct vb_mac beta = {{2, 0, 0, 0, 0, 2}};
    plant_old("020000000001.1", FULL);
    plant_old("020000000001.2", FULL);
    memory_store_plant_kept(&bench.store, "020000000002+1", good, sizeof good);
    bench_init(&bench);
    assert_int_equal(vb_receiver_forget(&bench.r, bench.now_ms, &beta), VB_ERR_OK);
    assert_int_equal(batched("forgotten"), 1);
    assert_in_range(batch_bytes(), 1, VB_STORE_BATCH_BYTES);
}

static void sections_of_two_digits_are_stored_and_found_again_A4(void **state)
{
    (void)state;
    sender_holds(&alpha, 15, 9, content, sizeof content);
    bench_init(&bench);
    const struct vb_record records[] = {sender_record(&alpha, VB_SECTION_MQTT, 0),
                                        sender_record(&alpha, 15, 0)};
    assert_int_equal(bench_beacon(&bench, &alpha, records, 2), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_init(&bench);
    const struct vb_peer *peer = vb_receiver_peer(&bench.r, &alpha.mac);
    assert_non_null(peer);
    assert_int_equal(vb_cache_find(&peer->cache, 15)->version, 9);
    assert_int_equal(vb_peer_sync(peer, 15), VB_SYNC_STALE);
}

/* ---- Saving ---- */

static void without_a_store_everything_is_in_memory_A4(void **state)
{
    (void)state;
    bench.config.store = NULL;
    bench_init(&bench);
    hear_alpha();
    bench_pass(&bench, 60000);
    assert_int_equal(bench.store.commits, 0);
    assert_false(bench.r.committing);
}

static void persistence_switched_off_reads_and_writes_nothing_A4(void **state)
{
    (void)state;
    memory_store_plant(&bench.store, "020000000001.1", good, sizeof good);
    bench.config.persist = false;
    bench_init(&bench);
    assert_int_equal(peer_count(), 0);
    hear_alpha();
    bench_pass(&bench, 60000);
    assert_int_equal(bench.store.commits, 0);
}

static void persistence_switched_on_writes_what_is_held_once_A4(void **state)
{
    (void)state;
    bench.config.persist = false;
    bench_init(&bench);
    hear_alpha();
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    assert_int_equal(bench.store.commits, 1);
    bench_settle(&bench, VB_ERR_OK);
    const struct memory_row *row = memory_store_find(&bench.store, "020000000001+1");
    assert_non_null(row);
    assert_int_equal(row->size, VB_KEPT_HEAD_BYTES + 8 + sizeof content);
    bench_pass(&bench, 60000);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    assert_int_equal(bench.store.commits, 1);
}

static void of_one_that_holds_nothing_no_record_is_kept_A4(void **state)
{
    (void)state;
    bench.config.persist = false;
    bench_init(&bench);
    vb_cache_remove(&alpha.cache, VB_SECTION_MQTT);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    vb_receiver_settings(&bench.r, bench.now_ms, true, true);
    assert_int_equal(batched("020000000001+1"), 1); /* erased: the store may hold it */
    assert_int_equal(batched("020000000001+0"), 0);
}

static void the_end_writes_when_everybody_was_heard_if_that_was_written_long_ago(void **state)
{
    (void)state;
    bench_init(&bench);
    vb_receiver_wall(&bench.r, bench.now_ms, UINT64_C(1800000000000));
    hear_alpha();
    bench_settle(&bench, VB_ERR_OK);
    for (unsigned i = 0; i < 2; i++) {
        bench_pass(&bench, i == 0 ? 59000 : 1000);
        vb_receiver_flush(&bench.r, bench.now_ms);
        assert_int_equal(batched("020000000001+0"), i);
    }
}

static void what_was_found_in_the_store_is_reported_A4(void **state)
{
    (void)state;
    memory_store_plant(&bench.store, "020000000001.1", good, sizeof good);
    bench_init(&bench);
    struct vb_event event = {0};
    assert_int_equal(bench_events(&bench, VB_EVENT_SECTION, &event), 1);
    assert_int_equal(event.section, VB_SECTION_MQTT);
    assert_int_equal(event.detail, VB_SYNC_STALE);
}

static void hold_two_of_which_one_changes(void)
{
    sender_holds(&alpha, VB_SECTION_CAN, 3, content, sizeof content);
    bench_init(&bench);
    const struct vb_record records[] = {sender_record(&alpha, VB_SECTION_MQTT, 0),
                                        sender_record(&alpha, VB_SECTION_CAN, 0)};
    assert_int_equal(bench_beacon(&bench, &alpha, records, 2), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    sender_holds(&alpha, VB_SECTION_MQTT, 8, content, sizeof content);
    bench_pass(&bench, bench.config.timing.commit_coalesce);
    hear_alpha();
}

static void only_what_has_changed_is_written_and_written_again_A12(void **state)
{
    (void)state;
    hold_two_of_which_one_changes();
    assert_int_equal(bench.store.batch_count, 2);
    assert_string_equal(bench.store.batch[0].key, "020000000001+1");
    assert_string_equal(bench.store.batch[1].key, "020000000001+0"); /* when that was */
    bench_settle(&bench, VB_ERR_STORE);
    bench_pass(&bench, bench.config.timing.commit_retry);
    assert_int_equal(bench.store.batch_count, 2);
    assert_string_equal(bench.store.batch[0].key, "020000000001+1");
    assert_string_equal(bench.store.batch[1].key, "020000000001+0"); /* when that was */
}

static void a_slow_store_is_waited_for_asleep(void **state)
{
    (void)state;
    hold_two_of_which_one_changes();
    sender_holds(&alpha, VB_SECTION_MQTT, 9, content, sizeof content);
    hear_alpha(); /* while version 8 is still being written */
    bench_output(&bench);
    bench_pass(&bench, bench.config.timing.commit_coalesce);
    bench_output(&bench);
    assert_true(bench.r.committing);
    assert_in_range(vb_receiver_wakeup_ms(&bench.r, bench.now_ms), 1, 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_has_been_read_is_not_read_again_with_the_rest_A4, fresh),
        cmocka_unit_test_setup(what_its_transmitter_has_no_more_is_not_read_later_A4, fresh),
        cmocka_unit_test_setup(what_could_not_be_read_is_read_between_two_batches_alone_A4, fresh),
        cmocka_unit_test_setup(without_persistence_nothing_is_read_later_but_who_is_forgotten_A4,
                               fresh),
        cmocka_unit_test_setup(
            what_could_not_be_read_is_found_though_persistence_was_off_meanwhile_A4, fresh),
        cmocka_unit_test_setup(
            what_could_not_be_read_goes_with_persistence_where_its_transmitter_has_no_more_A4,
            fresh),
        cmocka_unit_test_setup(what_is_damaged_goes_with_persistence_A4, fresh),
        cmocka_unit_test_setup(a_place_without_news_takes_no_room_of_a_batch_A4, fresh),
        cmocka_unit_test_setup(a_batch_that_is_full_leaves_the_next_place_to_the_next_A4, fresh),
        cmocka_unit_test_setup(who_leaves_has_room_in_a_batch_beside_what_is_written_A4, fresh),
        cmocka_unit_test_setup(of_one_that_holds_nothing_no_record_is_kept_A4, fresh),
        cmocka_unit_test_setup(the_end_writes_when_everybody_was_heard_if_that_was_written_long_ago,
                               fresh),
        cmocka_unit_test_setup(a_cache_without_checksums_is_read_and_written_with_them_A4, fresh),
        cmocka_unit_test_setup(what_cannot_be_read_is_left_as_it_is_and_found_later_A4, fresh),
        cmocka_unit_test_setup(damage_is_reported_for_each_transmitter_A4, fresh),
        cmocka_unit_test_setup(damage_is_reported_once_while_something_cannot_be_read_A4, fresh),
        cmocka_unit_test_setup(a_flipped_bit_is_found_and_the_section_is_left_out_A4, fresh),
        cmocka_unit_test_setup(a_key_that_the_cache_never_wrote_is_left_alone, fresh),
        cmocka_unit_test_setup(a_key_longer_than_any_is_left_alone, fresh),
        cmocka_unit_test_setup(a_damaged_value_is_left_out, fresh),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_left_out, fresh),
        cmocka_unit_test_setup(
            a_batch_is_no_larger_than_every_store_takes_and_the_rest_follows_at_once_A4, fresh),
        cmocka_unit_test_setup(sections_of_two_digits_are_stored_and_found_again_A4, fresh),
        cmocka_unit_test_setup(what_was_found_in_the_store_is_reported_A4, fresh),
        cmocka_unit_test_setup(only_what_has_changed_is_written_and_written_again_A12, fresh),
        cmocka_unit_test_setup(a_slow_store_is_waited_for_asleep, fresh),
        cmocka_unit_test_setup(without_a_store_everything_is_in_memory_A4, fresh),
        cmocka_unit_test_setup(persistence_switched_off_reads_and_writes_nothing_A4, fresh),
        cmocka_unit_test_setup(persistence_switched_on_writes_what_is_held_once_A4, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
