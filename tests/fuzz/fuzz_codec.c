/* A stream of bodies from anywhere: refused without a trace, or a reading within its limits, which
 * goes through an encoder and a second decoder and comes out the same. The input is frames: how far
 * the number goes up, size, body. */
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

struct relay {
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
};

/* Acknowledges every other keyframe, so that both kinds of waiting occur. */
static void pass_on(struct relay *relay, uint16_t number, const struct vb_reading *reading)
{
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    struct vb_codec_part part = {.count = 0};
    struct vb_reading found;
    memset(&found, 0, sizeof found);
    const uint8_t count = vb_codec_encode(&relay->encoder, number, reading, 0, bodies);
    for (uint8_t i = 0; i < count; i++) {
        require(vb_codec_decode(&relay->decoder, number, bodies[i].bytes, bodies[i].size,
                                reading->sampled_ms, &found, &part) == VB_ERR_OK);
        require(part.index == i && part.count == count);
    }
    require(memcmp(&found, reading, sizeof found) == 0);
    if (part.keyframe && number % 2 == 0)
        vb_codec_acked(&relay->encoder, number);
}

static void take(struct vb_codec_decoder *decoder, struct relay *relay, uint16_t number,
                 const uint8_t *bytes, size_t size)
{
    const struct vb_codec_decoder before = *decoder;
    struct vb_codec_part part = {.count = 0};
    struct vb_reading reading;
    memset(&reading, 0, sizeof reading);
    const struct vb_reading nothing = reading;
    if (vb_codec_decode(decoder, number, bytes, size, number, &reading, &part) != VB_ERR_OK) {
        require(memcmp(&reading, &nothing, sizeof reading) == 0 && part.count == 0);
        require(memcmp(decoder, &before, sizeof before) == 0);
        return;
    }
    require(part.index < part.count && part.count <= VB_CODEC_PARTS_MAX);
    if (part.count > 1)
        return; /* half a reading */
    uint8_t raw[VB_READING_BYTES_MAX];
    require(vb_reading_encode(&reading, 0, raw) > 0); /* which asserts the limits */
    pass_on(relay, number, &reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct relay relay;
    struct vb_codec_decoder decoder;
    vb_codec_encoder_init(&relay.encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&relay.decoder);
    vb_codec_decoder_init(&decoder);
    uint16_t number = 0;
    while (size >= 2) {
        number = (uint16_t)(number + data[0] % (VB_CODEC_DISTANCE_MAX + 2u));
        const size_t body_size = data[1] < size - 2 ? data[1] : size - 2;
        take(&decoder, &relay, number, data + 2, body_size);
        data += 2 + body_size;
        size -= 2 + body_size;
    }
    return 0;
}
