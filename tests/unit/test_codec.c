/* The codec: exact, whatever is lost, within its space, and with manners towards garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "../fixtures/pack_of_120.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/random.h"

enum {
    NOW_MS = 70000,
    ALL_KNOWN =
        VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC,
    ROUNDS = 3000
};

static struct vb_random random_of(uint64_t seed)
{
    struct vb_random random;
    vb_random_seed(&random, seed);
    return random;
}

/* --- readings ------------------------------------------------------------------------------ */

/* As a pack gives them: close together, slowly moving, noisy. */
static struct vb_reading pack_reading(struct vb_random *random, uint32_t number, uint8_t cell_count,
                                      uint8_t temp_count)
{
    struct vb_reading reading = {
        .sequence = number,
        .wall_ms = 1700000000000u + number * 100u + vb_random_between(random, 0, 2),
        .flags = ALL_KNOWN,
        .cell_count = cell_count,
        .temp_count = temp_count,
        .soc_permille = 620,
        .current_ma = 100 * ((int32_t)vb_random_between(random, 0, 400) - 200),
    };
    for (unsigned i = 0; i < cell_count; i++) {
        const int32_t load_mv = reading.current_ma * (int32_t)(30 + i % 10) / 100000;
        const uint32_t base_mv = 3700 + number / 8 % 400 + i * 37 % 23;
        reading.cell_mv[i] =
            (uint16_t)((int32_t)(base_mv + vb_random_between(random, 0, 2)) + load_mv);
        reading.pack_mv += reading.cell_mv[i];
    }
    reading.pack_mv = reading.pack_mv / 100 * 100;
    for (unsigned i = 0; i < temp_count; i++)
        reading.temp_dc[i] = (int16_t)(180 + i + vb_random_between(random, 0, 1));
    return reading;
}

/* Whatever a reading may hold; wild values may be anything, the others stay near. */
static struct vb_reading any_reading(struct vb_random *random)
{
    const bool wild = vb_random_between(random, 0, 1) == 1;
    struct vb_reading reading = {
        .sequence = (uint32_t)vb_random_u64(random),
        .wall_ms = vb_random_between(random, 0, 3) == 0 ? 0 : vb_random_u64(random) >> 16,
        .flags = (uint8_t)vb_random_between(random, 0, ALL_KNOWN),
        .cell_count = (uint8_t)vb_random_between(random, 1, VB_CELLS_MAX),
        .temp_count = (uint8_t)vb_random_between(random, 0, VB_TEMPS_MAX),
    };
    if ((reading.flags & VB_READING_HAS_VOLTAGE) != 0)
        reading.pack_mv = (uint32_t)vb_random_u64(random);
    if ((reading.flags & VB_READING_HAS_CURRENT) != 0)
        reading.current_ma = (int32_t)vb_random_between(random, 0, INT32_MAX) * (wild ? -1 : 1);
    if ((reading.flags & VB_READING_HAS_SOC) != 0)
        reading.soc_permille = (uint16_t)vb_random_between(random, 0, 1000);
    for (unsigned i = 0; i < reading.cell_count; i++) {
        const uint32_t width = wild ? VB_CELL_NOT_AVAILABLE : 20;
        reading.cell_mv[i] = (uint16_t)vb_random_between(random, 0, width);
        if (vb_random_between(random, 0, 60) == 0)
            reading.cell_mv[i] = VB_CELL_NOT_AVAILABLE;
        if (vb_random_between(random, 0, 3) == 0)
            reading.balancing[i / 8] |= (uint8_t)(1u << i % 8);
    }
    for (unsigned i = 0; i < reading.temp_count; i++) {
        reading.temp_dc[i] = (int16_t)vb_random_between(random, 0, wild ? 32767 : 9);
        if (vb_random_between(random, 0, 9) == 0)
            reading.temp_dc[i] = VB_TEMP_NOT_AVAILABLE;
        else if (wild && vb_random_between(random, 0, 1) == 0)
            reading.temp_dc[i] = (int16_t)-reading.temp_dc[i];
    }
    return reading;
}

/* --- a sender, a receiver and the air between them ----------------------------------------- */

struct link {
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    uint8_t count;
    uint16_t number;
};

static struct link link_of(void)
{
    struct link link = {.number = UINT16_MAX - 40}; /* numbers wrap */
    vb_codec_encoder_init(&link.encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&link.decoder);
    return link;
}

static void send(struct link *link, const struct vb_reading *reading, uint32_t age_ms)
{
    link->number++;
    memset(link->bodies, 0xa5, sizeof link->bodies);
    link->count = vb_codec_encode(&link->encoder, link->number, reading, age_ms, link->bodies);
    assert_in_range(link->count, 1, VB_CODEC_PARTS_MAX);
    for (unsigned i = 0; i < link->count; i++)
        assert_in_range(link->bodies[i].size, 1, VB_CODEC_BODY_BYTES_MAX);
}

