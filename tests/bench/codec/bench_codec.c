/* The codec over one source: bits per cell, bytes in the air, time.
 *
 *     voltbeacon-bench-codec SOURCE COUNT CELLS
 *
 * Prints a line of JSON for codec.bench.mjs and writes every cell, 16 bits each and reading after
 * reading, to the file CELLS, for others to compress. Each reading is decoded and compared. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench_time.h"
#include "sources/source.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/random.h"

enum {
    READINGS_MAX = 20000,
    HEAD_BYTES = 4,     /* number and digest, before the body */
    FRAME_BYTES = 12,   /* header and trailer */
    ACK_BYTES = 12 + 3, /* a frame that names the keyframe */
    BATCH = 64,         /* readings timed at once */
    ROUNDS = 20,
    AGE_MS_MAX = 3, /* between sampling and sending */
    WALL_JITTER_MS = 2,
    BATCHES_MAX = (READINGS_MAX / BATCH + 1) * ROUNDS
};

static const uint64_t wall_start_ms = 1700000000000u;

struct recording {
    uint32_t count;
    struct vb_reading readings[READINGS_MAX];
    uint8_t ages_ms[READINGS_MAX];
};

struct figures {
    uint64_t payload_bytes; /* all bytes after the frame's header, the trailer aside */
    uint64_t air_bytes;
    uint32_t keyframes;
    uint32_t halved;
};

struct timing {
    double encode_ns;
    double decode_ns;
};

static struct recording recording;
static struct vb_reading batch_readings[BATCH];
static struct vb_codec_body bodies[BATCH][VB_CODEC_PARTS_MAX];
static uint8_t body_counts[BATCH];
static double encode_ns[BATCHES_MAX];
static double decode_ns[BATCHES_MAX];

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "voltbeacon-bench-codec: %s: %s\n", what, why);
    exit(1);
}

static void load(const char *text, uint32_t count)
{
    const struct vb_source_options options = {.loop = false};
    struct vb_source_error error = {.text = ""};
    struct vb_source *source = vb_source_open(text, &options, &error);
    if (source == NULL)
        fail(text, error.text);
    struct vb_random random;
    vb_random_seed(&random, 1);
    uint64_t at_ms = 0;
    while (recording.count < count && recording.count < READINGS_MAX) {
        struct vb_reading *reading = &recording.readings[recording.count];
        if (vb_source_next(source, reading, &at_ms) != VB_SOURCE_READING)
            break;
        /* As the transmitter stamps them, by a clock that is read a moment later. */
        reading->sampled_ms = 0;
        reading->wall_ms = wall_start_ms + at_ms + vb_random_between(&random, 0, WALL_JITTER_MS);
        recording.ages_ms[recording.count++] = (uint8_t)vb_random_between(&random, 0, AGE_MS_MAX);
    }
    vb_source_close(source);
    if (recording.count == 0)
        fail(text, "it contains no readings");
}

/* Sends all and compares what arrives. Every keyframe is acknowledged, or none is. */
static struct figures measure(bool acknowledge)
{
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&decoder);
    struct figures figures = {0};
    for (uint32_t i = 0; i < recording.count; i++) {
        const struct vb_reading *reading = &recording.readings[i];
        const uint32_t age_ms = recording.ages_ms[i];
        const uint8_t count = vb_codec_encode(&encoder, (uint16_t)i, reading, age_ms, bodies[0]);
        struct vb_reading found;
        memset(&found, 0, sizeof found);
        struct vb_codec_part part = {.count = 0};
        for (uint8_t k = 0; k < count; k++) {
            const struct vb_codec_body *body = &bodies[0][k];
            if (vb_codec_decode(&decoder, (uint16_t)i, body->bytes, body->size, age_ms, &found,
                                &part) != VB_ERR_OK)
                fail("a body", "it is refused");
            figures.payload_bytes += HEAD_BYTES + body->size;
        }
        if (memcmp(&found, reading, sizeof found) != 0)
            fail("a reading", "it comes back changed");
        figures.air_bytes += (uint64_t)count * FRAME_BYTES;
        figures.halved += count > 1;
        figures.keyframes += part.keyframe;
        if (part.keyframe && acknowledge)
            vb_codec_acked(&encoder, (uint16_t)i);
    }
    figures.air_bytes += figures.payload_bytes;
    return figures;
}

