/* Second lines of defence: frames whose checksum is right and whose content is wrong, as no device
 * of this firmware sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"
#include "voltbeacon/crc.h"

enum { LARGE_BYTES = 300 }; /* of a section: two fragments */

static struct bench bench;
static struct vb_sim_world *const world = &bench.world;

/* ---- Forged frames ---- */

struct forged {
    struct vb_sim_flight flight;
    struct vb_writer writer; /* of the payload */
};

static struct vb_writer *forge(struct forged *forged)
{
    memset(forged, 0, sizeof *forged);
    forged->writer =
        vb_writer_of(forged->flight.bytes + VB_FRAME_HEAD_BYTES, VB_PAYLOAD_BYTES_MAX);
    return &forged->writer;
}

static enum vb_err deliver(struct forged *forged, uint8_t from, uint8_t to, struct vb_frame frame)
{
    assert_false(forged->writer.failed);
    frame.payload_size = forged->writer.at;
    forged->flight.src = world->nodes[from].mac;
    forged->flight.dst = world->nodes[to].mac;
    forged->flight.size = (uint16_t)vb_frame_finish(&frame, &forged->flight.src,
                                                    &forged->flight.dst, forged->flight.bytes);
    return vb_sim_inject(world, to, &forged->flight);
}

/* As if the transmitter had sent it next, in the boot that the receiver knows and so many later. */
static enum vb_err tell(struct forged *forged, uint8_t message, uint16_t boots_later)
{
    const struct vb_peer *peer = bench_peer(&bench, 1);
    const struct vb_frame frame = {.message = message,
                                   .epoch = (uint16_t)(peer->epoch + boots_later),
                                   .seq = ++world->nodes[0].transmitter.core.seq};
    return deliver(forged, 0, 1, frame);
}

static enum vb_err tell_hello_ack(uint32_t nonce, uint16_t boots_later)
{
    const struct vb_transmitter *t = bench_transmitter(&bench);
    struct forged forged;
    const struct vb_beacon beacon = {.store_id = t->store_id, .digest = t->digest};
    vb_write_u32(forge(&forged), nonce);
    vb_beacon_write(&forged.writer, &beacon);
    return tell(&forged, VB_MESSAGE_HELLO_ACK, boots_later);
}

/* A beacon with the marks there are, and one record. */
static enum vb_err tell_beacon(uint32_t store_id, const struct vb_record *record)
{
    const struct vb_transmitter *t = bench_transmitter(&bench);
    struct vb_beacon beacon = {.store_id = store_id, .digest = t->digest ^ 1};
    for (uint8_t i = 0; i < t->live.count; i++) {
        beacon.mark_count = t->live.entries[i].id;
        beacon.marks[beacon.mark_count - 1] = vb_version_mark(t->live.entries[i].version);
    }
    struct forged forged;
    vb_beacon_write(forge(&forged), &beacon);
    if (record != NULL)
        vb_record_write(&forged.writer, record);
    return tell(&forged, VB_MESSAGE_BEACON, 0);
}

static enum vb_err tell_data(uint32_t store_id, const struct vb_record *record,
                             uint16_t boots_later)
{
    struct forged forged;
    const struct vb_data_head head = {.store_id = store_id, .digest = 1};
    vb_data_head_write(forge(&forged), &head);
    if (record != NULL)
        vb_record_write(&forged.writer, record);
    return tell(&forged, VB_MESSAGE_DATA, boots_later);
}

/* ---- Readings ---- */

