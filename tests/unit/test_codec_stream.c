/* The codec's streams, byte for byte. What one end holds of the pack the other has to hold as well,
 * be its firmware older or newer: a change that writes other bytes, or makes another profile of the
 * same ones, shows here. If it is meant, the format has changed (docs/codec.md), or what a stream
 * takes, which ./dev bench codec tells anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/random.h"

enum {
    READINGS = 400,
    ALL_KNOWN =
        VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC
};

/* What happens to the pack and on the air. */
enum {
    LOAD = 1 << 0,          /* a current that goes up and down, and cells that sag with it */
    DRIFT = 1 << 1,         /* each cell goes its own way */
    HOLES = 1 << 2,         /* cells and temperatures that come and go */
    WILD = 1 << 3,          /* now and then no cell is near another */
    CLOCK = 1 << 4,         /* the wall clock is set, goes back and is unknown */
    FLAGS = 1 << 5,         /* current and state of charge are unknown for a while */
    LOST_ACKS = 1 << 6,     /* two of three keyframes have no answer */
    NEWCOMERS = 1 << 7,     /* receivers come */
    OUTLIERS = 1 << 8,      /* one cell reads nonsense */
    WARMTH = 1 << 9,        /* temperatures rise, in whole degrees or not */
    BALANCING = 1 << 10,    /* cells are balanced by turns */
    COARSE = 1 << 11,       /* meters in steps of 1 V and 10 A */
    GAPS = 1 << 12,         /* numbers are left out */
    STEP = 1 << 13,         /* all cells fall by 60 mV once */
    SMALL_BODIES = 1 << 14, /* a frame that has little room */
    EPOCH = 1 << 15         /* a clock that has begun in 1970 */
};

struct scene {
    uint16_t what;
    uint8_t cell_count;
    uint8_t temp_count;
    uint32_t crc;
};

static int32_t below(struct vb_random *random, uint32_t count)
{
    return (int32_t)vb_random_between(random, 0, count - 1);
}

static int32_t current_of(uint16_t what, uint32_t number)
{
    if ((what & LOAD) == 0)
        return 400;
    const int32_t amperes = number % 90 < 40 ? -(int32_t)(number * 7 % 300) : (int32_t)number % 45;
    return amperes * ((what & COARSE) != 0 ? 10000 : 1000) + ((what & COARSE) != 0 ? 0 : 10);
}

static int32_t cell_of(const struct scene *scene, struct vb_random *random, uint32_t number,
                       unsigned cell, int32_t current_ma)
{
    int32_t mv = 3700 + (int32_t)(cell * 37 % 23) + below(random, 3);
    if ((scene->what & LOAD) != 0)
        mv += current_ma / 1000 * (20 + (int32_t)cell % 9) / 100;
    if ((scene->what & DRIFT) != 0)
        mv += (int32_t)number * ((int32_t)(cell % 5) - 2) / 20;
    if ((scene->what & WILD) != 0 && number % 40 > 35)
        mv = below(random, VB_CELL_MV_MAX);
    if ((scene->what & OUTLIERS) != 0 && cell == number / 50)
        mv = number % 3 == 0 ? 0 : VB_CELL_MV_MAX;
    if ((scene->what & STEP) != 0 && number > 150)
        mv -= 60;
    if ((scene->what & HOLES) != 0 && (cell + number / 30) % 17 < number / 30 % 7)
        mv = VB_CELL_NOT_AVAILABLE;
    return mv;
}

static int32_t temp_of(uint16_t what, struct vb_random *random, uint32_t number, unsigned index)
{
    if ((what & HOLES) != 0 && (index + number / 40) % 5 == 1)
        return VB_TEMP_NOT_AVAILABLE;
    if ((what & WILD) != 0 && number % 60 > 55)
        return below(random, 60000) - 30000;
    int32_t temp_dc = 180 + (int32_t)index + below(random, 2);
    if ((what & WARMTH) != 0)
        temp_dc += (int32_t)number * (int32_t)(index + 1) / 8;
    return (what & COARSE) != 0 ? temp_dc / 10 * 10 : temp_dc;
}

static uint64_t wall_of(uint16_t what, uint32_t number)
{
    const uint64_t wall_ms = 1700000000000u + (uint64_t)number * 100;
    if ((what & EPOCH) != 0)
        return 5000 + number * 100;
    if ((what & CLOCK) == 0)
        return wall_ms;
    static const int64_t steps_ms[] = {0, -3600000, 86400000, 4000000000000, 70000};
    return number / 20 % 4 == 3 ? 0 : wall_ms + (uint64_t)steps_ms[number / 33 % 5];
}