static double smallest_tenth(double *values, size_t count)
{
    sort_times(values, count);
    return values[count / 10];
}

/* In batches, of which the fastest tenth counts: others are at work on this machine. */
static struct timing measure_time(void)
{
    size_t batches = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct vb_codec_encoder encoder;
        struct vb_codec_decoder decoder;
        vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
        vb_codec_decoder_init(&decoder);
        const uint32_t batch = recording.count < BATCH ? recording.count : BATCH;
        for (uint32_t first = 0; first + batch <= recording.count; first += batch) {
            /* A reading has just been made when it is sent: it is in the cache. */
            memcpy(batch_readings, recording.readings + first, batch * sizeof *batch_readings);
            const double start_ns = now_ns();
            for (uint32_t i = 0; i < batch; i++) {
                const uint16_t number = (uint16_t)(first + i);
                body_counts[i] = vb_codec_encode(&encoder, number, &batch_readings[i],
                                                 recording.ages_ms[number], bodies[i]);
                vb_codec_acked(&encoder, number);
            }
            const double middle_ns = now_ns();
            for (uint32_t i = 0; i < batch; i++) {
                struct vb_reading found = {0};
                struct vb_codec_part part;
                for (uint8_t k = 0; k < body_counts[i]; k++) {
                    if (vb_codec_decode(&decoder, (uint16_t)(first + i), bodies[i][k].bytes,
                                        bodies[i][k].size, 0, &found, &part) != VB_ERR_OK)
                        fail("a body", "it is refused");
                }
            }
            encode_ns[batches] = (middle_ns - start_ns) / batch;
            decode_ns[batches++] = (now_ns() - middle_ns) / batch;
        }
    }
    return (struct timing){.encode_ns = smallest_tenth(encode_ns, batches),
                           .decode_ns = smallest_tenth(decode_ns, batches)};
}

/* Each cell's difference from the reading before, folded and cut into groups of seven bits: what a
 * simple codec does that needs every frame. */
static uint64_t varbyte_bytes(void)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < recording.count; i++) {
        for (unsigned cell = 0; cell < recording.readings[i].cell_count; cell++) {
            const int32_t before = i == 0 ? 0 : recording.readings[i - 1].cell_mv[cell];
            const int32_t difference = recording.readings[i].cell_mv[cell] - before;
            const uint32_t folded =
                difference < 0 ? (uint32_t)-difference * 2 - 1 : (uint32_t)difference * 2;
            bytes += folded < 0x80 ? 1 : folded < 0x4000 ? 2 : 3;
        }
    }
    return bytes;
}

static uint64_t write_cells(const char *path)
{
    uint64_t cells = 0;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail(path, "it cannot be written");
    for (uint32_t i = 0; i < recording.count; i++) {
        const struct vb_reading *reading = &recording.readings[i];
        for (unsigned cell = 0; cell < reading->cell_count; cell++) {
            (void)fputc(reading->cell_mv[cell] & 0xff, file);
            (void)fputc(reading->cell_mv[cell] >> 8, file);
        }
        cells += reading->cell_count;
    }
    if (fclose(file) != 0)
        fail(path, "it could not be written to its end");
    return cells;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage", "voltbeacon-bench-codec SOURCE COUNT CELLS");
    load(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
    const uint64_t cells = write_cells(argv[3]);
    const struct figures acked = measure(true);
    const struct figures alone = measure(false);
    const struct timing timing = measure_time();
    const double count = recording.count;
    printf("{\"readings\":%" PRIu32 ",\"cells\":%u,\"bits_per_cell\":%.3f,"
           "\"bits_per_cell_one_way\":%.3f,\"varbyte\":%.3f,\"payload_bytes\":%.2f,"
           "\"air_bytes\":%.2f,\"ack_bytes\":%.2f,\"keyframes\":%.4f,\"halved\":%" PRIu32
           ",\"encode_ns\":%.0f,\"decode_ns\":%.0f}\n",
           recording.count, recording.readings[0].cell_count,
           8 * (double)acked.payload_bytes / (double)cells,
           8 * (double)alone.payload_bytes / (double)cells,
           8 * (double)varbyte_bytes() / (double)cells, (double)acked.payload_bytes / count,
           (double)acked.air_bytes / count, ACK_BYTES * acked.keyframes / count,
           acked.keyframes / count, acked.halved, timing.encode_ns, timing.decode_ns);
    return 0;
}