/* The reading of that number as it goes out, in two chunks; damaged after its checksum was made. */
static struct vb_reading_chunk chunk_of(uint32_t number, uint8_t index, uint8_t damage)
{
    static uint8_t bytes[VB_READING_BYTES_MAX];
    struct vb_reading reading;
    vb_sim_reading(7, 96, &reading);
    struct vb_reading_chunk chunk = {.number = number, .index = index, .count = 2};
    chunk.digest_low = (uint16_t)bench_transmitter(&bench)->digest;
    chunk.total = (uint16_t)vb_reading_encode(&reading, 0, bytes);
    assert_in_range(chunk.total, VB_READING_CHUNK_BYTES + 1, 2 * VB_READING_CHUNK_BYTES);
    chunk.crc = vb_crc32c(0, bytes, chunk.total);
    bytes[30] ^= damage; /* a cell, one millivolt more or less */
    chunk.bytes = bytes + (size_t)index * VB_READING_CHUNK_BYTES;
    chunk.size = index == 0 ? VB_READING_CHUNK_BYTES : chunk.total - VB_READING_CHUNK_BYTES;
    return chunk;
}

static enum vb_err tell_chunk(struct vb_reading_chunk chunk)
{
    struct forged forged;
    vb_reading_chunk_write(forge(&forged), &chunk);
    return tell(&forged, VB_MESSAGE_READING, 0);
}

static void a_reading_that_does_not_match_its_crc_is_lost_and_counted_E2(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(tell_chunk(chunk_of(1, 0, 1)), VB_ERR_OK);
    assert_int_equal(tell_chunk(chunk_of(1, 1, 1)), VB_ERR_CHECKSUM);
    assert_int_equal(bench_peer(&bench, 1)->ring.count, 0);
    assert_int_equal(bench_peer(&bench, 1)->quality.readings_lost, 1);
    assert_int_equal(tell_chunk(chunk_of(2, 0, 0)), VB_ERR_OK);
    assert_int_equal(tell_chunk(chunk_of(2, 1, 0)), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, 1)->ring.count, 1);
    assert_int_equal(bench_peer(&bench, 1)->quality.readings_lost, 1);
}

static void a_chunk_that_belongs_to_another_reading_is_refused_E2(void **state)
{
    (void)state;
    for (unsigned differs = 0; differs < 2; differs++) {
        bench_at_rest(&bench, 1, 1);
        assert_int_equal(tell_chunk(chunk_of(1, 0, 0)), VB_ERR_OK);
        struct vb_reading_chunk other = chunk_of(1, 1, 0);
        other.crc ^= differs == 0;
        other.total = (uint16_t)(other.total - differs);
        other.size -= differs;
        assert_int_equal(tell_chunk(other), VB_ERR_MALFORMED);
        assert_int_equal(bench_peer(&bench, 1)->ring.count, 0);
        assert_int_equal(tell_chunk(chunk_of(1, 1, 0)), VB_ERR_OK);
        assert_int_equal(bench_peer(&bench, 1)->ring.count, 1);
    }
}

/* ---- What is forgotten ---- */

/* Part of a section proves that there is a new boot, and says nothing of the others. */
static void data_of_a_new_boot_takes_back_in_sync_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_VERIFIED);
    assert_int_equal(tell_data(bench_transmitter(&bench)->store_id, NULL, 1), VB_ERR_OK);
    assert_int_equal(bench.events[1][VB_EVENT_REBOOT], 1);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
    assert_false(bench_peer(&bench, 1)->state_known);
}

static void a_reading_after_being_offline_does_not_say_in_sync_C1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_sim_world_run(world, 31000);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_OFFLINE);
    assert_int_equal(tell_chunk(chunk_of(1, 0, 0)), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_CONNECTED);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
}

/* ---- Nonces ---- */

/* Boot 1 answers our hello, the answer is late, and something of boot 2 overtakes it. */
static void the_answer_to_a_hello_of_before_the_reboot_is_old_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_sim_world_run(world, 16000);
    const uint32_t nonce = bench_peer(&bench, 1)->nonce;
    assert_int_not_equal(nonce, 0);
    assert_int_equal(tell_data(bench_transmitter(&bench)->store_id, NULL, 1), VB_ERR_OK);
    const uint16_t epoch = bench_peer(&bench, 1)->epoch;
    assert_int_equal(tell_hello_ack(nonce, (uint16_t)-1), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, 1)->epoch, epoch);
}