static enum vb_err receive(struct link *link, unsigned index, struct vb_reading *reading,
                           struct vb_codec_part *part)
{
    /* A copy of its very size, so that the sanitizer sees a read beyond it. */
    const struct vb_codec_body *body = &link->bodies[index];
    uint8_t *bytes = malloc(body->size);
    memcpy(bytes, body->bytes, body->size);
    const enum vb_err err =
        vb_codec_decode(&link->decoder, link->number, bytes, body->size, NOW_MS, reading, part);
    free(bytes);
    return err;
}

static void assert_same(const struct vb_reading *found, const struct vb_reading *expected,
                        uint32_t age_ms)
{
    struct vb_reading copy = *expected;
    copy.sampled_ms = NOW_MS - age_ms;
    assert_memory_equal(found, &copy, sizeof copy);
}

/* Sends, receives all of it, and acknowledges what is a keyframe. True if it was one. */
static bool carry(struct link *link, const struct vb_reading *reading, uint32_t age_ms)
{
    struct vb_reading found = {0};
    struct vb_codec_part part = {0};
    send(link, reading, age_ms);
    for (unsigned i = 0; i < link->count; i++) {
        assert_int_equal(receive(link, i, &found, &part), VB_ERR_OK);
        assert_int_equal(part.index, i);
        assert_int_equal(part.count, link->count);
    }
    assert_same(&found, reading, age_ms);
    if (part.keyframe)
        vb_codec_acked(&link->encoder, link->number);
    return part.keyframe;
}

/* --- faults -------------------------------------------------------------------------------- */

static void a_reading_that_refers_to_a_keyframe_not_held_is_refused_as_old(void **state)
{
    (void)state;
    struct vb_random random = random_of(1);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    assert_true(carry(&link, &reading, 0));
    reading = pack_reading(&random, 2, 96, 16);
    send(&link, &reading, 0);

    vb_codec_decoder_init(&link.decoder);
    const struct vb_codec_decoder before = link.decoder;
    struct vb_reading found = {.sequence = 77};
    struct vb_codec_part part = {.count = 9};
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OLD);
    assert_int_equal(found.sequence, 77);
    assert_int_equal(part.count, 9);
    assert_memory_equal(&link.decoder, &before, sizeof before);
}

static void garbage_is_refused_or_makes_a_reading_and_an_error_changes_nothing(void **state)
{
    (void)state;
    struct vb_random random = random_of(2);
    struct link link = link_of();
    for (uint32_t i = 0; i < 3; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        carry(&link, &reading, 0);
    }
    for (unsigned round = 0; round < 20 * ROUNDS; round++) {
        const struct vb_codec_decoder before = link.decoder;
        struct vb_reading found = {.sequence = 77};
        struct vb_codec_part part = {.count = 9};
        link.number++;
        link.bodies[0].size = (uint8_t)vb_random_between(&random, 0, VB_CODEC_BODY_BYTES_MAX);
        for (unsigned i = 0; i < link.bodies[0].size; i++)
            link.bodies[0].bytes[i] = (uint8_t)vb_random_u64(&random);
        if (receive(&link, 0, &found, &part) == VB_ERR_OK) {
            assert_in_range(found.cell_count, 1, VB_CELLS_MAX);
            assert_in_range(found.temp_count, 0, VB_TEMPS_MAX);
            link.decoder = before;
            continue;
        }
        assert_int_equal(found.sequence, 77);
        assert_int_equal(part.count, 9);
        assert_memory_equal(&link.decoder, &before, sizeof before);
    }
}

/* tests/cells96 cannot write it, and reads it. */
static void a_pack_of_120_cells_is_written_as_other_builds_are_tested_with(void **state)
{
    (void)state;
    struct link link = link_of();
    struct vb_reading reading = {.sequence = 7, .cell_count = 120};
    for (unsigned i = 0; i < 120; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + i % 3);
    assert_int_equal(vb_codec_encode(&link.encoder, 1, &reading, 0, link.bodies), 1);
    assert_int_equal(link.bodies[0].size, sizeof pack_of_120_body);
    assert_memory_equal(link.bodies[0].bytes, pack_of_120_body, sizeof pack_of_120_body);
}

static void flipped_bits_are_refused_or_make_a_reading_within_its_limits(void **state)
{
    (void)state;
    struct vb_random random = random_of(3);
    struct link link = link_of();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        carry(&link, &reading, 0);
        const struct vb_codec_decoder before = link.decoder;
        const uint32_t bit = vb_random_between(&random, 0, link.bodies[0].size * 8u - 1);
        link.bodies[0].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct vb_reading found = {0};
        struct vb_codec_part part;
        if (receive(&link, 0, &found, &part) == VB_ERR_OK) {
            uint8_t raw[VB_READING_BYTES_MAX];
            assert_true(vb_reading_encode(&found, 0, raw) > 0); /* asserts the limits */
        }
        link.decoder = before;
    }
}

static void a_byte_too_many_is_refused(void **state)
{
    (void)state;
    struct vb_random random = random_of(4);
    struct link link = link_of();
    const struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    send(&link, &reading, 0);
    link.bodies[0].bytes[link.bodies[0].size++] = 0x55;
    struct vb_reading found = {0};
    struct vb_codec_part part;
    /* The end may lie inside the first of them, for zeros are left out there. */
    link.bodies[0].bytes[link.bodies[0].size++] = 0x55;
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_MALFORMED);
}

