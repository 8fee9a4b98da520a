/* How long ESP-NOW's codec takes: a line of JSON for espnow.bench.mjs for each size of a body. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench_time.h"
#include "espnow/espnow_frame.h"
#include "voltbeacon/core/crc.h"

enum {
    BATCH = 256, /* frames timed at once */
    BATCHES = 2000,
    FRAMES = 8 /* a frame has just come, or will go at once: they are in the cache */
};

static uint8_t body[VB_ESPNOW_BODY_BYTES_MAX];
static uint8_t frames[FRAMES][VB_ESPNOW_FRAME_BYTES_MAX];
static double samples[BATCHES];
static uint32_t sink; /* what is computed is used */

static void encode(size_t size, bool with_fcs)
{
    struct vb_espnow_head head = {.src = {{2, 0, 0, 0, 0, 1}}, .version = size > 250 ? 2 : 1};
    head.dst = head.addr3 = vb_mac_broadcast;
    for (uint16_t i = 0; i < BATCH; i++) {
        head.sequence = i;
        head.random = i * UINT32_C(2654435761);
        sink += (uint32_t)vb_espnow_build(&head, body, size, with_fcs, frames[i % FRAMES],
                                          sizeof frames[i % FRAMES]);
    }
}

static void decode(size_t size, bool with_fcs)
{
    static uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
    const size_t whole = vb_espnow_frame_size(size, with_fcs);
    struct vb_espnow_frame frame;
    for (unsigned i = 0; i < BATCH; i++) {
        if (vb_espnow_parse(frames[i % FRAMES], whole, with_fcs, &frame) != VB_ESPNOW_OK)
            abort();
        sink += frame.head.sequence + vb_espnow_body(&frame, joined)[0];
    }
}

static void crc(size_t size, bool with_fcs)
{
    const size_t whole = vb_espnow_frame_size(size, with_fcs);
    for (unsigned i = 0; i < BATCH; i++)
        sink += vb_crc32(0, frames[i % FRAMES], whole);
}

/* In batches, of which the fastest tenth counts: others are at work on this machine. */
static double measure(void (*work)(size_t size, bool with_fcs), size_t size, bool with_fcs)
{
    for (unsigned i = 0; i < BATCHES; i++) {
        const double start_ns = now_ns();
        work(size, with_fcs);
        samples[i] = (now_ns() - start_ns) / BATCH;
    }
    sort_times(samples, BATCHES);
    return samples[BATCHES / 10];
}

int main(void)
{
    static const uint16_t sizes[] = {1, 35, 250, 1470};
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const double encode_ns = measure(encode, sizes[i], false);
        const double decode_ns = measure(decode, sizes[i], false);
        const double crc_ns = measure(crc, sizes[i], false);
        const double encode_fcs_ns = measure(encode, sizes[i], true);
        const double decode_fcs_ns = measure(decode, sizes[i], true);
        printf("{\"body\":%u,\"frame\":%zu,\"encode_ns\":%.1f,\"decode_ns\":%.1f,\"crc_ns\":%.1f,"
               "\"encode_fcs_ns\":%.1f,\"decode_fcs_ns\":%.1f}\n",
               sizes[i], vb_espnow_frame_size(sizes[i], false), encode_ns, decode_ns, crc_ns,
               encode_fcs_ns, decode_fcs_ns);
    }
    return sink == 0; /* it never is */
}
