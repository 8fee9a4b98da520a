/* Readings at a receiver alone: chunks that belong together, and those that only seem to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_bench.h"
#include "voltbeacon/crc.h"

static struct receiver_bench bench;
static struct bench_sender alpha;
static uint8_t raw[VB_READING_BYTES_MAX];
static uint16_t raw_size;

static const uint8_t content[] = {1, 1, 0};

static int in_sync(void **state)
{
    (void)state;
    bench_new(&bench);
    bench_init(&bench);
    sender_new(&alpha, 1);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, content, sizeof content);
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
    bench_clear(&bench);
    const struct vb_reading reading = {.cell_count = 96};
    raw_size = (uint16_t)vb_reading_encode(&reading, 0, raw);
    return 0;
}

static struct vb_reading_chunk chunk_of(uint32_t number, uint8_t index)
{
    const size_t offset = (size_t)index * VB_READING_CHUNK_BYTES;
    const size_t left = raw_size - offset;
    return (struct vb_reading_chunk){
        .number = number,
        .digest_low = (uint16_t)sender_digest(&alpha),
        .index = index,
        .count = (uint8_t)((raw_size + VB_READING_CHUNK_BYTES - 1) / VB_READING_CHUNK_BYTES),
        .total = raw_size,
        .crc = vb_crc32c(0, raw, raw_size),
        .bytes = raw + offset,
        .size = left < VB_READING_CHUNK_BYTES ? left : VB_READING_CHUNK_BYTES};
}

static enum vb_err hear(const struct vb_reading_chunk *chunk)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_reading_chunk_write(&writer, chunk);
    return bench_hear(&bench, &alpha, VB_MESSAGE_READING, &writer);
}

static const struct vb_peer *peer(void)
{
    return vb_receiver_peer(&bench.r, &alpha.mac);
}

static void chunks_of_two_readings_under_one_number_are_not_mixed_E2(void **state)
{
    (void)state;
    const struct vb_reading_chunk first = chunk_of(1, 0);
    struct vb_reading_chunk other_sum = chunk_of(1, 1);
    struct vb_reading_chunk other_total = chunk_of(1, 1);
    other_sum.crc ^= 1;
    other_total.total--;
    other_total.size--;
    assert_int_equal(hear(&first), VB_ERR_OK);
    assert_int_equal(hear(&other_sum), VB_ERR_MALFORMED);
    assert_int_equal(hear(&other_total), VB_ERR_MALFORMED);
    assert_int_equal(peer()->quality.readings, 0);
    const struct vb_reading_chunk second = chunk_of(1, 1);
    assert_int_equal(hear(&second), VB_ERR_OK);
    assert_int_equal(peer()->quality.readings, 1);
}

static void a_whole_that_fails_its_sum_or_is_no_reading_is_lost_and_counted_E2(void **state)
{
    (void)state;
    struct vb_reading_chunk chunks[] = {chunk_of(1, 0), chunk_of(1, 1)};
    chunks[0].crc ^= 1;
    chunks[1].crc ^= 1;
    assert_int_equal(hear(&chunks[0]), VB_ERR_OK);
    assert_int_equal(hear(&chunks[1]), VB_ERR_CHECKSUM);
    assert_int_equal(peer()->quality.readings_lost, 1);
    raw[6] = 0xff; /* flags that no reading has */
    const struct vb_reading_chunk wrong[] = {chunk_of(2, 0), chunk_of(2, 1)};
    assert_int_equal(hear(&wrong[0]), VB_ERR_OK);
    assert_int_equal(hear(&wrong[1]), VB_ERR_MALFORMED);
    assert_int_equal(peer()->quality.readings_lost, 2);
    struct vb_event event = {0};
    assert_int_equal(bench_events(&bench, VB_EVENT_READING_LOST, &event), 2);
    assert_int_equal(vb_reading_ring_at(&peer()->ring, 0) == NULL, true);
}

static void chunks_come_in_any_order_and_count_once_E2(void **state)
{
    (void)state;
    const struct vb_reading_chunk chunks[] = {chunk_of(5, 0), chunk_of(5, 1)};
    assert_int_equal(hear(&chunks[1]), VB_ERR_OK);
    assert_int_equal(hear(&chunks[1]), VB_ERR_OLD);
    assert_int_equal(hear(&chunks[0]), VB_ERR_OK);
    assert_int_equal(hear(&chunks[0]), VB_ERR_OLD);
    const struct vb_reading_chunk older = chunk_of(4, 0);
    assert_int_equal(hear(&older), VB_ERR_OLD);
    assert_int_equal(peer()->quality.readings, 1);
    assert_non_null(vb_reading_ring_at(&peer()->ring, 0));
}

static void a_refuted_state_is_asked_for_once_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    for (uint32_t number = 1; number <= 3; number++) {
        const struct vb_reading_chunk chunk = chunk_of(number, 0);
        assert_int_equal(hear(&chunk), VB_ERR_OK);
    }
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
    assert_int_equal(vb_peer_sync(peer(), VB_SECTION_MQTT), VB_SYNC_FETCHING);
}

static void what_cannot_be_verified_is_not_refuted_again_and_again_A8(void **state)
{
    (void)state;
    alpha.digest_error = 1;
    const struct vb_cache_entry *entry = vb_cache_find(&alpha.cache, VB_SECTION_MQTT);
    const struct vb_record same = {.id = VB_SECTION_MQTT,
                                   .form = VB_RECORD_SAME,
                                   .version = entry->version,
                                   .hash = vb_section_hash(content, sizeof content)};
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        bench_output(&bench);
        assert_int_equal(bench_data(&bench, &alpha, &same, 1), VB_ERR_OK);
        bench_pass(&bench, 100);
    }
    assert_int_equal(vb_peer_sync(peer(), VB_SECTION_MQTT), VB_SYNC_UNVERIFIABLE);
    bench_clear(&bench);
    alpha.digest_error = 2;
    const struct vb_reading_chunk chunk = chunk_of(1, 0);
    assert_int_equal(hear(&chunk), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO] + bench.sent[VB_MESSAGE_REQUEST], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(chunks_of_two_readings_under_one_number_are_not_mixed_E2, in_sync),
        cmocka_unit_test_setup(a_whole_that_fails_its_sum_or_is_no_reading_is_lost_and_counted_E2,
                               in_sync),
        cmocka_unit_test_setup(chunks_come_in_any_order_and_count_once_E2, in_sync),
        cmocka_unit_test_setup(a_refuted_state_is_asked_for_once_A8, in_sync),
        cmocka_unit_test_setup(what_cannot_be_verified_is_not_refuted_again_and_again_A8, in_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