static void an_empty_body_is_no_reading(void **state)
{
    (void)state;
    struct vb_codec_decoder decoder;
    vb_codec_decoder_init(&decoder);
    struct vb_reading found = {0};
    struct vb_codec_part part;
    assert_int_equal(vb_codec_decode(&decoder, 1, NULL, 0, NOW_MS, &found, &part),
                     VB_ERR_MALFORMED);
}

/* What a receiver puts the reading into may hold another one. */
static void a_whole_body_leaves_nothing_of_what_stood_in_its_place(void **state)
{
    (void)state;
    struct vb_random random = random_of(40);
    struct link link = link_of();
    const struct vb_reading reading = pack_reading(&random, 1, 14, 2);
    struct vb_reading found;
    struct vb_codec_part part;
    memset(&found, 0x5a, sizeof found);
    send(&link, &reading, 0);
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
    assert_same(&found, &reading, 0);
}

/* --- loss ---------------------------------------------------------------------------------- */

/* Loses a third of the readings and of the acknowledgements. */
static void a_lost_frame_costs_its_own_reading_and_no_other(void **state)
{
    (void)state;
    struct vb_random random = random_of(5);
    struct link link = link_of();
    unsigned keyframes_lost = 0;
    unsigned referring = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        send(&link, &reading, 0);
        referring += link.bodies[0].size < 60;
        if (vb_random_between(&random, 0, 2) == 0) {
            keyframes_lost += link.encoder.profile.offered.number == link.number;
            continue;
        }
        struct vb_reading found = {0};
        struct vb_codec_part part;
        assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
        assert_same(&found, &reading, 0);
        if (part.keyframe && vb_random_between(&random, 0, 2) != 0)
            vb_codec_acked(&link.encoder, link.number);
    }
    assert_true(keyframes_lost > 10);
    assert_true(referring > ROUNDS * 9 / 10);
}

static void without_acknowledgement_every_reading_stands_on_its_own(void **state)
{
    (void)state;
    struct vb_random random = random_of(6);
    struct link link = link_of();
    for (uint32_t i = 0; i < 300; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        send(&link, &reading, 0);
        vb_codec_decoder_init(&link.decoder);
        struct vb_reading found = {0};
        struct vb_codec_part part;
        assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
        assert_same(&found, &reading, 0);
    }
}

static void an_acknowledgement_of_another_number_is_ignored(void **state)
{
    (void)state;
    struct vb_random random = random_of(7);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    vb_codec_acked(&link.encoder, link.number);
    send(&link, &reading, 0);
    vb_codec_acked(&link.encoder, (uint16_t)(link.number - 1));
    vb_codec_acked(&link.encoder, (uint16_t)(link.number + 1));
    reading = pack_reading(&random, 2, 96, 16);
    send(&link, &reading, 0);
    struct vb_reading found = {0};
    struct vb_codec_part part;
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
    assert_same(&found, &reading, 0);
}

static void nothing_but_the_last_keyframe_is_on_offer(void **state)
{
    (void)state;
    struct vb_random random = random_of(41);
    struct link link = link_of();
    assert_false(vb_codec_on_offer(&link.encoder, link.number));
    for (uint32_t i = 0; i < 100; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        struct vb_reading found = {0};
        struct vb_codec_part part;
        send(&link, &reading, 0);
        assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
        assert_int_equal(vb_codec_on_offer(&link.encoder, link.number), part.keyframe);
        assert_false(vb_codec_on_offer(&link.encoder, (uint16_t)(link.number + 1)));
        if (!part.keyframe)
            continue;
        vb_codec_acked(&link.encoder, link.number);
        assert_false(vb_codec_on_offer(&link.encoder, link.number));
        assert_false(vb_codec_on_offer(&link.encoder, 0));
    }
}

/* A decoder that holds none, the first one, and one more that is on offer: number 0 is none of them
 * though nothing else stands in their place. */
static void a_reading_that_refers_to_no_number_that_is_held_is_old(void **state)
{
    (void)state;
    struct vb_random random = random_of(42);
    struct link link = link_of();
    for (uint32_t i = 0; i < 60; i++) {
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        const bool offered = link.decoder.profile.is_offered;
        struct vb_reading found = {0};
        struct vb_codec_part part;
        const bool refers = link.encoder.state == VB_CODEC_HELD;
        const uint16_t distance = (uint16_t)(link.number + 1 - link.encoder.profile.held.number);
        send(&link, &reading, 0);
        const struct vb_codec_body *body = &link.bodies[0];
        const struct vb_codec_decoder before = link.decoder;
        for (uint16_t number = 0; refers && number < 3; number++) {
            assert_int_equal(vb_codec_decode(&link.decoder, (uint16_t)(number + distance),
                                             body->bytes, body->size, NOW_MS, &found, &part),
                             VB_ERR_OLD);
            assert_memory_equal(&link.decoder, &before, sizeof before);
        }
        struct vb_codec_decoder fresh;
        vb_codec_decoder_init(&fresh);
        if (refers)
            assert_int_equal(
                vb_codec_decode(&fresh, distance, body->bytes, body->size, NOW_MS, &found, &part),
                VB_ERR_OLD);
        assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
        if (part.keyframe && !offered)
            vb_codec_acked(&link.encoder, link.number);
    }
}

