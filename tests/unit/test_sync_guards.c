/* Second lines of defence: frames with a valid checksum and wrong content, such as no device with
 * this firmware sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"

enum { LARGE_BYTES = 300 }; /* of a section: two fragments */

static struct bench bench;
static struct vb_world *const world = &bench.world;

/* ---- Forged frames ---- */

struct forged {
    struct vb_world_flight flight;
    struct vb_writer writer; /* of the payload */
};

static struct vb_writer *forge(struct forged *forged)
{
    memset(forged, 0, sizeof *forged);
    forged->writer = vb_writer_of(forged->flight.bytes + VB_FRAME_HEAD_BYTES, VB_PAYLOAD_BYTES_MAX);
    return &forged->writer;
}

static enum vb_err deliver(struct forged *forged, uint8_t from, uint8_t to, struct vb_frame frame)
{
    assert_false(forged->writer.failed);
    frame.payload_size = forged->writer.at;
    forged->flight.src = world->nodes[from].mac;
    forged->flight.dst = world->nodes[to].mac;
    forged->flight.size = (uint16_t)vb_frame_finish(&vb_room_plain, &frame, &forged->flight.src,
                                                    &forged->flight.dst, forged->flight.bytes);
    return vb_world_inject(world, to, &forged->flight);
}

/* As if the transmitter had sent it next, `later` boots after the one that the receiver knows. */
static enum vb_err tell(struct forged *forged, uint8_t message, uint16_t boots_later)
{
    const struct vb_peer *peer = bench_peer(&bench, 1);
    const struct vb_frame frame = {.message = message,
                                   .epoch = (uint16_t)(peer->epoch + boots_later),
                                   .seq = ++world->nodes[0].transmitter.device.core.seq};
    return deliver(forged, 0, 1, frame);
}

static enum vb_err tell_hello_ack(uint32_t nonce, uint16_t boots_later)
{
    const struct vb_transmitter *t = bench_transmitter(&bench);
    struct forged forged;
    const struct vb_beacon beacon = {.store_id = t->store_id, .boot = t->boot, .digest = t->digest};
    vb_write_u32(forge(&forged), nonce);
    vb_beacon_write(&forged.writer, &beacon);
    return tell(&forged, VB_MESSAGE_HELLO_ACK, boots_later);
}

/* A beacon with the current marks, and one record. */
static enum vb_err tell_beacon(uint32_t store_id, const struct vb_record *record)
{
    const struct vb_transmitter *t = bench_transmitter(&bench);
    struct vb_beacon beacon = {.store_id = store_id, .boot = t->boot, .digest = t->digest ^ 1};
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
    const struct vb_data_head head = {
        .store_id = store_id, .boot = bench_transmitter(&bench)->boot + boots_later, .digest = 1};
    vb_data_head_write(forge(&forged), &head);
    if (record != NULL)
        vb_record_write(&forged.writer, record);
    return tell(&forged, VB_MESSAGE_DATA, boots_later);
}

/* ---- Readings ---- */

/* A reading that needs no keyframe, whole or in two parts, as the transmitter would send it. */
static enum vb_err tell_part(uint16_t number, uint32_t sequence, uint8_t cells, uint8_t index)
{
    struct vb_reading reading;
    vb_world_reading(sequence, cells, &reading);
    struct vb_codec_encoder encoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_true(index < vb_codec_encode(&encoder, number, &reading, 0, bodies));
    struct forged forged;
    const struct vb_reading_part part = {.number = number,
                                         .digest_low = (uint16_t)bench_transmitter(&bench)->digest,
                                         .body = bodies[index].bytes,
                                         .size = bodies[index].size};
    vb_reading_part_write(forge(&forged), &part);
    return tell(&forged, VB_MESSAGE_READING, 0);
}

static void a_part_that_belongs_to_another_reading_is_refused_E2(void **state)
{
    (void)state;
    enum { SEQUENCE = 48 /* one without a pattern: two parts */ };
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(tell_part(1, SEQUENCE, VB_CELLS_MAX, 0), VB_ERR_OK);
    assert_int_equal(tell_part(1, SEQUENCE + 1, VB_CELLS_MAX - 8, 1), VB_ERR_MALFORMED);
    assert_int_equal(bench_peer(&bench, 1)->ring.count, 0);
    assert_int_equal(tell_part(1, SEQUENCE, VB_CELLS_MAX, 1), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, 1)->ring.count, 1);
}

