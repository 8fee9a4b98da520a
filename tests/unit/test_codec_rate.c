/* How small the codec makes the readings of a pack. Not named after a module: it needs a source of
 * readings, which rv32 has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sources/source.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/random.h"

enum {
    READINGS = 12000,
    HEAD_BYTES = 4 /* number and digest, before each body */,
    RECEIVERS_MAX = 3
};

/* One sender, and receivers that lose frames and acknowledgements alike. */
struct air {
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoders[RECEIVERS_MAX];
    unsigned receivers;
    const uint16_t *permille; /* lost, to and from each */
    struct vb_random random;
    uint32_t bytes;
    uint32_t keyframes;
    bool has_offer[RECEIVERS_MAX];
};

static bool is_lost(struct air *air, unsigned receiver)
{
    return vb_random_between(&air->random, 0, 999) < air->permille[receiver];
}

/* What comes must be readable: a lost frame costs its own reading and no other. */
static bool hear(struct air *air, unsigned receiver, uint16_t number,
                 const struct vb_codec_body *body, const struct vb_reading *sent)
{
    struct vb_reading back = {0};
    struct vb_codec_part part;
    assert_int_equal(
        vb_codec_decode(&air->decoders[receiver], number, body->bytes, body->size, 0, &back, &part),
        VB_ERR_OK);
    assert_memory_equal(back.cell_mv, sent->cell_mv, sizeof sent->cell_mv);
    return part.keyframe;
}

static void send(struct air *air, uint16_t number, const struct vb_reading *reading)
{
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    assert_int_equal(vb_codec_encode(&air->encoder, number, reading, 1, bodies), 1);
    air->bytes += HEAD_BYTES + bodies[0].size;
    if (vb_codec_on_offer(&air->encoder, number)) {
        air->keyframes++;
        memset(air->has_offer, 0, sizeof air->has_offer);
    }
    bool all = true;
    for (unsigned i = 0; i < air->receivers; i++) {
        if (!is_lost(air, i) && hear(air, i, number, &bodies[0], reading) && !is_lost(air, i))
            air->has_offer[i] = true;
        all = all && air->has_offer[i];
    }
    if (all && vb_codec_on_offer(&air->encoder, number))
        vb_codec_acked(&air->encoder, number);
}

static void stream(struct air *air, const char *pack, unsigned receivers, const uint16_t *permille)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error;
    struct vb_source *source = vb_source_open(pack, &options, &error);
    assert_non_null(source);
    memset(air, 0, sizeof *air);
    air->receivers = receivers;
    air->permille = permille;
    vb_random_seed(&air->random, 1);
    vb_codec_encoder_init(&air->encoder, VB_CODEC_BODY_BYTES_MAX);
    for (unsigned i = 0; i < receivers; i++)
        vb_codec_decoder_init(&air->decoders[i]);
    for (uint16_t number = 1; number <= READINGS; number++) {
        struct vb_reading reading = {0};
        uint64_t at_ms = 0;
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
        reading.wall_ms = 1700000000000u + at_ms;
        send(air, number, &reading);
    }
    vb_source_close(source);
}

static struct air air;

/* Each receiver acknowledges each keyframe by 15 bytes: at 10 Hz a keyframe every 31 readings is
 * twice what beacons take. */
static void E5_a_simulated_pack_at_10_hz_takes_at_most_2_9_bits_a_cell(void **state)
{
    (void)state;
    static const uint16_t none[] = {0};
    stream(&air, "sim:hz=10", 1, none);
    assert_true(air.bytes * 80u <= 29u * 96u * READINGS);
    assert_true(air.keyframes * 31 <= READINGS);
    stream(&air, "sim:hz=10,profile=drive", 1, none);
    assert_true(air.keyframes * 18 <= READINGS);
}

/* With a keyframe every 16 readings, come what may, there were 798 to 1225 of them. */
static void E5_losses_cost_no_more_bits_and_hardly_more_acknowledgements(void **state)
{
    (void)state;
    static const struct {
        uint8_t receivers;
        uint16_t permille[RECEIVERS_MAX];
        uint8_t tenth_bits_most; /* a cell */
        uint16_t keyframes_most;
    } runs[] = {{1, {10}, 29, 450},   {1, {50}, 29, 500},      {1, {100}, 29, 600},
                {1, {300}, 29, 1050}, {2, {50, 200}, 29, 850}, {3, {100, 100, 300}, 31, 1200}};
    for (unsigned i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        stream(&air, "sim:hz=10", runs[i].receivers, runs[i].permille);
        assert_true(air.bytes * 80u <= runs[i].tenth_bits_most * 96u * READINGS);
        assert_in_range(air.keyframes, 300, runs[i].keyframes_most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(E5_a_simulated_pack_at_10_hz_takes_at_most_2_9_bits_a_cell),
        cmocka_unit_test(E5_losses_cost_no_more_bits_and_hardly_more_acknowledgements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