static void after_receivers_changed_a_newcomer_reads_the_next_reading(void **state)
{
    (void)state;
    struct vb_random random = random_of(8);
    struct link link = link_of();
    for (uint32_t i = 0; i < 200; i++) {
        if (i % 20 == 10) {
            vb_codec_decoder_init(&link.decoder);
            vb_codec_receivers_changed(&link.encoder);
        }
        const struct vb_reading reading = pack_reading(&random, i, 96, 16);
        const bool keyframe = carry(&link, &reading, 0);
        if (i % 20 == 10)
            assert_true(keyframe);
    }
}

static void a_keyframe_far_back_is_no_longer_referred_to(void **state)
{
    (void)state;
    struct vb_random random = random_of(9);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    assert_true(carry(&link, &reading, 0));
    link.number = (uint16_t)(link.number + VB_CODEC_DISTANCE_MAX);
    vb_codec_decoder_init(&link.decoder);
    assert_true(carry(&link, &reading, 0));
}

static void a_keyframe_of_the_same_number_a_round_ago_is_not_referred_to(void **state)
{
    (void)state;
    struct vb_random random = random_of(24);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    assert_true(carry(&link, &reading, 0));
    link.number--;
    vb_codec_decoder_init(&link.decoder);
    assert_true(carry(&link, &reading, 0));
}

static void a_pack_of_another_shape_gets_a_keyframe_of_its_own(void **state)
{
    (void)state;
    static const uint8_t shapes[][2] = {{96, 16}, {96, 15}, {95, 15}, {96, 16}};
    struct vb_random random = random_of(25);
    struct link link = link_of();
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct vb_reading reading = pack_reading(&random, i, shapes[i][0], shapes[i][1]);
        assert_true(carry(&link, &reading, 0));
        vb_codec_decoder_init(&link.decoder);
    }
}

static void a_lost_half_costs_that_reading_alone_and_halves_come_in_any_order(void **state)
{
    (void)state;
    struct vb_random random = random_of(10);
    struct link link = link_of();
    unsigned halved = 0;
    for (uint32_t i = 0; i < 200; i++) {
        struct vb_reading reading = pack_reading(&random, i, VB_CELLS_MAX, VB_TEMPS_MAX);
        for (unsigned cell = 0; i % 3 == 2 && cell < VB_CELLS_MAX; cell++)
            reading.cell_mv[cell] = (uint16_t)vb_random_between(&random, 0, VB_CELL_MV_MAX);
        send(&link, &reading, 0);
        halved += link.count == 2;
        struct vb_reading found = {0};
        struct vb_codec_part part = {0};
        assert_int_equal(receive(&link, link.count - 1u, &found, &part), VB_ERR_OK);
        if (link.count == 2 && i % 2 == 0)
            continue; /* the other one is lost */
        if (link.count == 2)
            assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
        assert_same(&found, &reading, 0);
        if (part.keyframe)
            vb_codec_acked(&link.encoder, link.number);
    }
    assert_true(halved > 60);
}

/* --- when there is a keyframe -------------------------------------------------------------- */

/* At rest; each cell moves by drift_mv in a hundred readings, or by up to twice that, up or down,
 * and every other one is off by apart_mv. */
static struct vb_reading rest_reading(struct vb_random *random, uint32_t number, int32_t drift_mv,
                                      int32_t apart_mv)
{
    struct vb_reading reading = {.sequence = number, .cell_count = 96, .temp_count = 1};
    for (unsigned i = 0; i < reading.cell_count; i++) {
        const int32_t drift = (int32_t)number * drift_mv * ((int32_t)(i % 5) - 2) / 100;
        const int32_t noise = (int32_t)vb_random_between(random, 0, 2);
        reading.cell_mv[i] =
            (uint16_t)(3700 + (int32_t)(i * 37 % 23) + drift + noise + (int32_t)(i % 2) * apart_mv);
    }
    return reading;
}

struct pack {
    struct vb_random random;
    struct link link;
    uint32_t number;
    int32_t drift_mv;
};

static struct pack pack_of(uint64_t seed, int32_t drift_mv)
{
    return (struct pack){
        .random = random_of(seed), .link = link_of(), .number = 0, .drift_mv = drift_mv};
}

static bool carry_next(struct pack *pack, int32_t apart_mv)
{
    const struct vb_reading reading =
        rest_reading(&pack->random, ++pack->number, pack->drift_mv, apart_mv);
    return carry(&pack->link, &reading, 0);
}

static unsigned keyframes_in(struct pack *pack, unsigned readings)
{
    unsigned keyframes = 0;
    for (unsigned i = 0; i < readings; i++)
        keyframes += carry_next(pack, 0);
    return keyframes;
}

static unsigned readings_to_keyframe(struct pack *pack)
{
    for (unsigned readings = 1; readings <= VB_CODEC_DISTANCE_MAX; readings++) {
        if (carry_next(pack, 0))
            return readings;
    }
    return 0;
}