/* A beacon begins with the store's id, where an answer to a hello has the nonce. */
static void a_beacon_whose_store_id_is_like_the_nonce_answers_no_hello_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_sim_world_run(world, 16000);
    const struct vb_beacon beacon = {.store_id = bench_peer(&bench, 1)->nonce, .digest = 1};
    assert_int_not_equal(beacon.store_id, 0);
    struct forged forged;
    vb_beacon_write(forge(&forged), &beacon);
    assert_int_equal(tell(&forged, VB_MESSAGE_BEACON, (uint16_t)-1), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, 1)->store_id, bench_transmitter(&bench)->store_id);
}

/* ---- Changes laid over what is held ---- */

/* The change to 90 cells of a battery section that has 96, right in every part. */
static struct vb_record right_delta(const struct change *change)
{
    static uint8_t merged[VB_SECTION_BYTES_MAX];
    const struct vb_peer *peer = bench_peer(&bench, 1);
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, change->section);
    const uint8_t *base = vb_cache_bytes(&peer->cache, entry);
    const int size = vb_section_lay_over(base, entry->size, change->bytes, change->size, merged,
                                         sizeof merged);
    assert_true(size > 0);
    return (struct vb_record){.id = change->section,
                              .form = VB_RECORD_DELTA,
                              .version = entry->version + 1,
                              .base_version = entry->version,
                              .base_hash = vb_section_hash(base, entry->size),
                              .hash = vb_section_hash(merged, (size_t)size),
                              .bytes = change->bytes,
                              .size = change->size};
}

static void a_change_made_on_another_content_is_not_laid_over_A8(void **state)
{
    (void)state;
    const struct change change = change_integer(VB_SECTION_BATTERY, "cell_count", 90);
    for (unsigned wrong = 0; wrong < 5; wrong++) {
        bench_at_rest(&bench, 1, 1);
        uint32_t store_id = bench_transmitter(&bench)->store_id;
        struct vb_record record = right_delta(&change);
        record.base_version += wrong == 1;
        record.base_hash ^= wrong == 2;
        record.hash ^= wrong == 3;
        store_id += wrong == 4;
        assert_int_equal(tell_beacon(store_id, &record), VB_ERR_OK);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), wrong == 0 ? 90 : 96);
    }
}

/* The bytes of a later firmware's section of two fragments, all of one value. */
static struct vb_record fragment_of(uint32_t version, uint8_t index, uint8_t value, uint8_t *whole)
{
    struct vb_writer writer = vb_writer_of(whole, LARGE_BYTES);
    for (uint8_t tag = 100; tag < 103; tag++) {
        vb_write_u8(&writer, tag);
        vb_write_u8(&writer, 98);
        for (unsigned i = 0; i < 98; i++)
            vb_write_u8(&writer, value);
    }
    assert_int_equal(writer.at, LARGE_BYTES);
    const size_t offset = (size_t)index * VB_FRAGMENT_BYTES;
    return (struct vb_record){.id = VB_SECTION_BATTERY,
                              .form = VB_RECORD_WHOLE,
                              .index = index,
                              .version = version,
                              .total = LARGE_BYTES,
                              .bytes = whole + offset,
                              .size = vb_fragment_size(LARGE_BYTES, index)};
}

static void a_change_does_not_disturb_the_section_being_put_together_A11(void **state)
{
    (void)state;
    uint8_t whole[LARGE_BYTES];
    bench_at_rest(&bench, 1, 1);
    const uint32_t store_id = bench_transmitter(&bench)->store_id;
    struct vb_record record = fragment_of(50, 0, 1, whole);
    assert_int_equal(tell_data(store_id, &record, 0), VB_ERR_OK);
    const struct change change = change_integer(VB_SECTION_MQTT, "port", 8883);
    record = right_delta(&change);
    assert_int_equal(tell_beacon(store_id, &record), VB_ERR_OK);
    record = fragment_of(50, 1, 1, whole);
    assert_int_equal(tell_data(store_id, &record, 0), VB_ERR_OK);
    const struct vb_cache *cache = &bench_peer(&bench, 1)->cache;
    const struct vb_cache_entry *entry = vb_cache_find(cache, VB_SECTION_BATTERY);
    assert_int_equal(entry->version, 50);
    assert_memory_equal(vb_cache_bytes(cache, entry), whole, sizeof whole);
}

