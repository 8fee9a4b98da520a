/* Any authentic bytes, at any time, to both sides of the sync: frames with a good trailer and a
 * payload of the fuzzer's, on links of large frames and of small ones. Neither side may stop, and
 * what it sends must be frames. */
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/transmitter.h"

enum { CACHE_BYTES = 16384, PEERS = 2, RING = 2, EDITS = 2, OUTPUTS_MAX = 200 };

/* A store that is empty, takes everything, and answers when it is asked to. */
struct slow_store {
    uint32_t token;
    bool waiting;
};

static int get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    (void)ctx, (void)key, (void)bytes, (void)capacity;
    return VB_ERR_NOT_FOUND;
}

static enum vb_err each(void *ctx, void (*visit)(void *visit_ctx, const char *key), void *visit_ctx)
{
    (void)ctx, (void)visit, (void)visit_ctx;
    return VB_ERR_OK;
}

static void put(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    (void)ctx, (void)key, (void)bytes, (void)size;
}

static void erase(void *ctx, const char *key)
{
    (void)ctx, (void)key;
}

static void commit(void *ctx, uint32_t token)
{
    struct slow_store *store = ctx;
    store->token = token;
    store->waiting = true;
}

static const struct vb_mac transmitter_mac = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac receiver_mac = {{2, 0, 0, 0, 0, 2}};

static struct vb_transmitter transmitter;
static struct vb_receiver receiver;
static struct slow_store stores[2];
static struct vb_store store_of[2];
static struct vb_peer peers[PEERS];
static struct vb_edit edits[EDITS];
static struct vb_reading readings[PEERS * RING];
static uint8_t caches[PEERS][CACHE_BYTES];
static uint8_t own[2][CACHE_BYTES];
static uint8_t assembly[VB_SECTION_BYTES_MAX];

static void begin(uint16_t frame_bytes_max)
{
    static uint8_t scratch[2][VB_SCRATCH_BYTES];
    static const struct vb_metadata_values identity;
    for (unsigned i = 0; i < 2; i++) {
        stores[i] = (struct slow_store){0};
        store_of[i] = (struct vb_store){.ctx = &stores[i],
                                        .get = get,
                                        .each = each,
                                        .put = put,
                                        .erase = erase,
                                        .commit = commit};
    }
    const struct vb_transmitter_config transmitter_config = {.mac = transmitter_mac,
                                                             .seed = 1,
                                                             .store = &store_of[0],
                                                             .timing = vb_timing_default,
                                                             .frame_bytes_max = frame_bytes_max,
                                                             .remote_secrets = true,
                                                             .identity = &identity,
                                                             .cache_bytes = {own[0], own[1]},
                                                             .cache_size = CACHE_BYTES,
                                                             .scratch = scratch[0]};
    const struct vb_receiver_config receiver_config = {.mac = receiver_mac,
                                                       .seed = 2,
                                                       .store = &store_of[1],
                                                       .timing = vb_timing_default,
                                                       .persist = true,
                                                       .adopt_new = true,
                                                       .peers = peers,
                                                       .cache_bytes = caches[0],
                                                       .readings = readings,
                                                       .edits = edits,
                                                       .assembly = assembly,
                                                       .frame_bytes_max = frame_bytes_max,
                                                       .scratch = scratch[1],
                                                       .cache_size = CACHE_BYTES,
                                                       .ring_capacity = RING,
                                                       .peer_count = PEERS,
                                                       .edit_count = EDITS};
    if (vb_transmitter_init(&transmitter, &transmitter_config, 0) != VB_ERR_OK)
        abort();
    vb_receiver_init(&receiver, &receiver_config, 0);
}

static void answer_commits(uint32_t now_ms, enum vb_err result)
{
    if (stores[0].waiting) {
        stores[0].waiting = false;
        vb_transmitter_committed(&transmitter, now_ms, stores[0].token, result);
    }
    if (stores[1].waiting) {
        stores[1].waiting = false;
        vb_receiver_committed(&receiver, now_ms, stores[1].token, result);
    }
}

/* What one side sends goes to the other; a side that never stops sending is a finding. */
static void exchange(uint32_t now_ms)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    unsigned count = 0;
    for (size_t size; (size = vb_transmitter_output(&transmitter, now_ms, &dst, bytes)) > 0;) {
        (void)vb_receiver_input(&receiver, now_ms, &transmitter_mac, &dst, bytes, size);
        if (++count > OUTPUTS_MAX)
            abort();
    }
    for (size_t size; (size = vb_receiver_output(&receiver, now_ms, &dst, bytes)) > 0;) {
        (void)vb_transmitter_input(&transmitter, now_ms, &receiver_mac, &dst, bytes, size);
        if (++count > 2 * OUTPUTS_MAX)
            abort();
    }
}

static void inject(uint32_t now_ms, uint8_t kind, uint16_t epoch, uint32_t seq,
                   const uint8_t *payload, size_t size)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const bool to_receiver = (kind & 0x20) != 0;
    const struct vb_mac *src = to_receiver ? &transmitter_mac : &receiver_mac;
    const struct vb_mac *dst = to_receiver ? &receiver_mac : &transmitter_mac;
    const struct vb_frame frame = {.message = (uint8_t)(1 + (kind & 0x0f)),
                                   .ack_wanted = (kind & 0x10) != 0,
                                   .epoch = epoch,
                                   .seq = seq,
                                   .payload_size = size};
    memcpy(bytes + VB_FRAME_HEAD_BYTES, payload, size);
    const size_t whole = vb_frame_finish(&transmitter.room, &frame, src, dst, bytes);
    if (to_receiver)
        (void)vb_receiver_input(&receiver, now_ms, src, dst, bytes, whole);
    else
        (void)vb_transmitter_input(&transmitter, now_ms, src, dst, bytes, whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_reader reader = vb_reader_of(data, size);
    uint32_t now_ms = 0;
    begin(size > 0 && (data[0] & 0x80) != 0 ? 128 : VB_FRAME_BYTES_MAX);
    while (vb_reader_left(&reader) > 0) {
        const uint8_t step = vb_read_u8(&reader);
        now_ms += (uint32_t)vb_read_u8(&reader) << (step & 15);
        if ((step & 0x10) != 0)
            answer_commits(now_ms, (step & 0x20) != 0 ? VB_ERR_STORE : VB_ERR_OK);
        if ((step & 0x40) != 0)
            exchange(now_ms);
        const uint8_t kind = vb_read_u8(&reader);
        const uint16_t epoch =
            (uint16_t)((kind & 0x40) != 0 ? transmitter.epoch : vb_read_u16(&reader));
        const uint32_t seq = (kind & 0x80) != 0 ? transmitter.seq + 1 : vb_read_u32(&reader);
        size_t payload = vb_read_u8(&reader);
        payload = payload < transmitter.room.payload_bytes_max ? payload
                                                               : transmitter.room.payload_bytes_max;
        payload = payload < vb_reader_left(&reader) ? payload : vb_reader_left(&reader);
        const uint8_t *bytes = vb_read_view(&reader, payload);
        if (bytes == NULL)
            break;
        inject(now_ms, kind, epoch, seq, bytes, payload);
        vb_transmitter_tick(&transmitter, now_ms);
        vb_receiver_tick(&receiver, now_ms);
    }
    return 0;
}