static void keyframes_are_few_where_all_they_show_is_noise(void **state)
{
    (void)state;
    struct pack pack = pack_of(30, 0);
    keyframes_in(&pack, 500);
    assert_in_range(keyframes_in(&pack, 960), 20, 28); /* 20: every 48 readings */
}

static void keyframes_are_many_where_cells_go_on_drifting(void **state)
{
    (void)state;
    struct pack slow = pack_of(31, 1);
    keyframes_in(&slow, 500);
    assert_in_range(keyframes_in(&slow, 960), 56, 80); /* 60: every 16 */
    struct pack fast = pack_of(32, 15);
    keyframes_in(&fast, 500);
    assert_in_range(keyframes_in(&fast, 960), 90, 130); /* 120: every 8 */
}

static void a_reading_that_is_torn_by_a_load_step_is_no_keyframe(void **state)
{
    (void)state;
    struct pack pack = pack_of(33, 0);
    keyframes_in(&pack, 500);
    (void)readings_to_keyframe(&pack);
    for (unsigned torn = 1; torn <= 2; torn++) {
        assert_int_equal(keyframes_in(&pack, 3), 0);
        for (unsigned i = 0; i < torn; i++)
            assert_false(carry_next(&pack, 3));
    }
    assert_int_equal(keyframes_in(&pack, 3), 0);
    assert_false(carry_next(&pack, 3));
    assert_false(carry_next(&pack, 3));
    assert_true(carry_next(&pack, 3)); /* so it is the load */
}

static void a_great_change_is_a_keyframe_at_once(void **state)
{
    (void)state;
    struct pack pack = pack_of(34, 0);
    keyframes_in(&pack, 500);
    (void)readings_to_keyframe(&pack);
    assert_int_equal(keyframes_in(&pack, 3), 0);
    assert_true(carry_next(&pack, 40));
}

static void keyframes_that_nobody_answers_make_the_next_come_sooner(void **state)
{
    (void)state;
    struct pack pack = pack_of(35, 0);
    keyframes_in(&pack, 500);
    for (unsigned i = 0; i < 20 && readings_to_keyframe(&pack) != 48; i++)
        continue; /* what noise shows may go the same way by chance */
    for (unsigned i = 0; i < 47; i++)
        assert_false(carry_next(&pack, 0));
    for (unsigned i = 0; i < 9; i++) { /* one is lost, and so is what takes its place */
        const struct vb_reading reading = rest_reading(&pack.random, ++pack.number, 0, 0);
        send(&pack.link, &reading, 0);
    }
    assert_int_equal(readings_to_keyframe(&pack), 8);
    assert_in_range(readings_to_keyframe(&pack), 20, 34);
}

static struct vb_reading constant_reading(uint8_t cell_count)
{
    struct vb_reading reading = {.cell_count = cell_count};
    for (unsigned i = 0; i < cell_count; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + i * 37 % 23);
    return reading;
}

/* Of a pack that shows no noise. */
static unsigned keyframes_in_constant(struct pack *pack, const struct vb_reading *cells,
                                      unsigned readings)
{
    unsigned keyframes = 0;
    for (unsigned i = 0; i < readings; i++) {
        struct vb_reading reading = *cells;
        reading.sequence = ++pack->number;
        keyframes += carry(&pack->link, &reading, 0);
    }
    return keyframes;
}

static const uint8_t cell_counts[] = {3, 4, 5, 8, 16, 96, 192};

/* Whatever rounding leaves of it is not taken for a drift that goes on. */
static void a_cell_that_moves_for_good_is_followed_and_then_left_alone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cell_counts; i++) {
        for (int32_t step_mv = -8; step_mv <= 8; step_mv++) {
            struct pack pack = pack_of(36, 0);
            struct vb_reading cells = constant_reading(cell_counts[i]);
            keyframes_in_constant(&pack, &cells, 300);
            cells.cell_mv[1] = (uint16_t)(cells.cell_mv[1] + step_mv);
            keyframes_in_constant(&pack, &cells, 300);
            assert_in_range(keyframes_in_constant(&pack, &cells, 960), 19, 21); /* every 48 */
        }
    }
}

/* There were 377 with a keyframe every 16 readings, come what may. */
static void a_cell_that_falls_now_and_then_costs_few_keyframes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cell_counts; i++) {
        struct pack pack = pack_of(37, 0);
        struct vb_reading cells = constant_reading(cell_counts[i]);
        unsigned keyframes = 0;
        for (unsigned step = 0; step < 30; step++) {
            keyframes += keyframes_in_constant(&pack, &cells, 200);
            cells.cell_mv[1]--;
        }
        assert_in_range(keyframes, 120, 320);
    }
}