/* ---- Fragments ---- */

/* The same section, version and size under another store id is another content. */
static void fragments_of_two_stores_are_not_put_together_A6(void **state)
{
    (void)state;
    uint8_t whole[LARGE_BYTES];
    bench_at_rest(&bench, 1, 1);
    const uint32_t store_id = bench_transmitter(&bench)->store_id;
    struct vb_record record = fragment_of(50, 0, 1, whole);
    assert_int_equal(tell_data(store_id, &record, 0), VB_ERR_OK);
    record = fragment_of(50, 1, 2, whole);
    assert_int_equal(tell_data(store_id + 1, &record, 0), VB_ERR_OK);
    const struct vb_cache *cache = &bench_peer(&bench, 1)->cache;
    assert_int_equal(vb_cache_find(cache, VB_SECTION_BATTERY)->version, 1);
}

/* ---- Requests ---- */

static void what_is_held_of_another_store_is_not_called_the_same_A6(void **state)
{
    (void)state;
    for (unsigned other = 0; other < 2; other++) {
        bench_at_rest(&bench, 1, 1);
        const struct vb_transmitter *t = bench_transmitter(&bench);
        const struct vb_cache_entry *entry = vb_transmitter_section(t, VB_SECTION_BATTERY);
        const struct vb_request_item item = {
            .id = VB_SECTION_BATTERY,
            .have_version = entry->version,
            .have_hash = vb_section_hash(vb_cache_bytes(&t->live, entry), entry->size)};
        struct forged forged;
        vb_write_u32(forge(&forged), t->store_id + other);
        vb_request_item_write(&forged.writer, &item);
        const struct vb_frame frame = {.message = VB_MESSAGE_REQUEST, .epoch = 1, .seq = 9999};
        assert_int_equal(deliver(&forged, 1, 0, frame), VB_ERR_OK);
        const struct vb_sim_flight *answer = &bench.kept[(bench.kept_count - 1) % BENCH_KEPT_MAX];
        assert_int_equal(answer->bytes[1] & 0x1f, VB_MESSAGE_DATA);
        struct vb_reader reader =
            vb_reader_of(answer->bytes + VB_FRAME_HEAD_BYTES, answer->size - 12u);
        struct vb_data_head head;
        struct vb_record record;
        assert_int_equal(vb_data_head_read(&reader, &head), VB_ERR_OK);
        assert_int_equal(vb_record_read(&reader, &record), VB_ERR_OK);
        assert_int_equal(record.form, other == 0 ? VB_RECORD_SAME : VB_RECORD_WHOLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_that_does_not_match_its_crc_is_lost_and_counted_E2),
        cmocka_unit_test(a_chunk_that_belongs_to_another_reading_is_refused_E2),
        cmocka_unit_test(data_of_a_new_boot_takes_back_in_sync_A8),
        cmocka_unit_test(a_reading_after_being_offline_does_not_say_in_sync_C1),
        cmocka_unit_test(the_answer_to_a_hello_of_before_the_reboot_is_old_A8),
        cmocka_unit_test(a_beacon_whose_store_id_is_like_the_nonce_answers_no_hello_A8),
        cmocka_unit_test(a_change_made_on_another_content_is_not_laid_over_A8),
        cmocka_unit_test(a_change_does_not_disturb_the_section_being_put_together_A11),
        cmocka_unit_test(fragments_of_two_stores_are_not_put_together_A6),
        cmocka_unit_test(what_is_held_of_another_store_is_not_called_the_same_A6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
