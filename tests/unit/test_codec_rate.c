/* How small the codec makes the readings of a pack. Not named after a module: it needs a source of
 * readings, which rv32 has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/source.h"
#include "voltbeacon/core/codec.h"

enum { READINGS = 3000, HEAD_BYTES = 4 /* number and digest, before each body */ };

static void E5_a_simulated_pack_at_10_hz_takes_at_most_2_9_bits_a_cell(void **state)
{
    (void)state;
    const struct vb_source_options options = {0};
    struct vb_source_error error;
    struct vb_source *source = vb_source_open("sim:hz=10", &options, &error);
    assert_non_null(source);
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&decoder);
    uint32_t bytes = 0;
    for (uint16_t number = 1; number <= READINGS; number++) {
        struct vb_reading reading = {0};
        struct vb_reading back = {0};
        struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
        struct vb_codec_part part;
        uint64_t at_ms = 0;
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
        reading.wall_ms = 1700000000000u + at_ms;
        assert_int_equal(vb_codec_encode(&encoder, number, &reading, 1, bodies), 1);
        assert_int_equal(
            vb_codec_decode(&decoder, number, bodies[0].bytes, bodies[0].size, 0, &back, &part),
            VB_ERR_OK);
        assert_memory_equal(back.cell_mv, reading.cell_mv, sizeof reading.cell_mv);
        if (part.keyframe)
            vb_codec_acked(&encoder, number);
        bytes += HEAD_BYTES + bodies[0].size;
    }
    vb_source_close(source);
    assert_true(bytes * 80u <= 29u * 96u * READINGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(E5_a_simulated_pack_at_10_hz_takes_at_most_2_9_bits_a_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