/* Where nothing differs, one cell that is off by 1 mV is more than twice of it. */
static void one_cell_of_a_quiet_pack_that_is_off_once_is_no_keyframe(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cell_counts; i++) {
        for (int32_t off_mv = -1; off_mv <= 1; off_mv += 2) {
            struct pack pack = pack_of(38, 0);
            const struct vb_reading cells = constant_reading(cell_counts[i]);
            struct vb_reading torn = cells;
            torn.cell_mv[1] = (uint16_t)(torn.cell_mv[1] + off_mv);
            keyframes_in_constant(&pack, &cells, 500);
            while (keyframes_in_constant(&pack, &cells, 1) == 0)
                continue;
            for (unsigned count = 1; count <= 2; count++) {
                assert_int_equal(keyframes_in_constant(&pack, &cells, 9), 0);
                assert_int_equal(keyframes_in_constant(&pack, &torn, count), 0);
            }
        }
    }
}

/* One flips in a reading here and there, as where a cell stands between two steps. */
static void hardly_any_noise_makes_few_keyframes(void **state)
{
    (void)state;
    struct pack pack = pack_of(39, 0);
    const struct vb_reading cells = constant_reading(96);
    unsigned keyframes = 0;
    for (unsigned i = 0; i < 3000; i++) {
        struct vb_reading reading = cells;
        for (unsigned cell = 0; cell < 4; cell++)
            reading.cell_mv[cell] += (uint16_t)vb_random_between(&pack.random, 0, 1);
        keyframes += keyframes_in_constant(&pack, &reading, 1);
    }
    assert_in_range(keyframes, 60, 150); /* 62: every 48 */
}

/* --- exactness ----------------------------------------------------------------------------- */

static void E5_any_reading_of_any_shape_comes_back_exactly(void **state)
{
    (void)state;
    struct vb_random random = random_of(11);
    struct link link = link_of();
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct vb_reading reading = any_reading(&random);
        carry(&link, &reading, vb_random_between(&random, 0, 65535));
    }
}

static void E5_a_shape_that_stays_comes_back_exactly_whatever_its_values_do(void **state)
{
    (void)state;
    struct vb_random random = random_of(12);
    for (unsigned trial = 0; trial < 60; trial++) {
        struct link link = link_of();
        const struct vb_reading first = any_reading(&random);
        for (unsigned i = 0; i < 60; i++) {
            struct vb_reading reading = vb_random_between(&random, 0, 9) == 0
                                            ? any_reading(&random)
                                            : pack_reading(&random, i, 1, 0);
            const struct vb_reading pack =
                pack_reading(&random, i, first.cell_count, first.temp_count);
            if (reading.cell_count < first.cell_count || vb_random_between(&random, 0, 9) > 0)
                reading = pack;
            carry(&link, &reading, 0);
        }
    }
}

static void cells_that_come_and_go_come_back_exactly(void **state)
{
    (void)state;
    struct vb_random random = random_of(13);
    struct link link = link_of();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct vb_reading reading = pack_reading(&random, i, 96, 16);
        const uint32_t missing = vb_random_between(&random, 0, i % 7 == 0 ? 96 : 2);
        for (unsigned k = 0; k < missing; k++)
            reading.cell_mv[vb_random_between(&random, 0, 95)] = VB_CELL_NOT_AVAILABLE;
        if (i % 50 < 25)
            reading.temp_dc[i % 16] = VB_TEMP_NOT_AVAILABLE;
        if (i % 11 == 0)
            reading.cell_mv[5] = 0;
        carry(&link, &reading, 0);
    }
}

static void flags_that_change_between_keyframes_come_back(void **state)
{
    (void)state;
    struct vb_random random = random_of(20);
    struct link link = link_of();
    unsigned referring = 0;
    for (uint32_t i = 0; i < 200; i++) {
        struct vb_reading reading = pack_reading(&random, i, 96, 16);
        if (i % 3 == 0) {
            reading.flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE;
            reading.current_ma = 0;
            reading.soc_permille = 0;
        }
        carry(&link, &reading, 0);
        referring += link.bodies[0].size < 70;
    }
    assert_true(referring > 150);
}

static void a_pack_of_which_no_cell_is_available_comes_back(void **state)
{
    (void)state;
    struct vb_random random = random_of(21);
    for (unsigned first = 0; first < 2; first++) {
        struct link link = link_of();
        for (uint32_t i = 0; i < 40; i++) {
            struct vb_reading reading = pack_reading(&random, i, 96, 16);
            for (unsigned cell = 0; i / 10 % 2 == first && cell < 96; cell++)
                reading.cell_mv[cell] = VB_CELL_NOT_AVAILABLE;
            carry(&link, &reading, 0);
        }
    }
}

/* The clock is set, goes back, stands for a day, is not known for a while. */
static void any_step_of_the_wall_clock_comes_back(void **state)
{
    (void)state;
    static const int64_t steps_ms[] = {100, -3600000, 86400000, 4000000000000, 70000};
    struct vb_random random = random_of(22);
    for (unsigned k = 0; k < sizeof steps_ms / sizeof steps_ms[0]; k++) {
        struct link link = link_of();
        for (uint32_t i = 0; i < 200; i++) {
            struct vb_reading reading = pack_reading(&random, i, 96, 16);
            reading.wall_ms += (uint64_t)steps_ms[k] * (i / 20);
            if (i / 20 % 4 == 3)
                reading.wall_ms = 0;
            carry(&link, &reading, 0);
        }
    }
}