/* ---- What is forgotten ---- */

/* Part of a section proves that there is a new boot, but says nothing about the others. */
static void data_of_a_new_boot_takes_back_in_sync_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_VERIFIED);
    assert_int_equal(tell_data(bench_transmitter(&bench)->store_id, NULL, 1), VB_ERR_OK);
    assert_int_equal(bench.events[1][VB_EVENT_REBOOT], 1);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
    assert_int_equal(bench_peer(&bench, 1)->fetch, VB_FETCH_UNKNOWN);
}

static void a_reading_after_being_offline_does_not_say_in_sync_C1(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_world_run(world, 31000);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_OFFLINE);
    assert_int_equal(tell_part(1, 7, 96, 0), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, 1)->link, VB_LINK_CONNECTED);
    assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)), VB_SYNC_STALE);
}

/* ---- Nonces ---- */

/* Boot 1 answers our hello, the answer is late, and something of boot 2 overtakes it. */
static void the_answer_to_a_hello_from_before_the_reboot_is_old_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_world_run(world, 16000);
    const uint32_t nonce = bench_peer(&bench, 1)->nonce;
    assert_int_not_equal(nonce, 0);
    assert_int_equal(tell_data(bench_transmitter(&bench)->store_id, NULL, 1), VB_ERR_OK);
    const uint16_t epoch = bench_peer(&bench, 1)->epoch;
    assert_int_equal(tell_hello_ack(nonce, (uint16_t)-1), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, 1)->epoch, epoch);
}

/* A beacon begins with the boot's name, where an answer to a hello has the nonce. */
static void a_beacon_whose_boot_is_like_the_nonce_answers_no_hello_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_world_run(world, 16000);
    const struct vb_beacon beacon = {
        .store_id = 1, .boot = bench_peer(&bench, 1)->nonce, .digest = 1};
    assert_int_not_equal(beacon.boot, 0);
    struct forged forged;
    vb_beacon_write(forge(&forged), &beacon);
    assert_int_equal(tell(&forged, VB_MESSAGE_BEACON, (uint16_t)-1), VB_ERR_OLD);
    assert_int_equal(bench_peer(&bench, 1)->store_id, bench_transmitter(&bench)->store_id);
}

/* The hello to all counts only until a device's boot is known. */
static void the_answer_to_the_hello_to_all_is_not_good_twice_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t nonce = world->nodes[1].receiver.device.core.announce_nonce;
    assert_int_equal(tell_hello_ack(nonce, (uint16_t)-1), VB_ERR_OLD);
}

static void an_answer_to_a_hello_is_fresh_whatever_its_boot_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    cut_link(&bench, 1, true);
    vb_world_run(world, 16000);
    const uint16_t epoch = bench_peer(&bench, 1)->epoch;
    assert_int_equal(tell_hello_ack(bench_peer(&bench, 1)->nonce, (uint16_t)-1), VB_ERR_OK);
    assert_int_equal(bench_peer(&bench, 1)->epoch, (uint16_t)(epoch - 1));
    assert_int_equal(bench.events[1][VB_EVENT_REBOOT], 1);
}

/* Fresh, yet overtaken by something sent later in the same boot. */
static void an_answer_to_a_hello_does_not_undo_what_was_told_later_A8(void **state)
{
    (void)state;
    for (uint32_t other_store = 0; other_store < 2; other_store++) {
        bench_at_rest(&bench, 1, 1);
        cut_link(&bench, 1, true);
        vb_world_run(world, 16000);
        const struct vb_peer *peer = bench_peer(&bench, 1);
        const struct vb_transmitter *t = bench_transmitter(&bench);
        const uint32_t nonce = peer->nonce;
        world->nodes[0].transmitter.device.core.seq += 10;
        assert_int_equal(tell_data(t->store_id, NULL, 0), VB_ERR_OK);
        world->nodes[0].transmitter.device.core.seq -= 5;
        struct forged forged;
        const struct vb_beacon beacon = {
            .store_id = t->store_id + other_store, .boot = t->boot, .digest = t->digest};
        vb_write_u32(forge(&forged), nonce);
        vb_beacon_write(&forged.writer, &beacon);
        assert_int_equal(tell(&forged, VB_MESSAGE_HELLO_ACK, 0),
                         other_store == 0 ? VB_ERR_OLD : VB_ERR_OK);
    }
}

