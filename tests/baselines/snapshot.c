#include "snapshot.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/time.h"

enum { REQUEST = 1, FRAGMENT, ACK };
enum { HEAD_BYTES = 8, DATA_BYTES = VB_FRAME_BYTES_MAX - HEAD_BYTES, CHECKSUM_BYTES = 4 };

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [REQUEST] = "request", [FRAGMENT] = "fragment", [ACK] = "ack"};
    return kind < VB_COUNT_OF(names) ? names[kind] : NULL;
}

/* ---- Transmitter ---- */

/* {id u8, version u32, size u16, bytes} of each section, then the CRC-32C of all that. */
static void take_snapshot(struct vb_snapshot_transmitter *t)
{
    struct vb_writer writer = vb_writer_of(t->bytes, sizeof t->bytes);
    t->version = 0;
    for (uint8_t i = 0; i < t->content.cache.count; i++) {
        const struct vb_cache_entry *entry = &t->content.cache.entries[i];
        t->version += entry->version;
        vb_write_u8(&writer, entry->id);
        vb_write_u32(&writer, entry->version);
        vb_write_u16(&writer, entry->size);
        vb_write_bytes(&writer, vb_cache_bytes(&t->content.cache, entry), entry->size);
    }
    vb_write_u32(&writer, vb_crc32c(0, t->bytes, writer.at));
    VB_ASSERT(!writer.failed);
    t->size = (uint16_t)writer.at;
    t->count = (uint8_t)((t->size + DATA_BYTES - 1) / DATA_BYTES);
    t->next = 0;
}

static void transmitter_boot(void *ctx, uint32_t now_ms)
{
    struct vb_snapshot_transmitter *t = ctx;
    (void)now_ms;
    t->next = t->count;
}

static void transmitter_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    (void)now_ms;
    if (packet->bytes[0] == REQUEST)
        take_snapshot(ctx);
}

static void transmitter_tick(void *ctx, uint32_t now_ms)
{
    (void)ctx;
    (void)now_ms;
}

static uint32_t transmitter_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    (void)ctx;
    (void)now_ms;
    return VB_FOREVER_MS;
}

static bool transmitter_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    struct vb_snapshot_transmitter *t = ctx;
    (void)now_ms;
    if (t->next == t->count)
        return false;
    const size_t offset = (size_t)t->next * DATA_BYTES;
    const size_t left = t->size - offset;
    struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
    vb_write_u8(&writer, FRAGMENT);
    vb_write_u8(&writer, t->next);
    vb_write_u16(&writer, t->size);
    vb_write_u32(&writer, t->version);
    vb_write_bytes(&writer, t->bytes + offset, left < DATA_BYTES ? left : DATA_BYTES);
    VB_ASSERT(!writer.failed);
    packet->kind = FRAGMENT;
    packet->size = writer.at;
    t->next++;
    return true;
}

/* ---- Receiver ---- */

static void receiver_boot(void *ctx, uint32_t now_ms)
{
    struct vb_snapshot_receiver *r = ctx;
    r->ask_due = true;
    r->ask_at_ms = now_ms + VB_SNAPSHOT_RETRY_MS;
    r->ack_due = false;
    r->count = 0;
}

static void use_snapshot(struct vb_snapshot_receiver *r, uint32_t now_ms)
{
    const size_t size = (size_t)r->size - CHECKSUM_BYTES;
    struct vb_reader checksum = vb_reader_of(r->bytes + size, CHECKSUM_BYTES);
    struct vb_reader reader = vb_reader_of(r->bytes, size);
    r->count = 0;
    if (vb_read_u32(&checksum) != vb_crc32c(0, r->bytes, size))
        return;
    while (vb_reader_left(&reader) > 0) {
        const uint8_t id = vb_read_u8(&reader);
        const uint32_t version = vb_read_u32(&reader);
        const uint16_t section_size = vb_read_u16(&reader);
        const uint8_t *bytes = vb_read_view(&reader, section_size);
        if (reader.failed)
            return;
        vb_content_put(&r->content, id, version, bytes, section_size);
    }
    r->ack_due = true;
    r->ask_at_ms = now_ms + VB_SNAPSHOT_ASK_MS;
}