/* As no sender's clock says it. */
static void a_wall_clock_beyond_48_bits_is_refused(void **state)
{
    (void)state;
    struct vb_random random = random_of(23);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 96, 16);
    reading.wall_ms = 0xffffffffffff;
    assert_true(carry(&link, &reading, 0));
    reading.wall_ms++;
    send(&link, &reading, 0);
    struct vb_reading found = {0};
    struct vb_codec_part part;
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_MALFORMED);
}

static void the_example_of_the_docs_is_byte_for_byte_so(void **state)
{
    (void)state;
    static const uint8_t first[] = {0x09, 0xc7, 0x4e, 0xcd, 0xe3, 0x97, 0x4d, 0x69,
                                    0x71, 0xfd, 0x2a, 0x4e, 0x7f, 0x12, 0x40, 0x0d,
                                    0x20, 0x69, 0x35, 0x8c, 0x3b, 0x17, 0x0f};
    static const uint8_t second[] = {0x13, 0x1e, 0x04, 0xa3, 0xa4, 0xe7, 0x21, 0x34};
    struct link link = link_of();
    struct vb_reading reading = {.sequence = 41,
                                 .wall_ms = 1700000000000u,
                                 .flags = ALL_KNOWN,
                                 .cell_count = 4,
                                 .temp_count = 1,
                                 .soc_permille = 621,
                                 .pack_mv = 15200,
                                 .current_ma = -1500,
                                 .cell_mv = {3801, 3800, 3799, 3802},
                                 .temp_dc = {215}};
    assert_true(carry(&link, &reading, 3));
    assert_int_equal(link.bodies[0].size, sizeof first);
    assert_memory_equal(link.bodies[0].bytes, first, sizeof first);

    static const uint16_t cells[] = {3799, 3799, 3797, 3800};
    memcpy(reading.cell_mv, cells, sizeof cells);
    reading.sequence = 42;
    reading.wall_ms += 100;
    reading.current_ma = -5000;
    assert_true(carry(&link, &reading, 2));
    assert_int_equal(link.bodies[0].size, sizeof second);
    assert_memory_equal(link.bodies[0].bytes, second, sizeof second);
}

static void what_is_not_known_is_zero_whatever_the_struct_holds(void **state)
{
    (void)state;
    struct vb_random random = random_of(14);
    struct link link = link_of();
    struct vb_reading reading = pack_reading(&random, 1, 4, 1);
    reading.flags = 0;
    send(&link, &reading, 0);
    struct vb_reading found = {0};
    struct vb_codec_part part;
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
    reading.pack_mv = 0;
    reading.current_ma = 0;
    reading.soc_permille = 0;
    assert_same(&found, &reading, 0);
}

static void an_age_saturates(void **state)
{
    (void)state;
    struct vb_random random = random_of(15);
    struct link link = link_of();
    const struct vb_reading reading = pack_reading(&random, 1, 4, 1);
    send(&link, &reading, 70000);
    struct vb_reading found = {0};
    struct vb_codec_part part;
    assert_int_equal(receive(&link, 0, &found, &part), VB_ERR_OK);
    assert_same(&found, &reading, 65535);
}

/* --- space --------------------------------------------------------------------------------- */

/* Nothing to predict, and every scalar as long as it can be. */
static struct vb_reading worst_reading(struct vb_random *random, uint8_t cells, uint8_t temps)
{
    struct vb_reading reading = {
        .sequence = UINT32_MAX - (uint32_t)vb_random_between(random, 0, 1000),
        .wall_ms = 0xffffffffffffu - vb_random_between(random, 0, 1000),
        .flags = ALL_KNOWN,
        .cell_count = cells,
        .temp_count = temps,
        .soc_permille = 1000,
        .pack_mv = UINT32_MAX - 2 * (uint32_t)vb_random_between(random, 0, 1000),
        .current_ma = INT32_MIN + 1 + 2 * (int32_t)vb_random_between(random, 0, 1000),
    };
    for (unsigned i = 0; i < cells; i++)
        reading.cell_mv[i] = (uint16_t)vb_random_between(random, 0, VB_CELL_NOT_AVAILABLE);
    for (unsigned i = 0; i < cells / 8u; i++)
        reading.balancing[i] = (uint8_t)vb_random_u64(random);
    for (unsigned i = 0; i < temps; i++)
        reading.temp_dc[i] = (int16_t)((int32_t)vb_random_between(random, 0, 65535) - 32768);
    return reading;
}

static void E5_96_cells_and_16_temperatures_fit_one_body_whatever_their_values(void **state)
{
    (void)state;
    struct vb_random random = random_of(16);
    struct link link = link_of();
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct vb_reading reading = worst_reading(&random, 96, 16);
        carry(&link, &reading, 65535);
        assert_int_equal(link.count, 1);
    }
}