/* ---- What is held already ---- */

static void a_section_that_is_held_is_not_installed_again_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const struct vb_transmitter *t = bench_transmitter(&bench);
    const struct vb_cache_entry *entry = vb_transmitter_section(t, VB_SECTION_BATTERY);
    const struct vb_record record = {.id = entry->id,
                                     .form = VB_RECORD_WHOLE,
                                     .version = entry->version,
                                     .total = entry->size,
                                     .bytes = vb_cache_bytes(&t->live, entry),
                                     .size = entry->size};
    const uint32_t commits = world->nodes[1].store.commits;
    assert_int_equal(tell_data(t->store_id, &record, 0), VB_ERR_OK);
    vb_world_run(world, 5000);
    assert_int_equal(world->nodes[1].store.commits, commits);
    assert_true(bench_in_sync(&bench, 0, 1));
}

/* ---- Changes laid over what is held ---- */

/* A change to 90 cells in a battery section that has 96, correct in every part. */
static struct vb_record right_delta(const struct change *change)
{
    static uint8_t merged[VB_SECTION_BYTES_MAX];
    const struct vb_peer *peer = bench_peer(&bench, 1);
    const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, change->section);
    const uint8_t *base = vb_cache_bytes(&peer->cache, entry);
    const int size =
        vb_section_lay_over(base, entry->size, change->bytes, change->size, merged, sizeof merged);
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
        assert_int_equal(tell_beacon(store_id, &record), wrong == 4 ? VB_ERR_OLD : VB_ERR_OK);
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
    const size_t offset = (size_t)index * VB_FRAGMENT_BYTES_MAX;
    return (struct vb_record){.id = VB_SECTION_BATTERY,
                              .form = VB_RECORD_WHOLE,
                              .index = index,
                              .version = version,
                              .total = LARGE_BYTES,
                              .bytes = whole + offset,
                              .size = vb_fragment_size(&vb_room_plain, LARGE_BYTES, index)};
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

/* The same section, version and size under another store id is different content. */
static void fragments_of_two_stores_are_not_put_together_A6(void **state)
{
    (void)state;
    uint8_t whole[LARGE_BYTES];
    bench_at_rest(&bench, 1, 1);
    const uint32_t store_id = bench_transmitter(&bench)->store_id;
    struct vb_record record = fragment_of(50, 0, 1, whole);
    assert_int_equal(tell_data(store_id, &record, 0), VB_ERR_OK);
    record = fragment_of(50, 1, 2, whole);
    assert_int_equal(tell_data(store_id + 1, &record, 0), VB_ERR_OLD);
    const struct vb_cache *cache = &bench_peer(&bench, 1)->cache;
    assert_int_equal(vb_cache_find(cache, VB_SECTION_BATTERY)->version, 1);
}

/* ---- Edits ---- */

static struct vb_edit_part part_of(const struct change *change, uint64_t id, uint8_t index)
{
    const struct vb_transmitter *t = bench_transmitter(&bench);
    const struct vb_cache_entry *entry = vb_transmitter_section(t, change->section);
    const size_t offset = (size_t)index * VB_FRAGMENT_BYTES_MAX;
    return (struct vb_edit_part){.id = id,
                                 .store_id = t->store_id,
                                 .boot = t->boot,
                                 .base_version = entry->version,
                                 .base_hash =
                                     vb_section_hash(vb_cache_bytes(&t->live, entry), entry->size),
                                 .section = change->section,
                                 .index = index,
                                 .total = (uint16_t)change->size,
                                 .bytes = change->bytes + offset,
                                 .size = vb_fragment_size(&vb_room_plain, change->size, index)};
}

static enum vb_err send_part(uint8_t receiver, struct vb_edit_part part)
{
    static uint32_t seq = 5000;
    struct forged forged;
    vb_edit_part_write(forge(&forged), &part);
    const struct vb_frame frame = {.message = VB_MESSAGE_EDIT, .epoch = 1, .seq = ++seq};
    return deliver(&forged, receiver, 0, frame);
}