static struct vb_reading reading_of(const struct scene *scene, struct vb_random *random,
                                    uint32_t number)
{
    struct vb_reading reading = {
        .sequence = number + ((scene->what & GAPS) != 0 ? number / 90 * 1000 : 0),
        .wall_ms = wall_of(scene->what, number),
        .flags = ALL_KNOWN,
        .cell_count = scene->cell_count,
        .temp_count = scene->temp_count,
        .current_ma = current_of(scene->what, number),
        .soc_permille = (uint16_t)(700 - number / 9),
    };
    for (unsigned i = 0; i < reading.cell_count; i++) {
        reading.cell_mv[i] = (uint16_t)cell_of(scene, random, number, i, reading.current_ma);
        reading.pack_mv += reading.cell_mv[i];
        if ((scene->what & BALANCING) != 0 && (i + number / 25) % 6 == 0)
            reading.balancing[i / 8] |= (uint8_t)(1u << i % 8);
    }
    uint32_t step_mv = (scene->what & COARSE) != 0 ? 1000 : 100;
    if ((scene->what & DRIFT) != 0)
        step_mv = 10;
    reading.pack_mv = reading.pack_mv / step_mv * step_mv;
    for (unsigned i = 0; i < reading.temp_count; i++)
        reading.temp_dc[i] = (int16_t)temp_of(scene->what, random, number, i);
    if ((scene->what & FLAGS) != 0 && number / 15 % 3 == 1) {
        reading.flags &= (uint8_t) ~(VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
        reading.current_ma = 0;
        reading.soc_permille = 0;
    }
    return reading;
}

struct ends {
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    uint32_t crc;
};

/* True if the reading is a keyframe. */
static bool carry(struct ends *ends, uint16_t number, const struct vb_reading *reading)
{
    struct vb_codec_part part = {0};
    struct vb_reading found = {0};
    const uint8_t count = vb_codec_encode(&ends->encoder, number, reading, 0, ends->bodies);
    for (uint8_t i = 0; i < count; i++) {
        const struct vb_codec_body *body = &ends->bodies[i];
        ends->crc = vb_crc32c(ends->crc, &body->size, 1);
        ends->crc = vb_crc32c(ends->crc, body->bytes, body->size);
        assert_int_equal(
            vb_codec_decode(&ends->decoder, number, body->bytes, body->size, 0, &found, &part),
            VB_ERR_OK);
    }
    if (count > 0)
        assert_memory_equal(&found, reading, sizeof found);
    return count > 0 && part.keyframe;
}

static uint32_t crc_of(const struct scene *scene)
{
    struct vb_random random;
    struct ends ends = {0};
    vb_random_seed(&random, 50);
    vb_codec_encoder_init(&ends.encoder,
                          (scene->what & SMALL_BODIES) != 0 ? 120 : VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&ends.decoder);
    unsigned keyframes = 0;
    uint16_t number = UINT16_MAX - 100; /* it wraps */
    for (uint32_t i = 0; i < READINGS; i++) {
        const struct vb_reading reading = reading_of(scene, &random, i);
        number = (uint16_t)(number + ((scene->what & GAPS) != 0 && i % 100 == 99 ? 70 : 1));
        const bool keyframe = carry(&ends, number, &reading);
        keyframes += keyframe;
        if (keyframe && ((scene->what & LOST_ACKS) == 0 || keyframes % 3 == 0))
            vb_codec_acked(&ends.encoder, number);
        if ((scene->what & NEWCOMERS) != 0 && i % 70 == 69)
            vb_codec_receivers_changed(&ends.encoder);
    }
    return ends.crc;
}

static void every_stream_is_byte_for_byte_as_it_was(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {0, 96, 16, 0x112a86cc},
        {LOAD, 96, 4, 0x2353dd43},
        {LOAD | COARSE | WARMTH, 14, 40, 0xcacb1db0},
        {DRIFT | WARMTH, 96, 16, 0x8b28546b},
        {HOLES, 40, 12, 0xfe575faf},
        {HOLES | LOAD | LOST_ACKS, 96, 24, 0xac7a0223},
        {WILD, 96, 16, 0x23c08ac6},
        {WILD | HOLES, 192, 40, 0xdcfb4035},
        {CLOCK | GAPS, 16, 2, 0xb276614a},
        {FLAGS | LOAD | NEWCOMERS, 96, 8, 0x40c2005f},
        {LOST_ACKS | DRIFT, 24, 3, 0x425e7e23},
        {OUTLIERS | BALANCING, 97, 1, 0xc2f2cfd8},
        {OUTLIERS | LOAD, 8, 0, 0x1365dd37},
        {STEP, 96, 16, 0xcae16380},
        {STEP | LOST_ACKS, 12, 1, 0x2536d6e5},
        {SMALL_BODIES | WILD | LOAD, 96, 30, 0x908cd391},
        {EPOCH, 16, 1, 0xbcd7db40},
        {DRIFT | BALANCING | COARSE, 1, 1, 0x59471e1f},
    };
    uint32_t crcs[VB_COUNT_OF(scenes)];
    for (size_t i = 0; i < VB_COUNT_OF(scenes); i++) {
        crcs[i] = crc_of(&scenes[i]);
        if (crcs[i] != scenes[i].crc)
            print_error("scene %zu: 0x%08x\n", i, (unsigned)crcs[i]);
    }
    for (size_t i = 0; i < VB_COUNT_OF(scenes); i++)
        assert_int_equal(crcs[i], scenes[i].crc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stream_is_byte_for_byte_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