static void E5_96_cells_and_40_temperatures_in_whole_degrees_fit_one_body(void **state)
{
    (void)state;
    struct vb_random random = random_of(17);
    struct link link = link_of();
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct vb_reading reading = worst_reading(&random, 96, 40);
        reading.pack_mv = vb_random_between(&random, 0, 1000000); /* 1000 V */
        reading.current_ma = (int32_t)vb_random_between(&random, 0, 2000000) - 1000000;
        for (unsigned k = 0; k < 40; k++) {
            const int32_t degrees = (int32_t)vb_random_between(&random, 0, 254) - 127;
            reading.temp_dc[k] = (int16_t)(degrees * 10);
        }
        reading.temp_dc[3] = VB_TEMP_NOT_AVAILABLE;
        carry(&link, &reading, 1000);
        assert_int_equal(link.count, 1);
    }
}

static void E5_192_cells_and_40_temperatures_fit_two_bodies_whatever_their_values(void **state)
{
    (void)state;
    struct vb_random random = random_of(18);
    struct link link = link_of();
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct vb_reading reading = worst_reading(&random, VB_CELLS_MAX, VB_TEMPS_MAX);
        carry(&link, &reading, 65535);
        assert_int_equal(link.count, 2);
    }
}

static void any_count_of_cells_in_any_number_of_halves_fits(void **state)
{
    (void)state;
    struct vb_random random = random_of(19);
    for (unsigned cells = 1; cells <= VB_CELLS_MAX; cells++) {
        for (unsigned temps = 0; temps <= VB_TEMPS_MAX; temps += 8) {
            struct link link = link_of();
            const struct vb_reading reading =
                worst_reading(&random, (uint8_t)cells, (uint8_t)temps);
            struct vb_reading copy = reading;
            copy.balancing[cells / 8 % sizeof copy.balancing] = 0;
            carry(&link, &copy, 65535);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyframes_are_few_where_all_they_show_is_noise),
        cmocka_unit_test(keyframes_are_many_where_cells_go_on_drifting),
        cmocka_unit_test(a_reading_that_is_torn_by_a_load_step_is_no_keyframe),
        cmocka_unit_test(a_great_change_is_a_keyframe_at_once),
        cmocka_unit_test(keyframes_that_nobody_answers_make_the_next_come_sooner),
        cmocka_unit_test(hardly_any_noise_makes_few_keyframes),
        cmocka_unit_test(one_cell_of_a_quiet_pack_that_is_off_once_is_no_keyframe),
        cmocka_unit_test(a_cell_that_falls_now_and_then_costs_few_keyframes),
        cmocka_unit_test(a_cell_that_moves_for_good_is_followed_and_then_left_alone),
        cmocka_unit_test(a_reading_that_refers_to_a_keyframe_not_held_is_refused_as_old),
        cmocka_unit_test(garbage_is_refused_or_makes_a_reading_and_an_error_changes_nothing),
        cmocka_unit_test(a_pack_of_120_cells_is_written_as_other_builds_are_tested_with),
        cmocka_unit_test(flipped_bits_are_refused_or_make_a_reading_within_its_limits),
        cmocka_unit_test(a_byte_too_many_is_refused),
        cmocka_unit_test(an_empty_body_is_no_reading),
        cmocka_unit_test(a_whole_body_leaves_nothing_of_what_stood_in_its_place),
        cmocka_unit_test(nothing_but_the_last_keyframe_is_on_offer),
        cmocka_unit_test(a_reading_that_refers_to_no_number_that_is_held_is_old),
        cmocka_unit_test(a_lost_frame_costs_its_own_reading_and_no_other),
        cmocka_unit_test(without_acknowledgement_every_reading_stands_on_its_own),
        cmocka_unit_test(an_acknowledgement_of_another_number_is_ignored),
        cmocka_unit_test(after_receivers_changed_a_newcomer_reads_the_next_reading),
        cmocka_unit_test(a_keyframe_far_back_is_no_longer_referred_to),
        cmocka_unit_test(a_keyframe_of_the_same_number_a_round_ago_is_not_referred_to),
        cmocka_unit_test(a_pack_of_another_shape_gets_a_keyframe_of_its_own),
        cmocka_unit_test(a_lost_half_costs_that_reading_alone_and_halves_come_in_any_order),
        cmocka_unit_test(E5_any_reading_of_any_shape_comes_back_exactly),
        cmocka_unit_test(E5_a_shape_that_stays_comes_back_exactly_whatever_its_values_do),
        cmocka_unit_test(cells_that_come_and_go_come_back_exactly),
        cmocka_unit_test(flags_that_change_between_keyframes_come_back),
        cmocka_unit_test(a_pack_of_which_no_cell_is_available_comes_back),
        cmocka_unit_test(any_step_of_the_wall_clock_comes_back),
        cmocka_unit_test(a_wall_clock_beyond_48_bits_is_refused),
        cmocka_unit_test(the_example_of_the_docs_is_byte_for_byte_so),
        cmocka_unit_test(what_is_not_known_is_zero_whatever_the_struct_holds),
        cmocka_unit_test(an_age_saturates),
        cmocka_unit_test(E5_96_cells_and_16_temperatures_fit_one_body_whatever_their_values),
        cmocka_unit_test(E5_96_cells_and_40_temperatures_in_whole_degrees_fit_one_body),
        cmocka_unit_test(E5_192_cells_and_40_temperatures_fit_two_bodies_whatever_their_values),
        cmocka_unit_test(any_count_of_cells_in_any_number_of_halves_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