static void an_edit_waits_for_all_its_fragments_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    struct change change = {.section = VB_SECTION_POWER_PROFILE};
    const struct vb_section *schema = vb_section_by_id(change.section);
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    uint32_t limits[48];
    for (unsigned i = 0; i < 48; i++)
        limits[i] = i * 7919 % 60000; /* no two steps alike, so that it needs its room */
    vb_change_items(&writer, vb_field_by_name(schema, "charge_limit_w"), limits, 48);
    vb_change_items(&writer, vb_field_by_name(schema, "discharge_limit_w"), limits, 48);
    for (unsigned i = 0; i < 48; i++)
        limits[i] %= 100;
    vb_change_items(&writer, vb_field_by_name(schema, "soc_reserve_pct"), limits, 48);
    vb_change_integer(&writer, vb_field_by_name(schema, "enabled"), 1);
    change.size = writer.at;
    assert_in_range(change.size, VB_FRAGMENT_BYTES_MAX + 1, 2 * VB_FRAGMENT_BYTES_MAX);
    const struct vb_edit_part first = part_of(&change, 77, 0);
    const struct vb_edit_part second = part_of(&change, 77, 1);
    assert_int_equal(send_part(1, second), VB_ERR_OK);
    assert_int_equal(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 0);
    assert_int_equal(send_part(1, first), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 1);
    assert_int_equal(version_of(&bench, VB_SECTION_POWER_PROFILE), 2);
    assert_int_equal(actual(&bench, VB_SECTION_POWER_PROFILE, "enabled"), 1);
}

static void edits_of_two_receivers_under_one_number_are_two_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    const struct change first = change_integer(VB_SECTION_BATTERY, "cell_count", 90);
    assert_int_equal(send_part(1, part_of(&first, 77, 0)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 90);
    const struct change second = change_integer(VB_SECTION_BATTERY, "cell_count", 80);
    assert_int_equal(send_part(2, part_of(&second, 77, 0)), VB_ERR_OK);
    vb_world_run(world, 10);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 80);
}

/* The answer comes, the beacon with the change does not. */
static void an_applied_edit_is_pending_until_the_cache_holds_it_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    const uint64_t id = edit(&bench, 1, change_integer(VB_SECTION_BATTERY, "cell_count", 90));
    vb_world_run(world, 20);
    uint32_t answers = 0;
    for (uint32_t i = 0; i < bench.kept_count; i++) {
        if ((bench.kept[i].bytes[1] & 0x1f) != VB_MESSAGE_EDIT_RESULT)
            continue;
        assert_int_equal(vb_world_inject(world, 1, &bench.kept[i]), VB_ERR_OK);
        answers++;
    }
    assert_true(answers > 0);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
    assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_PENDING);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 1000);
    assert_int_equal(edit_found(&bench, 1, id)->state, VB_EDIT_STATE_CONFIRMED);
}

/* ---- Numbers that wrap ---- */

static void the_boot_counter_wraps_A8(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    const uint8_t head[6] = {9, 9, 9, 9, 0xfe, 0xff};
    vb_world_store_plant(&world->nodes[0].store, "head", head, sizeof head);
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 6000); /* no frame can be late any more */
    assert_int_equal(bench_peer(&bench, 1)->epoch, 0xffff);
    const uint32_t hellos = bench.sent[1][VB_MESSAGE_HELLO];
    vb_world_reboot(world, 0);
    vb_world_run(world, 5);
    assert_int_equal(bench_peer(&bench, 1)->epoch, 0);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(bench.sent[1][VB_MESSAGE_HELLO], hellos); /* so it was believed at once */
}

static void sequence_numbers_wrap_A8(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].transmitter.device.core.seq = 0x7ffffff0;
    vb_world_run(world, 20000);
    world->nodes[0].transmitter.device.core.seq = 0xfffffff0;
    vb_world_run(world, 20000);
    for (int i = 0; i < 32; i++) {
        assert_int_equal(set(&bench, change_integer(VB_SECTION_BATTERY, "cell_count", 50 + i)),
                         VB_ERR_OK);
        vb_world_run(world, 10);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 50 + i);
        assert_true(bench_in_sync(&bench, 0, 1));
    }
    assert_in_range(bench_transmitter(&bench)->seq, 1, 200);
}