static void receiver_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_snapshot_receiver *r = ctx;
    struct vb_reader reader = vb_reader_of(packet->bytes, packet->size);
    const uint8_t kind = vb_read_u8(&reader);
    const uint8_t index = vb_read_u8(&reader);
    const uint16_t total = vb_read_u16(&reader);
    const uint32_t version = vb_read_u32(&reader);
    const size_t size = vb_reader_left(&reader);
    const size_t offset = (size_t)index * DATA_BYTES;
    if (reader.failed || kind != FRAGMENT || total <= CHECKSUM_BYTES || total > sizeof r->bytes ||
        offset + size > total)
        return;
    if (r->count == 0 || r->version != version || r->size != total) {
        r->version = version;
        r->size = total;
        r->count = (uint8_t)((total + DATA_BYTES - 1) / DATA_BYTES);
        r->missing = (1u << r->count) - 1;
    }
    memcpy(r->bytes + offset, vb_read_view(&reader, size), size);
    r->missing &= ~(1u << index);
    if (r->missing == 0)
        use_snapshot(r, now_ms);
}

static void receiver_tick(void *ctx, uint32_t now_ms)
{
    struct vb_snapshot_receiver *r = ctx;
    if (!vb_time_reached(now_ms, r->ask_at_ms))
        return;
    r->ask_due = true;
    r->ask_at_ms = now_ms + VB_SNAPSHOT_RETRY_MS;
}

static uint32_t receiver_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    const struct vb_snapshot_receiver *r = ctx;
    return vb_time_until(now_ms, r->ask_at_ms);
}

static bool receiver_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    struct vb_snapshot_receiver *r = ctx;
    struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
    (void)now_ms;
    if (r->ack_due) {
        r->ack_due = false;
        packet->kind = ACK;
        vb_write_u8(&writer, ACK);
        vb_write_u32(&writer, r->version);
    } else if (r->ask_due) {
        r->ask_due = false;
        packet->kind = REQUEST;
        vb_write_u8(&writer, REQUEST);
    }
    packet->size = writer.at;
    return writer.at > 0;
}

/* ---- The pair ---- */

static void change(void *ctx, uint32_t now_ms, const struct vb_change *change)
{
    struct vb_snapshot *pair = ctx;
    (void)now_ms;
    vb_content_apply(&pair->transmitter.content, change);
}

static const uint8_t *shows(const void *ctx, uint8_t section, size_t *size)
{
    const struct vb_snapshot *pair = ctx;
    return vb_content_find(&pair->receiver.content, section, size);
}

struct vb_design vb_snapshot_design(struct vb_snapshot *pair)
{
    memset(pair, 0, sizeof *pair);
    vb_content_defaults(&pair->transmitter.content);
    vb_content_empty(&pair->receiver.content);
    return (struct vb_design){.name = "S1",
                              .ctx = pair,
                              .ends = {[VB_SIDE_TRANSMITTER] = {.ctx = &pair->transmitter,
                                                                .boot = transmitter_boot,
                                                                .input = transmitter_input,
                                                                .tick = transmitter_tick,
                                                                .wakeup_ms = transmitter_wakeup_ms,
                                                                .output = transmitter_output},
                                       [VB_SIDE_RECEIVER] = {.ctx = &pair->receiver,
                                                             .boot = receiver_boot,
                                                             .input = receiver_input,
                                                             .tick = receiver_tick,
                                                             .wakeup_ms = receiver_wakeup_ms,
                                                             .output = receiver_output}},
                              .change = change,
                              .shows = shows,
                              .kind_name = kind_name};
}