/* ---- Requests ---- */

/* Only if all of them have come, and the digest still differs, is asking again futile. */
static void one_section_called_the_same_is_not_all_A8(void **state)
{
    (void)state;
    for (uint8_t called = 1; called <= 2; called++) {
        bench_at_rest(&bench, 1, 1);
        cut_link(&bench, 1, true);
        const struct vb_transmitter *t = bench_transmitter(&bench);
        assert_int_equal(tell_beacon(t->store_id, NULL), VB_ERR_OK);
        for (unsigned round = 0; round < 3; round++) {
            const struct vb_data_head head = {
                .store_id = t->store_id, .boot = t->boot, .digest = t->digest ^ 1};
            struct forged forged;
            vb_data_head_write(forge(&forged), &head);
            const uint8_t count = called == 1 ? 1 : t->live.count;
            for (uint8_t i = 0; i < count; i++) {
                const struct vb_cache_entry *entry = &t->live.entries[i];
                const struct vb_record record = {
                    .id = entry->id,
                    .form = VB_RECORD_SAME,
                    .version = entry->version,
                    .hash = vb_section_hash(vb_cache_bytes(&t->live, entry), entry->size)};
                vb_record_write(&forged.writer, &record);
            }
            assert_int_equal(tell(&forged, VB_MESSAGE_DATA, 0), VB_ERR_OK);
        }
        assert_int_equal(vb_peer_sync_worst(bench_peer(&bench, 1)),
                         called == 1 ? VB_SYNC_FETCHING : VB_SYNC_UNVERIFIABLE);
    }
}

static void content_from_another_store_is_not_called_the_same_A6(void **state)
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
        const struct vb_world_flight *answer = &bench.kept[(bench.kept_count - 1) % BENCH_KEPT_MAX];
        assert_int_equal(answer->bytes[1] & 0x1f, VB_MESSAGE_DATA);
        struct vb_reader reader =
            vb_reader_of(answer->bytes + VB_FRAME_HEAD_BYTES, answer->size - 12u);
        struct vb_data_head head;
        struct vb_record record;
        assert_int_equal(vb_data_head_read(&reader, &head), VB_ERR_OK);
        assert_int_equal(vb_record_read(&reader, &vb_room_plain, &record), VB_ERR_OK);
        assert_int_equal(record.form, other == 0 ? VB_RECORD_SAME : VB_RECORD_WHOLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_that_belongs_to_another_reading_is_refused_E2),
        cmocka_unit_test(data_of_a_new_boot_takes_back_in_sync_A8),
        cmocka_unit_test(a_reading_after_being_offline_does_not_say_in_sync_C1),
        cmocka_unit_test(the_answer_to_a_hello_from_before_the_reboot_is_old_A8),
        cmocka_unit_test(a_beacon_whose_boot_is_like_the_nonce_answers_no_hello_A8),
        cmocka_unit_test(the_answer_to_the_hello_to_all_is_not_good_twice_A8),
        cmocka_unit_test(an_answer_to_a_hello_is_fresh_whatever_its_boot_A6),
        cmocka_unit_test(an_answer_to_a_hello_does_not_undo_what_was_told_later_A8),
        cmocka_unit_test(a_section_that_is_held_is_not_installed_again_A12),
        cmocka_unit_test(a_change_made_on_another_content_is_not_laid_over_A8),
        cmocka_unit_test(a_change_does_not_disturb_the_section_being_put_together_A11),
        cmocka_unit_test(fragments_of_two_stores_are_not_put_together_A6),
        cmocka_unit_test(an_edit_waits_for_all_its_fragments_A9),
        cmocka_unit_test(edits_of_two_receivers_under_one_number_are_two_A9),
        cmocka_unit_test(an_applied_edit_is_pending_until_the_cache_holds_it_A9),
        cmocka_unit_test(the_boot_counter_wraps_A8),
        cmocka_unit_test(sequence_numbers_wrap_A8),
        cmocka_unit_test(one_section_called_the_same_is_not_all_A8),
        cmocka_unit_test(content_from_another_store_is_not_called_the_same_A6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
